//! Every list: its form, its order, and all its proofs, by the command a lexicon keeper runs.

use crate::run::{command, fritext, scratch};
use std::io::Write;
use std::process::Stdio;

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
fn long_lists_are_compiled_once() {
    let folder = scratch();
    let kept = folder.join("kept");
    std::fs::create_dir_all(folder.join("ord/sv")).expect("a folder");
    let write = |first: &str| {
        let mut list =
            "category: health\nowner: dpo\nreviewed: 2026-11-22\nsource: own\nlicence: own\nwhy: prov\nterms:\n"
                .to_owned();
        list += &format!("  {first}: like flicka\n");
        (0..1000).for_each(|n| {
            list +=
                &format!("  zq{}sjuka: exact\n", ('a'..='z').nth(n % 26).unwrap_or('a').to_string().repeat(n / 26 + 1))
        });
        list += &format!(
            "examples:\n  - \"Har [{first}].\"\n  - \"Fick [{first}] i går.\"\n  - \"Mot [{first}].\"\ncounterexamples:\n  - \"Hej.\"\n  - \"Ingenting.\"\n"
        );
        std::fs::write(folder.join("ord/sv/egna.yaml"), list).expect("written");
    };
    std::fs::write(folder.join("fritext.yaml"), "lexicons: [ord]\n").expect("written");
    let config = folder.join("fritext.yaml").display().to_string();
    let found = |word: &str| {
        let mut command = command(&["--config", &config, "check", "--format", "jsonl", "-"]);
        let mut child = command
            .env("CACHE_DIRECTORY", &kept)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        write!(child.stdin.take().expect("a pipe"), "Kim har fått {word} igen").expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        String::from_utf8_lossy(&output.stdout).contains("lexicon:sv/health")
    };
    let files = || -> Vec<_> {
        let mut all: Vec<_> =
            std::fs::read_dir(&kept).expect("a folder").map(|e| e.expect("an entry").path()).collect();
        all.sort();
        all
    };
    write("blorksjuka");
    assert!(found("blorksjukan"), "compiled");
    let first = files();
    assert_eq!(first.len(), 1);
    let written = std::fs::metadata(&first[0]).and_then(|m| m.modified()).expect("a time");
    assert!(found("blorksjukan"), "read back");
    assert_eq!(
        std::fs::metadata(&first[0]).and_then(|m| m.modified()).expect("a time"),
        written,
        "nothing was compiled anew"
    );
    // A file that was cut, or tampered with, counts for nothing and is replaced.
    let whole = std::fs::read(&first[0]).expect("bytes");
    for wrong in [&whole[..whole.len() / 2], b"", &[&whole[..40], &[whole[40] ^ 1], &whole[41..]].concat()] {
        std::fs::write(&first[0], wrong).expect("written");
        assert!(found("blorksjukan"), "compiled anew");
        assert_eq!(std::fs::read(&first[0]).expect("bytes"), whole);
    }
    write("brumlsjuka");
    assert!(found("brumlsjukan") && !found("blorksjukan"), "a list that was changed");
    assert_eq!(files().len(), 2);
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
