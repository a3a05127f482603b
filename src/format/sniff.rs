//! What a stream is: by its first bytes; its name only decides where they leave it open.

use super::csv::sep_line;
use super::recode::Decoder;
use super::units::{Quoting, decode};
use super::{Format, FormatError};
use crate::model::Encoding;
use std::path::Path;

/// What was found out about a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sniffed {
    /// Its format.
    pub format: Format,
    /// Its encoding.
    pub encoding: Encoding,
    /// It is a file of a kind that is not read, too.
    pub also: Option<&'static str>,
}

/// Beginnings of kinds of files that this version does not read.
const UNREAD: [(&[u8], &str); 14] = [
    (b"PK\x03\x04", "a zip package (office document or archive)"),
    (b"PK\x05\x06", "an empty zip package"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"SQLite format 3", "a database"),
    (b"\0\x01\0\0Standard ", "an Access database"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
];

/// Finds out what a stream is from its head. `whole` tells that the head is all; `format` and `encoding` are what the
/// user or the policy said, if they did.
pub fn sniff(
    head: &[u8],
    whole: bool,
    name: Option<&Path>,
    format: Option<Format>,
    encoding: Option<Encoding>,
) -> Result<Sniffed, FormatError> {
    if let Some((_, what)) = UNREAD.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(FormatError::unread(what));
    }
    let encoding = encoding_of(head, whole, encoding);
    if !matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be) && binary(head) {
        return Err(FormatError::unread("it holds many control characters: a binary file"));
    }
    let mut utf8 = Vec::new();
    match Decoder::new(encoding, false) {
        Some(mut decoder) => decoder.push(head, whole, &mut utf8),
        None => utf8.extend_from_slice(head),
    }
    let text = decode(&utf8, Quoting::None);
    let body = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let format = match format {
        Some(Format::Csv('\0')) => Format::Csv(delimiter(body).unwrap_or(';')),
        Some(format) => format,
        None => guess(body, whole, name)?,
    };
    Ok(Sniffed { format, encoding, also: also(head, whole) })
}

/// By mark, by what was said, by validity, by what the bytes would be.
fn encoding_of(head: &[u8], whole: bool, said: Option<Encoding>) -> Encoding {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => return Encoding::Utf8,
        [0xFF, 0xFE, ..] => return Encoding::Utf16Le,
        [0xFE, 0xFF, ..] => return Encoding::Utf16Be,
        _ => {}
    }
    let guess = || match declared(head) {
        Some(declared) if head.is_ascii() || !valid(head, whole) => declared,
        _ if valid(head, whole) => Encoding::Utf8,
        _ => code_page(head),
    };
    said.or_else(|| unmarked_utf16(head)).unwrap_or_else(guess)
}

/// The encoding that an XML document declares.
fn declared(head: &[u8]) -> Option<Encoding> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let declaration = std::str::from_utf8(&declaration[..memchr::memchr(b'>', declaration)?]).ok()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let name = value.strip_prefix(['"', '\''])?.split(['"', '\'']).next()?;
    Encoding::from_id(name).filter(|e| !matches!(e, Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be))
}

