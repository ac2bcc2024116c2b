//! Signing in and out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::auth::{COOKIE, Peer, Signed};
use super::error::ApiError;
use super::input::Valid;
use super::shapes::Role;
use crate::App;
use crate::domain::account::{self, Account};

/// Who signs in.
#[derive(Debug, Deserialize, Validate, ToSchema)]
pub struct Credentials {
    #[validate(length(min = 1, max = 64))]
    username: String,
    #[validate(length(min = 1, max = 256))]
    password: String,
}

/// The signed-in person.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountBody {
    id: String,
    username: String,
    name: String,
    #[schema(value_type = Role)]
    role: String,
    grids: Vec<String>,
    locale: String,
}

/// A session as the web app keeps it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    account: AccountBody,
    /// For the header `x-doorstep-csrf` of every request that changes something.
    csrf_token: String,
    /// The server's clock, to warn a person whose phone's clock is wrong.
    server_now_ms: i64,
    /// What a phone opens its own data with when the unlock code is forgotten, 64 hexadecimal digits; told at sign-in only.
    #[schema(required)]
    phone_secret: Option<String>,
    /// What a phone that is locked opens its finished visits with, to send them: 64 hexadecimal digits; told to whoever is
    /// signed in. It opens nothing else.
    #[schema(required)]
    sending_secret: Option<String>,
    /// The server's point that a phone encrypts a visit to when it leaves the phone as a file: 130 hexadecimal digits.
    visit_key: String,
}

impl SessionBody {
    fn new(app: &App, account: Account, csrf_token: String, secrets: Secrets) -> Self {
        let account = AccountBody {
            id: account.id,
            username: account.username,
            name: account.name,
            role: account.role.as_str().to_owned(),
            grids: account.grids,
            locale: account.locale,
        };
        let (server_now_ms, visit_key) = (app.clock.now_ms(), app.visit_key.public());
        let Secrets { phone: phone_secret, sending: sending_secret } = secrets;
        Self { account, csrf_token, server_now_ms, phone_secret, sending_secret, visit_key }
    }
}

/// What a phone may be told.
struct Secrets {
    phone: Option<String>,
    sending: Option<String>,
}

/// Signs a person in; the session is a cookie.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = Credentials,
    responses((status = 200, body = SessionBody), (status = 401, body = super::error::ErrorBody),
              (status = 429, body = super::error::ErrorBody)))]
pub async fn sign_in(
    State(app): State<Arc<App>>,
    Peer(address): Peer,
    Valid(credentials): Valid<Credentials>,
) -> Result<Response, ApiError> {
    app.sign_in_limit.check(&credentials.username, &address)?;
    let signed = account::sign_in(&app, credentials.username, credentials.password).await?;
    let max_age = app.config.session_hours * 3600;
    let cookie = set_cookie(&app, &signed.token, max_age)?;
    let sending = Some(account::sending_secret(&signed.phone_secret));
    let secrets = Secrets { phone: Some(signed.phone_secret), sending };
    let body = SessionBody::new(&app, signed.account, signed.csrf_token, secrets);
    Ok((cookie, Json(body)).into_response())
}

/// Returns the session that the cookie stands for.
#[utoipa::path(get, operation_id = "current_session", path = "/api/v1/session", tag = "session",
    responses((status = 200, body = SessionBody), (status = 401, body = super::error::ErrorBody)))]
pub async fn current(State(app): State<Arc<App>>, signed: Signed) -> Result<Json<SessionBody>, ApiError> {
    let sending = account::known_sending_secret(&app, &signed.account).await?;
    let secrets = Secrets { phone: None, sending };
    Ok(Json(SessionBody::new(&app, signed.account, signed.csrf_token, secrets)))
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204)))]
pub async fn sign_out(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, ApiError> {
    account::sign_out(&app, &signed.token, &signed.account).await?;
    Ok((StatusCode::NO_CONTENT, set_cookie(&app, "", 0)?).into_response())
}

fn set_cookie(app: &App, token: &str, max_age: i64) -> Result<HeaderMap, ApiError> {
    let secure = if app.config.is_tls() { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age}{secure}");
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, HeaderValue::from_str(&text).map_err(ApiError::internal)?);
    Ok(headers)
}
