//! Characters and the raw bytes they came from: encodings and quoting, undone and redone.

use crate::model::Edit;
use encoding_rs::WINDOWS_1252;
use std::borrow::Cow;

/// How characters are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; a byte that breaks it is read as Windows-1252, for files that mix both.
    Utf8,
    /// Windows-1252, which holds ISO-8859-1.
    Windows1252,
}

impl Encoding {
    /// The encoding with this name.
    pub fn from_id(id: &str) -> Option<Self> {
        match id.to_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "windows-1252" | "cp1252" | "latin1" | "latin-1" | "iso-8859-1" => Some(Self::Windows1252),
            _ => None,
        }
    }
}

/// How a text is wrapped in its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    None,
    /// A CSV cell that begins with a quote: `""` is one, a lone one ends the quoted part.
    Csv,
}

/// The characters of raw bytes.
pub(super) fn decode(raw: &[u8], encoding: Encoding, quoting: Quoting) -> Cow<'_, str> {
    if quoting == Quoting::None {
        match encoding {
            Encoding::Utf8 => {
                if let Ok(text) = std::str::from_utf8(raw) {
                    return Cow::Borrowed(text);
                }
            }
            Encoding::Windows1252 => return WINDOWS_1252.decode_without_bom_handling(raw).0,
        }
    }
    Cow::Owned(Units::new(raw, encoding, quoting).filter_map(|u| u.seen).collect())
}

/// Writes raw bytes with edits to their characters, up to byte `cut` of the text; tells how many raw bytes that were.
pub(super) fn encode(
    raw: &[u8],
    encoding: Encoding,
    quoting: Quoting,
    edits: &[Edit],
    cut: usize,
    out: &mut Vec<u8>,
) -> usize {
    let mut at = 0;
    let mut edits = edits.iter().peekable();
    for unit in Units::new(raw, encoding, quoting) {
        while let Some(edit) = edits.peek().filter(|e| e.span.start == at && e.span.is_empty()) {
            write(&edit.replacement, encoding, quoting, out);
            edits.next();
        }
        let Some(c) = unit.seen else {
            if at >= cut && quoting == Quoting::None {
                return unit.start;
            }
            out.extend_from_slice(&raw[unit.start..unit.end]);
            continue;
        };
        if at >= cut {
            return unit.start;
        }
        match edits.peek() {
            Some(edit) if edit.span.start <= at => {
                if edit.span.start == at {
                    write(&edit.replacement, encoding, quoting, out);
                }
                if at + c.len_utf8() >= edit.span.end {
                    edits.next();
                }
            }
            _ => out.extend_from_slice(&raw[unit.start..unit.end]),
        }
        at += c.len_utf8();
    }
    raw.len()
}

fn write(replacement: &str, encoding: Encoding, quoting: Quoting, out: &mut Vec<u8>) {
    for c in replacement.chars() {
        match encoding {
            Encoding::Utf8 => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Encoding::Windows1252 => {
                let mut buffer = [0; 4];
                let (bytes, _, lost) = WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
                out.extend_from_slice(if lost { b"?" } else { &bytes });
            }
        }
        if c == '"' && quoting == Quoting::Csv {
            out.push(b'"');
        }
    }
}

/// A character, or raw bytes that only wrap.
struct Unit {
    start: usize,
    end: usize,
    seen: Option<char>,
}

struct Units<'a> {
    raw: &'a [u8],
    at: usize,
    encoding: Encoding,
    /// Inside the quoted part of a CSV cell.
    quoted: bool,
    /// A CSV cell that may still open its quote.
    opening: bool,
}

impl<'a> Units<'a> {
    fn new(raw: &'a [u8], encoding: Encoding, quoting: Quoting) -> Self {
        Self { raw, at: 0, encoding, quoted: false, opening: quoting == Quoting::Csv }
    }
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let start = self.at;
        let byte = *self.raw.get(start)?;
        if byte == b'"' && (self.opening || self.quoted) {
            let opening = std::mem::take(&mut self.opening);
            if !opening && self.raw.get(start + 1) == Some(&b'"') {
                self.at += 2;
                return Some(Unit { start, end: self.at, seen: Some('"') });
            }
            self.quoted = opening;
            self.at += 1;
            return Some(Unit { start, end: self.at, seen: None });
        }
        self.opening = false;
        let (c, len) = match self.encoding {
            _ if byte < 0x80 => (byte as char, 1),
            Encoding::Windows1252 => (windows(byte), 1),
            Encoding::Utf8 => {
                let end = self.raw.len().min(start + 4);
                let valid = (start + 2..=end).find_map(|e| std::str::from_utf8(&self.raw[start..e]).ok());
                valid.and_then(|s| s.chars().next()).map_or((windows(byte), 1), |c| (c, c.len_utf8()))
            }
        };
        self.at += len;
        Some(Unit { start, end: self.at, seen: Some(c) })
    }
}

fn windows(byte: u8) -> char {
    WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or('\u{FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    fn edit(start: usize, end: usize, replacement: &str) -> Edit {
        Edit { span: Span::new(start, end), replacement: replacement.into() }
    }

    #[test]
    fn quotes_and_bytes_outside_edits_stay() {
        let raw = b"\"a \"\"b\"\" \xe5sa\"";
        let text = decode(raw, Encoding::Windows1252, Quoting::Csv);
        assert_eq!(text, "a \"b\" åsa");
        let mut out = Vec::new();
        let at = text.find("åsa").expect("there");
        encode(raw, Encoding::Windows1252, Quoting::Csv, &[edit(at, at + 4, "[\"é\"]")], text.len(), &mut out);
        assert_eq!(out, b"\"a \"\"b\"\" [\"\"\xe9\"\"]\"");
    }

    #[test]
    fn broken_utf8_is_read_as_windows_1252_and_kept() {
        let raw = "Åsa \u{2013} ".as_bytes().iter().copied().chain(*b"\x96 x").collect::<Vec<u8>>();
        let text = decode(&raw, Encoding::Utf8, Quoting::None);
        assert_eq!(text, "Åsa – – x");
        let mut out = Vec::new();
        assert_eq!(encode(&raw, Encoding::Utf8, Quoting::None, &[edit(0, 4, "Z")], text.len(), &mut out), raw.len());
        assert_eq!(&out[1..], &raw[4..]);
    }

    #[test]
    fn a_cut_tells_the_raw_bytes_before_it() {
        let raw = b"\xe5\xe4\xf6 x";
        let mut out = Vec::new();
        assert_eq!(encode(raw, Encoding::Windows1252, Quoting::None, &[], 4, &mut out), 2);
        assert_eq!(out, b"\xe5\xe4");
    }
}
