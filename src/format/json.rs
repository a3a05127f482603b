//! JSON documents and JSON Lines (RFC 8259): every string, key and long number is a text.
//!
//! A push-down reader over tokens, no recursion: it finds the strings and leaves all bytes as they are, so that
//! duplicate keys, number spellings, white space and escapes come back untouched. Where the grammar breaks, the position
//! is told and the rest (of the line in JSON Lines) is read as text. Bytes are held back until the record they belong to
//! is complete, up to a megabyte, since a later value may say that the person's identity is protected.

use super::batch::{At, Batch, Slot};
use super::json_token::{Token, string_end, token};
use super::long::{LONG, Long};
use super::text::Whole;
use super::units::{Quoting, decode};
use super::{Flaw, FormatError, Input, Lexer, Part, Step, Visitor};
use crate::model::Text;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// Levels of nesting.
const DEPTH: usize = 256;
/// Bytes of a document that is one object, held back for a mark in it.
const HELD: usize = 128 * 1024;
/// Keys and paths that are remembered.
const REMEMBERED: usize = 10_000;
/// Digits from which a number may be somebody's.
pub(super) const DIGITS: usize = 6;

/// Bytes of a key in a path, and of a pointer: beyond that they are cut, so that memory stays flat.
const KEY: usize = 200;
const POINTER: usize = 1000;

/// The beginning of a string.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or_default()]
}

/// A key as paths name it.
fn short(key: &str) -> Cow<'_, str> {
    if key.len() <= KEY { Cow::Borrowed(key) } else { Cow::Owned(format!("{}…", cut(key, KEY))) }
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    Value,
    /// A value or the end of an array.
    FirstValue,
    Key,
    /// A key or the end of an object.
    FirstKey,
    Colon,
    /// A comma or the end of the array or object.
    Comma,
}

/// An open array or object.
pub(super) struct Level {
    array: bool,
    /// Elements so far.
    index: u64,
    /// Lengths of path and pointer outside it.
    pub(super) path: usize,
    pub(super) pointer: usize,
    /// First slot in it.
    slot: usize,
    marked: bool,
}

/// A document, or a line of documents, on its way through.
pub(super) struct Json<C> {
    lines: bool,
    pub(super) stack: Vec<Level>,
    pub(super) expect: Expect,
    /// Keys from the root, joined by dots; indices do not count.
    pub(super) path: String,
    /// RFC 6901.
    pub(super) pointer: String,
    line: u64,
    /// Bytes passed on this line.
    column: u64,
    columns: HashMap<String, Arc<C>>,
    harmless: HashSet<String>,
    long: Option<Long>,
    /// The rest of a broken line of JSON Lines.
    broken_line: Option<Long>,
    /// The rest of a broken document.
    rest: Option<Whole>,
}

impl<C> Json<C> {
    pub(super) fn new(lines: bool) -> Self {
        Self {
            lines,
            stack: Vec::new(),
            expect: Expect::Value,
            path: String::new(),
            pointer: String::new(),
            line: 1,
            column: 0,
            columns: HashMap::new(),
            harmless: HashSet::new(),
            long: None,
            broken_line: None,
            rest: None,
        }
    }

    /// Passes bytes through.
    fn pass(&mut self, input: &mut Input<'_>, batch: &mut Batch<C>, count: usize) -> Range<usize> {
        batch.pass(input, count, &mut self.line, &mut self.column)
    }

    fn at(&self, heading: bool) -> At {
        let marked = self.stack.iter().any(|l| l.marked);
        At { line: self.line, row: None, pointer: Some(cut(&self.pointer, POINTER).into()), heading, marked }
    }

    fn column_of<V: Visitor<Column = C>>(&mut self, visitor: &V) -> Arc<C> {
        if let Some(column) = self.columns.get(&self.path) {
            return column.clone();
        }
        let column = Arc::new(visitor.column(&self.path));
        if self.columns.len() < REMEMBERED {
            self.columns.insert(self.path.clone(), column.clone());
        }
        column
    }

