//! E-mail addresses: local part, `@`, a domain with a dot. Not checked: whether it exists.

use super::Recognizer;
use super::reading::Reading;
use super::sink::Sink;
use crate::model::{Category, Finding, Reason, Span};
use std::borrow::Cow;

pub(super) struct Email;

impl Recognizer for Email {
    fn id(&self) -> &'static str {
        "email"
    }

    fn categories(&self) -> &'static [Category] {
        &[Category::Email]
    }

    fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink) {
        let text = reading.text();
        let mut from = 0;
        for at in memchr::memchr_iter(b'@', text.as_bytes()) {
            if at < from {
                continue;
            }
            let start = text[from..at]
                .char_indices()
                .rev()
                .take_while(|(_, c)| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%' | '\''))
                .last()
                .map_or(at, |(i, _)| from + i);
            let domain: usize = text[at + 1..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
                .map(char::len_utf8)
                .sum();
            let end = at + 1 + text[at + 1..at + 1 + domain].trim_end_matches(['.', '-']).len();
            let start =
                start + (text[start..at].len() - text[start..at].trim_start_matches(['.', '-', '\'', '+']).len());
            if start == at || end <= at + 1 {
                continue;
            }
            let finding = |confidence| Finding {
                span: Span::new(start, end),
                category: Category::Email,
                kind: None,
                confidence,
                recognizer: Cow::Borrowed("email"),
                term: None,
            };
            let tld = text[at + 1..end].rsplit_once('.').map_or("", |(_, t)| t);
            if tld.chars().count() >= 2 && tld.chars().all(char::is_alphabetic) {
                sink.keep(finding(0.99));
                from = end;
            } else {
                sink.drop(finding(0.2), Reason::Boundary);
            }
        }
    }
}
