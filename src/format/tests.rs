//! Every format with a visitor that masks one word: what it masks goes, every other byte stays, however the bytes come.

use super::*;
use crate::model::{Edit, Span};
use std::io::Read;

/// Masks the word `SECRET`.
struct Masker;

impl Visitor for Masker {
    type Column = ();
    type Judged = usize;

    fn knows(&self, _: &str) -> bool {
        false
    }
    fn table(&self, header: Option<&[String]>, rows: &[Vec<String>]) -> Vec<()> {
        vec![(); rows.iter().map(Vec::len).chain(header.map(<[_]>::len)).max().unwrap_or_default()]
    }
    fn column(&self, _: &str) {}
    fn can_mark(&self, (): &()) -> bool {
        false
    }
    fn protects(&self, _: &usize) -> bool {
        false
    }
    fn refused(&self, _: &usize) -> bool {
        false
    }
    fn marks(&self, _: &str) -> bool {
        false
    }
    fn judge(&self, part: &Part<'_, ()>) -> Verdict<usize> {
        let text = part.text.expose();
        let edits: Vec<Edit> = text
            .match_indices("SECRET")
            .map(|(at, word)| Edit { span: Span::new(at, at + word.len()), replacement: "[\"x\"]".to_owned() })
            .collect();
        let own = part.context.0..text.len() - part.context.1;
        let found = edits.iter().filter(|e| own.contains(&e.span.start)).count();
        Verdict { edits, told: (found > 0).then_some(found) }
    }
}

/// A reader that gives the bytes in two parts, or in parts of one size.
struct Parts<'a>(&'a [u8], usize, bool);

impl Read for Parts<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(self.0.len()).min(into.len());
        into[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        if self.2 {
            self.1 = usize::MAX;
        }
        Ok(count)
    }
}

/// What comes out, how often the word was told, and how many flaws there were.
fn run(reader: impl Read + Send, format: &Format, encoding: Encoding, threads: usize) -> (Vec<u8>, usize, usize) {
    let sniffed = Sniffed { format: format.clone(), encoding, also: None };
    let (mut out, mut found) = (Vec::new(), 0);
    let mut tell = |told: &Told<'_, usize>| {
        found += told.judged;
        Ok(())
    };
    let outcome = stream(&mut Input::new(reader), &mut out, &sniffed, &Masker, threads, &mut tell).expect("memory");
    (out, found, outcome.flaws.len())
}

/// A document of each format, and what becomes of it.
fn documents() -> Vec<(Format, Vec<u8>, Vec<u8>)> {
    let table = |d: char| {
        let text = "sep=D\r\nidDnote\r\n1DSECRET\r\n\r\n2D\"a\"\"b\r\n SECRET D\"Dragged\n3D\r4D\"SECRET\"";
        let masked =
            "sep=D\r\nidDnote\r\n1D\"[\"\"x\"\"]\"\r\n\r\n2D\"a\"\"b\r\n [\"\"x\"\"] D\"Dragged\n3D\r4D\"[\"\"x\"\"]\"";
        let fill = |s: &str| s.replace('D', &d.to_string()).into_bytes();
        (Format::Csv(d), fill(text), fill(masked))
    };
    let plain = |format, text: &str, masked: &str| (format, text.as_bytes().to_vec(), masked.as_bytes().to_vec());
    vec![
        table(';'),
        table('\t'),
        table('¤'),
        plain(Format::Text, "å SECRET\r\nand SECRET, no secret ø", "å [\"x\"]\r\nand [\"x\"], no secret ø"),
        plain(
            Format::Json,
            r#" {"a": ["SECRET", 1.50e3, true, {"SECRET":null}], "a":"\u0053ECRET \ud83d\ude00 \"", "in": "{\"b\": \"SECRET\"}"} "#,
            r#" {"a": ["[\"x\"]", 1.50e3, true, {"[\"x\"]":null}], "a":"[\"x\"] \ud83d\ude00 \"", "in": "{\"b\": \"[\\\"x\\\"]\"}"} "#,
        ),
        plain(
            Format::JsonLines,
            "{\"a\":\"SECRET\"}\n{\"a\":\"SECRET\n[1,2,\"SECRET\"]\n{broken SECRET}\r\n\n\"SECRET\"",
            "{\"a\":\"[\\\"x\\\"]\"}\n{\"a\":\"[\\\"x\\\"]\n[1,2,\"[\\\"x\\\"]\"]\n{broken [\\\"x\\\"]}\r\n\n\"[\\\"x\\\"]\"",
        ),
        plain(
            Format::Xml,
            "<?xml version='1.0'?><r a='SECRET &amp;'><b>SECR&#69;T</b ><!-- SECRET --><![CDATA[<SECRET>]]><c/>tail</r>\n",
            "<?xml version='1.0'?><r a='[&quot;x&quot;] &amp;'><b>[&quot;x&quot;]</b ><!-- [\"x\"] --><![CDATA[<[\"x\"]>]]><c/>tail</r>\n",
        ),
        plain(
            Format::Html,
            "<p title=SECRET>SEC<b>R</b>ET &amp; a<br>SECRET<!-- SECRET --><script>SECRET</script>",
            "<p title=[&quot;x&quot;]>[&quot;x&quot;]<b></b> &amp; a<br>[&quot;x&quot;]<!-- [&quot;x&quot;] --><script>[&quot;x&quot;]</script>",
        ),
        plain(
            Format::Fixed(vec![("a".into(), 4), ("b".into(), 8)]),
            "id  SECRET  rest SECRET\r\n1   å SECRETø\n",
            "id  [\"x\"]   rest [\"x\"]\r\n1   å [\"x\"] ø\n",
        ),
    ]
}

