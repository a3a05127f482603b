//! Names of natural persons, from lists of given names and surnames, the spelling of names, and what stands beside them.
//!
//! A common name counts by its capital alone; a word that is a name among other things (Bo, Sten, Maj) needs a
//! neighbour: another name, a title, a relative, a greeting, a verb that only people have. So does a word that no list
//! knows and that is spelt like a name. A name seen once in a text counts again there. Streets, schools, firms, places
//! and addresses of pages are no persons. Not done: initials, which may stand where names may not.

mod part;
mod setting;
mod shape;

use self::part::{Part, base, part, trimmed};
use self::setting::{
    addressed, entry, firm, followed, holy, initial, initial_after, listed_beside, lone_capitals, place, signed, titled,
};
use super::Recognizer;
use super::reading::Reading;
use super::sink::Sink;
use super::tokens::Gap;
use crate::lexicon::{Cue, Says, fold};
use crate::model::{Category, Finding, Reason, Span};
use std::borrow::Cow;
use std::collections::HashSet;

pub(super) struct Names;

/// What [`shape::score`] gives a word that a title or a greeting makes a name.
const SPELT: i32 = 0;
/// What it gives a word that only a verb makes one.
const WELL_SPELT: i32 = 18;
/// And one after which stands a verb that things have, too.
const BEST_SPELT: i32 = 28;

impl Recognizer for Names {
    fn id(&self) -> &'static str {
        "name"
    }

    fn categories(&self) -> &'static [Category] {
        &[Category::Name]
    }

    fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink) {
        let mut parts = vec![Part::default(); reading.tokens.len()];
        let may_be = |i: &usize| reading.tokens[*i].capital || reading.tokens[*i].says(Says::NAME);
        reading.notable().filter(may_be).for_each(|i| parts[i] = part(reading, i));
        let mut seen = Seen::new();
        let mut used = vec![false; parts.len()];
        let mut from = 0;
        for i in reading.notable().filter(may_be) {
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
                        // What was found without a list counts again, too.
                        if parts[k].listed() || i == last {
                            seen.insert(base(&fold(reading.word(k)), parts[k]));
                        }
                    }
                }
            }
            from = last + 1;
        }
        if !seen.words.is_empty() {
            again(reading, &parts, &used, &seen, sink);
        }
    }
}

/// The names of a text, folded.
struct Seen {
    words: HashSet<Vec<u8>>,
    /// A bit for how each of them begins: nearly all other words are turned away.
    begin: [u64; 16],
}

impl Seen {
    fn new() -> Self {
        Self { words: HashSet::new(), begin: [0; 16] }
    }

    fn insert(&mut self, word: &[u8]) {
        match Self::beginning(word) {
            Some(bit) => self.begin[bit / 64] |= 1 << (bit % 64),
            None => self.begin = [u64::MAX; 16],
        }
        self.words.insert(word.to_vec());
    }

    /// Whether one of them may begin as a word does.
    fn begins(&self, word: &[u8]) -> bool {
        Self::beginning(word).is_none_or(|bit| self.begin[bit / 64] >> (bit % 64) & 1 != 0)
    }

    /// A number from the first two bytes of a word of plain letters, upper and lower case alike.
    fn beginning(word: &[u8]) -> Option<usize> {
        let plain = |b: u8| b < 0xC0 || b == 0xC3;
        let two = word.first_chunk::<2>().filter(|[a, b]| plain(*a) && plain(*b))?;
        let [a, b] = two.map(|b| usize::from(b | 0x20));
        Some(((a * 37) ^ b) % 1024)
    }
}

