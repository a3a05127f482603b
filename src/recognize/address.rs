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
        for i in 0..reading.tokens.len() {
            if i < from || !street(reading, i) {
                continue;
            }
            let Some(number) = reading.tokens.get(i + 1).filter(|t| t.digits && t.gap <= Gap::Space) else {
                continue;
            };
            let word = reading.word(i + 1);
            let digits = word.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 || digits > 3 || word.len() > digits + 1 || number.sentence != reading.tokens[i].sentence {
                continue;
            }
            let first = start(reading, i);
            let last = tail(reading, i + 1);
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

fn street(reading: &Reading<'_>, i: usize) -> bool {
    let token = &reading.tokens[i];
    if token.digits {
        return false;
    }
    let word = reading.word(i);
    let folded = fold(word);
    let folded = std::str::from_utf8(folded.bytes()).unwrap_or_default();
    let ends = reading.lexicons.tables()[0].ends_like(folded, Ending::Street);
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
        && matches!(
            reading.word(i - 1).to_lowercase().as_str(),
            "norra"
                | "södra"
                | "östra"
                | "västra"
                | "stora"
                | "lilla"
                | "gamla"
                | "nya"
                | "nørre"
                | "sønder"
                | "øster"
                | "vester"
                | "store"
                | "lille"
                | "gammel"
                | "ny"
                | "nedre"
                | "övre"
                | "sankt"
                | "st"
        )
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
    if digits(i, 1..=2)
        && at(i + 1).is_some_and(|t| t.gap == Gap::Tight)
        && matches!(reading.word(i + 1), "tv" | "th" | "mf" | "sal")
    {
        last = i + 1;
    } else if at(i).is_some() && matches!(reading.word(i), "st" | "lgh" | "kld") && at(i + 1).is_some() {
        last = if digits(i + 1, 2..=4) || matches!(reading.word(i + 1), "tv" | "th" | "mf") { i + 1 } else { last };
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
