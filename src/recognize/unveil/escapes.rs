//! Characters that a format wrote in its own way, in a text that is no longer in that format.

use super::Undone;
use crate::model::Span;

/// Bytes of the longest tag that is looked through.
const LONGEST_TAG: usize = 120;

/// Named characters of HTML that stand in names and numbers.
const NAMED: [(&str, &str); 22] = [
    ("amp", "&"),
    ("aring", "å"),
    ("auml", "ä"),
    ("ouml", "ö"),
    ("aelig", "æ"),
    ("oslash", "ø"),
    ("eacute", "é"),
    ("uuml", "ü"),
    ("Aring", "Å"),
    ("Auml", "Ä"),
    ("Ouml", "Ö"),
    ("AElig", "Æ"),
    ("Oslash", "Ø"),
    ("Eacute", "É"),
    ("Uuml", "Ü"),
    ("nbsp", " "),
    ("shy", ""),
    ("hyphen", "-"),
    ("ndash", "-"),
    ("mdash", "-"),
    ("minus", "-"),
    ("commat", "@"),
];

/// `&#45;`, `&#x2d;`, `&aring;`.
pub(super) fn entity(text: &str, at: usize) -> Option<Undone> {
    let inside = &text[at + 1..];
    let len = inside.bytes().take(10).position(|b| b == b';')?;
    let name = &inside[..len];
    let meant = match name.strip_prefix('#') {
        Some(code) => {
            let hex = code.strip_prefix(['x', 'X']);
            let code = hex.map_or_else(|| code.parse().ok(), |h| u32::from_str_radix(h, 16).ok())?;
            char::from_u32(code)?.to_string()
        }
        None => NAMED.iter().find(|(n, _)| *n == name)?.1.to_owned(),
    };
    Some((Span::new(at, at + 2 + len), meant))
}

/// `<b>`, `</span>`: nothing.
pub(super) fn tag(bytes: &[u8], at: usize) -> Option<Undone> {
    let first = bytes.get(at + 1)?;
    let name = bytes.get(at + 1 + usize::from(*first == b'/'))?;
    let inside = &bytes[at + 1..bytes.len().min(at + LONGEST_TAG)];
    let len = inside.iter().position(|b| matches!(b, b'<' | b'>' | b'\n')).filter(|l| inside[*l] == b'>')?;
    name.is_ascii_alphabetic().then(|| (Span::new(at, at + 2 + len), String::new()))
}

/// A run of `%2D`.
pub(super) fn percent(bytes: &[u8], at: usize) -> Option<Undone> {
    hex_run(bytes, at, b'%')
}

/// A line that ends in `=`, or a run of `=C3=85`.
pub(super) fn quoted_printable(bytes: &[u8], at: usize) -> Option<Undone> {
    let rest = &bytes[at + 1..];
    if let Some(len) = [&b"\r\n"[..], b"\n"].iter().find(|l| rest.starts_with(l)).map(|l| l.len()) {
        return Some((Span::new(at, at + 1 + len), String::new()));
    }
    hex_run(bytes, at, b'=')
}

/// Bytes written as a mark and two hexadecimal digits each: UTF-8, else Latin-1.
fn hex_run(bytes: &[u8], at: usize, mark: u8) -> Option<Undone> {
    let mut meant = Vec::new();
    let mut end = at;
    while let Some([m, high, low]) = bytes.get(end..end + 3)
        && *m == mark
        && let (Some(high), Some(low)) = (hex(*high), hex(*low))
    {
        meant.push(high * 16 + low);
        end += 3;
    }
    if meant.is_empty() || meant.contains(&0) {
        return None;
    }
    let text = String::from_utf8(meant).unwrap_or_else(|e| e.as_bytes().iter().map(|b| char::from(*b)).collect());
    Some((Span::new(at, end), text))
}

fn hex(b: u8) -> Option<u8> {
    char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// `\u002d`, `\ud83d\ude00`, `\x2d`.
pub(super) fn backslash(text: &str, at: usize) -> Option<Undone> {
    let unit = |at: usize, mark: &str, len: usize| -> Option<u16> {
        let digits = text.get(at..)?.strip_prefix(mark)?.get(..len)?;
        u16::from_str_radix(digits, 16).ok()
    };
    if let Some(code) = unit(at, "\\x", 2) {
        return Some((Span::new(at, at + 4), char::from_u32(u32::from(code))?.to_string()));
    }
    let mut units = Vec::new();
    while let Some(code) = unit(at + 6 * units.len(), "\\u", 4) {
        units.push(code);
    }
    (!units.is_empty()).then(|| (Span::new(at, at + 6 * units.len()), String::from_utf16_lossy(&units)))
}

/// `+AC0-`: a run of UTF-16 in base 64, as UTF-7 writes what is not ASCII.
pub(super) fn utf_7(bytes: &[u8], at: usize) -> Option<Undone> {
    let inside = bytes.get(at + 1..)?;
    let len = inside.iter().take(64).position(|b| *b == b'-').filter(|l| *l >= 3)?;
    let (mut bits, mut held, mut units) = (0u32, 0, Vec::new());
    for b in &inside[..len] {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 16 {
            held -= 16;
            units.push((bits >> held & 0xFFFF) as u16);
        }
    }
    // What is left over is zeros, and fewer bits than a digit has.
    let whole = held < 6 && bits & ((1 << held) - 1) == 0;
    let meant = String::from_utf16(&units).ok().filter(|m| !m.is_empty() && !m.contains('\0'))?;
    whole.then(|| (Span::new(at, at + 2 + len), meant))
}