/// Names that were found elsewhere in the text.
fn again(reading: &Reading<'_>, parts: &[Part], used: &[bool], seen: &Seen, sink: &mut Sink) {
    for k in reading.notable().filter(|k| !used[*k] && reading.tokens[*k].capital) {
        let word = reading.word(k);
        if !seen.begins(word.as_bytes()) {
            continue;
        }
        let folded = fold(word);
        let word = base(&folded, parts[k]);
        let known = seen.words.contains(word) || word.strip_suffix(b"s").is_some_and(|w| seen.words.contains(w));
        if known && !parts[k].ordinary && !place(reading, k, parts[k]) {
            let span = trimmed(reading, parts, k, k);
            if !sink.taken(span, &[Category::Email, Category::Address]) {
                sink.keep(finding(span, 0.8));
            }
        }
    }
}

fn finding(span: Span, confidence: f32) -> Finding {
    Finding { span, category: Category::Name, kind: None, confidence, recognizer: Cow::Borrowed("name"), term: None }
}

/// Whether a token could be a name, for numbers that stand beside one.
pub(super) fn looks_like_name(reading: &Reading<'_>, i: usize) -> bool {
    let p = part(reading, i);
    reading.tokens[i].capital && p.plausible() && !p.ordinary
}

type Run = (usize, f32, Option<Reason>);

/// The run of name tokens that begins at `i`: its last token, its confidence, and why it is no name, if it is none.
fn run(reading: &Reading<'_>, parts: &[Part], i: usize) -> Option<Run> {
    let token = &reading.tokens[i];
    let first = parts[i];
    if !token.capital {
        return lower_case(reading, parts, i);
    }
    let shaped = !first.plausible() && name_shaped(reading, i);
    let maybe = first.plausible() || initial(reading, parts, i) || shaped && unlisted(reading, i).is_some();
    let called = || next_is_name(reading, parts, i) || titled(reading, i) || addressed(reading, i);
    if !maybe || first.ordinary && !(first.listed() && called()) {
        return None;
    }
    let mut last = i;
    while let Some(next) = continuation(reading, parts, i, last) {
        last = next;
    }
    let half = |k: usize| k > i && reading.tokens[k].gap == Gap::Tight && parts[k].given > 0;
    let listed = (i..=last).filter(|k| reading.tokens[*k].capital || half(*k)).collect::<Vec<_>>();
    let several = listed.len() > 1;
    if place(reading, last, parts[last]) && !addressed(reading, i)
        || holy(reading, i, several)
        || firm(reading, parts, i, last)
        || !several && lone_capitals(reading, i) && !addressed(reading, i)
    {
        return Some((last, 0.0, Some(Reason::GeneralTopic)));
    }
    let confidence = match several {
        true => of_several(reading, parts, &listed),
        false => of_one(reading, parts, i),
    };
    Some(confidence.map_or((last, 0.3, Some(Reason::Homograph)), |c| (last, c, None)))
}

/// How sure a run of several words is.
fn of_several(reading: &Reading<'_>, parts: &[Part], listed: &[usize]) -> Option<f32> {
    let i = listed[0];
    let sure = listed.iter().any(|k| parts[*k].sure());
    let given = listed.iter().filter(|k| parts[**k].given > 0).count();
    let surname = listed.iter().any(|k| matches!(parts[*k].surname, 1 | 2) || parts[*k].ending);
    let titled = titled(reading, i);
    let after_place = after_place(reading, i);
    match () {
        () if sure && surname => Some(0.98),
        () if given > 0 && (surname || given > 1) => Some(0.93),
        () if titled => Some(0.93),
        () if sure => Some(0.9),
        () if initial(reading, parts, i) => Some(0.85),
        () if listed.iter().any(|k| matches!(parts[*k].surname, 1 | 2)) && !after_place => Some(0.65),
        () if surname && !after_place && !starts(reading, i) => Some(0.58),
        () if given > 0 && (followed(reading, parts, listed[listed.len() - 1]).is_some() || addressed(reading, i)) => {
            Some(0.7)
        }
        // ‘Liv von Norden’, ‘Storm Aae 010203-9804’.
        () if given > 0 && (particle(reading, listed) || numbered(reading, listed)) => Some(0.7),
        // ‘Bo Ek’: two words that are names among other things.
        () if given > 0 && parts[listed[1]].surname > 0 && !after_place => Some(0.59),
        () => None,
    }
}

