//! The door for submissions: nothing that was accepted is ever lost, and no visit is refused because an answer breaks
//! a rule.
//!
//! Order: the document's identity; the same again (same receipt) or the same id with other content (conflict); form
//! and version; whether the sender may send it; the files; the seal; then the engine's check, whose findings become
//! flags. Files are durable before the one transaction that writes the row, and only after its commit does the sender
//! get a receipt.

mod arrived;
mod context;
mod files;
mod flags;
mod judge;
mod keep;
mod rows;
mod sealed;
mod signatures;
mod work;

use std::sync::Arc;

use bytes::Bytes;
use wasm_forms::{Diagnostic, Env};

use self::arrived::Arrived;
use super::account::Account;
use super::evidence::MediaError;
use super::form::FormError;
use super::receipt::Receipt;
use crate::App;
use crate::blob::BlobError;
use crate::store::db::DbError;
use crate::store::{erasures, submissions};

pub(crate) use self::flags::flag;
pub use self::flags::severity;
pub(in crate::domain) use self::sealed::take_up;
pub use self::work::COMPANIONS;

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
}

/// What the sender gets.
#[derive(Debug)]
pub struct Accepted {
    /// The receipt.
    pub receipt: Receipt,
    /// How many flags the reviewer will see.
    pub n_findings: i64,
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

/// Takes a submission in; returns after everything is on disk.
pub async fn receive(app: &Arc<App>, by: &Account, upload: Upload) -> Result<Accepted, IntakeError> {
    let arrived = Arrived::read(upload)?;
    if let Some(before) = received_before(app, by, &arrived).await? {
        return Ok(before);
    }
    let mut context = context::around(app, by, &arrived).await?;
    context.flags.extend(sealed::faults(app, by, &arrived).await?);
    let env = Env { now_ms: app.clock.now_ms(), offset_min: app.config.utc_offset_min, ..Env::default() };
    let judged = tokio::task::spawn_blocking(move || judge::judge(arrived, context, &env)).await;
    let visit = judged.map_err(|error| DbError::Other(error.to_string()))??;
    let known = files::put(app, &visit.arrived.upload.files).await?;
    match keep::store(app, by, &visit).await {
        // Somebody else stored the same instance between the first look and now.
        Err(IntakeError::Db(DbError::Unique(_))) => {
            received_before(app, by, &visit.arrived).await?.ok_or(IntakeError::Conflict)
        }
        Ok(accepted) => {
            files::put_again(app, known).await?;
            Ok(accepted)
        }
        Err(error) => Err(error),
    }
}

async fn received_before(
    app: &App,
    by: &Account,
    arrived: &Arrived,
) -> Result<Option<Accepted>, IntakeError> {
    let instance_id = arrived.meta.instance_id.clone();
    let found = app.db.read(move |tx| {
        let Some(row) = submissions::by_instance(tx, &instance_id)? else { return Ok(None) };
        let keeps_files = erasures::kept(tx, &row.id)?.is_some();
        Ok::<_, DbError>(Some((row, keeps_files)))
    });
    let Some((row, keeps_files)) = found.await? else {
        return Ok(None);
    };
    if row.content_sha256 != arrived.content_sha256 || row.account_id != by.id {
        return Err(IntakeError::Conflict);
    }
    // A process that died between the row and its last look at the files has told nobody: the sender asks again.
    if keeps_files {
        files::put_missing(app, &arrived.upload.files).await?;
    }
    Ok(Some(Accepted { receipt: Receipt::from(&row), n_findings: row.n_flags, is_new: false }))
}
