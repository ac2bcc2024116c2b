//! What is known of a visit's files at the desk: what was found on pictures, where else they were seen, how long they
//! stay; the files as they arrived; holding them back from deletion.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use wasm_forms::evidence::photo::Likeness;

use crate::App;
use crate::api::auth::Signed;
use crate::api::error::ApiError;
use crate::api::input::{Asked, Named, Valid};
use crate::api::shapes::{FileBytes, KeepingKind, PictureExtra};
use crate::domain::calendar;
use crate::domain::desk::AttachmentRow;
use crate::domain::desk_files::{self, Drawing, Evidence, MatchRow};
use crate::domain::photo::PhotoNote;
use crate::domain::retention::{self, Keeping};

/// What was found on a picture.
#[derive(Debug, Serialize, ToSchema)]
pub struct PictureBody {
    /// When it was compared with all others, milliseconds UTC; null while that is still to be done.
    #[schema(required)]
    looked_at: Option<i64>,
    /// Fingerprint of what it shows, 16 hex digits; null where it has none.
    #[schema(required)]
    likeness: Option<String>,
    /// From 0 (nothing is sharp) to 1000; null for what is no photo or cannot be decoded.
    #[schema(required)]
    sharpness: Option<i64>,
    /// Mean brightness, from 0 to 255; null likewise.
    #[schema(required)]
    brightness: Option<i64>,
    /// What its file tells beside the picture.
    #[schema(value_type = Vec<PictureExtra>)]
    extras: Vec<String>,
    /// Bytes in its file that belong to no picture.
    n_stray_bytes: i64,
    /// What the phone said of it; null where it said nothing.
    #[schema(required)]
    note: Option<PictureNoteBody>,
    /// Pictures of other visits that it is like, the same file first, then nearest first.
    matches: Vec<MatchBody>,
}

/// What the phone said of a photo.
#[derive(Debug, Serialize, ToSchema)]
pub struct PictureNoteBody {
    /// By the phone's clock, milliseconds UTC.
    #[schema(required)]
    taken_at: Option<i64>,
    /// Codes of what the volunteer was told.
    findings: Vec<String>,
    /// Why it was kept all the same; may be empty.
    reason: String,
}

/// A picture of another visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchBody {
    submission_id: String,
    /// File name.
    name: String,
    /// Whom that visit was about.
    label: String,
    /// Who visited.
    volunteer: String,
    visited_at: i64,
    /// Whether the files are the same byte by byte.
    is_same_file: bool,
    /// In how many of 64 bits what they show differs.
    n_bits: i64,
    /// When the other picture was deleted, milliseconds UTC; null where it is there.
    #[schema(required)]
    erased_at: Option<i64>,
}

/// How long a visit's files stay.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeepingBody {
    #[schema(value_type = KeepingKind)]
    kind: &'static str,
    /// The day of deletion, `YYYY-MM-DD`; null unless `kind` is `until`.
    #[schema(required)]
    until: Option<String>,
    /// Milliseconds UTC; null unless `kind` is `erased`.
    #[schema(required)]
    erased_at: Option<i64>,
}

/// Returns what was found on a file; none where it is no picture.
pub fn picture(evidence: &Evidence, file: &AttachmentRow) -> Option<PictureBody> {
    if !file.media_type.starts_with("image/") {
        return None;
    }
    let found = evidence.photos.iter().find(|it| it.name == file.name);
    let matches = evidence.matches.iter().filter(|it| it.name == file.name);
    Some(PictureBody {
        looked_at: found.map(|it| it.looked_at).filter(|it| *it > 0),
        likeness: found.and_then(|it| it.likeness).map(|it| Likeness(it).to_string()),
        sharpness: found.and_then(|it| it.sharpness),
        brightness: found.and_then(|it| it.brightness),
        extras: found.map_or("", |it| it.extras.as_str()).split_whitespace().map(str::to_owned).collect(),
        n_stray_bytes: found.map_or(0, |it| it.n_stray),
        note: evidence.notes.get(&file.name).and_then(Option::as_ref).map(note),
        matches: matches.map(matched).collect(),
    })
}

fn note(it: &PhotoNote) -> PictureNoteBody {
    PictureNoteBody { taken_at: it.taken_at_ms, findings: it.findings.clone(), reason: it.reason.clone() }
}

