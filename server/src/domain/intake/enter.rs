//! Makes a visit out of the inbox a submission: one transaction for all its rows, its flags and what follows for its task.

use std::sync::Arc;

use super::context::Context;
use super::flags::{conflicts, flag_codes, needs_a_person};
use super::inbox::Waiting;
use super::judge::{Rows, Visit};
use super::{sealed, work};
use crate::App;
use crate::domain::pack::PROGRAM;
use crate::domain::schedule::{self, Now};
use crate::domain::task::{self, Arrival, Arriving, Settling};
use crate::domain::{audit, calendar, photo, retention, review, settling};
use crate::store::db::DbError;
use crate::store::submissions::{self, AttachmentRow, EventRow, SubmissionRow};
use crate::store::{inbox, jobs, tasks, uploads};

pub(super) async fn store(app: &Arc<App>, rows: Rows) -> Result<(), DbError> {
    let (types, planned_at, now) = (app.task_types(), Now::of(app), app.clock.now_ms());
    let Rows { visit, submission, attachments, changes, flags } = rows;
    let Visit { waiting: Waiting { by, sealed: seal, .. }, context, .. } = visit;
    let Context { task, row: subject, deprecated, .. } = context;
    app.db
        .write(move |tx| {
            // Another process may have been faster.
            if !inbox::remove(tx, &submission.id)? {
                return Ok(());
            }
            let (mut row, mut flags) = (submission, flags);
            // A visit to a returned task corrects the one that was returned, whether the client says so or not.
            let returned = task.as_ref().filter(|it| it.state == "returned");
            let corrects = match (deprecated, returned) {
                (Some(row), _) => Some(row),
                (None, Some(task)) => submissions::get(tx, &task.submission_id)?,
                (None, None) => None,
            };
            if let Some(corrected) = &corrects {
                row.deprecated_id.clone_from(&corrected.instance_id);
            }
            flags.extend(conflicts(tx, &by, &changes)?);
            // A file that was used before is found here and now; what only looks like one, by the comparison.
            flags.extend(photo::reused_files(tx, &row, &attachments)?);
            flags.extend(sealed::link(tx, now, &seal, &row)?);
            let task = match task {
                Some(task) => tasks::get(tx, &task.id)?,
                None if corrects.is_none() => work::task_of(tx, &types, &by, &row, subject.as_ref())?,
                None => None,
            };
            let (mut is_settled, mut is_to_compare) = (false, false);
            if let Some(task) = &task {
                row.task_id.clone_from(&task.id);
                let task_type = types.get(&task.task_type);
                flags.extend(task_type.iter().flat_map(|it| work::lacking(&types, it, task, &by, &row.xml)));
                let is_sampled = task_type.is_some_and(|it| work::is_sampled(it, &row.digest));
                let settling = match is_sampled || flags.iter().any(needs_a_person) {
                    true => Settling::ByPerson,
                    false if has_pictures(&attachments) => Settling::AfterComparison,
                    false => Settling::Now,
                };
                let today = calendar::parse(&row.visited_on).unwrap_or(planned_at.today);
                let arriving = Arriving { submission: &row, changes: &changes, settling, today };
                let arrival = task::arrived(tx, &types, task, &arriving)?;
                flags.extend(work::flag_of(&arrival));
                is_settled = matches!(arrival, Arrival::Done | Arrival::GoesOn);
                is_to_compare = arrival == Arrival::ToComparison;
                row.decide_by = if is_settled { 0 } else { work::decide_by(&types, task, &row) };
            }
            if is_settled {
                settle(&mut row, now);
                let changed: Vec<_> = changes.iter().map(|it| (it.list.as_str(), it.id.as_str())).collect();
                schedule::rows_changed(tx, &types, &changed, planned_at)?;
            }
            row.n_flags = flags.len() as i64;
            row.flag_codes = flag_codes(&flags);
            submissions::insert(tx, &row)?;
            submissions::insert_attachments(tx, &row.id, &attachments)?;
            submissions::insert_changes(tx, &row.id, &changes)?;
            for (position, flag) in flags.iter().enumerate() {
                submissions::add_flag(tx, &row.id, position, flag)?;
            }
            let kind = if corrects.is_some() { "resubmitted" } else { "received" };
            let event = EventRow {
                id: crate::new_id(),
                at: row.received_at,
                by_name: by.name.clone(),
                kind: kind.to_owned(),
                text: corrects.map_or_else(String::new, |it| it.reason),
            };
            submissions::add_event(tx, &row.id, &event)?;
            // Its files have a visit now; who sent them before need not hold them any longer.
            attachments.iter().try_for_each(|it| uploads::release(tx, &by.id, &it.sha256))?;
            retention::keep(tx, &types, &row, task.as_ref().map(|it| it.task_type.as_str()))?;
            if is_settled {
                submissions::add_event(tx, &row.id, &settling::event(now))?;
            }
            if is_to_compare {
                settling::wait(tx, &row.id)?;
            }
            if photo::has_work(&attachments) {
                jobs::add(tx, &crate::new_id(), photo::JOB, &row.id, now)?;
            }
            audit::record(tx, now, &by, "receive submission", &row.id, &row.digest)?;
            Ok(())
        })
        .await
}

/// What the pack lets through without a review is decided by the program.
fn settle(row: &mut SubmissionRow, now: i64) {
    row.review_state = review::State::Approved.as_str().to_owned();
    row.decided_by = PROGRAM.to_owned();
    row.decided_at = now;
}

/// Whether there is something to compare afterwards.
fn has_pictures(attachments: &[AttachmentRow]) -> bool {
    attachments.iter().any(|it| it.media_type.starts_with("image/"))
}
