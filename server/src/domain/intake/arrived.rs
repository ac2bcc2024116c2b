//! A submission whose identity is known: the document, its seal and the hashes of its files.

use wasm_forms::Meta;

use super::{IntakeError, Upload};
use crate::domain::seal::{self, Content, Digest, Sealed, SealedFile};

/// A submission whose identity is known.
pub(super) struct Arrived {
    pub(super) upload: Upload,
    pub(super) xml: String,
    /// The hash of the document.
    pub(super) document: Digest,
    /// The hash of the notes.
    pub(super) notes: Digest,
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

/// What tells a submission from every other: its instance id, and the hash over the document and its files.
pub(super) struct Identity {
    pub(super) instance_id: String,
    pub(super) content_sha256: String,
}

impl Identity {
    /// Returns the identity of a submission whose files were sent before and are not here any more: their hashes will do.
    pub(super) fn of_hashes(upload: &Upload, mut files: Vec<SealedFile>) -> Result<Identity, IntakeError> {
        let (xml, meta) = document(upload)?;
        for (name, sha256) in &upload.sent {
            let sha256 = Digest::parse(sha256).ok_or(IntakeError::Malformed(None))?;
            files.push(SealedFile { name: name.clone(), size_bytes: 0, sha256 });
        }
        let instance_id = meta.instance_id;
        let content = Content::of(&instance_id, &xml, &upload.notes, &files);
        let content_sha256 = seal::content_digest(&content);
        Ok(Identity { instance_id, content_sha256 })
    }
}

/// Reads the document and what it says of itself.
fn document(upload: &Upload) -> Result<(String, Meta), IntakeError> {
    let xml = String::from_utf8(upload.xml.to_vec()).map_err(|_| IntakeError::Malformed(None))?;
    // No form writes one, and entities are how a few bytes become gigabytes.
    if xml.contains("<!DOCTYPE") || xml.contains("<!ENTITY") {
        return Err(IntakeError::Malformed(None));
    }
    let meta = Meta::read(&xml).map_err(|diagnostic| IntakeError::Malformed(Some(diagnostic)))?;
    if meta.instance_id.is_empty() { Err(IntakeError::Malformed(None)) } else { Ok((xml, meta)) }
}

impl Arrived {
    /// Reads a submission whose files were hashed; gives it back with what is wrong where its document can't be read.
    pub(super) fn read(
        upload: Upload,
        files: Vec<SealedFile>,
    ) -> Result<Arrived, Box<(Upload, IntakeError)>> {
        let (xml, meta) = match document(&upload) {
            Ok(read) => read,
            Err(error) => return Err(Box::new((upload, error))),
        };
        let hashes = files.iter().map(|it| (it.name.clone(), it.sha256.to_string())).collect();
        let sealed = Sealed::read(upload.seal.as_deref());
        let content = Content::of(&meta.instance_id, &xml, &upload.notes, &files);
        let (content_sha256, digest) =
            (seal::content_digest(&content), seal::receipt_digest(&sealed, &content));
        let (document, notes) = (content.document, content.notes);
        Ok(Arrived { upload, xml, document, notes, meta, sealed, files, hashes, content_sha256, digest })
    }

    pub(super) fn identity(&self) -> Identity {
        let (instance_id, content_sha256) = (self.meta.instance_id.clone(), self.content_sha256.clone());
        Identity { instance_id, content_sha256 }
    }
}
