//! What other programs make of the same files: Python's csv, json and html.parser, xmllint, gzip and zstd.

use std::path::Path;
use std::process::Command;

/// Needs `python3`, `xmllint` and `zstd` on the path. A longer run: `python3 tests/differential/compare.py BINARY --cases 400`.
#[test]
fn other_readers_see_the_same_documents() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/compare.py");
    let ran = Command::new("python3")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_fritext"))
        .args(["--cases", "15"])
        .output()
        .expect("python3 is installed");
    let said = [ran.stdout, ran.stderr].concat();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&said));
}
