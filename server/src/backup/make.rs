//! Makes a backup while the server goes on. Stopped at any point it leaves the backup that was there before, and goes on
//! where it was the next time.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::TryStreamExt as _;

use super::manifest::{self, Database, Files, Manifest, Named, Stored, hash_file};
use super::{BackupError, FILES, at, is_empty};
use crate::blob::hashes::sha256_hex;
use crate::blob::{BlobError, Blobs};
use crate::config::Config;
use crate::durable;
use crate::store::db::Snapshot;
use crate::store::{erasures, file_key};
use crate::vault::kept;

/// Moments of the database that are tried, where files are deleted between it and them.
const MAX_MOMENTS: usize = 4;
/// What ends the name of a file that is being written.
const PART: &str = ".part";

/// What a backup came to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Made {
    /// Whether the database is in it; not where it is PostgreSQL.
    pub has_database: bool,
    /// Files in it.
    pub n_files: usize,
    /// Files that were copied now.
    pub n_copied: usize,
    /// Files that were deleted because they are no longer in the store.
    pub n_deleted: usize,
    /// Files that the database names and the store lacks.
    pub missing: Vec<String>,
}

/// Makes or continues a backup in a folder; `now` in milliseconds UTC.
pub async fn make(config: &Config, blobs: &Blobs, to: &Path, now: i64) -> Result<Made, BackupError> {
    let data_id = blobs.data_id().await?;
    let (before, _lock) = open(&config.data, to, data_id)?;
    let mut copy = Copy { blobs, to, before: before.read_files(to)?, files: Files::new(), n_copied: 0 };
    let mut made = Made { has_database: config.database.is_none(), ..Made::default() };
    let part = to.join(format!("database{PART}"));
    for _ in 0..MAX_MOMENTS {
        let named =
            if made.has_database { copy_database(config, blobs, &part).await? } else { BTreeSet::new() };
        copy.files().await?;
        made.missing = named.into_iter().filter(|it| !copy.files.contains_key(&Blobs::name_of(it))).collect();
        if made.missing.is_empty() {
            break;
        }
    }
    let manifest = copy.finish(&config.data, now, made.has_database, before)?;
    made.n_deleted = clean_up(to, &manifest, &copy.files)?;
    Ok(Made { n_files: copy.files.len(), n_copied: copy.n_copied, ..made })
}

/// Returns what a folder holds, and keeps other processes from writing to it.
fn open(data: &Path, to: &Path, data_id: String) -> Result<(Manifest, File), BackupError> {
    if !data.is_dir() {
        return Err(BackupError::NoData(data.to_owned()));
    }
    let found = Manifest::read(to)?;
    if found.is_none() && !is_empty(to)? {
        return Err(BackupError::NoBackup(to.to_owned()));
    }
    fs::create_dir_all(to).map_err(at(to))?;
    let (inner, outer) = (to.canonicalize().map_err(at(to))?, data.canonicalize().map_err(at(data))?);
    if inner.starts_with(&outer) || outer.starts_with(&inner) {
        return Err(BackupError::Inside(to.to_owned()));
    }
    let manifest = match found {
        Some(it) if it.data_id != data_id => return Err(BackupError::OtherData(to.to_owned())),
        Some(it) => it,
        None => {
            let fresh = Manifest::unfinished(data_id);
            fresh.write(to)?;
            fresh
        }
    };
    // The folder itself is locked: a file for it would be one more thing in it.
    let lock = File::open(to).map_err(at(to))?;
    lock.try_lock().map_err(|_| BackupError::InUse(to.to_owned()))?;
    Ok((manifest, lock))
}

/// Copies the database of this moment; returns the files that it names.
async fn copy_database(config: &Config, blobs: &Blobs, part: &Path) -> Result<BTreeSet<String>, BackupError> {
    let path = config.data.join(crate::DATABASE);
    if !path.exists() {
        return Err(BackupError::NoData(config.data.clone()));
    }
    let (key, part) = (file_key::of_folder(blobs.vault(), &config.data)?, part.to_owned());
    let copied = tokio::task::spawn_blocking(move || {
        let snapshot = Snapshot::take(&path, &key)?;
        snapshot.copy_to(&part, &key)?;
        snapshot.read(erasures::needed)
    });
    let named = copied.await.map_err(|error| crate::store::db::DbError::Other(error.to_string()))??;
    Ok(named.into_iter().collect())
}

/// Files on their way.
struct Copy<'a> {
    blobs: &'a Blobs,
    to: &'a Path,
    before: Files,
    /// What is in the backup now.
    files: Files,
    n_copied: usize,
}

