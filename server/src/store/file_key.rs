//! The key of the SQLite file: random, made once, kept beside it under the master key.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};

use crate::durable;
use crate::vault::rekey::RekeyError;
use crate::vault::{Vault, VaultError};

/// The name of its file in a data folder.
pub const NAME: &str = "database.key";

/// Encrypts the pages of a SQLite file (SQLCipher's raw key of 32 bytes).
pub struct FileKey(pub(super) String);

/// Never tells the key.
impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileKey")
    }
}

impl FileKey {
    /// Takes 32 bytes as a key.
    #[must_use]
    pub fn of(bytes: &[u8; 32]) -> FileKey {
        FileKey(HEXLOWER.encode(bytes))
    }
}

/// Returns the key of the database in a data folder, made at the first start.
pub fn of_folder(vault: &Vault, data: &Path) -> Result<FileKey, RekeyError> {
    let path = path(data);
    let bytes = match std::fs::read(&path) {
        Ok(sealed) => vault.read(NAME, Bytes::from(sealed))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut fresh = [0; 32];
            SystemRandom::new().fill(&mut fresh).map_err(|_| VaultError::NoRandomness)?;
            durable::replace(&path, &vault.seal(NAME, &fresh)?)?;
            Bytes::copy_from_slice(&fresh)
        }
        Err(error) => return Err(error.into()),
    };
    let key = bytes.as_ref().try_into().map_err(|_| VaultError::Damaged(NAME.to_owned()))?;
    Ok(FileKey::of(key))
}

/// Brings the key under the current master key; returns whether it was not.
pub fn renew(vault: &Vault, data: &Path) -> Result<bool, RekeyError> {
    let path = path(data);
    let sealed = match std::fs::read(&path) {
        Ok(sealed) => Bytes::from(sealed),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let Some(renewed) = vault.renewed(NAME, &sealed)? else { return Ok(false) };
    durable::replace(&path, &renewed)?;
    Ok(true)
}

/// Returns where the key of a data folder is.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join(NAME)
}
