//! People who sign in: roles, what each may see, passwords, sessions.
//!
//! A session token is 256 random bits that only the cookie knows; the database keeps its SHA-256. A wrong user name
//! costs the same time as a wrong password.

use std::collections::BTreeMap;

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ring::hkdf::{HKDF_SHA256, Salt};

use super::audit;
use crate::App;
use crate::blob::hashes::sha256_hex;
use crate::store::accounts::{self, AccountRow, SessionRow};
use crate::store::db::{DbError, Tx};

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// 志愿者: visits people of their grids.
    Volunteer,
    /// 网格员: the same, for one grid.
    GridWorker,
    /// 智囊团: advises where asked.
    Adviser,
    /// 督导员: reviews, imports, publishes, exports.
    Supervisor,
    /// 街道: reads what a supervisor reads.
    Street,
    /// Sets the server up; otherwise as a supervisor.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 6] =
        [Role::Volunteer, Role::GridWorker, Role::Adviser, Role::Supervisor, Role::Street, Role::Admin];
    /// Roles that visit people.
    pub const VISITING: &[Role] = &[Role::Volunteer, Role::GridWorker, Role::Adviser];
    /// Roles that read the desk.
    pub const DESK: &[Role] = &[Role::Supervisor, Role::Street, Role::Admin];
    /// Roles that decide and change at the desk.
    pub const DECIDING: &[Role] = &[Role::Supervisor, Role::Admin];

    /// Returns the name in files and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Volunteer => "volunteer",
            Role::GridWorker => "grid_worker",
            Role::Adviser => "adviser",
            Role::Supervisor => "supervisor",
            Role::Street => "street",
            Role::Admin => "admin",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Returns whether the role sees the whole community rather than its grids.
    #[must_use]
    pub fn sees_everything(self) -> bool {
        Role::DESK.contains(&self)
    }
}

/// Somebody who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Id.
    pub id: String,
    /// What the person types at sign-in.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Grids of a volunteer-face role.
    pub grids: Vec<String>,
    /// `zh-CN` or `en`.
    pub locale: String,
}

impl Account {
    /// Returns the grids the account is limited to; `None` for the whole community.
    #[must_use]
    pub fn scope(&self) -> Option<&[String]> {
        if self.role.sees_everything() { None } else { Some(&self.grids) }
    }

    /// Returns what the person is called where a register or an answer names one: name, user name and the row of the
    /// volunteers' list, which user names are made of.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        vec![self.id.clone(), self.name.clone(), self.username.clone(), self.username.to_uppercase()]
    }

    /// Returns whether rows of a grid are the account's business; what belongs to no grid is everybody's.
    #[must_use]
    pub fn covers(&self, grid: &str) -> bool {
        grid.is_empty() || self.scope().is_none_or(|grids| grids.iter().any(|it| it == grid))
    }
}

/// A new session, to be told to the browser once.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub account: Account,
    /// For the cookie.
    pub token: String,
    /// For the header of every request that changes something.
    pub csrf_token: String,
    /// Opens what a phone of this account keeps, together with what lies on the phone; told for the password alone,
    /// never for a cookie, which a stolen phone has. For the cookie there is [`sending_secret`], which lets a locked phone
    /// send what is finished until its session ends.
    pub phone_secret: String,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No such user or another password.
    #[error("bad credentials")]
    BadCredentials,
    /// No session.
    #[error("signed out")]
    SignedOut,
    /// The session ended by time.
    #[error("session expired")]
    Expired,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What is needed for a new account.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What the person types at sign-in.
    pub username: String,
    /// In clear; never stored.
    pub password: String,
    /// The person's name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Grids.
    pub grids: Vec<String>,
}

