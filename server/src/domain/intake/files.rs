//! The files of a visit on their way into the blob store.
//!
//! A file that was there already may just be on its way out, because the last other visit that sent it is over its time
//! ([`retention`](crate::domain::retention)). Once the visit's own row is there nobody takes it away any more, so it is
//! looked for once again then, and stored where it is gone.

use bytes::Bytes;
use futures_util::future::try_join_all;

use super::arrived::Arrived;
use crate::App;
use crate::blob::{BlobError, sha256_hex};

/// A file that was there before.
pub(super) struct There {
    sha256: String,
    bytes: Bytes,
}

/// Stores files durably; returns those that were there before.
pub(super) async fn put(app: &App, arrived: &Arrived) -> Result<Vec<There>, BlobError> {
    let named = |name: &str| arrived.upload.sent.iter().any(|(known, _)| known == name);
    let files = arrived.upload.files.iter().zip(&arrived.hashes);
    let put = files.map(|((name, bytes), (_, sha256))| async move {
        let is_there = named(name) && app.blobs.has(sha256).await?;
        if !is_there && app.blobs.put_new(bytes.clone()).await? {
            return Ok(None);
        }
        Ok::<_, BlobError>(Some(There { sha256: sha256.clone(), bytes: bytes.clone() }))
    });
    Ok(try_join_all(put).await?.into_iter().flatten().collect())
}

/// Stores files again that were there before and are not any more.
pub(super) async fn put_again(app: &App, files: Vec<There>) -> Result<(), BlobError> {
    let put = files.into_iter().map(|it| async move {
        if app.blobs.has(&it.sha256).await? { Ok(()) } else { app.blobs.put(it.bytes).await.map(drop) }
    });
    try_join_all(put).await.map(drop)
}

/// Stores files that should be there and are not.
pub(super) async fn put_missing(app: &App, files: &[(String, Bytes)]) -> Result<(), BlobError> {
    for (_, bytes) in files {
        if !app.blobs.has(&sha256_hex(bytes)).await? {
            app.blobs.put(bytes.clone()).await?;
        }
    }
    Ok(())
}
