//! What people and programs are told about findings: positions and kinds; the text itself only in the human form, for
//! the person who wrote it.

mod entry;
mod human;
mod paint;
mod sarif;
mod summary;

pub use entry::{Answer, Entry, FieldEntry, Summary, Unmapped, place_of};
pub use human::{Shown, human};
pub use paint::Paint;
pub use sarif::{github, github_unread, sarif_head, sarif_result, sarif_tail};
pub use summary::{by_path, columns_of, human_summary};
