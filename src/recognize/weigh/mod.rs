//! Whether a term is about somebody, as marked records teach: everything around it has a weight for or against.
//!
//! A logistic regression over hashed features. The lexicons propose, weak terms included; the weights decide. What a site's
//! own lists find is found, and so is what must never be missed (`certain`).

mod alike;
mod extent;
mod features;
mod spelling;
mod weights;
mod why;

pub use alike::{Alike, Key, Marked};
pub use extent::Asked;
pub use features::{Feature, Template};
pub use weights::{BITS, EXTENT_BITS, Head, Weights};
pub use why::{Weight, Why};

pub(super) use extent::extend;
pub(super) use spelling::Spellings;

use super::context::{Case, Scene};
use super::reading::Reading;
use super::sink::{Form, Met, Sink};
use super::tokens::{Gap, Token};
use super::{OWN, by_place};
use crate::model::{Category, Finding, Group, Langs, Reason, Span};
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::LazyLock;

/// The categories that are weighed, from the first on.
pub const FIRST: usize = Category::Health as usize;
/// Their number.
pub const CATEGORIES: usize = Category::ALL.len() - FIRST;

/// Findings of one category that begin before a word and may reach into it: looked at from the nearest on.
const OVERLAPPING: usize = 4;

/// Adds words, and pairs of words, that no list knows and that begin like what is marked as a category.
pub(super) fn propose(reading: &Reading<'_>, sink: &mut Sink, alike: &Alike) {
    let mut marked: Vec<(Span, Marked)> = Vec::new();
    let text = reading.text().as_bytes();
    let word = |t: &Token| &text[t.start as usize..t.end as usize];
    for (i, token) in reading.tokens.iter().enumerate() {
        if let Some(m) = alike.word(word(token), reading.langs) {
            marked.push((reading.span(i, i), Marked { level: m.level + WORD, ..m }));
        }
        if let Some(next) = reading.tokens.get(i + 1).filter(|t| t.gap == Gap::Space)
            && let Some(m) = alike.pair(word(token), word(next), reading.langs)
        {
            marked.push((reading.span(i, i + 1), Marked { level: m.level + PAIR, ..m }));
        }
    }
    if marked.is_empty() {
        return;
    }
    let mut known: Vec<(Category, Span)> = sink.findings.iter().map(|f| (f.category, f.span)).collect();
    known.sort_unstable();
    // A name, a number, an address discloses nothing else.
    let identifier = |k: &&(Category, Span)| k.0.group() == Group::Identifiers;
    let mut claimed: Vec<Span> = known.iter().filter(identifier).map(|k| k.1).collect();
    claimed.sort_unstable();
    let is_claimed = |span: Span| {
        let before = claimed.partition_point(|c| c.start < span.end);
        claimed[..before].iter().rev().take(OVERLAPPING).any(|c| c.overlaps(span))
    };
    for (span, Marked { category, level }) in marked.into_iter().filter(|(span, _)| !is_claimed(*span)) {
        let before = known.partition_point(|k| *k < (category, Span::new(span.end, span.end)));
        if known[..before].iter().rev().take(OVERLAPPING).any(|(c, s)| *c == category && s.overlaps(span)) {
            continue;
        }
        sink.terms.push(Met { at: sink.findings.len(), form: Form::Like, weak: true, level });
        let recognizer = name(reading.langs, category);
        sink.keep(Finding { span, category, kind: None, confidence: 0.7, recognizer, term: None });
    }
}

/// Levels of words and of pairs begin here.
pub(super) const WORD: u8 = 1;
const PAIR: u8 = 17;

/// What finds a word that no list knows, as findings carry it.
fn name(langs: Langs, category: Category) -> Cow<'static, str> {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let of = |lang: &'static str| Category::ALL.iter().map(move |c| format!("weights:{lang}/{}", c.id()));
        ["sv", "da", "sv+da"].into_iter().flat_map(of).collect()
    });
    let lang = langs.one().map_or(2, |l| l as usize);
    Cow::Borrowed(&NAMES[lang * Category::ALL.len() + category as usize])
}

/// How much surer the weights must be of words that no list knows. Marked records hold little of what fills books and papers,
/// and there such words are nearly always harmless.
const SURER: f32 = 1.0;

/// How much surer they must be of ambiguous words: what a person seldom is and things often are.
const SURER_WEAK: f32 = 0.4;

/// What a word that no list knows must have reached by itself and its neighbours for the rest to be weighed. Two thirds of
/// them do not, and among those one or two in a hundred of the words that would have been kept.
const HOPELESS: f32 = -1.5;

/// Why a term is let go, if it is.
pub(super) fn decide(
    weights: &Weights,
    reading: &Reading<'_>,
    sink: &mut Sink,
    scene: &Scene,
    number: usize,
) -> Option<Reason> {
    let case = &scene.cases[number];
    let finding = &sink.findings[case.at];
    if certain(reading, scene, case, finding) {
        return None;
    }
    let (sum, weight) = (Cell::new(0), weights.table());
    let score = || weights.score(sum.get(), finding.category);
    let hopeful = || case.form != Form::Like || score() >= HOPELESS;
    let mut add = |f: Feature| sum.set(sum.get() + weight(f.hash));
    features::features(reading, sink, scene, number, &mut add, hopeful);
    let score = score();
    if sink.explains() {
        let why = why::weigh(weights, reading, sink, scene, number);
        sink.why.push(why);
    }
    // What a rule would say, too, is the plainer word for it.
    let least = match (case.form, case.weak) {
        (Form::Like, _) => SURER,
        (_, true) => SURER_WEAK,
        _ => 0.0,
    };
    (score < least).then(|| case.ruled().unwrap_or(Reason::Surroundings))
}

