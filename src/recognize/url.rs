//! Addresses of pages: words in them are no words of the text. Numbers of persons and full names still count.

use super::reading::Reading;
use super::sink::Sink;
use crate::model::{Category, Group, Reason, Span};
use memchr::memmem::find_iter;

/// Lets go what word recognizers read in the address of a page.
pub(super) fn settle(reading: &Reading<'_>, sink: &mut Sink) {
    let text = reading.text();
    if sink.findings.is_empty() || memchr::memmem::find(text.as_bytes(), b"://").is_none() {
        return;
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '|' | '“' | '”');
    let mut pages: Vec<Span> = Vec::new();
    for at in find_iter(text.as_bytes(), b"://") {
        let start = at - text[..at].bytes().rev().take_while(u8::is_ascii_alphabetic).count();
        let end = text[at..].find(ends).map_or(text.len(), |len| at + len);
        pages.push(Span::new(start, end));
    }
    sink.sift(|_, f| {
        let i = pages.partition_point(|page| page.end <= f.span.start);
        let inside = pages.get(i).is_some_and(|page| page.contains(f.span));
        let full_name = || text[f.span.start..f.span.end].contains(|c: char| !c.is_alphanumeric());
        let words = match f.category {
            Category::Personnummer | Category::Cpr | Category::Email => false,
            Category::Name => !full_name(),
            c => c.group() == Group::Identifiers || f.term.is_some(),
        };
        (inside && words).then_some(Reason::PageAddress)
    });
}
