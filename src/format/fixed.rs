//! Rows of fixed-width columns, as old systems print them. The widths come from the policy; what stands beyond the
//! last column is one more text.

use super::batch::{At, Batch, Shape, Slot};
use super::long::LONG;
use super::units::{Quoting, Units, decode};
use super::{Flaw, FormatError, Input, Lexer, Step, Visitor};
use std::sync::Arc;

/// A table of fixed widths on its way through.
pub(super) struct Fixed<C> {
    widths: Vec<(String, usize)>,
    columns: Vec<Arc<C>>,
    row: u64,
}

impl<C> Fixed<C> {
    pub(super) fn new(widths: &[(String, usize)]) -> Self {
        Self { widths: widths.to_vec(), columns: Vec::new(), row: 1 }
    }
}

impl<V: Visitor> Lexer<V> for Fixed<V::Column> {
    fn next(&mut self, input: &mut Input<'_>, batch: &mut Batch<V::Column>, visitor: &V) -> Result<Step, FormatError> {
        if self.columns.is_empty() {
            let titles: Vec<String> = self.widths.iter().map(|(t, _)| t.clone()).collect();
            self.columns = visitor.table(Some(&titles), &[]).into_iter().map(Arc::new).collect();
        }
        let bytes = input.bytes();
        let whole = match memchr::memchr(b'\n', bytes) {
            Some(at) => at + 1,
            None if input.ended() && bytes.is_empty() => return Ok(Step::End),
            None if input.ended() || bytes.len() > LONG => bytes.len(),
            None => return Ok(Step::Wait),
        };
        let whole = whole.min(LONG);
        if whole == LONG {
            let what = "a row of more than a megabyte: are these the widths of this file?";
            batch.flaws.push(Flaw { line: self.row, column: 1, what: what.into() });
        }
        let start = batch.raw.len();
        batch.raw.extend_from_slice(&bytes[..whole]);
        let row = batch.raw[start..].strip_suffix(b"\n").unwrap_or(&batch.raw[start..]);
        let row = row.strip_suffix(b"\r").unwrap_or(row);
        let first = batch.slots.len();
        let mut marked = false;
        let mut at = 0;
        for (i, width) in self.widths.iter().map(|(_, w)| Some(*w)).chain([None]).enumerate() {
            let rest = &row[at..];
            let len = match width {
                Some(width) => Units::new(rest, Quoting::None).nth(width - 1).map_or(rest.len(), |u| u.range.end),
                None => rest.len(),
            };
            let raw = &rest[..len];
            if !raw.trim_ascii().is_empty() {
                let place = At { line: self.row, row: Some(self.row), ..At::default() };
                let column = self.columns.get(i).cloned();
                if column.as_ref().is_some_and(|c| visitor.can_mark(c)) {
                    marked |= visitor.marks(&decode(raw, Quoting::None));
                }
                let mut slot = Slot::new(start + at..start + at + len, Quoting::None, place, column);
                // The last cell of a row may be cut short, and then may stay so.
                if let Some(width) = width.filter(|_| at + len < row.len()) {
                    slot.shape = Shape::Fixed(width);
                }
                batch.slots.push(slot);
            }
            at += len;
        }
        if marked {
            batch.slots[first..].iter_mut().for_each(|s| s.at.marked = true);
        }
        self.row += 1;
        input.take(whole);
        batch.commit();
        Ok(Step::More)
    }
}
