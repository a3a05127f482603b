//! Which files a run reads: named ones as they are, folders walked as ripgrep walks them.

use ignore::WalkBuilder;
use std::path::{Path, PathBuf};

/// A file to read.
pub(super) enum Found {
    /// A file, and whether the user named it.
    File(PathBuf, bool),
    /// A place that could not be read: path and reason.
    Failed(PathBuf, String, bool),
    /// A media file met in a folder.
    Media,
}

const MEDIA: [&str; 22] = [
    "png", "jpg", "jpeg", "gif", "webp", "svg", "ico", "bmp", "tif", "tiff", "heic", "mp3", "wav", "ogg", "flac",
    "m4a", "mp4", "mov", "avi", "mkv", "webm", "ttf",
];

/// Every file of the paths, folders in order of name.
pub(super) fn files(paths: &[PathBuf]) -> impl Iterator<Item = Found> + '_ {
    paths.iter().flat_map(|path| -> Box<dyn Iterator<Item = Found>> {
        match std::fs::metadata(path) {
            Err(e) => Box::new(std::iter::once(Found::Failed(path.clone(), reason(&e), true))),
            Ok(m) if m.is_dir() => Box::new(walk(path)),
            Ok(_) => Box::new(std::iter::once(Found::File(path.clone(), true))),
        }
    })
}

fn walk(folder: &Path) -> impl Iterator<Item = Found> + use<> {
    let root = folder.to_owned();
    let walk =
        WalkBuilder::new(folder).add_custom_ignore_filename(".fritextignore").sort_by_file_path(Ord::cmp).build();
    walk.filter_map(move |entry| match entry {
        Ok(e) if e.file_type().is_some_and(|t| t.is_file()) => {
            let extension = e.path().extension().map(|x| x.to_string_lossy().to_lowercase());
            let media = extension.is_some_and(|x| MEDIA.contains(&x.as_str()));
            Some(if media { Found::Media } else { Found::File(e.into_path(), false) })
        }
        Ok(e) if e.file_type().is_some_and(|t| !t.is_dir() && !t.is_symlink()) => {
            Some(Found::Failed(e.into_path(), "no regular file".to_owned(), false))
        }
        Ok(_) => None,
        Err(e) => {
            let path = path_of(&e).unwrap_or_else(|| root.clone());
            let reason = e.io_error().map_or_else(|| "cannot be walked".to_owned(), reason);
            Some(Found::Failed(path, reason, false))
        }
    })
}

fn path_of(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.clone()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

/// An I/O error in plain words, without a path.
pub(super) fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind as K;
    match error.kind() {
        K::NotFound => "no such file or folder".to_owned(),
        K::PermissionDenied => "no permission".to_owned(),
        K::StorageFull => "the disk is full".to_owned(),
        K::IsADirectory => "it is a folder".to_owned(),
        K::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        _ => error.to_string(),
    }
}
