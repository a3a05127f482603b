//! Marked records, and what the terms met in them are.

use fritext::score::{Mark, unmarked};
use fritext::weigh::{Alike, Asked, CATEGORIES, FIRST, Key, Marked, Observed};
use fritext::{Category, Engine, FieldName, Lang, Place, Span};
use serde::Deserialize;
use std::collections::BTreeMap;
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
    pub fn terms(&self, engine: &Engine, alike: &Alike) -> Vec<(Observed, bool)> {
        let rules = engine.rules(&self.name);
        let place = Place { lang: Some(self.lang), ..Place::new(&rules) };
        let seen = engine.observe(&self.text, &place, alike);
        seen.into_iter().filter_map(|term| self.is_right(&term).map(|right| (term, right))).collect()
    }

    /// Tells each word beside what an engine finds in it, and whether it belongs there.
    pub fn beside(&self, engine: &Engine, mut tell: impl FnMut(&Asked<'_>, bool)) {
        let rules = engine.rules(&self.name);
        let place = Place { lang: Some(self.lang), ..Place::new(&rules) };
        let at = |byte: usize| self.text[..byte].chars().count();
        let touches = |m: &Mark, span: Span| m.start < at(span.end) && at(span.start) < m.end;
        engine.ask(&self.text, &place, |asked| {
            let both = |m: &Mark| touches(m, asked.span) && touches(m, asked.word);
            let belongs = self.marks.iter().any(|m| m.categories.contains(&asked.category) && both(m));
            tell(asked, belongs);
            belongs
        });
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

/// How often words and pairs of words are marked by each hand that marks any.
pub struct Stems {
    keys: BTreeMap<Key, Vec<Counts>>,
}

/// How often a hand writes something, and as which category it marks it how often.
struct Counts {
    hand: usize,
    all: u32,
    marked: [u32; CATEGORIES],
}

/// What is kept of them.
pub struct Gate {
    /// How often something must be marked.
    pub least: u32,
    /// In which share of the places where it stands.
    pub share: f32,
    /// How often a pair must be marked.
    pub pair_least: u32,
    /// In which share of its places.
    pub pair_share: f32,
}

impl Stems {
    /// Counts the words of records, which are in the order of their hands.
    pub fn new(records: &[Record]) -> Self {
        let mut keys: BTreeMap<Key, Vec<Counts>> = BTreeMap::new();
        for record in records {
            let words = words(&record.text);
            let mark =
                |from: usize, to: usize| record.marks.iter().find(|m| m.start < to && from < m.end && !m.optional);
            let mut count = |key: Key, mark: Option<&Mark>| {
                let counts = keys.entry(key).or_default();
                if counts.last().is_none_or(|c| c.hand != record.hand) {
                    counts.push(Counts { hand: record.hand, all: 0, marked: [0; CATEGORIES] });
                }
                let counts = counts.last_mut().expect("one was put");
                counts.all += 1;
                let categories = mark.iter().flat_map(|m| &m.categories);
                categories.filter_map(|c| (*c as usize).checked_sub(FIRST)).for_each(|c| counts.marked[c] += 1);
            };
            for (i, (from, to, word)) in words.iter().enumerate() {
                let own = mark(*from, *to);
                if let Some(key) = Key::word(word.as_bytes(), record.lang) {
                    count(key, own);
                }
                if let Some((next, end, second)) = words.get(i + 1).filter(|w| w.0 == to + 1) {
                    let both = own.filter(|m| m.start < *end && *next < m.end);
                    count(Key::pair(word.as_bytes(), second.as_bytes(), record.lang), both);
                }
            }
        }
        keys.retain(|_, counts| counts.iter().any(|c| c.marked.iter().any(|n| *n > 0)));
        Self { keys }
    }

    /// What these hands mark often enough, the rarest first.
    pub fn of(&self, hands: impl Fn(usize) -> bool, gate: &Gate) -> Alike {
        let mut all: Vec<(u32, Key, Marked)> = Vec::new();
        for (key, counts) in &self.keys {
            let (mut places, mut marked) = (0, [0u32; CATEGORIES]);
            for counts in counts.iter().filter(|c| hands(c.hand)) {
                places += counts.all;
                marked.iter_mut().zip(counts.marked).for_each(|(sum, n)| *sum += n);
            }
            let top = (0..CATEGORIES).max_by_key(|c| (marked[*c], CATEGORIES - c)).expect("there are categories");
            let (often, share) = (marked[top], marked[top] as f32 / places.max(1) as f32);
            let (least, least_share) =
                if key.is_pair() { (gate.pair_least, gate.pair_share) } else { (gate.least, gate.share) };
            if often >= least && share >= least_share {
                let surely = [0.6, 0.75, 0.95].iter().filter(|s| share >= **s).count() as u8;
                let often_enough = [2, 3, 6].iter().filter(|n| often >= **n).count() as u8;
                let category = Category::ALL[FIRST + top];
                all.push((often, *key, Marked { category, level: surely << 2 | often_enough }));
            }
        }
        all.sort_by_key(|(often, key, _)| (*often, *key));
        Alike::of(all.into_iter().map(|(_, key, marked)| (key, marked)))
    }
}

/// The words of a text with their places, in characters.
fn words(text: &str) -> Vec<(usize, usize, String)> {
    let chars: Vec<char> = text.chars().collect();
    let (mut words, mut from) = (Vec::new(), 0);
    for to in 0..=chars.len() {
        if to < chars.len() && chars[to].is_alphanumeric() {
            continue;
        }
        if to > from {
            words.push((from, to, chars[from..to].iter().collect()));
        }
        from = to + 1;
    }
    words
}
