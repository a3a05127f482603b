//! The texts of a stream judged: which rules hold for each, what is found, what is changed. Every door uses it; they
//! differ in where bytes come from and where the verdict goes.

use crate::format::{Part, Verdict, Visitor};
use crate::model::{Action, Category, ColumnKind, FieldName, Group, Lang, nearest};
use crate::pipeline::{Engine, Judged, Place};
use crate::policy::FieldRules;
use crate::recognize::{ColumnJudge, Header, language_of};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// Words in a cell that make it free text, whatever its column holds.
const FREE_WORDS: usize = 6;
/// Words of a header or a key.
const HEADING_WORDS: usize = 3;
/// Words that make a value one that a person wrote.
const WRITTEN_WORDS: usize = 3;
/// Columns that are told.
const TOLD: usize = 200;

/// Judges the texts of one stream.
pub struct Judge<'a> {
    engine: &'a Engine,
    name: FieldName,
    lang: Option<Lang>,
    whole: Arc<FieldRules>,
    redact: bool,
    unmapped: Mutex<Vec<Unmapped>>,
    columns: Mutex<Vec<Known>>,
    verdict: AtomicU8,
    unsettled: AtomicBool,
}

/// A column, key or element.
#[derive(Debug)]
pub struct Column {
    /// Its name as it may be shown.
    name: Option<String>,
    rules: Arc<FieldRules>,
    kind: ColumnKind,
    holds: Option<Category>,
    lent: Option<Lang>,
    marking: bool,
    /// No rule names it: to be told once it proves to hold what people write.
    unmapped: AtomicBool,
    suggested: Option<String>,
}

/// Free text that no rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// Header or path of keys.
    pub column: String,
    /// `system.field` that it may be.
    pub suggested: Option<String>,
}

/// What is known about a column, key or element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name as it may be shown.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// The field of the system that names it.
    pub field: Option<String>,
}

/// A judged text on its way to be told.
#[derive(Debug)]
pub struct Seen {
    /// The rules of its field.
    pub rules: Arc<FieldRules>,
    /// What was decided.
    pub judged: Judged,
    /// Header of its column or path of its key.
    pub column: Option<String>,
}

impl<'a> Judge<'a> {
    /// A judge of texts in this place. With `redact`, texts are edited and read again.
    pub fn new(engine: &'a Engine, name: FieldName, lang: Option<Lang>, redact: bool) -> Self {
        Self {
            whole: Arc::new(engine.rules(&name)),
            engine,
            name,
            lang,
            redact,
            unmapped: Mutex::default(),
            columns: Mutex::default(),
            verdict: AtomicU8::new(0),
            unsettled: AtomicBool::new(false),
        }
    }

    /// The strongest action so far.
    pub fn verdict(&self) -> Action {
        let strongest = self.verdict.load(Relaxed);
        Action::ALL.into_iter().find(|a| *a as u8 == strongest).unwrap_or_default()
    }

    /// Whether every redacted text came out clean.
    pub fn settled(&self) -> bool {
        !self.unsettled.load(Relaxed)
    }

    /// Free text that no rule names, in order of name.
    pub fn unmapped(&self) -> Vec<Unmapped> {
        let mut all = self.unmapped.lock().map(|u| u.clone()).unwrap_or_default();
        all.sort_by(|a, b| a.column.cmp(&b.column));
        all.dedup();
        all
    }

    /// Columns, keys and elements in the order they were met.
    pub fn columns(&self) -> Vec<Known> {
        self.columns.lock().map(|c| c.clone()).unwrap_or_default()
    }

    fn tell_unmapped(&self, column: &Column) {
        let (Some(name), true) = (&column.name, column.unmapped.swap(false, Relaxed)) else { return };
        if let Ok(mut unmapped) = self.unmapped.lock()
            && unmapped.len() < TOLD
        {
            unmapped.push(Unmapped { column: name.clone(), suggested: column.suggested.clone() });
        }
    }

    /// What is known of a column by its name and what its cells make of it.
    fn known(&self, name: Option<&str>, header: &Header, kind: ColumnKind) -> Column {
        let policy = &self.engine.policy;
        let system = self.name.system.as_deref().and_then(|s| policy.system(s));
        let mapped = system.zip(name).and_then(|(s, n)| policy.field_of_column(s, n)).map(|f| f.id.clone());
        let free = kind == ColumnKind::FreeText;
        let (rules, kind) = match (&mapped, &self.name.field) {
            (Some(field), _) => (self.rules_of(Some(field)), ColumnKind::FreeText),
            (None, Some(field)) if free => (self.rules_of(Some(field)), ColumnKind::FreeText),
            _ => (self.rules_of(None), kind),
        };
        let unmapped = mapped.is_none() && self.name.field.is_none() && free && name.is_some() && !header.marking;
        let suggested = name.filter(|_| unmapped).and_then(|name| {
            let system = system?;
            let last = name.rsplit('.').next().unwrap_or(name);
            let fields = || policy.fields(system);
            let near = fields()
                .find(|f| !nearest(last, f.columns.iter().map(String::as_str).chain([f.id.as_str()])).is_empty());
            near.or_else(|| fields().next()).map(|f| format!("{}.{}", system.id, f.id))
        });
        let spoken_for = header.kind.is_some() || header.marking || mapped.is_some();
        let name = name.map(|n| shown(&if spoken_for { n.to_owned() } else { self.engine.neutral_name(n) }));
        if let (Some(name), Ok(mut columns)) = (&name, self.columns.lock())
            && columns.len() < TOLD
            && columns.iter().all(|c| c.name != *name)
        {
            let kind = if header.marking { ColumnKind::Code } else { kind };
            columns.push(Known { name: name.clone(), kind, field: mapped.clone() });
        }
        Column {
            name,
            rules,
            kind,
            holds: header.holds,
            lent: None,
            marking: header.marking,
            unmapped: AtomicBool::new(unmapped),
            suggested,
        }
    }

