//! Runs the program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a run printed and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub bytes: Vec<u8>,
    pub err: String,
}

/// Runs `fritext` with the built-in policy, whatever configuration this computer has.
#[track_caller]
pub fn fritext(args: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
    fritext_in(Path::new(env!("CARGO_MANIFEST_DIR")), args, stdin.as_ref())
}

/// The same in a folder.
#[track_caller]
pub fn fritext_in(folder: &Path, args: &[&str], stdin: &[u8]) -> Ran {
    let mut child = command(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("fritext starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let input = stdin.to_owned();
    // A program that stops reading early is no failure of the test by itself.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().expect("fritext ends");
    writer.join().expect("the writer ends");
    ran(output)
}

/// The command, not yet started.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fritext"));
    command.env_remove("FRITEXT_CONFIG").env("LC_ALL", "C").env("NO_COLOR", "1");
    command.env_remove("CACHE_DIRECTORY").env("XDG_CACHE_HOME", scratch_root().join("cache"));
    if !args.contains(&"--config") {
        command.arg("--config").arg(builtin());
    }
    command.args(args);
    command
}

fn ran(output: Output) -> Ran {
    Ran {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        bytes: output.stdout,
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A configuration that changes nothing.
fn builtin() -> PathBuf {
    let path = scratch_root().join("builtin.yaml");
    if !path.exists() {
        std::fs::write(&path, "extends: builtin\n").expect("the folder for test files can be written");
    }
    path
}

/// An empty folder of its own.
pub fn scratch() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let path = scratch_root().join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
    std::fs::create_dir_all(&path).expect("the folder for test files can be written");
    path
}

fn scratch_root() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(std::process::id().to_string());
    std::fs::create_dir_all(&path).expect("the folder for test files can be written");
    path
}

/// The JSON lines of an output.
pub fn json_lines(out: &str) -> Vec<serde_json::Value> {
    out.lines().map(|l| serde_json::from_str(l).expect("each line is JSON")).collect()
}

/// The rows of a table whose second and third cells are a language and a text, and what `check` finds in each.
pub fn checked(table: &str) -> Vec<(Vec<&str>, Vec<serde_json::Value>)> {
    let rows: Vec<Vec<&str>> = table.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect()).collect();
    let record = |row: &Vec<&str>| format!("{}\n", serde_json::json!({ "lang": row[1], "text": row[2] }));
    let records: String = rows.iter().map(record).collect();
    let answers = json_lines(&fritext(&["check", "--input-format", "records", "--show-text"], records).out);
    assert_eq!(answers.len(), rows.len());
    let found = |a: serde_json::Value| a["findings"].as_array().cloned().unwrap_or_default();
    rows.into_iter().zip(answers.into_iter().map(found)).collect()
}

/// The texts of findings.
pub fn texts(found: &[serde_json::Value]) -> Vec<&str> {
    found.iter().filter_map(|f| f["text"].as_str()).collect()
}
