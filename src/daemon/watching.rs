//! The thread that sees: it walks, decides whose turn it is, and takes what came of it.

use super::metrics::Shown;
use super::see::{Identity, Seen};
use super::work::{Outcome, Turn};
use super::{Ended, Flags, Setup, Status, listen};
use crate::config::{Folder, Watch};
use crate::ledger::{Ledger, LedgerError};
use crate::model::Action;
use anyhow::{Result, anyhow};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::{Duration, Instant};

/// A file that could not be done is tried again after so long, then after twice as long, up to the second.
const AGAIN: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));
/// After a message of the file system: so long is waited for more of them, and ten times as long as a walk takes.
const GATHER: Duration = Duration::from_millis(100);
/// After news there is another walk so much later: a folder may have been filled before it was listened to.
const AFTERWARDS: Duration = Duration::from_secs(1);
/// A file of so many bytes never takes the last worker.
const LARGE: i64 = 8 << 20;
/// Files that wait for a worker at most; the walk finds the others again.
const BACKLOG: usize = 8192;
/// A worker that is longer at one file hangs: the service manager is told no more that all is well.
const HANGS: Duration = Duration::from_secs(60 * 60);

/// What the thread that sees is told.
pub(super) enum Message {
    Hint,
    Done(Turn, Outcome),
    Fatal(LedgerError),
    Signal(i32),
}

/// What comes after a round.
pub(super) enum Next {
    Reload(Box<Setup>),
    End(Ended),
}

/// A file that could not be done.
struct Trouble {
    cause: &'static str,
    again: Instant,
    wait: Duration,
}

/// The state of the thread.
pub(super) struct Loop<'a> {
    watch: &'a Watch,
    /// None once the round is ending: workers finish what they hold.
    turns: Option<SyncSender<Turn>>,
    watchers: Vec<Option<notify::RecommendedWatcher>>,
    pub(super) seen: Vec<Seen>,
    pub(super) status: Status,
    /// The same for those who ask over HTTP.
    shown: Shown,
    due: Vec<Instant>,
    /// At rest, without a worker yet: the smallest first.
    backlog: BinaryHeap<Reverse<(i64, usize, PathBuf, Identity)>>,
    /// Files that an earlier run did not survive: last, and each alone.
    suspects: Vec<Turn>,
    alone: bool,
    /// With workers or about to be settled, since when.
    working: HashMap<(usize, PathBuf), Instant>,
    large: usize,
    troubled: BTreeMap<(usize, PathBuf), Trouble>,
    ended: Ended,
    next: Option<Next>,
    idle: bool,
}

impl<'a> Loop<'a> {
    pub(super) fn new(
        watch: &'a Watch,
        turns: SyncSender<Turn>,
        seen: Vec<Seen>,
        status: Status,
        watchers: Vec<Option<notify::RecommendedWatcher>>,
        shown: Shown,
    ) -> Self {
        Self {
            watch,
            turns: Some(turns),
            watchers,
            shown,
            due: vec![Instant::now(); seen.len()],
            seen,
            status,
            backlog: BinaryHeap::new(),
            suspects: Vec::new(),
            alone: false,
            working: HashMap::new(),
            large: 0,
            troubled: BTreeMap::new(),
            ended: Ended::default(),
            next: None,
            idle: false,
        }
    }

    pub(super) fn run(
        &mut self,
        flags: &Flags,
        receive: &Receiver<Message>,
        send: &SyncSender<Message>,
        ledger: &Mutex<Ledger>,
        once: bool,
        reload: &dyn Fn() -> Result<Setup>,
    ) -> Result<Next> {
        let mut written: Option<Instant> = None;
        loop {
            let now = Instant::now();
            if self.next.is_none() {
                self.look(flags, send, once, now);
                self.hand_out(now);
                if once && self.nothing_left() {
                    self.next = Some(Next::End(self.ended));
                }
            }
            if written.is_none_or(|w| now.duration_since(w) >= Duration::from_secs(1)) {
                self.write_status(flags);
                written = Some(now);
                if self.working.values().all(|since| now.duration_since(*since) < HANGS) {
                    let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
                }
            }
            if self.working.is_empty()
                && let Some(next) = self.next.take()
            {
                self.write_status(flags);
                return Ok(match next {
                    Next::End(_) => Next::End(self.ended),
                    reload => reload,
                });
            }
            self.rest(ledger);
            match receive.recv_timeout(self.wait(now)) {
                Ok(message) => self.take(message, reload)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(anyhow!("the workers stopped")),
            }
        }
    }

