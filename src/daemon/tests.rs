//! The protocol broken off at each of its points, and random histories against a model of it.

use super::crash;
use super::place::clear;
use super::see::Seen;
use super::settle::Work;
use super::slots::Slots;
use super::work::{Bench, Turn};
use crate::config::{Events, Folder, Mode};
use crate::ledger::Ledger;
use crate::model::{Date, FieldName};
use crate::pipeline::Engine;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

const POINTS: [&str; 7] = [
    "before_note",
    "after_note",
    "between_releases",
    "after_release",
    "between_originals",
    "after_originals",
    "after_rows",
];

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::builtin(Date { year: 2026, month: 11, day: 1 }))
}

/// A watched folder of its own.
struct Site {
    root: tempfile::TempDir,
    folders: Vec<Folder>,
}

impl Site {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let place = |name: &str| -> PathBuf {
            let path = root.path().join(name);
            std::fs::create_dir(&path).expect("made");
            path
        };
        place("state");
        let folder = Folder {
            path: place("in"),
            name: FieldName { system: Some("vklass".to_owned()), field: Some("kommentar".to_owned()) },
            files: Vec::new(),
            mode: Mode::Gate { output: place("out"), quarantine: place("kept") },
            settle: Duration::ZERO,
            rescan: Duration::from_secs(1),
            events: Events::Poll,
            reports: None,
            notice: None,
            keep: None,
            age: None,
        };
        Self { folders: vec![folder], root }
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.root.path().join(inside)
    }

    /// What the daemon does from its start until nothing is left, on this thread.
    fn run(&self) {
        let state = self.path("state");
        let ledger = Ledger::open(&state).expect("the ledger opens");
        let (slots, left) = Slots::open(&state).expect("the slots open");
        left.iter().for_each(|v| ledger.count_attempt(v).expect("counted"));
        slots.empty().expect("emptied");
        let reader = ledger.again().expect("the ledger opens");
        let (ledger, stop, held) = (Mutex::new(ledger), AtomicBool::new(false), AtomicBool::new(false));
        let bench = Bench {
            engine: engine(),
            folders: &self.folders,
            key: reader.key().clone(),
            ledger: &ledger,
            reader: Mutex::new(reader),
            spool: state,
            slots,
            stop: &stop,
            ledger_held: &held,
            notices: Mutex::default(),
            policy_version: String::new(),
            lexicon_version: String::new(),
        };
        bench.recover().expect("the ledger can be written");
        clear(&self.path("out"));
        let ready = Seen::default().walk(&self.folders[0], true).ready;
        let turns = ready.into_iter().map(|(path, identity)| Turn { folder: 0, path, identity, alone: true });
        let batch: Vec<Work> = turns.map(|t| bench.work(t, 0).expect("the ledger can be read")).collect();
        bench.settle(batch).expect("the ledger can be written");
    }

    /// The same, broken off; whether it came to the point.
    fn broken_off(&self, point: &str, nth: u32) -> bool {
        crash::tests::arm(point, nth);
        let ended = catch_unwind(AssertUnwindSafe(|| self.run()));
        let left = crash::tests::disarm();
        assert!(ended.is_err() != left, "it ends there or runs on");
        ended.is_err()
    }

    fn rows(&self) -> Vec<(String, String)> {
        let ledger = Ledger::open(&self.path("state")).expect("the ledger opens");
        assert!(ledger.verify().is_ok(), "the chain holds");
        assert!(ledger.jobs().expect("readable").is_empty(), "no job is left");
        let mut out = Vec::new();
        ledger
            .list(|row| {
                out.push((row.path, row.state));
                Ok(())
            })
            .expect("readable");
        out
    }
}

/// Every visible file below a folder.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(root).expect("a folder").flatten().filter(|e| e.path().is_file());
    let read =
        |e: std::fs::DirEntry| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).expect("a file"));
    entries.map(read).collect()
}

/// A text of a kind; a serial number makes each different.
fn content(kind: u8, serial: usize) -> Vec<u8> {
    match kind % 4 {
        0 => format!("Har epilepsi {serial}\n").into_bytes(),
        1 => format!("Sitter längst fram {serial}\n").into_bytes(),
        2 => format!("PK\u{3}\u{4} {serial}").into_bytes(),
        _ => format!("Elvira har skyddad identitet och bor på Storgatan {}\n", serial + 1).into_bytes(),
    }
}

/// What has to become of it: the result, if there is one, and whether the original is kept.
fn expected(kind: u8, serial: usize) -> (Option<Vec<u8>>, bool) {
    match kind % 4 {
        0 => (Some(format!("Har [borttaget] {serial}\n").into_bytes()), true),
        1 => (Some(content(1, serial)), false),
        _ => (None, true),
    }
}

/// The protocol as it should look from outside.
#[derive(Default)]
struct Model {
    inbox: BTreeMap<String, (u8, usize)>,
    output: BTreeMap<String, Vec<u8>>,
    kept: Vec<Vec<u8>>,
    rows: BTreeMap<String, usize>,
}

impl Model {
    fn run(&mut self) {
        for (name, (kind, serial)) in std::mem::take(&mut self.inbox) {
            let (result, keeps) = expected(kind, serial);
            if let Some(result) = result {
                self.output.insert(name.clone(), result);
            }
            if keeps {
                self.kept.push(content(kind, serial));
            }
            *self.rows.entry(name).or_default() += 1;
        }
    }

