//! What the review desk reads: pages of submissions, and one submission with everything around it.

use std::sync::Arc;

use super::account::Account;
use super::conflict::{self, Conflict};
use super::desk_files::{self, Evidence};
use super::form::Published;
use super::seal::{self, Content, Digest, Fault, Flaw, Sealed, SealedFile};
use super::{audit, list};
use crate::App;
use crate::blob::BlobError;
use crate::store::db::{DbError, Tx};
use crate::store::{devices, entities, erasures, forms, queue, submissions, tasks};

pub use crate::store::entities::EntityRow;
pub use crate::store::queue::{MOST_COUNTED, SubmissionFilter};
pub use crate::store::submissions::{AttachmentRow, ChangeRow, EventRow, FlagRow, SubmissionRow};
pub use crate::store::tasks::TaskRow;

/// One page of the list.
#[derive(Debug)]
pub struct Page {
    /// Newest first.
    pub rows: Vec<SubmissionRow>,
    /// How many the filter selects, by state.
    pub totals: Vec<(String, i64)>,
    /// Form ids and titles.
    pub titles: Vec<(String, String)>,
}

/// One submission with everything around it.
#[derive(Debug)]
pub struct Detail {
    /// The submission.
    pub row: SubmissionRow,
    /// Its flags.
    pub flags: Vec<FlagRow>,
    /// Its files.
    pub attachments: Vec<AttachmentRow>,
    /// What is known of them.
    pub evidence: Evidence,
    /// What happened to it.
    pub history: Vec<EventRow>,
    /// What it would change in the registers.
    pub changes: Vec<ChangeRow>,
    /// The submission that it corrects.
    pub corrected: Option<SubmissionRow>,
    /// Its task, if it has one.
    pub task: Option<TaskRow>,
    /// The row it is about, as it stands now.
    pub subject: Option<EntityRow>,
    /// What it met that its phone could not know.
    pub conflict: Conflict,
    /// The form it was filled in with.
    pub form: Option<Arc<Published>>,
    /// Its seal.
    pub sealed: Sealed,
    /// What is wrong with it now.
    pub seal_faults: Vec<Fault>,
    /// The next newer and next older submissions that wait.
    pub neighbours: (Option<String>, Option<String>),
}

/// Why something can't be read.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// No such submission or file.
    #[error("not found")]
    NotFound,
    /// The file was deleted when its time was over.
    #[error("erased")]
    Erased,
    /// A picture that cannot be cleaned here; only the original can be had.
    #[error("no clean copy")]
    NoCopy,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store failed.
    #[error(transparent)]
    Blob(BlobError),
}

/// Returns one page and the totals of its filter.
pub async fn page(app: &App, filter: SubmissionFilter) -> Result<Page, DbError> {
    app.db
        .read(move |tx| {
            Ok(Page {
                rows: queue::page(tx, &filter)?,
                totals: queue::count_by_state(tx, &filter)?,
                titles: forms::current(tx)?.into_iter().map(|it| (it.form_id, it.title)).collect(),
            })
        })
        .await
}

/// Returns one page of what an account delivered, newest first.
pub async fn delivered(
    app: &App,
    account_id: String,
    before: Option<(i64, String)>,
    limit: i64,
) -> Result<Vec<SubmissionRow>, DbError> {
    app.db.read(move |tx| submissions::of_account(tx, &account_id, before, limit)).await
}

/// Returns one submission; that it was read goes into the audit log.
pub async fn detail(app: &Arc<App>, by: &Account, id: String) -> Result<Detail, DeskError> {
    let app_ = Arc::clone(app);
    let detail = app
        .db
        .read(move |tx| {
            let row = submissions::get(tx, &id)?.ok_or(DeskError::NotFound)?;
            read_detail(tx, &app_, row)
        })
        .await?;
    note_reading(app, by, "read submission", detail.row.id.clone(), String::new()).await?;
    Ok(detail)
}

/// Writes into the audit log that something is about to be told; nothing is told when that fails.
pub(super) async fn note_reading(
    app: &App,
    by: &Account,
    act: &'static str,
    subject: String,
    detail: String,
) -> Result<(), DeskError> {
    Ok(audit::note(app, &by.id, act, &subject, &detail).await?)
}

