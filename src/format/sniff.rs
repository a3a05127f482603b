//! What a stream is, by its first bytes; its name only decides between text and tables of text.

use super::units::Encoding;
use super::{Format, FormatError};
use std::path::Path;

/// What was found out about a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sniffed {
    /// Its format.
    pub format: Format,
    /// Its encoding.
    pub encoding: Encoding,
    /// Bytes of its byte-order mark.
    pub bom: usize,
}

/// Beginnings of kinds of files that this version does not read.
const UNREAD: [(&[u8], &str); 14] = [
    (b"PK\x03\x04", "a zip package (office document or archive)"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"SQLite format 3", "a database"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
];

/// Finds out what a stream is from its head. `format` and `encoding` are what the user said, if they did.
pub fn sniff(
    head: &[u8],
    whole: bool,
    name: Option<&Path>,
    format: Option<Format>,
    encoding: Option<Encoding>,
) -> Result<Sniffed, FormatError> {
    let bom = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let body = &head[bom..];
    if let Some((_, what)) = UNREAD.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(FormatError::Unread(what));
    }
    if body.contains(&0) {
        return Err(FormatError::Unread("it holds NUL bytes: a binary file, or UTF-16 without a mark"));
    }
    let encoding = encoding.unwrap_or_else(|| if valid(body, whole) { Encoding::Utf8 } else { Encoding::Windows1252 });
    let format = match format {
        Some(Format::Csv(0)) => Format::Csv(delimiter(body).unwrap_or(b';')),
        Some(format) => format,
        None => guess(body, name)?,
    };
    Ok(Sniffed { format, encoding, bom })
}

/// Whether bytes are UTF-8; a character cut off at the end of an incomplete head is no fault.
fn valid(bytes: &[u8], whole: bool) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(e) => !whole && e.error_len().is_none(),
    }
}

fn guess(body: &[u8], name: Option<&Path>) -> Result<Format, FormatError> {
    let extension = name.and_then(|n| n.extension()).map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let first = body.iter().find(|b| !b.is_ascii_whitespace());
    let unread = match extension.as_str() {
        "json" | "jsonl" | "ndjson" => Some("JSON"),
        "xml" => Some("XML"),
        "html" | "htm" => Some("HTML"),
        "eml" | "mbox" | "msg" => Some("mail"),
        "tsv" | "tab" => Some("tab-separated values"),
        _ => None,
    };
    if let Some(what) = unread {
        return Err(FormatError::Unread(what));
    }
    match first {
        Some(b'{') if body.contains(&b'"') => return Err(FormatError::Unread("JSON")),
        Some(b'[') if looks_like_json_list(body) => return Err(FormatError::Unread("JSON")),
        Some(b'<') if starts_markup(body) => return Err(FormatError::Unread("XML or HTML")),
        _ => {}
    }
    if extension == "csv" {
        return Ok(Format::Csv(delimiter(body).unwrap_or(b';')));
    }
    if matches!(extension.as_str(), "txt" | "md" | "log" | "text") {
        return Ok(Format::Text);
    }
    Ok(delimiter(body).filter(|_| table_like(body)).map_or(Format::Text, Format::Csv))
}

fn looks_like_json_list(body: &[u8]) -> bool {
    let rest: Vec<u8> = body.iter().copied().filter(|b| !b.is_ascii_whitespace()).take(2).collect();
    matches!(rest.as_slice(), [b'[', b'{' | b'"' | b'[' | b']' | b'0'..=b'9'])
}

fn starts_markup(body: &[u8]) -> bool {
    let text: String = String::from_utf8_lossy(&body[..body.len().min(400)]).trim_start().to_lowercase();
    ["<?xml", "<!doctype", "<html", "<body", "<div"].iter().any(|t| text.starts_with(t))
        || text.starts_with('<') && text.contains("</")
}

/// The delimiter of a table: the one that parts its first lines most evenly.
fn delimiter(body: &[u8]) -> Option<u8> {
    let best = [b';', b','].into_iter().map(|d| (counts(body, d), d)).filter(|(c, _)| c.iter().any(|n| *n > 0));
    best.max_by_key(|(c, d)| {
        let header = c[0];
        let same = c.iter().filter(|n| **n == header && header > 0).count();
        (same, header, *d == b';')
    })
    .map(|(_, d)| d)
}

/// How often a byte stands outside quotes on each of the first lines.
fn counts(body: &[u8], delimiter: u8) -> Vec<usize> {
    let (mut counts, mut quoted) = (vec![0], false);
    for b in body.iter().take(64 * 1024) {
        match b {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => {
                if counts.len() == 20 {
                    break;
                }
                counts.push(0);
            }
            b if *b == delimiter && !quoted => *counts.last_mut().expect("never empty") += 1,
            _ => {}
        }
    }
    if counts.len() > 1 && counts.last() == Some(&0) {
        counts.pop();
    }
    counts
}

/// Without a name that says so, only lines that all have the same number of delimiters are a table: two lines with
/// semicolons, three with two commas or more.
fn table_like(body: &[u8]) -> bool {
    delimiter(body).is_some_and(|d| {
        let counts = counts(body, d);
        let (lines, least) = if d == b';' { (2, 1) } else { (3, 2) };
        counts.len() >= lines && counts[0] >= least && counts.iter().all(|n| *n == counts[0])
    })
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
        case(b"a;b\n1;2\n", "x.csv", Some((Format::Csv(b';'), Encoding::Utf8)));
        case(b"a,b\n1,\"2;3\"\n", "x.csv", Some((Format::Csv(b','), Encoding::Utf8)));
        case(b"Namn;Ort\n\xc5sa;Ume\xe5\n", "x.csv", Some((Format::Csv(b';'), Encoding::Windows1252)));
        case("Hej, du.\n".as_bytes(), "x.txt", Some((Format::Text, Encoding::Utf8)));
        case(b"PK\x03\x04", "x.csv", None);
        case(b"%PDF-1.7", "x.txt", None);
        case(b"{\"a\":1}", "x", None);
        case(b"a\0b", "x.txt", None);
    }
}
