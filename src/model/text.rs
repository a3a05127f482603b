//! Content of a field, kept from being printed by accident.

use std::fmt;

/// Text of a field. Its `Debug` tells the length alone, so that no log, error or panic can carry content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// Wraps content.
    pub const fn new(content: &'a str) -> Self {
        Self(content)
    }

    /// The content, for code that scans or writes it.
    pub const fn expose(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn debug_never_shows_content() {
        assert_eq!(format!("{:?}", Text::new("Åsa")), "Text(4 bytes)");
    }
}
