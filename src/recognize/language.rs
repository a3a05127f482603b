//! Swedish or Danish, from words of grammar and from letters that only one of them has.

use super::tokens::Token;
use crate::lexicon::Says;
use crate::model::{Lang, Langs};

/// The language of a text; both while it is undecided.
pub(super) fn language(text: &str, tokens: &[Token]) -> Langs {
    let mut score = 0i32; // above zero is Swedish
    for token in tokens.iter().take(400) {
        let says = token.hits[0].says;
        score += 2 * (i32::from(says.any(Says::SWEDISH)) - i32::from(says.any(Says::DANISH)));
    }
    // ä ö Ä Ö are Swedish, æ ø Æ Ø Danish; all lie behind the byte C3.
    let bytes = text.as_bytes();
    for at in memchr::memchr_iter(0xC3, &bytes[..bytes.len().min(4000)]) {
        score += match bytes.get(at + 1) {
            Some(0xA4 | 0xB6 | 0x84 | 0x96) => 1,
            Some(0xA6 | 0xB8 | 0x86 | 0x98) => -1,
            _ => 0,
        };
    }
    match score {
        1.. => Langs::only(Lang::Sv),
        ..=-1 => Langs::only(Lang::Da),
        0 => Langs::BOTH,
    }
}
