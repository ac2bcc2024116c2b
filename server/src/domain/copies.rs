//! Marked copies of a visit's pictures: what whoever looks at the desk may take along, and all that those get to see large who
//! do not decide.
//!
//! Originals prove a visit, and tell more than a picture shows; they are for those who decide, one by one or as the folder
//! of [`proof`](super::proof). A copy is drawn anew, so that nothing of its file is left, and has a mark burnt in: which visit it is of,
//! when it was made and for whom.

use std::io::{self, Cursor};
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::Date;
use tokio::runtime::Handle;
use wasm_forms::evidence::strokes::Strokes;

use super::account::{Account, Role};
use super::desk::DeskError;
use super::export::{self, Chunks, pipe};
use super::signature::picture as signature;
use super::{audit, photo, task_number};
use crate::App;
use crate::ledger::{self, Photo};
use crate::picture;
use crate::store::db::{DbError, Tx};
use crate::store::submissions::{self, AttachmentRow, SubmissionRow};
use crate::store::{erasures, tasks};

/// Writes marks for one person on one day.
#[derive(Debug, Clone)]
pub(super) struct Marker {
    today: Date,
    username: String,
}

impl Marker {
    fn of(app: &App, by: &Account) -> Marker {
        Marker { today: app.today(), username: by.username.clone() }
    }

    /// Returns the marker of somebody who gets no picture without a mark: whoever does not decide.
    pub(super) fn needed(app: &App, by: &Account) -> Option<Marker> {
        (!Role::DECIDING.contains(&by.role)).then(|| Marker::of(app, by))
    }

    /// Returns the lines of a mark: which visit it is of, its time and task, and who got it when.
    pub(super) fn lines(&self, tx: &mut dyn Tx, row: &SubmissionRow) -> Result<Vec<String>, DbError> {
        let Marker { today, username } = self;
        let number = tasks::get(tx, &row.task_id)?.map_or_else(String::new, |it| task_number::of(&it));
        let at = export::wall_clock(row.visited_at, row.offset_min);
        let at = at.map_or_else(String::new, |it| it.strftime("%Y-%m-%d %H:%M ").to_string());
        Ok(vec![
            format!("COPY {}", row.receipt_number),
            format!("{at}{number}"),
            format!("{today} FOR {username}"),
        ])
    }
}

/// What is copied.
#[derive(Debug)]
pub struct Copies {
    /// The visit.
    pub row: SubmissionRow,
    pictures: Vec<AttachmentRow>,
    /// The lines of the mark.
    mark: Vec<String>,
}

/// Looks up what is to be copied for somebody; that it was goes into the audit log.
pub async fn read(app: &App, by: &Account, id: String) -> Result<Copies, DeskError> {
    let marker = Marker::of(app, by);
    let copies = app
        .db
        .read(move |tx| {
            let row = submissions::get(tx, &id)?.ok_or(DeskError::NotFound)?;
            let mut pictures = submissions::attachments(tx, &id)?;
            pictures.retain(|it| export::is_seen(&it.media_type));
            if erasures::kept(tx, &id)?.is_none() && !pictures.is_empty() {
                return Err(DeskError::Erased);
            }
            let mark = marker.lines(tx, &row)?;
            Ok::<_, DeskError>(Copies { row, pictures, mark })
        })
        .await?;
    audit::note(app, &by.id, "export copies", &copies.row.id, "").await?;
    Ok(copies)
}

/// Returns one picture with its mark; none where it cannot be drawn.
pub(super) async fn one(
    app: &App,
    marker: Marker,
    submission_id: String,
    bytes: Bytes,
) -> Result<Option<Vec<u8>>, DbError> {
    let lines = app.db.read(move |tx| match submissions::get(tx, &submission_id)? {
        Some(row) => marker.lines(tx, &row).map(Some),
        None => Ok(None),
    });
    let Some(mark) = lines.await? else { return Ok(None) };
    let drawn = tokio::task::spawn_blocking(move || copy(&bytes, &mark)).await;
    // A decoder that panics has met damage.
    Ok(drawn.unwrap_or_default())
}

/// Begins a zip of the copies; what cannot be drawn is not among them.
pub fn zip(app: &Arc<App>, copies: Copies) -> Chunks {
    let (app, handle) = (Arc::clone(app), Handle::current());
    pipe(move |out| {
        let Copies { row, pictures, mark } = copies;
        let folder = row.receipt_number.clone();
        let taken_at = export::wall_clock(row.visited_at, row.offset_min);
        let copied = pictures.into_iter().filter_map(|it| {
            let bytes = match handle.block_on(app.blobs.get(&it.sha256)) {
                Ok(bytes) => copy(&bytes, &mark)?,
                Err(error) => return Some(Err(io::Error::other(error))),
            };
            let stem = it.name.rsplit_once('.').map_or(it.name.as_str(), |(stem, _)| stem);
            let (folder, file_name) = (folder.clone(), format!("{stem}.jpg"));
            Some(Ok(Photo { folder, file_name, taken_at, content: Cursor::new(bytes) }))
        });
        ledger::write_photos(out, copied).map(|_| ())
    })
}

/// Draws a picture, or the ink of a signature, with a mark.
pub(super) fn copy(bytes: &Bytes, mark: &[String]) -> Option<Vec<u8>> {
    let drawn = match Strokes::decode(bytes) {
        Ok(strokes) => signature::draw(&strokes).to_rgb8(),
        Err(_) => photo::upright(bytes)?,
    };
    picture::marked(drawn, mark)
}
