//! One version of one file, from the watched folder to its row in the ledger.
//!
//! The order, and why: (1) the file is copied once into a private spool, and everything is read from that copy, so that
//! what is judged is one version; (2) the result is written into a hidden folder on the disk of the output, read again,
//! and flushed; (3) the job is noted in the ledger; (4) the result is renamed into place, replacing nothing but an older
//! result of the same file; (5) the original is moved to quarantine, or removed if the result is the original, and only
//! if it still is the file that was read; (6) the row is written and the note taken out. A crash between any two of them
//! leaves either the file untouched or a note that says what is left to do.

use super::see::{Identity, identity};
use crate::config::{Folder, Mode};
use crate::format::{FormatError, Input, Told};
use crate::judge::Seen;
use crate::ledger::{Job, Key, Ledger, LedgerError, Row};
use crate::model::Action;
use crate::pipeline::Engine;
use crate::scan::{Options, Scanned, scan};
use rustix::fs::{CWD, Mode as FileMode, OFlags, RenameFlags, open, renameat_with};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// The folder inside an output where results wait.
pub(super) const STAGING: &str = ".fritext-staging";
/// Attempts at a file that stops the program each time: one among others, three alone.
const ATTEMPTS: u32 = 4;

/// What came of a file.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It has its row.
    Done(&'static str, Action),
    /// It is not what it was when it was seen; it will be seen again.
    Changed,
    /// It could not be done now; it is tried again when the cause may have gone.
    Trouble(String),
    /// An earlier run did not survive it, or was stopped with it: it waits for a turn alone.
    Suspect,
}

/// Why work on a file stops.
enum Stop {
    Ledger(LedgerError),
    Changed,
    Trouble(io::Error),
}

impl From<LedgerError> for Stop {
    fn from(e: LedgerError) -> Self {
        Self::Ledger(e)
    }
}

impl From<io::Error> for Stop {
    fn from(e: io::Error) -> Self {
        Self::Trouble(e)
    }
}

/// What every worker shares.
pub(super) struct Bench<'a> {
    pub(super) engine: &'a Engine,
    pub(super) ledger: &'a Mutex<Ledger>,
    pub(super) key: Key,
    pub(super) spool: PathBuf,
    pub(super) policy_version: String,
    pub(super) lexicon_version: String,
}

