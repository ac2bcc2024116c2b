//! The phones that seal visits: whose, since when, and the way to revoke a key.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::api::auth::Signed;
use crate::api::error::ApiError;
use crate::api::input::Named;
use crate::domain::device::{self, KeyRow};

/// A phone's key.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceBody {
    /// SHA-256 of the public key.
    key_id: String,
    account_id: String,
    account_name: String,
    /// The browser's own random name.
    device_id: String,
    label: String,
    enrolled_at: i64,
    /// Highest number of a seal that has come.
    n_sealed: i64,
    /// Null while the key holds.
    #[schema(required)]
    revoked_at: Option<i64>,
    revoked_by: String,
}

/// Returns every key, newest first.
#[utoipa::path(get, operation_id = "desk_devices", path = "/api/v1/desk/devices", tag = "desk",
    responses((status = 200, body = Vec<DeviceBody>)))]
pub async fn all(State(app): State<Arc<App>>) -> Result<Json<Vec<DeviceBody>>, ApiError> {
    let body = |(key, account_name): (KeyRow, String)| DeviceBody {
        key_id: key.id,
        account_id: key.account_id,
        account_name,
        device_id: key.device_id,
        label: key.label,
        enrolled_at: key.enrolled_at,
        n_sealed: key.head_counter,
        revoked_at: (key.revoked_at > 0).then_some(key.revoked_at),
        revoked_by: key.revoked_by,
    };
    Ok(Json(device::all(&app).await?.into_iter().map(body).collect()))
}

/// Revokes a key: what it seals is flagged from now on.
#[utoipa::path(post, operation_id = "revoke_device", path = "/api/v1/desk/devices/{id}/revoke", tag = "desk",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = super::super::error::ErrorBody)))]
pub async fn revoke(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
) -> Result<StatusCode, ApiError> {
    device::revoke(&app, &signed.account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
