//! Lexicon terms: single words in any of their forms, compounds that begin or end with one, terms of several words.

use super::reading::Reading;
use super::sink::{Form, Met, Sink};
use super::tokens::{Gap, Token};
use super::{Recognizer, join_term, list_name};
use crate::lexicon::{Cue, Flags, GROUPS, Hit, Known, Node, Says, TERMS, Tables, TermInfo, fold};
use crate::model::{Category, Finding, Reason, Span};
use std::cell::RefCell;

pub(super) struct Terms;

/// Bytes that must stand beside a stem for a word to be a compound of it.
const REST_AFTER: usize = 3;
const REST_BEFORE: usize = 2;
/// Words that open a term of several words or a group's member.
const OPENS: Says = Says::OPENS_TERM.or(Says::OPENS_GROUP);
/// Words that `..` may skip.
pub(super) const SKIP: usize = 2;

impl Recognizer for Terms {
    fn id(&self) -> &'static str {
        "lexicon"
    }

    fn categories(&self) -> &'static [Category] {
        &Category::ALL
    }

    fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink) {
        let members = Members::default();
        for (i, token) in reading.tokens.iter().enumerate().filter(|(_, t)| t.compound || t.says(OPENS.or(Says::TERM)))
        {
            let mut single = false;
            for table in 0..reading.lexicons.tables().len() {
                let says = token.hits[table].says;
                if says.any(Says::TERM) {
                    single |= words(reading, sink, table, i);
                }
                if says.any(OPENS) {
                    phrases(reading, sink, table, i, &members);
                }
            }
            if !single && reading.tokens[i].compound {
                compounds(reading, sink, i);
            }
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

/// Terms of several words that begin at a token: the last token of each, and its entry.
pub(super) fn paths(reading: &Reading<'_>, table: usize, i: usize, members: &Members) -> Vec<(usize, u32)> {
    let mut found = Vec::new();
    Walk { reading, table, root: TERMS, members }.begin(i, &mut |last, hit| {
        if let Hit::Term(id) = hit {
            found.push((last, id));
        }
    });
    found
}

fn phrases(reading: &Reading<'_>, sink: &mut Sink, table: usize, i: usize, members: &Members) {
    for (last, id) in paths(reading, table, i, members) {
        let info = reading.lexicons.tables()[table].term(id);
        if reading.langs.has(info.list.lang) {
            let (first, last) = if info.flags.has(Flags::NOT) { (i, last) } else { pointed(reading, i, last) };
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

/// A walk of the trie below one of its roots.
#[derive(Clone, Copy)]
struct Walk<'a> {
    reading: &'a Reading<'a>,
    table: usize,
    root: u32,
    members: &'a Members,
}

impl Walk<'_> {
    /// Follows what begins with token `i`; tells what ends, with its last token.
    fn begin(self, i: usize, tell: &mut dyn FnMut(usize, Hit)) {
        let (tables, langs) = (self.tables(), self.reading.langs);
        let first = self.reading.tokens[i].hits[self.table];
        let opens = tables.opened_by(first, langs);
        let behind = self.behind(i);
        let reach = if first.says.any(Says::OPENS_GAP) { 1 + SKIP } else { 1 };
        if opens != u64::MAX && behind[..reach].iter().all(|(_, stands)| opens & stands == 0) {
            return;
        }
        self.take(i, &mut |symbol, last| {
            let Some(begun) = tables.open(self.root, symbol) else { return };
            // What comes behind a member of several words lies further on.
            let further = if last == i { behind } else { self.behind(last) };
            let mut next = further.iter().enumerate();
            let on = |word, stands, gap| tables.may_go_on(begun, word, stands, gap);
            if begun.is_whole() || next.any(|(n, (w, s))| on(*w, *s, true) || n == 0 && on(*w, *s, false)) {
                self.arrive(begun.node, last, tell);
            }
        });
    }

    /// What is known of the next words, and bits of the symbols that they may stand for.
    fn behind(self, i: usize) -> [(Known, u64); 1 + SKIP] {
        let mut behind = [(Known::default(), 0); 1 + SKIP];
        let next = self.reading.tokens[i + 1..].iter().take_while(|t| t.gap <= Gap::Line);
        for (out, token) in behind.iter_mut().zip(next) {
            let known = token.hits[self.table];
            *out = (known, self.tables().stands_for(known, self.reading.langs));
        }
        behind
    }

    fn tables(&self) -> &'_ Tables {
        &self.reading.lexicons.tables()[self.table]
    }

    /// Takes token `i` as the next word below a node, and goes on.
    fn follow(self, node: Node<'_>, i: usize, tell: &mut dyn FnMut(usize, Hit)) {
        let below = self.tables().below(node);
        self.take(i, &mut |symbol, last| {
            if let Some(next) = below.step(symbol) {
                self.arrive(next, last, tell);
            }
        });
    }

    /// The symbols that token `i` stands for, and those of the group members that begin there, with their last token.
    #[inline]
    fn take(self, i: usize, step: &mut impl FnMut(u32, usize)) {
        let known = self.reading.tokens[i].hits[self.table];
        let word = || self.reading.word(i);
        self.tables().symbols_as_written(known, self.reading.langs, word, |symbol| step(symbol, i));
        if self.root == TERMS && known.says.any(Says::OPENS_GROUP) {
            // A group member of several words stands for its group.
            let groups = Walk { root: GROUPS, ..self };
            let mut n = 0;
            while let Some((last, symbol)) = self.members.at(groups, i, n) {
                step(symbol, last);
                n += 1;
            }
        }
    }

    /// Stands at `node` with token `last`, and goes on with what comes next.
    fn arrive(self, node: u32, last: usize, tell: &mut dyn FnMut(usize, Hit)) {
        let tables = self.tables();
        let at = tables.node(node);
        for hit in tables.ends_at(at) {
            tell(last, hit);
        }
        let joined = |k: usize| self.reading.tokens.get(k).filter(|t| t.gap <= Gap::Line);
        let stands = |token: &Token| tables.stands_for(token.hits[self.table], self.reading.langs);
        let may_follow = |token: &Token, at: Node<'_>| at.mask() & stands(token) != 0;
        if joined(last + 1).is_some_and(|t| may_follow(t, at)) {
            self.follow(at, last + 1, tell);
        }
        if let Some(open) = at.gap().map(|open| tables.node(open)) {
            for k in last + 1..=last + 1 + SKIP {
                let Some(token) = joined(k) else { break };
                if may_follow(token, open) {
                    self.follow(open, k, tell);
                }
            }
        }
    }
}

/// The group members of several words that begin at a token: looked for once, however many terms could go on with them.
#[derive(Default)]
pub(super) struct Members(RefCell<[MembersAt; NEAR]>);

/// Tokens whose members are kept: more than a term has.
const NEAR: usize = 32;

#[derive(Default)]
struct MembersAt {
    /// Token and table.
    of: Option<(usize, usize)>,
    /// Last token of each member, and its group.
    found: Vec<(usize, u32)>,
}

impl Members {
    /// The member with this number of those that begin at token `i`.
    fn at(&self, groups: Walk<'_>, i: usize, n: usize) -> Option<(usize, u32)> {
        let kept = &mut self.0.borrow_mut()[i % NEAR];
        let of = Some((i, groups.table));
        if kept.of != of {
            kept.of = of;
            kept.found.clear();
            groups.begin(i, &mut |last, hit| {
                if let Hit::Symbol(symbol) = hit {
                    kept.found.push((last, symbol));
                }
            });
        }
        kept.found.get(n).copied()
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
