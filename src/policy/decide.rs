//! Findings to decisions, by the rules of their field.

use super::rules::{Combination, FieldRules, Policy};
use crate::model::{Action, Decision, Finding, Place, Topic};

/// A combination that raised the action of some findings.
#[derive(Debug, Clone, Copy)]
pub struct Combined<'a>(pub &'a Combination);

/// What a marked record says beside its texts.
const PROTECTED_IDENTITY: &str = "social.protected_identity";

/// Decides about the findings of one text. A finding below the reporting threshold is allowed; in a verbatim field
/// everything is. `marked` tells that the text is about a person whose identity is protected. The combination that raised the action, if one did, comes beside the decisions.
pub fn decide<'a>(
    policy: &'a Policy,
    rules: &FieldRules,
    findings: Vec<Finding>,
    marked: bool,
) -> (Vec<Decision>, Option<Combined<'a>>) {
    let mut decisions: Vec<Decision> = findings
        .into_iter()
        .map(|finding| {
            let rule = rules.index(finding.category, finding.kind);
            let resolved = rules.rule(rule);
            let below_threshold = finding.confidence < resolved.min_confidence;
            let action = if rules.verbatim || below_threshold { Action::Allow } else { resolved.rule.action };
            Decision { finding, action, rule, below_threshold }
        })
        .collect();
    if rules.verbatim {
        return (decisions, None);
    }
    let mut raised = None;
    for combination in &policy.combinations {
        let of = |d: &Decision, t: &Topic| {
            !d.below_threshold && Topic::of(d.finding.category, d.finding.kind).any(|o| o == *t)
        };
        let said = |t: &Topic| marked && t.id() == PROTECTED_IDENTITY;
        if !combination.when.iter().all(|t| said(t) || decisions.iter().any(|d| of(d, t))) {
            continue;
        }
        // A health journal must know its patient: there a combination is reported, not refused.
        let action =
            if rules.place == Place::Journal { combination.action.min(Action::Flag) } else { combination.action };
        for decision in &mut decisions {
            if combination.when.iter().any(|t| of(decision, t)) {
                decision.action = decision.action.max(action);
            }
        }
        raised = raised.or(Some(Combined(combination)));
    }
    (decisions, raised)
}