    pub(super) fn open(&mut self, array: bool, batch: &Batch<C>) {
        self.stack.push(Level {
            array,
            index: 0,
            path: self.path.len(),
            pointer: self.pointer.len(),
            slot: batch.next_slot(),
            marked: false,
        });
        self.expect = if array { Expect::FirstValue } else { Expect::FirstKey };
        if array {
            self.pointer.push_str("/0");
        }
    }

    /// A value has ended: leads back to the level around it.
    pub(super) fn left(&mut self) {
        self.expect = Expect::Comma;
        match self.stack.last() {
            None => {
                self.expect = Expect::Value;
                self.path.clear();
                self.pointer.clear();
            }
            Some(level) => {
                self.path.truncate(level.path);
                self.pointer.truncate(level.pointer);
            }
        }
    }

    /// The path goes on below a key.
    pub(super) fn below(&mut self, key: &str) {
        if !self.path.is_empty() {
            self.path.push('.');
        }
        let key = short(key);
        self.path.push_str(&key);
        self.pointer.push('/');
        self.pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        self.expect = Expect::Colon;
    }

    /// A value has ended, and with it perhaps what has to be held back.
    fn ended(&mut self, batch: &mut Batch<C>) {
        self.left();
        let depth = self.stack.len();
        let whole = depth == 0 || depth == 1 && self.stack[0].array;
        let in_record = || self.stack.windows(2).any(|w| w[0].array && !w[1].array);
        if whole || batch.raw.len() > HELD && !in_record() {
            batch.commit();
        }
    }

    /// A key. It is a text only if it is more than a name of a value.
    fn key<V: Visitor<Column = C>>(&mut self, range: Range<usize>, batch: &mut Batch<C>, visitor: &V) {
        let text = decode(&batch.raw[range.start + 1..range.end - 1], Quoting::Json).into_owned();
        self.below(&text);
        if self.harmless.contains(&text) {
            return;
        }
        let at = self.at(true);
        let verdict = visitor.judge(&Part { text: Text::new(&text), context: (0, 0), at: &at, column: None });
        if verdict.edits.is_empty() && verdict.told.is_none() {
            if self.harmless.len() < REMEMBERED {
                self.harmless.insert(text);
            }
        } else {
            batch.slots.push(Slot::new(range.start + 1..range.end - 1, Quoting::Json, at, None));
        }
    }

    /// A string or number.
    fn scalar<V: Visitor<Column = C>>(
        &mut self,
        range: Range<usize>,
        quoting: Quoting,
        batch: &mut Batch<C>,
        visitor: &V,
    ) {
        let column = self.column_of(visitor);
        if visitor.can_mark(&column)
            && visitor.marks(&decode(&batch.raw[range.clone()], quoting))
            && let Some(object) = self.stack.iter().rposition(|l| !l.array)
        {
            // The record: the object that is an element of an array, or the document.
            let record = (0..=object).rev().find(|i| *i == 0 || self.stack[i - 1].array).unwrap_or(object);
            self.stack[record].marked = true;
            batch.mark_from(self.stack[record].slot, self.line);
        }
        let raw = &batch.raw[range.clone()];
        let worth =
            quoting == Quoting::Json && !raw.is_empty() || raw.iter().filter(|b| b.is_ascii_digit()).count() >= DIGITS;
        if worth {
            let at = self.at(false);
            batch.slots.push(Slot::new(range, quoting, at, Some(column)));
        }
        self.ended(batch);
    }

    /// Something is wrong here; what comes is read afresh.
    fn flaw(&mut self, batch: &mut Batch<C>, what: &'static str) {
        batch.flaws.push(Flaw { line: self.line, column: self.column + 1, what: what.into() });
        self.stack.clear();
        self.path.clear();
        self.pointer.clear();
        self.expect = Expect::Value;
        batch.commit();
    }

    /// The document breaks here.
    fn broken(&mut self, batch: &mut Batch<C>, what: &'static str) {
        self.flaw(batch, what);
        if !self.lines {
            self.rest = Some(Whole::from_line(Quoting::Json, self.line));
            return;
        }
        self.broken_line = Some(Long::default());
    }

