//! How far findings reach, one text a line in `tests/data/extents.tsv`.

use crate::run::{checked, fritext, scratch, texts};

#[test]
fn findings_reach_as_far_as_what_is_said() {
    let mut wrong = Vec::new();
    for (row, found) in checked(include_str!("../data/extents.tsv")) {
        let found = texts(&found).join("|");
        if found != row[0] {
            wrong.push(format!("{}: {found}", row.join(" / ")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_a_list_of_the_site_finds_is_as_long_as_it_says() {
    let text = r#"{"lang":"da","text":"Faren har begået zwick mod sin kone."}"#;
    let folder = scratch();
    std::fs::create_dir_all(folder.join("ord/da")).expect("a folder");
    let list = "category: criminal\nowner: dpo\nreviewed: 2026-11-22\nsource: own\nlicence: own\nwhy: test\n\
        terms:\n  zwick: exact\n\
        examples:\n  - \"Har [zwick].\"\n  - \"Fik [zwick] i går.\"\n  - \"Mod [zwick].\"\n\
        counterexamples:\n  - \"Hej.\"\n  - \"Ingenting.\"\n";
    std::fs::write(folder.join("ord/da/egne.yaml"), list).expect("written");
    std::fs::write(folder.join("fritext.yaml"), "lexicons: [ord]\n").expect("written");
    let config = folder.join("fritext.yaml").display().to_string();
    let ran = fritext(&["--config", &config, "redact", "--input-format", "records"], text);
    assert!(ran.out.contains("Faren har begået [udeladt] mod sin kone."), "{}{}", ran.out, ran.err);
}
