//! A site's own regular expressions. They are searched in linear time and may not grow beyond a size.

use super::reading::Reading;
use super::sink::Sink;
use crate::model::{Category, Finding, Kind, Span};
use regex::{Regex, RegexBuilder};
use std::borrow::Cow;

/// Characters of the longest expression.
const LONGEST: usize = 2000;
/// Bytes of a compiled one.
const SIZE: usize = 1 << 20;

/// A checked expression with what it finds.
#[derive(Debug, Clone)]
pub struct Pattern {
    id: String,
    category: Category,
    kind: Option<Kind>,
    confidence: f32,
    regex: Regex,
}

impl Pattern {
    /// Checks an expression; the error is one sentence.
    pub fn new(
        id: &str,
        category: Category,
        kind: Option<Kind>,
        confidence: f32,
        expression: &str,
    ) -> Result<Self, String> {
        if expression.chars().count() > LONGEST {
            return Err(format!("a pattern has at most {LONGEST} characters"));
        }
        let built = RegexBuilder::new(expression).size_limit(SIZE).dfa_size_limit(SIZE).nest_limit(50).build();
        let regex = built.map_err(|e| match e {
            regex::Error::CompiledTooBig(_) => {
                "this pattern grows too large; use fewer or smaller repetitions".to_owned()
            }
            e => format!("this is no regular expression: {}", reason(&e.to_string())),
        })?;
        if regex.is_match("") {
            return Err("this pattern matches nothing at all, so it would match everywhere".to_owned());
        }
        Ok(Self { id: format!("pattern:{id}"), category, kind, confidence, regex })
    }

    /// Whether it finds anything in a text.
    pub fn finds(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    pub(super) fn recognize(&self, reading: &Reading<'_>, sink: &mut Sink) {
        for found in self.regex.find_iter(reading.text()).filter(|m| !m.is_empty()) {
            sink.keep(Finding {
                span: Span::new(found.start(), found.end()),
                category: self.category,
                kind: self.kind,
                confidence: self.confidence,
                recognizer: Cow::Owned(self.id.clone()),
                term: None,
            });
        }
    }

    /// What makes it another pattern.
    pub(super) fn spelled(&self) -> String {
        format!("{}\0{}\0{}\0{}", self.id, self.category.id(), self.confidence, self.regex.as_str())
    }
}

/// The last line of a message that draws the expression in several.
fn reason(message: &str) -> &str {
    message.lines().last().unwrap_or(message).trim_start_matches("error: ")
}
