//! Submissions and forms as the store has them.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::audit::{self, Told};
use super::submission::Evidence;
use super::{Finding, Report, VerifyError, Weight};
use crate::App;
use crate::blob::BlobError;
use crate::blob::hashes::sha256_hex;
use crate::domain::calendar;
use crate::domain::desk::{notes_as_they_came, sealed_content, sealed_files};
use crate::domain::document::value_at;
use crate::domain::proof;
use crate::domain::seal::key::is_signed;
use crate::domain::seal::{Digest, Sealed};
use crate::store::audit as audit_rows;
use crate::store::db::{DbError, Tx};
use crate::store::devices::{self, KeyRow};
use crate::store::queue::{self, SubmissionFilter};
use crate::store::seals::{self, SealRow};
use crate::store::submissions::{self, AttachmentRow, SubmissionRow};
use crate::store::{erasures, forms};

/// Submissions of one read.
const PAGE: i64 = 200;

struct Stored {
    row: SubmissionRow,
    attachments: Vec<AttachmentRow>,
    key: Option<KeyRow>,
    /// Its own link in the phone's chain; one at most, unless somebody changed that.
    links: Vec<SealRow>,
    /// The hash of its notes as they came, where something was taken out of them.
    notes: Option<Digest>,
}

pub(super) async fn submissions(
    app: &App,
    told: &Told,
    damaged: &mut BTreeSet<String>,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let mut missing: BTreeSet<&String> = told.received.keys().collect();
    let mut named = BTreeSet::new();
    let mut filter = SubmissionFilter { limit: PAGE, ..SubmissionFilter::default() };
    loop {
        let asked = filter.clone();
        let page = app.db.read(move |tx| read(tx, &asked)).await?;
        let Some(last) = page.last() else { break };
        filter.before = Some((last.row.received_at, last.row.id.clone()));
        for stored in &page {
            missing.remove(&stored.row.id);
            one(app, stored, told, damaged, &mut named, report).await?;
        }
    }
    for id in missing {
        let params = [("id", id.as_str()), ("digest", told.received[id].as_str())];
        report.findings.push(Finding::new(Weight::Error, "verify.submission_removed", &params));
    }
    damaged.retain(|it| !named.contains(it));
    Ok(())
}

fn read(tx: &mut dyn Tx, filter: &SubmissionFilter) -> Result<Vec<Stored>, DbError> {
    let rows = queue::page(tx, filter)?;
    rows.into_iter()
        .map(|row| {
            let attachments = submissions::attachments(tx, &row.id)?;
            let sealed = Sealed::read(Some(&row.seal));
            let key = match sealed.key_id() {
                Some(id) => devices::get(tx, &id)?.filter(|it| it.account_id == row.account_id),
                None => None,
            };
            let mut links = seals::of_submission(tx, &row.id)?;
            links.retain(|it| !it.is_replaced);
            let notes = notes_as_they_came(tx, &row)?;
            Ok(Stored { row, attachments, key, links, notes })
        })
        .collect()
}

async fn one(
    app: &App,
    stored: &Stored,
    told: &Told,
    damaged: &BTreeSet<String>,
    named: &mut BTreeSet<String>,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let Stored { row, attachments, key, .. } = stored;
    report.n_submissions += 1;
    let sealed = Sealed::read(Some(&row.seal));
    let files = sealed_files(attachments);
    let evidence = Evidence {
        receipt: &row.receipt_number,
        content: sealed_content(row, &files, stored.notes),
        sealed: &sealed,
        key: key.as_ref(),
        received_at: row.received_at,
        flagged: &row.flag_codes,
        digest: told.received.get(&row.id).unwrap_or(&row.digest),
    };
    let mut found = evidence.findings();
    report.n_signed +=
        u64::from(key.is_some() && !found.iter().any(|it| it.code == "verify.signature_wrong"));
    // That nobody signed is counted, not told of each.
    found.retain(|it| it.weight != Weight::Note);
    let mut error = |code, name: &str| found.push(evidence.finding(Weight::Error, code, name));
    let received = match told.received.get(&row.id) {
        Some(digest) => Some(digest.clone()),
        None => logged_since(app, told, audit::RECEIVED, &row.id).await?,
    };
    match received {
        None => error("verify.submission_added", ""),
        Some(digest) if digest != row.digest => error("verify.receipt_changed", ""),
        Some(_) => {}
    }
    if let Some(reference) = changed_answer(row) {
        error("verify.answer_changed", &reference);
    }
    if !is_linked(stored, &sealed) {
        error("verify.link_changed", "");
    }
    let mut erased = Vec::new();
    if stored.notes.is_some() && !is_erased(app, told, &row.id).await? {
        error("verify.notes_changed", "");
    } else if stored.notes.is_some() {
        let params = [("receipt", row.receipt_number.as_str()), ("name", proof::NOTES)];
        erased.push(Finding::new(Weight::Note, "verify.notes_erased", &params));
    }
    for it in attachments {
        if damaged.contains(&it.sha256) {
            named.insert(it.sha256.clone());
            error("verify.file_damaged", &it.name);
        } else if !is_there(app, &it.sha256).await? {
            let sha256 = it.sha256.clone();
            match app.db.read(move |tx| erasures::erased_on(tx, &sha256)).await? {
                Some(at) if is_erased(app, told, &row.id).await? => {
                    let day = calendar::day_at(at, app.config.utc_offset_min).to_string();
                    let params =
                        [("receipt", row.receipt_number.as_str()), ("name", &it.name), ("day", &day)];
                    erased.push(Finding::new(Weight::Note, "verify.file_erased", &params));
                }
                _ => error("verify.file_missing", &it.name),
            }
        }
    }
    report.findings.extend(found);
    report.findings.extend(erased);
    Ok(())
}

