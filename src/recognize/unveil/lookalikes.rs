//! Characters that look like others: letters for digits and digits for letters, letters of other scripts, letters set
//! apart, text that runs backwards, numbers as spreadsheets show them.

use super::Undone;
use crate::lexicon::is_word_char;
use crate::model::Span;

/// Letters of other scripts that look like Latin ones, in pairs (Unicode Technical Standard 39, the plain ones).
const LETTERS: &str = "аaеeоoрpсcуyхxкkіiјjѕsһhԁdԛqԝwтtмmнhвbлlпnгrүyѵvАAВBЕEКKМMНHОOРPСCТTХXІIЈJЅSЛLУY\
                       αaοoυuνvρpκkτtιiεeχxηnγyσoΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX";

fn latin(c: char) -> Option<char> {
    let mut pairs = LETTERS.chars();
    while let (Some(other), Some(latin)) = (pairs.next(), pairs.next()) {
        if other == c {
            return Some(latin);
        }
    }
    None
}

/// The word round byte `at`.
fn word(text: &str, at: usize) -> Span {
    let before = text[..at].chars().rev().take_while(|c| is_word_char(*c)).map(char::len_utf8).sum::<usize>();
    let after = text[at..].chars().take_while(|c| is_word_char(*c)).map(char::len_utf8).sum::<usize>();
    Span::new(at - before, at + after)
}

/// A Greek or Cyrillic letter in a word that has Latin ones, too.
pub(super) fn letters(text: &str, at: usize) -> Option<Undone> {
    let span = word(text, at);
    let written = &text[span.start..span.end];
    if span.len() > 60 || !written.bytes().any(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let meant: String = written.chars().map(|c| latin(c).unwrap_or(c)).collect();
    (meant != written).then_some((span, meant))
}

/// What a letter or digit stands for where digits are meant.
fn as_digit(b: u8) -> Option<u8> {
    Some(match b {
        b'0'..=b'9' => b,
        b'l' | b'I' | b'|' | b'i' => b'1',
        b'O' | b'o' => b'0',
        b'S' => b'5',
        b'B' => b'8',
        _ => return None,
    })
}

/// What a digit stands for where a letter is meant.
fn as_letter(c: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        _ => return None,
    })
}

/// A digit in a word of letters, a letter in a number of persons' length, or a number as a spreadsheet shows it.
pub(super) fn digits(text: &str, at: usize) -> Option<Undone> {
    let bytes = text.as_bytes();
    let before = at.checked_sub(1).map(|i| bytes[i]);
    let next = *bytes.get(at + 1)?;
    if next == b'.' || next == b',' {
        return spreadsheet(bytes, at);
    }
    let beside = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphabetic() || b == b'|' || b >= 0x80);
    if !beside(before) && !beside(Some(next)) {
        return None;
    }
    as_number(bytes, at).or_else(|| as_word(text, at))
}

/// `l2l2I2-1212`: ten or twelve digits, some of them letters, with at most one hyphen or plus.
fn as_number(bytes: &[u8], at: usize) -> Option<Undone> {
    let part = |b: &u8| as_digit(*b).is_some() || matches!(b, b'-' | b'+');
    let start = at - bytes[..at].iter().rev().take(16).take_while(|b| part(b)).count();
    let end = at + bytes[at..].iter().take(16).take_while(|b| part(b)).count();
    let written = &bytes[start..end];
    let count = |test: fn(&u8) -> bool| written.iter().filter(|b| test(b)).count();
    let (real, marks) = (count(u8::is_ascii_digit), count(|b| matches!(b, b'-' | b'+')));
    let open = |b: Option<&u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric() && *b < 0x80);
    let alone = open(start.checked_sub(1).and_then(|i| bytes.get(i))) && open(bytes.get(end));
    let long = matches!(written.len() - marks, 10 | 12) && marks <= 1 && real >= 6 && real + marks < written.len();
    (alone && long).then(|| {
        let meant = written.iter().map(|b| char::from(as_digit(*b).unwrap_or(*b))).collect();
        (Span::new(start, end), meant)
    })
}

