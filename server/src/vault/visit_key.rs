//! The key that phones encrypt a visit to when it leaves the phone as a file, because it can't be sent: whoever carries
//! the file reads nothing of it.
//!
//! ```text
//! byte  0   "DSVF1" and a line feed
//!       6   id of the server's key: the first 8 bytes of the SHA-256 of its point
//!      14   a point of the phone's, drawn for this file: P-256, uncompressed, 65 bytes
//!      79   nonce, 12 bytes
//!      91   the content, AES-256-GCM, and a tag of 16; bound to bytes 0 to 78
//! ```
//! The AES key is HKDF-SHA256 of the x coordinate that both points agree on (ECDH), without a salt, with the info
//! `doorstep visit file 1` followed by bytes 6 to 78. What the content is, `domain::handed_in` tells.

use std::path::Path;

use data_encoding::HEXLOWER;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{PublicKey, SecretKey, ecdh};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::hkdf::{HKDF_SHA256, Salt};

use super::rekey::RekeyError;
use super::{KEY_BYTES, Vault, kept};

const MAGIC: &[u8; 6] = b"DSVF1\n";
const INFO: &[u8] = b"doorstep visit file 1";
const POINT_AT: usize = 14;
const NONCE_AT: usize = POINT_AT + 65;
const CONTENT_AT: usize = NONCE_AT + NONCE_LEN;

/// Why a file can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealedFileError {
    /// It is something else.
    #[error("not a visit file")]
    NotOne,
    /// It was encrypted to another server's key.
    #[error("encrypted to the key of another server")]
    OtherKey,
    /// Changed or cut.
    #[error("changed or cut since it left the phone")]
    Damaged,
}

/// The server's key pair.
pub struct VisitKey {
    secret: SecretKey,
    point: Vec<u8>,
    id: [u8; 8],
}

/// Never tells the private half.
impl std::fmt::Debug for VisitKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VisitKey({})", HEXLOWER.encode(&self.id))
    }
}

impl VisitKey {
    /// Returns the key of a data folder, made at the first start.
    pub fn of_folder(vault: &Vault, data: &Path) -> Result<VisitKey, RekeyError> {
        Ok(VisitKey::of(&kept::secret(vault, data, kept::VISIT_FILES)?))
    }

    /// Makes the key that a secret stands for.
    #[must_use]
    pub fn of(drawn: &[u8; KEY_BYTES]) -> VisitKey {
        // One in four thousand million hashes is no private key; the next one is.
        let hash = |n: u8| digest(&SHA256, &[&drawn[..], &[n]].concat());
        let secret = (0..=u8::MAX).find_map(|n| SecretKey::from_slice(hash(n).as_ref()).ok());
        let secret = secret.expect("256 hashes are not all outside the curve's order");
        let point = secret.public_key().to_sec1_point(false).as_bytes().to_vec();
        let mut id = [0; 8];
        id.copy_from_slice(&digest(&SHA256, &point).as_ref()[..8]);
        VisitKey { secret, point, id }
    }

    /// Returns the point that phones encrypt to, 130 hexadecimal digits.
    #[must_use]
    pub fn public(&self) -> String {
        HEXLOWER.encode(&self.point)
    }

    /// Opens a file that a phone made.
    pub fn open(&self, file: &[u8]) -> Result<Vec<u8>, SealedFileError> {
        if file.len() < CONTENT_AT || !file.starts_with(MAGIC) {
            return Err(SealedFileError::NotOne);
        }
        if file[MAGIC.len()..POINT_AT] != self.id {
            return Err(SealedFileError::OtherKey);
        }
        let key = self.agreed(file).ok_or(SealedFileError::Damaged)?;
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&file[NONCE_AT..CONTENT_AT]);
        let mut content = file[CONTENT_AT..].to_vec();
        let opened = key
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(&file[..NONCE_AT]), &mut content)
            .map_err(|_| SealedFileError::Damaged)?
            .len();
        content.truncate(opened);
        Ok(content)
    }

    fn agreed(&self, file: &[u8]) -> Option<LessSafeKey> {
        let theirs = PublicKey::from_sec1_bytes(&file[POINT_AT..NONCE_AT]).ok()?;
        let shared = ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), theirs.as_affine());
        let prk = Salt::new(HKDF_SHA256, &[]).extract(shared.raw_secret_bytes());
        let info = [INFO, &file[MAGIC.len()..NONCE_AT]];
        let key: UnboundKey = prk.expand(&info, &AES_256_GCM).ok()?.into();
        Some(LessSafeKey::new(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by a browser's WebCrypto for the key of 32 times `07`; its content is `{"told":"叩门"}`.
    const FILE: &str = include_str!("visit_key.hex");

    fn file() -> Vec<u8> {
        HEXLOWER.decode(FILE.trim().as_bytes()).unwrap()
    }

    #[test]
    fn what_a_phone_encrypted_is_read() {
        let key = VisitKey::of(&[7; 32]);
        assert_eq!(key.open(&file()).unwrap(), "{\"told\":\"叩门\"}".as_bytes());
        assert_eq!(key.public().len(), 130);
    }

    #[test]
    fn what_was_changed_or_is_for_another_is_not() {
        let key = VisitKey::of(&[7; 32]);
        let file = file();
        for at in POINT_AT..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(&changed), Err(SealedFileError::Damaged), "byte {at}");
        }
        assert_eq!(key.open(&file[..file.len() - 1]), Err(SealedFileError::Damaged));
        assert_eq!(VisitKey::of(&[8; 32]).open(&file), Err(SealedFileError::OtherKey));
        for other in [&b""[..], b"PK\x03\x04", &file[1..]] {
            assert_eq!(key.open(other), Err(SealedFileError::NotOne));
        }
    }
}
