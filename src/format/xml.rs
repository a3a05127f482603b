//! XML documents: text, attributes, CDATA sections, comments and instructions are texts.
//!
//! quick-xml reads the tags; a text runs from tag to tag. Nothing is ever expanded or fetched: a document that declares
//! entities of its own is not read, since what it says is not what stands in it. Where the nesting breaks, the position is
//! told and the rest is read as one text with tags.

use super::batch::{At, Batch, Shape, Slot};
use super::long::{LONG, Long};
use super::text::Whole;
use super::units::{Quoting, decode};
use super::{Flaw, FormatError, Input, Lexer, Step, Visitor};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Levels of nesting.
const DEPTH: usize = 256;
/// Attributes of one element.
const ATTRIBUTES: usize = 1000;
/// Bytes of a name.
const NAME: usize = 1024;
/// Bytes that are held back for a mark among them, about.
const HELD: usize = 128 * 1024;
/// Bytes of a path, about.
const PATH: usize = 1000;
/// Paths that are remembered.
const REMEMBERED: usize = 10_000;

/// An open element.
struct Level {
    name: Vec<u8>,
    /// Length of the path outside it.
    path: usize,
    /// First slot in it.
    slot: usize,
    marked: bool,
    /// Which of the elements of its name it is among its neighbours, from 1.
    number: u64,
    /// Names of the elements in it so far, and how many.
    children: Vec<(Vec<u8>, u64)>,
}

/// Names of neighbours that are counted.
const COUNTED: usize = 50;

impl Level {
    /// Counts a child of this name.
    fn count(&mut self, name: &[u8]) -> u64 {
        if let Some((_, count)) = self.children.iter_mut().find(|(n, _)| n == name) {
            *count += 1;
            return *count;
        }
        if self.children.len() < COUNTED {
            self.children.push((name.to_vec(), 1));
        }
        1
    }
}

/// A section that may be long.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Text,
    CData,
    Comment,
}

impl Section {
    const fn end(self) -> &'static [u8] {
        match self {
            Self::Text => b"<",
            Self::CData => b"]]>",
            Self::Comment => b"-->",
        }
    }

    const fn shape(self) -> Shape {
        match self {
            Self::Text => Shape::XmlText,
            Self::CData => Shape::CData,
            Self::Comment => Shape::Comment,
        }
    }

    const fn quoting(self) -> Quoting {
        match self {
            Self::Text => Quoting::Xml,
            Self::CData | Self::Comment => Quoting::None,
        }
    }
}

/// A document on its way through.
pub(super) struct Xml<C> {
    stack: Vec<Level>,
    /// Names of the open elements without the root, joined by dots.
    path: String,
    line: u64,
    column: u64,
    columns: HashMap<String, Arc<C>>,
    section: Option<(Section, Long)>,
    /// An element has been seen.
    begun: bool,
    rest: Option<Whole>,
}

impl<C> Xml<C> {
    pub(super) fn new() -> Self {
        Self {
            stack: Vec::new(),
            path: String::new(),
            line: 1,
            column: 0,
            columns: HashMap::new(),
            section: None,
            begun: false,
            rest: None,
        }
    }

    fn pass(&mut self, input: &mut Input<'_>, batch: &mut Batch<C>, count: usize) -> Range<usize> {
        batch.pass(input, count, &mut self.line, &mut self.column)
    }

    fn at(&self, attribute: Option<&str>) -> At {
        let mut path = String::new();
        for level in &self.stack {
            if path.len() > PATH {
                path.push('…');
                break;
            }
            path.push('/');
            path.push_str(&String::from_utf8_lossy(&level.name[..level.name.len().min(PATH / 4)]));
            if level.number > 1 {
                path.push_str(&format!("[{}]", level.number));
            }
        }
        if let Some(name) = attribute {
            path.push_str("/@");
            path.push_str(name);
        }
        let marked = self.stack.iter().any(|l| l.marked);
        At { line: self.line, pointer: Some(path.into()), marked, ..At::default() }
    }

    fn column_of<V: Visitor<Column = C>>(&mut self, visitor: &V, path: &str) -> Arc<C> {
        if let Some(column) = self.columns.get(path) {
            return column.clone();
        }
        let column = Arc::new(visitor.column(path));
        if self.columns.len() < REMEMBERED {
            self.columns.insert(path.to_owned(), column.clone());
        }
        column
    }

    fn broken(&mut self, batch: &mut Batch<C>, what: &'static str) {
        batch.flaws.push(Flaw { line: self.line, column: self.column + 1, what: what.into() });
        batch.commit();
        self.rest = Some(Whole::from_line(Quoting::Html, self.line));
    }

