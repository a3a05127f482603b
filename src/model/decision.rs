//! What is decided about a finding.

use super::Finding;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a policy does with a category in a field, from the mildest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It may stand there.
    #[default]
    Allow,
    /// It is reported and stays.
    Flag,
    /// It is taken out.
    Redact,
    /// The text is refused.
    Block,
}

impl Action {
    /// All four, mildest first.
    pub const ALL: [Self; 4] = [Self::Allow, Self::Flag, Self::Redact, Self::Block];

    /// The word used in policies and results.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Flag => "flag",
            Self::Redact => "redact",
            Self::Block => "block",
        }
    }
}

/// How a redaction is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    /// A fixed label that does not tell the length.
    #[default]
    Mask,
    /// The initials of a name.
    Initials,
    /// A fixed wording.
    Replace,
    /// A keyed token: the same for the same person, telling nothing without the key.
    Pseudonym,
    /// Nothing at all.
    Remove,
}

impl Operator {
    /// All operators.
    pub const ALL: [Self; 5] = [Self::Mask, Self::Initials, Self::Replace, Self::Pseudonym, Self::Remove];

    /// The word used in policies.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Initials => "initials",
            Self::Replace => "replace",
            Self::Pseudonym => "pseudonym",
            Self::Remove => "remove",
        }
    }
}

/// How much a `replace` replaces, and how far a pseudonym reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The span.
    #[default]
    Finding,
    /// The whole field becomes the one wording.
    Field,
    /// A person has one token in one system.
    System,
    /// A person has one token everywhere; a pseudonym's usual scope.
    Organisation,
}

/// A finding with what the policy does about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What was found.
    pub finding: Finding,
    /// What is done.
    pub action: Action,
    /// Index of the rule in the policy.
    pub rule: usize,
    /// Whether the candidate lies below the rule's reporting threshold.
    pub below_threshold: bool,
    /// Code of a message that goes before those of the rule and the place.
    pub code: Option<Cow<'static, str>>,
}
