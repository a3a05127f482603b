//! The Unix socket. It is made under another name and moved into place, so that nobody sees it before its group and
//! rights are set, and what an earlier run left there is simply replaced.

use anyhow::{Context, Result, anyhow, bail};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// A socket with its file, which goes when it ends.
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    inode: u64,
}

impl Socket {
    /// Opens it for the owner and one group.
    pub fn open(path: &Path, group: Option<&str>) -> Result<Self> {
        let name = path.display();
        if let Ok(meta) = path.symlink_metadata() {
            if !meta.file_type().is_socket() {
                bail!("{name}: there is a file here that is no socket");
            }
            if std::os::unix::net::UnixStream::connect(path).is_ok() {
                bail!("{name}: another service answers here");
            }
        }
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A folder of its own, which only this user can enter.
        let made = tempfile::Builder::new().prefix(".fritext-").tempdir_in(folder).with_context(|| name.to_string())?;
        let new = made.path().join("s");
        let listener = UnixListener::bind(&new).with_context(|| name.to_string())?;
        if let Some(group) = group {
            let known = nix::unistd::Group::from_name(group).ok().flatten();
            let known = known.map(|g| g.gid.as_raw()).or(group.parse().ok());
            let id = known.ok_or_else(|| anyhow!("socket_group: there is no group ‘{group}’"))?;
            std::os::unix::fs::chown(&new, None, Some(id)).with_context(|| format!("{name}: group {group}"))?;
        }
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o660)).with_context(|| name.to_string())?;
        let inode = new.metadata().with_context(|| name.to_string())?.ino();
        std::fs::rename(&new, path).with_context(|| name.to_string())?;
        Ok(Self { listener, path: path.to_owned(), inode })
    }

    /// What accepts.
    pub const fn listener(&self) -> &UnixListener {
        &self.listener
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Unless another run has put its own there.
        if self.path.metadata().is_ok_and(|m| m.ino() == self.inode) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