    /// Text, a CDATA section or a comment: the next stretch of it, whole if it is not long.
    fn section<V: Visitor<Column = C>>(
        &mut self,
        (section, mut long): (Section, Long),
        input: &mut Input<'_>,
        batch: &mut Batch<C>,
        visitor: &V,
    ) -> Result<Step, FormatError> {
        let bytes = input.bytes();
        let found = memchr::memmem::find(bytes, section.end());
        // A part of the end may stand at the end of what is there.
        let len = found.unwrap_or(if input.ended() { bytes.len() } else { bytes.len().saturating_sub(2) });
        let ended = found.is_some() || input.ended();
        let Some(piece) = long.piece(&bytes[..len], section.quoting(), ended, false) else {
            self.section = Some((section, long));
            return Ok(Step::Wait);
        };
        if section == Section::Text {
            unknown_entity(&bytes[..piece.len])?;
        }
        let path = std::mem::take(&mut self.path);
        let column = if section == Section::Comment { None } else { Some(self.column_of(visitor, &path)) };
        self.path = path;
        let at = self.at(None);
        let range = self.pass(input, batch, piece.len);
        let raw = &batch.raw[range.clone()];
        if !piece.goes_on && !long_begun(&piece.lead) && column.as_deref().is_some_and(|c| visitor.can_mark(c)) {
            self.mark(batch, range.clone(), section.quoting(), visitor);
        } else if raw.trim_ascii().is_empty() && !piece.goes_on && piece.lead.is_empty() {
            // Layout between tags.
            return Ok(self.section_end(section, found.is_some(), input, batch));
        }
        let marked = self.stack.iter().any(|l| l.marked);
        let mut slot = Slot::new(range, section.quoting(), At { marked, ..at }, column);
        slot.shape = section.shape();
        (slot.lead, slot.tail, slot.goes_on) = (piece.lead, piece.tail, piece.goes_on);
        let goes_on = slot.goes_on;
        batch.slots.push(slot);
        if goes_on {
            self.section = Some((section, long));
            batch.commit();
            return Ok(Step::More);
        }
        Ok(self.section_end(section, found.is_some(), input, batch))
    }

    fn section_end(&mut self, section: Section, closed: bool, input: &mut Input<'_>, batch: &mut Batch<C>) -> Step {
        match section {
            Section::Text => {}
            _ if closed => {
                self.pass(input, batch, section.end().len());
            }
            _ => self.broken(batch, "a section opens and never closes"),
        }
        self.commit(batch);
        Step::More
    }

    /// The value in an element marks the element around it.
    fn mark<V: Visitor<Column = C>>(
        &mut self,
        batch: &mut Batch<C>,
        range: Range<usize>,
        quoting: Quoting,
        visitor: &V,
    ) {
        if visitor.marks(&decode(&batch.raw[range], quoting))
            && let Some(level) = self.stack.iter_mut().rev().nth(1)
        {
            level.marked = true;
            batch.mark_from(level.slot, self.line);
        }
    }

    /// What is complete: everything outside the children of the root, and everything that has become too much.
    fn commit(&self, batch: &mut Batch<C>) {
        if self.stack.len() < 2 || batch.raw.len() > HELD && self.stack.len() < 3 {
            batch.commit();
        }
    }

