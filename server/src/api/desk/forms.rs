//! Publishing workbooks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use wasm_forms::Diagnostic;

use crate::App;
use crate::api::auth::Signed;
use crate::api::error::ApiError;
use crate::api::input::Multipart;
use crate::api::shapes::DiagnosticBody;
use crate::domain::form::{self, Conversion, FormRow};

const MAX_WORKBOOK_BYTES: usize = 8 * 1024 * 1024;

/// A published version.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedBody {
    form_id: String,
    version: String,
    title: String,
    published_at: i64,
    by_name: String,
    /// Unfinished tasks that use the form.
    n_tasks: i64,
    /// Whether new visits use it.
    current: bool,
    xform_sha256: String,
    /// Whether the workbook it was made from can be downloaded.
    has_workbook: bool,
    /// What the publisher noted.
    note: String,
}

impl PublishedBody {
    pub(super) fn new(row: FormRow, n_tasks: i64) -> PublishedBody {
        PublishedBody {
            n_tasks: if row.is_current { n_tasks } else { 0 },
            current: row.is_current,
            has_workbook: !row.workbook_sha256.is_empty(),
            form_id: row.form_id,
            version: row.version,
            title: row.title,
            published_at: row.published_at,
            by_name: row.by_name,
            xform_sha256: row.xform_sha256,
            note: row.note,
        }
    }
}

/// The parts of a publication.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the multipart body")]
pub struct WorkbookForm {
    /// `.xlsx` and what else the converter reads.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What is new, for whoever reads the history.
    #[schema(required = false)]
    note: Option<String>,
    /// `true` to look without publishing.
    #[schema(value_type = String, required = false)]
    dry_run: Option<String>,
}

/// What a workbook is.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkbookBody {
    form_id: String,
    version: String,
    /// Warnings.
    #[schema(value_type = Vec<DiagnosticBody>)]
    diagnostics: Vec<Diagnostic>,
}

/// Returns every published version.
#[utoipa::path(get, operation_id = "desk_forms", path = "/api/v1/desk/forms", tag = "desk", responses((status = 200, body = Vec<PublishedBody>)))]
pub async fn all(State(app): State<Arc<App>>) -> Result<Json<Vec<PublishedBody>>, ApiError> {
    let rows = form::all(&app).await?.into_iter();
    Ok(Json(rows.map(|(row, n_tasks)| PublishedBody::new(row, n_tasks)).collect()))
}

/// Publishes a workbook, or tells everything that is wrong with it.
#[utoipa::path(post, operation_id = "publish_form", path = "/api/v1/desk/forms", tag = "desk",
    request_body(content = WorkbookForm, content_type = "multipart/form-data"),
    responses((status = 200, body = WorkbookBody), (status = 409, body = super::super::error::ErrorBody),
              (status = 422, body = super::super::error::ErrorBody)))]
pub async fn publish(
    State(app): State<Arc<App>>,
    signed: Signed,
    mut multipart: Multipart,
) -> Result<Json<WorkbookBody>, ApiError> {
    let (mut is_dry_run, mut file, mut note) = (false, None, String::new());
    while let Some(part) =
        multipart.next(|_| (MAX_WORKBOOK_BYTES, ApiError::too_large(MAX_WORKBOOK_BYTES))).await?
    {
        match part.name.as_str() {
            "file" => file = Some((part.file_name.unwrap_or_default(), part.bytes)),
            "dry_run" => is_dry_run = part.bytes.as_ref() == b"true",
            "note" => note = super::form_versions::note(&String::from_utf8_lossy(&part.bytes)),
            _ => {}
        }
    }
    let (file_name, bytes) = file.ok_or_else(ApiError::malformed)?;
    let stem = file_name.rsplit_once('.').map_or(file_name.as_str(), |(stem, _)| stem).to_owned();
    let registers = app.task_types().lists().to_vec();
    let converted = tokio::task::spawn_blocking(move || form::convert(&bytes, &stem, &registers)).await;
    let mut conversion: Conversion = converted.map_err(ApiError::internal)??;
    conversion.file_name = file_name;
    conversion.note = note;
    let body = WorkbookBody {
        form_id: conversion.form_id.clone(),
        version: conversion.version.clone(),
        diagnostics: conversion.diagnostics.clone(),
    };
    if !is_dry_run {
        form::publish(&app, conversion, (signed.account.id, signed.account.name)).await?;
    }
    Ok(Json(body))
}
