//! Findings against marked texts. A required mark counts as found when a finding of one of its categories overlaps it;
//! one finding serves one mark, and a third of its characters, at least, must lie in marked text of its category, else it
//! is wrong. Marks with `?` are neither right nor wrong.

use crate::model::{Category, Group};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A marked stretch of a text, in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// First character.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Any of them is right.
    pub categories: Vec<Category>,
    /// Finding it is neither right nor wrong.
    pub optional: bool,
}

/// A text without its marks, and the marks.
pub fn unmarked(marked: &str) -> Result<(String, Vec<Mark>), String> {
    let (mut text, mut length, mut marks) = (String::new(), 0, Vec::new());
    let mut rest = marked;
    while let Some((before, mark)) = rest.split_once("[[") {
        let Some((inside, after)) = mark.split_once("]]") else { return Err("a mark is not closed".to_owned()) };
        let Some((names, body)) = inside.split_once(':') else { return Err("a mark has no category".to_owned()) };
        let optional = names.starts_with('?');
        let categories = names
            .trim_start_matches('?')
            .split('|')
            .map(|n| Category::from_id(n).ok_or_else(|| format!("unknown category ‘{n}’")));
        let categories = categories.collect::<Result<Vec<_>, _>>()?;
        text.push_str(before);
        length += before.chars().count();
        let end = length + body.chars().count();
        marks.push(Mark { start: length, end, categories, optional });
        text.push_str(body);
        length = end;
        rest = after;
    }
    text.push_str(rest);
    Ok((text, marks))
}

/// Counts of one category.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Marks that were found.
    pub found: u32,
    /// Findings that are about no mark.
    pub wrong: u32,
    /// Marks that were not found.
    pub missed: u32,
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self { found: self.found + other.found, wrong: self.wrong + other.wrong, missed: self.missed + other.missed }
    }

    /// Precision, recall and F1.
    pub fn measures(self) -> [f64; 3] {
        let share = |part: u32, whole: u32| if whole == 0 { 1.0 } else { f64::from(part) / f64::from(whole) };
        let precision = share(self.found, self.found + self.wrong);
        let recall = share(self.found, self.found + self.missed);
        let sum = precision + recall;
        [precision, recall, if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 }]
    }

    fn json(self) -> Value {
        let [precision, recall, f1] = self.measures().map(rounded);
        json!({ "tp": self.found, "fp": self.wrong, "fn": self.missed, "precision": precision, "recall": recall, "f1": f1 })
    }
}

/// The figures so far.
#[derive(Debug, Default)]
pub struct Score {
    /// Records counted.
    pub records: usize,
    counts: BTreeMap<Category, Counts>,
    /// Characters in required marks, and those that nothing covers.
    required: usize,
    leaked: usize,
    /// Characters in findings, and those that are not marked.
    covered: usize,
    over: usize,
    /// Records without marks, and those that got a finding, by mode.
    alarms: Vec<(String, usize, usize)>,
}

impl Score {
    /// Adds a record: its marks, its findings in characters, and what sort of record it is.
    pub fn add(&mut self, marks: &[Mark], findings: &BTreeSet<(usize, usize, Category)>, mode: &str) {
        self.records += 1;
        let marked: BTreeSet<usize> = marks.iter().flat_map(|m| m.start..m.end).collect();
        let covered: BTreeSet<usize> = findings.iter().flat_map(|(start, end, _)| *start..*end).collect();
        self.covered += covered.len();
        self.over += covered.difference(&marked).count();
        // In order of place and of the category's name, as the marks are served.
        let mut ordered: Vec<_> = findings.iter().copied().collect();
        ordered.sort_by_key(|(start, end, category)| (*start, *end, category.id()));
        let mut sound = Vec::new();
        for (start, end, category) in ordered {
            let of = marks.iter().filter(|m| m.categories.contains(&category));
            let own: BTreeSet<usize> = of.flat_map(|m| start.max(m.start)..end.min(m.end)).collect();
            if 3 * own.len() >= end - start {
                sound.push((start, end, category, false));
            } else {
                self.counts.entry(category).or_default().wrong += 1;
            }
        }
        for mark in marks.iter().filter(|m| !m.optional) {
            let serves = |f: &&mut (usize, usize, Category, bool)| {
                !f.3 && f.0 < mark.end && f.1 > mark.start && mark.categories.contains(&f.2)
            };
            match sound.iter_mut().find(serves) {
                Some(finding) => {
                    finding.3 = true;
                    self.counts.entry(finding.2).or_default().found += 1;
                }
                None => self.counts.entry(mark.categories[0]).or_default().missed += 1,
            }
            self.required += mark.end - mark.start;
            self.leaked += (mark.start..mark.end).filter(|at| !covered.contains(at)).count();
        }
        if marks.is_empty() {
            let at = self.alarms.iter().position(|(m, ..)| m == mode).unwrap_or_else(|| {
                self.alarms.push((mode.to_owned(), 0, 0));
                self.alarms.len() - 1
            });
            self.alarms[at].1 += 1;
            self.alarms[at].2 += usize::from(!findings.is_empty());
        }
    }

