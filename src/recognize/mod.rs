//! Text to findings. Pure: no files, no clock, never fails.
//!
//! A text is walked once into tokens ([`Reading`]); each recognizer reads them and puts candidates into a [`Sink`];
//! context and overlap then decide which candidates are findings.

mod address;
mod beside;
mod birth_date;
mod checksum;
mod columns;
mod context;
mod cpr;
mod edges;
mod email;
mod identity;
mod kept;
mod language;
mod names;
mod numbers;
mod overlap;
mod patterns;
mod personnummer;
mod phone;
mod reading;
#[cfg(test)]
mod reference;
mod respell;
mod signs;
mod sink;
mod terms;
mod tokens;
mod unveil;
mod url;
mod view;
pub mod weigh;
mod what;

pub use columns::{ColumnJudge, Header};
pub use identity::identity;
pub use kept::kept;
pub use patterns::Pattern;
pub use reading::{Reading, Situation};
pub use signs::{says_kin, shows};
pub use sink::Sink;
pub use tokens::Gap;

use crate::lexicon::Tables;
use crate::model::{Category, Finding, Lang, Langs};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

/// One way of finding things. An open set, run as a list.
pub trait Recognizer: Sync {
    /// Its stable name, as findings carry it.
    fn id(&self) -> &'static str;
    /// What it can find.
    fn categories(&self) -> &'static [Category];
    /// Reads a text and puts what it finds, and what it lets go, into the sink.
    fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink);
}

/// Every recognizer, in the order they run: later ones see what earlier ones found.
pub static RECOGNIZERS: [&dyn Recognizer; 8] = [
    &email::Email,
    &personnummer::Personnummer,
    &cpr::Cpr,
    &birth_date::BirthDate,
    &phone::Phone,
    &address::Address,
    &names::Names,
    &terms::Terms,
];

/// What holds for every text: the lexicons, the built-in ones first.
#[derive(Debug, Clone)]
pub struct Lexicons {
    tables: Vec<Tables>,
    patterns: Arc<[Pattern]>,
    weights: Option<weigh::Weights>,
}

impl Lexicons {
    /// The built-in lists alone.
    pub fn new(builtin: Tables) -> Self {
        Self { tables: vec![builtin], patterns: Arc::new([]), weights: None }
    }

    /// With a site's own lists beside them.
    #[must_use]
    pub fn with(mut self, own: Tables) -> Self {
        self.tables.truncate(1);
        self.tables.push(own);
        self
    }

    /// With weights that decide about terms; without, rules do.
    #[must_use]
    pub fn weighed(mut self, weights: Option<weigh::Weights>) -> Self {
        self.weights = weights;
        self
    }

    /// With a site's own regular expressions.
    #[must_use]
    pub fn with_patterns(mut self, patterns: Vec<Pattern>) -> Self {
        self.patterns = patterns.into();
        self
    }

    /// The tables, built-in first.
    pub fn tables(&self) -> &[Tables] {
        &self.tables
    }

    /// The entry behind a finding's `term`.
    pub fn term(&self, term: u32) -> crate::lexicon::TermInfo<'_> {
        let (table, id) = split_term(term);
        self.tables[table].term(id)
    }

    /// Every form, folded, that the built-in lists know as a word.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        self.tables[0].forms()
    }

    /// Version of the lexicons: changes whenever a list or the weights do.
    pub fn version(&self) -> String {
        let mixed = self.tables.iter().fold(0u64, |h, t| h.rotate_left(7) ^ t.fingerprint());
        let spelled = self.patterns.iter().map(Pattern::spelled);
        let mixed = spelled.fold(mixed, |h, p| h.rotate_left(7) ^ crate::lexicon::fingerprint(p.as_bytes()));
        let mixed = self.weights.iter().fold(mixed, |h, w| h.rotate_left(7) ^ w.fingerprint());
        format!("{mixed:016x}")
    }
}

/// Terms of the second table carry this bit.
const OWN: u32 = 1 << 31;

fn join_term(table: usize, id: u32) -> u32 {
    if table == 0 { id } else { id | OWN }
}

fn split_term(term: u32) -> (usize, u32) {
    (usize::from(term & OWN != 0), term & !OWN)
}

