//! The versions of a form: who made which current, going back to an earlier one, its workbook, and what a change of
//! questions does to what was stored.
//!
//! A version never changes and never goes: a draft that was begun under it is finished and judged under it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::account::Account;
use super::audit;
use super::form::{self, FormError, FormEventRow, FormRow};
use crate::App;
use crate::blob::BlobError;
use crate::store::{forms, submissions, tasks};

/// Most events that are told.
const MAX_EVENTS: i64 = 200;
/// How many of the newest submissions are looked at for what a change does to them.
const MAX_LOOKED_AT: i64 = 2_000;

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
    /// How many submissions were looked at, the newest first.
    pub n_looked_at: i64,
    /// Whether these are all there are.
    pub is_all: bool,
    /// Answers by path of the question that goes, in the order asked.
    pub questions: Vec<(String, i64)>,
    /// Answers by path and value, in the order asked.
    pub choices: Vec<(String, String, i64)>,
}

/// Counts what of the newest submissions answers a question or has a value that a new version takes away.
pub async fn effects(app: &Arc<App>, form_id: String, losses: Losses) -> Result<Effects, FormError> {
    let app = Arc::clone(app);
    let db = app.db.clone();
    db.read(move |tx| {
        let n_tasks = form::n_tasks(&app, &tasks::count_by_type(tx)?, &form_id);
        let mut answers = submissions::newest_answers(tx, &form_id, MAX_LOOKED_AT + 1)?;
        let is_all = answers.len() as i64 <= MAX_LOOKED_AT;
        answers.truncate(MAX_LOOKED_AT as usize);
        Ok(Effects { n_tasks, n_looked_at: answers.len() as i64, is_all, ..count(&answers, &losses) })
    })
    .await
}

/// Counts submissions, not answers: one with the question in every instance of a repeat is one.
fn count(answers: &[String], losses: &Losses) -> Effects {
    let mut by_question = vec![0; losses.questions.len()];
    let mut by_choice: Vec<Vec<i64>> =
        losses.choices.iter().map(|(_, values)| vec![0; values.len()]).collect();
    for submission in answers {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (reference, value) in answered(submission) {
            values.entry(without_positions(&reference)).or_default().push(value);
        }
        for (at, path) in losses.questions.iter().enumerate() {
            by_question[at] += i64::from(values.contains_key(path));
        }
        for ((path, wanted), counts) in losses.choices.iter().zip(&mut by_choice) {
            let Some(given) = values.get(path) else { continue };
            for (value, count) in wanted.iter().zip(counts) {
                let has = given.iter().any(|it| it.split_whitespace().any(|word| word == value));
                *count += i64::from(has);
            }
        }
    }
    let choices = losses.choices.iter().zip(by_choice).flat_map(|((path, values), counts)| {
        values.iter().zip(counts).map(|(value, n)| (path.clone(), value.clone(), n)).collect::<Vec<_>>()
    });
    Effects {
        n_tasks: 0,
        n_looked_at: 0,
        is_all: true,
        questions: losses.questions.iter().cloned().zip(by_question).collect(),
        choices: choices.collect(),
    }
}

/// Returns (path with positions, value) of what was answered.
fn answered(answers: &str) -> Vec<(String, String)> {
    let answers: Vec<serde_json::Value> = serde_json::from_str(answers).unwrap_or_default();
    let text = |it: &serde_json::Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    let pairs = answers.iter().map(|it| (text(it, "reference"), text(it, "value")));
    pairs.filter(|(_, value)| !value.is_empty()).collect()
}

/// Returns `/data/party/p_name` for `/data/party[2]/p_name`.
fn without_positions(reference: &str) -> String {
    let steps = reference.split('/').map(|step| step.split_once('[').map_or(step, |(name, _)| name));
    steps.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_submission_once_whatever_its_repeats() {
        let submission = |pairs: &[(&str, &str)]| {
            let answers = pairs.iter().map(|(reference, value)| {
                serde_json::json!({"reference": reference, "name": "x", "value": value, "control": "input"})
            });
            serde_json::Value::from_iter(answers).to_string()
        };
        let answers = [
            submission(&[("/data/party[1]/who", "a"), ("/data/party[2]/who", "b"), ("/data/home", "yes no")]),
            submission(&[("/data/home", "no"), ("/data/empty", "")]),
        ];
        let losses = Losses {
            questions: vec!["/data/party/who".to_owned(), "/data/empty".to_owned()],
            choices: vec![("/data/home".to_owned(), ["yes", "no", "away"].map(str::to_owned).to_vec())],
        };
        let effects = count(&answers, &losses);
        let counts: Vec<_> = effects.choices.iter().map(|(_, value, n)| (value.as_str(), *n)).collect();
        assert_eq!(counts, [("yes", 1), ("no", 2), ("away", 0)]);
        let counts: Vec<_> = effects.questions.iter().map(|(_, n)| *n).collect();
        assert_eq!(counts, [1, 0]);
    }
}
