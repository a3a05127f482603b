//! Words, and pairs of words, that marked records mark: they propose terms that no list knows.
//!
//! A word goes by its beginning, a pair by both beginnings. A table says for each of them as what it is marked, how often,
//! and in which share of the places where it stands.

use super::FIRST;
use crate::lexicon::{eight, low};
use crate::model::{Category, Lang, Langs};
use std::borrow::Cow;

/// Bits of a hash that choose a place, for words and for pairs.
const WORD_BITS: u32 = 15;
const PAIR_BITS: u32 = 16;
/// Bytes of a place: a check, and category and level.
const ENTRY: usize = 2;

/// Bytes of the table.
pub const TABLE: usize = ((1 << WORD_BITS) + (1 << PAIR_BITS)) * ENTRY;

/// Bytes of a word, or of each word of a pair, that count.
const BEGINNING: usize = 6;
const PAIRED: usize = 5;
/// Shorter words say nothing alone.
const SHORTEST: usize = 4;

/// A place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u64);

/// As what words are marked, and how surely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// As what.
    pub category: Category,
    /// How often and how surely, below 16.
    pub level: u8,
}

/// The surest of what is marked in some languages.
#[inline]
fn best(langs: Langs, marked: impl Fn(Lang) -> Option<Marked>) -> Option<Marked> {
    match langs.one() {
        Some(lang) => marked(lang),
        None => Lang::ALL.into_iter().filter_map(marked).max_by_key(|m| m.level),
    }
}

#[inline]
fn beginning(word: &[u8], most: usize) -> u64 {
    match word.first_chunk() {
        Some(first) => low(u64::from_le_bytes(*first) | LOWER, most),
        None => low(eight(&word[..word.len().min(most)]), word.len().min(most)),
    }
}

/// Makes letters lower case, eight at once.
const LOWER: u64 = 0x2020_2020_2020_2020;

/// Tells the same word in two languages apart.
fn salt(lang: Lang) -> u64 {
    (lang as u64) << 63 | 1
}

impl Key {
    /// The beginning of a word of a language, upper and lower case alike. None for short words.
    #[inline]
    pub fn word(word: &[u8], lang: Lang) -> Option<Self> {
        let key = (beginning(word, BEGINNING) ^ salt(lang)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (word.len() >= SHORTEST).then_some(Self(key >> 1))
    }

    /// The beginnings of two words, one behind the other.
    #[inline]
    pub fn pair(first: &[u8], second: &[u8], lang: Lang) -> Self {
        let first = (beginning(first, PAIRED) ^ salt(lang)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let key = first.rotate_left(29) ^ beginning(second, PAIRED);
        Self(key.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 << 63)
    }

    /// Whether it is of two words.
    pub const fn is_pair(self) -> bool {
        self.0 >> 63 == 1
    }

    /// Where its entry begins, and the check that it must have.
    fn place(self) -> (usize, u8) {
        let (bits, first) = if self.is_pair() { (PAIR_BITS, 1 << WORD_BITS) } else { (WORD_BITS, 0) };
        let at = first + ((self.0 << 1) >> (64 - bits)) as usize;
        (at * ENTRY, (self.0 >> 24) as u8)
    }
}

/// The table.
#[derive(Debug, Clone)]
pub struct Alike(Cow<'static, [u8]>);

impl Alike {
    /// A table as it lies in a file. Bytes of another number than a table has are none.
    pub fn new(bytes: impl Into<Cow<'static, [u8]>>) -> Option<Self> {
        let bytes = bytes.into();
        (bytes.len() == TABLE).then_some(Self(bytes))
    }

    /// A table of these words and pairs; of two that share a place the later one stays.
    pub fn of(all: impl IntoIterator<Item = (Key, Marked)>) -> Self {
        let mut bytes = vec![0; TABLE];
        for (key, marked) in all {
            let (at, check) = key.place();
            bytes[at] = check;
            bytes[at + 1] = (marked.category as usize - FIRST + 1) as u8 | marked.level << 4;
        }
        Self(bytes.into())
    }

    /// The bytes to be written.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As what a word is marked in these languages.
    #[inline]
    pub fn word(&self, word: &[u8], langs: Langs) -> Option<Marked> {
        best(langs, |lang| self.get(Key::word(word, lang)?))
    }

    /// As what two words, one behind the other, are marked in these languages.
    #[inline]
    pub fn pair(&self, first: &[u8], second: &[u8], langs: Langs) -> Option<Marked> {
        best(langs, |lang| self.get(Key::pair(first, second, lang)))
    }

    #[inline]
    fn get(&self, key: Key) -> Option<Marked> {
        let (at, check) = key.place();
        let (own, what) = (self.0[at], self.0[at + 1]);
        if what == 0 || own != check {
            return None;
        }
        let category = *Category::ALL.get(FIRST - 1 + usize::from(what & 15))?;
        Some(Marked { category, level: what >> 4 })
    }
}
