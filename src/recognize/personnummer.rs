//! Swedish personnummer and samordningsnummer.
//!
//! Ten digits YYMMDDNNNC or twelve with the century; `-`, `+` (from the year somebody turns 100), a blank or nothing
//! before the last four; a real date, day plus 60 for a samordningsnummer; Luhn check digit (Skatteverket, SKV 704 and
//! SKV 707). Not checked: whether the number was ever issued.

use super::numbers::{Number, Separator, numbers};
use super::reading::Reading;
use super::sink::Sink;
use super::{Recognizer, checksum};
use crate::lexicon::{Cue, Ending, fold};
use crate::model::{Category, ColumnKind, Date, Finding, Kind, Lang, Reason, Span};
use std::borrow::Cow;

pub(super) struct Personnummer;

/// What ten or twelve digits say, read as a personnummer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) samordning: bool,
    pub(super) luhn: bool,
}

/// Reads digits as a personnummer; an error is the reason why they are none.
pub(super) fn parse(digits: &[u8], plus: bool, today: Date) -> Result<Parsed, Reason> {
    let two = |i: usize| digits[i] * 10 + digits[i + 1];
    let (year, rest) = match digits.len() {
        12 => (u16::from(two(0)) * 100 + u16::from(two(2)), &digits[2..]),
        10 => {
            let in_century = u16::from(two(0));
            let mut year = today.year - today.year % 100 + in_century;
            if year > today.year {
                year -= 100;
            }
            (if plus { year - 100 } else { year }, digits)
        }
        _ => return Err(Reason::Boundary),
    };
    let (month, day) = (rest[2] * 10 + rest[3], rest[4] * 10 + rest[5]);
    let samordning = day > 60;
    let date = Date::new(year, month, if samordning { day - 60 } else { day }).ok_or(Reason::NoSuchDate)?;
    if date > today || year < 1840 || rest[6..9] == [0, 0, 0] {
        return Err(Reason::NoSuchDate);
    }
    Ok(Parsed { samordning, luhn: checksum::luhn(rest) })
}

impl Recognizer for Personnummer {
    fn id(&self) -> &'static str {
        "personnummer"
    }

    fn categories(&self) -> &'static [Category] {
        &[Category::Personnummer]
    }

    fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink) {
        for number in numbers(reading) {
            let mut from = 0;
            while from < number.runs.len() {
                from = self.read(reading, &number, from, sink).unwrap_or(from + 1);
            }
        }
    }
}

impl Personnummer {
    /// Tries the runs of a number from `from`; the run after a finding.
    fn read(&self, reading: &Reading<'_>, number: &Number, from: usize, sink: &mut Sink) -> Option<usize> {
        let shape = number.shape();
        let (to, separator) = take(&shape[from..], |i| number.runs[from + i].separator)?;
        let to = from + to;
        let span = number.span(from, to);
        let finding = |confidence, kind| Finding {
            span,
            category: Category::Personnummer,
            kind,
            confidence,
            recognizer: Cow::Borrowed("personnummer"),
            term: None,
        };
        let digits = number.digits(reading.text(), from, to);
        let parsed = match parse(&digits, separator == Separator::Plus, reading.situation.today) {
            Ok(parsed) => parsed,
            Err(reason) => {
                sink.drop(finding(0.0, None), reason);
                return None;
            }
        };
        let kind = parsed.samordning.then(|| Kind::from_id("personnummer.samordning")).flatten();
        let danish = danish(reading, span, digits.len());
        let announced = announced(reading, span) && !danish;
        let other = other_number(reading, span);
        let joined = to - from > 1;
        // A number inside a longer one is another number; blanks before and after it part it.
        let parted =
            |i: usize| number.runs.get(i).is_none_or(|r| matches!(r.separator, Separator::Space | Separator::Other));
        if !(parted(to) && (from == 0 || parted(from))) || (number.glued && !announced) {
            sink.drop(finding(0.0, kind), Reason::Boundary);
            return None;
        }
        if !parsed.luhn {
            let said = announced
                && !other
                && (digits.len() == 12
                    || super::cpr::parse(&digits, reading.situation.today).is_err()
                    || reading.cue_before(span.start, 3, Cue::IdNumber));
            if said && (joined || digits.len() == 12) {
                sink.keep(finding(0.6, kind));
                return Some(to);
            }
            sink.drop(finding(0.2, kind), Reason::Checksum);
            return None;
        }
        if !announced && (other || reading.situation.column == ColumnKind::OtherNumber) {
            sink.drop(finding(0.2, kind), Reason::OtherNumber);
            return None;
        }
        let confidence = match (joined, digits.len()) {
            _ if announced => 0.99,
            (true, 12) => 0.99,
            (true, _) if matches!(separator, Separator::Hyphen | Separator::Plus) => 0.98,
            (true, _) if whole(reading, span) || named(reading, span) => 0.9,
            (true, _) => 0.7,
            (false, 12) => 0.95,
            (false, _) if whole(reading, span) || named(reading, span) => 0.85,
            (false, _) => {
                sink.drop(finding(0.3, kind), Reason::NoCue);
                return None;
            }
        };
        // In Danish text ten digits with a day first are a CPR number unless a word says otherwise; in a text that does
        // not tell its language they are if modulus 11 holds and they would be a samordningsnummer.
        let in_danish = reading.langs.one() == Some(Lang::Da) && !reading.cue_before(span.start, 8, Cue::Swedish);
        let cpr = || super::cpr::parse(&digits, reading.situation.today).ok();
        let either = || reading.langs.one().is_none() && parsed.samordning && cpr().is_some_and(|c| c.modulus);
        if cpr().is_some() && (danish || (!announced && (in_danish || either()))) {
            sink.drop(finding(0.3, kind), Reason::OtherNumber);
            return None;
        }
        sink.keep(finding(confidence, kind));
        Some(to)
    }
}

