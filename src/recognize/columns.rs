//! What a column of a table holds, judged on its header and its first rows.

use super::Lexicons;
use super::personnummer;
use crate::lexicon::{Cue, Hit, fold, is_word_char};
use crate::model::{Category, ColumnKind, Date};
use std::collections::HashSet;

/// What the name of a column, a key or an element says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Header {
    /// What it holds, if the name tells.
    pub kind: Option<ColumnKind>,
    /// The category of an identifier column.
    pub holds: Option<Category>,
    /// Its values say whether a person's identity is protected.
    pub marking: bool,
}

impl Header {
    /// Reads a name.
    pub fn read(lexicons: &Lexicons, name: &str) -> Self {
        let table = &lexicons.tables()[0];
        let cues = |word: &str| -> Vec<Cue> {
            let hits = table.hits(table.word(fold(word).bytes()));
            hits.filter_map(|hit| if let Hit::Cue(cue, _) = hit { Some(cue) } else { None }).collect()
        };
        let words: Vec<&str> = name.split(|c| !is_word_char(c)).filter(|w| !w.is_empty()).collect();
        let joined: String = words.concat();
        let parts: Vec<&str> = words.iter().flat_map(|w| humps(w)).collect();
        let has = |cue: Cue| [joined.as_str()].iter().chain(&words).chain(&parts).any(|w| cues(w).contains(&cue));
        const KINDS: [(Cue, ColumnKind); 7] = [
            (Cue::TextHeader, ColumnKind::FreeText),
            (Cue::IdHeader, ColumnKind::Identifier),
            (Cue::NameHeader, ColumnKind::Identifier),
            (Cue::ContactHeader, ColumnKind::Identifier),
            (Cue::BirthHeader, ColumnKind::Identifier),
            (Cue::NumberHeader, ColumnKind::OtherNumber),
            (Cue::CodeHeader, ColumnKind::Code),
        ];
        let says = |words: &[&str]| {
            let said: Vec<Vec<Cue>> = words.iter().map(|w| cues(w)).collect();
            let (cue, kind) = KINDS.into_iter().find(|(cue, _)| said.iter().any(|c| c.contains(cue)))?;
            let telling = said.iter().filter(|c| KINDS.iter().any(|(k, _)| c.contains(k))).count();
            // One word in three says little: ‘fritt om eleven’.
            (kind == ColumnKind::FreeText || telling * 2 >= words.len()).then_some((cue, kind))
        };
        // The whole name knows best: ‘civicNo’ before ‘no’.
        let found = says(&[&joined]).or_else(|| says(&words)).or_else(|| says(&parts));
        Self {
            kind: found.map(|(_, kind)| kind),
            holds: found.and_then(|(cue, _)| match cue {
                Cue::IdHeader if joined.to_lowercase().contains("cpr") => Some(Category::Cpr),
                Cue::IdHeader => Some(Category::Personnummer),
                Cue::NameHeader => Some(Category::Name),
                Cue::ContactHeader => Some(Category::Address),
                Cue::BirthHeader => Some(Category::BirthDate),
                _ => None,
            }),
            marking: has(Cue::MarkingHeader),
        }
    }

    /// Reads a path of keys joined by dots: the last key that says anything speaks.
    pub fn of_path(lexicons: &Lexicons, path: &str) -> Self {
        let mut keys = path.rsplit('.').map(|key| Self::read(lexicons, key));
        let last = keys.next().unwrap_or_default();
        if last.kind.is_some() || last.marking {
            return last;
        }
        keys.find(|h| h.kind.is_some()).map_or(last, |h| Self { marking: false, ..h })
    }

    /// Whether a value of a marking column says that nothing is protected.
    pub fn harmless(lexicons: &Lexicons, value: &str) -> bool {
        let table = &lexicons.tables()[0];
        let Some(word) = value.split(|c| !is_word_char(c)).find(|w| !w.is_empty()) else { return true };
        let mut hits = table.hits(table.word(fold(word).bytes()));
        hits.any(|hit| matches!(hit, Hit::Cue(Cue::Unmarked, _))) || word.bytes().all(|b| b == b'0')
    }
}

/// The parts of a name in camel case.
fn humps(word: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut lower = false;
    for (at, c) in word.char_indices() {
        if c.is_uppercase() && lower {
            out.push(&word[start..at]);
            start = at;
        }
        lower = c.is_lowercase();
    }
    out.push(&word[start..]);
    out
}

/// Cells that do not yet overrule a header of free text.
const FEW: usize = 20;

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
    /// A judge of a column whose header says this much.
    pub fn new(header: Option<ColumnKind>, today: Date) -> Self {
        Self { header, cells: 0, filled: 0, words: 0, numbers: 0, persons: 0, different: HashSet::new(), today }
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
            // A spreadsheet drops the zero that a number begins with.
            let digits = if digits.len() == 9 { [&[0], &digits[..]].concat() } else { digits };
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
            let persons = most(self.persons) && self.header != Some(ColumnKind::OtherNumber);
            return match persons {
                true if self.filled >= 3 => ColumnKind::Identifier,
                // Too few to tell: each has to show by itself what it is.
                true if self.header.is_none() => ColumnKind::FreeText,
                _ if self.header == Some(ColumnKind::FreeText) && self.filled < FEW => ColumnKind::FreeText,
                _ => ColumnKind::OtherNumber,
            };
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
