//! The visitor of every command: finds the rules of each text, judges it, tells somebody, answers with the edits.

use crate::format::{Answer, Part, Visitor};
use crate::model::{Action, ColumnKind, FieldName, Group, Lang, Text};
use crate::pipeline::{Engine, Judged, Place};
use crate::policy::FieldRules;
use crate::recognize::{ColumnJudge, language_of};
use crate::report::Unmapped;

/// A judged text with where it stands.
pub(super) struct Seen<'a> {
    /// Its characters.
    pub(super) text: Text<'a>,
    /// The rules of its field.
    pub(super) rules: &'a FieldRules,
    /// What was decided.
    pub(super) judged: &'a Judged,
    /// Row from 1.
    pub(super) row: Option<u64>,
    /// Header of its column.
    pub(super) column: Option<&'a str>,
    /// Line of the file on which it begins.
    pub(super) line: u64,
}

/// Judges the texts of one stream.
pub(super) struct Judge<'a> {
    engine: &'a Engine,
    name: FieldName,
    lang: Option<Lang>,
    whole: FieldRules,
    columns: Vec<Column>,
    header: bool,
    redact: bool,
    tell: &'a mut dyn FnMut(&Seen<'_>),
    /// Free-text columns that no rule names: header, and a field it may be.
    pub(super) unmapped: Vec<Unmapped>,
    /// The strongest action so far.
    pub(super) verdict: Action,
    /// Whether every redacted text came out clean.
    pub(super) settled: bool,
}

struct Column {
    name: Option<String>,
    rules: FieldRules,
    kind: ColumnKind,
    lent: Option<Lang>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        name: FieldName,
        lang: Option<Lang>,
        redact: bool,
        tell: &'a mut dyn FnMut(&Seen<'_>),
    ) -> Self {
        Self {
            whole: engine.rules(&name),
            engine,
            name,
            lang,
            columns: Vec::new(),
            header: false,
            redact,
            tell,
            unmapped: Vec::new(),
            verdict: Action::Allow,
            settled: true,
        }
    }

    fn column(&mut self, header: Option<&str>, cells: &[&str]) -> Column {
        let mut judge = ColumnJudge::new(&self.engine.lexicons, header.unwrap_or_default(), self.engine.today);
        cells.iter().for_each(|c| judge.see(c));
        let policy = &self.engine.policy;
        let system = self.name.system.as_deref().and_then(|s| policy.system(s));
        let mapped = system.zip(header).and_then(|(s, h)| policy.field_of_column(s, h)).map(|f| f.id.clone());
        let free = judge.kind() == ColumnKind::FreeText;
        let (rules, kind) = match (&mapped, &self.name.field) {
            (Some(field), _) => (self.rules_of(Some(field.clone())), ColumnKind::FreeText),
            (None, Some(field)) if free => (self.rules_of(Some(field.clone())), ColumnKind::FreeText),
            _ => (self.rules_of(None), judge.kind()),
        };
        if let (None, None, true, Some(system), Some(header)) = (&mapped, &self.name.field, free, system, header) {
            let fields = || policy.fields(system);
            let near = fields().find(|f| {
                !crate::model::nearest(header, f.columns.iter().map(String::as_str).chain([f.id.as_str()])).is_empty()
            });
            let suggested = near.or_else(|| fields().next()).map(|f| format!("{}.{}", system.id, f.id));
            self.unmapped.push(Unmapped { path: String::new(), column: header.to_owned(), suggested_field: suggested });
        }
        Column { name: header.map(str::to_owned), rules, kind, lent: None }
    }

    /// The rules of a field of the system; an unmapped column is judged by `default`.
    fn rules_of(&self, field: Option<String>) -> FieldRules {
        let system = self.name.system.clone().filter(|_| field.is_some());
        self.engine.rules(&FieldName { system, field })
    }
}

impl Visitor for Judge<'_> {
    fn table(&mut self, header: Option<&[String]>, rows: &[Vec<String>]) {
        self.header = header.is_some();
        let width = rows.iter().map(Vec::len).chain(header.map(<[_]>::len)).max().unwrap_or_default();
        let mut sample = String::new();
        for i in 0..width {
            let cells: Vec<&str> = rows.iter().filter_map(|r| r.get(i)).map(String::as_str).collect();
            let column = self.column(header.and_then(|h| h.get(i)).map(String::as_str), &cells);
            if column.kind == ColumnKind::FreeText {
                cells.iter().take(200).for_each(|c| {
                    sample.push_str(c);
                    sample.push('\n');
                });
            }
            self.columns.push(column);
        }
        let lent = language_of(&self.engine.lexicons, &sample).one();
        self.columns.iter_mut().for_each(|c| c.lent = lent);
    }

    fn text(&mut self, part: &Part<'_>) -> Answer {
        let text = part.text.expose();
        let column = part.cell.and_then(|(_, c)| self.columns.get(c));
        let heading = self.header && part.cell.is_some_and(|(row, _)| row == 1);
        let rules = column.map_or(&self.whole, |c| &c.rules);
        let place = Place {
            rules,
            lang: self.lang,
            lent: column.and_then(|c| c.lent),
            column: if heading { ColumnKind::Code } else { column.map_or(ColumnKind::FreeText, |c| c.kind) },
        };
        let mut judged = if self.redact { self.engine.judge(text, &place) } else { self.engine.propose(text, &place) };
        if heading {
            // A header names what the column holds; only identifiers in it are findings.
            judged.decisions.retain(|d| d.finding.category.group() == Group::Identifiers);
            judged.verdict = judged.decisions.iter().map(|d| d.action).max().unwrap_or_default();
        }
        let cut = part.soft_end.map_or(text.len(), |end| cut_before(text, end, &judged));
        if cut < text.len() {
            judged.decisions.retain(|d| d.finding.span.end <= cut);
            judged.edits.retain(|e| e.span.end <= cut);
            judged.verdict = judged.decisions.iter().map(|d| d.action).max().unwrap_or_default();
        }
        self.verdict = self.verdict.max(judged.verdict);
        self.settled &= judged.settled;
        (self.tell)(&Seen {
            text: part.text,
            rules,
            judged: &judged,
            row: part.cell.map(|(row, _)| row),
            column: column.and_then(|c| c.name.as_deref()),
            line: part.line,
        });
        // `check` writes nothing on: its edits are suggestions.
        Answer { edits: if self.redact { judged.edits } else { Vec::new() }, cut }
    }
}

/// Where a long text is cut: after a line, else a blank, else anywhere, at or before `end`, outside every finding.
fn cut_before(text: &str, end: usize, judged: &Judged) -> usize {
    let end = (0..=end).rev().find(|i| text.is_char_boundary(*i)).unwrap_or_default();
    let outside = |at: usize| {
        let inside = |start: usize, stop: usize| start < at && at < stop;
        !judged.decisions.iter().any(|d| inside(d.finding.span.start, d.finding.span.end))
            && !judged.edits.iter().any(|e| inside(e.span.start, e.span.end))
    };
    let after =
        |c: char| text[..end].rmatch_indices(c).map(|(i, _)| i + 1).take(1000).find(|at| *at > end / 2 && outside(*at));
    after('\n')
        .or_else(|| after(' '))
        .or_else(|| (end / 2..=end).rev().find(|i| text.is_char_boundary(*i) && outside(*i)))
        .unwrap_or(end)
}
