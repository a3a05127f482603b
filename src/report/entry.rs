//! The JSON shapes of the contract.

use crate::model::{Action, Category};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One finding.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Entry {
    /// First byte (or the unit that was asked for) in the text.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
    /// What it discloses.
    pub category: &'static str,
    /// A finer word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// From 0 to 1, two decimals.
    pub confidence: f64,
    /// What the policy does.
    pub action: &'static str,
    /// The list or rule that found it.
    pub recognizer: String,
    /// The level of the policy that decided.
    pub rule: String,
    /// Stable name of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What to do and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What may stand instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// The matched text, only with `--show-text`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What is said about a record.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Answer {
    /// As the record gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// The strongest action.
    pub verdict: &'static str,
    /// All findings, allowed ones too.
    pub findings: Vec<Entry>,
    /// The whole text in a wording that may be saved, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggested_text: Option<String>,
}

/// The findings of one field of a file.
#[derive(Debug, Clone, Serialize)]
pub struct FieldEntry {
    /// The file, with what must not stand in a file name taken out.
    pub path: String,
    /// The system, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The field, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Row from 1, the header included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// Header of the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column_name: Option<String>,
    /// JSON pointer, or path of elements, of the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The strongest action.
    pub verdict: &'static str,
    /// All findings, allowed ones too.
    pub findings: Vec<Entry>,
}

/// A column that no rule names.
#[derive(Debug, Clone, Serialize)]
pub struct Unmapped {
    /// The file.
    pub path: String,
    /// Header of the column, or its number.
    pub column: String,
    /// A field of the system that it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggested_field: Option<String>,
}

/// What a run found and could not do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// Files read.
    pub files: usize,
    /// Texts judged.
    pub fields: u64,
    /// Findings by action.
    pub actions: BTreeMap<&'static str, u64>,
    /// Findings to flag, redact or block, by category.
    pub categories: BTreeMap<&'static str, u64>,
    /// The same by system.
    pub systems: BTreeMap<String, u64>,
    /// Findings to block, redact and flag by system and category, for people.
    #[serde(skip)]
    pub table: BTreeMap<(String, &'static str), [u64; 3]>,
    /// Files that were not read whole: path and reason.
    pub not_scanned: Vec<BTreeMap<&'static str, String>>,
    /// Media files that were passed over.
    pub skipped_media: usize,
    /// Free-text columns that no rule names.
    pub unmapped: Vec<Unmapped>,
    /// Version of the lexicons.
    pub lexicon_version: String,
    /// Version of the policy.
    pub policy_version: String,
}

impl Summary {
    /// Counts a finding.
    pub fn count(&mut self, action: Action, category: Category, system: Option<&str>) {
        *self.actions.entry(action.id()).or_default() += 1;
        if action > Action::Allow {
            *self.categories.entry(category.id()).or_default() += 1;
            let system = system.unwrap_or("default");
            *self.systems.entry(system.to_owned()).or_default() += 1;
            let column = Action::Block as usize - action as usize;
            self.table.entry((system.to_owned(), category.id())).or_default()[column] += 1;
        }
    }

    /// Adds the counts of another file.
    pub fn add(&mut self, other: Self) {
        self.files += other.files;
        self.fields += other.fields;
        self.skipped_media += other.skipped_media;
        self.not_scanned.extend(other.not_scanned);
        self.unmapped.extend(other.unmapped);
        other.actions.into_iter().for_each(|(k, n)| *self.actions.entry(k).or_default() += n);
        other.categories.into_iter().for_each(|(k, n)| *self.categories.entry(k).or_default() += n);
        other.systems.into_iter().for_each(|(k, n)| *self.systems.entry(k).or_default() += n);
        for (key, counts) in other.table {
            let own = self.table.entry(key).or_default();
            own.iter_mut().zip(counts).for_each(|(o, n)| *o += n);
        }
    }

    /// Whether anything is to be flagged, redacted or blocked.
    pub fn found(&self) -> bool {
        self.actions.iter().any(|(a, n)| *a != Action::Allow.id() && *n > 0)
    }

    /// Notes a file that was not read whole.
    pub fn not_scanned(&mut self, path: String, reason: String) {
        self.not_scanned.push(BTreeMap::from([("path", path), ("reason", reason)]));
    }

    /// As a line of its own.
    pub fn line(&self) -> Value {
        serde_json::json!({ "summary": self })
    }
}

/// Line and column, both from 1, the column in characters, of a byte of a text.
pub fn place_of(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1, before[line_start..].chars().count() + 1)
}
