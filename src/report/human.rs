//! The form for people: one block a finding, the way compilers show an error.

use super::paint::Paint;
use crate::model::{Action, Span, Text};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// One finding as people see it.
#[derive(Debug)]
pub struct Shown<'a> {
    /// What is done.
    pub action: Action,
    /// Code of the message.
    pub code: &'a str,
    /// Its wording.
    pub message: &'a str,
    /// File, line and column.
    pub place: String,
    /// Number of the text's first line in the file.
    pub line: u64,
    /// The text it stands in; none where the answer must not betray what it is about.
    pub text: Option<Text<'a>>,
    /// Where in it.
    pub span: Span,
    /// What was found, how sure.
    pub label: String,
    /// Below the text: where it stands, what may stand instead.
    pub notes: Vec<(&'static str, String)>,
}

/// Renders a finding in `width` columns.
pub fn human(shown: &Shown<'_>, paint: Paint, width: usize) -> String {
    let mut out = String::new();
    let head = format!("{}[{}]", shown.action.id(), shown.code);
    let message = wrapped(&format!(": {}", shown.message), width, head.width(), 2);
    let _ = writeln!(out, "{}{message}", paint.action(shown.action, &head));
    let Some(text) = shown.text else {
        let _ = writeln!(out, " {} {}", paint.frame("-->"), shown.place);
        return out;
    };
    let text = text.expose();
    let start = text[..shown.span.start].rfind('\n').map_or(0, |i| i + 1);
    let number = (shown.line + memchr::memchr_iter(b'\n', &text.as_bytes()[..start]).count() as u64).to_string();
    let end = text[start..].find(['\n', '\r']).map_or(text.len(), |i| start + i);
    let blank = " ".repeat(number.len());
    let room = width.saturating_sub(number.len() + 4).max(12);
    let span = (shown.span.start - start).min(end - start)..(shown.span.end.min(end) - start);
    let (line, before, marked) = excerpt(&text[start..end], span.start, span.end.max(span.start), room);
    let bar = paint.frame("|");
    let _ = writeln!(out, "{blank}{} {}", paint.frame("-->"), shown.place);
    let _ = writeln!(out, "{blank} {bar}");
    let _ = writeln!(out, "{} {bar} {line}", paint.frame(&number));
    let marks = paint.action(shown.action, &"^".repeat(marked.max(1)));
    let fits = before + marked + 1 + shown.label.width() <= room;
    let label = if fits { format!(" {}", paint.action(shown.action, &shown.label)) } else { String::new() };
    let _ = writeln!(out, "{blank} {bar} {}{marks}{label}", " ".repeat(before));
    let mut notes: Vec<String> = shown.notes.iter().map(|(word, note)| format!("{word}: {note}")).collect();
    if !fits {
        notes.insert(0, shown.label.clone());
    }
    for note in notes {
        let used = number.len() + 3;
        let _ = writeln!(out, "{blank} {} {}", paint.frame("="), wrapped(&note, width, used, used));
    }
    out
}

/// The part of a line round a span that fits a width; columns before the span and under it. Control characters show
/// as blanks.
fn excerpt(line: &str, start: usize, end: usize, width: usize) -> (String, usize, usize) {
    let show = |s: &str| -> String { s.chars().map(|c| if c.is_control() { ' ' } else { c }).collect() };
    let (before, span, after) = (show(&line[..start]), show(&line[start..end]), show(&line[end..]));
    if before.width() + span.width() + after.width() <= width {
        return (format!("{before}{span}{after}"), before.width(), span.width());
    }
    let span = if span.width() > width - 2 { cut(&span, width - 3) + "…" } else { span };
    // Two thirds of what is left go to what stands before.
    let room = width - span.width();
    let behind = after.width().min(room / 3);
    let mut head: Vec<char> = Vec::new();
    let mut left = (room - behind).saturating_sub(1);
    for c in before.chars().rev() {
        let wide = c.to_string().width();
        if wide > left {
            break;
        }
        left -= wide;
        head.push(c);
    }
    let mut head: String = head.into_iter().rev().collect();
    if head.len() < before.len() {
        head.insert(0, '…');
    }
    let room = width.saturating_sub(head.width() + span.width());
    let tail = if after.width() > room { cut(&after, room.saturating_sub(1)) + "…" } else { after };
    let columns = (head.width(), span.width());
    (format!("{head}{span}{tail}"), columns.0, columns.1)
}

/// The beginning of a text that fits a width.
fn cut(text: &str, width: usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if out.width() + c.to_string().width() > width {
            break;
        }
        out.push(c);
    }
    out
}

/// Breaks a text at blanks to fit a width; `used` columns of the first line are taken, later lines are indented.
pub(super) fn wrapped(text: &str, width: usize, used: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut column = used;
    for (i, word) in text.split(' ').enumerate() {
        if i > 0 {
            if column + 1 + word.width() > width {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                out.push(' ');
                column += 1;
            }
        }
        out.push_str(word);
        column += word.width();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_round_the_span() {
        let line = format!("{}HIT{}", "a".repeat(200), "b".repeat(200));
        for width in [12, 30, 60] {
            let (text, before, marked) = excerpt(&line, 200, 203, width);
            assert!(text.width() <= width, "{} in {width}", text.width());
            let shown: String = text.chars().skip(before).take(marked).collect();
            assert_eq!(shown, "HIT");
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let text = "Tuva Ekhammar har legat hemma i feber och ont i halsen sedan i torsdags morse";
        let shown = Shown {
            action: Action::Redact,
            code: "note.health",
            message: "Skriv vad skolan ska göra, inte varför. Uppgifter om hälsa får stå i PMO.",
            place: "a.csv:12:33".to_owned(),
            line: 12,
            text: Some(Text::new(text)),
            span: Span::new(33, 38),
            label: "health, 0.95".to_owned(),
            notes: vec![("instead", "Så här gör skolan: … Frågor till mentor.".to_owned())],
        };
        for width in [40, 60, 100] {
            let out = human(&shown, Paint(false), width);
            assert!(out.lines().all(|l| l.width() <= width), "{out}");
            assert!(out.contains("^^^^^"), "{out}");
        }
    }
}
