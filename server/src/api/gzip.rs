//! Bodies that come packed with gzip, unpacked as a whole: a visit without its photos is text, a tenth of its size when
//! packed, and on a slow line that is seconds.
//!
//! What unpacks to more than [`MAX_UNPACKED`], or to more than a hundred times its size, is refused before it is held; a body that is broken was damaged on its way,
//! which is a reason to send it again, not to turn it away.

use std::io::Read as _;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::BytesMut;
use flate2::read::GzDecoder;
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::error::ApiError;
use super::input::SILENCE;

/// Most bytes that a packed body may have.
const MAX_PACKED: usize = 4 * 1024 * 1024;
/// Most bytes that it may unpack to: the largest document, its seal and notes, and small files.
const MAX_UNPACKED: usize = 16 * 1024 * 1024;
/// Whatever packs better than this was made to.
const MAX_RATIO: usize = 100;
const MIN_UNPACKED: usize = 64 * 1024;

/// Returns the request with its body unpacked, where it says that it is packed.
pub(super) async fn unpacked(request: Request) -> Result<Request, ApiError> {
    if !is_packed(request.headers())? {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let packed = gathered(body).await?;
    let unpacked = tokio::task::spawn_blocking(move || unpack(&packed)).await;
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Request::from_parts(parts, Body::from(unpacked.map_err(ApiError::internal)??)))
}

/// Returns how many bytes a body may unpack to, at most; nothing where it does not say that it is packed.
pub(super) fn most_unpacked(headers: &HeaderMap, packed_bytes: usize) -> Option<usize> {
    is_packed(headers).is_ok_and(|it| it).then(|| most_from(packed_bytes))
}

fn most_from(packed_bytes: usize) -> usize {
    packed_bytes.saturating_mul(MAX_RATIO).clamp(MIN_UNPACKED, MAX_UNPACKED)
}

fn is_packed(headers: &HeaderMap) -> Result<bool, ApiError> {
    match headers.get(header::CONTENT_ENCODING).map(|it| it.as_bytes().to_ascii_lowercase()).as_deref() {
        None | Some(b"identity") => Ok(false),
        Some(b"gzip") => Ok(true),
        Some(_) => Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "request.malformed")),
    }
}

async fn gathered(body: Body) -> Result<BytesMut, ApiError> {
    let mut stream = body.into_data_stream();
    let mut packed = BytesMut::new();
    while let Some(more) = timeout(SILENCE, stream.next()).await.map_err(|_| ApiError::timeout())? {
        packed.extend_from_slice(&more.map_err(|_| ApiError::malformed())?);
        if packed.len() > MAX_PACKED {
            return Err(ApiError::too_large(MAX_PACKED));
        }
    }
    Ok(packed)
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, ApiError> {
    let (mut unpacked, most) = (Vec::new(), most_from(packed.len()));
    let mut reader = GzDecoder::new(packed).take(most as u64 + 1);
    reader.read_to_end(&mut unpacked).map_err(|_| {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "submission.damaged").with("seconds", 5)
    })?;
    if unpacked.len() > most { Err(ApiError::too_large(most)) } else { Ok(unpacked) }
}