/// Joins words that no list knows to the finding of their category directly beside them: ‘ont i’, ‘magen’.
pub(super) fn join(reading: &Reading<'_>, sink: &mut Sink) {
    let like = |f: &Finding| f.recognizer.starts_with("weights:");
    if !sink.findings.iter().any(like) {
        return;
    }
    let mut findings = std::mem::take(&mut sink.findings);
    findings.sort_by(by_place);
    for finding in findings {
        let beside = |f: &&mut Finding| {
            f.category == finding.category
                && (like(f) || like(&finding))
                && f.span.end <= finding.span.start
                && joins(reading, f.span.end, finding.span.start)
        };
        match sink.findings.iter_mut().rev().take(4).find(beside) {
            Some(first) => {
                first.span.end = finding.span.end;
                if first.term.is_none() {
                    (first.term, first.kind, first.recognizer) = (finding.term, finding.kind, finding.recognizer);
                }
                first.confidence = first.confidence.max(finding.confidence);
            }
            None => sink.findings.push(finding),
        }
    }
}

/// How likely the words up to one must belong to a finding: a few beside a long one, and so many that what was found is
/// less than a third of the whole.
const LIKELY: f32 = 0.55;
const LIKELY_LONG: f32 = 0.8;

/// Adds to findings the words around them that belong to what they say.
pub(super) fn complete(weights: &Weights, reading: &Reading<'_>, sink: &mut Sink) {
    let mut likely = 1.0;
    extend(reading, sink, |asked| {
        likely = weights.belongs(asked.features) * if asked.step == 1 { 1.0 } else { likely };
        let whole = asked.span.end.max(asked.word.end) - asked.span.start.min(asked.word.start);
        likely > if whole > 3 * asked.found { LIKELY_LONG } else { LIKELY }
    });
}

/// Whether nothing but a blank, or one short word, parts two places of a text.
fn joins(reading: &Reading<'_>, from: usize, to: usize) -> bool {
    const SHORT: usize = 3;
    let between = &reading.text()[from..to];
    let word = between.trim_matches(' ');
    word.len() <= SHORT && word.chars().all(char::is_alphabetic) && between.len() <= word.len() + 2
}

/// Whether a name is told directly before a term: ‘Tuva har migrän’.
fn beside_name(reading: &Reading<'_>, scene: &Scene, case: &Case) -> bool {
    let from = case.first.saturating_sub(2);
    let joined = (from + 1..=case.first).all(|i| reading.tokens[i].gap == Gap::Space);
    joined && (from..case.first).any(|i| scene.names.binary_search_by_key(&i, |n| n.1).is_ok())
}

/// Words of a text that is believed when it says something plainly.
const BRIEF: usize = 6;

/// Words of a line that is believed so: ‘Har epilepsi’ in a list.
const BRIEF_LINE: usize = 4;

/// Whether a term stands in a line of a few words, one of several.
fn in_brief_line(reading: &Reading<'_>, case: &Case) -> bool {
    let ends = |i: usize| matches!(reading.tokens[i].gap, Gap::Line | Gap::Break);
    let before = (1..=case.first).rev().take_while(|i| !ends(*i)).take(BRIEF_LINE).count();
    let after = (case.last + 1..reading.tokens.len()).take_while(|i| !ends(*i)).take(BRIEF_LINE).count();
    before + after + case.last - case.first < BRIEF_LINE && reading.text().contains('\n')
}

/// Whether a term counts whatever its weights: a strong one of the site's own lists, a protected identity, a reason for
/// an absence, what is said plainly of a name or in a text of a few words. A subject that is spoken of in general is not.
fn certain(reading: &Reading<'_>, scene: &Scene, case: &Case, finding: &Finding) -> bool {
    let own = !case.weak && finding.term.is_some_and(|t| t & OWN != 0);
    if own || case.ruled().is_some() || case.form == Form::Like {
        return own;
    }
    let protected = finding.kind.is_some_and(|k| k.id() == "social.protected_identity");
    let named = !case.weak && case.form != Form::Part && beside_name(reading, scene, case);
    let absent = !case.weak && reading.situation.place.is_absence() && finding.category == Category::Health;
    let health = !case.weak && case.form != Form::Part && finding.category == Category::Health;
    protected || named || absent || health && in_brief_line(reading, case) || reading.tokens.len() <= BRIEF
}

/// A term with all that is weighed: what training learns from.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Where, in the text as written.
    pub span: Span,
    /// What it would disclose.
    pub category: Category,
    /// Whether it counts whatever its surroundings.
    pub certain: bool,
    /// Its features.
    pub features: Vec<Feature>,
}

/// The terms of a text with their features.
pub(super) fn observe(reading: &Reading<'_>, sink: &mut Sink, alike: &Alike) -> Vec<Observed> {
    propose(reading, sink, alike);
    if sink.terms.is_empty() {
        return Vec::new();
    }
    let scene = Scene::new(reading, sink, Some(alike));
    let one = |(number, case): (usize, &Case)| {
        let finding = &sink.findings[case.at];
        let mut features = Vec::new();
        features::features(reading, sink, &scene, number, &mut |f| features.push(f), || true);
        let certain = certain(reading, &scene, case, finding);
        Observed { span: reading.original(finding.span), category: finding.category, certain, features }
    };
    scene.cases.iter().enumerate().filter(|(_, c)| !c.covered).map(one).collect()
}