/// How many runs, from the first, hold a personnummer by their lengths, and what parts its last four digits.
fn take(shape: &[usize], separator: impl Fn(usize) -> Separator) -> Option<(usize, Separator)> {
    match shape {
        [6 | 8, 4, ..] => Some((2, separator(1))),
        [10 | 12, ..] => Some((1, Separator::None)),
        // 12.12.12-1212, 1912/12/12-1212, 19 12 12 12 12 12 and the like: dates and groups written apart.
        [2 | 4, 2, 2, 4, ..] => Some((4, separator(3))),
        [2, 2, 2, 2, 4, ..] => Some((5, separator(4))),
        [2, 2, 2, 2, 2, 2] => Some((6, Separator::Other)),
        _ => None,
    }
}

/// Whether a word shortly before, or directly after, says that this is a personal number.
pub(super) fn announced(reading: &Reading<'_>, span: Span) -> bool {
    reading.cue_before(span.start, 3, Cue::IdNumber)
        || reading.cue_before(span.start, 3, Cue::Cpr)
        || reading.situation.column == ColumnKind::Identifier
        || {
            let next = reading.token_from(span.end);
            next < reading.tokens.len()
                && reading.tokens[next].gap < super::Gap::Comma
                && reading.cue(next, Cue::IdNumber)
        }
}

/// Whether a word says that ten digits are a CPR number.
fn danish(reading: &Reading<'_>, span: Span, digits: usize) -> bool {
    let column = reading.situation.holds == Some(Category::Cpr);
    digits == 10 && (column || reading.cue_before(span.start, 3, Cue::Cpr))
}

/// Whether the word before says that this is another kind of number. It speaks for its own number only.
pub(super) fn other_number(reading: &Reading<'_>, span: Span) -> bool {
    if reading.cue_before(span.start, 2, Cue::OtherNumber) {
        return true;
    }
    let at = reading.token_from(span.start);
    // Digits that are part of a longer token begin none.
    if at == 0 || reading.tokens.get(at).is_none_or(|t| t.gap >= super::Gap::Comma) {
        return false;
    }
    let word = fold(reading.word(at - 1));
    let personal = [Cue::IdNumber, Cue::Cpr, Cue::Phone].iter().any(|c| reading.cue(at - 1, *c));
    !personal && reading.lexicons.tables()[0].ends_like(word.bytes(), Ending::Number, 2)
}

/// Whether the text holds nothing but the number.
pub(super) fn whole(reading: &Reading<'_>, span: Span) -> bool {
    let text = reading.text();
    !text[..span.start].chars().any(char::is_alphanumeric) && !text[span.end..].chars().any(char::is_alphanumeric)
}

/// Whether a capitalised name stands directly before.
pub(super) fn named(reading: &Reading<'_>, span: Span) -> bool {
    let at = reading.token_from(span.start);
    at > 0 && super::names::looks_like_name(reading, at - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date { year: 2026, month: 11, day: 22 };

    #[track_caller]
    fn case(digits: &str, plus: bool, expected: Result<(bool, bool), Reason>) {
        let digits: Vec<u8> = digits.bytes().map(|b| b - b'0').collect();
        assert_eq!(parse(&digits, plus, TODAY).map(|p| (p.samordning, p.luhn)), expected);
    }

    #[test]
    fn dates_and_check_digits() {
        case("1212121212", false, Ok((false, true)));
        case("191212121212", false, Ok((false, true)));
        case("1212121213", false, Ok((false, false)));
        case("7010632391", false, Ok((true, true)));
        case("5560160680", false, Err(Reason::NoSuchDate));
        case("9902300000", false, Err(Reason::NoSuchDate));
        case("202612319801", false, Err(Reason::NoSuchDate));
        case("1212121212", true, Ok((false, true)));
    }
}
