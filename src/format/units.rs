//! Characters and the raw bytes they came from: quoting, undone and redone.
//!
//! Raw bytes are UTF-8 (see `recode`), perhaps broken: a byte that breaks it is read as Windows-1252, for files that
//! mix both.

use crate::model::Edit;
use encoding_rs::WINDOWS_1252;
use quick_xml::escape::resolve_html5_entity;
use std::borrow::Cow;
use std::ops::Range;

/// How a text is wrapped in its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    None,
    /// A CSV cell that begins with a quote: `""` is one, a lone one ends the quoted part.
    Csv,
    /// The same, after the quote.
    CsvInside,
    /// Between the quotes of a JSON string.
    Json,
    /// A JSON number or word: whole or not at all, and then as a string.
    JsonBare,
    /// XML text or an attribute between its quotes.
    Xml,
    /// HTML: tags, comments and scripts are not seen, and stay.
    Html,
    /// An attribute, comment or script of HTML.
    HtmlValue,
}

/// The longest tag, comment, script or entity that is taken for one, in bytes.
const MAX_HIDDEN: usize = 256 * 1024;
const MAX_ENTITY: usize = 1024;

/// The characters of raw bytes.
pub(super) fn decode(raw: &[u8], quoting: Quoting) -> Cow<'_, str> {
    match as_it_stands(raw, quoting) {
        Some((text, _)) => Cow::Borrowed(text),
        None => Cow::Owned(Units::new(raw, quoting).filter_map(|u| u.seen).collect()),
    }
}

/// The characters of raw bytes in which nothing is quoted, and where they begin.
fn as_it_stands(raw: &[u8], quoting: Quoting) -> Option<(&str, usize)> {
    let special = match quoting {
        Quoting::None | Quoting::JsonBare => false,
        Quoting::Csv | Quoting::CsvInside => memchr::memchr(b'"', raw).is_some(),
        Quoting::Json => memchr::memchr(b'\\', raw).is_some(),
        Quoting::Xml => memchr::memchr(b'&', raw).is_some(),
        Quoting::HtmlValue => memchr::memchr2(b'&', b'\\', raw).is_some(),
        Quoting::Html => memchr::memchr2(b'&', b'<', raw).is_some(),
    };
    if let Some(inner) = raw.strip_prefix(b"\"").and_then(|r| r.strip_suffix(b"\""))
        && quoting == Quoting::Csv
        && memchr::memchr(b'"', inner).is_none()
        && let Ok(text) = std::str::from_utf8(inner)
    {
        return Some((text, 1));
    }
    if special { None } else { Some((std::str::from_utf8(raw).ok()?, 0)) }
}

/// Raw bytes in place of others.
pub(super) struct RawEdit {
    /// What goes, in raw bytes.
    pub(super) range: Range<usize>,
    /// What comes.
    pub(super) bytes: Vec<u8>,
}

/// Edits of characters as edits of raw bytes: every byte of the characters goes, quotes, tags and the like stay.
pub(super) fn raw_edits(raw: &[u8], quoting: Quoting, edits: &[Edit]) -> Vec<RawEdit> {
    let mut out: Vec<RawEdit> = Vec::new();
    if edits.is_empty() {
        return out;
    }
    if let Some((_, first)) = as_it_stands(raw, quoting) {
        let raw_edit = |e: &Edit| RawEdit {
            range: e.span.start + first..e.span.end + first,
            bytes: quoted(&e.replacement, quoting),
        };
        return edits.iter().map(raw_edit).collect();
    }
    let write = |edit: &Edit, at: usize| RawEdit { range: at..at, bytes: quoted(&edit.replacement, quoting) };
    let (mut at, mut begun) = (0, false);
    let mut edits = edits.iter().peekable();
    for unit in Units::new(raw, quoting) {
        while let Some(edit) = edits.next_if(|e| e.span.start == at && e.span.is_empty() && unit.seen.is_some()) {
            out.push(write(edit, unit.range.start));
        }
        let Some(c) = unit.seen else { continue };
        if let Some(edit) = edits.peek().filter(|e| e.span.start <= at) {
            begun |= edit.span.start == at;
            let last = at + c.len_utf8() >= edit.span.end;
            // The replacement goes where the first character goes, not before a tag that stays.
            if begun && (!unit.stays || last) {
                out.push(write(edit, unit.range.start));
                begun = false;
            }
            if !unit.stays {
                match out.last_mut() {
                    Some(last) if last.range.end == unit.range.start => last.range.end = unit.range.end,
                    _ => out.push(RawEdit { range: unit.range.clone(), bytes: Vec::new() }),
                }
            }
            if last {
                edits.next();
            }
        }
        at += c.len_utf8();
    }
    // What is to be inserted at the end goes before a closing quote.
    let end = if quoting == Quoting::Csv && raw.len() > 1 && raw.ends_with(b"\"") { raw.len() - 1 } else { raw.len() };
    out.extend(edits.filter(|e| e.span.is_empty()).map(|e| write(e, end)));
    out
}

