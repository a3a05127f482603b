//! Canaries: matched text must appear in no machine format, log or error.

use crate::run::{Ran, fritext, fritext_in, scratch};

// Long enough not to turn up in the time stamps of a log.
const CANARIES: [&str; 4] = ["0914-9812", "Zaphodsson", "epilepsi", "canary@exempelby.example"];
const TEXT: &str = "Elvira Zaphodsson 20120914-9812 har epilepsi, canary@exempelby.example";

#[track_caller]
fn silent(ran: &Ran) {
    for canary in CANARIES {
        assert!(!ran.out.contains(canary), "{canary} in output: {}", ran.out);
        assert!(!ran.err.contains(canary), "{canary} in errors: {}", ran.err);
    }
}

#[test]
fn machine_formats_and_logs_hold_no_text() {
    let record = format!(
        "{}\n",
        serde_json::json!({ "id": "1", "system": "epost", "field": "text", "lang": "sv", "text": TEXT })
    );
    silent(&fritext(&["check", "--input-format", "records", "--format", "jsonl", "-vvv"], record));
    for format in ["json", "jsonl"] {
        silent(&fritext(&["check", "--format", format, "-vvv"], TEXT));
    }
    let folder = scratch();
    std::fs::write(folder.join("Elvira Zaphodsson 20120914-9812.csv"), format!("Id;Kommentar\n1;\"{TEXT}"))
        .expect("written");
    silent(&fritext_in(&folder, &["check", ".", "--format", "jsonl"], b""));
}

#[test]
fn broken_input_is_told_without_its_text() {
    silent(&fritext(
        &["check", "--input-format", "records", "--format", "jsonl"],
        format!("{{\"text\":\"{TEXT}\n{TEXT}\n"),
    ));
    for (format, broken) in [
        ("csv", format!("a;b\n\"{TEXT}")),
        ("json", format!("{{\"a\": \"{TEXT}")),
        ("jsonl", format!("{{\"a\": \"{TEXT}\n{{\"{TEXT}\"}}\n")),
        ("xml", format!("<a><b x='{TEXT}'>{TEXT}</c></a>")),
        ("xml", format!("<a><b x='{TEXT}>{TEXT}")),
        ("html", format!("<p title='{TEXT}>{TEXT}")),
    ] {
        silent(&fritext(&["check", "--input-format", format, "--format", "jsonl", "-vvv"], broken));
    }
    silent(&fritext(&["redact", "--format"], TEXT));
}

#[test]
fn show_text_is_asked_for() {
    let ran = fritext(&["check", "--format", "jsonl", "--show-text"], TEXT);
    assert!(ran.out.contains("epilepsi"));
}
