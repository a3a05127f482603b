//! Exports as systems write them, through the program: encodings, packing, marks, pipes, mapping.

use crate::evasion::evasions;
use crate::run::{command, fritext, fritext_in, json_lines, scratch};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use unicode_normalization::UnicodeNormalization;

/// Bytes of a text in an encoding, by its name; `None` if it cannot hold it.
fn encoded(text: &str, encoding: &str) -> Option<Vec<u8>> {
    let utf16 = |be: bool| {
        let units = text.encode_utf16();
        units.flat_map(move |u| if be { u.to_be_bytes() } else { u.to_le_bytes() }).collect::<Vec<u8>>()
    };
    let page = |high: &dyn Fn(char) -> Option<u8>| {
        text.chars().map(|c| if c.is_ascii() { Some(c as u8) } else { high(c) }).collect::<Option<Vec<u8>>>()
    };
    // The letters of the North where the code pages have them, and what the evasions need besides.
    let latin = |c: char| u8::try_from(u32::from(c)).ok().filter(|b| *b >= 0xA0);
    let dos = |c: char| {
        let letters = "åäöÅÄÖéæÆøüÜ\u{A0}\u{AD}";
        let codes = [0x86, 0x84, 0x94, 0x8F, 0x8E, 0x99, 0x82, 0x91, 0x92, 0x9B, 0x81, 0x9A, 0xFF, 0xF0];
        letters.chars().position(|l| l == c).map(|at| codes[at])
    };
    Some(match encoding {
        "utf-8" => text.as_bytes().to_vec(),
        "utf-8-sig" => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        "utf-16le" => utf16(false),
        "utf-16be" => utf16(true),
        "utf-16le-bom" => [b"\xff\xfe".to_vec(), utf16(false)].concat(),
        "utf-16be-bom" => [b"\xfe\xff".to_vec(), utf16(true)].concat(),
        "windows-1252" => page(&|c| match c {
            '–' => Some(0x96),
            '—' => Some(0x97),
            '…' => Some(0x85),
            _ => latin(c),
        })?,
        "iso-8859-1" => page(&latin)?,
        "iso-8859-15" => page(&|c| latin(c).filter(|b| !matches!(b, 0xA4 | 0xA6 | 0xA8 | 0xB4 | 0xB8 | 0xBC..=0xBE)))?,
        "cp850" => page(&dos)?,
        "cp865" => page(&|c| dos(c).filter(|_| c != '\u{AD}'))?,
        other => panic!("{other}"),
    })
}

/// Findings of a table by row: category and span.
fn findings(bytes: &[u8], encoding: &str) -> BTreeMap<u64, Vec<String>> {
    let ran = fritext(
        &["check", "--input-format", "csv", "--format", "jsonl", "--encoding", encoding, "--lang", "sv"],
        bytes,
    );
    assert!(ran.status < 2, "{encoding}: {}", ran.err);
    let lines = json_lines(&ran.out).into_iter().filter(|l| l["row"].is_u64());
    lines
        .map(|l| {
            let found = l["findings"].as_array().expect("findings").iter();
            let found = found.map(|f| format!("{} {}..{} {}", f["category"], f["start"], f["end"], f["confidence"]));
            (l["row"].as_u64().expect("a row"), found.collect())
        })
        .collect()
}

