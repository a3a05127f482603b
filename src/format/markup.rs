//! What the tags, comments and scripts of HTML say: text that no page shows and that is in the file all the same.

use super::batch::{At, Slot};
use super::units::{Absent, Quoting, hidden};
use std::ops::Range;

/// The texts inside what HTML hides, in order: attributes, comments, scripts.
pub(super) fn inner<C>(raw: &[u8], line: u64) -> Vec<Slot<C>> {
    let mut slots = Vec::new();
    let (mut counted, mut line) = (0, line);
    let mut at = 0;
    let mut absent = Absent::default();
    while let Some(next) = memchr::memchr(b'<', &raw[at..]) {
        let start = at + next;
        let Some((len, _)) = hidden(raw, start, &mut absent) else {
            at = start + 1;
            continue;
        };
        at = start + len;
        for range in texts(&raw[start..at]) {
            let range = start + range.start..start + range.end;
            line += memchr::memchr_iter(b'\n', &raw[counted..range.start]).count() as u64;
            counted = range.start;
            slots.push(Slot::new(range, Quoting::HtmlValue, At { line, ..At::default() }, None));
        }
    }
    slots
}

/// Elements of HTML with longer names.
const ELEMENTS: [&str; 60] = [
    "acronym",
    "address",
    "applet",
    "article",
    "aside",
    "audio",
    "basefont",
    "blockquote",
    "button",
    "canvas",
    "caption",
    "center",
    "colgroup",
    "datalist",
    "details",
    "dialog",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "frame",
    "frameset",
    "header",
    "hgroup",
    "iframe",
    "image",
    "input",
    "label",
    "legend",
    "marquee",
    "meter",
    "noframes",
    "noscript",
    "object",
    "optgroup",
    "option",
    "output",
    "param",
    "picture",
    "progress",
    "script",
    "search",
    "section",
    "select",
    "small",
    "source",
    "strike",
    "strong",
    "style",
    "summary",
    "table",
    "tbody",
    "template",
    "textarea",
    "tfoot",
    "thead",
    "title",
    "track",
    "video",
];

/// The texts of one tag, comment or script.
fn texts(tag: &[u8]) -> Vec<Range<usize>> {
    let worth = |range: &Range<usize>| tag[range.clone()].iter().filter(|b| b.is_ascii_alphanumeric()).count() > 2;
    if tag.starts_with(b"<!") || tag.starts_with(b"<?") {
        let (from, to) = if tag.starts_with(b"<!--") { (4, 3) } else { (2, 1) };
        return Some(from..tag.len().saturating_sub(to).max(from)).filter(worth).into_iter().collect();
    }
    let (mut out, head) = attributes(tag);
    let start = 1 + usize::from(tag.get(1) == Some(&b'/'));
    let len = tag[start..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    let name = tag[start..start + len].to_ascii_lowercase();
    if len > 4 && !std::str::from_utf8(&name).is_ok_and(|n| ELEMENTS.contains(&n)) {
        // No element of HTML: somebody's words between angle brackets.
        out.insert(0, start..start + len);
    }
    // What follows the tag itself is the content of a script.
    out.extend(Some(head..tag.len()).filter(worth));
    out.retain(worth);
    out
}

/// The values of the attributes of a tag and its words that are no attribute, and where the tag ends.
fn attributes(tag: &[u8]) -> (Vec<Range<usize>>, usize) {
    let mut out: Vec<Range<usize>> = Vec::new();
    let named = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b':' | b'-' | b'_' | b'.' | b'!' | b'?');
    let mut at = 1 + tag[1..].iter().take_while(named).count();
    // Words that wait to be told from the name of an attribute.
    let mut words: Option<Range<usize>> = None;
    while at < tag.len() && tag[at] != b'>' {
        if tag[at] != b'=' {
            let len = tag[at..].iter().take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'>')).count();
            let blank = tag[at + len..].iter().take_while(|b| b.is_ascii_whitespace()).count();
            let name = tag.get(at + len + blank) == Some(&b'=');
            if len > 0 && !name {
                words = Some(words.map_or(at, |w| w.start)..at + len);
            } else if name {
                out.extend(words.take());
            }
            at += (len + blank).max(1);
            continue;
        }
        let start = at + 1 + tag[at + 1..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        match tag.get(start) {
            Some(quote @ (b'"' | b'\'')) => {
                let len = memchr::memchr(*quote, &tag[start + 1..]).unwrap_or(tag.len() - start - 1);
                out.push(start + 1..start + 1 + len);
                at = (start + len + 2).min(tag.len());
            }
            _ => {
                let rest = &tag[start.min(tag.len())..];
                let len = rest.iter().take_while(|b| !b.is_ascii_whitespace() && **b != b'>').count();
                out.push(start..start + len);
                at = (start + len).max(at + 1);
            }
        }
    }
    out.extend(words);
    (out, (at + 1).min(tag.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tags_say() {
        let raw = b"x<p title=\"A &amp; B\" data-x='sjuk idag' y=plain z>t<!-- note --><script>var a</script><br/>";
        let slots: Vec<Slot<()>> = inner(raw, 1);
        let texts: Vec<&str> =
            slots.iter().map(|s| std::str::from_utf8(&raw[s.range.clone()]).expect("ASCII")).collect();
        assert_eq!(texts, ["A &amp; B", "sjuk idag", "plain", " note ", "var a"]);
        let words: Vec<Slot<()>> = inner(b"<p epilepsi och feber a=b>", 1);
        assert_eq!((words[0].range.clone(), words.len()), (3..21, 1));
        for broken in ["<p a", "<p a=", "<p a='x", "<p a=\"", "<a =>", "<!-", "<!-- ", "<script>", "<"] {
            let _: Vec<Slot<()>> = inner(broken.as_bytes(), 1);
        }
    }
}
