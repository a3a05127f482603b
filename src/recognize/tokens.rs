//! Words and numbers with their places, what stands between them, and what the lexicons say: the one walk over a text.

use super::Lexicons;
use crate::lexicon::{Known, Says, fold, is_word_char};

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
    /// Payloads in the built-in tables and in the site's own.
    pub(super) hits: [Known; 2],
}

impl Token {
    /// Whether the lexicons say something of these sorts about it.
    pub fn says(&self, sorts: Says) -> bool {
        self.hits[0].says.or(self.hits[1].says).any(sorts)
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

/// Walks a text into tokens.
pub(super) fn walk(lexicons: &Lexicons, text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens: Vec<Token> = Vec::with_capacity(bytes.len() / 6 + 1);
    let (mut at, mut previous_end, mut sentence) = (0, 0, 0);
    while at < bytes.len() {
        let (c, len) = char_at(text, at);
        if !is_word_char(c) {
            at += len;
            continue;
        }
        let start = at;
        let (mut uppers, mut lowers, mut digits) = (0u32, 0u32, false);
        while at < bytes.len() {
            let (c, len) = char_at(text, at);
            if !is_word_char(c) {
                break;
            }
            if c.is_ascii_digit() {
                digits = true;
            } else if c.is_uppercase() {
                uppers += 1;
            } else {
                lowers += 1;
            }
            at += len;
        }
        let word = &text[start..at];
        let gap = match tokens.last() {
            None => Gap::Break,
            Some(previous) => gap(&text[previous_end..start], previous, c),
        };
        if gap == Gap::Break && !tokens.is_empty() {
            sentence += 1;
        }
        let folded = fold(word);
        let mut hits = [Known::default(); 2];
        for (table, hit) in lexicons.tables().iter().zip(&mut hits) {
            *hit = table.word(folded.bytes());
        }
        tokens.push(Token {
            start: start as u32,
            end: at as u32,
            gap,
            sentence,
            capital: c.is_uppercase(),
            shouting: uppers >= 2 && lowers == 0,
            digits,
            hits,
        });
        previous_end = at;
    }
    tokens
}

fn char_at(text: &str, at: usize) -> (char, usize) {
    let b = text.as_bytes()[at];
    if b < 0x80 {
        return (b as char, 1);
    }
    let c = text[at..].chars().next().unwrap_or('\u{FFFD}');
    (c, c.len_utf8())
}

/// What parts the token before from the one that begins with `next`.
fn gap(between: &str, previous: &Token, next: char) -> Gap {
    if between == " " {
        return Gap::Space;
    }
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
                let short = length <= 3 && !next.is_uppercase() || length == 1 && previous.capital;
                if short || previous.digits && !next.is_uppercase() { Gap::Tight } else { Gap::Break }
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
