//! Words that people want found: from the lists of `lexicons/` to flat tables that are read in place.

mod bits;
mod compile;
mod cues;
mod fold;
mod inflect;
mod load;
mod parts;
mod pieces;
mod spelling;
mod tables;
mod trie;

pub use compile::{Sources, compile};
pub use cues::{Cue, CueSet, Ending};
pub use fold::{Fold, Key, eight, fingerprint, fold, is_word_char, low};
pub use inflect::Paradigms;
pub use load::{Flags, List, Proof, load_list};
pub use parts::set_bits;
pub use spelling::Likeness;
pub use tables::{Hit, Known, ListInfo, Says, Tables, TermInfo};
pub use trie::{GROUPS, TERMS};
pub use {parts::Edges, tables::Words, trie::Node};

// The build script compiles the built-in lists with this same module; only it reads names and cues.
#[allow(unused_imports)]
pub use {compile::Names, cues::load_cues, load::load_names};
