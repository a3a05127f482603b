//! What a number is that is no person's: organisation numbers, accounts, goods, books, times, places, cases. Only
//! `explain` asks; what is flagged does not depend on it.

use super::numbers::{Number, Separator, numbers};
use super::reading::Reading;
use super::sink::Sink;
use super::{checksum, phone};
use crate::model::{Category, Date, Finding, Group, OtherNumber, Reason, Span};
use std::borrow::Cow;

/// Digits below which nobody asks.
const FEWEST: usize = 5;

/// Says of each number that was not found what it is, in place of why it is no personal number.
pub(super) fn explain(reading: &Reading<'_>, sink: &mut Sink) {
    for number in numbers(reading) {
        let runs = number.span(0, number.runs.len());
        let letters = letters_before(reading.text(), runs.start);
        let span = Span::new(runs.start - letters.len(), runs.end);
        if sink.findings.iter().any(|f| f.span.overlaps(span) && f.category.group() == Group::Identifiers) {
            continue;
        }
        let Some(what) = what(reading, number, letters) else { continue };
        sink.dropped.retain(|c| !c.finding.span.overlaps(span) || c.finding.category.group() != Group::Identifiers);
        let finding = Finding {
            span,
            category: Category::Personnummer,
            kind: None,
            confidence: 0.0,
            recognizer: Cow::Borrowed("numbers"),
            term: None,
        };
        sink.drop(finding, Reason::Is(what));
    }
}

/// Up to three capitals written on to the digits, perhaps with a blank between: the country of an account, the letters
/// of a plate.
fn letters_before(text: &str, start: usize) -> &str {
    let before = &text[..start];
    let bare = before.trim_end_matches(' ');
    let bare = if before.len() - bare.len() <= 1 { bare } else { before };
    let len = bare.bytes().rev().take_while(u8::is_ascii_uppercase).count();
    let alone = bare[..bare.len() - len].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    if (2..=3).contains(&len) && alone { &before[bare.len() - len..] } else { "" }
}

fn what(reading: &Reading<'_>, number: &Number, letters: &str) -> Option<OtherNumber> {
    let text = reading.text();
    let all: Vec<u8> =
        number.runs.iter().flat_map(|r| text.as_bytes()[r.span.start..r.span.end].iter()).copied().collect();
    let digits: Vec<u8> = all.iter().map(|b| b - b'0').collect();
    let shape = number.shape();
    let country = letters.trim_end();
    let joined = |with: Separator| number.runs[1..].iter().all(|r| r.separator == with);
    if country.len() == 2 && digits.len() >= 13 && iban(country, &digits) {
        return Some(OtherNumber::Iban);
    }
    if plate(country, text, number, &shape) {
        return Some(OtherNumber::Plate);
    }
    if digits.len() < FEWEST {
        return None;
    }
    let value = |run: usize| number.digits(text, run, run + 1).iter().fold(0u64, |n, d| n * 10 + u64::from(*d));
    Some(match shape.as_slice() {
        [12] if country == "SE" && digits.ends_with(&[0, 1]) => OtherNumber::Vat,
        [6, 4] | [10] if organisation(&digits) => OtherNumber::Organisation,
        [12] if digits.starts_with(&[1, 6]) && organisation(&digits[2..]) => OtherNumber::Organisation,
        [13] if goods(&digits) && matches!(digits[..3], [9, 7, 8 | 9]) => OtherNumber::Isbn,
        [8 | 13] if goods(&digits) => OtherNumber::Goods,
        [_, _, _, _, ..] if digits.len() == 13 && goods(&digits) && joined(Separator::Hyphen) => OtherNumber::Isbn,
        [12 | 14] if timestamp(&digits) => OtherNumber::Timestamp,
        [8] if company(&digits) && (country == "DK" || !phone::fits(&digits)) => OtherNumber::Cvr,
        [3 | 4, 4] if joined(Separator::Hyphen) && checksum::luhn(&digits) => OtherNumber::Giro,
        [2..=7, 1] if joined(Separator::Hyphen) && checksum::luhn(&digits) => OtherNumber::Giro,
        [4, 2, 2, ..] if date(value(0), value(1), value(2)) => OtherNumber::Timestamp,
        [1..=3, 4..=8] if joined(Separator::Dot) => OtherNumber::Coordinates,
        [4, 2..=6] if (1900..2100).contains(&value(0)) => OtherNumber::Case,
        [2..=4, 4] if joined(Separator::Slash) && (1900..2100).contains(&value(1)) => OtherNumber::Case,
        _ => return None,
    })
}

/// ISO 13616: country and check digits behind the account, letters as two digits each, modulus 97.
fn iban(country: &str, digits: &[u8]) -> bool {
    let tail = country.bytes().flat_map(|b| [(b - b'A' + 10) / 10, (b - b'A' + 10) % 10]);
    let all = digits[2..].iter().copied().chain(tail).chain(digits[..2].iter().copied());
    digits.len() <= 32 && all.fold(0u32, |n, d| (n * 10 + u32::from(d)) % 97) == 1
}

/// Swedish `ABC 123` and `ABC 12D`, Danish `AB 12 345`.
fn plate(letters: &str, text: &str, number: &Number, shape: &[usize]) -> bool {
    let end = number.span(0, number.runs.len()).end;
    let mut after = text[end..].chars();
    let last = after.next();
    let open = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    match shape {
        [3] => letters.len() == 3 && open(last),
        [2] => letters.len() == 3 && last.is_some_and(|c| c.is_ascii_uppercase()) && open(after.next()),
        [5] | [2, 3] => letters.len() == 2 && open(last),
        _ => false,
    }
}

/// Swedish organisation number: the month of a personal number, 20 or more (Skatteverket, SKV 709).
fn organisation(digits: &[u8]) -> bool {
    digits[0] != 0 && digits[2] >= 2 && checksum::luhn(digits)
}

/// Danish CVR number: modulus 11 (Erhvervsstyrelsen).
fn company(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 8] = [2, 7, 6, 5, 4, 3, 2, 1];
    digits[0] != 0 && digits.iter().zip(WEIGHTS).map(|(d, w)| u32::from(*d) * w).sum::<u32>().is_multiple_of(11)
}

/// GS1 check digit of EAN-8 and EAN-13, of books too.
fn goods(digits: &[u8]) -> bool {
    let sum: u32 = digits.iter().rev().enumerate().map(|(i, d)| u32::from(*d) * if i % 2 == 1 { 3 } else { 1 }).sum();
    sum.is_multiple_of(10)
}

fn date(year: u64, month: u64, day: u64) -> bool {
    let small = |n: u64| u8::try_from(n).unwrap_or(0);
    (1900..2100).contains(&year) && Date::new(2000, small(month), small(day)).is_some()
}

/// Year, month, day, hour, minute and perhaps second.
fn timestamp(digits: &[u8]) -> bool {
    let two = |i: usize| u64::from(digits[i] * 10 + digits[i + 1]);
    let seconds = digits.len() == 12 || two(12) < 60;
    date(two(0) * 100 + two(2), two(4), two(6)) && two(8) < 24 && two(10) < 60 && seconds
}
