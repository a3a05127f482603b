//! Tables: cells parted by a delimiter, rows by line ends, quotes round what holds either (RFC 4180, and what systems
//! make of it: `sep=` lines, ragged rows, lone carriage returns, trailers, quotes that never close).
//!
//! csv-core finds where cells begin and end; untouched bytes pass through, and an edited cell keeps its quoting unless
//! what it now holds needs quotes. A row is moved when it is complete, a row over [`LONG`] bytes cell by cell, a cell
//! over that in stretches.

use super::batch::{At, Batch, Shape, Slot};
use super::input::HEAD;
use super::long::{LONG, Long};
use super::recode::CURRENCY;
use super::units::{Quoting, decode};
use super::{Flaw, FormatError, Input, Lexer, Step, Visitor};
use csv_core::{ReadFieldResult, Reader, ReaderBuilder};
use std::ops::Range;
use std::sync::Arc;

/// Rows that the visitor sees before it judges the first cell.
const FIRST_ROWS: usize = 1000;

/// Whether a character parts cells: `delimiter` is its byte in the stream.
pub(super) fn parts(c: char, delimiter: u8) -> bool {
    c == if delimiter == CURRENCY { '¤' } else { delimiter as char }
}

/// A table on its way through.
pub(super) struct Csv<C> {
    cells: Cells,
    delimiter: u8,
    columns: Option<Vec<Arc<C>>>,
    marking: Vec<usize>,
    header: bool,
    /// The header has a word that is known as one.
    known: bool,
    row: u64,
    line: u64,
    /// Complete cells of the row that begins with the input.
    pending: Vec<Range<usize>>,
    /// Cells of this row that have been moved, and the number of the first slot of the row.
    moved: usize,
    row_slot: usize,
    marked: bool,
    long: Option<Stretches>,
    /// The first line has been looked at.
    sep: bool,
    /// What ends lines: line feeds, or carriage returns where there are no line feeds.
    line_end: u8,
}

/// A cell that goes through in stretches.
struct Stretches {
    long: Long,
    quoting: Quoting,
    /// Where it ends, counted from the beginning of the input, and whether its row does.
    end: Option<(usize, bool)>,
}

/// Finds the ends of cells.
struct Cells {
    reader: Reader,
    scratch: Vec<u8>,
    /// Bytes from the beginning of the input that have been read.
    at: usize,
    /// Where the current cell begins.
    start: usize,
}

/// What comes next.
enum Next {
    /// A cell, and whether its row ends.
    Cell(Range<usize>, bool),
    /// More bytes are needed.
    Wait,
    /// The table ends.
    End,
}

impl Cells {
    fn new(delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        Self { reader, scratch: vec![0; 4096], at: 0, start: 0 }
    }

    /// The next cell; `first` if it begins a row. Afterwards `at` stands behind its delimiter or line end.
    fn next(&mut self, bytes: &[u8], ended: bool, first: bool) -> Next {
        loop {
            // An empty input would tell the reader that the table ends.
            if self.at == bytes.len() && !ended {
                return Next::Wait;
            }
            let (result, taken, _) = self.reader.read_field(&bytes[self.at..], &mut self.scratch);
            self.at += taken;
            match result {
                ReadFieldResult::OutputFull | ReadFieldResult::InputEmpty => {}
                ReadFieldResult::End => return Next::End,
                ReadFieldResult::Field { record_end } => {
                    // Only at the end of the input does a cell end without a byte that ends it.
                    let end = self.at - usize::from(taken > 0);
                    let line_ends = if first { line_ends(&bytes[self.start..end]) } else { 0 };
                    let start = self.start + line_ends;
                    if record_end && taken > 0 && bytes[end] == b'\r' && bytes.get(self.at) == Some(&b'\n') {
                        self.at += 1;
                    }
                    self.start = self.at;
                    return Next::Cell(start..end, record_end);
                }
            }
        }
    }

    /// The input has been taken so far.
    fn took(&mut self, count: usize) {
        self.at -= count;
        self.start = self.start.saturating_sub(count);
    }
}

/// Line ends at the beginning: empty lines, which are no rows.
fn line_ends(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count()
}

