//! Which texts of a batch belong to one record: the row of a table, the object of a JSON document, the element of XML.

use super::batch::{At, Slot};

/// The other slots of the record that slot `i` stands in.
pub(super) fn companions<C>(slots: &[Slot<C>], i: usize) -> Vec<usize> {
    let at = &slots[i].at;
    let inside = |other: &At| match (at.row, &at.pointer, &other.pointer) {
        (Some(row), ..) => other.row == Some(row),
        (None, Some(own), Some(other)) => below(parent(own), other),
        _ => false,
    };
    // A path that comes again belongs to the next document of a stream of them.
    let mut seen = vec![&at.pointer];
    let mut take = |range: &mut dyn Iterator<Item = usize>| {
        let mut out = Vec::new();
        for j in range {
            let other = &slots[j].at;
            if !inside(other) || at.row.is_none() && seen.contains(&&other.pointer) {
                break;
            }
            seen.push(&other.pointer);
            out.push(j);
        }
        out
    };
    let mut out = take(&mut (0..i).rev());
    out.extend(take(&mut (i + 1..slots.len())));
    out.retain(|j| !slots[*j].at.heading);
    out
}

fn parent(pointer: &str) -> &str {
    pointer.rfind('/').map_or("", |at| &pointer[..at])
}

/// Whether a value stands below this path. At the top of a document the lists in it hold other records.
fn below(parent: &str, pointer: &str) -> bool {
    let Some(rest) = pointer.strip_prefix(parent).filter(|r| r.starts_with('/')) else { return false };
    let number = |step: &str| !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit());
    !parent.is_empty() || !rest.split('/').any(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::units::Quoting;

    #[test]
    fn a_record_is_a_row_or_an_object() {
        let slot = |row: Option<u64>, pointer: Option<&str>| {
            let at = At { row, pointer: pointer.map(Into::into), ..At::default() };
            Slot::<()>::new(0..0, Quoting::None, at, None)
        };
        let rows: Vec<_> = [1, 2, 2, 2, 3].map(|r| slot(Some(r), None)).into();
        assert_eq!(companions(&rows, 2), [1, 3]);
        let json: Vec<_> = ["/0/name", "/0/mail/0/value", "/0/note", "/1/name"].map(|p| slot(None, Some(p))).into();
        assert_eq!(companions(&json, 2), [1, 0]);
        let lines: Vec<_> = ["/name", "/note", "/name", "/note"].map(|p| slot(None, Some(p))).into();
        assert_eq!(companions(&lines, 1), [0], "the next name is that of the next line");
        assert_eq!(companions(&lines, 3), [2]);
    }
}
