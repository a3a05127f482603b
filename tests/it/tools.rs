//! The tools of those who keep the policy: keys, waivers, pseudonyms, patterns, measuring, comparing, showing.

use crate::run::{Ran, fritext, json_lines, scratch};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A folder with keys and a configuration.
struct Site {
    config: PathBuf,
}

impl Site {
    fn new(rules: &str) -> Self {
        let folder = scratch();
        let dir = folder.join("keys").display().to_string();
        assert_eq!(fritext(&["keys", "init", "--dir", &dir], "").status, 0);
        let site = Self { config: folder.join("site.yaml") };
        site.write(rules);
        site
    }

    fn write(&self, rules: &str) {
        std::fs::write(&self.config, format!("keys: {{dir: keys}}\n{rules}")).expect("written");
    }

    fn run(&self, args: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
        let config = self.config.display().to_string();
        let args: Vec<&str> = ["--config", &config].into_iter().chain(args.iter().copied()).collect();
        fritext(&args, stdin)
    }

    /// The answers about texts in a field.
    fn check(&self, system: &str, field: &str, texts: &[&str]) -> Vec<Value> {
        let ran =
            self.run(&["check", "-q", "--input-format", "records", "--format", "jsonl"], records(system, field, texts));
        assert!(ran.status < 2, "{}", ran.err);
        json_lines(&ran.out)
    }

    /// What `redact` leaves of texts in a field.
    fn redact(&self, system: &str, field: &str, texts: &[&str]) -> Vec<String> {
        let ran =
            self.run(&["redact", "-q", "--input-format", "records", "--allow-blocked"], records(system, field, texts));
        assert_eq!(ran.status, 0, "{}", ran.err);
        json_lines(&ran.out).iter().map(|a| a["text"].as_str().expect("a text").to_owned()).collect()
    }

    /// The line of a waiver.
    fn waive(&self, place: [&str; 3], until: &str, more: &[&str], stdin: &str) -> Ran {
        let [system, field, category] = place;
        let fixed = ["waive", "--system", system, "--field", field, "--category", category, "--until", until];
        let args: Vec<&str> =
            fixed.iter().chain(&["--reason", "växelns nummer", "--owner", "rektor"]).chain(more).copied().collect();
        self.run(&args, stdin)
    }
}

fn records(system: &str, field: &str, texts: &[&str]) -> String {
    texts.iter().map(|t| format!("{}\n", json!({"system": system, "field": field, "lang": "sv", "text": t}))).collect()
}

const FLAGGED: &str = "systems: {vklass: {fields: {kommentar: {phone: flag}}}}\n";
const PHONE: [&str; 3] = ["vklass", "kommentar", "phone"];

#[test]
fn keys_are_made_once_and_only_their_owner_reads_them() {
    let dir = scratch().join("keys");
    let name = dir.display().to_string();
    assert_eq!(fritext(&["keys", "init", "--dir", &name], "").status, 0);
    let read = |file: &str| std::fs::read(dir.join(file)).expect("a key");
    let (one, two) = (read("pseudonym.key"), read("waiver.key"));
    assert_eq!((one.len(), two.len()), (32, 32));
    assert_ne!(one, two);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(dir.join("waiver.key")).expect("a key").permissions().mode();
        assert_eq!(mode & 0o777, 0o400);
    }
    assert!(fritext(&["keys", "init", "--dir", &name], "").out.contains("stays"));
    assert_eq!(read("waiver.key"), two);
}

#[test]
fn what_needs_a_key_says_so() {
    let path = scratch().join("site.yaml");
    let name = path.display().to_string();
    let line = "{system: vklass, category: phone, hash: \"00000000000000000000000000000000\", reason: x, owner: y, until: \"2099-01-01\"}";
    for rules in [format!("waivers:\n  - {line}\n"), "systems: {vklass: {name: redact pseudonym}}\n".to_owned()] {
        std::fs::write(&path, &rules).expect("written");
        let ran = fritext(&["config", "check", &name], "");
        assert!(ran.status == 1 && ran.out.contains("keys init"), "{}", ran.out);
    }
    std::fs::write(&path, "keys: {dir: nowhere}\n").expect("written");
    let ran = fritext(&["--config", &name, "check"], "Hej");
    assert!(ran.status == 2 && ran.err.contains("keys init"), "{}", ran.err);
}

