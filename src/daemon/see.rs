//! Which files are there and whether they are at rest. Walks are the truth; messages of the file system only say when.

use super::writers::Writers;
use crate::config::Folder;
use rustix::fs::{AtFlags, CWD, Stat, statat};
use std::collections::HashMap;
use std::fs::{DirEntry, Metadata};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What tells one version of a file from another: device, inode, size, time of change of content and of the inode.
pub(super) type Identity = [i64; 7];

/// A name that programs give to what they are still writing is left alone for so long, and so is a file that a program
/// has open for writing.
const UNFINISHED: Duration = Duration::from_secs(15 * 60);
/// So many files wait at once; the next walk finds the others.
const WAITING: usize = 8192;
/// A document whose end is missing waits so many times longer than others.
const ENDLESS: u32 = 5;

/// The identity of a file.
pub(super) fn identity_of(stat: &Stat) -> Identity {
    let (mtime, ctime) = ((stat.st_mtime, stat.st_mtime_nsec as i64), (stat.st_ctime, stat.st_ctime_nsec as i64));
    let (device, inode) = (stat.st_dev.cast_signed(), stat.st_ino.cast_signed());
    [device, inode, stat.st_size, mtime.0, mtime.1, ctime.0, ctime.1]
}

fn identity_by(meta: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    let (device, inode, size) = (meta.dev().cast_signed(), meta.ino().cast_signed(), meta.size().cast_signed());
    [device, inode, size, meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()]
}

/// A file that waits to be at rest.
struct Waiting {
    identity: Identity,
    since: Instant,
    first: Instant,
    walk: u32,
}

/// The files of one watched folder.
#[derive(Default)]
pub(super) struct Seen {
    waiting: HashMap<PathBuf, Waiting>,
    /// Versions that are being worked on or have been. By hash of the path: hash of the identity, and the walk that saw it. Two files would have to agree in both hashes
    /// for one to be taken for the other.
    done: HashMap<u64, (u64, u32)>,
    hashes: RandomState,
    /// What could not be looked at, and why.
    pub(super) trouble: Vec<(PathBuf, String)>,
    /// Which folder it was at the last walk.
    root: Option<(i64, i64)>,
    walk: u32,
    /// How long the last walk took.
    pub(super) took: Duration,
}

/// What a walk found.
#[derive(Default)]
pub(super) struct Found {
    /// The files that have been at rest for long enough, by name.
    pub(super) ready: Vec<(PathBuf, Identity)>,
    /// Something was new or changed.
    pub(super) news: bool,
    /// Another folder stands where the watched one was.
    pub(super) replaced: bool,
}

impl Seen {
    /// Walks the folder. With `once` nothing is waited for but rest.
    pub(super) fn walk(&mut self, folder: &Folder, once: bool) -> Found {
        let begun = Instant::now();
        let mut found = Found::default();
        self.trouble.clear();
        self.walk = self.walk.wrapping_add(1);
        match statat(CWD, &folder.path, AtFlags::empty()).map(|s| identity_of(&s)) {
            Ok(now) => {
                let now = (now[0], now[1]);
                found.replaced = self.root.is_some_and(|r| r != now);
                self.root = Some(now);
                self.folders(folder, begun, &mut found);
            }
            // What is in it is not gone: it cannot be seen.
            Err(_) => self.trouble.push((folder.path.clone(), "the watched folder cannot be reached".to_owned())),
        }
        let walk = self.walk;
        self.done.retain(|_, (_, last)| *last == walk);
        self.waiting.retain(|_, w| w.walk == walk);
        self.rest(folder, once, begun, &mut found);
        self.took = begun.elapsed();
        found
    }

