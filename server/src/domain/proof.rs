//! One submission as a folder that proves itself: the document, the files, the notes, the seal, the phone's public key, the
//! receipt, and how to verify them. Whoever gets it needs `doorstep verify DIR`, or the page on the seal and any tool
//! that knows SHA-256 and ECDSA.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use super::account::Account;
use super::desk::DeskError;
use super::export::{Chunks, pipe};
use super::seal::Sealed;
use super::{audit, calendar};
use crate::App;
use crate::blob::BlobError;
use crate::store::devices::{self, KeyRow};
use crate::store::erasures;
use crate::store::submissions::{self, AttachmentRow, SubmissionRow};

/// Names in the folder.
pub const DOCUMENT: &str = "submission.xml";
/// The seal as it came.
pub const SEAL: &str = "seal.json";
/// The notes as they came, or what is left of them; absent where none came.
pub const NOTES: &str = "notes.json";
/// The phone's key; absent where nobody signed.
pub const DEVICE: &str = "device.json";
/// The receipt.
pub const RECEIPT: &str = "receipt.json";
/// Where each file lies, by its name in the document.
pub const LIST: &str = "files.json";
/// Folder of the files.
pub const FILES: &str = "files";
const README: &str = "README.txt";
const README_TEXT: &str = include_str!("proof.txt");
/// Longest file name that is kept, in bytes.
const LONGEST_NAME: usize = 120;

/// `device.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// SHA-256 of the public key.
    pub key_id: String,
    /// Uncompressed point of P-256, hex.
    pub public_key: String,
    /// Whose phone.
    pub account_id: String,
    /// The browser's own name.
    pub device_id: String,
    /// Milliseconds UTC.
    pub enrolled_at: i64,
    /// Milliseconds UTC; 0 while it holds.
    pub revoked_at: i64,
}

/// `receipt.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptFile {
    /// What people know it by.
    pub number: String,
    /// `meta/instanceID`.
    pub instance_id: String,
    /// Milliseconds UTC.
    pub received_at: i64,
    /// What the phone was told.
    pub digest: String,
    /// Hash of the notes as they came, where something was taken out of them because its time was over.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes_sha256: String,
}

/// A line of `files.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Name in the document.
    pub name: String,
    /// Name in the folder `files`.
    pub path: String,
    /// Hash of its bytes.
    pub sha256: String,
    /// Length.
    pub size_bytes: u64,
    /// The day it was erased because its time was over; empty while it is there.
    #[serde(default)]
    pub erased_on: String,
}

/// What goes into the folder.
#[derive(Debug)]
pub struct Proof {
    /// The submission.
    pub row: SubmissionRow,
    attachments: Vec<AttachmentRow>,
    key: Option<KeyRow>,
    /// Day of erasure by file name.
    erased: BTreeMap<String, String>,
}

/// Reads what is needed; that it was read goes into the audit log under the name of `by`, or the server's own.
pub async fn read(app: &App, by: Option<&Account>, id: String) -> Result<Proof, DeskError> {
    let by = by.map_or_else(String::new, |it| it.id.clone());
    let offset_min = app.config.utc_offset_min;
    let proof = app
        .db
        .read(move |tx| {
            let row = match submissions::get(tx, &id)? {
                Some(row) => row,
                None => submissions::by_instance(tx, &id)?.ok_or(DeskError::NotFound)?,
            };
            let key = match Sealed::read(Some(&row.seal)).key_id() {
                Some(key) => devices::get(tx, &key)?.filter(|it| it.account_id == row.account_id),
                None => None,
            };
            let attachments = submissions::attachments(tx, &row.id)?;
            let mut erased = BTreeMap::new();
            for it in &attachments {
                if let Some(at) = erasures::erased_on(tx, &it.sha256)? {
                    erased.insert(it.name.clone(), calendar::day_at(at, offset_min).to_string());
                }
            }
            Ok::<_, DeskError>(Proof { attachments, row, key, erased })
        })
        .await?;
    let target = proof.row.id.clone();
    audit::note(app, &by, "export submission", &target, "").await?;
    Ok(proof)
}

/// Writes a submission into a new folder.
pub async fn write_folder(app: &App, proof: &Proof, folder: &Path) -> Result<(), DeskError> {
    let stored = |error: io::Error| DeskError::Blob(BlobError::Store(error.to_string()));
    std::fs::create_dir(folder).map_err(stored)?;
    std::fs::create_dir(folder.join(FILES)).map_err(stored)?;
    for (path, bytes) in proof.texts() {
        std::fs::write(folder.join(path), bytes).map_err(stored)?;
    }
    for (listed, attachment) in proof.listed().iter().zip(&proof.attachments) {
        if let Some(bytes) = bytes_of(app, attachment).await? {
            std::fs::write(folder.join(FILES).join(&listed.path), bytes).map_err(stored)?;
        }
    }
    Ok(())
}

