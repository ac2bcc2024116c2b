//! Pictures of a visit looked at again, after the sender has his receipt: decoded to their end, judged by the code that
//! the phone judges with, compared with what the phone said of them and with the pictures of all other visits. A
//! signature's strokes are drawn, and the drawing is kept beside them.
//!
//! ```text
//! stored visit ─look─▶ what each shows, its small picture ─compare─▶ flags, references to other visits
//! ```
//!
//! Invariants: what is found is a flag and never changes what was received; looking twice adds nothing; a visit that needs
//! no review is settled in the transaction of its comparison, and by nothing else ([`settling`]). What two
//! pictures look like is stored before either is compared, in a transaction of its own, so that of two that arrive
//! together at least one finds the other.

mod flags;
mod look;
mod note;

use std::sync::Arc;

use wasm_forms::evidence::photo::Likeness;
use wasm_forms::evidence::strokes::{self, Strokes};

use self::look::Look;
use super::schedule::Now;
use super::{notes, retention, settling};
use crate::App;
use crate::background::{self, Niceness};
use crate::blob::BlobError;
use crate::picture::Extra;
use crate::store::db::{DbError, Tx};
use crate::store::photos::{self, PhotoRow};
use crate::store::submissions::{self, AttachmentRow, FlagRow, SubmissionRow};
use crate::store::{erasures, likeness};

pub use self::look::upright;
pub use self::note::{Notes, PhotoNote, parse as parse_notes};

/// The kind of job that looks at a submission's pictures.
pub const JOB: &str = "photos";

/// References to other visits that one picture gets at most.
const MAX_MATCHES: usize = 5;
/// In how many bits the photo of a thumb may differ from another: thumbs look alike, only the same photo is nearer.
const THUMB_BITS: u32 = 2;

/// Why a submission's pictures could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    /// No such submission.
    #[error("no such submission")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store failed, or lacks a file.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// What is in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    /// What stood before the camera.
    Scene,
    /// A thumb print, in the place of a signature.
    Thumb,
    /// A signature as another client drew it: neither sharp nor like anything.
    Drawing,
}

impl Subject {
    fn of(file: &AttachmentRow, notes: &notes::Notes) -> Subject {
        let is_thumb = || notes.get(&file.name).is_some_and(|it| it["mode"] == "thumb_print");
        match file.kind.as_str() {
            "signature" if is_thumb() => Subject::Thumb,
            "signature" => Subject::Drawing,
            _ => Subject::Scene,
        }
    }
}

/// A picture that was looked at.
struct Seen {
    file: AttachmentRow,
    subject: Subject,
    look: Look,
}

impl Seen {
    fn is_photo(&self) -> bool {
        self.subject != Subject::Drawing
    }

    /// What other photos are compared with.
    fn likeness(&self) -> Option<Likeness> {
        let judged = self.look.judgement.as_ref().filter(|_| self.is_photo());
        judged.map(|it| it.likeness).filter(|it| *it != Likeness::NONE)
    }

    fn row(&self) -> PhotoRow {
        let judged = self.look.judgement.as_ref().filter(|_| self.is_photo());
        let anatomy = self.look.anatomy.as_ref();
        let extras = anatomy.map_or(&[][..], |it| it.extras.as_slice());
        PhotoRow {
            name: self.file.name.clone(),
            likeness: self.likeness().map(|it| it.0),
            sharpness: judged.map(|it| it.sharpness.into()),
            brightness: judged.map(|it| it.brightness.into()),
            extras: extras.iter().map(|it| Extra::as_str(*it)).collect::<Vec<_>>().join(" "),
            n_stray: anatomy.map_or(0, |it| it.n_stray as i64),
            looked_at: 0,
        }
    }
}

/// Looks at the pictures of a submission.
pub async fn look_at(app: &Arc<App>, submission_id: &str) -> Result<(), PhotoError> {
    let (id, now) = (submission_id.to_owned(), app.clock.now_ms());
    let found = app
        .db
        .read(move |tx| {
            let row = submissions::get(tx, &id)?.ok_or(PhotoError::NotFound)?;
            let is_kept = erasures::kept(tx, &id)?.is_some();
            Ok::<_, PhotoError>((submissions::attachments(tx, &id)?, row, is_kept))
        })
        .await?;
    let (files, row, true) = found else {
        let id = submission_id.to_owned();
        return Ok(app.db.write(move |tx| settling::without_comparison(tx, &id)).await?);
    };
    for file in files.iter().filter(|it| it.media_type == strokes::MEDIA_TYPE) {
        // Without it the drawing is made when it is asked for: no reason to leave photos uncompared.
        if let Err(error) = draw(app, file).await {
            tracing::warn!(%error, sha256 = file.sha256, "a signature's drawing is not kept");
        }
    }
    let mut seen = Vec::new();
    let noted = notes::read(&row.notes);
    for file in files.into_iter().filter(|it| it.media_type.starts_with("image/")) {
        let bytes = app.blobs.get(&file.sha256).await?;
        let look = background::run(Niceness::Idle, move || look::look(&bytes)).await;
        // A decoder that panics has met damage.
        let look = look.map_err(|error| BlobError::Store(error.to_string()))?.unwrap_or_else(Look::damaged);
        if let Some(small) = &look.small {
            app.blobs.put_thumbnail(&file.sha256, small.clone()).await?;
        }
        seen.push(Seen { subject: Subject::of(&file, &noted), file, look });
    }
    let (of, rows): (_, Vec<PhotoRow>) = (row.id.clone(), seen.iter().map(Seen::row).collect());
    let is_kept = app
        .db
        .write(move |tx| {
            rows.iter().try_for_each(|it| photos::insert(tx, &of, it))?;
            // Its time may have ended meanwhile: then what was just made goes as well.
            let is_kept = erasures::kept(tx, &of)?.is_some();
            if !is_kept {
                retention::forget(tx, &of, now)?;
                settling::without_comparison(tx, &of)?;
            }
            Ok::<_, DbError>(is_kept)
        })
        .await?;
    if !is_kept {
        return Ok(());
    }
    let (types, settled_at) = (app.task_types(), Now::of(app));
    app.db
        .write(move |tx| {
            compare(tx, &row, &seen, now)?;
            settling::after_comparison(tx, &types, &row.id, settled_at)
        })
        .await?;
    Ok(())
}