    /// The rest of a broken line, as one text.
    fn line_rest(&mut self, mut long: Long, input: &mut Input<'_>, batch: &mut Batch<C>) -> Step {
        let bytes = input.bytes();
        let end = memchr::memchr(b'\n', bytes);
        let ended = end.is_some() || input.ended();
        let len = end.unwrap_or(bytes.len());
        let Some(piece) = long.piece(&bytes[..len], Quoting::Json, ended, false) else {
            self.broken_line = Some(long);
            return Step::Wait;
        };
        let at = At { line: self.line, ..At::default() };
        let range = self.pass(input, batch, piece.len);
        let mut slot = Slot::new(range, Quoting::Json, at, None);
        (slot.lead, slot.tail, slot.goes_on) = (piece.lead, piece.tail, piece.goes_on);
        if slot.goes_on {
            self.broken_line = Some(long);
        }
        batch.slots.push(slot);
        batch.commit();
        Step::More
    }

    /// The next stretch of a long string.
    fn stretch<V: Visitor<Column = C>>(
        &mut self,
        mut long: Long,
        input: &mut Input<'_>,
        batch: &mut Batch<C>,
        visitor: &V,
    ) -> Step {
        let bytes = input.bytes();
        let (len, ended) = match string_end(bytes, self.lines) {
            Some(Some(end)) => (end, true),
            Some(None) => (memchr::memchr(b'\n', bytes).unwrap_or(bytes.len()), true),
            None => (bytes.len(), input.ended()),
        };
        let Some(piece) = long.piece(&bytes[..len], Quoting::Json, ended, false) else {
            self.long = Some(long);
            return Step::Wait;
        };
        let column = self.column_of(visitor);
        let at = self.at(false);
        let range = self.pass(input, batch, piece.len);
        let mut slot = Slot::new(range, Quoting::Json, at, Some(column));
        (slot.lead, slot.tail, slot.goes_on) = (piece.lead, piece.tail, piece.goes_on);
        batch.slots.push(slot);
        batch.commit();
        if piece.goes_on {
            self.long = Some(long);
        } else if input.bytes().first() == Some(&b'"') {
            self.pass(input, batch, 1);
            self.ended(batch);
        } else {
            self.broken(batch, "a string opens and never closes");
        }
        Step::More
    }

    fn step<V: Visitor<Column = C>>(&mut self, input: &mut Input<'_>, batch: &mut Batch<C>, visitor: &V) -> Step {
        let blank = input.bytes().iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count();
        if let Some(end) =
            memchr::memchr(b'\n', &input.bytes()[..blank]).filter(|_| self.lines && !self.stack.is_empty())
        {
            self.pass(input, batch, end);
            self.flaw(batch, "the line ends before all is closed");
            return Step::More;
        }
        if blank > 0 {
            self.pass(input, batch, blank);
            if self.stack.is_empty() {
                batch.commit();
            }
        }
        if input.bytes().is_empty() {
            if !input.ended() {
                return Step::Wait;
            }
            if !self.stack.is_empty() {
                self.broken(batch, "the document ends before all is closed");
            }
            return Step::End;
        }
        let key = matches!(self.expect, Expect::Key | Expect::FirstKey);
        let value = matches!(self.expect, Expect::Value | Expect::FirstValue);
        match token(input.bytes(), input.ended(), self.lines) {
            Token::Wait => return Step::Wait,
            Token::Open if input.bytes().len() <= LONG => return Step::Wait,
            Token::String(len) if value && len > LONG => {
                self.pass(input, batch, 1);
                self.long = Some(Long::default());
            }
            Token::Open if value => {
                self.pass(input, batch, 1);
                self.long = Some(Long::default());
            }
            Token::Open => self.broken(batch, "a key of more than a megabyte, or a quote that never closes"),
            Token::String(len) if key => {
                let range = self.pass(input, batch, len);
                self.escapes(&range, batch);
                self.key(range, batch, visitor);
            }
            Token::String(len) if value => {
                let range = self.pass(input, batch, len);
                self.escapes(&range, batch);
                self.scalar(range.start + 1..range.end - 1, Quoting::Json, batch, visitor);
            }
            Token::Bare(len) if value => {
                let range = self.pass(input, batch, len);
                self.scalar(range, Quoting::JsonBare, batch, visitor);
            }
            Token::Punct(b @ (b'{' | b'[')) if value => {
                if self.stack.len() == DEPTH {
                    self.broken(batch, "nested deeper than 256 levels; from here on it was read as text");
                    return Step::More;
                }
                self.pass(input, batch, 1);
                self.open(b == b'[', batch);
            }
            Token::Punct(b @ (b'}' | b']')) if self.closes(b) => {
                self.pass(input, batch, 1);
                if let Some(level) = self.stack.pop() {
                    self.path.truncate(level.path);
                    self.pointer.truncate(level.pointer);
                }
                self.ended(batch);
            }
            Token::Punct(b':') if self.expect == Expect::Colon => {
                self.pass(input, batch, 1);
                self.expect = Expect::Value;
            }
            Token::Punct(b',') if self.expect == Expect::Comma => {
                self.pass(input, batch, 1);
                self.comma();
            }
            Token::Bad if input.bytes()[0] == b'"' => self.broken(batch, "a string opens and never closes"),
            _ => self.broken(batch, self.expected()),
        }
        Step::More
    }

