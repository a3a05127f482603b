//! JSON in strings: a value that is itself a document.

use super::batch::Batch;
use super::json::{DIGITS, Expect, Json};
use super::json_token::{Token, token};
use super::long::LONG;
use super::units::{Quoting, decode};
use serde::de::IgnoredAny;
use std::ops::Range;

/// A string of a JSON document that is itself the content of a string.
pub(super) struct Inside {
    /// Its raw bytes in the document.
    pub(super) range: Range<usize>,
    pub(super) quoting: Quoting,
    pub(super) pointer: String,
    /// Path of the value; none for a key.
    pub(super) name: Option<String>,
}

/// The strings of a text that is a JSON array or object; nothing if it is none.
pub(super) fn inside(text: &str) -> Option<Vec<Inside>> {
    let trimmed = text.trim();
    if !(trimmed.starts_with('{') && trimmed.ends_with('}') || trimmed.starts_with('[') && trimmed.ends_with(']'))
        || trimmed.len() > LONG
        || serde_json::from_str::<IgnoredAny>(trimmed).is_err()
    {
        return None;
    }
    let mut json = Json::<()>::new(false);
    let batch = Batch::new();
    let mut out = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let key = matches!(json.expect, Expect::Key | Expect::FirstKey);
        let mut push = |json: &Json<()>, range: Range<usize>, quoting, name: Option<String>| {
            if !range.is_empty() {
                out.push(Inside { range, quoting, pointer: json.pointer.clone(), name });
            }
        };
        match token(&bytes[at..], true, false) {
            Token::Punct(b @ (b'{' | b'[')) => {
                json.open(b == b'[', &batch);
                at += 1;
            }
            Token::Punct(b'}' | b']') => {
                if let Some(level) = json.stack.pop() {
                    json.path.truncate(level.path);
                    json.pointer.truncate(level.pointer);
                }
                json.left();
                at += 1;
            }
            Token::Punct(b',') => {
                json.comma();
                at += 1;
            }
            Token::Punct(_) => {
                json.expect = Expect::Value;
                at += 1;
            }
            Token::String(len) => {
                let range = at + 1..at + len - 1;
                if key {
                    let text = decode(&bytes[range.clone()], Quoting::Json);
                    json.below(&text);
                    push(&json, range, Quoting::Json, None);
                } else {
                    push(&json, range, Quoting::Json, Some(json.path.clone()));
                    json.left();
                }
                at += len;
            }
            Token::Bare(len) => {
                if bytes[at..at + len].iter().filter(|b| b.is_ascii_digit()).count() >= DIGITS {
                    push(&json, at..at + len, Quoting::JsonBare, Some(json.path.clone()));
                }
                json.left();
                at += len;
            }
            Token::Open | Token::Wait | Token::Bad => return None,
        }
    }
    Some(out)
}
