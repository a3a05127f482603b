//! The weights as they lie in `models/weights.bin`: a head in text, two scales, a threshold a category, one byte a weight
//! of terms, one a weight of words beside findings, and the table of what is marked.

use super::alike::Alike;
use super::{CATEGORIES, FIRST};
use crate::model::Category;
use std::borrow::Cow;

/// Weights are found by this many bits of a feature's hash.
pub const BITS: u32 = 19;
/// The same for the words beside a finding.
pub const EXTENT_BITS: u32 = 18;

/// What a model says of itself before its weights.
#[derive(Debug, Clone)]
pub struct Head<'a> {
    /// What it is made from, when and how: lines of text.
    pub text: &'a str,
    /// What one step of a weight is worth.
    pub scale: f32,
    /// The same of the weights of words beside a finding.
    pub extent: f32,
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
    extent: f32,
    thresholds: [f32; CATEGORIES],
    /// What marked records mark.
    pub alike: Alike,
}

impl Weights {
    /// Reads weights; none if the bytes are something else.
    pub fn new(bytes: impl Into<Cow<'static, [u8]>>) -> Option<Self> {
        let bytes = bytes.into();
        let numbers = bytes.windows(2).position(|w| w == b"\n\n")? + 2;
        let first = numbers + 4 * (2 + CATEGORIES);
        let marked = first + (1 << BITS) + (1 << EXTENT_BITS);
        let alike = Alike::new(match &bytes {
            Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(marked..)?),
            Cow::Owned(bytes) => Cow::Owned(bytes.get(marked..)?.to_vec()),
        })?;
        let number = |i: usize| {
            let at = numbers + 4 * i;
            f32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        let (scale, extent, thresholds) = (number(0), number(1), std::array::from_fn(|c| number(2 + c)));
        Some(Self { bytes, first, scale, extent, thresholds, alike })
    }

    /// The bytes of a model: weights of terms, of words beside findings.
    pub fn write(head: &Head<'_>, terms: &[i8], extents: &[i8], alike: &Alike) -> Vec<u8> {
        let mut out = head.text.trim_end().as_bytes().to_vec();
        out.extend_from_slice(b"\n\n");
        out.extend([&head.scale, &head.extent].into_iter().chain(&head.thresholds).flat_map(|n| n.to_le_bytes()));
        out.extend(terms.iter().chain(extents).map(|w| w.cast_unsigned()));
        out.extend_from_slice(alike.bytes());
        out
    }

    /// Differs from that of other weights.
    pub fn fingerprint(&self) -> u64 {
        crate::lexicon::fingerprint(&self.bytes[..self.first])
    }

    /// The weight of a feature, in steps.
    pub fn of(&self, hash: u32) -> i32 {
        self.table()(hash)
    }

    /// As [`Weights::of`], for many: where they lie is found once.
    pub fn table(&self) -> impl Fn(u32) -> i32 {
        let weights = self.bytes[self.first..].first_chunk::<{ 1 << BITS }>().expect("`new` counted them");
        |hash| i32::from(weights[(hash >> (32 - BITS)) as usize].cast_signed())
    }

    /// How likely a word with these features belongs to the finding beside it.
    pub fn belongs(&self, features: &[u32]) -> f32 {
        let weights = &self.bytes[self.first + (1 << BITS)..][..1 << EXTENT_BITS];
        let of = |f: &u32| i32::from(weights[(f >> (32 - EXTENT_BITS)) as usize].cast_signed());
        let sum: i32 = features.iter().map(of).sum();
        1.0 / (1.0 + (-(sum as f32) * self.extent).exp())
    }

    /// What a sum of steps says for a category: below zero, that it is about nobody.
    pub fn score(&self, sum: i32, category: Category) -> f32 {
        sum as f32 * self.scale - self.thresholds[category as usize - FIRST]
    }
}
