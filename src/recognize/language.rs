//! Swedish or Danish, from words of grammar and from letters that only one of them has.

use super::Lexicons;
use super::tokens::Token;
use crate::lexicon::{Cue, Hit};
use crate::model::{Lang, Langs};

/// The language of a text; both while it is undecided.
pub(super) fn language(lexicons: &Lexicons, text: &str, tokens: &[Token]) -> Langs {
    let mut score = 0i32; // above zero is Swedish
    for token in tokens.iter().take(400) {
        let mut said = [false; 2];
        for hit in lexicons.tables()[0].hits(token.hits[0]) {
            if let Hit::Cue(Cue::Function, lang) = hit {
                said[lang as usize] = true;
            }
        }
        score += match said {
            [true, false] => 2,
            [false, true] => -2,
            _ => 0,
        };
    }
    for c in text.chars().take(4000) {
        score += match c {
            'ä' | 'ö' | 'Ä' | 'Ö' => 1,
            'æ' | 'ø' | 'Æ' | 'Ø' => -1,
            _ => 0,
        };
    }
    match score {
        1.. => Langs::only(Lang::Sv),
        ..=-1 => Langs::only(Lang::Da),
        0 => Langs::BOTH,
    }
}
