//! Saving all the same: a person names a legal basis and one of the reasons that the policy offers. All of a text is
//! covered, or nothing is. Never where somebody's identity is protected.

use super::site::Tenant;
use crate::config::Offer;
use crate::model::{Action, Topic};
use crate::pipeline::Judged;
use crate::policy::FieldRules;
use serde::Serialize;
use serde_json::Value;

/// What became of an override.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Exception {
    /// Whether the text may be saved for this reason.
    accepted: bool,
    /// The reason, if the policy offers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The legal basis, if the reason has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    legal_basis: Option<String>,
    /// Why it is not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

impl Exception {
    /// Reason and legal basis, if it is accepted.
    pub fn accepted(&self) -> Option<(&str, &str)> {
        self.reason.as_deref().zip(self.legal_basis.as_deref()).filter(|_| self.accepted)
    }

    fn refused(why: &'static str) -> Self {
        Self { accepted: false, reason: None, legal_basis: None, why: Some(why) }
    }
}

/// The offers of a tenant in a field.
pub fn offered<'a>(tenant: &'a Tenant, rules: &FieldRules) -> impl Iterator<Item = &'a Offer> {
    let system = rules.system.clone();
    tenant.offers.iter().filter(move |o| {
        o.systems.is_empty() || system.as_ref().is_some_and(|s| o.systems.iter().any(|n| n.eq_ignore_ascii_case(s)))
    })
}

/// Applies the override of a record: what it covers is flagged and stays.
pub fn apply(tenant: &Tenant, rules: &FieldRules, asked: &Value, judged: &mut Judged) -> Exception {
    let said = |key: &str| asked.get(key).and_then(Value::as_str).unwrap_or_default();
    let Some(offer) = offered(tenant, rules).find(|o| o.reason == said("reason")) else {
        return Exception::refused("no such reason is offered here; GET /v1/policy lists them");
    };
    let Some(basis) = offer.bases.iter().find(|b| *b == said("legal_basis")) else {
        return Exception::refused("this legal basis cannot be chosen with this reason");
    };
    if judged.protects || judged.combined.is_some() {
        return Exception::refused("nobody may save this here: somebody's identity is protected");
    }
    let covers =
        |d: &crate::model::Decision| Topic::of(d.finding.category, d.finding.kind).any(|t| offer.topics.contains(&t));
    if judged.decisions.iter().any(|d| d.action >= Action::Redact && !covers(d)) {
        return Exception::refused("the text holds something else that this reason does not cover");
    }
    for decision in judged.decisions.iter_mut().filter(|d| d.action >= Action::Redact) {
        decision.action = Action::Flag;
    }
    judged.verdict = judged.verdict.min(Action::Flag);
    judged.edits.clear();
    Exception { accepted: true, reason: Some(offer.reason.clone()), legal_basis: Some(basis.clone()), why: None }
}