/// UTF-16 without a mark: every other byte is, as a rule, zero.
fn unmarked_utf16(head: &[u8]) -> Option<Encoding> {
    let head = &head[..head.len().min(4096)];
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let half = head.len() / 2;
    match half {
        0..2 => None,
        _ if odd * 10 >= half * 7 && even * 10 <= half => Some(Encoding::Utf16Le),
        _ if even * 10 >= half * 7 && odd * 10 <= half => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// Whether bytes are UTF-8, but for a few lines of another encoding; a character cut off at the end of an incomplete
/// head is no fault.
fn valid(bytes: &[u8], whole: bool) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    if !whole && bad == 1 && bytes.utf8_chunks().last().is_some_and(|c| !c.invalid().is_empty()) {
        bad = 0;
    }
    bad == 0 || good > bad
}

/// Windows-1252 or the DOS code page 850 (which has the Nordic letters where 865 and 437 have them): by the letters that
/// each makes of bytes beside letters.
fn code_page(head: &[u8]) -> Encoding {
    let letter = |at: Option<usize>| at.and_then(|i| head.get(i)).is_some_and(u8::is_ascii_alphabetic);
    let (mut windows, mut dos) = (0, 0);
    for (at, b) in head.iter().enumerate().filter(|(_, b)| **b >= 0x80) {
        if !letter(at.checked_sub(1)) && !letter(Some(at + 1)) {
            continue;
        }
        match b {
            0xC4 | 0xC5 | 0xC6 | 0xC9 | 0xD6 | 0xD8 | 0xE4 | 0xE5 | 0xE6 | 0xE9 | 0xF6 | 0xF8 | 0xFC => windows += 1,
            // Between letters these are no quotation marks.
            0x81 | 0x82 | 0x84 | 0x86 | 0x8E | 0x8F | 0x90 | 0x91 | 0x92 | 0x94 | 0x99 | 0x9B | 0x9D => {
                dos += if letter(at.checked_sub(1)) && letter(Some(at + 1)) { 2 } else { 1 };
            }
            _ => {}
        }
    }
    if dos > windows { Encoding::Cp850 } else { Encoding::Windows1252 }
}

/// Whether bytes are no text: control characters that no text has, in number.
fn binary(head: &[u8]) -> bool {
    let odd = head.iter().filter(|b| matches!(b, 0..=8 | 0x0E..=0x19 | 0x1B..=0x1F | 0x7F)).count();
    odd > 2 && odd * 50 > head.len()
}

/// A file that is two things at once.
fn also(head: &[u8], whole: bool) -> Option<&'static str> {
    if memchr::memmem::find(&head[..head.len().min(1024)], b"%PDF-").is_some_and(|at| at > 0) {
        return Some("it is a PDF document as well");
    }
    let zip = whole && memchr::memmem::rfind(head, b"PK\x05\x06").is_some_and(|at| head.len() - at < 66_000);
    zip.then_some("it is a zip package as well")
}

fn guess(body: &str, whole: bool, name: Option<&Path>) -> Result<Format, FormatError> {
    let extension = |p: &Path| p.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let mut name = name.map(Path::to_path_buf);
    if let Some(n) = name.as_mut().filter(|n| matches!(extension(n).as_str(), "gz" | "zst" | "gzip" | "zstd")) {
        n.set_extension("");
    }
    let extension = name.as_deref().map(extension).unwrap_or_default();
    match extension.as_str() {
        "eml" | "mbox" | "msg" => return Err(FormatError::unread("mail")),
        "slk" | "dif" | "dbf" => return Err(FormatError::unread("an old spreadsheet or database format")),
        _ => {}
    }
    let start = body.trim_start();
    if start.starts_with('<') && starts_markup(start) {
        return Ok(if is_html(start, &extension) { Format::Html } else { Format::Xml });
    }
    if start.starts_with(['{', '[']) && looks_like_json(start) {
        let said = matches!(extension.as_str(), "jsonl" | "ndjson");
        return Ok(if said || many_documents(start, whole) { Format::JsonLines } else { Format::Json });
    }
    match extension.as_str() {
        "json" if !start.is_empty() => return Ok(Format::Json),
        "jsonl" | "ndjson" => return Ok(Format::JsonLines),
        "xml" if start.starts_with('<') => return Ok(Format::Xml),
        "html" | "htm" | "xhtml" => return Ok(Format::Html),
        "tsv" | "tab" => return Ok(Format::Csv('\t')),
        "csv" => return Ok(Format::Csv(delimiter(body).unwrap_or(';'))),
        "md" | "log" | "text" => return Ok(Format::Text),
        _ => {}
    }
    let table = delimiter(body).filter(|d| table_like(body, *d, extension == "txt"));
    Ok(table.map_or(Format::Text, Format::Csv))
}

