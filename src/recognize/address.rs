//! Street addresses: a street name by its ending (‘-gatan’, ‘-vej’) or with a street word beside it, and a number;
//! letter, floor, postcode and town go with it. A street without a number is none.

use super::Recognizer;
use super::reading::Reading;
use super::sink::Sink;
use super::tokens::Gap;
use crate::lexicon::{Cue, Ending, fold};
use crate::model::{Category, Finding, Span};
use std::borrow::Cow;

pub(super) struct Address;

impl Recognizer for Address {
    fn id(&self) -> &'static str {
        "address"
    }

    fn categories(&self) -> &'static [Category] {
        &[Category::Address]
    }

    fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink) {
        let mut from = 0;
        // The word before a house number.
        for i in reading.notable().filter(|i| reading.tokens[*i].digits).filter_map(|i| before(reading, i)) {
            let Some(number) = Some(i).filter(|i| *i >= from).and_then(|i| number_after(reading, i)) else { continue };
            let last = tail(reading, number);
            // A street by its name, or any capitalised word whose number a postcode and a town follow.
            let posted = last > number + 1 && reading.tokens[i].capital && reading.tokens[last].capital;
            if !(street(reading, i) || posted || small(reading, i, last > number)) {
                continue;
            }
            let first = start(reading, i);
            let span = Span::new(reading.tokens[first].start as usize, reading.tokens[last].end as usize);
            sink.keep(Finding {
                span,
                category: Category::Address,
                kind: None,
                confidence: if last > number { 0.95 } else { 0.88 },
                recognizer: Cow::Borrowed("address"),
                term: None,
            });
            from = last + 1;
        }
    }
}

/// The word before a number, or before `nr`.
fn before(reading: &Reading<'_>, number: usize) -> Option<usize> {
    let i = number.checked_sub(1)?;
    if reading.cue(i, Cue::Number) { i.checked_sub(1) } else { Some(i) }
}

/// The house number after a street's name: directly, after `nr`, or after the point of `Vallg.`.
fn number_after(reading: &Reading<'_>, i: usize) -> Option<usize> {
    if house_number(reading, i + 1) {
        return Some(i + 1);
    }
    let next = reading.tokens.get(i + 1)?;
    let nr = next.gap == Gap::Space && reading.cue(i + 1, Cue::Number) && followed_tight(reading, i + 2);
    if nr {
        return Some(i + 2);
    }
    (next.digits && short(reading, i) && in_form(reading, i + 1)).then_some(i + 1)
}

/// `Vallg. 17`, `Strandv. 3`: a capital, and the first letter of a street word.
fn short(reading: &Reading<'_>, i: usize) -> bool {
    let word = reading.word(i);
    let token = &reading.tokens[i];
    let after = &reading.text()[token.end as usize..];
    token.capital
        && word.len() >= 5
        && ["lg", "sg", "rg", "gg", "tg", "dg", "kg", "yg", "sv", "dv", "lv", "rv", "gv"]
            .iter()
            .any(|e| word.ends_with(e))
        && !["borg", "berg"].iter().any(|e| word.ends_with(e))
        && after.starts_with(". ")
        && after[2..].starts_with(|c: char| c.is_ascii_digit())
}

/// One to three digits, perhaps with a letter, after a blank; no time (`02.40`), no point of a list (`2)`).
fn house_number(reading: &Reading<'_>, i: usize) -> bool {
    reading.tokens.get(i).is_some_and(|t| t.digits && t.gap <= Gap::Space) && in_form(reading, i)
}

/// A house number behind the point of `nr.`
fn followed_tight(reading: &Reading<'_>, i: usize) -> bool {
    reading.tokens.get(i).is_some_and(|t| t.digits && t.gap <= Gap::Tight) && in_form(reading, i)
}

fn in_form(reading: &Reading<'_>, i: usize) -> bool {
    let token = &reading.tokens[i];
    let word = reading.word(i);
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let after = &reading.text()[token.end as usize..];
    let decimal = after.starts_with(['.', ':']) && after[1..].starts_with(|c: char| c.is_ascii_digit());
    let share = after.trim_start_matches(' ').starts_with('%');
    (1..=3).contains(&digits) && word.len() <= digits + 1 && !decimal && !share && !after.starts_with(')')
}