#[test]
fn a_waiver_lets_one_value_through_in_one_field() {
    let site = Site::new(FLAGGED);
    let texts = ["Ring 08-465 004 00", "Ring 0846500400 i dag", "Ring 08-465 004 01"];
    let verdicts = |field: &str| -> Vec<String> {
        site.check("vklass", field, &texts)
            .iter()
            .map(|a| a["verdict"].as_str().expect("a verdict").to_owned())
            .collect()
    };
    assert_eq!(verdicts("kommentar"), ["flag", "flag", "flag"]);
    let ran = site.waive(PHONE, "2099-12-31", &[], "08-465 004 00\n");
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(!ran.out.contains("465"), "the value stands nowhere: {}", ran.out);
    site.write(&format!("{FLAGGED}waivers:\n{}", ran.out));
    assert_eq!(verdicts("kommentar"), ["allow", "allow", "flag"], "however it is written, and no other");
    site.write(&format!(
        "systems: {{vklass: {{phone: flag, fields: {{kommentar: {{phone: flag}}, omdome: {{}}}}}}}}\nwaivers:\n{}",
        ran.out
    ));
    assert_eq!(verdicts("omdome"), ["flag", "flag", "flag"], "in no other field");
    let explained = site.run(&["explain", "--system", "vklass", "--field", "kommentar", "--locale", "en"], texts[0]);
    assert!(explained.out.contains("waiver in line 4"), "{}", explained.out);
}

#[test]
fn a_waiver_that_has_ended_is_told_and_does_not_apply() {
    let site = Site::new(FLAGGED);
    let line = site.waive(PHONE, "2020-01-31", &[], "08-465 004 00\n").out;
    site.write(&format!("{FLAGGED}waivers:\n{line}"));
    let ran = site.run(&["check", "--system", "vklass", "--field", "kommentar"], "Ring 08-465 004 00");
    assert_eq!(ran.status, 1, "it is flagged again");
    assert!(ran.err.contains("ended on 2020-01-31") && ran.err.contains("rektor"), "{}", ran.err);
    let ran = site.run(&["config", "check"], "");
    assert!(ran.status == 1 && ran.out.contains(":4:1: warning: this waiver ended"), "{}", ran.out);
}

/// ‘Member of …’ let through for one colleague is not let through for all, and consent can be withdrawn.
#[test]
fn a_waiver_of_a_special_category_is_bound_to_a_person() {
    let site = Site::new("");
    let union = ["hrm", "kommentar", "trade_union"];
    let basis = ["--legal-basis", "art9.2.e", "--reference", "förbundets webbplats"];
    let alone = site.waive(union, "2099-12-31", &basis, "Medlem i Sveriges Lärare\n");
    assert!(alone.status == 2 && alone.err.contains("second line"), "{}", alone.err);
    let value = "Medlem i Sveriges Lärare\nElvira Lindqvist\n";
    let ordinary = site.waive(union, "2099-12-31", &["--legal-basis", "art6.1.e"], value);
    assert!(ordinary.status == 2 && ordinary.err.contains("article 9"), "{}", ordinary.err);
    let line = site.waive(union, "2099-12-31", &basis, value).out;
    site.write(&format!("waivers:\n{line}"));
    let texts = [
        "Elvira Lindqvist är medlem i Sveriges Lärare",
        "ELVIRA LINDQVISTS kort: medlem i Sveriges Lärare",
        "Tuva Ekhammar är medlem i Sveriges Lärare",
        "Medlem i Sveriges Lärare",
    ];
    let verdicts = |site: &Site| -> Vec<String> {
        let answers = site.check("hrm", "kommentar", &texts);
        answers.iter().map(|a| a["verdict"].as_str().expect("a verdict").to_owned()).collect()
    };
    assert_eq!(verdicts(&site), ["allow", "allow", "redact", "redact"]);
    site.write(&format!("waivers:\n{}", line.replace("reason:", "withdrawn: \"2024-05-01\", reason:")));
    assert_eq!(verdicts(&site)[0], "redact");
    let answer = &site.check("hrm", "kommentar", &texts[..1])[0];
    let codes: Vec<&str> =
        answer["findings"].as_array().expect("findings").iter().filter_map(|f| f["code"].as_str()).collect();
    assert_eq!(codes, ["consent.withdrawn"]);
    let unbound =
        line.split_once(", person:").map(|(a, b)| format!("{a}{}", &b[b.find(',').expect("more")..])).expect("bound");
    site.write(&format!("waivers:\n{unbound}"));
    let ran = site.run(&["config", "check"], "");
    assert!(ran.status == 1 && ran.out.contains("bound to one person"), "{}", ran.out);
}

