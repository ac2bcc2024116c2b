//! Encryption at rest: whoever takes the server's disk away cannot read what lies on it.
//!
//! Each file has a random key of its own (AES-256-GCM), which the master key wraps; the database file has one too, kept
//! wrapped beside it. So a new master key rewrites 68 bytes of a file, never its content. The master key itself lies
//! outside the data folder or in the environment, see [`keys`].
//!
//! ```text
//! byte  0   "DSV1"
//!       4   id of the master key (the first 8 bytes of its SHA-256)
//!      12   nonce, 12 bytes
//!      24   the file's key, wrapped: 32 bytes and a tag of 16; bound to bytes 0 to 11 and to the file's name
//!      72   nonce, 12 bytes
//!      84   the file, encrypted, and a tag of 16; bound to the file's name
//! ```
//! A file that was stored before there was encryption has no such head, and is read as it is.

pub mod kept;
pub mod keys;
pub mod rekey;
pub mod visit_key;

use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

use keys::{KeyRing, KeySource, MasterKey};

const MAGIC: &[u8; 4] = b"DSV1";
const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const NONCE_AT: usize = 12;
const WRAPPED_AT: usize = NONCE_AT + NONCE_LEN;
const BODY_NONCE_AT: usize = WRAPPED_AT + KEY_BYTES + TAG_BYTES;
const BODY_AT: usize = BODY_NONCE_AT + NONCE_LEN;

/// Why something can't be encrypted or read.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Encrypted under a master key that is not at hand.
    #[error(
        "主密钥不对 The master key at {0} is not the one this data was encrypted with: put the right key file there"
    )]
    UnknownKey(String),
    /// Changed or cut since it was encrypted, or put in another file's place.
    #[error("{0} was changed since it was encrypted")]
    Damaged(String),
    /// The key file can't be read or written, or does not hold keys.
    #[error("主密钥文件 key file {path}: {problem}")]
    KeyFile {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The environment variable does not hold keys.
    #[error(
        "DOORSTEP_KEY must hold keys of 64 hexadecimal digits, the current one first, separated by commas"
    )]
    KeyVariable,
    /// A new key can only be made where there is a file for it.
    #[error(
        "the key comes from the environment: put a new one in front of DOORSTEP_KEY, a comma between, and run this again"
    )]
    NoKeyFile,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

/// Encrypts and reads what the server stores.
#[derive(Debug)]
pub struct Vault {
    source: KeySource,
    ring: RwLock<KeyRing>,
}

impl Vault {
    /// Opens the keys; returns `None` where there are none yet.
    pub fn open(source: KeySource) -> Result<Option<Vault>, VaultError> {
        let Some(ring) = source.read()? else { return Ok(None) };
        Ok(Some(Vault { source, ring: RwLock::new(ring) }))
    }

    /// Makes the first key of a new community.
    pub fn create(source: KeySource) -> Result<Vault, VaultError> {
        source.write(&KeyRing::of(vec![MasterKey::random()?]))?;
        Vault::open(source)?.ok_or(VaultError::NoKeyFile)
    }

    /// Encrypts bytes for the place called `name`.
    pub fn seal(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.reread_where_changed()?;
        let file_key: [u8; KEY_BYTES] = random()?;
        let mut sealed = Vec::with_capacity(BODY_AT + bytes.len() + TAG_BYTES);
        self.with_ring(|ring| wrap(&mut sealed, ring.current(), name, &file_key))?;
        let nonce: [u8; NONCE_LEN] = random()?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(bytes);
        let tag = cipher(&file_key)
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(name),
                &mut sealed[BODY_AT..],
            )
            .map_err(|_| VaultError::NoRandomness)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Reads what [`Vault::seal`] made for the same name.
    pub fn read(&self, name: &str, stored: Bytes) -> Result<Bytes, VaultError> {
        if !is_sealed(&stored) {
            return Ok(stored);
        }
        let file_key = self.file_key(name, &stored)?;
        let mut sealed = Vec::from(stored);
        let nonce = nonce_at(&sealed, BODY_NONCE_AT);
        let damaged = |_| VaultError::Damaged(name.to_owned());
        let n_bytes = cipher(&file_key)
            .open_in_place(nonce, Aad::from(name), &mut sealed[BODY_AT..])
            .map_err(damaged)?
            .len();
        Ok(Bytes::from(sealed).slice(BODY_AT..BODY_AT + n_bytes))
    }

    /// Returns a stored file as it is to be under the current master key; `None` where it is so already.
    pub fn renewed(&self, name: &str, stored: &Bytes) -> Result<Option<Vec<u8>>, VaultError> {
        if !is_sealed(stored) {
            return self.seal(name, stored).map(Some);
        }
        self.reread_where_changed()?;
        if self.with_ring(|ring| Ok(ring.current().id == key_id(stored)))? {
            return Ok(None);
        }
        let file_key = self.file_key(name, stored)?;
        let mut sealed = Vec::with_capacity(stored.len());
        self.with_ring(|ring| wrap(&mut sealed, ring.current(), name, &file_key))?;
        sealed.extend_from_slice(&stored[BODY_NONCE_AT..]);
        Ok(Some(sealed))
    }

    /// Returns whether a stored file, or the beginning of one, is under the current master key.
    #[must_use]
    pub fn is_current(&self, stored: &[u8]) -> bool {
        is_sealed(stored) && self.with_ring(|ring| Ok(ring.current().id == key_id(stored))).unwrap_or(false)
    }

    /// Where the keys come from, for people.
    #[must_use]
    pub fn source(&self) -> &KeySource {
        &self.source
    }

