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
    let word_of = |one: bool, [sv, da, en]: [[&'static str; 2]; 3]| {
        let [single, several] = match locale {
            "sv" => sv,
            "da" => da,
            _ => en,
        };
        if one { single } else { several }
    };
    let mut out = String::new();
    let count = |action: Action| summary.actions.get(action.id()).copied().unwrap_or_default();
    let files = word_of(summary.files == 1, [["fil", "filer"], ["fil", "filer"], ["file", "files"]]);
    let texts = word_of(summary.fields == 1, [["text", "texter"], ["tekst", "tekster"], ["text", "texts"]]);
    let actions = Action::ALL.iter().rev().map(|a| format!("{} {}", count(*a), a.id())).collect::<Vec<_>>().join(", ");
    let head = format!("{} {files}, {} {texts}: {actions}", summary.files, summary.fields);
    let _ = writeln!(out, "{}", paint.strong(&head));
    out.push_str(&table(summary, paint));
    for (path, columns) in by_path(&summary.unmapped) {
        let what = word_of(
            columns.len() == 1,
            [
                ["kolumn utan regel, bedömd som default", "kolumner utan regel, bedömda som default"],
                ["kolonne uden regel, bedømt som default", "kolonner uden regel, bedømt som default"],
                ["column without a rule, judged by default", "columns without a rule, judged by default"],
            ],
        );
        let line = format!("{} {what}: {path}: {}", columns.len(), columns_of(&columns));
        let _ = writeln!(out, "  {}", wrapped(&line, width, 2, 4));
    }
    if summary.skipped_media > 0 {
        let what = word_of(
            summary.skipped_media == 1,
            [
                [
                    "mediefil överhoppad; bilder och film kräver samtycke",
                    "mediefiler överhoppade; bilder och film kräver samtycke",
                ],
                [
                    "mediefil sprunget over; billeder og film kræver samtykke",
                    "mediefiler sprunget over; billeder og film kræver samtykke",
                ],
                [
                    "media file passed over; pictures and film need consent",
                    "media files passed over; pictures and film need consent",
                ],
            ],
        );
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
