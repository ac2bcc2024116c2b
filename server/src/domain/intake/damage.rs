//! What was damaged on its way, told from what a reviewer has to judge.
//!
//! The hashes of a seal tell that something differs, not why. A line that damages bytes does not damage them twice in the
//! same way; a phone that sealed something else, or somebody who changed it, sends the same again. So what does not fit its
//! seal is asked for once more, whoever sent it and by which way; what then comes exactly as before is taken in, with
//! its flags. Nothing is refused for good by this, and no visit keeps a wrong file that only the line made wrong.

use sha2::{Digest as _, Sha256};

use super::{IntakeError, Upload};
use crate::App;
use crate::blob::sha256_hex;
use crate::domain::account::Account;
use crate::domain::intake::arrived::Arrived;
use crate::domain::seal::{self, Digest, Flaw, Sealed};
use crate::store::uploads;

/// What came, in 64 hexadecimal digits, and whether it fits its seal as far as that can be told without a key.
pub(super) struct Look {
    digest: String,
    is_doubtful: bool,
}

impl Look {
    /// Looks at a visit that could be read.
    pub(super) fn at(arrived: &Arrived) -> Look {
        let faults = seal::examine(&arrived.sealed, &arrived.content(), None);
        let came = |name: &str| arrived.hashes.iter().any(|(known, _)| known == name);
        let is_of_bytes = |(flaw, what): &(Flaw, String)| match flaw {
            Flaw::Malformed => true,
            // A file that did not come at all, or that was not sealed, is no damage.
            Flaw::ContentDiffers => {
                [seal::DOCUMENT, seal::NOTES, seal::SEAL].contains(&what.as_str())
                    || came(what) && arrived.sealed.names(what)
            }
            _ => false,
        };
        let parts = arrived.hashes.iter().flat_map(|(name, sha256)| [name.as_str(), sha256.as_str()]);
        Look { digest: digest_of(&arrived.upload, parts), is_doubtful: faults.iter().any(is_of_bytes) }
    }

    /// Looks at one whose document could not even be read.
    pub(super) fn at_document(upload: &Upload) -> Look {
        let xml = Digest::of(&upload.xml);
        let is_doubtful = match Sealed::read(upload.seal.as_deref()) {
            Sealed::Missing => false,
            Sealed::Malformed => true,
            Sealed::First(first) => !first.is_of_document(&xml),
            Sealed::Second(signed) => signed.seal.xml_sha256 != xml,
        };
        Look { digest: digest_of(upload, upload.files.iter().map(|(name, _)| name.as_str())), is_doubtful }
    }

    /// Asks for it once more where it is doubtful and came for the first time.
    pub(super) async fn or_again(&self, app: &App, by: &Account) -> Result<(), IntakeError> {
        if self.is_doubtful { self.once_more(app, by).await } else { Ok(()) }
    }

    /// Asks for it once more where it came for the first time.
    pub(super) async fn once_more(&self, app: &App, by: &Account) -> Result<(), IntakeError> {
        let (account_id, digest, now) = (by.id.clone(), self.digest.clone(), app.clock.now_ms());
        let is_first = app.db.write(move |tx| uploads::ask_again(tx, &account_id, &digest, now)).await?;
        if is_first { Err(IntakeError::Damaged) } else { Ok(()) }
    }
}

fn digest_of<'a>(upload: &'a Upload, files: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    let seal = upload.seal.as_deref().unwrap_or_default().as_bytes();
    let texts = [&upload.xml[..], seal, upload.notes.as_bytes(), upload.task_id.as_bytes()];
    // Each by a hash of its own, so that nothing slips from one into the next.
    for part in texts.into_iter().chain(files.map(str::as_bytes)) {
        hash.update(sha256_hex(part));
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}