fn read_detail(tx: &mut dyn Tx, app: &App, row: SubmissionRow) -> Result<Detail, DeskError> {
    let attachments = submissions::attachments(tx, &row.id)?;
    let sealed = Sealed::read(Some(&row.seal));
    let seal_faults = seal_faults(tx, &row, &attachments, &sealed)?;
    let changes = submissions::changes(tx, &row.id)?;
    Ok(Detail {
        flags: submissions::flags(tx, &row.id)?,
        history: submissions::events(tx, &row.id)?,
        conflict: conflict::of(tx, &row, &changes)?,
        changes,
        corrected: match row.deprecated_id.as_str() {
            "" => None,
            instance_id => submissions::by_instance(tx, instance_id)?,
        },
        task: tasks::get(tx, &row.task_id)?,
        subject: entities::get(tx, &row.list, &row.subject)?,
        form: app.forms.get(tx, &row.form_id, &row.form_version).ok(),
        neighbours: submissions::neighbours(tx, row.received_at, &row.id)?,
        evidence: desk_files::evidence(tx, app, &row)?,
        attachments,
        sealed,
        seal_faults,
        row,
    })
}

/// Examines the seal of a stored submission against its row; the bytes of its files are another matter.
pub(super) fn seal_faults(
    tx: &mut dyn Tx,
    row: &SubmissionRow,
    attachments: &[AttachmentRow],
    sealed: &Sealed,
) -> Result<Vec<Fault>, DbError> {
    let key = match sealed.key_id() {
        Some(id) => devices::get(tx, &id)?.filter(|it| it.account_id == row.account_id),
        None => None,
    };
    let files = sealed_files(attachments);
    let content = sealed_content(row, &files, notes_as_they_came(tx, row)?);
    let mut faults = seal::examine(sealed, &content, key.as_ref());
    // What was received before its key was revoked stays signed.
    let is_revoked_since = key.is_some_and(|it| it.revoked_at > row.received_at);
    faults.retain(|(flaw, _)| *flaw != Flaw::KeyRevoked || !is_revoked_since);
    Ok(faults)
}

/// Returns the hash of a visit's notes as they came, where something was taken out of them; only where its files were deleted
/// can that be.
pub(super) fn notes_as_they_came(tx: &mut dyn Tx, row: &SubmissionRow) -> Result<Option<Digest>, DbError> {
    let Some(notes) = Digest::parse(&row.notes_sha256) else { return Ok(None) };
    Ok(erasures::of_submission(tx, &row.id)?.map(|_| notes))
}

/// Returns what a stored submission's seal is compared with, given the hash of [`notes_as_they_came`].
pub(super) fn sealed_content<'a>(
    row: &'a SubmissionRow,
    files: &'a [SealedFile],
    notes: Option<Digest>,
) -> Content<'a> {
    let content = Content::of(&row.instance_id, &row.xml, &row.notes, files);
    Content { notes: notes.unwrap_or(content.notes), ..content }
}

/// Returns stored files as a seal tells of them.
pub(super) fn sealed_files(attachments: &[AttachmentRow]) -> Vec<SealedFile> {
    let file = |it: &AttachmentRow| {
        let size_bytes = u64::try_from(it.size_bytes).ok()?;
        Some(SealedFile { name: it.name.clone(), size_bytes, sha256: Digest::parse(&it.sha256)? })
    };
    attachments.iter().filter_map(file).collect()
}

/// An answer's place in the register.
#[derive(Debug, PartialEq, Eq)]
pub struct Registered {
    /// The row's property, e.g. `phone`.
    pub property: String,
    /// What the register holds now.
    pub value: String,
    /// Whether the visit found something else.
    pub differs: bool,
}

/// Returns what the register holds for an answer, where the form saves that answer as it is into the subject's row.
#[must_use]
pub fn registered(detail: &Detail, reference: &str, value: &str) -> Option<Registered> {
    let (form, subject) = (detail.form.as_ref()?, detail.subject.as_ref()?);
    let property = form.saved_as(&without_positions(reference))?;
    let change = detail.changes.iter().find(|it| it.list == subject.list && it.id == subject.id)?;
    if list::properties(&change.properties).get(property).map(String::as_str) != Some(value) {
        return None;
    }
    let current = list::properties(&subject.data).remove(property).unwrap_or_default();
    Some(Registered { property: property.to_owned(), differs: current != value, value: current })
}

fn without_positions(reference: &str) -> String {
    let mut is_position = false;
    reference
        .chars()
        .filter(|letter| {
            is_position |= *letter == '[';
            let keep = !is_position;
            is_position &= *letter != ']';
            keep
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::without_positions;

    #[test]
    fn paths_lose_their_positions() {
        assert_eq!(without_positions("/data/party[2]/p_name"), "/data/party/p_name");
    }
}
