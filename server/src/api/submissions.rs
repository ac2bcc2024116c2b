//! Submissions from phones.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Signed;
use super::error::ApiError;
use super::input::{Asked, Multipart, cursor, page_size, read_cursor};
use super::shapes::{ReviewState, SealPart};
use crate::App;
use crate::domain::desk::{self, SubmissionRow};
use crate::domain::evidence;
use crate::domain::intake::{self, MAX_FILES, MAX_XML_BYTES, Upload};
use crate::domain::receipt::Receipt;
use crate::domain::upload::is_sha256;

const MAX_SEAL_BYTES: usize = 256 * 1024;
const MAX_NOTES_BYTES: usize = 256 * 1024;
/// The part that names files sent before.
const UPLOADED: &str = "uploaded";
const MAX_UPLOADED_BYTES: usize = 64 * 1024;

/// What the phone keeps of a delivered visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptBody {
    /// E.g. `20261121-K7Q2M9`.
    number: String,
    instance_id: String,
    received_at: i64,
    /// SHA-256 of the seal's canonical bytes, built of what arrived; where no seal of version 2 came, the hash over the
    /// document and its files.
    digest: String,
    n_attachments: i64,
}

impl From<Receipt> for ReceiptBody {
    fn from(receipt: Receipt) -> Self {
        let Receipt { number, instance_id, received_at, digest, n_attachments } = receipt;
        Self { number, instance_id, received_at, digest, n_attachments }
    }
}

/// Answer to a submission.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedBody {
    receipt: ReceiptBody,
}

/// The parts of a submission; each further part is a file, under its file name.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the multipart body")]
pub struct SubmissionForm {
    /// The document.
    #[schema(value_type = String, format = Binary)]
    xml_submission_file: Vec<u8>,
    /// The seal as JSON; a client without one is flagged.
    #[schema(value_type = SealPart, required = false)]
    seal: Option<String>,
    /// Task that the visit was for.
    #[schema(value_type = String, required = false)]
    task_id: Option<String>,
    /// Files that were sent before, by [uploads](/api/v1/uploads) or with another visit: JSON. Each stands for a part.
    #[schema(value_type = Vec<SentFile>, required = false)]
    uploaded: Option<String>,
    /// What the phone noted of its files: an object, file name to note.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>, required = false)]
    notes: Option<String>,
}

/// A file that the same account sent before.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SentFile {
    /// File name, as the answer gives it.
    name: String,
    /// 64 lower-case hexadecimal digits.
    sha256: String,
}

/// Takes a visit in; the answer comes after everything is on disk. The whole body may be packed with gzip, to at most
/// 16 MiB unpacked. Where files are named that are not here, the answer is 409 `submission.files_missing`; where what came
/// does not fit its seal, 503 `submission.damaged` once.
#[utoipa::path(post, operation_id = "submit", path = "/api/v1/submissions", tag = "volunteer",
    request_body(content = SubmissionForm, content_type = "multipart/form-data"),
    responses((status = 201, body = AcceptedBody), (status = 200, body = AcceptedBody, description = "received before"),
              (status = 409, body = super::error::ErrorBody), (status = 413, body = super::error::ErrorBody),
              (status = 422, body = super::error::ErrorBody), (status = 503, body = super::error::ErrorBody),
              (status = 507, body = super::error::ErrorBody)))]
pub async fn receive(
    State(app): State<Arc<App>>,
    signed: Signed,
    mut multipart: Multipart,
) -> Result<Response, ApiError> {
    // A stalled phone holds room among what arrives, which it loses after a while; never a place among the checks.
    let upload = read(&mut multipart).await?;
    let accepted = intake::receive(&app, &signed.account, upload).await?;
    let receipt = accepted.receipt.into();
    let status = if accepted.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(AcceptedBody { receipt })).into_response())
}

