//! Lexicon terms: single words in any of their forms, compounds that begin or end with one, terms of several words.

use super::reading::Reading;
use super::sink::{Form, Met, Sink};
use super::tokens::Gap;
use super::{Recognizer, join_term, list_name};
use crate::lexicon::{Cue, Flags, GROUPS, Hit, Known, Node, Says, TERMS, Tables, TermInfo, fold};
use crate::model::{Category, Finding, Reason, Span};

pub(super) struct Terms;

/// Bytes that must stand beside a stem for a word to be a compound of it.
const REST_AFTER: usize = 3;
const REST_BEFORE: usize = 2;

impl Recognizer for Terms {
    fn id(&self) -> &'static str {
        "lexicon"
    }

    fn categories(&self) -> &'static [Category] {
        &Category::ALL
    }

    fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink) {
        let members: Vec<Members> = (0..reading.lexicons.tables().len()).map(|t| Members::of(reading, t)).collect();
        for (i, token) in reading.tokens.iter().enumerate() {
            if !token.compound && !token.says(Says::HOLDS_TERM.or(Says::TERM)) {
                continue;
            }
            let mut single = false;
            for (table, members) in members.iter().enumerate() {
                let says = token.hits[table].says;
                if says.any(Says::TERM) {
                    single |= words(reading, sink, table, i);
                }
                if says.any(Says::HOLDS_TERM) {
                    phrases(reading, sink, table, &Walk { reading, table, root: TERMS, members }.hanging_on(i));
                }
            }
            if !single && reading.tokens[i].compound {
                compounds(reading, sink, i);
            }
        }
        for (table, members) in members.iter().enumerate() {
            phrases(reading, sink, table, &Walk { reading, table, root: TERMS, members }.hanging_on_members());
        }
    }
}

/// Terms of one word at a token; whether there was one.
fn words(reading: &Reading<'_>, sink: &mut Sink, table: usize, i: usize) -> bool {
    let tables = &reading.lexicons.tables()[table];
    let mut found = false;
    for hit in tables.hits(reading.tokens[i].hits[table]) {
        let id = match hit {
            Hit::Term(id) => id,
            Hit::Cased(at) => match tables.cased(at, reading.word(i)).0 {
                Some(id) => id,
                None => continue,
            },
            _ => continue,
        };
        let info = tables.term(id);
        if !reading.langs.has(info.list.lang) {
            continue;
        }
        found = true;
        let span = hyphened(reading, i, &info);
        put(sink, &info, join_term(table, id), span, (Form::Word, 0.95));
    }
    found
}

/// A word joined by hyphens to a term that may begin or end compounds goes with it: `adhd-utredning`.
fn hyphened(reading: &Reading<'_>, i: usize, info: &TermInfo<'_>) -> Span {
    let mut span = reading.span(i, i);
    let text = reading.text();
    let next = reading.tokens.get(i + 1).filter(|t| &text[span.end..t.start as usize] == "-");
    if let Some(next) =
        next.filter(|t| info.flags.has(Flags::FIRST) && !t.digits && t.end - t.start >= REST_AFTER as u32)
    {
        span.end = next.end as usize;
    }
    if info.flags.has(Flags::LAST) && i > 0 {
        let before = &reading.tokens[i - 1];
        if &text[before.end as usize..span.start] == "-" && !before.digits {
            span.start = before.start as usize;
        }
    }
    span
}

fn compounds(reading: &Reading<'_>, sink: &mut Sink, i: usize) {
    let folded = fold(reading.word(i));
    let folded = folded.bytes();
    for (table, tables) in reading.lexicons.tables().iter().enumerate() {
        let begins = tables.begins(folded, REST_AFTER).into_iter().map(|(len, id)| (len, id, Flags::FIRST));
        let ends = tables.ends(folded, REST_BEFORE).into_iter().map(|(len, id)| (len, id, Flags::LAST));
        let mut all: Vec<_> =
            begins.chain(ends).filter(|(_, id, _)| reading.langs.has(tables.term(*id).list.lang)).collect();
        // The longest part speaks for its category; a `not:` entry as long as the term beats it.
        all.sort_by_key(|(len, id, _)| (std::cmp::Reverse(*len), !tables.term(*id).flags.has(Flags::NOT)));
        let mut said: Vec<Category> = Vec::new();
        for (len, id, _) in all {
            let info = tables.term(id);
            if said.contains(&info.list.category) {
                continue;
            }
            said.push(info.list.category);
            let confidence = if len >= 5 { 0.85 } else { 0.7 };
            put(sink, &info, join_term(table, id), reading.span(i, i), (Form::Part, confidence));
        }
    }
}

