//! The age rule: files that hold identifiers and were last changed longer ago than their folder says.

use crate::config::{Mode, Watch};
use crate::ledger::{Ledger, Row};
use crate::model::{Category, Group};
use anyhow::Result;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Such files: the row of each, of its last version.
pub fn overdue(watch: &Watch, ledger: &Ledger) -> Result<Vec<Row>> {
    let now = jiff::Timestamp::now();
    let ages: HashMap<PathBuf, String> = watch
        .folders
        .iter()
        .filter(|f| f.mode == Mode::Flag)
        .filter_map(|f| {
            let then = now.checked_sub(jiff::SignedDuration::try_from(f.age?).ok()?).ok()?;
            Some((f.path.clone(), then.strftime("%Y-%m-%d").to_string()))
        })
        .collect();
    if ages.is_empty() {
        return Ok(Vec::new());
    }
    let mut limits = HashMap::new();
    for (folder, limit) in &ages {
        there(folder, &mut |file| {
            limits.insert(ledger.key().hash("path", file.as_os_str().as_encoded_bytes()), limit.clone());
        });
    }
    let identifiers: HashSet<&str> =
        Category::ALL.iter().filter(|c| c.group() == Group::Identifiers).map(|c| c.id()).collect();
    let mut out = Vec::new();
    ledger.list(|row| {
        let old = limits.get(&row.path_key).is_some_and(|limit| row.modified < *limit);
        if old && row.state != "superseded" && row.counts.keys().any(|c| identifiers.contains(c.as_str())) {
            out.push(row);
        }
        Ok(())
    })?;
    Ok(out)
}

/// Every file below a folder.
fn there(folder: &Path, each: &mut dyn FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => there(&entry.path(), each),
            Ok(kind) if kind.is_file() => each(&entry.path()),
            _ => {}
        }
    }
}
