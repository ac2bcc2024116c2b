//! The seal: what the phone says it sent, compared with what arrived.

use serde::Deserialize;
use wasm_forms::evidence::seal_digest;

use crate::blob::sha256_hex;

/// A phone's seal, version 1.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Seal {
    /// Version of the seal's form.
    pub version: u32,
    /// `meta/instanceID` of the document.
    pub instance_id: String,
    /// SHA-256 of the document.
    pub xml_sha256: String,
    /// Name and SHA-256 of each file.
    pub attachments: Vec<(String, String)>,
    /// SHA-256 of the canonical bytes of all this.
    pub digest: String,
    /// The phone's clock.
    #[serde(default)]
    pub device_time_ms: i64,
    /// The phone.
    #[serde(default)]
    pub device_id: String,
}

/// Why a seal does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It can't be read, or is of a version not known here.
    #[error("malformed")]
    Malformed,
    /// A hash differs: of this file, of the document (`xml_submission_file`), or of the seal itself (`seal`).
    #[error("hash of {0} differs")]
    Hash(String),
    /// Sealed, but it did not arrive.
    #[error("{0} is missing")]
    Missing(String),
    /// It arrived, but was not sealed.
    #[error("{0} is extra")]
    Extra(String),
}

/// Reads a seal.
pub fn parse(text: &str) -> Result<Seal, SealError> {
    let seal: Seal = serde_json::from_str(text).map_err(|_| SealError::Malformed)?;
    if seal.version == 1 { Ok(seal) } else { Err(SealError::Malformed) }
}

/// Compares a seal with a document and the files (name, SHA-256) that arrived.
pub fn verify(
    seal: &Seal,
    instance_id: &str,
    xml: &str,
    files: &[(String, String)],
) -> Result<(), SealError> {
    if seal.instance_id != instance_id {
        return Err(SealError::Malformed);
    }
    if seal.xml_sha256 != sha256_hex(xml.as_bytes()) {
        return Err(SealError::Hash("xml_submission_file".to_owned()));
    }
    for (name, sealed) in &seal.attachments {
        match files.iter().find(|(known, _)| known == name) {
            None => return Err(SealError::Missing(name.clone())),
            Some((_, found)) if found != sealed => return Err(SealError::Hash(name.clone())),
            Some(_) => {}
        }
    }
    if let Some((name, _)) =
        files.iter().find(|(name, _)| !seal.attachments.iter().any(|(known, _)| known == name))
    {
        return Err(SealError::Extra(name.clone()));
    }
    if seal.digest == seal_digest(xml, files) { Ok(()) } else { Err(SealError::Hash("seal".to_owned())) }
}
