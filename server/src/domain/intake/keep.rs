//! Writes a visit: one transaction for all its rows, its flags and what follows for its task.

use std::sync::Arc;

use super::flags::{conflicts, flag, flag_codes, reused_photos, severity};
use super::judge::Visit;
use super::rows::{attachment_rows, change_row, submission_row};
use super::{Accepted, IntakeError, sealed, signatures};
use crate::App;
use crate::domain::account::Account;
use crate::domain::receipt::{self, Receipt};
use crate::domain::task::{self, Arrival};
use crate::domain::{audit, calendar};
use crate::store::jobs;
use crate::store::submissions::{self, ChangeRow, EventRow, FlagRow};
use crate::store::tasks;

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
    let (app_, by, task) = (Arc::clone(app), by.clone(), visit.context.task.clone());
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
            flags.extend(reused_photos(tx, &row, &attachments)?);
            flags.extend(sealed::link(tx, now, &seal, &row)?);
            if let Some(task) = task.map(|it| tasks::get(tx, &it.id)).transpose()?.flatten() {
                let today = calendar::parse(&row.visited_on).unwrap_or_else(|| app_.today());
                match task::arrived(tx, &app_.task_types(), &task, &row, today)? {
                    Arrival::Moved => {}
                    Arrival::AlreadyDone => flags.push(flag("task.already_done")),
                    Arrival::AttemptsUsedUp => flags.push(flag("task.attempts_used_up")),
                }
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
            // Whatever has a size can be seen.
            for it in attachments.iter().filter(|it| it.width > 0) {
                jobs::add(tx, &crate::new_id(), "thumbnail", &it.sha256, now)?;
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
