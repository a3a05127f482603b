//! Configurations: every mistake with its place, and what a site's own rules do.

use crate::run::{Ran, fritext, json_lines, scratch};

fn with_config(yaml: &str, args: &[&str], stdin: &str) -> Ran {
    let path = scratch().join("site.yaml");
    std::fs::write(&path, yaml).expect("written");
    let path = path.display().to_string();
    let args: Vec<&str> = ["--config", &path].into_iter().chain(args.iter().copied()).collect();
    fritext(&args, stdin)
}

/// The part of the example for the service, which is commented out there.
#[test]
fn the_example_of_a_service_is_right() {
    let example = std::fs::read_to_string("config.example.yaml").expect("the example");
    let part = example.split_once("\n# serve:\n").expect("it has one").1;
    let lines: String = part.lines().map_while(|l| l.strip_prefix("# ")).map(|l| format!("{l}\n")).collect();
    let file = scratch().join("fritext.yaml");
    std::fs::write(&file, format!("serve:\n{lines}")).expect("written");
    let ran = fritext(&["config", "check", &file.display().to_string()], "");
    assert_eq!((ran.status, lines.contains("tenants:")), (0, true), "{}", ran.out);
    std::fs::write(&file, format!("serve:\n{lines}  listn: x\n")).expect("written");
    let ran = fritext(&["config", "check", &file.display().to_string()], "");
    assert!(ran.status == 1 && ran.out.contains("did you mean ‘listen’"), "{}", ran.out);
}

#[test]
fn the_example_has_no_problems_and_is_the_built_in_policy() {
    let ran = fritext(&["config", "check", "config.example.yaml"], "");
    assert_eq!((ran.status, ran.out.as_str()), (0, "config.example.yaml: no problems\n"));
    let shown = |args: &[&str]| fritext(args, "").out.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(shown(&["config", "show"]), shown(&["--config", "config.example.yaml", "config", "show"]));
}

#[test]
fn all_problems_come_at_once_with_their_place() {
    let yaml = "\
organisation: {name: X, country: se, bases: [art6.1.e]}
sytems: {}
systems:
  vklass:
    fields:
      kommentar:
        helth: redact
        religion: alow
        name: {action: allow, legal_basis: [art6.1.z]}
        health: {action: allow, legal_basis: [art6.1.e]}
        place: notes
        min_confidence: 7
        social: {operator: replace}
";
    let ran = with_config(yaml, &["config", "check"], "");
    assert_eq!(ran.status, 1);
    for part in [
        ":2:1: unknown key ‘sytems’ (did you mean ‘systems’?)",
        ":7:9: unknown key or category ‘helth’ (did you mean ‘health’?)",
        ":8:19: unknown action ‘alow’ (did you mean ‘allow’?)",
        "‘art6.1.z’ is no legal basis",
        ":10:9: ‘health’ is allowed without a basis in article 9",
        "unknown place ‘notes’ (did you mean ‘note’?)",
        "a confidence is a number from 0 to 1",
        "a rule needs an action",
        "`replace` needs a replacement",
    ] {
        assert!(ran.out.contains(part), "{part}\n{}", ran.out);
    }
    assert_eq!(with_config(yaml, &["check"], "Hej").status, 2, "a wrong configuration is not worked with");
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let ran = fritext(&["config", "check", "nowhere.yaml"], "");
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("nowhere.yaml"), "{}", ran.err);
}

#[test]
fn names_like_a_known_one_are_told() {
    let yaml = "systems:\n  vklas: {title: X, health: flag}\n  vklass: {fields: {komentar: {health: flag}}}\n";
    let ran = with_config(yaml, &["config", "check"], "");
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains(":2:3: warning: ‘vklas’ is a new system (did you mean ‘vklass’?)"), "{}", ran.out);
    assert!(ran.out.contains(":3:21: warning: ‘komentar’ is a new field of vklass"), "{}", ran.out);
}

#[test]
fn a_site_overlays_system_field_and_category() {
    let yaml = "\
systems:
  vklass:
    fields:
      kommentar: {health: flag}
  eget:
    title: Eget
    fields:
      \"note*\": {special: block, health.diet: {action: allow, legal_basis: [art9.2.g]}}
labels:
  special: {sv: \"[struket]\"}
";
    let records = "{\"system\":\"vklass\",\"field\":\"kommentar\",\"text\":\"Har adhd, firar ramadan\",\"lang\":\"sv\"}\n\
        {\"system\":\"eget\",\"field\":\"Note7\",\"text\":\"Äter glutenfritt\",\"lang\":\"sv\"}\n\
        {\"system\":\"eget\",\"field\":\"Note7\",\"text\":\"Har adhd\",\"lang\":\"sv\"}\n";
    let ran = with_config(yaml, &["check", "--input-format", "records", "--format", "jsonl"], records);
    let lines = json_lines(&ran.out);
    let action = |i: usize, c: &str| {
        lines[i]["findings"].as_array().and_then(|f| f.iter().find(|f| f["category"] == c)).map(|f| f["action"].clone())
    };
    assert_eq!(action(0, "health"), Some("flag".into()));
    assert_eq!(action(0, "religion"), Some("redact".into()));
    assert_eq!(action(1, "health"), Some("allow".into()));
    assert_eq!(lines[2]["findings"][0]["rule"], "eget.note*");
    assert_eq!(lines[2]["verdict"], "block");
    assert!(lines[0]["suggested_text"].as_str().is_some_and(|t| t.contains("[struket]")), "{}", lines[0]);
}

#[test]
fn country_chooses_the_rules() {
    let record = "{\"system\":\"vklass\",\"field\":\"kommentar\",\"text\":\"Hej\"}\n";
    let ran = with_config("organisation: {country: dk}\n", &["check", "--input-format", "records"], record);
    assert!(ran.err.contains("unknown system ‘vklass’"), "{}", ran.err);
}

#[test]
fn offsets_are_counted_as_asked() {
    let record = "{\"text\":\"😀å adhd\",\"lang\":\"sv\"}\n";
    for (unit, start) in [("utf8", 7), ("utf16", 4), ("chars", 3)] {
        let ran = fritext(&["check", "--input-format", "records", "--offsets", unit], record);
        assert_eq!(json_lines(&ran.out)[0]["findings"][0]["start"], start, "{unit}");
    }
}
