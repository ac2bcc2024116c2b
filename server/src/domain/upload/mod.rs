//! Files that arrive piece by piece before the visit that names them, so that a bad network never has to carry the same
//! bytes twice.
//!
//! ```text
//! begin ─▶ under way ─append…─▶ all there ─hash is right─▶ complete ─a visit names it─▶ gone: the visit has it
//!              │                     └────hash is wrong─▶ gone
//!              └── terminated, or no byte for a week ───▶ gone
//! ```
//! A row tells how far an upload is; it is moved on only after the piece is durable, and only from where the piece begins.
//! So the offset never tells too much, whatever dies when, and of two that write at the same place one wins. Pieces of an
//! upload that is gone are deleted by a job. Everything belongs to one account; what another sent does not exist for it.

mod append;
mod finish;
pub mod known;
mod writers;

use std::sync::Arc;

use crate::App;
use crate::blob::BlobError;
use crate::domain::account::Account;
use crate::domain::evidence;
use crate::domain::retention;
use crate::store::db::{DbError, Tx};
use crate::store::uploads::UploadRow;
use crate::store::{jobs, uploads};

pub use self::append::{Algorithm, Checksum, append};
pub use self::writers::Writers;

/// The kind of job that deletes what is left of an upload.
pub const JOB: &str = "forget_upload";

/// How long an upload waits for its next byte, or for the visit that names it.
pub const KEPT_MS: i64 = 7 * 86_400_000;
/// Most uploads of one account that are under way at the same time.
pub const MAX_OPEN: i64 = 64;
/// Most bytes that an account may have announced, its complete uploads included.
pub const MAX_ACCOUNT_BYTES: i64 = 512 * 1024 * 1024;
/// Longest metadata; names are short.
const MAX_METADATA: usize = 2_000;
const DAY_MS: i64 = 86_400_000;
/// Uploads that one transaction forgets.
const BATCH: i64 = 100;

/// A file on its way up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Id.
    pub id: String,
    /// Size of the whole file.
    pub length_bytes: i64,
    /// How much of it is on disk.
    pub offset_bytes: i64,
    /// Metadata as they came.
    pub metadata: String,
    /// Milliseconds UTC.
    pub expires_at: i64,
}

/// A file that is announced.
#[derive(Debug, Clone)]
pub struct Announced {
    /// Size of the whole file.
    pub length_bytes: u64,
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// As it came.
    pub metadata: String,
}

/// Why an upload does not go on.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The account has no such upload, or not any more.
    #[error("not found")]
    NotFound,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// What is announced can't be read.
    #[error("malformed")]
    Malformed,
    /// No byte in it.
    #[error("empty")]
    Empty,
    /// The file is larger than any that is taken, or more bytes came than were announced.
    #[error("too large")]
    TooLarge,
    /// The account has too many under way, or too many bytes.
    #[error("quota")]
    Quota,
    /// The bytes do not begin where the upload ends.
    #[error("offset is {0}")]
    Offset(i64),
    /// Another request writes to it.
    #[error("locked")]
    Locked,
    /// More uploads are arriving than the server takes at the same time.
    #[error("busy")]
    Busy,
    /// The bytes are not those that the checksum is of.
    #[error("checksum")]
    Checksum,
    /// The bytes broke off; what had arrived is kept.
    #[error("broken off")]
    BrokenOff,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl From<UploadRow> for Upload {
    fn from(row: UploadRow) -> Self {
        let UploadRow { id, length_bytes, offset_bytes, metadata, expires_at, .. } = row;
        Upload { id, length_bytes, offset_bytes, metadata, expires_at }
    }
}

