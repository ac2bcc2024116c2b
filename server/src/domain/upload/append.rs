//! Bytes of an upload as they arrive: gathered into pieces, each durable before the row tells of it.

use std::pin::pin;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use ring::digest;

use super::writers::Writing;
use super::{KEPT_MS, Upload, UploadError, find, finish};
use crate::App;
use crate::blob::BlobError;
use crate::domain::account::Account;
use crate::store::uploads::{self, PieceRow, UploadRow};

/// Most bytes of a piece: what a process that dies loses of a request that brings more.
const PIECE_BYTES: usize = 1024 * 1024;

/// What the bytes of one request must hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// How.
    pub algorithm: Algorithm,
    /// The hash.
    pub value: Vec<u8>,
}

/// A way to hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// The one that every server of the protocol has to know.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Checksum {
    fn fits(&self, bytes: &[u8]) -> bool {
        let algorithm = match self.algorithm {
            Algorithm::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Algorithm::Sha256 => &digest::SHA256,
        };
        digest::digest(algorithm, bytes).as_ref() == self.value
    }
}

/// Why no more bytes came.
enum End {
    Whole,
    BrokenOff,
    AskedTo,
    TooMany,
}

/// Adds bytes that begin at `offset`; returns the upload as it is then. Bytes that break off are kept as far as they came;
/// those with a checksum are kept only where it fits. The last byte has the whole file hashed and put where files are.
///
/// Runs to its end only if it is polled to its end: a task of its own does that, whatever becomes of the request.
pub async fn append(
    app: &Arc<App>,
    by: &Account,
    (id, offset): (&str, i64),
    checksum: Option<Checksum>,
    bytes: impl Stream<Item = Result<Bytes, ()>> + Send,
) -> Result<Upload, UploadError> {
    find(app, by, id).await?;
    let writing = app.uploading.take(id, offset).await?;
    let mut row = find(app, by, id).await?;
    // A request sent again begins where the hanging one did: what that one had brought is passed over.
    let mut known = usize::try_from(row.offset_bytes - offset).unwrap_or(usize::MAX);
    if row.offset_bytes < offset || known > 0 && !writing.is_again {
        return Err(UploadError::Offset(row.offset_bytes));
    }
    let piece_bytes = if checksum.is_some() { usize::MAX } else { PIECE_BYTES };
    let mut bytes = pin!(bytes);
    let mut gathered = BytesMut::new();
    let end = loop {
        let next = tokio::select! {
            biased;
            () = writing.asked_to_end() => break End::AskedTo,
            next = bytes.next() => next,
        };
        match next {
            None => break End::Whole,
            Some(Err(())) => break End::BrokenOff,
            Some(Ok(mut more)) => {
                writing.heard();
                let passed = known.min(more.len());
                known -= passed;
                more.advance(passed);
                if gathered.len() as i64 + more.len() as i64 > left(&row) {
                    break End::TooMany;
                }
                gathered.extend_from_slice(&more);
            }
        }
        if gathered.len() >= piece_bytes {
            store(app, &mut row, &gathered.split().freeze()).await?;
        }
    };
    let is_kept = match (&end, &checksum) {
        (End::TooMany, _) => false,
        (End::Whole, Some(it)) if !it.fits(&gathered) => return Err(UploadError::Checksum),
        (End::BrokenOff | End::AskedTo, Some(_)) => false,
        _ => !gathered.is_empty(),
    };
    if is_kept {
        store(app, &mut row, &gathered.freeze()).await?;
    }
    if left(&row) == 0 {
        row = finish_as(&writing, app, row).await?;
    }
    match end {
        End::Whole => Ok(row.into()),
        End::BrokenOff => Err(UploadError::BrokenOff),
        End::AskedTo => Err(UploadError::Locked),
        End::TooMany => Err(UploadError::TooLarge),
    }
}

/// Only the one writer finishes: `state` waits for it.
async fn finish_as(_: &Writing, app: &Arc<App>, row: UploadRow) -> Result<UploadRow, UploadError> {
    if row.is_complete { Ok(row) } else { finish::finish(app, row).await }
}

fn left(row: &UploadRow) -> i64 {
    row.length_bytes - row.offset_bytes
}

/// Stores a piece, then moves the row on. Where another request was first, in another process, the piece is taken back.
async fn store(app: &Arc<App>, row: &mut UploadRow, bytes: &Bytes) -> Result<(), UploadError> {
    // A name of its own: what a request that died left at the same place stands in nobody's way.
    let piece = PieceRow {
        offset_bytes: row.offset_bytes,
        size_bytes: bytes.len() as i64,
        name: format!("{}-{}", row.offset_bytes, crate::new_id()),
    };
    app.blobs.put_piece(&row.id, &piece.name, bytes).await?;
    let expires_at = app.clock.now_ms() + KEPT_MS;
    let (id, told) = (row.id.clone(), piece.clone());
    if app.db.write(move |tx| uploads::append(tx, &id, &told, expires_at)).await? {
        row.offset_bytes += piece.size_bytes;
        row.expires_at = expires_at;
        return Ok(());
    }
    delete(app, row, &piece).await?;
    Err(UploadError::Locked)
}

async fn delete(app: &App, row: &UploadRow, piece: &PieceRow) -> Result<(), BlobError> {
    app.blobs.delete_piece(&row.id, &piece.name).await
}
