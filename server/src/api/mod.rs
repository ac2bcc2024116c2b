//! HTTP. Every route stands once in [`routes`], with who may use it; the router, the description and the test that
//! tries every role on every route all read that table.

pub mod auth;
pub mod clock;
pub mod desk;
pub mod devices;
pub mod error;
pub mod forms;
mod gzip;
pub mod input;
pub mod open;
pub mod session;
pub mod shapes;
pub mod submissions;
pub mod tasks;
pub mod uploads;
pub mod web;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, head, options, patch, post};
use axum::{Router, middleware};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use self::auth::{Access, Body};
use self::error::ApiError;
use crate::App;
use crate::domain::account::Role;
use crate::domain::intake;

/// Scripts, styles and connections only from here; pictures also from memory, where the camera puts them.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const PERMISSIONS_POLICY: &str = "camera=(self), geolocation=(self), microphone=(self), payment=(), usb=()";

/// One route and who may use it.
#[derive(Debug)]
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path with `{parameters}`.
    pub path: &'static str,
    /// Who.
    pub access: Access,
    /// Whether it takes files.
    pub body: Body,
    handler: MethodRouter<Arc<App>>,
}

/// Returns every route of the API.
#[must_use]
pub fn routes() -> Vec<Route> {
    const ANYBODY: Access = Access::Open;
    const SIGNED_IN: Access = Access::Roles(&Role::ALL);
    const VISITING: Access = Access::Roles(Role::VISITING);
    const DESK: Access = Access::Roles(Role::DESK);
    const DECIDING: Access = Access::Roles(Role::DECIDING);
    let route = |method, path, access, handler| Route { method, path, access, body: Body::Plain, handler };
    let files = |method, path, access, handler| Route { method, path, access, body: Body::Files, handler };
    use self::desk::{
        accounts, dashboard, devices as phones, evidence, exports, form_versions, forms as workbooks,
        handed_in, imports, lists, packs, residents, signatures, submissions as review,
    };
    vec![
        route(Method::GET, "/healthz", ANYBODY, get(open::healthz)),
        route(Method::GET, "/openapi.json", ANYBODY, get(open::description)),
        route(Method::POST, "/api/v1/session", ANYBODY, post(session::sign_in)),
        route(Method::GET, "/api/v1/session", SIGNED_IN, get(session::current)),
        route(Method::DELETE, "/api/v1/session", SIGNED_IN, delete(session::sign_out)),
        route(Method::POST, "/api/v1/devices", VISITING, post(devices::enrol)),
        route(Method::GET, "/api/v1/tasks", VISITING, get(tasks::list)),
        route(Method::GET, "/api/v1/forms", VISITING, get(forms::offered)),
        route(Method::GET, "/api/v1/forms/{form_id}/{version}/xform", SIGNED_IN, get(forms::xform)),
        route(Method::GET, "/api/v1/lists/{file_name}", VISITING, get(forms::csv)),
        files(Method::POST, "/api/v1/submissions", VISITING, post(submissions::receive)),
        route(Method::OPTIONS, "/api/v1/uploads", VISITING, options(uploads::abilities)),
        files(Method::POST, "/api/v1/uploads", VISITING, post(uploads::create)),
        route(Method::POST, "/api/v1/uploads/known", VISITING, post(uploads::known)),
        route(Method::HEAD, "/api/v1/uploads/{id}", VISITING, head(uploads::state)),
        files(Method::PATCH, "/api/v1/uploads/{id}", VISITING, patch(uploads::append)),
        files(Method::POST, "/api/v1/uploads/{id}", VISITING, post(uploads::by_other_name)),
        route(Method::DELETE, "/api/v1/uploads/{id}", VISITING, delete(uploads::terminate)),
        route(Method::GET, "/api/v1/submissions/mine", VISITING, get(submissions::mine)),
        route(Method::GET, "/api/v1/desk/submissions", DESK, get(review::list)),
        route(Method::GET, "/api/v1/desk/submissions/{id}", DESK, get(review::read)),
        route(Method::GET, "/api/v1/desk/submissions/{id}/attachments/{name}", DESK, get(evidence::file)),
        route(Method::GET, "/api/v1/desk/submissions/{id}/signatures", DESK, get(signatures::all)),
        route(
            Method::GET,
            "/api/v1/desk/submissions/{id}/attachments/{name}/original",
            DECIDING,
            get(evidence::original),
        ),
        route(Method::POST, "/api/v1/desk/submissions/{id}/hold", DECIDING, post(evidence::hold)),
        route(Method::POST, "/api/v1/desk/submissions/{id}/release", DECIDING, post(evidence::release)),
        route(Method::GET, "/api/v1/desk/submissions/{id}/copies.zip", DESK, get(exports::copies)),
        route(Method::GET, "/api/v1/desk/submissions/{id}/evidence.zip", DECIDING, get(exports::evidence)),
        route(Method::POST, "/api/v1/desk/submissions/{id}/decision", DECIDING, post(review::decide)),
        route(Method::POST, "/api/v1/desk/submissions/{id}/comments", DECIDING, post(review::comment)),
        files(Method::POST, "/api/v1/desk/handed-in", DECIDING, post(handed_in::take)),
        route(Method::GET, "/api/v1/desk/dashboard", DESK, get(dashboard::read)),
        route(Method::GET, "/api/v1/desk/residents", DESK, get(residents::list)),
        route(Method::GET, "/api/v1/desk/residents/{id}", DESK, get(residents::read)),
        files(Method::POST, "/api/v1/desk/imports", DECIDING, post(imports::begin)),
        route(Method::GET, "/api/v1/desk/imports/{id}", DECIDING, get(imports::read)),
        route(Method::POST, "/api/v1/desk/imports/{id}/apply", DECIDING, post(imports::apply)),
        route(Method::DELETE, "/api/v1/desk/imports/{id}", DECIDING, delete(imports::discard)),
        route(Method::GET, "/api/v1/desk/exports/ledger.xlsx", DESK, get(exports::xlsx)),
        route(Method::GET, "/api/v1/desk/exports/ledger.csv", DESK, get(exports::csv)),
        route(Method::GET, "/api/v1/desk/exports/photos.zip", DESK, get(exports::photos)),
        route(Method::GET, "/api/v1/desk/forms", DESK, get(workbooks::all)),
        files(Method::POST, "/api/v1/desk/forms", DECIDING, post(workbooks::publish)),
        route(Method::GET, "/api/v1/desk/forms/{form_id}", DESK, get(form_versions::history)),
        route(Method::POST, "/api/v1/desk/forms/{form_id}/current", DECIDING, post(form_versions::roll_back)),
        route(Method::POST, "/api/v1/desk/forms/{form_id}/effects", DECIDING, post(form_versions::effects)),
        route(
            Method::GET,
            "/api/v1/desk/forms/{form_id}/{version}/workbook",
            DESK,
            get(form_versions::workbook),
        ),
        route(Method::GET, "/api/v1/desk/forms/{form_id}/{version}/xform", DESK, get(form_versions::xform)),
        route(Method::GET, "/api/v1/desk/lists", DECIDING, get(lists::names)),
        route(Method::GET, "/api/v1/desk/lists/{file_name}", DECIDING, get(lists::csv)),
        route(Method::GET, "/api/v1/desk/packs", DESK, get(packs::all)),
        route(Method::GET, "/api/v1/desk/packs/current", DESK, get(packs::current)),
        route(Method::GET, "/api/v1/desk/packs/current/tasks.xlsx", DESK, get(packs::workbook)),
        files(Method::POST, "/api/v1/desk/packs", DECIDING, post(packs::publish)),
        route(Method::POST, "/api/v1/desk/packs/{id}/current", DECIDING, post(packs::roll_back)),
        route(Method::GET, "/api/v1/desk/accounts", DESK, get(accounts::all)),
        route(Method::GET, "/api/v1/desk/grids", DESK, get(accounts::grids)),
        route(Method::GET, "/api/v1/desk/devices", DESK, get(phones::all)),
        route(Method::POST, "/api/v1/desk/devices/{id}/revoke", DECIDING, post(phones::revoke)),
    ]
}

