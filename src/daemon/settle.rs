//! What was read becomes visible, its original goes, and it gets its row: many files at a time, so that they share the
//! waiting for the disk.
//!
//! The order, and why: (1) the jobs are noted in the ledger, durably; (2) each result is renamed into place, replacing
//! nothing but an older result of the same file, and the folders are flushed; (3) each original is moved to quarantine,
//! or removed if the result is the original, and only if it still is the file that was read; the folders are flushed;
//! (4) the rows are written and the notes taken out in one transaction. A crash between any two steps leaves either the
//! file untouched or a note that says what is left to do. A note whose staged file is gone means that the result is in
//! place; so when a job is undone, its note goes before its staged file.

use super::crash;
use super::notice::Notice;
use super::place::{Held, appear, folder_of, keep, make_folders, numbered, sync, trouble};
use super::work::{Bench, Outcome, Ready, Turn, state_of};
use crate::config::Mode;
use crate::ledger::{Job, Ledger, LedgerError, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tempfile::SpooledTempFile;

/// What a worker hands on.
pub(super) enum Work {
    Ready(Box<Ready>),
    /// An earlier attempt at this path left its job undone: turn, keyed hash of the path, and of the version.
    Resume(Turn, String, String),
    /// Nothing is left to do.
    Over(Turn, Outcome),
}

/// A file on its way through the steps.
struct Way {
    turn: Turn,
    spool: SpooledTempFile,
    verdict: crate::model::Action,
    row: Row,
    job: Option<Job>,
    /// The result replaces an older one of the same file.
    over: bool,
    number: Option<i64>,
    fault: Option<Outcome>,
}

/// Folders to flush, each with the files on whose way it is.
type Folders = BTreeMap<PathBuf, Vec<usize>>;

impl Bench<'_> {
    /// Does all that is left for files that were read; what came of each.
    pub(super) fn settle(&self, batch: Vec<Work>) -> Result<Vec<(Turn, Outcome)>, LedgerError> {
        let (mut out, mut ways, mut taken) = (Vec::new(), Vec::new(), BTreeSet::new());
        for work in batch {
            match work {
                Work::Resume(turn, path_key, version_key) => {
                    let outcome = self.resume(&path_key, &version_key)?;
                    out.push((turn, outcome));
                }
                Work::Over(turn, outcome) => out.push((turn, outcome)),
                Work::Ready(ready) => match self.plan(*ready, &mut taken) {
                    Ok(way) => ways.push(way),
                    Err((turn, e)) => out.push((turn, Outcome::Trouble(trouble(&e)))),
                },
            }
        }
        crash::point("before_note");
        let noted = self.insist(|l| l.begin(ways.iter().filter_map(|w| w.job.as_ref())))?;
        let Some(numbers) = noted else {
            return Ok(out.into_iter().chain(ways.into_iter().map(|w| (w.turn, Outcome::Stopped))).collect());
        };
        let mut numbers = numbers.into_iter();
        ways.iter_mut().filter(|w| w.job.is_some()).for_each(|w| w.number = numbers.next());
        crash::point("after_note");
        self.release(&mut ways)?;
        crash::point("after_release");
        self.originals(&mut ways);
        crash::point("after_originals");
        let done: Vec<(&Row, Option<i64>)> =
            ways.iter().filter(|w| w.fault.is_none()).map(|w| (&w.row, w.number)).collect();
        let numbers = if done.is_empty() { Some(Vec::new()) } else { self.insist(|l| l.finish(&done))? };
        crash::point("after_rows");
        self.tell(done.iter().map(|(row, _)| *row), numbers.as_deref().unwrap_or_default());
        let written = numbers.is_some();
        out.extend(ways.into_iter().map(|w| match w.fault {
            Some(fault) => (w.turn, fault),
            None if written => (w.turn, Outcome::Done(state_of(&w.row.state), w.verdict)),
            None => (w.turn, Outcome::Stopped),
        }));
        Ok(out)
    }

    /// Fills the notices from the ledger.
    pub(super) fn take_up_notices(&self) -> Result<(), LedgerError> {
        let named = self.folders.iter().map(|f| (f, self.folder_name(f)));
        let mut notices: Vec<_> = named.filter_map(|(f, name)| Notice::new(f, &name, &self.engine.policy)).collect();
        Notice::fill(&mut notices, &self.ledger())?;
        *self.notices.lock().expect("nobody panics while writing a notice") = notices;
        Ok(())
    }

    /// Tells people what became of their files.
    fn tell<'r>(&self, rows: impl Iterator<Item = &'r Row>, numbers: &[i64]) {
        let mut notices = self.notices.lock().expect("nobody panics while writing a notice");
        if notices.is_empty() {
            return;
        }
        let rows: Vec<Row> = rows.zip(numbers).map(|(r, n)| Row { sequence: *n, ..r.clone() }).collect();
        for notice in notices.iter_mut() {
            let news = rows.iter().filter(|r| notice.add(r)).count();
            if news > 0 && notice.write().is_err() {
                tracing::warn!("a notice beside an inbox could not be written");
            }
        }
    }

    /// Chooses names.
    fn plan(&self, ready: Ready, taken: &mut BTreeSet<PathBuf>) -> Result<Way, (Turn, io::Error)> {
        let Ready { turn, verdict, mut row, last, spool, staged } = ready;
        let folder = &self.folders[turn.folder];
        let way = |turn, row, job, over| Way { turn, spool, verdict, row, job, over, number: None, fault: None };
        let Mode::Gate { output, quarantine } = &folder.mode else { return Ok(way(turn, row, None, false)) };
        let relative = turn.path.strip_prefix(&folder.path).unwrap_or(&turn.path).to_owned();
        let keeps = matches!(row.state.as_str(), "blocked" | "redacted");
        let names = || -> io::Result<_> {
            let target = match &staged {
                Some(_) => Some(self.place(&output.join(self.neutral(&relative)), last.as_ref(), taken)?),
                None => None,
            };
            let kept = if keeps { Some(free(&quarantine.join(&relative), taken)?) } else { None };
            Ok((target, kept))
        };
        let (target, kept) = match names() {
            Ok(names) => names,
            Err(e) => {
                staged.iter().for_each(|s| drop(std::fs::remove_file(s)));
                return Err((turn, e));
            }
        };
        match (&target, &last) {
            (Some((place, _)), _) => row.target_key = self.path_key(place),
            // What stands in the output is still the result of an older version.
            (None, Some(last)) => {
                (row.target_key, row.result_key) = (last.target_key.clone(), last.result_key.clone());
            }
            (None, None) => {}
        }
        row.kept_key = kept.as_deref().map(|k| self.path_key(k)).unwrap_or_default();
        taken.extend(target.iter().map(|(t, _)| t.clone()).chain(kept.clone()));
        let over = target.as_ref().is_some_and(|(_, over)| *over);
        let job = Job {
            row: row.clone(),
            root: folder.path.clone(),
            source: turn.path.clone(),
            identity: turn.identity,
            staged,
            target: target.map(|(t, _)| t),
            quarantine: kept,
        };
        Ok(way(turn, row, Some(job), over))
    }

    /// The name for a result: the wanted one, or the one an older result of the same file has, or a free one; and
    /// whether that older result stands there.
    fn place(&self, wanted: &Path, last: Option<&Row>, taken: &BTreeSet<PathBuf>) -> io::Result<(PathBuf, bool)> {
        for place in (0u32..).map(|n| numbered(wanted, n)).filter(|p| !taken.contains(p)) {
            if place.symlink_metadata().is_err() {
                return Ok((place, false));
            }
            let own = last.filter(|l| !l.target_key.is_empty() && l.target_key == self.path_key(&place));
            if own.is_some_and(|l| self.content(&place).is_ok_and(|now| now == l.result_key)) {
                return Ok((place, true));
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    pub(super) fn path_key(&self, path: &Path) -> String {
        self.key.hash("path", path.as_os_str().as_encoded_bytes())
    }

    /// Renames the results into place.
    fn release(&self, ways: &mut [Way]) -> Result<(), LedgerError> {
        let mut folders = Folders::new();
        for (i, way) in ways.iter_mut().enumerate() {
            let Some(Job { staged: Some(staged), target: Some(target), .. }) = &way.job else { continue };
            match appear(staged, target, way.over) {
                Ok(()) => folders.entry(folder_of(target).to_owned()).or_default().push(i),
                Err(e) => {
                    // Nothing became visible: the file is done again from the beginning.
                    if let Some(number) = way.number {
                        self.insist(|l| l.forget(number))?;
                    }
                    drop(std::fs::remove_file(staged));
                    let there = e.kind() == io::ErrorKind::AlreadyExists;
                    way.fault = Some(if there { Outcome::Changed } else { Outcome::Trouble(trouble(&e)) });
                }
            }
            crash::point("between_releases");
        }
        flush(&folders, ways);
        Ok(())
    }

    /// Moves the originals away.
    fn originals(&self, ways: &mut [Way]) {
        let mut folders = Folders::new();
        for (i, way) in ways.iter_mut().enumerate() {
            let Some(job) = way.job.as_ref().filter(|_| way.fault.is_none()) else { continue };
            match original(job, Some(&mut way.spool)) {
                Ok(changed) => changed.into_iter().for_each(|f| folders.entry(f).or_default().push(i)),
                Err(e) => way.fault = Some(Outcome::Trouble(trouble(&e))),
            }
            crash::point("between_originals");
        }
        flush(&folders, ways);
    }

    /// Does what earlier attempts at a path left undone.
    fn resume(&self, path_key: &str, version_key: &str) -> Result<Outcome, LedgerError> {
        let jobs = self.ledger().jobs()?;
        let mut outcome = Outcome::Changed;
        for (number, job) in jobs.into_iter().filter(|(_, j)| j.row.path_key == path_key) {
            match self.finish_job(number, &job)? {
                Some(cause) => return Ok(Outcome::Trouble(cause)),
                None if job.row.version_key == version_key && self.has_row(path_key, version_key)? => {
                    outcome = Outcome::Done(state_of(&job.row.state), crate::model::Action::Allow);
                }
                None => {}
            }
        }
        Ok(outcome)
    }

    fn has_row(&self, path_key: &str, version_key: &str) -> Result<bool, LedgerError> {
        Ok(self.ledger().last(path_key)?.is_some_and(|r| r.version_key == version_key))
    }

    /// Takes up what a crash left; how many jobs there were.
    pub(super) fn recover(&self) -> Result<usize, LedgerError> {
        let jobs = self.ledger().jobs()?;
        for (number, job) in &jobs {
            if self.finish_job(*number, job)?.is_some() {
                tracing::warn!("an original could not be moved after a crash; it is tried again when its turn comes");
            }
        }
        Ok(jobs.len())
    }

    /// Finishes a job, or undoes it if nothing of it is visible; the cause if neither can be done now.
    fn finish_job(&self, number: i64, job: &Job) -> Result<Option<&'static str>, LedgerError> {
        let staged = job.staged.as_ref().map_or(Ok(false), |s| s.try_exists());
        match (&job.staged, staged) {
            // Whether the result is in place cannot be told now.
            (_, Err(e)) => return Ok(Some(trouble(&e))),
            (Some(staged), Ok(true)) => {
                self.ledger().forget(number)?;
                drop(std::fs::remove_file(staged));
                return Ok(None);
            }
            _ => {}
        }
        let rest = || -> io::Result<()> {
            job.target.iter().try_for_each(|t| sync(folder_of(t)))?;
            original(job, None)?.iter().try_for_each(|f| sync(f))
        };
        if let Err(e) = rest() {
            return Ok(Some(trouble(&e)));
        }
        self.ledger().finish(&[(&job.row, Some(number))])?;
        Ok(None)
    }

    /// Waits as long as the ledger cannot be written and the cause may pass: no work is taken meanwhile, since those who
    /// hand it on wait, too. `None` if the daemon is stopping.
    fn insist<T>(&self, mut act: impl FnMut(&mut Ledger) -> Result<T, LedgerError>) -> Result<Option<T>, LedgerError> {
        loop {
            match act(&mut self.ledger()) {
                Err(e) if e.passes() => {
                    if !self.ledger_held.swap(true, Relaxed) {
                        tracing::error!("{e}; no file is released until it can be written again");
                    }
                }
                other => {
                    if self.ledger_held.swap(false, Relaxed) {
                        tracing::info!("the ledger can be written again");
                    }
                    return other.map(Some);
                }
            }
            if self.stop.load(Relaxed) {
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

/// Moves the original away, if it still is the file that was read; the folders that changed.
fn original(job: &Job, spool: Option<&mut SpooledTempFile>) -> io::Result<Vec<PathBuf>> {
    let same = still(job)?;
    let from = folder_of(&job.source).to_owned();
    match (&job.quarantine, same) {
        (None, Some(held)) => {
            held.remove()?;
            Ok(vec![from])
        }
        (None, None) => Ok(Vec::new()),
        (Some(kept), Some(held)) => {
            make_folders(kept)?;
            held.move_to(kept, &job.identity)?;
            Ok(vec![folder_of(kept).to_owned(), from])
        }
        (Some(kept), None) => {
            // Another version stands there already; the one that was read is in the spool.
            let Some(spool) = spool.filter(|_| kept.symlink_metadata().is_err()) else { return Ok(Vec::new()) };
            make_folders(kept)?;
            keep(spool, kept)?;
            Ok(vec![folder_of(kept).to_owned()])
        }
    }
}

/// The watched file, if it still is the one that was read. An error if that cannot be told.
fn still(job: &Job) -> io::Result<Option<Held>> {
    let found = Held::find(&job.root, &job.source).and_then(|held| Ok((held.identity()? == job.identity, held)));
    match found {
        Ok((same, held)) => Ok(Some(held).filter(|_| same)),
        // Gone, or something else stands where it or its folder was.
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) if trouble(&e) == "link" => Ok(None),
        Err(e) => Err(e),
    }
}

/// Flushes folders; one that cannot be flushed is a fault of every file in it.
fn flush(folders: &Folders, ways: &mut [Way]) {
    for (folder, of) in folders {
        if let Err(e) = sync(folder) {
            of.iter().for_each(|i| ways[*i].fault = Some(Outcome::Trouble(trouble(&e))));
        }
    }
}

/// A name that nothing has: `x`, `x~1`, `x~2` …
fn free(wanted: &Path, taken: &BTreeSet<PathBuf>) -> io::Result<PathBuf> {
    (0u32..)
        .map(|n| numbered(wanted, n))
        .find(|p| !taken.contains(p) && p.symlink_metadata().is_err())
        .ok_or_else(|| io::ErrorKind::AlreadyExists.into())
}
