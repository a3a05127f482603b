//! Words that nobody knows, written as the lists have them: for a second reading of texts without å, ä, ö, æ and ø, and of
//! words with a slip in them.
//!
//! As with disguises, what the second reading finds counts only where it touches such a word.

use super::reading::Reading;
use super::unveil::{Undone, Unveiled, rewrite};
use crate::lexicon::{Likeness, Says};

/// Bytes of the shortest word that is mended where the text has its marks.
const LONG: usize = 7;
/// Bytes of the shortest word that is mended where it has none.
const SHORT: usize = 4;
/// Bytes of a text that would hold a letter with a mark if its writer had any.
const TELLING: usize = 80;
/// What stands for å, æ and ø where a keyboard lacks them.
const DIGRAPHS: [&[u8]; 3] = [b"aa", b"ae", b"oe"];

/// The text with words mended; nothing if there are none.
pub(super) fn respell(reading: &Reading<'_>, text: &str) -> Option<Unveiled> {
    let marked = text.as_bytes().contains(&0xC3);
    let bare = !marked && (text.len() >= TELLING || (0..reading.tokens.len()).any(|i| bare_grammar(reading, i)));
    let mended = (0..reading.tokens.len()).filter_map(|i| mended(reading, i, bare));
    rewrite(text, mended)
}

/// Whether a word is one of grammar without its marks: ‘fran’, ‘paa’.
fn bare_grammar(reading: &Reading<'_>, i: usize) -> bool {
    let word = reading.word(i);
    if reading.tokens[i].known() || word.len() > SHORT + 1 {
        return false;
    }
    let tables = &reading.lexicons.tables()[0];
    let function = |form: &str| tables.word(form.as_bytes()).says.any(Says::SWEDISH.or(Says::DANISH));
    tables
        .respelled(word, reading.langs, true)
        .is_some_and(|(form, like)| like == Likeness::Letters && !form.is_ascii() && function(form))
}

fn mended(reading: &Reading<'_>, i: usize, bare: bool) -> Option<Undone> {
    let token = &reading.tokens[i];
    let word = reading.word(i);
    if token.known() || token.digits || word.len() < SHORT {
        return None;
    }
    let bare = bare || word.as_bytes().windows(2).any(|two| DIGRAPHS.contains(&two));
    if !bare && word.len() < LONG {
        return None;
    }
    let mut tables = reading.lexicons.tables().iter();
    let unmarked = |(form, like): &(&str, Likeness)| *like == Likeness::Letters && !form.is_ascii();
    let marks = |form: &(&str, Likeness)| word.len() >= LONG || unmarked(form);
    let form = tables.find_map(|t| t.respelled(word, reading.langs, bare).filter(marks))?.0;
    let mut meant = form.to_owned();
    if token.shouting {
        meant = meant.to_uppercase();
    } else if token.capital {
        let first = meant.chars().next()?;
        meant.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    }
    Some((reading.original(reading.span(i, i)), meant))
}
