//! When a visit took place: by its own clock, put right by what its seal says of that clock, else when it arrived.

use wasm_forms::Meta;

use super::sealed;
use crate::domain::calendar;
use crate::domain::seal::Sealed;
use crate::domain::visit_clock::VisitClock;

/// When a visit took place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    /// Milliseconds UTC.
    pub(super) at: i64,
    /// The civil day.
    pub(super) on: String,
    /// UTC offset of the visit in minutes.
    pub(super) offset_min: i32,
    /// What its seal says of its clock.
    pub(super) clock: Option<VisitClock>,
}

impl Moment {
    /// Returns when a visit took place that arrived at `received_at`; `offset_min` where it does not say its own.
    pub(super) fn of(meta: &Meta, sealed: &Sealed, received_at: i64, offset_min: i32) -> Moment {
        let clock = sealed::clock(sealed, received_at);
        let behind_ms = clock.filter(|it| it.flag().is_some()).map_or(0, |it| it.behind_ms());
        let ended_at = meta.ended_at.or(meta.started_at).map(|it| it.saturating_add(behind_ms));
        let at = ended_at.filter(|it| is_plausible(*it, received_at)).unwrap_or(received_at);
        let offset_min = meta.offset_min.unwrap_or(offset_min);
        Moment { at, on: calendar::text(calendar::day_at(at, offset_min)), offset_min, clock }
    }
}

/// Whether a clock can be used for the days that people read; else the day of arrival is.
fn is_plausible(at: i64, now: i64) -> bool {
    const YEAR_MS: i64 = 366 * 86_400_000;
    (now - 10 * YEAR_MS..now + YEAR_MS).contains(&at)
}
