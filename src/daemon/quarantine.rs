//! The register of what is in quarantine, and the ways out of it: released or purged early by two people, or purged
//! after the last day. Each is a row in the ledger.
//!
//! The row is written before the file moves, so that nothing leaves without one; a move that was broken off is finished
//! by saying the same again.

use super::place::{folder_of, make_folders, numbered, sync};
use crate::config::{Folder, Mode, Watch};
use crate::ledger::{Ledger, Row};
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A first person's word counts for so long.
const WORD: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);

/// A file in quarantine.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The file.
    pub file: PathBuf,
    /// Its row; none if somebody else put it there.
    pub row: Option<Row>,
    /// The last day it is kept, if there is one, and whether it is over.
    pub last_day: Option<(String, bool)>,
    /// What a first person asked for: the row of it.
    pub asked: Option<Row>,
    /// Number of its folder in the configuration.
    folder: usize,
}

/// What two people can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// The original goes to the output, or to the folder that is said.
    Release,
    /// The original is destroyed before its last day.
    Purge,
}

impl Wish {
    const fn reason(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Purge => "purge",
        }
    }

    const fn state(self) -> &'static str {
        match self {
            Self::Release => "released",
            Self::Purge => "purged",
        }
    }
}

/// What came of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// Another person must say the same.
    Asked,
    /// It is done; where the file is now.
    Done(Option<PathBuf>),
}

/// Everything in quarantine, the oldest first.
pub fn register(watch: &Watch, ledger: &Ledger) -> Result<Vec<Kept>> {
    let (mut rows, mut asked) = (HashMap::new(), HashMap::<i64, Row>::new());
    ledger.list(|row| {
        match row.door.as_str() {
            "quarantine" => drop(asked.insert(row.about, row)),
            _ if !row.kept_key.is_empty() => drop(rows.insert(row.kept_key.clone(), row)),
            _ => {}
        }
        Ok(())
    })?;
    let now = Timestamp::now();
    let mut out = Vec::new();
    for (number, folder) in watch.folders.iter().enumerate() {
        let Mode::Gate { quarantine, .. } = &folder.mode else { continue };
        for file in files(quarantine)? {
            let row = rows.remove(&ledger.key().hash("path", file.as_os_str().as_encoded_bytes()));
            let asked = row.as_ref().and_then(|r| asked.get(&r.sequence)).cloned();
            out.push(Kept { last_day: last_day(folder, row.as_ref(), now), file, row, asked, folder: number });
        }
    }
    out.sort_by_key(|k| k.row.as_ref().map_or(i64::MAX, |r| r.sequence));
    Ok(out)
}

fn last_day(folder: &Folder, row: Option<&Row>, now: Timestamp) -> Option<(String, bool)> {
    let since: Timestamp = row?.time.parse().ok()?;
    let end = since.checked_add(jiff::SignedDuration::try_from(folder.keep?).ok()?).ok()?;
    Some((end.strftime("%Y-%m-%d").to_string(), end < now))
}

/// Does what is wished for number `sequence`, if another person than `by` wished it before; else notes the wish.
pub fn wish(
    watch: &Watch,
    ledger: &mut Ledger,
    sequence: i64,
    wish: Wish,
    by: &str,
    to: Option<&Path>,
) -> Result<Came> {
    let kept = register(watch, ledger)?;
    let Some(kept) = kept.into_iter().find(|k| k.row.as_ref().is_some_and(|r| r.sequence == sequence)) else {
        bail!("number {sequence} is not in quarantine; `fritext quarantine list` tells what is");
    };
    let before = kept.asked.as_ref().filter(|a| a.reason == wish.reason());
    let begun = before.is_some_and(|a| a.state == wish.state());
    let word = before.filter(|a| a.state == "asked" && recent(a));
    match word {
        _ if begun => {}
        Some(first) if first.by == by => bail!(
            "you asked for it yourself on {}; another person must say the same",
            first.time.get(..10).unwrap_or_default()
        ),
        Some(_) => note(ledger, &kept, wish.state(), wish.reason(), by)?,
        None => {
            note(ledger, &kept, "asked", wish.reason(), by)?;
            return Ok(Came::Asked);
        }
    }
    match wish {
        Wish::Release => release(watch, &kept, to).map(|p| Came::Done(Some(p))),
        Wish::Purge => remove(&kept.file).map(|()| Came::Done(None)),
    }
}

/// Destroys what is past its last day; how many files.
pub fn purge_due(watch: &Watch, ledger: &mut Ledger, by: &str) -> Result<usize> {
    let due: Vec<Kept> =
        register(watch, ledger)?.into_iter().filter(|k| k.last_day.as_ref().is_some_and(|(_, over)| *over)).collect();
    for kept in &due {
        if kept.asked.as_ref().is_none_or(|a| a.state != "purged") {
            note(ledger, kept, "purged", "last_day", by)?;
        }
        remove(&kept.file)?;
    }
    Ok(due.len())
}

fn recent(row: &Row) -> bool {
    row.time.parse::<Timestamp>().is_ok_and(|t| Timestamp::now().duration_since(t) < WORD)
}

fn note(ledger: &mut Ledger, kept: &Kept, state: &str, reason: &str, by: &str) -> Result<()> {
    let about = kept.row.clone().unwrap_or_default();
    let row = Row {
        door: "quarantine".to_owned(),
        time: Timestamp::now().to_string(),
        state: state.to_owned(),
        reason: reason.to_owned(),
        by: by.to_owned(),
        about: about.sequence,
        folder: about.folder,
        path: about.path,
        verdict: about.verdict,
        content_key: about.content_key,
        ..Row::default()
    };
    ledger.write(&row)?;
    Ok(())
}

fn release(watch: &Watch, kept: &Kept, to: Option<&Path>) -> Result<PathBuf> {
    let Mode::Gate { output, quarantine } = &watch.folders[kept.folder].mode else {
        bail!("nothing is kept for this folder");
    };
    let inside = kept.file.strip_prefix(quarantine).unwrap_or(&kept.file);
    let wanted = to.unwrap_or(output).join(inside);
    let shown = || wanted.display().to_string();
    make_folders(&wanted).with_context(shown)?;
    for place in (0u32..).map(|n| numbered(&wanted, n)) {
        match renameat_with(CWD, &kept.file, CWD, &place, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(rustix::io::Errno::EXIST) => continue,
            Err(rustix::io::Errno::XDEV) => {
                if place.symlink_metadata().is_ok() {
                    continue;
                }
                super::place::copy_to(&mut File::open(&kept.file).with_context(shown)?, &place).with_context(shown)?;
                sync(folder_of(&place)).with_context(shown)?;
                std::fs::remove_file(&kept.file).with_context(shown)?;
            }
            Err(e) => return Err(e).with_context(shown),
        }
        sync(folder_of(&place)).with_context(shown)?;
        sync(folder_of(&kept.file)).with_context(shown)?;
        return Ok(place);
    }
    bail!("{}: no name is free", shown())
}

fn remove(file: &Path) -> Result<()> {
    let shown = || file.display().to_string();
    std::fs::remove_file(file).with_context(shown)?;
    sync(folder_of(file)).with_context(shown)
}

/// Every file below a folder; links are not followed.
fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let (mut out, mut open) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                Ok(kind) if kind.is_file() => out.push(entry.path()),
                _ => {}
            }
        }
    }
    out.sort();
    Ok(out)
}