impl Bench<'_> {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("nobody panics while holding the ledger")
    }

    /// Works on one version of a file.
    pub(super) fn work(
        &self,
        folder: &Folder,
        path: &Path,
        seen: &Identity,
        alone: bool,
    ) -> Result<Outcome, LedgerError> {
        let path_key = self.key.hash("path", path.as_os_str().as_encoded_bytes());
        let version_key = self.key.hash("version", format!("{path_key} {seen:?}").as_bytes());
        let outcome = self.through(folder, path, seen, path_key, &version_key, alone);
        if matches!(outcome, Ok(Outcome::Changed | Outcome::Trouble(_)) | Err(Stop::Changed | Stop::Trouble(_))) {
            self.ledger().unharmed(&version_key)?;
        }
        match outcome {
            Ok(outcome) => Ok(outcome),
            Err(Stop::Ledger(e)) => Err(e),
            Err(Stop::Changed) => Ok(Outcome::Changed),
            Err(Stop::Trouble(e)) if e.kind() == io::ErrorKind::NotFound => Ok(Outcome::Changed),
            Err(Stop::Trouble(e)) => Ok(Outcome::Trouble(trouble(&e).to_owned())),
        }
    }

    fn through(
        &self,
        folder: &Folder,
        path: &Path,
        seen: &Identity,
        path_key: String,
        version_key: &str,
        alone: bool,
    ) -> Result<Outcome, Stop> {
        let last = self.ledger().last(&path_key)?;
        if let Some(row) = last.as_ref().filter(|r| r.version_key == version_key) {
            return Ok(Outcome::Done(state_of(&row.state), Action::Allow));
        }
        let Some(attempts) = self.ledger().attempt(version_key, alone)? else { return Ok(Outcome::Suspect) };
        let (mut spool, content_key) = self.copy(path, seen)?;
        let name = self.name(folder, path);
        let mut row = Row {
            door: "watch".to_owned(),
            time: jiff::Timestamp::now().to_string(),
            folder: self.neutral(&folder.path),
            path: self.neutral(path.strip_prefix(&folder.path).unwrap_or(path)),
            system: name.system.clone().unwrap_or_default(),
            field: name.field.clone().unwrap_or_default(),
            policy_version: self.policy_version.clone(),
            lexicon_version: self.lexicon_version.clone(),
            path_key,
            version_key: version_key.to_owned(),
            content_key,
            ..Row::default()
        };
        let gate = matches!(folder.mode, Mode::Gate { .. });
        let options = Options { name, redact: gate, threads: 1, ..Options::default() };
        let mut staged = match &folder.mode {
            Mode::Gate { output, .. } => Some(stage(output, version_key)?),
            Mode::Flag => None,
        };
        let scanned = if attempts > ATTEMPTS {
            Err("attempts")
        } else {
            self.scan(&options, path, &mut spool, staged.as_mut(), &mut row)?
        };
        let verdict = match scanned {
            Ok(verdict) => verdict,
            Err(reason) => {
                row.reason = reason.to_owned();
                Action::Block
            }
        };
        row.verdict = verdict.id().to_owned();
        row.state = match verdict {
            Action::Allow => "clean",
            Action::Flag => "flagged",
            Action::Redact if gate => "redacted",
            Action::Redact => "flagged",
            Action::Block => "blocked",
        }
        .to_owned();
        let Mode::Gate { output, quarantine } = &folder.mode else {
            row.supersedes = last.map_or(0, |l| l.sequence);
            self.ledger().finish(&row, None)?;
            return Ok(Outcome::Done(state_of(&row.state), verdict));
        };
        let staged = staged.map(|(_, path)| path);
        let job = self.job(row, path, seen, staged, last.as_ref(), (output, quarantine), folder)?;
        let id = self.ledger().begin(&job)?;
        self.release(&job, last.as_ref())?;
        self.settle_original(&job, Some(&mut spool))?;
        self.ledger().finish(&job.row, Some(id))?;
        Ok(Outcome::Done(state_of(&job.row.state), verdict))
    }

    /// Copies a file into the spool, where nobody else sees it.
    fn copy(&self, path: &Path, seen: &Identity) -> Result<(File, String), Stop> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut source = File::from(open(path, flags, FileMode::empty()).map_err(io::Error::from)?);
        let meta = source.metadata()?;
        if !meta.is_file() || identity(&meta) != *seen {
            return Err(Stop::Changed);
        }
        let mut spool = tempfile::tempfile_in(&self.spool)?;
        let mut hasher = self.key.hasher("content");
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = source.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
            spool.write_all(&buffer[..count])?;
        }
        if identity(&source.metadata()?) != *seen {
            return Err(Stop::Changed);
        }
        spool.rewind()?;
        Ok((spool, hasher.finish()))
    }

    /// Reads the copy; the verdict, or the reason why the file is blocked. The result is in `staged`, read again.
    fn scan(
        &self,
        options: &Options,
        path: &Path,
        spool: &mut File,
        staged: Option<&mut (File, PathBuf)>,
        row: &mut Row,
    ) -> Result<Result<Action, &'static str>, Stop> {
        let counted = self.run(options, path, spool, staged.as_ref().map(|(f, _)| f), row)?;
        let verdict = match counted {
            Ok(scanned) if scanned.flaw().is_some() => return Ok(Err("broken")),
            Ok(scanned) if !scanned.settled => return Ok(Err("left")),
            Ok(scanned) if scanned.verdict == Action::Block => return Ok(Err("blocked_text")),
            Ok(scanned) => scanned.verdict,
            Err(reason) => return Ok(Err(reason)),
        };
        let Some((file, _)) = staged else { return Ok(Ok(verdict)) };
        if verdict < Action::Redact {
            // What is released is the original, byte by byte.
            spool.rewind()?;
            file.set_len(0)?;
            file.rewind()?;
            io::copy(spool, file)?;
        } else {
            file.rewind()?;
            let again = Options { redact: false, ..options.clone() };
            let again = self.run(&again, path, file, None, &mut Row::default())?;
            if !again.is_ok_and(|s| s.verdict < Action::Redact && s.flaw().is_none()) {
                return Ok(Err("left"));
            }
        }
        file.sync_all()?;
        Ok(Ok(verdict))
    }

    /// One reading of a file; faults of the disk stop it, faults of the file are a reason.
    fn run(
        &self,
        options: &Options,
        path: &Path,
        file: &mut File,
        into: Option<&File>,
        row: &mut Row,
    ) -> Result<Result<Scanned, &'static str>, Stop> {
        file.rewind()?;
        let mut out: Box<dyn Write> = match into {
            Some(file) => Box::new(BufWriter::new(file)),
            None => Box::new(io::sink()),
        };
        let mut tell = |told: &Told<'_, Seen>| {
            for decision in &told.judged.judged.decisions {
                *row.actions.entry(decision.action.id().to_owned()).or_default() += 1;
                if decision.action > Action::Allow {
                    *row.counts.entry(decision.finding.category.id().to_owned()).or_default() += 1;
                }
            }
            Ok(())
        };
        let reading =
            AssertUnwindSafe(|| scan(self.engine, options, Input::new(&mut *file), Some(path), &mut out, &mut tell));
        let scanned = match catch_unwind(reading) {
            Err(_) => return Ok(Err("internal")),
            Ok(Err(FormatError::Unread(_))) => return Ok(Err("not_scanned")),
            Ok(Err(FormatError::Io(e))) if e.kind() == io::ErrorKind::InvalidData => return Ok(Err("damaged")),
            Ok(Err(FormatError::Io(e))) if e.kind() == io::ErrorKind::FileTooLarge => return Ok(Err("too_large")),
            Ok(Err(FormatError::Io(e))) => return Err(e.into()),
            Ok(Ok(scanned)) => scanned,
        };
        out.flush()?;
        row.texts = scanned.texts;
        Ok(Ok(scanned))
    }

    /// What is left to do once the result is ready.
    #[expect(clippy::too_many_arguments, reason = "a job has these parts")]
    fn job(
        &self,
        mut row: Row,
        path: &Path,
        seen: &Identity,
        staged: Option<PathBuf>,
        last: Option<&Row>,
        (output, quarantine): (&Path, &Path),
        folder: &Folder,
    ) -> Result<Job, Stop> {
        let relative = path.strip_prefix(&folder.path).unwrap_or(path);
        let blocked = row.state == "blocked";
        let (mut target, mut result_key) = (None, String::new());
        match (&staged, blocked) {
            (Some(staged), true) => std::fs::remove_file(staged)?,
            (Some(staged), false) => {
                result_key = self.hash(staged)?;
                let wanted = output.join(self.neutral(relative));
                let own = last.filter(|l| l.state != "blocked").map(|l| l.target_key.as_str());
                let place = self.place(&wanted, own)?;
                row.target_key = self.key.hash("path", place.as_os_str().as_encoded_bytes());
                target = Some(place);
            }
            (None, _) => {}
        }
        row.supersedes = last.map_or(0, |l| l.sequence);
        let keeps = blocked || row.state == "redacted";
        let quarantine = keeps.then(|| free(&quarantine.join(relative))).transpose()?;
        let staged = staged.filter(|_| !blocked);
        Ok(Job { row, source: path.to_owned(), identity: seen.clone(), staged, target, result_key, quarantine })
    }

    /// The name for a result: the wanted one, or the one an older result of the same file has, or a free one.
    fn place(&self, wanted: &Path, own: Option<&str>) -> io::Result<PathBuf> {
        for n in 0u32.. {
            let place = numbered(wanted, n);
            let hash = self.key.hash("path", place.as_os_str().as_encoded_bytes());
            if Some(hash.as_str()) == own || place.symlink_metadata().is_err() {
                return Ok(place);
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Renames the result into place.
    fn release(&self, job: &Job, last: Option<&Row>) -> Result<(), Stop> {
        let (Some(staged), Some(target)) = (&job.staged, &job.target) else { return Ok(()) };
        if let Some(parent) = target.parent() {
            make_folders(parent)?;
        }
        let own = last.is_some_and(|l| l.target_key == job.row.target_key);
        if own {
            std::fs::rename(staged, target)?;
        } else {
            renameat_with(CWD, staged, CWD, target, RenameFlags::NOREPLACE).map_err(io::Error::from)?;
        }
        sync_parent(target)?;
        Ok(())
    }

    /// Moves the original away, if it still is the file that was read.
    fn settle_original(&self, job: &Job, spool: Option<&mut File>) -> Result<(), Stop> {
        let same = job.source.symlink_metadata().is_ok_and(|m| identity(&m) == job.identity);
        match (&job.quarantine, same) {
            (None, true) => {
                std::fs::remove_file(&job.source)?;
                sync_parent(&job.source)?;
            }
            (None, false) => {}
            (Some(kept), true) => {
                if let Some(parent) = kept.parent() {
                    make_folders(parent)?;
                }
                match renameat_with(CWD, &job.source, CWD, kept, RenameFlags::NOREPLACE) {
                    Ok(()) => {}
                    Err(rustix::io::Errno::XDEV) => {
                        copy_to(&mut File::open(&job.source)?, kept)?;
                        if job.source.symlink_metadata().is_ok_and(|m| identity(&m) == job.identity) {
                            std::fs::remove_file(&job.source)?;
                        }
                    }
                    Err(e) => return Err(io::Error::from(e).into()),
                }
                sync_parent(kept)?;
                sync_parent(&job.source)?;
            }
            (Some(kept), false) => {
                // Another version stands there already; the one that was read is in the spool.
                if let (Some(spool), false) = (spool, kept.exists()) {
                    if let Some(parent) = kept.parent() {
                        make_folders(parent)?;
                    }
                    spool.rewind()?;
                    copy_to(spool, kept)?;
                }
            }
        }
        Ok(())
    }

    /// Takes up what a crash left.
    pub(super) fn recover(&self) -> Result<usize, LedgerError> {
        let jobs = self.ledger().jobs()?;
        let count = jobs.len();
        for (id, job) in jobs {
            if job.staged.as_ref().is_some_and(|s| s.exists()) {
                // Not yet visible: the file is untouched and is done again. The note goes first: a note without its
                // staged file means that the result is in place.
                self.ledger().forget(id)?;
                job.staged.iter().for_each(|s| drop(std::fs::remove_file(s)));
                continue;
            }
            match self.settle_original(&job, None) {
                Ok(()) => {
                    self.ledger().finish(&job.row, Some(id))?;
                }
                Err(Stop::Ledger(e)) => return Err(e),
                Err(_) => tracing::warn!("an original could not be moved after a crash; it is tried at the next start"),
            }
        }
        Ok(count)
    }

    fn name(&self, folder: &Folder, path: &Path) -> crate::model::FieldName {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let by_file = folder.files.iter().find(|(pattern, _)| crate::policy::matches(pattern, &name));
        by_file.map_or_else(|| folder.name.clone(), |(_, n)| n.clone())
    }

    /// A path without what must not stand in one.
    fn neutral(&self, path: &Path) -> String {
        let parts = path.components().map(|c| self.engine.neutral_name(&c.as_os_str().to_string_lossy()));
        parts.collect::<PathBuf>().display().to_string()
    }

    fn hash(&self, file: &Path) -> io::Result<String> {
        let mut hasher = self.key.hasher("content");
        let mut file = File::open(file)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Ok(hasher.finish());
            }
            hasher.update(&buffer[..count]);
        }
    }
}

