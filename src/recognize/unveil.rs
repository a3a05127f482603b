//! Writing that hides what it says, undone for a second reading: escapes of HTML, URLs, JSON and mail, tags and line
//! breaks inside words and numbers, digits and letters that only look like others, numbers as spreadsheets write them.
//!
//! The first reading sees the text as it stands. What the second one finds counts only where it touches something that
//! was undone here, so nothing changes for plain text, and most bytes are passed over by a look at their neighbours. What
//! lies far from any disguise is left out of it.

mod escapes;
mod lookalikes;
mod suspects;

use crate::model::Span;

/// A text with its disguises undone, and where they were.
#[derive(Default)]
pub(super) struct Unveiled {
    pub(super) text: String,
    changes: Vec<Change>,
    /// Bytes that are kept on either side of a change.
    around: usize,
}

/// What was undone: bytes of the new text, and of the original.
#[derive(Debug, Clone, Copy)]
struct Change {
    new: Span,
    old: Span,
}

/// Bytes that the second reading sees on either side of a disguise, and of a word that is written otherwise: a kilobyte, as
/// hidden things may be numbers with their labels far away, or a sentence.
const AROUND: usize = 1024;
const AROUND_WORD: usize = 160;
/// What stands where text was left out: the end of a sentence.
const LEFT_OUT: &str = "\n\n";

/// A disguise at a place: the bytes it takes there, and what is meant.
pub(super) type Undone = (Span, String);

/// Undoes the disguises of a text; nothing if there are none.
pub(super) fn unveil(text: &str) -> Option<Unveiled> {
    let bytes = text.as_bytes();
    let mut out = Unveiled { around: AROUND, ..Unveiled::default() };
    let (mut from, mut at) = (0, 0);
    while let Some(suspect) = suspects::next(bytes, at) {
        at = suspect;
        let Some((old, meant)) = undone(text, bytes, at).filter(|(old, _)| old.start >= from) else {
            at += 1;
            continue;
        };
        out.change(text, from, old, &meant);
        (from, at) = (old.end, old.end);
    }
    out.finish(text, from)
}

/// A text with some of its words written otherwise, which are told in order; nothing if there are none.
pub(super) fn rewrite(text: &str, words: impl Iterator<Item = Undone>) -> Option<Unveiled> {
    let mut out = Unveiled { around: AROUND_WORD, ..Unveiled::default() };
    let mut from = 0;
    for (old, meant) in words {
        out.change(text, from, old, &meant);
        from = old.end;
    }
    out.finish(text, from)
}

/// The disguise that shows itself at byte `at`.
fn undone(text: &str, bytes: &[u8], at: usize) -> Option<Undone> {
    match bytes[at] {
        b'&' => escapes::entity(text, at),
        b'<' => escapes::tag(bytes, at),
        b'%' => escapes::percent(bytes, at),
        b'=' => escapes::quoted_printable(bytes, at),
        b'\\' => escapes::backslash(text, at),
        b'+' => escapes::utf_7(bytes, at),
        b'-' => broken_word(text, at).or_else(|| lookalikes::spaced(text, at)),
        b' ' | b'.' => lookalikes::spaced(text, at),
        b'0'..=b'9' => lookalikes::digits(text, at),
        0xC2 if bytes.get(at + 1) == Some(&0xAD) => soft_hyphen(bytes, at),
        0xCD..=0xD4 => lookalikes::letters(text, at),
        0xE2 if bytes[at..].starts_with("\u{202e}".as_bytes()) => lookalikes::reversed(text, at),
        _ => None,
    }
}

/// A soft hyphen between digits, which stands for the hyphen of a number.
fn soft_hyphen(bytes: &[u8], at: usize) -> Option<Undone> {
    let digit = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
    (digit(at.checked_sub(1)) && digit(Some(at + 2))).then(|| (Span::new(at, at + 2), "-".into()))
}

/// A word broken at the end of a line: the hyphen goes (`sj-⏎uk`), or stays before a capital (`Åsa-⏎Karin`).
fn broken_word(text: &str, at: usize) -> Option<Undone> {
    let rest = &text[at + 1..];
    let line = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
    let after = line.trim_start_matches(['>', ' ', '\t']);
    let next = after.chars().next().filter(|c| c.is_alphabetic())?;
    text[..at].chars().next_back().filter(|c| c.is_alphabetic())?;
    let old = Span::new(at, text.len() - after.len());
    (old.len() <= 12).then(|| (old, if next.is_uppercase() { "-".into() } else { String::new() }))
}

/// A place to cut a text at or within `near` bytes after `at`, but not behind `end`: after a blank if there is one.
fn cut(text: &str, at: usize, end: usize, near: usize) -> usize {
    let blank = text.as_bytes()[at.min(end)..end]
        .iter()
        .take(near)
        .position(|b| matches!(b, b' ' | b'\n'))
        .map_or(at, |i| at + i + 1);
    (blank.min(end)..=end).find(|i| text.is_char_boundary(*i)).unwrap_or(end)
}

