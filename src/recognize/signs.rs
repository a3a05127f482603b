//! Signs that are no findings but make one worse, read only where a combination of the policy asks for them.

use super::reading::{Reading, Situation};
use super::{Gap, Lexicons, kept};
use crate::lexicon::{Cue, Ending, fold};
use crate::model::Sign;

/// Whether a text shows a sign. `system` tells names of systems, which are no places.
pub fn shows(reading: &Reading<'_>, sign: Sign, system: &dyn Fn(&str) -> bool) -> bool {
    let count = reading.tokens.len();
    let any = |test: fn(&Reading<'_>, usize) -> bool| (0..count).any(|i| test(reading, i));
    match sign {
        Sign::Whereabouts => {
            any(school)
                || any(class)
                || any(|r, i| r.cue(i, Cue::Route))
                || (0..count).any(|i| place(reading, i) && !system(reading.word(i)))
                || !kept(reading).1.is_empty()
        }
        Sign::Identifying => {
            any(initials) && any(class) && any(school)
                || any(|r, i| r.cue(i, Cue::Role)) && (any(school) || any(|r, i| r.cue(i, Cue::Unit)))
        }
    }
}

/// Whether a text speaks of a relative.
pub fn says_kin(lexicons: &Lexicons, text: &str, situation: &Situation) -> bool {
    let reading = Reading::new(lexicons, text, situation);
    (0..reading.tokens.len()).any(|i| reading.cue(i, Cue::Kin))
}

/// A school by its name: ‘Björkskolan’, ‘Sankt Eriks gymnasium’.
fn school(reading: &Reading<'_>, i: usize) -> bool {
    let token = &reading.tokens[i];
    let before = i.checked_sub(1).map(|i| &reading.tokens[i]);
    let named = token.gap == Gap::Space && before.is_some_and(|b| b.capital && b.sentence == token.sentence);
    if !token.capital && !named {
        return false;
    }
    let tables = reading.lexicons.tables();
    let folded = fold(reading.word(i));
    let inside = || tables.iter().any(|t| t.ends_like(folded.bytes(), Ending::School, 4));
    let whole = || tables.iter().any(|t| t.is_ending(folded.bytes(), Ending::School));
    token.capital && inside() || named && whole()
}

/// A name after a word of place: ‘i Malmö’, ‘til Odense’.
fn place(reading: &Reading<'_>, i: usize) -> bool {
    let token = &reading.tokens[i];
    i > 0
        && token.capital
        && !token.shouting
        && !token.digits
        && token.gap == Gap::Space
        && reading.cue(i - 1, Cue::Toward)
        && !reading.cue(i, Cue::Title)
        && !authority(reading, i)
}

/// An authority is no place where somebody lives: ‘från Skatteverket’.
fn authority(reading: &Reading<'_>, i: usize) -> bool {
    let folded = fold(reading.word(i));
    reading.lexicons.tables().iter().any(|t| t.ends_like(folded.bytes(), Ending::Place, 4))
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
