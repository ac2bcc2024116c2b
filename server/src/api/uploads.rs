//! Files in pieces, before the visit that names them: the tus protocol, version 1.0.0, with its extensions creation,
//! creation-with-upload, checksum, expiration and termination.
//!
//! Why tus: it is plain HTTP that every proxy lets through, it was made for exactly this (mobile networks that break), its
//! one rule, that the offset the server tells is the truth, is the one that matters here, and clients for it exist in every
//! language, so that nobody depends on ours. The IETF's successor ("Resumable Uploads for HTTP") is a draft, and its interim
//! answers get lost in proxies; multipart uploads of S3 need parts of 5 MiB, more than a whole photo here; ranges of our
//! own would be the same thing without its clients. Deferred lengths and concatenation are left out: a phone knows the
//! size of its photos.
//!
//! What is ours: the session's cookie and `x-doorstep-csrf` as everywhere, `sha256` in the metadata, against which the
//! whole file is checked at its end, and [`known`], which spares a phone to send, or to ask one by one.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::BASE64;
use futures_util::{Stream, StreamExt as _, stream};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::ToSchema;
use validator::Validate;

use super::auth::Signed;
use super::error::ApiError;
use super::input::{Named, SILENCE, Valid};
use crate::App;
use crate::domain::account::Account;
use crate::domain::evidence;
use crate::domain::upload::known::{self, MAX_ASKED};
use crate::domain::upload::{self, Algorithm, Announced, Checksum, Upload, UploadError};

const PATH: &str = "/api/v1/uploads";
const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,creation-with-upload,checksum,expiration,termination";
const ALGORITHMS: &str = "sha1,sha256";
const BYTES: &str = "application/offset+octet-stream";

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");

/// Tells what this server can of the protocol.
#[utoipa::path(options, operation_id = "upload_abilities", path = "/api/v1/uploads", tag = "volunteer",
    responses((status = 204, description = "Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm")))]
pub async fn abilities() -> Response {
    let max_size = evidence::MAX_BYTES.to_string();
    let told = [
        ("tus-version", VERSION),
        ("tus-extension", EXTENSIONS),
        ("tus-max-size", max_size.as_str()),
        ("tus-checksum-algorithm", ALGORITHMS),
    ];
    answered(Ok((StatusCode::NO_CONTENT, told).into_response()))
}

/// Announces a file: `Upload-Length`, and `Upload-Metadata` with the base64 of `sha256` (64 lower-case hexadecimal digits),
/// `filename` and `filetype`. Its first bytes may come along.
#[utoipa::path(post, operation_id = "begin_upload", path = "/api/v1/uploads", tag = "volunteer",
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 201, description = "Location, Upload-Offset, Upload-Expires"),
              (status = 413, body = super::error::ErrorBody), (status = 429, body = super::error::ErrorBody),
              (status = 460, body = super::error::ErrorBody)))]
pub async fn create(State(app): State<Arc<App>>, signed: Signed, headers: HeaderMap, body: Body) -> Response {
    answered(begin(&app, &signed.account, &headers, body).await)
}

async fn begin(app: &Arc<App>, by: &Account, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    is_version(headers)?;
    let file = announced(headers)?;
    let name = file_name(&file.metadata);
    let mut upload = upload::begin(app, by, file).await.map_err(|it| named(it, &name))?;
    let location = format!("{PATH}/{}", upload.id);
    if text(headers, header::CONTENT_TYPE) == Some(BYTES) {
        let checksum = checksum(headers)?;
        upload = gather(app, by, (&upload.id, 0), checksum, body).await?;
    }
    let mut response = StatusCode::CREATED.into_response();
    put(&mut response, header::LOCATION, &location);
    tell(&mut response, &upload);
    Ok(response)
}

/// Returns how far an upload is.
#[utoipa::path(head, operation_id = "upload_state", path = "/api/v1/uploads/{id}", tag = "volunteer",
    params(("id" = String, Path)),
    responses((status = 200, description = "Upload-Offset, Upload-Length, Upload-Expires, Upload-Metadata"),
              (status = 404), (status = 410)))]
pub async fn state(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
    headers: HeaderMap,
) -> Response {
    answered(look(&app, &signed.account, &id, &headers).await)
}

async fn look(app: &Arc<App>, by: &Account, id: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    is_version(headers)?;
    let upload = upload::state(app, by, id).await?;
    let mut response = StatusCode::OK.into_response();
    tell(&mut response, &upload);
    put(&mut response, UPLOAD_LENGTH, &upload.length_bytes.to_string());
    put(&mut response, UPLOAD_METADATA, &upload.metadata);
    put(&mut response, header::CACHE_CONTROL, "no-store");
    Ok(response)
}