    /// Counts by category in the order of the contract, then by group.
    pub fn rows(&self) -> Vec<(&'static str, Counts)> {
        let of = |c: Category| self.counts.get(&c).copied().unwrap_or_default();
        let sum = |group: Option<Group>| {
            let members = Category::ALL.into_iter().filter(|c| group.is_none_or(|g| c.group() == g));
            members.map(of).fold(Counts::default(), Counts::plus)
        };
        let groups = Group::ALL.map(|g| (g.id(), sum(Some(g))));
        Category::ALL.map(|c| (c.id(), of(c))).into_iter().chain(groups).chain([("all", sum(None))]).collect()
    }

    /// Share of the characters in required marks that no finding covers, and of those in findings that are not marked.
    pub fn shares(&self) -> [f64; 2] {
        let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        [share(self.leaked, self.required), share(self.over, self.covered)]
    }

    /// Share of the records without marks that got a finding, by mode.
    pub fn alarms(&self) -> impl Iterator<Item = (&str, f64)> {
        self.alarms.iter().map(|(mode, all, alarms)| (mode.as_str(), *alarms as f64 / *all as f64))
    }

    /// All figures.
    pub fn json(&self) -> Value {
        let rows = self.rows();
        let object = |rows: &[(&str, Counts)]| -> Map<String, Value> {
            rows.iter().map(|(name, counts)| ((*name).to_owned(), counts.json())).collect()
        };
        let [leaked, over] = self.shares().map(rounded);
        let alarms: Map<String, Value> =
            self.alarms().map(|(m, share)| (m.to_owned(), json!(rounded(share)))).collect();
        json!({
            "records": self.records,
            "categories": object(&rows[..Category::ALL.len()]),
            "groups": object(&rows[Category::ALL.len()..]),
            "leaked": leaked, "over": over, "alarms": alarms,
        })
    }
}

/// Four decimals.
fn rounded(value: f64) -> f64 {
    format!("{value:.4}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_finding_serves_one_mark_and_must_be_about_it() {
        let (text, marks) =
            unmarked("[[name:Åsa]] har [[health|social:feber]], [[?health:trött]]").expect("well marked");
        assert_eq!(text, "Åsa har feber, trött");
        assert_eq!((marks[1].start, marks[1].end, marks[2].optional), (8, 13, true));
        let mut score = Score::default();
        // The name is found; one finding lies over too much; an optional one costs nothing.
        let findings = [(0, 3, Category::Name), (0, 20, Category::Social), (15, 20, Category::Health)];
        score.add(&marks, &findings.into_iter().collect(), "clean");
        let all = score.rows().last().expect("all").1;
        assert_eq!((all.found, all.wrong, all.missed), (1, 1, 1));
        assert_eq!(score.shares()[0], 0.0);
        score.add(&[], &BTreeSet::new(), "hard");
        score.add(&[], &[(0, 1, Category::Name)].into_iter().collect(), "hard");
        assert_eq!(score.alarms().collect::<Vec<_>>(), [("hard", 0.5)]);
    }

    #[test]
    fn wrong_marks_are_told() {
        for (marked, error) in [("[[name:x", "not closed"), ("[[name]]", "no category"), ("[[nam:x]]", "‘nam’")] {
            assert!(unmarked(marked).expect_err(marked).contains(error));
        }
    }
}
