//! Master keys, and where they are kept: one key a line in a file, the current one first, or in the environment. Older
//! ones stay until nothing is encrypted under them any more.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};

use super::{KEY_BYTES, VaultError, random};
use crate::durable;

const HEAD: &str = "# Doorstep 叩门: whoever has this file can read the data; without it nobody can. Keep a copy elsewhere.\n\
                    # 有这份密钥就能读出数据，丢了谁也读不出来。请另外保存一份。\n";

/// Where the master keys are.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A file.
    File(PathBuf),
    /// Text of an environment variable, keys separated by commas.
    Variable(String),
}

/// The keys at hand, the current one first; there is one at least.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<MasterKey>,
    /// State of the file that they were read from.
    read_from: Option<FileState>,
}

/// Tells one state of a file from the next.
type FileState = (SystemTime, u64);

/// A key that wraps the keys of files.
pub struct MasterKey {
    /// The first 8 bytes of the SHA-256 of the key.
    pub(super) id: [u8; 8],
    pub(super) secret: [u8; KEY_BYTES],
}

/// Never tells the secret.
impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", HEXLOWER.encode(&self.id))
    }
}

impl MasterKey {
    pub(super) fn random() -> Result<MasterKey, VaultError> {
        Ok(MasterKey::of(random()?))
    }

    fn of(secret: [u8; KEY_BYTES]) -> MasterKey {
        let mut id = [0; 8];
        id.copy_from_slice(&digest(&SHA256, &secret).as_ref()[..8]);
        MasterKey { id, secret }
    }

    fn parse(text: &str) -> Option<MasterKey> {
        let bytes = HEXLOWER.decode(text.trim().to_ascii_lowercase().as_bytes()).ok()?;
        Some(MasterKey::of(bytes.try_into().ok()?))
    }
}

impl KeyRing {
    pub(super) fn of(keys: Vec<MasterKey>) -> KeyRing {
        KeyRing { keys, read_from: None }
    }

    pub(super) fn current(&self) -> &MasterKey {
        self.keys.first().expect("a ring has a key")
    }

    pub(super) fn find(&self, id: [u8; 8]) -> Option<&MasterKey> {
        self.keys.iter().find(|it| it.id == id)
    }

    fn text(&self) -> String {
        let lines = self.keys.iter().map(|it| HEXLOWER.encode(&it.secret) + "\n");
        HEAD.to_owned() + &lines.collect::<String>()
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeySource::File(path) => write!(f, "{}", path.display()),
            KeySource::Variable(_) => write!(f, "DOORSTEP_KEY"),
        }
    }
}

impl KeySource {
    /// Puts a new key in front of those in the file.
    pub fn add_key(&self) -> Result<(), VaultError> {
        let mut keys = self.read()?.map_or_else(Vec::new, |ring| ring.keys);
        keys.insert(0, MasterKey::random()?);
        self.write(&KeyRing::of(keys))
    }

    /// Drops all keys of the file but the current one; returns how many.
    pub fn forget_old(&self) -> Result<usize, VaultError> {
        let Some(mut ring) = self.read()? else { return Ok(0) };
        let old = ring.keys.split_off(1);
        if !old.is_empty() {
            self.write(&ring)?;
        }
        Ok(old.len())
    }

    pub(super) fn read(&self) -> Result<Option<KeyRing>, VaultError> {
        match self {
            KeySource::Variable(text) => {
                let keys: Option<Vec<_>> = text.split(',').map(MasterKey::parse).collect();
                keys.map(|keys| Some(KeyRing::of(keys))).ok_or(VaultError::KeyVariable)
            }
            KeySource::File(path) => {
                // Looked at before it is read: a change in between is noticed by the next look.
                let read_from = state(path);
                let text = match std::fs::read_to_string(path) {
                    Ok(text) => text,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(self.problem(path, &error)),
                };
                let lines = text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
                match lines.map(MasterKey::parse).collect::<Option<Vec<_>>>() {
                    Some(keys) if !keys.is_empty() => Ok(Some(KeyRing { keys, read_from })),
                    _ => Err(self.problem(path, &"it must hold one key of 64 hexadecimal digits a line")),
                }
            }
        }
    }

    /// Replaces the file as a whole; a crash leaves the old one or the new one.
    pub(super) fn write(&self, ring: &KeyRing) -> Result<(), VaultError> {
        let KeySource::File(path) = self else { return Err(VaultError::NoKeyFile) };
        durable::replace(path, ring.text().as_bytes()).map_err(|error| self.problem(path, &error))
    }

    pub(super) fn has_changed_since(&self, ring: &KeyRing) -> bool {
        match self {
            KeySource::File(path) => state(path) != ring.read_from,
            KeySource::Variable(_) => false,
        }
    }

    fn problem(&self, path: &Path, problem: &dyn fmt::Display) -> VaultError {
        VaultError::KeyFile { path: path.to_owned(), problem: problem.to_string() }
    }
}

fn state(path: &Path) -> Option<FileState> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_keeps_the_order_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let source = KeySource::File(folder.path().join("a/key"));
        assert!(source.read().unwrap().is_none());
        source.add_key().unwrap();
        let first = source.read().unwrap().unwrap().current().id;
        source.add_key().unwrap();
        let ring = source.read().unwrap().unwrap();
        assert!(ring.current().id != first && ring.find(first).is_some());
        assert_eq!(source.forget_old().unwrap(), 1);
        assert!(source.read().unwrap().unwrap().find(first).is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.path().join("a/key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn what_holds_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for text in ["", "# only a remark\n", "abc\n"] {
            std::fs::write(&path, text).unwrap();
            assert!(
                matches!(KeySource::File(path.clone()).read(), Err(VaultError::KeyFile { .. })),
                "{text}"
            );
        }
        assert!(matches!(KeySource::Variable("x".to_owned()).read(), Err(VaultError::KeyVariable)));
        let two = format!("{}, {}", "0".repeat(64), "F".repeat(64));
        assert_eq!(KeySource::Variable(two).read().unwrap().unwrap().keys.len(), 2);
    }
}
