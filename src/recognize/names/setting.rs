//! What stands round a name: titles and relatives before it, greetings, verbs and relatives after it, initials, and the
//! words that make it a street, a school or a feast.

use super::part::Part;
use crate::lexicon::{Cue, Ending, Hit, fold};
use crate::recognize::reading::Reading;
use crate::recognize::tokens::Gap;

/// What follows a name as its subject or owner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Followed {
    /// A verb that hardly anything but a person has.
    pub(super) person: bool,
    /// A relative, after a genitive.
    pub(super) owner: bool,
}

/// What follows the word `i`, if it says that the word is somebody: a verb (‘Lo behöver …’), a relative after a
/// genitive (‘Ingas storasyster’), an age.
pub(super) fn followed(reading: &Reading<'_>, parts: &[Part], i: usize) -> Option<Followed> {
    let next = reading.tokens.get(i + 1)?;
    if next.capital && !next.shouting {
        return None;
    }
    let genitive = parts.get(i).map_or_else(|| reading.word(i).ends_with('s'), |p| p.genitive);
    if next.gap == Gap::Space && genitive && reading.cue(i + 1, Cue::Kin) {
        return Some(Followed { person: true, owner: true });
    }
    if next.gap != Gap::Space || genitive {
        return None;
    }
    if reading.cue(i + 1, Cue::PersonVerb) {
        return Some(Followed { person: true, owner: false });
    }
    reading.cue(i + 1, Cue::Verb).then_some(Followed { person: false, owner: false })
}

/// A street, school, firm or the like: this word or the next one says so.
pub(super) fn place(reading: &Reading<'_>, i: usize, part: Part) -> bool {
    let genitive = part.genitive;
    let table = &reading.lexicons.tables()[0];
    let ends = |k: usize, least: usize| {
        let folded = fold(reading.word(k));
        [Ending::Place, Ending::Street].iter().any(|e| table.ends_like(folded.bytes(), *e, least))
    };
    let listed = reading.tells(i).any(|hit| matches!(hit, Hit::Name(_)));
    if !listed && !genitive && ends(i, 4) {
        return true;
    }
    let next = i + 1;
    reading.tokens.get(next).is_some_and(|t| {
        // ‘Ylvas plats’ and ‘Ylvas fritidsplats’ are Ylva's; ‘Sofia förskola’ is a school.
        let owned = genitive && part.sure() && !t.capital;
        let word = reading.cue(next, Cue::Street)
            || !owned && table.is_ending(fold(reading.word(next)).bytes(), Ending::Place);
        t.gap <= Gap::Tight && (word || !genitive && ends(next, 5) && !t.capital)
    })
}

/// What is called after somebody: ‘Berg & Lund’, ‘Lunds Kött’, ‘Maria Bergs Väg’, ‘Jensine's Kro’, ‘Ali-moskén’.
pub(super) fn firm(reading: &Reading<'_>, parts: &[Part], first: usize, last: usize) -> bool {
    let text = reading.text();
    let before = &text[..reading.tokens[first].start as usize];
    let after = &text[reading.tokens[last].end as usize..];
    let capital = |s: &str| s.chars().next().is_some_and(char::is_uppercase);
    let surname = |k: usize| {
        parts.get(k).is_some_and(|p| p.given != 1 && matches!(p.surname, 1 | 2)) && reading.tokens[k].capital
    };
    let paired = surname(first)
        && (after.starts_with(" & ") && surname(last + 1)
            || before.ends_with(" & ") && first.checked_sub(1).is_some_and(surname))
        || after.starts_with(" & Co");
    // The first half of a word: ‘Björn Borg-kalsonger’; not ‘Ji-woo’, and not ‘Elvira-Noor’.
    let half = || {
        let rest = after.strip_prefix('-').unwrap_or_default();
        rest.starts_with(char::is_lowercase) && parts.get(last + 1).is_some_and(|p| !p.listed())
    };
    let owner = || {
        let possessive = ["'s ", "’s "].iter().find_map(|s| after.strip_prefix(s));
        possessive.is_some_and(capital)
    };
    paired || half() || owner() || shop(reading, parts, first, last) || namesake(reading, last)
}

