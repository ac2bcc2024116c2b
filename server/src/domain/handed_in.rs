//! Visits that come as a file, because their phone could not send them: carried by hand, opened with the server's key,
//! and taken in by the same door as those that phones send. What the door refuses stays refused; who handed it in is in
//! the submission's history and in the audit log.
//!
//! ```text
//! u32 big-endian, length of the JSON | JSON | the document | the files, one after the other
//! {"account_id": "…", "task_id": "", "seal": "{…}", "notes": "", "xml_bytes": 9120, "files": [["face.jpg", 48112], …]}
//! ```
//! The whole is encrypted as [`visit_key`](crate::vault::visit_key) tells.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

use super::account::{self, Account};
use super::intake::{self, Accepted, IntakeError, MAX_FILES, MAX_XML_BYTES, Upload};
use super::{DbError, audit, evidence};
use crate::App;
use crate::store::submissions::{self, EventRow};
use crate::vault::visit_key::SealedFileError;

/// The kind of the event in a submission's history.
const EVENT: &str = "handed_in";
/// Who handed a file in where nobody is signed in: the operator at the server itself.
const OPERATOR: &str = "doorstep import-visit";

/// A visit out of a file.
#[derive(Debug)]
pub struct HandedIn {
    /// Whose visit it is.
    pub account_id: String,
    /// What the phone would have sent.
    pub upload: Upload,
}