/// The beginning of a JSON array or object, and not of a sentence in brackets.
fn looks_like_json(start: &str) -> bool {
    let next = start[1..].trim_start().chars().next();
    match start.as_bytes()[0] {
        b'{' => matches!(next, Some('"' | '}')) || next.is_none(),
        _ => {
            let word = ["true", "false", "null"].iter().any(|w| start[1..].trim_start().starts_with(w));
            word || matches!(next, Some('{' | '"' | '[' | ']' | '-' | '0'..='9')) && !start[1..].contains("] ")
                || matches!(next, Some('{' | '"' | '['))
        }
    }
}

/// Whether each line is a document: a second one follows the first, which stands on one line.
fn many_documents(start: &str, whole: bool) -> bool {
    let mut documents = serde_json::Deserializer::from_str(start).into_iter::<serde::de::IgnoredAny>();
    match documents.next() {
        Some(Ok(_)) => {
            let (first, rest) = start.split_at(documents.byte_offset());
            !first.contains('\n') && !rest.trim_start().is_empty()
        }
        // A broken first line with whole documents on the lines below.
        _ if whole || start.len() > 1000 => {
            let mut lines = start.lines().filter(|l| !l.trim().is_empty()).skip(1).take(3).peekable();
            lines.peek().is_some()
                && lines.all(|l| l.trim().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(l).is_ok())
        }
        _ => false,
    }
}

fn starts_markup(start: &str) -> bool {
    let head: String = start.chars().take(400).collect::<String>().to_lowercase();
    ["<?xml", "<!doctype", "<html", "<body", "<div", "<!--", "<p>", "<table"].iter().any(|t| head.starts_with(t))
        || start[1..].starts_with(|c: char| c.is_alphabetic() || c == '_')
            && (start.contains("</") || start.contains("/>"))
            && start.find('>').is_some()
}

fn is_html(start: &str, extension: &str) -> bool {
    let head: String = start.chars().take(2000).collect::<String>().to_lowercase();
    let tags = ["<!doctype html", "<html", "<body", "<div", "<p>", "<table", "<head", "<br>", "<span"];
    matches!(extension, "html" | "htm")
        || tags.iter().any(|t| head.contains(t)) && !head.starts_with("<?xml")
        || head.contains("http://www.w3.org/1999/xhtml")
}

/// The delimiters of tables, the likelier first.
const DELIMITERS: [char; 5] = [';', '\t', ',', '¤', '|'];

/// The delimiter of a table: the one that a first line names, else the one that parts its first lines most evenly.
fn delimiter(body: &str) -> Option<char> {
    if let Some((named, _)) = sep_line(body.as_bytes()) {
        return DELIMITERS
            .into_iter()
            .find(|d| *d as u32 == u32::from(named))
            .or(Some(named as char))
            .filter(char::is_ascii);
    }
    // Tables of Tabulex begin with the school year: a first line without the delimiter is the weaker sign.
    let evenness = |d: char| {
        let counts = counts(body, d);
        let (times, usual) = counts
            .iter()
            .filter(|n| **n > 0)
            .fold((0, 0), |best, n| best.max((counts.iter().filter(|m| *m == n).count(), *n)));
        (counts[0] > 0, times, usual)
    };
    let rated = DELIMITERS.into_iter().rev().map(|d| (evenness(d), d)).filter(|((_, times, _), _)| *times > 0);
    rated.max_by_key(|(rating, _)| *rating).map(|(_, d)| d)
}

/// How often a character stands outside quotes on each of the first lines that are not empty.
fn counts(body: &str, delimiter: char) -> Vec<usize> {
    let (mut counts, mut quoted, mut empty, mut cell_start) = (vec![0], false, true, true);
    for c in body.chars().take(64 * 1024) {
        match c {
            '\n' | '\r' if !quoted => {
                if !empty {
                    if counts.len() == 20 {
                        return counts;
                    }
                    counts.push(0);
                }
                (empty, cell_start) = (true, true);
                continue;
            }
            '"' if cell_start || quoted => quoted = !quoted,
            c if c == delimiter && !quoted => *counts.last_mut().expect("never empty") += 1,
            _ => {}
        }
        (empty, cell_start) = (false, c == delimiter && !quoted);
    }
    if empty && counts.len() > 1 {
        counts.pop();
    }
    counts
}

