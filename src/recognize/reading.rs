//! One text as recognizers see it.

use super::numbers::Number;
use super::sink::Sink;
use super::tokens::{self, Gap, Token};
use super::view::View;
use super::{Lexicons, language};
use crate::lexicon::{Cue, Hit, Says};
use crate::model::{Category, ColumnKind, Date, Langs, Place, Span};
use std::cell::OnceCell;

/// What is known about a text besides its characters.
#[derive(Debug, Clone)]
pub struct Situation {
    /// Its language, if the caller knows it.
    pub langs: Option<Langs>,
    /// The language of its column or file, for a text too short to tell its own.
    pub lent: Option<Langs>,
    /// What sort of place it stands in.
    pub place: Place,
    /// What its column holds.
    pub column: ColumnKind,
    /// The category of an identifier column, if its header tells.
    pub holds: Option<Category>,
    /// Today, for centuries and for dates that lie ahead.
    pub today: Date,
}

/// One text: its view, its tokens, its language and situation.
pub struct Reading<'a> {
    /// The lexicons.
    pub lexicons: &'a Lexicons,
    /// What is known besides.
    pub situation: &'a Situation,
    /// Words and numbers in order.
    pub tokens: Vec<Token>,
    /// Those of them at which something may begin.
    pub(super) notable: Vec<u32>,
    /// The languages whose lexicons speak.
    pub langs: Langs,
    /// Its numbers, once somebody asks.
    pub(super) numbers: OnceCell<Vec<Number>>,
    view: View<'a>,
}

impl<'a> Reading<'a> {
    /// Reads a text.
    pub fn new(lexicons: &'a Lexicons, text: &'a str, situation: &'a Situation) -> Self {
        let view = View::new(text);
        let tokens::Walked { tokens, notable } = tokens::walk(lexicons, &view.text);
        let own = || Some(language::language(&view.text, &tokens)).filter(|l| *l != Langs::BOTH);
        let langs = situation.langs.or_else(own).or(situation.lent).unwrap_or_default();
        Self { lexicons, situation, tokens, notable, langs, numbers: OnceCell::new(), view }
    }

    /// The normalised text; all spans of recognizers are bytes of it.
    pub fn text(&self) -> &str {
        &self.view.text
    }

    /// The characters of a token.
    pub fn word(&self, token: usize) -> &str {
        let t = &self.tokens[token];
        &self.view.text[t.start as usize..t.end as usize]
    }

    /// The tokens at which something may begin: a capital, a digit, a name, a term of one word or a compound.
    pub fn notable(&self) -> impl Iterator<Item = usize> {
        self.notable.iter().map(|i| *i as usize)
    }

    /// The span of the tokens `from..=to`.
    pub fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.tokens[from].start as usize, self.tokens[to].end as usize)
    }

    /// The cues, names and context words that the lexicons know a token as.
    pub fn tells(&self, token: usize) -> impl Iterator<Item = Hit> {
        let hits = self.tokens[token].hits;
        self.lexicons.tables().iter().zip(hits).flat_map(|(t, h)| t.tells(h))
    }

    /// Whether a token is a cue of this sort, in a language of the text.
    pub fn cue(&self, token: usize, cue: Cue) -> bool {
        let token = &self.tokens[token];
        let mut known = self.lexicons.tables().iter().zip(token.hits);
        token.says(Says::TELLS) && known.any(|(table, known)| table.is_cue(known, cue, self.langs))
    }

    /// Whether one of the `reach` tokens before byte `at`, in the same sentence, is such a cue.
    pub fn cue_before(&self, at: usize, reach: usize, cue: Cue) -> bool {
        let after = self.tokens.partition_point(|t| (t.end as usize) <= at);
        let mut i = after;
        for _ in 0..reach {
            if i == 0 {
                return false;
            }
            i -= 1;
            if self.cue(i, cue) {
                return true;
            }
            if self.tokens[i].gap == Gap::Break {
                return false;
            }
        }
        false
    }

    /// The token that begins at or after byte `at`.
    pub fn token_from(&self, at: usize) -> usize {
        self.tokens.partition_point(|t| (t.start as usize) < at)
    }

    /// A span of the view as a span of the original text.
    pub(super) fn original(&self, span: Span) -> Span {
        self.view.original(span)
    }

    /// Turns spans of the view into spans of the original text.
    pub(super) fn restore(&self, sink: &mut Sink) {
        for finding in &mut sink.findings {
            finding.span = self.view.original(finding.span);
        }
        for candidate in &mut sink.dropped {
            candidate.finding.span = self.view.original(candidate.finding.span);
        }
    }
}
