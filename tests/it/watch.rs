//! The daemon on real folders: nothing lost, nothing leaked, one row a version, whatever kills it.

use crate::run::{command, json_lines, scratch};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A folder with a configuration for one watched folder.
pub(crate) struct Site(pub(crate) PathBuf);

impl Site {
    pub(crate) fn new(mode: &str) -> Self {
        let root = scratch();
        for folder in ["in", "out", "kept"] {
            std::fs::create_dir_all(root.join(folder)).expect("made");
        }
        let gate = format!("mode: gate, output: {0}/out, quarantine: {0}/kept", root.display());
        let mode = if mode == "gate" { gate } else { "mode: flag".to_owned() };
        let text = format!(
            "extends: builtin\nwatch:\n  state: {0}/state\n  folders:\n    - {{path: {0}/in, system: vklass, field: kommentar, {mode}, settle: 0ms, rescan: 1s}}\n",
            root.display()
        );
        std::fs::write(root.join("fritext.yaml"), text).expect("written");
        Self(root)
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.0.join("in").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, content).expect("written");
    }

    /// Puts another configuration in its place; what it was before.
    pub(crate) fn configure(&self, change: impl FnOnce(&str) -> String) -> String {
        let path = self.0.join("fritext.yaml");
        let before = std::fs::read_to_string(&path).expect("there");
        std::fs::write(&path, change(&before)).expect("written");
        before
    }

    fn start(&self, args: &[&str]) -> Child {
        let config = self.0.join("fritext.yaml").display().to_string();
        command(&[&["--config", config.as_str(), "-q"], args].concat())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("fritext starts")
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.start(args).wait_with_output().expect("fritext ends")
    }

    #[track_caller]
    pub(crate) fn once(&self, expected: i32) {
        let ran = self.run(&["watch", "--once"]);
        assert_eq!(ran.status.code(), Some(expected), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    pub(crate) fn rows(&self) -> Vec<serde_json::Value> {
        let ran = self.run(&["ledger", "list", "--format", "jsonl"]);
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
        json_lines(&String::from_utf8_lossy(&ran.stdout))
    }

    pub(crate) fn verified(&self) -> bool {
        self.run(&["ledger", "verify"]).status.code() == Some(0)
    }
}

/// Every visible file under a folder with its content.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.file_name().is_some_and(|n| n == ".fritext-staging") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if let Ok(content) = std::fs::read(&path) {
                out.insert(path.strip_prefix(root).expect("inside").display().to_string(), content);
            }
        }
    }
    out
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    files(folder).into_keys().collect()
}

#[test]
fn a_gate_releases_redacts_and_blocks() {
    let site = Site::new("gate");
    site.put("a.txt", "Har adhd\n");
    site.put("sub/b.txt", "Sitter längst fram\n");
    site.put("c.docx", b"PK\x03\x04");
    site.put("d.csv", "Id;Kommentar\n1;\"öppen\n");
    site.put("e.csv.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03cut");
    site.put("Elvira Zaphodsson 20120914-9812.txt", "Ring mentor.\n");
    std::os::unix::fs::symlink("/etc/passwd", site.0.join("in/link.txt")).expect("made");
    site.once(1);
    assert_eq!(names(&site.0.join("in")), ["link.txt"]);
    assert_eq!(names(&site.0.join("out")), ["E.Z. [personnummer].txt", "a.txt", "sub/b.txt"]);
    assert_eq!(names(&site.0.join("kept")), ["a.txt", "c.docx", "d.csv", "e.csv.gz"]);
    assert_eq!(std::fs::read(site.0.join("out/a.txt")).expect("there"), b"Har [borttaget]\n");
    assert_eq!(std::fs::read(site.0.join("kept/a.txt")).expect("there"), b"Har adhd\n");
    let rows = site.rows();
    let state = |path: &str| rows.iter().find(|r| r["path"] == path).map(|r| (r["state"].clone(), r["reason"].clone()));
    for (path, expected, reason) in [
        ("a.txt", "redacted", ""),
        ("sub/b.txt", "clean", ""),
        ("c.docx", "blocked", "not_scanned"),
        ("d.csv", "blocked", "broken"),
        ("e.csv.gz", "blocked", "not_scanned"),
        ("E.Z. [personnummer].txt", "clean", ""),
    ] {
        assert_eq!(state(path), Some((expected.into(), reason.into())), "{path}");
    }
    assert!(site.verified());
    let everything = std::fs::read(site.0.join("state/ledger.sqlite")).expect("there");
    let everything = String::from_utf8_lossy(&everything);
    assert!(!everything.contains("adhd") && !everything.contains("0914-9812") && !everything.contains("Zaphodsson"));
    // A newer version takes the place of the older result; another file in the way does not.
    std::fs::write(site.0.join("out/f.txt"), "somebody else's\n").expect("written");
    site.put("a.txt", "Har epilepsi\n");
    site.put("f.txt", "Hej\n");
    site.once(1);
    assert_eq!(names(&site.0.join("out")), ["E.Z. [personnummer].txt", "a.txt", "f.txt", "f.txt~1", "sub/b.txt"]);
    assert_eq!(names(&site.0.join("kept")), ["a.txt", "a.txt~1", "c.docx", "d.csv", "e.csv.gz"]);
    let states: Vec<_> = site.rows().iter().filter(|r| r["path"] == "a.txt").map(|r| r["state"].clone()).collect();
    assert_eq!(states, ["superseded", "redacted"]);
    assert!(site.verified());
}

