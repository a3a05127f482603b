//! Words that are spelled otherwise than the lists have them, one text a line in `tests/data/spelling.tsv`.

use crate::run::{fritext, json_lines};

#[test]
fn words_without_marks_and_with_slips_are_read() {
    let table = include_str!("../data/spelling.tsv");
    let rows: Vec<Vec<&str>> = table.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect()).collect();
    let records: String =
        rows.iter().map(|r| format!("{}\n", serde_json::json!({ "lang": r[1], "text": r[2] }))).collect();
    let answers = json_lines(&fritext(&["check", "--input-format", "records"], records).out);
    assert_eq!(answers.len(), rows.len());
    let mut wrong = Vec::new();
    for (row, answer) in rows.iter().zip(&answers) {
        let found = answer["findings"].as_array().map_or(&[][..], Vec::as_slice);
        let right = match row[0] {
            "-" => found.is_empty(),
            category => found.iter().any(|f| f["category"] == category),
        };
        if !right {
            wrong.push(format!("{}: {found:?}", row.join(" / ")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
