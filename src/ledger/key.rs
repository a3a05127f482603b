//! The secret of a ledger: hashes under it tell whoever has it that two things are the same, and tell others nothing.
//!
//! Numbers of persons can be listed in seconds; a plain hash of one is as good as the number. So every hash is an
//! HMAC-SHA-256 under a random key in a file of its own (32 bytes, mode 0400), each purpose with a word of its own,
//! cut to 128 bits.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// A key. Its `Debug` tells nothing.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// The key in this file, which only its owner may read.
    pub fn load(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        #[cfg(unix)]
        if std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o077 != 0 {
            return Err(io::Error::other("others can read this key; `chmod 0400` it, or make a new one"));
        }
        drop(file);
        Self::load_or_make(path)
    }

    /// The key in this file; made if there is none.
    pub fn load_or_make(path: &Path) -> io::Result<Self> {
        match File::open(path) {
            Ok(file) => {
                let mut bytes = Vec::new();
                file.take(64).read_to_end(&mut bytes)?;
                let key = bytes.try_into().map_err(|_| io::Error::other("a key file holds 32 bytes"))?;
                Ok(Self(key))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let mut key = [0; 32];
                File::open("/dev/urandom")?.read_exact(&mut key)?;
                // Whole or not at all: half a key would lock the ledger for ever.
                let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
                let mut file = tempfile::Builder::new().prefix(".fritext-").tempfile_in(folder)?;
                file.write_all(&key)?;
                #[cfg(unix)]
                file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o400))?;
                file.as_file().sync_all()?;
                file.persist_noclobber(path).map_err(|e| e.error)?;
                File::open(folder)?.sync_all()?;
                Ok(Self(key))
            }
            Err(e) => Err(e),
        }
    }

    /// A hash of bytes that arrive in pieces.
    pub fn hasher(&self, purpose: &str) -> Hasher {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        Hasher(mac)
    }

    /// The hash of bytes.
    pub fn hash(&self, purpose: &str, bytes: &[u8]) -> String {
        let mut hasher = self.hasher(purpose);
        hasher.update(bytes);
        hasher.finish()
    }
}

/// A hash in the making.
pub struct Hasher(Hmac<Sha256>);

impl Hasher {
    /// More bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// 128 bits in hexadecimal.
    pub fn finish(self) -> String {
        self.0.finalize().into_bytes()[..16].iter().map(|b| format!("{b:02x}")).collect()
    }
}