/// Protected identity is let through by nobody.
#[test]
fn no_waiver_lifts_protected_identity() {
    let site = Site::new("");
    let line = site.waive(["extens", "anteckning", "social"], "2099-12-31", &[], "Skyddad folkbokföring\n").out;
    site.write(&format!("waivers:\n{line}"));
    let answers = site.check("extens", "anteckning", &["Skyddad folkbokföring", "Skyddad folkbokföring, går i 7B"]);
    assert_eq!((&answers[0]["verdict"], &answers[1]["verdict"]), (&json!("allow"), &json!("block")));
}

#[test]
fn a_person_has_one_token_however_the_name_is_written() {
    let rules = "systems:\n  vklass: {fields: {kommentar: {name: redact pseudonym, personnummer: redact pseudonym}}}\n  dexter: {fields: {anteckning: {name: {action: redact, operator: pseudonym, scope: system}}}}\n  hrm: {fields: {kommentar: {name: redact pseudonym}}}\n";
    let site = Site::new(rules);
    let texts = [
        "Samtal med Elvira Lindqvist",
        "Samtal med ELVIRA LINDQVIST",
        "Elvira Lindqvists mentor ringde",
        "Samtal med Tuva Ekhammar",
        "Numret 20140512-9816 gäller",
        "Numret 140512-9816 gäller",
    ];
    let redacted = site.redact("vklass", "kommentar", &texts);
    let token = |text: &str| text[text.find('[').expect("a token")..=text.find(']').expect("its end")].to_owned();
    let tokens: Vec<String> = redacted.iter().map(|t| token(t)).collect();
    assert!(tokens[0].starts_with("[namn-") && tokens[0].len() == "[namn-]".len() + 12, "{}", tokens[0]);
    assert_eq!((&tokens[1], &tokens[2]), (&tokens[0], &tokens[0]));
    assert_ne!(tokens[3], tokens[0]);
    assert_eq!(tokens[4], tokens[5]);
    assert_eq!(token(&site.redact("hrm", "kommentar", &texts[..1])[0]), tokens[0], "everywhere in the organisation");
    assert_ne!(token(&site.redact("dexter", "anteckning", &texts[..1])[0]), tokens[0], "only in its system");
    let again: Vec<&str> = redacted.iter().map(String::as_str).collect();
    assert_eq!(site.redact("vklass", "kommentar", &again), redacted, "a token is no finding");
    let other = Site::new(rules);
    assert_ne!(token(&other.redact("vklass", "kommentar", &texts[..1])[0]), tokens[0], "another key, another token");
}