    /// How long nothing need be done.
    fn wait(&self, now: Instant) -> Duration {
        let due = self.due.iter().min().map_or(Duration::from_secs(1), |d| d.saturating_duration_since(now));
        // Workers take turns without saying so.
        let most = Duration::from_millis(if self.backlog.is_empty() { 1000 } else { 5 });
        due.min(most).max(Duration::from_millis(2))
    }

    /// Walks the folders whose time it is.
    fn look(&mut self, flags: &Flags, send: &SyncSender<Message>, once: bool, now: Instant) {
        if flags.hinted.swap(false, Relaxed) {
            for (due, seen) in self.due.iter_mut().zip(&self.seen) {
                *due = (*due).min(now + GATHER.max(seen.took * 10));
            }
        }
        let again: Vec<_> = self.troubled.iter().filter(|(_, t)| t.again <= now).map(|(k, _)| k.clone()).collect();
        for (number, path) in again {
            if let Some(trouble) = self.troubled.get_mut(&(number, path.clone())) {
                trouble.again = now + trouble.wait;
            }
            self.seen[number].again(&path);
            self.due[number] = now;
        }
        for number in 0..self.watch.folders.len() {
            if self.due[number] <= now {
                self.walk(number, flags, send, once, now);
            }
        }
    }

    fn walk(&mut self, number: usize, flags: &Flags, send: &SyncSender<Message>, once: bool, now: Instant) {
        let folder: &Folder = &self.watch.folders[number];
        let found = self.seen[number].walk(folder, once);
        self.status.walks += 1;
        if found.replaced {
            tracing::warn!("another folder stands where a watched one was; it is watched from now on");
            self.watchers[number] = listen(folder, send, &flags.hinted);
        }
        for (path, identity) in found.ready {
            let key = (number, path);
            if self.backlog.len() < BACKLOG && !self.working.contains_key(&key) {
                self.seen[number].take(&key.1, identity);
                self.working.insert(key.clone(), now);
                self.backlog.push(Reverse((identity[2], number, key.1, identity)));
            }
        }
        self.troubled.retain(|(n, path), _| *n != number || path.symlink_metadata().is_ok());
        if once && self.seen[number].left(folder) > 0 {
            self.ended.failed = true;
        }
        let soonest = now + Duration::from_millis(20).max(self.seen[number].took * 2);
        let mut due = now + folder.rescan;
        if let Some(next) = self.seen[number].next(folder) {
            due = due.min(next.max(soonest));
        }
        if found.news {
            due = due.min(now + AFTERWARDS.max(self.seen[number].took * 10));
        }
        self.due[number] = due;
    }

    /// Hands files to workers that are free, the smallest first; one worker is never given a large one.
    fn hand_out(&mut self, now: Instant) {
        if self.alone {
            return;
        }
        let mut put_back = Vec::new();
        while let Some(Reverse((size, folder, path, identity))) = self.backlog.pop() {
            let large = size >= LARGE;
            if large && self.large > 0 && self.large + 1 >= self.watch.workers {
                put_back.push(Reverse((size, folder, path, identity)));
                break;
            }
            if let Err(turn) = self.give(Turn { folder, path, identity, alone: false }, now) {
                put_back.push(Reverse((size, folder, turn.path, identity)));
                break;
            }
            self.large += usize::from(large);
        }
        self.backlog.extend(put_back);
        if self.working.is_empty()
            && self.backlog.is_empty()
            && let Some(turn) = self.suspects.pop()
        {
            self.alone = self.give(turn, now).map_err(|t| self.suspects.push(t)).is_ok();
        }
    }

    fn give(&mut self, turn: Turn, now: Instant) -> Result<(), Turn> {
        let Some(turns) = &self.turns else { return Err(turn) };
        let key = (turn.folder, turn.path.clone());
        match turns.try_send(turn) {
            Ok(()) => {
                self.working.insert(key, now);
                Ok(())
            }
            Err(TrySendError::Full(turn) | TrySendError::Disconnected(turn)) => Err(turn),
        }
    }

