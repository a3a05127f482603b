//! Tables: cells parted by a delimiter, rows by line ends, quotes round what holds either (RFC 4180, and what systems
//! make of it).
//!
//! csv-core finds where cells begin and end; untouched bytes pass through, and an edited cell keeps its quoting unless
//! what it now holds needs quotes. The header and the first rows are shown to the visitor before any cell.

use super::input::{HEAD, Input};
use super::units::{Encoding, Quoting, decode, encode};
use super::{FormatError, Part, Visitor};
use crate::model::Text;
use crate::model::apply;
use csv_core::{ReadFieldResult, Reader, ReaderBuilder};
use std::io::Write;
use std::ops::Range;

/// Rows that the visitor sees before it judges the first cell.
const FIRST_ROWS: usize = 1000;
/// Bytes of one row; a longer one is, as a rule, an open quote.
const MAX_ROW: usize = 64 << 20;

/// A row: its cells as ranges of the buffer, and its length with the line end.
struct Row {
    cells: Vec<Range<usize>>,
    len: usize,
}

struct Rows {
    reader: Reader,
    scratch: Vec<u8>,
}

impl Rows {
    fn new(delimiter: u8) -> Self {
        Self { reader: ReaderBuilder::new().delimiter(delimiter).build(), scratch: vec![0; 4096] }
    }

    /// The first row of `bytes`, if it is complete.
    fn first(&mut self, bytes: &[u8], ended: bool, row: &mut Row) -> bool {
        self.reader.reset();
        row.cells.clear();
        let mut at = 0;
        let mut cell = 0;
        loop {
            // An empty input would tell the reader that the table ends.
            if at == bytes.len() && !ended {
                return false;
            }
            let (result, taken, _) = self.reader.read_field(&bytes[at..], &mut self.scratch);
            at += taken;
            match result {
                ReadFieldResult::OutputFull => {}
                ReadFieldResult::InputEmpty if ended => {
                    // A last row without a line end: an empty input tells the reader so.
                    let (result, ..) = self.reader.read_field(&[], &mut self.scratch);
                    if let ReadFieldResult::Field { .. } = result {
                        row.cells.push(cell..at);
                    }
                    row.len = at;
                    return true;
                }
                ReadFieldResult::InputEmpty => return false,
                ReadFieldResult::End => {
                    row.len = at;
                    return true;
                }
                ReadFieldResult::Field { record_end } => {
                    let first = row.cells.is_empty();
                    let skip = if first {
                        bytes[cell..at].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count()
                    } else {
                        0
                    };
                    row.cells.push((cell + skip).min(at - 1)..at - 1);
                    cell = at;
                    if record_end {
                        if bytes.get(at - 1) == Some(&b'\r') && bytes.get(at) == Some(&b'\n') {
                            at += 1;
                        }
                        row.len = at;
                        return true;
                    }
                }
            }
        }
    }
}

pub(super) fn stream(
    input: &mut Input<'_>,
    output: &mut dyn Write,
    encoding: Encoding,
    delimiter: u8,
    visitor: &mut dyn Visitor,
) -> Result<(), FormatError> {
    let mut rows = Rows::new(delimiter);
    let mut row = Row { cells: Vec::new(), len: 0 };
    look_ahead(input, &mut rows, &mut row, encoding, visitor)?;
    let (mut number, mut line) = (0, 1);
    let mut out = Vec::new();
    loop {
        if !rows.first(input.bytes(), input.ended(), &mut row) {
            if input.bytes().len() > MAX_ROW {
                return Err(open_quote(line));
            }
            if out.is_empty() {
                let more = input.bytes().len().max(HEAD);
                input.read(more)?;
            } else {
                output.write_all(&out)?;
                output.flush()?;
                out.clear();
            }
            continue;
        }
        if row.len == 0 && input.ended() {
            break;
        }
        let bytes = input.bytes();
        number += 1;
        let mut done = 0;
        for (column, cell) in row.cells.iter().enumerate() {
            let raw = &bytes[cell.clone()];
            if raw.is_empty() {
                continue;
            }
            if unclosed(raw) {
                return Err(open_quote(line));
            }
            out.extend_from_slice(&bytes[done..cell.start]);
            done = cell.end;
            edit_cell(raw, encoding, delimiter, (number, column), line, visitor, &mut out);
        }
        out.extend_from_slice(&bytes[done..row.len]);
        line += memchr::memchr_iter(b'\n', &bytes[..row.len]).count() as u64;
        input.take(row.len);
        if out.len() >= HEAD {
            output.write_all(&out)?;
            out.clear();
        }
    }
    Ok(output.write_all(&out)?)
}