/// Writes raw bytes with edits that are sorted and do not overlap.
pub(super) fn write_edited(raw: &[u8], edits: &[RawEdit], out: &mut Vec<u8>) {
    let mut done = 0;
    for edit in edits {
        out.extend_from_slice(&raw[done..edit.range.start]);
        out.extend_from_slice(&edit.bytes);
        done = edit.range.end;
    }
    out.extend_from_slice(&raw[done..]);
}

/// A replacement as it must be written inside the quoting.
pub(super) fn quoted(text: &str, quoting: Quoting) -> Vec<u8> {
    match quoting {
        Quoting::None | Quoting::JsonBare => text.as_bytes().to_vec(),
        Quoting::Csv | Quoting::CsvInside => text.replace('"', "\"\"").into_bytes(),
        Quoting::Json => {
            let string = serde_json::Value::from(text).to_string();
            string.as_bytes()[1..string.len() - 1].to_vec()
        }
        Quoting::Xml | Quoting::Html | Quoting::HtmlValue => quick_xml::escape::escape(text).as_bytes().to_vec(),
    }
}

/// A character, or raw bytes that only wrap.
pub(super) struct Unit {
    pub(super) range: Range<usize>,
    pub(super) seen: Option<char>,
    /// Its bytes stay even if the character is taken out: a tag that ends a line.
    stays: bool,
}

/// Walks over raw bytes.
pub(super) struct Units<'a> {
    raw: &'a [u8],
    at: usize,
    quoting: Quoting,
    /// Inside the quoted part of a CSV cell.
    quoted: bool,
    /// A CSV cell that may still open its quote.
    opening: bool,
    /// Bytes of a tag, comment or script that are still to come, and whether it parts lines.
    hidden: usize,
    parts_line: bool,
    absent: Absent,
}

/// What a tag that parts lines is seen as: no line end of the file.
const LINE: char = '\u{2028}';

impl<'a> Units<'a> {
    pub(super) fn new(raw: &'a [u8], quoting: Quoting) -> Self {
        let (quoted, opening) = (quoting == Quoting::CsvInside, quoting == Quoting::Csv);
        Self { raw, at: 0, quoting, quoted, opening, hidden: 0, parts_line: false, absent: Absent::default() }
    }

    fn unit(&mut self, len: usize, seen: Option<char>, stays: bool) -> Option<Unit> {
        let start = self.at;
        self.at += len;
        Some(Unit { range: start..self.at, seen, stays })
    }
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let raw = &self.raw[self.at..];
        let byte = *raw.first()?;
        match (byte, self.quoting) {
            _ if self.hidden > 0 => {}
            (b'"', Quoting::Csv | Quoting::CsvInside) if self.opening || self.quoted => {
                let opening = std::mem::take(&mut self.opening);
                if !opening && raw.get(1) == Some(&b'"') {
                    return self.unit(2, Some('"'), false);
                }
                self.quoted = opening;
                return self.unit(1, None, true);
            }
            (b'\\', Quoting::Json) | (b'\\', Quoting::HtmlValue)
                if self.quoting == Quoting::Json || raw.get(1) == Some(&b'u') =>
            {
                let (c, len) = json_escape(raw);
                return self.unit(len, Some(c), false);
            }
            (b'&', Quoting::Xml | Quoting::Html | Quoting::HtmlValue) => {
                if let Some((c, len)) = entity(raw, self.quoting != Quoting::Xml) {
                    return self.unit(len, Some(c), false);
                }
            }
            (b'<', Quoting::Html) if self.hidden == 0 => {
                if let Some((len, parts_line)) = hidden(self.raw, self.at, &mut self.absent) {
                    (self.hidden, self.parts_line) = (len, parts_line);
                }
            }
            _ => {}
        }
        if self.hidden > 0 {
            // Its line ends are seen, so that lines are counted as an editor counts them.
            let line_end = memchr::memchr(b'\n', &raw[..self.hidden.min(raw.len())]);
            let len = line_end.map_or(self.hidden, |at| at + 1).min(raw.len());
            self.hidden -= len.min(self.hidden);
            let parts = (self.hidden == 0 && self.parts_line).then_some(LINE);
            return self.unit(len, if line_end.is_some() { Some('\n') } else { parts }, true);
        }
        self.opening = false;
        let (c, len) = character(raw);
        self.unit(len, Some(c), false)
    }
}

