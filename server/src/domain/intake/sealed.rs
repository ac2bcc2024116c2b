//! The seal at the door: what is wrong with it becomes flags, its link goes into the phone's chain, and what it says of the
//! phone's clock corrects the time of the visit.

use bytes::Bytes;
use wasm_forms::Meta;

use super::Upload;
use super::arrived::Arrived;
use super::flags::{flag, off_calendar};
use crate::App;
use crate::blob::hashes::Sha256;
use crate::domain::audit;
use crate::domain::seal::chain::{self, Effect};
use crate::domain::seal::{self, Content, Flaw, Sealed, SealedFile};
use crate::domain::visit_clock::VisitClock;
use crate::store::db::{DbError, Tx};
use crate::store::devices::{self, KeyRow};
use crate::store::seals;
use crate::store::submissions::{self, FlagRow, SubmissionRow};

/// Returns a flag for each fault of the seal; `key` is the sender's that it names.
pub(super) fn faults(arrived: &Arrived, key: Option<&KeyRow>) -> Vec<FlagRow> {
    let found = seal::examine(&arrived.sealed, &arrived.content(), key);
    found.into_iter().map(|(flaw, what)| FlagRow { question: what, ..flag(flaw.code()) }).collect()
}

/// Puts a seal whose signature is right into its chain, raises and lowers the flags of the submissions around it, and
/// returns the flags for its own.
pub(super) fn link(
    tx: &mut dyn Tx,
    now: i64,
    sealed: &Sealed,
    row: &SubmissionRow,
) -> Result<Vec<FlagRow>, DbError> {
    let Sealed::Second(signed) = sealed else { return Ok(Vec::new()) };
    let key = own_key(tx, &row.account_id, sealed)?;
    if !key.is_some_and(|key| seal::key::is_signed(signed, &key)) {
        return Ok(Vec::new());
    }
    let effects = chain::link(tx, signed, &row.id)?;
    let (own, others): (Vec<Effect>, Vec<Effect>) =
        effects.into_iter().partition(|it| it.submission_id == row.id);
    apply(tx, now, &others)?;
    let mut codes: Vec<&str> = Vec::new();
    for effect in own {
        codes.retain(|it| *it != effect.code);
        codes.extend(effect.is_raised.then_some(effect.code));
    }
    Ok(codes.into_iter().map(flag).collect())
}

/// Looks again at what an account sent with a key that was not enrolled then.
pub(in crate::domain) fn take_up(tx: &mut dyn Tx, now: i64, key: &KeyRow) -> Result<(), DbError> {
    for id in seals::flagged(tx, &key.account_id, Flaw::UnknownKey.code())? {
        let Some(row) = submissions::get(tx, &id)? else { continue };
        let sealed = Sealed::read(Some(&row.seal));
        let Sealed::Second(signed) = &sealed else { continue };
        if sealed.key_id().as_deref() != Some(key.id.as_str()) {
            continue;
        }
        seals::lower_flag(tx, &id, Flaw::UnknownKey.code())?;
        if seal::key::is_signed(signed, key) {
            let effects = chain::link(tx, signed, &id)?;
            apply(tx, now, &effects)?;
        } else {
            seals::raise_flag(tx, &id, &flag(Flaw::SignatureWrong.code()))?;
        }
    }
    Ok(())
}

fn apply(tx: &mut dyn Tx, now: i64, effects: &[Effect]) -> Result<(), DbError> {
    for Effect { submission_id, code, is_raised } in effects {
        let (has_changed, act) = if *is_raised {
            (seals::raise_flag(tx, submission_id, &flag(code))?, "raise flag")
        } else {
            (seals::lower_flag(tx, submission_id, code)?, "lower flag")
        };
        if has_changed {
            audit::record_as(tx, now, "", act, submission_id, code)?;
        }
    }
    Ok(())
}

/// Returns the key that a seal names, where it is the account's.
pub(super) fn own_key(tx: &mut dyn Tx, account_id: &str, sealed: &Sealed) -> Result<Option<KeyRow>, DbError> {
    let Some(id) = sealed.key_id() else { return Ok(None) };
    Ok(devices::get(tx, &id)?.filter(|it| it.account_id == account_id))
}

/// Returns when a visit was sealed; nothing where its seal does not say.
pub(super) fn clock(sealed: &Sealed, received_at: i64) -> Option<VisitClock> {
    let Sealed::Second(signed) = sealed else { return None };
    Some(VisitClock::corrected(signed.seal.device_time_ms, signed.seal.clock, received_at))
}

/// Returns what a reviewer should know of a visit's clock.
pub(super) fn clock_flag(meta: &Meta, sealed: &Sealed, received_at: i64) -> Option<FlagRow> {
    let by_seal = clock(sealed, received_at).filter(|it| it.earliest_at.is_some());
    let code = match by_seal {
        Some(clock) => clock.flag(),
        None => off_calendar(meta, received_at),
    };
    code.map(flag)
}

impl Arrived {
    /// Returns what the seal is compared with.
    pub(super) fn content(&self) -> Content<'_> {
        let Arrived { meta, document, files, notes, .. } = self;
        Content { instance_id: &meta.instance_id, document: *document, files, notes: *notes }
    }
}

/// Returns what arrived of files as a seal tells of them.
pub(super) async fn files(app: &App, upload: &Upload) -> Vec<SealedFile> {
    let bytes = upload.files.iter().map(|(_, bytes)| bytes.clone()).collect();
    let hashes = app.hasher.hashes(bytes, app.inbox.is_in_company()).await;
    let file = |((name, bytes), sha256): (&(String, Bytes), Sha256)| SealedFile {
        name: name.clone(),
        size_bytes: bytes.len() as u64,
        sha256: sha256.into(),
    };
    upload.files.iter().zip(hashes).map(file).collect()
}
