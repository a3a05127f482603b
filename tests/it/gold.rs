//! The development gold sets run through the program: every offset is a place in its text, and no category finds less or
//! errs more than `tests/gold/figures.tsv` says, but for two spans or two in a hundred.
//!
//! `UPDATE_EXPECT=1 cargo test --test it gold` writes the figures anew; the change is to be looked at.

use crate::run::{fritext, json_lines};
use fritext::{Category, Date, Engine, FieldName, Judged, Lang, Place, Span};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FIGURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gold/figures.tsv");

/// A marked span in bytes of the text.
struct Mark {
    start: usize,
    end: usize,
    categories: Vec<String>,
    optional: bool,
}

/// The text of a marked record, and its marks.
fn unmarked(marked: &str) -> (String, Vec<Mark>) {
    let (mut out, mut marks, mut rest) = (String::new(), Vec::new(), marked);
    while let Some(at) = rest.find("[[") {
        let (before, mark) = rest.split_at(at);
        let (inside, after) = mark[2..].split_once("]]").expect("marks come in pairs");
        let (names, body) = inside.split_once(':').expect("a mark has a category");
        out.push_str(before);
        let start = out.len();
        out.push_str(body);
        let categories = names.trim_start_matches('?').split('|').map(str::to_owned).collect();
        marks.push(Mark { start, end: out.len(), categories, optional: names.starts_with('?') });
        rest = after;
    }
    (out + rest, marks)
}

/// Found, wrong and missed spans by category.
type Figures = BTreeMap<String, [usize; 3]>;

/// Scores the findings of one record as the guideline's scorer does: a finding is about a span if a third of it is.
fn score(marks: &[Mark], findings: &[(usize, usize, String)], figures: &mut Figures) {
    let mut sound: Vec<&(usize, usize, String)> = Vec::new();
    for finding in findings {
        let (start, end, category) = finding;
        let own: usize = marks
            .iter()
            .filter(|m| m.categories.contains(category))
            .map(|m| m.end.min(*end).saturating_sub(m.start.max(*start)))
            .sum();
        if own * 3 >= end - start {
            sound.push(finding);
        } else {
            figures.entry(category.clone()).or_default()[1] += 1;
        }
    }
    for mark in marks.iter().filter(|m| !m.optional) {
        let hit = sound.iter().position(|(s, e, c)| *s < mark.end && *e > mark.start && mark.categories.contains(c));
        match hit {
            Some(i) => figures.entry(sound.remove(i).2.clone()).or_default()[0] += 1,
            None => figures.entry(mark.categories[0].clone()).or_default()[2] += 1,
        }
    }
}

#[test]
fn gold_records_run_without_error_and_no_category_gets_worse() {
    let mut figures = Figures::new();
    for (lang, gold) in [("sv", include_str!("../gold/sv.jsonl")), ("da", include_str!("../gold/da.jsonl"))] {
        let records: Vec<(Value, Vec<Mark>)> = gold
            .lines()
            .map(|l| serde_json::from_str::<Value>(l).expect("gold is JSON"))
            .map(|r| {
                let (text, marks) = unmarked(r["marked"].as_str().expect("text"));
                let record = json!({ "id": r["id"], "lang": r["lang"], "system": r["system"], "field": r["field"], "text": text });
                (record, marks)
            })
            .collect();
        let input: String = records.iter().map(|(r, _)| format!("{r}\n")).collect();
        let ran = fritext(&["check", "--input-format", "records", "--format", "jsonl"], input);
        assert_eq!(ran.err, "", "every system and field of the guideline is known");
        let answers = json_lines(&ran.out);
        assert_eq!(answers.len(), records.len());
        let mut own = Figures::new();
        for ((record, marks), answer) in records.iter().zip(&answers) {
            assert_eq!(record["id"], answer["id"]);
            let text = record["text"].as_str().expect("text");
            let mut findings = Vec::new();
            for finding in answer["findings"].as_array().expect("findings") {
                let at = |key: &str| finding[key].as_u64().expect("a number") as usize;
                let found = text.get(at("start")..at("end"));
                assert!(found.is_some_and(|s| !s.trim().is_empty()), "{} {finding}", record["id"]);
                let category = finding["category"].as_str().expect("a category").to_owned();
                findings.push((at("start"), at("end"), category));
            }
            findings.sort();
            score(marks, &findings, &mut own);
        }
        figures.extend(own.into_iter().map(|(category, f)| (format!("{lang}\t{category}"), f)));
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let lines = figures.iter().map(|(k, [f, w, m])| format!("{k}\t{f}\t{w}\t{m}\n"));
        let head = "# language, category, found, wrong, missed\n".to_owned();
        std::fs::write(FIGURES, head + &lines.collect::<String>()).expect("the figures are writable");
    }
    compare(&figures);
}

/// What `explain` tells is what `check` decides: it weighs every term, where `check` leaves out what cannot matter.
#[test]
fn what_is_explained_is_what_is_found() {
    let engine = Engine::builtin(Date::new(2026, 11, 22).expect("a date"));
    let mut differing = Vec::new();
    for gold in [include_str!("../gold/sv.jsonl"), include_str!("../gold/da.jsonl")] {
        for record in gold.lines().map(|l| serde_json::from_str::<Value>(l).expect("gold is JSON")) {
            let said = |key: &str| record[key].as_str().map(str::to_owned);
            let rules = engine.rules(&FieldName { system: said("system"), field: said("field") });
            let lang = said("lang").and_then(|l| Lang::from_id(&l));
            let place = Place { lang, ..Place::new(&rules) };
            let (text, _) = unmarked(&said("marked").expect("text"));
            let found = |judged: &Judged| -> Vec<(Span, Category)> {
                judged.decisions.iter().map(|d| (d.finding.span, d.finding.category)).collect()
            };
            if found(&engine.explain(&text, &place).0) != found(&engine.judge(&text, &place)) {
                differing.push(said("id"));
            }
        }
    }
    assert!(differing.is_empty(), "{differing:?}");
}

/// No category finds fewer spans or more wrong ones than the committed figures allow.
fn compare(figures: &Figures) {
    let committed = std::fs::read_to_string(FIGURES).expect("the figures are committed");
    let mut worse = Vec::new();
    for line in committed.lines().filter(|l| !l.starts_with('#')) {
        let parts: Vec<&str> = line.split('\t').collect();
        let number = |i: usize| parts[i].parse::<usize>().expect("a number");
        let (found, wrong, missed) = (number(2), number(3), number(4));
        let slack = ((found + missed) / 50).max(2);
        let now = figures.get(&format!("{}\t{}", parts[0], parts[1])).copied().unwrap_or_default();
        if now[0] + slack < found || now[1] > wrong + slack {
            worse.push(format!("{line} is now {now:?}"));
        }
    }
    assert!(worse.is_empty(), "{worse:#?}");
}