#[test]
fn patterns_of_a_site_find_and_are_checked() {
    let site = Site::new(
        "patterns:\n  - {id: personalkod, category: name, pattern: '\\bEXB\\d{4}\\b', confidence: 0.9, examples: [Ring EXB1234], counterexamples: [EXB12]}\nsystems: {vklass: {fields: {kommentar: {name: redact}}}}\n",
    );
    let answer = &site.check("vklass", "kommentar", &["Kontakta EXB1234 om nyckeln"])[0];
    assert_eq!(
        (&answer["findings"][0]["recognizer"], &answer["findings"][0]["start"]),
        (&json!("pattern:personalkod"), &json!(9))
    );
    assert_eq!(site.redact("vklass", "kommentar", &["Kontakta EXB1234 om nyckeln"]), ["Kontakta [namn] om nyckeln"]);
    for (pattern, error) in [
        ("{id: a, category: name, pattern: '(x'}", "no regular expression: unclosed group"),
        ("{id: a, category: name, pattern: 'x*'}", "match everywhere"),
        ("{id: a, category: name, pattern: '(\\pL{100}){900}'}", "grows too large"),
        ("{id: a, category: nme, pattern: 'x'}", "did you mean ‘name’?"),
        ("{id: a, category: name, pattern: 'xy', examples: [x]}", "finds nothing in its example 1"),
        ("{id: a, category: name, pattern: 'x', counterexamples: [y, xyz]}", "in its counter-example 2"),
        ("{category: name, pattern: 'x'}", "needs `id`"),
    ] {
        site.write(&format!("patterns:\n  - {pattern}\n"));
        let ran = site.run(&["config", "check"], "");
        assert!(ran.status == 1 && ran.out.contains(error) && ran.out.contains(":3:"), "{pattern}: {}", ran.out);
        assert_eq!(site.run(&["check"], "Hej").status, 2, "{pattern}");
    }
}

#[test]
fn eval_counts_marks_and_findings() {
    let path = scratch().join("gold.jsonl");
    let gold = "{\"id\":\"1\",\"lang\":\"sv\",\"system\":\"vklass\",\"field\":\"kommentar\",\"marked\":\"[[name:Elvira Lindqvist]] har [[health:feber]] och [[health:knasfläng]]\"}\n\
                {\"id\":\"2\",\"lang\":\"sv\",\"system\":\"vklass\",\"field\":\"kommentar\",\"marked\":\"Ny dator beställd\",\"mode\":\"clean\"}\n";
    std::fs::write(&path, gold).expect("written");
    let name = path.display().to_string();
    let figures: Value = serde_json::from_str(&fritext(&["eval", "--format", "json", &name], "").out).expect("JSON");
    let counts = |c: &str| ["tp", "fp", "fn"].map(|k| figures["categories"][c][k].as_u64().expect("a count"));
    assert_eq!((counts("name"), counts("health")), ([1, 0, 0], [1, 0, 1]), "{figures}");
    assert_eq!((&figures["records"], &figures["groups"]["all"]["recall"]), (&json!(2), &json!(0.6667)));
    assert!(fritext(&["eval", &name], "").out.contains("health"));
    std::fs::write(&path, "{\"marked\":\"[[helth:Elvira]]\"}\n").expect("written");
    let ran = fritext(&["eval", &name], "");
    assert!(
        ran.status == 2 && ran.err.contains(":1: unknown category ‘helth’") && !ran.err.contains("Elvira"),
        "{}",
        ran.err
    );
}

