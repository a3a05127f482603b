//! The safe ways to write: a whole file that appears at once or not at all, and a copy that replaces nothing.
//!
//! Crash story: content goes to a hidden temporary file (mode 0600) in the target's folder, is flushed to the disk,
//! renamed over the target, and the folder is flushed. Before the rename the target is what it was; after it, the
//! new file is whole. A crash leaves at most a temporary file named `.fritext-*`.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file that will replace a target.
#[derive(Debug)]
pub(crate) struct Replacement {
    temp: NamedTempFile,
    target: PathBuf,
}

impl Replacement {
    /// Begins a new file for `target`.
    pub(crate) fn new(target: &Path) -> io::Result<Self> {
        let temp = tempfile::Builder::new().prefix(".fritext-").tempfile_in(folder(target))?;
        Ok(Self { temp, target: target.to_owned() })
    }

    /// Puts the file in the target's place, durably, with the target's permissions if there was one.
    pub(crate) fn commit(self) -> io::Result<()> {
        if let Ok(old) = std::fs::metadata(&self.target) {
            self.temp.as_file().set_permissions(old.permissions())?;
        }
        self.temp.as_file().sync_all()?;
        let folder = folder(&self.target).to_owned();
        self.temp.persist(&self.target).map_err(|e| e.error)?;
        sync(&folder)
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temp.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temp.flush()
    }
}

/// Copies a file into a folder under its own name, with `~N` if that is taken, durably; the name it got.
pub(crate) fn keep_copy(file: &Path, into: &Path) -> io::Result<PathBuf> {
    let mut temp = tempfile::Builder::new().prefix(".fritext-").tempfile_in(into)?;
    io::copy(&mut File::open(file)?, &mut temp)?;
    temp.as_file().set_permissions(std::fs::metadata(file)?.permissions())?;
    temp.as_file().sync_all()?;
    let name = file.file_name().unwrap_or_default();
    for n in 0u32.. {
        let mut candidate = name.to_owned();
        if n > 0 {
            candidate.push(format!("~{n}"));
        }
        let target = into.join(candidate);
        match temp.persist_noclobber(&target) {
            Ok(_) => {
                sync(into)?;
                return Ok(target);
            }
            Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => temp = e.file,
            Err(e) => return Err(e.error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
