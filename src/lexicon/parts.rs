//! Parts of words: entries with which compounds begin or end, and endings that say what a word is.
//!
//! Every word of some length is asked, so what turns most away is small: for the first, or last, three bytes the lengths
//! that such parts have, then one bit for the part itself.

use super::bits::{length_place, stem_bit};
use super::cues::Ending;
use super::fold::{Key, eight, low};
use super::tables::{Hit, Payload, Section, Tables};

/// Bits of a filter of beginnings or ends.
pub(super) const STEM_BITS: usize = 1 << 16;
/// Places of a table of lengths.
pub(super) const LENGTH_PLACES: usize = 1 << 12;
/// Bytes by which lengths are found.
const EDGE: usize = 3;
/// Bytes of the longest ending that is looked for.
const LONGEST_ENDING: usize = 16;

/// From which end of a word a part is seen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    /// Its beginning.
    Begin,
    /// Its end.
    End,
}

impl Side {
    /// The first or last `len` bytes, at most eight, of a part.
    fn of(self, part: &[u8], len: usize) -> u64 {
        let len = len.min(8);
        match self {
            Self::Begin => low(eight(part), len),
            Self::End => low(eight(&part[part.len() - len..]), len),
        }
    }
}

/// A filter of parts: one bit for up to eight bytes of each, and for how many they are.
pub(super) fn filter<'a>(parts: impl Iterator<Item = &'a Vec<u8>>, side: Side) -> Vec<u8> {
    let mut set = vec![0u8; STEM_BITS / 8];
    for part in parts {
        let len = part.len().min(8);
        let bit = stem_bit(side.of(part, len), len);
        set[bit / 8] |= 1 << (bit % 8);
    }
    set
}

/// For the edge of a word the lengths of the parts that have it, three to eight or more: a bit each.
pub(super) fn lengths<'a>(parts: impl Iterator<Item = &'a Vec<u8>>, side: Side) -> Vec<u8> {
    let mut table = vec![0u8; LENGTH_PLACES];
    for part in parts.filter(|p| p.len() >= EDGE) {
        table[length_place(side.of(part, EDGE))] |= 1 << (part.len().min(8) - EDGE);
    }
    table
}

/// For the last three bytes of a word, and for its last two, the lengths of the endings that have them: a bit each.
pub(super) fn ending_lengths<'a>(endings: impl Iterator<Item = &'a Vec<u8>>) -> Vec<u8> {
    let mut table = vec![0u16; LENGTH_PLACES];
    for ending in endings.filter(|e| (2..=LONGEST_ENDING).contains(&e.len())) {
        table[length_place(Side::End.of(ending, ending.len().min(EDGE)))] |= 1 << (ending.len() - 1);
    }
    table.iter().flat_map(|lengths| lengths.to_le_bytes()).collect()
}

/// The numbers of the bits that are set.
#[inline]
pub fn set_bits(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let next = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        next
    })
}

/// What is asked of every word that may be a compound, found once for all words of a text.
#[derive(Debug, Clone, Copy)]
pub struct Edges<'a> {
    begin_lengths: &'a [u8; LENGTH_PLACES],
    end_lengths: &'a [u8; LENGTH_PLACES],
    begin_filter: &'a [u8; STEM_BITS / 8],
    end_filter: &'a [u8; STEM_BITS / 8],
}

impl Edges<'_> {
    /// Whether a word with this key may be a compound of an entry; most are turned away.
    #[inline]
    pub fn may_compound(self, key: Key) -> bool {
        let (head, tail) = (key.first, key.tail());
        let begins = set_bits(self.begin_lengths[length_place(low(head, EDGE))].into());
        let ends = set_bits(self.end_lengths[length_place(tail >> ((8 - EDGE) * 8))].into());
        begins.map(|bit| bit + EDGE).any(|len| holds(self.begin_filter, low(head, len), len))
            || ends.map(|bit| bit + EDGE).any(|len| holds(self.end_filter, tail >> ((8 - len) * 8), len))
    }
}

/// Whether a filter may hold a part.
#[inline]
fn holds(filter: &[u8], part: u64, len: usize) -> bool {
    let bit = stem_bit(part, len);
    filter[bit / 8] >> (bit % 8) & 1 != 0
}

impl Tables {
    /// The tables that turn away words which are no compounds.
    pub fn edges(&self) -> Edges<'_> {
        let [begin_lengths, end_lengths] =
            [Section::BeginLengths, Section::EndLengths].map(|s| self.section(s).first_chunk().expect("of this size"));
        let [begin_filter, end_filter] =
            [Section::BeginFilter, Section::EndFilter].map(|s| self.section(s).first_chunk().expect("of this size"));
        Edges { begin_lengths, end_lengths, begin_filter, end_filter }
    }

    /// The entries that may begin the compound `folded`, longest first, with at least `rest` bytes after them.
    pub fn begins(&self, folded: &[u8], rest: usize) -> Vec<(usize, u32)> {
        let mut out = Vec::new();
        for len in (EDGE..=folded.len().saturating_sub(rest)).rev() {
            if self.stem(Section::BeginFilter, Side::Begin.of(folded, len), len.min(8)) {
                self.terms_of(Section::Begins, &folded[..len], &mut out);
            }
        }
        out
    }

    /// The entries that may end the compound `folded`, longest first, with at least `rest` bytes before them.
    pub fn ends(&self, folded: &[u8], rest: usize) -> Vec<(usize, u32)> {
        let mut out = Vec::new();
        for start in rest..=folded.len().saturating_sub(EDGE) {
            let len = folded.len() - start;
            if self.stem(Section::EndFilter, Side::End.of(folded, len), len.min(8)) {
                self.terms_of(Section::Ends, &folded[start..], &mut out);
            }
        }
        out
    }

    #[inline]
    fn stem(&self, filter: Section, part: u64, len: usize) -> bool {
        holds(self.section(filter), part, len)
    }

    fn terms_of(&self, section: Section, part: &[u8], out: &mut Vec<(usize, u32)>) {
        let found = self.find(section, part);
        out.extend(
            self.hits(found).filter_map(|hit| if let Hit::Term(id) = hit { Some((part.len(), id)) } else { None }),
        );
    }

    /// Whether a folded word ends in one of the endings of at least `least` bytes, with two bytes before it.
    pub fn ends_like(&self, folded: &[u8], ending: Ending, least: usize) -> bool {
        let longest = folded.len().saturating_sub(2);
        if longest < 2 {
            return false;
        }
        let lengths = |edge: usize| {
            let at = length_place(Side::End.of(folded, edge)) * 2;
            let table = self.section(Section::EndingLengths);
            u32::from(u16::from_le_bytes([table[at], table[at + 1]]))
        };
        let of = lengths(2) & 2 | lengths(EDGE) & !2;
        set_bits(of)
            .map(|bit| bit + 1)
            .filter(|len| (least..=longest).contains(len))
            .filter(|len| self.stem(Section::EndingFilter, Side::End.of(folded, *len), (*len).min(8)))
            .any(|len| self.is_ending(&folded[folded.len() - len..], ending))
    }

    /// Whether a folded word is one of the endings itself.
    pub fn is_ending(&self, folded: &[u8], ending: Ending) -> bool {
        let known = self.find(Section::Endings, folded);
        self.payloads(known).any(|payload| payload == Payload::ending(ending))
    }
}
