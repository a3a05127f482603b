//! Where recognizers put what they find.

use crate::model::{Candidate, Category, Finding, Langs, Reason, Span};

/// Findings so far and, when somebody asks why, the candidates let go.
#[derive(Debug, Default)]
pub struct Sink {
    /// Kept candidates.
    pub findings: Vec<Finding>,
    /// Candidates let go, with the reason; stays empty unless `explain` was asked for.
    pub dropped: Vec<Candidate>,
    /// Spans of `not:` entries, with their category, for context and overlap.
    pub(super) harmless: Vec<(Span, Category)>,
    /// Indices into `findings` of weak terms, until context settles them.
    pub(super) weak: Vec<usize>,
    /// The languages the text was read in.
    pub langs: Langs,
    explain: bool,
}

impl Sink {
    /// An empty sink.
    pub fn new(explain: bool) -> Self {
        Self { explain, ..Self::default() }
    }

    /// Keeps a candidate.
    pub fn keep(&mut self, finding: Finding) {
        self.findings.push(finding);
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

    /// Whether a kept finding of these categories overlaps the span.
    pub(super) fn taken(&self, span: Span, categories: &[Category]) -> bool {
        self.findings.iter().any(|f| categories.contains(&f.category) && f.span.overlaps(span))
    }
}
