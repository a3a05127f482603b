//! Words that people want found: from the lists of `lexicons/` to flat tables that are read in place.

mod compile;
mod cues;
mod fold;
mod inflect;
mod load;
mod tables;

pub use compile::{Names, Sources, compile};
pub use cues::{Cue, CueSet, Ending, load_cues};
pub use fold::{Fold, fingerprint, fold, is_word_char};
pub use inflect::{Paradigms, Shapes};
pub use load::{Entry, Flags, List, Proof, load_list, load_names};
pub use tables::{GROUPS, Hit, Known, ListInfo, NameClass, Says, TERMS, Tables, TermInfo};
