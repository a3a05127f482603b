//! The development gold sets run through the program; every offset is a place in its text.

use crate::run::{fritext, json_lines};
use serde_json::{Value, json};

/// The text of a marked record, without its marks.
fn unmarked(marked: &str) -> String {
    let mut out = String::new();
    let mut rest = marked;
    while let Some(at) = rest.find("[[") {
        let (before, mark) = rest.split_at(at);
        let (inside, after) = mark[2..].split_once("]]").expect("marks come in pairs");
        out.push_str(before);
        out.push_str(inside.split_once(':').expect("a mark has a category").1);
        rest = after;
    }
    out + rest
}

#[test]
fn gold_records_run_without_error_and_offsets_hold() {
    for gold in [include_str!("../gold/sv.jsonl"), include_str!("../gold/da.jsonl")] {
        let records: Vec<Value> = gold
            .lines()
            .map(|l| serde_json::from_str::<Value>(l).expect("gold is JSON"))
            .map(|r| json!({ "id": r["id"], "lang": r["lang"], "system": r["system"], "field": r["field"], "text": unmarked(r["marked"].as_str().expect("text")) }))
            .collect();
        let input: String = records.iter().map(|r| format!("{r}\n")).collect();
        let ran = fritext(&["check", "--input-format", "records", "--format", "jsonl"], input);
        assert_eq!(ran.err, "", "every system and field of the guideline is known");
        let answers = json_lines(&ran.out);
        assert_eq!(answers.len(), records.len());
        for (record, answer) in records.iter().zip(&answers) {
            assert_eq!(record["id"], answer["id"]);
            let text = record["text"].as_str().expect("text");
            for finding in answer["findings"].as_array().expect("findings") {
                let at = |key: &str| finding[key].as_u64().expect("a number") as usize;
                assert!(
                    text.get(at("start")..at("end")).is_some_and(|s| !s.trim().is_empty()),
                    "{} {finding}",
                    record["id"]
                );
            }
        }
    }
}