/// A particle between the words of a name.
fn particle(reading: &Reading<'_>, listed: &[usize]) -> bool {
    listed.windows(2).any(|pair| (pair[0] + 1..pair[1]).any(|k| reading.cue(k, Cue::Particle)))
}

/// Six digits or more follow, as of a personal number or a telephone.
fn numbered(reading: &Reading<'_>, listed: &[usize]) -> bool {
    let next = listed[listed.len() - 1] + 1;
    reading.tokens.get(next).is_some_and(|t| t.digits && t.gap <= Gap::Comma && t.end - t.start >= 6)
}

/// How sure a single word is.
fn of_one(reading: &Reading<'_>, parts: &[Part], i: usize) -> Option<f32> {
    let p = parts[i];
    let after_place = after_place(reading, i);
    match () {
        () if titled(reading, i) && p.plausible() => Some(0.93),
        () if p.sure() && !after_place => Some(if p.given == 1 { 0.88 } else { 0.75 }),
        () if p.sure() && p.given == 1 => Some(0.6),
        () if matches!(p.surname, 1 | 2) && !after_place => Some(0.7),
        () if p.listed() && !after_place && initial_after(reading, i) => Some(0.8),
        () if p.listed() && addressed(reading, i) => Some(0.7),
        () if p.given == 3 && followed(reading, parts, i).is_some_and(|f| f.person) => Some(0.65),
        () if p.given == 3 && !after_place && within(reading, i) => Some(0.61),
        () if p.given == 3 && !after_place && entry(reading, i) => Some(0.62),
        () if p.given == 3 && (listed_beside(reading, parts, i) || signed(reading, i)) => Some(0.62),
        () if !p.listed() => unlisted(reading, i),
        () => None,
    }
}

/// How sure a word is that no list knows: by its spelling and by what stands beside it.
fn unlisted(reading: &Reading<'_>, i: usize) -> Option<f32> {
    let beside = titled(reading, i) || addressed(reading, i);
    let follows = if beside { None } else { followed(reading, &[], i) };
    let (least, confidence) = match (beside, follows) {
        (true, _) => (SPELT, 0.63),
        (_, Some(f)) if f.owner => (SPELT, 0.64),
        (_, Some(f)) if f.person => (WELL_SPELT, 0.56),
        (_, Some(_)) => (BEST_SPELT, 0.57),
        _ => return None,
    };
    let folded = fold(reading.word(i));
    (shape::score(folded.bytes()) > least && !after_place(reading, i)).then_some(confidence)
}

fn starts(reading: &Reading<'_>, i: usize) -> bool {
    matches!(reading.tokens[i].gap, Gap::Break | Gap::Line)
}

/// A capital in the midst of a sentence that is not all capitals, after a word that goes before persons, or after what
/// only people do (‘I dag tog Björn upp det’).
fn within(reading: &Reading<'_>, i: usize) -> bool {
    let token = &reading.tokens[i];
    i > 0
        && token.gap == Gap::Space
        && !token.shouting
        && !humps(reading.word(i))
        && (reading.cue(i - 1, Cue::BeforePerson) || reading.cue(i - 1, Cue::PersonVerb))
}

/// A preposition of place stands before, or a postcode: ‘i Lund’, ‘8000 Aarhus C’.
fn after_place(reading: &Reading<'_>, i: usize) -> bool {
    let digits = |k: usize| {
        let word = reading.word(k);
        if word.bytes().all(|b| b.is_ascii_digit()) { word.len() } else { 0 }
    };
    i > 0
        && reading.tokens[i].gap == Gap::Space
        && (reading.cue(i - 1, Cue::NotAfter)
            || digits(i - 1) == 4
            || digits(i - 1) == 2 && i > 1 && digits(i - 2) == 3 && reading.tokens[i - 1].gap == Gap::Space)
}

