//! Reading requests: what a path names, JSON that is validated, query texts, and multipart forms with a limit for every part.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use validator::Validate;

use super::error::ApiError;
use super::gzip;
use crate::App;

/// A JSON body that keeps its rules.
#[derive(Debug)]
pub struct Valid<T>(pub T);

impl<T: DeserializeOwned + Validate> FromRequest<Arc<App>> for Valid<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let _room = room(app, request.headers(), 1024 * 1024)?;
        let Json(body) =
            Json::<T>::from_request(request, app).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(1024 * 1024),
                _ => ApiError::malformed(),
            })?;
        body.validate().map_err(|errors| {
            let mut fields: Vec<String> =
                errors.field_errors().into_keys().map(|it| it.to_string()).collect();
            fields.sort();
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "request.invalid")
                .with("fields", fields.join(", "))
        })?;
        Ok(Valid(body))
    }
}

/// The query of a URL.
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let Query(query) =
            Query::<T>::from_request_parts(parts, app).await.map_err(|_| ApiError::malformed())?;
        Ok(Asked(query))
    }
}

/// What a path names in its changing parts; what is no text there is told in the same words as every other problem.
#[derive(Debug)]
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for Named<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let Path(named) =
            Path::<T>::from_request_parts(parts, app).await.map_err(|_| ApiError::malformed())?;
        Ok(Named(named))
    }
}

/// Keeps room in memory for a body until it is dropped, or says to come back: by its declared length and what
/// that may unpack to, else for the most
/// there may be. What arrives at the same time never has more than [`MAX_ARRIVING_BYTES`](crate::MAX_ARRIVING_BYTES).
fn room(app: &App, headers: &HeaderMap, limit_bytes: usize) -> Result<OwnedSemaphorePermit, ApiError> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
    let declared = declared.map(|it| gzip::most_unpacked(headers, it).unwrap_or(it));
    let kib = declared.unwrap_or(limit_bytes).min(limit_bytes).min(crate::MAX_ARRIVING_BYTES).div_ceil(1024);
    let uploads = Arc::clone(&app.uploads);
    uploads.try_acquire_many_owned(kib as u32).map_err(|_| ApiError::busy())
}

/// A multipart body. It keeps its room in memory until it is dropped: whoever reads it drops it last.
#[derive(Debug)]
pub struct Multipart {
    inner: axum::extract::Multipart,
    limit_bytes: usize,
    _room: OwnedSemaphorePermit,
}

impl FromRequest<Arc<App>> for Multipart {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let limit_bytes = app.config.max_body_bytes;
        let room = room(app, request.headers(), limit_bytes)?;
        let request = gzip::unpacked(request).await?;
        let inner =
            axum::extract::Multipart::from_request(request, app).await.map_err(|_| ApiError::malformed())?;
        Ok(Multipart { inner, limit_bytes, _room: room })
    }
}

/// One part of a multipart body.
#[derive(Debug)]
pub struct Part {
    /// Name of the part.
    pub name: String,
    /// File name, where it has one.
    pub file_name: Option<String>,
    /// Its bytes.
    pub bytes: Bytes,
}

impl Multipart {
    /// Returns the next part. `limit` gives the most bytes by part name and the error for more.
    pub async fn next(
        &mut self,
        limit: impl Fn(&str) -> (usize, ApiError),
    ) -> Result<Option<Part>, ApiError> {
        let limit_body = self.limit_bytes;
        let next = timeout(SILENCE, self.inner.next_field()).await.map_err(|_| ApiError::timeout())?;
        let Some(mut field) = next.map_err(|error| refused(&error, limit_body))? else {
            return Ok(None);
        };
        let name = field.name().map(str::to_owned).ok_or_else(ApiError::malformed)?;
        let file_name = field.file_name().map(str::to_owned);
        let (limit_bytes, too_large) = limit(&name);
        let (mut chunks, mut n_bytes) = (Vec::new(), 0);
        while let Some(chunk) = chunk(&mut field, limit_body).await? {
            n_bytes += chunk.len();
            if n_bytes > limit_bytes {
                return Err(too_large);
            }
            chunks.push(chunk);
        }
        Ok(Some(Part { name, file_name, bytes: joined(chunks) }))
    }
}

/// Returns chunks as one, each copied once at most.
fn joined(mut chunks: Vec<Bytes>) -> Bytes {
    if chunks.len() < 2 { chunks.pop().unwrap_or_default() } else { chunks.concat().into() }
}

/// Longest silence in the middle of a body.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

async fn chunk(field: &mut Field<'_>, limit_bytes: usize) -> Result<Option<Bytes>, ApiError> {
    let chunk = timeout(SILENCE, field.chunk()).await.map_err(|_| ApiError::timeout())?;
    chunk.map_err(|error| refused(&error, limit_bytes))
}

fn refused(error: &MultipartError, limit_bytes: usize) -> ApiError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(limit_bytes),
        _ => ApiError::malformed(),
    }
}

/// Writes the place where the next page begins; opaque to clients.
#[must_use]
pub fn cursor(fields: &[&str]) -> String {
    BASE64URL_NOPAD.encode(fields.join("\u{1f}").as_bytes())
}

/// Reads a place that [`cursor`] wrote with as many fields; `None` for the first page.
pub fn read_cursor<const N: usize>(text: Option<&str>) -> Result<Option<[String; N]>, ApiError> {
    let Some(text) = text.filter(|it| !it.is_empty()) else { return Ok(None) };
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| ApiError::malformed())?;
    let text = String::from_utf8(bytes).map_err(|_| ApiError::malformed())?;
    let fields: Vec<String> = text.split('\u{1f}').map(str::to_owned).collect();
    fields.try_into().map(Some).map_err(|_| ApiError::malformed())
}

/// Most rows of a page.
const MAX_PAGE: i64 = 250;

/// Returns the page size asked for, within bounds.
#[must_use]
pub fn page_size(asked: Option<i64>, usual: i64) -> i64 {
    asked.unwrap_or(usual).clamp(1, MAX_PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_were() {
        let text = cursor(&["2026-11-21", "孔月芳", "t1"]);
        assert_eq!(
            read_cursor::<3>(Some(&text)).ok().flatten(),
            Some(["2026-11-21", "孔月芳", "t1"].map(str::to_owned))
        );
        assert!(read_cursor::<2>(Some(&text)).is_err());
        assert!(read_cursor::<2>(Some("%%%")).is_err());
        assert!(read_cursor::<2>(None).is_ok_and(|it| it.is_none()));
    }
}
