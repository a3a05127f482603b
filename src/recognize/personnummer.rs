//! Swedish personnummer and samordningsnummer.
//!
//! Ten digits YYMMDDNNNC or twelve with the century; `-`, `+` (from the year somebody turns 100), a blank or nothing
//! before the last four; a real date, day plus 60 for a samordningsnummer; Luhn check digit (Skatteverket, SKV 704 and
//! SKV 707). Interim and reserve numbers, with letters among the last four, are in `interim`. Not checked: whether the
//! number was ever issued.

mod interim;

use super::beside::{announced, apart, named, near_denmark, near_sweden, other_number, said_danish, whole};
use super::numbers::{Number, Separator, numbers};
use super::reading::Reading;
use super::sink::Sink;
use super::{Recognizer, checksum};
use crate::lexicon::Cue;
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
                from = self.read(reading, number, from, sink).unwrap_or(from + 1);
            }
        }
        interim::recognize(reading, sink);
    }
}

impl Personnummer {
    /// Tries the runs of a number from `from`; the run after a finding.
    fn read(&self, reading: &Reading<'_>, number: &Number, from: usize, sink: &mut Sink) -> Option<usize> {
        let shape = number.shape();
        let (to, separator) = take(&shape[from..], |i| number.runs[from + i].separator)?;
        let to = from + to;
        if shape[from] == 9 && reading.situation.column != ColumnKind::Identifier {
            return None;
        }
        let span = number.span(from, to);
        let finding = |confidence, kind| Finding {
            span,
            category: Category::Personnummer,
            kind,
            confidence,
            recognizer: Cow::Borrowed("personnummer"),
            term: None,
        };
        let mut digits = number.digits(reading.text(), from, to);
        if digits.len() == 9 {
            // A spreadsheet took it for a number and dropped the zero before it.
            digits.insert(0, 0);
        }
        let parsed = match parse(&digits, separator == Separator::Plus, reading.situation.today) {
            Ok(parsed) => parsed,
            Err(reason) => {
                sink.drop(finding(0.0, None), reason);
                return None;
            }
        };
        let kind = parsed.samordning.then(|| Kind::from_id("personnummer.samordning")).flatten();
        let danish = danish(reading, number, span, digits.len());
        let announced = announced(reading, number, span) && !danish;
        let other = other_number(reading, span);
        let joined = to - from > 1;
        let plain = matches!(separator, Separator::Hyphen | Separator::Plus);
        if !number.parted(reading.text(), from, to) || (number.glued && !announced && !(parsed.luhn && plain)) {
            sink.drop(finding(0.0, kind), Reason::Boundary);
            return None;
        }
        if !parsed.luhn {
            let swedish = reading.langs.one() == Some(Lang::Sv) && !near_denmark(reading, span);
            let cpr = super::cpr::parse(&digits, reading.situation.today).is_ok() && !swedish;
            let said = announced
                && !other
                && (digits.len() == 12 || !cpr || joined && reading.cue_before(span.start, 3, Cue::IdNumber));
            if said && (joined || digits.len() == 12 || swedish) {
                sink.keep(finding(0.6, kind));
                return Some(to);
            }
            sink.drop(finding(0.2, kind), Reason::Checksum);
            return None;
        }
        let telephone = || !joined && super::phone::called(reading, &digits, span);
        if !announced && (other || reading.situation.column == ColumnKind::OtherNumber || telephone()) {
            sink.drop(finding(0.2, kind), Reason::OtherNumber);
            return None;
        }
        let beside = || whole(reading, span) || named(reading, span);
        let confidence = match (joined, digits.len()) {
            _ if announced => 0.99,
            _ if number.glued => 0.7,
            (true, 12) => 0.99,
            (true, _) if plain => 0.98,
            (true, _) if beside() => 0.9,
            (true, _) => 0.7,
            (false, 12) => 0.95,
            (false, _) if beside() => 0.85,
            (false, _) if apart(reading, span) && reading.langs.has(Lang::Sv) => 0.6,
            (false, _) => {
                sink.drop(finding(0.3, kind), Reason::NoCue);
                return None;
            }
        };
        // In Danish text ten digits with a day first are a CPR number unless a word says otherwise; in a text that does
        // not tell its language they are if modulus 11 holds and they would be a samordningsnummer.
        let in_danish = reading.langs.one() == Some(Lang::Da) && !near_sweden(reading, span);
        let cpr = || {
            let parsed = super::cpr::parse(&digits, reading.situation.today).ok();
            parsed.filter(|c| c.modulus || !c.replacement || !plain)
        };
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
    let hyphens = |to: usize| (1..=to).all(|i| separator(i) == Separator::Hyphen);
    match shape {
        [6 | 8, 4, ..] => Some((2, separator(1))),
        [9 | 10 | 12, ..] => Some((1, Separator::None)),
        // 8803-20-0016 and 198803-20-0016: the day written apart.
        [4 | 6, 2, 4, ..] if hyphens(2) => Some((3, Separator::Hyphen)),
        // Each digit for itself.
        [1, ..] if matches!(shape.len(), 10 | 12) && shape.iter().all(|n| *n == 1) => {
            Some((shape.len(), Separator::Other))
        }
        // 12.12.12-1212, 1912/12/12-1212, 19 12 12 12 12 12 and the like: dates and groups written apart.
        [2 | 4, 2, 2, 4, ..] => Some((4, separator(3))),
        [2, 2, 2, 2, 4, ..] => Some((5, separator(4))),
        [2, 2, 2, 2, 2, 2] => Some((6, Separator::Other)),
        _ => None,
    }
}

/// Whether a word or the column says that ten digits are a CPR number; a Danish word for it may be said of a Swede.
fn danish(reading: &Reading<'_>, number: &Number, span: Span, digits: usize) -> bool {
    let said = || said_danish(reading, number, span) && !near_sweden(reading, span);
    digits == 10 && (reading.situation.holds == Some(Category::Cpr) || said())
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
