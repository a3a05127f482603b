//! One document through the whole path, whatever its bytes: no panic, no hang, and what no finding touches comes back
//! as it was.

use fritext::{Date, Encoding, Engine, FieldName, Input, Options, Said, scan};
use std::io::{self, Read};
use std::sync::OnceLock;

static ENGINE: OnceLock<Engine> = OnceLock::new();

/// A reader that gives a few bytes at a time, as a pipe does.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(self.0.len()).min(into.len());
        into[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// The first byte chooses the encoding and the size of the pieces, the rest is the document.
pub fn document(data: &[u8], format: Option<Said>) {
    let Some((&choice, data)) = data.split_first() else { return };
    let engine = ENGINE.get_or_init(|| Engine::builtin(Date::new(2026, 11, 22).expect("a date")));
    let encoding = Encoding::ALL.get(usize::from(choice & 15)).map(|(e, ..)| *e);
    let name = FieldName { system: Some("lex".into()), field: Some("handlingsrubrik".into()) };
    let run = |redact: bool, pieces: usize| {
        let options =
            Options { name: name.clone(), format: format.clone(), encoding, redact, threads: 1, ..Options::default() };
        let mut out = Vec::new();
        let scanned = scan(engine, &options, Input::new(Pieces(data, pieces)), None, &mut out, &mut |_| Ok(()));
        (scanned.ok().map(|s| (s.verdict, s.settled, s.flaws.len())), out)
    };
    let (checked, same) = run(false, usize::MAX);
    if checked.is_some() && !data.starts_with(b"\x1f\x8b") && !data.starts_with(b"\x28\xb5\x2f\xfd") {
        assert!(same == data, "a document that is only checked comes back as it was");
    }
    let (whole, redacted) = run(true, usize::MAX);
    let (pieces, in_pieces) = run(true, usize::from(choice >> 4) + 1);
    assert!(whole == pieces && redacted == in_pieces, "the same however the bytes arrive");
}
