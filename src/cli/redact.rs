//! `fritext redact`: the same content with what must go taken out.

use super::args::{Args, InputFormat, RedactArgs};
use super::check::{open, told};
use super::files::reason;
use super::run_row::RunRow;
use super::{Status, records, setup};
use crate::format::{FormatError, Input, Told};
use crate::judge::Seen;
use crate::model::{Action, FieldName};
use crate::pipeline::Engine;
use crate::report::{Unmapped, by_path, columns_of};
use crate::scan::scan;
use anyhow::{Context, Result, anyhow, bail};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// How a redaction ended.
struct Done {
    verdict: Action,
    settled: bool,
    /// The input breaks its format; all of it was read and written all the same.
    flawed: bool,
}

pub(super) fn run(args: &Args, a: &RedactArgs) -> Result<Status> {
    let engine = setup::engine(args)?;
    let name = setup::field_name(&engine.policy, &a.text)?;
    let from_stdin = a.path.as_ref().is_none_or(|p| p.as_os_str() == "-");
    if a.in_place && from_stdin {
        bail!("--in-place needs a file");
    }
    let done = match (&a.output, a.in_place) {
        (None, false) => {
            let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            let done = redact(args, a, &engine, &name, &mut out)?;
            out.flush()?;
            done
        }
        (Some(target), _) => to_file(args, a, &engine, &name, target)?,
        (None, true) => in_place(args, a, &engine, &name)?,
    };
    if !done.settled {
        bail!(
            "something was left to take out after redaction{}",
            if a.output.is_some() { "; no file was written" } else { "" }
        );
    }
    if done.verdict == Action::Block && !a.allow_blocked {
        super::say(
            "fritext: a text was blocked; its spans are masked, a person must reword it (--allow-blocked makes this 0)",
        );
        return Ok(Status::Failed);
    }
    Ok(if done.flawed { Status::Failed } else { Status::Clean })
}

fn redact(args: &Args, a: &RedactArgs, engine: &Engine, name: &FieldName, out: &mut dyn Write) -> Result<Done> {
    let path = match &a.path {
        Some(p) if p.as_os_str() != "-" => Some(p),
        _ => None,
    };
    if a.text.input_format == InputFormat::Records {
        let input: Box<dyn io::BufRead> = match path {
            Some(p) => Box::new(io::BufReader::new(open(p)?)),
            None => Box::new(io::stdin().lock()),
        };
        let (verdict, settled) = records::redact(input, args, &a.text, engine, name, out)?;
        if !settled {
            bail!("some lines are no records or could not be redacted; each has its error in its place");
        }
        return Ok(Done { verdict, settled, flawed: false });
    }
    let shown = path.or(a.text.stdin_filename.as_ref()).cloned().unwrap_or_else(|| PathBuf::from("-"));
    let input = match path {
        Some(p) => Input::new(open(p)?),
        None => Input::stdin(),
    };
    let failed = |e: FormatError| match e {
        // A reader that went away is told apart from other failures by its kind.
        FormatError::Io(e) if e.kind() == io::ErrorKind::BrokenPipe => e.into(),
        e => anyhow!("{}: {}", shown.display(), told(&e)),
    };
    let options = setup::scan_options(&a.text, name, a.threads.get(), true)?;
    let mut row = RunRow::begin(args, engine, "redact", name)?;
    let mut tell = |told: &Told<'_, Seen>| {
        told.judged.judged.decisions.iter().for_each(|d| row.count(d));
        Ok(())
    };
    let scanned = scan(engine, &options, input, Some(&shown), out, &mut tell).map_err(failed)?;
    row.texts(scanned.texts);
    row.end(scanned.settled && scanned.flaw().is_none())?;
    if !args.quiet {
        let columns: Vec<Unmapped> = scanned
            .unmapped
            .iter()
            .map(|u| Unmapped { path: String::new(), column: u.column.clone(), suggested_field: u.suggested.clone() })
            .collect();
        for (_, columns) in by_path(&columns) {
            let (count, names) = (columns.len(), columns_of(&columns));
            let what = if count == 1 { "column has no rule and was" } else { "columns have no rule and were" };
            super::say(&format!("{}: {count} {what} judged by `default`: {names}", shown.display()));
        }
    }
    if let Some(flaw) = scanned.flaw() {
        if a.output.is_some() || a.in_place {
            bail!("{}: {flaw}; no file was written", shown.display());
        }
        super::say(&format!("fritext: {}: {flaw}", shown.display()));
    }
    Ok(Done { verdict: scanned.verdict, settled: scanned.settled, flawed: scanned.flaw().is_some() })
}

/// Writes into a new file beside the target and puts it in place when everything is done: no partial file.
fn to_file(args: &Args, a: &RedactArgs, engine: &Engine, name: &FieldName, target: &Path) -> Result<Done> {
    if a.path.as_deref().is_some_and(|p| same_file(p, target)) {
        bail!("{}: this is the input; use --in-place with --backup", target.display());
    }
    let at = |e: io::Error| anyhow!("{}: {}", target.display(), reason(&e));
    let file = crate::durable::Replacement::new(target).map_err(at)?;
    let mut out = BufWriter::with_capacity(1 << 16, file);
    let done = redact(args, a, engine, name, &mut out)?;
    if done.settled {
        out.into_inner().map_err(|e| at(e.into_error()))?.commit().map_err(at)?;
    }
    Ok(done)
}

/// Puts the original into the backup folder, durably, before the file is replaced.
fn in_place(args: &Args, a: &RedactArgs, engine: &Engine, name: &FieldName) -> Result<Done> {
    let (Some(path), Some(backup)) = (&a.path, &a.backup) else { bail!("--in-place needs a file and --backup") };
    let at = |p: &Path| {
        let p = p.display().to_string();
        move |e: io::Error| anyhow!("{p}: {}", reason(&e))
    };
    let file = crate::durable::Replacement::new(path).map_err(at(path))?;
    let mut out = BufWriter::with_capacity(1 << 16, file);
    let done = redact(args, a, engine, name, &mut out)?;
    if !done.settled {
        return Ok(done);
    }
    let out = out.into_inner().map_err(|e| at(path)(e.into_error()))?;
    std::fs::create_dir_all(backup).map_err(at(backup))?;
    let kept = crate::durable::keep_copy(path, backup)
        .map_err(at(backup))
        .context("the original could not be kept; nothing was changed")?;
    tracing::info!("the original was kept");
    out.commit().map_err(at(path))?;
    if !args.quiet {
        super::say(&format!("the original is kept as {}", kept.display()));
    }
    Ok(done)
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((std::fs::canonicalize(a), std::fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}
