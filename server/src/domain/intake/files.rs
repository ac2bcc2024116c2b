//! The files of a visit on their way into the blob store.
//!
//! A file that was there already may just be on its way out, because the last other visit that sent it is over its time
//! ([`retention`](crate::domain::retention)). Once the visit's own row is there nobody takes it away any more, so it is
//! stored once again then.

use bytes::Bytes;
use futures_util::future::try_join_all;

use crate::App;
use crate::blob::{BlobError, sha256_hex};

/// Stores files durably; returns those that were there before.
pub(super) async fn put(app: &App, files: &[(String, Bytes)]) -> Result<Vec<Bytes>, BlobError> {
    let are_new = try_join_all(files.iter().map(|(_, bytes)| app.blobs.put_new(bytes.clone()))).await?;
    let known = files.iter().zip(are_new).filter(|(_, is_new)| !is_new);
    Ok(known.map(|((_, bytes), _)| bytes.clone()).collect())
}

/// Stores files again that were there before; where they still are, nothing happens.
pub(super) async fn put_again(app: &App, files: Vec<Bytes>) -> Result<(), BlobError> {
    try_join_all(files.into_iter().map(|it| app.blobs.put(it))).await.map(drop)
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
