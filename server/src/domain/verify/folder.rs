//! One submission exported to a folder: everything in it against its seal. Nothing but the folder is needed.

use std::path::Path;

use serde::de::DeserializeOwned;
use wasm_forms::Meta;

use super::submission::Evidence;
use super::{Finding, Report, VerifyError, Weight};
use crate::domain::proof::{self, Device, Listed, ReceiptFile, is_plain};
use crate::domain::seal::{Content, Digest, Sealed, SealedFile};
use crate::store::devices::KeyRow;

/// What a folder holds, as far as it tells of itself.
#[derive(Debug)]
pub struct Verified {
    /// What was found.
    pub report: Report,
    /// Whether the phone's key signed it, everything fits and nothing is missing.
    pub is_proved: bool,
    /// Whether all of it is there. Of what is not, the folder says that its time was over, which anybody can write.
    pub is_whole: bool,
    /// Id of the phone's key; empty where nobody signed. Whose it is, the community knows.
    pub key_id: String,
    /// Receipt number; empty where there is none.
    pub receipt: String,
    /// By the phone's clock, milliseconds UTC.
    pub sealed_at: Option<i64>,
}

/// Verifies a folder.
pub fn verify(folder: &Path) -> Result<Verified, VerifyError> {
    let xml = text(folder, proof::DOCUMENT)?
        .ok_or_else(|| VerifyError::Folder(format!("{}: no {}", folder.display(), proof::DOCUMENT)))?;
    let seal = text(folder, proof::SEAL)?;
    let notes = text(folder, proof::NOTES)?.unwrap_or_default();
    let receipt: Option<ReceiptFile> = json(folder, proof::RECEIPT)?;
    let device: Option<Device> = json(folder, proof::DEVICE)?;
    let listed: Vec<Listed> = json(folder, proof::LIST)?.unwrap_or_default();

    let sealed = Sealed::read(seal.as_deref());
    let key = device.map(key_row);
    let number = receipt.as_ref().map_or(String::new(), |it| it.number.clone());
    let mut report = Report { n_submissions: 1, ..Report::default() };
    let files = files(folder, &listed, &number, &mut report)?;
    let instance_id = Meta::read(&xml).map_or(String::new(), |it| it.instance_id);
    let content = Content::of(&instance_id, &xml, &notes, &files);
    let notes_as_came = receipt.as_ref().and_then(|it| Digest::parse(&it.notes_sha256));
    if notes_as_came.is_some() {
        let params = [("receipt", number.as_str()), ("name", proof::NOTES)];
        report.findings.push(Finding::new(Weight::Warning, "verify.notes_erased", &params));
    }
    let evidence = Evidence {
        receipt: &number,
        content: Content { notes: notes_as_came.unwrap_or(content.notes), ..content },
        sealed: &sealed,
        key: key.as_ref(),
        received_at: receipt.as_ref().map_or(i64::MIN, |it| it.received_at),
        flagged: "",
        digest: receipt.as_ref().map_or("", |it| &it.digest),
    };
    report.n_files = files.len() as u64;
    report.findings.extend(evidence.findings());
    if receipt.is_none() {
        report.findings.push(evidence.finding(Weight::Warning, "verify.no_receipt", ""));
    }
    report.findings.sort();
    report.findings.dedup();
    let is_signed = !report.findings.iter().any(|it| it.code == "verify.no_signature");
    let is_erased = |it: &Finding| matches!(it.code, "verify.file_erased" | "verify.notes_erased");
    let is_whole = !report.findings.iter().any(is_erased);
    report.n_signed = u64::from(is_signed && report.is_sound());
    Ok(Verified {
        is_proved: is_signed && is_whole && report.is_sound(),
        is_whole,
        key_id: sealed.key_id().unwrap_or_default(),
        sealed_at: if let Sealed::Second(it) = &sealed { Some(it.seal.device_time_ms) } else { None },
        receipt: number,
        report,
    })
}

/// Reads the files: those that are listed, and whatever else lies there.
fn files(
    folder: &Path,
    listed: &[Listed],
    receipt: &str,
    report: &mut Report,
) -> Result<Vec<SealedFile>, VerifyError> {
    let mut files = Vec::new();
    let mut is_known = Vec::new();
    for it in listed {
        let is_ours = is_plain(&it.path) || it.path.starts_with("file-") && is_plain(&it.path[5..]);
        if !is_ours {
            return Err(VerifyError::Folder(format!("{}: leads out of the folder", it.path)));
        }
        is_known.push(it.path.clone());
        let path = folder.join(proof::FILES).join(&it.path);
        match std::fs::read(&path) {
            Ok(bytes) => files.push(SealedFile {
                name: it.name.clone(),
                size_bytes: bytes.len() as u64,
                sha256: Digest::of(&bytes),
            }),
            // Its hash is all that is left of it, and is what was sealed or is not.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !it.erased_on.is_empty() => {
                let params =
                    [("receipt", receipt), ("name", it.name.as_str()), ("day", it.erased_on.as_str())];
                report.findings.push(Finding::new(Weight::Warning, "verify.file_erased", &params));
                let sha256 = Digest::parse(&it.sha256);
                files.extend(sha256.map(|sha256| SealedFile {
                    name: it.name.clone(),
                    size_bytes: it.size_bytes,
                    sha256,
                }));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(VerifyError::Folder(format!("{}: {error}", path.display()))),
        }
    }
    for entry in std::fs::read_dir(folder.join(proof::FILES)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !is_known.contains(&name) {
            let params = [("receipt", receipt), ("name", name.as_str())];
            report.findings.push(Finding::new(Weight::Error, "verify.file_added", &params));
        }
    }
    Ok(files)
}

fn key_row(device: Device) -> KeyRow {
    KeyRow {
        id: device.key_id,
        account_id: device.account_id,
        device_id: device.device_id,
        label: String::new(),
        public_key: device.public_key,
        enrolled_at: device.enrolled_at,
        revoked_at: device.revoked_at,
        revoked_by: String::new(),
        head_counter: 0,
        head_digest: String::new(),
    }
}

fn text(folder: &Path, name: &str) -> Result<Option<String>, VerifyError> {
    let path = folder.join(name);
    match std::fs::read(&path) {
        // Bytes that are no text can't be those that were sealed; what replaces them differs too.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(VerifyError::Folder(format!("{}: {error}", path.display()))),
    }
}

fn json<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Option<T>, VerifyError> {
    let Some(text) = text(folder, name)? else { return Ok(None) };
    let read = serde_json::from_str(&text);
    read.map(Some).map_err(|error| VerifyError::Folder(format!("{name}: {error}")))
}
