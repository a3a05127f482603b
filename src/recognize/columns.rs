//! What a column of a table holds, judged on its header and its first rows.

use super::Lexicons;
use super::personnummer;
use crate::lexicon::{Cue, Hit, fold, is_word_char};
use crate::model::{ColumnKind, Date};
use std::collections::HashSet;

/// What a header says, if it says anything.
fn header_kind(lexicons: &Lexicons, header: &str) -> Option<ColumnKind> {
    let words: Vec<&str> = header.split(|c| !is_word_char(c)).filter(|w| !w.is_empty()).collect();
    let says = |word: &str| {
        let table = &lexicons.tables()[0];
        let mut best = None;
        for hit in table.hits(table.word(fold(word).bytes())) {
            let kind = match hit {
                Hit::Cue(Cue::TextHeader, _) => ColumnKind::FreeText,
                Hit::Cue(Cue::IdHeader | Cue::NameHeader | Cue::ContactHeader | Cue::BirthHeader, _) => {
                    ColumnKind::Identifier
                }
                Hit::Cue(Cue::CodeHeader, _) => ColumnKind::Code,
                Hit::Cue(Cue::NumberHeader, _) => ColumnKind::OtherNumber,
                _ => continue,
            };
            best = best.or(Some(kind));
        }
        best
    };
    let joined: String = words.concat();
    let kinds: Vec<ColumnKind> = words.iter().filter_map(|w| says(w)).chain(says(&joined)).collect();
    [ColumnKind::FreeText, ColumnKind::Identifier, ColumnKind::OtherNumber, ColumnKind::Code]
        .into_iter()
        .find(|k| kinds.contains(k))
}

/// Watches the first cells of a column.
#[derive(Debug, Clone)]
pub struct ColumnJudge {
    header: Option<ColumnKind>,
    cells: usize,
    filled: usize,
    words: usize,
    numbers: usize,
    persons: usize,
    different: HashSet<u64>,
    today: Date,
}

impl ColumnJudge {
    /// A judge of the column under `header`.
    pub fn new(lexicons: &Lexicons, header: &str, today: Date) -> Self {
        Self {
            header: header_kind(lexicons, header),
            cells: 0,
            filled: 0,
            words: 0,
            numbers: 0,
            persons: 0,
            different: HashSet::new(),
            today,
        }
    }

    /// Looks at one cell.
    pub fn see(&mut self, cell: &str) {
        self.cells += 1;
        let cell = cell.trim();
        if cell.is_empty() {
            return;
        }
        self.filled += 1;
        self.words += cell.split_whitespace().count();
        let digits: Vec<u8> = cell.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
        let bare =
            cell.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b' ' | b'/' | b'.' | b':' | b','));
        if bare && !digits.is_empty() {
            self.numbers += 1;
            let swedish = personnummer::parse(&digits, false, self.today).is_ok_and(|p| p.luhn);
            if swedish || super::cpr::parse(&digits, self.today).is_ok() {
                self.persons += 1;
            }
        }
        self.different
            .insert(cell.bytes().fold(7u64, |h, b| h.rotate_left(5) ^ u64::from(b).wrapping_mul(0x9E37_79B9)));
    }

    /// What the column holds. A header decides between numbers of persons and others; cells decide what it leaves open.
    pub fn kind(&self) -> ColumnKind {
        let most = |n: usize| self.filled > 0 && n * 4 >= self.filled * 3;
        if most(self.numbers) && self.header != Some(ColumnKind::Identifier) {
            // One number in forty looks like a CPR number by chance; a column of persons' numbers nearly always does.
            let persons = most(self.persons) && self.header != Some(ColumnKind::OtherNumber) && self.filled >= 3;
            return if persons { ColumnKind::Identifier } else { ColumnKind::OtherNumber };
        }
        match self.header {
            Some(ColumnKind::Identifier) if self.words > self.filled * 5 => ColumnKind::FreeText,
            Some(ColumnKind::Code | ColumnKind::OtherNumber) if self.words > self.filled * 3 => ColumnKind::FreeText,
            Some(kind) => kind,
            // Few different short values over many rows are codes.
            None if self.filled >= 12 && self.words <= self.filled * 2 && self.different.len() * 4 <= self.filled => {
                ColumnKind::Code
            }
            None => ColumnKind::FreeText,
        }
    }
}