    fn tag<V: Visitor<Column = C>>(
        &mut self,
        input: &mut Input<'_>,
        batch: &mut Batch<C>,
        visitor: &V,
    ) -> Result<Step, FormatError> {
        let bytes = input.bytes();
        for (begin, section) in [(b"<![CDATA[".as_slice(), Section::CData), (b"<!--", Section::Comment)] {
            if bytes.starts_with(begin) {
                self.pass(input, batch, begin.len());
                self.section = Some((section, Long::default()));
                return Ok(Step::More);
            }
            if begin.starts_with(bytes) && !input.ended() {
                return Ok(Step::Wait);
            }
        }
        let masked: Vec<u8>;
        let parsed = match event(bytes) {
            None if bytes.utf8_chunks().any(|c| !c.invalid().is_empty()) => {
                // Letters of another encoding: only where the tag and its values end matters.
                masked = bytes.iter().take(LONG).map(|b| if b.is_ascii() { *b } else { b'_' }).collect();
                event(&masked).map(|(e, len)| (e, len, masked.as_slice()))
            }
            parsed => parsed.map(|(e, len)| (e, len, bytes)),
        };
        let Some((event, len, parsed)) = parsed else {
            if !input.ended() && bytes.len() < LONG {
                return Ok(Step::Wait);
            }
            self.broken(batch, "a tag opens and never closes");
            return Ok(Step::More);
        };
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                let empty = bytes[..len].ends_with(b"/>");
                let name = tag.name().as_ref().as_bytes().to_vec();
                let mut attributes = Vec::new();
                for attribute in tag.attributes().with_checks(false).take(ATTRIBUTES + 1) {
                    let Ok(attribute) = attribute else {
                        self.broken(batch, "an attribute is not written as name=\"value\"");
                        return Ok(Step::More);
                    };
                    let start = attribute.value.as_ptr() as usize - parsed.as_ptr() as usize;
                    let key = attribute.key.as_ref().to_owned();
                    attributes.push((key, start..start + attribute.value.len()));
                }
                if attributes.len() > ATTRIBUTES || name.len() > NAME {
                    self.broken(batch, "an element with more than 1000 attributes, or a name over a kilobyte");
                    return Ok(Step::More);
                }
                if self.stack.len() == DEPTH {
                    self.broken(batch, "nested deeper than 256 levels; from here on it was read as one text");
                    return Ok(Step::More);
                }
                unknown_entity(&bytes[..len])?;
                self.start(name, empty, attributes, len, input, batch, visitor);
            }
            Event::End(tag) => {
                let name = tag.name().as_ref().as_bytes().to_vec();
                if self.stack.last().is_none_or(|l| l.name != name) {
                    self.broken(batch, "this end tag does not fit the element that is open");
                    return Ok(Step::More);
                }
                self.pass(input, batch, len);
                self.end(batch);
            }
            Event::DocType(_) => {
                if memchr::memmem::find(&bytes[..len], b"<!ENTITY").is_some() {
                    return Err(FormatError::unread(
                        "it declares entities of its own, so what it says is not what stands in it",
                    ));
                }
                self.aside(len, input, batch);
            }
            _ => self.aside(len, input, batch),
        }
        Ok(Step::More)
    }

    /// An instruction or declaration: a text by itself.
    fn aside(&mut self, len: usize, input: &mut Input<'_>, batch: &mut Batch<C>) {
        let at = self.at(None);
        let range = self.pass(input, batch, len);
        if range.len() > 4 {
            batch.slots.push(Slot::new(range.start + 2..range.end - 1, Quoting::Xml, at, None));
        }
        self.commit(batch);
    }

    #[expect(clippy::too_many_arguments, reason = "a tag has these parts")]
    fn start<V: Visitor<Column = C>>(
        &mut self,
        name: Vec<u8>,
        empty: bool,
        attributes: Vec<(String, Range<usize>)>,
        len: usize,
        input: &mut Input<'_>,
        batch: &mut Batch<C>,
        visitor: &V,
    ) {
        let (path, slot) = (self.path.len(), batch.next_slot());
        if self.begun {
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(local(&String::from_utf8_lossy(&name)));
        }
        self.begun = true;
        let number = self.stack.last_mut().map_or(1, |l| l.count(&name));
        self.stack.push(Level { name, path, slot, marked: false, number, children: Vec::new() });
        let line = self.line;
        let start = self.pass(input, batch, len).start;
        for (key, range) in attributes {
            if range.is_empty() || key == "xmlns" || key.starts_with("xmlns:") {
                continue;
            }
            let dot = if self.path.is_empty() { "" } else { "." };
            let column = self.column_of(visitor, &format!("{}{dot}{}", self.path, local(&key)));
            let range = start + range.start..start + range.end;
            if visitor.can_mark(&column) && visitor.marks(&decode(&batch.raw[range.clone()], Quoting::Xml)) {
                if let Some(level) = self.stack.last_mut() {
                    level.marked = true;
                }
                batch.mark_from(slot, line);
            }
            let at = At { line, ..self.at(Some(&key)) };
            batch.slots.push(Slot::new(range, Quoting::Xml, at, Some(column)));
        }
        if empty {
            self.end(batch);
        }
    }

    fn end(&mut self, batch: &mut Batch<C>) {
        if let Some(level) = self.stack.pop() {
            self.path.truncate(level.path);
        }
        self.commit(batch);
    }
}

/// The tag, instruction or declaration at the beginning of bytes, and its length; nothing if it is not complete.
fn event(bytes: &[u8]) -> Option<(Event<'_>, usize)> {
    let mut reader = Reader::from_reader(bytes);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    let event = reader.read_event().ok()?;
    let len = usize::try_from(reader.buffer_position()).ok()?;
    bytes.get(..len).is_some_and(|b| b.ends_with(b">")).then_some((event, len))
}

fn long_begun(lead: &[u8]) -> bool {
    !lead.is_empty()
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// A reference that only a declaration of the document could explain.
fn unknown_entity(raw: &[u8]) -> Result<(), FormatError> {
    for at in memchr::memchr_iter(b'&', raw) {
        let name = &raw[at + 1..];
        let len =
            name.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':')).count();
        let known = [b"amp".as_slice(), b"lt", b"gt", b"quot", b"apos"].contains(&&name[..len]);
        if len > 0 && name.get(len) == Some(&b';') && !known && name[0] != b'#' {
            return Err(FormatError::unread("it refers to entities that it does not explain"));
        }
    }
    Ok(())
}

impl<V: Visitor> Lexer<V> for Xml<V::Column> {
    fn next(&mut self, input: &mut Input<'_>, batch: &mut Batch<V::Column>, visitor: &V) -> Result<Step, FormatError> {
        if let Some(rest) = &mut self.rest {
            return rest.next(input, batch, visitor);
        }
        if let Some(section) = self.section.take() {
            return self.section(section, input, batch, visitor);
        }
        match input.bytes().first() {
            Some(b'<') => self.tag(input, batch, visitor),
            Some(_) => {
                self.section = Some((Section::Text, Long::default()));
                Ok(Step::More)
            }
            None if !input.ended() => Ok(Step::Wait),
            None => {
                if !self.stack.is_empty() {
                    self.broken(batch, "the document ends before all elements are closed");
                }
                Ok(Step::End)
            }
        }
    }
}
