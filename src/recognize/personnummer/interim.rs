//! Swedish numbers with letters: interim numbers of schools and universities (a letter in place of the first digit of
//! the serial, which counts as 1 for the check digit), and reserve numbers of the health regions, which each region
//! forms in its own way (letters among the last four) and which count only where a word says so.

use super::parse;
use crate::lexicon::Cue;
use crate::model::{Category, Date, Finding, Reason, Span};
use crate::recognize::beside::{named, whole};
use crate::recognize::reading::Reading;
use crate::recognize::sink::Sink;
use std::borrow::Cow;

/// Letters of interim numbers.
const LETTERS: &[u8] = b"TRSUWXJKLMN";

pub(super) fn recognize(reading: &Reading<'_>, sink: &mut Sink) {
    let bytes = reading.text().as_bytes();
    for i in 0..reading.tokens.len() {
        let token = &reading.tokens[i];
        if !token.digits {
            continue;
        }
        let (start, end) = (token.start as usize, token.end as usize);
        // `20000101T220` is one token; `000101-T220` and `000101 T220` are two.
        let joined = matches!(end - start, 6 | 8) && bytes[start..end].iter().all(u8::is_ascii_digit);
        let (date, last, end) = match reading.tokens.get(i + 1).filter(|_| joined) {
            Some(next) if next.start as usize == end + 1 && matches!(bytes[end], b'-' | b'+' | b' ') => {
                (&bytes[start..end], &bytes[next.start as usize..next.end as usize], next.end as usize)
            }
            None if joined => continue,
            _ if matches!(end - start, 10 | 12) => (&bytes[start..end - 4], &bytes[end - 4..end], end),
            _ => continue,
        };
        let letters = last.iter().filter(|b| b.is_ascii_alphabetic()).count();
        let plain = last.len() == 4 && last.is_ascii() && date.iter().all(u8::is_ascii_digit);
        if plain && (1..=3).contains(&letters) {
            judge(reading, sink, Span::new(start, end), (date, last), joined);
        }
    }
}

fn judge(reading: &Reading<'_>, sink: &mut Sink, span: Span, (date, last): (&[u8], &[u8]), joined: bool) {
    let finding = |confidence| Finding {
        span,
        category: Category::Personnummer,
        kind: None,
        confidence,
        recognizer: Cow::Borrowed("personnummer"),
        term: None,
    };
    let said = reading.cue_before(span.start, 3, Cue::IdNumber);
    let check = check_digit(date, last, reading.situation.today);
    match check {
        Some(true) if said => sink.keep(finding(0.9)),
        Some(true) if joined || date.len() == 8 || whole(reading, span) || named(reading, span) => {
            sink.keep(finding(0.7))
        }
        Some(true) => sink.drop(finding(0.3), Reason::NoCue),
        Some(false) if said => sink.keep(finding(0.6)),
        Some(false) => sink.drop(finding(0.2), Reason::Checksum),
        None => sink.drop(finding(0.0), Reason::NoSuchDate),
    }
}

/// Whether an interim number's check digit is right; nothing if the date is none.
fn check_digit(date: &[u8], last: &[u8], today: Date) -> Option<bool> {
    let interim = LETTERS.contains(&last[0]) && last[1..].iter().all(u8::is_ascii_digit);
    let value = |b: &u8| if b.is_ascii_digit() { b - b'0' } else { 1 };
    let digits: Vec<u8> = date.iter().chain(last).map(value).collect();
    parse(&digits, false, today).ok().map(|p| interim && p.luhn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_counts_as_one() {
        let today = Date { year: 2026, month: 11, day: 22 };
        assert_eq!(check_digit(b"000101", b"T220", today), Some(true));
        assert_eq!(check_digit(b"20000101", b"N220", today), Some(true));
        assert_eq!(check_digit(b"000101", b"T221", today), Some(false));
        assert_eq!(check_digit(b"000101", b"22T0", today), Some(false));
        assert_eq!(check_digit(b"001301", b"T220", today), None);
    }
}
