//! Files of visits as the desk gets them, and what is known of them.
//!
//! A picture is handed out as a clean copy: what its file tells beside the picture stays here; to those who do not decide,
//! with a [mark](copies). The file itself, byte by byte, is a download of its own with an entry of its own in the audit log.

use bytes::Bytes;
use wasm_forms::evidence::strokes::{self, Strokes};

use super::account::Account;
use super::copies::{self, Marker};
use super::desk::{DeskError, note_reading};
use super::photo::{self, Notes};
use super::retention::{self, Keeping};
use super::signature::picture as signature;
use crate::App;
use crate::picture;
use crate::store::db::{DbError, Tx};
use crate::store::submissions::{self, AttachmentRow, SubmissionRow};
use crate::store::{erasures, photos};

pub use crate::store::photos::{MatchRow, PhotoRow};

const SVG: &str = "image/svg+xml";

/// What is known of a visit's files beside the files.
#[derive(Debug)]
pub struct Evidence {
    /// What was found on its pictures; none yet where `looked_at` is 0, or where a picture is not among them.
    pub photos: Vec<PhotoRow>,
    /// Pictures of other visits that they are like.
    pub matches: Vec<MatchRow>,
    /// What the phone said of its photos.
    pub notes: Notes,
    /// How long they stay; none where it has no files.
    pub keeping: Option<Keeping>,
}

/// Reads what is known of a visit's files.
pub fn evidence(tx: &mut dyn Tx, app: &App, row: &SubmissionRow) -> Result<Evidence, DbError> {
    Ok(Evidence {
        photos: photos::of_submission(tx, &row.id)?,
        matches: photos::matches(tx, &row.id)?,
        notes: photo::parse_notes(&row.notes),
        keeping: retention::keeping(tx, app, row)?,
    })
}

/// Returns a file's row and its bytes, of a picture the clean copy; that it was read goes into the audit log.
pub async fn file(
    app: &App,
    by: &Account,
    key: (String, String),
) -> Result<(AttachmentRow, Bytes), DeskError> {
    let id = key.0.clone();
    let row = look_up(app, by, "read attachment", key).await?;
    let bytes = app.blobs.get(&row.sha256).await.map_err(DeskError::Blob)?;
    copy(app, by, id, row, bytes).await
}

/// Returns a picture's row and the small picture; before that was made, or for what is no picture, the same as [`file`].
pub async fn thumbnail(
    app: &App,
    by: &Account,
    key: (String, String),
) -> Result<(AttachmentRow, Bytes), DeskError> {
    let id = key.0.clone();
    let row = look_up(app, by, "read attachment", key).await?;
    if row.media_type.starts_with("image/")
        && let Ok(bytes) = app.blobs.thumbnail(&row.sha256).await
    {
        return Ok((AttachmentRow { media_type: "image/jpeg".to_owned(), ..row }, bytes));
    }
    let bytes = app.blobs.get(&row.sha256).await.map_err(DeskError::Blob)?;
    // Ink is drawn quickly: of its pixels nothing is kept.
    match Strokes::decode(&bytes) {
        Ok(strokes) => draw(row, &strokes, Drawing::Png),
        Err(_) => copy(app, by, id, row, bytes).await,
    }
}

/// What a signature's strokes are drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// Lines that can be enlarged.
    Svg,
    /// Pixels.
    Png,
}

/// Returns the picture of a signature's strokes; of every other file the same as [`file`].
pub async fn drawn(
    app: &App,
    by: &Account,
    key: (String, String),
    drawing: Drawing,
) -> Result<(AttachmentRow, Bytes), DeskError> {
    let id = key.0.clone();
    let row = look_up(app, by, "read attachment", key).await?;
    if drawing == Drawing::Svg
        && row.media_type == strokes::MEDIA_TYPE
        && let Ok(bytes) = app.blobs.thumbnail(&row.sha256).await
    {
        return Ok((AttachmentRow { media_type: SVG.to_owned(), ..row }, bytes));
    }
    let bytes = app.blobs.get(&row.sha256).await.map_err(DeskError::Blob)?;
    match Strokes::decode(&bytes) {
        Ok(strokes) => draw(row, &strokes, drawing),
        Err(_) => copy(app, by, id, row, bytes).await,
    }
}

fn draw(
    row: AttachmentRow,
    strokes: &Strokes,
    drawing: Drawing,
) -> Result<(AttachmentRow, Bytes), DeskError> {
    let (media_type, bytes) = match drawing {
        Drawing::Svg => (SVG, strokes.svg().into_bytes()),
        Drawing::Png => ("image/png", signature::png(strokes).map_err(|_| DeskError::NoCopy)?),
    };
    Ok((AttachmentRow { media_type: media_type.to_owned(), ..row }, bytes.into()))
}

/// Returns a file as it arrived; that it was downloaded goes into the audit log by that name.
pub async fn original(
    app: &App,
    by: &Account,
    key: (String, String),
) -> Result<(AttachmentRow, Bytes), DeskError> {
    let row = look_up(app, by, "download original", key).await?;
    let bytes = app.blobs.get(&row.sha256).await.map_err(DeskError::Blob)?;
    Ok((row, bytes))
}

async fn copy(
    app: &App,
    by: &Account,
    submission_id: String,
    row: AttachmentRow,
    bytes: Bytes,
) -> Result<(AttachmentRow, Bytes), DeskError> {
    if !row.media_type.starts_with("image/") {
        return Ok((row, bytes));
    }
    if let Some(marker) = Marker::needed(app, by) {
        let marked = copies::one(app, marker, submission_id, bytes).await?.ok_or(DeskError::NoCopy)?;
        return Ok((AttachmentRow { media_type: "image/jpeg".to_owned(), ..row }, marked.into()));
    }
    let clean = picture::clean(&bytes).map_err(|_| DeskError::NoCopy)?;
    Ok((row, clean.into()))
}

async fn look_up(
    app: &App,
    by: &Account,
    act: &'static str,
    (id, name): (String, String),
) -> Result<AttachmentRow, DeskError> {
    let of = id.clone();
    let row = app
        .db
        .read(move |tx| {
            let found = submissions::attachments(tx, &of)?.into_iter().find(|it| it.name == name);
            let row = found.ok_or(DeskError::NotFound)?;
            let was_erased =
                erasures::kept(tx, &of)?.is_none() && erasures::of_submission(tx, &of)?.is_some();
            if was_erased { Err(DeskError::Erased) } else { Ok(row) }
        })
        .await?;
    note_reading(app, by, act, id, row.sha256.clone()).await?;
    Ok(row)
}
