//! Plain text and HTML: one text from the beginning to the end of the stream.

use super::batch::{At, Batch, Slot};
use super::long::Long;
use super::units::Quoting;
use super::{FormatError, Input, Lexer, Step, Visitor, markup};

/// A stream that is one text.
pub(super) struct Whole {
    long: Long,
    quoting: Quoting,
    line: u64,
}

impl Whole {
    pub(super) fn new(quoting: Quoting) -> Self {
        Self::from_line(quoting, 1)
    }

    /// The rest of a stream that is read as text because its structure broke.
    pub(super) fn from_line(quoting: Quoting, line: u64) -> Self {
        Self { long: Long::default(), quoting, line }
    }
}

impl<V: Visitor> Lexer<V> for Whole {
    fn next(&mut self, input: &mut Input<'_>, batch: &mut Batch<V::Column>, _: &V) -> Result<Step, FormatError> {
        if input.bytes().is_empty() && input.ended() {
            return Ok(Step::End);
        }
        let now = input.bytes().ends_with(b"\n") && input.quiet();
        let Some(piece) = self.long.piece(input.bytes(), self.quoting, input.ended(), now) else {
            return Ok(Step::Wait);
        };
        let start = batch.raw.len();
        batch.raw.extend_from_slice(&input.bytes()[..piece.len]);
        let raw = &batch.raw[start..];
        let at = At { line: self.line, ..At::default() };
        let mut slot = Slot::new(start..batch.raw.len(), self.quoting, at, None);
        if self.quoting == Quoting::Html {
            slot.inner = markup::inner(raw, self.line);
        }
        self.line += memchr::memchr_iter(b'\n', raw).count() as u64;
        (slot.lead, slot.tail, slot.goes_on) = (piece.lead, piece.tail, piece.goes_on);
        input.take(piece.len);
        let end = !piece.goes_on;
        batch.slots.push(slot);
        batch.commit();
        Ok(if end { Step::End } else { Step::More })
    }
}
