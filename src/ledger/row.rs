//! What the ledger holds.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A row as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Row {
    /// Number from 1.
    pub sequence: i64,
    /// When it was written, UTC.
    pub time: String,
    /// What wrote it: `watch`, `check`, `redact`, `serve`, `quarantine`.
    pub door: String,
    /// The watched folder, or nothing.
    pub folder: String,
    /// The file, without what must not stand in a file name.
    pub path: String,
    /// The strongest action.
    pub verdict: String,
    /// `clean`, `flagged`, `redacted`, `blocked`, `superseded`; of what people do with the quarantine: `asked`,
    /// `released`, `purged`.
    pub state: String,
    /// Why it is blocked; empty otherwise.
    pub reason: String,
    /// Findings to flag, redact or block, by category.
    pub counts: BTreeMap<String, u64>,
    /// Findings by action.
    pub actions: BTreeMap<String, u64>,
    /// Texts judged.
    pub texts: u64,
    /// Where the texts stand.
    pub system: String,
    /// Where the texts stand.
    pub field: String,
    /// Version of the policy.
    pub policy_version: String,
    /// Version of the lexicons.
    pub lexicon_version: String,
    /// Keyed hash of the path as it is.
    pub path_key: String,
    /// Keyed hash of what identifies the version of the file.
    pub version_key: String,
    /// Keyed hash of the content.
    pub content_key: String,
    /// Keyed hash of the path of the result, or of an older result of the same file that still stands.
    pub target_key: String,
    /// Keyed hash of that result's content.
    pub result_key: String,
    /// Keyed hash of the path in quarantine, if the original is kept there.
    pub kept_key: String,
    /// The day the file was last changed, as its file system says.
    pub modified: String,
    /// Who did it, for what people do with the quarantine: the user's number.
    pub by: String,
    /// The row whose result this one's took the place of; 0 for none.
    pub supersedes: i64,
    /// The row whose original people did something with; 0 for none.
    pub about: i64,
}

/// A file between its scan and its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// What its row will say.
    pub row: Row,
    /// The watched folder.
    pub root: PathBuf,
    /// The watched file.
    pub source: PathBuf,
    /// Device, inode, size, and times of the file that was scanned.
    pub identity: [i64; 7],
    /// Where its result waits, if it has one.
    pub staged: Option<PathBuf>,
    /// Where its result goes.
    pub target: Option<PathBuf>,
    /// Where the original goes; if nowhere, it is removed once it is released.
    pub quarantine: Option<PathBuf>,
}
