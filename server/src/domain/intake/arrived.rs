//! A submission whose identity is known: the document, its seal and the hashes of its files.

use wasm_forms::Meta;

use super::{IntakeError, Upload, sealed};
use crate::domain::seal::{self, Content, Sealed, SealedFile};

/// A submission whose identity is known.
pub(super) struct Arrived {
    pub(super) upload: Upload,
    pub(super) xml: String,
    pub(super) meta: Meta,
    pub(super) sealed: Sealed,
    /// The files as a seal tells of them.
    pub(super) files: Vec<SealedFile>,
    /// Name and SHA-256 of each file.
    pub(super) hashes: Vec<(String, String)>,
    /// Hash over the document and its files.
    pub(super) content_sha256: String,
    /// What the receipt names.
    pub(super) digest: String,
}

impl Arrived {
    pub(super) fn read(upload: Upload) -> Result<Arrived, IntakeError> {
        let xml = String::from_utf8(upload.xml.to_vec()).map_err(|_| IntakeError::Malformed(None))?;
        // No form writes one, and entities are how a few bytes become gigabytes.
        if xml.contains("<!DOCTYPE") || xml.contains("<!ENTITY") {
            return Err(IntakeError::Malformed(None));
        }
        let meta = Meta::read(&xml).map_err(|diagnostic| IntakeError::Malformed(Some(diagnostic)))?;
        if meta.instance_id.is_empty() {
            return Err(IntakeError::Malformed(None));
        }
        let files = sealed::files(&upload);
        let hashes = files.iter().map(|it| (it.name.clone(), it.sha256.to_string())).collect();
        let sealed = Sealed::read(upload.seal.as_deref());
        let content =
            Content { instance_id: &meta.instance_id, xml: &xml, files: &files, notes: &upload.notes };
        let (content_sha256, digest) =
            (seal::content_digest(&content), seal::receipt_digest(&sealed, &content));
        Ok(Arrived { upload, xml, meta, sealed, files, hashes, content_sha256, digest })
    }
}