/// Keeps the drawing of a signature in the place of its small picture; what holds no strokes is flagged elsewhere.
async fn draw(app: &App, file: &AttachmentRow) -> Result<(), BlobError> {
    match Strokes::decode(&app.blobs.get(&file.sha256).await?) {
        Ok(strokes) => app.blobs.put_thumbnail(&file.sha256, strokes.svg().into()).await,
        Err(_) => Ok(()),
    }
}

/// Returns whether a submission has files that are to be looked at or drawn.
#[must_use]
pub fn has_work(files: &[AttachmentRow]) -> bool {
    files.iter().any(|it| it.media_type.starts_with("image/") || it.media_type == strokes::MEDIA_TYPE)
}

/// Says of a submission whose pictures could not be looked at, however often that was tried, that a person has to.
pub async fn give_up(app: &App, submission_id: String) -> Result<(), DbError> {
    app.db
        .write(move |tx| {
            settling::without_comparison(tx, &submission_id)?;
            match submissions::get(tx, &submission_id)? {
                Some(_) => photos::add_flags(tx, &submission_id, &[settling::not_compared()]),
                None => Ok(()),
            }
        })
        .await
}

/// Compares pictures whose rows are stored with the phone's notes and with all others, and flags what does not fit.
fn compare(tx: &mut dyn Tx, me: &SubmissionRow, seen: &[Seen], now: i64) -> Result<(), DbError> {
    if !photos::finish(tx, &me.id, now)? {
        return Ok(());
    }
    let notes = note::parse(&me.notes);
    let mut flags = Vec::new();
    let mut before: Vec<Likeness> = Vec::new();
    for it in seen {
        let mut codes = flags::of_file(&it.look);
        if it.is_photo() {
            codes.extend(flags::of_photo(it.look.judgement.as_ref(), &before));
            codes.extend(flags::of_note(notes.get(&it.file.name), &it.look));
            before.extend(it.likeness());
        }
        codes.extend(reused(tx, me, it)?);
        flags.extend(codes.into_iter().map(|code| flag_of(me, &it.file, code)));
    }
    photos::add_flags(tx, &me.id, &flags)
}

/// Flags pictures whose very bytes came before with another visit. Cheap enough for the transaction that stores a visit;
/// which visit it was is noted when its pictures are looked at.
pub fn reused_files(
    tx: &mut dyn Tx,
    me: &SubmissionRow,
    files: &[AttachmentRow],
) -> Result<Vec<FlagRow>, DbError> {
    let mut flags = Vec::new();
    for file in files.iter().filter(|it| it.media_type.starts_with("image/")) {
        if !photos::with_same_file(tx, me, &file.sha256, 1)?.is_empty() {
            flags.push(flag_of(me, file, "photo.reused"));
        }
    }
    Ok(flags)
}

fn flag_of(me: &SubmissionRow, file: &AttachmentRow, code: &str) -> FlagRow {
    let reference = flags::reference(&me.answers, &file.name);
    FlagRow { reference, question: file.question.clone(), ..super::intake::flag(code) }
}

/// Looks for a picture among those of other visits: the same file first, then what looks the same.
fn reused(tx: &mut dyn Tx, me: &SubmissionRow, it: &Seen) -> Result<Option<&'static str>, DbError> {
    let place = (me.id.as_str(), it.file.name.as_str());
    let same = photos::with_same_file(tx, me, &it.file.sha256, MAX_MATCHES as i64)?;
    for other in &same {
        photos::insert_match(tx, place, other, 0, true)?;
    }
    let mut n_matches = same.len();
    if let Some(shown) = it.likeness() {
        let is_near = |n_bits: u32| it.subject == Subject::Scene || n_bits <= THUMB_BITS;
        for (near, n_bits) in likeness::near(tx, shown.0)?.into_iter().filter(|(_, n)| is_near(*n)) {
            let room = MAX_MATCHES.saturating_sub(n_matches);
            if room == 0 {
                break;
            }
            let others = photos::with_likeness(tx, me, near, MAX_MATCHES as i64)?;
            for other in others.iter().filter(|it| !same.contains(it)).take(room) {
                photos::insert_match(tx, place, other, n_bits, false)?;
                n_matches += 1;
            }
        }
    }
    Ok(match (same.is_empty(), n_matches) {
        (false, _) => Some("photo.reused"),
        (true, 0) => None,
        (true, _) => Some("photo.likeness_reused"),
    })
}
