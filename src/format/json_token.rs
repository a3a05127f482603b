//! Tokens of JSON: where each ends.

use serde::de::IgnoredAny;

/// A token at the beginning of bytes.
pub(super) enum Token {
    /// One of `{}[]:,`.
    Punct(u8),
    /// A string: its length with the quotes.
    String(usize),
    /// A number or word: its length.
    Bare(usize),
    /// A string that does not end in these bytes.
    Open,
    /// More bytes are needed to tell.
    Wait,
    /// Nothing that JSON has.
    Bad,
}

pub(super) fn token(bytes: &[u8], ended: bool, lines: bool) -> Token {
    match bytes[0] {
        b @ (b'{' | b'}' | b'[' | b']' | b':' | b',') => Token::Punct(b),
        b'"' => match string_end(&bytes[1..], lines) {
            Some(end) => end.map_or(Token::Bad, |end| Token::String(end + 2)),
            None if ended => Token::Bad,
            None => Token::Open,
        },
        b'-' | b'0'..=b'9' | b'a'..=b'z' => {
            let len = bytes.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')).count();
            if len == bytes.len() && !ended {
                return Token::Wait;
            }
            // Numbers of any size: only the grammar counts.
            if serde_json::from_slice::<IgnoredAny>(&bytes[..len]).is_ok() { Token::Bare(len) } else { Token::Bad }
        }
        _ => Token::Bad,
    }
}

/// Where a string ends: the index of its quote. `Some(None)` if it cannot end: in JSON Lines a line ends first.
pub(super) fn string_end(bytes: &[u8], lines: bool) -> Option<Option<usize>> {
    let mut at = 0;
    loop {
        let next = match lines {
            true => memchr::memchr3(b'"', b'\\', b'\n', &bytes[at..]),
            false => memchr::memchr2(b'"', b'\\', &bytes[at..]),
        };
        at += next?;
        match bytes[at] {
            b'"' => return Some(Some(at)),
            b'\n' => return Some(None),
            _ => at += 2,
        }
        if at > bytes.len() {
            return None;
        }
    }
}