/// Adds bytes from `Upload-Offset` on. What had arrived when they broke off is kept; with `Upload-Checksum` all of them
/// are, or none. The answer to the last byte comes when the whole file is on disk under its hash: 460 where it hashes to
/// something else than was announced, and the upload is gone.
#[utoipa::path(patch, operation_id = "continue_upload", path = "/api/v1/uploads/{id}", tag = "volunteer",
    params(("id" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "Upload-Offset, Upload-Expires"),
              (status = 409, body = super::error::ErrorBody), (status = 410, body = super::error::ErrorBody),
              (status = 423, body = super::error::ErrorBody), (status = 460, body = super::error::ErrorBody)))]
pub async fn append(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answered(go_on(&app, &signed.account, &id, &headers, body).await)
}

async fn go_on(
    app: &Arc<App>,
    by: &Account,
    id: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    is_version(headers)?;
    if text(headers, header::CONTENT_TYPE) != Some(BYTES) {
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "request.malformed"));
    }
    let offset = text(headers, UPLOAD_OFFSET).and_then(|it| it.parse().ok());
    let offset = offset.filter(|it| *it >= 0).ok_or_else(ApiError::malformed)?;
    let upload = gather(app, by, (id, offset), checksum(headers)?, body).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    tell(&mut response, &upload);
    Ok(response)
}

/// Ends an upload.
#[utoipa::path(delete, operation_id = "end_upload", path = "/api/v1/uploads/{id}", tag = "volunteer",
    params(("id" = String, Path)), responses((status = 204), (status = 404), (status = 410)))]
pub async fn terminate(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
    headers: HeaderMap,
) -> Response {
    answered(end(&app, &signed.account, &id, &headers).await)
}

async fn end(app: &Arc<App>, by: &Account, id: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    is_version(headers)?;
    upload::terminate(app, by, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Does what `X-HTTP-Method-Override` names, where something on the way lets only POST through.
#[utoipa::path(post, operation_id = "upload_by_other_name", path = "/api/v1/uploads/{id}", tag = "volunteer",
    params(("id" = String, Path), ("X-HTTP-Method-Override" = String, Header)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 200), (status = 204), (status = 405, body = super::error::ErrorBody)))]
pub async fn by_other_name(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let by = &signed.account;
    let meant = headers.get("x-http-method-override").map(|it| it.as_bytes().to_ascii_uppercase());
    answered(match meant.as_deref() {
        Some(b"PATCH") => go_on(&app, by, &id, &headers, body).await,
        Some(b"HEAD") => look(&app, by, &id, &headers).await,
        Some(b"DELETE") => end(&app, by, &id, &headers).await,
        _ => Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "request.method")),
    })
}

/// Which files a phone is about to send.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct KnownRequest {
    /// SHA-256 of each, 64 lower-case hexadecimal digits.
    #[validate(length(max = MAX_ASKED))]
    sha256: Vec<String>,
}

/// What the account has here of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownBody {
    /// Those that are here as a whole: a visit may name them.
    known: Vec<String>,
    /// Those that can go on.
    begun: Vec<BegunUploadBody>,
}

/// A file that is here in part.
#[derive(Debug, Serialize, ToSchema)]
pub struct BegunUploadBody {
    sha256: String,
    /// Where to go on, e.g. `/api/v1/uploads/0193…`.
    url: String,
    /// From which byte on.
    offset_bytes: i64,
}

/// Returns which files the account has here already, by its uploads or visits, and where others can go on. What other
/// accounts have is never told.
#[utoipa::path(post, operation_id = "known_files", path = "/api/v1/uploads/known", tag = "volunteer",
    request_body = KnownRequest, responses((status = 200, body = KnownBody), (status = 422, body = super::error::ErrorBody)))]
pub async fn known(
    State(app): State<Arc<App>>,
    signed: Signed,
    Valid(asked): Valid<KnownRequest>,
) -> Result<Json<KnownBody>, ApiError> {
    if !asked.sha256.iter().all(|it| upload::is_sha256(it)) {
        return Err(ApiError::malformed());
    }
    let found = known::known(&app, &signed.account, asked.sha256).await?;
    let begun = found.begun.into_iter().map(|(sha256, it)| BegunUploadBody {
        sha256,
        url: format!("{PATH}/{}", it.id),
        offset_bytes: it.offset_bytes,
    });
    Ok(Json(KnownBody { known: found.whole, begun: begun.collect() }))
}

