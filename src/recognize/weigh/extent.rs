//! How far a finding reaches. A list knows ‘insulin’; what is said is ‘slutat med insulinet på egen hand’. Word by word,
//! to the left and to the right, weights say whether a word belongs to the finding beside it.

use super::super::OWN;
use super::super::reading::Reading;
use super::super::sink::Sink;
use super::super::tokens::Gap;
use super::FIRST;
use super::spelling::{K, Spelled, Spellings, blend, letters};
use crate::lexicon::{Cue, Hit, Says};
use crate::model::{Category, Finding, Group, Span};
use std::iter::successors;

/// Words that are added on one side at most.
const MOST: usize = 8;
/// Findings before and after one that may stand in its way.
const NEAR: usize = 8;
/// Numbers of words and of steps: more count as that many.
const MANY: usize = 4;

/// A word beside a finding, and what is weighed of it.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// As what the finding counts.
    pub category: Category,
    /// How far it reaches by now, in the text as written.
    pub span: Span,
    /// Bytes of what was found at first.
    pub found: usize,
    /// The word, in the text as written.
    pub word: Span,
    /// How many words have been asked about on this side, with this one.
    pub step: usize,
    /// Hashes of its features.
    pub features: &'a [u32],
}

/// Adds to findings, which are in order, the words that `belongs` says yes to, from the nearest on, as far as their
/// sentence goes and no other finding stands. A number says something of its own. What a site's own lists find is as
/// long as they say.
pub(in crate::recognize) fn extend(
    reading: &Reading<'_>,
    sink: &mut Sink,
    mut belongs: impl FnMut(&Asked<'_>) -> bool,
) {
    let grows = |f: &Finding| f.category as usize >= FIRST && f.term.is_none_or(|t| t & OWN == 0);
    if !sink.findings.iter().any(grows) {
        return;
    }
    let (spellings, mut features) = (Spellings::default(), Vec::new());
    for at in 0..sink.findings.len() {
        if !grows(&sink.findings[at]) {
            continue;
        }
        let found = sink.findings[at].span.len();
        for side in [Side::Left, Side::Right] {
            for step in 1..=MOST {
                let near = at.saturating_sub(NEAR)..(at + 1 + NEAR).min(sink.findings.len());
                let others = near.filter(|i| *i != at).map(|i| &sink.findings[i]);
                let finding = &sink.findings[at];
                let Some(beside) = Beside::new(reading, finding, side, step) else { break };
                let word = reading.span(beside.word, beside.word);
                if reading.tokens[beside.word].digits || others.clone().any(|f| f.span.overlaps(word)) {
                    break;
                }
                let next = beside.then(beside.word).map(|i| reading.span(i, i));
                let next = next.and_then(|span| others.clone().find(|f| f.span.overlaps(span)));
                features.clear();
                beside.features(&spellings, next, &mut |f| features.push(f));
                let (category, span) = (finding.category, reading.original(finding.span));
                let asked = Asked { category, span, found, word: reading.original(word), step, features: &features };
                if !belongs(&asked) {
                    break;
                }
                let span = finding.span;
                sink.findings[at].span = Span::new(span.start.min(word.start), span.end.max(word.end));
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// A word beside a finding.
struct Beside<'a> {
    reading: &'a Reading<'a>,
    finding: &'a Finding,
    side: Side,
    step: usize,
    /// The first and the last word of the finding.
    ends: (usize, usize),
    word: usize,
}

impl<'a> Beside<'a> {
    /// The word beside a finding in its sentence, if there is one.
    fn new(reading: &'a Reading<'a>, finding: &'a Finding, side: Side, step: usize) -> Option<Self> {
        let first = reading.tokens.partition_point(|t| (t.end as usize) <= finding.span.start);
        let last = reading.tokens.partition_point(|t| (t.start as usize) < finding.span.end).checked_sub(1)?;
        let word = next(reading, side, if side == Side::Left { first } else { last })?;
        Some(Self { reading, finding, side, step, ends: (first, last), word })
    }

    /// The word behind one, seen from the finding.
    fn then(&self, word: usize) -> Option<usize> {
        next(self.reading, self.side, word)
    }

    /// What stands between the word and the one behind it, and between it and the finding.
    fn gaps(&self) -> (u64, u64) {
        let before = |i: usize| self.reading.tokens.get(i).map_or(Gap::Break, |t| t.gap) as u64;
        let (left, right) = (before(self.word), before(self.word + 1));
        if self.side == Side::Left { (left, right) } else { (right, left) }
    }

    /// Tells what is weighed, each for the category and for all.
    fn features(&self, spellings: &Spellings, behind: Option<&Finding>, put: &mut impl FnMut(u32)) {
        let (reading, finding) = (self.reading, self.finding);
        let own = (finding.category as u64 + 2).wrapping_mul(K);
        let mut both = |sort: u64, value: u64| {
            let seed = (sort << 8 | self.side as u64).wrapping_mul(K);
            for category in [own, K] {
                let h = blend(seed.wrapping_add(category), value).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                put((h >> 32) as u32);
            }
        };
        let spelled = |i: Option<usize>| i.map_or(Spelled::default(), |i| spellings.of(reading, i));
        let (edge, far) = if self.side == Side::Left { self.ends } else { (self.ends.1, self.ends.0) };
        let across = next(reading, self.side.other(), far);
        let beyond = self.then(self.word);
        let further = spelled(beyond.and_then(|i| self.then(i)));
        let (edge, word, beyond, across) =
            (spelled(Some(edge)), spelled(Some(self.word)), spelled(beyond), spelled(across));
        let (gap, inner) = self.gaps();
        let step = self.step.min(MANY) as u64;
        both(0, step);
        both(1, inner << 3 | gap);
        both(2, inner << 3 | step);
        // The word, the ones around it, and each with the other.
        both(3, word.word);
        both(4, word.start);
        both(5, word.end);
        both(6, beyond.word);
        both(7, beyond.start);
        both(8, beyond.end);
        both(9, further.start);
        both(10, edge.word);
        both(11, edge.end);
        both(12, across.word);
        both(13, blend(edge.word, word.word));
        both(14, blend(edge.start, word.start));
        both(15, blend(edge.word, beyond.word));
        both(16, blend(word.word, beyond.word));
        both(17, blend(word.start, beyond.start));
        both(18, blend(word.word, gap));
        let token = &reading.tokens[self.word];
        both(19, u64::from(token.capital) | u64::from(token.shouting) << 1);
        both(20, u64::from(token.end - token.start).min(12));
        let left = successors(self.then(self.word), |i| self.then(*i)).take(MANY).count() as u64;
        both(21, left);
        both(22, left << 3 | step);
        // The finding.
        let entry = finding.term.map(|t| reading.lexicons.term(t));
        let list = entry.map_or(1, |e| letters(e.list.spelled()));
        let entry = entry.map_or(1, |e| letters(e.spelled()));
        both(23, list);
        both(24, entry);
        both(25, blend(list, word.word));
        both(26, blend(entry, word.word));
        both(27, blend(entry, word.start));
        both(28, finding.kind.map_or(0, |k| letters(k.id().as_bytes())));
        let words = (self.ends.1 + 1 - self.ends.0).min(MANY) as u64;
        both(29, words << 1 | u64::from(finding.term.is_none()));
        // What else is known.
        let behind = behind.map_or(0, |f| match f.category {
            c if c == finding.category => 1,
            c if c.group() == Group::Identifiers => 2,
            _ => 3,
        });
        both(30, behind);
        both(31, blend(word.word, behind));
        both(32, reading.situation.place as u64);
        both(33, u64::from(token.says(Says::TERM)));
        if token.says(Says::TELLS.or(Says::NAME)) {
            reading.tells(self.word).for_each(|hit| match hit {
                Hit::Cue(cue, lang) if reading.langs.has(lang) && cue < Cue::IdHeader => both(34, cue as u64),
                Hit::Name(name) => both(35, u64::from(name.class)),
                _ => {}
            });
        }
    }
}

impl Side {
    fn other(self) -> Self {
        if self == Self::Left { Self::Right } else { Self::Left }
    }
}

/// The next word of the sentence on a side.
fn next(reading: &Reading<'_>, side: Side, word: usize) -> Option<usize> {
    let parted = |i: usize| reading.tokens.get(i).is_none_or(|t| t.gap == Gap::Break);
    match side {
        Side::Left => (!parted(word)).then(|| word - 1),
        Side::Right => (!parted(word + 1)).then_some(word + 1),
    }
}
