//! Checks the answers by the form, and what was signed, and says what the visit becomes.

use wasm_forms::{Checked, Env, Finding, Lists};

use super::context::Context;
use super::flags::severity;
use super::inbox::Waiting;
use super::rows::{attachment_rows, change_row, submission_row};
use super::{sealed, signatures};
use crate::store::submissions::{AttachmentRow, ChangeRow, FlagRow, SubmissionRow};

/// The finding of a visit that the engine could not check: what it says is there, and nobody has looked at it.
const UNCHECKED: &str = "submission.unchecked";

/// A visit that was checked.
pub(super) struct Visit {
    pub(super) waiting: Waiting,
    pub(super) context: Context,
    pub(super) checked: Checked,
}

/// What a visit becomes.
pub(super) struct Rows {
    pub(super) visit: Visit,
    pub(super) submission: SubmissionRow,
    pub(super) attachments: Vec<AttachmentRow>,
    pub(super) changes: Vec<ChangeRow>,
    pub(super) flags: Vec<FlagRow>,
}

/// Checks a visit; takes as long as it takes, so never on an async thread. It has its receipt, so nothing refuses it
/// any more: what can't be checked is told to whoever reviews it.
pub(super) fn judge(waiting: Waiting, context: Context, lists: &Lists, env: &Env) -> Rows {
    let is_tried = !waiting.is_given_up();
    let check = || wasm_forms::check(&waiting.row.xml, &context.published.form, lists, env).ok();
    let checked = is_tried.then(check).flatten().unwrap_or_else(|| unchecked(&waiting));
    let mut flags: Vec<FlagRow> = waiting.row.flags.iter().chain(&context.flags).cloned().collect();
    flags.extend(checked.findings.iter().map(|it| FlagRow {
        code: it.code.clone(),
        reference: it.reference.clone(),
        question: it.question.clone(),
        text: it.message.clone(),
        severity: severity(&it.code).to_owned(),
    }));
    let visit = Visit { waiting, context, checked };
    if is_tried {
        flags.extend(signatures::flags(&visit));
    }
    let Visit { waiting, checked, .. } = &visit;
    flags.extend(sealed::clock_flag(&checked.meta, &waiting.sealed, waiting.row.received_at));
    Rows {
        submission: submission_row(&visit, env.offset_min),
        attachments: attachment_rows(&visit),
        changes: checked.entities.iter().map(change_row).collect(),
        flags,
        visit,
    }
}

fn unchecked(waiting: &Waiting) -> Checked {
    tracing::error!(id = waiting.row.id, "a visit could not be checked");
    let finding = Finding {
        code: UNCHECKED.to_owned(),
        reference: String::new(),
        question: String::new(),
        message: String::new(),
    };
    Checked {
        meta: waiting.meta.clone(),
        findings: vec![finding],
        answers: Vec::new(),
        attachments: Vec::new(),
        entities: Vec::new(),
    }
}