/// A visit that was handed in and is stored.
#[derive(Debug)]
pub struct Taken {
    /// Id of the submission.
    pub submission_id: String,
    /// Whose visit it is.
    pub volunteer: String,
    /// The receipt, and whether it is new.
    pub accepted: Accepted,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum HandedInError {
    /// It can't be opened.
    #[error(transparent)]
    File(#[from] SealedFileError),
    /// Its visit is of an account that is not known here.
    #[error("the visit is of an account that is not known here")]
    UnknownAccount,
    /// The door refuses the visit.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

#[derive(Deserialize)]
struct Head {
    account_id: String,
    task_id: String,
    seal: String,
    notes: String,
    xml_bytes: usize,
    files: Vec<(String, usize)>,
}

/// Opens a file.
pub fn open(app: &App, file: &[u8]) -> Result<HandedIn, SealedFileError> {
    read(app.visit_key.open(file)?.into()).ok_or(SealedFileError::Damaged)
}

/// Takes in the visit of a file; `by` is nobody where the operator does it at the server.
pub async fn take(app: &Arc<App>, by: Option<&Account>, file: &[u8]) -> Result<Taken, HandedInError> {
    let HandedIn { account_id, upload } = open(app, file)?;
    let volunteer = account::of_id(app, account_id).await?.ok_or(HandedInError::UnknownAccount)?;
    let accepted = match intake::receive(app, &volunteer, upload).await {
        // What does not fit its seal is asked for once more; what could be decrypted came as it was written.
        Err(IntakeError::Damaged) => intake::receive(app, &volunteer, open(app, file)?.upload).await?,
        other => other?,
    };
    // Another visit may stay in the inbox; whether this one does is told next.
    let _ = intake::enter_all(app).await;
    let submission_id = note(app, by, accepted.receipt.instance_id.clone()).await?;
    Ok(Taken { submission_id, volunteer: volunteer.name, accepted })
}

/// Writes an opened visit into a folder that is not there yet: what the door refuses is not lost.
pub fn unpack(visit: &HandedIn, folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir(folder)?;
    std::fs::write(folder.join("submission.xml"), &visit.upload.xml)?;
    std::fs::write(folder.join("seal.json"), visit.upload.seal.as_deref().unwrap_or_default())?;
    std::fs::write(folder.join("notes.json"), &visit.upload.notes)?;
    let files = folder.join("files");
    std::fs::create_dir(&files)?;
    for (name, bytes) in &visit.upload.files {
        let is_name = Path::new(name).file_name().is_some_and(|it| it == name.as_str());
        if !is_name {
            return Err(std::io::Error::other(format!("{name:?} is no name of a file")));
        }
        std::fs::write(files.join(name), bytes)?;
    }
    Ok(())
}

/// Notes who handed a visit in; returns the submission's id. The same file again is not noted in the history twice.
async fn note(app: &App, by: Option<&Account>, instance_id: String) -> Result<String, DbError> {
    let now = app.clock.now_ms();
    let (id, name) = by.map_or((String::new(), OPERATOR.to_owned()), |it| (it.id.clone(), it.name.clone()));
    app.db
        .write(move |tx| {
            let row = submissions::by_instance(tx, &instance_id)?;
            let row = row.ok_or_else(|| DbError::Other(format!("{instance_id} is not stored")))?;
            if !submissions::events(tx, &row.id)?.iter().any(|it| it.kind == EVENT) {
                let kind = EVENT.to_owned();
                let event =
                    EventRow { id: crate::new_id(), at: now, by_name: name, kind, text: String::new() };
                submissions::add_event(tx, &row.id, &event)?;
            }
            audit::record_as(tx, now, &id, "hand in submission", &row.id, &row.digest)?;
            Ok(row.id)
        })
        .await
}

fn read(content: Bytes) -> Option<HandedIn> {
    let (length, _) = content.split_first_chunk::<4>()?;
    let mut at = 4 + usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let mut head: Head = serde_json::from_slice(content.get(4..at)?).ok()?;
    if head.xml_bytes > MAX_XML_BYTES || head.files.len() > MAX_FILES {
        return None;
    }
    let mut next = |n_bytes: usize| {
        let end = at.checked_add(n_bytes).filter(|end| *end <= content.len())?;
        let part = content.slice(at..end);
        at = end;
        Some(part)
    };
    let xml = next(head.xml_bytes)?;
    let mut files: Vec<(String, Bytes)> = Vec::new();
    for (name, n_bytes) in std::mem::take(&mut head.files) {
        if n_bytes > evidence::MAX_BYTES || files.iter().any(|(known, _)| *known == name) {
            return None;
        }
        files.push((name, next(n_bytes)?));
    }
    let Head { account_id, seal, notes, task_id, .. } = head;
    let upload = Upload { xml, seal: Some(seal), notes, task_id, files, ..Upload::default() };
    (at == content.len()).then_some(HandedIn { account_id, upload })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(json: &str, rest: &[u8]) -> Bytes {
        let length = u32::try_from(json.len()).unwrap().to_be_bytes();
        Bytes::from([&length[..], json.as_bytes(), rest].concat())
    }

    fn head(xml_bytes: usize, files: &str) -> String {
        format!(
            r#"{{"account_id":"a","task_id":"t","seal":"{{}}","notes":"","xml_bytes":{xml_bytes},"files":{files}}}"#
        )
    }

    #[test]
    fn parts_are_read_as_they_were_written() {
        let visit = read(content(&head(4, r#"[["a.jpg",2],["b.jpg",0]]"#), b"<a/>\xFF\xD8")).unwrap();
        assert_eq!((visit.account_id.as_str(), &visit.upload.xml[..]), ("a", &b"<a/>"[..]));
        let files =
            [("a.jpg".to_owned(), Bytes::from_static(b"\xFF\xD8")), ("b.jpg".to_owned(), Bytes::new())];
        assert_eq!(visit.upload.files, files);
    }

    #[test]
    fn as_many_files_are_read_as_pass_the_door() {
        let files = |n: usize| {
            let names: Vec<String> = (0..n).map(|it| format!(r#"["{it}.jpg",0]"#)).collect();
            read(content(&head(4, &format!("[{}]", names.join(","))), b"<a/>"))
                .map(|it| it.upload.files.len())
        };
        assert_eq!(files(MAX_FILES), Some(MAX_FILES));
        assert_eq!(files(MAX_FILES + 1), None);
    }

    #[test]
    fn what_does_not_add_up_is_refused() {
        let (whole, short) = (head(4, "[]"), head(5, "[]"));
        for bad in [
            Bytes::new(),
            Bytes::from_static(&[0, 0, 0, 9, 1]),
            content("{}", b""),
            content(&whole, b"<a/>more"),
            content(&short, b"<a/>"),
            content(&head(usize::MAX, "[]"), b"<a/>"),
            content(&head(0, &format!(r#"[["a",{}]]"#, usize::MAX)), b""),
            content(&head(0, r#"[["a",0],["a",0]]"#), b""),
        ] {
            assert!(read(bad.clone()).is_none(), "{bad:?}");
        }
    }
}
