//! `fritext quarantine`.

use super::args::{Args, ListFormat, QuarantineCommand};
use super::{Status, watch};
use crate::daemon::{Came, Kept, Wish, purge_due, register, wish};
use anyhow::Result;
use serde_json::json;
use std::io::{self, Write};

pub(super) fn run(args: &Args, command: &QuarantineCommand) -> Result<Status> {
    let watched = watch::watched(args)?;
    let mut ledger = watch::open_ledger(args, Some(&watched.state))?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let by = person();
    match command {
        QuarantineCommand::List { format } => {
            let kept = register(&watched, &ledger)?;
            for kept in &kept {
                print(&mut out, kept, *format)?;
            }
            if *format == ListFormat::Human && !args.quiet {
                writeln!(out, "kept in all: {}", kept.len())?;
            }
        }
        QuarantineCommand::Release { number, to } => {
            told(&mut out, wish(&watched, &mut ledger, *number, Wish::Release, &by, to.as_deref())?)?;
        }
        QuarantineCommand::Purge { number: Some(number) } => {
            told(&mut out, wish(&watched, &mut ledger, *number, Wish::Purge, &by, None)?)?;
        }
        QuarantineCommand::Purge { number: None } => {
            let count = purge_due(&watched, &mut ledger, &by)?;
            writeln!(out, "destroyed, being past their last day: {count}")?;
        }
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// Who asks: the number of the user, also behind sudo.
fn person() -> String {
    let own = rustix::process::getuid().as_raw();
    let behind = std::env::var("SUDO_UID").ok().filter(|u| own == 0 && u.bytes().all(|b| b.is_ascii_digit()));
    behind.unwrap_or_else(|| own.to_string())
}

fn told(out: &mut dyn Write, came: Came) -> io::Result<()> {
    match came {
        Came::Asked => writeln!(out, "noted; another person must say the same within a week"),
        Came::Done(Some(place)) => writeln!(out, "released to {}", place.display()),
        Came::Done(None) => writeln!(out, "destroyed"),
    }
}

fn print(out: &mut dyn Write, kept: &Kept, format: ListFormat) -> io::Result<()> {
    let row = kept.row.clone().unwrap_or_default();
    let asked = kept.asked.as_ref().filter(|a| a.state == "asked");
    let (last_day, over) = kept.last_day.clone().unwrap_or_default();
    if format == ListFormat::Jsonl {
        let line = json!({
            "number": kept.row.as_ref().map(|r| r.sequence), "since": row.time, "path": row.path, "folder": row.folder,
            "state": row.state, "reason": row.reason, "counts": row.counts, "last_day": last_day, "due": over,
            "asked": asked.map(|a| json!({"for": a.reason, "by": a.by, "time": a.time})),
        });
        return writeln!(out, "{line}");
    }
    let day = |time: &str| time.get(..10).unwrap_or("unknown").to_owned();
    let number = kept.row.as_ref().map_or_else(|| "-".to_owned(), |r| r.sequence.to_string());
    let path = if kept.row.is_some() { row.path.replace(char::is_control, " ") } else { "(without a row)".to_owned() };
    let why = if row.reason.is_empty() { row.state } else { format!("{} ({})", row.state, row.reason) };
    let until = match (last_day.is_empty(), over) {
        (true, _) => String::new(),
        (_, true) => format!("  past its last day {last_day}"),
        (_, false) => format!("  until {last_day}"),
    };
    let asked =
        asked.map_or_else(String::new, |a| format!("  {} asked for by user {} on {}", a.reason, a.by, day(&a.time)));
    writeln!(out, "{number:>6}  {}  {why:<24}  {path}{until}{asked}", day(&row.time))
}
