//! Files on their way out, which can still come back.
//!
//! Who deletes a file moves it aside, looks once more whether something names it, and only then deletes it or puts it
//! back. Who names a file looks for it once more after its row is there, and stores it again where it is gone. So whatever
//! comes between, one of the two sees the other.
//!
//! Every move has a name of its own, so that of two processes at the same file each has its own copy to decide about:
//!
//! ```text
//! aside/3f/3f9a….1763790000000-0198…     the hash, when it was stored (milliseconds UTC), an id
//! ```
//! In a folder moving is renaming: the file is here or there, and keeps its time. In a bucket it is a copy and a deletion,
//! and the copy is as young as the copying: therefore the time in the name, and nobody but its mover touches a copy that
//! is young. No store of ours knows a deletion on condition; what is stored again between the last look and the deletion
//! is gone, and is stored again by whoever names it.

use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt as _;
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStoreExt as _};

use super::{BlobError, Blobs, key, modified, thumbnail_key};

/// Where files are for a moment before they are deleted.
pub(super) const ASIDE: &str = "aside";

/// A file that was moved aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    key: Key,
    /// Its hash.
    pub sha256: String,
    /// When it was last stored under its hash.
    stored_at: SystemTime,
    /// When it was moved, where somebody may still be at it.
    moved_at: Option<SystemTime>,
}

/// What became of a file that was to be moved aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It is aside, and whoever moved it decides what next.
    Aside(Aside),
    /// Somebody stored it anew at this moment: it is where it was.
    StoredAgain,
    /// There was none.
    Gone,
}

impl Aside {
    /// Returns whether whoever moved it has left it behind: nobody takes as long as from `before` to now.
    #[must_use]
    pub fn is_left_behind(&self, before: SystemTime) -> bool {
        self.moved_at.is_none_or(|it| it < before)
    }
}

impl Blobs {
    /// Takes a file away from under its hash, so that it can still come back.
    pub async fn move_aside(&self, sha256: &str) -> Result<Moved, BlobError> {
        let from = key(sha256);
        let Some(file) = self.meta(&from).await? else { return Ok(Moved::Gone) };
        let stored_at = modified(&file);
        let to = aside_key(sha256, stored_at);
        let aside = Aside { key: to.clone(), sha256: sha256.to_owned(), stored_at, moved_at: None };
        if self.folder.is_some() {
            let is_moved = found(self.store.rename(&from, &to).await)?;
            return Ok(if is_moved { Moved::Aside(aside) } else { Moved::Gone });
        }
        if !found(self.store.copy(&from, &to).await)? {
            return Ok(Moved::Gone);
        }
        let is_same = self.meta(&from).await?.is_some_and(|it| it.e_tag == file.e_tag);
        if !is_same {
            // What was copied is no use to anybody: the file is under its hash, or on somebody else's way out.
            found(self.store.delete(&to).await)?;
            return Ok(Moved::StoredAgain);
        }
        found(self.store.delete(&from).await)?;
        Ok(Moved::Aside(aside))
    }

    /// Puts a file back that was moved aside; without harm if it is gone.
    pub async fn put_back(&self, aside: &Aside) -> Result<(), BlobError> {
        let to = key(&aside.sha256);
        if self.folder.is_some() {
            return found(self.store.rename(&aside.key, &to).await).map(drop);
        }
        if found(self.store.copy(&aside.key, &to).await)? {
            found(self.store.delete(&aside.key).await)?;
        }
        Ok(())
    }

    /// Deletes for good what was moved aside, and the thumbnail; without harm if they are gone.
    pub async fn delete_aside(&self, aside: &Aside) -> Result<(), BlobError> {
        self.delete_thumbnail(&aside.sha256).await?;
        found(self.store.delete(&aside.key).await).map(drop)
    }

    /// Deletes the thumbnail of a picture; without harm if there is none.
    pub async fn delete_thumbnail(&self, sha256: &str) -> Result<(), BlobError> {
        found(self.store.delete(&thumbnail_key(sha256)).await).map(drop)
    }

    /// Brings a file back that is missing and that somebody left aside.
    pub async fn bring_back(&self, sha256: &str) -> Result<(), BlobError> {
        if self.has(sha256).await? {
            return Ok(());
        }
        let left = self.list_aside(&aside_folder(sha256)).await?;
        for aside in left.into_iter().filter(|it| it.sha256 == sha256) {
            let to = key(sha256);
            let is_back = match &self.folder {
                Some(_) => self.store.rename(&aside.key, &to).await,
                // The copy stays: it may still be its mover's.
                None => self.store.copy(&aside.key, &to).await,
            };
            if found(is_back)? {
                break;
            }
        }
        Ok(())
    }

    /// Returns every file that was moved aside.
    pub async fn aside(&self) -> Result<Vec<Aside>, BlobError> {
        self.list_aside(&Key::from(ASIDE)).await
    }

    /// Returns whether a file that was moved aside was stored since `since`, before that or anew.
    pub async fn is_stored_since(&self, aside: &Aside, since: SystemTime) -> Result<bool, BlobError> {
        let anew = self.meta(&key(&aside.sha256)).await?;
        Ok(aside.stored_at >= since || anew.is_some_and(|it| modified(&it) >= since))
    }

    async fn list_aside(&self, folder: &Key) -> Result<Vec<Aside>, BlobError> {
        let files = self.store.list(Some(folder)).map_err(BlobError::from);
        files.try_filter_map(|file| std::future::ready(Ok(self.read_aside(&file)))).try_collect().await
    }

    fn read_aside(&self, file: &ObjectMeta) -> Option<Aside> {
        let (sha256, rest) = file.location.filename()?.split_once('.')?;
        let stored_ms = rest.split('-').next()?.parse().ok()?;
        let is_folder = self.folder.is_some();
        let in_name = SystemTime::UNIX_EPOCH + Duration::from_millis(stored_ms);
        Some(Aside {
            key: file.location.clone(),
            sha256: sha256.to_owned(),
            stored_at: if is_folder { modified(file) } else { in_name },
            moved_at: (!is_folder).then(|| modified(file)),
        })
    }
}

/// Returns the name that a file is bound to: one that was moved aside keeps that which it had.
pub(super) fn bound_name(location: &str) -> &str {
    let Some(name) = location.strip_prefix(ASIDE).and_then(|it| it.strip_prefix('/')) else {
        return location;
    };
    name.split_once('.').map_or(name, |(it, _)| it)
}

/// Whether there was something to do it to.
fn found(done: object_store::Result<()>) -> Result<bool, BlobError> {
    match done {
        Ok(()) => Ok(true),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn aside_folder(sha256: &str) -> Key {
    Key::from(format!("{ASIDE}/{}", sha256.get(..2).unwrap_or("")))
}

fn aside_key(sha256: &str, stored_at: SystemTime) -> Key {
    let since = stored_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    aside_folder(sha256).join(format!("{sha256}.{}-{}", since.as_millis(), crate::new_id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_aside_is_bound_to_the_name_it_had() {
        let sha256 = "ab".repeat(32);
        let aside = aside_key(&sha256, SystemTime::UNIX_EPOCH + Duration::from_millis(7));
        assert!(aside.as_ref().starts_with(&format!("aside/ab/{sha256}.7-")), "{aside}");
        assert_eq!(bound_name(aside.as_ref()), key(&sha256).as_ref());
        assert_eq!(bound_name("thumbnails/ab/x"), "thumbnails/ab/x");
        assert_eq!(bound_name("asides"), "asides");
    }
}
