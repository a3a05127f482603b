//! What the service answers.

use crate::http::{Server, site};
use crate::run::{fritext, json_lines};
use serde_json::{Value, json};

/// The answer of `check` to one record as the program gives it for files of records.
fn by_file(command: &[&str], record: &Value) -> Value {
    let ran = fritext(&[command, &["--input-format", "records"]].concat(), format!("{record}\n"));
    json_lines(&ran.out).remove(0)
}

fn without_versions(mut answer: Value) -> Value {
    let object = answer.as_object_mut().expect("an object");
    for key in ["policy_version", "lexicon_version"] {
        assert_eq!(
            object.remove(key).expect("every answer names its versions").as_str().map(str::len),
            Some(16),
            "{key}"
        );
    }
    answer
}

#[test]
fn the_service_says_what_the_program_says() {
    let server = Server::new("");
    for record in [
        json!({"id": "17", "system": "vklass", "field": "franvaro", "lang": "sv", "text": "Elvira Lindqvist är sjuk, feber"}),
        json!({"id": 18, "system": "lectio", "field": "fravaer", "lang": "da", "text": "migræne, lå i mørke", "note": [1, {"x": null}]}),
        json!({"system": "lex", "field": "handlingsrubrik", "text": "Ansökan om skolskjuts, Tuva Ekhammar", "id": null}),
        json!({"text": ""}),
        json!({"text": "Pnr 20120914-9812\r\noch 🙂 adhd\u{0}", "lang": "xx"}),
        json!({"system": "lex", "field": "handling", "text": "Tuva Ekhammar har adhd enligt intyg."}),
    ] {
        let answer = server.post("/v1/check", &record);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(without_versions(answer.json()), by_file(&["check", "--format", "jsonl"], &record));
        assert_eq!(server.post_locally("/v1/check", &record).json(), answer.json(), "the socket says the same");
        let redacted = server.post("/v1/redact", &record);
        assert_eq!(without_versions(redacted.json()), by_file(&["redact"], &record));
    }
}

#[test]
fn many_records_are_answered_in_order_or_not_at_all() {
    let server = Server::new("");
    let record = |id: u32, text: &str| json!({"id": id, "system": "vklass", "field": "kommentar", "text": text});
    let body = json!({"records": [record(1, "Har adhd"), record(2, "Bra jobbat"), record(3, "")]});
    let answer = server.post("/v1/check", &body).json();
    let told =
        |key: &str| answer["records"].as_array().expect("a list").iter().map(|r| r[key].clone()).collect::<Vec<_>>();
    assert_eq!(told("id"), [1, 2, 3]);
    assert_eq!(told("verdict"), ["redact", "allow", "allow"]);
    assert!(answer["policy_version"].is_string());
    let answer = server.post("/v1/redact", &body).json();
    assert_eq!(answer["records"][0]["text"], "Har [borttaget]");
    assert_eq!(server.post("/v1/check", &json!({"records": []})).json()["records"], json!([]));
    let answer = server.post("/v1/check", &json!({"records": [record(1, "x"), {"id": 2}]}));
    assert_eq!((answer.status, &answer.json()["detail"]), (400, &json!("records/1: `text` is missing")));
}

#[test]
fn positions_and_languages_are_those_that_were_asked_for() {
    let server = Server::new("");
    let place = |offsets: &str| {
        let text = "🙂 ö har adhd";
        let body = json!({"system": "vklass", "field": "kommentar", "text": text, "offsets": offsets});
        let found = server.post("/v1/check", &body).json()["findings"][0].clone();
        (found["start"].clone(), found["end"].clone())
    };
    assert_eq!(place("utf8"), (json!(12), json!(16)));
    assert_eq!(place("utf16"), (json!(9), json!(13)));
    assert_eq!(place("chars"), (json!(8), json!(12)));
    let message = |accepted: &str, lang: &str| {
        let body = json!({"system": "vklass", "field": "kommentar", "text": "Har adhd", "lang": lang}).to_string();
        let headers = ["Content-Type: application/json; charset=utf-8", accepted];
        server.ask("POST /v1/check", &headers, body).json()["findings"][0]["message"].as_str().expect("one").to_owned()
    };
    assert!(message("Accept-Language: en", "sv").starts_with("Write what"));
    assert!(message("Accept-Language: da-DK, en;q=0.5", "sv").starts_with("Skriv, hvad"));
    assert!(message("Accept-Language: fr", "sv").starts_with("Skriv vad"));
}

#[test]
fn an_unknown_place_gets_the_default_rule_and_a_warning() {
    let server = Server::new("");
    let answer = server.post("/v1/check", &json!({"system": "nosuch", "field": "x", "text": "Har adhd"})).json();
    assert_eq!(answer["warnings"], json!(["unknown system: judged by the rule `default`"]));
    assert_eq!(answer["findings"][0]["rule"], "default");
    let known = server.post("/v1/check", &json!({"text": "Har adhd"})).json();
    assert!(known.get("warnings").is_none(), "{known}");
    assert_eq!(known["findings"], answer["findings"]);
    let metrics = server.get("/metrics").body;
    assert!(!metrics.contains("nosuch") && !server.log().contains("nosuch"), "{metrics}");
    assert!(
        metrics.contains("fritext_records_total{tenant=\"own\",system=\"default\",verdict=\"redact\"} 2"),
        "{metrics}"
    );
    assert!(metrics.ends_with("# EOF\n"));
}

