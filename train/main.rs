//! Trains the weights that decide about terms, on the marked records of `tests/gold/train`, and measures them on hands
//! that the training has not seen.
//!
//!     cargo run --release --example train -- --date 2026-11-22 tests/gold/train/*.jsonl
//!     cargo run --release --example train -- --folds 4 tests/gold/train/*.jsonl
//!
//! With `--folds N` every N-th file is left out in turn, and what is found in it with weights from the others is
//! counted; `--test FILE` counts in another file, with weights from all. Both are counted with rules in place of weights, too.
//! `--detail` adds figures of each category, which category was taken for which, and errors by kind.

// A tool of its own, which tells how far it is.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod errors;
mod learn;
mod records;

use errors::{Errors, Found};
use fritext::score::Score;
use fritext::weigh::{Alike, BITS, CATEGORIES, EXTENT_BITS, FIRST, Weights};
use fritext::{Date, Engine, Finding, Lang, Place};
use learn::{Learned, Lesson, Settings, learn, thresholds};
use records::{Gate, Record, Stems};
use std::collections::BTreeSet;
use std::path::PathBuf;

struct Options {
    settings: Settings,
    /// For how far findings reach.
    extents: Settings,
    files: Vec<PathBuf>,
    out: PathBuf,
    folds: usize,
    date: String,
    price: f32,
    test: Vec<PathBuf>,
    detail: bool,
    gate: Gate,
}

fn options() -> Options {
    let settings = Settings { rounds: 12, rate: 0.02, decay: 1e-4, drop: 0.3, hide: 0.1 };
    let extents = Settings { drop: 0.4, hide: 0.0, ..settings };
    let mut o = Options {
        settings,
        extents,
        files: Vec::new(),
        out: PathBuf::from("models/weights.bin"),
        folds: 0,
        date: "unknown".to_owned(),
        price: 0.9,
        test: Vec::new(),
        detail: false,
        gate: Gate { least: 1, share: 0.5, pair_least: 1, pair_share: 0.5 },
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().expect("the option has a value");
        let number = |text: String| text.parse::<f32>().expect("a number");
        match arg.as_str() {
            "-o" => o.out = value().into(),
            "--date" => o.date = value(),
            "--folds" => o.folds = number(value()) as usize,
            "--test" => o.test.push(value().into()),
            "--rounds" => o.settings.rounds = number(value()) as u64,
            "--rate" => o.settings.rate = number(value()),
            "--decay" => o.settings.decay = number(value()),
            "--drop" => o.settings.drop = number(value()),
            "--hide" => o.settings.hide = number(value()),
            "--least" => o.gate.least = number(value()) as u32,
            "--share" => o.gate.share = number(value()),
            "--pair-least" => o.gate.pair_least = number(value()) as u32,
            "--pair-share" => o.gate.pair_share = number(value()),
            "--detail" => o.detail = true,
            "--price" => o.price = number(value()),
            _ => o.files.push(arg.into()),
        }
    }
    o.files.sort();
    o
}

fn main() {
    let o = options();
    let engine = Engine::builtin(Date::new(2026, 11, 22).expect("a date"));
    let rules = Engine { lexicons: engine.lexicons.clone().weighed(None), ..engine };
    let records: Vec<Record> = o.files.iter().enumerate().flat_map(|(i, f)| records::load(f, i)).collect();
    let stems = Stems::new(&records);
    let folds = o.folds.max(4);
    let fold_of = |r: &Record| r.hand % folds;
    // Thresholds are chosen on hands left out.
    let (mut scored, mut left_out) = (Vec::new(), Vec::new());
    for fold in 0..folds {
        let taught = lessons(&rules, &records, &stems, &o, |hand| hand % folds != fold);
        let learned = learn(&taught, &o.settings, BITS);
        let known = stems.of(|hand| hand % folds != fold, &o.gate);
        for record in records.iter().filter(|r| fold_of(r) == fold) {
            let terms = record.terms(&rules, &known);
            let lessons = terms.iter().map(|(term, right)| Lesson::new(term, *right));
            scored.extend(lessons.map(|l| (l.category, learned.score(&l), l.right)));
        }
        left_out.push((learned, known));
    }
    let thresholds = thresholds(&scored, o.price);
    let head = head(&records, &o.date);
    let model = |bytes: Vec<u8>| Weights::new(bytes).expect("what was written");
    // How far findings reach is learned where they are found by weights that do not know their hand.
    let mut beside: Vec<Vec<Lesson>> = Vec::new();
    for (fold, (learned, known)) in left_out.iter().enumerate() {
        let engine = with(&rules, model(learned.pack(&head, thresholds, None, known)));
        let mut lessons = Vec::new();
        for record in records.iter().filter(|r| fold_of(r) == fold) {
            record.beside(&engine, |asked, belongs| lessons.push(Lesson::beside(asked, belongs)));
        }
        beside.push(lessons);
    }
    let extents = |left_out: Option<usize>| {
        let taught = beside.iter().enumerate().filter(|(fold, _)| Some(*fold) != left_out);
        let taught: Vec<Lesson> = taught.flat_map(|(_, lessons)| lessons.clone()).collect();
        learn(&taught, &o.extents, EXTENT_BITS)
    };
    if o.folds > 0 {
        let pack = |(fold, (l, stems)): (usize, &(Learned, Alike))| {
            with(&rules, model(l.pack(&head, thresholds, Some(&extents(Some(fold))), stems)))
        };
        let engines: Vec<Engine> = left_out.iter().enumerate().map(pack).collect();
        print("rules", false, &records, |_| &rules);
        print("weights", o.detail, &records, |r| &engines[fold_of(r)]);
        if o.test.is_empty() {
            return;
        }
    }
    let all = lessons(&rules, &records, &stems, &o, |_| true);
    eprintln!("{} records, {} terms", records.len(), all.len());
    let known = stems.of(|_| true, &o.gate);
    let bytes = learn(&all, &o.settings, BITS).pack(&head, thresholds, Some(&extents(None)), &known);
    if o.test.is_empty() {
        std::fs::write(&o.out, bytes).expect("written");
    } else {
        let tests: Vec<Record> = o.test.iter().flat_map(|f| records::load(f, 0)).collect();
        let engine = with(&rules, model(bytes));
        print("rules, test", false, &tests, |_| &rules);
        print("weights, test", o.detail, &tests, |_| &engine);
    }
}

