//! The one error that becomes a response: a code, what its text needs, and the text in both languages.
//!
//! Texts stand beside the web app's, in `web/src/i18n/codes.*.json`; a test compares them with [`CODES`].

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use wasm_forms::Diagnostic;

use super::shapes::DiagnosticBody;
use crate::blob::BlobError;
use crate::domain::DbError;
use crate::domain::account::SessionError;
use crate::domain::desk::DeskError;
use crate::domain::device::DeviceError;
use crate::domain::evidence::MediaError;
use crate::domain::form::FormError;
use crate::domain::handed_in::HandedInError;
use crate::domain::import::ImportError;
use crate::domain::intake::IntakeError;
use crate::domain::pack::PackError;
use crate::domain::retention::HoldError;
use crate::domain::review::ReviewError;
use crate::domain::upload::UploadError;
use crate::vault::visit_key::SealedFileError;

/// Every code that the server itself gives; the engine's and the register's are their own.
pub const CODES: &[&str] = &[
    "attachment.empty",
    "attachment.erased",
    "attachment.no_copy",
    "attachment.not_image",
    "attachment.too_large",
    "attachment.too_many_pixels",
    "attachment.truncated",
    "auth.bad_credentials",
    "auth.csrf",
    "auth.expired",
    "auth.forbidden",
    "auth.signed_out",
    "auth.too_many_attempts",
    "device.key_malformed",
    "device.key_revoked",
    "device.key_taken",
    "entity.conflict",
    "entity.other_grid",
    "entity.unknown",
    "form.misspelt_register",
    "form.refused",
    "form.unknown_register",
    "form.version_missing",
    "form.version_taken",
    "handed_in.damaged",
    "handed_in.not_one",
    "handed_in.other_server",
    "handed_in.unknown_account",
    "import.not_ready",
    "import.unknown_list",
    "not_found",
    "photo.animated",
    "photo.blurred",
    "photo.damaged",
    "photo.like_another",
    "photo.likeness_reused",
    "photo.metadata",
    "photo.not_compared",
    "photo.not_viewable",
    "photo.note_differs",
    "photo.reused",
    "photo.too_bright",
    "photo.too_dark",
    "photo.too_small",
    "photo.trailing_data",
    "photo.unusual_encoding",
    "request.invalid",
    "request.malformed",
    "request.method",
    "request.timeout",
    "request.too_large",
    "review.already_decided",
    "review.only_visit",
    "review.reason_required",
    "seal.chain_fork",
    "seal.chain_gap",
    "seal.content_differs",
    "seal.counter_back",
    "seal.key_revoked",
    "seal.malformed",
    "seal.missing",
    "seal.signature_wrong",
    "seal.unknown_key",
    "seal.unsigned",
    "server.busy",
    "server.files_unreachable",
    "server.full",
    "server.internal",
    "submission.attachment_extra",
    "submission.attachment_missing",
    "submission.conflict",
    "submission.damaged",
    "submission.files_missing",
    "submission.unknown_form",
    "submission.unknown_version",
    "task.already_done",
    "task.attempts_used_up",
    "task.moved_grid",
    "task.other_form",
    "task.other_subject",
    "task.unknown",
    "upload.checksum",
    "upload.expired",
    "upload.locked",
    "upload.offset",
    "upload.quota",
    "upload.version",
    "visit.clock_ahead",
    "visit.clock_behind",
    "visit.clock_jumped",
];

/// What went wrong, for people and programs.
#[derive(Debug)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable code.
    pub code: String,
    /// What the text needs.
    pub params: BTreeMap<String, String>,
    /// Everything wrong with a workbook or register.
    pub diagnostics: Vec<Diagnostic>,
}