/// Adds accounts and returns their ids; [`DbError::Unique`] where a user name is taken.
pub async fn add(app: &App, new: Vec<NewAccount>) -> Result<Vec<String>, DbError> {
    // Hashing is slow on purpose; a team that shares a first password is hashed once.
    let hashed = tokio::task::spawn_blocking(move || {
        let mut hashes = BTreeMap::new();
        let mut hash = |password: &str| -> String {
            hashes.entry(password.to_owned()).or_insert_with(|| hash_password(password)).clone()
        };
        new.into_iter().map(|it| (hash(&it.password), it)).collect::<Vec<_>>()
    });
    let hashed = hashed.await.map_err(|error| DbError::Other(error.to_string()))?;
    let now = app.clock.now_ms();
    app.db
        .write(move |tx| {
            let mut ids = Vec::new();
            for (password_hash, new) in hashed {
                let row = AccountRow {
                    id: crate::new_id(),
                    username: new.username,
                    name: new.name,
                    role: new.role.as_str().to_owned(),
                    grids: new.grids.join(" "),
                    locale: "zh-CN".to_owned(),
                    password_hash,
                    active: true,
                };
                accounts::insert(tx, &row, now)?;
                audit::record_as(tx, now, "", "add account", &row.id, row.role.as_str())?;
                ids.push(row.id);
            }
            Ok(ids)
        })
        .await
}

/// Signs a person in.
pub async fn sign_in(app: &App, username: String, password: String) -> Result<SignedIn, SessionError> {
    let row = app.db.read(move |tx| accounts::by_username(tx, &username)).await?.filter(|row| row.active);
    let stored = row.as_ref().map_or_else(|| NOBODYS_HASH.to_owned(), |row| row.password_hash.clone());
    // Each look at a password takes 19 MiB and a core: they wait in line, however many ask.
    let _turn = app.password_checks.acquire().await.map_err(|error| DbError::Other(error.to_string()))?;
    let checked = tokio::task::spawn_blocking(move || is_password(&password, &stored));
    let is_right = checked.await.map_err(|error| DbError::Other(error.to_string()))?;
    let account = row.filter(|_| is_right).and_then(account).ok_or(SessionError::BadCredentials)?;
    let (token, csrf_token) = (random_token(), random_token());
    let now = app.clock.now_ms();
    let session = SessionRow {
        token_hash: sha256_hex(token.as_bytes()),
        account_id: account.id.clone(),
        csrf_token: csrf_token.clone(),
        expires_at: now + app.config.session_hours * 3_600_000,
    };
    let written = session.clone();
    let phone_secret = app.db.write(move |tx| {
        accounts::insert_session(tx, &written, now)?;
        audit::record_as(tx, now, &written.account_id, "sign in", "", "")?;
        accounts::phone_secret(tx, &written.account_id, &random_secret())
    });
    let phone_secret = match phone_secret.await {
        Err(DbError::Full) => sign_in_held(app, session, now).await?,
        other => other?,
    };
    Ok(SignedIn { account, token, csrf_token, phone_secret })
}

/// Lets somebody in while the disk is full, whose phone's secret is known already.
async fn sign_in_held(app: &App, session: SessionRow, now: i64) -> Result<String, DbError> {
    let id = session.account_id.clone();
    let known = app.db.read(move |tx| accounts::known_phone_secret(tx, &id)).await?;
    let phone_secret = known.ok_or(DbError::Full)?;
    app.held.act(audit::row(now, &session.account_id, "sign in", "", ""))?;
    app.held.session(session, now)?;
    Ok(phone_secret)
}

/// Returns what a locked phone of an account opens its finished visits with, where the account has ever signed in.
pub async fn known_sending_secret(app: &App, account: &Account) -> Result<Option<String>, DbError> {
    let id = account.id.clone();
    let known = app.db.read(move |tx| accounts::known_phone_secret(tx, &id)).await?;
    Ok(known.as_deref().map(sending_secret))
}

/// Derives the secret that opens finished visits alone from the one that opens all, as the phone does too: HKDF-SHA256
/// without a salt, with the info `doorstep sending 1`.
#[must_use]
pub fn sending_secret(phone_secret: &str) -> String {
    let all = HEXLOWER.decode(phone_secret.as_bytes()).unwrap_or_default();
    let mut derived = [0; 32];
    Salt::new(HKDF_SHA256, &[])
        .extract(&all)
        .expand(&[b"doorstep sending 1"], HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut derived))
        .expect("as many bytes as SHA-256 gives");
    HEXLOWER.encode(&derived)
}