/// Whether the log tells of an erasure: when it was read, or since. A row of the database that says so is not enough.
async fn is_erased(app: &App, told: &Told, id: &str) -> Result<bool, VerifyError> {
    Ok(told.erased.contains(id) || logged_since(app, told, audit::ERASED, id).await?.is_some())
}

/// Returns what was logged of a submission since the log was read: the detail of that row.
async fn logged_since(
    app: &App,
    told: &Told,
    action: &'static str,
    id: &str,
) -> Result<Option<String>, DbError> {
    let (id, last) = (id.to_owned(), told.last);
    app.db.read(move |tx| audit_rows::detail_since(tx, last, action, &id)).await
}

async fn is_there(app: &App, sha256: &str) -> Result<bool, BlobError> {
    app.blobs.has(sha256).await
}

/// Whether the chain holds the link that a signed seal makes, and no other for this submission.
fn is_linked(stored: &Stored, sealed: &Sealed) -> bool {
    let signed = match (sealed, &stored.key) {
        (Sealed::Second(signed), Some(key)) if is_signed(signed, key) => signed,
        _ => return stored.links.is_empty(),
    };
    let [link] = stored.links.as_slice() else { return false };
    link.digest == signed.digest.to_string()
        && signed.seal.key_id.is_some_and(|it| it.to_string() == link.key_id)
        && u64::try_from(link.counter) == Ok(signed.seal.counter)
        && link.previous == signed.seal.previous.map_or_else(String::new, |it| it.to_string())
}

#[derive(Deserialize)]
struct Answer {
    reference: String,
    value: String,
}

/// Returns the path of an answer that the desk shows otherwise than the document has it.
fn changed_answer(row: &SubmissionRow) -> Option<String> {
    let document = roxmltree::Document::parse(&row.xml).ok()?;
    let answers: Vec<Answer> = serde_json::from_str(&row.answers).unwrap_or_default();
    answers
        .into_iter()
        .find(|it| value_at(&document, &it.reference) != it.value.trim())
        .map(|it| it.reference)
}

pub(super) async fn forms(
    app: &App,
    damaged: &mut BTreeSet<String>,
    report: &mut Report,
) -> Result<(), VerifyError> {
    for form in app.db.read(forms::all).await? {
        let (id, version) = (form.form_id.clone(), form.version.clone());
        let xform = app.db.read(move |tx| forms::xform(tx, &id, &version)).await?.unwrap_or_default();
        if sha256_hex(xform.as_bytes()) != form.xform_sha256 {
            let params = [("form", form.form_id.as_str()), ("version", form.version.as_str())];
            report.findings.push(Finding::new(Weight::Error, "verify.form_changed", &params));
        }
        let params = [("receipt", form.form_id.as_str()), ("name", form.workbook_name.as_str())];
        if damaged.remove(&form.workbook_sha256) {
            report.findings.push(Finding::new(Weight::Error, "verify.file_damaged", &params));
        } else if !form.workbook_sha256.is_empty() && !is_there(app, &form.workbook_sha256).await? {
            report.findings.push(Finding::new(Weight::Error, "verify.file_missing", &params));
        }
    }
    Ok(())
}
