//! Time as the server sees it; tests bring their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

/// How far a clock may drift from the time that passes before it has jumped.
const JUMP_MS: i64 = 12 * 3_600_000;
/// How long a server may have been off before its clock is doubted.
const LONGEST_REST_MS: i64 = 60 * 86_400_000;
/// How long a clock that has jumped is not believed.
const DISTRUST: Duration = Duration::from_secs(24 * 3600);

/// Tells a clock that somebody has set, or that was wrong for a while, from time that passes. What would be deleted by
/// such a clock waits until people had a day to put it right.
#[derive(Debug)]
pub struct Steadiness {
    told_ms: i64,
    at: Instant,
    jumped: Option<Instant>,
}

impl Steadiness {
    /// Begins with what the clock says now, and what it last said before the server was off.
    #[must_use]
    pub fn new(now_ms: i64, last_ms: Option<i64>) -> Steadiness {
        let at = Instant::now();
        let jumped = last_ms.filter(|it| now_ms - it > LONGEST_REST_MS).map(|_| at);
        Steadiness { told_ms: now_ms, at, jumped }
    }

    /// Returns whether the clock has gone on as time did, for a day at least after its last jump.
    pub fn is_steady(&mut self, now_ms: i64) -> bool {
        let passed = self.at.elapsed();
        let expected = self.told_ms.saturating_add(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX));
        (self.told_ms, self.at) = (now_ms, Instant::now());
        if (now_ms - expected).abs() > JUMP_MS {
            self.jumped = Some(Instant::now());
        }
        self.jumped.is_none_or(|it| it.elapsed() > DISTRUST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_is_not_believed_again_at_once() {
        const YEAR_MS: i64 = 365 * 86_400_000;
        let mut clock = Steadiness::new(YEAR_MS, Some(YEAR_MS - 1));
        assert!(clock.is_steady(YEAR_MS) && clock.is_steady(YEAR_MS + 3_600_000));
        assert!(!clock.is_steady(3 * YEAR_MS));
        assert!(!clock.is_steady(YEAR_MS), "back again");
        assert!(!clock.is_steady(YEAR_MS));
        assert!(!Steadiness::new(3 * YEAR_MS, Some(YEAR_MS)).is_steady(3 * YEAR_MS), "wrong since the start");
    }
}
