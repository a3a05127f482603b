//! Names of natural persons, from lists of given names and surnames, endings of surnames, and what stands beside them.
//!
//! A common name counts by its capital alone; a word that is a name among other things (Bo, Sten, Maj) needs a
//! neighbour: another name, a title, a relative, a greeting. A name seen once in a text counts again there. Streets,
//! schools, firms and places are no persons. Not done: initials, which may stand where names may not.

use super::Recognizer;
use super::reading::Reading;
use super::sink::Sink;
use super::tokens::Gap;
use crate::lexicon::{Cue, Ending, Hit, Says, fold};
use crate::model::{Category, Finding, Reason, Span};
use std::borrow::Cow;
use std::collections::HashSet;

pub(super) struct Names;

/// What the lists say about one token, taken as a name.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Part {
    /// Class as a given name, 0 if it is none.
    given: u8,
    /// The worst class any language gives it as a given name: what a lower-case word counts by.
    lower: u8,
    /// Class as a surname, 0 if it is none.
    surname: u8,
    /// Ends like a surname.
    ending: bool,
    /// Often capitalised and no name, or a cue word.
    ordinary: bool,
    /// The genitive -s is cut off.
    genitive: bool,
}

impl Part {
    fn listed(self) -> bool {
        self.given > 0 || self.surname > 0
    }

    fn sure(self) -> bool {
        !self.ordinary && (matches!(self.given, 1 | 2))
    }

    fn plausible(self) -> bool {
        self.listed() || self.ending
    }
}

impl Recognizer for Names {
    fn id(&self) -> &'static str {
        "name"
    }

    fn categories(&self) -> &'static [Category] {
        &[Category::Name]
    }

    fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink) {
        let mut parts = vec![Part::default(); reading.tokens.len()];
        reading.notable().for_each(|i| parts[i] = part(reading, i));
        let mut seen: HashSet<String> = HashSet::new();
        let mut used = vec![false; parts.len()];
        let mut from = 0;
        for i in reading.notable() {
            if i < from {
                continue;
            }
            let Some((last, confidence, reason)) = run(reading, &parts, i) else {
                continue;
            };
            let span = trimmed(reading, &parts, i, last);
            let inside = sink.taken(span, &[Category::Email, Category::Address]);
            if !inside {
                if let Some(reason) = reason {
                    sink.drop(finding(span, 0.3), reason);
                } else {
                    sink.keep(finding(span, confidence));
                    for (k, used) in used.iter_mut().enumerate().take(last + 1).skip(i) {
                        *used = true;
                        if parts[k].given > 0 || parts[k].surname > 0 {
                            seen.insert(base(reading, &parts, k));
                        }
                    }
                }
            }
            from = last + 1;
        }
        if seen.is_empty() {
            return;
        }
        for k in reading.notable() {
            let token = &reading.tokens[k];
            if !used[k]
                && token.capital
                && !parts[k].ordinary
                && seen.contains(&base(reading, &parts, k))
                && !place(reading, k)
            {
                let span = trimmed(reading, &parts, k, k);
                if !sink.taken(span, &[Category::Email, Category::Address]) {
                    sink.keep(finding(span, 0.8));
                }
            }
        }
    }
}

fn finding(span: Span, confidence: f32) -> Finding {
    Finding { span, category: Category::Name, kind: None, confidence, recognizer: Cow::Borrowed("name"), term: None }
}

/// The folded name without its genitive -s.
fn base(reading: &Reading<'_>, parts: &[Part], i: usize) -> String {
    let folded = reading.word(i).to_lowercase();
    if parts[i].genitive { folded[..folded.len() - 1].to_owned() } else { folded }
}

fn trimmed(reading: &Reading<'_>, parts: &[Part], from: usize, to: usize) -> Span {
    let span = reading.span(from, to);
    Span::new(span.start, span.end - usize::from(parts[to].genitive))
}

/// Whether a token could be a name, for numbers that stand beside one.
pub(super) fn looks_like_name(reading: &Reading<'_>, i: usize) -> bool {
    let p = part(reading, i);
    reading.tokens[i].capital && p.plausible() && !p.ordinary
}

