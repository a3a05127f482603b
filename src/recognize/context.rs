//! What stands around a term: `not:` entries that cover it, words that make a weak term count, sentences that speak of
//! a subject in general.

use super::reading::Reading;
use super::sink::Sink;
use super::terms::covered;
use crate::lexicon::{Cue, Hit, Says};
use crate::model::{Category, Group, Reason, Span};
use std::collections::HashSet;

/// Lets go the terms that their surroundings unmake.
pub(super) fn settle(reading: &Reading<'_>, sink: &mut Sink) {
    if sink.findings.iter().all(|f| f.term.is_none()) {
        return;
    }
    let sentences = sentences(reading, sink);
    let weak = std::mem::take(&mut sink.weak);
    let mut harmless = std::mem::take(&mut sink.harmless);
    harmless.sort();
    let sentence_of = |span: Span| {
        let i = reading.token_from(span.start).min(reading.tokens.len().saturating_sub(1));
        reading.tokens.get(i).map_or(0, |t| t.sentence as usize)
    };
    let strong: HashSet<(usize, Category)> = sink
        .findings
        .iter()
        .enumerate()
        .filter(|(i, f)| f.term.is_some() && weak.binary_search(i).is_err() && covered(f, &harmless).is_none())
        .map(|(_, f)| (sentence_of(f.span), f.category))
        .collect();
    let absence = reading.situation.place.is_absence();
    sink.sift(|i, finding| {
        finding.term?;
        if let Some(reason) = covered(finding, &harmless) {
            return Some(reason);
        }
        let at = sentence_of(finding.span);
        let sentence = &sentences[at];
        if weak.binary_search(&i).is_ok() {
            let supported = sentence.context & (1 << finding.category as u32) != 0
                || strong.contains(&(at, finding.category))
                || (absence && finding.category == Category::Health);
            if !supported {
                return Some(Reason::WeakAlone);
            }
        }
        // A grade or a level in a subject names the subject; that is no teaching about grades.
        let graded = finding.category == Category::Assessment && finding.kind.is_some();
        let general = sentence.topic && !sentence.person && !absence && !graded;
        general.then_some(Reason::GeneralTopic)
    });
}

#[derive(Default, Clone)]
struct Sentence {
    /// Somebody is spoken of: a pronoun, a relative, a role, a name.
    person: bool,
    /// A subject is spoken of: teaching, information, an event.
    topic: bool,
    /// Categories with a context word here, one bit each.
    context: u32,
}

fn sentences(reading: &Reading<'_>, sink: &Sink) -> Vec<Sentence> {
    let count = reading.tokens.last().map_or(0, |t| t.sentence as usize + 1);
    let mut out = vec![Sentence::default(); count];
    for i in (0..reading.tokens.len()).filter(|i| reading.tokens[*i].says(Says::CUE.or(Says::CONTEXT))) {
        let sentence = &mut out[reading.tokens[i].sentence as usize];
        for (_, hit) in reading.hits(i) {
            match hit {
                Hit::Cue(Cue::Person | Cue::Kin, lang) if reading.langs.has(lang) => sentence.person = true,
                Hit::Cue(Cue::Topic, lang) if reading.langs.has(lang) => sentence.topic = true,
                Hit::Context(category, lang) if reading.langs.has(lang) => sentence.context |= 1 << category as u32,
                _ => {}
            }
        }
    }
    for finding in &sink.findings {
        if finding.category.group() == Group::Identifiers {
            let i = reading.token_from(finding.span.start).min(reading.tokens.len().saturating_sub(1));
            if let Some(token) = reading.tokens.get(i) {
                out[token.sentence as usize].person = true;
            }
        }
    }
    out
}