impl<C> Csv<C> {
    pub(super) fn new(delimiter: char) -> Self {
        let delimiter = if delimiter == '¤' { CURRENCY } else { delimiter as u8 };
        Self {
            cells: Cells::new(delimiter),
            delimiter,
            columns: None,
            marking: Vec::new(),
            header: false,
            known: false,
            row: 1,
            line: 1,
            pending: Vec::new(),
            moved: 0,
            row_slot: 0,
            marked: false,
            long: None,
            sep: false,
            line_end: b'\n',
        }
    }

    /// Shows the header and the first rows to the visitor. Where the first row is a known header and tells what every
    /// column holds, nothing has to be waited for.
    fn look_ahead<V: Visitor<Column = C>>(&mut self, input: &mut Input<'_>, visitor: &V) -> Result<bool, FormatError> {
        let complete = input.bytes().len() >= HEAD || input.ended();
        let first_line = memchr::memchr2(b'\n', b'\r', input.bytes()).is_some();
        if !complete && !first_line {
            return Ok(false);
        }
        let told = |row: &[String]| {
            row.iter().any(|c| visitor.knows(c)) && row.iter().all(|c| c.trim().is_empty() || visitor.knows(c))
        };
        let mut table = rows(input.bytes(), self.delimiter, input.ended(), 1);
        if !table.first().is_some_and(|r| told(r)) {
            input.fill_for_now(HEAD)?;
            table = rows(input.bytes(), self.delimiter, input.ended(), FIRST_ROWS + 1);
        } else {
            table.truncate(1);
        }
        if !input.bytes().contains(&b'\n') && input.bytes().contains(&b'\r') {
            self.line_end = b'\r';
        }
        let known = table.first().is_some_and(|h| h.iter().any(|c| visitor.knows(c)));
        let header = table.first().filter(|h| known || is_header(h, &table[1..])).cloned();
        (self.header, self.known) = (header.is_some(), known);
        let first = usize::from(self.header);
        let columns = visitor.table(header.as_deref(), table.get(first..).unwrap_or_default());
        self.marking = (0..columns.len()).filter(|i| visitor.can_mark(&columns[*i])).collect();
        self.columns = Some(columns.into_iter().map(Arc::new).collect());
        Ok(true)
    }

    /// Moves complete cells of the row into the batch; with `row` also its end, `len` bytes from the beginning.
    fn shift<V: Visitor<Column = C>>(
        &mut self,
        input: &mut Input<'_>,
        batch: &mut Batch<C>,
        visitor: &V,
        len: usize,
        row: bool,
    ) {
        let start = batch.raw.len();
        let bytes = &input.bytes()[..len];
        batch.raw.extend_from_slice(bytes);
        if self.moved == 0 {
            self.row_slot = batch.next_slot();
        }
        let (mut line, mut counted) = (self.line, 0);
        for cell in std::mem::take(&mut self.pending) {
            line += self.lines(&bytes[counted..cell.start]);
            counted = cell.start;
            let column = self.moved;
            self.moved += 1;
            let raw = &bytes[cell.clone()];
            if raw.is_empty() {
                continue;
            }
            let quoting = if raw[0] == b'"' { Quoting::Csv } else { Quoting::None };
            let closed = quoting == Quoting::None || !open_after(&raw[1..]);
            if !closed {
                batch.flaws.push(open_quote(line));
            }
            if self.marking.contains(&column) && !(self.header && self.row == 1) {
                self.marked |= visitor.marks(&decode(raw, quoting));
            }
            // What only looks like a header is read as text.
            let heading = self.known && self.row == 1;
            let at = At { line, row: Some(self.row), heading, marked: self.marked, ..At::default() };
            // What an open quote swallows is no cell of this column.
            let of = self.columns.as_ref().and_then(|c| c.get(column)).filter(|_| closed).cloned();
            let mut slot = Slot::new(start + cell.start..start + cell.end, quoting, at, of);
            slot.shape = Shape::Cell(self.delimiter);
            batch.slots.push(slot);
        }
        if self.marked {
            batch.mark_from(self.row_slot, self.line);
        }
        self.line = line + self.lines(&bytes[counted..]);
        input.take(len);
        self.cells.took(len);
        if row {
            self.row += 1;
            self.moved = 0;
            self.marked = false;
        }
        batch.commit();
    }