/// A new hidden file on the disk of an output.
fn stage(output: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let folder = output.join(STAGING);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let path = folder.join(name);
    if let Err(e) = std::fs::remove_file(&path)
        && e.kind() != io::ErrorKind::NotFound
    {
        return Err(e);
    }
    let file = File::options().read(true).write(true).create_new(true).mode(0o640).open(&path)?;
    Ok((file, path))
}

fn copy_to(from: &mut File, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut temp = tempfile::Builder::new().prefix(".fritext-").tempfile_in(folder)?;
    io::copy(from, &mut temp)?;
    temp.as_file().sync_all()?;
    temp.persist_noclobber(to).map_err(|e| e.error)?;
    sync_parent(to)
}

/// A name that is free: `x`, `x~1`, `x~2` …
fn free(wanted: &Path) -> io::Result<PathBuf> {
    (0u32..)
        .map(|n| numbered(wanted, n))
        .find(|p| p.symlink_metadata().is_err())
        .ok_or_else(|| io::ErrorKind::AlreadyExists.into())
}

fn numbered(path: &Path, n: u32) -> PathBuf {
    if n == 0 {
        return path.to_owned();
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!("~{n}"));
    path.with_file_name(name)
}

fn make_folders(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(path)?;
    sync_parent(path)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// A fault of the disk in one word.
fn trouble(error: &io::Error) -> &'static str {
    use io::ErrorKind as K;
    match error.kind() {
        K::PermissionDenied => "permission",
        K::StorageFull | K::QuotaExceeded => "space",
        K::ReadOnlyFilesystem => "read_only",
        _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => "link",
        _ => "disk",
    }
}

fn state_of(state: &str) -> &'static str {
    ["clean", "flagged", "redacted", "blocked", "superseded"].into_iter().find(|s| *s == state).unwrap_or("clean")
}
