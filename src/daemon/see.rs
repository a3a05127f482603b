//! Which files are there and whether they are at rest. Walks are the truth; messages of the file system only say when.

use crate::config::Folder;
use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What tells one version of a file from another: device, inode, size, time of change of content and of the inode.
pub(super) type Identity = Vec<i64>;

/// A name that programs give to what they are still writing is left alone for so long.
const UNFINISHED: Duration = Duration::from_secs(15 * 60);

/// The identity of a file.
pub(super) fn identity(meta: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    let (dev, ino, size) = (meta.dev().cast_signed(), meta.ino().cast_signed(), meta.size().cast_signed());
    vec![dev, ino, size, meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()]
}

/// A file that waits to be at rest.
struct Waiting {
    identity: Identity,
    since: Instant,
    first: Instant,
}

/// The files of one watched folder.
#[derive(Default)]
pub(super) struct Seen {
    waiting: HashMap<PathBuf, Waiting>,
    /// Versions that are being worked on or have been, in folders whose files stay.
    pub(super) done: HashMap<PathBuf, Identity>,
    /// What could not be looked at, and why.
    pub(super) trouble: Vec<(PathBuf, String)>,
}

impl Seen {
    /// Walks the folder; the files that have been at rest for long enough, by name.
    pub(super) fn walk(&mut self, folder: &Folder, at_once: bool) -> Vec<(PathBuf, Identity)> {
        let now = Instant::now();
        let mut found = Vec::new();
        self.trouble.clear();
        let mut open = vec![folder.path.clone()];
        while let Some(path) = open.pop() {
            let entries = match std::fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(e) => {
                    self.trouble.push((path, e.to_string()));
                    continue;
                }
            };
            for entry in entries.flatten() {
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    open.push(entry.path());
                } else if kind.is_file() {
                    match entry.metadata() {
                        Ok(meta) => found.push((entry.path(), identity(&meta))),
                        Err(e) => self.trouble.push((entry.path(), e.to_string())),
                    }
                } else {
                    self.trouble.push((entry.path(), "no regular file: it is not followed and not read".to_owned()));
                }
            }
        }
        let mut waiting = HashMap::with_capacity(self.waiting.len());
        let mut ready = Vec::new();
        for (path, identity) in found {
            if self.done.get(&path) == Some(&identity) {
                continue;
            }
            let before = self.waiting.remove(&path);
            let first = before.as_ref().map_or(now, |w| w.first);
            let since = before.filter(|w| w.identity == identity).map_or(now, |w| w.since);
            let long = now.duration_since(first) >= UNFINISHED;
            let settled = at_once || now.duration_since(since) >= folder.settle;
            if settled && (long || !unfinished(&path)) {
                ready.push((path.clone(), identity.clone()));
            }
            waiting.insert(path, Waiting { identity, since, first });
        }
        self.waiting = waiting;
        // What is gone from the folder is forgotten.
        ready.sort();
        ready
    }

    /// When the next file that waits may be at rest.
    pub(super) fn next(&self, folder: &Folder) -> Option<Instant> {
        self.waiting.values().map(|w| w.since + folder.settle).min()
    }

    /// Files that wait.
    pub(super) fn count(&self) -> usize {
        self.waiting.len()
    }

    /// A version is worked on.
    pub(super) fn take(&mut self, path: &Path, identity: Identity) {
        self.waiting.remove(path);
        self.done.insert(path.to_owned(), identity);
    }

    /// A version was not done, for now: it is tried again.
    pub(super) fn again(&mut self, path: &Path) {
        self.done.remove(path);
    }

    /// Forgets versions of files that are no longer there.
    pub(super) fn forget_missing(&mut self) {
        self.done.retain(|path, _| path.symlink_metadata().is_ok());
    }
}

/// Names of files that a program is still writing, or that are no documents.
fn unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name.starts_with("~$")
        || name.starts_with(".~lock")
        || name.starts_with(".fritext-")
        || name.ends_with('~')
        || [".part", ".crdownload", ".tmp", ".swp", ".partial"].iter().any(|e| name.ends_with(e))
        || matches!(name.as_str(), "thumbs.db" | ".ds_store" | "desktop.ini")
}
