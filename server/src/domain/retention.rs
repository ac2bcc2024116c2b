//! Photos, signatures and other files of visits are deleted after the time that the pack sets for their task type
//! (`keep_days` in its sheet `tasks`), counted from the day they arrived. Without a time they stay.
//!
//! What stays for good is the record: answers, history, seal and the SHA-256 of each file, so that a deleted file can
//! still be told from a forged one. What goes is the file, its small picture and what it looks like, and the ink of witnesses
//! in the phone's notes, of which the SHA-256 stays. A file that several visits sent goes with the last of them. A visit that is held (a complaint, a court) keeps its files until it is
//! released.
//!
//! A visit is let go in one transaction with its audit entry; its files follow by a job each, which can be stopped
//! anywhere and done again. A file is moved aside before it is deleted and looked for once more in between: a visit that
//! brings the same file at that moment keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::account::Account;
use super::task_type::TaskTypes;
use super::{audit, calendar, notes};
use crate::App;
use crate::blob::hashes::sha256_hex;
use crate::blob::{BlobError, Moved};
use crate::store::db::{DbError, Tx};
use crate::store::submissions::{self, EventRow, SubmissionRow};
use crate::store::{erasures, jobs, photos};

/// The kind of job that deletes a file.
pub const JOB: &str = "erase";

/// Visits that one transaction looks up.
const BATCH: i64 = 50;
const DAY_MS: i64 = 86_400_000;

/// How long a visit's files stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeping {
    /// Until somebody sets a time.
    Always,
    /// Until this day.
    Until(Date),
    /// Until it is released, whatever the day.
    Held,
    /// Deleted at this time, milliseconds UTC.
    Erased(i64),
}

/// Why a visit cannot be held or released.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// No such submission, or it has no files.
    #[error("not found")]
    NotFound,
    /// To hold or release needs words for whoever comes later.
    #[error("reason required")]
    ReasonRequired,
    /// Its files are deleted already.
    #[error("erased")]
    Erased,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Notes that a new visit has files to keep.
pub fn keep(
    tx: &mut dyn Tx,
    types: &TaskTypes,
    row: &SubmissionRow,
    task_type: Option<&str>,
) -> Result<(), DbError> {
    if row.n_attachments == 0 {
        return Ok(());
    }
    let rule = task_type.map_or_else(|| rule_of_form(&row.form_id), str::to_owned);
    // A task of a type that the pack does not know any more goes by its form.
    let days = match task_type.and_then(|it| types.get(it)) {
        Some(known) => known.keep_days,
        None => days_of_form(types, &row.form_id),
    };
    erasures::keep(tx, &row.id, (&rule, days), row.received_at)
}

/// Visits without a task go by their form.
fn rule_of_form(form_id: &str) -> String {
    format!("form {form_id}")
}

/// Returns how long a form's visits without a task are kept: as long as those of the longest kept task type that uses it,
/// and for good where one of them is.
fn days_of_form(types: &TaskTypes, form: &str) -> Option<i64> {
    let days: Option<Vec<i64>> = types.of_form(form).map(|it| it.keep_days).collect();
    days?.into_iter().max()
}

/// Returns each rule of a pack and its days; none for good. What came under a rule that a later pack does not know stays as
/// long as it was to stay when it came.
#[must_use]
pub fn rules(types: &TaskTypes) -> BTreeMap<String, Option<i64>> {
    let of_types = types.all().map(|it| (it.id.clone(), it.keep_days));
    let forms: BTreeSet<&str> = types.all().map(|it| it.form.as_str()).collect();
    let of_forms = forms.into_iter().map(|form| (rule_of_form(form), days_of_form(types, form)));
    of_types.chain(of_forms).collect()
}

/// Returns how long a visit's files stay; none where it has none.
pub fn keeping(tx: &mut dyn Tx, app: &App, row: &SubmissionRow) -> Result<Option<Keeping>, DbError> {
    let Some(kept) = erasures::kept(tx, &row.id)? else {
        return Ok(erasures::of_submission(tx, &row.id)?.map(|(at, _)| Keeping::Erased(at)));
    };
    if kept.is_held {
        return Ok(Some(Keeping::Held));
    }
    let days = rules(&app.task_types()).remove(&kept.rule).unwrap_or(kept.keep_days);
    let until = |days: i64| {
        Keeping::Until(calendar::day_at(kept.received_at + days * DAY_MS, app.config.utc_offset_min))
    };
    Ok(Some(days.map_or(Keeping::Always, until)))
}

/// Lets every visit go whose time is over.
pub async fn let_go_due(app: &Arc<App>) -> Result<(), DbError> {
    let now = app.clock.now_ms();
    let rules = rules(&app.task_types());
    for (rule, days) in rules.iter().filter_map(|(rule, days)| Some((rule, (*days)?))) {
        let of = rule.clone();
        if app.db.read(move |tx| erasures::lack_days(tx, &of)).await? {
            let of = rule.clone();
            app.db.write(move |tx| erasures::give_days(tx, &of, days)).await?;
        }
        loop {
            let (rule_, before) = (rule.clone(), now - days * DAY_MS);
            let due = app.db.read(move |tx| erasures::due(tx, &rule_, before, BATCH)).await?;
            if due.is_empty() {
                break;
            }
            for id in due {
                let told = format!("{rule} P{days}D");
                app.db.write(move |tx| let_go(tx, &id, &told, now)).await?;
            }
        }
    }
    let mut after = String::new();
    while let Some(rule) = app.db.read(move |tx| erasures::next_rule(tx, &after)).await? {
        if !rules.contains_key(&rule) {
            let_go_by_own_days(app, &rule, now).await?;
        }
        after = rule;
    }
    Ok(())
}

