//! What a redaction writes.

mod operator;

pub use operator::{initials, kept_wording};
