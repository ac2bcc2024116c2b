//! Register imports.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::api::auth::Signed;
use crate::api::error::ApiError;
use crate::api::input::{Multipart, Named};
use crate::api::shapes::{ChangeKind, DiagnosticBody, ImportState};
use crate::domain::import::{self, ImportRow, Report};

const MAX_FILE_BYTES: usize = 32 * 1024 * 1024;

/// The parts of an import.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the multipart body")]
pub struct ImportForm {
    /// `.xlsx` or `.csv`.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// `residents`.
    #[schema(value_type = String, required = false)]
    list: Option<String>,
}

/// A new import.
#[derive(Debug, Serialize, ToSchema)]
pub struct BegunBody {
    id: String,
}

/// An import as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportBody {
    id: String,
    #[schema(value_type = ImportState)]
    state: String,
    progress: ProgressBody,
    file_name: String,
    /// Null while the file is being read.
    #[schema(required)]
    summary: Option<SummaryBody>,
    /// The first problems, each with its cell.
    #[schema(value_type = Vec<DiagnosticBody>)]
    problems: Vec<serde_json::Value>,
    n_problems: usize,
    /// The first hundred residents it would add or change.
    changes: Vec<ChangeBody>,
}

/// How far it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressBody {
    done: i64,
    total: i64,
}

/// What it would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummaryBody {
    new: usize,
    changed: usize,
    unchanged: usize,
    bad: usize,
}

/// One resident.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeBody {
    id: String,
    label: String,
    #[schema(value_type = ChangeKind)]
    kind: String,
    fields: Vec<FieldChangeBody>,
}

/// One field.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldChangeBody {
    name: String,
    before: String,
    after: String,
}

/// Takes a register file in; it is read in the background.
#[utoipa::path(post, operation_id = "begin_import", path = "/api/v1/desk/imports", tag = "desk",
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses((status = 202, body = BegunBody), (status = 413, body = super::super::error::ErrorBody)))]
pub async fn begin(
    State(app): State<Arc<App>>,
    signed: Signed,
    mut multipart: Multipart,
) -> Result<Response, ApiError> {
    let (mut list, mut file) = ("residents".to_owned(), None);
    while let Some(part) = multipart.next(|_| (MAX_FILE_BYTES, ApiError::too_large(MAX_FILE_BYTES))).await? {
        match part.name.as_str() {
            "file" => file = Some((part.file_name.unwrap_or_default(), part.bytes)),
            "list" => list = String::from_utf8(part.bytes.to_vec()).map_err(|_| ApiError::malformed())?,
            _ => {}
        }
    }
    let (file_name, bytes) = file.ok_or_else(ApiError::malformed)?;
    let id = import::begin(&app, &signed.account, list, file_name, bytes).await?;
    Ok((StatusCode::ACCEPTED, Json(BegunBody { id })).into_response())
}

/// Returns an import as it stands.
#[utoipa::path(get, operation_id = "read_import", path = "/api/v1/desk/imports/{id}", tag = "desk", params(("id" = String, Path)),
    responses((status = 200, body = ImportBody), (status = 404, body = super::super::error::ErrorBody)))]
pub async fn read(
    State(app): State<Arc<App>>,
    Named(id): Named<String>,
) -> Result<Json<ImportBody>, ApiError> {
    let (row, report) = import::read(&app, id).await?;
    Ok(Json(body(row, report)))
}

/// Applies a previewed import.
#[utoipa::path(post, operation_id = "apply_import", path = "/api/v1/desk/imports/{id}/apply", tag = "desk", params(("id" = String, Path)),
    responses((status = 202), (status = 404, body = super::super::error::ErrorBody), (status = 409, body = super::super::error::ErrorBody)))]
pub async fn apply(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
) -> Result<StatusCode, ApiError> {
    import::apply(&app, &signed.account, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Discards an import.
#[utoipa::path(delete, operation_id = "discard_import", path = "/api/v1/desk/imports/{id}", tag = "desk", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = super::super::error::ErrorBody)))]
pub async fn discard(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
) -> Result<StatusCode, ApiError> {
    import::discard(&app, &signed.account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn body(row: ImportRow, report: Report) -> ImportBody {
    let is_read = row.state != "reading";
    let change = |it: import::Change| ChangeBody {
        id: it.id,
        label: it.label,
        kind: it.kind,
        fields: it
            .fields
            .into_iter()
            .map(|it| FieldChangeBody { name: it.name, before: it.before, after: it.after })
            .collect(),
    };
    ImportBody {
        id: row.id,
        state: row.state,
        progress: ProgressBody { done: row.progress.0, total: row.progress.1 },
        file_name: row.file_name,
        summary: is_read.then_some(SummaryBody {
            new: report.new,
            changed: report.changed,
            unchanged: report.unchanged,
            bad: report.bad,
        }),
        problems: report.problems,
        n_problems: report.n_problems,
        changes: report.changes.into_iter().map(change).collect(),
    }
}
