//! Streams of tables and texts: rows and untouched bytes stay, however the bytes arrive.

use crate::run::{command, fritext};
use proptest::prelude::*;
use std::io::{Read, Write};
use std::process::Stdio;

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec![
            "", "7B", "Har adhd", "är \"sjuk\" idag", "rad ett\nrad två, feber", "Ring; sen", "a,b", "Elvira Lindqvist", "20120914-9812",
            "Sitter längst fram", "''", " ", "firar ramadan\r\nhela veckan", "epilepsi", "😀 migrän",
        ]).prop_map(str::to_owned),
        1 => "[a-zåäö \"';,\n]{0,20}".prop_map(|s| s),
    ]
}

fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1usize..5).prop_flat_map(|w| prop::collection::vec(prop::collection::vec(cell(), w), 1..8))
}

fn rows(bytes: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    reader.records().map(|r| r.expect("a row").iter().map(str::to_owned).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_reader_sees_the_same_table(table in table(), delimiter in prop::sample::select(vec![b';', b',']), crlf in any::<bool>()) {
        let ending = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).terminator(ending).from_writer(Vec::new());
        let header: Vec<String> = (0..table[0].len()).map(|i| format!("Kommentar{}", "abcdef".get(i..=i).unwrap_or("x"))).collect();
        writer.write_record(&header).expect("written");
        table.iter().for_each(|r| writer.write_record(r).expect("written"));
        let input = writer.into_inner().expect("written");
        let ran = fritext(&["redact", "--input-format", "csv"], &input);
        prop_assert_eq!(ran.status, 0, "{}", ran.err);
        let (before, after) = (rows(&input, delimiter), rows(&ran.bytes, delimiter));
        prop_assert_eq!(before.len(), after.len());
        for (a, b) in before.iter().flatten().zip(after.iter().flatten()) {
            prop_assert!(a == b || b.contains("[borttaget]") || b.contains("[udeladt]"), "{:?} became {:?}", a, b);
        }
        let again = fritext(&["redact", "--input-format", "csv"], &ran.bytes);
        prop_assert_eq!(again.bytes, ran.bytes);
    }
}

/// Writes the input in pieces and reads the output to its end.
fn piecewise(args: &[&str], input: &[u8], piece: usize) -> Vec<u8> {
    let mut child = command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("fritext starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let mut out = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        out.read_to_end(&mut bytes).expect("read");
        bytes
    });
    for chunk in input.chunks(piece) {
        pipe.write_all(chunk).expect("written");
        pipe.flush().expect("flushed");
    }
    drop(pipe);
    child.wait().expect("fritext ends");
    reader.join().expect("the reader ends")
}

#[test]
fn chunked_equals_whole() {
    let table =
        b"Id;Anteckning\r\n1;\"Har adhd;\r\n\"\"sitter\"\" fram\"\r\n2;Ledig\r\n3;\xe4r sjuk, feber\r\n".to_vec();
    let text = "Elvira är sjuk.\nHar adhd och epilepsi, 20120914-9812.\n".repeat(40).into_bytes();
    for (args, input) in [(["redact", "--input-format", "csv"], table), (["redact", "--input-format", "text"], text)] {
        let whole = fritext(&args, &input).bytes;
        assert_ne!(whole, input);
        for piece in [1, 7, 64] {
            assert_eq!(piecewise(&args, &input, piece), whole, "pieces of {piece}");
        }
    }
}

/// A text longer than a window is cut where nothing stands; every number in it goes, every other byte stays.
#[test]
fn a_long_text_is_redacted_in_windows() {
    let line = "Mötet flyttas till torsdag; ta med underlaget. Pnr 20120914-9812 ska bort härifrån.\n";
    let input = line.repeat(40_000);
    let ran = fritext(
        &["redact", "--input-format", "text", "--system", "lex", "--field", "handlingsrubrik", "--lang", "sv"],
        &input,
    );
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(ran.out, line.replace("20120914-9812", "[personnummer]").repeat(40_000));
}

#[test]
fn windows_1252_comes_back_as_windows_1252() {
    let input = b"Namn;Kommentar\r\nBj\xf6rn \xc5kerlund;Har adhd, beh\xf6ver \x84ro\x94\r\n";
    let ran = fritext(&["redact", "--input-format", "csv", "--system", "vklass"], input);
    assert_eq!(ran.bytes, b"Namn;Kommentar\r\nBj\xf6rn \xc5kerlund;Har [borttaget], beh\xf6ver \x84ro\x94\r\n");
}
