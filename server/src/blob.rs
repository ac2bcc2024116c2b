//! Photos and other files, addressed by the SHA-256 of their bytes.
//!
//! [`Blobs::put`] returns after the bytes are on disk under their final name (written beside it, fsynced, renamed,
//! folder fsynced), so that a row which names a hash never lacks its file. A crash in between leaves an orphan,
//! which the next upload of the same file takes over.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use sha2::{Digest, Sha256};

/// A folder or bucket of files by hash.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

/// Why a file could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no file with this hash.
    #[error("no such blob")]
    NotFound,
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
    pub fn folder(path: &Path) -> Result<Blobs, BlobError> {
        std::fs::create_dir_all(path).map_err(|error| BlobError::Store(error.to_string()))?;
        let store = object_store::local::LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
        Ok(Blobs { store: Arc::new(store) })
    }

    /// Opens a bucket of an S3-compatible store; keys and region come from the usual `AWS_…` variables.
    #[cfg(feature = "s3")]
    pub fn bucket(name: &str) -> Result<Blobs, BlobError> {
        let store = object_store::aws::AmazonS3Builder::from_env().with_bucket_name(name).build()?;
        Ok(Blobs { store: Arc::new(store) })
    }

    /// Stores bytes durably and returns their hash; storing them again changes nothing.
    pub async fn put(&self, bytes: Bytes) -> Result<String, BlobError> {
        let sha256 = sha256_hex(&bytes);
        self.create(&key(&sha256), bytes).await?;
        Ok(sha256)
    }

    /// Stores bytes durably; returns whether they were not there before.
    pub async fn put_new(&self, bytes: Bytes) -> Result<bool, BlobError> {
        self.create(&key(&sha256_hex(&bytes)), bytes).await
    }

    /// Reads the bytes of a hash.
    pub async fn get(&self, sha256: &str) -> Result<Bytes, BlobError> {
        Ok(self.store.get(&key(sha256)).await?.bytes().await?)
    }

    /// Stores the thumbnail of a picture.
    pub async fn put_thumbnail(&self, sha256: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.create(&thumbnail_key(sha256), bytes).await.map(drop)
    }

    /// Reads the thumbnail of a picture, once it was made.
    pub async fn thumbnail(&self, sha256: &str) -> Result<Bytes, BlobError> {
        Ok(self.store.get(&thumbnail_key(sha256)).await?.bytes().await?)
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

    async fn create(&self, key: &Key, bytes: Bytes) -> Result<bool, BlobError> {
        let options = PutOptions::from(PutMode::Create);
        match self.store.put_opts(key, PutPayload::from_bytes(bytes), options).await {
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
    Key::from(format!("aside/{}/{sha256}", sha256.get(..2).unwrap_or("")))
}
