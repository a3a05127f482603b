//! The last lines of a run, for people: counts by system and category, what has no rule, what was not read.

use super::entry::{Summary, Unmapped};
use super::human::wrapped;
use super::paint::Paint;
use crate::model::Action;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Names of columns that one line tells.
const NAMED: usize = 12;

/// Renders the summary.
pub fn human_summary(summary: &Summary, locale: &str, paint: Paint, width: usize) -> String {
    let word = |sv: &'static str, da: &'static str, en: &'static str| match locale {
        "sv" => sv,
        "da" => da,
        _ => en,
    };
    let mut out = String::new();
    let count = |action: Action| summary.actions.get(action.id()).copied().unwrap_or_default();
    let files = if summary.files == 1 { word("fil", "fil", "file") } else { word("filer", "filer", "files") };
    let texts = if summary.fields == 1 { word("text", "tekst", "text") } else { word("texter", "tekster", "texts") };
    let actions = Action::ALL.iter().rev().map(|a| format!("{} {}", count(*a), a.id())).collect::<Vec<_>>().join(", ");
    let head = format!("{} {files}, {} {texts}: {actions}", summary.files, summary.fields);
    let _ = writeln!(out, "{}", paint.strong(&head));
    out.push_str(&table(summary, paint));
    for (path, columns) in by_path(&summary.unmapped) {
        let one = columns.len() == 1;
        let what = match locale {
            "sv" if one => "kolumn utan regel, bedömd som default",
            "sv" => "kolumner utan regel, bedömda som default",
            "da" if one => "kolonne uden regel, bedømt som default",
            "da" => "kolonner uden regel, bedømt som default",
            _ if one => "column without a rule, judged by default",
            _ => "columns without a rule, judged by default",
        };
        let line = format!("{} {what}: {path}: {}", columns.len(), columns_of(&columns));
        let _ = writeln!(out, "  {}", wrapped(&line, width, 2, 4));
    }
    if summary.skipped_media > 0 {
        let one = summary.skipped_media == 1;
        let what = match locale {
            "sv" if one => "mediefil överhoppad; bilder och film kräver samtycke",
            "sv" => "mediefiler överhoppade; bilder och film kräver samtycke",
            "da" if one => "mediefil sprunget over; billeder og film kræver samtykke",
            "da" => "mediefiler sprunget over; billeder og film kræver samtykke",
            _ if one => "media file passed over; pictures and film need consent",
            _ => "media files passed over; pictures and film need consent",
        };
        let _ = writeln!(out, "  {}", wrapped(&format!("{} {what}", summary.skipped_media), width, 2, 4));
    }
    if !summary.not_scanned.is_empty() {
        let _ =
            writeln!(out, "  {}", paint.action(Action::Block, &format!("not scanned: {}", summary.not_scanned.len())));
        for entry in &summary.not_scanned {
            let line = format!("{}: {}", entry["path"], entry["reason"]);
            let _ = writeln!(out, "    {}", wrapped(&line, width, 4, 6));
        }
    }
    out
}

/// Findings by system and category, strongest action first.
fn table(summary: &Summary, paint: Paint) -> String {
    let mut out = String::new();
    if summary.table.is_empty() {
        return out;
    }
    let wide = summary.table.keys().map(|(s, c)| s.width().max(c.width() + 2)).max().unwrap_or_default() + 2;
    let actions = [Action::Block, Action::Redact, Action::Flag];
    let _ =
        writeln!(out, "\n  {}{}", " ".repeat(wide), actions.map(|a| paint.strong(&format!("{:>7}", a.id()))).concat());
    let cell = |n: u64| if n == 0 { format!("{:>7}", "·") } else { format!("{n:>7}") };
    let mut last = "";
    for ((system, category), counts) in &summary.table {
        if system != last {
            let of_system = || summary.table.iter().filter(|((s, _), _)| s == system);
            let sums = [0, 1, 2].map(|i| of_system().map(|(_, c)| c[i]).sum::<u64>());
            let name = format!("{system}{}", " ".repeat(wide - system.width()));
            let _ = writeln!(out, "  {}{}", paint.strong(&name), sums.map(cell).concat());
            last = system;
        }
        let name = format!("  {category}{}", " ".repeat(wide - 2 - category.width()));
        let _ = writeln!(out, "  {name}{}", counts.map(cell).concat());
    }
    out.push('\n');
    out
}

/// Columns without a rule, those of a file together.
pub fn by_path(unmapped: &[Unmapped]) -> Vec<(&str, Vec<&Unmapped>)> {
    let mut out: Vec<(&str, Vec<&Unmapped>)> = Vec::new();
    for column in unmapped {
        match out.iter_mut().find(|(path, _)| *path == column.path) {
            Some((_, columns)) => columns.push(column),
            None => out.push((&column.path, vec![column])),
        }
    }
    out
}

/// The names of columns, with the field that they may be where all of them point to one.
pub fn columns_of(columns: &[&Unmapped]) -> String {
    let names: Vec<&str> = columns.iter().take(NAMED).map(|u| u.column.as_str()).collect();
    let mut out = names.join(", ");
    if columns.len() > NAMED {
        let _ = write!(out, " … (+{})", columns.len() - NAMED);
    }
    let mut fields: Vec<&str> = columns.iter().filter_map(|u| u.suggested_field.as_deref()).collect();
    fields.sort_unstable();
    fields.dedup();
    if !fields.is_empty() {
        let _ = write!(out, " ({}?)", fields.join(", "));
    }
    out
}