fn street(reading: &Reading<'_>, i: usize) -> bool {
    let token = &reading.tokens[i];
    if token.digits {
        return false;
    }
    let folded = fold(reading.word(i));
    let folded = folded.bytes();
    if reading.cue(i, Cue::NoStreet) {
        return false;
    }
    let table = &reading.lexicons.tables()[0];
    let ends = |least: usize| like_street(reading, folded, least);
    let after = |cue: Cue| i > 0 && token.gap <= Gap::Tight && reading.cue(i - 1, cue);
    // ‘bor på storgatan 12’, ‘Västra Kajen 12’.
    let beside = |k: usize| reading.tokens[k].capital && token.gap <= Gap::Tight;
    (ends(2) && token.capital)
        || short(reading, i)
        || (!token.capital && after(Cue::BeforeStreet) && ends(5))
        || (i > 0 && token.capital && beside(i - 1) && table.is_ending(folded, Ending::Street))
        || (i > 0 && reading.cue(i, Cue::Street) && reading.tokens[i - 1].capital && token.gap <= Gap::Tight)
}

/// A street in lower case: what goes with an address follows, or it fills a cell of a list (‘;storgatan 12;’).
fn small(reading: &Reading<'_>, i: usize, followed: bool) -> bool {
    let token = &reading.tokens[i];
    let cell = || {
        let text = reading.text();
        let before = text[..token.start as usize].trim_end_matches(' ');
        let digits = text[token.end as usize..].trim_start_matches(' ');
        let after = digits.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).trim_start_matches(' ');
        (before.is_empty() || before.ends_with([';', ',', '|', '\t', '\n']))
            && (after.is_empty() || after.starts_with([';', ',', '|', '\t', '\n', '\r']))
    };
    let ends = || like_street(reading, fold(reading.word(i)).bytes(), 3);
    !token.capital && !token.digits && !reading.cue(i, Cue::NoStreet) && ends() && (followed || cell())
}

/// Whether a folded word ends as streets do, in at least so many bytes.
fn like_street(reading: &Reading<'_>, folded: &[u8], least: usize) -> bool {
    reading.lexicons.tables()[0].ends_like(folded, Ending::Street, least)
}

/// The first word of the street's name: capitalised words directly before a street word that stands alone.
fn start(reading: &Reading<'_>, i: usize) -> usize {
    let mut first = i;
    let folded = fold(reading.word(i));
    if reading.cue(i, Cue::Street) || reading.lexicons.tables()[0].is_ending(folded.bytes(), Ending::Street) {
        while first > 0 && i - first < 3 && reading.tokens[first - 1].capital && reading.tokens[first].gap <= Gap::Tight
        {
            first -= 1;
        }
    } else if i > 0
        && reading.tokens[i].gap <= Gap::Tight
        && reading.tokens[i - 1].capital
        && reading.cue(i - 1, Cue::StreetPrefix)
    {
        first -= 1;
    }
    first
}

/// Letter, flat, postcode and town after the number.
fn tail(reading: &Reading<'_>, number: usize) -> usize {
    let mut last = number;
    let at = |i: usize| reading.tokens.get(i);
    let digits = |i: usize, lens: std::ops::RangeInclusive<usize>| {
        at(i).is_some() && lens.contains(&reading.word(i).len()) && reading.word(i).bytes().all(|b| b.is_ascii_digit())
    };
    if at(last + 1).is_some_and(|t| t.gap == Gap::Space && t.end - t.start == 1 && t.capital) {
        last += 1;
    }
    // Danish floor and door: ‘, 2. tv.’; Swedish flat: ‘lgh 1203’.
    let mut i = last + 1;
    if digits(i, 1..=2) && at(i + 1).is_some_and(|t| t.gap == Gap::Tight) && reading.cue(i + 1, Cue::Door) {
        last = i + 1;
    } else if at(i + 1).is_some() && reading.cue(i, Cue::Door) {
        last = if digits(i + 1, 2..=4) || reading.cue(i + 1, Cue::Door) { i + 1 } else { last };
    }
    i = last + 1;
    if at(i).is_some_and(|t| t.gap <= Gap::Comma) {
        let town = if digits(i, 3..=3) && digits(i + 1, 2..=2) {
            Some(i + 2)
        } else if digits(i, 4..=5) {
            Some(i + 1)
        } else {
            None
        };
        if let Some(town) = town {
            last = town - 1;
            if at(town).is_some_and(|t| t.capital && t.gap <= Gap::Space) {
                last = town;
                if at(town + 1).is_some_and(|t| t.capital && t.gap == Gap::Space && t.end - t.start <= 2) {
                    last = town + 1;
                }
            }
        }
    }
    last
}
