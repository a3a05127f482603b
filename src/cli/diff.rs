//! `fritext config diff`: what another configuration would do to texts, told in numbers and never in text.

use super::args::{Args, TextArgs};
use super::files::{Found, files};
use super::{Status, setup};
use crate::format::{Input, Told};
use crate::judge::Seen;
use crate::model::Action;
use crate::pipeline::Engine;
use crate::scan::scan;
use anyhow::Result;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where a text stands in its file.
type Place = (u64, Option<u64>, Option<Box<str>>, Option<String>);
/// The verdict of a text, and the field it stands in.
type Texts = BTreeMap<Place, (Action, String)>;

/// What one configuration does to one file.
struct Side {
    texts: Texts,
    read: u64,
    whole: bool,
}

#[derive(Default)]
struct Difference {
    files: usize,
    read: u64,
    unread: Vec<String>,
    /// Texts by field and verdict before and after.
    moved: BTreeMap<(String, Action, Action), u64>,
    /// Findings by category and action, before and after.
    findings: BTreeMap<(&'static str, Action), [u64; 2]>,
}

pub(super) fn run(args: &Args, configs: [&PathBuf; 2], paths: &[PathBuf], text: &TextArgs) -> Result<Status> {
    let engine = |path: &PathBuf| {
        let file = Some(path).filter(|p| p.as_os_str() != "builtin");
        setup::engine_of(args, file.cloned())
    };
    let engines = [engine(configs[0])?, engine(configs[1])?];
    let mut difference = Difference::default();
    for found in files(paths) {
        match found {
            Found::File(path, _) => difference.file(&engines, text, &path)?,
            Found::Failed(path, reason, _) => difference.unread.push(format!("{}: {reason}", path.display())),
            Found::Media => {}
        }
    }
    difference.say(&mut io::stdout().lock())?;
    difference.unread.iter().for_each(|u| super::say(&format!("not scanned: {u}")));
    Ok(match (difference.unread.is_empty(), difference.moved.is_empty()) {
        (false, _) => Status::Failed,
        (true, true) => Status::Clean,
        (true, false) => Status::Found,
    })
}

impl Difference {
    fn file(&mut self, engines: &[Engine; 2], text: &TextArgs, path: &Path) -> Result<()> {
        self.files += 1;
        let mut sides = Vec::new();
        for (side, engine) in engines.iter().enumerate() {
            match self.side(side, engine, text, path)? {
                Some(seen) => sides.push(seen),
                None => return Ok(()),
            }
        }
        let (Some(new), Some(old)) = (sides.pop(), sides.pop()) else { return Ok(()) };
        self.read += new.read;
        if !new.whole {
            self.unread.push(format!("{}: it breaks its format; `fritext check` says where", path.display()));
        }
        let places = old.texts.keys().chain(new.texts.keys().filter(|k| !old.texts.contains_key(*k)));
        for place in places {
            let (before, after) = (old.texts.get(place), new.texts.get(place));
            let field = after.or(before).map(|(_, f)| f.clone()).unwrap_or_default();
            let verdict = |side: Option<&(Action, String)>| side.map_or(Action::Allow, |(v, _)| *v);
            if verdict(before) != verdict(after) {
                *self.moved.entry((field, verdict(before), verdict(after))).or_default() += 1;
            }
        }
        Ok(())
    }

    /// The verdicts of one file under one configuration; none if it cannot be read.
    fn side(&mut self, side: usize, engine: &Engine, text: &TextArgs, path: &Path) -> Result<Option<Side>> {
        let name = setup::field_name(&engine.policy, text)?;
        let options = setup::scan_options(text, &name, 1, false)?;
        let mut texts = Texts::new();
        let findings = &mut self.findings;
        let mut tell = |told: &Told<'_, Seen>| {
            let seen = &told.judged;
            for decision in &seen.judged.decisions {
                findings.entry((decision.finding.category.id(), decision.action)).or_default()[side] += 1;
            }
            let at = told.at;
            let place = (at.line, at.row, at.pointer.clone(), seen.column.clone());
            let word = |w: &Option<String>| w.clone().unwrap_or_else(|| "default".to_owned());
            let field = match &seen.rules.field {
                Some(field) => format!("{}.{field}", word(&seen.rules.system)),
                None => word(&seen.rules.system),
            };
            let verdict = texts.entry(place).or_insert((Action::Allow, field));
            verdict.0 = verdict.0.max(seen.judged.verdict);
            Ok(())
        };
        let input = match super::check::open(path) {
            Ok(file) => Input::new(file),
            Err(e) => {
                self.unread.push(format!("{e:#}"));
                return Ok(None);
            }
        };
        match scan(engine, &options, input, Some(path), &mut io::sink(), &mut tell) {
            Ok(scanned) => Ok(Some(Side { texts, read: scanned.texts, whole: scanned.flaw().is_none() })),
            Err(e) => {
                self.unread.push(format!("{}: {}", path.display(), super::check::told(&e)));
                Ok(None)
            }
        }
    }

    fn say(&self, out: &mut dyn Write) -> io::Result<()> {
        let sum = |test: fn(Action, Action) -> bool| -> u64 {
            self.moved.iter().filter(|((_, old, new), _)| test(*old, *new)).map(|(_, n)| n).sum()
        };
        let texts = |n: u64| if n == 1 { format!("{n} text") } else { format!("{n} texts") };
        let files = if self.files == 1 { "file" } else { "files" };
        writeln!(out, "{} {files}, {}", self.files, texts(self.read))?;
        let stops = |old: Action, new: Action| old < Action::Redact && new >= Action::Redact;
        let harder = |old: Action, new: Action| old == Action::Redact && new == Action::Block;
        let pointed = |old: Action, new: Action| old == Action::Allow && new == Action::Flag;
        let milder = |old: Action, new: Action| old >= Action::Redact && new < old;
        let silent = |old: Action, new: Action| old == Action::Flag && new == Action::Allow;
        for (count, what) in [
            (sum(stops), "would stop that can be saved now (redact or block)"),
            (sum(harder), "would be refused that are redacted now"),
            (sum(pointed), "would be pointed out that are not now"),
            (sum(milder), "would be treated more mildly"),
            (sum(silent), "would no longer be pointed out"),
        ] {
            if count > 0 {
                writeln!(out, "  {} {what}", texts(count))?;
            }
        }
        if self.moved.is_empty() {
            writeln!(out, "  no verdict changes")?;
        } else {
            let wide = self.moved.keys().map(|(f, ..)| f.chars().count()).max().unwrap_or_default();
            writeln!(out, "\nby field")?;
            for ((field, old, new), count) in &self.moved {
                writeln!(out, "  {field:wide$}  {:>6} → {:6} {count:6}", old.id(), new.id())?;
            }
        }
        let changed: Vec<_> = self.findings.iter().filter(|(_, [old, new])| old != new).collect();
        if !changed.is_empty() {
            writeln!(out, "\nby category (findings now → then)")?;
            for ((category, action), [old, new]) in changed {
                writeln!(out, "  {category:14} {:7} {old:6} → {new}", action.id())?;
            }
        }
        Ok(())
    }
}
