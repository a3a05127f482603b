//! What `check` prints about texts, in the form that was asked for.

use super::args::{Args, CheckArgs, OutputFormat};
use super::check::colour;
use crate::format::Told;
use crate::judge::Seen;
use crate::model::{Action, Decision};
use crate::pipeline::Engine;
use crate::record::{Shape, entry, field_entry};
use crate::report::{
    Entry, FieldEntry, Paint, Shown, Summary, github, github_unread, human, human_summary, sarif_head, sarif_result,
    sarif_tail,
};
use std::io::{self, IsTerminal, Write};

/// Prints findings.
pub(super) struct Teller<'a> {
    args: &'a Args,
    a: &'a CheckArgs,
    engine: &'a Engine,
    paint: Paint,
    width: usize,
    /// Nothing was printed yet.
    pub first: bool,
    /// Where the last text stood that was refused without a word on why: one block a row is enough.
    refused: Option<String>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(args: &'a Args, a: &'a CheckArgs, engine: &'a Engine) -> Self {
        let (paint, width) = (Paint(colour(args)), terminal_width());
        Self { args, a, engine, paint, width, first: true, refused: None }
    }

    /// What stands before everything.
    pub(super) fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.a.format {
            OutputFormat::Json => write!(out, "{{\"files\":["),
            OutputFormat::Sarif => {
                let locale = self.args.messages_in().unwrap_or("en");
                let messages = &self.engine.policy.messages;
                let known = |i: usize| messages[..i].iter().all(|m| m.code != messages[i].code);
                let rules = (0..messages.len()).filter(|i| known(*i)).map(|i| &messages[i]);
                let rules = rules.map(|m| (m.code.as_str(), m.message.get(locale)));
                write!(out, "{}", sarif_head(env!("CARGO_PKG_VERSION"), rules))
            }
            _ => Ok(()),
        }
    }

    /// Whether what is printed of several files is parted by commas.
    pub(super) fn parted(&self) -> bool {
        matches!(self.a.format, OutputFormat::Json | OutputFormat::Sarif)
    }

    /// The findings of a text.
    pub(super) fn tell(&mut self, told: &Told<'_, Seen>, path: &str, out: &mut dyn Write) -> io::Result<()> {
        match self.a.format {
            OutputFormat::Human => self.people(told, path, out),
            OutputFormat::Json | OutputFormat::Jsonl => {
                let field = self.field(told, path);
                self.comma(out)?;
                serde_json::to_writer(&mut *out, &field)?;
                if self.a.format == OutputFormat::Jsonl { writeln!(out) } else { Ok(()) }
            }
            OutputFormat::Sarif | OutputFormat::Github => {
                let mut field = self.field(told, path);
                let findings = std::mem::take(&mut field.findings);
                let silent = told.judged.judged.combined.is_some();
                let shown = findings.iter().zip(&told.judged.judged.decisions);
                let shown = shown.filter(|(_, d)| d.action > Action::Allow).take(if silent { 1 } else { usize::MAX });
                for (finding, decision) in shown {
                    let whole = silent || told.at.row.is_some() || told.at.pointer.is_some();
                    let columns = (!whole).then(|| (finding.column, end_column(told, decision, finding)));
                    if self.a.format == OutputFormat::Github {
                        writeln!(out, "{}", github(&field, finding, columns))?;
                    } else {
                        self.comma(out)?;
                        serde_json::to_writer(&mut *out, &sarif_result(&field, finding, columns))?;
                    }
                }
                Ok(())
            }
        }
    }

    /// What stands after everything.
    pub(super) fn end(&self, summary: &Summary, failed: bool, out: &mut dyn Write) -> io::Result<()> {
        match self.a.format {
            OutputFormat::Human if !self.args.quiet => {
                let locale = self.args.messages_in().unwrap_or("en");
                write!(out, "{}", human_summary(summary, locale, self.paint, self.width))
            }
            OutputFormat::Human => Ok(()),
            OutputFormat::Jsonl => writeln!(out, "{}", summary.line()),
            OutputFormat::Json => writeln!(out, "],\"summary\":{}}}", serde_json::to_string(summary)?),
            OutputFormat::Sarif => writeln!(out, "{}", sarif_tail(summary, failed)),
            OutputFormat::Github => write!(out, "{}", github_unread(summary)),
        }
    }

    fn comma(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.parted() && !std::mem::take(&mut self.first) { write!(out, ",") } else { Ok(()) }
    }

    fn people(&mut self, told: &Told<'_, Seen>, path: &str, out: &mut dyn Write) -> io::Result<()> {
        let (seen, text) = (&told.judged, told.text);
        let locale = self.args.messages_in().unwrap_or(seen.judged.lang.id());
        let word = |sv: &'static str, da: &'static str, en: &'static str| match locale {
            "sv" => sv,
            "da" => da,
            _ => en,
        };
        let silent = seen.judged.combined.is_some();
        for decision in seen.judged.decisions.iter().filter(|d| d.action > Action::Allow) {
            let entry = entry(self.engine, &seen.rules, &seen.judged, decision, text.expose(), self.shape(locale));
            let line = told.at.line + entry.line as u64 - 1;
            let place = match silent {
                true => format!("{path}:{}", told.at.line),
                false => format!("{path}:{line}:{}", entry.column),
            };
            if silent && self.refused.replace(place.clone()).as_ref() == Some(&place) {
                return Ok(());
            }
            let column = told.at.pointer.as_deref().filter(|p| !p.is_empty()).or(seen.column.as_deref());
            let column = column.map_or(String::new(), |c| format!(", {}", c.replace(char::is_control, " ")));
            let mut notes = vec![(word("fält", "felt", "field"), format!("{}{column}", entry.rule))];
            if let Some(instead) = entry.suggestion {
                notes.push((word("i stället", "i stedet", "instead"), instead));
            }
            let shown = Shown {
                action: decision.action,
                code: entry.code.as_deref().unwrap_or(entry.category),
                message: entry.message.as_deref().unwrap_or_default(),
                place,
                line: told.at.line,
                text: Some(text).filter(|_| !silent),
                span: decision.finding.span,
                label: format!("{}, {:.2}", entry.kind.unwrap_or(entry.category), entry.confidence),
                notes,
            };
            writeln!(out, "{}", human(&shown, self.paint, self.width))?;
        }
        Ok(())
    }

    const fn shape<'l>(&self, locale: &'l str) -> Shape<'l> {
        Shape { locale, offsets: self.a.result.offsets, show_text: self.a.result.show_text }
    }

    fn field(&self, told: &Told<'_, Seen>, path: &str) -> FieldEntry {
        let locale = self.args.messages_in().unwrap_or(told.judged.judged.lang.id());
        field_entry(self.engine, told, path, self.shape(locale))
    }
}

/// The column after a finding that ends on the line it begins on.
fn end_column(told: &Told<'_, Seen>, decision: &Decision, finding: &Entry) -> Option<usize> {
    let span = decision.finding.span;
    let marked = &told.text.expose()[span.start..span.end];
    (!marked.contains('\n')).then(|| finding.column + marked.chars().count())
}

/// Columns of the terminal; 100 where there is none.
fn terminal_width() -> usize {
    let set = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let asked = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let terminal = || if io::stdout().is_terminal() { asked() } else { None };
    set.or_else(terminal).unwrap_or(100).clamp(40, 140)
}
