//! The end of an upload: all its pieces read, hashed, and put under the hash that was announced.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::{KEPT_MS, UploadError, delete_pieces, forget};
use crate::App;
use crate::blob::BlobError;
use crate::blob::hashes::sha256_hex;
use crate::store::uploads::{self, UploadRow};

/// Makes a file of an upload whose bytes are all there; where they hash to something else the upload is gone. Doing it
/// twice does no harm.
pub(super) async fn finish(app: &Arc<App>, row: UploadRow) -> Result<UploadRow, UploadError> {
    let bytes = match whole(app, &row).await {
        Ok(bytes) => bytes,
        Err(UploadError::Blob(BlobError::NotFound)) => return elsewhere(app, row).await,
        Err(error) => return Err(error),
    };
    let (bytes, sha256) = hashed(bytes).await?;
    if sha256 != row.sha256 {
        forget(app, vec![row]).await?;
        return Err(UploadError::Checksum);
    }
    app.blobs.put_missing(&sha256, &bytes).await?;
    let (now, id) = (app.clock.now_ms(), row.id.clone());
    let expires_at = now + KEPT_MS;
    app.db
        .write(move |tx| {
            uploads::complete(tx, &id, expires_at)?;
            delete_pieces(tx, &id, now)
        })
        .await?;
    // It may just have been on its way out; from the row on nobody takes it away.
    app.blobs.put_missing(&sha256, &bytes).await?;
    app.job_added.notify_one();
    Ok(UploadRow { is_complete: true, expires_at, ..row })
}

async fn whole(app: &App, row: &UploadRow) -> Result<Bytes, UploadError> {
    let id = row.id.clone();
    let pieces = app.db.read(move |tx| uploads::pieces(tx, &id)).await?;
    let mut whole = BytesMut::with_capacity(row.length_bytes as usize);
    for piece in pieces {
        whole.extend_from_slice(&app.blobs.piece(&row.id, &piece.name).await?);
    }
    // Its pieces are forgotten once it is complete.
    if whole.len() as i64 == row.length_bytes { Ok(whole.freeze()) } else { Err(BlobError::NotFound.into()) }
}

/// Returns the upload where another process finished it at this moment. One whose pieces are missing all the same, as
/// after a backup was restored, can never be finished: its sender begins anew.
async fn elsewhere(app: &App, row: UploadRow) -> Result<UploadRow, UploadError> {
    match app.db.look_up(move |tx| uploads::get(tx, &row.account_id, &row.id)).await? {
        Some(row) if row.is_complete => Ok(row),
        Some(row) => forget(app, vec![row]).await.and(Err(UploadError::NotFound)),
        None => Err(UploadError::NotFound),
    }
}

async fn hashed(bytes: Bytes) -> Result<(Bytes, String), UploadError> {
    let hash = tokio::task::spawn_blocking(move || {
        let sha256 = sha256_hex(&bytes);
        (bytes, sha256)
    });
    hash.await.map_err(|error| UploadError::Blob(BlobError::Store(error.to_string())))
}
