//! How fast fritext is, as ratios to other programs on the same text in the same process: `cargo bench`.
//!
//! Each line is the median of interleaved rounds, in CPU time of the thread unless it says otherwise. The corpus is made
//! by `corpus`; `FRITEXT_BENCH_TEXT=dir` takes real text. `FRITEXT_BENCH_FILES=50000` sets the number of small files
//! (default 5,000). A name after `--` runs the lines whose name holds it: `cargo bench -- note`.

#![allow(clippy::print_stdout)] // the table is what it is for

mod baseline;
mod corpus;
mod process;

use aho_corasick::AhoCorasickKind;
use baseline::{Automaton, Plain};
use fritext::{Date, Encoding, Engine, Format, Input, Options, Place, Said, scan};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::time::Instant;

const MB: f64 = 1e6;

/// One thing that is measured: its name and what it does once, over so many bytes.
struct Work<'a> {
    name: &'static str,
    bytes: usize,
    run: Box<dyn FnMut() + 'a>,
}

/// What is said about a ratio: name, the two works, and the target.
type Line = (&'static str, &'static str, &'static str, f64);

fn main() {
    let wanted = std::env::args().skip(1).find(|a| !a.starts_with('-'));
    let on = |name: &str| wanted.as_ref().is_none_or(|w| name.contains(w.as_str()));
    let engine = Engine::builtin(Date::new(2026, 11, 22).expect("a date"));
    let text = corpus::text(&engine, 8 << 20);
    say_corpus(&engine, &text);
    if on("throughput") {
        throughput(&engine, &text);
    }
    if on("note") {
        note(&engine, &text);
    }
    if on("worst") {
        worst(&engine, &text);
    }
    process::run(&engine, &text, &on);
}

fn say_corpus(engine: &Engine, text: &str) {
    let mut found = 0;
    stream(engine, text.as_bytes(), &options(), 1, &mut std::io::sink(), &mut found);
    println!("corpus: {:.1} MB, one finding in {} bytes", text.len() as f64 / MB, text.len() / found.max(1));
}

fn options() -> Options {
    Options { format: Some(Said::Format(Format::Text)), ..Options::default() }
}

/// Scans a document from memory, as `check` and `redact` do; counts findings.
fn stream(
    engine: &Engine,
    bytes: &[u8],
    options: &Options,
    threads: usize,
    out: &mut dyn std::io::Write,
    found: &mut usize,
) {
    let options = Options { threads, ..options.clone() };
    let mut tell = |told: &fritext::Told<'_, fritext::Seen>| {
        *found += told.judged.judged.decisions.len();
        Ok(())
    };
    scan(engine, &options, Input::new(bytes), None, out, &mut tell).expect("memory does not fail");
}

fn throughput(engine: &Engine, text: &str) {
    let plain = Plain::new(engine);
    let nfa = Automaton::new(engine, AhoCorasickKind::ContiguousNFA);
    let dfa = Automaton::new(engine, AhoCorasickKind::DFA);
    let small = corpus::head(text, 1 << 20);
    let table = corpus::csv(text);
    let western = corpus::windows_1252(&table);
    let csv = |encoding| Options {
        format: Some(Said::Format(Format::Csv(';'))),
        encoding: Some(encoding),
        ..Options::default()
    };
    let (utf8, cp1252) = (csv(Encoding::Utf8), csv(Encoding::Windows1252));
    let redact = Options { redact: true, ..options() };
    let check = |bytes: &[u8], options: &Options, threads: usize| {
        stream(engine, bytes, options, threads, &mut std::io::sink(), &mut 0);
    };
    let plain_options = options();
    let mut works = [
        Work { name: "check", bytes: text.len(), run: Box::new(|| check(text.as_bytes(), &plain_options, 1)) },
        Work {
            name: "tokens and FxHashSet",
            bytes: text.len(),
            run: Box::new(|| {
                black_box(plain.count(text.as_bytes()));
            }),
        },
        Work {
            name: "aho-corasick, NFA",
            bytes: small.len(),
            run: Box::new(|| {
                black_box(nfa.count(small.as_bytes()));
            }),
        },
        Work {
            name: "aho-corasick, DFA",
            bytes: small.len(),
            run: Box::new(|| {
                black_box(dfa.count(small.as_bytes()));
            }),
        },
        Work {
            name: "redacted copy",
            bytes: text.len(),
            run: Box::new(|| {
                let mut out = Vec::with_capacity(text.len());
                stream(engine, text.as_bytes(), &redact, 1, &mut out, &mut 0);
                black_box(out.len());
            }),
        },
        Work { name: "CSV, UTF-8", bytes: table.len(), run: Box::new(|| check(table.as_bytes(), &utf8, 1)) },
        Work { name: "CSV, Windows-1252", bytes: western.len(), run: Box::new(|| check(&western, &cp1252, 1)) },
    ];
    let rates = rounds(&mut works, 5, cpu);
    println!("\n{:<28}{:>8}", "one thread, CPU time", "MB/s");
    for (work, rates) in works.iter().zip(&rates) {
        println!("{:<28}{:>8.1}", work.name, median(rates.clone()));
    }
    let lines: [Line; 4] = [
        ("check ÷ tokens and FxHashSet", "check", "tokens and FxHashSet", 2.0),
        ("redacted copy ÷ check", "redacted copy", "check", 0.75),
        ("Windows-1252 ÷ UTF-8, CSV", "CSV, Windows-1252", "CSV, UTF-8", 0.65),
        ("check ÷ best aho-corasick", "check", "aho-corasick, NFA", 6.0),
    ];
    let of = |name: &str| works.iter().position(|w| w.name == name).expect("a work of that name");
    println!("\n{:<34}{:>8}{:>10}", "ratio", "median", "target");
    for (name, over, under, target) in lines {
        let (over, mut under) = (of(over), of(under));
        if name.contains("best") && median(rates[under].clone()) < median(rates[under + 1].clone()) {
            under += 1;
        }
        let ratios: Vec<f64> = rates[over].iter().zip(&rates[under]).map(|(a, b)| a / b).collect();
        told(name, median(ratios), target, true);
    }
    drop(works);
    let mut works = [1, 2].map(|threads| Work {
        name: "threads",
        bytes: text.len(),
        run: Box::new(move || check(text.as_bytes(), &options(), threads)),
    });
    let rates = rounds(&mut works, 5, wall);
    let ratios = rates[0].iter().zip(&rates[1]).map(|(one, two)| two / one).collect();
    told("2 threads ÷ 1 (wall)", median(ratios), 1.7, true);
}

