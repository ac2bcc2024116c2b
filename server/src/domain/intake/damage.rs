//! What was damaged on its way, told from what a reviewer has to judge.
//!
//! The hashes of a seal tell that something differs, not why. A line that damages bytes does not damage them twice in the
//! same way; a phone that sealed something else, or somebody who changed it, sends the same again. So what does not fit its
//! seal is asked for once more, whoever sent it and by which way; what then comes exactly as before is taken in, with
//! its flags. Nothing is refused for good by this, and no visit keeps a wrong file that only the line made wrong.

use ring::digest::{Context, SHA256};

use super::{IntakeError, Upload};
use crate::App;
use crate::blob::hashes::sha256_hex;
use crate::domain::account::Account;
use crate::domain::intake::arrived::Arrived;
use crate::domain::seal::{self, Digest, Flaw, Sealed};
use crate::store::uploads;

/// What came, and whether it fits its seal as far as that can be told without a key.
pub(super) struct Look<'a> {
    upload: &'a Upload,
    /// What is known of its files: names, and hashes where they are.
    files: Vec<&'a str>,
    is_doubtful: bool,
}

impl<'a> Look<'a> {
    /// Looks at a visit that could be read.
    pub(super) fn at(arrived: &'a Arrived) -> Look<'a> {
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
        let files =
            arrived.hashes.iter().flat_map(|(name, sha256)| [name.as_str(), sha256.as_str()]).collect();
        Look { upload: &arrived.upload, files, is_doubtful: faults.iter().any(is_of_bytes) }
    }

    /// Looks at one whose document could not even be read.
    pub(super) fn at_document(upload: &'a Upload) -> Look<'a> {
        let xml = Digest::of(&upload.xml);
        let is_doubtful = match Sealed::read(upload.seal.as_deref()) {
            Sealed::Missing => false,
            Sealed::Malformed => true,
            Sealed::First(first) => !first.is_of_document(&xml),
            Sealed::Second(signed) => signed.seal.xml_sha256 != xml,
        };
        Look { upload, files: upload.files.iter().map(|(name, _)| name.as_str()).collect(), is_doubtful }
    }

    /// Asks for it once more where it is doubtful and came for the first time.
    pub(super) async fn or_again(&self, app: &App, by: &Account) -> Result<(), IntakeError> {
        if self.is_doubtful { self.once_more(app, by).await } else { Ok(()) }
    }

    /// Asks for it once more where it came for the first time.
    pub(super) async fn once_more(&self, app: &App, by: &Account) -> Result<(), IntakeError> {
        let (account_id, digest, now) = (by.id.clone(), self.digest(), app.clock.now_ms());
        let is_first = app.db.write(move |tx| uploads::ask_again(tx, &account_id, &digest, now)).await?;
        if is_first { Err(IntakeError::Damaged) } else { Ok(()) }
    }

    /// Returns what tells it from everything else that came, in 64 hexadecimal digits.
    fn digest(&self) -> String {
        let Upload { xml, seal, notes, task_id, .. } = self.upload;
        let seal = seal.as_deref().unwrap_or_default().as_bytes();
        let texts = [&xml[..], seal, notes.as_bytes(), task_id.as_bytes()];
        let mut hash = Context::new(&SHA256);
        // Each by a hash of its own, so that nothing slips from one into the next.
        for part in texts.into_iter().chain(self.files.iter().map(|it| it.as_bytes())) {
            hash.update(sha256_hex(part).as_bytes());
        }
        data_encoding::HEXLOWER.encode(hash.finish().as_ref())
    }
}
