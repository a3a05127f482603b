//! Fine points of the policy and every message, through the command line.

use crate::run::{fritext, json_lines, scratch};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const CHECK: &[&str] = &["check", "-q", "--input-format", "records", "--format", "jsonl"];
const REDACT: &[&str] = &["redact", "-q", "--input-format", "records", "--allow-blocked"];

fn data(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let text = std::fs::read_to_string(path).expect("the table can be read");
    text.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').map(str::to_owned).collect()).collect()
}

fn record(system: &str, field: &str, lang: &str, text: &str) -> Value {
    let members = [("system", system), ("field", field), ("lang", lang), ("text", text)];
    let said = members.into_iter().filter(|(_, value)| *value != "-");
    Value::Object(said.map(|(key, value)| (key.to_owned(), value.into())).collect::<Map<_, _>>())
}

/// Sends records through one run of the program: its answers, in order.
fn answers(command: &[&str], records: &[Value]) -> Vec<Value> {
    let lines: String = records.iter().map(|r| format!("{r}\n")).collect();
    let ran = fritext(command, lines);
    assert!(matches!(ran.status, 0 | 1), "{}: {}", ran.status, ran.err);
    let answers = json_lines(&ran.out);
    assert_eq!(answers.len(), records.len(), "one answer a record");
    answers
}

