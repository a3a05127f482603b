//! What holds for every text: nothing is left after redaction, a second redaction changes nothing, bytes outside
//! findings stay, and no text makes the engine fail.

use fritext::{Action, Date, Engine, FieldName, Place, apply};
use proptest::prelude::*;
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::builtin(Date::new(2026, 11, 22).expect("a date")));

const PLACES: [(&str, &str); 8] = [
    ("vklass", "franvaro"),
    ("vklass", "kommentar"),
    ("lex", "handlingsrubrik"),
    ("epost", "amne"),
    ("lectio", "fravaer"),
    ("esdh", "titel"),
    ("pmo", "journal"),
    ("nowhere", "nothing"),
];

/// Pieces of text that disclose something, disguise it, or break things.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "Elvira Lindqvist",
        "Ann-Cathrin af Ek",
        "sjuk",
        "feber",
        "har adhd",
        "depressionsgruppen",
        "är muslim",
        "medlem i Kommunal",
        "20120914-9812",
        "120914 9812",
        "070761-4285",
        "070-174 06 05",
        "född 12 maj 2014",
        "hemmet@exempelby.example",
        "Storgatan 12, 147 60 Exempelby",
        "syg",
        "migræne",
        "Malte Skjoldborg",
        "skyddade personuppgifter",
        "[namn]",
        "[borttaget]",
        "E.L.",
        "giltig",
        "kl. 10",
        "och",
        "ikke",
        "får",
        "A",
        "betyg F i matematik",
        "\u{ad}",
        "\u{200b}",
        "A\u{30a}sa",
        "\0",
        "\u{1F600}",
        "İ",
        "ß",
        "\u{202e}",
        "ｆｅｂｅｒ",
        "“",
        "…",
        "(S)",
        "ledamot (S)",
        "=1+1",
        "\"",
        ";",
        ",",
    ];
    let gap = prop::sample::select(vec![" ", " ", ", ", ". ", "\n", "\r\n", "-", "", "/", "\t", "\n\n"]);
    (prop::sample::select(words.to_vec()), gap).prop_map(|(w, g)| format!("{w}{g}"))
}

fn text() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(piece(), 0..14).prop_map(|p| p.concat());
    prop_oneof![4 => pieces, 1 => ".{0,60}".prop_map(|s| s)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn redaction_leaves_nothing_and_is_idempotent(text in text(), at in 0..PLACES.len()) {
        let (system, field) = PLACES[at];
        let rules = ENGINE.rules(&FieldName { system: Some(system.into()), field: Some(field.into()) });
        let place = Place::new(&rules);
        let judged = ENGINE.judge(&text, &place);
        prop_assert!(judged.settled);
        for decision in &judged.decisions {
            let span = decision.finding.span;
            prop_assert!(text.get(span.start..span.end).is_some_and(|s| !s.is_empty()));
        }
        let mut end = 0;
        for edit in &judged.edits {
            prop_assert!(edit.span.start >= end && text.is_char_boundary(edit.span.start) && text.is_char_boundary(edit.span.end));
            end = edit.span.end;
        }
        if judged.verdict < Action::Redact {
            prop_assert!(judged.edits.is_empty());
        }
        let redacted = apply(&text, &judged.edits);
        let again = ENGINE.judge(&redacted, &place);
        prop_assert!(again.verdict < Action::Redact, "left: {:?}", again.decisions);
        prop_assert_eq!(apply(&redacted, &again.edits), redacted);
    }
}
