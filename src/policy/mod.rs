//! What may stand where: rules per system and field, and what they decide about findings. Pure: no files, no clock.

mod check;
mod decide;
mod load;
mod merge;
mod messages;
mod rules;

pub use decide::{Combined, decide};
pub use load::load_policy;
pub use messages::{Message, load_messages};
pub use rules::{Combination, Country, Field, FieldRules, Organisation, Policy, Resolved, Rule, System, matches};
