//! A new master key: every file's key is wrapped anew, while the server may go on running. Stopped half way, it is run
//! again; nothing is unreadable in between, because the old keys stay at hand until they are forgotten on purpose.

use std::path::Path;

use super::{VaultError, kept};
use crate::blob::{BlobError, Blobs};

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Renewed {
    /// Files looked at.
    pub n_files: usize,
    /// Files whose key was wrapped anew.
    pub n_renewed: usize,
}

/// Why the keys could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum RekeyError {
    /// A key or a file is not as it should be.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The blob store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// One of the server's own secrets can't be read or written.
    #[error("server key: {0}")]
    Io(#[from] std::io::Error),
    /// Something was still encrypted under an old key when it was to be forgotten.
    #[error("{0} files were still under an old key: they are renewed now; run this again in a minute")]
    StillInUse(usize),
}

/// Brings every file and the server's own secrets under the current master key.
pub async fn renew(blobs: &Blobs, data: &Path) -> Result<Renewed, RekeyError> {
    let mut renewed = blobs.renew().await?;
    renewed.n_renewed += kept::renew(blobs.vault(), data)?;
    Ok(renewed)
}

/// Drops the old keys, after a look at every file; returns how many there were.
pub async fn forget_old(blobs: &Blobs, data: &Path) -> Result<usize, RekeyError> {
    match renew(blobs, data).await?.n_renewed {
        0 => Ok(blobs.vault().source().forget_old()?),
        n_renewed => Err(RekeyError::StillInUse(n_renewed)),
    }
}
