//! Pieces of files on their way up, each an encrypted object of its own. So a piece is durable by the same means as a
//! file, in a folder and in a bucket alike, and nothing is ever appended to.
//!
//! They lie under `uploads/<last two digits of the upload's id>/<id>.<name>`: no folder of an upload's own is left behind.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::ObjectStoreExt;
use object_store::path::Path as Key;

use super::{BlobError, Blobs};

const FOLDER: &str = "uploads";

impl Blobs {
    /// Stores a piece durably; its name must be new.
    pub async fn put_piece(&self, upload_id: &str, name: &str, bytes: &[u8]) -> Result<(), BlobError> {
        self.create(&key(upload_id, name), bytes).await
    }

    /// Reads a piece.
    pub async fn piece(&self, upload_id: &str, name: &str) -> Result<Bytes, BlobError> {
        self.read(&key(upload_id, name)).await
    }

    /// Deletes a piece; without harm if it is gone.
    pub async fn delete_piece(&self, upload_id: &str, name: &str) -> Result<(), BlobError> {
        self.delete(&key(upload_id, name)).await
    }

    /// Deletes every piece of an upload, those that no row names too.
    pub async fn delete_pieces(&self, upload_id: &str) -> Result<(), BlobError> {
        let found: Vec<_> = self.store.list(Some(&folder(upload_id))).try_collect().await?;
        for piece in found.iter().filter(|it| upload_of(&it.location) == Some(upload_id)) {
            self.delete(&piece.location).await?;
        }
        Ok(())
    }

    /// Returns the ids of all uploads that have pieces.
    pub async fn uploads_with_pieces(&self) -> Result<BTreeSet<String>, BlobError> {
        let found: Vec<_> = self.store.list(Some(&Key::from(FOLDER))).try_collect().await?;
        Ok(found.iter().filter_map(|it| upload_of(&it.location)).map(str::to_owned).collect())
    }

    async fn delete(&self, key: &Key) -> Result<(), BlobError> {
        match self.store.delete(key).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn folder(upload_id: &str) -> Key {
    let digits = upload_id.get(upload_id.len().saturating_sub(2)..).unwrap_or_default();
    Key::from(format!("{FOLDER}/{digits}"))
}

fn key(upload_id: &str, name: &str) -> Key {
    folder(upload_id).join(format!("{upload_id}.{name}"))
}

fn upload_of(location: &Key) -> Option<&str> {
    let file_name = location.as_ref().rsplit('/').next()?;
    file_name.split_once('.').map(|(id, _)| id)
}
