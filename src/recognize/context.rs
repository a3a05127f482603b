//! What stands around a term: `not:` entries that cover it, its sentence, who and what that speaks of. From this the
//! weights decide whether somebody is spoken of; where there are none, rules do.

use super::reading::Reading;
use super::sink::{Form, Met, Sink};
use super::terms::covered;
use super::weigh::{self, Alike};
use crate::lexicon::{Cue, Hit, Says};
use crate::model::{Category, Group, Reason, Span};

/// A text with the terms met in it.
pub(super) struct Scene {
    /// The sentences in which terms stand.
    pub(super) sentences: Vec<Sentence>,
    /// The terms, as they stand among the findings.
    pub(super) cases: Vec<Case>,
    /// First and last token of each name, in order.
    pub(super) names: Vec<(usize, usize)>,
    /// How the words near the terms are spelled.
    pub(super) spellings: weigh::Spellings,
}

/// What a sentence speaks of.
#[derive(Default, Clone)]
pub(super) struct Sentence {
    /// Its number in the text.
    pub(super) number: u32,
    /// Its tokens.
    pub(super) tokens: std::ops::Range<usize>,
    /// A pronoun or a role stands in it.
    pub(super) person: bool,
    /// A relative.
    pub(super) kin: bool,
    /// A name.
    pub(super) named: bool,
    /// Another identifier.
    pub(super) numbered: bool,
    /// A subject is spoken of: teaching, information, an event.
    pub(super) topic: bool,
    /// Categories with a context word here, one bit each.
    pub(super) context: u32,
    /// Categories with a strong term here, one bit each.
    pub(super) strong: u32,
}

impl Sentence {
    /// Whether somebody is spoken of.
    pub(super) fn somebody(&self) -> bool {
        self.person || self.kin || self.named || self.numbered
    }
}

/// A term in its surroundings.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// Its index among the findings.
    pub(super) at: usize,
    pub(super) form: Form,
    pub(super) weak: bool,
    /// How surely marked records mark its words as its category; 0 if they do not.
    pub(super) level: u8,
    /// Its first and last token.
    pub(super) first: usize,
    pub(super) last: usize,
    /// Its sentence, as an index into those of the scene.
    pub(super) sentence: usize,
    /// A `not:` entry covers it.
    pub(super) covered: bool,
    /// It is not weak, or something beside it makes it count.
    pub(super) supported: bool,
    /// Its sentence speaks of a subject in general.
    pub(super) general: bool,
}

impl Case {
    /// Why the rules let it go, if they do.
    pub(super) fn ruled(&self) -> Option<Reason> {
        if !self.supported {
            return Some(Reason::WeakAlone);
        }
        self.general.then_some(Reason::GeneralTopic)
    }
}

/// Lets go the terms that their surroundings unmake.
pub(super) fn settle(reading: &Reading<'_>, sink: &mut Sink) {
    if let Some(weights) = &reading.lexicons.weights {
        weigh::propose(reading, sink, &weights.alike);
    }
    if sink.terms.is_empty() {
        return;
    }
    let scene = Scene::new(reading, sink, reading.lexicons.weights.as_ref().map(|w| &w.alike));
    let mut reasons = vec![None; sink.findings.len()];
    for (number, case) in scene.cases.iter().enumerate() {
        reasons[case.at] = if case.covered {
            Some(Reason::NotTerm)
        } else {
            match &reading.lexicons.weights {
                // The longest of them speaks for all (see `longest`), and nobody asks why.
                Some(_) if !sink.explains() && beside_kept(sink, &scene, &reasons, number, number) => None,
                Some(weights) => weigh::decide(weights, reading, sink, &scene, number),
                None => case.ruled(),
            }
        };
    }
    longest(sink, &scene, &mut reasons);
    sink.sift(|i, _| reasons[i]);
    weigh::join(reading, sink);
}

/// Terms of one category on the same words stand or fall together, so that the longest speaks.
fn longest(sink: &Sink, scene: &Scene, reasons: &mut [Option<Reason>]) {
    for (number, case) in scene.cases.iter().enumerate() {
        if case.covered || reasons[case.at].is_none() {
            continue;
        }
        if beside_kept(sink, scene, reasons, number, scene.cases.len()) {
            reasons[case.at] = None;
        }
    }
}

/// Whether a term of the same category on the same words, one of the first `decided` terms, is kept.
fn beside_kept(sink: &Sink, scene: &Scene, reasons: &[Option<Reason>], number: usize, decided: usize) -> bool {
    let finding = &sink.findings[scene.cases[number].at];
    let near = number.saturating_sub(OVERLAPPING)..(number + 1 + OVERLAPPING).min(decided);
    scene.cases[near].iter().any(|c| {
        let other = &sink.findings[c.at];
        reasons[c.at].is_none() && other.category == finding.category && other.span.overlaps(finding.span)
    })
}

