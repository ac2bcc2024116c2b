//! The seal: what the phone says it sent, compared with what arrived or with what is stored.
//!
//! A wrong or missing seal is told, never a reason to refuse: [`examine`] gives every fault it finds, with a code that has
//! a text for people. Version 2 is signed and chained (`wasm_forms::evidence::seal`); version 1, from phones with
//! visits sealed before, was neither and counts as unsigned.

pub mod chain;
pub mod key;
mod read;

#[cfg(test)]
mod tests;

pub use wasm_forms::evidence::seal::{Basis, ClockClaim, Digest, Seal, SealedFile};
use wasm_forms::evidence::seal_digest;

pub use self::read::{First, Sealed, Signed};
use crate::blob::hashes::sha256;
use crate::store::devices::KeyRow;

/// The document's place among the things that can differ.
pub const DOCUMENT: &str = "xml_submission_file";
/// The notes' place.
pub const NOTES: &str = "notes";
/// The place of the seal's own digest.
pub const SEAL: &str = "seal";

/// What a seal is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// `meta/instanceID`.
    pub instance_id: &'a str,
    /// The document's.
    pub document: Digest,
    /// The files.
    pub files: &'a [SealedFile],
    /// That of the notes as they came; of nothing where none came.
    pub notes: Digest,
}

impl<'a> Content<'a> {
    /// Returns what is compared, given the document and the notes.
    #[must_use]
    pub fn of(instance_id: &'a str, xml: &str, notes: &str, files: &'a [SealedFile]) -> Content<'a> {
        let digest = |text: &str| Digest::from(sha256(text.as_bytes()));
        Content { instance_id, document: digest(xml), files, notes: digest(notes) }
    }
}

/// What is wrong with a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// None came.
    Missing,
    /// It can't be read, or is of a version not known here.
    Malformed,
    /// Nobody signed it.
    Unsigned,
    /// What is there is not what was sealed.
    ContentDiffers,
    /// The account has no such key.
    UnknownKey,
    /// The key was revoked.
    KeyRevoked,
    /// The signature is not the key's over these bytes.
    SignatureWrong,
}

impl Flaw {
    /// Returns the code of its text.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Flaw::Missing => "seal.missing",
            Flaw::Malformed => "seal.malformed",
            Flaw::Unsigned => "seal.unsigned",
            Flaw::ContentDiffers => "seal.content_differs",
            Flaw::UnknownKey => "seal.unknown_key",
            Flaw::KeyRevoked => "seal.key_revoked",
            Flaw::SignatureWrong => "seal.signature_wrong",
        }
    }

    /// Returns whether something was changed, rather than never proved.
    #[must_use]
    pub const fn is_breach(self) -> bool {
        matches!(self, Flaw::Malformed | Flaw::ContentDiffers | Flaw::SignatureWrong)
    }
}

/// A flaw and what it concerns: a file's name, [`DOCUMENT`], [`NOTES`], [`SEAL`], or empty for the whole.
pub type Fault = (Flaw, String);

/// Returns the digest that a receipt names: of the seal over what really arrived, so that a phone sees a difference.
#[must_use]
pub fn receipt_digest(sealed: &Sealed, content: &Content<'_>) -> String {
    match sealed {
        Sealed::Second(signed) => over(&signed.seal, content).digest().to_string(),
        Sealed::Missing | Sealed::Malformed | Sealed::First(_) => content_digest(content),
    }
}

/// Returns the hash of a document and its files, whatever its seal.
#[must_use]
pub fn content_digest(content: &Content<'_>) -> String {
    let files: Vec<_> = content.files.iter().map(|it| (it.name.clone(), it.sha256.to_string())).collect();
    seal_digest(&content.document, &files)
}

/// Returns every fault of a seal, given the sender's key by the id it names.
#[must_use]
pub fn examine(sealed: &Sealed, content: &Content<'_>, key: Option<&KeyRow>) -> Vec<Fault> {
    let whole = |flaw| vec![(flaw, String::new())];
    match sealed {
        Sealed::Missing => whole(Flaw::Missing),
        Sealed::Malformed => whole(Flaw::Malformed),
        Sealed::First(first) => {
            let mut faults = whole(Flaw::Unsigned);
            faults.extend(first.differences(content).into_iter().map(|it| (Flaw::ContentDiffers, it)));
            faults
        }
        Sealed::Second(signed) => {
            let differing = differences(&signed.seal, content);
            let mut faults: Vec<Fault> = differing.into_iter().map(|it| (Flaw::ContentDiffers, it)).collect();
            if signed.seal.digest() != signed.digest {
                faults.push((Flaw::ContentDiffers, SEAL.to_owned()));
            }
            match (signed.seal.key_id, key) {
                (None, _) => faults.push((Flaw::Unsigned, String::new())),
                (Some(_), None) => faults.push((Flaw::UnknownKey, String::new())),
                (Some(_), Some(key)) => {
                    if !key::is_signed(signed, key) {
                        faults.push((Flaw::SignatureWrong, String::new()));
                    } else if key.revoked_at > 0 {
                        faults.push((Flaw::KeyRevoked, String::new()));
                    }
                }
            }
            faults
        }
    }
}

/// Returns the seal with what it is compared with in the place of what it claims.
fn over(seal: &Seal, content: &Content<'_>) -> Seal {
    Seal {
        instance_id: content.instance_id.to_owned(),
        xml_sha256: content.document,
        attachments: content.files.to_vec(),
        notes_sha256: content.notes,
        ..seal.clone()
    }
}

/// Returns the names of what differs.
fn differences(seal: &Seal, content: &Content<'_>) -> Vec<String> {
    let mut names = Vec::new();
    if seal.instance_id != content.instance_id || seal.xml_sha256 != content.document {
        names.push(DOCUMENT.to_owned());
    }
    if seal.notes_sha256 != content.notes {
        names.push(NOTES.to_owned());
    }
    names.extend(unlike(&seal.attachments, content.files));
    names
}

/// Returns the names of files that are only on one side, or not the same on both.
fn unlike<T: Named + PartialEq<SealedFile>>(sealed: &[T], found: &[SealedFile]) -> Vec<String> {
    let differs = |it: &&T| !found.iter().any(|file| *it == file);
    let is_new = |it: &&SealedFile| !sealed.iter().any(|file| file.name() == it.name);
    let changed = sealed.iter().filter(differs).map(|it| it.name().to_owned());
    changed.chain(found.iter().filter(is_new).map(|it| it.name.clone())).collect()
}

trait Named {
    fn name(&self) -> &str;
}

impl Named for SealedFile {
    fn name(&self) -> &str {
        &self.name
    }
}
