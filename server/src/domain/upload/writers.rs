//! Who writes to which upload in this process: one request each, which another may ask to end.
//!
//! A browser whose connection broke sends the same request again by itself, before the server has heard of the break. So
//! one that begins where a writer began gives that writer's place to itself, once nothing came of it for a moment; any other
//! is turned away.
//!
//! Several processes know nothing of each other's writers; there the row alone decides, see [`super`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::UploadError;

/// Requests that bring bytes at the same time; each holds a piece in memory at most.
const MAX_WRITERS: usize = 128;
/// Longest wait for a writer to store what it has.
const PATIENCE: Duration = Duration::from_secs(10);
/// A writer that has received nothing for this long may have lost its connection.
const HANGS_AFTER_MS: u64 = 200;

/// The writers of this process.
#[derive(Debug)]
pub struct Writers {
    places: Arc<Semaphore>,
    at_work: Arc<Mutex<HashMap<String, Signals>>>,
    /// The day on which stray pieces were last looked for.
    swept_on: AtomicI64,
    began: Instant,
}

#[derive(Debug, Clone)]
struct Signals {
    end: CancellationToken,
    ended: CancellationToken,
    /// Where its bytes begin.
    from: i64,
    /// When it last received something, milliseconds since `Writers` began.
    heard_ms: Arc<AtomicU64>,
}

/// The place of a request that writes to an upload; free again when dropped.
#[derive(Debug)]
pub(super) struct Writing {
    id: String,
    signals: Signals,
    at_work: Arc<Mutex<HashMap<String, Signals>>>,
    began: Instant,
    /// Whether it is the request of a writer that hung, sent again.
    pub(super) is_again: bool,
    _place: OwnedSemaphorePermit,
}

impl Default for Writers {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(MAX_WRITERS)),
            at_work: Arc::default(),
            swept_on: AtomicI64::new(0),
            began: Instant::now(),
        }
    }
}

impl Writers {
    /// Takes the place of an upload's one writer, whose bytes begin at `from`.
    pub(super) async fn take(&self, id: &str, from: i64) -> Result<Writing, UploadError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| UploadError::Busy)?;
        let is_again = self.hangs(id, from);
        if is_again {
            self.end(id).await;
        }
        let signals = Signals {
            end: CancellationToken::new(),
            ended: CancellationToken::new(),
            from,
            heard_ms: Arc::new(AtomicU64::new(ms_since(self.began))),
        };
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        if at_work.contains_key(id) {
            return Err(UploadError::Locked);
        }
        at_work.insert(id.to_owned(), signals.clone());
        let at_work = Arc::clone(&self.at_work);
        Ok(Writing { id: id.to_owned(), signals, at_work, began: self.began, is_again, _place: place })
    }

    /// Whether a writer that began at the same place has received nothing for a moment.
    fn hangs(&self, id: &str, from: i64) -> bool {
        let at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        at_work.get(id).is_some_and(|it| {
            let heard_ms = it.heard_ms.load(Ordering::Relaxed);
            it.from == from && ms_since(self.began).saturating_sub(heard_ms) >= HANGS_AFTER_MS
        })
    }

    /// Asks the writer of an upload to end, and waits until it has stored what it had.
    pub(super) async fn end(&self, id: &str) {
        let signals = self.at_work.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        let Some(signals) = signals else { return };
        signals.end.cancel();
        // One that is still at it after this stores its piece, or finds that the upload went on without it.
        let _ = tokio::time::timeout(PATIENCE, signals.ended.cancelled()).await;
    }

    /// Whether this is another day than when this was last asked.
    pub(super) fn is_new_day(&self, day: i64) -> bool {
        self.swept_on.swap(day, Ordering::Relaxed) != day
    }
}

impl Writing {
    /// Notes that something was received.
    pub(super) fn heard(&self) {
        self.signals.heard_ms.store(ms_since(self.began), Ordering::Relaxed);
    }

    /// Waits until somebody asks this writer to end.
    pub(super) async fn asked_to_end(&self) {
        self.signals.end.cancelled().await;
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        self.signals.ended.cancel();
    }
}

fn ms_since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
