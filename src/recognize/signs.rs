//! Signs that are no findings but make one worse, read only where a combination of the policy asks for them.

use super::reading::{Reading, Situation};
use super::{Gap, Lexicons, kept};
use crate::lexicon::{Cue, Ending, fold};
use crate::model::Sign;

/// Whether a text shows a sign.
pub fn shows(lexicons: &Lexicons, text: &str, situation: &Situation, sign: Sign) -> bool {
    let reading = Reading::new(lexicons, text, situation);
    let count = reading.tokens.len();
    let any = |test: fn(&Reading<'_>, usize) -> bool| (0..count).any(|i| test(&reading, i));
    match sign {
        Sign::Whereabouts => {
            any(named_place)
                || any(class)
                || any(|r, i| r.cue(i, Cue::Route))
                || !kept(lexicons, text, situation).1.is_empty()
        }
        Sign::Identifying => {
            let somewhere = any(named_place);
            any(initials) && any(class) && somewhere
                || any(|r, i| r.cue(i, Cue::Role)) && (somewhere || any(|r, i| r.cue(i, Cue::Unit)))
        }
    }
}

/// Whether a text speaks of a relative.
pub fn says_kin(lexicons: &Lexicons, text: &str, situation: &Situation) -> bool {
    let reading = Reading::new(lexicons, text, situation);
    (0..reading.tokens.len()).any(|i| reading.cue(i, Cue::Kin))
}

/// A capitalised word that ends like a school or a town, or that follows a word of place: ‘Björkskolan’, ‘i Malmö’.
fn named_place(reading: &Reading<'_>, i: usize) -> bool {
    let token = &reading.tokens[i];
    if !token.capital || token.shouting {
        return false;
    }
    let folded = fold(reading.word(i));
    let ends = reading.lexicons.tables().iter().any(|t| t.ends_like(folded.bytes(), Ending::Place, 4));
    let whole = |j: usize| {
        let folded = fold(reading.word(j));
        reading.lexicons.tables().iter().any(|t| t.is_ending(folded.bytes(), Ending::Place))
    };
    let next = reading.tokens.get(i + 1).is_some_and(|t| t.gap == Gap::Space) && whole(i + 1);
    let after = i > 0 && token.gap == Gap::Space && reading.cue(i - 1, Cue::NotAfter) && !reading.cue(i, Cue::NoName);
    ends || next || after
}

/// ‘7B’, ‘2.b’, ‘klass 7’, ‘åk 5’.
fn class(reading: &Reading<'_>, i: usize) -> bool {
    let word = reading.word(i);
    let (digits, letters) = word.split_at(word.bytes().take_while(u8::is_ascii_digit).count());
    let year = !digits.is_empty() && digits.parse::<u8>().is_ok_and(|n| n < 11);
    let one = |s: &str| s.chars().count() == 1 && s.chars().all(char::is_alphabetic);
    let next = |gap: Gap| reading.tokens.get(i + 1).is_some_and(|t| t.gap == gap);
    let named = i > 0 && reading.tokens[i].gap <= Gap::Tight && reading.cue(i - 1, Cue::Class);
    year && one(letters)
        || year && letters.is_empty() && next(Gap::Tight) && one(reading.word(i + 1))
        || named && (year || one(word))
}

/// Two initials: ‘T.E.’.
fn initials(reading: &Reading<'_>, i: usize) -> bool {
    let initial = |i: usize| {
        let word = reading.word(i);
        let end = reading.tokens[i].end as usize;
        reading.tokens[i].capital && word.chars().count() == 1 && reading.text()[end..].starts_with('.')
    };
    initial(i) && i + 1 < reading.tokens.len() && initial(i + 1)
}
