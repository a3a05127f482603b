//! One spelling for comparing words: lower case, letter by letter.

/// Whether a character belongs to a word. Everything else parts words.
pub fn is_word_char(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() }
}

/// A folded word in place of an allocation; long words spill to the heap.
pub struct Fold {
    short: [u8; 64],
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
    let mut out = Fold { short: [0; 64], len: 0, long: Vec::new() };
    if word.len() <= 60 && word.bytes().all(|b| b < 0x80 || b == 0xC3) || simple(word) {
        let bytes = word.as_bytes();
        if bytes.len() <= 64 {
            out.len = bytes.len();
            let mut i = 0;
            while i < bytes.len() {
                let b = bytes[i];
                if b == 0xC3 && i + 1 < bytes.len() {
                    out.short[i] = b;
                    let low = bytes[i + 1];
                    // U+00C0..U+00DE become U+00E0..U+00FE; U+00D7 is a sign and U+00DF stays itself.
                    out.short[i + 1] = if (0x80..=0x9E).contains(&low) && low != 0x97 { low + 0x20 } else { low };
                    i += 2;
                } else {
                    out.short[i] = b.to_ascii_lowercase();
                    i += 1;
                }
            }
            return out;
        }
    }
    out.long = word.to_lowercase().into_bytes();
    out
}

/// Whether every letter lies in ASCII or the Latin-1 page of UTF-8, where folding keeps the length.
fn simple(word: &str) -> bool {
    let bytes = word.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            0..=0x7F => i += 1,
            0xC3 => i += 2,
            _ => return false,
        }
    }
    true
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
