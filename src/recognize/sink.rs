//! Where recognizers put what they find.

use super::weigh::Why;
use crate::model::{Candidate, Category, Finding, Group, Langs, Reason, Span};

/// Bytes of the longest number, e-mail or postal address that is looked for behind a place.
const LONGEST_CLAIM: usize = 512;

/// How a lexicon entry was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As a word.
    Word,
    /// As a part of a compound.
    Part,
    /// As several words.
    Phrase,
    /// No entry: a word, or a pair of words, that begins like what marked records mark.
    Like,
}

/// A lexicon entry met in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    /// Its index in `findings`.
    pub(super) at: usize,
    pub(super) form: Form,
    pub(super) weak: bool,
    /// How surely marked records mark its words, if that is what proposes it.
    pub(super) level: u8,
}

/// Findings so far and, when somebody asks why, the candidates let go.
#[derive(Debug, Default)]
pub struct Sink {
    /// Kept candidates.
    pub findings: Vec<Finding>,
    /// Candidates let go, with the reason; stays empty unless `explain` was asked for.
    pub dropped: Vec<Candidate>,
    /// Spans of `not:` entries, with their category, for context and overlap.
    pub(super) harmless: Vec<(Span, Category)>,
    /// The entries of lexicons among `findings`, in their order, until context settles them.
    pub(super) terms: Vec<Met>,
    /// What spoke for and against each term; stays empty unless `explain` was asked for.
    pub why: Vec<Why>,
    /// The languages the text was read in.
    pub langs: Langs,
    /// Spans of numbers and addresses in order of their start, so that later recognizers pass over them.
    claims: Vec<(Span, Category)>,
    explain: bool,
}

impl Sink {
    /// An empty sink.
    pub fn new(explain: bool) -> Self {
        Self { explain, ..Self::default() }
    }

    /// Keeps a candidate.
    pub fn keep(&mut self, finding: Finding) {
        if finding.category.group() == Group::Identifiers && finding.category != Category::Name {
            let at = self.claims.partition_point(|(claim, _)| claim.start <= finding.span.start);
            self.claims.insert(at, (finding.span, finding.category));
        }
        self.findings.push(finding);
    }

    /// Whether somebody asks why.
    pub(super) fn explains(&self) -> bool {
        self.explain
    }

    /// Lets a candidate go.
    pub fn drop(&mut self, finding: Finding, reason: Reason) {
        if self.explain {
            self.dropped.push(Candidate { finding, reason });
        }
    }

    /// Lets go every finding for which `reason` has one.
    pub(super) fn sift(&mut self, mut reason: impl FnMut(usize, &Finding) -> Option<Reason>) {
        let findings = std::mem::take(&mut self.findings);
        for (i, finding) in findings.into_iter().enumerate() {
            match reason(i, &finding) {
                Some(reason) => self.drop(finding, reason),
                None => self.findings.push(finding),
            }
        }
    }

    /// Whether a number or address of these categories, already kept, overlaps the span.
    pub(super) fn taken(&self, span: Span, categories: &[Category]) -> bool {
        let before = self.claims.partition_point(|(claim, _)| claim.start < span.end);
        let near = self.claims[..before].iter().rev().take_while(|(claim, _)| claim.start + LONGEST_CLAIM > span.start);
        near.into_iter().any(|(claim, category)| claim.overlaps(span) && categories.contains(category))
    }
}