#[test]
fn config_diff_tells_what_would_stop() {
    let folder = scratch();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let new =
        file("new.yaml", "systems: {vklass: {fields: {kommentar: {phone: block, name: allow, social: allow}}}}\n");
    let table = file(
        "vklass_kommentar.csv",
        "Id;Kommentar\n1;Ring 070-174 06 05\n2;Ring 070-174 06 31\n3;Orosanmälan är gjord\n4;Läser spanska\n",
    );
    let ran = fritext(&["config", "diff", "builtin", &new, &table], "");
    assert_eq!(ran.status, 1, "{}", ran.err);
    for part in [
        "2 texts would stop",
        "1 text would no longer be pointed out",
        "vklass.kommentar   allow → block       2",
        "phone          block        0 → 2",
    ] {
        assert!(ran.out.contains(part), "{part} in\n{}", ran.out);
    }
    assert!(!ran.out.contains("070"), "{}", ran.out);
    let same = fritext(&["config", "diff", "builtin", "builtin", &table], "");
    assert!(same.status == 0 && same.out.contains("no verdict changes"), "{}", same.out);
    assert_eq!(fritext(&["config", "diff", "builtin", &new, "nowhere.csv"], "").status, 2);
}

#[test]
fn config_show_names_the_line_that_says_it() {
    let site = Site::new(
        "organisation: {name: Exempelby, country: se}\nsystems:\n  vklass:\n    fields:\n      kommentar:\n        phone: {action: allow, legal_basis: [art6.1.e], law: skollagen}\n",
    );
    let ran = site.run(&["config", "show", "vklass"], "");
    let config = site.config.display().to_string();
    let line = ran.out.lines().find(|l| l.contains("skollagen")).expect("the rule");
    assert!(line.contains("allow   phone [art6.1.e; skollagen]") && line.contains(&format!("{config}:7")), "{line}");
    assert!(ran.out.contains("(config.example.yaml:"), "built-in lines, too");
    let page = site.run(&["config", "show", "--format", "html", "--locale", "sv"], "").out;
    for part in ["<!doctype html>", "lang=\"sv\"", "Rättslig grund", "Exempelby", "Fastställd den", "</html>"] {
        assert!(page.contains(part), "{part}");
    }
    let shown: Value =
        serde_json::from_str(&site.run(&["config", "show", "vklass", "--format", "json"], "").out).expect("JSON");
    assert_eq!(shown["systems"][0]["system"], "vklass");
}

/// The warnings about bases: what the organisation does not list, and consent for texts in Sweden.
#[test]
fn config_check_compares_the_bases_with_those_of_the_organisation() {
    let site = Site::new(
        "organisation:\n  country: dk\n  bases: [art6.1.a, art6.1.b, art6.1.c, art6.1.e, art9.2.a, art9.2.b, art9.2.e]\n",
    );
    let ran = site.run(&["config", "check"], "");
    assert_eq!(ran.status, 1);
    for (basis, field) in
        [("art9.2.g", "lectio.fravaer"), ("art9.2.h", "sundhed.journal"), ("art10", "sundhed.journal")]
    {
        let line = ran
            .out
            .lines()
            .find(|l| l.contains(&format!("‘{basis}’")))
            .unwrap_or_else(|| panic!("{basis}: {}", ran.out));
        assert!(line.contains(":4:10: warning:") && line.contains(field), "{line}");
    }
    site.write("organisation: {country: se}\nsystems: {vklass: {fields: {kommentar: {health: {action: allow, legal_basis: [art9.2.a]}}}}}\n");
    let ran = site.run(&["config", "check"], "");
    assert!(
        ran.out.contains("consent, is for pictures and film") && ran.out.contains("vklass.kommentar"),
        "{}",
        ran.out
    );
}

#[test]
fn the_schema_knows_every_key_and_the_example() {
    let schema: Value = serde_json::from_str(&fritext(&["config", "schema"], "").out).expect("JSON");
    let top = schema["properties"].as_object().expect("properties");
    let example =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.yaml")).expect("readable");
    let keys =
        example.lines().filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase())).filter_map(|l| l.split(':').next());
    for key in keys {
        assert!(top.contains_key(key), "{key}");
    }
    let field = schema["$defs"]["field"]["properties"].as_object().expect("properties");
    for key in ["columns", "verbatim", "health.absence", "special", "all"] {
        assert!(field.contains_key(key), "{key}");
    }
}

