//! The rows that a visit becomes.

use wasm_forms::Operation;

use super::judge::Visit;
use super::moment::Moment;
use crate::domain::{document, list};
use crate::store::inbox::InboxFile;
use crate::store::submissions::{AttachmentRow, ChangeRow, SubmissionRow};

/// `offset_min` where the visit does not say its own.
pub(super) fn submission_row(visit: &Visit, offset_min: i32) -> SubmissionRow {
    let Visit { waiting, context, checked } = visit;
    let (by, kept, meta) = (&waiting.by, &waiting.row, &checked.meta);
    let moment = Moment::of(meta, &waiting.sealed, kept.received_at, offset_min);
    let clock = moment.clock;
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
    let outcome = checked.answers.iter().find(|it| it.name == "outcome").map(|it| it.value.clone());
    SubmissionRow {
        id: kept.id.clone(),
        instance_id: kept.instance_id.clone(),
        content_sha256: kept.content_sha256.clone(),
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
        receipt_number: kept.receipt_number.clone(),
        digest: kept.digest.clone(),
        seal: kept.seal.clone(),
        xml: kept.xml.clone(),
        answers: serde_json::to_string(&document::as_sent(&kept.xml, &checked.answers))
            .unwrap_or_else(|_| "[]".to_owned()),
        n_photos: attachment_rows(visit).iter().filter(|it| it.kind == "photo").count() as i64,
        n_attachments: kept.files.len() as i64,
        visited_at: moment.at,
        visited_on: moment.on,
        started_at: meta.started_at,
        ended_at: meta.ended_at,
        offset_min: i64::from(moment.offset_min),
        received_at: kept.received_at,
        notes: kept.notes.clone(),
        claimed_at: clock.map(|it| it.claimed_at),
        corrected_at: clock.map(|it| it.corrected_at),
        earliest_at: clock.and_then(|it| it.earliest_at),
        latest_at: clock.map(|it| it.latest_at),
        clock_basis: clock.and_then(|it| it.basis).map_or("", |it| it.as_str()).to_owned(),
        ..SubmissionRow::default()
    }
}

pub(super) fn attachment_rows(visit: &Visit) -> Vec<AttachmentRow> {
    let row = |file: &InboxFile| {
        let mut answers = visit.checked.answers.iter();
        let answer = answers.find(|it| it.control == "upload" && it.value == file.name);
        let is_signature = answer.is_some_and(|it| it.appearance.iter().any(|word| word == "signature"));
        let kind = match (is_signature, file.media_type.starts_with("image/")) {
            (true, _) => "signature",
            (false, true) => "photo",
            (false, false) => "other",
        };
        AttachmentRow {
            name: file.name.clone(),
            sha256: file.sha256.clone(),
            media_type: file.media_type.clone(),
            size_bytes: file.size_bytes,
            width: file.width,
            height: file.height,
            kind: kind.to_owned(),
            question: answer.map_or(String::new(), |it| it.label.clone()),
        }
    };
    visit.waiting.row.files.iter().map(row).collect()
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
