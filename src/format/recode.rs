//! Every encoding to UTF-8 and back, without loss.
//!
//! The formats read UTF-8. A stream in another encoding is decoded before and encoded after them, and each unit of the
//! original has a form of its own in between, so that what is not edited comes back as it was: a lone half of a UTF-16
//! pair is kept as the three bytes UTF-8 would have for it, and single-byte code pages map one to one. UTF-8 itself
//! passes through untouched, with what breaks it.

use crate::model::Encoding;
use encoding_rs::{ISO_8859_15, WINDOWS_1252};
use std::io::{self, Write};

/// The byte that stands for the delimiter `¤` while a table is read. No other character begins or ends with it.
pub(super) const CURRENCY: u8 = 0xFF;

/// Bytes of a stream to UTF-8.
pub(super) struct Decoder {
    encoding: Encoding,
    /// The upper half of a code page.
    table: [char; 128],
    /// Bytes of a unit that is not complete yet.
    rest: Vec<u8>,
    /// `¤` becomes one byte, [`CURRENCY`].
    currency: bool,
}

impl Decoder {
    /// `None` if the stream needs no change.
    pub(super) fn new(encoding: Encoding, currency: bool) -> Option<Self> {
        if encoding == Encoding::Utf8 && !currency {
            return None;
        }
        Some(Self { encoding, table: upper_half(encoding), rest: Vec::new(), currency })
    }

    /// Appends what more bytes mean.
    pub(super) fn push(&mut self, bytes: &[u8], ended: bool, out: &mut Vec<u8>) {
        match self.encoding {
            Encoding::Utf8 => self.push_utf8(bytes, ended, out),
            Encoding::Utf16Le | Encoding::Utf16Be => self.push_utf16(bytes, ended, out),
            _ => {
                for &b in bytes {
                    match b {
                        0..0x80 => out.push(b),
                        _ if self.currency && self.table[usize::from(b - 0x80)] == '¤' => out.push(CURRENCY),
                        _ => {
                            let c = self.table[usize::from(b - 0x80)];
                            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                        }
                    }
                }
            }
        }
    }

    /// `¤` and the byte that stands for it change places: nothing is lost.
    fn push_utf8(&mut self, bytes: &[u8], ended: bool, out: &mut Vec<u8>) {
        for &b in bytes {
            match (self.rest.pop(), b) {
                (Some(0xC2), 0xA4) => {
                    out.push(CURRENCY);
                    continue;
                }
                (Some(first), _) => out.push(first),
                (None, _) => {}
            }
            match b {
                0xC2 => self.rest.push(b),
                CURRENCY => out.extend_from_slice("¤".as_bytes()),
                _ => out.push(b),
            }
        }
        if ended {
            out.append(&mut self.rest);
        }
    }

    fn push_utf16(&mut self, bytes: &[u8], ended: bool, out: &mut Vec<u8>) {
        let unit = |a: u8, b: u8| match self.encoding {
            Encoding::Utf16Le => u16::from_le_bytes([a, b]),
            _ => u16::from_be_bytes([a, b]),
        };
        self.rest.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(&[a, b]) = self.rest.get(at..at + 2) {
            let first = unit(a, b);
            if (0xD800..0xDC00).contains(&first) {
                let second = self.rest.get(at + 2..at + 4).map(|p| unit(p[0], p[1]));
                if second.is_none() && !ended {
                    break;
                }
                if let Some(second) = second.filter(|s| (0xDC00..0xE000).contains(s)) {
                    let c = 0x10000 + (u32::from(first - 0xD800) << 10) + u32::from(second - 0xDC00);
                    push_code(c, out);
                    at += 4;
                    continue;
                }
            }
            if self.currency && first == 0xA4 {
                out.push(CURRENCY);
            } else {
                push_code(u32::from(first), out);
            }
            at += 2;
        }
        self.rest.drain(..at);
        if ended && !self.rest.is_empty() {
            // Half a unit at the end of the stream: a byte that UTF-8 never has stands before it.
            out.extend_from_slice(&[ODD, self.rest[0]]);
            self.rest.clear();
        }
    }
}

/// Stands before the last byte of a UTF-16 stream with an odd number of bytes.
const ODD: u8 = 0xFE;

/// The bytes of a code point; halves of pairs get the three that UTF-8 would give them.
fn push_code(code: u32, out: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend_from_slice(&[
            0xE0 | (code >> 12) as u8,
            0x80 | (code >> 6) as u8 & 0x3F,
            0x80 | code as u8 & 0x3F,
        ]),
    }
}