/// Lets visits go whose rule the pack does not know any more, by the days that they came with.
async fn let_go_by_own_days(app: &App, rule: &str, now: i64) -> Result<(), DbError> {
    loop {
        let of = rule.to_owned();
        let due = app.db.read(move |tx| erasures::due_by_own_days(tx, &of, now, BATCH)).await?;
        if due.is_empty() {
            return Ok(());
        }
        for (id, days) in due {
            let told = format!("{rule} P{days}D");
            app.db.write(move |tx| let_go(tx, &id, &told, now)).await?;
        }
    }
}

fn let_go(tx: &mut dyn Tx, id: &str, rule: &str, now: i64) -> Result<(), DbError> {
    // Somebody may have held it, or another process let it go.
    if !erasures::let_go(tx, id)? {
        return Ok(());
    }
    let files = forget(tx, id, now)?;
    files.iter().try_for_each(|it| erasures::insert(tx, id, it, now, rule))?;
    if let Some(row) = submissions::get(tx, id)?
        && let Some(left) = notes::without_evidence(&row.notes)
    {
        submissions::leave_of_notes(tx, id, &left, &sha256_hex(row.notes.as_bytes()))?;
    }
    let told = EventRow {
        id: crate::new_id(),
        at: now,
        by_name: String::new(),
        kind: "erased".to_owned(),
        text: String::new(),
    };
    submissions::add_event(tx, id, &told)?;
    audit::record_as(tx, now, "", "erase evidence", id, &format!("{rule} files={}", files.len()))
}

/// Has the files of a visit deleted that nobody needs, and forgets what they look like; returns their hashes.
pub(super) fn forget(tx: &mut dyn Tx, id: &str, now: i64) -> Result<BTreeSet<String>, DbError> {
    photos::forget(tx, id)?;
    let files: BTreeSet<String> = submissions::attachments(tx, id)?.into_iter().map(|it| it.sha256).collect();
    files.iter().try_for_each(|it| jobs::add(tx, &crate::new_id(), JOB, it, now))?;
    Ok(files)
}

/// Deletes a file that no visit keeps any more, with what was made from it. What a process that died left aside is
/// brought back here where it is needed, and deleted by [`orphans`](super::orphans) where it is not.
pub async fn erase(app: &App, sha256: &str) -> Result<(), EraseError> {
    let aside = loop {
        if is_needed(app, sha256).await? {
            return Ok(app.blobs.bring_back(sha256).await?);
        }
        match app.blobs.move_aside(sha256).await? {
            Moved::Aside(aside) => break aside,
            // By a visit that may need it now, or by a new master key.
            Moved::StoredAgain => {}
            Moved::Gone => return Ok(app.blobs.delete_thumbnail(sha256).await?),
        }
    };
    if is_needed(app, sha256).await? {
        return Ok(app.blobs.put_back(&aside).await?);
    }
    Ok(app.blobs.delete_aside(&aside).await?)
}

async fn is_needed(app: &App, sha256: &str) -> Result<bool, DbError> {
    let sha256 = sha256.to_owned();
    app.db.read(move |tx| erasures::is_needed(tx, &sha256)).await
}

/// Why a file could not be deleted.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// Holds a visit's files back from deletion.
pub async fn hold(app: &App, by: &Account, id: String, reason: String) -> Result<(), HoldError> {
    set_held(app, by, id, ("held", true), reason).await
}

/// Releases a visit's files: from now on their time counts again.
pub async fn release(app: &App, by: &Account, id: String, reason: String) -> Result<(), HoldError> {
    set_held(app, by, id, ("released", false), reason).await
}

async fn set_held(
    app: &App,
    by: &Account,
    id: String,
    (kind, is_held): (&'static str, bool),
    reason: String,
) -> Result<(), HoldError> {
    let (now, by) = (app.clock.now_ms(), by.clone());
    if reason.trim().is_empty() {
        return Err(HoldError::ReasonRequired);
    }
    app.db
        .write(move |tx| {
            if erasures::kept(tx, &id)?.is_none() {
                let was_erased = erasures::of_submission(tx, &id)?.is_some();
                return Err(if was_erased { HoldError::Erased } else { HoldError::NotFound });
            }
            if !erasures::set_held(tx, &id, is_held)? {
                return Ok(());
            }
            let told = EventRow {
                id: crate::new_id(),
                at: now,
                by_name: by.name.clone(),
                kind: kind.to_owned(),
                text: reason.trim().to_owned(),
            };
            submissions::add_event(tx, &id, &told)?;
            Ok(audit::record(tx, now, &by, &format!("evidence {kind}"), &id, "")?)
        })
        .await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::task_type::TaskType;

    fn types(each: &[(&str, &str, Option<i64>)]) -> TaskTypes {
        let of = |(id, form, keep_days): &(&str, &str, Option<i64>)| TaskType {
            id: (*id).to_owned(),
            form: (*form).to_owned(),
            keep_days: *keep_days,
            ..TaskType::default()
        };
        TaskTypes::new(each.iter().map(of), Vec::new(), BTreeMap::new(), Default::default())
    }

    #[test]
    fn a_form_is_kept_as_long_as_its_longest_task_type() {
        let told = rules(&types(&[
            ("a", "f", Some(30)),
            ("b", "f", Some(90)),
            ("c", "g", Some(7)),
            ("d", "g", None),
        ]));
        let days = [
            ("a", Some(30)),
            ("b", Some(90)),
            ("c", Some(7)),
            ("d", None),
            ("form f", Some(90)),
            ("form g", None),
        ];
        assert_eq!(told, days.map(|(rule, days)| (rule.to_owned(), days)).into());
    }
}
