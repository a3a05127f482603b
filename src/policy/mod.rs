//! What may stand where: rules per system and field, and what they decide about findings. Pure: no files, no clock.

mod check;
mod decide;
mod extras;
mod load;
mod merge;
mod messages;
mod needed;
mod rules;

pub use decide::{Decided, decide, protects};
pub use extras::{PatternRule, Waiver};
pub use load::load_policy;
#[allow(unused_imports)] // the build script's
pub use load::{FIELD_KEYS, RULE_KEYS, SYSTEM_KEYS, TOP_KEYS};
pub use messages::Message;
pub use needed::needed;
pub use rules::{Country, FieldRules, Policy, Resolved, System, matches};

// The build script compiles the built-in messages with this same module.
#[allow(unused_imports)]
pub use messages::load_messages;
