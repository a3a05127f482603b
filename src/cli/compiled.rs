//! A site's compiled lists, kept between runs: some thousand entries take a tenth of a second to compile, and a process that
//! is started for one text would spend it each time.
//!
//! They stand in `$CACHE_DIRECTORY` (systemd), `$XDG_CACHE_HOME/fritext` or `~/.cache/fritext`, in a file named after the
//! lists and the program: a hash of the rest, then the tables. Whatever is wrong with it (gone, cut, somebody else's, not
//! to be written), the lists are compiled as if there were none.

use crate::lexicon::Tables;
use anyhow::Result;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Bytes of lists that are compiled in no time.
const SMALL: usize = 16 << 10;
/// Bytes of a hash.
const HASH: usize = 32;
/// Files older than this go when a new one comes.
const OLD: Duration = Duration::from_secs(30 * 24 * 3600);

/// The tables of these lists, each a file and its text: those that were kept, or new ones. `program` differs from that of
/// other versions.
pub(super) fn tables(
    lists: &[(PathBuf, String)],
    program: u64,
    compile: impl FnOnce() -> Result<Tables>,
) -> Result<Tables> {
    let Some(folder) = folder().filter(|_| lists.iter().map(|l| l.1.len()).sum::<usize>() >= SMALL) else {
        return compile();
    };
    let mut hash = Sha256::new();
    hash.update(program.to_le_bytes());
    for (file, text) in lists {
        for part in [file.to_string_lossy().as_bytes(), text.as_bytes()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    let name: String = hash.finalize().iter().take(12).map(|b| format!("{b:02x}")).collect();
    let file = folder.join(format!("lists-{name}"));
    if let Some(tables) = read(&file) {
        return Ok(tables);
    }
    let tables = compile()?;
    if let Err(e) = write(&folder, &file, tables.bytes()) {
        tracing::debug!(file = %file.display(), "compiled lists are not kept: {e}");
    }
    Ok(tables)
}

fn folder() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    of("CACHE_DIRECTORY")
        .or_else(|| Some(of("XDG_CACHE_HOME")?.join("fritext")))
        .or_else(|| Some(of("HOME")?.join(".cache").join("fritext")))
}

/// Tables that were written whole by the user who runs.
fn read(file: &Path) -> Option<Tables> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let owner = std::fs::symlink_metadata(file).ok().filter(std::fs::Metadata::is_file)?.uid();
        if owner != rustix::process::geteuid().as_raw() {
            return None;
        }
    }
    let mut bytes = std::fs::read(file).ok()?;
    let (hash, rest) = bytes.split_at_checked(HASH)?;
    if Sha256::digest(rest)[..] != *hash {
        return None;
    }
    bytes.drain(..HASH);
    Some(Tables::new(bytes))
}

fn write(folder: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for entry in std::fs::read_dir(folder)?.flatten() {
        let age = entry.metadata().and_then(|m| m.modified()).map(|t| SystemTime::now().duration_since(t));
        let old = matches!(age, Ok(Ok(age)) if age > OLD);
        if old && entry.file_name().to_string_lossy().starts_with("lists-") {
            std::fs::remove_file(entry.path())?;
        }
    }
    let mut temp = tempfile::Builder::new().prefix(".lists-").tempfile_in(folder)?;
    temp.write_all(&Sha256::digest(bytes))?;
    temp.write_all(bytes)?;
    temp.persist(file).map_err(|e| e.error)?;
    Ok(())
}
