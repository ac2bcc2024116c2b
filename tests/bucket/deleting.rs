//! Files on their way out: moved aside, put back, deleted, and stored again at the same moment.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use doorstep::blob::hashes::sha256_hex;
use doorstep::blob::{Blobs, Moved};

use crate::Store;
use crate::files::later;

async fn moved(blobs: &Blobs, sha256: &str) -> doorstep::blob::Aside {
    match blobs.move_aside(sha256).await.expect("moved") {
        Moved::Aside(aside) => aside,
        other => panic!("{other:?}"),
    }
}

/// Deletes a file, however often somebody stores it anew meanwhile.
pub async fn erase(blobs: &Blobs, sha256: &str) {
    loop {
        match blobs.move_aside(sha256).await.expect("moved") {
            Moved::Aside(aside) => return blobs.delete_aside(&aside).await.expect("deleted"),
            Moved::Gone => return,
            Moved::StoredAgain => {}
        }
    }
}

#[tokio::test]
async fn what_is_aside_comes_back_or_goes() {
    let Some(store) = Store::new() else { return };
    let blobs = store.open().await;
    let sha256 = blobs.put(Bytes::from_static(b"a photo")).await.unwrap();
    blobs.put_thumbnail(&sha256, Bytes::from_static(b"small")).await.unwrap();
    let aside = moved(&blobs, &sha256).await;
    assert!(!blobs.has(&sha256).await.unwrap());
    assert_eq!(blobs.move_aside(&sha256).await.unwrap(), Moved::Gone);
    assert_eq!(blobs.aside().await.unwrap().iter().map(|it| &it.sha256).collect::<Vec<_>>(), [&sha256]);
    blobs.put_back(&aside).await.unwrap();
    blobs.put_back(&aside).await.unwrap();
    assert_eq!(&blobs.get(&sha256).await.unwrap()[..], b"a photo");
    assert!(blobs.aside().await.unwrap().is_empty());
    let aside = moved(&blobs, &sha256).await;
    blobs.delete_aside(&aside).await.unwrap();
    blobs.delete_aside(&aside).await.unwrap();
    assert!(!blobs.has(&sha256).await.unwrap() && blobs.thumbnail(&sha256).await.is_err());
    assert!(blobs.aside().await.unwrap().is_empty());
}

/// A bucket has no renaming: a copy is younger than what it was made of.
#[tokio::test]
async fn what_is_aside_is_as_old_as_it_was() {
    let Some(store) = Store::new() else { return };
    let blobs = store.open().await;
    let stored_from = blobs.time().await.unwrap();
    let sha256 = blobs.put(Bytes::from_static(b"a photo")).await.unwrap();
    let now = later(&blobs).await;
    let aside = moved(&blobs, &sha256).await;
    assert!(!blobs.is_stored_since(&aside, now).await.unwrap());
    assert!(blobs.is_stored_since(&aside, stored_from).await.unwrap());
    let listed = blobs.aside().await.unwrap().remove(0);
    assert!(!listed.is_left_behind(now) && listed.is_left_behind(now + Duration::from_secs(3600)));
    assert!(!blobs.is_stored_since(&listed, now).await.unwrap());
    blobs.put(Bytes::from_static(b"a photo")).await.unwrap();
    assert!(blobs.is_stored_since(&listed, now).await.unwrap(), "stored anew");
}

#[tokio::test]
async fn what_a_crash_left_aside_is_brought_back() {
    let Some(store) = Store::new() else { return };
    let blobs = store.open().await;
    let sha256 = blobs.put(Bytes::from_static(b"a photo")).await.unwrap();
    moved(&blobs, &sha256).await;
    blobs.bring_back(&sha256).await.unwrap();
    blobs.bring_back(&sha256).await.unwrap();
    assert_eq!(&blobs.get(&sha256).await.unwrap()[..], b"a photo");
    blobs.bring_back(&sha256_hex(b"never stored")).await.unwrap();
}

/// Two processes delete a file that nothing names while a third stores and names it: whoever names it has it afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn who_names_a_file_keeps_it_from_all_who_delete_it() {
    let Some(store) = Store::new() else { return };
    let (blobs, mut n_met) = (store.open().await, 0);
    for n in 0..40_u64 {
        let bytes = Bytes::from(format!("file {n}"));
        let sha256 = blobs.put(bytes.clone()).await.unwrap();
        let is_named = AtomicBool::new(false);
        let delete = || async {
            match blobs.move_aside(&sha256).await.unwrap() {
                Moved::Aside(aside) if is_named.load(Ordering::SeqCst) => {
                    blobs.put_back(&aside).await.unwrap()
                }
                Moved::Aside(aside) => blobs.delete_aside(&aside).await.unwrap(),
                Moved::StoredAgain | Moved::Gone => {}
            }
        };
        let name = async {
            tokio::time::sleep(Duration::from_millis(n % 10)).await;
            blobs.put(bytes.clone()).await.unwrap();
            is_named.store(true, Ordering::SeqCst);
            let is_missing = !blobs.has(&sha256).await.unwrap();
            blobs.put_missing(&sha256, &bytes).await.unwrap();
            usize::from(is_missing)
        };
        let ((), (), is_missing) = tokio::join!(delete(), delete(), name);
        n_met += is_missing;
        assert_eq!(blobs.get(&sha256).await.expect("named, and gone"), bytes);
    }
    println!("{n_met} of 40 were taken away and stored again");
}
