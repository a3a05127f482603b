//! The languages of texts and of messages.

use serde::{Deserialize, Serialize};

/// A language that has lexicons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Swedish.
    Sv,
    /// Danish.
    Da,
}

impl Lang {
    /// Both, in the order their tables are compiled.
    pub const ALL: [Self; 2] = [Self::Sv, Self::Da];

    /// The two-letter code.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Sv => "sv",
            Self::Da => "da",
        }
    }

    /// The language with this code.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.id() == id)
    }
}

/// Which lexicons speak about a text: one language, or both while it is undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Langs(u8);

impl Default for Langs {
    fn default() -> Self {
        Self::BOTH
    }
}

impl Langs {
    /// Both languages.
    pub const BOTH: Self = Self(3);

    /// Only this one.
    pub const fn only(lang: Lang) -> Self {
        Self(1 << lang as u8)
    }

    /// Whether this language is among them.
    pub const fn has(self, lang: Lang) -> bool {
        self.0 & (1 << lang as u8) != 0
    }

    /// The one language, if it is decided.
    pub fn one(self) -> Option<Lang> {
        match self.0 {
            1 => Some(Lang::Sv),
            2 => Some(Lang::Da),
            _ => None,
        }
    }
}

/// One sentence in the languages people read: Swedish, Danish and English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrase {
    /// Swedish.
    pub sv: String,
    /// Danish.
    pub da: String,
    /// English.
    pub en: String,
}

impl Phrase {
    /// The sentence in `locale` (`sv`, `da`, anything else is English), or in the first language that has one.
    pub fn get(&self, locale: &str) -> &str {
        let wanted = match locale {
            "sv" => &self.sv,
            "da" => &self.da,
            _ => &self.en,
        };
        [wanted, &self.en, &self.sv, &self.da].into_iter().find(|s| !s.is_empty()).map_or("", |s| s)
    }
}