#[test]
fn what_is_masked_goes_and_the_rest_stays_however_the_bytes_come() {
    for (format, input, expected) in documents() {
        let whole = run(&input[..], &format, Encoding::Utf8, 1);
        assert_eq!(String::from_utf8_lossy(&whole.0), String::from_utf8_lossy(&expected), "{format:?}");
        for at in 0..=input.len() {
            let cut = run(Parts(&input, at.max(1), true), &format, Encoding::Utf8, 1);
            assert_eq!(cut, whole, "{format:?} cut at {at}");
        }
        for size in [1, 2, 3, 7] {
            assert_eq!(
                run(Parts(&input, size, false), &format, Encoding::Utf8, 1),
                whole,
                "{format:?} in parts of {size}"
            );
        }
        assert_eq!(run(&input[..], &format, Encoding::Utf8, 3), whole, "{format:?} with threads");
        let clean = String::from_utf8_lossy(&input)
            .replace("SECRET", "secret")
            .replace("SECR&#69;T", "x")
            .replace("0053ECRET", "0053");
        let clean = clean.replace("SEC<b>R</b>ET", "x");
        let same = run(clean.as_bytes(), &format, Encoding::Utf8, 1);
        assert_eq!(same.0, clean.as_bytes(), "{format:?} untouched");
    }
}

/// Hostile texts take time in proportion to their length.
#[test]
fn unclosed_tags_are_no_trap() {
    for pattern in ["<a ", "<script>", "<a b=\"", "</a", "<!--", "<!", "<style x='>", "<a b='\">"] {
        let input = pattern.repeat(400_000 / pattern.len()) + "SECRET";
        let begun = std::time::Instant::now();
        run(input.as_bytes(), &Format::Html, Encoding::Utf8, 1);
        assert!(begun.elapsed().as_secs() < 20, "{pattern}: {:?}", begun.elapsed());
    }
    let key = "k".repeat(200_000);
    let input = format!("{{\"{key}\":[{}\"SECRET\"]}}", "\"a b\",".repeat(20_000));
    assert_eq!(run(input.as_bytes(), &Format::Json, Encoding::Utf8, 1).1, 1);
}

