//! Records: one text with its `id`, `system`, `field` and `lang`, and the answer about it. The records of a file, the
//! service and the stub of a caller are all judged and answered here, so that they say the same.

mod entry;
mod field;

pub use entry::{Offsets, Shape, entries, entry};
pub use field::field_entry;

use crate::model::{Action, FieldName, Lang, apply};
use crate::pipeline::{Engine, Judged, Place};
use crate::policy::FieldRules;
use crate::report::Answer;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// A JSON object that was looked through.
#[derive(Debug, Clone)]
pub struct Record(Map<String, Value>);

impl Record {
    /// Reads a record; the error is one sentence without content.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        Self::new(parse_json(bytes)?)
    }

    /// Looks a value through.
    pub fn new(value: Value) -> Result<Self, String> {
        let Value::Object(record) = value else {
            return Err("a record is a JSON object".to_owned());
        };
        match record.get("text") {
            Some(Value::String(_)) => {}
            Some(_) => return Err("`text` must be a string".to_owned()),
            None => return Err("`text` is missing".to_owned()),
        }
        for key in ["system", "field", "lang"] {
            if !matches!(record.get(key), None | Some(Value::Null | Value::String(_))) {
                return Err(format!("`{key}` must be a string"));
            }
        }
        if !matches!(record.get("id"), None | Some(Value::Null | Value::String(_) | Value::Number(_))) {
            return Err("`id` must be a string or a number".to_owned());
        }
        Ok(Self(record))
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.said("text").unwrap_or_default()
    }

    /// The language it says it is in.
    pub fn lang(&self) -> Option<Lang> {
        self.said("lang").and_then(Lang::from_id)
    }

    /// A key that the record may hold besides those of every record.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Where its text stands; what it does not say is taken from `options`.
    pub fn name(&self, options: &FieldName) -> FieldName {
        FieldName {
            system: self.said("system").map(str::to_owned).or_else(|| options.system.clone()),
            field: self.said("field").map(str::to_owned).or_else(|| options.field.clone()),
        }
    }

    /// The object itself.
    pub fn into_object(self) -> Map<String, Value> {
        self.0
    }

    fn said(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(Value::as_str)
    }
}

/// Reads JSON; the error is one sentence without content.
pub fn parse_json(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|e| {
        let kind = match e.classify() {
            serde_json::error::Category::Eof => "the JSON object ends too early",
            _ => "this is no JSON object",
        };
        format!("{kind}, at column {}", e.column())
    })
}

/// Rules by name, so that each is looked up once. Names come from outside, so no more than [`Known::MOST`] are kept.
#[derive(Debug, Default)]
pub struct Known(RwLock<HashMap<FieldName, Arc<FieldRules>>>);

impl Known {
    const MOST: usize = 4096;

    /// The rules of a field.
    pub fn rules(&self, engine: &Engine, name: &FieldName) -> Arc<FieldRules> {
        if let Some(rules) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return rules.clone();
        }
        let rules = Arc::new(engine.rules(name));
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < Self::MOST {
            known.insert(name.clone(), rules.clone());
        }
        rules
    }
}

/// What of a name the policy does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// The system.
    System,
    /// The field of a system that is known.
    Field,
}

impl Unknown {
    /// Whether a name has something unknown in it.
    pub fn of(engine: &Engine, name: &FieldName) -> Option<Self> {
        let policy = &engine.policy;
        let Some(system) = policy.system(name.system.as_deref()?) else { return Some(Self::System) };
        let field = name.field.as_deref()?;
        (policy.field(system, field).is_none() && policy.field(&policy.default, field).is_none()).then_some(Self::Field)
    }
}

/// Judges a text of a record.
pub fn judge(engine: &Engine, rules: &FieldRules, text: &str, lang: Option<Lang>) -> Judged {
    engine.judge(text, &Place { lang, ..Place::new(rules) })
}

/// The answer of `check`.
pub fn check(engine: &Engine, rules: &FieldRules, record: &Record, judged: &Judged, shape: Shape<'_>) -> Answer {
    let suggested = judged.verdict >= Action::Redact && judged.settled && judged.combined.is_none();
    Answer {
        id: record.0.get("id").cloned(),
        verdict: judged.verdict.id(),
        findings: entries(engine, rules, judged, record.text(), shape),
        suggested_text: suggested.then(|| apply(record.text(), &judged.edits)),
    }
}

/// The answer of `redact`: the record with its text redacted and the verdict.
pub fn redact(record: Record, judged: &Judged) -> Map<String, Value> {
    let text = apply(record.text(), &judged.edits);
    let mut answer = record.0;
    answer.insert("text".to_owned(), json!(text));
    answer.insert("verdict".to_owned(), json!(judged.verdict.id()));
    answer
}
