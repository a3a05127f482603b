//! A text as people see it: composed letters, plain dashes, blanks and digits, nothing invisible; with the way back to
//! the original bytes, so that a redaction takes every byte of a span, the invisible ones too.

use crate::model::Span;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// A normalised text and its map.
pub(super) struct View<'a> {
    /// What recognizers read.
    pub(super) text: Cow<'a, str>,
    /// Start in the view, start and end in the original, one a cluster; empty if both are the same text.
    clusters: Vec<(u32, u32, u32)>,
}

impl<'a> View<'a> {
    pub(super) fn new(original: &'a str) -> Self {
        if plain(original.as_bytes()) {
            return Self { text: Cow::Borrowed(original), clusters: Vec::new() };
        }
        let mut text = String::with_capacity(original.len());
        let mut clusters = Vec::new();
        let mut chars = original.char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            let mut end = start + c.len_utf8();
            if let Some((meant, len)) = mojibake(&original[start..]) {
                clusters.push((text.len() as u32, start as u32, (start + len) as u32));
                text.extend(as_seen(meant));
                while chars.next_if(|(at, _)| *at < start + len).is_some() {}
                continue;
            }
            if c == '\u{FFFD}' && digit_at(text.chars().next_back()) && digit_at(chars.peek().map(|(_, c)| *c)) {
                // Where a dash was lost.
                clusters.push((text.len() as u32, start as u32, end as u32));
                text.push('-');
                continue;
            }
            while let Some(&(at, next)) = chars.peek() {
                if !joins(next) {
                    break;
                }
                end = at + next.len_utf8();
                chars.next();
            }
            let at = text.len() as u32;
            let cluster = &original[start..end];
            if cluster.len() == 1 && !c.is_control() || (cluster.len() == 2 && cluster.as_bytes()[0] == 0xC3) {
                text.push_str(cluster);
            } else {
                text.extend(cluster.nfkc().filter_map(as_seen));
            }
            if text.len() as u32 > at {
                clusters.push((at, start as u32, end as u32));
            }
        }
        Self { text: Cow::Owned(text), clusters }
    }

    /// The bytes of the original that a span of the view came from.
    pub(super) fn original(&self, span: Span) -> Span {
        if self.clusters.is_empty() || span.is_empty() {
            return span;
        }
        let cluster = |at: usize| {
            let i = self.clusters.partition_point(|c| c.0 as usize <= at);
            self.clusters[i.saturating_sub(1)]
        };
        Span::new(cluster(span.start).1 as usize, cluster(span.end - 1).2 as usize)
    }
}

/// Whether nothing has to change: ASCII without control characters, and the Latin-1 letters.
fn plain(bytes: &[u8]) -> bool {
    let mut after_c3 = false;
    for &b in bytes {
        let fine = match b {
            0x20..=0x7E | b'\n' | b'\r' | b'\t' | 0xC3 => true,
            0x80..=0xBF => after_c3,
            _ => false,
        };
        if !fine {
            return false;
        }
        after_c3 = b == 0xC3;
    }
    true
}

fn digit_at(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_ascii_digit())
}

/// What was meant by UTF-8 that somebody read as Windows-1252 (`Ã¥` for `å`), and its length.
fn mojibake(text: &str) -> Option<(char, usize)> {
    let mut chars = text.chars();
    let count = match chars.next()? {
        'Ã' | 'Â' => 2,
        'â' => 3,
        _ => return None,
    };
    let mut bytes = [0; 3];
    let mut len = 0;
    for (byte, c) in bytes.iter_mut().zip(text.chars()).take(count) {
        len += c.len_utf8();
        *byte = match u8::try_from(u32::from(c)) {
            Ok(byte) => byte,
            Err(_) => *encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut [0; 4])).0.first()?,
        };
    }
    let meant = std::str::from_utf8(&bytes[..count]).ok()?.chars().next()?;
    Some((meant, len))
}

/// Whether a character belongs to the one before it: marks, and joiners that show nothing.
fn joins(c: char) -> bool {
    !c.is_ascii() && (is_combining_mark(c) || canonical_combining_class(c) != 0)
}

/// One character as it looks, or nothing if it shows nothing.
fn as_seen(c: char) -> Option<char> {
    Some(match c {
        '\n' | '\r' | '\t' => c,
        // Windows-1252 that was read as ISO-8859-1.
        '\u{96}' | '\u{97}' => '-',
        '\u{91}' | '\u{92}' => '\'',
        _ if c.is_control() => return None,
        '\u{AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{180E}'
        | '\u{34F}'
        | '\u{E0000}'..='\u{E0FFF}' => return None,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' | '\u{2043}' => '-',
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2BC}' => '\'',
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => ' ',
        '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        _ if is_combining_mark(c) => return None,
        _ if !c.is_ascii() && c.is_numeric() => {
            c.to_digit(10).or_else(|| digit(c)).and_then(|d| char::from_digit(d, 10)).unwrap_or(c)
        }
        _ => c,
    })
}

/// The value of a decimal digit of another script: their blocks begin on a multiple of 16, zero at 0 or 6.
fn digit(c: char) -> Option<u32> {
    const ZEROS: [u32; 16] = [
        0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0xF20, 0x1040,
    ];
    ZEROS.iter().find_map(|z| (c as u32).checked_sub(*z).filter(|d| *d < 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn seen(original: &str, expected: &str) {
        let view = View::new(original);
        assert_eq!(view.text, expected);
        let all = view.original(Span::new(0, view.text.len()));
        assert!(original.is_char_boundary(all.start) && original.is_char_boundary(all.end));
    }

    #[test]
    fn disguises_fall() {
        seen("A\u{30a}sa", "Åsa");
        seen("sj\u{ad}uk", "sjuk");
        seen("1212\u{200b}12\u{2011}1212", "121212-1212");
        seen("\u{ff11}\u{ff12}\u{661}\u{967}\u{1d7cf}", "12111");
        seen("1\u{332}2\u{332}", "12");
        seen("a\u{a0}b\u{2028}c\0d", "a b\ncd");
        seen("Dvořák", "Dvořák");
        seen("Ã…sa SjÃ¶gren, SÃ¸ren, ÃÂ, â€“ Ã", "Åsa Sjögren, Søren, ÃÂ, - Ã");
        seen("121212\u{FFFD}1212 a\u{FFFD}b 121212\u{96}1212", "121212-1212 a\u{FFFD}b 121212-1212");
    }

    #[test]
    fn the_way_back_takes_invisible_bytes() {
        let original = "x sj\u{200b}u\u{ad}k y";
        let view = View::new(original);
        let at = view.text.find("sjuk").expect("there");
        let span = view.original(Span::new(at, at + 4));
        assert_eq!(&original[span.start..span.end], "sj\u{200b}u\u{ad}k");
    }
}
