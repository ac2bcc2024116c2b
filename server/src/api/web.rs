//! The web app: embedded in the program, or read from a folder while developing.
//!
//! Files under `assets/` carry a hash in their name and never change; everything else is asked for again with its
//! ETag. Paths without a file are pages of the app. Without a built app the page says how to build it.

use std::path::{Component, Path};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::Embed;

use super::error::ApiError;
use crate::App;
use crate::blob::hashes::sha256_hex;

#[derive(Embed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Built;

const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>Doorstep</title>\
    <h1>叩门 Doorstep</h1><p>网页还没有构建。请运行 <code>cargo xtask web</code>，再重新构建服务器。</p>\
    <p lang=\"en\">The web app is not built yet. Run <code>cargo xtask web</code>, then build the server again.</p>";

/// Serves a file of the web app, or the page that stands for the path.
pub async fn serve(
    State(app): State<Arc<App>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") || !matches!(method, Method::GET | Method::HEAD) {
        return Err(ApiError::not_found());
    }
    let is_file = path.rsplit('/').next().is_some_and(|it| it.contains('.'));
    let name = match path {
        _ if is_file => path,
        _ if path == "desk" || path.starts_with("desk/") => "desk.html",
        _ => "index.html",
    };
    let folder = app.config.web_dir.as_deref();
    let accepts_brotli = headers.get(header::ACCEPT_ENCODING).is_some_and(|it| {
        it.to_str().is_ok_and(|it| it.split(',').any(|it| it.trim().split(';').next() == Some("br")))
    });
    let brotli = if accepts_brotli { read(folder, &format!("{name}.br")) } else { None };
    let is_brotli = brotli.is_some();
    match brotli.or_else(|| read(folder, name)) {
        Some(bytes) => Ok(respond(name, bytes, is_brotli, &headers)),
        None if name.ends_with(".html") => Ok(not_built()),
        None => Err(ApiError::not_found()),
    }
}

fn not_built() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, NOT_BUILT).into_response()
}

fn respond(name: &str, bytes: Vec<u8>, is_brotli: bool, asked: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", &sha256_hex(&bytes)[..32]);
    let is_hashed = name.starts_with("assets/");
    let cache = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let is_known = asked.get(header::IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == etag.as_bytes());
    let mut response =
        if is_known { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(bytes).into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if is_brotli {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

/// Reads a file of the app; never one outside its folder.
fn read(folder: Option<&Path>, name: &str) -> Option<Vec<u8>> {
    let Some(folder) = folder else { return Built::get(name).map(|it| it.data.into_owned()) };
    let is_inside = Path::new(name).components().all(|it| matches!(it, Component::Normal(_)));
    if is_inside { std::fs::read(folder.join(name)).ok() } else { None }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
