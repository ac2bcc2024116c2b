//! The files of a visit on their way into the blob store.
//!
//! A file that is there may just be on its way out, because the last other visit that sent it is over its time
//! ([`retention`](crate::domain::retention)). Once the visit's own row is there nobody takes it away any more, so each is
//! looked for once again then, and stored where it is gone.

use bytes::Bytes;
use futures_util::future::try_join_all;

use super::arrived::Arrived;
use crate::App;
use crate::blob::BlobError;

/// Stores files durably; those that were sent before are there as a rule.
pub(super) async fn put(app: &App, arrived: &Arrived) -> Result<(), BlobError> {
    let named = |name: &str| arrived.upload.sent.iter().any(|(known, _)| known == name);
    let files = arrived.upload.files.iter().zip(&arrived.hashes);
    let put = files.map(|((name, bytes), (_, sha256))| async move {
        if named(name) && app.blobs.has(sha256).await? {
            return Ok(());
        }
        app.blobs.put_as(sha256, bytes).await
    });
    try_join_all(put).await.map(drop)
}

/// Returns the files by their hashes, for a last look at them.
pub(super) fn by_hash(arrived: &Arrived) -> Vec<(String, Bytes)> {
    let files = arrived.upload.files.iter().zip(&arrived.hashes);
    files.map(|((_, bytes), (_, sha256))| (sha256.clone(), bytes.clone())).collect()
}

/// Stores files that should be there and are not.
pub(super) async fn put_missing(app: &App, files: &[(String, Bytes)]) -> Result<(), BlobError> {
    let put = files.iter().map(|(sha256, bytes)| app.blobs.put_missing(sha256, bytes));
    try_join_all(put).await.map(drop)
}
