//! What fritext is measured against: the good plain program (tokens and a hash set), and a general automaton.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use fritext::Engine;
use rustc_hash::FxHashSet;

/// A walk over bytes into tokens, folded into a buffer and looked up in a set of the same forms.
pub struct Plain {
    words: FxHashSet<Box<[u8]>>,
    word_byte: [bool; 256],
}

impl Plain {
    pub fn new(engine: &Engine) -> Self {
        let words = engine.lexicons.forms().map(|w| w.as_bytes().into()).collect();
        let word_byte = std::array::from_fn(|b| b >= 0x80 || (b as u8).is_ascii_alphanumeric());
        Self { words, word_byte }
    }

    /// Tokens that are in the set.
    pub fn count(&self, text: &[u8]) -> usize {
        let mut folded = [0u8; 64];
        let (mut found, mut at) = (0, 0);
        while at < text.len() {
            if !self.word_byte[usize::from(text[at])] {
                at += 1;
                continue;
            }
            let start = at;
            let mut before = 0;
            while at < text.len() && self.word_byte[usize::from(text[at])] {
                let b = text[at];
                if at - start < folded.len() {
                    folded[at - start] = fold(before, b);
                }
                before = b;
                at += 1;
            }
            found += usize::from(at - start <= folded.len() && self.words.contains(&folded[..at - start]));
        }
        found
    }
}

/// Lower case of ASCII and of the letters behind C3.
fn fold(before: u8, b: u8) -> u8 {
    match b {
        b'A'..=b'Z' => b | 0x20,
        0x80..=0x9E if before == 0xC3 && b != 0x97 => b | 0x20,
        _ => b,
    }
}

/// An Aho-Corasick automaton over the same forms, with a check of word boundaries behind it.
pub struct Automaton(AhoCorasick);

impl Automaton {
    pub fn new(engine: &Engine, kind: AhoCorasickKind) -> Self {
        let mut builder = AhoCorasick::builder();
        builder.kind(Some(kind)).match_kind(MatchKind::LeftmostLongest);
        Self(builder.build(engine.lexicons.forms()).expect("the forms fit an automaton"))
    }

    /// Matches that are whole words; the text is folded first, within the time.
    pub fn count(&self, text: &[u8]) -> usize {
        let mut before = 0;
        let folded: Vec<u8> = text.iter().map(|b| fold(std::mem::replace(&mut before, *b), *b)).collect();
        let word = |i: usize| folded.get(i).is_some_and(|b| *b >= 0x80 || b.is_ascii_alphanumeric());
        let whole = |m: &aho_corasick::Match| !(word(m.end()) || m.start() > 0 && word(m.start() - 1));
        self.0.find_iter(&folded).filter(whole).count()
    }
}
