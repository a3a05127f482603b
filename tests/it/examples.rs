//! The examples folder: something is found in every file, and redaction gives the same rows with nothing left.

use crate::run::{fritext, json_lines, scratch};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the folder").map(|e| e.expect("an entry").path()).collect();
    files.retain(|p| p.is_file() && p.extension().is_some_and(|e| e != "md"));
    files.sort();
    files
}

#[test]
fn something_is_found_in_every_file() {
    let ran = fritext(&["check", "examples", "--format", "jsonl"], "");
    assert_eq!(ran.status, 1, "{}", ran.err);
    let lines = json_lines(&ran.out);
    let found: BTreeSet<String> = lines
        .iter()
        .filter(|l| l["verdict"].as_str().is_some_and(|v| v != "allow"))
        .filter_map(|l| l["path"].as_str().map(str::to_owned))
        .collect();
    let expected: BTreeSet<String> =
        files().iter().map(|p| format!("examples/{}", p.file_name().expect("a name").to_string_lossy())).collect();
    assert_eq!(found, expected);
}

/// Several threads print the same as one.
#[test]
fn threads_change_nothing() {
    for format in ["human", "json", "jsonl"] {
        let one = fritext(&["check", "examples", "tests/data", "--format", format], "");
        let three = fritext(&["check", "examples", "tests/data", "--format", format, "--threads", "3"], "");
        assert_eq!((one.status, one.out, one.err), (three.status, three.out, three.err));
    }
}

#[test]
fn redaction_keeps_the_rows_and_leaves_nothing() {
    for path in files() {
        let name = path.display().to_string();
        let out = scratch().join(path.file_name().expect("a name"));
        let target = out.display().to_string();
        let ran = fritext(&["redact", &name, "-o", &target, "--allow-blocked"], "");
        assert_eq!(ran.status, 0, "{name}: {}", ran.err);
        let again = fritext(&["check", &target, "--format", "jsonl"], "");
        for line in json_lines(&again.out).iter().filter(|l| l["verdict"].is_string()) {
            assert!(matches!(line["verdict"].as_str(), Some("allow" | "flag")), "{name}: {line}");
        }
        let shape = |path: &Path| -> Vec<usize> {
            let bytes = std::fs::read(path).expect("readable");
            let delimiter =
                if bytes.split(|b| *b == b'\n').next().is_some_and(|l| l.contains(&b';')) { b';' } else { b',' };
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .from_reader(bytes.as_slice());
            reader.byte_records().map(|r| r.expect("a row").len()).collect()
        };
        if name.ends_with(".csv") {
            assert_eq!(shape(&path), shape(&out), "{name}");
        }
    }
}

#[test]
fn people_see_line_span_message_and_wording() {
    let ran = fritext(&["check", "examples/vklass_franvaro.csv", "--locale", "sv"], "");
    for part in [
        "redact[absence.health]: Skriv bara att eleven är frånvarande",
        "--> examples/vklass_franvaro.csv:",
        "^^^^",
        "= i stället: Frånvarande",
    ] {
        assert!(ran.out.contains(part), "{part}\n{}", ran.out);
    }
    let danish = fritext(&["check", "examples/vklass_franvaro.csv", "--locale", "da"], "");
    assert!(danish.out.contains("= i stedet: "), "{}", danish.out);
}

/// The set that integrators test against: records, and what must come of them.
#[test]
fn the_conformance_set_holds() {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/conformance").join(name);
        std::fs::read_to_string(path).expect("readable")
    };
    let (records, expected) = (read("records.jsonl"), json_lines(&read("answers.jsonl")));
    let run =
        |args: &[&str]| json_lines(&fritext(&[args, &["-q", "--input-format", "records"]].concat(), &records).out);
    let (checked, redacted) = (run(&["check", "--format", "jsonl"]), run(&["redact", "--allow-blocked"]));
    assert_eq!((checked.len(), redacted.len()), (expected.len(), expected.len()));
    for ((checked, redacted), expected) in checked.iter().zip(&redacted).zip(&expected) {
        let findings = checked["findings"].as_array().expect("findings");
        let words = |f: &serde_json::Value| {
            let kind = f["kind"].as_str().or(f["category"].as_str());
            [kind, f["action"].as_str(), f["code"].as_str()].into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        let got = serde_json::json!({
            "id": checked["id"],
            "verdict": checked["verdict"],
            "findings": findings.iter().map(words).collect::<Vec<_>>(),
            "places": findings.iter().map(|f| [&f["start"], &f["end"]]).collect::<Vec<_>>(),
            "redacted": redacted["text"],
        });
        assert_eq!(&got, expected);
    }
}
