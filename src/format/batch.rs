//! A stretch of a stream with the texts in it: what lexers fill, workers judge and the driver writes on.

use super::units::Quoting;
use super::{Flaw, Input};
use std::ops::Range;
use std::sync::Arc;

/// Where a text stands in its stream.
#[derive(Debug, Clone, Default)]
pub struct At {
    /// Line from 1 on which it begins.
    pub line: u64,
    /// Row from 1 of a table, the header included.
    pub row: Option<u64>,
    /// JSON pointer (RFC 6901) or path of elements.
    pub pointer: Option<Box<str>>,
    /// A header or a key: it names a value and is none.
    pub heading: bool,
    /// It belongs to a person whose identity is protected, as a value beside it says.
    pub marked: bool,
}

/// What has to be minded when an edited text is written back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    /// A cell that needs quotes if its new text holds this delimiter, a quote or a line end.
    Cell(u8),
    /// A cell of so many characters.
    Fixed(usize),
    /// The text of XML, which must not hold `]]>`.
    XmlText,
    /// A CDATA section, which ends with it.
    CData,
    /// A comment, which must not hold `--`.
    Comment,
}

/// A text, or a piece of a long one, in the bytes of a batch.
pub(super) struct Slot<C> {
    pub(super) range: Range<usize>,
    pub(super) quoting: Quoting,
    pub(super) shape: Shape,
    pub(super) at: At,
    pub(super) column: Option<Arc<C>>,
    /// Of a piece: raw bytes that stand before and after it in the same text.
    pub(super) lead: Vec<u8>,
    pub(super) tail: Vec<u8>,
    /// A text goes on in the next slot.
    pub(super) goes_on: bool,
    /// Texts inside what this one passes over: attributes, comments. Ranges are bytes of this slot.
    pub(super) inner: Vec<Slot<C>>,
}

impl<C> Slot<C> {
    pub(super) fn new(range: Range<usize>, quoting: Quoting, at: At, column: Option<Arc<C>>) -> Self {
        Self {
            range,
            quoting,
            shape: Shape::Plain,
            at,
            column,
            lead: Vec::new(),
            tail: Vec::new(),
            goes_on: false,
            inner: Vec::new(),
        }
    }
}

/// A stretch of a stream.
pub(super) struct Batch<C> {
    pub(super) raw: Vec<u8>,
    pub(super) slots: Vec<Slot<C>>,
    /// What is wrong in it, in order.
    pub(super) flaws: Vec<Flaw>,
    /// Slots of the batches before this one.
    first: usize,
    complete: (usize, usize),
}

impl<C> Batch<C> {
    pub(super) fn new() -> Self {
        Self { raw: Vec::new(), slots: Vec::new(), flaws: Vec::new(), first: 0, complete: (0, 0) }
    }

    /// Moves bytes from the input as they are and counts lines and the bytes on the last one; where they are now.
    pub(super) fn pass(
        &mut self,
        input: &mut Input<'_>,
        count: usize,
        line: &mut u64,
        column: &mut u64,
    ) -> Range<usize> {
        let start = self.raw.len();
        let bytes = &input.bytes()[..count];
        self.raw.extend_from_slice(bytes);
        match memchr::memrchr(b'\n', bytes) {
            Some(at) => {
                *line += memchr::memchr_iter(b'\n', bytes).count() as u64;
                *column = (count - at - 1) as u64;
            }
            None => *column += count as u64,
        }
        input.take(count);
        start..start + count
    }

    /// Number of the next slot in the stream.
    pub(super) fn next_slot(&self) -> usize {
        self.first + self.slots.len()
    }

    /// Marks every slot from this number on. Where some of them have gone already, the flaw tells so.
    pub(super) fn mark_from(&mut self, slot: usize, line: u64) {
        if slot < self.first {
            let what = "the mark of a protected person comes so late in its record that what stands before it is not protected";
            self.flaws.push(Flaw { line, column: 1, what: what.into() });
        }
        let from = slot.saturating_sub(self.first).min(self.slots.len());
        self.slots[from..].iter_mut().for_each(|s| s.at.marked = true);
    }

    /// What has been put in so far will not change any more.
    pub(super) fn commit(&mut self) {
        self.complete = (self.raw.len(), self.slots.len());
    }

    /// Raw bytes that will not change any more.
    pub(super) fn committed(&self) -> usize {
        self.complete.0
    }

    /// Takes out what will not change any more.
    pub(super) fn split(&mut self) -> Self {
        let (raw, slots) = std::mem::take(&mut self.complete);
        let mut rest = Self { raw: self.raw.split_off(raw), slots: self.slots.split_off(slots), ..Self::new() };
        rest.first = self.first + slots;
        rest.slots.iter_mut().for_each(|s| s.range = s.range.start - raw..s.range.end - raw);
        std::mem::replace(self, rest)
    }
}
