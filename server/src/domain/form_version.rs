//! The versions of a form: who made which current, going back to an earlier one, its workbook, and what a change of
//! questions does to what was stored.
//!
//! A version never changes and never goes: a draft that was begun under it is finished and judged under it.

use std::sync::Arc;

use bytes::Bytes;

use super::account::Account;
use super::form::{self, FormError, FormEventRow, FormRow};
use super::{answers, audit};
use crate::App;
use crate::blob::BlobError;
use crate::store::{answer_counts, forms, submissions, tasks};

/// Most events that are told.
const MAX_EVENTS: i64 = 200;

/// A form with all its versions.
#[derive(Debug)]
pub struct History {
    /// Newest first.
    pub versions: Vec<FormRow>,
    /// Newest first.
    pub events: Vec<FormEventRow>,
    /// Unfinished tasks that use the form.
    pub n_tasks: i64,
}

/// Returns a form's versions and who made which current; nothing where there is no such form.
pub async fn history(app: &Arc<App>, form_id: String) -> Result<Option<History>, FormError> {
    let app = Arc::clone(app);
    let db = app.db.clone();
    db.read(move |tx| {
        let versions = forms::versions(tx, &form_id)?;
        if versions.is_empty() {
            return Ok(None);
        }
        let n_tasks = form::n_tasks(&app, &tasks::count_by_type(tx)?, &form_id);
        Ok(Some(History { versions, events: forms::events(tx, &form_id, MAX_EVENTS)?, n_tasks }))
    })
    .await
}

/// Makes an earlier version current again. The one that is current already stays so without a trace.
pub async fn roll_back(
    app: &App,
    by: &Account,
    form_id: String,
    version: String,
    note: String,
) -> Result<(), FormError> {
    let (now, by) = (app.clock.now_ms(), by.clone());
    app.db
        .write(move |tx| {
            let Some(row) = forms::get(tx, &form_id, &version)? else {
                let is_known = forms::exists(tx, &form_id)?;
                return Err(if is_known { FormError::UnknownVersion } else { FormError::UnknownForm });
            };
            if row.is_current {
                return Ok(());
            }
            forms::retire(tx, &form_id)?;
            forms::make_current(tx, &form_id, &version)?;
            let row = FormRow { by_name: by.name.clone(), note, ..row };
            forms::insert_event(tx, &form::event(&row, "rolled_back", now))?;
            let name = format!("{form_id}/{version}");
            Ok(audit::record(tx, now, &by, "roll back form", &name, &row.xform_sha256)?)
        })
        .await
}

/// Returns the workbook of a version and its file name; nothing where it was not kept.
pub async fn workbook(
    app: &App,
    form_id: String,
    version: String,
) -> Result<Option<(String, Bytes)>, FormError> {
    let row = app.db.read(move |tx| forms::get(tx, &form_id, &version)).await?;
    let Some(row) = row.filter(|it| !it.workbook_sha256.is_empty()) else { return Ok(None) };
    match app.blobs.get(&row.workbook_sha256).await {
        Ok(bytes) => Ok(Some((row.workbook_name, bytes))),
        Err(BlobError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What a new version takes away.
#[derive(Debug, Default)]
pub struct Losses {
    /// Paths of questions that go.
    pub questions: Vec<String>,
    /// Paths of questions and values that can no longer be chosen there.
    pub choices: Vec<(String, Vec<String>)>,
}

/// How many stored answers a loss concerns.
#[derive(Debug, PartialEq, Eq)]
pub struct Effects {
    /// Unfinished tasks that use the form.
    pub n_tasks: i64,
    /// Submissions of the form.
    pub n_submissions: i64,
    /// Submissions by path of the question that goes, in the order asked.
    pub questions: Vec<(String, i64)>,
    /// Submissions by path and value, in the order asked.
    pub choices: Vec<(String, String, i64)>,
}

/// Counts the submissions that answer a question or have a value that a new version takes away.
pub async fn effects(app: &Arc<App>, form_id: String, losses: Losses) -> Result<Effects, FormError> {
    answers::count(app).await?;
    let app = Arc::clone(app);
    let db = app.db.clone();
    db.read(move |tx| {
        let n_tasks = form::n_tasks(&app, &tasks::count_by_type(tx)?, &form_id);
        let counts = answer_counts::of_form(tx, &form_id)?;
        let count =
            |path: &str, value: &str| counts.get(&(path.to_owned(), value.to_owned())).copied().unwrap_or(0);
        let questions = losses.questions.into_iter().map(|path| (count(&path, ""), path));
        let choices = losses.choices.into_iter().flat_map(|(path, values)| {
            values.into_iter().map(move |value| (path.clone(), value)).collect::<Vec<_>>()
        });
        Ok(Effects {
            n_tasks,
            n_submissions: submissions::count_of_form(tx, &form_id)?,
            questions: questions.map(|(n, path)| (path, n)).collect(),
            choices: choices
                .map(|(path, value)| (count(&path, &value), path, value))
                .map(|(n, path, value)| (path, value, n))
                .collect(),
        })
    })
    .await
}
