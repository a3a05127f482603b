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
        for i in reading.notable().filter(|i| reading.tokens[*i].digits).filter_map(|i| i.checked_sub(1)) {
            if i < from || !house_number(reading, i + 1) {
                continue;
            }
            let last = tail(reading, i + 1);
            // A street by its name, or any capitalised word whose number a postcode and a town follow.
            let posted = last > i + 2 && reading.tokens[i].capital && reading.tokens[last].capital;
            if !(street(reading, i) || posted) {
                continue;
            }
            let first = start(reading, i);
            let span = Span::new(reading.tokens[first].start as usize, reading.tokens[last].end as usize);
            sink.keep(Finding {
                span,
                category: Category::Address,
                kind: None,
                confidence: if last > i + 1 { 0.95 } else { 0.88 },
                recognizer: Cow::Borrowed("address"),
                term: None,
            });
            from = last + 1;
        }
    }
}

/// One to three digits, perhaps with a letter, after a blank; no time (`02.40`), no point of a list (`2)`).
fn house_number(reading: &Reading<'_>, i: usize) -> bool {
    let Some(token) = reading.tokens.get(i).filter(|t| t.digits && t.gap <= Gap::Space) else { return false };
    let word = reading.word(i);
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let after = &reading.text()[token.end as usize..];
    let decimal = after.starts_with(['.', ':']) && after[1..].starts_with(|c: char| c.is_ascii_digit());
    (1..=3).contains(&digits) && word.len() <= digits + 1 && !decimal && !after.starts_with(')')
}

fn street(reading: &Reading<'_>, i: usize) -> bool {
    let token = &reading.tokens[i];
    if token.digits {
        return false;
    }
    let word = reading.word(i);
    let folded = fold(word);
    let folded = folded.bytes();
    let ends = reading.lexicons.tables()[0].ends_like(folded, Ending::Street, 2);
    (ends && token.capital)
        || (i > 0 && reading.cue(i, Cue::Street) && reading.tokens[i - 1].capital && token.gap <= Gap::Tight)
}

/// The first word of the street's name: capitalised words directly before a street word that stands alone.
fn start(reading: &Reading<'_>, i: usize) -> usize {
    let mut first = i;
    if reading.cue(i, Cue::Street) {
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
