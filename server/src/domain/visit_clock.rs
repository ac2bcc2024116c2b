//! When a visit was sealed, by the server's clock: what the phone claims, corrected by what it knew of its clock and by
//! when the visit arrived, with the bounds of that.
//!
//! A phone's clock is taken for right as long as the bounds allow it: a phone that slept has wide bounds and a right
//! clock. Nothing arrives before it was sealed, so the arrival is always an upper bound.

use wasm_forms::evidence::seal::{Basis, ClockClaim};

/// A clock may be off by this much before anybody is told.
pub const TOLERANCE_MS: i64 = 10 * 60 * 1000;
/// Servers of one community may differ by this much.
const SERVERS_MS: i64 = 1000;

/// The time of a sealing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitClock {
    /// By the phone's clock, milliseconds UTC.
    pub claimed_at: i64,
    /// By the server's.
    pub corrected_at: i64,
    /// Not before; nothing where the phone never heard the server.
    pub earliest_at: Option<i64>,
    /// Not after.
    pub latest_at: i64,
    /// How the phone knew.
    pub basis: Option<Basis>,
}

impl VisitClock {
    /// Corrects a claim.
    #[must_use]
    pub fn corrected(claimed_at: i64, claim: Option<ClockClaim>, received_at: i64) -> VisitClock {
        let claim = claim.filter(|it| it.least_ms <= it.likely_ms && it.likely_ms <= it.most_ms);
        let latest = |most_ms: i64| claimed_at.saturating_add(most_ms).min(received_at + SERVERS_MS);
        let of = |corrected_at: i64, earliest_at, latest_at| VisitClock {
            claimed_at,
            corrected_at: corrected_at.min(received_at),
            earliest_at,
            latest_at,
            basis: claim.map(|it| it.basis),
        };
        let Some(claim) = claim else {
            return of(claimed_at, None, received_at);
        };
        let (earliest, latest) = (claimed_at.saturating_add(claim.least_ms), latest(claim.most_ms));
        if earliest > latest {
            // The clock was set forward and the phone could not see it: only the arrival is left.
            return of(received_at, None, received_at);
        }
        let fits = |it: &i64| (earliest..=latest).contains(it);
        let candidates = [claimed_at, claimed_at.saturating_add(claim.likely_ms)];
        of(candidates.into_iter().find(fits).unwrap_or(earliest), Some(earliest), latest)
    }

    /// Returns how far the phone's clock was behind the server's; negative where it was ahead, 0 where it was right.
    #[must_use]
    pub fn behind_ms(&self) -> i64 {
        self.corrected_at.saturating_sub(self.claimed_at)
    }

    /// Returns the code of what a reviewer should know, if anything.
    #[must_use]
    pub fn flag(&self) -> Option<&'static str> {
        let off = self.behind_ms();
        if off.saturating_abs() <= TOLERANCE_MS {
            return None;
        }
        Some(match self.basis {
            Some(Basis::Jumped) => "visit.clock_jumped",
            _ if off < 0 => "visit.clock_ahead",
            _ => "visit.clock_behind",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const TWO_YEARS: i64 = 2 * 365 * 24 * HOUR;
    const NOW: i64 = 1_795_226_400_000;

    fn claim(basis: Basis, least_ms: i64, likely_ms: i64, most_ms: i64) -> Option<ClockClaim> {
        Some(ClockClaim { basis, least_ms, likely_ms, most_ms })
    }

    /// `device` and the results as distances from the time of arrival.
    fn check(
        device: i64,
        claim: Option<ClockClaim>,
        corrected: i64,
        bounds: (Option<i64>, i64),
        flag: Option<&str>,
    ) {
        let clock = VisitClock::corrected(NOW + device, claim, NOW);
        let found = (clock.corrected_at - NOW, (clock.earliest_at.map(|it| it - NOW), clock.latest_at - NOW));
        assert_eq!((found, clock.flag()), ((corrected, bounds), flag), "{claim:?}");
    }

    #[test]
    fn a_right_clock_is_left_alone() {
        check(-HOUR, claim(Basis::Steady, -40, 0, 40), -HOUR, (Some(-HOUR - 40), -HOUR + 40), None);
        check(-HOUR, claim(Basis::Recalled, -40, 10, 40), -HOUR, (Some(-HOUR - 40), -HOUR + 40), None);
    }

    #[test]
    fn a_phone_that_slept_has_wide_bounds_and_a_right_clock() {
        check(-HOUR, claim(Basis::Jumped, -8 * HOUR, 0, 40), -HOUR, (Some(-9 * HOUR), -HOUR + 40), None);
    }

    #[test]
    fn a_wrong_clock_is_corrected_by_what_the_phone_knew() {
        let behind = claim(Basis::Steady, TWO_YEARS - 40, TWO_YEARS, TWO_YEARS + 40);
        check(-TWO_YEARS - HOUR, behind, -HOUR, (Some(-HOUR - 40), -HOUR + 40), Some("visit.clock_behind"));
        let ahead = claim(Basis::Recalled, -TWO_YEARS - 40, -TWO_YEARS, -TWO_YEARS + 40);
        check(TWO_YEARS - HOUR, ahead, -HOUR, (Some(-HOUR - 40), -HOUR + 40), Some("visit.clock_ahead"));
    }

    #[test]
    fn a_clock_set_forward_after_the_last_contact_shows_on_arrival() {
        let slept_or_set = claim(Basis::Jumped, -TWO_YEARS, 0, 40);
        check(TWO_YEARS - HOUR, slept_or_set, -HOUR, (Some(-HOUR), 1000), Some("visit.clock_jumped"));
        let unseen = claim(Basis::Recalled, -40, 0, 40);
        check(TWO_YEARS, unseen, 0, (None, 0), Some("visit.clock_ahead"));
    }

    #[test]
    fn a_clock_set_back_is_corrected_by_the_monotonic_one() {
        let set_back = claim(Basis::Jumped, TWO_YEARS, TWO_YEARS, TWO_YEARS + 1080 * HOUR);
        check(-TWO_YEARS - HOUR, set_back, -HOUR, (Some(-HOUR), 1000), Some("visit.clock_jumped"));
    }

    #[test]
    fn without_a_claim_the_phone_is_believed_up_to_the_arrival() {
        check(-HOUR, None, -HOUR, (None, 0), None);
        check(TWO_YEARS, None, 0, (None, 0), Some("visit.clock_ahead"));
    }

    #[test]
    fn nonsense_does_not_overflow() {
        for device in [i64::MIN, i64::MIN + NOW, 0, i64::MAX - NOW] {
            for offset in [i64::MIN, -1, i64::MAX] {
                let clock = VisitClock::corrected(device, claim(Basis::Steady, offset, offset, offset), NOW);
                assert!(clock.corrected_at <= NOW && clock.latest_at <= NOW + SERVERS_MS);
                let _ = clock.flag();
            }
        }
        let reversed = VisitClock::corrected(NOW, claim(Basis::Steady, 5, 0, -5), NOW);
        assert_eq!((reversed.basis, reversed.corrected_at), (None, NOW));
    }
}