/// The character at the beginning of raw bytes and its length.
fn character(raw: &[u8]) -> (char, usize) {
    let byte = raw[0];
    if byte < 0x80 {
        return (byte as char, 1);
    }
    let end = raw.len().min(4);
    if let Some(c) = (2..=end).find_map(|e| std::str::from_utf8(&raw[..e]).ok()).and_then(|s| s.chars().next()) {
        return (c, c.len_utf8());
    }
    let low = |at: usize| raw.get(at).filter(|b| (0x80..0xC0).contains(*b)).map(|b| u32::from(*b & 0x3F));
    match byte {
        // An overlong form of an ASCII character: a way to hide it.
        0xC0 | 0xC1 => {
            if let Some(c) = low(1).and_then(|l| char::from_u32(u32::from(byte & 1) << 6 | l)) {
                return (c, 2);
            }
        }
        // Halves of a UTF-16 pair, each in three bytes; or one half alone.
        0xED => {
            if let (Some(a), Some(b)) = (low(1), low(2)) {
                let second = (raw.get(3) == Some(&0xED)).then(|| low(4).zip(low(5))).flatten();
                if let Some((c, d)) = second.filter(|(c, _)| a & 0x30 == 0x20 && c & 0x30 == 0x30) {
                    let code = 0x10000 + ((a & 0x0F) << 16) + (b << 10) + ((c & 0x0F) << 6) + d;
                    return (char::from_u32(code).unwrap_or('\u{FFFD}'), 6);
                }
                return ('\u{FFFD}', 3);
            }
        }
        super::recode::CURRENCY => return ('¤', 1),
        _ => {}
    }
    (WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or('\u{FFFD}'), 1)
}

/// The character of an escape and its length; what is no escape stands for itself.
fn json_escape(raw: &[u8]) -> (char, usize) {
    let hex = |at: usize| {
        let digits = std::str::from_utf8(raw.get(at..at + 4)?).ok()?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    };
    match raw.get(1) {
        Some(b'n') => ('\n', 2),
        Some(b'r') => ('\r', 2),
        Some(b't') => ('\t', 2),
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{C}', 2),
        Some(c @ (b'"' | b'\\' | b'/')) => (*c as char, 2),
        Some(b'u') => match hex(2) {
            Some(high @ 0xD800..0xDC00) => {
                let low = (raw.get(6..8) == Some(b"\\u")).then(|| hex(8)).flatten();
                match low.filter(|l| (0xDC00..0xE000).contains(l)) {
                    Some(low) => {
                        (char::from_u32(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00).unwrap_or('\u{FFFD}'), 12)
                    }
                    None => ('\u{FFFD}', 6),
                }
            }
            Some(code) => (char::from_u32(code).unwrap_or('\u{FFFD}'), 6),
            None => ('\\', 1),
        },
        _ => ('\\', 1),
    }
}

