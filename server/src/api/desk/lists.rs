//! Register lists to try a form with, in the shape that phones get them: no full identity number is ever in one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;
use crate::api::auth::Signed;
use crate::api::error::ApiError;
use crate::api::input::{Asked, Named};
use crate::domain::{form, list};

/// A register that forms can read.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisterNameBody {
    /// Instance id; the file is `{list}.csv`.
    list: String,
    /// Names that forms give to the question for a row of it, the likeliest first.
    subject_names: Vec<String>,
}

/// Whose phone it is to be like.
#[derive(Debug, Deserialize, IntoParams)]
pub struct GridQuery {
    /// The grid of the phone.
    grid: String,
}

/// Returns the registers that forms can read.
#[utoipa::path(get, operation_id = "desk_lists", path = "/api/v1/desk/lists", tag = "desk", responses((status = 200, body = Vec<RegisterNameBody>)))]
pub async fn names(State(app): State<Arc<App>>) -> Json<Vec<RegisterNameBody>> {
    let body = |list: &String| RegisterNameBody {
        list: list.clone(),
        subject_names: form::subject_names(list).iter().map(|it| (*it).to_owned()).collect(),
    };
    Json(app.task_types().lists().iter().map(body).collect())
}

/// Returns a list as a phone of one grid gets it; the audit log has that it was read.
#[utoipa::path(get, operation_id = "desk_list_csv", path = "/api/v1/desk/lists/{file_name}", tag = "desk",
    params(("file_name" = String, Path), GridQuery),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = super::super::error::ErrorBody)))]
pub async fn csv(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(file_name): Named<String>,
    Asked(query): Asked<GridQuery>,
) -> Result<Response, ApiError> {
    let name = file_name.strip_suffix(".csv").ok_or_else(ApiError::not_found)?.to_owned();
    let found = list::desk_csv(&app, &signed.account, name, query.grid).await?;
    let (text, _) = found.ok_or_else(ApiError::not_found)?;
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, text).into_response())
}
