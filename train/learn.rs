//! Learns weights: logistic regression by AdaGrad, features dropped at random, the weights of the later rounds averaged.
//! One thread, no clock: the same terms give the same weights.

use fritext::weigh::{Alike, Asked, BITS, CATEGORIES, EXTENT_BITS, FIRST, Feature, Head, Observed};
use fritext::{Category, weigh::Weights};

/// A term, or a word beside a finding, to learn from.
#[derive(Clone)]
pub struct Lesson {
    pub category: Category,
    pub right: bool,
    /// Places of its weights; the first `known` of them do not tell which word it is.
    features: Vec<u32>,
    known: usize,
}

impl Lesson {
    pub fn new(term: &Observed, right: bool) -> Self {
        let place = |f: &Feature| f.hash >> (32 - BITS);
        let (identity, rest): (Vec<&Feature>, Vec<&Feature>) =
            term.features.iter().partition(|f| f.template.is_identity());
        let features = rest.iter().chain(&identity).map(|f| place(f)).collect();
        Self { category: term.category, right, features, known: rest.len() }
    }

    /// A word beside a finding, and whether it belongs to it.
    pub fn beside(asked: &Asked<'_>, right: bool) -> Self {
        let features: Vec<u32> = asked.features.iter().map(|f| f >> (32 - EXTENT_BITS)).collect();
        Self { category: asked.category, right, known: features.len(), features }
    }
}

/// What can be turned.
#[derive(Debug, Clone)]
pub struct Settings {
    pub rounds: u64,
    pub rate: f32,
    pub decay: f32,
    /// How often a feature is left out.
    pub drop: f32,
    /// How often the weights must do without knowing which word it is.
    pub hide: f32,
}

/// Weights before they are written.
pub struct Learned {
    pub weights: Vec<f32>,
}

/// A number from a seed, the same on every machine.
pub fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

pub fn fraction(seed: u64) -> f32 {
    (random(seed) >> 40) as f32 / (1u64 << 24) as f32
}

/// Learns weights that are found by so many bits.
pub fn learn(lessons: &[Lesson], settings: &Settings, bits: u32) -> Learned {
    let size = 1usize << bits;
    let (mut weights, mut squares, mut sum) = (vec![0.0f32; size], vec![1e-2f32; size], vec![0.0f64; size]);
    let mut order: Vec<usize> = (0..lessons.len()).collect();
    let mut summed = 0.0;
    let lift = 1.0 / (1.0 - settings.drop);
    for round in 0..settings.rounds {
        order.sort_by_key(|i| random(round << 32 | *i as u64));
        for i in &order {
            let lesson = &lessons[*i];
            let mut dice = random(round << 40 ^ (*i as u64) << 8);
            let hidden = fraction(dice) < settings.hide;
            let seen = if hidden { &lesson.features[..lesson.known] } else { &lesson.features[..] };
            let mut kept = Vec::with_capacity(seen.len());
            let mut score = 0.0;
            for f in seen {
                dice = dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
                if fraction(dice) >= settings.drop {
                    kept.push(*f as usize);
                    score += weights[*f as usize] * lift;
                }
            }
            let gradient = (1.0 / (1.0 + (-score).exp()) - f32::from(u8::from(lesson.right))) * lift;
            for f in kept {
                squares[f] += gradient * gradient;
                weights[f] -= settings.rate * (gradient / squares[f].sqrt() + settings.decay * weights[f]);
            }
        }
        if round >= settings.rounds / 2 {
            summed += 1.0;
            sum.iter_mut().zip(&weights).for_each(|(s, w)| *s += f64::from(*w));
        }
    }
    Learned { weights: sum.iter().map(|s| (s / summed) as f32).collect() }
}

impl Learned {
    pub fn score(&self, lesson: &Lesson) -> f32 {
        lesson.features.iter().map(|f| self.weights[*f as usize]).sum()
    }

    /// One byte a weight, and what a step of them is worth.
    fn small(&self) -> (Vec<i8>, f32) {
        let top = self.weights.iter().fold(0.0f32, |top, w| top.max(w.abs()));
        let scale = top.min(2.0) / 127.0;
        (self.weights.iter().map(|w| (w / scale).round().clamp(-127.0, 127.0) as i8).collect(), scale)
    }

    /// The bytes of a model; without `extents` its findings are as long as their terms.
    pub fn pack(&self, text: &str, thresholds: [f32; CATEGORIES], extents: Option<&Self>, alike: &Alike) -> Vec<u8> {
        let (terms, scale) = self.small();
        let none = || (vec![0; 1 << EXTENT_BITS], 0.0);
        let (extents, extent) = extents.map_or_else(none, Self::small);
        Weights::write(&Head { text, scale, extent, thresholds }, &terms, &extents, alike)
    }
}

/// For each category the threshold at which most is right: the highest F1 where a wrong term costs `price` times a missed
/// one.
pub fn thresholds(scored: &[(Category, f32, bool)], price: f32) -> [f32; CATEGORIES] {
    std::array::from_fn(|c| {
        let mut own: Vec<(f32, bool)> =
            scored.iter().filter(|s| s.0 as usize - FIRST == c).map(|s| (s.1, s.2)).collect();
        own.sort_by(|a, b| b.0.total_cmp(&a.0));
        let all = own.iter().filter(|s| s.1).count() as f32;
        let (mut right, mut wrong, mut best) = (0.0f32, 0.0f32, (0.0f32, 0.0f32));
        for (i, (score, is_right)) in own.iter().enumerate() {
            *(if *is_right { &mut right } else { &mut wrong }) += 1.0;
            let f1 = 2.0 * right / (right + price * wrong + all);
            let next = own.get(i + 1).map_or(score - 1.0, |n| n.0);
            if f1 > best.0 {
                best = (f1, (score + next) / 2.0);
            }
        }
        best.1.clamp(-1.5, 1.5)
    })
}
