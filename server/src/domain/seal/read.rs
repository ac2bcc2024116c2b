//! Seals as they travel: JSON of either version.

use serde::Deserialize;
use wasm_forms::evidence::seal::{Basis, ClockClaim, Digest, Seal, SealedFile};
use wasm_forms::evidence::seal_digest;

use super::{Content, DOCUMENT, Named, SEAL, unlike};

/// A seal as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sealed {
    /// None came.
    Missing,
    /// What came is no seal.
    Malformed,
    /// Version 1.
    First(First),
    /// Version 2.
    Second(Box<Signed>),
}

/// A seal of version 1.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct First {
    instance_id: String,
    xml_sha256: String,
    attachments: Vec<FirstFile>,
    digest: String,
    /// The phone's clock.
    #[serde(default)]
    pub device_time_ms: i64,
    /// The phone.
    #[serde(default)]
    pub device_id: String,
}

/// Name and SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct FirstFile(String, String);

/// A seal of version 2 with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What it covers.
    pub seal: Seal,
    /// What it calls itself.
    pub digest: Digest,
    /// 64 bytes; empty where nobody signed.
    pub signature: Vec<u8>,
    /// The phone's own name; not covered.
    pub device_id: String,
    /// The seals that it replaces.
    pub replaced: Vec<Signed>,
}

impl Sealed {
    /// Reads the part `seal` of a submission.
    #[must_use]
    pub fn read(text: Option<&str>) -> Sealed {
        let Some(text) = text.filter(|it| !it.is_empty()) else { return Sealed::Missing };
        let version = serde_json::from_str::<Version>(text).map(|it| it.version);
        let read = match version {
            Ok(1) => serde_json::from_str(text).ok().map(Sealed::First),
            Ok(2) => second(text).map(|it| Sealed::Second(Box::new(it))),
            _ => None,
        };
        read.unwrap_or(Sealed::Malformed)
    }

    /// Returns the key that it says it was signed with.
    #[must_use]
    pub fn key_id(&self) -> Option<String> {
        if let Sealed::Second(signed) = self { signed.seal.key_id.map(|it| it.to_string()) } else { None }
    }

    /// Returns whether a file of this name was sealed.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        match self {
            Sealed::Missing | Sealed::Malformed => false,
            Sealed::First(first) => first.attachments.iter().any(|it| it.0 == name),
            Sealed::Second(signed) => signed.seal.attachments.iter().any(|it| it.name == name),
        }
    }
}

impl First {
    /// Whether it is of this document.
    #[must_use]
    pub fn is_of_document(&self, xml_sha256: &Digest) -> bool {
        self.xml_sha256 == xml_sha256.to_string()
    }

    /// Returns the names of what differs.
    pub(super) fn differences(&self, content: &Content<'_>) -> Vec<String> {
        let mut names = Vec::new();
        if self.instance_id != content.instance_id || !self.is_of_document(&content.document) {
            names.push(DOCUMENT.to_owned());
        }
        names.extend(unlike(&self.attachments, content.files));
        let claimed: Vec<_> = self.attachments.iter().map(|it| (it.0.clone(), it.1.clone())).collect();
        if names.is_empty() && self.digest != seal_digest(&content.document, &claimed) {
            names.push(SEAL.to_owned());
        }
        names
    }
}

impl Named for FirstFile {
    fn name(&self) -> &str {
        &self.0
    }
}

impl PartialEq<SealedFile> for FirstFile {
    fn eq(&self, file: &SealedFile) -> bool {
        self.0 == file.name && self.1 == file.sha256.to_string()
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Raw {
    version: u32,
    instance_id: String,
    xml_sha256: String,
    attachments: Vec<(String, String, u64)>,
    notes_sha256: String,
    key_id: String,
    device_time_ms: i64,
    clock: Option<RawClock>,
    counter: u64,
    previous: String,
    replaces: Vec<String>,
    #[serde(default)]
    replaced: Vec<Raw>,
    digest: String,
    signature: String,
    #[serde(default)]
    device_id: String,
}

#[derive(Deserialize)]
struct RawClock {
    basis: String,
    least_ms: i64,
    likely_ms: i64,
    most_ms: i64,
}

fn second(text: &str) -> Option<Signed> {
    signed(serde_json::from_str(text).ok()?)
}

/// A counter beyond what a browser counts to, a hash in another spelling, half a signature: no seal.
fn signed(raw: Raw) -> Option<Signed> {
    const MOST: u64 = 1 << 53;
    if raw.version != 2 || raw.counter > MOST || raw.key_id.is_empty() != raw.signature.is_empty() {
        return None;
    }
    let clock = match raw.clock {
        None => None,
        Some(it) => Some(ClockClaim {
            basis: Basis::parse(&it.basis)?,
            least_ms: it.least_ms,
            likely_ms: it.likely_ms,
            most_ms: it.most_ms,
        }),
    };
    let file = |(name, sha256, size_bytes): (String, String, u64)| {
        Some(SealedFile { name, size_bytes, sha256: Digest::parse(&sha256)? })
    };
    Some(Signed {
        seal: Seal {
            instance_id: raw.instance_id,
            xml_sha256: Digest::parse(&raw.xml_sha256)?,
            attachments: raw.attachments.into_iter().map(file).collect::<Option<_>>()?,
            notes_sha256: Digest::parse(&raw.notes_sha256)?,
            key_id: optional(&raw.key_id)?,
            device_time_ms: raw.device_time_ms,
            clock,
            counter: raw.counter,
            previous: optional(&raw.previous)?,
            replaces: raw.replaces.iter().map(|it| Digest::parse(it)).collect::<Option<_>>()?,
        },
        digest: Digest::parse(&raw.digest)?,
        signature: data_encoding::HEXLOWER.decode(raw.signature.as_bytes()).ok()?,
        device_id: raw.device_id,
        replaced: raw.replaced.into_iter().map(signed).collect::<Option<_>>()?,
    })
}

/// Nothing where it is no digest; a digest or none where it is.
fn optional(text: &str) -> Option<Option<Digest>> {
    if text.is_empty() { Some(None) } else { Digest::parse(text).map(Some) }
}