/// Body of every response that is not 2xx.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Stable code, `area.problem`.
    pub code: String,
    /// What the text of the code needs.
    pub params: BTreeMap<String, String>,
    /// What happened, then what to do, by language.
    pub message: BTreeMap<String, String>,
    /// Everything wrong with a workbook or register.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<DiagnosticBody>, required = false)]
    pub diagnostics: Vec<Diagnostic>,
}

impl ApiError {
    /// Returns an error without parameters.
    pub fn new(status: StatusCode, code: impl Into<String>) -> Self {
        Self { status, code: code.into(), params: BTreeMap::new(), diagnostics: Vec::new() }
    }

    /// Returns the error with a parameter for its text.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// 503: more is arriving than fits in memory; the phone comes back by itself.
    #[must_use]
    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "server.busy").with("seconds", 5)
    }

    /// 507: the disk is full; the phone comes back by itself, and somebody has to make room.
    #[must_use]
    pub fn full() -> Self {
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "server.full").with("seconds", 60)
    }

    /// 503: the store of the files does not answer; the phone comes back by itself. Logged here, once.
    pub fn files_unreachable(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "request refused");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "server.files_unreachable").with("seconds", 30)
    }

    /// 408: nothing arrived for a while.
    #[must_use]
    pub fn timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "request.timeout")
    }

    /// 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found")
    }

    /// 403.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "auth.forbidden")
    }

    /// 400, for what can't even be read.
    #[must_use]
    pub fn malformed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "request.malformed")
    }

    /// 413.
    #[must_use]
    pub fn too_large(limit_bytes: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "request.too_large").with("limit_mib", limit_bytes >> 20)
    }

    /// 500: logged here, once; the caller gets an id to tell.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        let id = crate::new_id();
        tracing::error!(%id, %error, "request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server.internal").with("id", id)
    }

    fn refused(code: &str, diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code) }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let message = messages(&self.code, &self.params);
        let wait = self.params.get("seconds").filter(|_| {
            use StatusCode as Is;
            [Is::TOO_MANY_REQUESTS, Is::SERVICE_UNAVAILABLE, Is::INSUFFICIENT_STORAGE].contains(&self.status)
        });
        let wait = wait.and_then(|it| HeaderValue::from_str(it).ok());
        let body = ErrorBody { code: self.code, params: self.params, message, diagnostics: self.diagnostics };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(wait) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

type Texts = BTreeMap<String, String>;

/// Returns the text of every code by language.
pub fn texts() -> &'static [(&'static str, Texts); 2] {
    static TEXTS: OnceLock<[(&str, Texts); 2]> = OnceLock::new();
    let read = |json| serde_json::from_str(json).unwrap_or_default();
    TEXTS.get_or_init(|| {
        [
            ("zh-CN", read(include_str!("../../../web/src/i18n/codes.zh-CN.json"))),
            ("en", read(include_str!("../../../web/src/i18n/codes.en.json"))),
        ]
    })
}

/// Returns the text of a code in one language with its parameters filled in; the code itself where it has none.
#[must_use]
pub fn text(language: &str, code: &str, params: &BTreeMap<String, String>) -> String {
    let found = texts().iter().find(|(known, _)| *known == language).and_then(|(_, texts)| texts.get(code));
    let text = found.cloned().unwrap_or_else(|| code.to_owned());
    params.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// Returns the text of a code by language.
#[must_use]
pub fn messages(code: &str, params: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    texts().iter().map(|(language, _)| ((*language).to_owned(), text(language, code, params))).collect()
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Full => ApiError::full(),
            DbError::Unique(_) | DbError::Column(_) | DbError::Stopped | DbError::Other(_) => {
                ApiError::internal(error)
            }
        }
    }
}

impl From<BlobError> for ApiError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Full => ApiError::full(),
            BlobError::Unreachable(_) => ApiError::files_unreachable(error),
            BlobError::NotFound | BlobError::Vault(_) | BlobError::Store(_) => ApiError::internal(error),
        }
    }
}

