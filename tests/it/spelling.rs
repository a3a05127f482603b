//! Words that are spelled otherwise than the lists have them, one text a line in `tests/data/spelling.tsv`.

use crate::run::checked;

#[test]
fn words_without_marks_and_with_slips_are_read() {
    let mut wrong = Vec::new();
    for (row, found) in checked(include_str!("../data/spelling.tsv")) {
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