    fn nothing_left(&self) -> bool {
        self.working.is_empty()
            && self.backlog.is_empty()
            && self.suspects.is_empty()
            && self.seen.iter().all(|s| s.count() == 0)
    }

    /// Once there is nothing to do, the ledger is put in order.
    fn rest(&mut self, ledger: &Mutex<Ledger>) {
        let idle = self.working.is_empty() && self.backlog.is_empty();
        if idle && !self.idle {
            let tidied = ledger.lock().expect("nobody panics while holding the ledger").tidy();
            if tidied.is_err() {
                tracing::debug!("the ledger could not be put in order now");
            }
        }
        self.idle = idle;
    }

    fn take(&mut self, message: Message, reload: &dyn Fn() -> Result<Setup>) -> Result<()> {
        match message {
            Message::Hint => {}
            Message::Signal(signal_hook::consts::SIGHUP) => match reload() {
                Ok(new) if new.watch.state == self.watch.state => self.close(Next::Reload(Box::new(new))),
                Ok(_) => tracing::error!("the state folder changes only when fritext watch is started again"),
                Err(e) => tracing::error!("the configuration is wrong and the old one stays in force: {e:#}"),
            },
            Message::Signal(_) => self.close(Next::End(self.ended)),
            Message::Fatal(e) => return Err(anyhow!(e).context("stopped taking work")),
            Message::Done(turn, outcome) => {
                self.working.remove(&(turn.folder, turn.path.clone()));
                self.large -= usize::from(turn.identity[2] >= LARGE && !turn.alone);
                self.alone = false;
                self.done(turn, outcome);
            }
        }
        Ok(())
    }

    /// No more is handed out; the round ends once the workers are done.
    fn close(&mut self, next: Next) {
        self.turns = None;
        for Reverse((_, number, path, _)) in self.backlog.drain() {
            self.seen[number].again(&path);
            self.working.remove(&(number, path));
        }
        for turn in self.suspects.drain(..) {
            self.seen[turn.folder].again(&turn.path);
        }
        // A signal that ends the program goes before a reload.
        if !matches!(self.next, Some(Next::End(_))) {
            self.next = Some(next);
        }
    }

    fn done(&mut self, turn: Turn, outcome: Outcome) {
        let key = (turn.folder, turn.path.clone());
        match outcome {
            Outcome::Done(state, verdict) => {
                self.troubled.remove(&key);
                *self.status.done.entry(state.to_owned()).or_default() += 1;
                self.status.last = jiff::Timestamp::now().to_string();
                self.ended.found |= verdict > Action::Allow;
                tracing::debug!(state, "a file is done");
            }
            Outcome::Changed | Outcome::Stopped => self.seen[turn.folder].again(&turn.path),
            Outcome::Suspect => self.suspects.push(Turn { alone: true, ..turn }),
            Outcome::Trouble(cause) => {
                self.ended.failed = true;
                let known = self.troubled.get(&key).map(|t| (t.cause, t.wait));
                if known.is_none_or(|(before, _)| before != cause) {
                    tracing::warn!(cause, "a file could not be done; it is tried again");
                }
                let wait = known.map_or(AGAIN.0, |(_, wait)| (wait * 2).min(AGAIN.1));
                self.troubled.insert(key, Trouble { cause, again: Instant::now() + wait, wait });
            }
        }
    }

    fn write_status(&mut self, flags: &Flags) {
        let now = jiff::Timestamp::now();
        self.status.pid = std::process::id();
        self.status.time = now.to_string();
        self.status.working = self.working.len() - self.backlog.len();
        self.status.waiting =
            self.backlog.len() + self.suspects.len() + self.seen.iter().map(Seen::count).sum::<usize>();
        let held = flags.ledger_held.load(Relaxed);
        self.status.ledger = if held { "the ledger cannot be written: no file is released" } else { "" }.to_owned();
        let seen = self.seen.iter().flat_map(|s| s.trouble.iter().cloned());
        let troubled = self.troubled.iter().map(|((_, path), t)| (path.clone(), t.cause.to_owned()));
        self.status.trouble = seen.chain(troubled).take(100).map(|(p, c)| (p.display().to_string(), c)).collect();
        self.status.write(&self.watch.state);
        if let Ok(mut shown) = self.shown.lock() {
            shown.clone_from(&self.status);
        }
    }
}
