//! Keys of phones: enrolled at log-in by the phone that holds the private half, listed and revoked at the desk.
//!
//! A key belongs to one account for good. Enrolling it again changes nothing, so a phone does it whenever it meets the
//! server; what it sent before with a key that was not known yet is looked at again.

use super::account::Account;
use super::seal::key;
use super::{audit, intake};
use crate::App;
use crate::store::db::DbError;
use crate::store::devices;

pub use crate::store::devices::KeyRow;

/// Longest name of a device, in characters.
const LONGEST_LABEL: usize = 80;
/// Keys on one page of the desk.
const PAGE: i64 = 500;

/// A key to be enrolled.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The browser's own random name.
    pub device_id: String,
    /// The uncompressed point, hex.
    pub public_key: String,
    /// Signature over the bytes of an enrolment, hex.
    pub proof: String,
    /// What people recognise the phone by.
    pub label: String,
}

/// Why a key is not enrolled or not revoked.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// It is no key, or whoever sent it does not hold its private half.
    #[error("malformed")]
    Malformed,
    /// It is somebody else's.
    #[error("taken")]
    Taken,
    /// It was revoked.
    #[error("revoked")]
    Revoked,
    /// No such key.
    #[error("not found")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Enrols a key of the account.
pub async fn enrol(app: &App, by: &Account, new: NewKey) -> Result<KeyRow, DeviceError> {
    if !key::is_enrolled_by(&by.id, &new.device_id, &new.public_key, &new.proof) {
        return Err(DeviceError::Malformed);
    }
    let id = key::id_of(&new.public_key).ok_or(DeviceError::Malformed)?.to_string();
    let (now, by) = (app.clock.now_ms(), by.clone());
    let row = KeyRow {
        id: id.clone(),
        account_id: by.id.clone(),
        device_id: new.device_id,
        label: new.label.chars().filter(|it| !it.is_control()).take(LONGEST_LABEL).collect(),
        public_key: new.public_key,
        enrolled_at: now,
        revoked_at: 0,
        revoked_by: String::new(),
        head_counter: 0,
        head_digest: String::new(),
    };
    // Most of the time it is there, and nobody need wait for the writer.
    if let Some(known) = app.db.read(move |tx| devices::get(tx, &id)).await? {
        return own(known, &by);
    }
    app.db
        .write(move |tx| {
            if !devices::insert(tx, &row)? {
                return own(devices::get(tx, &row.id)?.ok_or(DeviceError::NotFound)?, &by);
            }
            audit::record(tx, now, &by, "enrol device", &row.id, &row.device_id)?;
            intake::take_up(tx, now, &row)?;
            Ok(row)
        })
        .await
}

fn own(known: KeyRow, by: &Account) -> Result<KeyRow, DeviceError> {
    match known {
        it if it.account_id != by.id => Err(DeviceError::Taken),
        it if it.revoked_at > 0 => Err(DeviceError::Revoked),
        it => Ok(it),
    }
}

/// Returns every key with the name of its owner, newest first.
pub async fn all(app: &App) -> Result<Vec<(KeyRow, String)>, DbError> {
    let mut all = app
        .db
        .read(|tx| -> Result<_, DbError> {
            let (mut all, mut place) = (Vec::new(), (i64::MIN, String::new()));
            loop {
                let page = devices::page(tx, (place.0, &place.1), PAGE)?;
                let Some((last, _)) = page.last() else { return Ok(all) };
                place = (last.enrolled_at, last.id.clone());
                all.extend(page);
            }
        })
        .await?;
    all.reverse();
    Ok(all)
}

/// Revokes a key: what it seals is flagged from now on. Revoking it again changes nothing.
pub async fn revoke(app: &App, by: &Account, id: String) -> Result<(), DeviceError> {
    let (now, by) = (app.clock.now_ms(), by.clone());
    app.db
        .write(move |tx| {
            devices::get(tx, &id)?.ok_or(DeviceError::NotFound)?;
            if devices::revoke(tx, &id, now, &by.name)? {
                audit::record(tx, now, &by, "revoke device", &id, "")?;
            }
            Ok(())
        })
        .await
}
