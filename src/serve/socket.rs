//! The Unix socket. It is made under another name and moved into place, so that nobody sees it before its group and
//! rights are set, and what an earlier run left there is simply replaced. Whoever opens it is looked at once more: rights
//! that somebody widened later let nobody in.

use anyhow::{Context, Result, anyhow, bail};
use nix::unistd::{Gid, Group, Uid, User, getgrouplist};
use std::collections::HashMap;
use std::ffi::CString;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::task::{Context as Task, Poll};
use tokio::net::{UnixListener, UnixStream};

/// A socket with its file, which goes when it ends.
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    inode: u64,
    group: Gid,
    /// Whether a user is in the group, by number: asked once, since a directory service may take its time.
    members: Mutex<HashMap<Uid, bool>>,
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
        let group = match group {
            Some(group) => {
                let id = group_of(group)?;
                std::os::unix::fs::chown(&new, None, Some(id.as_raw()))
                    .with_context(|| format!("{name}: group {group}"))?;
                id
            }
            None => Gid::effective(),
        };
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o660)).with_context(|| name.to_string())?;
        let inode = new.metadata().with_context(|| name.to_string())?.ino();
        std::fs::rename(&new, path).with_context(|| name.to_string())?;
        Ok(Self { listener, path: path.to_owned(), inode, group, members: Mutex::default() })
    }

    /// The next caller who may call; others are hung up on, and counted by `refused`.
    pub fn poll_accept(&self, task: &mut Task<'_>, refused: impl Fn()) -> Poll<std::io::Result<UnixStream>> {
        loop {
            match self.listener.poll_accept(task) {
                Poll::Ready(Ok((stream, _))) if !self.admits(&stream) => refused(),
                other => return other.map_ok(|(stream, _)| stream),
            }
        }
    }

    /// Whether the caller is the service's own user, the administrator, or of the socket's group.
    fn admits(&self, stream: &UnixStream) -> bool {
        let Ok(caller) = stream.peer_cred() else { return false };
        let user = Uid::from_raw(caller.uid());
        user.is_root() || user == Uid::effective() || self.group.as_raw() == caller.gid() || {
            let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
            *members.entry(user).or_insert_with(|| is_member(user, self.group))
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A group by its name or number.
fn group_of(name: &str) -> Result<Gid> {
    let known = Group::from_name(name).ok().flatten().map(|g| g.gid);
    known
        .or_else(|| name.parse().ok().map(Gid::from_raw))
        .ok_or_else(|| anyhow!("socket_group: there is no group ‘{name}’"))
}

/// Whether a user is in a group besides the one of the process.
fn is_member(user: Uid, group: Gid) -> bool {
    let Ok(Some(user)) = User::from_uid(user) else { return false };
    let Ok(name) = CString::new(user.name) else { return false };
    getgrouplist(&name, user.gid).is_ok_and(|groups| groups.contains(&group))
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Unless another run has put its own there.
        if self.path.metadata().is_ok_and(|m| m.ino() == self.inode) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