/// The terms of the hands that are taught. What words a hand marks is not known where its own records are read: so the
/// weights learn how far what others mark can be trusted.
fn lessons(
    rules: &Engine,
    records: &[Record],
    stems: &Stems,
    o: &Options,
    taught: impl Fn(usize) -> bool,
) -> Vec<Lesson> {
    let mut out = Vec::new();
    let (mut known, mut hand) = (stems.of(|_| false, &o.gate), usize::MAX);
    for record in records.iter().filter(|r| taught(r.hand)) {
        if record.hand != hand {
            hand = record.hand;
            known = stems.of(|h| taught(h) && h != hand, &o.gate);
        }
        out.extend(record.terms(rules, &known).iter().map(|(term, right)| Lesson::new(term, *right)));
    }
    out
}

fn with(engine: &Engine, weights: Weights) -> Engine {
    Engine { lexicons: engine.lexicons.clone().weighed(Some(weights)), ..engine.clone() }
}

fn head(records: &[Record], date: &str) -> String {
    let texts = records.iter().flat_map(|r| r.text.bytes());
    let hash = texts.fold(0xCBF2_9CE4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
    format!(
        "fritext weights\nsource: {} records of tests/gold/train, written for fritext\nlicence: MIT OR Apache-2.0\n\
         date: {date}\ntexts: FNV-1a {hash:016x}\n\
         command: cargo run --release --example train -- --date {date} tests/gold/train/*.jsonl",
        records.len()
    )
}

/// One line a language: precision, recall and F1 of special and protected, characters leaked and over, alarms. With
/// `detail`, figures of each category, too, which category was taken for which, and errors by kind.
fn print<'a>(what: &str, detail: bool, records: &[Record], engine: impl Fn(&Record) -> &'a Engine) {
    for lang in Lang::ALL {
        let (mut score, mut errors) = (Score::default(), Errors::default());
        for record in records.iter().filter(|r| r.lang == lang) {
            let engine = engine(record);
            let rules = engine.rules(&record.name);
            let place = Place { lang: Some(lang), ..Place::new(&rules) };
            let at = |byte: usize| record.text[..byte].chars().count();
            let found = |f: &Finding| (at(f.span.start), at(f.span.end), f.category);
            let (judged, dropped, _) = engine.explain(&record.text, &place);
            let findings: BTreeSet<Found> = judged.decisions.iter().map(|d| found(&d.finding)).collect();
            score.add(&record.marks, &findings, &record.mode);
            if detail {
                let findings: Vec<Found> = findings.into_iter().collect();
                let dropped: Vec<Found> = dropped.iter().map(|c| found(&c.finding)).collect();
                errors.add(&record.marks, &findings, &dropped);
            }
        }
        let mut line = format!("{what:14} {}", lang.id());
        for (name, counts) in score.rows().into_iter().filter(|(n, _)| *n == "special" || *n == "protected") {
            let [p, r, f1] = counts.measures();
            line += &format!("  {name} {p:.3} {r:.3} {f1:.3}");
        }
        let [leaked, over] = score.shares();
        line += &format!("  leaked {leaked:.3} over {over:.3}");
        for (mode, share) in score.alarms() {
            line += &format!("  {mode} {:.1}%", share * 100.0);
        }
        println!("{line}");
        if detail {
            println!(
                "\n| category | precision | recall | F1 | found | wrong | missed |\n|---|---|---|---|---|---|---|"
            );
            for (name, counts) in score.rows().into_iter().skip(FIRST).take(CATEGORIES) {
                let [p, r, f1] = counts.measures();
                let (found, wrong, missed) = (counts.found, counts.wrong, counts.missed);
                println!("| {name} | {p:.3} | {r:.3} | {f1:.3} | {found} | {wrong} | {missed} |");
            }
            println!("\n{}", errors.tables());
        }
    }
}
