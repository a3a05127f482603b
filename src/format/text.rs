//! Plain text: one field, read in windows when it is long.
//!
//! A window is [`WINDOW`] bytes; the visitor cuts it where no finding stands, at least [`OVERLAP`] bytes before its
//! end, and what follows the cut is read again with the next window. Memory is flat at any length.

use super::input::Input;
use super::units::{Encoding, Quoting, decode, encode};
use super::{FormatError, Part, Visitor};
use crate::model::Text;
use std::io::Write;

/// Bytes read at a time.
pub(super) const WINDOW: usize = 1 << 20;
/// Bytes that are read again with the next window, at least.
pub(super) const OVERLAP: usize = 4 * 1024;

pub(super) fn stream(
    input: &mut Input<'_>,
    output: &mut dyn Write,
    encoding: Encoding,
    visitor: &mut dyn Visitor,
) -> Result<(), FormatError> {
    let mut out = Vec::new();
    let mut line = 1;
    loop {
        input.fill(WINDOW)?;
        let last = input.ended() && input.bytes().len() <= WINDOW;
        let mut raw = &input.bytes()[..input.bytes().len().min(WINDOW)];
        if raw.is_empty() {
            return Ok(());
        }
        if !last && encoding == Encoding::Utf8 {
            raw = &raw[..raw.len() - cut_off(raw)];
        }
        let text = decode(raw, encoding, Quoting::None);
        let soft_end = (!last).then(|| text.len() - OVERLAP);
        let answer = visitor.text(&Part { text: Text::new(&text), cell: None, line, soft_end });
        line += text.as_bytes()[..answer.cut].iter().filter(|b| **b == b'\n').count() as u64;
        out.clear();
        let taken = if answer.edits.is_empty() && matches!(text, std::borrow::Cow::Borrowed(_)) {
            out.extend_from_slice(&raw[..answer.cut]);
            answer.cut
        } else {
            encode(raw, encoding, Quoting::None, &answer.edits, answer.cut, &mut out)
        };
        output.write_all(&out)?;
        input.take(taken);
        if last {
            return Ok(());
        }
    }
}

/// Bytes of a character that is cut off at the end.
fn cut_off(raw: &[u8]) -> usize {
    (1..=raw.len().min(3))
        .find(|n| raw[raw.len() - n] >= 0xC0)
        .filter(|n| std::str::from_utf8(&raw[raw.len() - n..]).is_err())
        .unwrap_or(0)
}
