//! One version of one file, from the watched folder to a result that waits to be released.
//!
//! The file is copied once into a private spool, and everything is read from that copy, so that what is judged is one
//! version. The result is written into a hidden folder on the disk of the output, read again, and flushed. What comes
//! then is in `settle`.

use super::findings::Findings;
use super::notice::Notice;
use super::place::{Held, stage, trouble};
use super::see::Identity;
use super::settle::Work;
use super::slots::Slots;
use crate::config::{Folder, Mode};
use crate::format::{FormatError, Input, Told};
use crate::judge::Seen;
use crate::ledger::{Key, Ledger, LedgerError, Row};
use crate::model::{Action, FieldName};
use crate::pipeline::Engine;
use crate::scan::{Options, Scanned, scan};
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};
use tempfile::SpooledTempFile;

/// A file that stops the program is tried so often: once among others, then alone.
const ATTEMPTS: u32 = 4;
/// A copy up to this size stays in memory.
const SMALL: usize = 64 << 10;

/// A file for a worker: number of its folder, path, version, and whether it is tried alone.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub(super) folder: usize,
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
    pub(super) alone: bool,
}

/// What came of a file.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It has its row.
    Done(&'static str, Action),
    /// It is not what it was when it was seen; it will be seen again.
    Changed,
    /// It could not be done now; it is tried again when the cause may have gone.
    Trouble(&'static str),
    /// An earlier run did not survive it, or was stopped with it: it waits for a turn alone.
    Suspect,
    /// The daemon is stopping.
    Stopped,
}

/// A file that was read: what is left is to release it.
pub(super) struct Ready {
    pub(super) turn: Turn,
    pub(super) verdict: Action,
    pub(super) row: Row,
    pub(super) last: Option<Row>,
    pub(super) spool: SpooledTempFile,
    /// The result, flushed; none if the file is blocked or stays where it is.
    pub(super) staged: Option<PathBuf>,
}

/// The same without its turn.
struct Read {
    row: Row,
    last: Option<Row>,
    spool: SpooledTempFile,
    staged: Option<PathBuf>,
    verdict: Action,
}

/// Why work on a file stops.
#[derive(Debug)]
enum Stop {
    Ledger(LedgerError),
    Now(Outcome),
    Resume(String, String),
    Disk(io::Error),
}

impl From<LedgerError> for Stop {
    fn from(e: LedgerError) -> Self {
        Self::Ledger(e)
    }
}

impl From<io::Error> for Stop {
    fn from(e: io::Error) -> Self {
        Self::Disk(e)
    }
}

/// What every worker shares.
pub(super) struct Bench<'a> {
    pub(super) engine: &'a Engine,
    pub(super) folders: &'a [Folder],
    pub(super) ledger: &'a Mutex<Ledger>,
    /// For reading while rows are written.
    pub(super) reader: Mutex<Ledger>,
    pub(super) key: Key,
    pub(super) spool: PathBuf,
    pub(super) slots: Slots,
    pub(super) stop: &'a AtomicBool,
    /// No row can be written: the ledger is locked, or its disk full.
    pub(super) ledger_held: &'a AtomicBool,
    pub(super) notices: Mutex<Vec<Notice>>,
    pub(super) policy_version: String,
    pub(super) lexicon_version: String,
}

