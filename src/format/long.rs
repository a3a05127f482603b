//! Long texts in pieces, so that memory stays flat at any length.
//!
//! A text over [`LONG`] bytes is long. A piece is about [`PIECE`] raw bytes, cut after a line or a blank; it is judged with [`OVERLAP`] bytes of the text
//! before and after it. What a piece finds belongs to it if it begins inside; a finding that reaches beyond the cut
//! takes its bytes from the next piece, too. Where to cut is decided without looking at findings, so that pieces can be
//! judged side by side and come out the same however the bytes arrive.

use super::units::{Quoting, Units};

/// Raw bytes from which a text is long.
pub(super) const LONG: usize = 1 << 20;
/// Raw bytes of a piece.
pub(super) const PIECE: usize = 256 * 1024;
/// Raw bytes seen on either side of a piece.
pub(super) const OVERLAP: usize = 4 * 1024;

/// A long text on its way through.
#[derive(Default)]
pub(super) struct Long {
    lead: Vec<u8>,
    begun: bool,
}

/// A piece of it.
pub(super) struct Piece {
    /// Raw bytes of the piece.
    pub(super) len: usize,
    pub(super) lead: Vec<u8>,
    pub(super) tail: Vec<u8>,
    /// The text goes on after it.
    pub(super) goes_on: bool,
}

impl Long {
    /// The next piece of the text. `raw` is what is there of it, `ended` tells that there is no more, `now` that no more
    /// will come soon. `None`: more bytes are needed.
    pub(super) fn piece(&mut self, raw: &[u8], quoting: Quoting, ended: bool, now: bool) -> Option<Piece> {
        let least = if self.begun { PIECE + OVERLAP } else { LONG };
        if raw.len() <= least {
            if ended {
                self.begun = true;
                return Some(Piece {
                    len: raw.len(),
                    lead: std::mem::take(&mut self.lead),
                    tail: Vec::new(),
                    goes_on: false,
                });
            }
            if !now {
                return None;
            }
        }
        let len = cut(raw, raw.len().min(PIECE), quoting)?;
        let tail = raw[len..].len().min(OVERLAP);
        let tail = len + cut(&raw[len..], tail, quoting).unwrap_or_default();
        let lead = boundary_after(raw, len.saturating_sub(OVERLAP), len, quoting);
        let lead = std::mem::replace(&mut self.lead, raw[lead..len].to_vec());
        self.begun = true;
        Some(Piece { len, lead, tail: raw[len..tail].to_vec(), goes_on: true })
    }
}

/// Where to cut at or before `most`: after a line, else after a blank, else between two characters.
fn cut(raw: &[u8], most: usize, quoting: Quoting) -> Option<usize> {
    let from = most.saturating_sub(128 * 1024);
    if quoting != Quoting::Html
        && let Some(at) = [b'\n', b' '].iter().find_map(|b| memchr::memrchr(*b, &raw[from..most]))
    {
        return Some(from + at + 1);
    }
    let mut best = 0;
    let mut good = 0;
    for unit in Units::new(&raw[..raw.len().min(most + 12)], inside(quoting)) {
        if unit.range.end > most {
            break;
        }
        best = unit.range.end;
        if unit.seen.is_some_and(char::is_whitespace) {
            good = best;
        }
    }
    [good, best].into_iter().find(|at| *at > most / 2).or(Some(best)).filter(|at| *at > 0)
}

/// A place between two characters from `at` on, before `end`.
fn boundary_after(raw: &[u8], at: usize, end: usize, quoting: Quoting) -> usize {
    if quoting != Quoting::Html
        && let Some(found) = memchr::memchr2(b'\n', b' ', &raw[at..end])
    {
        return at + found + 1;
    }
    let units = Units::new(&raw[..end], inside(quoting));
    units.map(|u| u.range.end).find(|e| *e >= at).unwrap_or(end)
}

/// The quoting after a text has begun.
pub(super) fn inside(quoting: Quoting) -> Quoting {
    if quoting == Quoting::Csv { Quoting::CsvInside } else { quoting }
}
