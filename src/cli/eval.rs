//! `fritext eval`: what the recognizers find in marked texts, against the marks.

use super::args::{Args, EvalArgs, EvalFormat};
use super::score::{Score, unmarked};
use super::{Status, setup};
use crate::model::{FieldName, Lang};
use crate::pipeline::{Engine, Place};
use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};

/// A marked record. `id` and whatever else it holds do not matter here.
#[derive(Deserialize)]
struct Gold {
    lang: Option<String>,
    system: Option<String>,
    field: Option<String>,
    marked: String,
    mode: Option<String>,
}

pub(super) fn run(args: &Args, a: &EvalArgs) -> Result<Status> {
    let engine = setup::engine(args)?;
    let mut score = Score::default();
    for path in &a.gold {
        let file = io::BufReader::new(super::check::open(path)?);
        for (line, number) in file.lines().zip(1..) {
            let at = || format!("{}:{number}", path.display());
            let line = line.with_context(at)?;
            if !line.trim().is_empty() {
                add(&engine, &line, &mut score).map_err(|e| anyhow!("{}: {e}", at()))?;
            }
        }
    }
    let mut out = io::stdout().lock();
    match a.format {
        EvalFormat::Json => writeln!(out, "{}", score.json())?,
        EvalFormat::Human => people(&score, &mut out)?,
    }
    Ok(Status::Clean)
}

fn add(engine: &Engine, line: &str, score: &mut Score) -> Result<(), String> {
    // What serde says of a wrong record quotes it.
    let gold: Gold =
        serde_json::from_str(line).map_err(|e| format!("this is no marked record (column {})", e.column()))?;
    let (text, marks) = unmarked(&gold.marked)?;
    let rules = engine.rules(&FieldName { system: gold.system, field: gold.field });
    let place = Place { lang: gold.lang.as_deref().and_then(Lang::from_id), ..Place::new(&rules) };
    let characters = |byte: usize| text[..byte].chars().count();
    let findings: BTreeSet<_> = engine
        .check(&text, &place)
        .decisions
        .iter()
        .map(|d| (characters(d.finding.span.start), characters(d.finding.span.end), d.finding.category))
        .collect();
    score.add(&marks, &findings, gold.mode.as_deref().unwrap_or("clean"));
    Ok(())
}

fn people(score: &Score, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:14} precision  recall      F1   found  wrong  missed", "")?;
    for (name, counts) in score.rows() {
        if name == "identifiers" {
            writeln!(out)?;
        }
        let [precision, recall, f1] = counts.measures();
        let (found, wrong, missed) = (counts.found, counts.wrong, counts.missed);
        writeln!(out, "{name:14} {precision:9.3} {recall:7.3} {f1:7.3} {found:7} {wrong:6} {missed:7}")?;
    }
    let [leaked, over] = score.shares();
    writeln!(out, "\n{} records", score.records)?;
    writeln!(out, "{:5.2} % of the characters that are marked were not found", leaked * 100.0)?;
    writeln!(out, "{:5.2} % of the characters that were found are not marked", over * 100.0)?;
    for (mode, share) in score.alarms() {
        writeln!(out, "{:5.2} % of the {mode} records without marks got a finding", share * 100.0)?;
    }
    Ok(())
}
