//! Time as the server sees it; tests bring their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that somebody sets, in milliseconds UTC.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// Returns milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match self {
            Clock::System => {
                SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis() as i64)
            }
            Clock::Set(ms) => ms.load(Ordering::Relaxed),
        }
    }
}
