//! The chain of a phone's seals: each repeats the digest of the one before, so that a visit that was taken out, put in or
//! moved shows.
//!
//! Visits arrive in any order. A number that has not come is a gap until it comes; then the flag goes. Only seals whose
//! signature is right become links, so nobody without the key can disturb a chain.

use super::Signed;
use crate::store::db::{DbError, Tx};
use crate::store::devices;
use crate::store::seals::{self, SealRow};

/// A number is missing before this one.
pub const GAP: &str = "seal.chain_gap";
/// Two seals claim one place, or one follows another than it says.
pub const FORK: &str = "seal.chain_fork";
/// The number is not above that of the seal it follows.
pub const BACK: &str = "seal.counter_back";

/// What a new link means for a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// Which.
    pub submission_id: String,
    /// Code of the flag.
    pub code: &'static str,
    /// Whether the flag is to be there.
    pub is_raised: bool,
}

/// Puts the links of a signed seal into its chain: those it replaces first, then its own. Returns what follows from it,
/// for this submission and for those around it.
pub fn link(tx: &mut dyn Tx, signed: &Signed, submission_id: &str) -> Result<Vec<Effect>, DbError> {
    let Some(key) = signed.seal.key_id.map(|it| it.to_string()) else { return Ok(Vec::new()) };
    let Some(row) = devices::get_locked(tx, &key)? else { return Ok(Vec::new()) };
    let mut effects = Vec::new();
    let replaced = signed.replaced.iter().zip(&signed.seal.replaces).filter(|(it, digest)| {
        it.seal.digest() == **digest
            && it.seal.instance_id == signed.seal.instance_id
            && super::key::is_signed(it, &row)
    });
    let replaced: Vec<SealRow> = replaced.map(|(it, _)| link_row(it, &key, submission_id, true)).collect();
    for link in replaced.into_iter().chain([link_row(signed, &key, submission_id, false)]) {
        add(tx, &link, &mut effects)?;
    }
    Ok(effects)
}

fn link_row(signed: &Signed, key_id: &str, submission_id: &str, is_replaced: bool) -> SealRow {
    SealRow {
        digest: signed.seal.digest().to_string(),
        key_id: key_id.to_owned(),
        counter: i64::try_from(signed.seal.counter).unwrap_or(i64::MAX),
        previous: signed.seal.previous.map_or_else(String::new, |it| it.to_string()),
        submission_id: submission_id.to_owned(),
        is_replaced,
    }
}

fn add(tx: &mut dyn Tx, link: &SealRow, effects: &mut Vec<Effect>) -> Result<(), DbError> {
    if !seals::insert(tx, link)? {
        return Ok(());
    }
    devices::move_head(tx, &link.key_id, link.counter, &link.digest)?;
    let mut effect = |of: &SealRow, code, is_raised| {
        effects.push(Effect { submission_id: of.submission_id.clone(), code, is_raised });
    };
    for other in seals::at(tx, &link.key_id, link.counter)?.iter().filter(|it| it.digest != link.digest) {
        effect(other, FORK, true);
        effect(link, FORK, true);
    }
    if let Some(code) = behind(tx, link)? {
        effect(link, code, true);
    }
    // What came before and waited for this one, or says it follows something else in this place.
    for next in seals::at(tx, &link.key_id, link.counter + 1)? {
        if next.previous != link.digest {
            effect(&next, FORK, true);
        }
        let waits = is_waiting(tx, &next.submission_id)?;
        effect(&next, GAP, waits);
    }
    for next in seals::following(tx, &link.key_id, &link.digest)? {
        if next.counter != link.counter + 1 && next.digest != link.digest {
            let code = if next.counter <= link.counter { BACK } else { GAP };
            effect(&next, GAP, code == GAP);
            effect(&next, code, true);
        }
    }
    Ok(())
}

/// Whether a submission, with the seals it replaced, still has a number missing before one of them.
fn is_waiting(tx: &mut dyn Tx, submission_id: &str) -> Result<bool, DbError> {
    for link in seals::of_submission(tx, submission_id)? {
        if behind(tx, &link)? == Some(GAP) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns what is wrong between a link and the one it says it follows.
pub fn behind(tx: &mut dyn Tx, link: &SealRow) -> Result<Option<&'static str>, DbError> {
    if link.counter <= 1 {
        return Ok((link.counter < 1 || !link.previous.is_empty()).then_some(BACK));
    }
    let before = seals::by_digest(tx, &link.previous)?.filter(|it| it.key_id == link.key_id);
    Ok(match before {
        Some(before) if before.counter == link.counter - 1 => None,
        Some(before) if before.counter >= link.counter => Some(BACK),
        Some(_) => Some(GAP),
        None if seals::at(tx, &link.key_id, link.counter - 1)?.is_empty() => Some(GAP),
        None => Some(FORK),
    })
}
