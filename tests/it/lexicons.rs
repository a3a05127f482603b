//! Every list: its form, its order, and all its proofs, by the command a lexicon keeper runs.

use crate::run::{fritext, scratch};

#[test]
fn every_example_is_found_and_no_counterexample() {
    let ran = fritext(&["lexicon", "check"], "");
    assert_eq!(ran.status, 0, "{}", ran.out);
    let proofs: u32 = ran.out.split(' ').nth(2).and_then(|n| n.parse().ok()).expect("a count");
    assert!(proofs > 3000, "{}", ran.out);
}

#[test]
fn each_language_has_its_share_of_every_category() {
    let ran = fritext(&["lexicon", "stats"], "");
    for lang in ["sv", "da"] {
        for (category, least) in
            [("health", 200), ("trade_union", 40), ("ethnicity", 40), ("political", 40), ("religion", 40)]
                .into_iter()
                .chain([
                    ("sexual", 40),
                    ("genetic", 40),
                    ("biometric", 40),
                    ("criminal", 40),
                    ("social", 40),
                    ("assessment", 40),
                ])
        {
            let line =
                ran.out.lines().find(|l| l.trim_start().starts_with(&format!("{lang} {category} "))).expect("a line");
            let terms: u32 = line.split_whitespace().nth(2).and_then(|n| n.parse().ok()).expect("a count");
            assert!(terms >= least, "{line}");
        }
    }
}

#[test]
fn a_site_adds_a_list_of_its_own() {
    let folder = scratch();
    std::fs::create_dir_all(folder.join("ord/sv")).expect("a folder");
    let list = "category: health\nowner: dpo\nreviewed: 2026-11-22\nsource: own\nlicence: own\nwhy: prov\n\
        terms:\n  blorksjuka: like flicka, first\n\
        examples:\n  - \"Har [blorksjuka].\"\n  - \"Till [blorksjukemottagningen].\"\n  - \"Hans [blorksjukas] förlopp.\"\n\
        counterexamples:\n  - \"Hej.\"\n  - \"Ingenting.\"\n";
    std::fs::write(folder.join("ord/sv/egna.yaml"), list).expect("written");
    std::fs::write(folder.join("fritext.yaml"), "lexicons: [ord]\n").expect("written");
    let config = folder.join("fritext.yaml").display().to_string();
    let record = r#"{"system":"vklass","field":"kommentar","text":"Kim har fått blorksjukan igen"}"#;
    let ran = fritext(&["--config", &config, "redact", "--input-format", "records"], record);
    assert!(ran.out.contains("har fått [borttaget] igen"), "{}{}", ran.out, ran.err);
    let path = folder.join("ord/sv/egna.yaml").display().to_string();
    let checked = fritext(&["lexicon", "check", &path], "");
    assert_eq!(checked.status, 0, "{}", checked.out);
}

#[test]
fn a_wrong_list_names_every_line() {
    let folder = scratch().join("sv");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("fel.yaml");
    std::fs::write(
        &path,
        "category: health\nowner: x\nreviewed: x\nsource: x\nlicence: x\nwhy: x\n\
        terms:\n  blork: lik bil\n  Blurk: exact\n  blirk: like blil\nexamples: [\"[a\", \"b\", \"[c] d\"]\ncounterexamples: [\"x\", \"y\"]\n",
    )
    .expect("written");
    let ran = fritext(&["lexicon", "check", &path.display().to_string()], "");
    assert_eq!(ran.status, 1);
    for part in [
        ":8:3: ‘blork’: unknown flag ‘lik bil’",
        ":9:3: ‘Blurk’: terms are lower case",
        ":10:3:",
        "(did you mean ‘bil’?)",
        ":11:12:",
    ] {
        assert!(ran.out.contains(part), "{part}\n{}", ran.out);
    }
}

#[test]
fn find_and_forms_speak_of_entries() {
    let found = fritext(&["lexicon", "find", "depressionsgruppen"], "");
    assert!(found.out.contains("compound that begins with: ‘depression’"), "{}", found.out);
    let forms = fritext(&["lexicon", "forms", "depression"], "");
    assert!(forms.out.contains("depressionerna"), "{}", forms.out);
    assert_eq!(fritext(&["lexicon", "find", "qwzx"], "").status, 1);
}