impl Copy<'_> {
    /// Brings every file of the store that is not there yet.
    async fn files(&mut self) -> Result<(), BackupError> {
        let mut names = self.blobs.stored_names();
        let mut present = Files::new();
        while let Some(name) = names.try_next().await? {
            let known = self.files.get(&name).cloned();
            let stored = match known.or_else(|| self.kept(&name)) {
                Some(stored) => Some(stored),
                None => self.copy(&name).await?,
            };
            if let Some(stored) = stored {
                present.insert(name, stored);
            }
        }
        self.files = present;
        Ok(())
    }

    /// Returns a file that an earlier backup brought, if it is whole and under the current master key.
    fn kept(&self, name: &str) -> Option<Stored> {
        let path = self.place(name);
        let size_bytes = fs::metadata(&path).ok()?.len();
        if let Some(stored) = self.before.get(name) {
            let head = read_head(&path)?;
            let is_kept = stored.size_bytes == size_bytes && self.blobs.vault().is_current(&head);
            return is_kept.then(|| stored.clone());
        }
        // Brought by a backup that was stopped: its bytes prove themselves.
        let bytes = Bytes::from(fs::read(&path).ok()?);
        let is_whole =
            self.blobs.vault().is_current(&bytes) && self.blobs.vault().read(name, bytes.clone()).is_ok();
        is_whole.then(|| Stored { sha256: sha256_hex(&bytes), size_bytes })
    }

    /// Copies a file; none where it was deleted meanwhile.
    async fn copy(&mut self, name: &str) -> Result<Option<Stored>, BackupError> {
        let bytes = match self.blobs.stored(name).await {
            Ok(bytes) => bytes,
            Err(BlobError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let path = self.place(name);
        let part = PathBuf::from(format!("{}{PART}", path.display()));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        let written = fs::write(&part, &bytes).and_then(|()| fs::rename(&part, &path));
        written.map_err(|error| {
            let _ = fs::remove_file(&part);
            at(&path)(error)
        })?;
        self.n_copied += 1;
        Ok(Some(Stored { sha256: sha256_hex(&bytes), size_bytes: bytes.len() as u64 }))
    }

    fn place(&self, name: &str) -> PathBuf {
        self.to.join(FILES).join(name)
    }

    /// Makes what was copied the backup that the folder holds.
    fn finish(
        &self,
        data: &Path,
        now: i64,
        has_database: bool,
        before: Manifest,
    ) -> Result<Manifest, BackupError> {
        let database = if has_database { Some(self.take_database(data)?) } else { None };
        let text = manifest::list(&self.files);
        let name = format!("files-{}.txt", &sha256_hex(text.as_bytes())[..16]);
        fs::write(self.to.join(&name), &text).map_err(at(self.to))?;
        let files = Named::of(self.to, &name)?;
        let visit_key = self.take_visit_key(data)?;
        let new = Manifest { made_at: Some(now), database, visit_key, files: Some(files), ..before };
        let mut paths: Vec<PathBuf> = new.names().into_iter().map(|it| self.to.join(it)).collect();
        paths.extend(self.files.keys().filter(|it| !self.before.contains_key(*it)).map(|it| self.place(it)));
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        durable::sync_all(&paths, self.to).map_err(at(self.to))?;
        new.write(self.to)?;
        Ok(new)
    }

    fn take_database(&self, data: &Path) -> Result<Database, BackupError> {
        let part = format!("database{PART}");
        let found = hash_file(&self.to.join(&part))?;
        let stem = format!("database-{}", &found.sha256[..16]);
        let (name, key) = (format!("{stem}.sqlite"), format!("{stem}.key"));
        fs::rename(self.to.join(&part), self.to.join(&name)).map_err(at(self.to))?;
        fs::copy(kept::path(data, kept::DATABASE), self.to.join(&key)).map_err(at(self.to))?;
        let file = Named { name, sha256: found.sha256, size_bytes: found.size_bytes };
        Ok(Database { file, key: Named::of(self.to, &key)? })
    }

    fn take_visit_key(&self, data: &Path) -> Result<Option<Named>, BackupError> {
        let from = kept::path(data, kept::VISIT_FILES);
        if !from.exists() {
            return Ok(None);
        }
        let name = format!("visit-files-{}.key", &hash_file(&from)?.sha256[..16]);
        fs::copy(&from, self.to.join(&name)).map_err(at(self.to))?;
        Named::of(self.to, &name).map(Some)
    }
}

fn read_head(path: &Path) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut head = Vec::new();
    File::open(path).ok()?.take(256).read_to_end(&mut head).ok()?;
    Some(head)
}

/// Deletes what earlier backups left and this one does not hold; returns how many files of the store were among it.
fn clean_up(to: &Path, manifest: &Manifest, files: &Files) -> Result<usize, BackupError> {
    let kept = manifest.names();
    for entry in fs::read_dir(to).map_err(at(to))? {
        let entry = entry.map_err(at(to))?;
        let name = entry.file_name();
        let is_own = |it: &str| ["database", "files-", "visit-files-"].iter().any(|own| it.starts_with(own));
        if name.to_str().is_some_and(|it| is_own(it) && !kept.contains(&it)) {
            fs::remove_file(entry.path()).map_err(at(to))?;
        }
    }
    let root = to.join(FILES);
    delete_others(&root, &root, files)
}

fn delete_others(root: &Path, folder: &Path, files: &Files) -> Result<usize, BackupError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(at(folder)(error)),
    };
    let mut n_deleted = 0;
    for entry in entries {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() {
            n_deleted += delete_others(root, &path, files)?;
            continue;
        }
        let name = path.strip_prefix(root).ok().and_then(Path::to_str).map(|it| it.replace('\\', "/"));
        let Some(name) = name.filter(|it| !files.contains_key(it)) else { continue };
        fs::remove_file(&path).map_err(at(&path))?;
        n_deleted += usize::from(!name.ends_with(PART));
    }
    Ok(n_deleted)
}
