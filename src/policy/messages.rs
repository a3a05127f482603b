//! What people read about a finding: stable codes with wordings in three languages.

use super::rules::Country;
use crate::model::{Category, KINDS, Kind, Phrase, Place, Problem, Topic, nearest};
use crate::yaml::{self, Node};
use serde::{Deserialize, Serialize};

/// One message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    /// The stable name.
    pub code: String,
    /// Only under this country's rules.
    pub country: Option<Country>,
    /// Only in these places; empty is everywhere.
    pub places: Vec<Place>,
    /// Only about these; empty is everything.
    pub topics: Vec<Topic>,
    /// What to do and why.
    pub message: Phrase,
    /// A wording for the whole field; `…` stands for what only the writer knows.
    pub suggestion: Phrase,
}

impl Message {
    /// Whether it speaks about this finding in this place.
    pub fn fits(&self, place: Place, country: Option<Country>, category: Category, kind: Option<Kind>) -> bool {
        (self.country.is_none() || country.is_none() || self.country == country)
            && (self.places.is_empty() || self.places.contains(&place))
            && (self.topics.is_empty() || Topic::of(category, kind).any(|t| self.topics.contains(&t)))
    }
}

/// Reads `messages.yaml` or a configuration's `messages:`.
#[allow(dead_code)] // the build script's
pub fn load_messages(file: &str, text: &str) -> Result<Vec<Message>, Vec<Problem>> {
    let root = yaml::load(file, text)?;
    let mut problems = Vec::new();
    let mut out = Vec::new();
    for item in root.items().unwrap_or_default() {
        let mut message = Message {
            code: String::new(),
            country: None,
            places: Vec::new(),
            topics: Vec::new(),
            message: Phrase::default(),
            suggestion: Phrase::default(),
        };
        for (key, value) in item.pairs().unwrap_or_default() {
            let words = || value.items().unwrap_or_default().iter().map(|n| (n, n.text().unwrap_or_default()));
            match key.text().unwrap_or_default() {
                "code" => message.code = value.text().unwrap_or_default().to_owned(),
                "country" => {
                    message.country = Country::from_id(value.text().unwrap_or_default());
                    if message.country.is_none() {
                        problems.push(value.problem(file, "a country is se or dk"));
                    }
                }
                "places" => {
                    for (node, word) in words() {
                        match Place::from_id(word) {
                            Some(p) => message.places.push(p),
                            None => {
                                let hint = nearest(word, Place::ALL.iter().map(|(_, w)| *w));
                                problems.push(node.problem(file, format!("unknown place ‘{word}’{hint}")));
                            }
                        }
                    }
                }
                "categories" => {
                    for (node, word) in words() {
                        match Topic::from_id(word) {
                            Some(t) => message.topics.push(t),
                            None => {
                                let hint = nearest(word, Topic::ids().chain(KINDS));
                                problems.push(node.problem(file, format!("unknown category ‘{word}’{hint}")));
                            }
                        }
                    }
                }
                "message" => message.message = phrase(file, value, &mut problems),
                "suggestion" => message.suggestion = phrase(file, value, &mut problems),
                other => problems.push(key.problem(file, format!("unknown key ‘{other}’"))),
            }
        }
        if message.code.is_empty() || message.message.get("en").is_empty() {
            problems.push(item.problem(file, "a message needs a code and a wording"));
        }
        out.push(message);
    }
    if problems.is_empty() { Ok(out) } else { Err(problems) }
}

/// Reads a wording per language; a lone text stands for all of them.
pub(super) fn phrase(file: &str, node: &Node, problems: &mut Vec<Problem>) -> Phrase {
    if let Some(text) = node.text() {
        let text = text.to_owned();
        return Phrase { sv: text.clone(), da: text.clone(), en: text };
    }
    let mut out = Phrase::default();
    for (key, value) in node.pairs().unwrap_or_default() {
        let text = value.text().unwrap_or_default().to_owned();
        match key.text().unwrap_or_default() {
            "sv" => out.sv = text,
            "da" => out.da = text,
            "en" => out.en = text,
            other => {
                problems.push(key.problem(file, format!("unknown language ‘{other}’: wordings are sv, da and en")))
            }
        }
    }
    out
}
