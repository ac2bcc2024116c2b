//! Phones enrol the keys they seal with.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::auth::Signed;
use super::error::ApiError;
use super::input::Valid;
use crate::App;
use crate::domain::device::{self, NewKey};

/// A key to be enrolled.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct EnrolRequest {
    /// The browser's own random name.
    #[validate(length(min = 1, max = 100))]
    device_id: String,
    /// Uncompressed point of P-256, hex.
    #[validate(length(equal = 130))]
    public_key: String,
    /// Signature of the enrolment's bytes with this key, r and s, hex.
    #[validate(length(equal = 128))]
    proof: String,
    /// What people recognise the phone by.
    #[validate(length(max = 400))]
    #[serde(default)]
    label: String,
}

/// An enrolled key.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolledBody {
    /// SHA-256 of the public key.
    key_id: String,
    enrolled_at: i64,
}

/// Enrols a key of this phone; the same again changes nothing.
#[utoipa::path(post, operation_id = "enrol_device", path = "/api/v1/devices", tag = "volunteer",
    request_body = EnrolRequest,
    responses((status = 200, body = EnrolledBody), (status = 409, body = super::error::ErrorBody),
              (status = 422, body = super::error::ErrorBody)))]
pub async fn enrol(
    State(app): State<Arc<App>>,
    signed: Signed,
    Valid(request): Valid<EnrolRequest>,
) -> Result<Json<EnrolledBody>, ApiError> {
    let EnrolRequest { device_id, public_key, proof, label } = request;
    let key = device::enrol(&app, &signed.account, NewKey { device_id, public_key, proof, label }).await?;
    Ok(Json(EnrolledBody { key_id: key.id, enrolled_at: key.enrolled_at }))
}