/// What an encoding can hold is found in it as in any other.
#[test]
fn twelve_encodings_hide_nothing_that_utf_8_shows() {
    let evasions: Vec<(String, String)> = evasions().into_iter().map(|e| (e.id, e.text)).collect();
    let table = |rows: &[(String, String)]| -> String {
        let cell = |t: &str| format!("\"{}\"", t.replace('"', "\"\""));
        // Enough plain rows for a reader to see what the bytes are.
        let plain = "0;\"Mötet är flyttat till på måndag, å än så länge\"\n".repeat(40);
        let rows: String = rows.iter().map(|(id, text)| format!("{id};{}\n", cell(text))).collect();
        format!("Rad;Kommentar\n{plain}{rows}")
    };
    let mut found_at_all = 0;
    for encoding in [
        "utf-8",
        "utf-8-sig",
        "utf-16le",
        "utf-16be",
        "utf-16le-bom",
        "utf-16be-bom",
        "windows-1252",
        "iso-8859-1",
        "iso-8859-15",
        "cp850",
        "cp865",
    ] {
        let fit: Vec<(String, String)> =
            evasions.iter().filter(|(_, t)| encoded(t, encoding).is_some()).cloned().collect();
        assert!(fit.len() >= 30, "{encoding} holds {}", fit.len());
        let text = table(&fit);
        let expected = findings(text.as_bytes(), "utf-8");
        found_at_all += expected.len();
        let raw = encoded(&text, encoding).expect("each row fits");
        // Code pages with the same letters in other places have to be named.
        let said = match encoding {
            "iso-8859-1" | "iso-8859-15" | "cp850" | "cp865" => encoding,
            _ => "auto",
        };
        let found = findings(&raw, said);
        for (row, (id, _)) in (42u64..).zip(&fit) {
            assert_eq!(found.get(&row), expected.get(&row), "{id} in {encoding}");
        }
    }
    assert!(found_at_all > 250, "{found_at_all}");
    // Letters in two code points, as file systems of one maker write them: other bytes, so the same categories. What
    // stands for the bytes of a letter (`Ã¶`) is not letters.
    let letters: Vec<(String, String)> = evasions.into_iter().filter(|(id, _)| id != "mojibake").collect();
    let text = table(&letters);
    let kinds = |text: &str| -> BTreeMap<u64, Vec<String>> {
        let kind = |f: &String| f.split(' ').next().unwrap_or_default().to_owned();
        findings(text.as_bytes(), "auto").iter().map(|(row, f)| (*row, f.iter().map(kind).collect())).collect()
    };
    assert_eq!(kinds(&text.nfd().collect::<String>()), kinds(&text));
}

#[test]
fn old_and_wide_encodings_come_back_as_they_were() {
    let text = "Id;Kommentar\r\n1;Åsa har adhd, går på möte\r\n2;Björn är på lägerskola i Skåne\r\n";
    let masked = "Id;Kommentar\r\n1;Åsa har [borttaget], går på möte\r\n2;Björn är på lägerskola i Skåne\r\n";
    for encoding in ["utf-8-sig", "utf-16le", "utf-16be", "utf-16le-bom", "utf-16be-bom", "windows-1252", "cp850"] {
        let ran = fritext(&["redact", "--stdin-filename", "vklass.csv"], encoded(text, encoding).expect("holds it"));
        assert_eq!(ran.status, 0, "{encoding}: {}", ran.err);
        assert_eq!(ran.bytes, encoded(masked, encoding).expect("holds it"), "{encoding}");
    }
}

#[test]
fn packed_exports_come_back_packed() {
    let folder = scratch();
    let text = "Id;Kommentar\n1;Har adhd\n2;Sitter längst fram\n";
    let mut gzip = flate2::GzBuilder::new().filename("elever.csv").write(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).expect("memory");
    std::fs::write(folder.join("vklass.csv.gz"), gzip.finish().expect("memory")).expect("written");
    std::fs::write(folder.join("vklass.csv.zst"), zstd::encode_all(text.as_bytes(), 3).expect("memory"))
        .expect("written");
    let masked = text.replace("adhd", "[borttaget]");
    for name in ["vklass.csv.gz", "vklass.csv.zst"] {
        let ran = fritext_in(&folder, &["redact", name], b"");
        assert_eq!(ran.status, 0, "{}", ran.err);
        let unpacked = if name.ends_with("gz") {
            std::io::read_to_string(flate2::read::GzDecoder::new(&ran.bytes[..])).expect("gzip")
        } else {
            String::from_utf8(zstd::decode_all(&ran.bytes[..]).expect("zstd")).expect("UTF-8")
        };
        assert_eq!(unpacked, masked);
        let whole = std::fs::read(folder.join(name)).expect("there");
        // Without a checksum of its own zstd does not notice a changed byte.
        let noticed = if name.ends_with("gz") { 3 } else { 2 };
        for (end, byte) in [(whole.len() / 2, 0), (whole.len() - 3, 0), (whole.len(), 0xFF)].into_iter().take(noticed) {
            let mut bad = whole[..end].to_vec();
            bad[20] ^= byte;
            std::fs::write(folder.join("bad"), bad).expect("written");
            let ran = fritext_in(&folder, &["check", "bad", "--format", "jsonl"], b"");
            assert_eq!(ran.status, 2, "{name} cut at {end}");
            assert!(ran.err.contains("bad: not scanned: the") && ran.err.contains("damaged"), "{}", ran.err);
        }
    }
    let twice = zstd::encode_all(&zstd::encode_all(text.as_bytes(), 3).expect("memory")[..], 3).expect("memory");
    let ran = fritext(&["redact"], twice);
    assert!(ran.status == 2 && ran.err.contains("packed more than once"), "{}", ran.err);
}

