//! Visits that nobody has to review, and when the program decides them.
//!
//! A visit without pictures is settled in the transaction that stores it. One with pictures waits, undecided and in the
//! queue for everybody to see, until they were compared with those of all other visits: until then it changes no
//! register and makes no task. It is settled in the transaction that notes what the comparison found, so that it is
//! neither forgotten nor settled by a photo of another visit.
//!
//! Whatever speaks against it leaves it undecided, as if its outcome asked for a review: a flag that needs a person, a
//! register that changed meanwhile, a person or another visit that was first, a comparison that could not be made.

use std::sync::Arc;

use super::intake::{flag, needs_a_person};
use super::pack::PROGRAM;
use super::review::State;
use super::schedule::{self, Now};
use super::task::{self, Arriving, Settling};
use super::task_type::TaskTypes;
use super::{audit, calendar};
use crate::store::db::{DbError, Tx};
use crate::store::submissions::{self, ChangeRow, EventRow, FlagRow, SubmissionRow};
use crate::store::{entities, photos, settling};

/// Notes that a visit is settled once its pictures were compared.
pub fn wait(tx: &mut dyn Tx, id: &str) -> Result<(), DbError> {
    settling::insert(tx, id)
}

/// Settles a visit that waits, if nothing speaks against it; returns whether it did. The flags of its pictures are stored
/// by now.
pub fn after_comparison(
    tx: &mut dyn Tx,
    types: &Arc<TaskTypes>,
    id: &str,
    now: Now,
) -> Result<bool, DbError> {
    if !settling::remove(tx, id)? {
        return Ok(false);
    }
    let Some(row) = submissions::get(tx, id)? else { return Ok(false) };
    let changes = submissions::changes(tx, id)?;
    if is_overtaken(tx, &changes)? {
        photos::add_flags(tx, id, &[flag("entity.conflict")])?;
    }
    let is_undecided = State::parse(&row.review_state).is_some_and(State::is_undecided);
    if !is_undecided || submissions::flags(tx, id)?.iter().any(needs_a_person) {
        return Ok(false);
    }
    settle(tx, types, &row, &changes, now)
}

/// Leaves a visit that waits to a person, and says why: its pictures cannot be compared any more.
pub fn without_comparison(tx: &mut dyn Tx, id: &str) -> Result<(), DbError> {
    if settling::remove(tx, id)? {
        photos::add_flags(tx, id, &[not_compared()])?;
    }
    Ok(())
}

/// Returns the flag of a visit whose pictures could not be compared.
#[must_use]
pub fn not_compared() -> FlagRow {
    flag("photo.not_compared")
}

fn settle(
    tx: &mut dyn Tx,
    types: &Arc<TaskTypes>,
    row: &SubmissionRow,
    changes: &[ChangeRow],
    now: Now,
) -> Result<bool, DbError> {
    let today = calendar::parse(&row.visited_on).unwrap_or(now.today);
    let visit = Arriving { submission: row, changes, settling: Settling::Now, today };
    if !task::settled(tx, types, &visit, now.ms)? {
        return Ok(false);
    }
    let states = (row.review_state.as_str(), State::Approved.as_str());
    submissions::decide(tx, &row.id, states, (PROGRAM, now.ms), "")?;
    submissions::add_event(tx, &row.id, &event(now.ms))?;
    audit::record_as(tx, now.ms, "", "submission settled", &row.id, "")?;
    let changed: Vec<_> = changes.iter().map(|it| (it.list.as_str(), it.id.as_str())).collect();
    schedule::rows_changed(tx, types, &changed, now)?;
    Ok(true)
}

/// Whether the register has another version of a row by now than the visit saw.
fn is_overtaken(tx: &mut dyn Tx, changes: &[ChangeRow]) -> Result<bool, DbError> {
    for change in changes {
        let current = entities::get(tx, &change.list, &change.id)?.map(|it| it.version);
        let is_met = match (current, change.base_version) {
            (Some(_), _) if change.operation == "create" => true,
            (Some(current), Some(seen)) => current != seen,
            _ => false,
        };
        if is_met {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns what a visit's history says of it.
#[must_use]
pub fn event(now: i64) -> EventRow {
    EventRow {
        id: crate::new_id(),
        at: now,
        by_name: PROGRAM.to_owned(),
        kind: "settled".to_owned(),
        text: String::new(),
    }
}
