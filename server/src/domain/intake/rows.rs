//! The rows that a visit becomes.

use wasm_forms::Operation;

use super::judge::Visit;
use super::sealed;
use crate::App;
use crate::domain::account::Account;
use crate::domain::{calendar, document, list};
use crate::store::submissions::{AttachmentRow, ChangeRow, SubmissionRow};

pub(super) fn submission_row(app: &App, by: &Account, visit: &Visit, now: i64) -> SubmissionRow {
    let (meta, context) = (&visit.checked.meta, &visit.context);
    let clock = sealed::clock(&visit.arrived.sealed, now);
    let behind_ms = clock.filter(|it| it.flag().is_some()).map_or(0, |it| it.behind_ms());
    let ended_at = meta.ended_at.or(meta.started_at).map(|it| it.saturating_add(behind_ms));
    let visited_at = ended_at.filter(|it| is_plausible(*it, now)).unwrap_or(now);
    let offset_min = meta.offset_min.unwrap_or(app.config.utc_offset_min);
    let (list, subject) = context.subject.clone();
    let label = match (&context.row, &context.task) {
        (Some(row), _) => {
            list::properties(&row.data).remove("full_name").unwrap_or_else(|| row.label.clone())
        }
        (None, Some(task)) => task.label.clone(),
        (None, None) => meta.instance_name.clone(),
    };
    let grid = context
        .row
        .as_ref()
        .map(|it| it.grid.clone())
        .or_else(|| context.task.as_ref().map(|it| it.grid.clone()));
    let own_grid = if by.grids.len() == 1 { by.grids[0].clone() } else { String::new() };
    let outcome = visit.checked.answers.iter().find(|it| it.name == "outcome").map(|it| it.value.clone());
    SubmissionRow {
        id: crate::new_id(),
        instance_id: meta.instance_id.clone(),
        content_sha256: visit.arrived.content_sha256.clone(),
        form_id: meta.form_id.clone(),
        form_version: meta.version.clone(),
        instance_name: meta.instance_name.clone(),
        label,
        account_id: by.id.clone(),
        account_name: by.name.clone(),
        task_id: context.task.as_ref().map_or(String::new(), |it| it.id.clone()),
        list,
        subject,
        grid: grid.unwrap_or(own_grid),
        outcome: outcome.unwrap_or_default(),
        review_state: if context.deprecated.is_some() { "edited" } else { "received" }.to_owned(),
        deprecated_id: meta.deprecated_id.clone(),
        digest: visit.arrived.digest.clone(),
        seal: visit.arrived.upload.seal.clone().unwrap_or_default(),
        xml: visit.arrived.xml.clone(),
        answers: serde_json::to_string(&document::as_sent(&visit.arrived.xml, &visit.checked.answers))
            .unwrap_or_else(|_| "[]".to_owned()),
        n_photos: attachment_rows(visit).iter().filter(|it| it.kind == "photo").count() as i64,
        n_attachments: visit.arrived.hashes.len() as i64,
        visited_at,
        visited_on: calendar::text(calendar::day_at(visited_at, offset_min)),
        started_at: meta.started_at,
        ended_at: meta.ended_at,
        offset_min: i64::from(offset_min),
        received_at: now,
        notes: visit.arrived.upload.notes.clone(),
        claimed_at: clock.map(|it| it.claimed_at),
        corrected_at: clock.map(|it| it.corrected_at),
        earliest_at: clock.and_then(|it| it.earliest_at),
        latest_at: clock.map(|it| it.latest_at),
        clock_basis: clock.and_then(|it| it.basis).map_or("", |it| it.as_str()).to_owned(),
        ..SubmissionRow::default()
    }
}

/// Whether a clock can be used for the days that people read; else the day of arrival is.
fn is_plausible(at: i64, now: i64) -> bool {
    const YEAR_MS: i64 = 366 * 86_400_000;
    (now - 10 * YEAR_MS..now + YEAR_MS).contains(&at)
}

pub(super) fn attachment_rows(visit: &Visit) -> Vec<AttachmentRow> {
    let files = visit.arrived.upload.files.iter().zip(&visit.arrived.hashes).zip(&visit.media);
    files
        .map(|(((name, bytes), (_, sha256)), media)| {
            let answer = visit.checked.answers.iter().find(|it| it.control == "upload" && it.value == *name);
            let is_signature = answer.is_some_and(|it| it.appearance.iter().any(|word| word == "signature"));
            let kind = match (is_signature, media.media_type.starts_with("image/")) {
                (true, _) => "signature",
                (false, true) => "photo",
                (false, false) => "other",
            };
            AttachmentRow {
                name: name.clone(),
                sha256: sha256.clone(),
                media_type: media.media_type.to_owned(),
                size_bytes: bytes.len() as i64,
                width: media.width.into(),
                height: media.height.into(),
                kind: kind.to_owned(),
                question: answer.map_or(String::new(), |it| it.label.clone()),
            }
        })
        .collect()
}

pub(super) fn change_row(change: &wasm_forms::EntityChange) -> ChangeRow {
    let operation = match change.operation {
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Upsert => "upsert",
    };
    ChangeRow {
        list: change.list.clone(),
        id: change.id.clone(),
        operation: operation.to_owned(),
        base_version: change.base_version,
        label: change.label.clone(),
        properties: list::data(&change.properties),
    }
}
