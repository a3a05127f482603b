//! `fritext watch`: folders where systems drop exports.
//!
//! One thread sees and decides whose turn it is (`watching`); workers read one file each (`work`); one thread does what
//! must wait for the disk, for many files at a time (`settle`). The channels between them are short, and a message of
//! the file system only sets a flag, so that no storm of them fills memory or is missed: the walk finds what no message
//! told. What is being done is in the ledger, never in memory alone.

mod age;
mod crash;
mod findings;
mod metrics;
mod notice;
mod place;
mod quarantine;
mod see;
mod settle;
mod slots;
mod status;
mod watching;
mod work;
mod writers;

#[cfg(test)]
mod tests;

pub use age::overdue;
pub use quarantine::{Came, Kept, Wish, purge_due, register, wish};
pub use status::Status;

use crate::config::{Events, Folder, Mode, Watch};
use crate::ledger::{Ledger, network};
use crate::pipeline::Engine;
use anyhow::{Context, Result, bail};
use notify::{RecursiveMode, Watcher};
use place::{STAGING, clear};
use see::Seen;
use settle::Work;
use slots::Slots;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use watching::{Loop, Message, Next};
use work::{Bench, Turn};

/// Files that are settled together at most.
const TOGETHER: usize = 128;

/// How a run ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ended {
    /// Something was flagged, redacted or blocked.
    pub found: bool,
    /// Some file could not be done.
    pub failed: bool,
}

/// What a configuration gives.
#[derive(Debug)]
pub struct Setup {
    /// Lexicons and policy.
    pub engine: Engine,
    /// What is watched.
    pub watch: Watch,
    /// Version of the policy.
    pub policy_version: String,
}

/// What lasts from the start of the program to its end, whatever configuration is in force.
#[derive(Default)]
struct Flags {
    stop: Arc<AtomicBool>,
    /// No row can be written: the ledger is locked, or its disk full.
    ledger_held: AtomicBool,
    /// The file system sent a message.
    hinted: Arc<AtomicBool>,
}

/// Watches until a signal ends it, or with `once` until there is nothing left to do. `reload` reads the configuration
/// again, or tells why it cannot be.
pub fn watch(mut setup: Setup, once: bool, reload: &dyn Fn() -> Result<Setup>) -> Result<Ended> {
    let state = setup.watch.state.clone();
    std::fs::create_dir_all(&state).with_context(|| state.display().to_string())?;
    let lock = File::create(state.join("lock")).with_context(|| state.display().to_string())?;
    if lock.try_lock().is_err() {
        bail!("another fritext watch runs with the state folder {}", state.display());
    }
    let ledger = Ledger::open(&state)?;
    ledger.sound()?;
    let (mut slots, unfinished) = Slots::open(&state).context("the state folder")?;
    for version in unfinished {
        ledger.count_attempt(&version)?;
    }
    slots.empty().context("the state folder")?;
    let spool = state.join("spool");
    std::fs::create_dir_all(&spool).with_context(|| spool.display().to_string())?;
    let ledger = Mutex::new(ledger);
    let flags = Flags::default();
    let (send, receive) = sync_channel(1024);
    let _signals = signals(send.clone(), flags.stop.clone())?;
    let shown = metrics::Shown::default();
    if let Some(address) = setup.watch.listen {
        metrics::serve(address, shown.clone())?;
    }
    let (mut seen, mut status) = (BTreeMap::new(), Status::default());
    loop {
        let locks = locks(&setup.watch.folders)?;
        let again = ledger.lock().expect("no other thread is there yet").again()?;
        let bench = Bench {
            engine: &setup.engine,
            folders: &setup.watch.folders,
            key: again.key().clone(),
            ledger: &ledger,
            reader: Mutex::new(again),
            spool: spool.clone(),
            slots,
            stop: &flags.stop,
            ledger_held: &flags.ledger_held,
            notices: Mutex::default(),
            policy_version: setup.policy_version.clone(),
            lexicon_version: setup.engine.lexicons.version(),
        };
        bench.take_up_notices()?;
        let left = bench.recover()?;
        if left > 0 {
            tracing::info!(jobs = left, "took up what an earlier run had left");
        }
        outputs(&setup.watch.folders).for_each(clear);
        let next =
            round(&bench, &setup.watch, &flags, (&send, &receive), (&mut seen, &mut status, &shown), (once, reload))?;
        slots = bench.slots;
        drop(locks);
        match next {
            Next::Reload(new) => {
                setup = *new;
                tracing::info!("the new configuration is in force");
            }
            Next::End(ended) => {
                ledger.lock().expect("no other thread is left").tidy()?;
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
                tracing::info!("stopped");
                return Ok(ended);
            }
        }
    }
}

