//! Edits to a text, and what each operator writes.

mod apply;
mod operator;

pub use apply::{Edit, apply, original_span};
pub use operator::{initials, kept_wording};
