//! Text and edits to text.

use super::Span;

/// A span and what stands in its place. Its `Debug` tells lengths alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub replacement: String,
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edit({}..{}, {} bytes)", self.span.start, self.span.end, self.replacement.len())
    }
}

/// Applies edits that are sorted and do not overlap.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(&text[at..edit.span.start]);
        out.push_str(&edit.replacement);
        at = edit.span.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The span of the original text that a span of the edited text came from; where it touches a replacement, all that
/// the replacement stands for.
pub fn original_span(edits: &[Edit], edited: Span) -> Span {
    let position = |at: usize, end: bool| {
        let mut shift = 0isize; // original minus edited
        for edit in edits {
            let start = edit.span.start.wrapping_add_signed(-shift);
            let stop = start + edit.replacement.len();
            if at < start || (at == start && (end || !edit.replacement.is_empty())) {
                if at == start && !end {
                    return edit.span.start;
                }
                break;
            }
            if at < stop || (end && at == stop) {
                return if end { edit.span.end } else { edit.span.start };
            }
            shift += edit.span.len() as isize - edit.replacement.len() as isize;
        }
        at.wrapping_add_signed(shift)
    };
    Span::new(position(edited.start, false), position(edited.end, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_and_map_back() {
        let text = "aa Elvira bb 1234 cc";
        let edits = [
            Edit { span: Span::new(3, 9), replacement: "[namn]".into() },
            Edit { span: Span::new(13, 17), replacement: "[nr]".into() },
        ];
        let edited = apply(text, &edits);
        assert_eq!(edited, "aa [namn] bb [nr] cc");
        let back = |part: &str| {
            let at = edited.find(part).expect("there");
            let span = original_span(&edits, Span::new(at, at + part.len()));
            &text[span.start..span.end]
        };
        assert_eq!(back("bb"), "bb");
        assert_eq!(back("namn"), "Elvira");
        assert_eq!(back("cc"), "cc");
        assert_eq!(back("] bb [n"), "Elvira bb 1234");
    }
}
