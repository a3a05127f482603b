//! How characters are written as bytes.

use serde::{Deserialize, Serialize};

/// An encoding that fritext reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8; a byte that breaks it is read as Windows-1252, for files that mix both.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252, Western European.
    Windows1252,
    /// ISO-8859-1, Latin-1.
    Iso88591,
    /// ISO-8859-15, Latin-9.
    Iso885915,
    /// DOS code page 437.
    Cp437,
    /// DOS code page 850, Western European.
    Cp850,
    /// DOS code page 865, Nordic.
    Cp865,
}

impl Encoding {
    /// Every encoding with its name, the usual one first, and its other names.
    pub const ALL: [(Self, &str, &[&str]); 9] = [
        (Self::Utf8, "utf-8", &["utf8", "utf-8-sig"]),
        (Self::Utf16Le, "utf-16le", &["utf16le", "utf-16", "utf16", "unicode"]),
        (Self::Utf16Be, "utf-16be", &["utf16be"]),
        (Self::Windows1252, "windows-1252", &["cp1252", "ansi", "1252"]),
        (Self::Iso88591, "iso-8859-1", &["iso8859-1", "latin1", "latin-1", "l1"]),
        (Self::Iso885915, "iso-8859-15", &["iso8859-15", "latin9", "latin-9", "l9"]),
        (Self::Cp437, "cp437", &["ibm437", "437"]),
        (Self::Cp850, "cp850", &["ibm850", "850"]),
        (Self::Cp865, "cp865", &["ibm865", "865"]),
    ];

    /// The encoding with this name, in any case.
    pub fn from_id(id: &str) -> Option<Self> {
        let id = id.trim().to_lowercase().replace('_', "-");
        Self::ALL.into_iter().find(|(_, name, also)| *name == id || also.contains(&id.as_str())).map(|(e, ..)| e)
    }

    /// Its usual name.
    pub fn id(self) -> &'static str {
        Self::ALL.into_iter().find(|(e, ..)| *e == self).map_or("", |(_, name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding;

    #[test]
    fn names_lead_back() {
        for (encoding, name, also) in Encoding::ALL {
            assert_eq!(encoding.id(), name);
            assert!(also.iter().chain([&name]).all(|n| Encoding::from_id(&n.to_uppercase()) == Some(encoding)));
        }
        assert_eq!(Encoding::from_id("ISO_8859_1"), Some(Encoding::Iso88591));
        assert_eq!(Encoding::from_id("utf-7"), None);
    }
}
