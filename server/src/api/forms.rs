//! Forms and lists for phones.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Signed;
use super::error::ApiError;
use super::input::Named;
use crate::App;
use crate::blob::hashes::sha256_hex;
use crate::domain::{form, list};

/// A form that the account may fill in.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormBody {
    form_id: String,
    version: String,
    title: String,
    xform_sha256: String,
    /// External lists: instance id and file name.
    lists: Vec<(String, String)>,
    /// Task types that use it.
    task_types: Vec<String>,
}

/// Returns the forms that the account may fill in.
#[utoipa::path(get, operation_id = "forms", path = "/api/v1/forms", tag = "volunteer", responses((status = 200, body = Vec<FormBody>)))]
pub async fn offered(State(app): State<Arc<App>>, signed: Signed) -> Result<Json<Vec<FormBody>>, ApiError> {
    let offered = form::offered(&app, &signed.account).await?;
    let body = |it: form::Offered| FormBody {
        form_id: it.row.form_id,
        version: it.row.version,
        title: it.row.title,
        xform_sha256: it.row.xform_sha256,
        lists: it.lists,
        task_types: it.task_types,
    };
    Ok(Json(offered.into_iter().map(body).collect()))
}

/// Returns one version of a form; it never changes.
#[utoipa::path(get, path = "/api/v1/forms/{form_id}/{version}/xform", tag = "volunteer",
    params(("form_id" = String, Path), ("version" = String, Path)),
    responses((status = 200, content_type = "text/xml", body = String)))]
pub async fn xform(
    State(app): State<Arc<App>>,
    Named((form_id, version)): Named<(String, String)>,
) -> Result<Response, ApiError> {
    let xform = form::xform(&app, form_id, version).await?.ok_or_else(ApiError::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, "text/xml; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
    ];
    Ok((headers, xform).into_response())
}

/// Returns a register list with the rows of the account's grids; no full identity number is ever in it.
#[utoipa::path(get, operation_id = "list_csv", path = "/api/v1/lists/{file_name}", tag = "volunteer", params(("file_name" = String, Path)),
    responses((status = 200, content_type = "text/csv", body = String), (status = 304)))]
pub async fn csv(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(file_name): Named<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let list = file_name.strip_suffix(".csv").ok_or_else(ApiError::not_found)?.to_owned();
    let found = list::phone_csv(&app, &signed.account, list).await?;
    let (text, _) = found.ok_or_else(ApiError::not_found)?;
    let etag = format!("\"{}\"", &sha256_hex(text.as_bytes())[..32]);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::ETAG, etag),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok((headers, text).into_response())
}
