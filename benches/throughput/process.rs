//! The program from outside: cold starts, many small files, memory.

use super::corpus;
use super::{median, told};
use fritext::Engine;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FRITEXT: &str = env!("CARGO_BIN_EXE_fritext");

pub fn run(engine: &Engine, text: &str, on: &dyn Fn(&str) -> bool) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    if on("start") {
        start(folder.path(), text);
    }
    if on("files") {
        files(engine, folder.path(), text);
    }
    if on("memory") {
        memory(text);
    }
}

/// A process that reads one note, beside one that does nothing.
fn start(folder: &Path, text: &str) {
    let note = folder.join("note.txt");
    std::fs::write(&note, &corpus::notes(text, 1)[0]).expect("written");
    let (source, nothing) = (folder.join("nothing.rs"), folder.join("nothing"));
    std::fs::write(&source, "fn main() {}\n").expect("written");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(rustc).args(["-O", "-o"]).arg(&nothing).arg(&source).status().expect("rustc runs");
    assert!(built.success(), "rustc cannot build an empty program");
    let time = |command: &mut Command| {
        let start = Instant::now();
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it runs");
        start.elapsed().as_secs_f64() * 1e3
    };
    let (mut empty, mut check) = (Vec::new(), Vec::new());
    for _ in 0..101 {
        empty.push(time(&mut Command::new(&nothing)));
        check.push(time(Command::new(FRITEXT).arg("check").arg(&note)));
    }
    let ratios = empty.iter().zip(&check).map(|(e, c)| c / e).collect();
    println!();
    told("cold check ÷ empty process", median(ratios), 4.0, false);
    told("cold check, ms", median(check), 8.0, false);
}

/// Many small files, beside ripgrep with the same words.
fn files(engine: &Engine, folder: &Path, text: &str) {
    let count: usize = std::env::var("FRITEXT_BENCH_FILES").ok().and_then(|n| n.parse().ok()).unwrap_or(5_000);
    let many = folder.join("many");
    let mut rest = text;
    for i in 0..count {
        let inside = many.join(format!("{:03}", i / 250));
        if i % 250 == 0 {
            std::fs::create_dir_all(&inside).expect("a folder");
        }
        if rest.len() < 4096 {
            rest = text;
        }
        let (file, after) = rest.split_at(corpus::head(rest, 2048).len());
        std::fs::write(inside.join(format!("{i:06}.txt")), file).expect("written");
        rest = after;
    }
    let words = folder.join("words.txt");
    std::fs::write(&words, engine.lexicons.forms().collect::<Vec<_>>().join("\n") + "\n").expect("written");
    let time = |command: &mut Command| {
        let start = Instant::now();
        let ran = command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
        ran.then(|| count as f64 / start.elapsed().as_secs_f64())
    };
    let (mut ours, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let check = time(Command::new(FRITEXT).args(["check", "--threads", "2", "--format", "jsonl"]).arg(&many));
        let rg = time(Command::new("rg").args(["-j2", "-w", "-F", "-f"]).arg(&words).arg(&many));
        ours.extend(check);
        ratios.extend(check.zip(rg).map(|(c, r)| c / r));
    }
    println!("\n{count} files of 2 KB, 2 threads: {:.0} files/s", median(ours));
    if ratios.is_empty() {
        println!("ripgrep is not installed");
    } else {
        told("files/s ÷ rg -w -F -f", median(ratios), 6.0, true);
    }
}

/// Most memory that is not the binary itself, while a stream of 64 MiB is redacted by four threads.
fn memory(text: &str) {
    let mut child = Command::new(FRITEXT)
        .args(["redact", "--threads", "4"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let mut input = child.stdin.take().expect("piped");
    let status = format!("/proc/{}/status", child.id());
    let most = std::thread::scope(|scope| {
        scope.spawn(move || (0..4).try_for_each(|_| input.write_all(text.as_bytes())));
        let mut most = 0;
        while child.try_wait().expect("a child").is_none() {
            let status = std::fs::read_to_string(&status).unwrap_or_default();
            let line = status.lines().find_map(|l| l.strip_prefix("RssAnon:"));
            most = most.max(line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0));
            std::thread::sleep(Duration::from_millis(5));
        }
        most
    });
    told("memory beyond the binary, MiB", most as f64 / 1024.0, 64.0, false);
}