fn edit_cell(
    raw: &[u8],
    encoding: Encoding,
    delimiter: u8,
    cell: (u64, usize),
    line: u64,
    visitor: &mut dyn Visitor,
    out: &mut Vec<u8>,
) {
    let quoting = if raw[0] == b'"' { Quoting::Csv } else { Quoting::None };
    let text = decode(raw, encoding, quoting);
    let answer = visitor.text(&Part { text: Text::new(&text), cell: Some(cell), line, soft_end: None });
    if answer.edits.is_empty() {
        out.extend_from_slice(raw);
        return;
    }
    let special = |c: char| matches!(c, '"' | '\n' | '\r') || c == delimiter as char;
    let quote = quoting == Quoting::None && answer.edits.iter().any(|e| e.replacement.contains(special));
    if quote {
        let whole = format!("\"{}\"", apply(&text, &answer.edits).replace('"', "\"\""));
        let whole = crate::model::Edit { span: crate::model::Span::new(0, text.len()), replacement: whole };
        encode(raw, encoding, Quoting::None, &[whole], text.len(), out);
    } else {
        encode(raw, encoding, quoting, &answer.edits, text.len(), out);
    }
}

/// Shows the header and the first rows to the visitor.
fn look_ahead(
    input: &mut Input<'_>,
    rows: &mut Rows,
    row: &mut Row,
    encoding: Encoding,
    visitor: &mut dyn Visitor,
) -> Result<(), FormatError> {
    input.fill(HEAD)?;
    let ended = input.ended();
    let bytes = input.bytes();
    let (mut at, mut table) = (0, Vec::new());
    while table.len() <= FIRST_ROWS && rows.first(&bytes[at..], ended, row) && row.len > 0 {
        let cells = row.cells.iter().map(|c| &bytes[at + c.start..at + c.end]);
        let text = |raw: &[u8]| {
            let quoting = if raw.first() == Some(&b'"') { Quoting::Csv } else { Quoting::None };
            decode(raw, encoding, quoting).into_owned()
        };
        table.push(cells.map(text).collect::<Vec<String>>());
        at += row.len;
    }
    let header = table.first().filter(|h| is_header(h, &table[1..])).cloned();
    let first = usize::from(header.is_some());
    visitor.table(header.as_deref(), table.get(first..).unwrap_or_default());
    Ok(())
}

/// A first row is a header if its cells are short, filled, different from each other, without digits in the first
/// place, and not simply repeated below.
fn is_header(first: &[String], rest: &[Vec<String>]) -> bool {
    let filled = first.iter().filter(|c| !c.trim().is_empty()).count();
    let short = first.iter().all(|c| {
        c.chars().count() <= 40 && !c.starts_with(|d: char| d.is_ascii_digit()) && !c.contains(['.', '!', '?', '@'])
            || c.ends_with('.')
    });
    let mut different: Vec<&String> = first.iter().filter(|c| !c.trim().is_empty()).collect();
    different.sort();
    different.dedup();
    filled > 0
        && short
        && different.len() == filled
        && filled * 2 >= first.len()
        && rest.iter().take(20).all(|r| r.as_slice() != first)
}

/// Whether a quoted cell never closes its quote.
fn unclosed(raw: &[u8]) -> bool {
    raw[0] == b'"' && raw.iter().filter(|b| **b == b'"').count() % 2 == 1
}

fn open_quote(line: u64) -> FormatError {
    FormatError::Broken {
        line,
        column: 1,
        what: "a quote opens in this row and never closes; mend the row, or read the file with --input-format text",
    }
}