/// Finds who holds a token; returns the account and the session's CSRF token.
pub async fn session(app: &App, token: &str) -> Result<(Account, String), SessionError> {
    let hash = sha256_hex(token.as_bytes());
    let held = app.held.find_session(&hash);
    let found = app
        .db
        .look_up(move |tx| -> Result<_, DbError> {
            let Some(session) = accounts::session(tx, &hash)?.or(held) else { return Ok(None) };
            Ok(accounts::by_id(tx, &session.account_id)?.map(|row| (session, row)))
        })
        .await?;
    let (session, row) = found.filter(|(_, row)| row.active).ok_or(SessionError::SignedOut)?;
    if session.expires_at <= app.clock.now_ms() {
        return Err(SessionError::Expired);
    }
    Ok((account(row).ok_or(SessionError::SignedOut)?, session.csrf_token))
}

/// Ends a session.
pub async fn sign_out(app: &App, token: &str, by: &Account) -> Result<(), DbError> {
    let (hash, by, now) = (sha256_hex(token.as_bytes()), by.clone(), app.clock.now_ms());
    app.held.end_session(&hash);
    app.db
        .write(move |tx| {
            accounts::delete_session(tx, &hash)?;
            audit::record(tx, now, &by, "sign out", "", "")
        })
        .await
}

/// Finds an account by id, whether it still may sign in or not.
pub async fn of_id(app: &App, id: String) -> Result<Option<Account>, DbError> {
    app.db.read(move |tx| by_id(tx, &id)).await
}

/// Finds an account by id, as [`of_id`] does.
pub fn by_id(tx: &mut dyn Tx, id: &str) -> Result<Option<Account>, DbError> {
    Ok(accounts::by_id(tx, id)?.and_then(account))
}

/// Returns every active account by user name.
pub async fn all(app: &App) -> Result<Vec<Account>, DbError> {
    let rows = app.db.read(|tx| accounts::all(tx)).await?;
    Ok(rows.into_iter().filter(|row| row.active).filter_map(account).collect())
}

/// Returns 16 random letters and digits that are easy to type.
#[must_use]
pub fn random_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let mut bytes = [0u8; 12];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

fn account(row: AccountRow) -> Option<Account> {
    Some(Account {
        role: Role::parse(&row.role)?,
        grids: row.grids.split_whitespace().map(str::to_owned).collect(),
        id: row.id,
        username: row.username,
        name: row.name,
        locale: row.locale,
    })
}

/// A hash that no password has, for user names that do not exist.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn hash_password(password: &str) -> String {
    let hash = Argon2::default().hash_password(password.as_bytes()).expect("default parameters are valid");
    hash.to_string()
}

fn is_password(password: &str, stored: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

fn random_token() -> String {
    BASE64URL_NOPAD.encode(&random_bytes())
}

fn random_secret() -> String {
    HEXLOWER.encode(&random_bytes())
}

fn random_bytes() -> [u8; 32] {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_the_sending_secret_as_a_browser_does() {
        let derived = "15a3924a88aae7c37c235d9925b35d608a6c9a39de913a78e750b7fc6a987e0c";
        assert_eq!(sending_secret(&"ab".repeat(32)), derived);
    }

    #[test]
    fn keeps_passwords_as_argon2id() {
        let hash = hash_password("红旗-2026");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(is_password("红旗-2026", &hash));
        assert!(!is_password("红旗-2025", &hash));
        assert!(!is_password("", NOBODYS_HASH));
    }

    #[test]
    fn grids_limit_only_those_who_visit() {
        let account = |role, grids: &[&str]| Account {
            id: String::new(),
            username: String::new(),
            name: String::new(),
            role,
            grids: grids.iter().map(|it| (*it).to_owned()).collect(),
            locale: String::new(),
        };
        assert!(account(Role::Volunteer, &["G01"]).covers("G01"));
        assert!(!account(Role::Volunteer, &["G01"]).covers("G02"));
        assert!(!account(Role::GridWorker, &[]).covers("G02"));
        assert!(account(Role::Street, &[]).covers("G02"));
    }
}
