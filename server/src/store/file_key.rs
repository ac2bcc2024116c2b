//! The key of the SQLite file: random, made once, kept beside it under the master key.

use std::path::Path;

use data_encoding::HEXLOWER;

use crate::vault::rekey::RekeyError;
use crate::vault::{Vault, kept};

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
    Ok(FileKey::of(&kept::secret(vault, data, kept::DATABASE)?))
}