#[test]
fn forms_can_show_the_rules_that_hold() {
    let server = Server::new(
        "overrides: [{reason: need, title: {sv: Behövs, da: Nødvendigt}, legal_basis: [art9.2.b], for: [health], systems: [vklass]}]",
    );
    let answer = server.get("/v1/policy?system=Vklass&field=fr%C3%A5nvaro").json();
    assert_eq!((&answer["system"], &answer["field"]), (&json!("vklass"), &json!("franvaro")));
    let rule = |c: &str| {
        let rules = answer["rules"].as_array().expect("a list");
        rules.iter().find(|r| r["category"] == c && r.get("kind").is_none()).expect("every category").clone()
    };
    assert_eq!((&rule("health")["action"], &rule("health")["operator"]), (&json!("redact"), &json!("replace")));
    assert_eq!(rule("name")["action"], "allow");
    let offered = json!([{"reason": "need", "title": "Behövs", "legal_basis": ["art9.2.b"], "for": ["health"]}]);
    assert_eq!(answer["overrides"], offered);
    assert_eq!(server.get("/v1/policy?system=pmo").json()["overrides"], json!([]));
    assert_eq!(server.get("/v1/policy?system=a&system=b").status, 400);
}

const OFFERS: &str = "overrides:\n  - {reason: rehab, legal_basis: [art9.2.b, art9.2.h], for: [health]}";

#[test]
fn a_person_may_save_with_a_reason_that_is_offered() {
    let server = Server::new(OFFERS);
    let ask = |text: &str, reason: Value| {
        let body = json!({"system": "vklass", "field": "kommentar", "text": text, "override": reason});
        server.post("/v1/check", &body).json()
    };
    let good = json!({"reason": "rehab", "legal_basis": "art9.2.h"});
    let answer = ask("Har adhd", good.clone());
    assert_eq!((&answer["verdict"], &answer["override"]["accepted"]), (&json!("flag"), &json!(true)));
    assert!(answer.get("suggested_text").is_none());
    for (text, reason) in [
        ("Har adhd", json!({"reason": "other", "legal_basis": "art9.2.h"})),
        ("Har adhd", json!({"reason": "rehab", "legal_basis": "art9.2.a"})),
        ("Har adhd", json!({"reason": "", "legal_basis": ""})),
        ("Har adhd, är muslim", good.clone()),
        ("Skyddade personuppgifter, Tuva Ekhammar har adhd", good.clone()),
        ("Har adhd och skyddad identitet", good.clone()),
    ] {
        let answer = ask(text, reason.clone());
        assert_eq!(answer["override"]["accepted"], false, "{text} {reason}");
        assert!(["redact", "block"].contains(&answer["verdict"].as_str().expect("one")), "{text} {reason}");
        assert_eq!(answer["override"]["why"].as_str().map(str::is_empty), Some(false));
    }
    assert!(ask("Bra jobbat", good.clone()).get("override").is_none(), "nothing to save all the same");
    let body = json!({"system": "vklass", "field": "kommentar", "text": "Har adhd", "override": good});
    assert_eq!(server.post("/v1/redact", &body).json()["text"], "Har adhd");
    for wrong in [json!("rehab"), json!({}), json!({"reason": "rehab", "legal_basis": 9})] {
        assert_eq!(server.post("/v1/check", &json!({"text": "Har adhd", "override": wrong})).status, 400);
    }
    assert!(server.get("/metrics").body.contains("fritext_overrides_total{which=\"rehab\"} 2"));
}

#[test]
fn while_rules_are_new_texts_are_only_warned_about() {
    let server = Server::new("warn_only: [vklass]");
    let ask = |system: &str| server.post("/v1/check", &json!({"system": system, "text": "Har adhd"})).json();
    let answer = ask("vklass");
    assert_eq!((&answer["verdict"], &answer["would_be"]), (&json!("flag"), &json!("redact")));
    assert_eq!(answer["findings"][0]["action"], "redact", "what the rules say stands there all the same");
    let answer = ask("extens");
    assert_eq!((&answer["verdict"], answer.get("would_be")), (&json!("redact"), None));
}

