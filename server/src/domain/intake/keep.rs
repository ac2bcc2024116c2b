//! Writes a visit: one transaction for all its rows, its flags and what follows for its task.

use std::sync::Arc;

use super::flags::{conflicts, flag_codes, needs_a_person, severity};
use super::judge::Visit;
use super::rows::{attachment_rows, change_row, submission_row};
use super::{Accepted, IntakeError, sealed, signatures, work};
use crate::App;
use crate::domain::account::Account;
use crate::domain::pack::PROGRAM;
use crate::domain::receipt::{self, Receipt};
use crate::domain::schedule::{self, Now};
use crate::domain::task::{self, Arrival, Arriving, Settling};
use crate::domain::{audit, calendar, photo, retention, review, settling};
use crate::store::jobs;
use crate::store::submissions::{self, AttachmentRow, ChangeRow, EventRow, FlagRow, SubmissionRow};
use crate::store::{tasks, uploads};

pub(super) async fn store(app: &Arc<App>, by: &Account, visit: &Visit) -> Result<Accepted, IntakeError> {
    let now = app.clock.now_ms();
    let row = submission_row(app, by, visit, now);
    let attachments = attachment_rows(visit);
    let changes: Vec<ChangeRow> = visit.checked.entities.iter().map(change_row).collect();
    let mut flags = visit.context.flags.clone();
    flags.extend(visit.checked.findings.iter().map(|it| FlagRow {
        code: it.code.clone(),
        reference: it.reference.clone(),
        question: it.question.clone(),
        text: it.message.clone(),
        severity: severity(&it.code).to_owned(),
    }));
    flags.extend(signatures::flags(visit));
    flags.extend(sealed::clock_flag(&visit.arrived, now));
    let (types, planned_at) = (app.task_types(), Now::of(app));
    let (by, task, subject) = (by.clone(), visit.context.task.clone(), visit.context.row.clone());
    let (deprecated, seal) = (visit.context.deprecated.clone(), visit.arrived.sealed.clone());
    let accepted = app
        .db
        .write(move |tx| {
            let mut row = row;
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
            row.receipt_number = receipt::number(tx, &row.visited_on, &row.digest)?;
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
                at: now,
                by_name: by.name.clone(),
                kind: kind.to_owned(),
                text: corrects.map_or_else(String::new, |it| it.reason),
            };
            submissions::add_event(tx, &row.id, &event)?;
            // Its files have a visit now; who sent them before need not hold them any longer.
            attachments.iter().try_for_each(|it| uploads::release(tx, &by.id, &it.sha256))?;
            retention::keep(tx, &row, task.as_ref().map(|it| it.task_type.as_str()))?;
            if is_settled {
                submissions::add_event(tx, &row.id, &settling::event(now))?;
            }
            if is_to_compare {
                settling::wait(tx, &row.id)?;
            }
            if has_pictures(&attachments) {
                jobs::add(tx, &crate::new_id(), photo::JOB, &row.id, now)?;
            }
            audit::record(tx, now, &by, "receive submission", &row.id, &row.digest)?;
            Ok::<_, IntakeError>(Accepted {
                receipt: Receipt::from(&row),
                n_findings: row.n_flags,
                is_new: true,
            })
        })
        .await?;
    app.job_added.notify_one();
    Ok(accepted)
}

/// What the pack lets through without a review is decided by the program.
fn settle(row: &mut SubmissionRow, now: i64) {
    row.review_state = review::State::Approved.as_str().to_owned();
    row.decided_by = PROGRAM.to_owned();
    row.decided_at = now;
}

/// Whether there is something to look at and to compare afterwards.
fn has_pictures(attachments: &[AttachmentRow]) -> bool {
    attachments.iter().any(|it| it.media_type.starts_with("image/"))
}
