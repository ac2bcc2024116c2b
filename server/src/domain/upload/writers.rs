//! Who writes to which upload in this process: one request each, which another may ask to end.
//!
//! Several processes know nothing of each other's writers; there the row alone decides, see [`super`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::UploadError;

/// Requests that bring bytes at the same time; each holds a piece in memory at most.
const MAX_WRITERS: usize = 128;
/// Longest wait for a writer to store what it has.
const PATIENCE: Duration = Duration::from_secs(10);

/// The writers of this process.
#[derive(Debug)]
pub struct Writers {
    places: Arc<Semaphore>,
    at_work: Arc<Mutex<HashMap<String, Signals>>>,
    /// The day on which stray pieces were last looked for.
    swept_on: AtomicI64,
}

#[derive(Debug, Clone)]
struct Signals {
    end: CancellationToken,
    ended: CancellationToken,
}

/// The place of a request that writes to an upload; free again when dropped.
#[derive(Debug)]
pub(super) struct Writing {
    id: String,
    signals: Signals,
    at_work: Arc<Mutex<HashMap<String, Signals>>>,
    _place: OwnedSemaphorePermit,
}

impl Default for Writers {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(MAX_WRITERS)),
            at_work: Arc::default(),
            swept_on: AtomicI64::new(0),
        }
    }
}

impl Writers {
    /// Takes the place of an upload's one writer.
    pub(super) fn take(&self, id: &str) -> Result<Writing, UploadError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| UploadError::Busy)?;
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        if at_work.contains_key(id) {
            return Err(UploadError::Locked);
        }
        let signals = Signals { end: CancellationToken::new(), ended: CancellationToken::new() };
        at_work.insert(id.to_owned(), signals.clone());
        Ok(Writing { id: id.to_owned(), signals, at_work: Arc::clone(&self.at_work), _place: place })
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