/// ‘Lunds Kött’: a surname in the genitive and a word with a capital, none of a person, of a relative or of letters.
fn shop(reading: &Reading<'_>, parts: &[Part], first: usize, last: usize) -> bool {
    let next = last + 1;
    first == last
        && parts[last].genitive
        && parts[last].given != 1
        && matches!(parts[last].surname, 1 | 2)
        && reading.tokens.get(next).is_some_and(|t| t.capital && !t.shouting && t.gap == Gap::Space)
        && ![Cue::Kin, Cue::Person, Cue::Title].iter().any(|c| reading.cue(next, *c))
}

/// ‘Maria Bergs Väg’: a word with a capital in the genitive follows, and then one for a street, a house, a firm.
fn namesake(reading: &Reading<'_>, last: usize) -> bool {
    let (middle, after) = (last + 1, last + 2);
    let table = &reading.lexicons.tables()[0];
    let joined = |k: usize| reading.tokens.get(k).is_some_and(|t| t.gap <= Gap::Tight);
    joined(middle)
        && joined(after)
        && reading.tokens[middle].capital
        && reading.word(middle).ends_with('s')
        && (reading.cue(after, Cue::Street) || table.is_ending(fold(reading.word(after)).bytes(), Ending::Place))
}

/// One of several that are told: a comma or ‘and’ between this word and a common given name.
pub(super) fn listed_beside(reading: &Reading<'_>, parts: &[Part], i: usize) -> bool {
    let text = reading.text();
    let named = |k: usize| parts.get(k).is_some_and(|p| p.sure()) && reading.tokens[k].capital;
    let between = |a: usize, b: usize| text[reading.tokens[a].end as usize..reading.tokens[b].start as usize].trim();
    let comma = |a: usize, b: usize| matches!(between(a, b), "," | "+" | "/" | "&");
    let quiet = !reading.tokens[i].shouting;
    let joined = |k: usize| reading.tokens.get(k).is_some_and(|t| t.gap == Gap::Space);
    let and = |k: usize| joined(k) && reading.cue(k, Cue::And);
    quiet
        && (named(i + 1) && comma(i, i + 1)
            || i > 0 && named(i - 1) && comma(i - 1, i)
            || and(i + 1) && joined(i + 2) && (named(i + 2) || reading.cue(i + 2, Cue::Person)))
}

/// The last word of a text, by itself behind a sentence: a signature.
pub(super) fn signed(reading: &Reading<'_>, i: usize) -> bool {
    let token = &reading.tokens[i];
    i > 2
        && i + 1 == reading.tokens.len()
        && matches!(token.gap, Gap::Break | Gap::Line)
        && !token.shouting
        && !reading.text()[token.end as usize..].contains(['?', '%', ':'])
}

/// A saint, a law, a hymn: ‘S:t Olof’, ‘Lex Sarah’, ‘Ave Maria’.
pub(super) fn holy(reading: &Reading<'_>, i: usize, several: bool) -> bool {
    if several && reading.cue(i, Cue::NoPerson) {
        return true;
    }
    let before = |k: usize| reading.cue(k, Cue::NoPerson);
    let text = reading.text();
    i > 0 && before(i - 1) && {
        let between = &text[reading.tokens[i - 1].end as usize..reading.tokens[i].start as usize];
        matches!(between, " " | ". " | "." | "-")
    } || i > 1
        && reading.word(i - 1).eq_ignore_ascii_case("t")
        && reading.word(i - 2).eq_ignore_ascii_case("s")
        && text[reading.tokens[i - 2].end as usize..].starts_with(':')
}

/// A short word in capitals among others that are not: ‘IDA’, ‘LISA’ are organisations.
pub(super) fn lone_capitals(reading: &Reading<'_>, i: usize) -> bool {
    let token = &reading.tokens[i];
    let shouts = |k: Option<usize>| {
        k.and_then(|k| reading.tokens.get(k)).is_some_and(|t| t.shouting || t.end - t.start == 1 && t.capital)
    };
    token.shouting && token.end - token.start <= 4 && {
        let quiet = |t: &&crate::recognize::tokens::Token| !t.shouting && !t.digits && t.end - t.start > 1;
        !shouts(i.checked_sub(1)) && !shouts(Some(i + 1)) && reading.tokens.iter().any(|t| quiet(&t))
    }
}

