//! Exports, sent while they are being written.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::App;
use crate::api::auth::Signed;
use crate::api::error::{self, ApiError};
use crate::api::input::{Asked, Named};
use crate::api::shapes::FileBytes;
use crate::domain::desk::SubmissionFilter;
use crate::domain::export::{self, Chunks, Kind};
use crate::domain::{copies, proof};

/// Which visits.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ExportQuery {
    /// First civil day of the visit, `YYYY-MM-DD`.
    from: Option<String>,
    /// Last civil day.
    to: Option<String>,
    grid: Option<String>,
    /// Review state.
    state: Option<String>,
}

/// Returns the ledger as a workbook.
#[utoipa::path(get, operation_id = "export_ledger_xlsx", path = "/api/v1/desk/exports/ledger.xlsx", tag = "desk", params(ExportQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = FileBytes)))]
pub async fn xlsx(
    State(app): State<Arc<App>>,
    signed: Signed,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, ApiError> {
    let media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    send(&app, &signed, Kind::Xlsx, query, ("ledger.xlsx", media_type)).await
}

/// Returns the ledger as comma-separated text.
#[utoipa::path(get, operation_id = "export_ledger_csv", path = "/api/v1/desk/exports/ledger.csv", tag = "desk", params(ExportQuery),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub async fn csv(
    State(app): State<Arc<App>>,
    signed: Signed,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, ApiError> {
    send(&app, &signed, Kind::Csv, query, ("ledger.csv", "text/csv; charset=utf-8")).await
}

/// Returns the photos of visits, a folder for each.
#[utoipa::path(get, operation_id = "export_photos", path = "/api/v1/desk/exports/photos.zip", tag = "desk", params(ExportQuery),
    responses((status = 200, content_type = "application/zip", body = FileBytes)))]
pub async fn photos(
    State(app): State<Arc<App>>,
    signed: Signed,
    Asked(query): Asked<ExportQuery>,
) -> Result<Response, ApiError> {
    send(&app, &signed, Kind::Photos, query, ("photos.zip", "application/zip")).await
}

/// Returns a visit's pictures as copies that say what they are of and whom they are for; the audit log names this download.
#[utoipa::path(get, operation_id = "export_copies", path = "/api/v1/desk/submissions/{id}/copies.zip", tag = "desk",
    params(("id" = String, Path)),
    responses((status = 200, content_type = "application/zip", body = FileBytes),
              (status = 404, body = super::super::error::ErrorBody), (status = 410, body = super::super::error::ErrorBody)))]
pub async fn copies(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
) -> Result<Response, ApiError> {
    let found = copies::read(&app, &signed.account, id).await?;
    let name = format!("{}-copies.zip", found.row.receipt_number);
    Ok(zip(copies::zip(&app, found), &name))
}

/// Returns one submission as a folder that proves itself, with its files as they arrived; the audit log names this
/// download. Only for those who decide: others get copies.
#[utoipa::path(get, operation_id = "export_evidence", path = "/api/v1/desk/submissions/{id}/evidence.zip", tag = "desk",
    params(("id" = String, Path)),
    responses((status = 200, content_type = "application/zip", body = FileBytes),
              (status = 404, body = super::super::error::ErrorBody)))]
pub async fn evidence(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
) -> Result<Response, ApiError> {
    let proof = proof::read(&app, Some(&signed.account), id).await?;
    let name = format!("{}.zip", proof.row.receipt_number);
    Ok(zip(proof::zip(&app, proof), &name))
}

fn zip(mut chunks: Chunks, file_name: &str) -> Response {
    let stream = futures_util::stream::poll_fn(move |context| chunks.poll_recv(context));
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file_name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, Body::from_stream(stream)).into_response()
}

async fn send(
    app: &Arc<App>,
    signed: &Signed,
    kind: Kind,
    query: ExportQuery,
    (file_name, media_type): (&str, &'static str),
) -> Result<Response, ApiError> {
    let filter = SubmissionFilter {
        from: query.from.unwrap_or_default(),
        to: query.to.unwrap_or_default(),
        grid: query.grid.unwrap_or_default(),
        state: query.state.unwrap_or_default(),
        ..SubmissionFilter::default()
    };
    let mut chunks = export::begin(app, &signed.account, kind, filter, flag_text).await?;
    let stream = futures_util::stream::poll_fn(move |context| chunks.poll_recv(context));
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}-{file_name}\"", app.today())),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

fn flag_text(code: &str) -> String {
    error::text("zh-CN", code, &BTreeMap::new())
}