/// The shape that SARIF 2.1.0 asks for, held against what its schema requires of these parts.
#[test]
fn sarif_has_the_required_shape() {
    let ran = fritext(&["check", "examples", "Cargo.lock", "nowhere.txt", "--format", "sarif", "--locale", "en"], "");
    let log: Value = serde_json::from_str(&ran.out).expect("one JSON document");
    assert_eq!((ran.status, &log["version"]), (2, &json!("2.1.0")));
    let run = &log["runs"][0];
    let rules: Vec<&str> = run["tool"]["driver"]["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .map(|r| r["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(run["tool"]["driver"]["name"], "fritext");
    assert_eq!(rules.len(), rules.iter().collect::<std::collections::BTreeSet<_>>().len(), "rules are named once");
    let results = run["results"].as_array().expect("results");
    assert!(results.len() > 100);
    for result in results {
        assert!(rules.contains(&result["ruleId"].as_str().expect("a rule")), "{result}");
        assert!(["error", "warning"].contains(&result["level"].as_str().expect("a level")), "{result}");
        assert!(result["message"]["text"].as_str().is_some_and(|t| !t.is_empty()), "{result}");
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().is_some_and(|u| !u.contains(' ')), "{result}");
        assert!(place["region"]["startLine"].as_u64().is_some_and(|l| l > 0), "{result}");
    }
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let unread = invocation["toolExecutionNotifications"][0]["message"]["text"].as_str().expect("a notification");
    assert!(unread.starts_with("not scanned: "), "{unread}");
}

#[test]
fn github_remarks_hold_no_text() {
    let folder = scratch();
    let path = folder.join("vklass kommentar.txt");
    std::fs::write(&path, "Hej\nElvira har migrän").expect("written");
    let ran = fritext(&["check", &path.display().to_string(), "--format", "github", "--locale", "en"], "");
    let expected = format!(
        "::error file={},line=2,col=12,endColumn=18,title=redact note.health::Write what the school is to do, not why. Health data may stand in PMO.\n",
        path.display()
    );
    assert_eq!((ran.status, ran.out), (1, expected));
    let records = fritext(&["check", "--input-format", "records", "--format", "sarif"], "");
    assert!(records.status == 2 && records.err.contains("JSON lines"), "{}", records.err);
}

#[test]
fn people_see_one_block_a_finding_and_counts() {
    let table =
        "Id;Kommentar;Fritt om eleven;Mer om eleven\n1;Har migrän;Läser gärna hela dagen;Kommer alltid i god tid\n";
    let ran = fritext(&["check", "--stdin-filename", "vklass.csv", "--locale", "en"], table);
    let block = "redact[note.health]: Write what the school is to do, not why. Health data may stand in PMO.\n \
                 --> vklass.csv:2:5\n  |\n2 | Har migrän\n  |     ^^^^^^ health, 0.95\n  = field: vklass.kommentar, Kommentar\n";
    assert!(ran.out.starts_with(block), "{}", ran.out);
    for part in [
        "\n1 file, ",
        "  vklass          ·      1      ·\n    health        ·      1      ·\n",
        "2 columns without a rule, judged by default: vklass.csv: Fritt om eleven, Mer om eleven",
    ] {
        assert!(ran.out.contains(part), "{part} in\n{}", ran.out);
    }
    assert_eq!(ran.out.matches("without a rule").count(), 1);
    let narrow = fritext(&["check", "--stdin-filename", "vklass.csv", "--locale", "sv"], table);
    assert!(narrow.out.contains("1 fil, "), "{}", narrow.out);
}

#[test]
fn completions_and_manual_pages() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(fritext(&["completions", shell], "").out.contains("fritext"), "{shell}");
    }
    assert!(fritext(&["man"], "").out.contains(".TH fritext 1"));
    let dir = scratch();
    assert_eq!(fritext(&["man", "--dir", &dir.display().to_string()], "").status, 0);
    assert!(dir.join("fritext-check.1").exists());
}
