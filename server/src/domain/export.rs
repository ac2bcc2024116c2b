//! Exports, written while they are being sent: a blocking thread reads page after page and writes into a pipe, and
//! the response reads from its other end, so that memory does not grow with the length of the ledger.

use std::io::{self, Cursor, Write};
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::DateTime;
use jiff::{Timestamp, tz::Offset};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use wasm_forms::evidence::strokes::{self, Strokes};

use super::account::Account;
use super::copies::{self, Marker};
use super::signature::picture as drawn;
use super::{audit, calendar, list, task};
use crate::App;
use crate::ledger::{self, LedgerError, LedgerRow, Photo};
use crate::picture;
use crate::store::db::{DbError, Tx};
use crate::store::queue::{self, SubmissionFilter};
use crate::store::submissions::{self, AttachmentRow, EventRow, FlagRow, SubmissionRow};
use crate::store::{entities, erasures};

/// Rows that one read takes.
const PAGE: i64 = 200;
/// Bytes that are sent at a time.
const CHUNK: usize = 64 * 1024;
/// Chunks that wait for a slow reader.
const WAITING: usize = 4;

/// What to export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ledger as a workbook.
    Xlsx,
    /// Ledger as text.
    Csv,
    /// Photos of visits.
    Photos,
}

/// Chunks of a file that is being written.
pub type Chunks = mpsc::Receiver<io::Result<Bytes>>;

/// Begins an export. `text_of` gives people's words for a flag's code.
pub async fn begin(
    app: &Arc<App>,
    by: &Account,
    kind: Kind,
    filter: SubmissionFilter,
    text_of: fn(&str) -> String,
) -> Result<Chunks, DbError> {
    let detail =
        format!("{kind:?} from={} to={} grid={} state={}", filter.from, filter.to, filter.grid, filter.state);
    audit::note(app, &by.id, "export", "", &detail).await?;
    let marker = Marker::needed(app, by);
    let source = Source { app: Arc::clone(app), handle: Handle::current(), filter, text_of, marker };
    Ok(pipe(move |out| source.write(kind, out)))
}

/// Writes on a thread of its own what is read chunk by chunk.
pub(super) fn pipe(write: impl FnOnce(Pipe) -> Result<(), LedgerError> + Send + 'static) -> Chunks {
    let (sender, chunks) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let out = Pipe { sender: sender.clone(), waiting: Vec::with_capacity(CHUNK) };
        if let Err(error) = write(out) {
            tracing::warn!(%error, "export stopped");
            // The reader sees a broken file rather than a short one that looks whole.
            let _ = sender.blocking_send(Err(io::Error::other(error.to_string())));
        }
    });
    chunks
}

/// What one line of the ledger is made of.
struct Visit {
    row: SubmissionRow,
    flags: Vec<FlagRow>,
    history: Vec<EventRow>,
    attachments: Vec<AttachmentRow>,
    is_kept: bool,
    /// What is burnt into its pictures, if anything.
    mark: Option<Vec<String>>,
    subject: list::Properties,
    grid_label: String,
}

struct Source {
    app: Arc<App>,
    handle: Handle,
    filter: SubmissionFilter,
    text_of: fn(&str) -> String,
    /// Where pictures are handed out with a mark alone.
    marker: Option<Marker>,
}

impl Source {
    fn write(self, kind: Kind, mut out: Pipe) -> Result<(), LedgerError> {
        let mut failure = None;
        let text_of = self.text_of;
        let app = Arc::clone(&self.app);
        let handle = self.handle.clone();
        let visits = self.visits().map_while(|visit| visit.map_err(|error| failure = Some(error)).ok());
        match kind {
            Kind::Xlsx => {
                let rows = visits.map(|it| ledger_row(it, text_of));
                ledger::write_xlsx(&mut out, rows).map(|_| ())?
            }
            Kind::Csv => ledger::write_csv(&mut out, visits.map(|it| ledger_row(it, text_of))).map(|_| ())?,
            Kind::Photos => {
                let photos = visits.flat_map(photos).filter_map(|(photo, Content { sha256, mark })| {
                    let bytes = handle.block_on(copy_of(&app, sha256, mark.as_deref())).transpose()?;
                    Some(bytes.map(|bytes| Photo {
                        folder: photo.folder,
                        file_name: as_picture(photo.file_name, mark.is_some()),
                        taken_at: photo.taken_at,
                        content: Cursor::new(bytes),
                    }))
                });
                ledger::write_photos(&mut out, photos).map(|_| ())?;
            }
        }
        if let Some(error) = failure {
            return Err(io::Error::other(error.to_string()).into());
        }
        Ok(out.flush()?)
    }

    /// Returns every visit that the filter selects, newest first, read page by page.
    fn visits(self) -> impl Iterator<Item = Result<Visit, DbError>> {
        let mut filter = SubmissionFilter { limit: PAGE, ..self.filter };
        let (app, handle, marker) = (self.app, self.handle, self.marker);
        let mut is_last = false;
        std::iter::from_fn(move || {
            if is_last {
                return None;
            }
            let (db, asked, marker) = (app.db.clone(), filter.clone(), marker.clone());
            let page = handle.block_on(db.read(move |tx| read_page(tx, &asked, marker.as_ref())));
            if let Ok(visits) = &page {
                is_last = (visits.len() as i64) < PAGE;
                filter.before = visits.last().map(|it| (it.row.received_at, it.row.id.clone()));
            } else {
                is_last = true;
            }
            Some(page)
        })
        .flat_map(|page| match page {
            Ok(visits) => visits.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        })
    }
}

