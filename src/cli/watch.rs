//! `fritext watch`, `fritext status`, `fritext ledger`.

use super::args::{Args, LedgerCommand, ListFormat, WatchArgs};
use super::{Status, setup};
use crate::config::{Watch, load_ledger, load_watch};
use crate::daemon;
use crate::ledger::{Ledger, Row};
use anyhow::{Context, Result, bail};
use std::io::{self, Write};
use std::path::PathBuf;

/// The configuration file in force with its text.
pub(super) fn config(args: &Args) -> Result<(String, String)> {
    let Some(path) = setup::config_file(args) else { bail!("a configuration with `watch:` is needed (--config FILE)") };
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("{}: cannot read the configuration", path.display()))?;
    Ok((path.display().to_string(), text))
}

pub(super) fn run(args: &Args, a: &WatchArgs) -> Result<Status> {
    let setup = || {
        let (file, text) = config(args)?;
        let engine = setup::engine(args)?;
        let watch = load_watch(&file, &text, &engine.policy).map_err(|p| anyhow::anyhow!("{}", setup::told(&p)))?;
        let policy_version = setup::policy_version(&engine.policy);
        Ok(daemon::Setup { engine, watch, policy_version })
    };
    let ended = daemon::watch(setup()?, a.once, &setup)?;
    Ok(match ended {
        _ if !a.once => Status::Clean,
        daemon::Ended { failed: true, .. } => Status::Failed,
        daemon::Ended { found: true, .. } => Status::Found,
        daemon::Ended { .. } => Status::Clean,
    })
}

/// What the configuration watches.
pub(super) fn watched(args: &Args) -> Result<Watch> {
    let (file, text) = config(args)?;
    let policy = setup::engine(args)?.policy;
    load_watch(&file, &text, &policy).map_err(|p| anyhow::anyhow!("{}", setup::told(&p)))
}

/// The ledger: said, as its file or its folder, or that of the configuration.
pub(super) fn open_ledger(args: &Args, said: Option<&PathBuf>) -> Result<Ledger> {
    let file = match said {
        Some(path) if path.is_dir() => path.join(crate::ledger::FILE),
        Some(path) => path.clone(),
        None => {
            let (file, text) = config(args)?;
            let named = load_ledger(&file, &text).map_err(|p| anyhow::anyhow!("{}", setup::told(&p)))?;
            match named {
                Some(named) if !text.lines().any(|l| l.starts_with("watch:")) => named,
                _ => watched(args)?.state.join(crate::ledger::FILE),
            }
        }
    };
    if !file.exists() {
        bail!("{}: there is no ledger yet", file.display());
    }
    Ok(Ledger::open_file(&file)?)
}

pub(super) fn status(args: &Args, said: Option<&PathBuf>) -> Result<Status> {
    let (state, watched) = match said {
        Some(state) => (state.clone(), None),
        None => {
            let watched = watched(args)?;
            (watched.state.clone(), Some(watched))
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let running = std::fs::File::open(state.join("lock")).is_ok_and(|f| f.try_lock_shared().is_err());
    let text =
        std::fs::read(state.join("status.json")).with_context(|| state.join("status.json").display().to_string())?;
    let status: daemon::Status = serde_json::from_slice(&text).context("status.json")?;
    let word = if running { format!("running, process {}", status.pid) } else { "not running".to_owned() };
    writeln!(out, "{word}; as of {}", status.time)?;
    writeln!(out, "waiting {}, being read {}", status.waiting, status.working)?;
    let done: Vec<String> = status.done.iter().map(|(s, n)| format!("{s} {n}")).collect();
    let done = if done.is_empty() { "none yet".to_owned() } else { done.join(", ") };
    let last = if status.last.is_empty() { String::new() } else { format!("; last {}", status.last) };
    writeln!(out, "done since the start: {done}{last}")?;
    if !status.ledger.is_empty() {
        writeln!(out, "in trouble: {}", status.ledger)?;
    }
    for (path, cause) in &status.trouble {
        writeln!(out, "in trouble: {}: {cause}", shown(path))?;
    }
    let ledger = open_ledger(args, Some(&state))?;
    let mut blocked = 0;
    ledger.list(|row| {
        let now = row.state == "blocked" && row.door == "watch";
        blocked += u64::from(now);
        if now { writeln!(out, "blocked: {} ({})", shown(&row.path), row.reason) } else { Ok(()) }
    })?;
    writeln!(out, "blocked in all: {blocked}")?;
    for row in watched.map_or_else(|| Ok(Vec::new()), |w| daemon::overdue(&w, &ledger))? {
        writeln!(out, "older than it may be, with personal data: {} (changed {})", shown(&row.path), row.modified)?;
    }
    out.flush()?;
    let well = running && status.trouble.is_empty() && status.ledger.is_empty();
    Ok(if well { Status::Clean } else { Status::Found })
}

/// A name on one line.
fn shown(path: &str) -> String {
    path.replace(char::is_control, " ")
}

pub(super) fn ledger(args: &Args, said: Option<&PathBuf>, command: &LedgerCommand) -> Result<Status> {
    let ledger = open_ledger(args, said)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    match command {
        LedgerCommand::List { format } => ledger.list(|row| print(&mut out, &row, *format))?,
        LedgerCommand::Export => ledger.list(|row| print(&mut out, &row, ListFormat::Jsonl))?,
        LedgerCommand::Verify => match ledger.verify() {
            Ok(rows) => writeln!(out, "{rows} rows, none changed, none missing")?,
            Err(e) => {
                super::say(&format!("fritext: {e}"));
                return Ok(Status::Found);
            }
        },
    }
    out.flush()?;
    Ok(Status::Clean)
}

fn print(out: &mut dyn Write, row: &Row, format: ListFormat) -> io::Result<()> {
    match format {
        ListFormat::Jsonl => {
            serde_json::to_writer(&mut *out, row)?;
            writeln!(out)
        }
        ListFormat::Human => {
            let counts: Vec<String> = row.counts.iter().map(|(c, n)| format!("{c} {n}")).collect();
            let reason = if row.reason.is_empty() { String::new() } else { format!(" ({})", row.reason) };
            writeln!(
                out,
                "{:>6}  {}  {:10}  {}{reason}  {}",
                row.sequence,
                row.time,
                row.state,
                shown(&row.path),
                counts.join(", ")
            )
        }
    }
}