/// Words that `..` may skip.
pub(super) const MOST_SKIPPED: usize = 2;

fn phrases(reading: &Reading<'_>, sink: &mut Sink, table: usize, found: &[Path]) {
    for Path { first, last, end: id } in found.iter().copied() {
        let info = reading.lexicons.tables()[table].term(id);
        if reading.langs.has(info.list.lang) {
            let (first, last) = if info.flags.has(Flags::NOT) { (first, last) } else { pointed(reading, first, last) };
            let span = reading.span(first, last);
            let end = hyphened(reading, last, &info).end;
            // A bracket that opens inside closes inside: ‘ledamot (S)’.
            let bracket = reading.text()[span.start..end].contains('(') && reading.text()[end..].starts_with(')');
            let span = Span::new(span.start, end + usize::from(bracket));
            put(sink, &info, join_term(table, id), span, (Form::Phrase, 0.93));
        }
    }
}

/// The words that carry what a phrase says: not the person and the ‘is’ before it, nor the person after it, which the
/// phrase needs only to be sure (‘mamman är kurd’, ‘ansigtsgenkendelse af eleven’).
fn pointed(reading: &Reading<'_>, first: usize, last: usize) -> (usize, usize) {
    let person = |k: usize| reading.cue(k, Cue::Person) || reading.cue(k, Cue::Kin);
    let (mut from, mut to) = (first, last);
    while from < to && (person(from) || reading.cue(from, Cue::Copula)) {
        from += 1;
    }
    if to > from + 1 && person(to) && reading.cue(to - 1, Cue::Of) {
        to -= 2;
    }
    // A verb alone says nothing: ‘hon är’.
    if reading.cue(to, Cue::Copula) { (first, last) } else { (from, to) }
}

/// Something of several words: its first and last token, and what ends there, a term or the symbol of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) end: u32,
}

/// The members of groups in a text that have several words, by their first and by their last token.
#[derive(Default)]
pub(super) struct Members {
    by_first: Vec<Path>,
    by_last: Vec<Path>,
}

impl Members {
    /// Those that one of the tables knows.
    pub(super) fn of(reading: &Reading<'_>, table: usize) -> Self {
        let none = Self::default();
        let walk = Walk { reading, table, root: GROUPS, members: &none };
        let holds = (0..reading.tokens.len()).filter(|i| walk.known(*i).says.any(Says::HOLDS_MEMBER));
        let mut by_first: Vec<Path> = holds.flat_map(|i| walk.hanging_on(i)).collect();
        by_first.sort_unstable();
        by_first.dedup();
        let mut by_last = by_first.clone();
        by_last.sort_unstable_by_key(|m| (m.last, m.first, m.end));
        Self { by_first, by_last }
    }

    /// Those that begin at a token.
    fn from(&self, i: usize) -> &[Path] {
        within(&self.by_first, i, |m| m.first)
    }

    /// Those that end at a token.
    fn to(&self, i: usize) -> &[Path] {
        within(&self.by_last, i, |m| m.last)
    }
}

/// Those of sorted paths that have this key.
fn within(sorted: &[Path], key: usize, of: impl Fn(&Path) -> usize) -> &[Path] {
    let rest = &sorted[sorted.partition_point(|m| of(m) < key)..];
    &rest[..rest.iter().take_while(|m| of(m) == key).count()]
}

/// A walk of the trie below one of its roots.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    pub(super) reading: &'a Reading<'a>,
    pub(super) table: usize,
    pub(super) root: u32,
    /// What may stand for a group's symbol besides single words.
    pub(super) members: &'a Members,
}

impl<'a> Walk<'a> {
    /// What hangs on a token.
    pub(super) fn hanging_on(self, i: usize) -> Vec<Path> {
        let mut found = Vec::new();
        self.symbols(i, Some(self.root), |symbol| {
            if let Some(node) = self.tables().open(self.root, symbol) {
                self.backwards(node, i, i, &mut found);
            }
        });
        found
    }

    /// What hangs on the members.
    pub(super) fn hanging_on_members(self) -> Vec<Path> {
        let mut found = Vec::new();
        for member in &self.members.by_first {
            if let Some(node) = self.tables().open(self.root, member.end) {
                self.backwards(node, member.first, member.last, &mut found);
            }
        }
        found
    }

