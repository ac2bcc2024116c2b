//! Who works here and which grids there are, for the desk's filters.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::api::error::ApiError;
use crate::api::shapes::Role;
use crate::domain::{account, list};

/// Somebody who works here.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColleagueBody {
    id: String,
    name: String,
    #[schema(value_type = Role)]
    role: String,
    grids: Vec<String>,
}

/// A grid.
#[derive(Debug, Serialize, ToSchema)]
pub struct GridBody {
    grid: String,
    label: String,
}

/// Returns everybody with an account.
#[utoipa::path(get, operation_id = "desk_accounts", path = "/api/v1/desk/accounts", tag = "desk", responses((status = 200, body = Vec<ColleagueBody>)))]
pub async fn all(State(app): State<Arc<App>>) -> Result<Json<Vec<ColleagueBody>>, ApiError> {
    let body = |it: account::Account| ColleagueBody {
        id: it.id,
        name: it.name,
        role: it.role.as_str().to_owned(),
        grids: it.grids,
    };
    Ok(Json(account::all(&app).await?.into_iter().map(body).collect()))
}

/// Returns the grids of the community.
#[utoipa::path(get, operation_id = "desk_grids", path = "/api/v1/desk/grids", tag = "desk", responses((status = 200, body = Vec<GridBody>)))]
pub async fn grids(State(app): State<Arc<App>>) -> Result<Json<Vec<GridBody>>, ApiError> {
    let grids = list::grids(&app).await?;
    Ok(Json(grids.into_iter().map(|(grid, label)| GridBody { grid, label }).collect()))
}