impl From<SessionError> for ApiError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::BadCredentials => ApiError::new(StatusCode::UNAUTHORIZED, "auth.bad_credentials"),
            SessionError::SignedOut => ApiError::new(StatusCode::UNAUTHORIZED, "auth.signed_out"),
            SessionError::Expired => ApiError::new(StatusCode::UNAUTHORIZED, "auth.expired"),
            SessionError::Db(error) => error.into(),
        }
    }
}

impl From<FormError> for ApiError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::UnknownForm => {
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "submission.unknown_form")
            }
            FormError::UnknownVersion => {
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "submission.unknown_version")
            }
            FormError::Refused(diagnostics) => ApiError::refused("form.refused", diagnostics),
            FormError::VersionTaken(taken) => ApiError {
                params: taken.params.clone(),
                diagnostics: vec![*taken],
                ..ApiError::new(StatusCode::CONFLICT, "form.version_taken")
            },
            FormError::Db(error) => error.into(),
            FormError::Blob(error) => error.into(),
        }
    }
}

impl From<PackError> for ApiError {
    fn from(error: PackError) -> Self {
        match error {
            PackError::Refused(diagnostics) => ApiError::refused("pack.refused", diagnostics),
            PackError::Unknown => ApiError::new(StatusCode::NOT_FOUND, "pack.unknown"),
            PackError::Db(error) => error.into(),
            PackError::Blob(error) => error.into(),
        }
    }
}

impl From<DeviceError> for ApiError {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Malformed => ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "device.key_malformed"),
            DeviceError::Taken => ApiError::new(StatusCode::CONFLICT, "device.key_taken"),
            DeviceError::Revoked => ApiError::new(StatusCode::CONFLICT, "device.key_revoked"),
            DeviceError::NotFound => ApiError::not_found(),
            DeviceError::Db(error) => error.into(),
        }
    }
}

impl From<IntakeError> for ApiError {
    fn from(error: IntakeError) -> Self {
        let refused = |code: &str| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code);
        match error {
            IntakeError::Malformed(None) => {
                refused("submission.malformed").with("line", "–").with("column", "–")
            }
            IntakeError::Malformed(Some(diagnostic)) => {
                ApiError { params: diagnostic.params, ..refused(&diagnostic.code) }
            }
            IntakeError::Form(error) => error.into(),
            IntakeError::Conflict => ApiError::new(StatusCode::CONFLICT, "submission.conflict"),
            IntakeError::Missing(name) => refused("submission.attachment_missing").with("name", name),
            IntakeError::Extra(name) => refused("submission.attachment_extra").with("name", name),
            IntakeError::Media { name, error } => refused(media_code(error)).with("name", name),
            // A passing one: what is missing is sent, then the visit again.
            IntakeError::NotSent(hashes) => ApiError::new(StatusCode::CONFLICT, "submission.files_missing")
                .with("n", hashes.len())
                .with("sha256", hashes.join(" ")),
            // Every phone, old ones too, tries again after this status.
            IntakeError::Damaged => {
                ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "submission.damaged").with("seconds", 5)
            }
            IntakeError::TooLarge(limit_bytes) => ApiError::too_large(limit_bytes),
            IntakeError::Forbidden => ApiError::forbidden(),
            IntakeError::Db(error) => error.into(),
            IntakeError::Blob(error) => error.into(),
        }
    }
}

const fn media_code(error: MediaError) -> &'static str {
    match error {
        MediaError::Empty => "attachment.empty",
        MediaError::TooLarge => "attachment.too_large",
        MediaError::Truncated => "attachment.truncated",
        MediaError::NotImage => "attachment.not_image",
        MediaError::TooManyPixels => "attachment.too_many_pixels",
    }
}

