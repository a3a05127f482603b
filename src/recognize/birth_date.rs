//! Dates that are said to be somebody's birth: a word (‘född’, ‘f.’, ‘født den’, ‘fyller’) and a date with day and
//! month, or a date in a column of birth dates. A year alone is free.

use super::Recognizer;
use super::beside::named;
use super::numbers::{Number, Separator, numbers};
use super::reading::Reading;
use super::sink::Sink;
use super::tokens::Gap;
use crate::lexicon::{Cue, Hit};
use crate::model::{Category, Date, Finding, Reason, Span};
use std::borrow::Cow;

pub(super) struct BirthDate;

impl Recognizer for BirthDate {
    fn id(&self) -> &'static str {
        "birth_date"
    }

    fn categories(&self) -> &'static [Category] {
        &[Category::BirthDate]
    }

    fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink) {
        for number in numbers(reading) {
            let Some(span) = written_out(reading, number).or_else(|| in_digits(reading, number)) else {
                continue;
            };
            if sink.taken(span, &[Category::Personnummer, Category::Cpr, Category::Email]) {
                continue;
            }
            let finding = |confidence| Finding {
                span,
                category: Category::BirthDate,
                kind: None,
                confidence,
                recognizer: Cow::Borrowed("birth_date"),
                term: None,
            };
            if said(reading, span) {
                sink.keep(finding(0.95));
            } else if of_age(reading, span) {
                sink.keep(finding(0.6));
            } else {
                sink.drop(finding(0.2), Reason::NoCue);
            }
        }
    }
}

/// Whether a word before says that this is a birth: a cue word, or the letter for it directly before the date or one
/// word from it (‘f. den 3 maj’).
fn said(reading: &Reading<'_>, span: Span) -> bool {
    if reading.cue_before(span.start, 4, Cue::Birth) || reading.cue_before(span.start, 2, Cue::BirthLetter) {
        return true;
    }
    // ‘6 mars fyller hon år’.
    let next = reading.token_from(span.end);
    if reading.tokens.get(next).is_some_and(|t| t.gap == Gap::Space) && reading.cue(next, Cue::Birthday) {
        return true;
    }
    // A whole date in brackets after a name.
    let text = reading.text();
    let in_brackets = text[..span.start].ends_with('(') && text[span.end..].starts_with(')');
    let at = reading.token_from(span.start);
    let near = |i: usize| super::names::looks_like_name(reading, i);
    in_brackets && span.len() >= 6 && (named(reading, span) || (at.saturating_sub(3)..at).any(near))
}

/// A whole date that lies years back and stands by itself after a name, as in a list of persons.
fn of_age(reading: &Reading<'_>, span: Span) -> bool {
    let text = reading.text();
    let date = &text[span.start..span.end];
    // The year ends the date or begins it.
    let year = [date.get(date.len().saturating_sub(4)..), date.get(..4)].into_iter().flatten().find_map(|year| {
        let year: u16 = year.parse().ok()?;
        (1900..reading.situation.today.year - 5).contains(&year).then_some(year)
    });
    let before = text[..span.start].trim_end_matches(' ').trim_end_matches([',', ';', '|', '-', '\t', '(']);
    let last = reading.token_from(before.len()).checked_sub(1);
    let name = last.is_some_and(|i| {
        super::names::looks_like_name(reading, i)
            || i > 0 && reading.tokens[i].capital && super::names::looks_like_name(reading, i - 1)
    });
    let before_date = before.len() < text[..span.start].trim_end_matches(' ').len();
    year.is_some() && name && (before_date && super::beside::apart(reading, span) || of_list(reading, span))
}

/// ‘2. Lindqvist, Elvira 2012-09-14 – vegan’: a line that holds nothing but a name before the date, and goes on behind a
/// mark, if it goes on.
fn of_list(reading: &Reading<'_>, span: Span) -> bool {
    const MOST: usize = 5;
    let text = reading.text();
    let (at, mut first, mut end) = (reading.token_from(span.start), reading.token_from(span.start), span.start);
    // A line is looked through no further back than a name reaches: it may be long, and full of dates.
    while let Some(token) = first.checked_sub(1).map(|i| &reading.tokens[i])
        && at - first <= MOST
        && !text.get(token.end as usize..end).is_some_and(|between| between.contains('\n'))
    {
        (first, end) = (first - 1, token.start as usize);
    }
    let names = first..at;
    let after = text[span.end..].trim_start_matches([' ', '\t']);
    names.len() <= MOST
        && names.into_iter().all(|i| reading.tokens[i].capital || reading.tokens[i].digits)
        && (after.is_empty() || after.starts_with([',', ';', '|', '(', '–', '-', '\n', '\r']))
}

/// `2012-09-14`, `14/9 2012`, `14.9.12`, `14/9`, `120914`, `20120914`.
fn in_digits(reading: &Reading<'_>, number: &Number) -> Option<Span> {
    let text = reading.text();
    let value = |run: usize| -> u32 { number.digits(text, run, run + 1).iter().fold(0, |n, d| n * 10 + u32::from(*d)) };
    let shape = number.shape();
    let day_month = |d: u32, m: u32| Date::new(2000, u8::try_from(m).ok()?, u8::try_from(d).ok()?);
    let joins =
        |run: usize| matches!(number.runs[run].separator, Separator::Hyphen | Separator::Dot | Separator::Slash);
    match shape.as_slice() {
        [4, 2, 2, ..] if joins(1) && joins(2) => day_month(value(2), value(1)).map(|_| number.span(0, 3)),
        [1 | 2, 1 | 2, 4 | 2, ..] if joins(1) && (joins(2) || number.runs[2].separator == Separator::Space) => {
            // Day first, or a two-digit year first.
            day_month(value(0), value(1)).or_else(|| day_month(value(2), value(1))).map(|_| number.span(0, 3))
        }
        [1 | 2, 1 | 2, ..] if joins(1) && !number.glued => day_month(value(0), value(1)).map(|_| number.span(0, 2)),
        [8] => day_month(value(0) % 100, value(0) / 100 % 100)
            .filter(|_| (1850..2100).contains(&(value(0) / 10_000)))
            .map(|_| number.span(0, 1)),
        [6] => day_month(value(0) % 100, value(0) / 100 % 100)
            .or_else(|| day_month(value(0) / 10_000, value(0) / 100 % 100))
            .map(|_| number.span(0, 1)),
        _ => None,
    }
}

/// `12 maj 2014`, `3. juli`, `den 12:e maj -14`.
fn written_out(reading: &Reading<'_>, number: &Number) -> Option<Span> {
    let run = number.runs[0].span;
    let day: u8 = reading.text()[run.start..run.end].parse().ok()?;
    let mut next = reading.token_from(run.end);
    if next < reading.tokens.len() && reading.cue(next, Cue::Ordinal) {
        next += 1;
    }
    let month =
        reading.tokens.get(next).filter(|t| t.gap < Gap::Comma || t.start as usize <= run.end + 3).and_then(|_| {
            reading.tells(next).find_map(|hit| match hit {
                Hit::Cue(cue, _) => cue.month(),
                _ => None,
            })
        })?;
    Date::new(2000, month, day)?;
    let year = next + 1;
    let is_year = reading.tokens.get(year).is_some_and(|t| {
        let word = reading.word(year);
        t.gap < Gap::Break
            && word.bytes().all(|b| b.is_ascii_digit())
            && matches!(word.len(), 2 | 4)
            && (word.len() == 2 || word.starts_with(['1', '2']))
    });
    let last = if is_year { year } else { next };
    Some(Span::new(run.start, reading.tokens[last].end as usize))
}