fn part(reading: &Reading<'_>, i: usize) -> Part {
    let token = &reading.tokens[i];
    let mut out = Part::default();
    if token.digits || token.end - token.start < 2 || !(token.capital || token.says(Says::NAME)) {
        return out;
    }
    let read = |hit: Hit, out: &mut Part| match hit {
        Hit::Name(n) => {
            out.lower = if n.given { out.lower.max(n.class) } else { out.lower };
            let class = if n.given { &mut out.given } else { &mut out.surname };
            // The better class counts when both languages list a name.
            *class = if *class == 0 { n.class } else { (*class).min(n.class) };
        }
        Hit::Cue(Cue::NoName | Cue::Title | Cue::Kin | Cue::Greeting | Cue::Person, _) => out.ordinary = true,
        Hit::Cue(cue, _) if cue.month().is_some() => out.ordinary = true,
        _ => {}
    };
    if token.says(Says::NAME.or(Says::CUE)) {
        reading.hits(i).for_each(|(_, hit)| read(hit, &mut out));
    }
    if !token.capital && out.given == 0 {
        return out;
    }
    let word = reading.word(i);
    let folded = fold(word);
    let folded = folded.bytes();
    if !out.listed() && folded.len() > 3 && folded.ends_with(b"s") {
        for table in reading.lexicons.tables() {
            for hit in table.hits(table.word(&folded[..folded.len() - 1])) {
                read(hit, &mut out);
            }
        }
        out.genitive = out.listed();
    }
    if !out.listed() && token.capital {
        out.ending = reading.lexicons.tables()[0].ends_like(folded, Ending::Surname, 2);
    }
    out
}

/// A street, school, firm or the like: this word or the next one says so.
fn place(reading: &Reading<'_>, i: usize) -> bool {
    let table = &reading.lexicons.tables()[0];
    let ends = |k: usize, least: usize| {
        let folded = fold(reading.word(k));
        [Ending::Place, Ending::Street].iter().any(|e| table.ends_like(folded.bytes(), *e, least))
    };
    let listed = reading.hits(i).any(|(_, hit)| matches!(hit, Hit::Name(_)));
    if !listed && ends(i, 4) {
        return true;
    }
    let next = i + 1;
    reading.tokens.get(next).is_some_and(|t| {
        let word = reading.cue(next, Cue::Street) || table.is_ending(fold(reading.word(next)).bytes(), Ending::Place);
        t.gap <= Gap::Tight && (word || ends(next, 5) && !t.capital)
    })
}

/// The run of name tokens that begins at `i`: its last token, its confidence, and why it is no name, if it is none.
fn run(reading: &Reading<'_>, parts: &[Part], i: usize) -> Option<(usize, f32, Option<Reason>)> {
    let token = &reading.tokens[i];
    let first = parts[i];
    if !token.capital {
        return lower_case(reading, parts, i);
    }
    let maybe = first.plausible() || initial(reading, parts, i) || (titled(reading, i) && name_shaped(reading, i));
    if !maybe || first.ordinary && !(first.listed() && next_is_name(reading, parts, i)) {
        return None;
    }
    let mut last = i;
    while let Some(next) = continuation(reading, parts, last) {
        last = next;
    }
    let listed = (i..=last).filter(|k| reading.tokens[*k].capital).collect::<Vec<_>>();
    let sure = listed.iter().any(|k| parts[*k].sure());
    let given = listed.iter().any(|k| parts[*k].given > 0);
    let surname = listed.iter().any(|k| matches!(parts[*k].surname, 1 | 2) || parts[*k].ending);
    let several = listed.len() > 1;
    if place(reading, last) || (i..=last).any(|k| place(reading, k)) && !several {
        return Some((last, 0.0, Some(Reason::GeneralTopic)));
    }
    let titled = titled(reading, i);
    let starts = token.gap == Gap::Break || token.gap == Gap::Line;
    let after_place = i > 0 && token.gap == Gap::Space && reading.cue(i - 1, Cue::NotAfter);
    let confidence = match () {
        () if several && sure && surname => 0.98,
        () if several && given && (surname || listed.iter().filter(|k| parts[**k].given > 0).count() > 1) => 0.93,
        () if titled && first.plausible() => 0.93,
        () if several && initial(reading, parts, i) => 0.85,
        () if several && sure => 0.9,
        () if titled && !starts => 0.6,
        () if sure && !after_place => {
            if first.given == 1 {
                0.88
            } else {
                0.75
            }
        }
        () if sure && first.given == 1 => 0.6,
        () if first.surname == 1 && !starts && !after_place => 0.7,
        () if several && surname && !starts && !after_place => 0.6,
        () if first.given == 3 && addressed(reading, i) => 0.7,
        () => return Some((last, 0.3, Some(Reason::Homograph))),
    };
    Some((last, confidence, None))
}