impl From<HandedInError> for ApiError {
    fn from(error: HandedInError) -> Self {
        let refused = |code: &str| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code);
        match error {
            HandedInError::File(SealedFileError::NotOne) => refused("handed_in.not_one"),
            HandedInError::File(SealedFileError::OtherKey) => refused("handed_in.other_server"),
            HandedInError::File(SealedFileError::Damaged) => refused("handed_in.damaged"),
            HandedInError::UnknownAccount => refused("handed_in.unknown_account"),
            HandedInError::Intake(error) => error.into(),
            HandedInError::Db(error) => error.into(),
        }
    }
}

impl From<ReviewError> for ApiError {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::NotFound => ApiError::not_found(),
            ReviewError::ReasonRequired => {
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "review.reason_required")
            }
            ReviewError::OnlyVisit => ApiError::new(StatusCode::CONFLICT, "review.only_visit"),
            ReviewError::OtherReviewer => ApiError::new(StatusCode::FORBIDDEN, "review.other_reviewer"),
            ReviewError::AlreadyDecided { by } => {
                ApiError::new(StatusCode::CONFLICT, "review.already_decided").with("by", by)
            }
            ReviewError::Db(error) => error.into(),
        }
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::NotFound | DeskError::Blob(BlobError::NotFound) => ApiError::not_found(),
            DeskError::Erased => ApiError::new(StatusCode::GONE, "attachment.erased"),
            DeskError::NoCopy => ApiError::new(StatusCode::CONFLICT, "attachment.no_copy"),
            DeskError::Db(error) => error.into(),
            DeskError::Blob(error) => error.into(),
        }
    }
}

impl From<UploadError> for ApiError {
    fn from(error: UploadError) -> Self {
        let refused = |status: u16, code: &str| {
            ApiError::new(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), code)
        };
        match error {
            UploadError::NotFound => ApiError::not_found(),
            UploadError::Expired => refused(410, "upload.expired"),
            UploadError::Malformed => ApiError::malformed(),
            UploadError::Empty => refused(422, "attachment.empty"),
            UploadError::TooLarge => refused(413, "attachment.too_large"),
            UploadError::Quota => refused(429, "upload.quota").with("seconds", 300),
            UploadError::Offset(offset) => refused(409, "upload.offset").with("offset", offset),
            UploadError::Locked => refused(423, "upload.locked"),
            UploadError::Busy => ApiError::busy(),
            // The status that the protocol gives to it.
            UploadError::Checksum => refused(460, "upload.checksum"),
            UploadError::BrokenOff => ApiError::timeout(),
            UploadError::Db(error) => error.into(),
            UploadError::Blob(error) => error.into(),
        }
    }
}

impl From<HoldError> for ApiError {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::NotFound => ApiError::not_found(),
            HoldError::ReasonRequired => {
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "review.reason_required")
            }
            HoldError::Erased => ApiError::new(StatusCode::GONE, "attachment.erased"),
            HoldError::Db(error) => error.into(),
        }
    }
}

impl From<ImportError> for ApiError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::NotFound => ApiError::not_found(),
            ImportError::UnknownList => {
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "import.unknown_list")
            }
            ImportError::NotReady => ApiError::new(StatusCode::CONFLICT, "import.not_ready"),
            ImportError::Db(error) => error.into(),
            ImportError::Blob(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_text_in_every_language() {
        assert!(CODES.is_sorted());
        for (language, texts) in texts() {
            let codes = CODES
                .iter()
                .chain(crate::register::CODES)
                .chain(crate::ledger::CODES)
                .chain(crate::pack::CODES)
                .chain(crate::domain::verify::CODES);
            let missing: Vec<_> = codes.filter(|code| !texts.contains_key(**code)).collect();
            assert!(missing.is_empty(), "no {language} text: {missing:?}");
        }
    }

    #[test]
    fn texts_get_their_parameters() {
        let params = [("name".to_owned(), "门口.jpg".to_owned())].into();
        assert!(text("zh-CN", "attachment.empty", &params).contains("门口.jpg"));
        assert_eq!(text("en", "never.heard", &params), "never.heard");
    }
}