/// The findings of one text, in order of position, and its reading; with `explain`, also the candidates that were let go.
pub fn recognize<'a>(
    lexicons: &'a Lexicons,
    text: &'a str,
    situation: &'a Situation,
    explain: bool,
) -> (Sink, Reading<'a>) {
    let reading = Reading::new(lexicons, text, situation);
    let mut sink = read(&reading, explain);
    let again = |text: &str| read(&Reading::new(lexicons, text, situation), false).findings;
    if text.contains('\0') {
        // A NUL is nothing, or it parts words: what either reading finds is found.
        add(&mut sink, again(&text.replace('\0', " ")));
    }
    if let Some(respelled) = respell::respell(&reading, text) {
        let touched = |f: Finding| respelled.original(f.span).map(|span| Finding { span, ..f });
        let sensitive = |f: &Finding| f.category.group() != crate::model::Group::Identifiers;
        add(&mut sink, again(&respelled.text).into_iter().filter(sensitive).filter_map(touched).collect());
    }
    if let Some(unveiled) = unveil::unveil(text) {
        let touched = |f: Finding| {
            let span = unveiled.original(f.span)?;
            // A code with a digit in it (`ma1a`) is nobody's name.
            let written = &text[span.start..span.end];
            let code = f.category == Category::Name
                && written.bytes().any(|b| b.is_ascii_digit())
                && written.chars().all(char::is_alphanumeric);
            (!code).then_some(Finding { span, ..f })
        };
        add(&mut sink, again(&unveiled.text).into_iter().filter_map(touched).collect());
    }
    (sink, reading)
}

/// A stretch of text as people see it, disguises undone: what initials are taken from.
pub fn as_seen(text: &str) -> String {
    let unveiled = unveil::unveil(text);
    view::View::new(unveiled.as_ref().map_or(text, |u| u.text.as_str())).text.into_owned()
}

/// Adds what another reading of the text found, where nothing of its category was found already.
fn add(sink: &mut Sink, more: Vec<Finding>) {
    let known = sink.findings.len();
    let new =
        |known: &[Finding], f: &Finding| !known.iter().any(|g| g.category == f.category && g.span.overlaps(f.span));
    for finding in more {
        if new(&sink.findings[..known], &finding) {
            sink.findings.push(finding);
        }
    }
    sink.findings.sort_by(by_place);
}

fn read(reading: &Reading<'_>, explain: bool) -> Sink {
    let mut sink = Sink::new(explain);
    for recognizer in RECOGNIZERS {
        let before = sink.findings.len();
        recognizer.recognize(reading, &mut sink);
        let found = &sink.findings[before..];
        tracing::trace!(recognizer = recognizer.id(), found = found.len(), "recognized");
        debug_assert!(found.iter().all(|f| recognizer.categories().contains(&f.category)));
    }
    reading.lexicons.patterns.iter().for_each(|p| p.recognize(reading, &mut sink));
    context::settle(reading, &mut sink);
    overlap::settle(&mut sink);
    url::settle(reading, &mut sink);
    if let Some(weights) = &reading.lexicons.weights {
        weigh::complete(weights, reading, &mut sink);
    }
    if sink.explains() {
        what::explain(reading, &mut sink);
    }
    reading.restore(&mut sink);
    sink.langs = reading.langs;
    sink
}

/// The terms of a text with all that is weighed of them, for training.
pub fn observe(lexicons: &Lexicons, text: &str, situation: &Situation, alike: &weigh::Alike) -> Vec<weigh::Observed> {
    let reading = Reading::new(lexicons, text, situation);
    let mut sink = Sink::new(false);
    RECOGNIZERS.iter().for_each(|r| r.recognize(&reading, &mut sink));
    weigh::observe(&reading, &mut sink, alike)
}

/// Asks about the words around what is found in a text, for training: with weights that leave findings as they are.
pub fn ask(lexicons: &Lexicons, text: &str, situation: &Situation, belongs: impl FnMut(&weigh::Asked<'_>) -> bool) {
    let reading = Reading::new(lexicons, text, situation);
    let mut sink = Sink::new(false);
    RECOGNIZERS.iter().for_each(|r| r.recognize(&reading, &mut sink));
    context::settle(&reading, &mut sink);
    overlap::settle(&mut sink);
    weigh::extend(&reading, &mut sink, belongs);
}

/// The language of a text; both while it is undecided.
pub fn language_of(lexicons: &Lexicons, text: &str) -> Langs {
    language::language(text, &tokens::walk(lexicons, text).tokens)
}

/// The name of a list as a finding carries it.
fn list_name(info: &crate::lexicon::ListInfo<'_>) -> Cow<'static, str> {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let of = |lang: Lang| Category::ALL.iter().map(move |c| format!("lexicon:{}/{}", lang.id(), c.id()));
        Lang::ALL.into_iter().flat_map(of).collect()
    });
    Cow::Borrowed(&NAMES[info.lang as usize * Category::ALL.len() + info.category as usize])
}

/// Sorts findings by place.
fn by_place(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    (a.span.start, a.span.end, a.category).cmp(&(b.span.start, b.span.end, b.category))
}