/// Lower-case names: only given names that are hardly another word, where a person is addressed or signs.
fn lower_case(reading: &Reading<'_>, parts: &[Part], i: usize) -> Option<Run> {
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
    let word = reading.cue(i, Cue::LowerCase);
    let no_capitals = || reading.tokens.iter().all(|t| !t.capital);
    let spelt = || shape::score(fold(reading.word(i)).bytes()) > SPELT;
    let confidence = match (p.given, near) {
        (_, false) if word => return Some((last, 0.3, Some(Reason::Homograph))),
        (1, true) => 0.85,
        (1, false) => 0.6,
        (_, true) => 0.65,
        _ if spelt() && no_capitals() => 0.55,
        _ => return Some((last, 0.3, Some(Reason::Homograph))),
    };
    Some((last, confidence, None))
}

/// The next token of the name from `first` after `last`, if there is one.
fn continuation(reading: &Reading<'_>, parts: &[Part], first: usize, last: usize) -> Option<usize> {
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
            return (!place(reading, next, p) || p.listed()).then_some(next);
        }
        // ‘Ji-woo’: the second half of a given name in lower case.
        if between == "-" && parts[last].given > 0 && p.given > 0 && !token.digits {
            return Some(next);
        }
        // A particle, and a capitalised word after it: ‘von Essen’, ‘El-Haddad’, ‘bin Laden’.
        if between == " " && !token.shouting && reading.cue(next, Cue::Particle) {
            let after = next + 1;
            let name = |t: &super::tokens::Token| t.capital && !t.shouting && t.gap <= Gap::Tight;
            if reading.tokens.get(after).is_some_and(name) && !parts[after].ordinary {
                return Some(after);
            }
        }
        // An initial between names: ‘Karl E. Nyman’.
        if token.capital
            && token.end - token.start == 1
            && parts.get(next + 1).is_some_and(|p| p.plausible())
            && reading.tokens[next + 1].capital
            && matches!(
                reading.text()[token.end as usize..reading.tokens[next + 1].start as usize].trim_end(),
                "" | "."
            )
        {
            return Some(next + 1);
        }
    }
    // ‘Lindqvist, Elvira’: surnames alone stand before the comma.
    if between == ", "
        && token.capital
        && (first..=last).all(|k| parts[k].given == 0 || parts[k].given == 3)
        && matches!(parts[last].surname, 1 | 2)
        && parts[next].given > 0
        && (parts[next].given < 3 || first == 0 && ends_line(reading, next))
    {
        return Some(next);
    }
    None
}

/// Whether nothing but the end of its line or a separator follows a token.
fn ends_line(reading: &Reading<'_>, i: usize) -> bool {
    let after = reading.text()[reading.tokens[i].end as usize..].trim_start_matches([' ', '\t']);
    after.is_empty() || after.starts_with(['\n', '\r', ',', ';', '|', '-', ':'])
}

/// An unlisted word that may be a surname after a given name: a capital and letters, not known as another word.
fn name_shaped(reading: &Reading<'_>, i: usize) -> bool {
    let t = &reading.tokens[i];
    t.capital && !t.digits && t.end - t.start >= 3 && !t.shouting && !t.known() && !humps(reading.word(i))
}

/// Capitals within a word: `SoL`, `NemKonto`.
fn humps(word: &str) -> bool {
    let may = word.bytes().skip(1).any(|b| b.is_ascii_uppercase() || b >= 0x80);
    may && word.chars().skip(1).any(char::is_uppercase)
}

fn next_is_name(reading: &Reading<'_>, parts: &[Part], i: usize) -> bool {
    parts.get(i + 1).is_some_and(|p| p.plausible() && !p.ordinary)
        && reading.tokens[i + 1].capital
        && reading.tokens[i + 1].gap <= Gap::Tight
}
