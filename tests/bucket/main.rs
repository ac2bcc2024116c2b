//! Files in a bucket of a real object store, SeaweedFS: what `server/src/blob.rs` says of a folder holds there too. What
//! happens when the store dies under load is shown by `tests/fault/bucket.rs`.
//!
//! Without SeaweedFS (`cargo xtask setup` installs it) these tests are skipped, and say so.

mod deleting;
mod files;
mod visit;

use std::path::Path;

use doorstep::blob::Blobs;
use doorstep::blob::bucket::{Bucket, Settings};
use doorstep::vault::Vault;
use doorstep::vault::keys::KeySource;
use doorstep_tests::seaweed::Seaweed;
use tempfile::TempDir;

/// A bucket of its own, and the key to it.
struct Store {
    seaweed: &'static Seaweed,
    bucket: String,
    folder: TempDir,
}

impl Store {
    /// Makes an empty bucket; none, said aloud, where there is no SeaweedFS.
    fn new() -> Option<Store> {
        if !Seaweed::is_installed() {
            println!("skipped: there is no SeaweedFS (cargo xtask setup)");
            return None;
        }
        let seaweed = Seaweed::shared().expect("a store");
        let bucket = seaweed.fresh_bucket().expect("a bucket");
        Some(Store { seaweed, bucket, folder: tempfile::tempdir().expect("a folder") })
    }

    fn settings(&self) -> Settings {
        self.seaweed.settings().into_iter().collect()
    }

    fn key(&self) -> std::path::PathBuf {
        self.folder.path().join("key")
    }

    /// Opens the bucket as a server does, with the keys that are in the file now.
    async fn open(&self) -> Blobs {
        self.open_with(&self.key()).await.expect("the right key")
    }

    async fn open_with(&self, key: &Path) -> Result<Blobs, doorstep::blob::BlobError> {
        let bucket = Bucket::open(&self.bucket, &self.settings()).expect("a bucket");
        let source = || KeySource::File(key.to_owned());
        let vault = match Vault::open(source()).expect("a key") {
            Some(vault) => vault,
            None => Vault::create(source()).expect("a new key"),
        };
        let blobs = Blobs::bucket(bucket, vault);
        blobs.check_keys().await.map(|()| blobs)
    }
}