    /// A long cell begins `start` bytes from here.
    fn begin_long<V: Visitor<Column = C>>(
        &mut self,
        start: usize,
        end: Option<(usize, bool)>,
        input: &mut Input<'_>,
        batch: &mut Batch<C>,
        visitor: &V,
    ) {
        if start > 0 {
            self.shift(input, batch, visitor, start, false);
        }
        if self.moved == 0 {
            self.row_slot = batch.next_slot();
        }
        let quoting = if input.bytes().first() == Some(&b'"') { Quoting::Csv } else { Quoting::None };
        self.long = Some(Stretches { long: Long::default(), quoting, end });
    }

    /// The next stretch of a long cell.
    fn stretch<V: Visitor<Column = C>>(
        &mut self,
        mut state: Stretches,
        input: &mut Input<'_>,
        batch: &mut Batch<C>,
        visitor: &V,
    ) -> Step {
        if state.end.is_none()
            && let Next::Cell(cell, row_end) = self.cells.next(input.bytes(), input.ended(), false)
        {
            state.end = Some((cell.end, row_end));
        }
        let len = state.end.map_or(input.bytes().len(), |(end, _)| end);
        let quoting = state.quoting;
        let Some(piece) = state.long.piece(&input.bytes()[..len], quoting, state.end.is_some(), false) else {
            self.long = Some(state);
            return Step::Wait;
        };
        let start = batch.raw.len();
        batch.raw.extend_from_slice(&input.bytes()[..piece.len]);
        let body = &batch.raw[start..];
        state.quoting = match quoting {
            Quoting::Csv if open_after(&body[1..]) => Quoting::CsvInside,
            Quoting::CsvInside if open_after(body) => Quoting::CsvInside,
            _ => Quoting::None,
        };
        let at = At { line: self.line, row: Some(self.row), marked: self.marked, ..At::default() };
        let column = self.columns.as_ref().and_then(|c| c.get(self.moved)).cloned();
        let mut slot = Slot::new(start..batch.raw.len(), quoting, at, column);
        self.line += self.lines(body);
        (slot.lead, slot.tail, slot.goes_on) = (piece.lead, piece.tail, piece.goes_on);
        batch.slots.push(slot);
        input.take(piece.len);
        self.cells.took(piece.len);
        match state.end {
            Some((_, row_end)) if !piece.goes_on => {
                if state.quoting == Quoting::CsvInside {
                    batch.flaws.push(open_quote(self.line));
                }
                self.moved += 1;
                let len = self.cells.at;
                self.shift(input, batch, visitor, len, row_end);
            }
            end => {
                self.long = Some(Stretches { end: end.map(|(end, row)| (end - piece.len, row)), ..state });
                batch.commit();
            }
        }
        Step::More
    }

    fn lines(&self, bytes: &[u8]) -> u64 {
        memchr::memchr_iter(self.line_end, bytes).count() as u64
    }

    /// Moves the line `sep=;` that tells a spreadsheet the delimiter; it is no row. `None`: more bytes are needed.
    fn skip_sep(&mut self, input: &mut Input<'_>, batch: &mut Batch<C>) -> Option<()> {
        let bytes = input.bytes();
        if bytes.len() < 16 && !input.ended() && memchr::memchr2(b'\n', b'\r', bytes).is_none() {
            return None;
        }
        let len = sep_line(bytes).map_or(0, |(_, len)| len);
        batch.raw.extend_from_slice(&input.bytes()[..len]);
        batch.commit();
        self.line += u64::from(len > 0);
        input.take(len);
        self.sep = true;
        Some(())
    }
}

/// The delimiter that a first line `sep=;` names, and the length of the line.
pub(super) fn sep_line(bytes: &[u8]) -> Option<(u8, usize)> {
    let quote = usize::from(bytes.first() == Some(&b'"'));
    let rest = &bytes[quote..];
    if !rest.get(..4).is_some_and(|s| s.eq_ignore_ascii_case(b"sep=")) {
        return None;
    }
    let delimiter = *rest.get(4)?;
    let mut at = quote + 5 + quote;
    if !matches!(bytes.get(at), Some(b'\r' | b'\n')) || matches!(delimiter, b'\r' | b'\n') {
        return None;
    }
    at += if bytes[at..].starts_with(b"\r\n") { 2 } else { 1 };
    Some((delimiter, at))
}