/// Begins an upload. The same file announced again, before a byte of it came, is the same upload: the answer to the first
/// announcement may have been lost.
pub async fn begin(app: &Arc<App>, by: &Account, file: Announced) -> Result<Upload, UploadError> {
    let now = app.clock.now_ms();
    let length_bytes = match file.length_bytes {
        0 => return Err(UploadError::Empty),
        it if it > evidence::MAX_BYTES as u64 => return Err(UploadError::TooLarge),
        it => it as i64,
    };
    if !is_sha256(&file.sha256) || file.metadata.len() > MAX_METADATA {
        return Err(UploadError::Malformed);
    }
    let account_id = by.id.clone();
    app.db
        .write(move |tx| {
            let same = uploads::of_file(tx, &account_id, &file.sha256)?.into_iter().find(|it| {
                it.offset_bytes == 0 && it.length_bytes == length_bytes && it.metadata == file.metadata
            });
            if let Some(same) = same.filter(|it| it.expires_at > now) {
                return Ok(same.into());
            }
            let (n_open, n_bytes) = uploads::usage(tx, &account_id)?;
            if n_open >= MAX_OPEN || n_bytes + length_bytes > MAX_ACCOUNT_BYTES {
                return Err(UploadError::Quota);
            }
            let row = UploadRow {
                id: crate::new_id(),
                account_id,
                sha256: file.sha256,
                length_bytes,
                offset_bytes: 0,
                metadata: file.metadata,
                is_complete: false,
                expires_at: now + KEPT_MS,
            };
            uploads::insert(tx, &row)?;
            Ok(row.into())
        })
        .await
}

/// Returns how far an upload is. Whoever asks has lost the connection that was writing: what of it still hangs is ended
/// first, and what it had received is kept.
pub async fn state(app: &Arc<App>, by: &Account, id: &str) -> Result<Upload, UploadError> {
    find(app, by, id).await?;
    app.uploading.end(id).await;
    let row = find(app, by, id).await?;
    // The process may have died between the last byte and the hash.
    if row.offset_bytes == row.length_bytes && !row.is_complete {
        return Ok(finish::finish(app, row).await?.into());
    }
    Ok(row.into())
}

/// Ends an upload; a complete one too.
pub async fn terminate(app: &Arc<App>, by: &Account, id: &str) -> Result<(), UploadError> {
    find(app, by, id).await?;
    app.uploading.end(id).await;
    let row = find(app, by, id).await?;
    forget(app, vec![row]).await
}

/// Finds an account's upload whose time is not over.
async fn find(app: &App, by: &Account, id: &str) -> Result<UploadRow, UploadError> {
    let (account_id, id) = (by.id.clone(), id.to_owned());
    let row = app.db.look_up(move |tx| uploads::get(tx, &account_id, &id)).await?;
    let row = row.ok_or(UploadError::NotFound)?;
    if row.expires_at <= app.clock.now_ms() { Err(UploadError::Expired) } else { Ok(row) }
}

/// Forgets uploads; jobs delete their pieces, and a complete one's file unless something else needs it.
async fn forget(app: &App, rows: Vec<UploadRow>) -> Result<(), UploadError> {
    let now = app.clock.now_ms();
    app.db
        .write(move |tx| {
            for row in rows {
                uploads::remove(tx, &row.id)?;
                delete_pieces(tx, &row.id, now)?;
                if row.is_complete {
                    jobs::add(tx, &crate::new_id(), retention::JOB, &row.sha256, now)?;
                }
            }
            Ok::<_, UploadError>(())
        })
        .await?;
    app.job_added.notify_one();
    Ok(())
}

/// Has the pieces of an upload deleted that is gone or complete.
fn delete_pieces(tx: &mut dyn Tx, id: &str, now: i64) -> Result<(), DbError> {
    jobs::add(tx, &crate::new_id(), JOB, id, now)
}

/// Deletes the pieces of an upload.
pub async fn clear_away(app: &App, id: &str) -> Result<(), BlobError> {
    app.blobs.delete_pieces(id).await
}

/// Forgets uploads whose time is over, and once a day looks for pieces that nothing names.
pub async fn sweep(app: &Arc<App>) -> Result<(), UploadError> {
    let now = app.clock.now_ms();
    loop {
        let due = app.db.read(move |tx| uploads::due(tx, now, BATCH)).await?;
        if due.is_empty() {
            break;
        }
        forget(app, due).await?;
    }
    app.db.write(move |tx| uploads::forget_asked_before(tx, now - KEPT_MS)).await?;
    if app.uploading.is_new_day(now / DAY_MS) {
        for id in app.blobs.uploads_with_pieces().await? {
            let upload_id = id.clone();
            if !app.db.read(move |tx| uploads::exists(tx, &upload_id)).await? {
                app.blobs.delete_pieces(&id).await?;
            }
        }
    }
    Ok(())
}

/// Whether a text is a SHA-256 as this server writes them.
#[must_use]
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}
