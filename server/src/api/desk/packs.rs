//! Publishing packs: forms, task types, calendar, roles and cards as one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use wasm_forms::Diagnostic;

use crate::App;
use crate::api::auth::Signed;
use crate::api::error::ApiError;
use crate::api::input::{Multipart, Named, Valid};
use crate::api::shapes::{DiagnosticBody, FileBytes, FormEventKind};
use crate::domain::calendar;
use crate::domain::pack::{self, Checked, PackRow};
use crate::domain::pack_version::{self, Comparison, FormChange, PackEventRow};
use crate::pack::{Files, RowChange};

const MAX_PACK_BYTES: usize = 32 * 1024 * 1024;

/// A pack that was published.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedPackBody {
    id: String,
    /// Of its tables.
    sha256: String,
    /// Milliseconds UTC.
    published_at: i64,
    by_name: String,
    /// Whether the server works by it.
    current: bool,
}

/// The pack in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct CurrentPackBody {
    pack: PublishedPackBody,
    n_task_types: usize,
    n_outcomes: usize,
    n_roles: usize,
    n_cards: usize,
    /// Register lists that forms and tasks can name.
    lists: Vec<String>,
    /// Last day up to which the public holidays are known; null where no year is complete.
    #[schema(required)]
    calendar_until: Option<String>,
    /// What there is to warn of today: a calendar that ends, roles that nobody holds.
    #[schema(value_type = Vec<DiagnosticBody>)]
    diagnostics: Vec<Diagnostic>,
    /// Who made which pack current, newest first.
    events: Vec<PackEventBody>,
}

/// A pack that became current.
#[derive(Debug, Serialize, ToSchema)]
pub struct PackEventBody {
    at: i64,
    by_name: String,
    #[schema(value_type = FormEventKind)]
    kind: String,
    pack_id: String,
    note: String,
}

/// Whether to go back to a pack, or only to look.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct PackRollBackRequest {
    /// `true` to look without going back.
    #[serde(default)]
    dry_run: bool,
    /// Why.
    #[serde(default)]
    #[validate(length(max = 2000))]
    note: String,
}

/// What going back to a pack changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct PackRollBackBody {
    changes: PackChangesBody,
    /// Warnings, and in a look errors that keep it from coming back, each with its cell.
    #[schema(value_type = Vec<DiagnosticBody>)]
    diagnostics: Vec<Diagnostic>,
}

/// What another pack does otherwise than the one in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct PackChangesBody {
    /// Rows of its sheets.
    rows: Vec<RowChange>,
    /// Forms that get another version.
    forms: Vec<PackFormChangeBody>,
    /// Unfinished tasks that go to sleep: the pack does not have their type.
    asleep: Vec<SleepingBody>,
    /// Unfinished tasks that wake: the pack has their type again.
    awake: Vec<SleepingBody>,
}

/// A form that gets another version.
#[derive(Debug, Serialize, ToSchema)]
pub struct PackFormChangeBody {
    form_id: String,
    /// Empty where the form is new.
    before: String,
    after: String,
}

/// Tasks of a type.
#[derive(Debug, Serialize, ToSchema)]
pub struct SleepingBody {
    task_type: String,
    n: i64,
}

/// The parts of a publication.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the multipart body")]
pub struct PackForm {
    /// `.zip` of the pack's folder, or `tasks.xlsx` alone where forms and lists stay as they are.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// `true` to look without publishing.
    #[schema(value_type = String, required = false)]
    dry_run: Option<String>,
}

/// What a pack is.
#[derive(Debug, Serialize, ToSchema)]
pub struct PackBody {
    /// Id of the published pack; null where it was only looked at.
    #[schema(required)]
    id: Option<String>,
    /// Its forms.
    forms: Vec<PackFormBody>,
    n_task_types: usize,
    n_outcomes: usize,
    n_roles: usize,
    n_cards: usize,
    /// Its register lists, by name.
    lists: Vec<String>,
    /// Last day up to which the public holidays are known; null where no year is complete.
    #[schema(required)]
    calendar_until: Option<String>,
    /// What it does otherwise than the pack in force.
    changes: PackChangesBody,
    /// Warnings, each with its cell.
    #[schema(value_type = Vec<DiagnosticBody>)]
    diagnostics: Vec<Diagnostic>,
}

/// A form of a pack.
#[derive(Debug, Serialize, ToSchema)]
pub struct PackFormBody {
    /// Its workbook.
    file: String,
    form_id: String,
    version: String,
    title: String,
    /// Task types that use it.
    task_types: Vec<String>,
}

/// Returns every published pack, newest first.
#[utoipa::path(get, operation_id = "packs", path = "/api/v1/desk/packs", tag = "desk", responses((status = 200, body = Vec<PublishedPackBody>)))]
pub async fn all(State(app): State<Arc<App>>) -> Result<Json<Vec<PublishedPackBody>>, ApiError> {
    Ok(Json(pack::all(&app).await?.into_iter().map(published).collect()))
}

