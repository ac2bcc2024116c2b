//! Signatures as the desk shows them: with the answers that each covers, as they read in the submission.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use wasm_forms::evidence::strokes;

use super::{Asked, Given, Signature, Standing, read};
use crate::App;
use crate::domain::account::Account;
use crate::domain::desk::{DeskError, note_reading};
use crate::domain::notes;
use crate::store::erasures;
use crate::store::submissions::{self, FlagRow};

/// The flag of a signature under which answers were changed, and of each of those.
const VOID: &str = "signature.void";
/// The flags of signatures that were found to cover nothing, and of those that nobody could read.
const NOT_BOUND: [&str; 3] = ["signature.unbound", "signature.malformed", "signature.too_large"];

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
        let flags = submissions::flags(tx, &row.id)?;
        let mut drawn = Vec::new();
        for file in files.into_iter().filter(|it| it.media_type == strokes::MEDIA_TYPE) {
            let is_erased = erasures::erased_on(tx, &file.sha256)?.is_some();
            drawn.push((file, is_erased));
        }
        let form = app_.forms.get(tx, &row.form_id, &row.form_version).ok();
        Ok::<_, DeskError>((row, drawn, flags, form))
    });
    let (row, drawn, flags, form) = found.await?;
    note_reading(app, by, "read signatures", row.id.clone(), String::new()).await?;
    let Some(form) = form else { return Ok(Vec::new()) };
    let answers: Vec<Value> = serde_json::from_str(&row.answers).unwrap_or_default();
    let mut bytes: BTreeMap<String, Bytes> = BTreeMap::new();
    let mut erased: BTreeSet<String> = BTreeSet::new();
    for (file, is_erased) in drawn {
        match app.blobs.get(&file.sha256).await {
            Ok(found) => drop(bytes.insert(file.name, found)),
            Err(_) if is_erased => drop(erased.insert(file.name)),
            // The store or the file is broken: it is shown as one that cannot be read.
            Err(_) => {}
        }
    }
    let bytes_of = |name: &str| bytes.get(name).map(|it| &it[..]);
    let signatures = read(&row.xml, &form.form, Asked::among(&answers), &notes::read(&row.notes), bytes_of);
    let mut void = flags
        .iter()
        .filter(|it| it.code == VOID && signatures.iter().any(|of| of.asked.reference == it.reference));
    let is_one_void = void.next().is_some() && void.next().is_none();
    let signatures = signatures.into_iter().map(|mut it| {
        if erased.contains(&it.asked.value) {
            it = as_it_arrived(it, &flags, &answers, is_one_void);
        }
        shown(it, &answers)
    });
    Ok(signatures.collect())
}

/// Returns a signature whose strokes were erased with the standing that was found when it arrived: what it covers stood in
/// its file, and no document changes afterwards. Where several are void, nobody can say any more which of them covered an answer
/// that is gone.
fn as_it_arrived(signature: Signature, flags: &[FlagRow], answers: &[Value], is_one_void: bool) -> Signature {
    let own =
        |code: &str| flags.iter().any(|it| it.code == code && it.reference == signature.asked.reference);
    let is_there = |reference: &str| answers.iter().any(|it| it["reference"] == reference);
    // Answers that are gone are covered no more.
    let is_of_this =
        |reference: &String| signature.covers.contains(reference) || is_one_void && !is_there(reference);
    let standing = match signature.standing {
        Standing::Unbound if own(VOID) => {
            let changed = flags.iter().filter(|it| it.code == VOID).map(|it| &it.reference);
            Standing::Void(changed.filter(|it| is_of_this(it)).cloned().collect())
        }
        Standing::Unbound if !NOT_BOUND.into_iter().any(own) => Standing::Bound,
        standing => standing,
    };
    Signature { given: Given::Erased, standing, ..signature }
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