/// Without a name that says so, only lines that all have the same number of delimiters are a table, but for the first:
/// two lines with semicolons, tabs or `¤`, three with two commas or bars. A text file has to be surer.
fn table_like(body: &str, delimiter: char, text: bool) -> bool {
    if sep_line(body.as_bytes()).is_some() {
        return true;
    }
    let counts = counts(body, delimiter);
    let (lines, least) = match delimiter {
        '¤' => (2, 2),
        ';' | '\t' if !text => (2, 1),
        _ => (3, 2),
    };
    let rows = if delimiter == '¤' && counts[0] == 0 { &counts[1..] } else { &counts[..] };
    rows.len() >= lines && rows[0] >= least && rows.iter().all(|n| *n == rows[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn case(bytes: &[u8], name: &str, expected: Option<(Format, Encoding)>) {
        let found = sniff(bytes, true, Some(Path::new(name)), None, None).ok().map(|s| (s.format, s.encoding));
        assert_eq!(found, expected);
    }

    #[test]
    fn by_content_first() {
        let utf8 = |format| Some((format, Encoding::Utf8));
        case(b"a;b\n1;2\n", "x.csv", utf8(Format::Csv(';')));
        case(b"a,b\n1,\"2;3\"\n", "x.csv", utf8(Format::Csv(',')));
        case(b"a\tb\n1\t2\n", "x", utf8(Format::Csv('\t')));
        case("2026/27\nE1¤S¤A\nE2¤S¤B\n".as_bytes(), "Elev.txt", utf8(Format::Csv('¤')));
        case(b"a|b|c\n1|2|3\n4|5|6\n", "x", utf8(Format::Csv('|')));
        case(b"sep=,\r\na,b;c\r\n", "x.csv", utf8(Format::Csv(',')));
        case(b"Namn;Ort\n\xc5sa;Ume\xe5\n", "x.csv", Some((Format::Csv(';'), Encoding::Windows1252)));
        case(b"Namn;Ort\n\x8fsa;Ume\x86\nBj\x94rn;B\x86stad\n", "x.csv", Some((Format::Csv(';'), Encoding::Cp850)));
        case(b"\xff\xfea\0;\0b\0\n\0", "x.csv", Some((Format::Csv(';'), Encoding::Utf16Le)));
        case(b"\0a\0;\0b\0\n\0c\0;\0d", "x.csv", Some((Format::Csv(';'), Encoding::Utf16Be)));
        case("Hej, du.\n".as_bytes(), "x.txt", utf8(Format::Text));
        case("Hej, du.\nVad, nu?\nInget, alls.\n".as_bytes(), "x", utf8(Format::Text));
        case(b"{\"a\":1}", "x.csv", utf8(Format::Json));
        case(b"{\"a\":1}\n{\"a\":2}\n", "x.json", utf8(Format::JsonLines));
        case(b"[1, 2]", "x", utf8(Format::Json));
        case("[Anna] kommer".as_bytes(), "x", utf8(Format::Text));
        case(b"<?xml version='1.0'?><a/>", "x.txt", utf8(Format::Xml));
        case(b"<!DOCTYPE html><p>x", "x.xls", utf8(Format::Html));
        case(b"<table><tr><td>x", "x.xls", utf8(Format::Html));
        case(b"<3 du", "x", utf8(Format::Text));
        case(b"PK\x03\x04", "x.csv", None);
        case(b"%PDF-1.7", "x.txt", None);
        case(b"\0\x01\x02\x03\x04\x05", "x.txt", None);
        let both = sniff(b"a;b\n%PDF-1.4\n", true, None, None, None).ok().and_then(|s| s.also);
        assert_eq!(both, Some("it is a PDF document as well"));
    }
}