/// Begins a zip of the folder.
pub fn zip(app: &Arc<App>, proof: Proof) -> Chunks {
    let (app, handle) = (Arc::clone(app), Handle::current());
    pipe(move |out| {
        let mut archive = zip::ZipWriter::new_stream(out);
        let stored =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (path, bytes) in proof.texts() {
            archive.start_file(path, stored)?;
            archive.write_all(&bytes)?;
        }
        for (listed, attachment) in proof.listed().iter().zip(&proof.attachments) {
            let bytes = handle.block_on(bytes_of(&app, attachment)).map_err(io::Error::other)?;
            if let Some(bytes) = bytes {
                archive.start_file(format!("{FILES}/{}", listed.path), stored)?;
                archive.write_all(&bytes)?;
            }
        }
        archive.finish()?.into_inner().flush()?;
        Ok(())
    })
}

/// Returns a file's bytes; nothing where it was erased.
async fn bytes_of(app: &App, attachment: &AttachmentRow) -> Result<Option<Bytes>, DeskError> {
    match app.blobs.get(&attachment.sha256).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(BlobError::NotFound) => Ok(None),
        Err(error) => Err(DeskError::Blob(error)),
    }
}

impl Proof {
    fn texts(&self) -> Vec<(&'static str, Vec<u8>)> {
        let row = &self.row;
        let receipt = ReceiptFile {
            number: row.receipt_number.clone(),
            instance_id: row.instance_id.clone(),
            received_at: row.received_at,
            digest: row.digest.clone(),
            notes_sha256: row.notes_sha256.clone(),
        };
        let device = self.key.as_ref().map(|key| Device {
            key_id: key.id.clone(),
            public_key: key.public_key.clone(),
            account_id: key.account_id.clone(),
            device_id: key.device_id.clone(),
            enrolled_at: key.enrolled_at,
            revoked_at: key.revoked_at,
        });
        let mut texts = vec![
            (README, README_TEXT.as_bytes().to_vec()),
            (DOCUMENT, row.xml.clone().into_bytes()),
            (RECEIPT, json(&receipt)),
            (LIST, json(&self.listed())),
        ];
        texts.extend(device.map(|it| (DEVICE, json(&it))));
        let as_they_came = [(SEAL, &row.seal), (NOTES, &row.notes)];
        let came = as_they_came.into_iter().filter(|(_, text)| !text.is_empty());
        texts.extend(came.map(|(name, text)| (name, text.clone().into_bytes())));
        texts
    }

    /// Returns where each file lies, in the order of the attachments.
    fn listed(&self) -> Vec<Listed> {
        let mut taken = HashSet::new();
        let mut path = |n: usize, name: &str| {
            let kept = is_plain(name) && taken.insert(name.to_lowercase());
            if kept { name.to_owned() } else { format!("file-{n}.bin") }
        };
        let files = self.attachments.iter().enumerate();
        let listed = |(n, it): (usize, &AttachmentRow)| Listed {
            name: it.name.clone(),
            path: path(n + 1, &it.name),
            sha256: it.sha256.clone(),
            size_bytes: u64::try_from(it.size_bytes).unwrap_or(0),
            erased_on: self.erased.get(&it.name).cloned().unwrap_or_default(),
        };
        files.map(listed).collect()
    }
}

/// Returns whether a name can be a file's on every system and leads nowhere else.
#[must_use]
pub fn is_plain(name: &str) -> bool {
    let is_kept = |it: char| it.is_alphanumeric() || "-_. ".contains(it);
    let stem = name.split('.').next().unwrap_or_default();
    let is_device = matches!(stem.len(), 3 | 4)
        && ["con", "prn", "aux", "nul", "com", "lpt"].iter().any(|it| stem.to_lowercase().starts_with(it));
    !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name.chars().all(is_kept)
        && !name.starts_with(['.', ' '])
        && !name.ends_with(['.', ' '])
        && !name.starts_with("file-")
        && !is_device
}

fn json(value: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_else(|_| unreachable!("plain data"));
    text.push(b'\n');
    text
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn names_stay_in_the_folder() {
        for plain in ["face-1a2b.jpg", "门口 1.jpg", "a"] {
            assert!(is_plain(plain), "{plain}");
        }
        for other in [
            "",
            "..",
            ".a",
            "../a",
            "a/b",
            "a\\b",
            "a:b",
            "a\n",
            "con",
            "NUL.txt",
            "lpt1",
            "a.",
            "file-1.bin",
        ] {
            assert!(!is_plain(other), "{other}");
        }
        assert!(!is_plain(&"长".repeat(60)));
    }
}
