//! Whether a word that no list knows is spelt like a name: weights of runs of letters, trained on our own lists by
//! `lexicons/name_shape.py`. It only backs what the surroundings say.

use std::sync::LazyLock;

/// The weights, in tenths of a logit, by the hash of the run.
struct Weights {
    bias: i32,
    of: Vec<i8>,
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| {
    let text = include_str!("../../../lexicons/name_shape.txt");
    let lines = || text.lines().filter_map(|l| l.strip_prefix('='));
    // A weight of 0 is the letter P.
    let of = lines().flat_map(str::bytes).map(|b| b as i8 - 80).collect();
    let bias = text.lines().find_map(|l| l.strip_prefix("bias ")).and_then(|n| n.parse().ok()).unwrap_or(0);
    Weights { bias, of }
});

/// Tenths of a logit that a folded word is a name: above zero like a name, below like an ordinary word.
pub(super) fn score(folded: &[u8]) -> i32 {
    let mut bounded = Vec::with_capacity(folded.len() + 2);
    bounded.push(b'^');
    bounded.extend_from_slice(folded);
    bounded.push(b'$');
    let weights = &*WEIGHTS;
    let runs = (2..=5).flat_map(|n| bounded.windows(n));
    let sum: i32 = runs.map(|run| i32::from(weights.of[(fnv(run) >> 3) as usize % weights.of.len()])).sum();
    sum + weights.bias
}

/// FNV-1a, 32 bits.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn names_are_spelt_like_names() {
        assert_eq!(super::WEIGHTS.of.len(), 8192);
        for name in ["halldórsdóttir", "petrovic", "lindeqvist", "ghebremedhin"] {
            assert!(score(name.as_bytes()) > 5, "{name}: {}", score(name.as_bytes()));
        }
        for word in ["skolkontoret", "arbetsförmedlingen", "fraværssamtale", "kulturhuset"] {
            assert!(score(word.as_bytes()) < -5, "{word}: {}", score(word.as_bytes()));
        }
    }
}