impl Bench<'_> {
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("nobody panics while holding the ledger")
    }

    fn reader(&self) -> MutexGuard<'_, Ledger> {
        self.reader.lock().expect("nobody panics while holding the ledger")
    }

    /// Reads one version of a file as worker `slot`.
    pub(super) fn work(&self, turn: Turn, slot: usize) -> Result<Work, LedgerError> {
        let read = self.read(&turn, slot);
        // What went wrong without ending the program speaks against no file.
        let _ = self.slots.clear(slot);
        let outcome = match read {
            Ok(Read { row, last, spool, staged, verdict }) => {
                return Ok(Work::Ready(Box::new(Ready { turn, verdict, row, last, spool, staged })));
            }
            Err(Stop::Resume(path_key, version_key)) => return Ok(Work::Resume(turn, path_key, version_key)),
            Err(Stop::Ledger(e)) if !e.passes() => return Err(e),
            Err(Stop::Ledger(_)) => Outcome::Trouble("ledger"),
            Err(Stop::Now(outcome)) => outcome,
            Err(Stop::Disk(_)) if self.stop.load(Relaxed) => Outcome::Stopped,
            Err(Stop::Disk(e)) if e.kind() == io::ErrorKind::NotFound => Outcome::Changed,
            Err(Stop::Disk(e)) => Outcome::Trouble(trouble(&e)),
        };
        Ok(Work::Over(turn, outcome))
    }

    fn read(&self, turn: &Turn, slot: usize) -> Result<Read, Stop> {
        let (folder, path) = (&self.folders[turn.folder], &turn.path);
        let path_key = self.path_key(path);
        let version_key = self.key.hash("version", format!("{path_key} {:?}", turn.identity).as_bytes());
        let (last, before, left) = {
            let reader = self.reader();
            (reader.last(&path_key)?, reader.attempts(&version_key)?, reader.has_job(&path_key)?)
        };
        if left {
            return Err(Stop::Resume(path_key, version_key));
        }
        if let Some(row) = last.as_ref().filter(|r| r.version_key == version_key) {
            return Err(Stop::Now(Outcome::Done(state_of(&row.state), Action::Allow)));
        }
        if before > 0 && !turn.alone {
            return Err(Stop::Now(Outcome::Suspect));
        }
        self.slots.hold(slot, &version_key)?;
        let (mut spool, content_key) = self.copy(folder, turn)?;
        let name = name_of(folder, path);
        let mut row = Row {
            door: "watch".to_owned(),
            time: jiff::Timestamp::now().to_string(),
            folder: self.folder_name(folder),
            path: self.neutral(path.strip_prefix(&folder.path).unwrap_or(path)).display().to_string(),
            system: name.system.clone().unwrap_or_default(),
            field: name.field.clone().unwrap_or_default(),
            policy_version: self.policy_version.clone(),
            lexicon_version: self.lexicon_version.clone(),
            modified: jiff::Timestamp::from_second(turn.identity[3])
                .map(|t| t.strftime("%Y-%m-%d").to_string())
                .unwrap_or_default(),
            path_key,
            version_key,
            content_key,
            ..Row::default()
        };
        let gate = matches!(folder.mode, Mode::Gate { .. });
        let options = Options { name, redact: gate, threads: 1, ..Options::default() };
        let mut staged = match &folder.mode {
            Mode::Gate { output, .. } => Some(stage(output, &row.version_key)?),
            Mode::Flag => None,
        };
        let mut findings = self.findings(folder, path)?;
        let scanned = if before >= ATTEMPTS {
            Ok(Err("attempts"))
        } else {
            self.scan(&options, path, (&mut spool, findings.as_mut()), staged.as_mut(), &mut row)
        };
        let verdict = match scanned {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(reason)) => {
                row.reason = reason.to_owned();
                Action::Block
            }
            Err(stop) => {
                staged.iter().for_each(|(_, path)| drop(std::fs::remove_file(path)));
                return Err(stop);
            }
        };
        findings.map_or(Ok(()), Findings::end)?;
        row.verdict = verdict.id().to_owned();
        row.state = match verdict {
            Action::Allow => "clean",
            Action::Flag => "flagged",
            Action::Redact if gate => "redacted",
            Action::Redact => "flagged",
            Action::Block => "blocked",
        }
        .to_owned();
        row.supersedes = last.as_ref().map_or(0, |l| l.sequence);
        let staged = staged.map(|(_, path)| path);
        if let (Some(path), Action::Block) = (&staged, verdict) {
            std::fs::remove_file(path)?;
            return Ok(Read { row, last, spool, staged: None, verdict });
        }
        if let Some(path) = &staged {
            row.result_key = self.content(path)?;
        }
        Ok(Read { row, last, spool, staged, verdict })
    }

    /// Where the findings of a file are written, if its folder says so.
    fn findings(&self, folder: &Folder, path: &Path) -> io::Result<Option<Findings>> {
        let Some(reports) = &folder.reports else { return Ok(None) };
        let name = self.neutral(path.strip_prefix(&folder.path).unwrap_or(path));
        Findings::begin(reports, &name).map(Some)
    }

    /// Copies a file into the spool, where nobody else sees it.
    fn copy(&self, folder: &Folder, turn: &Turn) -> Result<(SpooledTempFile, String), Stop> {
        let held = Held::find(&folder.path, &turn.path)?;
        let mut source = held.open()?;
        let version = |file: &File| -> Result<(), Stop> {
            let now = super::see::identity_of(&rustix::fs::fstat(file).map_err(io::Error::from)?);
            if now == turn.identity { Ok(()) } else { Err(Stop::Now(Outcome::Changed)) }
        };
        version(&source)?;
        let mut spool = tempfile::spooled_tempfile_in(SMALL, &self.spool);
        let mut hasher = self.key.hasher("content");
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = source.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
            spool.write_all(&buffer[..count])?;
            self.go_on()?;
        }
        version(&source)?;
        spool.rewind()?;
        Ok((spool, hasher.finish()))
    }

    /// An error if the daemon is stopping: a large file is left for the next run.
    fn go_on(&self) -> io::Result<()> {
        if self.stop.load(Relaxed) { Err(io::Error::other("the daemon is stopping")) } else { Ok(()) }
    }

    /// Reads the copy; the verdict, or the reason why the file is blocked. The result is in `staged`, read again.
    fn scan(
        &self,
        options: &Options,
        path: &Path,
        (spool, findings): (&mut SpooledTempFile, Option<&mut Findings>),
        staged: Option<&mut (File, PathBuf)>,
        row: &mut Row,
    ) -> Result<Result<Action, &'static str>, Stop> {
        spool.rewind()?;
        let counted = self.run(options, path, (spool, staged.as_ref().map(|(f, _)| f)), findings, row)?;
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
            let again = self.run(&again, path, (file, None), None, &mut Row::default())?;
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
        (file, into): (&mut (impl io::Read + Send), Option<&File>),
        mut findings: Option<&mut Findings>,
        row: &mut Row,
    ) -> Result<Result<Scanned, &'static str>, Stop> {
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
            if let Some(findings) = &mut findings {
                findings.tell(self.engine, told)?;
            }
            self.go_on()
        };
        let reading =
            AssertUnwindSafe(|| scan(self.engine, options, Input::new(file), Some(path), &mut out, &mut tell));
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

    /// A path without what must not stand in one. A name that nothing is taken out of keeps its bytes.
    pub(super) fn neutral(&self, path: &Path) -> PathBuf {
        let part = |c: std::path::Component<'_>| {
            let name = c.as_os_str().to_string_lossy();
            let neutral = self.engine.neutral_name(&name);
            if neutral == name { c.as_os_str().to_owned() } else { neutral.into() }
        };
        path.components().map(part).collect()
    }

    /// A folder as rows name it.
    pub(super) fn folder_name(&self, folder: &Folder) -> String {
        self.neutral(&folder.path).display().to_string()
    }

    /// Keyed hash of a file.
    pub(super) fn content(&self, file: &Path) -> io::Result<String> {
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

/// Where the texts of a file stand.
fn name_of(folder: &Folder, path: &Path) -> FieldName {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let by_file = folder.files.iter().find(|(pattern, _)| crate::policy::matches(pattern, &name));
    by_file.map_or_else(|| folder.name.clone(), |(_, n)| n.clone())
}

pub(super) fn state_of(state: &str) -> &'static str {
    ["clean", "flagged", "redacted", "blocked", "superseded"].into_iter().find(|s| *s == state).unwrap_or("clean")
}
