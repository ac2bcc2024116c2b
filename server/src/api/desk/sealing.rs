//! What a submission's page tells of its seal and of the phone's clock.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::shapes::ClockBasis;
use crate::domain::desk::{Detail, SubmissionRow};
use crate::domain::seal::{Fault, Sealed};

/// The seal as the phone sent it, and whether it still holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct SealBody {
    digest: String,
    device_id: String,
    device_time_ms: i64,
    /// Whether the stored document, files and notes are still what was sealed, and the signature, if any, fits.
    verified: bool,
    /// Whether an enrolled key of the sender signed it.
    signed: bool,
    /// SHA-256 of the phone's public key; empty where nobody signed.
    key_id: String,
    /// Number in the phone's chain; 0 where nobody signed.
    counter: i64,
}

/// When the phone sealed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockBody {
    /// By the phone's clock.
    claimed_at: i64,
    /// By the server's.
    corrected_at: i64,
    /// Not before; null where the phone never heard the server.
    #[schema(required)]
    earliest_at: Option<i64>,
    /// Not after.
    latest_at: i64,
    /// How the phone knew its clock; null where it did not.
    #[schema(required, value_type = Option<ClockBasis>)]
    basis: Option<String>,
}

/// Returns the seal of a submission; nothing where none came or what came is none.
pub fn seal(detail: &Detail) -> Option<SealBody> {
    let is_fault = |(flaw, _): &Fault| flaw.is_breach();
    let verified = !detail.seal_faults.iter().any(is_fault);
    let body = |digest: String, device_id: &str, device_time_ms: i64| SealBody {
        digest,
        device_id: device_id.to_owned(),
        device_time_ms,
        verified,
        signed: false,
        key_id: String::new(),
        counter: 0,
    };
    match &detail.sealed {
        Sealed::Missing | Sealed::Malformed => None,
        Sealed::First(first) => Some(body(detail.row.digest.clone(), &first.device_id, first.device_time_ms)),
        Sealed::Second(it) => Some(SealBody {
            signed: detail.seal_faults.is_empty(),
            key_id: it.seal.key_id.map_or_else(String::new, |it| it.to_string()),
            counter: i64::try_from(it.seal.counter).unwrap_or(i64::MAX),
            ..body(it.digest.to_string(), &it.device_id, it.seal.device_time_ms)
        }),
    }
}

/// Returns when a submission was sealed, as far as that is known.
pub fn clock(row: &SubmissionRow) -> Option<ClockBody> {
    Some(ClockBody {
        claimed_at: row.claimed_at?,
        corrected_at: row.corrected_at?,
        earliest_at: row.earliest_at,
        latest_at: row.latest_at?,
        basis: Some(row.clock_basis.clone()).filter(|it| !it.is_empty()),
    })
}
