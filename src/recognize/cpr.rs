//! Danish CPR numbers.
//!
//! DDMMYYNNNN; the seventh digit and the year give the century (CPR-kontoret, ‘Personnummeret i CPR’). Modulus 11 only
//! moves confidence: since 2007 numbers are issued that fail it. Replacement numbers have the day plus 60. Not
//! checked: whether the number was ever issued.

use super::beside::{announced, announced_after, apart, named, near_denmark, other_number, said_danish, whole};
use super::numbers::{Number, numbers};
use super::reading::Reading;
use super::sink::Sink;
use super::{Recognizer, checksum};
use crate::lexicon::Cue;
use crate::model::{Category, ColumnKind, Date, Finding, Lang, Reason, Span};
use std::borrow::Cow;

pub(super) struct Cpr;

/// What ten digits say, read as a CPR number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) modulus: bool,
    pub(super) replacement: bool,
}

/// Reads ten digits as a CPR number; an error is the reason why they are none.
pub(super) fn parse(digits: &[u8], today: Date) -> Result<Parsed, Reason> {
    if digits.len() != 10 {
        return Err(Reason::Boundary);
    }
    let two = |i: usize| digits[i] * 10 + digits[i + 1];
    let (day, month, in_century) = (two(0), two(2), u16::from(two(4)));
    let century = match (digits[6], in_century) {
        (0..=3, _) | (4 | 9, 37..) => 1900,
        (4 | 9, _) | (5..=8, ..=57) => 2000,
        _ => 1800,
    };
    let replacement = day > 60;
    let date =
        Date::new(century + in_century, month, if replacement { day - 60 } else { day }).ok_or(Reason::NoSuchDate)?;
    if date > today {
        return Err(Reason::NoSuchDate);
    }
    Ok(Parsed { modulus: checksum::modulus_11(digits), replacement })
}

impl Recognizer for Cpr {
    fn id(&self) -> &'static str {
        "cpr"
    }

    fn categories(&self) -> &'static [Category] {
        &[Category::Cpr]
    }

    fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink) {
        for number in numbers(reading) {
            let mut from = 0;
            while from < number.runs.len() {
                from = self.read(reading, number, from, sink).unwrap_or(from + 1);
            }
        }
    }
}

impl Cpr {
    fn read(&self, reading: &Reading<'_>, number: &Number, from: usize, sink: &mut Sink) -> Option<usize> {
        let shape = number.shape();
        let to = from
            + match &shape[from..] {
                [6, 4, ..] => 2,
                [10, ..] => 1,
                [9] if reading.situation.column == ColumnKind::Identifier => 1,
                [2, 2, 2, 4, ..] => 4,
                // Each digit for itself.
                all if from == 0 && all.len() == 10 && all.iter().all(|n| *n == 1) => 10,
                _ => return None,
            };
        let span = number.span(from, to);
        if sink.taken(span, &[Category::Personnummer]) {
            return Some(to);
        }
        let finding = |confidence| Finding {
            span,
            category: Category::Cpr,
            kind: None,
            confidence,
            recognizer: Cow::Borrowed("cpr"),
            term: None,
        };
        let mut digits = number.digits(reading.text(), from, to);
        if digits.len() == 9 {
            // A spreadsheet took it for a number and dropped the zero before it.
            digits.insert(0, 0);
        }
        let parsed = match parse(&digits, reading.situation.today) {
            Ok(parsed) => parsed,
            Err(reason) => {
                sink.drop(finding(0.0), reason);
                return None;
            }
        };
        let announced = announced(reading, number, span);
        if !number.parted(reading.text(), from, to) || (number.glued && !announced) {
            sink.drop(finding(0.0), Reason::Boundary);
            return None;
        }
        if (other_number(reading, span) || reading.situation.column == ColumnKind::OtherNumber) && !announced {
            sink.drop(finding(0.2), Reason::OtherNumber);
            return None;
        }
        let danish = reading.langs.one() == Some(Lang::Da);
        let swedish = reading.langs.one() == Some(Lang::Sv);
        let joined = to - from > 1;
        let beside = || whole(reading, span) || named(reading, span);
        let denmark = || near_denmark(reading, span) || said_danish(reading, number, span);
        let confidence = match (announced, joined) {
            (true, _) if swedish && !parsed.modulus && !denmark() => None,
            (true, _) => Some(if parsed.modulus { 0.99 } else { 0.95 }),
            (false, true) if to - from == 10 => parsed.modulus.then_some(0.6),
            (false, true) if parsed.replacement && (swedish || !parsed.modulus) => None,
            (false, true) if danish => Some(if parsed.modulus { 0.97 } else { 0.85 }),
            (false, true) if swedish => {
                let other = || announced_after(reading, span);
                (parsed.modulus || denmark() || named(reading, span) && !other()).then_some(0.6)
            }
            (false, true) => parsed.modulus.then_some(0.9),
            (false, false) if parsed.replacement => None,
            (false, false) if swedish => (beside() && denmark()).then_some(0.6),
            (false, false) if beside() && (danish || parsed.modulus) => Some(if parsed.modulus { 0.85 } else { 0.6 }),
            (false, false) if danish && apart(reading, span) => Some(if parsed.modulus { 0.7 } else { 0.55 }),
            (false, false) if danish && parsed.modulus && somebodys(reading, span) => Some(0.55),
            (false, false) => None,
        };
        match confidence {
            Some(confidence) => sink.keep(finding(confidence)),
            None => sink.drop(finding(0.3), if joined { Reason::Checksum } else { Reason::NoCue }),
        }
        confidence.map(|_| to)
    }
}

/// Numbers before and after one that may stand beside it.
const BESIDE: usize = 4;

/// Whether ten digits that fit modulus 11 speak of somebody: they open the text, or a word for a person stands shortly
/// before (‘Han har 0102032010’), or another such number stands beside them.
fn somebodys(reading: &Reading<'_>, span: Span) -> bool {
    let person = |cue| reading.cue_before(span.start, 3, cue);
    let another = || {
        let all = numbers(reading);
        let own = all.partition_point(|n| n.runs[0].span.start < span.start);
        let beside = &all[own.saturating_sub(BESIDE)..all.len().min(own + 1 + BESIDE)];
        beside.iter().filter(|n| n.shape() == [10] && n.span(0, 1) != span).any(|n| {
            let digits = n.digits(reading.text(), 0, 1);
            !other_number(reading, n.span(0, 1))
                && parse(&digits, reading.situation.today).is_ok_and(|parsed| parsed.modulus)
        })
    };
    reading.token_from(span.start) == 0 || person(Cue::Person) || person(Cue::Kin) || another()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date { year: 2026, month: 11, day: 22 };

    #[track_caller]
    fn case(digits: &str, expected: Result<(bool, bool), Reason>) {
        let digits: Vec<u8> = digits.bytes().map(|b| b - b'0').collect();
        assert_eq!(parse(&digits, TODAY).map(|p| (p.modulus, p.replacement)), expected);
    }

    #[test]
    fn dates_and_modulus() {
        case("0707614285", Ok((true, false)));
        case("0102032010", Ok((false, false)));
        case("3202801234", Err(Reason::NoSuchDate));
        case("2902014321", Err(Reason::NoSuchDate));
        case("6707614285", Ok((false, true)));
        case("0101305000", Err(Reason::NoSuchDate));
    }
}
