//! The weights as they lie in `models/weights.bin`: a head in text, a scale, a threshold a category, one byte a weight, and
//! which category words are of that begin alike, one byte a beginning.

use super::{CATEGORIES, FIRST};
use crate::model::Category;
use std::borrow::Cow;

/// Weights are found by this many bits of a feature's hash.
pub const BITS: u32 = 18;

/// Beginnings of words are found by this many bits of their hash.
pub const STEM_BITS: u32 = 16;

/// Where the beginning of a word lies: its first six bytes, upper and lower case alike. None for short words.
pub fn stem(word: &[u8]) -> Option<usize> {
    const LEAST: usize = 3;
    const ALIKE: u64 = 0x2020_2020_2020;
    if word.len() < LEAST {
        return None;
    }
    let mut eight = [0; 8];
    let len = word.len().min(6);
    eight[..len].copy_from_slice(&word[..len]);
    let first = u64::from_le_bytes(eight) | ALIKE;
    Some((first.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - STEM_BITS)) as usize)
}

/// What a model says of itself before its weights.
#[derive(Debug, Clone)]
pub struct Head<'a> {
    /// What it is made from, when and how: lines of text.
    pub text: &'a str,
    /// What one step of a weight is worth.
    pub scale: f32,
    /// What a term of each category must reach.
    pub thresholds: [f32; CATEGORIES],
}

/// Weights, read where they lie.
#[derive(Debug, Clone)]
pub struct Weights {
    bytes: Cow<'static, [u8]>,
    first: usize,
    /// What one step of a weight is worth.
    pub scale: f32,
    thresholds: [f32; CATEGORIES],
}

impl Weights {
    /// Reads weights; none if the bytes are something else.
    pub fn new(bytes: impl Into<Cow<'static, [u8]>>) -> Option<Self> {
        let bytes = bytes.into();
        let numbers = bytes.windows(2).position(|w| w == b"\n\n")? + 2;
        let first = numbers + 4 * (1 + CATEGORIES);
        if bytes.len() != first + (1 << BITS) + (1 << STEM_BITS) {
            return None;
        }
        let number = |i: usize| {
            let at = numbers + 4 * i;
            f32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let (scale, thresholds) = (number(0), std::array::from_fn(|c| number(1 + c)));
        Some(Self { bytes, first, scale, thresholds })
    }

    /// The bytes of a model. `stems` are numbers of categories from 1 on, or 0.
    pub fn write(head: &Head<'_>, weights: &[i8], stems: &[u8]) -> Vec<u8> {
        let mut out = head.text.trim_end().as_bytes().to_vec();
        out.extend_from_slice(b"\n\n");
        out.extend(std::iter::once(&head.scale).chain(&head.thresholds).flat_map(|n| n.to_le_bytes()));
        out.extend(weights.iter().map(|w| w.cast_unsigned()));
        out.extend_from_slice(stems);
        out
    }

    /// Differs from that of other weights.
    pub fn fingerprint(&self) -> u64 {
        crate::lexicon::fingerprint(&self.bytes[..self.first])
    }

    /// The weight of a feature, in steps.
    pub fn of(&self, hash: u32) -> i32 {
        i32::from(self.bytes[self.first + (hash >> (32 - BITS)) as usize].cast_signed())
    }

    /// The category that words with the beginning of this one are often marked as.
    pub fn stem(&self, word: &[u8]) -> Option<Category> {
        let number = self.bytes[self.first + (1 << BITS) + stem(word)?];
        Category::ALL[FIRST..].get(usize::from(number).checked_sub(1)?).copied()
    }

    /// What a sum of steps says for a category: below zero, that it is about nobody.
    pub fn score(&self, sum: i32, category: Category) -> f32 {
        sum as f32 * self.scale - self.thresholds[category as usize - FIRST]
    }
}