#[test]
fn a_tenant_is_answered_by_its_own_policy_and_token() {
    use std::os::unix::fs::PermissionsExt;
    let folder = site(
        "serve:\n  listen: 127.0.0.1:0\n  socket: {root}/s\n  tenants:\n    norr: {config: '{root}/norr.yaml', token_file: '{root}/norr.token'}\n",
    );
    let policy = "systems:\n  vklass:\n    fields:\n      kommentar: {health: block}\n";
    std::fs::write(folder.join("norr.yaml"), policy).expect("written");
    let token = "n".repeat(40);
    std::fs::write(folder.join("norr.token"), &token).expect("written");
    std::fs::set_permissions(folder.join("norr.token"), std::fs::Permissions::from_mode(0o400)).expect("set");
    let server = Server::start(folder);
    let record = json!({"system": "vklass", "field": "kommentar", "text": "Har adhd"});
    let own = server.post("/v1/check", &record).json();
    assert_eq!(own["verdict"], "redact");
    let bearer = format!("Authorization: Bearer {token}");
    let headers = ["Content-Type: application/json", bearer.as_str()];
    let theirs = server.ask("POST /v1/norr/check", &headers, record.to_string()).json();
    assert_eq!(theirs["verdict"], "block");
    assert_ne!(theirs["policy_version"], own["policy_version"]);
    for path in ["/v1/norr/check", "/v1/nosuch/check"] {
        assert_eq!(server.post(path, &record).status, 401, "{path}");
        assert_eq!(server.post_locally(path, &record).status, 401, "{path}: the socket is no token");
    }
    assert_eq!(server.ask("GET /v1/norr/policy", &[&bearer], "").status, 200);
}

#[test]
fn a_new_policy_is_in_force_at_once_and_a_wrong_one_never() {
    let server = Server::new("");
    let record = json!({"system": "vklass", "field": "kommentar", "text": "Har adhd"});
    let ask = || server.post("/v1/check", &record).json();
    let first = ask();
    let config = server.folder.join("fritext.yaml");
    let text = std::fs::read_to_string(&config).expect("there");
    let with = |rule: &str| format!("{text}systems: {{vklass: {{fields: {{kommentar: {{health: {rule}}}}}}}}}\n");
    std::fs::write(&config, with("block")).expect("written");
    server.until("the change of the file", || ask()["verdict"] == "block");
    let second = ask();
    assert_ne!(second["policy_version"], first["policy_version"]);
    std::fs::write(&config, with("blokc")).expect("written");
    server.until("the mistake in the log", || server.log().contains("the old one stays in force"));
    assert_eq!(ask(), second);
    assert!(server.log().contains("did you mean ‘block’"), "{}", server.log());
    std::fs::write(&config, with("flag")).expect("written");
    server.signal("HUP");
    server.until("the signal", || ask()["verdict"] == "flag");
    assert!(server.get("/metrics").body.contains("fritext_reloads_total{which=\"refused\"} 1"));
}

#[test]
fn it_says_that_it_is_there_and_ends_when_told() {
    let mut server = Server::new("");
    assert_eq!((server.get("/healthz").status, server.get("/readyz").status), (200, 200));
    let document = server.get("/openapi.json").json();
    assert!(document["paths"]["/v1/check"]["post"]["responses"]["413"].is_object(), "{document}");
    server.signal("TERM");
    let status = server.child.wait().expect("it ends");
    assert!(status.success(), "{}", server.log());
    assert!(!server.folder.join("s").exists(), "the socket goes, too");
}

#[test]
fn the_ledger_counts_what_was_judged_and_what_was_saved_all_the_same() {
    let folder = site(&format!(
        "ledger: ledger.sqlite\nserve:\n  listen: 127.0.0.1:0\n  socket: '{{root}}/s'\n  {}",
        OFFERS.replace('\n', "\n  ")
    ));
    let mut server = Server::start(folder.clone());
    let ask = |text: &str, reason: Value| {
        let body = json!({"id": 1, "system": "vklass", "field": "kommentar", "text": text, "override": reason});
        server.post("/v1/check", &body).json()["verdict"].as_str().expect("one").to_owned()
    };
    assert_eq!(ask("Zaphod har adhd", Value::Null), "redact");
    assert_eq!(ask("Bra jobbat", Value::Null), "allow");
    assert_eq!(ask("Zaphod har adhd", json!({"reason": "rehab", "legal_basis": "art9.2.b"})), "flag");
    server.signal("TERM");
    assert!(server.child.wait().expect("it ends").success(), "{}", server.log());
    let config = folder.join("fritext.yaml").display().to_string();
    let listed = fritext(&["--config", &config, "ledger", "list", "--format", "jsonl"], "");
    let rows = json_lines(&listed.out);
    assert_eq!(rows.len(), 2, "{listed:?}");
    let key =
        |row: &Value| ["door", "state", "reason", "system", "field"].map(|k| row[k].as_str().expect("text").to_owned());
    assert_eq!(key(&rows[0]), ["serve", "redacted", "", "", ""]);
    assert_eq!((&rows[0]["texts"], &rows[0]["counts"]["health"]), (&json!(3), &json!(2)), "{listed:?}");
    assert_eq!(key(&rows[1]), ["serve", "overridden", "rehab art9.2.b", "vklass", "kommentar"]);
    assert_eq!(rows[1]["texts"], 1);
    assert!(!listed.out.contains("adhd") && !listed.out.contains("Zaphod"));
    assert_eq!(fritext(&["--config", &config, "ledger", "verify"], "").status, 0);
}
