//! Words and numbers with their places, what stands between them, and what the lexicons say: the one walk over a text.

use super::Lexicons;
use super::edges::edges;
use crate::lexicon::{self, Key, Known, Says, Words, eight, fold, low, set_bits};

/// A run of letters and digits.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    /// First byte in the view.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// What stands before it.
    pub gap: Gap,
    /// Number of its sentence, from 0.
    pub sentence: u32,
    /// Begins with an upper-case letter.
    pub capital: bool,
    /// Holds at least two letters, all upper case.
    pub shouting: bool,
    /// Holds a digit.
    pub digits: bool,
    /// May be a compound that begins or ends with an entry.
    pub(super) compound: bool,
    /// Payloads in the built-in tables and in the site's own.
    pub(super) hits: [Known; 2],
}

impl Token {
    /// Whether the lexicons say something of these sorts about it.
    pub fn says(&self, sorts: Says) -> bool {
        self.hits[0].says.or(self.hits[1].says).any(sorts)
    }

    /// Whether the lexicons know it at all.
    pub fn known(&self) -> bool {
        self.says(Says::ALL)
    }
}

/// What stands between two tokens, from the closest to the widest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Blanks.
    Space,
    /// A hyphen, slash, dot or the like that joins.
    Tight,
    /// One line break.
    Line,
    /// Comma, colon, dash, quote, bracket.
    Comma,
    /// The end of a sentence, an empty line, the start of the text.
    Break,
}

/// The tokens of a text.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) tokens: Vec<Token>,
    /// Those of them at which something may begin: a capital, a digit, a name, a term of one word or a compound. The
    /// others say something about their neighbours at most, or open a term of several words.
    pub(super) notable: Vec<u32>,
}

/// Sorts of words at which something may begin.
const NOTABLE: Says = Says::TERM.or(Says::NAME);
/// Bytes of the shortest compound.
const SHORTEST_COMPOUND: usize = 6;

/// What is asked of one table about each word.
#[derive(Clone, Copy)]
struct Asked<'a> {
    words: Words<'a>,
    edges: lexicon::Edges<'a>,
}

/// Walks a text into tokens.
pub(super) fn walk(lexicons: &Lexicons, text: &str) -> Walked {
    let bytes = text.as_bytes();
    let asked: Vec<Asked<'_>> =
        lexicons.tables().iter().map(|t| Asked { words: t.words(), edges: t.edges() }).collect();
    let edges = edges(text);
    let mut rare = edges.rare.as_slice();
    let mut tokens: Vec<Token> = Vec::with_capacity(edges.at.len() / 2);
    let mut notable: Vec<u32> = Vec::with_capacity(edges.at.len() / 4);
    let mut sentence = 0;
    let mut looked_up = LookedUp { keys: [Key::EMPTY; AHEAD], hits: [[Known::default(); 2]; AHEAD] };
    for words in edges.at.as_chunks::<2>().0.chunks(AHEAD) {
        look_up(&asked, bytes, words, &mut looked_up);
        for ((edge, key), hits) in words.iter().zip(&looked_up.keys).zip(&looked_up.hits) {
            let (start, end) = (edge[0] as usize, edge[1] as usize);
            let is_rare = rare.first().is_some_and(|at| (*at as usize) < end);
            let (look, hits) = if is_rare {
                rare = &rare[rare.partition_point(|at| (*at as usize) < end)..];
                rare_look(lexicons, &text[start..end])
            } else {
                (plain_look(&asked, &bytes[start..end], *key), *hits)
            };
            let gap = match tokens.last() {
                Some(previous) if start == previous.end as usize + 1 && bytes[start - 1] == b' ' => Gap::Space,
                Some(previous) => gap(&text[previous.end as usize..start], previous, &text[start..]),
                None => Gap::Break,
            };
            sentence += u32::from(gap == Gap::Break && !tokens.is_empty());
            let Look { capital, shouting, digits, compound } = look;
            let token =
                Token { start: edge[0], end: edge[1], gap, sentence, capital, shouting, digits, compound, hits };
            if capital | digits | compound | token.says(NOTABLE) {
                notable.push(tokens.len() as u32);
            }
            tokens.push(token);
        }
    }
    Walked { tokens, notable }
}

/// Words that are looked up together, so that the cache fetches the lines of all of them at once.
const AHEAD: usize = 32;

/// Keys of words and what the tables say about them.
struct LookedUp {
    keys: [Key; AHEAD],
    hits: [[Known; 2]; AHEAD],
}

