//! Who is asking, and may they: the session cookie, the CSRF header, the role. One guard stands before every route
//! and knows its [`Access`] from the route table.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::error::ApiError;
use crate::App;
use crate::domain::account::{self, Account, Role, SessionError};

/// Name of the session cookie.
pub const COOKIE: &str = "doorstep_session";
/// Header that every request that changes something must carry.
pub const CSRF_HEADER: &str = "x-doorstep-csrf";
/// Header by which a phone says whose data it reads and sends: the session may be another person's by now.
pub const ACCOUNT_HEADER: &str = "x-doorstep-account";
/// Requests without a file are at most this large.
const MAX_PLAIN_BODY_BYTES: usize = 1024 * 1024;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Open,
    /// Whoever signed in with one of these roles.
    Roles(&'static [Role]),
}

/// Whether a route takes files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// A megabyte at most.
    Plain,
    /// As much as the settings allow.
    Files,
}

/// The signed-in person; a route whose access is `Roles` always has one.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who.
    pub account: Account,
    /// The cookie's token.
    pub token: String,
    /// The session's CSRF token.
    pub csrf_token: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let signed = parts.extensions.get::<Signed>().cloned();
        signed.ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "auth.signed_out"))
    }
}

/// Lets a request through to its route, or says why not.
pub async fn guard(
    State((app, access, body)): State<(Arc<App>, Access, Body)>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if let Access::Roles(roles) = access {
        let signed = signed(&app, request.headers()).await?;
        let meant = request.headers().get(ACCOUNT_HEADER).and_then(|it| it.to_str().ok());
        if meant.is_some_and(|it| it != signed.account.id) {
            return Err(SessionError::SignedOut.into());
        }
        let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        let sent = request.headers().get(CSRF_HEADER).and_then(|it| it.to_str().ok());
        if !is_safe && sent != Some(signed.csrf_token.as_str()) {
            return Err(ApiError::new(StatusCode::FORBIDDEN, "auth.csrf"));
        }
        if !roles.contains(&signed.account.role) {
            return Err(ApiError::forbidden());
        }
        request.extensions_mut().insert(signed);
    }
    let limit_bytes = body_limit(&app, body);
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|it| it > limit_bytes) {
        return Err(ApiError::too_large(limit_bytes));
    }
    Ok(next.run(request).await)
}

/// Returns the most bytes that a route's body may have.
#[must_use]
pub fn body_limit(app: &App, body: Body) -> usize {
    match body {
        Body::Plain => MAX_PLAIN_BODY_BYTES,
        Body::Files => app.config.max_body_bytes,
    }
}

async fn signed(app: &App, headers: &HeaderMap) -> Result<Signed, ApiError> {
    let token = cookie(headers).ok_or(SessionError::SignedOut)?;
    let (account, csrf_token) = account::session(app, &token).await?;
    Ok(Signed { account, token, csrf_token })
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|it| it.to_str().ok());
    let mut pairs = cookies.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
}

/// Limits attempts to sign in: by account and address (ten at once, then one in six seconds), by account from
/// everywhere, and by address for every account, so that neither guessing one password for all accounts nor all
/// passwords for one goes faster than people type.
#[derive(Debug)]
pub struct SignInLimit {
    pair: DefaultKeyedRateLimiter<String>,
    account: DefaultKeyedRateLimiter<String>,
    address: DefaultKeyedRateLimiter<String>,
}

/// Keys that are kept before idle ones are forgotten.
const MAX_LIMIT_KEYS: usize = 10_000;

impl SignInLimit {
    /// Returns a limit that nobody has used up.
    #[must_use]
    pub fn new() -> Self {
        let limiter = |burst: u32, per_minute: u32| {
            let at_least_one = |it: u32| NonZeroU32::MIN.saturating_add(it - 1);
            RateLimiter::keyed(Quota::per_minute(at_least_one(per_minute)).allow_burst(at_least_one(burst)))
        };
        // A community's office is one address: a whole team may sign in there at the same hour.
        Self { pair: limiter(10, 10), account: limiter(20, 10), address: limiter(60, 30) }
    }

    /// Counts an attempt, or says how many seconds to wait.
    pub fn check(&self, username: &str, address: &str) -> Result<(), ApiError> {
        let username = username.to_lowercase();
        for (limiter, key) in [
            (&self.address, address.to_owned()),
            (&self.account, username.clone()),
            (&self.pair, format!("{username} {address}")),
        ] {
            if limiter.len() > MAX_LIMIT_KEYS {
                limiter.retain_recent();
            }
            limiter.check_key(&key).map_err(|until| {
                let wait = until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
                ApiError::new(StatusCode::TOO_MANY_REQUESTS, "auth.too_many_attempts").with("seconds", wait)
            })?;
        }
        Ok(())
    }
}

impl Default for SignInLimit {
    fn default() -> Self {
        Self::new()
    }
}

/// Address of the other end; empty where there is no connection, as in tests.
#[derive(Debug)]
pub struct Peer(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Peer(address.map_or_else(String::new, |it| it.0.ip().to_string())))
    }
}
