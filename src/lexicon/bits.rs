//! Where hashes lead: slots of tables and bits of filters.

use super::parts::{LENGTH_PLACES, STEM_BITS};

/// Spreads a number over the high bits of a product.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// The bit of a symbol in the masks of words and nodes.
#[inline]
pub fn symbol_bit(symbol: u32) -> u64 {
    1 << (symbol.wrapping_mul(0x9E37_79B1) >> 26)
}

/// The slot of a table of `size` slots at which a search begins.
#[inline]
pub(super) fn place(hash: u64, size: usize) -> usize {
    ((u128::from(hash) * size as u128) >> 64) as usize
}

/// The block of a filter of words, and the bits in it.
#[inline]
pub(super) fn bloom_bits(hash: u64, blocks: usize) -> (usize, u64) {
    (hash as usize & (blocks - 1), 1 << ((hash >> 24) & 63) | 1 << ((hash >> 30) & 63))
}

/// The bit of a filter of beginnings or ends.
#[inline]
pub(super) fn stem_bit(part: u64, len: usize) -> usize {
    ((part ^ len as u64).wrapping_mul(SPREAD) >> (64 - STEM_BITS.trailing_zeros())) as usize
}

/// The place of the first or last bytes of a word in a table of lengths.
#[inline]
pub(super) fn length_place(edge: u64) -> usize {
    (edge.wrapping_mul(SPREAD) >> (64 - LENGTH_PLACES.trailing_zeros())) as usize
}

/// Four bytes at a place.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Eight bytes at a place.
#[inline]
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
