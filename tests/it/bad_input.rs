//! Bad input: one clear sentence, exit status 2, nothing lost, the rest of the work done.

use crate::run::{command, fritext, fritext_in, json_lines, scratch};
use std::process::Stdio;

#[test]
fn broken_records_answer_in_their_place() {
    let input = concat!(
        "{\"id\":1,\"text\":\"Hej\"}\n",
        "inte json Elvira 20120914-9812\n",
        "{\"id\":3}\n",
        "[1]\n",
        "{\"id\":5,\"text\":7}\n",
        "{\"id\":{},\"text\":\"x\"}\n",
        "\n",
        "{\"id\":\"8\",\"text\":\"Har adhd\",\"extra\":[1,2]}\n",
    );
    for args in
        [vec!["check", "--input-format", "records", "--format", "jsonl"], vec!["redact", "--input-format", "records"]]
    {
        let ran = fritext(&args, input);
        assert_eq!(ran.status, 2);
        let lines = json_lines(&ran.out);
        let errors: Vec<u64> =
            lines.iter().filter(|l| l["error"].is_string()).filter_map(|l| l["line"].as_u64()).collect();
        assert_eq!(errors, [2, 3, 4, 5, 6]);
        assert_eq!(lines.len(), 7);
        assert!(!ran.out.contains("9812") && !ran.err.contains("9812"));
        assert_eq!(lines[6]["id"], "8");
    }
    let ran = fritext(&["redact", "--input-format", "records"], input);
    assert_eq!(json_lines(&ran.out)[6]["extra"], serde_json::json!([1, 2]));
}

#[test]
fn unknown_names_on_the_command_line_are_errors_with_a_hint() {
    let system = fritext(&["check", "--system", "vklas"], "x");
    assert_eq!(system.status, 2);
    assert!(system.err.contains("did you mean ‘vklass’?"), "{}", system.err);
    let field = fritext(&["check", "--system", "vklass", "--field", "franvar"], "x");
    assert_eq!(field.status, 2);
    assert!(field.err.contains("did you mean ‘franvaro’?"), "{}", field.err);
}

#[test]
fn unknown_names_in_records_are_judged_by_default_and_told_once() {
    let line = "{\"system\":\"nix\",\"field\":\"nada\",\"text\":\"Har adhd\"}\n";
    let ran = fritext(&["check", "--input-format", "records", "--format", "jsonl"], line.repeat(3));
    assert_eq!(ran.status, 1);
    assert_eq!(ran.err.matches("unknown system ‘nix’").count(), 1, "{}", ran.err);
    assert_eq!(json_lines(&ran.out)[0]["findings"][0]["rule"], "default");
}

#[test]
fn what_cannot_be_read_is_never_clean() {
    let folder = scratch();
    for (name, content) in [
        ("a.docx", b"PK\x03\x04....".as_slice()),
        ("b.pdf", b"%PDF-1.7"),
        ("c.json", b"{\"a\":\"b\""),
        ("d.txt", b"\0\x01\x02\x03"),
        ("e.csv.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03abc"),
        ("f.xml", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"),
        ("g.csv", b"Id;Anteckning\n1;\"Har adhd\n2;x\n"),
        ("ok.txt", "Allt är lugnt här.\n".as_bytes()),
        ("bild.png", b"\x89PNG"),
    ] {
        std::fs::write(folder.join(name), content).expect("written");
    }
    let ran = fritext_in(&folder, &["check", ".", "--format", "json"], b"");
    assert_eq!(ran.status, 2, "{}", ran.err);
    let summary = &serde_json::from_str::<serde_json::Value>(&ran.out).expect("JSON")["summary"];
    assert_eq!(summary["not_scanned"].as_array().map(Vec::len), Some(7), "{summary}");
    assert_eq!(summary["skipped_media"], 1);
    assert_eq!(fritext_in(&folder, &["check", ".", "--allow-unscanned", "-q"], b"").status, 1);
    for name in ["a.docx", "g.csv"] {
        let named = fritext_in(&folder, &["check", name, "--allow-unscanned"], b"");
        assert_eq!(named.status, 2, "a named file that cannot be read whole");
        let redacted = fritext_in(&folder, &["redact", name, "-o", "out"], b"");
        assert_eq!(redacted.status, 2);
        assert!(redacted.err.contains(&format!("fritext: {name}: ")), "{}", redacted.err);
        assert!(!folder.join("out").exists(), "no partial file");
    }
    let open = fritext_in(&folder, &["check", "g.csv"], b"");
    assert!(open.err.contains("line 2, column 1: a quote opens"), "{}", open.err);
}

#[test]
fn missing_files_do_not_stop_the_rest() {
    let folder = scratch();
    std::fs::write(folder.join("a.txt"), "Elvira har adhd.").expect("written");
    let ran = fritext_in(&folder, &["check", "saknas.txt", "a.txt"], b"");
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("saknas.txt: not scanned: no such file or folder"), "{}", ran.err);
    assert!(ran.out.contains("a.txt:1:12"), "{}", ran.out);
}

