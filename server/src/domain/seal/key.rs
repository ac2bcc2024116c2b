//! Keys of phones: ECDSA over P-256 with SHA-256, as WebCrypto signs (IEEE P1363).

use data_encoding::HEXLOWER;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use wasm_forms::evidence::seal::Digest;

use super::Signed;
use crate::store::devices::KeyRow;

/// Bytes of an uncompressed point.
const POINT: usize = 65;

/// Returns whether a seal names this key and is signed with it.
#[must_use]
pub fn is_signed(signed: &Signed, key: &KeyRow) -> bool {
    signed.seal.key_id.is_some_and(|it| Some(it) == id_of(&key.public_key) && it.to_string() == key.id)
        && holds(&key.public_key, signed.seal.canonical().as_bytes(), &signed.signature)
}

/// Returns the id of a public key in hex, or nothing where it can't be one.
#[must_use]
pub fn id_of(public_key: &str) -> Option<Digest> {
    let point = HEXLOWER.decode(public_key.as_bytes()).ok()?;
    (point.len() == POINT && point[0] == 4).then(|| Digest::of(&point))
}

/// Returns whether whoever enrols a key holds its private half. The bytes are told in the page on the seal.
#[must_use]
pub fn is_enrolled_by(account_id: &str, device_id: &str, public_key: &str, proof: &str) -> bool {
    let Some(id) = id_of(public_key) else { return false };
    let text = format!(
        "doorstep-device 1\naccount {} {account_id}\ndevice {} {device_id}\nkey {id}\n",
        account_id.len(),
        device_id.len()
    );
    let proof = HEXLOWER.decode(proof.as_bytes()).unwrap_or_default();
    holds(public_key, text.as_bytes(), &proof)
}

fn holds(public_key: &str, message: &[u8], signature: &[u8]) -> bool {
    let Ok(point) = HEXLOWER.decode(public_key.as_bytes()) else { return false };
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
}
