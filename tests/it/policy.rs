//! What the built-in policy does in every field: each row of `tests/data/policy_*.tsv` goes through the command line,
//! once to see the action that its finding carries, once to see what `redact` leaves of the text.

use crate::run;
use serde_json::{Map, Value};
use std::path::Path;

/// One row of a table. `topic` is a category or a kind.
struct Row<'a> {
    line: usize,
    system: &'a str,
    field: &'a str,
    topic: &'a str,
    text: &'a str,
    action: &'a str,
    result: &'a str,
}

const CHECK: &[&str] = &["check", "--input-format", "records", "--format", "jsonl"];
const REDACT: &[&str] = &["redact", "--input-format", "records", "--allow-blocked"];

#[test]
fn every_cell_of_the_swedish_table() {
    assert_table("policy_se.tsv", "sv");
}

#[test]
fn every_cell_of_the_danish_table() {
    assert_table("policy_da.tsv", "da");
}

/// Swedish absence comments say that somebody is absent, and keep validity and times if the text says them.
#[test]
fn an_absence_comment_becomes_one_wording() {
    let note = |text| both("vklass", "franvaro", text);

    let (checked, redacted) = note("Elvira Lindqvist är sjuk, feber");
    assert_eq!(redacted, "Frånvarande");
    assert_eq!(checked["suggested_text"], "Frånvarande");
    assert_eq!(topics(&checked), ["name allow", "health.absence redact", "health redact"]);
    assert_eq!(checked["findings"][1]["code"], "absence.health");

    assert_eq!(note("Sjuk, ogiltig frånvaro").1, "Frånvarande, ogiltig");
    assert_eq!(note("Är sjuk, giltig frånvaro från kl. 10").1, "Frånvarande, giltig från kl. 10");
    assert_eq!(note("Ledig i dag, giltig frånvaro").1, "Ledig i dag, giltig frånvaro");
}

/// A heading in the diary can be read by anyone: initials, no numbers, no reasons.
#[test]
fn a_lex_heading_holds_initials() {
    let heading = |text| both("lex", "handlingsrubrik", text);

    let (checked, redacted) = heading("Ansökan om skolskjuts, Tuva Ekhammar");
    assert_eq!(redacted, "Ansökan om skolskjuts, T.E.");
    assert_eq!(checked["findings"][0]["code"], "title.name");

    assert_eq!(heading("Överklagan, T.E., född 12 maj 2014").1, "Överklagan, T.E., född [födelsedatum]");
    assert_eq!(heading("Tilläggsbelopp pga. autism, T.E.").1, "Tilläggsbelopp pga. [borttaget], T.E.");
    assert_eq!(heading("Ansökan om skolskjuts, T.E.").0["verdict"], "allow");
}

/// The health record may hold what the care needs; a value word is pointed out there too.
#[test]
fn pmo_holds_health_but_no_value_words() {
    let text = "Tuva Ekhammar, 20140512-9816, har diabetes";
    let (checked, redacted) = both("pmo", "journal", text);
    assert_eq!(topics(&checked), ["name allow", "personnummer allow", "health allow"]);
    assert_eq!((&checked["verdict"], redacted.as_str()), (&Value::from("allow"), text));

    let text = "Eleven har adhd och är lat";
    let (checked, redacted) = both("pmo", "journal", text);
    assert_eq!(topics(&checked), ["health allow", "assessment flag"]);
    assert_eq!((&checked["verdict"], redacted.as_str()), (&Value::from("flag"), text));
}

/// A registered document stands as it is: its findings are told, and all of them allowed.
#[test]
fn a_registered_document_is_never_rewritten() {
    let text = "Tuva Ekhammar, 20140512-9816, har diabetes. Skyddad folkbokföring.";
    let (checked, redacted) = both("lex", "handling", text);
    let expected = ["name allow", "personnummer allow", "health allow", "social.protected_identity allow"];
    assert_eq!(topics(&checked), expected);
    assert_eq!((&checked["verdict"], redacted.as_str()), (&Value::from("allow"), text));
}

