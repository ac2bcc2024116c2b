//! Signatures as the desk shows them: with the answers that each covers, as they read in the submission.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use wasm_forms::evidence::strokes;

use super::{Asked, Signature, Standing, read};
use crate::App;
use crate::domain::account::Account;
use crate::domain::desk::{DeskError, note_reading};
use crate::domain::notes;
use crate::store::submissions;

/// A signature and what it covers.
#[derive(Debug)]
pub struct Shown {
    /// The signature.
    pub signature: Signature,
    /// What it covers, and what was changed since, in the order of the form.
    pub answers: Vec<Covered>,
}

/// One answer that a signature covers.
#[derive(Debug)]
pub struct Covered {
    /// Path with positions.
    pub reference: String,
    /// The question.
    pub label: String,
    /// As a person reads it; empty where it is not there any more.
    pub display: String,
    /// Whether it is not as it was signed.
    pub is_changed: bool,
}

/// Returns the signatures of a submission; that they were read goes into the audit log.
pub async fn of_submission(app: &Arc<App>, by: &Account, id: String) -> Result<Vec<Shown>, DeskError> {
    let app_ = Arc::clone(app);
    let found = app.db.read(move |tx| {
        let row = submissions::get(tx, &id)?.ok_or(DeskError::NotFound)?;
        let files = submissions::attachments(tx, &row.id)?;
        let form = app_.forms.get(tx, &row.form_id, &row.form_version).ok();
        Ok::<_, DeskError>((row, files, form))
    });
    let (row, files, form) = found.await?;
    note_reading(app, by, "read signatures", row.id.clone(), String::new()).await?;
    let Some(form) = form else { return Ok(Vec::new()) };
    let answers: Vec<Value> = serde_json::from_str(&row.answers).unwrap_or_default();
    let mut bytes: BTreeMap<String, Bytes> = BTreeMap::new();
    for file in files.into_iter().filter(|it| it.media_type == strokes::MEDIA_TYPE) {
        // A file that retention has erased leaves its signature without ink.
        if let Ok(found) = app.blobs.get(&file.sha256).await {
            bytes.insert(file.name, found);
        }
    }
    let bytes_of = |name: &str| bytes.get(name).map(|it| &it[..]);
    let signatures = read(&row.xml, &form.form, Asked::among(&answers), &notes::read(&row.notes), bytes_of);
    Ok(signatures.into_iter().map(|it| shown(it, &answers)).collect())
}

fn shown(signature: Signature, answers: &[Value]) -> Shown {
    let changed = match &signature.standing {
        Standing::Void(changed) => changed.as_slice(),
        Standing::Bound | Standing::Unbound | Standing::Free => &[],
    };
    let gone = changed.iter().filter(|it| !signature.covers.contains(it));
    let covered = |reference: &String| {
        let answer = answers.iter().find(|it| it["reference"] == reference.as_str());
        let text = |key: &str| answer.and_then(|it| it[key].as_str()).unwrap_or_default().to_owned();
        let name = reference.rsplit('/').next().unwrap_or_default();
        let label = text("label");
        Covered {
            label: if label.is_empty() { name.to_owned() } else { label },
            display: text("display"),
            is_changed: changed.contains(reference),
            reference: reference.clone(),
        }
    };
    let answers = signature.covers.iter().chain(gone).map(covered).collect();
    Shown { signature, answers }
}
