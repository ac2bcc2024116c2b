//! Files, small pictures, pieces of uploads, and a new master key.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use doorstep::blob::hashes::sha256_hex;
use doorstep::blob::{BlobError, Blobs};
use futures_util::TryStreamExt as _;

use crate::Store;
use crate::deleting::erase;

/// Returns a time of the store that what was stored before lies before, and what is stored later does not.
pub async fn later(blobs: &Blobs) -> SystemTime {
    let begun = blobs.time().await.expect("a time");
    // The store tells times in whole seconds.
    loop {
        let now = blobs.time().await.expect("a time");
        if now >= begun + Duration::from_secs(2) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn hashes_before(blobs: &Blobs, before: SystemTime) -> BTreeSet<String> {
    blobs.hashes_before(before).try_collect().await.expect("listed")
}

#[tokio::test]
async fn a_file_is_kept_once_under_its_hash_and_encrypted() {
    let Some(store) = Store::new() else { return };
    let blobs = store.open().await;
    let (photo, other) = (Bytes::from_static(b"a photo of a door"), Bytes::from(vec![7; 3 << 20]));
    let sha256 = sha256_hex(&photo);
    assert!(matches!(blobs.get(&sha256).await, Err(BlobError::NotFound)));
    assert!(!blobs.has(&sha256).await.unwrap());
    assert_eq!(blobs.put(photo.clone()).await.unwrap(), sha256);
    assert_eq!(blobs.put(photo.clone()).await.unwrap(), sha256);
    let large = blobs.put(other.clone()).await.unwrap();
    assert_eq!((blobs.get(&sha256).await.unwrap(), blobs.get(&large).await.unwrap()), (photo, other));
    let mut found: Vec<String> = blobs.hashes().try_collect().await.unwrap();
    found.sort();
    let mut stored = vec![sha256.clone(), large];
    stored.sort();
    assert_eq!(found, stored);
    let raw = blobs.stored(&Blobs::name_of(&sha256)).await.unwrap();
    assert!(raw.starts_with(b"DSV1") && !raw.windows(5).any(|it| it == b"photo"));
}

#[tokio::test]
async fn a_bucket_opens_with_its_own_key_only() {
    let Some(store) = Store::new() else { return };
    store.open().await;
    let other = store.open_with(&store.folder.path().join("another-key")).await;
    assert!(matches!(other, Err(BlobError::Vault(_))), "{other:?}");
    store.open().await;
}

#[tokio::test]
async fn of_two_servers_that_start_with_different_keys_one_is_refused() {
    let Some(store) = Store::new() else { return };
    let keys = [store.folder.path().join("one"), store.folder.path().join("two")];
    let (one, two) = tokio::join!(store.open_with(&keys[0]), store.open_with(&keys[1]));
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    let again = if one.is_ok() { store.open_with(&keys[0]) } else { store.open_with(&keys[1]) }.await;
    assert!(again.is_ok(), "what the other wrote is in nobody's way");
}

#[tokio::test]
async fn what_is_stored_again_is_young_again() {
    let Some(store) = Store::new() else { return };
    let blobs = store.open().await;
    let (old, again) = (blobs.put(Bytes::from_static(b"old")).await.unwrap(), Bytes::from_static(b"again"));
    let renewed = blobs.put(again.clone()).await.unwrap();
    let now = later(&blobs).await;
    assert_eq!(hashes_before(&blobs, now).await, BTreeSet::from([old.clone(), renewed]));
    blobs.put(again).await.unwrap();
    assert_eq!(hashes_before(&blobs, now).await, BTreeSet::from([old]));
}

#[tokio::test]
async fn small_pictures_lie_beside_their_files() {
    let Some(store) = Store::new() else { return };
    let blobs = store.open().await;
    let sha256 = blobs.put(Bytes::from_static(b"a photo")).await.unwrap();
    assert!(matches!(blobs.thumbnail(&sha256).await, Err(BlobError::NotFound)));
    blobs.put_thumbnail(&sha256, Bytes::from_static(b"small")).await.unwrap();
    blobs.put_thumbnail(&sha256, Bytes::from_static(b"small")).await.unwrap();
    assert_eq!(&blobs.thumbnail(&sha256).await.unwrap()[..], b"small");
    let found: Vec<String> = blobs.hashes().try_collect().await.unwrap();
    assert_eq!(found, std::slice::from_ref(&sha256), "a small picture is no file");
    blobs.delete_thumbnail(&sha256).await.unwrap();
    blobs.delete_thumbnail(&sha256).await.unwrap();
    assert!(blobs.thumbnail(&sha256).await.is_err() && blobs.has(&sha256).await.unwrap());
}

#[tokio::test]
async fn pieces_of_uploads_come_and_go() {
    let Some(store) = Store::new() else { return };
    let blobs = store.open().await;
    let (one, two) = ("0198aa", "0199aa");
    for (id, name) in [(one, "0-x"), (one, "3-y"), (one, "9-z"), (two, "0-x")] {
        blobs.put_piece(id, name, name.as_bytes()).await.unwrap();
    }
    assert_eq!(&blobs.piece(one, "3-y").await.unwrap()[..], b"3-y");
    assert_eq!(blobs.uploads_with_pieces().await.unwrap(), BTreeSet::from([one.to_owned(), two.to_owned()]));
    blobs.delete_piece(one, "3-y").await.unwrap();
    blobs.delete_piece(one, "3-y").await.unwrap();
    assert!(matches!(blobs.piece(one, "3-y").await, Err(BlobError::NotFound)));
    blobs.delete_pieces(one).await.unwrap();
    blobs.delete_pieces(one).await.unwrap();
    assert_eq!(blobs.uploads_with_pieces().await.unwrap(), BTreeSet::from([two.to_owned()]));
}

/// Every file comes under the new key, what is aside too, and what is deleted meanwhile does not come back.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_brings_nothing_back() {
    let Some(store) = Store::new() else { return };
    let blobs = store.open().await;
    let mut hashes = Vec::new();
    for n in 0..100 {
        hashes.push(blobs.put(Bytes::from(format!("file {n}"))).await.unwrap());
    }
    let aside = blobs.put(Bytes::from_static(b"aside")).await.unwrap();
    blobs.move_aside(&aside).await.unwrap();
    blobs.put_piece("0198aa", "0-x", b"piece").await.unwrap();
    hashes.sort();
    blobs.vault().source().add_key().unwrap();
    let renewing = store.open().await;
    let delete = async {
        for (n, five) in hashes.chunks(5).enumerate() {
            // Files are renewed in the order of their names: the last of the five is, or is about to be, at work on.
            wait_until_renewed(&renewing, &five[2]).await;
            tokio::time::sleep(Duration::from_millis(n as u64 % 6)).await;
            erase(&blobs, &five[4]).await;
        }
    };
    let (renewed, ()) = tokio::join!(renewing.renew(), delete);
    assert!(renewed.unwrap().n_renewed >= 80);
    while renewing.renew().await.unwrap().n_renewed > 0 {}
    assert_eq!(blobs.vault().source().forget_old().unwrap(), 1);
    let alone = store.open().await;
    for five in hashes.chunks(5) {
        assert!(!alone.has(&five[4]).await.unwrap(), "deleted, and back");
        for kept in &five[..4] {
            assert_eq!(sha256_hex(&alone.get(kept).await.unwrap()), *kept);
        }
    }
    assert_eq!(&alone.piece("0198aa", "0-x").await.unwrap()[..], b"piece");
    alone.bring_back(&aside).await.unwrap();
    assert_eq!(&alone.get(&aside).await.unwrap()[..], b"aside");
}

async fn wait_until_renewed(blobs: &Blobs, sha256: &str) {
    let name = Blobs::name_of(sha256);
    while !blobs.vault().is_current(&blobs.stored(&name).await.expect("it stays")) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
