//! What stands around a term: `not:` entries that cover it, words that make a weak term count, sentences that speak of
//! a subject in general.

use super::reading::Reading;
use super::sink::Sink;
use super::terms::covered;
use crate::lexicon::{Cue, Hit, Says};
use crate::model::{Category, Finding, Group, Reason, Span};

/// Lets go the terms that their surroundings unmake.
pub(super) fn settle(reading: &Reading<'_>, sink: &mut Sink) {
    if sink.findings.iter().all(|f| f.term.is_none()) {
        return;
    }
    let sentences = sentences(reading, sink);
    let weak = std::mem::take(&mut sink.weak);
    let mut harmless = std::mem::take(&mut sink.harmless);
    harmless.sort();
    let sentence_of = |span: Span| sentence_at(reading, span);
    let mut strong: Vec<(u32, Category)> = sink
        .findings
        .iter()
        .enumerate()
        .filter(|(i, f)| f.term.is_some() && weak.binary_search(i).is_err() && covered(f, &harmless).is_none())
        .map(|(_, f)| (sentence_of(f.span), f.category))
        .collect();
    strong.sort_unstable();
    let absence = reading.situation.place.is_absence();
    sink.sift(|i, finding| {
        finding.term?;
        if let Some(reason) = covered(finding, &harmless) {
            return Some(reason);
        }
        let at = sentence_of(finding.span);
        let sentence = &sentences[sentences.partition_point(|(n, _)| *n < at)].1;
        if weak.binary_search(&i).is_ok() {
            let supported = sentence.context & (1 << finding.category as u32) != 0
                || strong.binary_search(&(at, finding.category)).is_ok()
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

/// What the words of the sentences say in which terms were found; the others do not matter.
fn sentences(reading: &Reading<'_>, sink: &Sink) -> Vec<(u32, Sentence)> {
    let sentence_of = |f: &Finding| sentence_at(reading, f.span);
    let mut numbers: Vec<u32> = sink.findings.iter().filter(|f| f.term.is_some()).map(sentence_of).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut out: Vec<(u32, Sentence)> = numbers.into_iter().map(|n| (n, words(reading, n))).collect();
    for finding in sink.findings.iter().filter(|f| f.category.group() == Group::Identifiers) {
        if let Ok(i) = out.binary_search_by_key(&sentence_of(finding), |(n, _)| *n) {
            out[i].1.person = true;
        }
    }
    out
}

/// Number of the sentence in which a span begins.
fn sentence_at(reading: &Reading<'_>, span: Span) -> u32 {
    let i = reading.token_from(span.start).min(reading.tokens.len().saturating_sub(1));
    reading.tokens.get(i).map_or(0, |t| t.sentence)
}

fn words(reading: &Reading<'_>, sentence: u32) -> Sentence {
    let mut out = Sentence::default();
    let first = reading.tokens.partition_point(|t| t.sentence < sentence);
    let tokens = reading.tokens[first..].iter().take_while(|t| t.sentence == sentence);
    for (i, _) in tokens.enumerate().filter(|(_, t)| t.says(Says::TELLS.or(Says::CONTEXT))) {
        for (_, hit) in reading.hits(first + i) {
            match hit {
                Hit::Cue(Cue::Person | Cue::Kin, lang) if reading.langs.has(lang) => out.person = true,
                Hit::Cue(Cue::Topic, lang) if reading.langs.has(lang) => out.topic = true,
                Hit::Context(category, lang) if reading.langs.has(lang) => out.context |= 1 << category as u32,
                _ => {}
            }
        }
    }
    out
}
