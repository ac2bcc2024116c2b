//! `<submission>`: how a finished visit is to be sent (ODK XForms specification, "Submission").

use roxmltree::Node;
use serde::Serialize;

use super::NodeExt;

/// What a form says of its submissions; whoever sends them decides what to follow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Submission {
    /// Where to send them, if not to where the form came from.
    pub action: Option<String>,
    /// How; ODK knows `post` and its synonym `form-data-post`.
    pub method: Option<String>,
    /// The RSA public key, base64, that every submission is to be encrypted with.
    pub public_key: Option<String>,
    /// Whether to send by itself, where the form overrides the app's setting.
    pub auto_send: Option<bool>,
    /// Whether to delete after sending, where the form overrides the app's setting.
    pub auto_delete: Option<bool>,
}

impl Submission {
    /// Reads the model's element; a model without one says nothing.
    pub(super) fn read(model: Node<'_, '_>) -> Submission {
        let Some(element) = model.child("submission") else { return Submission::default() };
        let text = |name: &str| element.attr(name).map(str::trim).filter(|it| !it.is_empty());
        let choice = |name: &str| text(name).and_then(|it| it.parse().ok());
        Submission {
            action: text("action").map(str::to_owned),
            method: text("method").map(str::to_owned),
            public_key: text("base64RsaPublicKey").map(str::to_owned),
            auto_send: choice("auto-send"),
            auto_delete: choice("auto-delete"),
        }
    }
}
