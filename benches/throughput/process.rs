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
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    let (mut ours, mut ratios, mut given_up) = (Vec::new(), Vec::new(), false);
    for _ in 0..3 {
        let mut check = Command::new(FRITEXT);
        check.args(["check", "--threads", "2", "--format", "jsonl"]).arg(&many);
        let Some(Ended::After(check)) = timed(&mut check) else { panic!("fritext does not end") };
        ours.push(rate(check));
        let mut rg = Command::new("rg");
        match timed(rg.args(["-j2", "-w", "-F", "-f"]).arg(&words).arg(&many)) {
            Some(Ended::After(rg)) => ratios.push(rg.as_secs_f64() / check.as_secs_f64()),
            // It would not be quicker the next time.
            Some(Ended::GivenUp) => given_up = true,
            None => {}
        }
        if given_up {
            break;
        }
    }
    let ours = median(ours);
    println!("\n{count} files of 2 KB, 2 threads: {ours:.0} files/s");
    if given_up {
        let least = ours / rate(PATIENCE);
        println!("ripgrep was not done after {} s: files/s ÷ rg -w -F -f is {least:.0} or more", PATIENCE.as_secs());
    } else if ratios.is_empty() {
        println!("ripgrep is not installed");
    } else {
        told("files/s ÷ rg -w -F -f", median(ratios), 6.0, true);
    }
}

/// How a process came to its end.
enum Ended {
    /// By itself.
    After(Duration),
    /// It took too long.
    GivenUp,
}

/// How long another program is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a program; nothing if it cannot be started.
fn timed(command: &mut Command) -> Option<Ended> {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
    loop {
        if child.try_wait().expect("a child").is_some() {
            return Some(Ended::After(start.elapsed()));
        }
        if start.elapsed() > PATIENCE {
            child.kill().expect("a child of ours");
            child.wait().expect("a child");
            return Some(Ended::GivenUp);
        }
        std::thread::sleep(Duration::from_millis(2));
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
