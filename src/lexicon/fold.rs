//! One spelling for comparing words: lower case, letter by letter.

/// Whether a character belongs to a word. Everything else parts words.
pub fn is_word_char(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() }
}

/// A folded word in place of an allocation; long words spill to the heap.
pub struct Fold {
    short: [u8; SHORT],
    len: usize,
    long: Vec<u8>,
}

impl Fold {
    /// The folded bytes, valid UTF-8.
    pub fn bytes(&self) -> &[u8] {
        if self.long.is_empty() { &self.short[..self.len] } else { &self.long }
    }
}

/// Folds a word to lower case.
pub fn fold(word: &str) -> Fold {
    let mut out = Fold { short: [0; SHORT], len: word.len(), long: Vec::new() };
    if !simple(word.as_bytes(), &mut out.short) {
        out.long = word.to_lowercase().into_bytes();
    }
    out
}

/// Bytes of a word that is folded in place.
const SHORT: usize = 64;

/// Folds a short word of letters of ASCII and of the Latin-1 page of UTF-8, where folding keeps the length. Whether it is
/// one. All bytes are looked at alike, with the one before them, so that the processor takes many at a time.
#[inline]
fn simple(word: &[u8], out: &mut [u8; SHORT]) -> bool {
    let mut bytes = [0; SHORT + 1];
    let Some(place) = bytes.get_mut(1..=word.len()) else { return false };
    place.copy_from_slice(word);
    let mut other = false;
    for i in 0..SHORT {
        let (before, b) = (bytes[i], bytes[i + 1]);
        let latin = before == 0xC3;
        // U+00C0..U+00DE become U+00E0..U+00FE; U+00D7 is a sign and U+00DF stays itself.
        let upper = b.is_ascii_uppercase() | (latin & (0x80..=0x9E).contains(&b) & (b != 0x97));
        out[i] = b | u8::from(upper) << 5;
        other |= (b >= 0x80) & (b != 0xC3) & !latin;
    }
    !other
}

/// The letters of a word as two numbers: its first and its last eight bytes, each with the bit of lower case set. Up to
/// sixteen bytes it *is* the word but for case; two words of plain letters (see [`plain`]) with the same key differ in
/// nothing else. So most words are hashed and compared without being folded or read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The first eight bytes.
    pub first: u64,
    /// The last eight bytes of words that have more than eight; else 0.
    pub last: u64,
    /// Bytes.
    pub len: u32,
}

const LOWER: u64 = 0x2020_2020_2020_2020;

/// Eight bytes as a number with the bit of lower case set.
#[inline]
pub fn eight(bytes: &[u8]) -> u64 {
    let word = match (bytes.first_chunk::<8>(), bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(eight), ..) => u64::from_le_bytes(*eight),
        // Two halves that may overlap: a copy of a length that is not known costs more.
        (_, Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << ((bytes.len() - 4) * 8)
        }
        _ => bytes.iter().rev().fold(0, |word, b| word << 8 | u64::from(*b)),
    };
    word | LOWER
}

/// The lowest `len` bytes of a number.
#[inline]
pub fn low(word: u64, len: usize) -> u64 {
    if len >= 8 { word } else { word & ((1 << (len * 8)) - 1) }
}

impl Key {
    /// Of no word.
    pub const EMPTY: Self = Self { first: 0, last: 0, len: 0 };

    /// The key of a word, folded or not.
    pub fn of(word: &[u8]) -> Self {
        let len = word.len();
        let last = if len > 8 { eight(&word[len - 8..]) } else { 0 };
        Self { first: low(eight(word), len), last, len: len as u32 }
    }

    /// The last eight bytes, of shorter words at the upper end.
    #[inline]
    pub fn tail(self) -> u64 {
        let len = self.len as usize;
        if len > 8 { self.last } else { self.first << ((8 - len) * 8) }
    }

    /// A 64-bit hash, the same on every machine and in every build.
    #[inline]
    pub fn hash(self) -> u64 {
        mix(
            self.first ^ 0x9E37_79B9_7F4A_7C15,
            (self.last ^ 0xA076_1D64_78BD_642F).wrapping_add(u64::from(self.len) << 40),
        )
    }
}

/// Two numbers to one: the product, folded.
#[inline]
pub fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Whether a word is letters and digits of ASCII and letters of the Latin-1 page but ß and ÿ: where setting one bit of
/// each byte folds it, and no two letters fall together.
pub fn plain(word: &[u8]) -> bool {
    let mut after = false;
    let fine = word.iter().all(|b| {
        let fine = match b {
            0xC3 => !after,
            0x80..=0xBF => after && !matches!(b, 0x97 | 0x9F | 0xB7 | 0xBF),
            _ => !after && b.is_ascii_alphanumeric(),
        };
        after = *b == 0xC3;
        fine
    });
    fine && !after
}

/// Whether two plain words of one length are the same but for case.
pub fn same_letters(a: &[u8], b: &[u8]) -> bool {
    a.chunks(8).zip(b.chunks(8)).all(|(a, b)| eight(a) == eight(b))
}

/// A 64-bit number that tells versions of data apart.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    hash(bytes)
}

/// A 64-bit hash of folded bytes, the same on every machine and in every build.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut h = bytes.len() as u64 ^ K;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
        h = (h.rotate_left(5) ^ word).wrapping_mul(K);
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    h = (h.rotate_left(5) ^ u64::from_le_bytes(last)).wrapping_mul(K);
    h ^ (h >> 29)
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folds_like_unicode_lower_case() {
        for word in ["ÅSA", "Sjö", "ÆRØ", "Ñandú", "ŁÓDŹ", "Straße", "ÿ×÷", "İzmir", &"Ö".repeat(90)] {
            assert_eq!(fold(word).bytes(), word.to_lowercase().as_bytes(), "{word}");
        }
    }
}
