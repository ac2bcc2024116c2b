//! Every answer of the API tells the server's time, so that a phone knows how far its own clock is off. `Date` would do,
//! but for its whole seconds.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::App;

/// Milliseconds UTC when the answer was made.
pub const TIME_HEADER: HeaderName = HeaderName::from_static("x-doorstep-time");

/// Adds the time to an answer.
pub async fn tell(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    if is_api {
        response.headers_mut().insert(TIME_HEADER, HeaderValue::from(app.clock.now_ms()));
    }
    response
}
