//! What a text says besides its findings, where a combination asks for it.

use serde::{Deserialize, Serialize};

/// A sign that is no finding by itself but makes one worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sign {
    /// Where somebody can be met: a named school, a class, a place, a route, a time.
    Whereabouts,
    /// As good as a name: initials with class and school, or a role in a small unit.
    Identifying,
}

impl Sign {
    /// Both, with the word a configuration uses.
    pub const ALL: [(Self, &str); 2] = [(Self::Whereabouts, "whereabouts"), (Self::Identifying, "identifying")];

    /// The sign with this word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, w)| *w == id).map(|(s, _)| s)
    }
}
