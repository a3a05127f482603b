//! Words of the domain as plain values: what a text is, what can be found in it, what is decided about it.

mod category;
mod date;
mod decision;
mod edit;
mod encoding;
mod fields;
mod finding;
mod lang;
mod problem;
mod sign;
mod span;
mod text;

pub use category::{Category, Group, KINDS, Kind, Topic};
pub use date::Date;
pub use decision::{Action, Decision, Operator, Scope};
pub use edit::{Edit, apply, original_span};
pub use encoding::Encoding;
pub use fields::{ColumnKind, FieldName, Place};
pub use finding::{Candidate, Finding, OtherNumber, Reason};
pub use lang::{Lang, Langs, Phrase};
pub use problem::{Problem, nearest};
pub use sign::Sign;
pub use span::Span;
pub use text::Text;