/// `5juk`: one or two digits for letters, before other letters.
fn as_word(text: &str, at: usize) -> Option<Undone> {
    let span = word(text, at);
    let written = &text[span.start..span.end];
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    let letters = written.chars().count() - digits;
    if !(1..=2).contains(&digits) || letters < 3 || span.len() > 40 || written.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let meant: Option<String> =
        written.chars().map(|c| if c.is_ascii_digit() { as_letter(c) } else { Some(c) }).collect();
    meant.map(|meant| (span, meant))
}

/// `1.91212121212E11` and `191212121212.0`, from the digit before the point.
fn spreadsheet(bytes: &[u8], at: usize) -> Option<Undone> {
    let digits_from = |i: usize| bytes[i.min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    let first = at - bytes[..at].iter().rev().take(20).take_while(|b| b.is_ascii_digit()).count();
    if first > 0 && (bytes[first - 1].is_ascii_alphanumeric() || matches!(bytes[first - 1], b'.' | b',' | b'-')) {
        return None;
    }
    let fraction = &bytes[at + 2..at + 2 + digits_from(at + 2)];
    let end = at + 2 + fraction.len();
    let whole = at + 1 - first;
    if bytes[at + 1] == b'.' && fraction == b"0" && (9..=12).contains(&whole) {
        let alone = bytes.get(end).is_none_or(|b| !b.is_ascii_alphanumeric());
        let number = || String::from_utf8_lossy(&bytes[first..=at]).into_owned();
        return alone.then(|| (Span::new(first, end), number()));
    }
    if whole != 1 || fraction.len() < 6 || !matches!(bytes.get(end), Some(b'E' | b'e')) {
        return None;
    }
    let power = end + 1 + usize::from(bytes.get(end + 1) == Some(&b'+'));
    let len = digits_from(power);
    let exponent: usize = std::str::from_utf8(&bytes[power..power + len]).ok()?.parse().ok()?;
    if !(fraction.len()..=11).contains(&exponent) {
        return None;
    }
    let mut meant = vec![bytes[at]];
    meant.extend_from_slice(fraction);
    meant.resize(exponent + 1, b'0');
    Some((Span::new(at, power + len), String::from_utf8(meant).ok()?))
}

/// `s j u k`, `s.j.u.k`: four letters or more, one by one, the same sign between them. Seen from the first sign.
pub(super) fn spaced(text: &str, at: usize) -> Option<Undone> {
    let bytes = text.as_bytes();
    let mark = bytes[at];
    // A letter has one byte or two.
    if at == 0 || bytes.get(at + 2) != Some(&mark) && bytes.get(at + 3) != Some(&mark) {
        return None;
    }
    let first = text[..at].chars().next_back().filter(|c| c.is_alphabetic())?;
    let start = at - first.len_utf8();
    if text[..start].chars().next_back().is_some_and(is_word_char) {
        return None;
    }
    let mut meant = String::from(first);
    let mut end = at;
    while bytes.get(end) == Some(&mark) {
        let mut rest = text[end + 1..].chars();
        let Some(c) = rest.next().filter(|c| c.is_lowercase()) else { break };
        if rest.next().is_some_and(is_word_char) {
            break;
        }
        meant.push(c);
        end += 1 + c.len_utf8();
    }
    (meant.chars().count() >= 4).then(|| (Span::new(start, end), meant))
}

/// What stands between ‘right-to-left override’ and its end, as it is seen.
pub(super) fn reversed(text: &str, at: usize) -> Option<Undone> {
    let inside = &text[at + 3..];
    let rest = &inside[..inside.find('\n').unwrap_or(inside.len())];
    let (line, close) = rest.find('\u{202c}').map_or((rest.len(), 0), |len| (len, 3));
    (line > 0).then(|| (Span::new(at, at + 3 + line + close), inside[..line].chars().rev().collect()))
}
