//! Numbers of persons and numbers that are none, one fact a line in `tests/data/numbers.tsv`.

use crate::run::{fritext, json_lines};

#[test]
fn every_number_is_judged_right() {
    judged_right(include_str!("../data/numbers.tsv"));
}

/// Mistakes of other tools that their issues and sources tell of.
#[test]
fn the_mistakes_of_others_are_not_ours() {
    judged_right(include_str!("../data/peers.tsv"));
}

#[track_caller]
fn judged_right(table: &str) {
    let rows: Vec<Vec<&str>> = table.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect()).collect();
    let records: String = rows
        .iter()
        .map(|r| {
            let text = r[2].replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t");
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

/// Random numbers of ten digits, the same on every machine.
fn random_numbers(count: usize) -> impl Iterator<Item = String> {
    let mut seed = 88_172_645_463_325_252u64;
    (0..count).map(move |_| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        format!("{:010}", seed % 10_000_000_000)
    })
}

/// How many random numbers are tried; a million with `FRITEXT_NUMBERS=1000000`.
fn count() -> usize {
    std::env::var("FRITEXT_NUMBERS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
}

/// Ten digits in running text are a person's only if something says so.
#[test]
fn bare_numbers_in_running_text_are_nobodys() {
    for (lang, before, after) in [("sv", "Svar kom på", "i går"), ("da", "Svar kom på", "i går"), ("auto", "Se", "ok")]
    {
        let records: String = random_numbers(count())
            .map(|n| format!("{}\n", serde_json::json!({ "lang": lang, "text": format!("{before} {n} {after}") })))
            .collect();
        let ran = fritext(&["check", "--input-format", "records", "--format", "jsonl"], records);
        let persons = ran.out.matches("\"personnummer\"").count() + ran.out.matches("\"cpr\"").count();
        assert!(ran.status < 2 && persons * 1000 <= count(), "{lang}: {persons} of {}", count());
    }
}

/// `explain` says what a number is that is no person's.
#[test]
fn other_numbers_are_explained_as_what_they_are() {
    for (text, what) in [
        ("Org.nr 556016-0680", "organisationsnummer"),
        ("momsnr SE556016068001", "value added tax"),
        ("IBAN SE35 5000 0000 0549 1000 0003", "IBAN"),
        ("EAN 7310865004703", "EAN"),
        ("bankgiro 5050-1055", "bankgiro"),
        ("ISBN 978-91-0-012345-1", "ISBN"),
        ("stämplat 20260912143000", "a date or a time"),
        ("vid 59.3293, 18.0686", "place on the map"),
        ("ärende 2026-00123", "number of a case"),
        ("bilen ABC 123", "number plate"),
        ("CVR DK13585628", "CVR number"),
        ("fakturanr 120914-9812", "another kind of number"),
    ] {
        let ran = fritext(&["--locale", "en", "explain"], text);
        assert!(ran.out.contains(what), "{text}: {}", ran.out);
    }
    for (locale, what) in [("sv", "en myndighets"), ("da", "en myndigheds")] {
        let ran = fritext(&["--locale", locale, "explain"], "Org.nr 556016-0680");
        assert!(ran.out.contains(what), "{locale}: {}", ran.out);
    }
}

/// Right and wrong numbers in four spellings each: our own, made of test numbers, and, where `FRITEXT_PERSONNUMMER` names
/// a folder with the published `list.json` and `interim.json` of personnummer/meta, those, whose numbers are not copied here.
#[test]
fn tables_of_spellings_hold() {
    let mut rows: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../data/personnummer.json")).expect("our own table");
    if let Some(folder) = std::env::var_os("FRITEXT_PERSONNUMMER").map(std::path::PathBuf::from) {
        for file in ["list.json", "interim.json"] {
            let json = std::fs::read(folder.join(file)).expect("FRITEXT_PERSONNUMMER names a folder with the tables");
            rows.append(&mut serde_json::from_slice(&json).expect("JSON"));
        }
    }
    let spellings = ["long_format", "short_format", "separated_format", "separated_long"];
    // A blank before the last four is a separator here.
    let judged: Vec<(&str, bool)> = rows
        .iter()
        .flat_map(|row| spellings.map(|s| (row[s].as_str(), row["valid"] == true)))
        .filter_map(|(number, valid)| number.map(|n| (n, valid || n.contains(' '))))
        .collect();
    let records: String =
        judged.iter().map(|(number, _)| format!("{}\n", serde_json::json!({ "lang": "sv", "text": number }))).collect();
    let answers = json_lines(&fritext(&["check", "--input-format", "records"], records).out);
    assert_eq!(answers.len(), judged.len());
    let found = |answer: &serde_json::Value| {
        answer["findings"].as_array().is_some_and(|all| all.iter().any(|f| f["category"] == "personnummer"))
    };
    let wrong: Vec<&str> = judged
        .iter()
        .zip(&answers)
        .filter(|((_, valid), a)| found(a) != *valid)
        .map(|((number, _), _)| *number)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Ten digits that are a number of an order are nobody's, whatever they look like.
#[test]
fn a_column_of_order_numbers_holds_no_persons() {
    let mut csv = String::from("Ordernummer;Belopp\n");
    csv.extend(random_numbers(count()).map(|n| format!("{n};100\n")));
    let ran = fritext(&["check", "--input-format", "csv", "--format", "jsonl"], csv);
    assert_eq!(ran.status, 0, "{}", &ran.out[..ran.out.len().min(600)]);
}
