//! What the daemon is doing, in a file that `fritext status` reads.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// What the daemon is doing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// When this was written, UTC.
    pub time: String,
    /// Process.
    pub pid: u32,
    /// Files that wait to be at rest, or for a worker.
    pub waiting: usize,
    /// Files being worked on.
    pub working: usize,
    /// Files done since the start, by state.
    pub done: BTreeMap<String, u64>,
    /// When the last file was done.
    pub last: String,
    /// Walks since the start.
    pub walks: u64,
    /// Why the ledger cannot be written, or nothing.
    pub ledger: String,
    /// Folders and files in trouble: path and cause.
    pub trouble: Vec<(String, String)>,
}

impl Status {
    /// Writes it, whole or not at all. It need not outlive the machine.
    pub(super) fn write(&self, state: &Path) {
        let path = state.join("status.json");
        let written = serde_json::to_vec(self).map_err(std::io::Error::from).and_then(|bytes| {
            let temp = path.with_extension("new");
            std::fs::write(&temp, bytes)?;
            std::fs::rename(&temp, &path)
        });
        if written.is_err() {
            tracing::debug!("the status could not be written");
        }
    }
}
