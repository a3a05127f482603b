//! Why a term was kept or let go: the features with the largest weights, for and against.

use super::features::{Template, features};
use super::weights::Weights;
use super::{Reading, Scene, Sink};
use crate::model::{Category, Span};
use std::collections::BTreeMap;

/// What spoke for and against a term.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// The term, in the text as written.
    pub span: Span,
    /// Its category.
    pub category: Category,
    /// The weightiest, the strongest for it first.
    pub weights: Vec<Weight>,
}

/// How much something speaks for a term, below zero against it.
#[derive(Debug, Clone, PartialEq)]
pub struct Weight {
    /// What.
    pub what: Template,
    /// The word it looks at, in the text as written.
    pub at: Option<Span>,
    /// How much.
    pub weight: f32,
}

/// Weights told on each side.
const TOLD: usize = 3;

/// What speaks for and against a term.
pub(super) fn weigh(weights: &Weights, reading: &Reading<'_>, sink: &Sink, scene: &Scene, number: usize) -> Why {
    let finding = &sink.findings[scene.cases[number].at];
    let mut sums: BTreeMap<(u8, Option<usize>), (Template, i32)> = BTreeMap::new();
    features(
        reading,
        sink,
        scene,
        number,
        &mut |f| {
            let what = f.template.told_as();
            sums.entry((what as u8, f.token)).or_insert((what, 0)).1 += weights.of(f.hash);
        },
        || true,
    );
    let mut all: Vec<_> = sums.into_iter().map(|((_, token), (what, sum))| (sum, what, token)).collect();
    all.sort_by_key(|(sum, what, token)| (-*sum, *what as u8, *token));
    let pro = all.iter().take(TOLD).filter(|w| w.0 > 0);
    let con = all.iter().rev().take(TOLD).filter(|w| w.0 < 0);
    let told = |(sum, what, token): &(i32, Template, Option<usize>)| Weight {
        what: *what,
        at: token.map(|i| reading.original(reading.span(i, i))),
        weight: *sum as f32 * weights.scale,
    };
    let weights = pro.chain(con).map(told).collect();
    Why { span: reading.original(finding.span), category: finding.category, weights }
}

impl Template {
    /// The sort under which a feature is told.
    const fn told_as(self) -> Self {
        match self {
            Self::Always | Self::Form | Self::List | Self::Letters | Self::Case => Self::Entry,
            Self::Beside | Self::BesideList | Self::BesideEntry | Self::Cue => Self::Near,
            Self::Elsewhere | Self::Ruled => Self::About,
            _ => self,
        }
    }
}
