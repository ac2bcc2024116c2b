//! SHA-256, by which files are named.
//!
//! One hash is a chain of steps that no processor can take side by side; hashes of several files can be, one in each lane of
//! its registers. Where a processor has no instructions for SHA-256 they cost a fraction then: there the files of visits that
//! come at the same time are hashed together, on one thread.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ring::digest::{SHA256, digest};
use tape_sha256::hash_many;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// A hash.
pub type Sha256 = [u8; 32];

/// Files that are enough to begin with: more at a time cost each hardly less.
const MANY: usize = 16;
/// Fewer of them are faster one after the other.
const FEW: usize = 3;
/// Longest wait for the files of others.
const GATHERING: Duration = Duration::from_millis(6);
/// Bytes that are hashed where they are, in less than a millisecond; more go to a thread that may be busy for longer.
const FEW_BYTES: usize = 1 << 20;

/// Hashes files, those of several visits at once where that is faster.
#[derive(Debug)]
pub struct Hasher {
    /// To the thread that gathers them.
    orders: Option<Sender<Order>>,
}

struct Order {
    files: Vec<Bytes>,
    /// Whether others are likely to come within moments.
    is_in_company: bool,
    reply: oneshot::Sender<Vec<Sha256>>,
}

impl Default for Hasher {
    fn default() -> Self {
        if has_instructions() { Hasher { orders: None } } else { Hasher::gathering() }
    }
}

impl Hasher {
    fn gathering() -> Hasher {
        let (orders, waiting) = channel();
        let body = move || while hash_next(&waiting).is_some() {};
        // Without its thread every file is hashed where it is asked for.
        let _ = thread::Builder::new().name("hasher".to_owned()).spawn(body);
        Hasher { orders: Some(orders) }
    }

    /// Returns the hash of each file. In company it waits some milliseconds for those of others; who has none waits for nobody.
    pub async fn hashes(&self, files: Vec<Bytes>, is_in_company: bool) -> Vec<Sha256> {
        if files.is_empty() {
            return Vec::new();
        }
        let n_bytes: usize = files.iter().map(Bytes::len).sum();
        let (reply, hashes) = oneshot::channel();
        if let Some(orders) = &self.orders
            && orders.send(Order { files: files.clone(), is_in_company, reply }).is_ok()
            && let Ok(hashes) = hashes.await
        {
            return hashes;
        }
        if n_bytes <= FEW_BYTES {
            return one_by_one(&files);
        }
        let many = files.clone();
        // Only while the program ends there is no thread for it.
        spawn_blocking(move || one_by_one(&many)).await.unwrap_or_else(|_| one_by_one(&files))
    }
}

fn one_by_one(files: &[Bytes]) -> Vec<Sha256> {
    files.iter().map(|it| sha256(it)).collect()
}

/// Hashes what waits, and what comes while it is worth waiting; returns nothing once nobody can ask any more.
fn hash_next(waiting: &Receiver<Order>) -> Option<()> {
    let mut orders = vec![waiting.recv().ok()?];
    let until = Instant::now() + GATHERING;
    while n_files(&orders) < MANY {
        let left = until.saturating_duration_since(Instant::now());
        let patience = if orders.iter().any(|it| it.is_in_company) { left } else { Duration::ZERO };
        let Ok(next) = waiting.recv_timeout(patience) else { break };
        orders.push(next);
    }
    let files: Vec<&[u8]> = orders.iter().flat_map(|it| it.files.iter().map(AsRef::as_ref)).collect();
    let mut hashes = together(&files).into_iter();
    for Order { files, reply, .. } in orders {
        // Who asked may have gone away.
        let _ = reply.send(hashes.by_ref().take(files.len()).collect());
    }
    Some(())
}

/// Whether one file after the other is as fast as many side by side.
fn has_instructions() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("sha");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("sha2");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return false;
}

fn n_files(orders: &[Order]) -> usize {
    orders.iter().map(|it| it.files.len()).sum()
}

fn together(files: &[&[u8]]) -> Vec<Sha256> {
    if files.len() < FEW {
        return files.iter().map(|it| sha256(it)).collect();
    }
    let mut hashes = vec![[0; 32]; files.len()];
    hash_many(files, &mut hashes);
    hashes
}

/// Returns the SHA-256 of bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Sha256 {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Returns the SHA-256 of bytes as 64 lower-case hexadecimal digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&sha256(bytes))
}

#[cfg(test)]
mod tests {
    use futures_util::future::{FutureExt as _, join_all};

    use super::*;

    fn file(n: usize) -> Bytes {
        (0..n).map(|it| (it * 31 + n) as u8).collect::<Vec<u8>>().into()
    }

    #[test]
    fn files_hashed_together_have_the_hash_that_each_has_alone() {
        // Every length around the ends of blocks, and lanes that end at different times.
        let files: Vec<Bytes> = (0..300).chain([4095, 4096, 4097, 70_001, 114_173]).map(file).collect();
        for n in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33] {
            for some in files.chunks(n) {
                let some: Vec<&[u8]> = some.iter().map(AsRef::as_ref).collect();
                let alone: Vec<Sha256> = some.iter().map(|it| sha256(it)).collect();
                assert_eq!(together(&some), alone, "{n} at a time");
            }
        }
    }

    #[test]
    fn it_is_sha_256() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), abc);
        assert_eq!(data_encoding::HEXLOWER.encode(&together(&[b"abc".as_slice(); 5])[4]), abc);
    }

    #[test]
    fn who_has_no_files_waits_for_nobody() {
        assert_eq!(Hasher::gathering().hashes(Vec::new(), true).now_or_never(), Some(Vec::new()));
    }

    #[tokio::test]
    async fn everybody_gets_the_hashes_of_their_own_files() {
        for hasher in [Hasher::gathering(), Hasher { orders: None }] {
            let asked = (0..40).map(|n| {
                let files: Vec<Bytes> = (0..n % 4).map(|it| file(1000 * n + it)).collect();
                let expected: Vec<Sha256> = files.iter().map(|it| sha256(it)).collect();
                let hashed = hasher.hashes(files, n % 3 > 0);
                async move { assert_eq!(hashed.await, expected, "{n}") }
            });
            join_all(asked).await;
            let large = Bytes::from(vec![7; FEW_BYTES + 1]);
            assert_eq!(hasher.hashes(vec![large.clone()], false).await, [sha256(&large)]);
        }
    }
}
