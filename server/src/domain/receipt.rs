//! The receipt: a number that a volunteer can read out on the phone, and the hash that proves what was received.

use data_encoding::{BASE32, HEXLOWER_PERMISSIVE};

use crate::store::db::{DbError, Tx};
use crate::store::inbox::{self, InboxRow};
use crate::store::submissions::{self, SubmissionRow};

/// What the phone keeps and shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// E.g. `20261121-K7Q2M9`.
    pub number: String,
    /// `meta/instanceID`.
    pub instance_id: String,
    /// Milliseconds UTC.
    pub received_at: i64,
    /// The seal's digest.
    pub digest: String,
    /// How many files.
    pub n_attachments: i64,
}

impl From<&SubmissionRow> for Receipt {
    fn from(row: &SubmissionRow) -> Self {
        Receipt {
            number: row.receipt_number.clone(),
            instance_id: row.instance_id.clone(),
            received_at: row.received_at,
            digest: row.digest.clone(),
            n_attachments: row.n_attachments,
        }
    }
}

impl From<&InboxRow> for Receipt {
    fn from(row: &InboxRow) -> Self {
        Receipt {
            number: row.receipt_number.clone(),
            instance_id: row.instance_id.clone(),
            received_at: row.received_at,
            digest: row.digest.clone(),
            n_attachments: row.files.len() as i64,
        }
    }
}

/// Returns a free number: the day of the visit and six letters of the digest, later letters where those are taken.
pub fn number(tx: &mut dyn Tx, day: &str, digest: &str) -> Result<String, DbError> {
    let bytes = HEXLOWER_PERMISSIVE.decode(digest.as_bytes()).unwrap_or_default();
    let letters = BASE32.encode(&bytes);
    let day = day.replace('-', "");
    for start in 0..letters.len().saturating_sub(6) {
        let number = format!("{day}-{}", &letters[start..start + 6]);
        if !submissions::has_receipt(tx, &number)? && !inbox::has_receipt(tx, &number)? {
            return Ok(number);
        }
    }
    Ok(format!("{day}-{}", crate::new_id()))
}
