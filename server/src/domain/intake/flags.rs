//! What a reviewer is told of a visit beside its answers.

use wasm_forms::Meta;

use crate::domain::account::Account;
use crate::store::db::{DbError, Tx};
use crate::store::entities;
use crate::store::submissions::{ChangeRow, FlagRow};

/// No phone stays without a network longer than this.
const LONGEST_OFFLINE_MS: i64 = 45 * 86_400_000;
/// A phone's clock may be this far ahead before it is flagged.
const CLOCK_TOLERANCE_MS: i64 = 10 * 60 * 1000;

pub(crate) fn flag(code: &str) -> FlagRow {
    FlagRow {
        code: code.to_owned(),
        reference: String::new(),
        question: String::new(),
        text: String::new(),
        severity: severity(code).to_owned(),
    }
}

/// Returns how much a flag weighs for a reviewer.
#[must_use]
pub fn severity(code: &str) -> &'static str {
    match code {
        "seal.missing"
        | "seal.unsigned"
        | "seal.chain_gap"
        | "entity.conflict"
        | "task.already_done"
        | "task.unknown"
        | "visit.clock_ahead"
        | "visit.clock_behind"
        | "visit.clock_jumped"
        | "answer.irrelevant"
        | "signature.unbound"
        | "signature.thumb_print"
        | "signature.too_little_ink"
        | "submission.encrypted"
        | "submission.unknown_node"
        | "submission.missing_node" => "warning",
        // What a photo is like or hides is for a person to weigh; that it was used before, or is broken, is not.
        "photo.reused" | "photo.likeness_reused" | "photo.damaged" => "error",
        photo if photo.starts_with("photo.") => "warning",
        _ => "error",
    }
}

/// Whether a visit with such a flag is looked at, also where its kind needs no review.
pub(crate) fn needs_a_person(flag: &FlagRow) -> bool {
    let is_for_a_person = ["entity.conflict", "photo.note_differs", "signature.unbound"];
    flag.severity == "error" || is_for_a_person.contains(&flag.code.as_str())
}

pub(super) fn flag_codes(flags: &[FlagRow]) -> String {
    let codes: std::collections::BTreeSet<&str> = flags.iter().map(|it| it.code.as_str()).collect();
    codes.into_iter().collect::<Vec<_>>().join(" ")
}

/// A visit's clock is off where it is ahead of ours, or further behind than any phone stays without a network.
pub(super) fn off_calendar(meta: &Meta, now: i64) -> Option<&'static str> {
    let at = meta.ended_at.or(meta.started_at)?;
    if at > now + CLOCK_TOLERANCE_MS {
        Some("visit.clock_ahead")
    } else if at < now - LONGEST_OFFLINE_MS {
        Some("visit.clock_behind")
    } else {
        None
    }
}

/// Flags changes that meet another row than the visit saw: a newer one, none, one of somebody else's grid, or one where
/// a new one was to be made.
pub(super) fn conflicts(
    tx: &mut dyn Tx,
    by: &Account,
    changes: &[ChangeRow],
) -> Result<Vec<FlagRow>, DbError> {
    let mut flags = Vec::new();
    for change in changes {
        let current = entities::get(tx, &change.list, &change.id)?;
        if current.as_ref().is_some_and(|row| !by.covers(&row.grid)) {
            flags.push(flag("entity.other_grid"));
        }
        let current = current.map(|row| row.version);
        match (current, change.base_version) {
            (Some(_), _) if change.operation == "create" => flags.push(flag("entity.conflict")),
            (Some(current), Some(base)) if current != base => flags.push(flag("entity.conflict")),
            (None, _) if change.operation == "update" => flags.push(flag("entity.unknown")),
            _ => {}
        }
    }
    Ok(flags)
}
