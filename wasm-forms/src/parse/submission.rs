//! `<submission>`: how a finished visit is to be sent (ODK XForms specification, "Submission").

use crate::document::Node;
use serde::Serialize;

use super::at;
use crate::{Code, Diagnostic};

/// What a form says of its submissions; whoever sends them decides what to follow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Submission {
    /// Where to send them, if not to where the form came from.
    pub action: Option<String>,
    pub method: Method,
    /// The RSA public key, base64, that every submission is to be encrypted with.
    pub public_key: Option<String>,
    /// Whether to send by itself, where the form overrides the app's setting.
    pub auto_send: Option<bool>,
    /// Whether to delete after sending, where the form overrides the app's setting.
    pub auto_delete: Option<bool>,
}

/// How a submission is sent. The specification has one way, under two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `post`, or `form-data-post`.
    #[default]
    Post,
}

impl Submission {
    /// Reads the model's element.
    #[inline(never)]
    pub(super) fn read(element: Node<'_, '_>, problems: &mut Vec<Diagnostic>) -> Submission {
        let text = |name: &str| element.attr(name).map(str::trim).filter(|it| !it.is_empty());
        let choice = |name: &str| text(name).and_then(|it| it.parse().ok());
        if let Some(method) = text("method").filter(|it| !["post", "form-data-post"].contains(it)) {
            let place = at(element.attr("ref").unwrap_or_default(), "submission");
            problems.push(Diagnostic::error(Code::FormSubmissionMethod, place).with("method", method));
        }
        Submission {
            action: text("action").map(str::to_owned),
            method: Method::Post,
            public_key: text("base64RsaPublicKey").map(str::to_owned),
            auto_send: choice("auto-send"),
            auto_delete: choice("auto-delete"),
        }
    }
}
