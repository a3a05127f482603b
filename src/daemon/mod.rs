//! `fritext watch`: folders where systems drop exports.
//!
//! One thread sees and decides whose turn it is; workers do one file each. The channel between them is short, and a
//! message of the file system only sets a flag, so that no storm of them fills memory or is missed: the walk finds what
//! no message told. What is being done is in the ledger, never in memory alone.

mod see;
mod work;

use crate::config::{Events, Folder, Mode, Watch};
use crate::ledger::{Ledger, LedgerError, network};
use crate::model::Action;
use crate::pipeline::Engine;
use anyhow::{Context, Result, bail};
use notify::{RecursiveMode, Watcher};
use see::{Identity, Seen};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use work::{Bench, Outcome, STAGING};

/// Files that could not be done are tried again after so long.
const AGAIN: Duration = Duration::from_secs(15);
/// After a message of the file system: so long is waited for more of them.
const GATHER: Duration = Duration::from_millis(100);

/// How a run ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ended {
    /// Something was flagged, redacted or blocked.
    pub found: bool,
    /// Some file could not be done.
    pub failed: bool,
}

/// What the daemon is doing, for `fritext status`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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
    /// Folders and files in trouble: path and cause.
    pub trouble: Vec<(String, String)>,
}

enum Message {
    Hint,
    Done(usize, PathBuf, Identity, Result<Outcome, LedgerError>),
    Signal(i32),
}

/// A file for a worker.
struct Turn(usize, PathBuf, Identity, bool);

