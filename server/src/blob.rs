//! Photos and other files, addressed by the SHA-256 of their bytes, stored encrypted (see [`crate::vault`]): in a folder
//! (see [`folder`]) or in a [`bucket`] of an object store. Tests of the latter are in `tests/bucket`.
//!
//! [`Blobs::put`] returns after the bytes are durable under their final name, so that a row which names a hash never lacks
//! its file. A crash in between leaves an orphan, which the next upload of the same file
//! takes over, or [`orphans`](crate::domain::orphans) deletes. How files go is told in [`aside`].

mod aside;
pub mod bucket;
mod folder;
pub mod hashes;
mod pieces;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion};

use self::aside::{ASIDE, bound_name};
pub use self::aside::{Aside, Moved};
use self::bucket::Bucket;
use self::folder::Folder;
use self::hashes::sha256_hex;
use crate::durable;
use crate::vault::rekey::Renewed;
use crate::vault::{self, Vault, VaultError};

/// The file that tells at start whether the keys at hand are those of this store.
const CHECK: &str = "vault-check";
/// What it holds.
const CHECK_BYTES: &[u8] = b"doorstep";
/// What errors of a folder call it.
const LOCAL: &str = "LocalFileSystem";
/// Tells what time it is where files get theirs.
const TIME_MARK: &str = "time-mark";

/// A folder or bucket of files by hash.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    vault: Arc<Vault>,
    /// Writes, where the store is a folder.
    folder: Option<Arc<Folder>>,
}

/// Why a file could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no file with this hash.
    #[error("no such blob")]
    NotFound,
    /// It can't be encrypted or read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// There is no room left where the files are.
    #[error("the disk of the files is full")]
    Full,
    /// The store does not answer, or not as it should; it may a moment later.
    #[error("the store of the files does not answer: {0}")]
    Unreachable(String),
    /// The store failed; for the log.
    #[error("blob store: {0}")]
    Store(String),
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => BlobError::NotFound,
            other if is_full(&other) => BlobError::Full,
            other if is_elsewhere(&other) => BlobError::Unreachable(other.to_string()),
            other => BlobError::Store(other.to_string()),
        }
    }
}

/// Looks for the system's word among the causes of an error.
fn is_full(error: &object_store::Error) -> bool {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |it| it.source());
    causes.filter_map(|it| it.downcast_ref::<std::io::Error>()).any(durable::is_full)
}

/// Whether a store on the network failed, or refused us: neither says anything about what was asked.
fn is_elsewhere(error: &object_store::Error) -> bool {
    use object_store::Error as E;
    match error {
        E::Generic { store, .. } => *store != LOCAL,
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => true,
        _ => false,
    }
}

impl Blobs {
    /// The name of the file that tells whether keys are the right ones.
    pub const CHECK: &str = CHECK;

    /// Opens a folder, which is created where it is missing.
    pub fn folder(path: &Path, vault: Vault) -> Result<Blobs, BlobError> {
        let folder = Folder::open(path)?;
        let store = object_store::local::LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
        Ok(Blobs { store: Arc::new(store), vault: Arc::new(vault), folder: Some(Arc::new(folder)) })
    }

    /// Takes a bucket of an S3-compatible store.
    #[must_use]
    pub fn bucket(bucket: Bucket, vault: Vault) -> Blobs {
        Blobs { store: Arc::new(bucket.0), vault: Arc::new(vault), folder: None }
    }

    /// Returns whether a folder holds files that some key has encrypted.
    #[must_use]
    pub fn is_in_use(path: &Path) -> bool {
        path.join(CHECK).exists()
    }

    /// Refuses to go on with keys that are not those of this store.
    pub async fn check_keys(&self) -> Result<(), BlobError> {
        let key = Key::from(CHECK);
        match self.read(&key).await {
            Ok(_) => Ok(()),
            Err(BlobError::NotFound) => {
                let is_ours = self.create_once(&key, self.vault.seal(CHECK, CHECK_BYTES)?).await;
                let is_ours = is_ours.map_err(|error| match error {
                    BlobError::NotFound => BlobError::Store("there is no such bucket".to_owned()),
                    other => other,
                })?;
                // Of two that start at the same moment the second has to fit.
                if is_ours { Ok(()) } else { self.read(&key).await.map(drop) }
            }
            Err(error) => Err(error),
        }
    }