    fn tables(&self) -> &'a Tables {
        &self.reading.lexicons.tables()[self.table]
    }

    fn known(&self, i: usize) -> Known {
        self.reading.tokens[i].hits[self.table]
    }

    /// The symbols that a token stands for, or those of them on which something hangs below a root.
    #[inline]
    fn symbols(self, i: usize, holding: Option<u32>, step: impl FnMut(u32)) {
        let word = || self.reading.word(i);
        self.tables().symbols_as_written(self.known(i), self.reading.langs, holding, word, step);
    }

    /// Stands at a node that is followed from right to left, with the tokens from `first` to `last`.
    fn backwards(self, node: u32, first: usize, last: usize, found: &mut Vec<Path>) {
        let at = self.tables().node(node);
        if let Some(turn) = at.turn() {
            self.forwards(turn, first, last, found);
        }
        let joined = |k: &usize| self.reading.tokens[k + 1].gap <= Gap::Line;
        let near = (0..first).rev().take_while(joined);
        self.steps(at, near, |k| self.members.to(k), &mut |next, k| self.backwards(next, k.first, last, found));
    }

    /// Stands at a node that is followed from left to right, with the tokens from `first` to `last`.
    fn forwards(self, node: u32, first: usize, last: usize, found: &mut Vec<Path>) {
        let at = self.tables().node(node);
        let ended = self.tables().ends_at(at).filter_map(|hit| match hit {
            Hit::Term(end) | Hit::Symbol(end) => Some(Path { first, last, end }),
            _ => None,
        });
        found.extend(ended);
        let joined = |k: &usize| self.reading.tokens[*k].gap <= Gap::Line;
        let near = (last + 1..self.reading.tokens.len()).take_while(joined);
        self.steps(at, near, |k| self.members.from(k), &mut |next, k| self.forwards(next, first, k.last, found));
    }

    /// Takes the next token below a node, or one of the next few behind a gap: by its symbols, and by those of members.
    #[inline]
    fn steps(
        self,
        at: Node<'_>,
        mut near: impl Iterator<Item = usize> + Clone,
        members: impl Fn(usize) -> &'a [Path],
        go_on: &mut impl FnMut(u32, Path),
    ) {
        let mut take = |at: Node<'_>, k: usize| {
            let single = at.mask() & self.tables().stands_for(self.known(k), self.reading.langs) != 0;
            if !single && self.members.by_first.is_empty() {
                return;
            }
            let below = self.tables().below(at);
            if single {
                self.symbols(k, None, |symbol| {
                    below.step(symbol).into_iter().for_each(|n| go_on(n, Path { first: k, last: k, end: symbol }));
                });
            }
            for member in members(k) {
                below.step(member.end).into_iter().for_each(|n| go_on(n, *member));
            }
        };
        if at.mask() != 0 {
            near.clone().take(1).for_each(|k| take(at, k));
        }
        if let Some(open) = at.gap().map(|open| self.tables().node(open)) {
            near.by_ref().take(1 + MOST_SKIPPED).for_each(|k| take(open, k));
        }
    }
}

fn put(sink: &mut Sink, info: &TermInfo<'_>, term: u32, span: Span, (form, confidence): (Form, f32)) {
    if info.flags.has(Flags::NOT) {
        sink.harmless.push((span, info.list.category));
        return;
    }
    let weak = info.flags.has(Flags::WEAK);
    sink.terms.push(Met { at: sink.findings.len(), form, weak, level: 0 });
    sink.keep(Finding {
        span,
        category: info.list.category,
        kind: info.list.kind,
        confidence: if weak { confidence - 0.2 } else { confidence },
        recognizer: list_name(&info.list),
        term: Some(term),
    });
}

/// Why a term is no finding when a `not:` entry covers it. `harmless` is sorted by start.
pub(super) fn covered(finding: &Finding, harmless: &[(Span, Category)]) -> Option<Reason> {
    let before = harmless.partition_point(|(span, _)| span.start <= finding.span.start);
    harmless[..before]
        .iter()
        .rev()
        .take_while(|(span, _)| span.start + LONGEST_NOT > finding.span.start)
        .any(|(span, category)| *category == finding.category && span.contains(finding.span))
        .then_some(Reason::NotTerm)
}

/// Bytes of the longest `not:` entry that is looked for.
const LONGEST_NOT: usize = 256;