/// What the upper half of a code page means. Bytes without a meaning get the control character of their number.
fn upper_half(encoding: Encoding) -> [char; 128] {
    let page = |encoding: &'static encoding_rs::Encoding, byte: u8| {
        encoding.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or(char::from(byte))
    };
    let mut table = ['\0'; 128];
    for (byte, slot) in (0x80u8..=0xFF).zip(&mut table) {
        *slot = match encoding {
            Encoding::Windows1252 => page(WINDOWS_1252, byte),
            Encoding::Iso885915 => page(ISO_8859_15, byte),
            Encoding::Cp437 => oem_cp::code_table::DECODING_TABLE_CP437[usize::from(byte - 0x80)],
            Encoding::Cp850 => oem_cp::code_table::DECODING_TABLE_CP850[usize::from(byte - 0x80)],
            Encoding::Cp865 => oem_cp::code_table::DECODING_TABLE_CP865[usize::from(byte - 0x80)],
            Encoding::Iso88591 | Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be => char::from(byte),
        };
    }
    table
}

/// UTF-8 from the formats to the bytes of the stream.
pub(super) struct Encoder<'a> {
    out: &'a mut dyn Write,
    encoding: Encoding,
    table: [char; 128],
    currency: bool,
    /// Bytes of a character that is not complete yet.
    rest: Vec<u8>,
    buffer: Vec<u8>,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(out: &'a mut dyn Write, encoding: Encoding, currency: bool) -> Self {
        Self { out, encoding, table: upper_half(encoding), currency, rest: Vec::new(), buffer: Vec::new() }
    }

    fn push(&mut self, c: u32) {
        match self.encoding {
            Encoding::Utf8 => push_code(c, &mut self.buffer),
            Encoding::Utf16Le | Encoding::Utf16Be => {
                let mut units = [0u16; 2];
                let units: &[u16] = match char::from_u32(c) {
                    Some(c) => c.encode_utf16(&mut units),
                    None => &[c as u16],
                };
                for unit in units {
                    self.buffer.extend_from_slice(&match self.encoding {
                        Encoding::Utf16Le => unit.to_le_bytes(),
                        _ => unit.to_be_bytes(),
                    });
                }
            }
            _ => match char::from_u32(c) {
                Some(c) if c.is_ascii() => self.buffer.push(c as u8),
                Some(c) => self.push_page(c),
                None => self.buffer.push(b'?'),
            },
        }
    }

    /// A character of a code page, or what the page has in its place.
    fn push_page(&mut self, c: char) {
        if let Some(at) = self.table.iter().position(|t| *t == c) {
            self.buffer.push(0x80 + at as u8);
            return;
        }
        for stand_in in stand_in(c).chars() {
            let byte = if stand_in.is_ascii() {
                Some(stand_in as u8)
            } else {
                self.table.iter().position(|t| *t == stand_in).map(|at| 0x80 + at as u8)
            };
            self.buffer.push(byte.unwrap_or(b'?'));
        }
    }
}

/// What stands for a character in a code page that lacks it.
fn stand_in(c: char) -> String {
    use unicode_normalization::UnicodeNormalization;
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-".to_owned(),
        '\u{2018}' | '\u{2019}' | '\u{201A}' => "'".to_owned(),
        '\u{201C}'..='\u{201E}' | '«' | '»' => "\"".to_owned(),
        '…' => "...".to_owned(),
        'ø' => "ö".to_owned(),
        'Ø' => "Ö".to_owned(),
        '€' => "EUR".to_owned(),
        _ => c.nfkd().filter(char::is_ascii).collect::<String>().chars().chain("?".chars()).take(1).collect(),
    }
}