    /// What encrypts the files.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Brings every file under the current master key, one after the other. A file that is deleted meanwhile stays so.
    pub async fn renew(&self) -> Result<Renewed, BlobError> {
        let mut renewed = Renewed::default();
        let mut files = self.store.list(None);
        while let Some(file) = files.try_next().await? {
            let found = match self.store.get(&file.location).await {
                Ok(found) => found,
                Err(object_store::Error::NotFound { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            let version =
                UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
            let stored = found.bytes().await?;
            renewed.n_files += 1;
            if file.location.as_ref() == TIME_MARK {
                continue;
            }
            if let Some(sealed) = self.vault.renewed(bound_name(file.location.as_ref()), &stored)?
                && self.replace_existing(&file.location, sealed, version).await?
            {
                renewed.n_renewed += 1;
            }
        }
        Ok(renewed)
    }

    /// Replaces a file unless it was deleted; returns whether it was still there.
    async fn replace_existing(
        &self,
        key: &Key,
        sealed: Vec<u8>,
        version: UpdateVersion,
    ) -> Result<bool, BlobError> {
        if let Some(folder) = &self.folder {
            return folder.replace_existing(key.as_ref(), sealed).await;
        }
        let options = PutOptions::from(PutMode::Update(version));
        match self.store.put_opts(key, PutPayload::from(sealed), options).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. } | object_store::Error::Precondition { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores bytes durably and returns their hash; storing them again changes nothing.
    pub async fn put(&self, bytes: Bytes) -> Result<String, BlobError> {
        let sha256 = sha256_hex(&bytes);
        self.put_as(&sha256, &bytes).await?;
        Ok(sha256)
    }

    /// Stores bytes durably for who has just hashed them; storing them again changes nothing.
    pub async fn put_as(&self, sha256: &str, bytes: &[u8]) -> Result<(), BlobError> {
        self.create(&key(sha256), bytes).await
    }

    /// Reads the bytes of a hash.
    pub async fn get(&self, sha256: &str) -> Result<Bytes, BlobError> {
        self.read(&key(sha256)).await
    }

    /// Returns whether there is a file with a hash.
    pub async fn has(&self, sha256: &str) -> Result<bool, BlobError> {
        Ok(self.meta(&key(sha256)).await?.is_some())
    }

    /// Stores bytes durably unless there are; for who has just named them, and may have met somebody who deletes.
    pub async fn put_missing(&self, sha256: &str, bytes: &[u8]) -> Result<(), BlobError> {
        if self.has(sha256).await? { Ok(()) } else { self.put_as(sha256, bytes).await }
    }

    /// Returns the hash of every file there is, in no order.
    pub fn hashes(&self) -> BoxStream<'_, Result<String, BlobError>> {
        let hash = |location: &Key| {
            let sha256 = location.filename()?;
            (sha256.len() == 64 && key(sha256) == *location).then(|| sha256.to_owned())
        };
        let files = self.store.list(None).map_err(BlobError::from);
        files.try_filter_map(move |file| std::future::ready(Ok(hash(&file.location)))).boxed()
    }

    /// Returns what time it is where the files get theirs, which need not be what the server's clock says.
    pub async fn time(&self) -> Result<SystemTime, BlobError> {
        let mark = Key::from(TIME_MARK);
        self.store.put(&mark, PutPayload::from_static(b"")).await?;
        Ok(modified(&self.store.head(&mark).await?))
    }

    /// Returns the hash of every file, and of every small picture, that was last stored before `before`; in no order.
    pub fn hashes_before(&self, before: SystemTime) -> BoxStream<'_, Result<String, BlobError>> {
        let hash = move |file: &ObjectMeta| {
            let sha256 = file.location.filename()?;
            let is_file = [key(sha256), thumbnail_key(sha256)].contains(&file.location);
            (sha256.len() == 64 && is_file && modified(file) < before).then(|| sha256.to_owned())
        };
        let files = self.store.list(None).map_err(BlobError::from);
        files.try_filter_map(move |file| std::future::ready(Ok(hash(&file)))).boxed()
    }

    /// Deletes what was being written before `before` and was never finished; returns how many files that were.
    pub async fn sweep_unfinished(&self, before: SystemTime) -> Result<usize, BlobError> {
        match &self.folder {
            Some(folder) => folder.sweep_unfinished(before).await,
            None => Ok(0),
        }
    }

    /// Returns what tells this store's data from any other's, whatever the master key: nobody can tell anything else by it.
    pub async fn data_id(&self) -> Result<String, BlobError> {
        let stored = self.stored(CHECK).await?;
        // Behind the head nothing changes with the master key.
        Ok(sha256_hex(vault::body(&stored))[..32].to_owned())
    }

    /// Returns the name of everything that is stored, in no order; what is on its way in or out is not.
    pub fn stored_names(&self) -> BoxStream<'_, Result<String, BlobError>> {
        let name = |file: ObjectMeta| {
            let name = file.location.as_ref();
            let is_passing = [ASIDE, folder::INCOMING].iter().any(|it| name.split('/').next() == Some(it));
            (!is_passing && name != TIME_MARK).then(|| name.to_owned())
        };
        let files = self.store.list(None).map_err(BlobError::from);
        files.try_filter_map(move |file| std::future::ready(Ok(name(file)))).boxed()
    }

    /// Reads a file by its name as it is stored, encrypted.
    pub async fn stored(&self, name: &str) -> Result<Bytes, BlobError> {
        Ok(self.store.get(&Key::from(name)).await?.bytes().await?)
    }

    /// Returns the name that the file of a hash is stored under.
    #[must_use]
    pub fn name_of(sha256: &str) -> String {
        key(sha256).to_string()
    }

    /// Stores the thumbnail of a picture.
    pub async fn put_thumbnail(&self, sha256: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.create(&thumbnail_key(sha256), &bytes).await
    }

    /// Reads the thumbnail of a picture, once it was made.
    pub async fn thumbnail(&self, sha256: &str) -> Result<Bytes, BlobError> {
        self.read(&thumbnail_key(sha256)).await
    }

    async fn meta(&self, key: &Key) -> Result<Option<ObjectMeta>, BlobError> {
        match self.store.head(key).await {
            Ok(file) => Ok(Some(file)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn read(&self, key: &Key) -> Result<Bytes, BlobError> {
        let stored = self.store.get(key).await?.bytes().await?;
        Ok(self.vault.read(key.as_ref(), stored)?)
    }

    /// Stores a file; one that is there is young again, so that nobody takes it for an orphan.
    async fn create(&self, key: &Key, bytes: &[u8]) -> Result<(), BlobError> {
        let sealed = self.vault.seal(key.as_ref(), bytes)?;
        if let Some(folder) = &self.folder {
            return folder.create(key.as_ref(), sealed).await.map(drop);
        }
        let sealed = PutPayload::from(sealed);
        if !self.create_in_bucket(key, sealed.clone()).await? {
            self.store.put(key, sealed).await?;
        }
        Ok(())
    }

    /// Stores a file unless there is one of this name; returns whether there was none.
    async fn create_once(&self, key: &Key, sealed: Vec<u8>) -> Result<bool, BlobError> {
        match &self.folder {
            Some(folder) => folder.create(key.as_ref(), sealed).await,
            None => self.create_in_bucket(key, sealed.into()).await,
        }
    }

    async fn create_in_bucket(&self, key: &Key, sealed: PutPayload) -> Result<bool, BlobError> {
        let once = PutOptions::from(PutMode::Create);
        match self.store.put_opts(key, sealed, once).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn modified(file: &ObjectMeta) -> SystemTime {
    let ms = u64::try_from(file.last_modified.timestamp_millis()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
}

// Two levels of folders keep each of them small.
fn key(sha256: &str) -> Key {
    Key::from(format!("{}/{sha256}", sha256.get(..2).unwrap_or("")))
}

fn thumbnail_key(sha256: &str) -> Key {
    Key::from(format!("thumbnails/{}/{sha256}", sha256.get(..2).unwrap_or("")))
}