/// Fails with a list of all rows that come out otherwise than the table says.
fn assert_table(name: &str, lang: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let table = std::fs::read_to_string(&path).expect("the table can be read");
    let rows = rows(&table);
    let records: Vec<Value> = rows.iter().map(|r| record(r.system, r.field, lang, r.text)).collect();
    let (checked, redacted) = (fritext(CHECK, &records), fritext(REDACT, &records));
    assert!(!rows.is_empty() && checked.len() == rows.len() && redacted.len() == rows.len(), "one answer per row");

    let answers = rows.iter().zip(checked.iter().zip(&redacted));
    let wrong: Vec<String> =
        answers.filter_map(|(r, (c, d))| Some(format!("{name}:{}: {}", r.line, mismatch(r, c, d)?))).collect();
    assert!(wrong.is_empty(), "{} of {} rows differ:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

fn rows(table: &str) -> Vec<Row<'_>> {
    table.lines().zip(1..).filter(|(l, _)| !l.starts_with('#')).map(|(l, number)| row(l, number)).collect()
}

fn row(text: &str, line: usize) -> Row<'_> {
    let cells: Vec<&str> = text.split('\t').collect();
    let [system, field, topic, text, action, result] = cells[..] else {
        panic!("line {line} has {} columns, not six", cells.len());
    };
    Row { line, system, field, topic, text, action, result }
}

/// What differs in a row: the actions of its findings, else the redacted text.
fn mismatch(row: &Row<'_>, checked: &Value, redacted: &Value) -> Option<String> {
    let Row { system, field, topic, text, action, result, .. } = row;
    let of_topic = |f: &&Value| f["category"] == *topic || f["kind"] == *topic;
    let findings = checked["findings"].as_array().expect("an answer has findings");
    if !findings.iter().filter(of_topic).any(|f| f["action"] == *action) {
        let found = topics(checked);
        return Some(format!("{system}.{field} ‘{text}’: expected {topic} {action}, found {found:?}"));
    }
    let left = redacted["text"].as_str().expect("an answer has a text");
    (left != *result).then(|| format!("{system}.{field} ‘{text}’: expected ‘{result}’, got ‘{left}’"))
}

/// The findings of an answer in order, each as `health.absence redact`.
fn topics(checked: &Value) -> Vec<String> {
    let findings = checked["findings"].as_array().expect("an answer has findings");
    let word = |f: &Value, key: &str| f[key].as_str().map(str::to_owned);
    let topic = |f: &Value| word(f, "kind").or(word(f, "category")).expect("a finding has a category");
    findings.iter().map(|f| format!("{} {}", topic(f), word(f, "action").expect("a finding has an action"))).collect()
}

/// One Swedish text: the answer of `check`, and what `redact` leaves of it.
fn both(system: &str, field: &str, text: &str) -> (Value, String) {
    let records = [record(system, field, "sv", text)];
    let (mut redacted, mut checked) = (fritext(REDACT, &records), fritext(CHECK, &records));
    let redacted = redacted.remove(0)["text"].as_str().expect("an answer has a text").to_owned();
    (checked.remove(0), redacted)
}

/// A record; `-` leaves system or field out.
fn record(system: &str, field: &str, lang: &str, text: &str) -> Value {
    let members = [("system", system), ("field", field), ("lang", lang), ("text", text)];
    let said = members.into_iter().filter(|(_, value)| *value != "-");
    Value::Object(said.map(|(key, value)| (key.to_owned(), value.into())).collect::<Map<_, _>>())
}

/// Sends records through one run of the binary: its answers, in order.
fn fritext(command: &[&str], records: &[Value]) -> Vec<Value> {
    let lines: String = records.iter().map(|r| format!("{r}\n")).collect();
    let ran = run::fritext(command, lines);
    assert!(matches!(ran.status, 0 | 1), "{}: {}", ran.status, ran.err);
    run::json_lines(&ran.out)
}