impl Unveiled {
    /// Takes over what stands from the last disguise to this one, and puts what is meant in its place.
    fn change(&mut self, text: &str, from: usize, old: Span, meant: &str) {
        self.keep(text, from, old.start, true);
        let start = self.text.len();
        self.text.push_str(meant);
        self.changes.push(Change { new: Span::new(start, self.text.len()), old });
    }

    /// Takes over the rest, if anything was undone.
    fn finish(mut self, text: &str, from: usize) -> Option<Self> {
        if self.changes.is_empty() {
            return None;
        }
        self.keep(text, from, text.len(), false);
        Some(self)
    }

    /// Takes over what stands from the last disguise to the `next` one, or to the end; of a long stretch only its ends.
    fn keep(&mut self, text: &str, from: usize, to: usize, next: bool) {
        let near = self.around / 4;
        let first = if self.changes.is_empty() { from } else { cut(text, from + self.around, to, near) };
        let last = if next { cut(text, to.saturating_sub(self.around + near).max(from), to, near) } else { to };
        if last <= first + near {
            self.text.push_str(&text[from..to]);
            return;
        }
        self.text.push_str(&text[from..first]);
        let start = self.text.len();
        self.text.push_str(LEFT_OUT);
        self.changes.push(Change { new: Span::new(start, self.text.len()), old: Span::new(first, last) });
        self.text.push_str(&text[last..to]);
    }

    /// The bytes of the original that a span of the new text came from, if a disguise was undone in it.
    pub(super) fn original(&self, span: Span) -> Option<Span> {
        let first = self.changes.partition_point(|c| c.new.end <= span.start && c.new.start < span.start);
        let last = self.changes.partition_point(|c| c.new.start < span.end);
        if first >= last {
            return None;
        }
        Some(Span::new(self.place(span.start, false), self.place(span.end, true)))
    }

    /// Where a byte of the new text came from; inside what was undone, the edge of it.
    fn place(&self, at: usize, end: bool) -> usize {
        let i = self.changes.partition_point(|c| if end { c.new.start < at } else { c.new.start <= at });
        let Some(change) = i.checked_sub(1).map(|i| self.changes[i]) else { return at };
        match at < change.new.end || (end && at == change.new.end) {
            true if end => change.old.end,
            true => change.old.start,
            false => change.old.end + (at - change.new.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn case(text: &str, meant: &str) {
        let seen = unveil(text).map_or_else(|| text.to_owned(), |u| u.text);
        assert_eq!(seen, meant, "{text}");
    }

    #[test]
    fn disguises_are_undone() {
        case("121212&#45;1212 &aring;sa &#x2d; A&B &nothing;", "121212-1212 åsa - A&B &nothing;");
        case("121212<b>-</b>1212, 3 < 4 > 2", "121212-1212, 3 < 4 > 2");
        case("121212%2D1212 %C3%85sa 50 % av", "121212-1212 Åsa 50 % av");
        case("121212-=\r\n1212 =C3=85sa a=b", "121212-1212 Åsa a=b");
        case("121212\\u002d1212 \\x2d C:\\ute", "121212-1212 - C:\\ute");
        case("121212+AC0-1212 c++ 1+1-2", "121212-1212 c++ 1+1-2");
        case("sj-\nuk Åsa-\nKarin 12-\n34", "sjuk Åsa-Karin 12-\n34");
        case("121212\u{ad}1212 sj\u{ad}uk", "121212-1212 sj\u{ad}uk");
        case("\u{202e}2121-212121\u{202c}", "121212-1212");
        case("l2l2I2-1212 8OO1O1-1215", "121212-1212 800101-1215");
        case("5juk 7an 4b elev2 COVID19", "sjuk 7an 4b elev2 COVID19");
        case("s j u k, s.j.u.k t.o.m. a b c", "sjuk, sjuk t.o.m. a b c");
        case("sju\u{43a} \u{455}ju\u{43a} \u{43a}от", "sjuk sjuk \u{43a}от");
        case("1.91212121212E11 1,91212121212E+11 191212121212.0 1.5E3", "191212121212 191212121212 191212121212 1.5E3");
    }

    #[test]
    fn plain_texts_are_left_alone() {
        for text in ["", "Elvira Lindqvist är hemma, kl. 10-12 (3 av 4) 100 %.", "ÅÄÖ\u{1F600}", "t.o.m. 2026-01-01"]
        {
            assert!(unveil(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_way_back_takes_the_whole_disguise() {
        let text = "x 121212&#45;1212 y<i></i>z";
        let unveiled = unveil(text).expect("a disguise");
        let at = unveiled.text.find("121212-1212").expect("there");
        let span = unveiled.original(Span::new(at, at + 11)).expect("touches it");
        assert_eq!(&text[span.start..span.end], "121212&#45;1212");
        assert_eq!(unveiled.original(Span::new(0, 1)), None);
    }
}
