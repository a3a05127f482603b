//! What is only good to have: one question a note, never a redaction.

use super::rules::FieldRules;
use crate::model::{Action, Category, Decision, Place, Span};

/// Asks whether something is needed: a second contact of the same person, the number of a relative, a number beside
/// the name it belongs to, civil status. `kin` tells whether a stretch of the text speaks of a relative.
pub fn needed(rules: &FieldRules, decisions: &mut [Decision], kin: &dyn Fn(Span) -> bool) {
    if !matches!(rules.place, Place::Note | Place::List) || rules.verbatim {
        return;
    }
    let Some((at, code)) = question(decisions, kin) else { return };
    let decision = &mut decisions[at];
    decision.action = decision.action.max(Action::Flag);
    decision.code = Some(code.into());
}

/// The first finding to ask about, with the code of the question.
fn question(decisions: &[Decision], kin: &dyn Fn(Span) -> bool) -> Option<(usize, &'static str)> {
    let of = |d: &Decision, c: Category| d.finding.category == c && !d.below_threshold && d.action <= Action::Flag;
    let number = |d: &Decision| of(d, Category::Personnummer) || of(d, Category::Cpr);
    if let Some(at) = decisions.iter().position(|d| number(d) && d.action == Action::Flag) {
        let start = decisions[at].finding.span.start;
        let before = decisions[..at].last().map_or(0, |d| d.finding.span.end.min(start));
        if kin(Span::new(before, start)) {
            return Some((at, "needed.relative"));
        }
        if decisions.iter().any(|d| of(d, Category::Name)) {
            return Some((at, "needed.number"));
        }
    }
    for category in [Category::Phone, Category::Email] {
        let mut before: Option<&Decision> = None;
        for (at, decision) in decisions.iter().enumerate().filter(|(_, d)| of(d, category)) {
            let between = before.map(|b| Span::new(b.finding.span.end, decision.finding.span.start));
            // Another person speaks for another contact.
            let same =
                |s: Span| !kin(s) && !decisions.iter().any(|d| of(d, Category::Name) && s.contains(d.finding.span));
            if between.is_some_and(|s| s.start <= s.end && same(s)) {
                return Some((at, "needed.contact"));
            }
            before = Some(decision);
        }
    }
    let civil =
        |d: &Decision| d.action == Action::Flag && d.finding.kind.is_some_and(|k| k.id() == "social.civil_status");
    decisions.iter().position(civil).map(|at| (at, "needed.status"))
}
