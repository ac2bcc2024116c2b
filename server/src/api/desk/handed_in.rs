//! Visits that come as a file from a phone that could not send them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::api::auth::Signed;
use crate::api::error::ApiError;
use crate::api::input::Multipart;
use crate::api::submissions::ReceiptBody;
use crate::domain::handed_in;

/// The file, as the part `file`.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the multipart body")]
pub struct VisitFileForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// A visit that was handed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandedInBody {
    submission_id: String,
    /// Name of who made the visit.
    volunteer: String,
    receipt: ReceiptBody,
    /// Whether it was stored just now rather than before.
    is_new: bool,
}

/// Takes in a visit that a phone wrote into a file.
#[utoipa::path(post, operation_id = "hand_in", path = "/api/v1/desk/handed-in", tag = "desk",
    request_body(content = VisitFileForm, content_type = "multipart/form-data"),
    responses((status = 200, body = HandedInBody), (status = 409, body = crate::api::error::ErrorBody),
              (status = 413, body = crate::api::error::ErrorBody), (status = 422, body = crate::api::error::ErrorBody)))]
pub async fn take(
    State(app): State<Arc<App>>,
    signed: Signed,
    mut multipart: Multipart,
) -> Result<Json<HandedInBody>, ApiError> {
    let _upload = app.uploads.try_acquire().map_err(|_| ApiError::busy())?;
    let limit = app.config.max_body_bytes;
    let mut file = None;
    while let Some(part) = multipart.next(|_| (limit, ApiError::too_large(limit))).await? {
        if part.name == "file" {
            file = Some(part.bytes);
        }
    }
    let file = file.ok_or_else(ApiError::malformed)?;
    let taken = handed_in::take(&app, Some(&signed.account), &file).await?;
    Ok(Json(HandedInBody {
        submission_id: taken.submission_id,
        volunteer: taken.volunteer,
        is_new: taken.accepted.is_new,
        receipt: taken.accepted.receipt.into(),
    }))
}