    fn file_key(&self, name: &str, sealed: &[u8]) -> Result<[u8; KEY_BYTES], VaultError> {
        let id = key_id(sealed);
        if !self.with_ring(|ring| Ok(ring.find(id).is_some()))? {
            self.reread()?;
        }
        self.with_ring(|ring| {
            let master = ring.find(id).ok_or_else(|| VaultError::UnknownKey(self.source.to_string()))?;
            let mut wrapped = sealed[WRAPPED_AT..BODY_NONCE_AT].to_vec();
            let bound = [&sealed[..NONCE_AT], name.as_bytes()].concat();
            let opened = cipher(&master.secret).open_in_place(
                nonce_at(sealed, NONCE_AT),
                Aad::from(bound),
                &mut wrapped,
            );
            let damaged = || VaultError::Damaged(name.to_owned());
            let key = opened.map_err(|_| damaged())?;
            <[u8; KEY_BYTES]>::try_from(&*key).map_err(|_| damaged())
        })
    }

    /// Another process may have put a new key in front: what is written from now on uses it.
    fn reread_where_changed(&self) -> Result<(), VaultError> {
        let is_changed = self.with_ring(|ring| Ok(self.source.has_changed_since(ring)))?;
        if is_changed { self.reread() } else { Ok(()) }
    }

    fn reread(&self) -> Result<(), VaultError> {
        if let Some(ring) = self.source.read()? {
            *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        }
        Ok(())
    }

    fn with_ring<T>(&self, work: impl FnOnce(&KeyRing) -> Result<T, VaultError>) -> Result<T, VaultError> {
        work(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns whether bytes are encrypted, by their head.
#[must_use]
pub fn is_sealed(stored: &[u8]) -> bool {
    stored.len() >= BODY_AT + TAG_BYTES && stored.starts_with(MAGIC)
}

/// Returns what of a stored file stays the same under every master key.
#[must_use]
pub fn body(stored: &[u8]) -> &[u8] {
    if is_sealed(stored) { &stored[BODY_NONCE_AT..] } else { stored }
}

/// Writes the head: magic, key id, nonce and the file's key under the master key.
fn wrap(
    sealed: &mut Vec<u8>,
    master: &MasterKey,
    name: &str,
    file_key: &[u8; KEY_BYTES],
) -> Result<(), VaultError> {
    sealed.extend_from_slice(MAGIC);
    sealed.extend_from_slice(&master.id);
    let bound = [&sealed[..], name.as_bytes()].concat();
    let nonce: [u8; NONCE_LEN] = random()?;
    let mut wrapped = file_key.to_vec();
    cipher(&master.secret)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), &mut wrapped)
        .map_err(|_| VaultError::NoRandomness)?;
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&wrapped);
    Ok(())
}

fn cipher(key: &[u8; KEY_BYTES]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("a key of 32 bytes"))
}

fn key_id(sealed: &[u8]) -> [u8; 8] {
    let mut id = [0; 8];
    id.copy_from_slice(&sealed[MAGIC.len()..NONCE_AT]);
    id
}

fn nonce_at(sealed: &[u8], at: usize) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce.copy_from_slice(&sealed[at..at + NONCE_LEN]);
    Nonce::assume_unique_for_key(nonce)
}

/// Returns random bytes of the system.
fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| VaultError::NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(folder: &tempfile::TempDir) -> Vault {
        Vault::create(KeySource::File(folder.path().join("key"))).expect("a vault")
    }

    #[test]
    fn what_is_sealed_comes_back_and_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(&folder);
        for bytes in [&b""[..], b"\xFF\xD8\xFFa photo", &[7; 100_000]] {
            let sealed = vault.seal("a", bytes).unwrap();
            assert!(is_sealed(&sealed));
            assert!(bytes.len() < 8 || !sealed.windows(8).any(|it| it == &bytes[..8]));
            assert_eq!(vault.read("a", sealed.into()).unwrap(), bytes);
        }
    }

    #[test]
    fn every_changed_bit_and_every_other_place_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(&folder);
        let sealed = vault.seal("a", b"content").unwrap();
        assert!(matches!(vault.read("b", sealed.clone().into()), Err(VaultError::Damaged(_))));
        for at in MAGIC.len()..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.read("a", changed.into()).is_err(), "byte {at}");
        }
    }

    #[test]
    fn files_from_before_are_read_as_they_are_and_renewed() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(&folder);
        let plain = Bytes::from_static(b"from before");
        assert_eq!(vault.read("a", plain.clone()).unwrap(), plain);
        let renewed = vault.renewed("a", &plain).unwrap().unwrap();
        assert_eq!(vault.read("a", renewed.into()).unwrap(), plain);
    }

    #[test]
    fn another_master_key_reads_nothing() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sealed = vault(&folder).seal("a", b"content").unwrap();
        assert!(matches!(vault(&other).read("a", sealed.into()), Err(VaultError::UnknownKey(_))));
    }

    #[test]
    fn a_new_key_is_taken_up_while_running_and_old_files_stay_readable() {
        let folder = tempfile::tempdir().unwrap();
        let running = vault(&folder);
        let before = Bytes::from(running.seal("a", b"content").unwrap());
        let rekeying = Vault::open(running.source().clone()).unwrap().unwrap();
        rekeying.source().add_key().unwrap();
        let renewed = Bytes::from(rekeying.renewed("a", &before).unwrap().unwrap());
        assert_eq!(running.read("a", renewed.clone()).unwrap(), "content");
        assert_eq!(running.read("a", before).unwrap(), "content");
        assert!(running.renewed("a", &renewed).unwrap().is_none());
        assert_eq!(key_id(&running.seal("b", b"").unwrap()), key_id(&renewed));
    }
}
