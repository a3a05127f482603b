//! A text as people see it: composed letters, plain dashes, blanks and digits, nothing invisible; with the way back to
//! the original bytes, so that a redaction takes every byte of a span, the invisible ones too.

use crate::model::Span;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use wide::u8x16;

/// A normalised text and its map.
pub(super) struct View<'a> {
    /// What recognizers read.
    pub(super) text: Cow<'a, str>,
    /// Where its stretches came from, in order; empty if both are the same text.
    stretches: Vec<Stretch>,
}

/// A stretch of the view.
#[derive(Clone, Copy)]
struct Stretch {
    /// First byte in the view.
    at: u32,
    /// The bytes of the original.
    start: u32,
    end: u32,
    /// Byte for byte the same; else one cluster: a character with its marks, or what was meant by several.
    same: bool,
}

impl<'a> View<'a> {
    pub(super) fn new(original: &'a str) -> Self {
        let mut same = plain(original.as_bytes());
        if same == original.len() {
            return Self { text: Cow::Borrowed(original), stretches: Vec::new() };
        }
        let mut text = String::with_capacity(original.len());
        let mut stretches = Vec::new();
        let mut at = 0;
        while at < original.len() {
            // The last plain character may belong together with what follows it.
            let whole = at + same == original.len();
            let last = if whole { 0 } else { original[at..at + same].chars().next_back().map_or(0, char::len_utf8) };
            let end = at + same - last;
            if end > at {
                stretches.push(Stretch { at: text.len() as u32, start: at as u32, end: end as u32, same: true });
                text.push_str(&original[at..end]);
            }
            if whole {
                break;
            }
            at = cluster(original, end, &mut text, &mut stretches);
            same = plain(&original.as_bytes()[at..]);
        }
        Self { text: Cow::Owned(text), stretches }
    }

    /// The bytes of the original that a span of the view came from.
    pub(super) fn original(&self, span: Span) -> Span {
        if self.stretches.is_empty() || span.is_empty() {
            return span;
        }
        let stretch = |at: usize| {
            let i = self.stretches.partition_point(|s| s.at as usize <= at);
            self.stretches[i.saturating_sub(1)]
        };
        let (first, last) = (stretch(span.start), stretch(span.end - 1));
        let start =
            if first.same { first.start as usize + span.start - first.at as usize } else { first.start as usize };
        let end = if last.same { last.start as usize + span.end - last.at as usize } else { last.end as usize };
        Span::new(start, end)
    }
}

/// Writes the cluster that begins at `start` as it is seen; where the next one begins.
fn cluster(original: &str, start: usize, text: &mut String, stretches: &mut Vec<Stretch>) -> usize {
    let rest = &original[start..];
    let at = text.len() as u32;
    let mut chars = rest.char_indices().peekable();
    let Some((_, c)) = chars.next() else { return original.len() };
    let mut end = start + c.len_utf8();
    if let Some((meant, len)) = mojibake(rest) {
        text.extend(as_seen(meant));
        end = start + len;
        stretches.push(Stretch { at, start: start as u32, end: end as u32, same: false });
        return end;
    }
    if c == '\u{FFFD}' && digit_at(text.chars().next_back()) && digit_at(chars.peek().map(|(_, c)| *c)) {
        // Where a dash was lost.
        text.push('-');
        stretches.push(Stretch { at, start: start as u32, end: end as u32, same: false });
        return end;
    }
    while let Some((at, next)) = chars.next_if(|(_, c)| joins(*c)) {
        end = start + at + next.len_utf8();
    }
    let cluster = &original[start..end];
    if cluster.len() == 1 && !c.is_control() || (cluster.len() == 2 && cluster.as_bytes()[0] == 0xC3) {
        text.push_str(cluster);
    } else {
        text.extend(cluster.nfkc().filter_map(as_seen));
    }
    if text.len() as u32 > at {
        stretches.push(Stretch { at, start: start as u32, end: end as u32, same: false });
    }
    end
}

/// Bytes, from the first, of which nothing has to change: ASCII without control characters, and the Latin-1 letters.
fn plain(bytes: &[u8]) -> usize {
    let (blocks, rest) = bytes.as_chunks::<16>();
    let mut after = 0u32;
    for (i, block) in blocks.iter().enumerate() {
        let v = u8x16::new(*block);
        let blank = v.simd_eq(u8x16::splat(b'\n')) | v.simd_eq(u8x16::splat(b'\r')) | v.simd_eq(u8x16::splat(b'\t'));
        let control = v.min(u8x16::splat(0x1F)).simd_eq(v) & !blank | v.simd_eq(u8x16::splat(0x7F));
        let latin = v.simd_eq(u8x16::splat(0xC3)).to_bitmask();
        let (high, control) = (v.to_bitmask(), control.to_bitmask());
        let odd = control | high & !(latin | latin << 1 | after);
        if odd & 0xFFFF != 0 {
            return i * 16 + odd.trailing_zeros() as usize;
        }
        after = latin >> 15;
    }
    let mut after = after != 0;
    let odd = rest.iter().position(|b| {
        let fine = match b {
            0x20..=0x7E | b'\n' | b'\r' | b'\t' | 0xC3 => true,
            0x80..=0xBF => after,
            _ => false,
        };
        after = *b == 0xC3;
        !fine
    });
    blocks.len() * 16 + odd.unwrap_or(rest.len())
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
