//! What anybody may ask: whether the server is well, and how its API is described.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::desk::{
    accounts, dashboard, devices as phones, evidence, exports, form_versions, forms as workbooks, handed_in,
    imports, lists, packs, residents, signatures, submissions as review,
};
use super::error::ApiError;
use super::{devices, forms, session, submissions, tasks, uploads};
use crate::App;

/// Whether the server is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthBody {
    status: String,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Doorstep", description = "Visits, review and registers of a community.", license(name = "Apache-2.0")),
    paths(
        healthz, session::sign_in, session::current, session::sign_out, tasks::list, forms::offered, forms::xform,
        forms::csv, devices::enrol, submissions::receive, submissions::mine, uploads::abilities, uploads::create,
        uploads::known, uploads::state, uploads::append, uploads::by_other_name, uploads::terminate, review::list, review::read, evidence::file, evidence::original,
        evidence::hold, evidence::release, review::decide, review::comment, signatures::all, handed_in::take, dashboard::read, residents::list, residents::read, imports::begin, imports::read,
        imports::apply, imports::discard, exports::xlsx, exports::csv, exports::photos, exports::copies, exports::evidence, workbooks::all,
        workbooks::publish, form_versions::history, form_versions::roll_back, form_versions::effects,
        form_versions::workbook, form_versions::xform, lists::names, lists::csv, packs::all, packs::current,
        packs::workbook, packs::publish, packs::roll_back, accounts::all, accounts::grids, phones::all,
        phones::revoke,
    ),
    components(schemas(super::error::ErrorBody)),
    tags((name = "session", description = "Signing in and out"), (name = "volunteer", description = "The phone"),
         (name = "desk", description = "The review desk"))
)]
struct Description;

/// Returns the description as pretty JSON.
#[must_use]
pub fn description_json() -> String {
    Description::openapi().to_pretty_json().unwrap_or_default()
}

/// Returns 200 while the database answers.
#[utoipa::path(get, path = "/healthz", tag = "session", responses((status = 200, body = HealthBody)))]
pub async fn healthz(State(app): State<Arc<App>>) -> Result<Json<HealthBody>, ApiError> {
    crate::domain::audit::head(&app).await?;
    Ok(Json(HealthBody { status: "ok".to_owned() }))
}

/// Returns the OpenAPI description.
pub async fn description() -> ([(axum::http::HeaderName, &'static str); 1], String) {
    ([(axum::http::header::CONTENT_TYPE, "application/json")], description_json())
}
