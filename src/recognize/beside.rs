//! What stands beside a number and says whose or what it is: words before and after, letters written on to it, names,
//! the shape of the text round it.

use super::names::looks_like_name;
use super::numbers::Number;
use super::reading::Reading;
use super::tokens::Gap;
use crate::lexicon::{Cue, Ending, Hit, fold};
use crate::model::{ColumnKind, Lang, Span};

/// Whether a word shortly before, directly after or written on to it says that this is a personal number.
pub(super) fn announced(reading: &Reading<'_>, number: &Number, span: Span) -> bool {
    personal_word(reading, span.start, Cue::IdNumber)
        || personal_word(reading, span.start, Cue::Cpr)
        || reading.situation.column == ColumnKind::Identifier
        || written_on(reading, number).is_some()
        || {
            let next = reading.token_from(span.end);
            next < reading.tokens.len() && reading.tokens[next].gap < Gap::Comma && reading.cue(next, Cue::IdNumber)
        }
}

/// Whether one of the next words speaks of a personal number (‘– fel pnr’).
pub(super) fn announced_after(reading: &Reading<'_>, span: Span) -> bool {
    let next = reading.token_from(span.end);
    (next..reading.tokens.len().min(next + 4)).any(|i| reading.cue(i, Cue::IdNumber))
}

/// A cue up to three words before; `nr` counts with what it is joined to (`p.nr`, `cpr-nr`).
fn personal_word(reading: &Reading<'_>, at: usize, cue: Cue) -> bool {
    reading.cue_before(at, 3, cue)
        || cue == Cue::IdNumber && reading.langs.has(Lang::Sv) && abbreviation(reading, at).is_some_and(|w| w == "p")
}

/// The cue in the letters directly before the digits, as in `PNR121212-1212`.
pub(super) fn written_on(reading: &Reading<'_>, number: &Number) -> Option<Cue> {
    if !number.glued {
        return None;
    }
    let before = &reading.text()[..number.runs[0].span.start];
    let letters = before.len() - before.trim_end_matches(char::is_alphabetic).len();
    let word = fold(&before[before.len() - letters..]);
    reading.lexicons.tables().iter().find_map(|t| {
        t.tells(t.word(word.bytes())).find_map(|hit| match hit {
            Hit::Cue(cue @ (Cue::IdNumber | Cue::Cpr), _) => Some(cue),
            _ => None,
        })
    })
}

/// Whether a word says that ten digits are a CPR number.
pub(super) fn said_danish(reading: &Reading<'_>, number: &Number, span: Span) -> bool {
    reading.cue_before(span.start, 3, Cue::Cpr) || written_on(reading, number) == Some(Cue::Cpr)
}

/// Whether Denmark, or a word in Danish letters, is near: a CPR number in Swedish text.
pub(super) fn near_denmark(reading: &Reading<'_>, span: Span) -> bool {
    let at = reading.token_from(span.start);
    let near = at.saturating_sub(12)..reading.tokens.len().min(at + 14);
    let close = at.saturating_sub(4)..reading.tokens.len().min(at + 6);
    near.into_iter().any(|i| reading.cue(i, Cue::Danish))
        || close.into_iter().any(|i| reading.word(i).contains(['æ', 'ø', 'Æ', 'Ø']))
}

/// Whether a word shortly before speaks of Sweden; the point of an abbreviation between them ends nothing.
pub(super) fn near_sweden(reading: &Reading<'_>, span: Span) -> bool {
    let at = reading.token_from(span.start);
    (at.saturating_sub(8)..at).any(|i| reading.cue(i, Cue::Swedish))
}

/// The word that `nr` is joined to, directly before a number: `j` in `j.nr. 14`, `P` in `P-nr. 10`.
fn abbreviation<'r>(reading: &'r Reading<'_>, at: usize) -> Option<&'r str> {
    let i = reading.token_from(at).checked_sub(1)?;
    let joined = i > 0 && reading.tokens[i].gap == Gap::Tight;
    let is_number = ["nr", "nummer"].iter().any(|w| reading.word(i).eq_ignore_ascii_case(w));
    (joined && is_number).then(|| reading.word(i - 1))
}

/// Whether a word says that this is another kind of number. It speaks for its own number, and for those joined to it
/// in a list of the same shape; never for the whole text.
pub(super) fn other_number(reading: &Reading<'_>, span: Span) -> bool {
    said_before(reading, span.start)
        || said_after(reading, span.end)
        || first_of_list(reading, span).is_some_and(|at| said_before(reading, at))
}

