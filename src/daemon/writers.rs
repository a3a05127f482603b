//! Which files other programs hold open for writing, as far as this user may see.
//!
//! Linux tells it under `/proc`: a link for each open file, and how it is open. Under another user's program, or in a
//! service that may not look at others, nothing is seen; then only rest and the end of a document speak.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Device and inode of every file that is open for writing.
pub(super) struct Writers(HashSet<(i64, i64)>);

impl Writers {
    pub(super) fn look() -> Self {
        let own = std::process::id().to_string();
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let others = processes.filter(|p| {
            let name = p.file_name();
            let name = name.to_string_lossy();
            name.bytes().all(|b| b.is_ascii_digit()) && *name != *own
        });
        Self(others.flat_map(|p| of_process(&p.path())).collect())
    }

    pub(super) fn holds(&self, device: i64, inode: i64) -> bool {
        self.0.contains(&(device, inode))
    }
}

fn of_process(process: &Path) -> Vec<(i64, i64)> {
    let entries = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
    let open = entries.filter_map(|entry| {
        // Most open files are pipes, sockets and devices.
        let target = fs::read_link(entry.path()).ok()?;
        if !target.is_absolute() || target.starts_with("/dev") || target.starts_with("/proc") {
            return None;
        }
        let how = fs::read_to_string(process.join("fdinfo").join(entry.file_name())).ok()?;
        let flags = how.lines().find_map(|l| l.strip_prefix("flags:"))?;
        let flags = u32::from_str_radix(flags.trim(), 8).ok()?;
        let meta = fs::metadata(entry.path()).ok()?;
        // The lowest two bits: read, write, both.
        (flags & 3 != 0 && meta.is_file()).then(|| (meta.dev().cast_signed(), meta.ino().cast_signed()))
    });
    open.collect()
}