    fn agrees(&mut self, site: &Site) {
        assert_eq!(files(&site.path("in")), BTreeMap::new(), "the inbox is empty");
        assert_eq!(
            files(&site.path("out")),
            self.output,
            "each result is there once, of the last version that has one"
        );
        let mut kept: Vec<Vec<u8>> = files(&site.path("kept")).into_values().collect();
        kept.sort();
        self.kept.sort();
        assert_eq!(kept, self.kept, "each original is there once");
        let mut rows: BTreeMap<String, usize> = BTreeMap::new();
        let mut last = BTreeMap::new();
        for (path, state) in site.rows() {
            *rows.entry(path.clone()).or_default() += 1;
            assert!(last.insert(path, state).is_none_or(|s| s == "superseded"), "only the last version is in force");
        }
        assert_eq!(rows, self.rows, "one row a version");
    }
}

/// One step of a history.
#[derive(Debug, Clone)]
enum Step {
    Put(u8, u8),
    Remove(u8),
    Touch(u8),
    Run,
    /// Broken off at a point, then run.
    Crash(usize, u32),
    /// Broken off twice.
    Twice(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..4u8, any::<u8>()).prop_map(|(n, k)| Step::Put(n, k)),
        1 => (0..4u8).prop_map(Step::Remove),
        1 => (0..4u8).prop_map(Step::Touch),
        1 => Just(Step::Run),
        3 => (0..POINTS.len(), 1..4u32).prop_map(|(p, n)| Step::Crash(p, n)),
        1 => (0..POINTS.len(), 0..POINTS.len()).prop_map(|(a, b)| Step::Twice(a, b)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    /// Whatever is put, replaced, removed and broken off in whatever order: the folders and the ledger look as the model.
    #[test]
    fn histories_agree_with_the_model(steps in prop::collection::vec(step(), 1..14)) {
        let (site, mut model) = (Site::new(), Model::default());
        for (serial, step) in steps.into_iter().chain([Step::Run]).enumerate() {
            match step {
                Step::Put(name, kind) => {
                    let name = format!("{name}.txt");
                    // As programs do: beside, then renamed, so that each is a new file.
                    std::fs::write(site.path("new"), content(kind, serial)).expect("written");
                    std::fs::rename(site.path("new"), site.path("in").join(&name)).expect("renamed");
                    model.inbox.insert(name, (kind, serial));
                }
                Step::Remove(name) => {
                    let name = format!("{name}.txt");
                    if model.inbox.remove(&name).is_some() {
                        std::fs::remove_file(site.path("in").join(name)).expect("removed");
                    }
                }
                Step::Touch(name) => {
                    let path = site.path("in").join(format!("{name}.txt"));
                    if let Ok(file) = std::fs::File::options().append(true).open(path) {
                        file.set_modified(std::time::SystemTime::now()).expect("touched");
                    }
                }
                Step::Run => {
                    site.run();
                    model.run();
                    model.agrees(&site);
                }
                Step::Crash(point, nth) => {
                    site.broken_off(POINTS[point], nth);
                    site.run();
                    model.run();
                    model.agrees(&site);
                }
                Step::Twice(first, second) => {
                    site.broken_off(POINTS[first], 1);
                    site.broken_off(POINTS[second], 1);
                    site.run();
                    model.run();
                    model.agrees(&site);
                }
            }
        }
    }
}

/// At each point, the first to the fourth time: nothing unredacted or half done is visible, no original is missing, and
/// the next run brings everything to its end.
#[test]
fn every_point_may_be_the_last() {
    let mut reached = 0;
    for point in POINTS {
        for nth in 1..=4 {
            let (site, mut model) = (Site::new(), Model::default());
            for kind in 0..4u8 {
                let name = format!("{kind}.txt");
                std::fs::write(site.path("in").join(&name), content(kind, 7)).expect("written");
                model.inbox.insert(name, (kind, 7));
            }
            let broken = site.broken_off(point, nth);
            reached += u32::from(broken);
            for (name, seen) in files(&site.path("out")) {
                let kind = name.as_bytes()[0] - b'0';
                assert_eq!(Some(seen), expected(kind, 7).0, "{point} {nth}: {name}");
            }
            for kind in 0..4u8 {
                let name = format!("{kind}.txt");
                let places = ["in", "kept"].map(|p| std::fs::read(site.path(p).join(&name)).ok());
                let there = places.iter().flatten().filter(|c| **c == content(kind, 7)).count();
                let released = kind == 1 && files(&site.path("out")).contains_key(&name);
                assert!(there == 1 || there == 0 && released, "{point} {nth}: the original of {name}");
            }
            if !broken {
                model.run();
                model.agrees(&site);
                continue;
            }
            site.run();
            model.run();
            model.agrees(&site);
        }
    }
    assert_eq!(reached, 5 + 2 + 4, "points that were come to: five once, two results, four originals");
}

/// A note whose original cannot be moved now is finished later, and makes no second result.
#[test]
fn what_could_not_be_moved_is_moved_later() {
    let site = Site::new();
    std::fs::write(site.path("in").join("a.txt"), content(0, 1)).expect("written");
    std::fs::remove_dir(site.path("kept")).expect("removed");
    std::fs::write(site.path("kept"), "in the way").expect("written");
    site.run();
    assert_eq!(files(&site.path("in")).len(), 1, "the original stays");
    std::fs::remove_file(site.path("kept")).expect("removed");
    site.run();
    assert_eq!(files(&site.path("in")).len(), 0);
    assert_eq!(files(&site.path("out")).into_keys().collect::<Vec<_>>(), ["a.txt"]);
    assert_eq!(files(&site.path("kept")).into_values().collect::<Vec<_>>(), [content(0, 1)]);
    assert_eq!(site.rows(), [("a.txt".to_owned(), "redacted".to_owned())]);
}