fn said_before(reading: &Reading<'_>, start: usize) -> bool {
    if reading.cue_before(start, 2, Cue::OtherNumber) {
        return true;
    }
    let at = reading.token_from(start);
    let Some(before) = at.checked_sub(1).filter(|_| at < reading.tokens.len()) else { return false };
    // Between the word and its number stands a blank, the point of an abbreviation, a colon.
    let Some(between) = reading.text().get(reading.tokens[before].end as usize..start) else { return false };
    if between.len() > 3 || between.contains(['\n', ',', ';', '!', '?']) {
        return false;
    }
    let personal = |i: usize| [Cue::IdNumber, Cue::Cpr, Cue::Phone].iter().any(|c| reading.cue(i, *c));
    if let Some(joined) = abbreviation(reading, start) {
        let swedish = joined.eq_ignore_ascii_case("p") && reading.langs.has(Lang::Sv);
        return !swedish && !personal(before - 1) && !personal(before);
    }
    let word = fold(reading.word(before));
    !personal(before) && reading.lexicons.tables()[0].ends_like(word.bytes(), Ending::Number, 2)
}

/// The word after the number says it (`4457 (varenr. klodser)`), unless it speaks for a number that follows.
fn said_after(reading: &Reading<'_>, end: usize) -> bool {
    let next = reading.token_from(end);
    let Some(token) = reading.tokens.get(next).filter(|t| t.gap <= Gap::Tight && !t.digits) else { return false };
    let word = fold(reading.word(next));
    let is_number = reading.lexicons.tables()[0].ends_like(word.bytes(), Ending::Number, 2);
    let personal = [Cue::IdNumber, Cue::Cpr, Cue::Phone].iter().any(|c| reading.cue(next, *c));
    let speaks_on = reading.tokens.get(next + 1).is_some_and(|t| t.digits)
        || reading.text()[token.end as usize..].trim_start_matches('.').starts_with(':');
    (is_number || reading.cue(next, Cue::OtherNumber)) && !personal && !speaks_on
}

/// Where the list begins whose last number is this one: numbers of one shape, joined by a comma or a short word.
fn first_of_list(reading: &Reading<'_>, span: Span) -> Option<usize> {
    let text = reading.text();
    let shape = |s: &str| s.bytes().map(|b| if b.is_ascii_digit() { b'0' } else { b }).collect::<Vec<u8>>();
    let own = shape(&text[span.start..span.end]);
    let mut first = span.start;
    for _ in 0..8 {
        let before = text[..first].trim_end();
        let before = [" og", " och", " samt", ",", " eller", "/", " &"].iter().find_map(|j| before.strip_suffix(j))?;
        let start = before.len().checked_sub(own.len())?;
        let same = before.get(start..).is_some_and(|s| shape(s) == own);
        if !same || before[..start].ends_with(|c: char| c.is_ascii_digit()) {
            break;
        }
        first = start;
        if said_before(reading, first) {
            return Some(first);
        }
    }
    None
}

/// Whether the text holds nothing but the number.
pub(super) fn whole(reading: &Reading<'_>, span: Span) -> bool {
    let text = reading.text();
    !text[..span.start].chars().any(char::is_alphanumeric) && !text[span.end..].chars().any(char::is_alphanumeric)
}

/// Whether the number stands by itself between commas, semicolons, brackets, slashes or line breaks, as in a list.
pub(super) fn apart(reading: &Reading<'_>, span: Span) -> bool {
    let text = reading.text();
    // A dash parts only with a blank beside it: `2404072231-A` is one code.
    if text[..span.start].ends_with('-') || text[span.end..].starts_with('-') {
        return false;
    }
    let before = text[..span.start].trim_end_matches([' ', '\t']).chars().next_back();
    let after = text[span.end..].trim_start_matches([' ', '\t']).chars().next();
    before.is_none_or(|c| matches!(c, ',' | ';' | '|' | '/' | '\n' | '(' | '-' | '\t'))
        && after.is_none_or(|c| matches!(c, ',' | ';' | '|' | '/' | '\n' | '\r' | ')' | '-' | '.' | '?' | '!'))
}

/// Whether somebody stands directly beside: a name before or after, a word for a person before.
pub(super) fn named(reading: &Reading<'_>, span: Span) -> bool {
    let at = reading.token_from(span.start);
    let person = |i: usize| [Cue::Title, Cue::Kin, Cue::Person].iter().any(|c| reading.cue(i, *c));
    let before = at > 0 && reading.tokens.get(at).is_none_or(|t| t.gap < Gap::Break);
    let direct = before && reading.tokens.get(at).is_none_or(|t| t.gap <= Gap::Tight);
    let next = reading.token_from(span.end);
    let surname = || at > 1 && reading.tokens[at - 1].capital && looks_like_name(reading, at - 2);
    before && (looks_like_name(reading, at - 1) || surname())
        || direct && person(at - 1)
        || reading.tokens.get(next).is_some_and(|t| t.gap < Gap::Break && looks_like_name(reading, next))
}
