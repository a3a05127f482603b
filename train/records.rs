//! Marked records, and what the terms met in them are.

use fritext::score::{Mark, unmarked};
use fritext::weigh::{CATEGORIES, FIRST, Observed, STEM_BITS, stem};
use fritext::{Category, Engine, FieldName, Lang, Place};
use serde::Deserialize;
use std::path::Path;

/// A record as it lies in the files.
#[derive(Deserialize)]
struct Line {
    lang: String,
    system: String,
    field: String,
    marked: String,
    mode: Option<String>,
}

/// A record of a file, which is one hand's.
#[derive(Clone)]
pub struct Record {
    pub hand: usize,
    pub lang: Lang,
    pub name: FieldName,
    pub text: String,
    /// In characters.
    pub marks: Vec<Mark>,
    pub mode: String,
}

/// Reads the records of a hand. A line that is none is told and left out.
pub fn load(path: &Path, hand: usize) -> Vec<Record> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let lines = text.lines().zip(1..).filter(|(l, _)| !l.trim().is_empty());
    let told = |(line, number): (&str, usize)| {
        let record = record(line, hand);
        record.inspect_err(|e| eprintln!("{}:{number}: {e}; left out", path.display())).ok()
    };
    lines.filter_map(told).collect()
}

fn record(line: &str, hand: usize) -> Result<Record, String> {
    let line: Line = serde_json::from_str(line).map_err(|e| e.to_string())?;
    let (text, marks) = unmarked(&line.marked)?;
    Ok(Record {
        hand,
        lang: Lang::from_id(&line.lang).ok_or("no language")?,
        name: FieldName { system: Some(line.system), field: Some(line.field) },
        text,
        marks,
        mode: line.mode.unwrap_or_else(|| "clean".to_owned()),
    })
}

impl Record {
    /// The terms met in it, each with whether it is right; those about which the marks say nothing are left out.
    pub fn terms(&self, engine: &Engine, stems: &[u8]) -> Vec<(Observed, bool)> {
        let rules = engine.rules(&self.name);
        let place = Place { lang: Some(self.lang), ..Place::new(&rules) };
        let like = |word: &[u8]| {
            let number = usize::from(stems[stem(word)?]);
            Category::ALL.get(FIRST + number.checked_sub(1)?).copied()
        };
        let seen = engine.observe(&self.text, &place, &like);
        seen.into_iter().filter_map(|term| self.is_right(&term).map(|right| (term, right))).collect()
    }

    /// Whether a third of a term, at least, is marked as its category; nothing where the mark is optional.
    fn is_right(&self, term: &Observed) -> Option<bool> {
        let at = |byte: usize| self.text[..byte].chars().count();
        let (start, end) = (at(term.span.start), at(term.span.end));
        let own = |m: &Mark| m.end.min(end).saturating_sub(m.start.max(start));
        let mut share = 0;
        for mark in self.marks.iter().filter(|m| own(m) > 0) {
            if mark.categories.contains(&term.category) {
                if mark.optional {
                    return None;
                }
                share += own(mark);
            }
        }
        Some(share * 3 >= end - start)
    }
}

/// How often words that begin alike are marked: for each beginning how often it stands, and as which category.
pub struct Stems {
    hands: Vec<Vec<[u16; 1 + CATEGORIES]>>,
}

impl Stems {
    /// Counts the words of records, for each hand.
    pub fn new(records: &[Record], shortest: usize) -> Self {
        let count = records.iter().map(|r| r.hand + 1).max().unwrap_or(0);
        let mut hands = vec![vec![[0; 1 + CATEGORIES]; 1 << STEM_BITS]; count];
        for record in records {
            let chars: Vec<char> = record.text.chars().collect();
            let mut from = 0;
            for to in 0..=chars.len() {
                if to < chars.len() && chars[to].is_alphanumeric() {
                    continue;
                }
                let word: String = chars[from..to].iter().collect();
                let inside = record.marks.iter().filter(|m| m.start < to && from < m.end && !m.optional);
                let categories = inside.flat_map(|m| &m.categories).filter_map(|c| (*c as usize).checked_sub(FIRST));
                let stem = if to - from >= shortest { stem(word.as_bytes()) } else { None };
                if let Some(stem) = stem {
                    let counts = &mut hands[record.hand][stem];
                    counts[0] += 1;
                    categories.for_each(|c| counts[1 + c] += 1);
                }
                from = to + 1;
            }
        }
        Self { hands }
    }

    /// The beginnings that these hands mark at least twice and in a share of all cases, with the most frequent category.
    pub fn of(&self, hands: impl Fn(usize) -> bool, least: u32, share: f32) -> Vec<u8> {
        let counts = |stem: usize| {
            let mut sum = [0u32; 1 + CATEGORIES];
            for (_, hand) in self.hands.iter().enumerate().filter(|(h, _)| hands(*h)) {
                sum.iter_mut().zip(hand[stem]).for_each(|(s, n)| *s += u32::from(n));
            }
            sum
        };
        let best = |sum: [u32; 1 + CATEGORIES]| {
            let top = (1..=CATEGORIES).max_by_key(|c| (sum[*c], CATEGORIES - c)).unwrap_or(1);
            if sum[top] >= least && sum[top] as f32 >= share * sum[0] as f32 { top as u8 } else { 0 }
        };
        (0..1 << STEM_BITS).map(|s| best(counts(s))).collect()
    }
}
