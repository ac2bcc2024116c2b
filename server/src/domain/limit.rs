//! How soon something has to be answered, as the `sla` columns of a pack tell it: `2wd`, or `now=PT2H soon=P1D`, where
//! the word is a value that was answered or stands in the register.
//!
//! A limit in hours ends with the hour; every other one ends with its day.

use super::calendar::{self, WorkingCalendar};
use super::due::Period;

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// What stands for every value without a limit of its own.
const ANY: [&str; 2] = ["", "other"];

/// Limits by the value they are for; without one they are for any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits(Vec<(String, Period)>);

impl Limits {
    /// Reads `2wd` or `now=PT2H soon=P1D`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Limits> {
        let parts = text.split([' ', ',', ';', '、']).filter(|it| !it.is_empty());
        let limit = |part: &str| {
            let (what, limit) = part.split_once('=').unwrap_or(("", part));
            Some((what.to_owned(), Period::parse(limit)?))
        };
        parts.map(limit).collect::<Option<_>>().map(Limits)
    }

    /// Returns every limit.
    pub fn iter(&self) -> impl Iterator<Item = Period> {
        self.0.iter().map(|(_, limit)| *limit)
    }

    /// Returns the limit for what was answered: that of one of the values, else the one for any.
    #[must_use]
    pub fn told(&self, values: &[&str]) -> Option<Period> {
        let named = self.0.iter().find(|(what, _)| !what.is_empty() && values.contains(&what.as_str()));
        named
            .or_else(|| self.0.iter().find(|(what, _)| ANY.contains(&what.as_str())))
            .map(|(_, limit)| *limit)
    }

    /// Returns the limit for what was answered; the shortest where there is none for it.
    #[must_use]
    pub fn of(&self, values: &[&str]) -> Option<Period> {
        let shortest = || self.iter().min_by_key(|it| (it.about_days(), !matches!(it, Period::Hours(_))));
        self.told(values).or_else(shortest)
    }
}

/// Returns the moment (milliseconds UTC) by which a limit ends that began at `from`, where clocks are `offset_min` minutes
/// ahead of UTC.
#[must_use]
pub fn ends_at(limit: Period, from: i64, offset_min: i32, working: &WorkingCalendar) -> i64 {
    if let Period::Hours(hours) = limit {
        return from.saturating_add(hours.saturating_mul(HOUR_MS));
    }
    let last = limit.after(calendar::day_at(from, offset_min), working);
    calendar::begins_at(calendar::plus_days(last, 1), offset_min) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_limit_for_what_was_answered() {
        let check = |text: &str, values: &[&str], expected| {
            assert_eq!(Limits::parse(text).expect("readable").of(values), expected, "{text} {values:?}");
        };
        check("2wd", &["now"], Some(Period::WorkingDays(2)));
        check("now=PT2H, soon=P1D normal=P3D", &["meal", "soon"], Some(Period::Days(1)));
        check("consult=PT1H other=P3D", &["errand"], Some(Period::Days(3)));
        check("finish=P30D accept=P1D", &[], Some(Period::Days(1)));
        check("", &["now"], None);
        assert_eq!(Limits::parse("soon"), None);
    }

    #[test]
    fn ends_with_the_hour_or_with_the_day() {
        const SATURDAY_TEN: i64 = 1_795_226_400_000;
        let check = |limit, expected_hours: i64| {
            let end = ends_at(limit, SATURDAY_TEN, 480, &WorkingCalendar::default());
            assert_eq!((end + 1 - SATURDAY_TEN) / HOUR_MS, expected_hours, "{limit:?}");
        };
        check(Period::Hours(2), 2);
        check(Period::Days(1), 14 + 24);
        check(Period::WorkingDays(1), 14 + 48);
    }
}
