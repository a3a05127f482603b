//! Names of persons and what only looks like one, one text a line in `tests/data/names.tsv`.

use crate::run::{fritext, json_lines};

#[test]
fn every_name_is_judged_right() {
    let table = include_str!("../data/names.tsv");
    let rows: Vec<Vec<&str>> = table.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect()).collect();
    let records: String =
        rows.iter().map(|r| format!("{}\n", serde_json::json!({ "lang": r[1], "text": r[2] }))).collect();
    let answers = json_lines(&fritext(&["check", "--input-format", "records", "--show-text"], records).out);
    assert_eq!(answers.len(), rows.len());
    let mut wrong = Vec::new();
    for (row, answer) in rows.iter().zip(&answers) {
        let found: Vec<&str> = answer["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|f| f["category"] == "name")
            .filter_map(|f| f["text"].as_str())
            .collect();
        let found = if found.is_empty() { "-".to_owned() } else { found.join("|") };
        if found != row[0] {
            wrong.push(format!("{}: {found}", row.join(" / ")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