/// The findings of an answer, each as `health.absence redact absence.health`.
fn told(answer: &Value) -> String {
    let word = |f: &Value, key: &str| f[key].as_str().map(str::to_owned);
    let findings = answer["findings"].as_array().expect("an answer has findings");
    let all = findings.iter().map(|f| {
        let words = [word(f, "kind").or(word(f, "category")), word(f, "action"), word(f, "code")];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    Some(all.collect::<Vec<_>>().join(", ")).filter(|t| !t.is_empty()).unwrap_or_else(|| "-".to_owned())
}

/// Each row: the point, where the text stands, the text, the verdict, the findings, what `redact` leaves.
#[test]
fn every_fine_point() {
    let rows = data("fine_points.tsv");
    let records: Vec<Value> = rows.iter().map(|r| record(&r[1], &r[2], &r[3], &r[4])).collect();
    let (checked, redacted) = (answers(CHECK, &records), answers(REDACT, &records));
    let mut wrong = Vec::new();
    for (row, (checked, redacted)) in rows.iter().zip(checked.iter().zip(&redacted)) {
        let got = [
            checked["verdict"].as_str().unwrap_or_default(),
            &told(checked),
            redacted["text"].as_str().unwrap_or_default(),
        ];
        if got != [row[5].as_str(), row[6].as_str(), row[7].as_str()] {
            wrong.push(format!("{}\n     got {}", row.join(" | "), got.join(" | ")));
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Who is protected must not be told by the answer: no finding differs from the others, and none shows a way on.
#[test]
fn a_refusal_for_protected_identity_betrays_nothing() {
    let text = "Tuva Ekhammar, Storgatan 12, har skyddad identitet och migrän";
    let answer = &answers(CHECK, &[record("extens", "anteckning", "sv", text)])[0];
    let findings = answer["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), 4, "{answer}");
    for finding in findings {
        assert_eq!((&finding["action"], &finding["code"]), (&json!("block"), &json!("stop.contact")), "{finding}");
        assert_eq!(finding["message"], findings[0]["message"]);
        assert!(finding.get("suggestion").is_none() && finding.get("kind").is_none(), "{finding}");
    }
    assert!(answer.get("suggested_text").is_none(), "{answer}");
    let path = scratch().join("extens_anteckning.txt");
    std::fs::write(&path, text).expect("the folder for test files can be written");
    let path = path.display().to_string();
    for format in ["human", "github", "sarif"] {
        let ran = fritext(&["check", &path, "--format", format], "");
        let blocks = ran.out.matches("Det här kan inte sparas").count();
        assert_eq!(blocks, 1, "{format}: {}", ran.out);
        for word in ["Tuva", "Storgatan", "^", "protected_identity", "startColumn", "col="] {
            assert!(!ran.out.contains(word), "{format}: {word} in {}", ran.out);
        }
    }
}

/// A sign of it in a comment speaks for the whole row, object or element, and for no other.
#[test]
fn a_comment_protects_its_record() {
    let table =
        "Förnamn;Personnummer;Anteckning\nElvira;20120914-9812;Skyddad folkbokföring\nBo;20120914-9812;Läser spanska\n";
    let ran = fritext(&["redact", "--stdin-filename", "extens.csv", "--allow-blocked"], table);
    assert_eq!(
        ran.out,
        "Förnamn;Personnummer;Anteckning\n[namn];[personnummer];[borttaget]\nBo;20120914-9812;Läser spanska\n"
    );
    let json = r#"[{"förnamn":"Elvira","anteckning":"Skyddad folkbokföring"},{"förnamn":"Bo","anteckning":"Läser"}]"#;
    let ran = fritext(&["redact", "--stdin-filename", "extens.json", "--allow-blocked"], json);
    assert!(!ran.out.contains("Elvira") && !ran.out.contains("Skyddad") && ran.out.contains("Bo"), "{}", ran.out);
    let alone = "Klassrum;Anteckning\n;Skyddad folkbokföring\n";
    let ran = fritext(&["redact", "--stdin-filename", "extens.csv"], alone);
    assert_eq!((ran.status, ran.out.as_str()), (0, alone));
}

/// The codes and wordings of `messages.yaml`, read line by line: its form is fixed.
fn messages() -> BTreeMap<String, [BTreeMap<String, String>; 2]> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("lexicons/messages.yaml");
    let (mut out, mut code, mut part) = (BTreeMap::<String, [BTreeMap<_, _>; 2]>::new(), String::new(), 0);
    for line in std::fs::read_to_string(path).expect("the messages can be read").lines() {
        if let Some(c) = line.strip_prefix("- code: ") {
            c.clone_into(&mut code);
            out.entry(code.clone()).or_default();
        } else if line.starts_with("  message:") || line.starts_with("  suggestion:") {
            part = usize::from(line.starts_with("  suggestion"));
        } else if let Some((lang, wording)) = line.strip_prefix("    ").and_then(|l| l.split_once(": ")) {
            let wording = wording.trim_matches('"').to_owned();
            out.get_mut(&code).expect("a code comes first")[part].insert(lang.to_owned(), wording);
        }
    }
    out
}

/// A configuration that names the two messages which no built-in rule calls for.
fn site() -> PathBuf {
    let path = scratch().join("site.yaml");
    let text = "systems:\n  vklass:\n    fields:\n      kommentar:\n        name: redact\n        address: {action: flag, message: note.general}\n";
    std::fs::write(&path, text).expect("the folder for test files can be written");
    path
}

/// Each message is shown for some text, in three languages, in the wording of its file.
#[test]
fn every_message_code() {
    let (rows, messages) = (data("messages.tsv"), messages());
    let shown: BTreeSet<&str> = rows.iter().map(|r| r[0].as_str()).collect();
    // Shown for a waiver that was withdrawn; see the tests of waivers.
    let known: BTreeSet<&str> = messages.keys().map(String::as_str).filter(|c| *c != "consent.withdrawn").collect();
    assert_eq!(shown, known, "a row for each code, and no other");
    let records: Vec<Value> = rows.iter().map(|r| record(&r[1], &r[2], &r[3], &r[4])).collect();
    let site = site().display().to_string();
    for locale in ["sv", "da", "en"] {
        let command = [CHECK, &["--locale", locale, "--config", &site]].concat();
        for (row, answer) in rows.iter().zip(answers(&command, &records)) {
            let findings = answer["findings"].as_array().expect("an answer has findings");
            let finding = findings.iter().find(|f| f["code"] == row[0].as_str());
            let finding = finding.unwrap_or_else(|| panic!("{}: ‘{}’ gives {}", row[0], row[4], told(&answer)));
            assert_eq!(finding["message"], messages[&row[0]][0][locale].as_str(), "{} in {locale}", row[0]);
        }
    }
}

/// What to do, why, and the place where it may stand: two sentences, without articles and without blame.
#[test]
fn messages_keep_their_style() {
    for (code, [message, _]) in messages() {
        assert_eq!(message.keys().map(String::as_str).collect::<Vec<_>>(), ["da", "en", "sv"], "{code}");
        for (lang, wording) in message {
            let ends = wording.matches(['.', '?', '!']).count();
            assert_eq!(ends, 2, "{code} {lang}: two sentences: {wording}");
            assert!(!wording.contains(|c: char| c.is_ascii_digit()), "{code} {lang}: {wording}");
            assert!(wording.chars().count() <= 200, "{code} {lang}: {}", wording.chars().count());
        }
    }
}

/// Whatever may be shown instead of a text passes the policy of the field it is shown in: the wordings of messages in
/// every language, and the suggested texts of every row of the policy tables.
#[test]
fn every_suggested_wording_passes_the_same_policy() {
    let messages = messages();
    let tables = [("policy_se.tsv", "sv"), ("policy_da.tsv", "da")];
    let mut wordings = BTreeSet::new();
    for (table, lang) in tables {
        let rows = data(table);
        let records: Vec<Value> = rows.iter().map(|r| record(&r[0], &r[1], lang, &r[3])).collect();
        for (row, answer) in rows.iter().zip(answers(CHECK, &records)) {
            if let Some(text) = answer["suggested_text"].as_str() {
                wordings.insert((row[0].clone(), row[1].clone(), lang.to_owned(), text.to_owned(), true));
            }
            for finding in answer["findings"].as_array().expect("findings") {
                if let Some(text) = finding["suggestion"].as_str() {
                    wordings.insert((row[0].clone(), row[1].clone(), lang.to_owned(), text.to_owned(), false));
                }
                let said = finding["code"].as_str().and_then(|c| messages.get(c)).map(|m| &m[1]);
                for (lang, text) in said.into_iter().flatten().filter(|(l, _)| *l != "en") {
                    wordings.insert((row[0].clone(), row[1].clone(), lang.clone(), text.clone(), false));
                }
            }
        }
    }
    let records: Vec<Value> = wordings.iter().map(|w| record(&w.0, &w.1, &w.2, &w.3)).collect();
    assert!(records.len() > 300, "{}", records.len());
    for (wording, answer) in wordings.iter().zip(answers(CHECK, &records)) {
        let verdict = answer["verdict"].as_str().unwrap_or_default();
        // A suggested text may keep what is only pointed out.
        let passes = verdict == "allow" || wording.4 && verdict == "flag";
        assert!(passes, "{wording:?}: {}", told(&answer));
    }
}
