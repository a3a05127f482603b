//! Where words begin and end, sixty-four bytes at a time.
//!
//! A block becomes bit masks; where a mask changes is an edge, and edges come as start, end, start, end. ASCII and the
//! letters behind C3 (à to ÿ, so å ä ö æ ø) are told by their bytes alone. Any other character that is not ASCII is
//! rare here and is decoded: that keeps boundaries exact for all of Unicode at the price of ASCII.

use crate::lexicon::is_word_char;
use wide::u8x16;

/// Edges of words in a text.
#[derive(Default)]
pub(super) struct Edges {
    /// Starts and ends in turn.
    pub(super) at: Vec<u32>,
    /// Where words hold a character that is not plain (see `lexicon::plain`), in order.
    pub(super) rare: Vec<u32>,
}

const BLOCK: usize = 64;

struct Masks {
    word: u64,
    /// First bytes of characters that have to be decoded.
    rare: u64,
    /// Bytes behind C3 that would make it one of those.
    odd: u64,
    /// C3.
    latin: u64,
}

pub(super) fn edges(text: &str) -> Edges {
    let bytes = text.as_bytes();
    let mut out = Edges { at: Vec::with_capacity(bytes.len() / 3 + 2), rare: Vec::new() };
    // The last bit of the block before, and bits that a character of that block takes from this one.
    let (mut inside, mut taken) = (0u64, 0u64);
    let mut at = 0;
    while at < bytes.len() {
        let masks = match bytes[at..].first_chunk::<BLOCK>() {
            Some(block) => masks(block),
            None => {
                let mut block = [0; BLOCK];
                block[..bytes.len() - at].copy_from_slice(&bytes[at..]);
                masks(&block)
            }
        };
        let mut word = masks.word & !taken;
        taken = 0;
        let next_odd = bytes.get(at + BLOCK).is_some_and(|b| b | 0x28 == 0xBF);
        let mut rare = masks.rare | masks.latin & (masks.odd >> 1 | u64::from(next_odd) << 63);
        while rare != 0 {
            let bit = rare.trailing_zeros() as usize;
            rare &= rare - 1;
            let c = text[at + bit..].chars().next().unwrap_or('\u{FFFD}');
            if is_word_char(c) {
                out.rare.push((at + bit) as u32);
            } else {
                let bits = ((1u128 << c.len_utf8()) - 1) << bit;
                word &= !(bits as u64);
                taken = (bits >> 64) as u64;
            }
        }
        let mut edges = word ^ (word << 1 | inside);
        inside = word >> 63;
        out.at.reserve(BLOCK);
        while edges != 0 {
            out.at.push((at + edges.trailing_zeros() as usize) as u32);
            edges &= edges - 1;
        }
        at += BLOCK;
    }
    if out.at.len() % 2 == 1 {
        out.at.push(bytes.len() as u32);
    }
    out
}

fn masks(block: &[u8; BLOCK]) -> Masks {
    let mut masks = Masks { word: 0, rare: 0, odd: 0, latin: 0 };
    let (parts, _) = block.as_chunks::<16>();
    for (i, part) in parts.iter().enumerate() {
        let v = u8x16::new(*part);
        let below = |v: u8x16, most: u8| v.min(u8x16::splat(most)).simd_eq(v);
        let letter = below((v | u8x16::splat(0x20)) - u8x16::splat(b'a'), 25);
        let digit = below(v - u8x16::splat(b'0'), 9);
        let lead = v.max(u8x16::splat(0xC0)).simd_eq(v);
        let latin = v.simd_eq(u8x16::splat(0xC3));
        let odd = (v | u8x16::splat(0x28)).simd_eq(u8x16::splat(0xBF));
        let bits = |v: u8x16| u64::from(v.to_bitmask()) << (i * 16);
        // The mask of a byte is its highest bit: bytes over 7F are words until they prove to be something else.
        masks.word |= bits(letter | digit | v);
        masks.rare |= bits(lead & !latin);
        masks.latin |= bits(latin);
        masks.odd |= bits(odd);
    }
    masks
}

#[cfg(test)]
mod tests {
    use super::edges;
    use crate::lexicon::is_word_char;

    fn slow(text: &str) -> Vec<u32> {
        let mut out = Vec::new();
        let mut inside = false;
        for (at, c) in text.char_indices() {
            if is_word_char(c) != inside {
                inside = !inside;
                out.push(at as u32);
            }
        }
        if inside {
            out.push(text.len() as u32);
        }
        out
    }

    #[test]
    fn edges_are_those_of_characters() {
        let letters: Vec<char> = "aZ09 .-_åÅß×÷ÿÀ§µªŁж中–\u{301}\u{200b}😀/@[`{".chars().collect();
        let mut state = 1u32;
        let mut text = String::new();
        for round in 0..3000 {
            text.clear();
            for _ in 0..round % 200 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push(letters[(state >> 16) as usize % letters.len()]);
            }
            let found = edges(&text);
            assert_eq!(found.at, slow(&text), "{text}");
            assert!(found.rare.iter().all(|at| text.is_char_boundary(*at as usize)));
        }
    }
}