/// Watches under one configuration.
fn round(
    bench: &Bench<'_>,
    watch: &Watch,
    flags: &Flags,
    (send, receive): (&SyncSender<Message>, &Receiver<Message>),
    (seen, status, shown): (&mut BTreeMap<PathBuf, Seen>, &mut Status, &metrics::Shown),
    (once, reload): (bool, &dyn Fn() -> Result<Setup>),
) -> Result<Next> {
    let watchers = watch.folders.iter().map(|f| listen(f, send, &flags.hinted)).collect();
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    tracing::info!(folders = watch.folders.len(), "ready");
    std::thread::scope(|scope| {
        let (turns, todo) = sync_channel::<Turn>(watch.workers * 8);
        let (done, finished) = sync_channel::<Work>(TOGETHER);
        let todo = Arc::new(Mutex::new(todo));
        for slot in 0..watch.workers {
            let (send, done, todo) = (send.clone(), done.clone(), todo.clone());
            scope.spawn(move || {
                loop {
                    let turn = todo.lock().expect("no worker panics while it takes a turn").recv();
                    let Ok(turn) = turn else { break };
                    let sent = match bench.work(turn, slot) {
                        Ok(Work::Over(turn, outcome)) => send.send(Message::Done(turn, outcome)).is_ok(),
                        Ok(work) => done.send(work).is_ok(),
                        Err(e) => send.send(Message::Fatal(e)).is_ok(),
                    };
                    if !sent {
                        break;
                    }
                }
            });
        }
        drop(done);
        let tell = send.clone();
        scope.spawn(move || {
            while let Ok(first) = finished.recv() {
                let batch = std::iter::once(first).chain(finished.try_iter().take(TOGETHER - 1)).collect();
                match bench.settle(batch) {
                    Ok(outcomes) => {
                        for (turn, outcome) in outcomes {
                            let _ = tell.send(Message::Done(turn, outcome));
                        }
                    }
                    Err(e) => {
                        let _ = tell.send(Message::Fatal(e));
                        break;
                    }
                }
            }
        });
        let seen_now = watch.folders.iter().map(|f| seen.remove(&f.path).unwrap_or_default()).collect();
        let mut watching = Loop::new(watch, turns, seen_now, std::mem::take(status), watchers, shown.clone());
        let next = watching.run(flags, receive, send, bench.ledger, once, reload);
        *status = std::mem::take(&mut watching.status);
        seen.extend(watch.folders.iter().map(|f| f.path.clone()).zip(watching.seen));
        next
    })
}

/// Makes what is missing, and takes a lock on each watched folder and each output: one daemon each.
fn locks(folders: &[Folder]) -> Result<Vec<File>> {
    use std::os::unix::fs::DirBuilderExt;
    let mut out = Vec::new();
    let mut lock = |file: File, path: &std::path::Path, does: &str| {
        if file.try_lock().is_err() {
            bail!("another fritext watch {does} {}", path.display());
        }
        out.push(file);
        Ok(())
    };
    for folder in folders {
        let shown = || folder.path.display().to_string();
        if !folder.path.is_dir() {
            bail!("{}: no such folder", shown());
        }
        lock(File::open(&folder.path).with_context(shown)?, &folder.path, "watches")?;
        let Mode::Gate { output, quarantine } = &folder.mode else { continue };
        for place in [output, quarantine] {
            std::fs::create_dir_all(place).with_context(|| place.display().to_string())?;
        }
        let staging = output.join(STAGING);
        let shown = || staging.display().to_string();
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&staging).with_context(shown)?;
        lock(File::create(staging.join("lock")).with_context(shown)?, output, "writes to")?;
    }
    Ok(out)
}

fn outputs(folders: &[Folder]) -> impl Iterator<Item = &std::path::Path> {
    folders.iter().filter_map(|f| match &f.mode {
        Mode::Gate { output, .. } => Some(output.as_path()),
        Mode::Flag => None,
    })
}

/// Signals become messages; one that ends the program stops long readings at once, too.
fn signals(send: SyncSender<Message>, stop: Arc<AtomicBool>) -> Result<signal_hook::iterator::Handle> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGINT, SIGHUP]).context("signals")?;
    let handle = signals.handle();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            stop.fetch_or(signal != SIGHUP, Relaxed);
            if send.send(Message::Signal(signal)).is_err() {
                break;
            }
        }
    });
    Ok(handle)
}

/// Messages of the file system about a folder, where they can be had. That they cannot be had is no fault: the walk
/// finds everything.
fn listen(folder: &Folder, send: &SyncSender<Message>, hinted: &Arc<AtomicBool>) -> Option<notify::RecommendedWatcher> {
    let far = network(&folder.path);
    if folder.events == Events::Poll || folder.events == Events::Auto && far.is_some() {
        tracing::info!(kind = far.unwrap_or("asked for"), "a folder is walked and not listened to");
        return None;
    }
    let (send, hinted) = (send.clone(), hinted.clone());
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let idle = matches!(&event, Ok(e) if e.kind.is_access() && !e.need_rescan());
        if !idle && !hinted.swap(true, Relaxed) {
            let _ = send.try_send(Message::Hint);
        }
    });
    let watcher = watcher.and_then(|mut w| w.watch(&folder.path, RecursiveMode::Recursive).map(|()| w));
    if watcher.is_err() {
        tracing::warn!("the file system sends no messages about a folder; it is walked every `rescan`");
    }
    watcher.ok()
}
