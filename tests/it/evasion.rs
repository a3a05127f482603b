//! Disguises: every line of `tests/data/evasion.tsv` is found in every kind of document, and goes as a whole.

use crate::run::{fritext, json_lines};
use serde_json::json;

/// A line of the table.
pub struct Evasion {
    pub id: String,
    /// What must be found in it; `-` for nothing.
    pub category: String,
    pub text: String,
}

pub fn evasions() -> Vec<Evasion> {
    let read = include_str!("../data/evasion.tsv").lines().filter(|l| !l.starts_with('#'));
    read.map(|line| {
        let mut columns = line.splitn(3, '\t').map(str::to_owned);
        let mut next = || columns.next().expect("three columns");
        Evasion { id: next(), category: next(), text: unescaped(&next()) }
    })
    .collect()
}

/// `\u{2d}` and `\\` to what they stand for.
fn unescaped(escaped: &str) -> String {
    let mut text = String::new();
    let mut rest = escaped;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix("u{") {
            let (hex, after) = after.split_once('}').expect("closed");
            text.extend(char::from_u32(u32::from_str_radix(hex, 16).expect("hexadecimal")));
            rest = after;
        } else {
            text.push('\\');
            rest = &rest[1..];
        }
    }
    text + rest
}

/// The categories found in a document, each once, and the span of the text that they cover.
#[track_caller]
fn categories(format: &str, document: String) -> Vec<String> {
    let ran = fritext(&["check", "--input-format", format, "--format", "jsonl", "--lang", "sv"], document);
    assert!(ran.status < 2, "{format}: {}", ran.err);
    let lines = json_lines(&ran.out);
    let mut found: Vec<String> = lines
        .iter()
        .filter_map(|l| l["findings"].as_array())
        .flatten()
        .filter_map(|f| f["category"].as_str().map(str::to_owned))
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_disguise_falls_in_every_kind_of_document() {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut wrong = Vec::new();
    for Evasion { id, category, text } in evasions() {
        // The published Danish sample is a right Swedish number, too.
        let expected: Vec<String> = match category.as_str() {
            "-" => vec![],
            "cpr" => vec!["personnummer".into()],
            _ => vec![category],
        };
        let mut see = |format: &str, document: String| {
            let found = categories(format, document);
            if found != expected {
                wrong.push(format!("{id} in {format}: {found:?}"));
            }
        };
        see("records", format!("{}\n", json!({ "text": text })));
        see("json", json!({ "kommentar": text }).to_string());
        see("csv", format!("Rad;Kommentar\n1;\"{}\"\n", text.replace('"', "\"\"")));
        // A line break within a line of text, and a character that XML cannot hold, are not to be had there.
        see("text", format!("{text}\n"));
        if !text.contains('\0') {
            see("xml", format!("<blad><kommentar>{}</kommentar></blad>", escaped(&text)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Offsets are true: what is taken out takes every byte of the disguise, and nothing beside it.
#[test]
fn every_byte_of_a_disguise_goes() {
    let evasions: Vec<Evasion> =
        evasions().into_iter().filter(|e| ["personnummer", "cpr"].contains(&e.category.as_str())).collect();
    let records: String = evasions
        .iter()
        .map(|e| format!("{}\n", json!({ "system": "lex", "field": "handlingsrubrik", "lang": "sv", "text": format!("Ang. elev {} och mer", e.text) })))
        .collect();
    let ran = fritext(&["redact", "--input-format", "records", "--allow-blocked"], records);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let answers = json_lines(&ran.out);
    assert_eq!(answers.len(), evasions.len());
    for (Evasion { id, text, .. }, answer) in evasions.iter().zip(&answers) {
        let left = answer["text"].as_str().expect("a text");
        // Letters beside the number may stay; of itself nothing does.
        let beside = |c: &char| "id_xPNRSE'".contains(*c);
        let rest: String = left.replace("Ang. elev ", "").replace(" och mer", "");
        let rest = rest.chars().filter(|c| !beside(c)).collect::<String>();
        assert!(
            rest.starts_with('[') && rest.ends_with(']') && rest.matches('[').count() == 1,
            "{id}: {left} of {text:?}"
        );
    }
}

/// Initials come from the name as it is seen.
#[test]
fn initials_are_those_of_the_name_behind_the_disguise() {
    for (text, initials) in [
        ("Elvira Lindqvist", "E.L."),
        ("Lindqvist, Elvira", "E.L."),
        ("A\u{30a}sa Sjo\u{308}gren", "Å.S."),
        ("&Aring;sa Sj&ouml;gren", "Å.S."),
        ("%C3%85sa Sj%C3%B6gren", "Å.S."),
        ("Ｅlvira Lindqvist", "E.L."),
        ("Elvira \u{41b}indqvist", "E.L."),
        ("Elvira von Lindqvist", "E.L."),
    ] {
        let record = json!({ "system": "lex", "field": "handlingsrubrik", "lang": "sv", "text": format!("Ansökan från {text} inkom") });
        let ran = fritext(&["redact", "--input-format", "records", "--allow-blocked"], format!("{record}\n"));
        let answer = &json_lines(&ran.out)[0];
        assert_eq!(answer["text"], format!("Ansökan från {initials} inkom"), "{text}");
    }
}