#[test]
fn in_place_keeps_the_original() {
    let folder = scratch();
    let text = "Elvira har adhd.\n";
    std::fs::write(folder.join("a.txt"), text).expect("written");
    for round in 0..2 {
        let ran = fritext_in(&folder, &["redact", "a.txt", "--in-place", "--backup", "kept"], b"");
        assert_eq!(ran.status, 0, "{round}: {}", ran.err);
    }
    let read = |p: &str| std::fs::read_to_string(folder.join(p)).expect("there");
    assert_eq!(read("a.txt"), "Elvira har [borttaget].\n");
    assert_eq!(read("kept/a.txt"), text);
    assert_eq!(read("kept/a.txt~1"), "Elvira har [borttaget].\n");
    assert_eq!(fritext_in(&folder, &["redact", "a.txt", "-o", "a.txt"], b"").status, 2);
    assert_eq!(fritext_in(&folder, &["redact", "a.txt", "--in-place"], b"").status, 2);
}

#[test]
fn a_blocked_text_ends_with_2_unless_allowed() {
    let args = ["redact", "--system", "epost", "--field", "amne"];
    let ran = fritext(&args, "Frågor om Elvira Lindqvists epilepsi");
    assert_eq!(ran.status, 2);
    assert!(!ran.out.contains("epilepsi"), "{}", ran.out);
    let allowed: Vec<&str> = args.into_iter().chain(["--allow-blocked"]).collect();
    assert_eq!(fritext(&allowed, "Frågor om Elvira Lindqvists epilepsi").status, 0);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = command(&["redact", "--input-format", "text"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let mut pipe = child.stdin.take().expect("a pipe");
    let _ = std::io::Write::write_all(&mut pipe, "Hej på dig.\n".repeat(400_000).as_bytes());
    drop(pipe);
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let child = command(&["redact", "--input-format", "text"])
        .stdin(Stdio::piped())
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("starts");
    let _ =
        std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), "Hej på dig.\n".repeat(20_000).as_bytes());
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("disk is full")
            || String::from_utf8_lossy(&output.stderr).contains("No space"),
        "{output:?}"
    );
}

#[cfg(unix)]
#[test]
fn hostile_bytes_never_panic() {
    let mut seed = 0x9E37_79B9_7F4A_7C15u64;
    for round in 0..40 {
        let bytes: Vec<u8> = (0..3000)
            .map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                {
                    let alphabet = b"\";,\n\r\xc3\xa5\xad\xff019-+ sjuk\xe2\x80\x8b[";
                    alphabet[(seed % alphabet.len() as u64) as usize]
                }
            })
            .collect();
        for format in ["text", "csv"] {
            let ran = fritext(&["redact", "--input-format", format], &bytes);
            assert!(!ran.err.contains("internal error"), "round {round}: {}", ran.err);
        }
    }
}

/// Bytes that once stopped the program, found by the fuzz targets.
#[test]
fn odd_bytes_are_read() {
    for (format, bytes) in [
        ("tsv", b"\0\xe60707221736\xff\xff\xff\xff\xff\xff\xff".as_slice()),
        ("jsonl", b"{t\x9f\x8d\x90\xdd\xc5\xdd\xc4\xd119190\x00214\xad9812\"}\n{b#oken\n["),
        ("html", b"<h\x11\x93-->le=\"*2mt20120919-98#<h\x11\x93-->le=\"*2mt201209112 0l>"),
    ] {
        let ran = fritext(&["check", "--input-format", format, "--format", "jsonl"], bytes);
        assert!(!ran.err.contains("internal error"), "{format}: {}", ran.err);
    }
}
