//! What must be there after a crash: small files replaced as a whole, and names that are in their folder for good.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// Replaces a file as a whole, readable by its owner alone; returns once that is on disk.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder)?;
    // A temporary file is its owner's alone, and stays so.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// Returns once the names in the folder of `path` are on disk as they are now.
pub fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    sync(folder_of(path))
}

/// Returns once a file's bytes, or the names in a folder, are on disk as they are now.
pub fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// Returns once several files and folders of one file system are on disk as they are now; `around` is a folder there.
/// On Linux that is one flush of the file system, however many they are.
pub fn sync_all(paths: &[&Path], around: &Path) -> std::io::Result<()> {
    match paths {
        [] => Ok(()),
        [one] => sync(one),
        #[cfg(target_os = "linux")]
        _ => Ok(rustix::fs::syncfs(File::open(around)?)?),
        #[cfg(not(target_os = "linux"))]
        _ => paths.iter().try_for_each(|it| sync(it)).and_then(|()| sync(around)),
    }
}

/// Returns whether an error says that there is no room left.
#[must_use]
pub fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