    /// The rules of a field of the system; an unmapped column is judged by `default`.
    fn rules_of(&self, field: Option<&String>) -> Arc<FieldRules> {
        let system = self.name.system.clone().filter(|_| field.is_some());
        Arc::new(self.engine.rules(&FieldName { system, field: field.cloned() }))
    }
}

impl Visitor for Judge<'_> {
    type Column = Column;
    type Judged = Seen;

    fn knows(&self, header: &str) -> bool {
        let known = Header::read(&self.engine.lexicons, header);
        let policy = &self.engine.policy;
        known.kind.is_some()
            || known.marking
            || self
                .name
                .system
                .as_deref()
                .and_then(|s| policy.system(s))
                .is_some_and(|s| policy.field_of_column(s, header).is_some())
    }

    fn table(&self, header: Option<&[String]>, rows: &[Vec<String>]) -> Vec<Column> {
        let width = rows.iter().map(Vec::len).chain(header.map(<[_]>::len)).max().unwrap_or_default();
        let mut sample = String::new();
        let mut columns = Vec::new();
        for i in 0..width {
            // Without a header a column is called by its number, and a policy may do so, too.
            let number = format!("#{}", i + 1);
            let name = header.and_then(|h| h.get(i)).map(String::as_str).filter(|n| !n.trim().is_empty());
            let name = name.or(header.is_none().then_some(number.as_str()));
            let cells = || rows.iter().filter_map(|r| r.get(i)).map(String::as_str);
            let known = Header::read(&self.engine.lexicons, name.unwrap_or_default());
            let mut judge = ColumnJudge::new(known.kind, self.engine.today);
            cells().for_each(|c| judge.see(c));
            let column = self.known(name, &known, judge.kind());
            if column.kind == ColumnKind::FreeText {
                cells().take(200).for_each(|c| {
                    sample.push_str(c);
                    sample.push('\n');
                });
                self.tell_unmapped(&column);
            }
            columns.push(column);
        }
        let lent = language_of(&self.engine.lexicons, &sample).one();
        columns.iter_mut().for_each(|c| c.lent = lent);
        columns
    }

    fn column(&self, name: &str) -> Column {
        let known = Header::of_path(&self.engine.lexicons, name);
        self.known(Some(name).filter(|n| !n.is_empty()), &known, known.kind.unwrap_or_default())
    }

    fn can_mark(&self, column: &Column) -> bool {
        column.marking
    }

    fn marks(&self, value: &str) -> bool {
        !Header::harmless(&self.engine.lexicons, value)
    }

    fn protects(&self, seen: &Seen) -> bool {
        seen.judged.protects || seen.judged.combined.is_some()
    }

    fn refused(&self, seen: &Seen) -> bool {
        seen.judged.combined.is_some()
    }

    fn judge(&self, part: &Part<'_, Column>) -> Verdict<Seen> {
        let text = part.text.expose();
        let column = part.column;
        // A name of a column has few words; a sentence in its place is a text.
        let heading = part.at.heading && words(text, HEADING_WORDS + 1) <= HEADING_WORDS;
        let kind = match column {
            _ if heading => ColumnKind::Code,
            // A sentence is free text wherever somebody typed it.
            Some(c) if c.kind != ColumnKind::FreeText && words(text, FREE_WORDS + 1) <= FREE_WORDS => c.kind,
            _ => ColumnKind::FreeText,
        };
        if let Some(column) = column
            && column.unmapped.load(Relaxed)
            && words(text, WRITTEN_WORDS) == WRITTEN_WORDS
        {
            self.tell_unmapped(column);
        }
        let rules = column.map_or(&self.whole, |c| &c.rules);
        let place = Place {
            lang: self.lang,
            lent: column.and_then(|c| c.lent),
            column: kind,
            marked: part.at.marked,
            holds: column.and_then(|c| c.holds).filter(|_| kind == ColumnKind::Identifier),
            ..Place::new(rules)
        };
        let mut judged = if self.redact { self.engine.judge(text, &place) } else { self.engine.propose(text, &place) };
        let (lead, tail) = part.context;
        if heading || lead + tail > 0 {
            let own = lead..text.len() - tail;
            // A header names what a column holds; only identifiers in it are findings.
            judged.decisions.retain(|d| {
                own.contains(&d.finding.span.start) && (!heading || d.finding.category.group() == Group::Identifiers)
            });
            judged.verdict = judged.decisions.iter().map(|d| d.action).max().unwrap_or_default();
            if heading && judged.verdict < Action::Redact {
                judged.edits.clear();
            }
        }
        self.verdict.fetch_max(judged.verdict as u8, Relaxed);
        if !judged.settled {
            self.unsettled.store(true, Relaxed);
        }
        // `check` writes nothing on: its edits are suggestions.
        let edits = if self.redact { judged.edits.clone() } else { Vec::new() };
        let told = (!judged.decisions.is_empty()).then(|| Seen {
            rules: rules.clone(),
            judged,
            column: column.and_then(|c| c.name.clone()),
        });
        Verdict { edits, told }
    }
}

/// Counts words, up to `most`.
fn words(text: &str, most: usize) -> usize {
    text.split_whitespace().take(most).count()
}

/// A name as it may be shown on one line.
fn shown(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}
