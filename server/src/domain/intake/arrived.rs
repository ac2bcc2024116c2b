//! A submission whose identity is known: the document, its seal and the hashes of its files.

use wasm_forms::Meta;
use wasm_forms::evidence::seal_digest;

use super::{IntakeError, Upload};
use crate::blob::sha256_hex;
use crate::domain::seal::{self, Seal};

/// A submission whose identity is known.
pub(super) struct Arrived {
    pub(super) upload: Upload,
    pub(super) xml: String,
    pub(super) meta: Meta,
    pub(super) seal: Option<Seal>,
    /// Name and SHA-256 of each file.
    pub(super) hashes: Vec<(String, String)>,
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
        let hashes: Vec<_> =
            upload.files.iter().map(|(name, bytes)| (name.clone(), sha256_hex(bytes))).collect();
        let seal = upload.seal.as_deref().map(seal::parse).transpose()?;
        let digest = seal_digest(&xml, &hashes);
        Ok(Arrived { upload, xml, meta, seal, hashes, digest })
    }
}