/// What unfolds beyond all reason is not read to its end.
#[test]
fn a_bomb_is_given_up_on() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let blank = vec![b'\n'; 1 << 20];
    for _ in 0..300 {
        gzip.write_all(&blank).expect("memory");
    }
    let ran = fritext(&["check", "--input-format", "jsonl"], gzip.finish().expect("memory"));
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("unfolds"), "{}", ran.err);
}

#[test]
fn a_marked_person_is_protected_in_every_value_of_the_record() {
    let person = |mark: &str| {
        format!(
            "{{\"givenName\":\"Elvira\",\"familyName\":\"Zaphodsson\",\"civicNo\":{{\"value\":\"201209149812\"}},\
             \"emails\":[{{\"value\":\"x@exempelby.example\"}}],\"note\":\"Ring Elvira Zaphodsson\",\"securityMarking\":\"{mark}\"}}"
        )
    };
    let marked = person("Sekretessmarkering");
    let open = person("Ingen");
    for (format, input) in [
        ("json", format!("{{\"data\":[{open},{marked},{open}]}}")),
        ("json", format!("[{open},{marked},{open}]")),
        ("jsonl", format!("{open}\n{marked}\n{open}\n")),
    ] {
        let ran = fritext(&["redact", "--input-format", format, "--allow-blocked"], &input);
        assert_eq!(ran.status, 0, "{}", ran.err);
        for value in ["\"Elvira\"", "\"Zaphodsson\"", "201209149812", "x@exempelby.example", "Ring Elvira Zaphodsson"] {
            assert_eq!(ran.out.matches(value).count(), 2, "{format}: {value} in {}", ran.out);
        }
        assert_eq!(fritext(&["redact", "--input-format", format], &input).status, 2, "blocked");
    }
    let table = "Förnamn;Efternamn;Personnummer;Skyddad identitet\nElvira;Zaphodsson;20120914-9812;Ja\nBo;Ek;20120914-9812;Nej\n";
    let ran = fritext(&["redact", "--input-format", "csv", "--allow-blocked"], table);
    let expected = "[namn];[namn];[personnummer];Ja\nBo;Ek;20120914-9812;Nej\n";
    assert!(ran.out.ends_with(expected), "{}", ran.out);
    let xml = "<r><e><fornamn>Elvira</fornamn><sekretessmarkering>Ja</sekretessmarkering></e><e><fornamn>Elvira</fornamn></e></r>";
    let ran = fritext(&["redact", "--input-format", "xml", "--allow-blocked"], xml);
    assert_eq!(ran.out.matches("Elvira").count(), 1, "{}", ran.out);
}

