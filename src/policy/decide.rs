//! Findings to decisions, by the rules of their field.

use super::rules::{Combination, FieldRules, Policy};
use crate::model::{Action, Decision, Finding, Place, Sign, Topic};

/// What a marked record says beside its texts.
const PROTECTED_IDENTITY: &str = "social.protected_identity";

/// A text while it is decided.
pub struct Decided<'a> {
    /// Every finding with its action.
    pub decisions: Vec<Decision>,
    /// The combination that refuses the text and says nothing but whom to call.
    pub silenced: Option<&'a Combination>,
}

/// Whether a finding says that a person's identity is protected.
pub fn protects(decision: &Decision) -> bool {
    !decision.below_threshold && decision.finding.kind.is_some_and(|k| k.id() == PROTECTED_IDENTITY)
}

/// Decides about the findings of one text. A finding below the reporting threshold is allowed; in a verbatim field
/// everything is. `marked` tells that the text belongs to a person whose identity is protected, `sign` whether it says
/// what is no finding; it is asked only where a combination turns on it.
pub fn decide<'a>(
    policy: &'a Policy,
    rules: &FieldRules,
    findings: Vec<Finding>,
    marked: bool,
    sign: &dyn Fn(Sign) -> bool,
) -> Decided<'a> {
    let mut decisions: Vec<Decision> = findings
        .into_iter()
        .map(|finding| {
            let rule = rules.index(finding.category, finding.kind);
            let resolved = rules.rule(rule);
            let below_threshold = finding.confidence < resolved.min_confidence;
            let action = if rules.verbatim || below_threshold { Action::Allow } else { resolved.rule.action };
            Decision { finding, action, rule, below_threshold, code: None }
        })
        .collect();
    let mut silenced = None;
    if rules.verbatim || decisions.is_empty() {
        return Decided { decisions, silenced };
    }
    for combination in policy.combinations.iter().filter(|c| c.places.is_empty() || c.places.contains(&rules.place)) {
        if !holds(combination, &decisions, marked, sign) {
            continue;
        }
        let action = match rules.place {
            // A health journal must know its patient: there a combination is reported, not refused.
            Place::Journal => combination.action.min(Action::Flag),
            // A name of a file cannot be refused, only replaced.
            Place::Filename => combination.action.min(Action::Redact),
            _ => combination.action,
        };
        for decision in decisions.iter_mut().filter(|d| part(combination, d).is_some()) {
            if action > decision.action && action == combination.action {
                decision.code = combination.code.clone().map(Into::into);
            }
            decision.action = decision.action.max(action);
        }
        if combination.silent && action == Action::Block {
            silenced = silenced.or(Some(combination));
        }
    }
    Decided { decisions, silenced }
}

/// The topic of a combination that a decision fulfils: the finest, so that one finding is not two of them.
fn part(combination: &Combination, decision: &Decision) -> Option<Topic> {
    let topics = Topic::of(decision.finding.category, decision.finding.kind);
    topics.filter(|_| !decision.below_threshold).find(|t| combination.when.contains(t))
}

fn holds(combination: &Combination, decisions: &[Decision], marked: bool, sign: &dyn Fn(Sign) -> bool) -> bool {
    let marker = |t: &Topic| t.id() == PROTECTED_IDENTITY;
    let about = combination.when.iter().any(marker) && marked;
    // The record of a protected person leads to that person: what marks it needs nothing more in its own text.
    if about && decisions.iter().any(protects) {
        return true;
    }
    let said = |t: &Topic| about && marker(t) || decisions.iter().any(|d| part(combination, d) == Some(*t));
    combination.when.iter().all(said) && combination.signs.iter().all(|s| sign(*s))
}
