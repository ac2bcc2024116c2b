//! Files that were sent before the visit, which only names them: from here on they are as if they had come with it.

use super::{IntakeError, Upload};
use crate::App;
use crate::domain::account::Account;
use crate::domain::upload::UploadError;
use crate::domain::upload::known::{self, Read};

/// A visit with the files it names, as far as the account sent them.
pub(super) enum Fetched {
    /// All of them are among its files now.
    All(Upload),
    /// It is as it was; the hashes are of those that are not here.
    Missing(Upload, Vec<String>),
}

/// Puts the files that a visit names among its files.
pub(super) async fn fetch(app: &App, by: &Account, mut upload: Upload) -> Result<Fetched, IntakeError> {
    if upload.sent.is_empty() {
        return Ok(Fetched::All(upload));
    }
    let hashes = upload.sent.iter().map(|(_, sha256)| sha256.clone()).collect();
    match known::read(app, by, hashes, app.config.max_body_bytes).await.map_err(failed)? {
        Read::All(files) => {
            let names = upload.sent.iter().map(|(name, _)| name.clone());
            upload.files.extend(names.zip(files));
            Ok(Fetched::All(upload))
        }
        Read::Missing(hashes) => Ok(Fetched::Missing(upload, hashes)),
        Read::TooLarge => Err(IntakeError::TooLarge(app.config.max_body_bytes)),
    }
}

fn failed(error: UploadError) -> IntakeError {
    match error {
        UploadError::Db(error) => error.into(),
        UploadError::Blob(error) => error.into(),
        // Reading refuses nothing.
        other => crate::store::db::DbError::Other(other.to_string()).into(),
    }
}
