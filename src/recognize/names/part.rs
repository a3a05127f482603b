//! What the lists say about one token, taken as a part of a name.

use crate::lexicon::{Cue, Ending, Fold, Hit, Says, fold};
use crate::model::Span;
use crate::recognize::reading::Reading;

/// What the lists say about one token, taken as a name.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Part {
    /// Class as a given name, 0 if it is none.
    pub(super) given: u8,
    /// The worst class any language gives it as a given name: what a lower-case word counts by.
    pub(super) lower: u8,
    /// Class as a surname, 0 if it is none.
    pub(super) surname: u8,
    /// Ends like a surname.
    pub(super) ending: bool,
    /// Often capitalised and no name, or a cue word.
    pub(super) ordinary: bool,
    /// The genitive -s is cut off.
    pub(super) genitive: bool,
}

impl Part {
    pub(super) fn listed(self) -> bool {
        self.given > 0 || self.surname > 0
    }

    pub(super) fn sure(self) -> bool {
        !self.ordinary && (matches!(self.given, 1 | 2))
    }

    pub(super) fn plausible(self) -> bool {
        self.listed() || self.ending
    }
}

/// The folded name without its genitive -s.
pub(super) fn base(folded: &Fold, part: Part) -> &[u8] {
    let folded = folded.bytes();
    &folded[..folded.len() - usize::from(part.genitive)]
}

pub(super) fn trimmed(reading: &Reading<'_>, parts: &[Part], from: usize, to: usize) -> Span {
    let span = reading.span(from, to);
    Span::new(span.start, span.end - usize::from(parts[to].genitive))
}

pub(super) fn part(reading: &Reading<'_>, i: usize) -> Part {
    let token = &reading.tokens[i];
    let mut out = Part::default();
    if token.digits || token.end - token.start < 2 || !(token.capital || token.says(Says::NAME)) {
        return out;
    }
    let read = |hit: Hit, out: &mut Part| match hit {
        Hit::Name(n) => {
            out.lower = if n.given { out.lower.max(n.class) } else { out.lower };
            let class = if n.given { &mut out.given } else { &mut out.surname };
            // The better class counts when both languages list a name.
            *class = if *class == 0 { n.class } else { (*class).min(n.class) };
        }
        Hit::Cue(Cue::NoName | Cue::Title | Cue::Kin | Cue::Greeting | Cue::Person, _) => out.ordinary = true,
        Hit::Cue(cue, _) if cue.month().is_some() => out.ordinary = true,
        _ => {}
    };
    if token.says(Says::NAME.or(Says::TELLS)) {
        reading.tells(i).for_each(|hit| read(hit, &mut out));
    }
    if !token.capital && out.given == 0 {
        return out;
    }
    let word = reading.word(i);
    let folded = fold(word);
    let folded = folded.bytes();
    if !out.listed() && folded.len() > 3 && folded.ends_with(b"s") {
        for table in reading.lexicons.tables() {
            for hit in table.tells(table.word(&folded[..folded.len() - 1])) {
                read(hit, &mut out);
            }
        }
        out.genitive = out.listed();
    }
    if !out.listed() && token.capital {
        out.ending = reading.lexicons.tables()[0].ends_like(folded, Ending::Surname, 2);
    }
    out
}