fn read_page(
    tx: &mut dyn Tx,
    filter: &SubmissionFilter,
    marker: Option<&Marker>,
) -> Result<Vec<Visit>, DbError> {
    let grids = entities::labels_of_kind(tx, "places", "grid")?;
    let rows = queue::page(tx, filter)?;
    rows.into_iter()
        .map(|row| {
            let subject = entities::get(tx, &row.list, &row.subject)?;
            let grid_label = grids.iter().find(|(id, _)| *id == row.grid).map(|(_, label)| label.clone());
            Ok(Visit {
                flags: submissions::flags(tx, &row.id)?,
                history: submissions::events(tx, &row.id)?,
                attachments: submissions::attachments(tx, &row.id)?,
                subject: subject.map(|it| list::properties(&it.data)).unwrap_or_default(),
                grid_label: grid_label.unwrap_or_else(|| row.grid.clone()),
                is_kept: erasures::kept(tx, &row.id)?.is_some(),
                mark: marker.map(|it| it.lines(tx, &row)).transpose()?,
                row,
            })
        })
        .collect()
}

fn ledger_row(visit: Visit, text_of: fn(&str) -> String) -> LedgerRow {
    let of = |name: &str| visit.subject.get(name).cloned().unwrap_or_default();
    let answers = task::answer_values(&visit.row.answers);
    let answer =
        |name: &str| answers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let said = visit.history.iter().filter(|it| matches!(it.kind.as_str(), "returned" | "comment"));
    let mut remarks: Vec<&str> = said.map(|it| it.text.as_str()).collect();
    remarks.push(answer("remark"));
    let offset_min = visit.row.offset_min;
    LedgerRow {
        receipt_number: visit.row.receipt_number.clone(),
        resident: visit.row.label.clone(),
        id_masked: of("id_masked"),
        phone: of("phone"),
        address: of("address"),
        grid: visit.grid_label.clone(),
        benefit_kind: of("benefit_kind"),
        visited_at: wall_clock(visit.row.visited_at, offset_min),
        volunteer: visit.row.account_name.clone(),
        companion: answer("companions").to_owned(),
        outcome: visit.row.outcome.clone(),
        next_due: calendar::parse(answer("next_due")),
        review_state: visit.row.review_state.clone(),
        reviewer: visit.row.decided_by.clone(),
        reviewed_at: (visit.row.decided_at > 0)
            .then(|| wall_clock(visit.row.decided_at, offset_min))
            .flatten(),
        flags: visit
            .flags
            .iter()
            .map(|it| if it.text.is_empty() { text_of(&it.code) } else { it.text.clone() })
            .collect(),
        remark: remarks.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("；"),
    }
}

/// Returns a copy of a picture, clean or with a mark; none where its time is over, or where it has a format that only the
/// original comes in.
async fn copy_of(app: &App, sha256: String, mark: Option<&[String]>) -> io::Result<Option<Vec<u8>>> {
    let failed = |error: &dyn std::error::Error| io::Error::other(error.to_string());
    match app.blobs.get(&sha256).await {
        Ok(bytes) => match (mark, Strokes::decode(&bytes)) {
            (Some(mark), _) => Ok(copies::copy(&bytes, mark)),
            (None, Ok(strokes)) => drawn::png(&strokes).map(Some).map_err(io::Error::other),
            (None, Err(_)) => Ok(picture::clean(&bytes).ok()),
        },
        Err(error) => {
            let erased = app.db.read(move |tx| erasures::erased_on(tx, &sha256)).await;
            match erased.map_err(|it| failed(&it))? {
                Some(_) => Ok(None),
                None => Err(failed(&error)),
            }
        }
    }
}

/// Returns whether people can look at a file: strokes are drawn for them.
pub(super) fn is_seen(media_type: &str) -> bool {
    media_type.starts_with("image/") || media_type == strokes::MEDIA_TYPE
}

/// Returns the name of a picture; strokes are handed out as one, and what has a mark is drawn anew.
fn as_picture(name: String, is_marked: bool) -> String {
    match name.rsplit_once('.') {
        Some((stem, _)) if is_marked => format!("{stem}.jpg"),
        Some((stem, "strokes")) => format!("{stem}.png"),
        _ => name,
    }
}

/// What a picture is made of: the file by its hash, and the mark that it gets.
struct Content {
    sha256: String,
    mark: Option<Vec<String>>,
}

/// Returns a visit's photos with what each is made of; none where they were deleted.
fn photos(visit: Visit) -> Vec<(Photo<()>, Content)> {
    let folder = format!("{} {} {}", visit.row.visited_on, visit.row.label, visit.row.receipt_number);
    let taken_at = wall_clock(visit.row.visited_at, visit.row.offset_min);
    let is_picture = |it: &AttachmentRow| visit.is_kept && is_seen(&it.media_type);
    let photo = |it: &AttachmentRow| {
        let content = Content { sha256: it.sha256.clone(), mark: visit.mark.clone() };
        (Photo { folder: folder.clone(), file_name: it.name.clone(), taken_at, content: () }, content)
    };
    visit.attachments.iter().filter(|it| is_picture(it)).map(photo).collect()
}

pub(super) fn wall_clock(ms: i64, offset_min: i64) -> Option<DateTime> {
    let offset = Offset::from_seconds(i32::try_from(offset_min * 60).ok()?).ok()?;
    Some(offset.to_datetime(Timestamp::from_millisecond(ms).ok()?))
}

/// The writing end: collects chunks and waits while the reader is slow.
pub(super) struct Pipe {
    sender: mpsc::Sender<io::Result<Bytes>>,
    waiting: Vec<u8>,
}

impl Pipe {
    fn send(&mut self) -> io::Result<()> {
        let chunk = std::mem::replace(&mut self.waiting, Vec::with_capacity(CHUNK));
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the reader is gone");
        self.sender.blocking_send(Ok(chunk.into())).map_err(gone)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= CHUNK {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() { Ok(()) } else { self.send() }
    }
}
