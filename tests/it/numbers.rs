//! Numbers of persons and numbers that are none, one fact a line in `tests/data/numbers.tsv`.

use crate::run::{fritext, json_lines};

#[test]
fn every_number_is_judged_right() {
    let table = include_str!("../data/numbers.tsv");
    let rows: Vec<Vec<&str>> = table.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect()).collect();
    let records: String = rows
        .iter()
        .map(|r| {
            let text = r[2].replace("\\n", "\n").replace("\\t", "\t");
            format!("{}\n", serde_json::json!({ "lang": r[1], "system": "excel", "field": "cell", "text": text }))
        })
        .collect();
    let ran = fritext(&["check", "--input-format", "records"], records);
    let answers = json_lines(&ran.out);
    assert_eq!(answers.len(), rows.len());
    let wrong: Vec<String> = rows
        .iter()
        .zip(&answers)
        .filter_map(|(row, answer)| {
            let found: Vec<&str> = answer["findings"]
                .as_array()?
                .iter()
                .filter_map(|f| f["category"].as_str())
                .filter(|c| ["personnummer", "cpr", "phone", "birth_date", "email", "address"].contains(c))
                .collect();
            let expected: Vec<&str> = if row[0] == "-" { vec![] } else { vec![row[0]] };
            (found != expected).then(|| format!("{row:?}: {found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Ten digits that are a number of an order are nobody's, whatever they look like.
#[test]
fn a_column_of_order_numbers_holds_no_persons() {
    let mut seed = 88_172_645_463_325_252u64;
    let mut csv = String::from("Ordernummer;Belopp\n");
    for _ in 0..20_000 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        csv.push_str(&format!("{:010};100\n", seed % 10_000_000_000));
    }
    let ran = fritext(&["check", "--input-format", "csv", "--format", "jsonl"], csv);
    assert_eq!(ran.status, 0, "{}", &ran.out[..ran.out.len().min(600)]);
}
