//! `fritext config map`: which fields the columns of a new export are, as lines for a configuration.

use super::args::{Args, TextArgs};
use super::check::{open, told};
use super::{Status, setup};
use crate::format::{Input, Told};
use crate::judge::{Known, Seen};
use crate::model::ColumnKind;
use crate::policy::{Policy, System};
use crate::scan::{Scanned, name_for, scan};
use anyhow::{Result, anyhow};
use std::io::{self, Write};
use std::path::Path;

pub(super) fn run(args: &Args, file: &Path, text: &TextArgs) -> Result<Status> {
    let engine = setup::engine(args)?;
    let name = setup::field_name(&engine.policy, text)?;
    let read = |system: Option<&System>| -> Result<Scanned> {
        let mut options = setup::scan_options(text, &name, 1, false)?;
        if let Some(system) = system {
            options.name.system = Some(system.id.clone());
        }
        let mut quiet = |_: &Told<'_, Seen>| Ok(());
        scan(&engine, &options, Input::new(open(file)?), Some(file), &mut io::sink(), &mut quiet)
            .map_err(|e| anyhow!("{}: {}", file.display(), told(&e)))
    };
    let mut scanned = read(None)?;
    let given = name_for(&engine.policy, &name, file).system;
    let mut system = given.as_deref().and_then(|s| engine.policy.system(s));
    let mut likely = false;
    if system.is_none() {
        system = likeliest(&engine.policy, &scanned.columns);
        if system.is_some() {
            scanned = read(system)?;
            likely = true;
        }
    }
    let mut out = io::stdout().lock();
    write!(out, "{}", proposal(file, system, likely, &scanned))?;
    Ok(Status::Clean)
}

/// The system whose exports use most of these headers.
fn likeliest<'a>(policy: &'a Policy, columns: &[Known]) -> Option<&'a System> {
    let hits = |s: &System| columns.iter().filter(|c| policy.field_of_column(s, &c.name).is_some()).count();
    // The first of the best: systems stand in the order of the policy.
    let best = policy.systems().map(hits).max().filter(|n| *n > 0)?;
    policy.systems().find(|s| hits(s) == best)
}

fn proposal(file: &Path, system: Option<&System>, likely: bool, scanned: &Scanned) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    let named: Vec<&Known> = scanned.columns.iter().filter(|c| c.field.is_some()).collect();
    let structured: Vec<&Known> =
        scanned.columns.iter().filter(|c| c.field.is_none() && c.kind != ColumnKind::FreeText).collect();
    line(format!("# Proposed by `fritext config map {}`. Look through it before you use it.", file.display()));
    if let (Some(system), true) = (system, likely) {
        line(format!("# No system was named; these headers are most like those of {}.", system.id));
    }
    for column in &named {
        line(format!("# {} is the field {}.", column.name, column.field.as_deref().unwrap_or_default()));
    }
    if !structured.is_empty() {
        let names: Vec<String> = structured.iter().map(|c| format!("{} ({})", c.name, held(c.kind))).collect();
        line("# Known by header or content, reported and never rewritten:".to_owned());
        line(format!("#   {}", names.join(", ")));
    }
    if scanned.unmapped.is_empty() {
        line("# No column of free text is left without a field.".to_owned());
        return out;
    }
    line("extends: builtin".to_owned());
    line("systems:".to_owned());
    let own = file.file_stem().map_or_else(|| "export".to_owned(), |s| key(&s.to_string_lossy()));
    line(format!("  {}:", system.map_or(own.as_str(), |s| s.id.as_str())));
    line("    fields:".to_owned());
    let mut fields: Vec<(String, Vec<&str>, bool)> = Vec::new();
    for unmapped in &scanned.unmapped {
        let suggested = unmapped.suggested.as_deref().and_then(|s| s.split_once('.')).map(|(_, f)| f.to_owned());
        let last = unmapped.column.rsplit('.').next().unwrap_or(&unmapped.column);
        let field = suggested.clone().unwrap_or_else(|| key(last));
        match fields.iter_mut().find(|(f, ..)| *f == field) {
            Some((_, columns, _)) => columns.push(&unmapped.column),
            None => fields.push((field, vec![&unmapped.column], suggested.is_some())),
        }
    }
    for (field, columns, known) in fields {
        line(format!("      {field}:"));
        let columns: Vec<String> = columns.iter().map(|c| serde_json::Value::from(*c).to_string()).collect();
        let why = if known { "   # is it this field?" } else { "" };
        line(format!("        columns: [{}]{why}", columns.join(", ")));
        if !known {
            line(
                "        place: note                 # or absence, title, journal … see config.example.yaml".to_owned(),
            );
            line(
                "        legal_basis: [art6.1.e]     # the rules are those of `default:` until you write your own"
                    .to_owned(),
            );
        }
    }
    out
}

const fn held(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::FreeText => "text",
        ColumnKind::Identifier => "identifier",
        ColumnKind::Code => "code",
        ColumnKind::OtherNumber => "number",
    }
}

/// A key for a name: lower case, nothing but letters, digits and `_`.
fn key(name: &str) -> String {
    let letter = |c: char| match c {
        'å' | 'ä' => 'a',
        'ö' | 'ø' => 'o',
        'æ' => 'a',
        c if c.is_ascii_alphanumeric() => c,
        _ => '_',
    };
    let key: String = name.to_lowercase().chars().map(letter).collect();
    let key = key.split('_').filter(|p| !p.is_empty()).collect::<Vec<_>>().join("_");
    if key.starts_with(|c: char| c.is_ascii_alphabetic()) { key } else { format!("falt_{key}") }
}
