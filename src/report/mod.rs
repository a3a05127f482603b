//! What people and programs are told about findings: positions and kinds; the text itself only in the human form, for
//! the person who wrote it.

mod entry;
mod human;
mod paint;

pub use entry::{Answer, Entry, FieldEntry, Summary, Unmapped, place_of};
pub use human::{Shown, human, human_summary};
pub use paint::Paint;