/// Watches until a signal ends it, or with `once` until there is nothing left to do. `reload` reads the configuration
/// again and gives a new engine, or tells why not.
pub fn watch(
    engine: Engine,
    watch: &Watch,
    policy_version: String,
    once: bool,
    reload: &dyn Fn() -> Result<Engine>,
) -> Result<Ended> {
    std::fs::create_dir_all(&watch.state).with_context(|| watch.state.display().to_string())?;
    let lock = std::fs::File::create(watch.state.join("lock")).with_context(|| watch.state.display().to_string())?;
    if lock.try_lock().is_err() {
        bail!("another fritext watch runs with the state folder {}", watch.state.display());
    }
    let ledger = Ledger::open(&watch.state)?;
    let spool = watch.state.join("spool");
    std::fs::create_dir_all(&spool).with_context(|| spool.display().to_string())?;
    let mut locks = Vec::new();
    for folder in &watch.folders {
        if !folder.path.is_dir() {
            bail!("{}: no such folder", folder.path.display());
        }
        locks.push(root_lock(folder)?);
        if let Mode::Gate { output, quarantine } = &folder.mode {
            for place in [output, quarantine] {
                std::fs::create_dir_all(place).with_context(|| place.display().to_string())?;
            }
        }
    }
    let key = ledger.key().clone();
    let ledger = Mutex::new(ledger);
    let lexicon_version = engine.lexicons.version();
    let bench = Bench { engine: &engine, ledger: &ledger, key, spool, policy_version, lexicon_version };
    let left = bench.recover()?;
    if left > 0 {
        tracing::info!(jobs = left, "took up what an earlier run had left");
    }
    for folder in &watch.folders {
        if let Mode::Gate { output, .. } = &folder.mode {
            clear(&output.join(STAGING));
        }
    }
    let (send, receive) = sync_channel(1024);
    let _signals = signals(send.clone())?;
    let hinted = Arc::new(AtomicBool::new(false));
    let _watchers = watchers(watch, &send, &hinted);
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    tracing::info!(folders = watch.folders.len(), "ready");
    let ended = std::thread::scope(|scope| {
        let (turns, todo) = sync_channel::<Turn>(watch.workers * 4);
        let todo = Arc::new(Mutex::new(todo));
        for _ in 0..watch.workers {
            let (send, todo, bench) = (send.clone(), todo.clone(), &bench);
            scope.spawn(move || {
                loop {
                    let turn = todo.lock().expect("no worker panics while it takes a turn").recv();
                    let Ok(Turn(folder, path, identity, alone)) = turn else { break };
                    let outcome = bench.work(&watch.folders[folder], &path, &identity, alone);
                    if send.send(Message::Done(folder, path, identity, outcome)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let mut state = Loop {
            watch,
            turns: Some(turns),
            seen: watch.folders.iter().map(|_| Seen::default()).collect(),
            working: 0,
            troubled: BTreeMap::new(),
            status: Status { pid: std::process::id(), ..Status::default() },
            ended: Ended::default(),
            backlog: Vec::new(),
            suspects: Vec::new(),
            alone: false,
        };
        state.run(&receive, &hinted, once, reload)
    })?;
    if let Ok(ledger) = ledger.lock() {
        ledger.note_head()?;
    }
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    tracing::info!("stopped");
    Ok(ended)
}

/// The thread that sees.
struct Loop<'a> {
    watch: &'a Watch,
    turns: Option<SyncSender<Turn>>,
    seen: Vec<Seen>,
    working: usize,
    /// Files that could not be done: cause, and when they are tried again.
    troubled: BTreeMap<(usize, PathBuf), (String, Instant)>,
    status: Status,
    ended: Ended,
    /// At rest, without a worker yet.
    backlog: Vec<Turn>,
    /// Files that an earlier run did not survive: last, and each alone.
    suspects: Vec<Turn>,
    alone: bool,
}

impl Loop<'_> {
    fn run(
        &mut self,
        receive: &Receiver<Message>,
        hinted: &AtomicBool,
        once: bool,
        reload: &dyn Fn() -> Result<Engine>,
    ) -> Result<Ended> {
        let begun = Instant::now();
        let mut due: Vec<Instant> = vec![begun; self.watch.folders.len()];
        let mut written = begun.checked_sub(Duration::from_secs(1)).unwrap_or(begun);
        loop {
            let now = Instant::now();
            if hinted.swap(false, Relaxed) {
                due.iter_mut().for_each(|d| *d = (*d).min(now + GATHER));
            }
            for (i, folder) in self.watch.folders.iter().enumerate() {
                if due[i] <= now {
                    self.walk(i, folder);
                    let soon = self.seen[i].next(folder).map(|n| n.max(now + Duration::from_millis(20)));
                    due[i] = soon.unwrap_or(now + folder.rescan).min(now + folder.rescan);
                }
            }
            self.hand_out();
            if now.duration_since(written) >= Duration::from_secs(1) {
                self.write_status();
                written = now;
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
            }
            let idle = self.working == 0
                && self.backlog.is_empty()
                && self.suspects.is_empty()
                && self.seen.iter().all(|s| s.count() == 0);
            if once && idle {
                return Ok(self.end());
            }
            if once
                && self.working == 0
                && self.backlog.is_empty()
                && now.duration_since(begun) > Duration::from_secs(20 * 60)
            {
                self.ended.failed = true;
                return Ok(self.end());
            }
            let next = due.iter().min().copied().unwrap_or(now + Duration::from_secs(1));
            let wait = next.saturating_duration_since(now).min(Duration::from_secs(1)).max(Duration::from_millis(5));
            match receive.recv_timeout(wait) {
                Ok(message) => {
                    if let Some(stop) = self.take(message, reload)? {
                        return Ok(stop);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => bail!("the workers stopped"),
            }
        }
    }

    fn walk(&mut self, number: usize, folder: &Folder) {
        let now = Instant::now();
        let seen = &mut self.seen[number];
        let ready = seen.walk(folder, false);
        self.troubled.retain(|(n, path), (_, again)| *n != number || *again > now || path.symlink_metadata().is_ok());
        for (path, identity) in ready {
            if self.troubled.get(&(number, path.clone())).is_some_and(|(_, again)| *again > now) {
                seen.take(&path, identity);
                seen.again(&path);
                continue;
            }
            seen.take(&path, identity.clone());
            self.backlog.push(Turn(number, path, identity, false));
        }
        seen.forget_missing();
    }

    /// Hands files to workers that are free, small ones not behind large ones of the same walk.
    fn hand_out(&mut self) {
        if self.alone {
            return;
        }
        if self.working == 0
            && self.backlog.is_empty()
            && let Some(turn) = self.suspects.pop()
        {
            self.alone = true;
            self.backlog.push(turn);
        }
        self.backlog.sort_by_key(|t| std::cmp::Reverse(t.2[2]));
        while let Some(turn) = self.backlog.pop() {
            let Some(turns) = &self.turns else { return };
            match turns.try_send(turn) {
                Ok(()) => self.working += 1,
                Err(TrySendError::Full(turn) | TrySendError::Disconnected(turn)) => {
                    self.backlog.push(turn);
                    return;
                }
            }
        }
    }

    /// Takes a message; the end, if it is one.
    fn take(&mut self, message: Message, reload: &dyn Fn() -> Result<Engine>) -> Result<Option<Ended>> {
        match message {
            Message::Hint => {}
            Message::Signal(signal_hook::consts::SIGHUP) => match reload() {
                Ok(_) => {
                    tracing::warn!("the configuration is right; it takes effect when fritext watch is started again")
                }
                Err(e) => tracing::error!("the configuration is wrong and the old one stays in force: {e:#}"),
            },
            Message::Signal(_) => return Ok(Some(self.end())),
            Message::Done(number, path, identity, outcome) => {
                self.working -= 1;
                self.alone = false;
                self.done(number, path, identity, outcome.context("stopped taking work")?);
            }
        }
        Ok(None)
    }

    fn done(&mut self, number: usize, path: PathBuf, identity: Identity, outcome: Outcome) {
        match outcome {
            Outcome::Done(state, verdict) => {
                self.troubled.remove(&(number, path));
                *self.status.done.entry(state.to_owned()).or_default() += 1;
                self.status.last = jiff::Timestamp::now().to_string();
                self.ended.found |= verdict > Action::Allow;
                tracing::debug!(state, "a file is done");
            }
            Outcome::Changed => self.seen[number].again(&path),
            Outcome::Suspect => self.suspects.push(Turn(number, path, identity, true)),
            Outcome::Trouble(cause) => {
                tracing::warn!(cause, "a file could not be done; it is tried again");
                self.ended.failed = true;
                let again = Instant::now() + AGAIN;
                self.troubled.insert((number, path), (cause, again));
            }
        }
        // What was in trouble is due again after a while.
        let now = Instant::now();
        for ((number, path), (_, again)) in &self.troubled {
            if *again <= now {
                self.seen[*number].again(path);
            }
        }
    }

    fn end(&mut self) -> Ended {
        // Workers finish the file they hold and take no other.
        self.turns = None;
        self.write_status();
        self.ended
    }

    fn write_status(&mut self) {
        self.status.time = jiff::Timestamp::now().to_string();
        self.status.working = self.working;
        self.status.waiting =
            self.backlog.len() + self.suspects.len() + self.seen.iter().map(Seen::count).sum::<usize>();
        let seen = self.seen.iter().flat_map(|s| s.trouble.iter().cloned());
        let troubled = self.troubled.iter().map(|((_, path), (cause, _))| (path.clone(), cause.clone()));
        self.status.trouble = seen.chain(troubled).take(100).map(|(p, c)| (p.display().to_string(), c)).collect();
        let path = self.watch.state.join("status.json");
        let written = serde_json::to_vec(&self.status).map_err(std::io::Error::from).and_then(|bytes| {
            let temp = path.with_extension("new");
            std::fs::write(&temp, bytes)?;
            std::fs::rename(&temp, &path)
        });
        if written.is_err() {
            tracing::warn!("the status could not be written");
        }
    }
}

/// One daemon a folder: a lock beside its results, or in the temporary folder named after the watched one.
fn root_lock(folder: &Folder) -> Result<Option<std::fs::File>> {
    let Mode::Gate { output, .. } = &folder.mode else { return Ok(None) };
    let staging = output.join(STAGING);
    std::fs::create_dir_all(&staging).with_context(|| staging.display().to_string())?;
    let lock = std::fs::File::create(staging.join("lock")).with_context(|| staging.display().to_string())?;
    if lock.try_lock().is_err() {
        bail!("another fritext watch writes to {}", output.display());
    }
    Ok(Some(lock))
}

/// Removes what a crash left in a staging folder.
fn clear(staging: &Path) {
    let Ok(entries) = std::fs::read_dir(staging) else { return };
    for entry in entries.flatten().filter(|e| e.file_name() != "lock") {
        if std::fs::remove_file(entry.path()).is_err() {
            tracing::warn!("an old file in a staging folder could not be removed");
        }
    }
}

fn signals(send: SyncSender<Message>) -> Result<signal_hook::iterator::Handle> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGINT, SIGHUP]).context("signals")?;
    let handle = signals.handle();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if send.send(Message::Signal(signal)).is_err() {
                break;
            }
        }
    });
    Ok(handle)
}

/// Messages of the file system, where they can be had. One that cannot be had is no fault: the walk finds everything.
fn watchers(watch: &Watch, send: &SyncSender<Message>, hinted: &Arc<AtomicBool>) -> Vec<notify::RecommendedWatcher> {
    let mut out = Vec::new();
    for folder in &watch.folders {
        let far = network(&folder.path);
        if folder.events == Events::Poll || folder.events == Events::Auto && far.is_some() {
            tracing::info!(kind = far.unwrap_or("asked for"), "a folder is walked and not listened to");
            continue;
        }
        let (send, hinted) = (send.clone(), hinted.clone());
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let idle = matches!(&event, Ok(e) if e.kind.is_access() && !e.need_rescan());
            if !idle && !hinted.swap(true, Relaxed) {
                let _ = send.try_send(Message::Hint);
            }
        });
        match watcher.and_then(|mut w| w.watch(&folder.path, RecursiveMode::Recursive).map(|()| w)) {
            Ok(watcher) => out.push(watcher),
            Err(_) => tracing::warn!("the file system sends no messages about a folder; it is walked every `rescan`"),
        }
    }
    out
}
