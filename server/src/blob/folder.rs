//! Files written into a folder so that they are there after a power cut, many of them with two flushes.
//!
//! A file is written beside the others under a name that no reader looks at. A thread of its own then takes all that
//! wait: it flushes their bytes together, gives them their names, flushes the folders, and only then answers. So a name
//! that is there always has all its bytes, and a file that somebody was told of keeps its name.
//!
//! ```text
//! incoming/0198…#1     being written; no reader lists a name that ends in # and digits
//! 3f/3f9a…             a file
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::SystemTime;

use tokio::sync::oneshot;

use super::BlobError;
use crate::durable;

/// Where files are while they are written.
pub(super) const INCOMING: &str = "incoming";
/// Most files of one flush.
const MAX_GROUP: usize = 256;

/// A folder that is written to; its thread ends with it.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    orders: Sender<Order>,
}

/// A file on its way to its name.
struct Order {
    /// Where its bytes are; none where the name was there already and only has to stay.
    staged: Option<PathBuf>,
    to: PathBuf,
    reply: oneshot::Sender<Result<bool, Failure>>,
}

/// What every file of a flush is told.
#[derive(Debug, Clone)]
enum Failure {
    Full,
    Other(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if durable::is_full(&error) { Failure::Full } else { Failure::Other(error.to_string()) }
    }
}

impl From<Failure> for BlobError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Full => BlobError::Full,
            Failure::Other(text) => BlobError::Store(text),
        }
    }
}

impl Folder {
    /// Opens a folder, which is created where it is missing, with the folders of all hashes.
    pub fn open(root: &Path) -> Result<Folder, BlobError> {
        let made = make_folders(root).map_err(Failure::from)?;
        if made {
            durable::sync(root).and_then(|()| durable::sync_folder_of(root)).map_err(Failure::from)?;
        }
        let (orders, waiting) = channel();
        let own = root.to_owned();
        let body = move || write_groups(&own, &waiting);
        std::thread::Builder::new()
            .name("blob-writer".to_owned())
            .spawn(body)
            .map_err(|error| BlobError::Store(error.to_string()))?;
        Ok(Folder { root: root.to_owned(), orders })
    }

    /// Writes a file; returns after it is on disk, and whether there was none of this name. One that was there counts
    /// as written now.
    pub async fn create(&self, name: &str, bytes: Vec<u8>) -> Result<bool, BlobError> {
        let (to, incoming) = (self.root.join(name), self.root.join(INCOMING));
        let prepared = blocking(move || {
            let staged = if touch(&to)? { None } else { Some(stage(&incoming, &bytes)?) };
            Ok((staged, to))
        });
        let (staged, to) = prepared.await?;
        let (reply, answer) = oneshot::channel();
        let gone = |_| BlobError::Store("the writer of files has stopped".to_owned());
        self.orders.send(Order { staged, to, reply }).map_err(|_| gone(()))?;
        Ok(answer.await.map_err(|_| gone(()))??)
    }

