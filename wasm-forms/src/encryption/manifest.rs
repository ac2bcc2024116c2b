//! The manifest: what a server may know of an encrypted submission.

use crate::document;
use crate::{Attachment, Checked, Code, Finding, Meta};

/// The namespace that ODK Collect writes. The specification's text has `http://opendatakit.org/submissions`, which
/// Enketo writes; servers read either.
const NAMESPACE: &str = "http://www.opendatakit.org/xforms/encrypted";
/// The media type of bytes that nobody can look into.
pub const OPAQUE: &str = "application/octet-stream";
/// Most nodes of a manifest.
const MAX_NODES: u32 = 100_000;
const OPENROSA: &str = "http://openrosa.org/xforms";

/// A submission manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The form's id.
    pub form_id: String,
    /// The form's version; empty where it has none.
    pub version: String,
    /// `meta/instanceID`.
    pub instance_id: String,
    /// The symmetric key under the form's public key, base64.
    pub encrypted_key: String,
    /// Names of the encrypted attachments, in the order in which they were encrypted.
    pub media: Vec<String>,
    /// Name of the encrypted submission.
    pub submission: String,
    /// The encrypted digest over everything, base64.
    pub signature: String,
}

impl Manifest {
    /// Reads a manifest; `None` where the document is something else.
    #[must_use]
    pub fn read(xml: &str) -> Option<Manifest> {
        let document = document::read(xml, MAX_NODES).ok()?;
        let root = document.root_element();
        if root.attribute("encrypted") != Some("yes") {
            return None;
        }
        let meta = Meta::read(xml).ok()?;
        let text = |name: &str| root.child(name).map(|it| it.all_text().trim().to_owned());
        let media = root.elements().filter(|it| it.is_named("media"));
        let files = media.flat_map(|it| it.elements().filter(|it| it.is_named("file")));
        Some(Manifest {
            form_id: meta.form_id,
            version: meta.version,
            instance_id: meta.instance_id,
            encrypted_key: text("base64EncryptedKey")?,
            media: files.map(|it| it.all_text().trim().to_owned()).collect(),
            submission: text("encryptedXmlFile")?,
            signature: text("base64EncryptedElementSignature").unwrap_or_default(),
        })
    }

    /// Returns what is known of a submission that nobody can check: its identity, its files, and that it is encrypted.
    pub(crate) fn unchecked(&self, meta: Meta) -> Checked {
        let finding = Finding {
            code: Code::SubmissionEncrypted.as_str().to_owned(),
            reference: String::new(),
            question: String::new(),
            message: String::new(),
        };
        Checked {
            meta,
            findings: vec![finding],
            answers: Vec::new(),
            attachments: self.attachments(),
            entities: Vec::new(),
        }
    }

    /// Returns the files of the submission, which nobody can look into.
    pub(crate) fn attachments(&self) -> Vec<Attachment> {
        let attachment = |name: &str| Attachment { name: name.to_owned(), media_type: OPAQUE.to_owned() };
        self.files().map(attachment).collect()
    }

    /// Returns the names of all files, the submission's last.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.media.iter().chain([&self.submission]).map(String::as_str)
    }

    /// Writes the document.
    pub(super) fn to_xml(&self) -> String {
        let id = escaped(&self.form_id);
        let version = escaped(&self.version);
        let version = if version.is_empty() { version } else { format!(" version=\"{version}\"") };
        let mut xml = format!(r#"<data xmlns="{NAMESPACE}" id="{id}"{version} encrypted="yes">"#);
        xml += &element("base64EncryptedKey", &self.encrypted_key);
        let instance_id = element("orx:instanceID", &self.instance_id);
        xml += &format!(r#"<orx:meta xmlns:orx="{OPENROSA}">{instance_id}</orx:meta>"#);
        for name in &self.media {
            xml += &format!("<media>{}</media>", element("file", name));
        }
        xml += &element("encryptedXmlFile", &self.submission);
        xml += &element("base64EncryptedElementSignature", &self.signature);
        xml + "</data>"
    }
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
