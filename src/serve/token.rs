//! Tokens: who may ask. Only their hashes are kept.

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Letters of a token; 32 hold 128 bits if written in hexadecimal.
const LEAST: usize = 32;

/// The hashes of the tokens that are valid: two, so that one can be changed while the other still works.
#[derive(Debug, Clone)]
pub struct Tokens(Vec<[u8; 32]>);

impl Tokens {
    /// Reads a file with one token a line, at most two, that nobody else may read.
    pub fn load(path: &Path) -> Result<Self> {
        let name = path.display();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = path.metadata().with_context(|| name.to_string())?.permissions().mode();
            if mode & 0o027 != 0 {
                bail!("{name}: others can read or change this file of tokens: chmod 0400 {name}");
            }
        }
        let text = std::fs::read_to_string(path).with_context(|| name.to_string())?;
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        if lines.is_empty() || lines.len() > 2 {
            bail!("{name}: one token a line, one or two of them, not {}", lines.len());
        }
        if lines.iter().any(|l| l.len() < LEAST || !l.bytes().all(|b| b.is_ascii_graphic())) {
            bail!("{name}: a token has at least {LEAST} letters and digits (`openssl rand -hex 32` makes one)");
        }
        Ok(Self(lines.iter().map(|l| Sha256::digest(l).into()).collect()))
    }

    /// Whether a token is valid, in a time that tells nothing about it.
    pub fn accept(&self, token: &[u8]) -> bool {
        let given: [u8; 32] = Sha256::digest(token).into();
        let differs =
            |valid: &[u8; 32]| valid.iter().zip(given).fold(0, |all, (a, b)| all | std::hint::black_box(a ^ b));
        self.0.iter().fold(false, |accepted, valid| accepted | (differs(valid) == 0))
    }
}

#[cfg(test)]
mod tests {
    use super::Tokens;
    use sha2::{Digest, Sha256};

    #[test]
    fn both_tokens_are_valid_and_no_other() {
        let tokens = Tokens(["a", "b"].iter().map(|t| Sha256::digest(t).into()).collect());
        for (token, expected) in [("a", true), ("b", true), ("c", false), ("", false), ("ab", false)] {
            assert_eq!(tokens.accept(token.as_bytes()), expected, "{token}");
        }
    }
}