/// The character that a reference stands for, and its length. HTML knows many names and forgives a missing semicolon
/// after a number; XML knows five.
fn entity(raw: &[u8], html: bool) -> Option<(char, usize)> {
    let body = &raw[1..raw.len().min(MAX_ENTITY)];
    if let Some(number) = body.strip_prefix(b"#") {
        let (digits, base) = match number.first() {
            Some(b'x' | b'X') => (&number[1..], 16),
            _ => (number, 10),
        };
        let count = digits.iter().take_while(|b| (**b as char).is_digit(base)).count();
        let closed = digits.get(count) == Some(&b';');
        if count == 0 || !closed && !html {
            return None;
        }
        let code = std::str::from_utf8(&digits[..count]).ok().and_then(|d| u32::from_str_radix(d, base).ok());
        let c = match code {
            // As browsers read them.
            Some(c1 @ 0x80..0xA0) => character(&[c1 as u8]).0,
            Some(code) => char::from_u32(code).unwrap_or('\u{FFFD}'),
            None => '\u{FFFD}',
        };
        return Some((c, 1 + body.len() - digits.len() + count + usize::from(closed)));
    }
    let count = body.iter().take(32).take_while(|b| b.is_ascii_alphanumeric()).count();
    let name = std::str::from_utf8(&body[..count]).ok()?;
    if body.get(count) != Some(&b';') {
        // The letters of Latin-1 are read without a semicolon, too.
        const LATIN: [&str; 8] = ["uml", "ring", "slash", "lig", "acute", "grave", "circ", "cedil"];
        let letter = |end: &usize| LATIN.iter().any(|l| name[..*end].ends_with(l));
        let end = (4..=count.min(7)).find(letter).filter(|_| html)?;
        return resolve_html5_entity(&name[..end])?.chars().next().map(|c| (c, end + 1));
    }
    let stands_for = if html { resolve_html5_entity(name)? } else { quick_xml::escape::resolve_xml_entity(name)? };
    stands_for.chars().next().map(|c| (c, count + 2))
}

/// What is known not to come before a place: without it, every `<` of a hostile text would be searched from again.
#[derive(Default)]
pub(super) struct Absent {
    tag_end: usize,
    comment_end: usize,
    script_end: usize,
}

/// The first place of `what` from `from` on, less than [`MAX_HIDDEN`] bytes after `at`; a place where it is known not to
/// be before is not searched again.
fn find(all: &[u8], at: usize, from: usize, what: &[u8], absent: &mut usize) -> Option<usize> {
    let end = all.len().min(at + MAX_HIDDEN);
    let start = from.max(*absent).min(end);
    let found = memchr::memmem::find(&all[start..end], what).map(|i| start + i);
    if found.is_none() {
        *absent = end.saturating_sub(what.len() - 1).max(*absent);
    }
    found
}

/// The length of a tag, comment, declaration or script at byte `at`, and whether it parts lines.
pub(super) fn hidden(all: &[u8], at: usize, absent: &mut Absent) -> Option<(usize, bool)> {
    let raw = &all[at..all.len().min(at + MAX_HIDDEN)];
    if raw.starts_with(b"<!--") {
        return find(all, at, at + 4, b"-->", &mut absent.comment_end).map(|end| (end + 3 - at, false));
    }
    if raw.starts_with(b"<![CDATA[") {
        // Its content is text in XHTML and hidden in HTML; only the wrapping is passed over.
        return Some((9, false));
    }
    let name_at = 1 + usize::from(raw.get(1) == Some(&b'/'));
    if !raw.get(name_at).is_some_and(|b| b.is_ascii_alphabetic() || name_at == 1 && matches!(b, b'!' | b'?')) {
        return None;
    }
    let first = find(all, at, at + 1, b">", &mut absent.tag_end)? - at;
    let len = tag_end(raw).unwrap_or(first + 1);
    let name: Vec<u8> =
        raw[name_at..len].iter().map(u8::to_ascii_lowercase).take_while(|b| b.is_ascii_alphanumeric()).collect();
    if name_at == 1 && matches!(name.as_slice(), b"script" | b"style") && !raw[..len].ends_with(b"/>") {
        let mut from = at + len;
        while let Some(close) = find(all, at, from, b"</", &mut absent.script_end) {
            let same = all.get(close + 2..close + 2 + name.len()).is_some_and(|n| n.eq_ignore_ascii_case(&name));
            if same {
                return Some((close - at, false));
            }
            from = close + 2;
        }
        return Some((len, false));
    }
    const INLINE: [&[u8]; 22] = [
        b"a", b"abbr", b"b", b"bdi", b"bdo", b"big", b"cite", b"code", b"del", b"em", b"font", b"i", b"ins", b"mark",
        b"s", b"small", b"span", b"strong", b"sub", b"sup", b"u", b"wbr",
    ];
    Some((len, !INLINE.contains(&name.as_slice())))
}

