//! One submission against its seal and its receipt; the same for a row of the store and for an exported folder.

use super::{Finding, Weight};
use crate::domain::seal::{self, Content, DOCUMENT, Flaw, NOTES, SEAL, Sealed};
use crate::store::devices::KeyRow;

/// What is verified.
pub(super) struct Evidence<'a> {
    /// What people know it by.
    pub(super) receipt: &'a str,
    pub(super) content: Content<'a>,
    pub(super) sealed: &'a Sealed,
    pub(super) key: Option<&'a KeyRow>,
    /// Milliseconds UTC; what a key sealed before it was revoked holds.
    pub(super) received_at: i64,
    /// Codes of the flags that it got when it arrived.
    pub(super) flagged: &'a str,
    /// The digest on its receipt; empty where there is none.
    pub(super) digest: &'a str,
}

impl Evidence<'_> {
    /// Returns everything that is wrong.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (flaw, what) in seal::examine(self.sealed, &self.content, self.key) {
            let is_known = self.flagged.split(' ').any(|it| it == flaw.code());
            if let Some((mut weight, code)) = self.told(flaw, &what) {
                if is_known && weight == Weight::Error {
                    weight = Weight::Warning;
                }
                findings.push(self.finding(weight, code, &what));
            }
        }
        if self
            .key
            .is_some_and(|it| seal::key::id_of(&it.public_key).is_none_or(|id| id.to_string() != it.id))
        {
            findings.push(self.finding(Weight::Error, "verify.key_changed", ""));
        }
        // Whatever was flagged on arrival: the receipt names what really arrived.
        if !self.digest.is_empty() && seal::receipt_digest(self.sealed, &self.content) != self.digest {
            findings.push(self.finding(Weight::Error, "verify.receipt_changed", ""));
        }
        findings
    }

    pub(super) fn finding(&self, weight: Weight, code: &'static str, name: &str) -> Finding {
        Finding::new(weight, code, &[("receipt", self.receipt), ("name", name)])
    }

    fn told(&self, flaw: Flaw, what: &str) -> Option<(Weight, &'static str)> {
        let error = |code| Some((Weight::Error, code));
        match flaw {
            Flaw::Missing | Flaw::Unsigned => Some((Weight::Note, "verify.no_signature")),
            Flaw::Malformed => error("verify.seal_unreadable"),
            Flaw::SignatureWrong => error("verify.signature_wrong"),
            Flaw::UnknownKey => error("verify.key_missing"),
            Flaw::KeyRevoked if self.key.is_some_and(|it| it.revoked_at > self.received_at) => None,
            Flaw::KeyRevoked => Some((Weight::Warning, "verify.key_revoked")),
            Flaw::ContentDiffers => error(match what {
                DOCUMENT => "verify.document_changed",
                NOTES => "verify.notes_changed",
                SEAL => "verify.seal_changed",
                name => self.told_of_file(name),
            }),
        }
    }

    fn told_of_file(&self, name: &str) -> &'static str {
        let is_there = self.content.files.iter().any(|it| it.name == name);
        match (is_there, self.sealed.names(name)) {
            (false, _) => "verify.file_removed",
            (true, false) => "verify.file_added",
            (true, true) => "verify.file_changed",
        }
    }
}