    /// Looks at every file in every folder.
    fn folders(&mut self, folder: &Folder, now: Instant, found: &mut Found) {
        let mut open = vec![folder.path.clone()];
        while let Some(path) = open.pop() {
            let entries = match std::fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(e) => {
                    self.trouble.push((path, super::place::trouble(&e).to_owned()));
                    continue;
                }
            };
            for entry in entries.flatten() {
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    open.push(entry.path());
                } else if kind.is_file() {
                    self.file(&entry, now, found);
                } else {
                    self.trouble.push((entry.path(), "no regular file: it is not followed and not read".to_owned()));
                }
            }
        }
    }

    /// Looks at one file.
    fn file(&mut self, entry: &DirEntry, now: Instant, found: &mut Found) {
        let path = entry.path();
        let identity = match entry.metadata() {
            Ok(meta) if meta.is_file() => identity_by(&meta),
            Ok(_) => return,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return,
            Err(e) => {
                self.trouble.push((path, super::place::trouble(&e).to_owned()));
                return;
            }
        };
        let walk = self.walk;
        let version = self.hashes.hash_one(identity);
        if let Some((done, last)) = self.done.get_mut(&self.hashes.hash_one(path.as_os_str())) {
            *last = walk;
            if *done == version {
                return;
            }
        }
        match self.waiting.get_mut(&path) {
            Some(waiting) => {
                waiting.walk = walk;
                if waiting.identity != identity {
                    (waiting.identity, waiting.since) = (identity, now);
                    found.news = true;
                }
            }
            None => {
                found.news = true;
                if self.waiting.len() < WAITING {
                    self.waiting.insert(path, Waiting { identity, since: now, first: now, walk });
                }
            }
        }
    }

    /// Which of the files that wait are at rest.
    fn rest(&mut self, folder: &Folder, once: bool, now: Instant, found: &mut Found) {
        let settled = |w: &Waiting| now.duration_since(w.since) >= folder.settle;
        let still: Vec<(&PathBuf, &Waiting)> = self.waiting.iter().filter(|(_, w)| settled(w)).collect();
        if still.is_empty() {
            return;
        }
        let writers = Writers::look();
        for (path, waiting) in still {
            let rest = now.duration_since(waiting.since);
            let long = now.duration_since(waiting.first) >= UNFINISHED || once && old(&waiting.identity);
            let written = writers.holds(waiting.identity[0], waiting.identity[1]) || unfinished(path);
            let whole = || once || rest >= folder.settle * ENDLESS || has_end(path);
            if long && rest >= folder.settle || !written && whole() {
                found.ready.push((path.clone(), waiting.identity));
            }
        }
        found.ready.sort();
    }

    /// When the next file that waits may be at rest.
    pub(super) fn next(&self, folder: &Folder) -> Option<Instant> {
        self.waiting.values().map(|w| w.since + folder.settle).min()
    }

    /// Files that wait.
    pub(super) fn count(&self) -> usize {
        self.waiting.len()
    }

    /// With `--once`: files that are left alone since a program seems to be writing them.
    pub(super) fn left(&mut self, folder: &Folder) -> usize {
        let now = Instant::now();
        let settled = |w: &Waiting| now.duration_since(w.since) >= folder.settle * ENDLESS;
        let left: Vec<PathBuf> = self.waiting.iter().filter(|(_, w)| settled(w)).map(|(p, _)| p.clone()).collect();
        let count = left.len();
        for path in left {
            self.waiting.remove(&path);
            self.trouble.push((path, "a program seems to be writing it: it was left alone".to_owned()));
        }
        count
    }

    /// A version is worked on.
    pub(super) fn take(&mut self, path: &Path, identity: Identity) {
        self.waiting.remove(path);
        self.done.insert(self.hashes.hash_one(path.as_os_str()), (self.hashes.hash_one(identity), self.walk));
    }

    /// A version could not be worked on: the next walk tries it again.
    pub(super) fn again(&mut self, path: &Path) {
        self.done.remove(&self.hashes.hash_one(path.as_os_str()));
    }
}

/// Changed longer ago than programs leave files unfinished.
fn old(identity: &Identity) -> bool {
    let now = jiff::Timestamp::now().as_second();
    now.saturating_sub(identity[3]).unsigned_abs() >= UNFINISHED.as_secs()
}

/// Names of files that a program is still writing, or that are no documents.
fn unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    name.starts_with("~$")
        || name.starts_with(".~lock")
        || name.starts_with(".fritext-")
        || name.ends_with('~')
        || [".part", ".crdownload", ".tmp", ".swp", ".partial"].iter().any(|e| name.ends_with(e))
        || matches!(name.as_str(), "thumbs.db" | ".ds_store" | "desktop.ini" | "4913")
}

/// Whether a document of a kind that says where it ends has its end.
fn has_end(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let last = |text: &[u8], among: &[u8]| {
        text.iter().rev().find(|b| !b.is_ascii_whitespace() && **b != 0).is_none_or(|b| among.contains(b))
    };
    let within = |text: &[u8], mark: &[u8]| text.windows(mark.len()).any(|w| w == mark);
    match extension.as_str() {
        "xml" => tail(path, 64).is_none_or(|t| last(&t, b">")),
        "json" => tail(path, 64).is_none_or(|t| last(&t, b"}]")),
        "pdf" => tail(path, 1024).is_none_or(|t| within(&t, b"%%EOF")),
        "zip" | "docx" | "xlsx" | "pptx" | "odt" | "ods" | "odp" => {
            tail(path, 1 << 16).is_none_or(|t| within(&t, b"PK\x05\x06"))
        }
        _ => true,
    }
}

/// The last bytes of a file; `None` if it cannot be read.
fn tail(path: &Path, bytes: u64) -> Option<Vec<u8>> {
    let mut file = super::place::Held::find(path.parent()?, path).ok()?.open().ok()?;
    let size = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(bytes))).ok()?;
    let mut out = Vec::new();
    file.take(bytes).read_to_end(&mut out).ok()?;
    Some(out)
}