/// A caller that writes a line and waits for it gets it before it writes the next.
#[test]
fn a_line_comes_out_before_the_next_is_needed() {
    for (format, head, line) in [
        ("csv", "Id;Kommentar\n", "1;Har adhd\n"),
        ("tsv", "Id\tKommentar\n", "1\tHar adhd\n"),
        ("jsonl", "", "{\"kommentar\":\"Har adhd\"}\n"),
        ("records", "", "{\"id\":1,\"text\":\"Har adhd\"}\n"),
        ("text", "", "Har adhd\n"),
        ("csv", "Konstigt;Okänt\n", "1;Har adhd\n"),
    ] {
        let mut child = command(&["redact", "-q", "--input-format", format])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("fritext starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        pipe.write_all(head.as_bytes()).expect("written");
        for round in 0..3 {
            pipe.write_all(line.as_bytes()).expect("written");
            pipe.flush().expect("flushed");
            if round == 0 && !head.is_empty() {
                assert_eq!(lines.next().expect("a line").expect("UTF-8"), head.trim_end());
            }
            let answer = lines.next().expect("a line").expect("UTF-8");
            assert!(answer.contains("[borttaget]"), "{format}: {answer}");
        }
        drop(pipe);
        assert_eq!(child.wait().expect("fritext ends").code(), Some(0));
    }
}

#[test]
fn config_map_proposes_lines_that_config_check_accepts() {
    let folder = scratch();
    std::fs::write(
        folder.join("skolsystem.csv"),
        "Personnummer;Namn;Fritt om eleven;Kommentar\n20120914-9812;Elvira Zaphodsson;Sitter längst fram;Ring hem\n",
    )
    .expect("written");
    let ran = fritext_in(&folder, &["config", "map", "skolsystem.csv", "--system", "vklass"], b"");
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.contains("# Kommentar is the field kommentar."), "{}", ran.out);
    assert!(ran.out.contains("Personnummer (identifier), Namn (identifier)"), "{}", ran.out);
    assert!(ran.out.contains("columns: [\"Fritt om eleven\"]"), "{}", ran.out);
    std::fs::write(folder.join("fritext.yaml"), &ran.out).expect("written");
    let checked = fritext_in(&folder, &["config", "check", "fritext.yaml"], b"");
    assert_eq!(checked.status, 0, "{}", checked.out);
    let summary = |config: &[&str]| -> Value {
        let args = [&["check", "skolsystem.csv", "--system", "vklass", "--format", "json"], config].concat();
        serde_json::from_str::<Value>(&fritext_in(&folder, &args, b"").out).expect("JSON")["summary"].clone()
    };
    let before = summary(&[]);
    assert_eq!(before["unmapped"][0]["column"], "Fritt om eleven");
    assert!(before["unmapped"][0]["suggested_field"].as_str().is_some_and(|f| f.starts_with("vklass.")));
    let after = summary(&["--config", "fritext.yaml"]);
    assert_eq!(after["unmapped"].as_array().map(Vec::len), Some(0), "{after}");
}

#[test]
fn fixed_widths_come_from_the_policy_and_stay() {
    let folder = scratch();
    std::fs::write(
        folder.join("c.yaml"),
        "systems:\n  gammal:\n    encoding: cp850\n    fixed: {Personnummer: 13, Anteckning: 24, Kod: 3}\n    fields:\n      anteckning:\n        columns: [Anteckning]\n        legal_basis: [art6.1.e]\n",
    )
    .expect("written");
    let text = "20120914-9812Har adhd, sitter långt  A1 \r\n20120914-9812Vill byta grupp         B2 \r\n";
    let raw = encoded(text, "cp850").expect("holds it");
    let ran = fritext_in(&folder, &["redact", "--config", "c.yaml", "--system", "gammal"], &raw);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let masked = text.replace("Har adhd, sitter långt  ", "Har ***, sitter långt   ");
    assert_eq!(ran.bytes, encoded(&masked, "cp850").expect("holds it"), "{}", String::from_utf8_lossy(&ran.bytes));
}

#[test]
fn what_a_column_is_called_is_content_too() {
    let json = "{\"Elvira Zaphodsson 20120914-9812\": \"har epilepsi sedan länge\"}";
    let ran = fritext(&["check", "--input-format", "json", "--format", "jsonl"], json);
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(!ran.out.contains("9812") && !ran.err.contains("9812"), "{}", ran.out);
    let line = &json_lines(&ran.out)[0];
    assert!(line["pointer"].is_string(), "{line}");
}
