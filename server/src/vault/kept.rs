//! Secrets of 32 bytes that the server draws for itself, once, and keeps in the data folder under the master key.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::rekey::RekeyError;
use super::{KEY_BYTES, Vault, VaultError, random};
use crate::durable;

/// The key of the SQLite file.
pub const DATABASE: &str = "database.key";
/// The private half of the key that phones encrypt visit files to.
pub const VISIT_FILES: &str = "visit-files.key";

/// Returns a secret of a data folder, drawn at the first call.
pub fn secret(vault: &Vault, data: &Path, name: &str) -> Result<[u8; KEY_BYTES], RekeyError> {
    let bytes = match stored(data, name)? {
        Some(sealed) => vault.read(name, sealed)?,
        None => {
            let fresh: [u8; KEY_BYTES] = random()?;
            durable::replace(&path(data, name), &vault.seal(name, &fresh)?)?;
            Bytes::copy_from_slice(&fresh)
        }
    };
    Ok(bytes.as_ref().try_into().map_err(|_| VaultError::Damaged(name.to_owned()))?)
}

/// Brings every secret of a data folder under the current master key; returns how many were not.
pub fn renew(vault: &Vault, data: &Path) -> Result<usize, RekeyError> {
    let mut n_renewed = 0;
    for name in [DATABASE, VISIT_FILES] {
        let Some(sealed) = stored(data, name)? else { continue };
        let Some(renewed) = vault.renewed(name, &sealed)? else { continue };
        durable::replace(&path(data, name), &renewed)?;
        n_renewed += 1;
    }
    Ok(n_renewed)
}

fn stored(data: &Path, name: &str) -> Result<Option<Bytes>, RekeyError> {
    match std::fs::read(path(data, name)) {
        Ok(sealed) => Ok(Some(Bytes::from(sealed))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns where a secret of a data folder is.
#[must_use]
pub fn path(data: &Path, name: &str) -> PathBuf {
    data.join(name)
}