/// The label ends with `"]`; here it does not have to be one.
#[test]
fn xml_stays_well_formed_round_a_label() {
    for (input, expected) in [
        ("<a>SECRET]></a>", "<a>[&quot;x&quot;&#93;]></a>"),
        ("<a><![CDATA[SECRET]>]]></a>", "<a><![CDATA[[\"x\"]]]><![CDATA[]>]]></a>"),
        ("<a><!-- -SECRET- --></a>", "<a><!-- -[\"x\"]- --></a>"),
        ("<a>SECRET</a>", "<a>[&quot;x&quot;]</a>"),
    ] {
        let (out, ..) = run(input.as_bytes(), &Format::Xml, Encoding::Utf8, 1);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}

#[test]
fn every_encoding_comes_back_as_it_was() {
    for (format, input, expected) in documents() {
        let (input, expected) =
            (String::from_utf8_lossy(&input).into_owned(), String::from_utf8_lossy(&expected).into_owned());
        let utf8 = run(input.as_bytes(), &format, Encoding::Utf8, 1);
        for (encoding, ..) in Encoding::ALL {
            let encode = |text: &str| {
                let mut out = Vec::new();
                let mut encoder = recode::Encoder::new(&mut out, encoding, false);
                encoder.write_all(text.as_bytes()).expect("memory");
                encoder.finish().expect("memory");
                out
            };
            let raw = encode(&input);
            if decode_all(&raw, encoding) != input {
                continue; // a character that the code page lacks
            }
            let (out, found, flaws) = run(&raw[..], &format, encoding, 1);
            assert_eq!((out, found, flaws), (encode(&expected), utf8.1, utf8.2), "{format:?} in {encoding:?}");
        }
    }
}

/// The word at every place round a border between stretches, in a text of several of them.
#[test]
fn long_texts_go_through_in_stretches() {
    let filler = "lorem ipsum dolor ";
    for (format, head, tail) in [
        (Format::Text, "", ""),
        (Format::Csv(';'), "a;b\n1;", "\n2;SECRET\n"),
        (Format::Csv(';'), "a;b\n1;\"x \"\"y\"\" ", "\"\n2;SECRET\n"),
        (Format::Json, "[\"", "\", \"SECRET\"]"),
        (Format::Xml, "<a><b>", "</b><c>SECRET</c></a>"),
        (Format::Xml, "<a><![CDATA[", "]]></a>"),
        (Format::Html, "<p>", "</p>SECRET"),
    ] {
        for blanks in [true, false] {
            let filler = if blanks { filler.to_owned() } else { filler.replace(' ', "_") };
            let mut body = filler.repeat(6 * long::PIECE / filler.len());
            let mut places = 0;
            for border in [long::PIECE, 2 * long::PIECE, 3 * long::PIECE, 4 * long::PIECE] {
                for at in (border - 30_000..border + 30_000).step_by(1_009) {
                    let at = at - head.len();
                    body.replace_range(at..at + 6, "SECRET");
                    places += 1;
                }
            }
            let input = format!("{head}{body}{tail}");
            let more = tail.matches("SECRET").count();
            let (out, found, flaws) = run(input.as_bytes(), &format, Encoding::Utf8, 1);
            assert_eq!((found, flaws), (places + more, 0), "{format:?}");
            let out = String::from_utf8(out).expect("UTF-8");
            let back = out
                .replace("[\\\"x\\\"]", "SECRET")
                .replace("[\"\"x\"\"]", "SECRET")
                .replace("[&quot;x&quot;]", "SECRET");
            let back = back.replace("[\"x\"]", "SECRET").replace(";\"SECRET\"\n", ";SECRET\n");
            let at = back.bytes().zip(input.bytes()).position(|(a, b)| a != b);
            assert!(back == input, "{format:?}: all else is as it was, not at {at:?}");
            assert_eq!(
                run(Parts(input.as_bytes(), 4099, false), &format, Encoding::Utf8, 2).0,
                out.as_bytes(),
                "{format:?}"
            );
        }
    }
}

#[test]
fn limits_end_in_a_flaw_with_its_place_and_all_is_read() {
    let deep = format!("{}\"SECRET\"", "[".repeat(100_000));
    let wide = format!("<a {}>SECRET</a>", (0..1200).map(|i| format!("a{i}='1'")).collect::<Vec<_>>().join(" "));
    let nested = format!("{}SECRET", "<a>".repeat(100_000));
    for (format, input, line, what) in [
        (Format::Json, deep.as_str(), 1, "256 levels"),
        (Format::Json, "{\"a\":1,\n \"b\" 2, \"SECRET\"}", 2, "colon"),
        (Format::Json, "{\"a\":\"SECRET", 1, "never closes"),
        (Format::Json, "[1,2", 1, "ends before"),
        (Format::Json, "[\"SECR\\u0045T\", \"\\i\"]", 1, "escape"),
        (Format::Json, "{\"a\":1}x\n\"SECR\\u0045T\"", 1, "value"),
        (Format::JsonLines, "{\"a\":1\n{\"b\":\"SECR\\u0045T\"}\n", 1, "the line ends"),
        (Format::JsonLines, "{}\n{\"a\":}\n{}\nSECRET", 2, "value"),
        (Format::Xml, nested.as_str(), 1, "256 levels"),
        (Format::Xml, wide.as_str(), 1, "1000 attributes"),
        (Format::Xml, "<a>\n<b>SECRET</a>", 2, "does not fit"),
        (Format::Xml, "<a>\n<b x='SECRET", 2, "never closes"),
        (Format::Xml, "<a><!-- SECRET", 1, "never closes"),
        (Format::Csv(';'), "a;b\n1;\"SECRET\n2;3\n", 2, "quote"),
    ] {
        let sniffed = Sniffed { format: format.clone(), encoding: Encoding::Utf8, also: None };
        let mut out = Vec::new();
        let outcome = stream(&mut Input::new(input.as_bytes()), &mut out, &sniffed, &Masker, 1, &mut |_| Ok(()));
        let flaw = outcome.expect("memory").flaws.into_iter().next().expect("a flaw");
        assert_eq!(flaw.line, line, "{format:?} {flaw}");
        assert!(flaw.what.contains(what), "{flaw}");
        assert!(!String::from_utf8_lossy(&out).contains("SECRET"), "{format:?}: what breaks is read as text");
        assert!(out.len() + 100 >= input.len(), "{format:?}: nothing is lost");
    }
    for input in ["<!DOCTYPE a [<!ENTITY x 'SECRET'>]><a>&x;</a>", "<a>&x;</a>"] {
        let sniffed = Sniffed { format: Format::Xml, encoding: Encoding::Utf8, also: None };
        let outcome = stream(&mut Input::new(input.as_bytes()), &mut Vec::new(), &sniffed, &Masker, 1, &mut |_| Ok(()));
        assert!(matches!(outcome, Err(FormatError::Unread(_))));
    }
}
