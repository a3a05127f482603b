//! `fritext config schema`: the JSON Schema of a configuration, from the same tables that the loader reads.

use super::Status;
use crate::model::{Action, Category, Encoding, Group, KINDS, Operator, Place, Sign, Topic};
use crate::policy::{FIELD_KEYS, RULE_KEYS, SYSTEM_KEYS, TOP_KEYS};
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

pub(super) fn run() -> Result<Status> {
    writeln!(io::stdout().lock(), "{}", serde_json::to_string_pretty(&schema())?)?;
    Ok(Status::Clean)
}

fn schema() -> Value {
    let top: Map<String, Value> = TOP_KEYS.iter().map(|k| ((*k).to_owned(), top_key(k))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fritext configuration",
        "type": "object",
        "additionalProperties": false,
        "properties": top,
        "$defs": {
            "bases": { "type": "array", "items": { "pattern": r"^(art6\.1\.[a-f]|art9\.2\.[a-j]|art10)$" } },
            "words": { "type": "array", "items": { "type": "string" } },
            "wording": {
                "oneOf": [
                    { "type": "string" },
                    { "type": "object", "additionalProperties": false,
                      "properties": { "sv": { "type": "string" }, "da": { "type": "string" }, "en": { "type": "string" } } },
                ],
            },
            "confidence": { "type": "number", "minimum": 0, "maximum": 1 },
            "day": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" },
            "hash": { "type": "string", "pattern": "^[0-9a-fA-F]{32}$" },
            "topic": { "enum": Topic::ids().collect::<Vec<_>>() },
            "category": { "enum": Category::ALL.iter().map(|c| c.id()).chain(KINDS).collect::<Vec<_>>() },
            "place": { "enum": Place::ALL.map(|(_, word)| word) },
            "action": { "type": "string", "pattern": actions() },
            "rule": rule(),
            "field": level(&FIELD_KEYS[..FIELD_KEYS.len() - 1]),
            "system": level(&SYSTEM_KEYS.iter().chain(FIELD_KEYS.iter()).copied().collect::<Vec<_>>()),
        },
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// `redact initials`: an action, and perhaps an operator.
fn actions() -> String {
    let words = |all: &[&str]| all.join("|");
    format!("^({})( ({}))?$", words(&Action::ALL.map(Action::id)), words(&Operator::ALL.map(Operator::id)))
}

fn rule() -> Value {
    let properties: Map<String, Value> = RULE_KEYS
        .iter()
        .map(|key| {
            let value = match *key {
                "action" => reference("action"),
                "operator" => json!({ "enum": Operator::ALL.map(Operator::id) }),
                "scope" => json!({ "enum": ["finding", "field", "system", "organisation"] }),
                "replacement" | "message" => reference("wording"),
                "keep" => json!({ "type": "array", "items": { "enum": ["validity", "times"] } }),
                "min_confidence" => reference("confidence"),
                "legal_basis" => reference("bases"),
                _ => json!({ "type": "string" }),
            };
            ((*key).to_owned(), value)
        })
        .collect();
    json!({ "oneOf": [
        reference("action"),
        { "type": "object", "required": ["action"], "additionalProperties": false, "properties": properties },
    ] })
}

/// A system or a field: its keys, and a rule for every category, kind and group.
fn level(keys: &[&str]) -> Value {
    let own = keys.iter().map(|key| {
        let value = match *key {
            "country" => json!({ "enum": ["se", "dk"] }),
            "place" => reference("place"),
            "columns" | "also" => reference("words"),
            "verbatim" => json!({ "type": "boolean" }),
            "min_confidence" => reference("confidence"),
            "legal_basis" => reference("bases"),
            "encoding" => json!({ "enum": Encoding::ALL.map(|(_, name, _)| name) }),
            "fixed" => json!({ "type": "object", "additionalProperties": { "type": "integer", "minimum": 1 } }),
            "fields" => json!({ "type": "object", "additionalProperties": reference("field") }),
            _ => json!({ "type": "string" }),
        };
        ((*key).to_owned(), value)
    });
    let rules = Topic::ids().map(|id| (id.to_owned(), reference("rule")));
    let properties: Map<String, Value> = own.chain(rules).collect();
    json!({ "type": ["object", "null"], "additionalProperties": false, "properties": properties })
}

fn top_key(key: &str) -> Value {
    let list = |item: Value| json!({ "type": "array", "items": item });
    match key {
        "extends" => json!({ "enum": ["builtin", "none"] }),
        "organisation" => json!({
            "type": "object",
            "properties": { "country": { "enum": ["se", "dk"] }, "bases": reference("bases"), "name": { "type": "string" } },
        }),
        "labels" => {
            let groups = Category::ALL.map(Category::id).into_iter().chain(Group::ALL.map(Group::id)).chain(KINDS);
            let labels: Map<String, Value> = groups.map(|id| (id.to_owned(), reference("wording"))).collect();
            json!({ "type": "object", "properties": labels })
        }
        "default" => reference("system"),
        "systems" => json!({ "type": "object", "additionalProperties": reference("system") }),
        "messages" => json!({ "type": "object", "additionalProperties": reference("wording") }),
        "lexicons" => reference("words"),
        "combinations" => list(json!({
            "type": "object", "required": ["when", "action"], "additionalProperties": false,
            "properties": {
                "when": list(json!({ "enum": Topic::ids().chain(Sign::ALL.map(|(_, w)| w)).collect::<Vec<_>>() })),
                "places": list(reference("place")), "action": reference("action"),
                "message": { "type": "string" }, "silent": { "type": "boolean" },
            },
        })),
        "patterns" => list(json!({
            "type": "object", "required": ["id", "category", "pattern"], "additionalProperties": false,
            "properties": {
                "id": { "type": "string" }, "category": reference("category"), "pattern": { "type": "string" },
                "confidence": reference("confidence"), "examples": reference("words"),
                "counterexamples": reference("words"), "note": { "type": "string" },
            },
        })),
        "keys" => json!({ "type": "object", "required": ["dir"], "additionalProperties": false,
                          "properties": { "dir": { "type": "string" } } }),
        "waivers" => list(json!({
            "type": "object", "required": ["system", "category", "hash", "reason", "owner", "until"],
            "properties": {
                "category": reference("category"), "hash": reference("hash"), "person": reference("hash"),
                "until": reference("day"), "withdrawn": reference("day"), "legal_basis": reference("bases"),
            },
            "additionalProperties": { "type": "string" },
        })),
        "ledger" | "reports" => json!({ "type": "string" }),
        _ => json!({ "type": "object" }),
    }
}
