//! The house rules that a machine can hold: floors, file heads, sizes, test numbers.

use std::path::{Path, PathBuf};

/// What each module may import from the crate. A new edge changes this table, with a reason.
const FLOORS: [(&str, &[&str]); 18] = [
    ("model", &[]),
    ("durable", &[]),
    ("yaml", &["model"]),
    ("lexicon", &["model", "yaml"]),
    ("format", &["model"]),
    ("redact", &["model"]),
    ("ledger", &[]),
    ("report", &["model"]),
    ("recognize", &["model", "lexicon"]),
    ("policy", &["model", "yaml"]),
    // What is embedded is handed out as the types it becomes.
    ("builtin", &["lexicon", "policy", "recognize"]),
    // The texts of a stream through the pipeline: shared by every door.
    ("judge", &["model", "format", "pipeline", "policy", "recognize"]),
    // Records and their answers: shared by files of records, the service and the stub.
    ("record", &["model", "format", "pipeline", "policy", "redact", "report", "judge"]),
    ("scan", &["model", "format", "pipeline", "policy", "judge"]),
    ("config", &["model", "yaml", "policy"]),
    ("daemon", &["durable", "model", "format", "ledger", "pipeline", "policy", "judge", "record", "scan", "config"]),
    ("serve", &["model", "config", "ledger", "pipeline", "policy", "record", "report"]),
    // A site's keys are of the sort that the ledger has, too.
    ("pipeline", &["model", "lexicon", "format", "redact", "ledger", "recognize", "policy", "builtin"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            out.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
    out.sort();
    out
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn imports_go_downward() {
    let src = root().join("src");
    let mut wrong = Vec::new();
    for path in sources(&src) {
        let relative = path.strip_prefix(&src).expect("inside").with_extension("");
        let module = relative.iter().next().expect("a name").to_string_lossy().into_owned();
        let Some((_, allowed)) = FLOORS.iter().find(|(m, _)| *m == module) else { continue };
        let text = std::fs::read_to_string(&path).expect("readable");
        for (at, _) in text.match_indices("crate::") {
            let rest = &text[at + 7..];
            let target = &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())];
            if target != module && !allowed.contains(&target) {
                wrong.push(format!("{}: {module} imports {target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_it_is_and_stays_small() {
    let mut wrong = Vec::new();
    for path in sources(&root().join("src")).into_iter().chain(sources(&root().join("tests"))) {
        let text = std::fs::read_to_string(&path).expect("readable");
        if !text.starts_with("//! ") {
            wrong.push(format!("{}: no `//!` head", path.display()));
        }
        if text.lines().count() > 500 {
            wrong.push(format!("{}: {} lines", path.display(), text.lines().count()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Numbers of persons in files that people read are test numbers: Swedish serials 980 to 999.
#[test]
fn numbers_in_examples_belong_to_nobody() {
    let mut wrong = Vec::new();
    for folder in ["examples", "tests/data"] {
        for entry in std::fs::read_dir(root().join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                continue;
            }
            let bytes = std::fs::read(&path).expect("readable");
            let text: String = bytes.iter().map(|b| if b.is_ascii() { *b as char } else { '?' }).collect();
            for (at, _) in text.match_indices('-') {
                let digits =
                    |range: std::ops::Range<usize>| text.get(range).filter(|s| s.bytes().all(|b| b.is_ascii_digit()));
                let (Some(day), Some(serial)) = (at.checked_sub(6).and_then(|s| digits(s..at)), digits(at + 1..at + 5))
                else {
                    continue;
                };
                let month: u32 = day[2..4].parse().expect("digits");
                // Published samples; the Danish one is a right Swedish number by chance.
                let sample = ["0707614285", "1212121212", "1212721219"].contains(&format!("{day}{serial}").as_str());
                let swedish = !sample && (1..=12).contains(&month) && luhn(&format!("{day}{serial}"));
                if swedish && !serial.starts_with("98") && !serial.starts_with("99") {
                    wrong.push(format!("{}: {day}-{serial}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0') * if i % 2 == 1 { 2 } else { 1 };
            d / 10 + d % 10
        })
        .sum();
    sum.is_multiple_of(10)
}
