//! What each worker is reading, in a small file: so that a run knows which files an earlier one did not survive.
//!
//! On disk: `reading` in the state folder, 32 bytes a worker, the key of a version in hexadecimal or zeros. It is not
//! flushed: it must outlive the program, not the machine; what a power cut takes from it costs one more attempt.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

const WIDTH: usize = 32;

/// The places of the workers.
#[derive(Debug)]
pub(super) struct Slots(File);

impl Slots {
    /// Opens them; the versions that were being read when the program ended.
    pub(super) fn open(state: &Path) -> io::Result<(Self, Vec<String>)> {
        let path = state.join("reading");
        let left = std::fs::read(&path).unwrap_or_default();
        let file = File::options().write(true).create(true).truncate(false).open(&path)?;
        let left = left.chunks(WIDTH).filter(|c| c.len() == WIDTH && c.iter().all(u8::is_ascii_hexdigit));
        Ok((Self(file), left.map(|c| String::from_utf8_lossy(c).into_owned()).collect()))
    }

    /// Forgets everything.
    pub(super) fn empty(&self) -> io::Result<()> {
        self.0.set_len(0)
    }

    /// Worker `slot` reads this version from now on.
    pub(super) fn hold(&self, slot: usize, version_key: &str) -> io::Result<()> {
        self.0.write_all_at(version_key.as_bytes(), (slot * WIDTH) as u64)
    }

    /// Worker `slot` reads nothing.
    pub(super) fn clear(&self, slot: usize) -> io::Result<()> {
        self.0.write_all_at(&[0; WIDTH], (slot * WIDTH) as u64)
    }
}
