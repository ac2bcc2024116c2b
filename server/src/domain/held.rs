//! What has to be written down while the disk is full: who signed in, and who read what. Reading goes on, and is told of in
//! the audit log as soon as there is room again. Until then it is in memory, and in the program's own log; a process that
//! dies first has told it there alone.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::audit;
use crate::App;
use crate::store::accounts::{self, SessionRow};
use crate::store::audit::AuditRow;
use crate::store::db::DbError;

/// Rows that are held at most; more is refused as anything is on a full disk.
const MAX_ROWS: usize = 10_000;

/// Rows that wait for room.
#[derive(Debug, Default)]
pub struct Held(Mutex<Rows>);

#[derive(Debug, Default, Clone)]
struct Rows {
    acts: Vec<AuditRow>,
    /// Sessions by the hash of their token, and when they began.
    sessions: HashMap<String, (SessionRow, i64)>,
}

impl Held {
    /// Keeps that something was read or done.
    pub(super) fn act(&self, row: AuditRow) -> Result<(), DbError> {
        tracing::warn!(account = row.account_id, row.action, row.target, "disk full: written down later");
        self.add(|rows| rows.acts.push(row))
    }

    /// Keeps a session.
    pub(super) fn session(&self, session: SessionRow, now: i64) -> Result<(), DbError> {
        self.add(|rows| drop(rows.sessions.insert(session.token_hash.clone(), (session, now))))
    }

    /// Finds a session by the hash of its token.
    pub(super) fn find_session(&self, token_hash: &str) -> Option<SessionRow> {
        self.with(|rows| rows.sessions.get(token_hash).map(|(session, _)| session.clone()))
    }

    /// Forgets a session that was ended.
    pub(super) fn end_session(&self, token_hash: &str) {
        self.with(|rows| drop(rows.sessions.remove(token_hash)));
    }

    fn add(&self, add: impl FnOnce(&mut Rows)) -> Result<(), DbError> {
        self.with(|rows| match rows.acts.len() + rows.sessions.len() < MAX_ROWS {
            true => {
                add(rows);
                Ok(())
            }
            false => Err(DbError::Full),
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Rows) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes down what is held; while the disk is still full it stays held.
pub async fn write_down(app: &App) -> Result<(), DbError> {
    let rows = app.held.with(|rows| rows.clone());
    if rows.acts.is_empty() && rows.sessions.is_empty() {
        return Ok(());
    }
    let (n_acts, hashes) = (rows.acts.len(), rows.sessions.keys().cloned().collect::<Vec<_>>());
    let written = app.db.write(move |tx| {
        rows.acts.iter().try_for_each(|it| audit::insert(tx, it))?;
        rows.sessions.values().try_for_each(|(it, began)| accounts::insert_session(tx, it, *began))
    });
    match written.await {
        Ok(()) => {
            // What came meanwhile stands behind what was written.
            app.held.with(|held| {
                held.acts.drain(..n_acts);
                held.sessions.retain(|hash, _| !hashes.contains(hash));
            });
            Ok(())
        }
        Err(DbError::Full) => Ok(()),
        Err(error) => Err(error),
    }
}