/// With `reports:` the findings of a file stand beside its row, without text; metrics count what is done.
#[test]
fn findings_and_counts_can_be_had() {
    let site = Site::new("flag");
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let reports = format!("rescan: 1s, reports: {}/reports", site.0.display());
    site.configure(|text| {
        text.replace("  folders:", &format!("  listen: {port}\n  folders:")).replace("rescan: 1s", &reports)
    });
    site.put("a.csv", "Id;Kommentar\n1;Har epilepsi\n");
    site.put("b.txt", "Hej\n");
    let mut daemon = site.start(&["watch"]);
    let ask = |path: &str| {
        let mut stream = std::net::TcpStream::connect(port).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    };
    let begun = Instant::now();
    let metrics = loop {
        match ask("/metrics") {
            Some(metrics) if metrics.contains("done{state=\"clean\"} 1") => break metrics,
            other => assert!(begun.elapsed() < Duration::from_secs(30), "{other:?}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(metrics.contains("done{state=\"flagged\"} 1") && !metrics.contains("a.csv"), "{metrics}");
    assert!(ask("/healthz").expect("an answer").starts_with("HTTP/1.1 200"));
    daemon.kill().expect("killed");
    daemon.wait().expect("ended");
    assert_eq!(names(&site.0.join("reports")), ["a.csv.jsonl"]);
    let lines = std::fs::read_to_string(site.0.join("reports/a.csv.jsonl")).expect("there");
    let lines = json_lines(&lines);
    assert_eq!((&lines[0]["row"], &lines[0]["findings"][0]["category"]), (&2.into(), &"health".into()));
    assert!(!lines[0].to_string().contains("epilepsi"));
    // The newer version has nothing: its file of findings goes.
    site.put("a.csv", "Id;Kommentar\n1;Hej\n");
    site.once(0);
    assert_eq!(names(&site.0.join("reports")), Vec::<String>::new());
}

#[test]
fn flag_mode_leaves_files_where_they_are() {
    let site = Site::new("flag");
    site.put("a.txt", "Har adhd\n");
    site.put("b.txt", "Hej\n");
    site.once(1);
    site.once(0);
    assert_eq!(site.rows().len(), 2, "one row a version");
    site.put("b.txt", "Har epilepsi\n");
    site.once(1);
    let states: Vec<_> = site.rows().iter().map(|r| (r["path"].clone(), r["state"].clone())).collect();
    assert_eq!(states.len(), 3);
    assert!(
        states.contains(&("b.txt".into(), "superseded".into())) && states.contains(&("b.txt".into(), "flagged".into()))
    );
    assert_eq!(names(&site.0.join("in")), ["a.txt", "b.txt"]);
}

/// A ledger that is changed, cut or swapped anywhere is noticed.
#[test]
fn a_tampered_ledger_is_noticed() {
    let site = Site::new("flag");
    for i in 0..5 {
        site.put(&format!("{i}.txt"), format!("Hej {i}\n"));
    }
    site.once(0);
    assert!(site.verified());
    let file = site.0.join("state/ledger.sqlite");
    for sql in [
        "UPDATE rows SET body = replace(body, 'clean', 'flagged') WHERE sequence = 3",
        "UPDATE rows SET path_key = 'x' WHERE sequence = 2",
        "DELETE FROM rows WHERE sequence = 5",
        "DELETE FROM rows WHERE sequence = 2",
        "DELETE FROM rows WHERE sequence = 5; UPDATE head SET sequence = 4, hash = (SELECT hash FROM rows WHERE sequence = 4)",
        "DELETE FROM rows; DELETE FROM head",
    ] {
        let whole = std::fs::read(&file).expect("there");
        let db = rusqlite::Connection::open(&file).expect("opens");
        db.execute_batch(sql).expect("runs");
        drop(db);
        assert!(!site.verified(), "{sql}");
        std::fs::write(&file, whole).expect("written");
        assert!(site.verified(), "as it was");
    }
    let mut bytes = std::fs::read(&file).expect("there");
    let at = bytes.windows(6).position(|w| w == b"\"clean").expect("a row");
    bytes[at + 1] ^= 1;
    std::fs::write(&file, bytes).expect("written");
    assert!(!site.verified(), "one bit");
}

#[test]
fn a_running_daemon_sees_new_files_and_ends_in_time() {
    let site = Site::new("gate");
    let mut daemon = site.start(&["watch"]);
    std::thread::sleep(Duration::from_millis(300));
    let second = site.run(&["watch", "--once"]);
    assert_eq!(second.status.code(), Some(2), "a second one on the same folders");
    for i in 0..50 {
        site.put(&format!("new{}/deep/{i}.txt", i % 7), "Har adhd\n");
    }
    let begun = Instant::now();
    while files(&site.0.join("out")).len() < 50 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{} of 50", files(&site.0.join("out")).len());
        std::thread::sleep(Duration::from_millis(50));
    }
    let begun = Instant::now();
    let stopped = std::process::Command::new("kill").arg("-TERM").arg(daemon.id().to_string()).status().expect("kill");
    assert!(stopped.success());
    assert_eq!(daemon.wait().expect("ends").code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(site.rows().len(), 50);
    assert!(site.verified());
}

#[test]
fn what_cannot_work_is_refused_at_the_start() {
    let site = Site::new("gate");
    let sound = site.configure(str::to_owned);
    for (from, to, said) in [
        ("/out,", "/in/out,", "lies in the watched folder"),
        ("/state\n", "/in/state\n", "lies in the watched folder"),
        ("settle: 0ms", "settle: soon", "settle: a time"),
        ("mode: gate", "mode: gates", "did you mean ‘gate’"),
        ("system: vklass", "system: vklas", "did you mean ‘vklass’"),
        ("rescan", "recsan", "did you mean ‘rescan’"),
    ] {
        site.configure(|_| sound.replacen(from, to, 1));
        let ran = site.run(&["watch", "--once"]);
        let err = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(2), "{to}: {err}");
        assert!(err.contains(said), "{err}");
    }
}

/// Killed at random again and again while an observer looks at the output: nothing unredacted is ever seen there, no
/// original is lost, every file has its result and its row exactly once.
#[test]
fn two_hundred_kills_lose_and_leak_nothing() {
    const FILES: usize = 2000;
    const KILLS: u32 = 200;
    let site = Site::new("gate");
    let content = |i: usize| match i % 4 {
        0 => format!("Har epilepsi {i}\n"),
        1 => format!("Id;Kommentar\n{i};Har adhd\n"),
        2 => format!("Sitter längst fram {i}\n"),
        _ => format!("PK\u{3}\u{4} {i}"),
    };
    let name = |i: usize| format!("{}/f{i}.{}", i % 37, if i % 4 == 1 { "csv" } else { "txt" });
    let ending = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (out, ending) = (site.0.join("out"), &ending);
        let observer = scope.spawn(move || {
            let mut looks = 0u64;
            while !ending.load(Ordering::Relaxed) {
                for (path, content) in files(&out) {
                    let text = String::from_utf8_lossy(&content);
                    assert!(!text.contains("epilepsi") && !text.contains("adhd"), "{path} unredacted");
                    assert!(text.ends_with('\n'), "{path} is not whole");
                    looks += 1;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            looks
        });
        let mut state = 12345u64;
        let mut put = 0;
        for kill in 0..KILLS {
            let target = FILES * (kill as usize + 1) / KILLS as usize;
            (put..target).for_each(|i| site.put(&name(i), content(i)));
            put = target;
            let mut daemon = site.start(&["watch"]);
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            std::thread::sleep(Duration::from_millis(20 + (state >> 33) % 90));
            daemon.kill().expect("killed");
            daemon.wait().expect("ended");
        }
        // The observer ends whatever came of it.
        let last = site.run(&["watch", "--once"]);
        ending.store(true, Ordering::Relaxed);
        // 0 if the runs that were killed had left nothing to do.
        assert!(matches!(last.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&last.stderr));
        assert!(observer.join().expect("the observer saw nothing wrong") > 0);
    });
    assert_eq!(names(&site.0.join("in")), Vec::<String>::new());
    let (out, kept) = (files(&site.0.join("out")), files(&site.0.join("kept")));
    for i in 0..FILES {
        let original = content(i).into_bytes();
        let masked = content(i).replace("epilepsi", "[borttaget]").replace("adhd", "[borttaget]");
        match i % 4 {
            0 | 1 => {
                assert_eq!(kept.get(&name(i)), Some(&original), "{i}");
                assert_eq!(out.get(&name(i)).map(|c| String::from_utf8_lossy(c).into_owned()), Some(masked), "{i}");
            }
            2 => assert_eq!(out.get(&name(i)), Some(&original), "{i}"),
            _ => assert_eq!(kept.get(&name(i)), Some(&original), "{i}"),
        }
    }
    assert_eq!((out.len(), kept.len()), (FILES * 3 / 4, FILES * 3 / 4), "and no other names");
    let mut rows: BTreeMap<String, u32> = BTreeMap::new();
    site.rows().iter().for_each(|r| *rows.entry(r["path"].as_str().expect("a path").to_owned()).or_default() += 1);
    assert_eq!(rows.len(), FILES);
    assert!(rows.values().all(|n| *n == 1), "one row a file");
    assert!(site.verified());
}

/// SIGHUP puts a new configuration in force; a wrong one changes nothing.
#[test]
fn a_new_configuration_takes_effect_and_a_wrong_one_does_not() {
    let site = Site::new("gate");
    let mut daemon = site.start(&["watch"]);
    let done = |name: &str| {
        let begun = Instant::now();
        while !site.0.join("out").join(name).exists() && !site.0.join("kept").join(name).exists() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{name} is not done");
            std::thread::sleep(Duration::from_millis(20));
        }
        std::fs::read_to_string(site.0.join("out").join(name)).unwrap_or_default()
    };
    let hup = || {
        let sent = std::process::Command::new("kill").args(["-HUP", &daemon.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        std::thread::sleep(Duration::from_millis(500));
    };
    site.put("a.txt", "Har adhd\n");
    assert_eq!(done("a.txt"), "Har [borttaget]\n");
    let sound = site.configure(|text| text.replace("mode: gate", "mode: gats"));
    hup();
    site.put("b.txt", "Har adhd\n");
    assert_eq!(done("b.txt"), "Har [borttaget]\n");
    let rule = "systems: {vklass: {fields: {kommentar: {health: block}}}}\nwatch:";
    site.configure(|_| sound.replace("watch:", rule));
    hup();
    site.put("c.txt", "Har adhd\n");
    assert_eq!(done("c.txt"), "", "blocked now");
    let killed = std::process::Command::new("kill").args(["-TERM", &daemon.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    assert_eq!(daemon.wait().expect("ends").code(), Some(0));
    assert!(site.verified());
}

/// The log is for people or for programs, and never holds names of files or content.
#[test]
fn the_log_says_ready_and_no_names() {
    let site = Site::new("gate");
    site.put("Elvira Zaphodsson.txt", "Har adhd\n");
    let config = site.0.join("fritext.yaml").display().to_string();
    let ran =
        command(&["--config", &config, "-vvv", "--log-format", "json", "watch", "--once"]).output().expect("runs");
    let log = String::from_utf8_lossy(&ran.stderr).into_owned();
    let messages: Vec<String> = json_lines(&log).iter().map(|l| l["fields"]["message"].to_string()).collect();
    assert!(messages.iter().any(|m| m == "\"ready\""), "{log}");
    assert!(!log.contains("Zaphodsson") && !log.contains("adhd"), "{log}");
}

/// Slow writers, held ledgers, full disks, storms of messages, kills at the N-th call of the system: what the script for
/// long runs does at length, it does here in short.
#[test]
fn tortured_in_short() {
    for args in [
        &["writers", "locked", "full"][..],
        &["storm", "folders", "--files", "2000"],
        &["syscalls", "--every", "17"],
        &["errors", "--every", "29"],
    ] {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/daemon/torture.py");
        let ran =
            std::process::Command::new("python3").args([script, env!("CARGO_BIN_EXE_fritext")]).args(args).output();
        let ran = ran.expect("python3 runs");
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}