    /// Replaces a file by another with the same content; one that was deleted meanwhile does not come back.
    pub async fn replace_existing(&self, name: &str, bytes: Vec<u8>) -> Result<bool, BlobError> {
        let (to, incoming) = (self.root.join(name), self.root.join(INCOMING));
        blocking(move || {
            let staged = stage(&incoming, &bytes)?;
            let replaced = durable::sync(&staged).and_then(|()| exchange(&staged, &to));
            // What lies there now is the old file, or the new one that has no place.
            let removed = fs::remove_file(&staged);
            match replaced {
                Ok(()) => removed.and_then(|()| durable::sync_folder_of(&to)).map(|()| true),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// Deletes what was being written before `before` and never got its name; returns how many files that were.
    pub async fn sweep_unfinished(&self, before: SystemTime) -> Result<usize, BlobError> {
        let root = self.root.clone();
        blocking(move || sweep(&root, before)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, BlobError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| BlobError::Store(error.to_string()))?.map_err(Failure::from)?)
}

/// Returns whether a folder was missing.
fn make_folders(root: &Path) -> io::Result<bool> {
    let mut is_new = !root.exists();
    fs::create_dir_all(root)?;
    let hashes = (0..=u8::MAX).map(|it| format!("{it:02x}"));
    for name in hashes.chain([INCOMING.to_owned()]) {
        match fs::create_dir(root.join(name)) {
            Ok(()) => is_new = true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(is_new)
}

/// Makes a file as young as one just written; returns whether there is one.
fn touch(path: &Path) -> io::Result<bool> {
    match File::open(path) {
        // The time is set by the system where the file lies, as for a file that is written.
        Ok(file) => file.set_modified(SystemTime::now()).map(|()| true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn stage(incoming: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let path = incoming.join(format!("{}#1", crate::new_id()));
    let written = File::create_new(&path).and_then(|mut it| it.write_all(bytes));
    match written {
        Ok(()) => Ok(path),
        Err(error) => {
            // A half of a file takes room that is needed.
            let _ = fs::remove_file(&path);
            Err(error)
        }
    }
}

fn write_groups(root: &Path, waiting: &Receiver<Order>) {
    while let Ok(first) = waiting.recv() {
        let group: Vec<Order> =
            std::iter::once(first).chain(waiting.try_iter().take(MAX_GROUP - 1)).collect();
        let results = write_group(root, &group);
        for (order, result) in group.into_iter().zip(results) {
            // The caller may have gone away; the file stays, and is an orphan then.
            let _ = order.reply.send(result);
        }
    }
}

fn write_group(root: &Path, group: &[Order]) -> Vec<Result<bool, Failure>> {
    let staged: Vec<&Path> = group.iter().filter_map(|it| it.staged.as_deref()).collect();
    let bytes = durable::sync_all(&staged, root).map_err(Failure::from);
    let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
    let named: Vec<Result<bool, Failure>> = group
        .iter()
        .map(|order| {
            let Some(staged) = &order.staged else {
                folders.extend(order.to.parent().map(Path::to_owned));
                return Ok(false);
            };
            let named = bytes.clone().and_then(|()| Ok(name(staged, &order.to, &mut folders)?));
            let _ = fs::remove_file(staged);
            named
        })
        .collect();
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    match durable::sync_all(&folders, root) {
        Ok(()) => named,
        Err(error) => {
            let failure = Failure::from(error);
            named.into_iter().map(|it| it.and(Err(failure.clone()))).collect()
        }
    }
}

/// Gives a file its name unless there is one, and notes which folders changed by it. A name that is there may have been
/// given a moment ago by another process: its folder is flushed in any case.
fn name(staged: &Path, to: &Path, folders: &mut BTreeSet<PathBuf>) -> io::Result<bool> {
    folders.extend(to.parent().map(Path::to_owned));
    let linked = fs::hard_link(staged, to).or_else(|error| match (error.kind(), to.parent()) {
        (ErrorKind::NotFound, Some(folder)) => {
            folders.extend(folder.ancestors().skip(1).take(2).map(Path::to_owned));
            fs::create_dir_all(folder)?;
            fs::hard_link(staged, to)
        }
        _ => Err(error),
    });
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Puts a file in the place of another, which must be there.
#[cfg(target_os = "linux")]
fn exchange(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE) {
        // File systems that can't, mostly on a network.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
            replace_where_there(from, to)
        }
        other => Ok(other?),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(from: &Path, to: &Path) -> io::Result<()> {
    replace_where_there(from, to)
}

/// As near as other systems come to it: a file that is deleted between the look and the renaming would come back.
fn replace_where_there(from: &Path, to: &Path) -> io::Result<()> {
    fs::metadata(to)?;
    let copy = from.with_extension("copy#1");
    fs::hard_link(from, &copy)?;
    fs::rename(&copy, to)
}

fn sweep(folder: &Path, before: SystemTime) -> io::Result<usize> {
    let mut n_swept = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            n_swept += sweep(&entry.path(), before)?;
            continue;
        }
        let name = entry.file_name();
        let is_unfinished = name.to_str().is_some_and(is_unfinished);
        // It may get its name, or go, at this very moment.
        let is_old = || entry.metadata().and_then(|it| it.modified()).is_ok_and(|it| it < before);
        if is_unfinished && is_old() && fs::remove_file(entry.path()).is_ok() {
            n_swept += 1;
        }
    }
    Ok(n_swept)
}

/// Names of files that are being written, here and by `object_store`: `…#` and digits.
fn is_unfinished(name: &str) -> bool {
    let number = name.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn files_of_many_at_once_are_there_once_and_whole() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        let file =
            |n: usize| folder.create(["00/a", "01/b", "thumbnails/00/c"][n % 3], vec![n as u8 % 3; 9999]);
        let new = join_all((0..90).map(file)).await;
        assert_eq!(new.iter().filter(|it| matches!(it, Ok(true))).count(), 3);
        assert!(new.iter().all(Result::is_ok));
        assert_eq!(fs::read(root.path().join("thumbnails/00/c")).unwrap(), vec![2; 9999]);
        assert_eq!(fs::read_dir(root.path().join(INCOMING)).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_file_stored_again_is_young_again() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        folder.create("00/a", vec![1]).await.unwrap();
        let file = File::open(root.path().join("00/a")).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(!folder.create("00/a", vec![1]).await.unwrap());
        assert!(
            file.metadata().unwrap().modified().unwrap() > SystemTime::UNIX_EPOCH + Duration::from_secs(1)
        );
    }

    #[tokio::test]
    async fn a_deleted_file_does_not_come_back_under_a_new_key() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        folder.create("00/a", b"old".to_vec()).await.unwrap();
        assert!(folder.replace_existing("00/a", b"new".to_vec()).await.unwrap());
        assert_eq!(fs::read(root.path().join("00/a")).unwrap(), b"new");
        fs::remove_file(root.path().join("00/a")).unwrap();
        assert!(!folder.replace_existing("00/a", b"newer".to_vec()).await.unwrap());
        assert!(!root.path().join("00/a").exists());
        assert_eq!(fs::read_dir(root.path().join(INCOMING)).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn only_old_unfinished_files_are_swept() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open(root.path()).unwrap();
        let names = ["incoming/x#1", "00/abc#12", "00/kept", "00/kept#x"];
        for name in names {
            fs::write(root.path().join(name), b"half").unwrap();
        }
        let hour = Duration::from_secs(3600);
        assert_eq!(folder.sweep_unfinished(SystemTime::now() - hour).await.unwrap(), 0);
        assert_eq!(folder.sweep_unfinished(SystemTime::now() + hour).await.unwrap(), 2);
        assert!(root.path().join("00/kept").exists() && root.path().join("00/kept#x").exists());
    }
}
