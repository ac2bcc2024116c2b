//! The door for submissions: nothing that was accepted is ever lost, and no visit is refused because an answer breaks
//! a rule.
//!
//! Order at the door: files that were sent before and are only named; the document's identity; the same again (same
//! receipt) or the same id with other content (conflict); what the line may have damaged (asked for once more); form and
//! version; whether the sender may send it; the seal; the files. Files are durable before the one transaction that puts
//! the visit into the [`inbox`], and only after its commit does the sender get a receipt. From there the engine's check, whose
//! findings become flags, and everything that follows for tasks and registers comes in the order of arrival.
//!
//! ```text
//! Upload ─arrived, context, damage, sealed, attached─▶ Admitted ─files, keep─▶ receipt        (door)
//! inbox ─▶ Waiting ─context, judge, signatures, rows─▶ Rows ─enter, work─▶ submission, task      (afterwards)
//! ```

mod arrived;
mod attached;
mod context;
mod damage;
mod enter;
mod files;
mod flags;
mod inbox;
mod judge;
mod keep;
mod moment;
mod rows;
mod sealed;
mod sent;
mod signatures;
mod work;

use std::sync::Arc;

use bytes::Bytes;
use wasm_forms::Diagnostic;

use self::arrived::{Arrived, Identity};
use self::context::{Asking, Context};
use self::damage::Look;
use self::sent::Fetched;
use super::account::Account;
use super::evidence::MediaError;
use super::form::{FormError, Published};
use super::receipt::Receipt;
use super::seal::Flaw;
use crate::App;
use crate::blob::BlobError;
use crate::store::db::{DbError, Tx};
use crate::store::devices::KeyRow;
use crate::store::erasures;
use crate::store::inbox::{self as inbox_rows, InboxFile, InboxRow};
use crate::store::submissions::{self, FlagRow, SubmissionRow};

pub use self::flags::severity;
pub(crate) use self::flags::{flag, needs_a_person};
pub use self::inbox::{Inbox, enter_all, settled};
pub(in crate::domain) use self::sealed::take_up;
pub use self::work::COMPANIONS;

/// Largest document of a visit.
pub const MAX_XML_BYTES: usize = 4 * 1024 * 1024;
/// Most files of a visit: a hundred of the answers; an encrypted one brings its notes and its document besides.
pub const MAX_FILES: usize = 102;

/// What arrived, part by part.
#[derive(Debug, Default)]
pub struct Upload {
    /// The document.
    pub xml: Bytes,
    /// The seal's JSON; other clients send none.
    pub seal: Option<String>,
    /// The notes' JSON; empty where none came.
    pub notes: String,
    /// The task it is for.
    pub task_id: String,
    /// Files by name, in the order of arrival.
    pub files: Vec<(String, Bytes)>,
    /// Name and SHA-256 of files that the same account sent before.
    pub sent: Vec<(String, String)>,
}

/// What the sender gets.
#[derive(Debug)]
pub struct Accepted {
    /// The receipt.
    pub receipt: Receipt,
    /// Whether it was stored just now rather than before.
    pub is_new: bool,
}

