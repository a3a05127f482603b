//! How words are spelled, as features see them: in lower case and without marks, hashed. What a text's terms share as
//! neighbours is spelled once.

use super::super::reading::Reading;
use crate::lexicon::low;
use std::cell::Cell;

pub(super) const K: u64 = 0x9E37_79B9_7F4A_7C15;

pub(super) fn blend(a: u64, b: u64) -> u64 {
    let h = (a.rotate_left(23) ^ b).wrapping_mul(K);
    h ^ h >> 29
}

/// The hash of some letters.
pub(super) fn letters(bytes: &[u8]) -> u64 {
    let (chunks, rest) = bytes.as_chunks();
    let whole = chunks.iter().fold(bytes.len() as u64, |h, chunk| blend(h, u64::from_le_bytes(*chunk)));
    if rest.is_empty() {
        return whole;
    }
    let mut eight = [0; 8];
    eight[..rest.len()].copy_from_slice(rest);
    blend(whole, u64::from_le_bytes(eight))
}

/// Letters of a word that are looked at, and of its beginning and end.
const MOST: usize = 48;
const START: usize = 5;
const END: usize = 3;

/// A word in lower case and without marks.
#[derive(Clone, Copy)]
pub(super) struct Plain {
    /// Behind the letters lies what may be read with the last of them.
    bytes: [u8; MOST + 8],
    pub(super) len: usize,
}

impl Plain {
    /// The hash of some of the letters; the same as [`letters`] of them.
    pub(super) fn letters(&self, from: usize, to: usize) -> u64 {
        let (mut h, mut at) = ((to - from) as u64, from);
        while at < to {
            let eight = self.bytes[at..].first_chunk().expect("eight bytes lie behind each letter");
            h = blend(h, low(u64::from_le_bytes(*eight), to - at));
            at += 8;
        }
        h
    }
}

/// The letters of a word in lower case and without marks, so that `läge`, `læge` and `laege` are spelled alike; digits are
/// all alike. What does not fit is left out.
pub(super) fn plain(word: &str) -> Plain {
    let mut out = Plain { bytes: [0; MOST + 8], len: 0 };
    let mut at = 0;
    while at < word.len() {
        let byte = word.as_bytes()[at];
        let c = match byte {
            b'0'..=b'9' => '0',
            0..=0x7F => char::from(byte.to_ascii_lowercase()),
            _ => match word[at..].chars().next().unwrap_or_default() {
                'å' | 'Å' | 'ä' | 'Ä' | 'æ' | 'Æ' | 'á' | 'Á' | 'à' | 'À' => 'a',
                'ö' | 'Ö' | 'ø' | 'Ø' | 'ó' | 'Ó' => 'o',
                'é' | 'É' | 'è' | 'È' | 'ë' | 'ê' => 'e',
                'ü' | 'Ü' | 'ú' => 'u',
                c => c.to_lowercase().next().unwrap_or(c),
            },
        };
        at += utf8_len(byte);
        let len = out.len;
        // `aa`, `ae` and `oe` stand for letters that a keyboard lacks.
        if len > 0 && matches!((out.bytes[len - 1], c), (b'a', 'a' | 'e') | (b'o', 'e')) {
            continue;
        }
        if len + c.len_utf8() > MOST {
            break;
        }
        out.len += c.encode_utf8(&mut out.bytes[len..]).len();
    }
    out
}

/// Bytes of the character that begins with this one.
fn utf8_len(first: u8) -> usize {
    match first {
        0..=0x7F => 1,
        0x80..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    }
}

/// Hashes of a word, of its beginning and of its end.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spelled {
    pub(super) word: u64,
    pub(super) start: u64,
    pub(super) end: u64,
}

/// Tokens whose spelling is kept: those that open the text, and behind them more than lie near one term.
const OPENING: usize = 16;
const KEPT: usize = OPENING + 64;

/// The spellings of the tokens near a term, which are for the most part those near the next one.
pub(in crate::recognize) struct Spellings([Cell<(usize, Spelled)>; KEPT]);

impl Default for Spellings {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Cell::new((usize::MAX, Spelled::default()))))
    }
}

impl Spellings {
    /// How a token is spelled.
    pub(super) fn of(&self, reading: &Reading<'_>, token: usize) -> Spelled {
        let kept = &self.0[if token < KEPT { token } else { OPENING + token % (KEPT - OPENING) }];
        let (of, spelled) = kept.get();
        if of == token {
            return spelled;
        }
        let plain = plain(reading.word(token));
        let len = plain.len;
        let spelled = Spelled {
            word: plain.letters(0, len),
            start: plain.letters(0, len.min(START)),
            end: plain.letters(len - len.min(END), len),
        };
        kept.set((token, spelled));
        spelled
    }
}

#[cfg(test)]
mod tests {
    use super::{Plain, letters, plain};

    fn spelled(plain: &Plain) -> &str {
        std::str::from_utf8(&plain.bytes[..plain.len]).expect("characters")
    }

    #[test]
    fn marks_and_case_do_not_count() {
        for (word, meant) in
            [("LÄGE", "lage"), ("læge", "lage"), ("laege", "lage"), ("Å4b", "a0b"), ("ÇŁ", "çł"), ("", "")]
        {
            assert_eq!(spelled(&plain(word)), meant, "{word}");
        }
        assert_eq!(spelled(&plain(&"xyz".repeat(40))), "xyz".repeat(16));
    }

    #[test]
    fn parts_are_hashed_like_bytes() {
        let plain = plain("skolsköterskan");
        for (from, to) in [(0, 0), (0, 5), (11, 14), (0, 8), (3, 14), (0, plain.len)] {
            assert_eq!(plain.letters(from, to), letters(&plain.bytes[from..to]), "{from} to {to}");
        }
    }
}