    /// Tells escapes and control characters that JSON does not have: other readers may take them for something else.
    fn escapes(&self, string: &Range<usize>, batch: &mut Batch<C>) {
        let raw = &batch.raw[string.clone()];
        let mut at = 0;
        if raw.iter().any(|b| *b < b' ') {
            let what = "a control character in a string, which JSON does not allow";
            batch.flaws.push(Flaw { line: self.line, column: self.column + 1, what: what.into() });
        }
        while let Some(next) = memchr::memchr(b'\\', &raw[at..]) {
            let hex = |r: &[u8]| r.len() >= 4 && r[..4].iter().all(u8::is_ascii_hexdigit);
            let good = match raw.get(at + next + 1) {
                Some(b'u') => hex(&raw[at + next + 2..]),
                Some(b) => b"\"\\/bfnrt".contains(b),
                None => false,
            };
            if !good {
                let what = "an escape that JSON does not have";
                batch.flaws.push(Flaw { line: self.line, column: self.column + 1, what: what.into() });
                return;
            }
            at += next + 2;
        }
    }

    pub(super) fn comma(&mut self) {
        let Some(level) = self.stack.last_mut() else { return };
        self.expect = if level.array { Expect::Value } else { Expect::Key };
        if level.array {
            level.index += 1;
            self.pointer.push('/');
            self.pointer.push_str(&level.index.to_string());
        }
    }

    fn closes(&self, bracket: u8) -> bool {
        let array = bracket == b']';
        let empty = if array { Expect::FirstValue } else { Expect::FirstKey };
        self.stack.last().is_some_and(|l| l.array == array) && (self.expect == Expect::Comma || self.expect == empty)
    }

    fn expected(&self) -> &'static str {
        match self.expect {
            Expect::Value | Expect::FirstValue => {
                "this is no JSON: a value was expected; from here on it was read as text"
            }
            Expect::Key | Expect::FirstKey => {
                "this is no JSON: a key in quotes was expected; from here on it was read as text"
            }
            Expect::Colon => "this is no JSON: a colon was expected; from here on it was read as text",
            Expect::Comma => {
                "this is no JSON: a comma or a closing bracket was expected; from here on it was read as text"
            }
        }
    }
}

impl<V: Visitor> Lexer<V> for Json<V::Column> {
    fn next(&mut self, input: &mut Input<'_>, batch: &mut Batch<V::Column>, visitor: &V) -> Result<Step, FormatError> {
        if let Some(rest) = &mut self.rest {
            return rest.next(input, batch, visitor);
        }
        if let Some(long) = self.broken_line.take() {
            return Ok(self.line_rest(long, input, batch));
        }
        if let Some(long) = self.long.take() {
            return Ok(self.stretch(long, input, batch, visitor));
        }
        loop {
            let before = batch.committed();
            let step = self.step(input, batch, visitor);
            let elsewhere = self.rest.is_some() || self.long.is_some() || self.broken_line.is_some();
            if !matches!(step, Step::More) || batch.committed() > before || elsewhere {
                return Ok(step);
            }
        }
    }
}
