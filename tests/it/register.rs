//! What the daemon and runs leave for a data protection officer: quarantine, rows, the report, old files.

use crate::run::{command, json_lines};
use crate::watch::{Site, names};
use std::time::Duration;

/// Quarantine is a register: listed with reasons and last days, released by two people, destroyed after the last day.
#[test]
fn quarantine_is_a_register() {
    let site = Site::new("gate");
    let notice = site.0.join("notice.txt");
    let more = format!("rescan: 1s, keep: 30d, notice: {}", notice.display());
    let organisation = "organisation: {name: Testskolan, country: se, contact: dataskydd@skolan.example}\nwatch:";
    site.configure(|text| text.replace("rescan: 1s", &more).replace("watch:", organisation));
    site.put("a.txt", "Har adhd\n");
    site.put("Elvira Zaphodsson.docx", b"PK\x03\x04");
    site.once(1);
    let told = std::fs::read_to_string(&notice).expect("a notice");
    assert!(
        told.contains("dataskydd@skolan.example") && told.contains("a.txt") && told.contains("E.Z..docx"),
        "{told}"
    );
    assert!(!told.contains("Zaphodsson") && !told.contains("adhd"), "{told}");
    let list = |args: &[&str]| {
        let ran = site.run(&[&["quarantine", "list", "--format", "jsonl"], args].concat());
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
        json_lines(&String::from_utf8_lossy(&ran.stdout))
    };
    let kept = list(&[]);
    assert_eq!(kept.len(), 2);
    let of = |path: &str| kept.iter().find(|k| k["path"] == path).expect("it is kept").clone();
    assert_eq!((&of("a.txt")["state"], &of("E.Z..docx")["reason"]), (&"redacted".into(), &"not_scanned".into()));
    assert_eq!(of("a.txt")["due"], false);
    let number = of("a.txt")["number"].to_string();
    let as_user = |user: &str, args: &[&str]| {
        let config = site.0.join("fritext.yaml").display().to_string();
        let ran = command(&[&["--config", config.as_str(), "-q"], args].concat()).env("SUDO_UID", user).output();
        let ran = ran.expect("fritext runs");
        let said = [ran.stdout, ran.stderr].concat();
        (ran.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let root = std::process::Command::new("id").arg("-u").output().expect("id").stdout == b"0\n";
    let (status, said) = as_user("1001", &["quarantine", "release", &number]);
    assert!(status == Some(0) && said.contains("another person"), "{said}");
    let (status, said) = as_user("1001", &["quarantine", "release", &number]);
    assert!(status == Some(2) && said.contains("yourself"), "{said}");
    if root {
        let (status, said) = as_user("1002", &["quarantine", "release", &number]);
        assert!(status == Some(0) && said.contains("a.txt~1"), "{said}");
        assert_eq!(std::fs::read(site.0.join("out/a.txt~1")).expect("there"), b"Har adhd\n");
        assert_eq!(list(&[]).len(), 1);
        let states: Vec<_> = site.rows().iter().map(|r| r["state"].clone()).collect();
        assert_eq!(&states[2..], ["asked", "released"]);
    }
    // The last day is over as soon as the time it is kept for is.
    let (_, said) = as_user("1001", &["quarantine", "purge"]);
    assert!(said.contains(": 0"), "{said}");
    site.configure(|text| text.replace("keep: 30d", "keep: 0ms"));
    let (status, said) = as_user("1001", &["quarantine", "purge"]);
    assert!(status == Some(0) && !said.contains(": 0"), "{said}");
    assert_eq!(list(&[]).len(), 0);
    assert_eq!(names(&site.0.join("kept")), Vec::<String>::new());
    assert_eq!(site.rows().last().expect("a row")["state"], "purged");
    assert!(site.verified());
}

/// A run of `check` or `redact` leaves a row where the configuration names a ledger, and the report tells of it.
#[test]
fn runs_are_recorded_and_reported() {
    let site = Site::new("flag");
    site.configure(|_| format!("extends: builtin\nledger: {}/record/ledger.sqlite\n", site.0.display()));
    std::fs::write(site.0.join("note.txt"), "Har epilepsi\n").expect("written");
    let note = site.0.join("note.txt").display().to_string();
    assert_eq!(site.run(&["check", "--system", "vklass", "--field", "kommentar", &note]).status.code(), Some(1));
    assert_eq!(site.run(&["redact", "--system", "vklass", "--field", "kommentar", &note]).status.code(), Some(0));
    assert_eq!(
        site.run(&["check", "--format", "jsonl", &site.0.join("no.txt").display().to_string()]).status.code(),
        Some(2)
    );
    let rows = site.rows();
    let said: Vec<_> =
        rows.iter().map(|r| (r["door"].clone(), r["state"].clone(), r["counts"]["health"].clone())).collect();
    assert_eq!(
        said[..2],
        [("check".into(), "flagged".into(), 1.into()), ("redact".into(), "redacted".into(), 1.into())]
    );
    assert_eq!((&rows[2]["state"], &rows[2]["reason"]), (&"blocked".into(), &"not_scanned".into()));
    assert!(site.verified());
    let ran = site.run(&["report"]);
    let report = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(report.contains("3 rows, none changed") && report.contains("| vklass | 2 | 2 |"), "{report}");
    assert!(report.contains("| pmo |") && report.contains("art9.2"), "{report}");
    let ran = site.run(&["report", "--format", "json", "--from", "2026-01-01", "--to", "2026-01-31"]);
    let report: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    assert_eq!((report["days"].clone(), report["gaps"][0][1].clone()), (0.into(), "2026-01-31".into()));
    assert_eq!(site.run(&["report", "--from", "january"]).status.code(), Some(2));
}

/// Old files with personal data in a folder that is only read are told.
#[test]
fn old_files_with_identifiers_are_told() {
    let site = Site::new("flag");
    site.configure(|text| {
        text.replace("rescan: 1s", "rescan: 1s, age: 365d")
            .replace("system: vklass, field: kommentar", "system: lex, field: handlingsrubrik")
    });
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(500 * 24 * 60 * 60);
    for (name, content) in [
        ("old.txt", "Anmälan från Elvira Zaphodsson\n"),
        ("clean.txt", "Protokoll\n"),
        ("new.txt", "Anmälan från Elvira Zaphodsson\n"),
    ] {
        site.put(name, content);
        let file = std::fs::File::options().append(true).open(site.0.join("in").join(name)).expect("there");
        if name != "new.txt" {
            file.set_modified(long_ago).expect("touched");
        }
    }
    site.once(1);
    let ran = site.run(&["status"]);
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let told: Vec<&str> = said.lines().filter(|l| l.contains("older than it may be")).collect();
    assert!(told.len() == 1 && told[0].contains("old.txt"), "{said}");
}