/// Returns the whole service: the API, and the web app for every other path.
pub fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let limit_bytes = auth::body_limit(app, route.body);
        let guard = from_fn_with_state((Arc::clone(app), route.access, route.body), auth::guard);
        // The limit of the multipart reader itself; the guard has looked at the declared length before.
        let handler = match reads_visits(route.path) {
            true => route.handler.layer(from_fn_with_state(Arc::clone(app), after_the_inbox)),
            false => route.handler,
        };
        let handler = handler.layer(DefaultBodyLimit::max(limit_bytes)).route_layer(guard);
        router = router.route(route.path, handler);
    }
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    router
        .method_not_allowed_fallback(wrong_method)
        .fallback(web::serve)
        .layer(middleware::from_fn(no_store_for_the_api))
        .layer(from_fn_with_state(Arc::clone(app), clock::tell))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY))
        .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http())
        .with_state(Arc::clone(app))
}

/// Whether what was acknowledged a moment ago may matter to a route: to all but the door itself and what is no visit's.
fn reads_visits(path: &str) -> bool {
    let is_door = path == "/api/v1/submissions" || path.starts_with("/api/v1/uploads");
    let is_way_in = ["/api/v1/session", "/api/v1/devices"].contains(&path);
    path.starts_with("/api/v1/") && !is_door && !is_way_in
}

/// Whoever reads finds every visit that has its receipt.
async fn after_the_inbox(
    State(app): State<Arc<App>>,
    request: axum::extract::Request,
    next: middleware::Next,
) -> axum::response::Response {
    intake::settled(&app).await;
    next.run(request).await
}

async fn wrong_method() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "request.method")
}

/// Answers of the API are personal; no cache on the way keeps them unless a route says otherwise.
async fn no_store_for_the_api(
    request: axum::extract::Request,
    next: middleware::Next,
) -> axum::response::Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    if is_api {
        response
            .headers_mut()
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("private, no-cache"));
    }
    response
}
