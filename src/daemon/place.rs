//! Files and folders of the daemon: reached without following links, written so that a crash leaves nothing half done.

use super::see::{Identity, identity_of};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, openat, renameat_with, statat, unlinkat};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

/// The folder inside an output where results wait.
pub(super) const STAGING: &str = ".fritext-staging";

/// A file below a root by an open handle of its folder: whoever swaps a folder on the way for a link to elsewhere
/// gains nothing.
pub(super) struct Held {
    folder: OwnedFd,
    name: OsString,
}

impl Held {
    /// Finds a file below `root`; links on the way are an error.
    pub(super) fn find(root: &Path, path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let inside = path.strip_prefix(root).map_err(|_| io::ErrorKind::NotFound)?;
        let name = inside.file_name().ok_or(io::ErrorKind::NotFound)?.to_owned();
        let mut folder = openat(CWD, root, flags, Mode::empty())?;
        for part in inside.parent().into_iter().flat_map(Path::components) {
            let Component::Normal(part) = part else { return Err(io::ErrorKind::NotFound.into()) };
            folder = openat(&folder, part, flags | OFlags::NOFOLLOW, Mode::empty())?;
        }
        Ok(Self { folder, name })
    }

    /// Opens it for reading; never a link, and never waiting for a pipe.
    pub(super) fn open(&self) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(openat(&self.folder, &self.name, flags, Mode::empty())?.into())
    }

    /// Which version it is now.
    pub(super) fn identity(&self) -> io::Result<Identity> {
        Ok(identity_of(&statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        Ok(unlinkat(&self.folder, &self.name, AtFlags::empty())?)
    }

    /// Moves it, replacing nothing. From one disk to another it is copied, and removed if it still is this version.
    pub(super) fn move_to(&self, target: &Path, version: &Identity) -> io::Result<()> {
        match renameat_with(&self.folder, &self.name, CWD, target, RenameFlags::NOREPLACE) {
            Err(rustix::io::Errno::XDEV) => {
                copy_to(&mut self.open()?, target)?;
                if self.identity()? == *version { self.remove() } else { Ok(()) }
            }
            other => Ok(other?),
        }
    }
}

/// A new hidden file on the disk of an output.
pub(super) fn stage(output: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let path = output.join(STAGING).join(name);
    let mut options = File::options();
    options.read(true).write(true).create_new(true).mode(0o640);
    let file = match options.open(&path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::remove_file(&path)?;
            options.open(&path)?
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(output.join(STAGING))?;
            options.open(&path)?
        }
        other => other?,
    };
    Ok((file, path))
}

/// Removes what a crash left in a staging folder.
pub(super) fn clear(output: &Path) {
    let Ok(entries) = std::fs::read_dir(output.join(STAGING)) else { return };
    for entry in entries.flatten().filter(|e| e.file_name() != "lock") {
        if std::fs::remove_file(entry.path()).is_err() {
            tracing::warn!("an old file in a staging folder could not be removed");
        }
    }
}

/// Renames a result into place; `over` an older result of the same file, otherwise replacing nothing.
pub(super) fn appear(staged: &Path, target: &Path, over: bool) -> io::Result<()> {
    make_folders(target)?;
    if over {
        return std::fs::rename(staged, target);
    }
    Ok(renameat_with(CWD, staged, CWD, target, RenameFlags::NOREPLACE)?)
}

/// A copy of what is left to read, whole or not at all.
pub(super) fn copy_to(from: &mut File, to: &Path) -> io::Result<()> {
    let mut temp = tempfile::Builder::new().prefix(".fritext-").tempfile_in(folder_of(to))?;
    io::copy(from, &mut temp)?;
    temp.as_file().sync_all()?;
    temp.persist_noclobber(to).map_err(|e| e.error)?;
    Ok(())
}

/// Keeps a copy that is in memory or in the spool.
pub(super) fn keep(spool: &mut tempfile::SpooledTempFile, to: &Path) -> io::Result<()> {
    spool.rewind()?;
    let mut temp = tempfile::Builder::new().prefix(".fritext-").tempfile_in(folder_of(to))?;
    io::copy(spool, &mut temp)?;
    temp.as_file().sync_all()?;
    temp.persist_noclobber(to).map_err(|e| e.error)?;
    Ok(())
}

/// `x`, `x~1`, `x~2` …
pub(super) fn numbered(path: &Path, n: u32) -> PathBuf {
    if n == 0 {
        return path.to_owned();
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!("~{n}"));
    path.with_file_name(name)
}

/// Makes the folders of a file.
pub(super) fn make_folders(file: &Path) -> io::Result<()> {
    let folder = folder_of(file);
    if folder.is_dir() {
        return Ok(());
    }
    make_folders(folder)?;
    match std::fs::create_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e),
        Ok(()) => sync(folder_of(folder)),
    }
}

/// Flushes a folder: what was renamed in it stays so.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A fault of the disk in one word.
pub(super) fn trouble(error: &io::Error) -> &'static str {
    use io::ErrorKind as K;
    let code = error.raw_os_error();
    match error.kind() {
        K::PermissionDenied => "permission",
        K::StorageFull | K::QuotaExceeded => "space",
        K::ReadOnlyFilesystem => "read_only",
        K::InvalidFilename => "name",
        _ if code == Some(rustix::io::Errno::LOOP.raw_os_error()) => "link",
        _ if code == Some(rustix::io::Errno::NOTDIR.raw_os_error()) => "link",
        _ if code == Some(rustix::io::Errno::MFILE.raw_os_error()) => "files_open",
        _ => "disk",
    }
}