impl<V: Visitor> Lexer<V> for Csv<V::Column> {
    fn next(&mut self, input: &mut Input<'_>, batch: &mut Batch<V::Column>, visitor: &V) -> Result<Step, FormatError> {
        if !self.sep && self.skip_sep(input, batch).is_none() {
            return Ok(Step::Wait);
        }
        if self.columns.is_none() && !self.look_ahead(input, visitor)? {
            return Ok(Step::Wait);
        }
        if let Some(long) = self.long.take() {
            return Ok(self.stretch(long, input, batch, visitor));
        }
        loop {
            let first = self.pending.is_empty() && self.moved == 0;
            match self.cells.next(input.bytes(), input.ended(), first) {
                Next::Cell(cell, row_end) if cell.len() > LONG => {
                    self.begin_long(cell.start, Some((cell.len(), row_end)), input, batch, visitor);
                    return Ok(Step::More);
                }
                Next::Cell(cell, row_end) => {
                    self.pending.push(cell);
                    let len = self.cells.at;
                    if row_end || len > LONG {
                        self.shift(input, batch, visitor, len, row_end);
                        return Ok(Step::More);
                    }
                }
                Next::Wait if input.bytes().len() > LONG => {
                    let blank = if first { line_ends(input.bytes()) } else { 0 };
                    self.begin_long(self.cells.start.max(blank), None, input, batch, visitor);
                    return Ok(Step::More);
                }
                Next::Wait => return Ok(Step::Wait),
                Next::End => {
                    let len = input.bytes().len();
                    self.shift(input, batch, visitor, len, false);
                    return Ok(Step::End);
                }
            }
        }
    }
}

/// The first rows of a table that is only looked at.
fn rows(bytes: &[u8], delimiter: u8, ended: bool, most: usize) -> Vec<Vec<String>> {
    let mut cells = Cells::new(delimiter);
    let (mut table, mut row) = (Vec::new(), Vec::new());
    while table.len() < most {
        match cells.next(bytes, ended, row.is_empty()) {
            Next::Cell(cell, end) => {
                let raw = &bytes[cell];
                let quoting = if raw.first() == Some(&b'"') { Quoting::Csv } else { Quoting::None };
                row.push(decode(raw, quoting).into_owned());
                if end {
                    table.push(std::mem::take(&mut row));
                }
            }
            Next::Wait | Next::End => break,
        }
    }
    table
}

/// Whether a first row of unknown words is a header: short cells without long numbers, different from each other, and
/// at least one column below that holds something else than such words.
fn is_header(first: &[String], rest: &[Vec<String>]) -> bool {
    let filled: Vec<&String> = first.iter().filter(|c| !c.trim().is_empty()).collect();
    let word = |c: &str| {
        c.chars().count() <= 40
            && c.split_whitespace().count() <= 4
            && c.bytes().filter(u8::is_ascii_digit).count() < 4
            && !c.starts_with(|d: char| d.is_ascii_digit())
            && !c.contains(['!', '?', '@'])
    };
    let different = filled.iter().enumerate().all(|(i, c)| !filled[..i].contains(c));
    let rest = &rest[..rest.len().min(20)];
    let other = |column: usize| {
        let cells: Vec<&String> = rest.iter().filter_map(|r| r.get(column)).filter(|c| !c.trim().is_empty()).collect();
        let short = |c: &&&String| c.split_whitespace().count() < 2 && !c.bytes().any(|b| b.is_ascii_digit());
        !cells.is_empty() && cells.iter().filter(short).count() * 2 < cells.len()
    };
    !filled.is_empty()
        && first.iter().all(|c| word(c))
        && different
        && filled.len() * 2 >= first.len()
        && (0..first.len()).any(other)
}

/// Whether the quoted part of a cell is still open after these bytes of it.
fn open_after(mut bytes: &[u8]) -> bool {
    while let Some(at) = memchr::memchr(b'"', bytes) {
        if bytes.get(at + 1) != Some(&b'"') {
            return false;
        }
        bytes = &bytes[at + 2..];
    }
    true
}

fn open_quote(line: u64) -> Flaw {
    Flaw {
        line,
        column: 1,
        what: "a quote opens in this row and never closes; all after it was read as one cell".into(),
    }
}