async fn read(multipart: &mut Multipart) -> Result<Upload, ApiError> {
    let limit = |name: &str| match name {
        "xml_submission_file" => (MAX_XML_BYTES, ApiError::too_large(MAX_XML_BYTES)),
        "seal" | "task_id" => (MAX_SEAL_BYTES, ApiError::malformed()),
        "notes" => (MAX_NOTES_BYTES, ApiError::malformed()),
        UPLOADED => (MAX_UPLOADED_BYTES, ApiError::malformed()),
        _ => {
            let error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "attachment.too_large");
            (evidence::MAX_BYTES, error.with("name", name))
        }
    };
    let (mut upload, mut has_xml) = (Upload::default(), false);
    while let Some(part) = multipart.next(limit).await? {
        let text = || String::from_utf8(part.bytes.to_vec()).map_err(|_| ApiError::malformed());
        match part.name.as_str() {
            "xml_submission_file" => (upload.xml, has_xml) = (part.bytes, true),
            "seal" => upload.seal = Some(text()?),
            "task_id" => upload.task_id = text()?,
            "notes" => upload.notes = text()?,
            UPLOADED => upload.sent = read_sent(&part.bytes)?,
            _ if upload.files.len() == MAX_FILES => return Err(ApiError::malformed()),
            _ => upload.files.push((part.name, part.bytes)),
        }
    }
    let came = upload.files.iter().map(|(name, _)| name);
    let names: BTreeSet<&String> = came.chain(upload.sent.iter().map(|(name, _)| name)).collect();
    let n_files = upload.files.len() + upload.sent.len();
    let is_clear = names.len() == n_files && n_files <= MAX_FILES;
    if has_xml && is_clear { Ok(upload) } else { Err(ApiError::malformed()) }
}

fn read_sent(json: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
    let sent: Vec<SentFile> = serde_json::from_slice(json).map_err(|_| ApiError::malformed())?;
    if sent.iter().any(|it| !is_sha256(&it.sha256)) {
        return Err(ApiError::malformed());
    }
    Ok(sent.into_iter().map(|it| (it.name, it.sha256)).collect())
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
pub struct MineQuery {
    cursor: Option<String>,
}

/// One page of what the account delivered.
#[derive(Debug, Serialize, ToSchema)]
pub struct MineBody {
    items: Vec<MineItem>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// One delivered visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct MineItem {
    id: String,
    instance_id: String,
    instance_name: String,
    /// Name of the person or place.
    label: String,
    receipt_number: String,
    received_at: i64,
    #[schema(value_type = ReviewState)]
    review_state: String,
    /// Why it was returned; else empty.
    reason: String,
}

/// Returns what the account delivered, newest first.
#[utoipa::path(get, operation_id = "my_submissions", path = "/api/v1/submissions/mine", tag = "volunteer", params(MineQuery),
    responses((status = 200, body = MineBody)))]
pub async fn mine(
    State(app): State<Arc<App>>,
    signed: Signed,
    Asked(query): Asked<MineQuery>,
) -> Result<Json<MineBody>, ApiError> {
    let before = read_place(query.cursor.as_deref())?;
    let (limit, id) = (page_size(None, 50), signed.account.id);
    let rows = desk::delivered(&app, id, before, limit).await?;
    let last = rows.last().filter(|_| rows.len() as i64 == limit);
    let next_cursor = last.map(|it| cursor(&[&it.received_at.to_string(), &it.id]));
    let item = |it: SubmissionRow| MineItem {
        id: it.id,
        instance_id: it.instance_id,
        instance_name: it.instance_name,
        label: it.label,
        receipt_number: it.receipt_number,
        received_at: it.received_at,
        review_state: it.review_state,
        reason: it.reason,
    };
    Ok(Json(MineBody { items: rows.into_iter().map(item).collect(), next_cursor }))
}

/// Reads a cursor of (received_at, id).
pub fn read_place(text: Option<&str>) -> Result<Option<(i64, String)>, ApiError> {
    let Some([at, id]) = read_cursor::<2>(text)? else { return Ok(None) };
    Ok(Some((at.parse().map_err(|_| ApiError::malformed())?, id)))
}