/// Why a submission is refused.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It is no submission.
    #[error("malformed")]
    Malformed(Option<Diagnostic>),
    /// Its form or version is not known.
    #[error(transparent)]
    Form(#[from] FormError),
    /// This instance id arrived before with other content.
    #[error("conflict")]
    Conflict,
    /// A file that an answer names did not come.
    #[error("{0} is missing")]
    Missing(String),
    /// A file that no answer names.
    #[error("{0} is extra")]
    Extra(String),
    /// A file can't be taken.
    #[error("{name}: {error}")]
    Media {
        /// File name.
        name: String,
        /// Why.
        error: MediaError,
    },
    /// Files that it names were not sent before, or are not here any more: their hashes.
    #[error("not sent: {0:?}")]
    NotSent(Vec<String>),
    /// It does not fit its seal, and came so for the first time.
    #[error("damaged")]
    Damaged,
    /// The files that it names are larger together than this many bytes.
    #[error("larger than {0}")]
    TooLarge(usize),
    /// Not the sender's form, task or resident.
    #[error("forbidden")]
    Forbidden,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// Takes a submission in; returns after everything is on disk. It is checked afterwards ([`settled`]).
pub async fn receive(app: &Arc<App>, by: &Account, upload: Upload) -> Result<Accepted, IntakeError> {
    let _at_door = app.inbox.at_door().await;
    let visit = match examine(app, by, upload).await? {
        Examined::Before(accepted) => return Ok(accepted),
        Examined::New(visit) => visit,
    };
    files::put(app, &visit.arrived).await?;
    let files = files::by_hash(&visit.arrived);
    // On a task of its own: who goes away meanwhile leaves no visit behind that nobody knows of.
    let (app_of_task, by_of_task) = (Arc::clone(app), by.clone());
    let kept = tokio::spawn(async move {
        let kept = keep::keep(&app_of_task, &by_of_task, &visit).await;
        if kept.is_ok() {
            inbox::filled(&app_of_task);
        }
        (kept, visit.arrived.identity())
    });
    let (kept, identity) = kept.await.map_err(|error| DbError::Other(error.to_string()))?;
    match kept {
        // Somebody else stored the same instance between the first look and now.
        Err(DbError::Unique(_)) => {
            let before = received_before(app, by, &identity, &files).await?;
            before.ok_or(IntakeError::Conflict)
        }
        Err(error) => Err(error.into()),
        Ok(receipt) => {
            files::put_missing(app, &files).await?;
            Ok(Accepted { receipt, is_new: true })
        }
    }
}

/// What became of looking at what arrived.
enum Examined {
    /// It is stored already.
    Before(Accepted),
    /// It is to be stored.
    New(Box<Admitted>),
}

/// A submission that will be stored.
struct Admitted {
    arrived: Arrived,
    files: Vec<InboxFile>,
    /// What is wrong with its seal.
    flags: Vec<FlagRow>,
}

/// Looks at what arrived. Only so many do at a time: it takes a processor and memory. Waiting for the disk afterwards
/// takes neither, and those that wait together are stored together.
async fn examine(app: &Arc<App>, by: &Account, upload: Upload) -> Result<Examined, IntakeError> {
    let _turn = app.checks.acquire().await.map_err(|error| DbError::Other(error.to_string()))?;
    let upload = match sent::fetch(app, by, upload).await? {
        Fetched::All(upload) => upload,
        // The answer to a visit that was stored may have been lost, and its files deleted since.
        Fetched::Missing(upload, hashes) => {
            let files = sealed::files(app, &upload).await;
            let before = received_before(app, by, &Identity::of_hashes(&upload, files)?, &[]).await?;
            return before.map(Examined::Before).ok_or(IntakeError::NotSent(hashes));
        }
    };
    let files = sealed::files(app, &upload).await;
    let arrived = match Arrived::read(upload, files) {
        Ok(arrived) => arrived,
        Err(unread) => {
            let (upload, error) = *unread;
            Look::at_document(&upload).or_again(app, by).await?;
            return Err(error);
        }
    };
    let (arrived, known) = known(app, by, arrived).await?;
    let (published, key) = match known {
        Known::Before(before) => {
            let files = files::by_hash(&arrived);
            return again(app, *before, by, &arrived.identity(), &files).await.map(Examined::Before);
        }
        Known::New(unknown) => (unknown.admitted, unknown.key),
    };
    let look = Look::at(&arrived);
    look.or_again(app, by).await?;
    let published = published?;
    let flags = sealed::faults(&arrived, key.as_ref());
    if flags.iter().any(|it| it.code == Flaw::SignatureWrong.code()) {
        look.once_more(app, by).await?;
    }
    let files = attached::files(&arrived, &published)?;
    Ok(Examined::New(Box::new(Admitted { arrived, files, flags })))
}

/// What the database knows of what arrived.
enum Known {
    /// The same instance, stored before.
    Before(Box<Before>),
    /// Nothing yet.
    New(Box<Unknown>),
}

/// What there is around a new visit.
struct Unknown {
    /// Its form, or why it is refused.
    admitted: Result<Arc<Published>, IntakeError>,
    /// The sender's key that its seal names.
    key: Option<KeyRow>,
}

/// What was stored before under the same instance id.
struct Before {
    receipt: Receipt,
    content_sha256: String,
    account_id: String,
    /// Whether its files are kept.
    keeps_files: bool,
    /// Whether it is in the inbox.
    is_waiting: bool,
}

/// Asks the database all that has to be known before a visit is kept, at once: whoever asks again after others have
/// written reads, and decrypts, every page anew.
async fn known(app: &Arc<App>, by: &Account, arrived: Arrived) -> Result<(Arrived, Known), IntakeError> {
    let (app, by, db) = (Arc::clone(app), by.clone(), app.db.clone());
    db.look_up(move |tx| {
        let known = match before(tx, &arrived.meta.instance_id)? {
            Some(before) => Known::Before(Box::new(before)),
            None => {
                let admitted = admit(tx, &app, &by, &arrived);
                let key = sealed::own_key(tx, &by.id, &arrived.sealed)?;
                Known::New(Box::new(Unknown { admitted, key }))
            }
        };
        Ok((arrived, known))
    })
    .await
}

/// Returns the form of a visit whose sender may send it.
fn admit(tx: &mut dyn Tx, app: &App, by: &Account, arrived: &Arrived) -> Result<Arc<Published>, IntakeError> {
    let document = roxmltree::Document::parse(&arrived.xml).map_err(|_| IntakeError::Malformed(None))?;
    let asking = Asking { meta: &arrived.meta, document: &document, task_id: &arrived.upload.task_id };
    let Context { published, is_allowed, .. } = context::around(tx, app, by, &asking)?;
    if is_allowed { Ok(published) } else { Err(IntakeError::Forbidden) }
}

fn before(tx: &mut dyn Tx, instance_id: &str) -> Result<Option<Before>, DbError> {
    if let Some(row) = inbox_rows::by_instance(tx, instance_id)? {
        let receipt = Receipt::from(&row);
        let InboxRow { content_sha256, account_id, .. } = row;
        return Ok(Some(Before { receipt, content_sha256, account_id, keeps_files: true, is_waiting: true }));
    }
    let Some(row) = submissions::by_instance(tx, instance_id)? else { return Ok(None) };
    let (receipt, keeps_files) = (Receipt::from(&row), erasures::kept(tx, &row.id)?.is_some());
    let SubmissionRow { content_sha256, account_id, .. } = row;
    Ok(Some(Before { receipt, content_sha256, account_id, keeps_files, is_waiting: false }))
}

async fn received_before(
    app: &Arc<App>,
    by: &Account,
    identity: &Identity,
    files: &[(String, Bytes)],
) -> Result<Option<Accepted>, IntakeError> {
    let instance_id = identity.instance_id.clone();
    match app.db.look_up(move |tx| before(tx, &instance_id)).await? {
        Some(before) => again(app, before, by, identity, files).await.map(Some),
        None => Ok(None),
    }
}

/// Answers what was stored before: the same again gets the same receipt.
async fn again(
    app: &Arc<App>,
    before: Before,
    by: &Account,
    identity: &Identity,
    files: &[(String, Bytes)],
) -> Result<Accepted, IntakeError> {
    if before.content_sha256 != identity.content_sha256 || before.account_id != by.id {
        return Err(IntakeError::Conflict);
    }
    // A process that died between the row and its last look at the files has told nobody: the sender asks again.
    if before.keeps_files {
        files::put_missing(app, files).await?;
    }
    if before.is_waiting {
        inbox::ring(app);
    }
    Ok(Accepted { receipt: before.receipt, is_new: false })
}
