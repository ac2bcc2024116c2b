//! Accounts and their sessions.

use super::db::{DbError, Row, Tx};
use crate::params;

/// A row of `account`.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// Id.
    pub id: String,
    /// What the person types at sign-in.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Role by name.
    pub role: String,
    /// Grid ids separated by a space.
    pub grids: String,
    /// `zh-CN` or `en`.
    pub locale: String,
    /// Argon2id in PHC format.
    pub password_hash: String,
    /// Whether the person may sign in.
    pub active: bool,
}

/// A row of `session`.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// SHA-256 of the token; the token itself is only in the cookie.
    pub token_hash: String,
    /// Whose.
    pub account_id: String,
    /// Expected in the header of every request that changes something.
    pub csrf_token: String,
    /// Milliseconds UTC.
    pub expires_at: i64,
}

const COLUMNS: &str = "id, username, name, role, grids, locale, password_hash, active";

/// Adds an account; [`DbError::Unique`] where the user name is taken.
pub fn insert(tx: &mut dyn Tx, row: &AccountRow, now: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO account (id, username, name, role, grids, locale, password_hash, active, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            &row.id,
            &row.username,
            &row.name,
            &row.role,
            &row.grids,
            &row.locale,
            &row.password_hash,
            row.active,
            now
        ],
    )?;
    Ok(())
}

/// Finds an account by what the person typed.
pub fn by_username(tx: &mut dyn Tx, username: &str) -> Result<Option<AccountRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE username = ?1");
    tx.first(&sql, params![username])?.map(|row| read(&row)).transpose()
}

/// Finds an account by id.
pub fn by_id(tx: &mut dyn Tx, id: &str) -> Result<Option<AccountRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE id = ?1");
    tx.first(&sql, params![id])?.map(|row| read(&row)).transpose()
}

/// Returns every account by user name.
pub fn all(tx: &mut dyn Tx) -> Result<Vec<AccountRow>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM account ORDER BY username");
    tx.query(&sql, params![])?.iter().map(read).collect()
}

/// Adds a session.
pub fn insert_session(tx: &mut dyn Tx, session: &SessionRow, now: i64) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO session (token_hash, account_id, csrf_token, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![&session.token_hash, &session.account_id, &session.csrf_token, now, session.expires_at],
    )?;
    Ok(())
}

/// Returns the secret of an account's phones; the first time `fresh` becomes it.
pub fn phone_secret(tx: &mut dyn Tx, account_id: &str, fresh: &str) -> Result<String, DbError> {
    tx.execute(
        "INSERT INTO phone_secret (account_id, secret) VALUES (?1, ?2) ON CONFLICT (account_id) DO NOTHING",
        params![account_id, fresh],
    )?;
    let row = tx.first("SELECT secret FROM phone_secret WHERE account_id = ?1", params![account_id])?;
    row.map_or_else(|| Ok(fresh.to_owned()), |row| row.get(0))
}

/// Returns the secret of an account's phones, where it has one.
pub fn known_phone_secret(tx: &mut dyn Tx, account_id: &str) -> Result<Option<String>, DbError> {
    let row = tx.first("SELECT secret FROM phone_secret WHERE account_id = ?1", params![account_id])?;
    row.map(|row| row.get(0)).transpose()
}

/// Finds a session by the hash of its token, expired or not.
pub fn session(tx: &mut dyn Tx, token_hash: &str) -> Result<Option<SessionRow>, DbError> {
    let row = tx.first(
        "SELECT token_hash, account_id, csrf_token, expires_at FROM session WHERE token_hash = ?1",
        params![token_hash],
    )?;
    let read = |row: Row| -> Result<SessionRow, DbError> {
        Ok(SessionRow {
            token_hash: row.get(0)?,
            account_id: row.get(1)?,
            csrf_token: row.get(2)?,
            expires_at: row.get(3)?,
        })
    };
    row.map(read).transpose()
}

/// Ends a session.
pub fn delete_session(tx: &mut dyn Tx, token_hash: &str) -> Result<(), DbError> {
    tx.execute("DELETE FROM session WHERE token_hash = ?1", params![token_hash])?;
    Ok(())
}

/// Forgets sessions that ended before `before`.
pub fn delete_sessions_before(tx: &mut dyn Tx, before: i64) -> Result<u64, DbError> {
    tx.execute("DELETE FROM session WHERE expires_at < ?1", params![before])
}

fn read(row: &Row) -> Result<AccountRow, DbError> {
    Ok(AccountRow {
        id: row.get(0)?,
        username: row.get(1)?,
        name: row.get(2)?,
        role: row.get(3)?,
        grids: row.get(4)?,
        locale: row.get(5)?,
        password_hash: row.get(6)?,
        active: row.get(7)?,
    })
}