/// Where a tag ends: after the first `>` outside quotes. `None` if a quote in it never closes.
fn tag_end(raw: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, b) in raw.iter().enumerate() {
        match (quote, b) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') if raw[at - 1] == b'=' || raw[at - 1].is_ascii_whitespace() => quote = Some(*b),
            (Some(q), b) if q == *b => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    #[track_caller]
    fn edited(raw: &[u8], quoting: Quoting, seen: &str, what: &str, replacement: &str) -> Vec<u8> {
        let text = decode(raw, quoting);
        assert_eq!(text, seen);
        let at = text.find(what).expect("there");
        let edit = Edit { span: Span::new(at, at + what.len()), replacement: replacement.into() };
        let mut out = Vec::new();
        write_edited(raw, &raw_edits(raw, quoting, &[edit]), &mut out);
        out
    }

    #[test]
    fn quotes_and_bytes_outside_edits_stay() {
        assert_eq!(
            edited(b"\"a \"\"b\"\" \xe5sa\"", Quoting::Csv, "a \"b\" åsa", "åsa", "[\"é\"]"),
            "\"a \"\"b\"\" [\"\"é\"\"]\"".as_bytes()
        );
        assert_eq!(edited(b"\"\"", Quoting::Csv, "", "", "x"), b"\"x\"");
        assert_eq!(edited(b"a\"\"b\"", Quoting::CsvInside, "a\"b", "b", "c"), b"a\"\"c\"");
    }

    #[test]
    fn broken_utf8_is_read_as_windows_1252_and_kept() {
        let raw = "Åsa \u{2013} ".as_bytes().iter().copied().chain(*b"\x96 x").collect::<Vec<u8>>();
        let out = edited(&raw, Quoting::None, "Åsa – – x", "Åsa", "Z");
        assert_eq!(out[1..], raw[4..]);
        assert_eq!(decode(b"1212\xc0\xad12", Quoting::None), "1212-12", "overlong");
        assert_eq!(decode(b"\xed\xa0\xbd\xed\xb8\x80 \xed\xa0\x80", Quoting::None), "\u{1F600} \u{FFFD}", "halves");
    }

    #[test]
    fn escapes_of_json() {
        let raw = br#"a\u002db \ud83d\ude00 \"c\" \n \x \ud83d"#;
        let seen = "a-b 😀 \"c\" \n \\x \u{FFFD}";
        assert_eq!(
            edited(raw, Quoting::Json, seen, "\"c\"", "\"\n\\"),
            br#"a\u002db \ud83d\ude00 \"\n\\ \n \x \ud83d"#
        );
        assert_eq!(edited(raw, Quoting::Json, seen, "a-b", "z"), br#"z \ud83d\ude00 \"c\" \n \x \ud83d"#);
    }

    #[test]
    fn entities_and_tags() {
        let raw = b"1212<b>&#45;</b>12 &amp; &lt;&ouml;";
        assert_eq!(
            edited(raw, Quoting::Xml, "1212<b>-</b>12 & <&ouml;", "<b>", ""),
            b"1212&#45;</b>12 &amp; &lt;&ouml;"
        );
        assert_eq!(edited(raw, Quoting::Html, "1212-12 & <ö", "1212-12", "<x>"), b"&lt;x&gt;<b></b> &amp; &lt;&ouml;");
        assert_eq!(
            decode(b"migr&aumln &#0000000000000000000000000000000000000000105; &aum", Quoting::Html),
            "migrän i &aum"
        );
        let raw = b"a<br>b<p class='x>y'>c<!-- d --><script>e<f</script>g<h &copy &#x80;";
        assert_eq!(
            edited(raw, Quoting::Html, "a\u{2028}b\u{2028}c\u{2028}g<h &copy €", "a\u{2028}b", "z"),
            b"z<br><p class='x>y'>c<!-- d --><script>e<f</script>g<h &copy &#x80;"
        );
    }
}