/// Initials of one name that are followed: in a text of nothing but initials none is followed for long.
const INITIALS: usize = 6;

/// An initial before a surname, or before another one: ‘M. Åberg’, ‘H. C. Lund’.
pub(super) fn initial(reading: &Reading<'_>, parts: &[Part], i: usize) -> bool {
    let surname = |k: usize| (parts[k].surname > 0 || parts[k].ending) && !parts[k].ordinary;
    for k in i..i + INITIALS {
        if !letter_and_dot(reading, k) {
            return false;
        }
        if surname(k + 1) {
            return true;
        }
        if reading.word(k + 1).len() != 1 {
            return false;
        }
    }
    false
}

/// A letter or a short name, a full stop, and a capital after it.
fn letter_and_dot(reading: &Reading<'_>, i: usize) -> bool {
    let (token, text) = (&reading.tokens[i], reading.text());
    let after = &text[token.end as usize..];
    let short = token.end - token.start <= 4;
    short
        && after.starts_with('.')
        && (reading.word(i).chars().count() == 1 || reading.cue(i, Cue::ShortName))
        && reading.tokens.get(i + 1).is_some_and(|next| {
            let blanks = &text[token.end as usize + 1..next.start as usize];
            next.capital && blanks.bytes().all(|b| b == b' ')
        })
}

/// An initial after a name: ‘Bo R.’, ‘Liv T har’, ‘Nissen, T’.
pub(super) fn initial_after(reading: &Reading<'_>, i: usize) -> bool {
    let next = i + 1;
    let Some(token) = reading.tokens.get(next) else { return false };
    let text = reading.text();
    let between = &text[reading.tokens[i].end as usize..token.start as usize];
    let letter = |k: usize| reading.tokens[k].capital && reading.word(k).chars().count() == 1;
    let after = &text[token.end as usize..];
    // ‘Bo A och B’, ‘Dag I’: a letter that is a word or a number says nothing.
    letter(next)
        && matches!(between, " " | ", ")
        && !matches!(reading.word(next), "I" | "A" | "Å" | "Ö")
        && !after.starts_with([':', '/', '-', '\''])
        || matches!(reading.word(next), "A") && between == " " && after.starts_with('.')
}

/// The first word of an entry, apart from what is said of it: ‘Ivo – Buccolam’, ‘Liv: konfaläger’.
pub(super) fn entry(reading: &Reading<'_>, i: usize) -> bool {
    let token = &reading.tokens[i];
    let after = &reading.text()[token.end as usize..];
    let start = matches!(token.gap, Gap::Break | Gap::Line);
    start && !token.shouting && [" - ", ": ", " | ", "; "].iter().any(|mark| after.starts_with(mark))
}

/// A title or a relative stands directly before.
pub(super) fn titled(reading: &Reading<'_>, i: usize) -> bool {
    if i == 0 {
        return false;
    }
    if reading.tokens[i].gap <= Gap::Tight {
        return reading.cue(i - 1, Cue::Title) || reading.cue(i - 1, Cue::Kin) || reading.cue(i - 1, Cue::ShortTitle);
    }
    // The point of ‘Hr. Ravn’ ends no sentence.
    let between = &reading.text()[reading.tokens[i - 1].end as usize..reading.tokens[i].start as usize];
    between == ". " && !reading.tokens[i - 1].shouting && reading.cue(i - 1, Cue::ShortTitle)
}

/// A greeting stands before, with or without a line break, or a slash as before a signature.
pub(super) fn addressed(reading: &Reading<'_>, i: usize) -> bool {
    let start = reading.tokens[i].start as usize;
    let before = reading.text()[..start].trim_end_matches([' ', '\t']);
    before.ends_with("c/o")
        || before.ends_with('/') && before.trim_end_matches('/').ends_with(|c: char| c.is_whitespace() || c == '.')
        || i > 0
            && reading.tokens[i].gap <= Gap::Comma
            && (reading.cue(i - 1, Cue::Greeting) || reading.cue(i - 1, Cue::Kin) || reading.cue(i - 1, Cue::Title))
}