impl Write for Encoder<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.encoding == Encoding::Utf8 && !self.currency {
            return self.out.write(bytes);
        }
        self.buffer.clear();
        let held = std::mem::take(&mut self.rest);
        let joined: Vec<u8>;
        let mut all = bytes;
        if !held.is_empty() {
            joined = held.iter().chain(bytes).copied().collect();
            all = &joined;
        }
        let mut at = 0;
        while at < all.len() {
            let b = all[at];
            let len = match b {
                0..0x80 => 1,
                CURRENCY => 1,
                ODD if self.encoding != Encoding::Utf8 => 2,
                0xC0..0xE0 => 2,
                0xE0..0xF0 => 3,
                0xF0..0xF8 => 4,
                _ => 1,
            };
            let Some(unit) = all.get(at..at + len) else {
                self.rest = all[at..].to_vec();
                break;
            };
            at += self.unit(unit);
        }
        self.out.write_all(&self.buffer)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Encoder<'_> {
    /// Encodes the unit at the beginning of `unit` and tells its length; UTF-8 may be broken.
    fn unit(&mut self, unit: &[u8]) -> usize {
        let b = unit[0];
        if self.encoding == Encoding::Utf8 {
            match unit {
                [CURRENCY] => self.buffer.extend_from_slice("¤".as_bytes()),
                [0xC2, 0xA4] => {
                    self.buffer.push(CURRENCY);
                    return 2;
                }
                _ => self.buffer.push(b),
            }
            return 1;
        }
        match unit {
            [CURRENCY] => self.push('¤' as u32),
            [ODD, last] => self.buffer.push(*last),
            [_] => self.push(u32::from(b)),
            [a, b] => self.push((u32::from(*a) & 0x1F) << 6 | u32::from(*b) & 0x3F),
            [a, b, c] => {
                self.push((u32::from(*a) & 0x0F) << 12 | (u32::from(*b) & 0x3F) << 6 | u32::from(*c) & 0x3F);
            }
            _ => self.push(unit[1..].iter().fold(u32::from(b) & 0x07, |n, b| n << 6 | u32::from(*b) & 0x3F)),
        }
        unit.len()
    }

    /// Writes what is left of an incomplete character. To be called once, at the end.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.rest);
        self.buffer.clear();
        rest.iter().for_each(|b| {
            self.unit(&[*b]);
        });
        self.out.write_all(&self.buffer)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn there_and_back(encoding: Encoding, currency: bool, raw: &[u8], pieces: usize) {
        let mut utf8 = Vec::new();
        match Decoder::new(encoding, currency) {
            None => utf8.extend_from_slice(raw),
            Some(mut decoder) => {
                raw.chunks(pieces).for_each(|c| decoder.push(c, false, &mut utf8));
                decoder.push(&[], true, &mut utf8);
            }
        }
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, encoding, currency);
        utf8.chunks(pieces).for_each(|c| encoder.write_all(c).expect("memory"));
        encoder.finish().expect("memory");
        assert_eq!(out, raw, "{encoding:?} {currency}");
    }

    /// Any bytes come back in any encoding, whether they make sense in it or not.
    #[test]
    fn nothing_is_lost() {
        let mut noise = vec![0u8; 4096];
        let mut state = 7u32;
        for b in &mut noise {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *b = (state >> 24) as u8;
        }
        let all: Vec<u8> = (0..=255u8).chain(0..=255).rev().collect();
        for (encoding, ..) in Encoding::ALL {
            for raw in
                [&noise[..], &noise[..4095], &all, "a¤b;å ø \u{1F600}¤".as_bytes(), b"\xC2", b"\xd8\x00\xd8", b""]
            {
                for pieces in [1, 2, 3, 5, 4096] {
                    there_and_back(encoding, false, raw, pieces);
                    there_and_back(encoding, true, raw, pieces);
                }
            }
        }
    }

    #[test]
    fn code_pages_are_read_and_written() {
        for (encoding, raw) in [
            (Encoding::Cp850, b"\x8fsa Sj\x94gren \x91\x9b".as_slice()),
            (Encoding::Cp865, b"\x8fsa Sj\x94gren \x91\x9b"),
            (Encoding::Windows1252, b"\xc5sa Sj\xf6gren \xe6\xf8"),
            (Encoding::Iso885915, b"\xc5sa Sj\xf6gren \xe6\xf8"),
            (Encoding::Utf16Be, b"\0\xc5\0s\0a\0 \0S\0j\0\xf6\0g\0r\0e\0n\0 \0\xe6\0\xf8"),
        ] {
            let mut utf8 = Vec::new();
            Decoder::new(encoding, false).expect("needed").push(raw, true, &mut utf8);
            assert_eq!(std::str::from_utf8(&utf8), Ok("Åsa Sjögren æø"));
        }
    }

    #[test]
    fn what_a_page_lacks_is_written_in_what_it_has() {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, Encoding::Cp437, false);
        encoder.write_all("[fødselsdato] – ‘Šimić’ …".as_bytes()).expect("memory");
        encoder.finish().expect("memory");
        assert_eq!(out, b"[f\x94dselsdato] - 'Simic' ...");
    }
}