/// Returns the pack in force.
#[utoipa::path(get, operation_id = "current_pack", path = "/api/v1/desk/packs/current", tag = "desk", responses((status = 200, body = CurrentPackBody)))]
pub async fn current(State(app): State<Arc<App>>) -> Result<Json<CurrentPackBody>, ApiError> {
    let (row, pack, diagnostics) = pack::current(&app).await?;
    let (_, events) = pack_version::history(&app).await?;
    Ok(Json(CurrentPackBody {
        pack: published(row),
        n_task_types: pack.tasks.len(),
        n_outcomes: pack.outcomes.len(),
        n_roles: pack.roles.len(),
        n_cards: pack.cards.len(),
        lists: app.task_types().lists().to_vec(),
        calendar_until: pack.calendar.covered_until().map(calendar::text),
        diagnostics,
        events: events.into_iter().map(event).collect(),
    }))
}

fn event(it: PackEventRow) -> PackEventBody {
    PackEventBody { at: it.at, by_name: it.by_name, kind: it.kind, pack_id: it.pack_id, note: it.note }
}

/// Works by an earlier pack again, with the forms of its time; or tells what that would change.
#[utoipa::path(post, operation_id = "roll_back_pack", path = "/api/v1/desk/packs/{id}/current", tag = "desk",
    params(("id" = String, Path)), request_body = PackRollBackRequest,
    responses((status = 200, body = PackRollBackBody), (status = 404, body = super::super::error::ErrorBody),
              (status = 422, body = super::super::error::ErrorBody)))]
pub async fn roll_back(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
    Valid(request): Valid<PackRollBackRequest>,
) -> Result<Json<PackRollBackBody>, ApiError> {
    let (comparison, diagnostics) = pack_version::look(&app, id.clone()).await?;
    if !request.dry_run {
        let note = super::form_versions::note(&request.note);
        pack_version::roll_back(&app, pack_version::by(&signed.account), id, note).await?;
    }
    Ok(Json(PackRollBackBody { changes: changes(comparison), diagnostics }))
}

fn changes(it: Comparison) -> PackChangesBody {
    let sleeping = |(task_type, n)| SleepingBody { task_type, n };
    let form =
        |it: FormChange| PackFormChangeBody { form_id: it.form_id, before: it.before, after: it.after };
    PackChangesBody {
        rows: it.rows,
        forms: it.forms.into_iter().map(form).collect(),
        asleep: it.asleep.into_iter().map(sleeping).collect(),
        awake: it.awake.into_iter().map(sleeping).collect(),
    }
}

/// Publishes a pack, or tells everything that is wrong with it.
#[utoipa::path(post, operation_id = "publish_pack", path = "/api/v1/desk/packs", tag = "desk",
    request_body(content = PackForm, content_type = "multipart/form-data"),
    responses((status = 200, body = PackBody), (status = 413, body = super::super::error::ErrorBody),
              (status = 422, body = super::super::error::ErrorBody)))]
pub async fn publish(
    State(app): State<Arc<App>>,
    signed: Signed,
    mut multipart: Multipart,
) -> Result<Json<PackBody>, ApiError> {
    let (mut is_dry_run, mut file) = (false, None);
    while let Some(part) = multipart.next(|_| (MAX_PACK_BYTES, ApiError::too_large(MAX_PACK_BYTES))).await? {
        match part.name.as_str() {
            "file" => file = Some(part.bytes),
            "dry_run" => is_dry_run = part.bytes.as_ref() == b"true",
            _ => {}
        }
    }
    let bytes = file.ok_or_else(ApiError::malformed)?;
    let unpacked = tokio::task::spawn_blocking(move || Files::zip(&bytes)).await;
    let files = unpacked.map_err(ApiError::internal)?.map_err(|it| pack::PackError::Refused(vec![it]))?;
    let checked = pack::check(&app, files).await?;
    let mut body = body(&checked, pack_version::of_checked(&app, &checked).await?);
    if !is_dry_run {
        body.id = Some(pack::publish(&app, checked, (signed.account.id, signed.account.name)).await?);
    }
    Ok(Json(body))
}

/// Returns `tasks.xlsx` of the pack in force, to be changed and published again.
#[utoipa::path(get, operation_id = "current_pack_xlsx", path = "/api/v1/desk/packs/current/tasks.xlsx", tag = "desk",
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = FileBytes)))]
pub async fn workbook(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, ApiError> {
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"tasks.xlsx\""),
    ];
    Ok((headers, pack::workbook(&app, &signed.account).await?).into_response())
}

fn published(row: PackRow) -> PublishedPackBody {
    PublishedPackBody {
        id: row.id,
        sha256: row.sha256,
        published_at: row.published_at,
        by_name: row.by_name,
        current: row.is_current,
    }
}

fn body(checked: &Checked, comparison: Comparison) -> PackBody {
    let pack = &checked.pack;
    let form = |it: &crate::pack::PackForm| {
        let form = &it.conversion;
        let types = pack.tasks.iter().filter(|task| task.row.get("form") == form.form_id);
        PackFormBody {
            file: it.file.clone(),
            form_id: form.form_id.clone(),
            version: form.version.clone(),
            title: form.title().to_owned(),
            task_types: types.map(|it| it.id.clone()).collect(),
        }
    };
    PackBody {
        id: None,
        forms: pack.forms.iter().map(form).collect(),
        n_task_types: pack.tasks.len(),
        n_outcomes: pack.outcomes.len(),
        n_roles: pack.roles.len(),
        n_cards: pack.cards.len(),
        lists: pack.lists.iter().map(|it| it.name.clone()).collect(),
        calendar_until: pack.calendar.covered_until().map(calendar::text),
        changes: changes(comparison),
        diagnostics: checked.diagnostics.clone(),
    }
}
