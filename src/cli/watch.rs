//! `fritext watch`, `fritext status`, `fritext ledger`.

use super::args::{Args, LedgerCommand, ListFormat, WatchArgs};
use super::{Status, setup};
use crate::config::load_watch;
use crate::daemon;
use crate::ledger::{Ledger, Row};
use anyhow::{Context, Result, bail};
use std::io::{self, Write};
use std::path::PathBuf;

/// The configuration file in force with its text.
fn config(args: &Args) -> Result<(String, String)> {
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

/// The state folder: said, or that of the configuration.
fn state(args: &Args, said: Option<&PathBuf>) -> Result<PathBuf> {
    if let Some(state) = said {
        return Ok(state.clone());
    }
    let (file, text) = config(args)?;
    let policy = setup::engine(args)?.policy;
    Ok(load_watch(&file, &text, &policy).map_err(|p| anyhow::anyhow!("{}", setup::told(&p)))?.state)
}

pub(super) fn status(args: &Args, said: Option<&PathBuf>) -> Result<Status> {
    let state = state(args, said)?;
    let mut out = io::stdout().lock();
    let running = std::fs::File::open(state.join("lock")).is_ok_and(|f| f.try_lock_shared().is_err());
    let text =
        std::fs::read(state.join("status.json")).with_context(|| state.join("status.json").display().to_string())?;
    let status: daemon::Status = serde_json::from_slice(&text).context("status.json")?;
    let word = if running { format!("running, process {}", status.pid) } else { "not running".to_owned() };
    writeln!(out, "{word}; as of {}", status.time)?;
    writeln!(out, "waiting {}, being read {}", status.waiting, status.working)?;
    let done: Vec<String> = status.done.iter().map(|(s, n)| format!("{s} {n}")).collect();
    let done = if done.is_empty() { "none yet".to_owned() } else { done.join(", ") };
    writeln!(
        out,
        "done since the start: {done}{}",
        if status.last.is_empty() { String::new() } else { format!("; last {}", status.last) }
    )?;
    for (path, cause) in &status.trouble {
        writeln!(out, "in trouble: {path}: {cause}")?;
    }
    let mut blocked = 0;
    Ledger::open(&state)?.list(|row| {
        blocked += u64::from(row.state == "blocked");
        if row.state == "blocked" { writeln!(out, "blocked: {} ({})", row.path, row.reason) } else { Ok(()) }
    })?;
    writeln!(out, "blocked in all: {blocked}")?;
    Ok(if running && status.trouble.is_empty() { Status::Clean } else { Status::Found })
}

pub(super) fn ledger(args: &Args, said: Option<&PathBuf>, command: &LedgerCommand) -> Result<Status> {
    let ledger = Ledger::open(&state(args, said)?)?;
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
                row.path,
                counts.join(", ")
            )
        }
    }
}
