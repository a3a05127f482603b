//! Digits as people group them: the ground for every number recognizer.

use super::reading::Reading;
use crate::model::Span;

/// A run of digits and what parts it from the run before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digits {
    pub(super) span: Span,
    pub(super) separator: Separator,
}

/// What stands between two runs of digits of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    None,
    Space,
    Hyphen,
    Plus,
    Dot,
    Slash,
    Other,
}

/// A number as written: up to [`MOST`] runs of digits with one separator between them.
#[derive(Debug, Clone)]
pub(super) struct Number {
    pub(super) runs: Vec<Digits>,
    /// A letter stands directly before or after.
    pub(super) glued: bool,
    /// A plus sign stands before it.
    pub(super) plus: bool,
}

const MOST: usize = 12;

impl Number {
    /// The digits of the runs `from..to`, at most sixteen.
    pub(super) fn digits(&self, text: &str, from: usize, to: usize) -> Vec<u8> {
        self.runs[from..to]
            .iter()
            .flat_map(|r| text.as_bytes()[r.span.start..r.span.end].iter().map(|b| b - b'0'))
            .take(17)
            .collect()
    }

    /// The span of the runs `from..to`.
    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.runs[from].span.start, self.runs[to - 1].span.end)
    }

    /// Whether blanks part the runs `from..to` from those before and after: a number inside a longer one is another
    /// number. A dash parts where blanks stand round it (‘0102032010 - 1.a’).
    pub(super) fn parted(&self, text: &str, from: usize, to: usize) -> bool {
        let parted = |i: usize| {
            self.runs.get(i).is_none_or(|run| match run.separator {
                Separator::Space | Separator::Other => true,
                Separator::Hyphen => text[self.runs[i - 1].span.end..run.span.start].starts_with(' '),
                _ => false,
            })
        };
        parted(to) && (from == 0 || parted(from))
    }

    /// Lengths of the runs.
    pub(super) fn shape(&self) -> Vec<usize> {
        self.runs.iter().map(|r| r.span.len()).collect()
    }
}

/// All numbers of a text, in order.
pub(super) fn numbers<'r>(reading: &'r Reading<'_>) -> &'r [Number] {
    reading.numbers.get_or_init(|| read(reading))
}

fn read(reading: &Reading<'_>) -> Vec<Number> {
    let text = reading.text();
    let bytes = text.as_bytes();
    let mut out: Vec<Number> = Vec::new();
    for token in reading.notable().map(|i| &reading.tokens[i]).filter(|t| t.digits) {
        if out.last().is_some_and(|n| n.runs.last().is_some_and(|r| r.span.end > token.start as usize)) {
            continue;
        }
        let mut at = token.start as usize;
        while at < token.end as usize {
            if !bytes[at].is_ascii_digit() {
                at += 1;
                continue;
            }
            let number = number(text, at);
            at = number.runs.last().map_or(at + 1, |r| r.span.end);
            out.push(number);
        }
    }
    out
}

fn number(text: &str, start: usize) -> Number {
    let bytes = text.as_bytes();
    let end_of = |mut at: usize| {
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        at
    };
    let mut runs = vec![Digits { span: Span::new(start, end_of(start)), separator: Separator::None }];
    loop {
        let end = runs[runs.len() - 1].span.end;
        // A telephone number with its country may go on in the next line.
        let line = text[..start].ends_with('+') && bytes[end..].first() == Some(&b'\n');
        let next = if line {
            bytes.get(end + 1).filter(|b| b.is_ascii_digit()).map(|_| (Separator::Space, end + 1))
        } else {
            separator(bytes, end)
        };
        let Some((separator, next)) = next else {
            break;
        };
        if runs.len() == MOST {
            break;
        }
        runs.push(Digits { span: Span::new(next, end_of(next)), separator });
    }
    let end = runs[runs.len() - 1].span.end;
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    Number { glued: letter(before) || letter(after), plus: before == Some('+'), runs }
}

/// The separator at `at` and where the digits after it begin, if digits follow.
fn separator(bytes: &[u8], at: usize) -> Option<(Separator, usize)> {
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    if bytes[at..].starts_with(b" (0)") {
        return Some((Separator::Space, at + 2));
    }
    let kind = match bytes.get(at)? {
        b'-' => Separator::Hyphen,
        b'+' => Separator::Plus,
        b' ' | b'\t' => Separator::Space,
        b'.' => Separator::Dot,
        b'/' => Separator::Slash,
        // The bracket after an area code, and round its zero: ‘(0501) 39 20 77’, ‘+46 (0)70’.
        b')' if digit(at + 2) && bytes[at + 1] == b' ' => return Some((Separator::Space, at + 2)),
        b')' if digit(at + 1) => return Some((Separator::Space, at + 1)),
        _ => return None,
    };
    if digit(at + 1) {
        return Some((kind, at + 1));
    }
    // Blanks round a hyphen, and a number broken after its hyphen at the end of a (quoted) line.
    let mut i = at;
    let (mut seen, mut lines) = (Separator::Space, 0);
    while let Some(b) = bytes.get(i) {
        match b {
            b' ' | b'\t' | b'\r' => {}
            b'>' if lines > 0 => {}
            b'\n' if seen == Separator::Hyphen && lines == 0 => lines = 1,
            b'-' if seen == Separator::Space => seen = Separator::Hyphen,
            _ => break,
        }
        i += 1;
        if i > at + 8 {
            return None;
        }
    }
    (digit(i) && i - at <= 8).then_some(if seen == Separator::Hyphen { (seen, i) } else { (Separator::Other, i) })
}
