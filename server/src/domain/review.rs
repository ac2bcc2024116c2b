//! Review: one decision for each submission, by whoever is first.
//!
//! States are ODK Central's. `received` and `edited` wait; `approved`, `hasIssues` (returned to the volunteer) and
//! `rejected` (set aside, because another visit counts) are decided. Approval applies the register changes, closes the
//! task and plans what follows, in one transaction.

use std::sync::Arc;

use super::account::Account;
use super::conflict::KeptCell;
use super::schedule::{self, Now};
use super::task_type::TaskTypes;
use super::{audit, conflict, list, task};
use crate::App;
use crate::store::db::{DbError, Tx};
use crate::store::submissions::{self, EventRow, SubmissionRow};
use crate::store::tasks;

/// What a supervisor decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The visit holds, but for cells where the register is right.
    Approve(Vec<KeptCell>),
    /// Back to the volunteer, with the reason.
    Return(String),
    /// Another visit counts instead, for the reason; this one stays and changes nothing.
    SetAside(String),
}

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// New.
    Received,
    /// New, and replaces an earlier one.
    Edited,
    /// Returned to the volunteer.
    HasIssues,
    /// Agreed.
    Approved,
    /// Set aside: another visit counts instead.
    Rejected,
}

impl State {
    /// Every state.
    pub const ALL: [State; 5] =
        [State::Received, State::Edited, State::HasIssues, State::Approved, State::Rejected];

    /// Returns ODK Central's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Received => "received",
            State::Edited => "edited",
            State::HasIssues => "hasIssues",
            State::Approved => "approved",
            State::Rejected => "rejected",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Whether somebody has still to decide.
    #[must_use]
    pub const fn is_undecided(self) -> bool {
        matches!(self, State::Received | State::Edited)
    }

    /// Returns the state after a decision, or `None` where it was decided before.
    #[must_use]
    pub const fn after(self, decision: &Decision) -> Option<State> {
        match (self, decision) {
            (State::Received | State::Edited, Decision::Approve(_)) => Some(State::Approved),
            (State::Received | State::Edited, Decision::Return(_)) => Some(State::HasIssues),
            (State::Received | State::Edited, Decision::SetAside(_)) => Some(State::Rejected),
            (State::HasIssues | State::Approved | State::Rejected, _) => None,
        }
    }
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// No such submission.
    #[error("not found")]
    NotFound,
    /// A return and a setting aside need words that help the volunteer.
    #[error("reason required")]
    ReasonRequired,
    /// Its task waits for this very visit: setting it aside would leave nobody to go.
    #[error("its task has no other visit")]
    OnlyVisit,
    /// The pack lets others review it.
    #[error("other reviewer")]
    OtherReviewer,
    /// Somebody was first.
    #[error("already decided by {by}")]
    AlreadyDecided {
        /// Name.
        by: String,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Decides a submission.
pub async fn decide(app: &Arc<App>, by: &Account, id: String, decision: Decision) -> Result<(), ReviewError> {
    if let Decision::Return(reason) | Decision::SetAside(reason) = &decision
        && reason.trim().is_empty()
    {
        return Err(ReviewError::ReasonRequired);
    }
    let (now, today) = (app.clock.now_ms(), app.today());
    let (by, types, planned_at) = (by.clone(), app.task_types(), Now::of(app));
    app.db
        .write(move |tx| {
            let row = submissions::get(tx, &id)?.ok_or(ReviewError::NotFound)?;
            if !may_review(tx, &types, &by, &row)? {
                return Err(ReviewError::OtherReviewer);
            }
            let decided = || ReviewError::AlreadyDecided { by: row.decided_by.clone() };
            let next =
                State::parse(&row.review_state).and_then(|it| it.after(&decision)).ok_or_else(decided)?;
            let (kind, reason) = match &decision {
                Decision::Approve(_) => ("approved", ""),
                Decision::Return(reason) => ("returned", reason.trim()),
                Decision::SetAside(_) if task::waits_for(tx, &row)? => return Err(ReviewError::OnlyVisit),
                Decision::SetAside(reason) => ("rejected", reason.trim()),
            };
            if !submissions::decide(tx, &id, (&row.review_state, next.as_str()), (&by.name, now), reason)? {
                return Err(decided());
            }
            match &decision {
                Decision::Approve(kept) => {
                    let mut changes = submissions::changes(tx, &id)?;
                    let kept = conflict::keep(&mut changes, kept);
                    if !kept.is_empty() {
                        let names: Vec<&str> = kept.iter().map(|it| it.property.as_str()).collect();
                        submissions::add_event(tx, &id, &event(&by, now, "kept_register", &names.join(" ")))?;
                    }
                    for change in &changes {
                        list::apply_change(tx, change, &by.name, &id, now)?;
                    }
                    task::approved(tx, &types, &row, (today, now))?;
                    let changed: Vec<_> =
                        changes.iter().map(|it| (it.list.as_str(), it.id.as_str())).collect();
                    schedule::rows_changed(tx, &types, &changed, planned_at)?;
                }
                Decision::Return(_) => task::returned(tx, &row, now)?,
                Decision::SetAside(_) => {}
            }
            submissions::add_event(tx, &id, &event(&by, now, kind, reason))?;
            Ok(audit::record(tx, now, &by, &format!("submission {kind}"), &id, "")?)
        })
        .await
}

/// Whether the pack lets somebody decide what a task brought; where it says nothing, whoever decides at the desk does.
fn may_review(
    tx: &mut dyn Tx,
    types: &TaskTypes,
    by: &Account,
    row: &SubmissionRow,
) -> Result<bool, DbError> {
    let task = tasks::get(tx, &row.task_id)?;
    let review = task.as_ref().and_then(|it| types.get(&it.task_type)).map(|it| &it.review);
    Ok(review.is_none_or(|roles| roles.is_empty() || types.holds_one(by.role, roles)))
}

/// Adds a comment for the other reviewers.
pub async fn comment(app: &App, by: &Account, id: String, text: String) -> Result<(), ReviewError> {
    let (now, by) = (app.clock.now_ms(), by.clone());
    app.db
        .write(move |tx| {
            submissions::get(tx, &id)?.ok_or(ReviewError::NotFound)?;
            submissions::add_event(tx, &id, &event(&by, now, "comment", text.trim()))?;
            Ok(audit::record(tx, now, &by, "comment submission", &id, "")?)
        })
        .await
}

fn event(by: &Account, at: i64, kind: &str, text: &str) -> EventRow {
    EventRow {
        id: crate::new_id(),
        at,
        by_name: by.name.clone(),
        kind: kind.to_owned(),
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_waits_can_be_decided() {
        let back = Decision::Return("照片不清楚".to_owned());
        let (approve, aside) = (Decision::Approve(Vec::new()), Decision::SetAside("重复".to_owned()));
        let check = |from: State, decision: &Decision, expected: Option<State>| {
            assert_eq!(from.after(decision), expected)
        };
        for waiting in [State::Received, State::Edited] {
            check(waiting, &approve, Some(State::Approved));
            check(waiting, &back, Some(State::HasIssues));
            check(waiting, &aside, Some(State::Rejected));
        }
        for decided in [State::HasIssues, State::Approved, State::Rejected] {
            check(decided, &approve, None);
            check(decided, &back, None);
            check(decided, &aside, None);
        }
    }
}
