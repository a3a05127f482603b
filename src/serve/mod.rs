//! `fritext serve`: what other systems ask before they save.
//!
//! One router answers on TCP and on a Unix socket. A request passes `routes` (who may ask, how large, in time), `gate`
//! (is there time to answer) and `answer` (bytes to bytes, the same code that answers files of records). `site` is what
//! it is answered with, replaced as a whole when the configuration changes. Nothing of a text is kept or logged.

mod answer;
mod connection;
mod exception;
mod gate;
mod listen;
mod metrics;
mod openapi;
mod problem;
mod routes;
mod site;
#[cfg(unix)]
mod socket;
mod tally;
mod token;

use site::Stamp;
pub use site::{Site, Tenant};
pub use token::Tokens;

use crate::config::Serve;
use crate::ledger::Ledger;
use crate::model::Date;
use answer::{Desk, Verb};
use anyhow::{Context, Result, anyhow, bail};
use connection::Connections;
use gate::Gate;
use listen::Listeners;
use metrics::Metrics;
use serde_json::{Map, Value};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};
use tally::Tally;

/// How often connections are swept and files looked at.
const TICK: Duration = Duration::from_millis(250);
/// How often what was judged is written into the ledger.
const MINUTE: Duration = Duration::from_secs(60);
/// What is being answered has so long after a signal to end.
const LAST: Duration = Duration::from_secs(4);

/// How the configuration is read, and which day it is: both belong to the caller.
pub struct Sources {
    /// Reads everything that requests are answered with.
    pub load: Box<dyn Fn() -> Result<Site> + Send + Sync>,
    /// Today.
    pub today: fn() -> Date,
}

/// The running service.
#[derive(Debug)]
struct Service {
    config: Serve,
    site: RwLock<Arc<Site>>,
    gate: Arc<Gate>,
    metrics: Arc<Metrics>,
    connections: Connections,
    /// Cleared when it is told to end.
    ready: AtomicBool,
    record: Option<Record>,
}

/// The ledger and what will be its next rows.
#[derive(Debug)]
struct Record {
    tally: Arc<Tally>,
    ledger: Mutex<Ledger>,
}

impl Service {
    fn site(&self) -> Arc<Site> {
        self.site.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes what was counted into the ledger. A ledger that is held or full gets it the next time.
    fn write_record(&self) {
        let Some(record) = &self.record else { return };
        let mut ledger = record.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(e) = record.tally.write(&mut ledger).and_then(|()| ledger.note_head()) {
            self.metrics.ledger_failed();
            tracing::error!("what was judged could not be written into the ledger; it is tried again: {e}");
        }
    }

    fn replace(&self, site: Site) {
        *self.site.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(site);
    }
}

/// The answer of `/v1/check` without a service.
pub fn check_here(tenant: Tenant, locale: Option<&'static str>, body: &[u8]) -> Result<Map<String, Value>> {
    let metrics = Arc::new(Metrics::new());
    let desk = Desk { tenant: Arc::new(tenant), name: String::new(), locale, metrics, tally: None };
    let answer = answer::answer(&desk, Verb::Check, body).map_err(|p| anyhow!("{}", p.sentence()))?;
    Ok(serde_json::from_slice(&answer)?)
}

/// Serves until a signal ends it. What was judged is counted in the ledger once a minute, if there is one.
pub fn serve(config: Serve, sources: Sources, ledger: Option<Ledger>) -> Result<()> {
    let began = SystemTime::now();
    let site = (sources.load)()?;
    let stamp = site.stamp_before(began);
    if let Some(address) = config.listen.filter(|a| !a.ip().is_loopback()) {
        if site.own.tokens.is_none() {
            bail!(
                "{address} can be reached from other computers: that needs ‘token_file’, and a proxy that adds TLS before it"
            );
        }
        tracing::warn!(%address, "other computers can reach this address: put a proxy with TLS before it, or tokens and texts pass in the clear");
    }
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let threads = config.threads.unwrap_or(cores);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(threads + 2)
        .enable_all()
        .build()
        .context("threads")?;
    let service = Arc::new(Service {
        gate: Arc::new(Gate::new(config.deadline, threads)),
        metrics: Arc::new(Metrics::new()),
        connections: Connections::new(config.max_connections),
        site: RwLock::new(Arc::new(site)),
        ready: AtomicBool::new(true),
        record: ledger.map(|ledger| Record { tally: Arc::default(), ledger: Mutex::new(ledger) }),
        config,
    });
    runtime.block_on(run(service, Arc::new(sources), stamp))
}

async fn run(service: Arc<Service>, sources: Arc<Sources>, mut stamp: Vec<Stamp>) -> Result<()> {
    let mut signals = Signals::new()?;
    let listeners = Listeners::open(&service.config)?;
    let places = listeners.places();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let answering = tokio::spawn(listeners.answer(service.clone(), stopped));
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    tracing::info!(places, "ready");
    let mut changed = None;
    let mut written = Instant::now();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut ticks = 0u32;
    loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Signal::End => break,
                Signal::Reload => {
                    stamp = service.site().stamp();
                    reload(&service, &sources).await;
                }
            },
            _ = tick.tick() => {
                service.metrics.closed("slow", service.connections.sweep());
                ticks = ticks.wrapping_add(1);
                if !ticks.is_multiple_of(4) {
                    continue;
                }
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
                if written.elapsed() >= MINUTE {
                    written = Instant::now();
                    let service = service.clone();
                    tokio::task::spawn_blocking(move || service.write_record());
                }
                let today = (sources.today)();
                if service.site().own.engine.today != today {
                    service.replace(service.site().on(today));
                }
                // A file that was changed is read once it has been left alone for a second.
                let now = service.site().stamp();
                if now != stamp && changed.as_ref() == Some(&now) {
                    stamp = now;
                    changed = None;
                    reload(&service, &sources).await;
                } else {
                    changed = Some(now);
                }
            }
        }
    }
    service.ready.store(false, Relaxed);
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    let _ = stop.send(true);
    if tokio::time::timeout(LAST, answering).await.is_err() {
        tracing::warn!("some connections were closed before they were answered");
    }
    service.write_record();
    tracing::info!("stopped");
    Ok(())
}

/// Reads the configuration again. What is in force stays until the new one has been read whole and found right.
async fn reload(service: &Arc<Service>, sources: &Arc<Sources>) {
    let sources = sources.clone();
    let loaded = tokio::task::spawn_blocking(move || (sources.load)()).await;
    match loaded {
        Ok(Ok(site)) => {
            let version = site.own.policy_version.clone();
            service.replace(site);
            service.metrics.reloaded("done");
            tracing::info!(version, "the configuration was read again and is in force");
        }
        Ok(Err(e)) => {
            service.metrics.reloaded("refused");
            tracing::error!("the configuration is wrong and the old one stays in force: {e:#}");
        }
        Err(_) => {
            service.metrics.reloaded("refused");
            tracing::error!("the configuration could not be read and the old one stays in force");
        }
    }
}

enum Signal {
    End,
    Reload,
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        let [a, b, c] = kinds.map(signal);
        Ok(Self([a.context("signals")?, b.context("signals")?, c.context("signals")?]))
    }

    async fn next(&mut self) -> Signal {
        let [terminate, interrupt, hangup] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => Signal::End,
            _ = interrupt.recv() => Signal::End,
            _ = hangup.recv() => Signal::Reload,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        let _ = tokio::signal::ctrl_c().await;
        Signal::End
    }
}