/// Terms before and after one that may lie on the same words.
const OVERLAPPING: usize = 4;

impl Scene {
    /// Looks around the terms of a sink, which are taken out of it.
    pub(super) fn new(reading: &Reading<'_>, sink: &mut Sink, alike: Option<&Alike>) -> Self {
        let mut terms = std::mem::take(&mut sink.terms);
        terms.sort_by_key(|t| sink.findings[t.at].span.start);
        let mut harmless = std::mem::take(&mut sink.harmless);
        harmless.sort();
        let mut sentences: Vec<Sentence> = Vec::new();
        let mut cases = Vec::with_capacity(terms.len());
        for met in terms {
            let finding = &sink.findings[met.at];
            let (first, last) = tokens_of(reading, finding.span);
            let number = reading.tokens[first].sentence;
            if sentences.last().is_none_or(|s| s.number != number) {
                sentences.push(words(reading, number, first));
            }
            let covered = covered(finding, &harmless).is_some();
            let sentence = sentences.len() - 1;
            if !met.weak && !covered {
                sentences[sentence].strong |= 1 << finding.category as u32;
            }
            let Met { at, form, weak, mut level } = met;
            if let Some(alike) = alike.filter(|_| form != Form::Like) {
                level = marked(reading, (first, last), finding.category, alike);
            }
            cases.push(Case { at, form, weak, level, first, last, sentence, covered, supported: true, general: false });
        }
        let mut names = Vec::new();
        for finding in sink.findings.iter().filter(|f| f.category.group() == Group::Identifiers) {
            let (first, last) = tokens_of(reading, finding.span);
            let named = finding.category == Category::Name;
            if named {
                names.push((first, last));
            }
            let at = sentences.partition_point(|s| s.tokens.end <= first);
            if let Some(sentence) = sentences.get_mut(at).filter(|s| s.tokens.start <= first) {
                sentence.named |= named;
                sentence.numbered |= !named;
            }
        }
        names.sort_unstable();
        let absence = reading.situation.place.is_absence();
        for case in &mut cases {
            let (finding, sentence) = (&sink.findings[case.at], &sentences[case.sentence]);
            let bit = 1 << finding.category as u32;
            case.supported = !case.weak
                || (sentence.context | sentence.strong) & bit != 0
                || (absence && finding.category == Category::Health);
            // A grade or a level in a subject names the subject; that is no teaching about grades.
            let graded = finding.category == Category::Assessment && finding.kind.is_some();
            case.general = sentence.topic && !sentence.somebody() && !absence && !graded;
        }
        Self { sentences, cases, names, spellings: weigh::Spellings::default() }
    }
}

/// How surely marked records mark the words of a term as its category.
fn marked(reading: &Reading<'_>, (first, last): (usize, usize), category: Category, alike: &Alike) -> u8 {
    let of = |i| alike.word(reading.word(i).as_bytes(), reading.langs).filter(|m| m.category == category);
    (first..=last).filter_map(of).map(|m| m.level + weigh::WORD).max().unwrap_or(0)
}

/// The first and the last token of a span.
fn tokens_of(reading: &Reading<'_>, span: Span) -> (usize, usize) {
    let first = reading.tokens.partition_point(|t| (t.end as usize) <= span.start).min(reading.tokens.len() - 1);
    let more = reading.tokens[first + 1..].iter().take_while(|t| (t.start as usize) < span.end).count();
    (first, first + more)
}

/// What the words of the sentence say in which token `inside` stands.
fn words(reading: &Reading<'_>, number: u32, inside: usize) -> Sentence {
    let before = reading.tokens[..inside].iter().rev().take_while(|t| t.sentence == number).count();
    let after = reading.tokens[inside..].iter().take_while(|t| t.sentence == number).count();
    let tokens = inside - before..inside + after;
    let mut out = Sentence { number, tokens: tokens.clone(), ..Sentence::default() };
    for i in tokens.filter(|i| reading.tokens[*i].says(Says::TELLS.or(Says::CONTEXT))) {
        reading.tells(i).for_each(|hit| match hit {
            Hit::Cue(Cue::Person, lang) if reading.langs.has(lang) => out.person = true,
            Hit::Cue(Cue::Kin, lang) if reading.langs.has(lang) => out.kin = true,
            Hit::Cue(Cue::Topic, lang) if reading.langs.has(lang) => out.topic = true,
            Hit::Context(category, lang) if reading.langs.has(lang) => out.context |= 1 << category as u32,
            _ => {}
        });
    }
    out
}
