//! The form for people: one block a finding, the way compilers show an error.

use super::entry::Summary;
use super::paint::Paint;
use crate::model::{Action, Span};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// One finding as people see it.
#[derive(Debug)]
pub struct Shown<'a> {
    /// What is done.
    pub action: Action,
    /// Code of the message.
    pub code: &'a str,
    /// Its wording.
    pub message: &'a str,
    /// File, line and column.
    pub place: String,
    /// System and field, category, rule.
    pub about: String,
    /// The text it stands in.
    pub text: crate::model::Text<'a>,
    /// Where in it.
    pub span: Span,
    /// Number of the text's first line in the file.
    pub line: u64,
    /// What may stand instead.
    pub instead: Option<&'a str>,
    /// The word before the wording: instead, i stället, i stedet.
    pub instead_word: &'a str,
}

/// Renders a finding in `width` columns.
pub fn human(shown: &Shown<'_>, paint: Paint, width: usize) -> String {
    let mut out = String::new();
    let text = shown.text.expose();
    let start = text[..shown.span.start].rfind('\n').map_or(0, |i| i + 1);
    let line_number = shown.line + memchr::memchr_iter(b'\n', &text.as_bytes()[..start]).count() as u64;
    let end = text[start..].find(['\n', '\r']).map_or(text.len(), |i| start + i);
    let (line, before, marked) = excerpt(
        &text[start..end],
        shown.span.start - start,
        shown.span.end.min(end) - start,
        width.saturating_sub(10).max(30),
    );
    let margin = line_number.to_string().len();
    let blank = " ".repeat(margin);
    let head = format!("{}[{}]", shown.action.id(), shown.code);
    let _ = writeln!(
        out,
        "{}{}",
        paint.action(shown.action, &head),
        wrapped(&format!(": {}", shown.message), width, head.len(), 2)
    );
    let _ = writeln!(out, "{blank}{} {}  {}", paint.frame("-->"), shown.place, shown.about);
    let bar = paint.frame("|");
    let _ = writeln!(out, "{blank} {bar}");
    let _ = writeln!(out, "{} {bar} {line}", paint.frame(&line_number.to_string()));
    let _ =
        writeln!(out, "{blank} {bar} {}{}", " ".repeat(before), paint.action(shown.action, &"^".repeat(marked.max(1))));
    if let Some(instead) = shown.instead {
        let _ = writeln!(out, "{blank} {} {}: {instead}", paint.frame("="), shown.instead_word);
    }
    out
}

/// The part of a line round a span that fits a width; columns before the span and under it. Control characters show
/// as blanks.
fn excerpt(line: &str, start: usize, end: usize, width: usize) -> (String, usize, usize) {
    let show = |s: &str| -> String { s.chars().map(|c| if c.is_control() { ' ' } else { c }).collect() };
    let (before, span, after) =
        (show(&line[..start]), show(&line[start..end.max(start)]), show(&line[end.max(start)..]));
    let total = before.width() + span.width() + after.width();
    if total <= width {
        return (format!("{before}{span}{after}"), before.width(), span.width());
    }
    let span: String =
        if span.width() > width - 6 { span.chars().take(width - 7).chain(['…']).collect() } else { span };
    let room = width.saturating_sub(span.width() + 2);
    let left = before.chars().count().min(room * 2 / 3);
    let skipped = before.chars().count() - left;
    let mut head: String = before.chars().skip(skipped).collect();
    if skipped > 0 {
        head.insert(0, '…');
    }
    let room = width.saturating_sub(head.width() + span.width() + 1);
    let mut tail: String = after.chars().take(room).collect();
    if after.chars().count() > room {
        tail.push('…');
    }
    let columns = (head.width(), span.width());
    (format!("{head}{span}{tail}"), columns.0, columns.1)
}

/// Breaks a text at blanks to fit a width; `used` columns of the first line are taken, later lines are indented.
fn wrapped(text: &str, width: usize, used: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut column = used;
    for (i, word) in text.split(' ').enumerate() {
        if i > 0 {
            if column + 1 + word.width() > width {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                out.push(' ');
                column += 1;
            }
        }
        out.push_str(word);
        column += word.width();
    }
    out
}

/// The last lines of a run.
pub fn human_summary(summary: &Summary, locale: &str, paint: Paint) -> String {
    let word = |sv: &'static str, da: &'static str, en: &'static str| match locale {
        "sv" => sv,
        "da" => da,
        _ => en,
    };
    let mut out = String::new();
    let count = |action: Action| summary.actions.get(action.id()).copied().unwrap_or_default();
    let _ = writeln!(
        out,
        "{}",
        paint.strong(&format!(
            "{} {}, {} {}: {} block, {} redact, {} flag, {} allow",
            summary.files,
            word("filer", "filer", "files"),
            summary.fields,
            word("texter", "tekster", "texts"),
            count(Action::Block),
            count(Action::Redact),
            count(Action::Flag),
            count(Action::Allow),
        ))
    );
    let list = |map: &std::collections::BTreeMap<&str, u64>| {
        map.iter().map(|(k, n)| format!("{k} {n}")).collect::<Vec<_>>().join(", ")
    };
    if !summary.categories.is_empty() {
        let _ = writeln!(out, "  {}: {}", word("kategorier", "kategorier", "categories"), list(&summary.categories));
        let systems = summary.systems.iter().map(|(k, n)| (k.as_str(), *n)).collect();
        let _ = writeln!(out, "  {}: {}", word("system", "systemer", "systems"), list(&systems));
    }
    for unmapped in &summary.unmapped {
        let hint = unmapped.suggested_field.as_ref().map_or(String::new(), |f| format!(" ({f}?)"));
        let _ = writeln!(
            out,
            "  {}: {}: {}{hint}",
            word(
                "kolumn utan regel, bedömd som default",
                "kolonne uden regel, bedømt som default",
                "column without a rule, judged by default"
            ),
            unmapped.path,
            unmapped.column
        );
    }
    if summary.skipped_media > 0 {
        let _ = writeln!(
            out,
            "  {}: {}",
            word("mediefiler som hoppats över", "mediefiler sprunget over", "media files passed over"),
            summary.skipped_media
        );
    }
    for entry in &summary.not_scanned {
        let _ =
            writeln!(out, "  {} {}: {}", paint.action(Action::Flag, "not scanned:"), entry["path"], entry["reason"]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_round_the_span() {
        let line = format!("{}HIT{}", "a".repeat(200), "b".repeat(200));
        let (text, before, marked) = excerpt(&line, 200, 203, 60);
        assert!(text.width() <= 62, "{}", text.width());
        let shown: String = text.chars().skip(before).take(marked).collect();
        assert_eq!(shown, "HIT");
    }
}
