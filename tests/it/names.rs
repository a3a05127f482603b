//! Names of persons and what only looks like one, one text a line in `tests/data/names.tsv`.

use crate::run::{checked, texts};

#[test]
fn every_name_is_judged_right() {
    let mut wrong = Vec::new();
    for (row, mut found) in checked(include_str!("../data/names.tsv")) {
        found.retain(|f| f["category"] == "name");
        let found = if found.is_empty() { "-".to_owned() } else { texts(&found).join("|") };
        if found != row[0] {
            wrong.push(format!("{}: {found}", row.join(" / ")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