/// Lower-case names: only given names that are hardly another word, where a person is addressed or signs.
fn lower_case(reading: &Reading<'_>, parts: &[Part], i: usize) -> Option<(usize, f32, Option<Reason>)> {
    let p = parts[i];
    if p.ordinary || p.given == 0 || p.lower == 3 {
        return None;
    }
    let mut last = i;
    while let Some(t) = reading.tokens.get(last + 1) {
        let n = parts[last + 1];
        if t.gap > Gap::Tight || n.ordinary || !(matches!(n.surname, 1 | 2) || matches!(n.given, 1 | 2)) {
            break;
        }
        last += 1;
    }
    let near = addressed(reading, i) || titled(reading, i) || last > i;
    let confidence = match (p.given, near) {
        (1, true) => 0.85,
        (1, false) => 0.6,
        (_, true) => 0.65,
        _ => return Some((last, 0.3, Some(Reason::Homograph))),
    };
    Some((last, confidence, None))
}

/// The next token of the name after `last`, if there is one.
fn continuation(reading: &Reading<'_>, parts: &[Part], last: usize) -> Option<usize> {
    let next = last + 1;
    let token = reading.tokens.get(next)?;
    let between = &reading.text()[reading.tokens[last].end as usize..token.start as usize];
    if parts[last].genitive {
        return None;
    }
    if initial(reading, parts, last) {
        return Some(next);
    }
    if between == "-" || between == " " {
        let p = parts[next];
        if token.capital
            && !p.ordinary
            && (p.plausible() || between == "-" || (parts[last].given > 0 && !p.listed() && name_shaped(reading, next)))
        {
            return (!place(reading, next) || p.listed()).then_some(next);
        }
        // A particle, and a capitalised word after it: ‘von Essen’, ‘El-Haddad’, ‘bin Laden’.
        if between == " " && reading.cue(next, Cue::Particle) {
            let after = next + 1;
            if reading.tokens.get(after).is_some_and(|t| t.capital && t.gap <= Gap::Tight) {
                return Some(after);
            }
        }
        // An initial between names: ‘Karl E. Nyman’.
        if token.capital
            && token.end - token.start == 1
            && parts.get(next + 1).is_some_and(|p| p.plausible())
            && reading.tokens[next + 1].capital
        {
            return Some(next + 1);
        }
    }
    // ‘Lindqvist, Elvira’.
    if between == ", "
        && token.capital
        && parts[last].given == 0
        && matches!(parts[last].surname, 1 | 2)
        && matches!(parts[next].given, 1 | 2)
    {
        return Some(next);
    }
    None
}

/// An unlisted word that may be a surname after a given name: a capital and letters, not known as another word.
fn name_shaped(reading: &Reading<'_>, i: usize) -> bool {
    let t = &reading.tokens[i];
    t.capital && !t.digits && t.end - t.start >= 3 && !t.shouting && reading.hits(i).next().is_none()
}

fn next_is_name(reading: &Reading<'_>, parts: &[Part], i: usize) -> bool {
    parts.get(i + 1).is_some_and(|p| p.plausible() && !p.ordinary)
        && reading.tokens[i + 1].capital
        && reading.tokens[i + 1].gap <= Gap::Tight
}

/// An initial before a surname: ‘M. Åberg’.
fn initial(reading: &Reading<'_>, parts: &[Part], i: usize) -> bool {
    let after = &reading.text()[reading.tokens[i].end as usize..];
    reading.word(i).chars().count() == 1
        && (after.starts_with(". ") || after.starts_with('.'))
        && parts.get(i + 1).is_some_and(|p| (matches!(p.surname, 1 | 2) || p.ending) && !p.ordinary)
        && reading.tokens[i + 1].capital
        && reading.tokens[i + 1].gap <= Gap::Tight
}

/// A title or a relative stands directly before.
fn titled(reading: &Reading<'_>, i: usize) -> bool {
    i > 0 && reading.tokens[i].gap <= Gap::Tight && (reading.cue(i - 1, Cue::Title) || reading.cue(i - 1, Cue::Kin))
}

/// A greeting stands before, with or without a line break, or a slash as before a signature.
fn addressed(reading: &Reading<'_>, i: usize) -> bool {
    let start = reading.tokens[i].start as usize;
    let before = reading.text()[..start].trim_end_matches([' ', '\t']);
    before.ends_with('/') && before.trim_end_matches('/').ends_with(|c: char| c.is_whitespace() || c == '.')
        || i > 0
            && reading.tokens[i].gap <= Gap::Comma
            && (reading.cue(i - 1, Cue::Greeting) || reading.cue(i - 1, Cue::Kin) || reading.cue(i - 1, Cue::Title))
}
