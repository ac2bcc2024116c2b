//! The versions of a form: history, going back, downloads, and what a change does to what was stored.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::forms::PublishedBody;
use crate::App;
use crate::api::auth::Signed;
use crate::api::error::ApiError;
use crate::api::input::{Named, Valid};
use crate::api::shapes::{FileBytes, FormEventKind};
use crate::domain::form;
use crate::domain::form_version::{self, Losses};

/// Longest note of a publisher, in characters.
const MAX_NOTE: usize = 500;

/// A form with all its versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormHistoryBody {
    form_id: String,
    /// Unfinished tasks that use the form.
    n_tasks: i64,
    /// Newest first.
    versions: Vec<PublishedBody>,
    /// Newest first.
    events: Vec<FormEventBody>,
}

/// A version that became current.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormEventBody {
    at: i64,
    by_name: String,
    #[schema(value_type = FormEventKind)]
    kind: String,
    version: String,
    note: String,
}

/// Which version to go back to.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct RollBackRequest {
    #[validate(length(min = 1, max = 100))]
    version: String,
    /// Why.
    #[serde(default)]
    note: String,
}

/// What a new version takes away.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct EffectsRequest {
    /// Paths of questions that go, without positions.
    #[validate(length(max = 5_000))]
    questions: Vec<String>,
    /// Values that can no longer be chosen.
    #[validate(length(max = 5_000))]
    choices: Vec<ChoicesBody>,
}

/// Values of a question.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct ChoicesBody {
    reference: String,
    values: Vec<String>,
}

/// What that concerns of what was stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct EffectsBody {
    /// Unfinished tasks that use the form.
    n_tasks: i64,
    /// Submissions of the form.
    n_submissions: i64,
    /// In the order asked.
    questions: Vec<AnsweredBody>,
    /// In the order asked.
    choices: Vec<ChosenBody>,
}

/// Submissions that answer a question.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnsweredBody {
    reference: String,
    n_submissions: i64,
}

/// Submissions in which a value was chosen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChosenBody {
    reference: String,
    value: String,
    n_submissions: i64,
}

/// Returns the versions of a form and who made which current.
#[utoipa::path(get, operation_id = "desk_form", path = "/api/v1/desk/forms/{form_id}", tag = "desk", params(("form_id" = String, Path)),
    responses((status = 200, body = FormHistoryBody), (status = 404, body = super::super::error::ErrorBody)))]
pub async fn history(
    State(app): State<Arc<App>>,
    Named(form_id): Named<String>,
) -> Result<Json<FormHistoryBody>, ApiError> {
    let history = form_version::history(&app, form_id.clone()).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(body(form_id, history)))
}

fn body(form_id: String, history: form_version::History) -> FormHistoryBody {
    let event = |it: form::FormEventRow| FormEventBody {
        at: it.at,
        by_name: it.by_name,
        kind: it.kind,
        version: it.version,
        note: it.note,
    };
    let n_tasks = history.n_tasks;
    FormHistoryBody {
        form_id,
        n_tasks,
        versions: history.versions.into_iter().map(|row| PublishedBody::new(row, n_tasks)).collect(),
        events: history.events.into_iter().map(event).collect(),
    }
}

/// Makes an earlier version current again; phones get it when they are next online.
#[utoipa::path(post, operation_id = "roll_back_form", path = "/api/v1/desk/forms/{form_id}/current", tag = "desk",
    params(("form_id" = String, Path)), request_body = RollBackRequest,
    responses((status = 200, body = FormHistoryBody), (status = 422, body = super::super::error::ErrorBody)))]
pub async fn roll_back(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(form_id): Named<String>,
    Valid(request): Valid<RollBackRequest>,
) -> Result<Json<FormHistoryBody>, ApiError> {
    let note = note(&request.note);
    form_version::roll_back(&app, &signed.account, form_id.clone(), request.version, note).await?;
    let history = form_version::history(&app, form_id.clone()).await?.ok_or_else(ApiError::not_found)?;
    Ok(Json(body(form_id, history)))
}

/// Returns how many stored answers a new version's losses concern.
#[utoipa::path(post, operation_id = "form_effects", path = "/api/v1/desk/forms/{form_id}/effects", tag = "desk",
    params(("form_id" = String, Path)), request_body = EffectsRequest, responses((status = 200, body = EffectsBody)))]
pub async fn effects(
    State(app): State<Arc<App>>,
    Named(form_id): Named<String>,
    Valid(request): Valid<EffectsRequest>,
) -> Result<Json<EffectsBody>, ApiError> {
    let choices = request.choices.into_iter().map(|it| (it.reference, it.values)).collect();
    let effects =
        form_version::effects(&app, form_id, Losses { questions: request.questions, choices }).await?;
    let answered = |(reference, n_submissions)| AnsweredBody { reference, n_submissions };
    let chosen = |(reference, value, n_submissions)| ChosenBody { reference, value, n_submissions };
    Ok(Json(EffectsBody {
        n_tasks: effects.n_tasks,
        n_submissions: effects.n_submissions,
        questions: effects.questions.into_iter().map(answered).collect(),
        choices: effects.choices.into_iter().map(chosen).collect(),
    }))
}

/// Returns the workbook that a version was made from.
#[utoipa::path(get, operation_id = "form_workbook", path = "/api/v1/desk/forms/{form_id}/{version}/workbook", tag = "desk",
    params(("form_id" = String, Path), ("version" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = FileBytes),
              (status = 404, body = super::super::error::ErrorBody)))]
pub async fn workbook(
    State(app): State<Arc<App>>,
    Named((form_id, version)): Named<(String, String)>,
) -> Result<Response, ApiError> {
    let found = form_version::workbook(&app, form_id, version.clone()).await?;
    let (name, bytes) = found.ok_or_else(ApiError::not_found)?;
    let name = match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}-{version}.{ending}"),
        None => format!("{name}-{version}"),
    };
    Ok(download(&name, "application/octet-stream", bytes))
}

/// Returns the XForm of a version as a file.
#[utoipa::path(get, operation_id = "form_xform", path = "/api/v1/desk/forms/{form_id}/{version}/xform", tag = "desk",
    params(("form_id" = String, Path), ("version" = String, Path)),
    responses((status = 200, content_type = "text/xml", body = String),
              (status = 404, body = super::super::error::ErrorBody)))]
pub async fn xform(
    State(app): State<Arc<App>>,
    Named((form_id, version)): Named<(String, String)>,
) -> Result<Response, ApiError> {
    let name = format!("{form_id}-{version}.xml");
    let xform = form::xform(&app, form_id, version).await?.ok_or_else(ApiError::not_found)?;
    Ok(download(&name, "text/xml; charset=utf-8", xform.into()))
}

/// Returns a file to be kept; its name is told in plain letters too, for browsers that read no others.
fn download(name: &str, media_type: &'static str, bytes: Bytes) -> Response {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_');
    let plain: String = name.chars().map(|it| if is_plain(it) { it } else { '_' }).collect();
    let encoded: String = name
        .bytes()
        .map(|it| if is_plain(char::from(it)) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect();
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// Returns what a publisher noted, without blanks around it and not too long.
pub(super) fn note(text: &str) -> String {
    text.trim().chars().take(MAX_NOTE).collect()
}
