//! Photos and other files, addressed by the SHA-256 of their bytes, stored encrypted (see [`crate::vault`]).
//!
//! [`Blobs::put`] returns after the bytes are on disk under their final name (written beside it, fsynced, renamed,
//! folder fsynced), so that a row which names a hash never lacks its file. A crash in between leaves an orphan,
//! which the next upload of the same file takes over.

mod pieces;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use sha2::{Digest, Sha256};

use crate::vault::rekey::Renewed;
use crate::vault::{Vault, VaultError};

/// The file that tells at start whether the keys at hand are those of this store.
const CHECK: &str = "vault-check";
/// What it holds.
const CHECK_BYTES: &[u8] = b"doorstep";
/// Where files are for a moment before they are deleted.
const ASIDE: &str = "aside";

/// A folder or bucket of files by hash.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    vault: Arc<Vault>,
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
    /// The store failed; for the log.
    #[error("blob store: {0}")]
    Store(String),
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => BlobError::NotFound,
            other => BlobError::Store(other.to_string()),
        }
    }
}

impl Blobs {
    /// Opens a folder, which is created where it is missing.
    pub fn folder(path: &Path, vault: Vault) -> Result<Blobs, BlobError> {
        std::fs::create_dir_all(path).map_err(|error| BlobError::Store(error.to_string()))?;
        let store = object_store::local::LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
        Ok(Blobs { store: Arc::new(store), vault: Arc::new(vault) })
    }

    /// Opens a bucket of an S3-compatible store; keys and region come from the usual `AWS_…` variables.
    #[cfg(feature = "s3")]
    pub fn bucket(name: &str, vault: Vault) -> Result<Blobs, BlobError> {
        let store = object_store::aws::AmazonS3Builder::from_env().with_bucket_name(name).build()?;
        Ok(Blobs { store: Arc::new(store), vault: Arc::new(vault) })
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
            Err(BlobError::NotFound) => self.create(&key, CHECK_BYTES).await.map(drop),
            Err(error) => Err(error),
        }
    }

    /// What encrypts the files.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Brings every file under the current master key, one after the other.
    pub async fn renew(&self) -> Result<Renewed, BlobError> {
        let mut renewed = Renewed::default();
        let mut files = self.store.list(None);
        while let Some(file) = files.try_next().await? {
            let stored = match self.store.get(&file.location).await {
                Ok(found) => found.bytes().await?,
                // Deleted meanwhile.
                Err(object_store::Error::NotFound { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            renewed.n_files += 1;
            // A file that was moved aside stays bound to the name it had.
            let name = file.location.as_ref();
            let name = name.strip_prefix(ASIDE).map_or(name, |it| it.trim_start_matches('/'));
            if let Some(sealed) = self.vault.renewed(name, &stored)? {
                self.store.put(&file.location, PutPayload::from(sealed)).await?;
                renewed.n_renewed += 1;
            }
        }
        Ok(renewed)
    }

    /// Stores bytes durably and returns their hash; storing them again changes nothing.
    pub async fn put(&self, bytes: Bytes) -> Result<String, BlobError> {
        let sha256 = sha256_hex(&bytes);
        self.create(&key(&sha256), &bytes).await?;
        Ok(sha256)
    }

    /// Stores bytes durably; returns whether they were not there before.
    pub async fn put_new(&self, bytes: Bytes) -> Result<bool, BlobError> {
        self.create(&key(&sha256_hex(&bytes)), &bytes).await
    }

    /// Reads the bytes of a hash.
    pub async fn get(&self, sha256: &str) -> Result<Bytes, BlobError> {
        self.read(&key(sha256)).await
    }

    /// Returns whether there is a file with a hash.
    pub async fn has(&self, sha256: &str) -> Result<bool, BlobError> {
        match self.store.head(&key(sha256)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
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

    /// Stores the thumbnail of a picture.
    pub async fn put_thumbnail(&self, sha256: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.create(&thumbnail_key(sha256), &bytes).await.map(drop)
    }

    /// Reads the thumbnail of a picture, once it was made.
    pub async fn thumbnail(&self, sha256: &str) -> Result<Bytes, BlobError> {
        self.read(&thumbnail_key(sha256)).await
    }

    /// Takes a file away from under its hash, so that it can still come back; without harm if it is gone.
    pub async fn move_aside(&self, sha256: &str) -> Result<(), BlobError> {
        self.rename(&key(sha256), &aside_key(sha256)).await
    }

    /// Puts a file back that was moved aside; without harm if it was not.
    pub async fn put_back(&self, sha256: &str) -> Result<(), BlobError> {
        self.rename(&aside_key(sha256), &key(sha256)).await
    }

    /// Deletes for good what was moved aside, and the thumbnail; without harm if they are gone.
    pub async fn delete_aside(&self, sha256: &str) -> Result<(), BlobError> {
        for key in [thumbnail_key(sha256), aside_key(sha256)] {
            match self.store.delete(&key).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn rename(&self, from: &Key, to: &Key) -> Result<(), BlobError> {
        match self.store.rename(from, to).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn read(&self, key: &Key) -> Result<Bytes, BlobError> {
        let stored = self.store.get(key).await?.bytes().await?;
        Ok(self.vault.read(key.as_ref(), stored)?)
    }

    /// Returns whether there was none under this name.
    async fn create(&self, key: &Key, bytes: &[u8]) -> Result<bool, BlobError> {
        let options = PutOptions::from(PutMode::Create);
        let sealed = PutPayload::from(self.vault.seal(key.as_ref(), bytes)?);
        match self.store.put_opts(key, sealed, options).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns the SHA-256 of bytes as 64 lower-case hexadecimal digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

// Two levels of folders keep each of them small.
fn key(sha256: &str) -> Key {
    Key::from(format!("{}/{sha256}", sha256.get(..2).unwrap_or("")))
}

fn thumbnail_key(sha256: &str) -> Key {
    Key::from(format!("thumbnails/{}/{sha256}", sha256.get(..2).unwrap_or("")))
}

fn aside_key(sha256: &str) -> Key {
    Key::from(format!("{ASIDE}/{}/{sha256}", sha256.get(..2).unwrap_or("")))
}
