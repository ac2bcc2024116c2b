//! What the pack wants answered or decided by a moment that has passed: told once, to the desk and in the audit log.

use super::audit;
use super::pack::PROGRAM;
use crate::App;
use crate::store::db::DbError;
use crate::store::submissions::{self, EventRow};
use crate::store::tasks;

/// Marks what is late and was not told before; returns how many tasks and submissions.
pub async fn escalate(app: &App) -> Result<(usize, usize), DbError> {
    let now = app.clock.now_ms();
    app.db
        .write(move |tx| {
            let late_tasks = tasks::escalate(tx, now)?;
            for id in &late_tasks {
                audit::record_as(tx, now, "", "task late", id, "")?;
            }
            let late_submissions = submissions::escalate(tx, now)?;
            for id in &late_submissions {
                let event = EventRow {
                    id: crate::new_id(),
                    at: now,
                    by_name: PROGRAM.to_owned(),
                    kind: "late".to_owned(),
                    text: String::new(),
                };
                submissions::add_event(tx, id, &event)?;
                audit::record_as(tx, now, "", "submission late", id, "")?;
            }
            Ok((late_tasks.len(), late_submissions.len()))
        })
        .await
}