fn matched(it: &MatchRow) -> MatchBody {
    MatchBody {
        submission_id: it.other.submission_id.clone(),
        name: it.other.name.clone(),
        label: it.label.clone(),
        volunteer: it.account_name.clone(),
        visited_at: it.visited_at,
        is_same_file: it.is_same_file,
        n_bits: it.n_bits,
        erased_at: it.erased_at,
    }
}

/// Returns how long files stay.
pub fn keeping(it: &Keeping) -> KeepingBody {
    let (kind, until, erased_at) = match it {
        Keeping::Always => ("always", None, None),
        Keeping::Until(day) => ("until", Some(calendar::text(*day)), None),
        Keeping::Held => ("held", None, None),
        Keeping::Erased(at) => ("erased", None, Some(*at)),
    };
    KeepingBody { kind, until, erased_at }
}

/// Which size of a file.
#[derive(Debug, Deserialize, IntoParams)]
pub struct FileQuery {
    /// `thumb` for a small picture; `svg` or `png` for the picture of a signature's strokes.
    size: Option<String>,
}

/// Returns a file; of a picture a clean copy, which shows the same and tells nothing else. Who does not decide gets it drawn
/// anew, with a mark that tells which visit it is of and who got it.
#[utoipa::path(get, operation_id = "desk_attachment", path = "/api/v1/desk/submissions/{id}/attachments/{name}", tag = "desk",
    params(("id" = String, Path), ("name" = String, Path), FileQuery),
    responses((status = 200, content_type = "application/octet-stream", body = FileBytes),
              (status = 404, body = super::super::error::ErrorBody), (status = 409, body = super::super::error::ErrorBody),
              (status = 410, body = super::super::error::ErrorBody)))]
pub async fn file(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(key): Named<(String, String)>,
    Asked(query): Asked<FileQuery>,
) -> Result<Response, ApiError> {
    let (row, bytes) = match query.size.as_deref() {
        Some("thumb") => desk_files::thumbnail(&app, &signed.account, key).await?,
        Some("svg") => desk_files::drawn(&app, &signed.account, key, Drawing::Svg).await?,
        Some("png") => desk_files::drawn(&app, &signed.account, key, Drawing::Png).await?,
        _ => desk_files::file(&app, &signed.account, key).await?,
    };
    let headers = [
        (header::CONTENT_TYPE, row.media_type),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::CONTENT_DISPOSITION, "inline".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// Returns a file as it arrived, byte by byte; the audit log names this download.
#[utoipa::path(get, operation_id = "desk_original", path = "/api/v1/desk/submissions/{id}/attachments/{name}/original", tag = "desk",
    params(("id" = String, Path), ("name" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = FileBytes),
              (status = 404, body = super::super::error::ErrorBody), (status = 410, body = super::super::error::ErrorBody)))]
pub async fn original(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(key): Named<(String, String)>,
) -> Result<Response, ApiError> {
    let (_, bytes) = desk_files::original(&app, &signed.account, key).await?;
    // Nothing of it is shown: it is whatever somebody sent.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::CONTENT_DISPOSITION, "attachment"),
    ];
    Ok((headers, bytes).into_response())
}

/// Why files are held, or no longer.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct HoldRequest {
    #[validate(length(max = 2000))]
    reason: String,
}

/// Holds a visit's files back from deletion.
#[utoipa::path(post, operation_id = "hold_evidence", path = "/api/v1/desk/submissions/{id}/hold", tag = "desk", params(("id" = String, Path)),
    request_body = HoldRequest,
    responses((status = 204), (status = 404, body = super::super::error::ErrorBody),
              (status = 410, body = super::super::error::ErrorBody), (status = 422, body = super::super::error::ErrorBody)))]
pub async fn hold(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
    Valid(request): Valid<HoldRequest>,
) -> Result<StatusCode, ApiError> {
    retention::hold(&app, &signed.account, id, request.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Releases a visit's files: from now on their time counts again.
#[utoipa::path(post, operation_id = "release_evidence", path = "/api/v1/desk/submissions/{id}/release", tag = "desk", params(("id" = String, Path)),
    request_body = HoldRequest,
    responses((status = 204), (status = 404, body = super::super::error::ErrorBody),
              (status = 410, body = super::super::error::ErrorBody), (status = 422, body = super::super::error::ErrorBody)))]
pub async fn release(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
    Valid(request): Valid<HoldRequest>,
) -> Result<StatusCode, ApiError> {
    retention::release(&app, &signed.account, id, request.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
