//! Verification at any time: the whole store (every file's hash, the audit chain, every seal and chain, every receipt), or
//! one submission exported to a folder, which needs no database.
//!
//! What arrived wrong and was flagged then is a warning; what changed since is an error. The anchor of that difference is the
//! audit chain: it holds each receipt's digest from the day of arrival.

mod audit;
mod chains;
pub mod folder;
mod stored;
mod submission;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt};
use serde::Serialize;

use crate::App;
use crate::blob::BlobError;
use crate::blob::hashes::sha256_hex;
use crate::domain::intake;
use crate::store::db::DbError;
use crate::store::inbox;

/// Files that are read at the same time.
const READERS: usize = 4;

/// Codes that a report gives; each has a text.
pub const CODES: &[&str] = &[
    "verify.answer_changed",
    "verify.audit_changed",
    "verify.audit_cut",
    "verify.audit_missing",
    "verify.chain_fork",
    "verify.chain_gap",
    "verify.counter_back",
    "verify.document_changed",
    "verify.file_added",
    "verify.file_changed",
    "verify.file_damaged",
    "verify.file_erased",
    "verify.file_missing",
    "verify.file_removed",
    "verify.form_changed",
    "verify.key_changed",
    "verify.key_missing",
    "verify.key_revoked",
    "verify.link_changed",
    "verify.no_receipt",
    "verify.no_signature",
    "verify.notes_changed",
    "verify.notes_erased",
    "verify.receipt_changed",
    "verify.seal_changed",
    "verify.seal_unreadable",
    "verify.signature_wrong",
    "verify.submission_added",
    "verify.submission_removed",
    "verify.unnamed_damaged",
    "verify.waiting",
];

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Something was changed, taken out or put in.
    Error,
    /// Known since it arrived, or not yet certain.
    Warning,
    /// As it should be.
    Note,
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// One of [`CODES`].
    pub code: &'static str,
    /// What its text needs.
    pub params: BTreeMap<String, String>,
}

impl Finding {
    fn new(weight: Weight, code: &'static str, params: &[(&str, &str)]) -> Finding {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Finding { weight, code, params }
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Rows of the audit log.
    pub n_audit_rows: i64,
    /// Hash of the last row: whoever keeps it elsewhere can tell later that nothing before it was changed.
    pub audit_head: String,
    /// Submissions.
    pub n_submissions: u64,
    /// Submissions that an enrolled phone signed.
    pub n_signed: u64,
    /// Files.
    pub n_files: u64,
    /// Phones with a key.
    pub n_keys: u64,
    /// Findings, the heaviest first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Returns whether nothing was changed.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|it| it.weight != Weight::Error)
    }
}

/// Why nothing could be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A folder can't be read.
    #[error("{0}")]
    Folder(String),
}

/// Verifies everything that the server holds; what waits in the inbox is taken out before, and what stays there is told.
pub async fn whole(app: &Arc<App>) -> Result<Report, VerifyError> {
    let entered = intake::enter_all(app).await;
    let mut report = Report::default();
    if entered.is_err() {
        waiting(app, &mut report).await?;
    }
    let told = audit::verify(app, &mut report).await?;
    let mut damaged = damaged_files(app, &mut report).await?;
    stored::submissions(app, &told, &mut damaged, &mut report).await?;
    stored::forms(app, &mut damaged, &mut report).await?;
    chains::verify(app, &mut report).await?;
    for sha256 in damaged {
        report.findings.push(Finding::new(Weight::Error, "verify.unnamed_damaged", &[("sha256", &sha256)]));
    }
    report.findings.sort();
    report.findings.dedup();
    Ok(report)
}

/// Tells of every visit that is acknowledged but could not be made a submission yet: only its files are verified.
async fn waiting(app: &App, report: &mut Report) -> Result<(), VerifyError> {
    let rows = app.db.read(|tx| inbox::after(tx, "", i64::MAX)).await?;
    for row in rows {
        let params = [("receipt", row.receipt_number.as_str())];
        report.findings.push(Finding::new(Weight::Warning, "verify.waiting", &params));
    }
    Ok(())
}

/// Returns the files whose bytes are not those of their name, and counts all.
async fn damaged_files(app: &App, report: &mut Report) -> Result<BTreeSet<String>, VerifyError> {
    let read = |sha256: String| async move {
        let is_whole = match app.blobs.get(&sha256).await {
            Ok(bytes) => sha256_hex(&bytes) == sha256,
            // Encrypted bytes that were touched can't be read at all; one deleted meanwhile is not there to be wrong.
            Err(BlobError::Vault(_)) => false,
            Err(BlobError::NotFound) => true,
            Err(error) => return Err(error),
        };
        Ok((sha256, is_whole))
    };
    let mut files = app.blobs.hashes().map_ok(read).try_buffer_unordered(READERS);
    let mut damaged = BTreeSet::new();
    while let Some((sha256, is_whole)) = files.next().await.transpose()? {
        report.n_files += 1;
        if !is_whole {
            damaged.insert(sha256);
        }
    }
    Ok(damaged)
}
