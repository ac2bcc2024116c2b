//! A finished submission made unreadable for everybody but the holder of a private key.
//!
//! Source: the ODK specification of encrypted forms (<https://getodk.github.io/xforms-spec/encryption>). Where it leaves
//! something open, what ODK Collect writes and ODK Central reads:
//! - OAEP uses SHA-256 for the label and for MGF1. The specification names Java's
//!   `RSA/NONE/OAEPWithSHA256AndMGF1Padding`; Bouncy Castle, which has that name without a hyphen, uses SHA-256 for both,
//!   and Central undoes exactly that (`lib/util/quarantine/oaep.js`).
//! - The manifest is in the namespace that Collect writes, `http://www.opendatakit.org/xforms/encrypted`.
//! - Attachments come first, the XML last, under the name `submission.xml`.
//!
//! ```text
//! begin ─attachment─▶ photo.jpg.enc … ─finish─▶ submission.xml.enc and the manifest
//! ```
//! Nothing here draws a random number: the caller gives [`Randomness`], and the same randomness gives the same bytes.
//! It must come from a cryptographic source and be used once.

mod cipher;
mod manifest;
mod rsa;
#[cfg(test)]
mod tests;

use std::fmt;

use md5::{Digest, Md5};

use crate::evidence::{base64, hex};
use crate::{Code, Diagnostic, Place};

pub use manifest::{Manifest, OPAQUE};
pub use rsa::{KeyError, PublicKey};

/// Name of the submission among the files of a manifest, before it is encrypted.
const SUBMISSION: &str = "submission.xml";
/// What an encrypted file's name ends with.
pub const ENDING: &str = ".enc";

/// Which submission it is, by what its root and `meta` say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The form's id.
    pub form_id: &'a str,
    /// The form's version; empty where it has none.
    pub version: &'a str,
    /// `meta/instanceID`.
    pub instance_id: &'a str,
}

/// What chance gives to one submission.
#[derive(Clone)]
pub struct Randomness {
    key: [u8; 32],
    seeds: [[u8; 32]; 2],
}

impl Randomness {
    /// How many random bytes are needed.
    pub const LEN: usize = 96;

    /// Takes random bytes: 32 for the symmetric key, 32 each for the two OAEP seeds.
    #[must_use]
    pub fn new(bytes: [u8; Self::LEN]) -> Self {
        let part = |at: usize| std::array::from_fn(|it| bytes[at + it]);
        Self { key: part(0), seeds: [part(32), part(64)] }
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Randomness")
    }
}

/// An encrypted file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Name with `.enc`.
    pub name: String,
    /// What to send.
    pub bytes: Vec<u8>,
}

/// A submission as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encrypted {
    /// The manifest: the XML document of the upload.
    pub manifest: String,
    /// The files of the upload, in the manifest's order; the submission is the last.
    pub files: Vec<File>,
}

/// Encrypts a whole submission; [`Encryption`] does the same file by file.
#[must_use]
pub fn encrypt(
    xml: &str,
    identity: Identity<'_>,
    key: &PublicKey,
    attachments: Vec<(String, Vec<u8>)>,
    randomness: Randomness,
) -> Encrypted {
    let mut encryption = Encryption::begin(identity, key, randomness);
    let mut files: Vec<File> =
        attachments.into_iter().map(|(name, bytes)| encryption.attachment(&name, bytes)).collect();
    let (manifest, submission) = encryption.finish(xml);
    files.push(submission);
    Encrypted { manifest, files }
}

/// A submission being encrypted file by file, so that no more than one attachment is held at a time.
pub struct Encryption {
    key: PublicKey,
    randomness: Randomness,
    /// The MD5 of instance id and symmetric key, counted on with every file.
    vector: [u8; 16],
    n_files: usize,
    manifest: Manifest,
    /// What is signed: lines of identity, then a line for each file.
    signed: String,
}

impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryption").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

impl Encryption {
    /// Begins with a submission's identity.
    #[must_use]
    pub fn begin(identity: Identity<'_>, key: &PublicKey, randomness: Randomness) -> Self {
        let encrypted_key = base64(&key.encrypt(&randomness.key, &randomness.seeds[0]));
        let mut vector = Md5::new();
        vector.update(identity.instance_id);
        vector.update(randomness.key);
        let version = Some(identity.version).filter(|it| !it.is_empty());
        let mut signed = String::new();
        for line in [Some(identity.form_id), version, Some(&encrypted_key), Some(identity.instance_id)] {
            signed.extend(line.into_iter().flat_map(|it| [it, "\n"]));
        }
        Self {
            key: key.clone(),
            vector: vector.finalize().into(),
            n_files: 0,
            manifest: Manifest {
                form_id: identity.form_id.to_owned(),
                version: identity.version.to_owned(),
                instance_id: identity.instance_id.to_owned(),
                encrypted_key,
                ..Manifest::default()
            },
            signed,
            randomness,
        }
    }

    /// Encrypts the next attachment in its own memory.
    #[must_use]
    pub fn attachment(&mut self, name: &str, bytes: Vec<u8>) -> File {
        let file = self.file(name, bytes);
        self.manifest.media.push(file.name.clone());
        file
    }

    /// Encrypts the submission and returns the manifest with it.
    #[must_use]
    pub fn finish(mut self, xml: &str) -> (String, File) {
        let submission = self.file(SUBMISSION, xml.as_bytes().to_vec());
        self.manifest.submission.clone_from(&submission.name);
        let digest: [u8; 16] = Md5::digest(&self.signed).into();
        self.manifest.signature = base64(&self.key.encrypt(&digest, &self.randomness.seeds[1]));
        (self.manifest.to_xml(), submission)
    }

    fn file(&mut self, name: &str, mut bytes: Vec<u8>) -> File {
        self.signed += &format!("{name}::{}\n", hex(&Md5::digest(&bytes)));
        let counted = &mut self.vector[self.n_files % 16];
        *counted = counted.wrapping_add(1);
        self.n_files += 1;
        cipher::encrypt(&self.randomness.key, self.vector, &mut bytes);
        File { name: format!("{name}{ENDING}"), bytes }
    }
}

/// Returns what is wrong with the key a form carries: a form that is to be encrypted and cannot be must not be used.
#[must_use]
pub fn diagnose(public_key: &str) -> Option<Diagnostic> {
    let error = PublicKey::parse(public_key).err()?;
    let problem = Diagnostic::warning(Code::FormPublicKey, Place::Form);
    Some(problem.with("problem", error.to_string()))
}