/// Gathers bytes in a task of its own: when the connection breaks, whoever waits here is dropped, and what had arrived is
/// stored all the same.
async fn gather(
    app: &Arc<App>,
    by: &Account,
    (id, offset): (&str, i64),
    checksum: Option<Checksum>,
    body: Body,
) -> Result<Upload, ApiError> {
    let (app, by, id) = (Arc::clone(app), by.clone(), id.to_owned());
    let task =
        tokio::spawn(async move { upload::append(&app, &by, (&id, offset), checksum, pieces(body)).await });
    Ok(task.await.map_err(ApiError::internal)??)
}

/// Returns the bytes of a body until it ends, breaks off or falls silent.
fn pieces(body: Body) -> impl Stream<Item = Result<Bytes, ()>> + Send {
    stream::unfold(body.into_data_stream(), |mut body| async move {
        match timeout(SILENCE, body.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(bytes))) => Some((Ok(bytes), body)),
            Ok(Some(Err(_))) | Err(_) => Some((Err(()), body)),
        }
    })
}

fn announced(headers: &HeaderMap) -> Result<Announced, ApiError> {
    let length_bytes = text(headers, UPLOAD_LENGTH).and_then(|it| it.parse().ok());
    let metadata = text(headers, UPLOAD_METADATA).unwrap_or_default().to_owned();
    Ok(Announced {
        length_bytes: length_bytes.ok_or_else(ApiError::malformed)?,
        sha256: of_metadata(&metadata, "sha256").ok_or_else(ApiError::malformed)?,
        metadata,
    })
}

/// Reads one value of `key base64,key base64`.
fn of_metadata(metadata: &str, key: &str) -> Option<String> {
    let mut pairs = metadata.split(',').filter_map(|it| it.trim().split_once(' '));
    let (_, value) = pairs.find(|(known, _)| *known == key)?;
    String::from_utf8(BASE64.decode(value.trim().as_bytes()).ok()?).ok()
}

fn file_name(metadata: &str) -> String {
    of_metadata(metadata, "filename").unwrap_or_default()
}

/// Names the file that is refused.
fn named(error: UploadError, name: &str) -> ApiError {
    let is_about_the_file = matches!(error, UploadError::Empty | UploadError::TooLarge);
    let error = ApiError::from(error);
    if is_about_the_file { error.with("name", name) } else { error }
}

fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>, ApiError> {
    let Some(told) = text(headers, HeaderName::from_static("upload-checksum")) else { return Ok(None) };
    let (algorithm, value) = told.split_once(' ').ok_or_else(ApiError::malformed)?;
    let algorithm = match algorithm {
        "sha1" => Algorithm::Sha1,
        "sha256" => Algorithm::Sha256,
        _ => return Err(ApiError::malformed()),
    };
    let value = BASE64.decode(value.trim().as_bytes()).map_err(|_| ApiError::malformed())?;
    Ok(Some(Checksum { algorithm, value }))
}

fn is_version(headers: &HeaderMap) -> Result<(), ApiError> {
    match text(headers, TUS_RESUMABLE) {
        Some(VERSION) => Ok(()),
        _ => Err(ApiError::new(StatusCode::PRECONDITION_FAILED, "upload.version")),
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|it| it.to_str().ok())
}

/// Tells how far an upload is, and until when it waits.
fn tell(response: &mut Response, upload: &Upload) {
    put(response, UPLOAD_OFFSET, &upload.offset_bytes.to_string());
    let expires = Timestamp::from_millisecond(upload.expires_at).ok();
    let expires = expires.and_then(|it| DateTimePrinter::new().timestamp_to_rfc9110_string(&it).ok());
    put(response, UPLOAD_EXPIRES, &expires.unwrap_or_default());
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Every answer names the protocol's version.
fn answered(result: Result<Response, ApiError>) -> Response {
    let mut response = result.unwrap_or_else(IntoResponse::into_response);
    put(&mut response, TUS_RESUMABLE, VERSION);
    if response.status() == StatusCode::PRECONDITION_FAILED {
        put(&mut response, TUS_VERSION, VERSION);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_are_read_by_their_key() {
        let check = |metadata: &str, expected: Option<&str>| {
            assert_eq!(of_metadata(metadata, "filename").as_deref(), expected, "{metadata}");
        };
        check("filename 6Zeo5Y+jLmpwZw==", Some("门口.jpg"));
        check("sha256 YQ==, filename Yg==", Some("b"));
        check("filename", None);
        check("filename ===", None);
        check("filename2 Yg==", None);
        check("", None);
    }
}