/// One text of 500 bytes after the other, from a warm engine.
fn note(engine: &Engine, text: &str) {
    let notes = corpus::notes(text, 2000);
    let rules = engine.rules(&fritext::FieldName { system: Some("vklass".into()), field: Some("franvaro".into()) });
    let place = Place::new(&rules);
    let mut times = Vec::new();
    for _ in 0..5 {
        for note in &notes {
            let start = Instant::now();
            black_box(engine.check(note, &place));
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[(times.len() as f64 * part) as usize];
    println!();
    told("note of 500 bytes, p50, µs", at(0.5), 10.0, false);
    told("note of 500 bytes, p99, µs", at(0.99), 50.0, false);
}

/// Input that was made to be slow, at two lengths: time a byte against ordinary text, and whether it is linear.
fn worst(engine: &Engine, text: &str) {
    let hits = "Elvira Lindqvist 120914-9812 adhd ";
    let hostile: [(&str, &str); 9] = [
        ("one letter", "a"),
        ("digits", "120914981"),
        ("groups of digits", "12 09 14 98 12 "),
        ("all findings", hits),
        ("at signs", "a@b."),
        ("capitals", "Sten Bo Maj "),
        ("full stops", "A. "),
        ("brackets", "[namn] ["),
        ("marks", "a\u{301}\u{200b}"),
    ];
    let time = |text: &str| {
        let mut works = [Work {
            name: "",
            bytes: text.len(),
            run: Box::new(|| {
                let options = Options { redact: true, ..options() };
                stream(engine, text.as_bytes(), &options, 1, &mut std::io::sink(), &mut 0);
            }),
        }];
        let seconds = rounds(&mut works, 3, cpu);
        1e3 / median(seconds[0].clone())
    };
    let ordinary = time(corpus::head(text, 1 << 20));
    println!("\n{:<34}{:>8}{:>10}{:>14}", "worst case (redacted)", "ns/byte", "÷ text", "1 MiB ÷ 128 KiB");
    println!("{:<34}{ordinary:>8.2}", "ordinary text");
    for (name, unit) in hostile {
        let make = |size: usize| unit.repeat(size / unit.len());
        let (short, long) = (time(&make(128 << 10)), time(&make(1 << 20)));
        println!("{name:<34}{long:>8.2}{:>10.1}{:>14.2}", long / ordinary, long / short);
    }
}

/// Rates in MB/s of each work in each round.
fn rounds(works: &mut [Work<'_>], count: usize, clock: fn() -> f64) -> Vec<Vec<f64>> {
    let mut rates = vec![Vec::new(); works.len()];
    for round in 0..=count {
        for (work, rates) in works.iter_mut().zip(&mut rates) {
            let start = clock();
            (work.run)();
            let rate = work.bytes as f64 / MB / (clock() - start);
            if round > 0 {
                rates.push(rate);
            }
        }
    }
    rates
}

fn told(name: &str, value: f64, target: f64, more: bool) {
    let met = if more { value >= target } else { value <= target };
    let sign = if more { "≥" } else { "≤" };
    println!("{name:<34}{value:>8.2}{:>10}  {}", format!("{sign} {target}"), if met { "" } else { "missed" });
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn cpu() -> f64 {
    let t = clock_gettime(ClockId::ThreadCPUTime);
    t.tv_sec as f64 + t.tv_nsec as f64 / 1e9
}

fn wall() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}