/// Looks words up, taken as plain ones (see `lexicon::plain`).
fn look_up(asked: &[Asked<'_>], bytes: &[u8], words: &[[u32; 2]], out: &mut LookedUp) {
    let mut hashes = [0; AHEAD];
    for ((edge, key), hash) in words.iter().zip(&mut out.keys).zip(&mut hashes) {
        *key = self::key(bytes, edge[0] as usize, edge[1] as usize);
        *hash = key.hash();
    }
    out.hits = [[Known::default(); 2]; AHEAD];
    for (i, asked) in asked.iter().enumerate() {
        // First all looks at the filter, then at the table.
        let hashes = &hashes[..words.len()];
        let may = hashes.iter().rev().fold(0u32, |may, h| may << 1 | u32::from(asked.words.may_know(*h)));
        for n in set_bits(may) {
            let word = &bytes[words[n][0] as usize..words[n][1] as usize];
            out.hits[n][i] = asked.words.plain(out.keys[n], hashes[n], word);
        }
    }
}

/// The key of a word, read straight from the text.
#[inline]
fn key(bytes: &[u8], start: usize, end: usize) -> Key {
    let len = end - start;
    let first = match bytes[start..].first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk) | LOWER,
        None => eight(&bytes[start..end]),
    };
    let last = match bytes[..end].last_chunk::<8>() {
        Some(chunk) if len > 8 => u64::from_le_bytes(*chunk) | LOWER,
        _ => 0,
    };
    Key { first: low(first, len), last, len: len as u32 }
}

/// What the letters of a word say by themselves.
struct Look {
    capital: bool,
    shouting: bool,
    digits: bool,
    compound: bool,
}

/// The look of a word of plain letters (see `lexicon::plain`): read as a few numbers of eight bytes.
#[inline]
fn plain_look(asked: &[Asked<'_>], word: &[u8], key: Key) -> Look {
    let len = word.len();
    let digits = digit_in(key.first, len.min(8)) || len > 8 && (digit_in(key.last, 8) || len > 16 && has_digit(word));
    let capital = word[0].is_ascii_uppercase() || word[0] == 0xC3 && word[1] < 0xA0;
    let long = len >= SHORTEST_COMPOUND && !digits;
    let compound = long && asked.iter().any(|t| t.edges.may_compound(key));
    let shouting = (capital || digits) && len > 1 && !word[1].is_ascii_lowercase() && shouts(word);
    Look { capital, shouting, digits, compound }
}

/// The look of a word with characters of other scripts or signs that fold in their own way, and what the tables say.
#[cold]
fn rare_look(lexicons: &Lexicons, word: &str) -> (Look, [Known; 2]) {
    let folded = fold(word);
    let mut hits = [Known::default(); 2];
    for (table, hit) in lexicons.tables().iter().zip(&mut hits) {
        *hit = table.word(folded.bytes());
    }
    let uppers = word.chars().filter(|c| c.is_uppercase()).count();
    let lowers = word.chars().filter(|c| !c.is_uppercase() && !c.is_ascii_digit()).count();
    let digits = has_digit(word.as_bytes());
    let look = Look {
        capital: word.starts_with(char::is_uppercase),
        shouting: uppers >= 2 && lowers == 0,
        digits,
        compound: !digits && word.len() >= SHORTEST_COMPOUND,
    };
    (look, hits)
}

const LOWER: u64 = 0x2020_2020_2020_2020;

/// Whether one of the first `len` bytes of a lower-case number is a digit: of the bytes of words only digits have
/// neither of the two highest bits.
fn digit_in(word: u64, len: usize) -> bool {
    let highest = low(0x8080_8080_8080_8080, len);
    (word | word << 1) & highest != highest
}

fn has_digit(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_digit)
}

/// Whether a plain word holds at least two letters, all upper case.
fn shouts(word: &[u8]) -> bool {
    let mut uppers = 0;
    for (i, b) in word.iter().enumerate() {
        match b {
            b'A'..=b'Z' => uppers += 1,
            b'0'..=b'9' | 0xC3 => {}
            0x80..=0x9E if word[i - 1] == 0xC3 => uppers += 1,
            _ => return false,
        }
    }
    uppers >= 2
}

/// What parts the token before from the one with which `next` begins.
fn gap(between: &str, previous: &Token, next: &str) -> Gap {
    let next_is_upper = || next.starts_with(char::is_uppercase);
    let mut gap = Gap::Space;
    let mut lines = 0;
    let mut chars = between.chars().peekable();
    let mut after_blank = false;
    while let Some(c) = chars.next() {
        let blank_next = chars.peek().is_none_or(|n| n.is_whitespace());
        let seen = match c {
            '\n' => {
                lines += 1;
                if lines > 1 { Gap::Break } else { Gap::Line }
            }
            ' ' | '\t' | '\r' => Gap::Space,
            '!' | '?' => Gap::Break,
            '.' if blank_next && chars.peek().is_some() => {
                let length = previous.end - previous.start;
                let short = length <= 3 && !next_is_upper() || length == 1 && previous.capital;
                if short || previous.digits && !next_is_upper() { Gap::Tight } else { Gap::Break }
            }
            '-' if after_blank && blank_next => Gap::Comma,
            '-' | '/' | '.' | '\'' | '_' | '&' | '+' | '%' | '(' | '@' | '*' => Gap::Tight,
            _ => Gap::Comma,
        };
        gap = gap.max(seen);
        after_blank = c.is_whitespace();
    }
    gap
}
