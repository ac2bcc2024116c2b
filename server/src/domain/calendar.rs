//! Civil days: the day of a visit is the day on the wall at that door, whatever the server's zone. And the days on
//! which offices work, by the public holidays that a pack names.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan, tz::Offset};

/// Which days are working days: Monday to Friday, less the holidays, and the weekend days that are worked instead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkingCalendar {
    holidays: BTreeSet<Date>,
    worked: BTreeSet<Date>,
    covered_until: Option<Date>,
}

impl WorkingCalendar {
    /// Makes a calendar of spans of days, first and last included: holidays, weekend days that are worked, and the years
    /// for which both are complete.
    #[must_use]
    pub fn new(
        holidays: impl IntoIterator<Item = (Date, Date)>,
        worked: impl IntoIterator<Item = (Date, Date)>,
        covered: impl IntoIterator<Item = (Date, Date)>,
    ) -> WorkingCalendar {
        WorkingCalendar {
            holidays: holidays.into_iter().flat_map(days).collect(),
            worked: worked.into_iter().flat_map(days).collect(),
            covered_until: covered.into_iter().map(|(_, last)| last).max(),
        }
    }

    /// Returns whether offices work on a day.
    #[must_use]
    pub fn is_working_day(&self, day: Date) -> bool {
        let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        if is_weekend { self.worked.contains(&day) } else { !self.holidays.contains(&day) }
    }

    /// Returns the `n`th working day after a day.
    #[must_use]
    pub fn plus_working_days(&self, mut day: Date, n: i64) -> Date {
        let mut left = n;
        while left > 0 {
            let next = plus_days(day, 1);
            if next == day {
                break;
            }
            day = next;
            left -= i64::from(self.is_working_day(day));
        }
        day
    }

    /// Returns the last day up to which the holidays are known; `None` where no year is complete.
    #[must_use]
    pub fn covered_until(&self) -> Option<Date> {
        self.covered_until
    }
}

/// Returns the days of a span, both ends included; at most a few years of them.
fn days((first, last): (Date, Date)) -> impl Iterator<Item = Date> {
    const MOST: usize = 2000;
    std::iter::successors(Some(first), |day| day.tomorrow().ok())
        .take_while(move |day| *day <= last)
        .take(MOST)
}

/// Returns the civil day at a moment (milliseconds UTC) where clocks are `offset_min` minutes ahead of UTC.
#[must_use]
pub fn day_at(ms: i64, offset_min: i32) -> Date {
    let offset = Offset::from_seconds(offset_min.saturating_mul(60)).unwrap_or(Offset::UTC);
    let moment = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    offset.to_datetime(moment).date()
}

/// Returns the moment (milliseconds UTC) at which a day begins where clocks are `offset_min` minutes ahead of UTC.
#[must_use]
pub fn begins_at(day: Date, offset_min: i32) -> i64 {
    let offset = Offset::from_seconds(offset_min.saturating_mul(60)).unwrap_or(Offset::UTC);
    offset.to_timestamp(day.at(0, 0, 0, 0)).map_or(0, Timestamp::as_millisecond)
}

/// Returns a day as people write it in files and URLs, `YYYY-MM-DD`.
#[must_use]
pub fn text(day: Date) -> String {
    day.to_string()
}

/// Reads `YYYY-MM-DD`.
#[must_use]
pub fn parse(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// Returns the day `n` days later; negative goes back.
#[must_use]
pub fn plus_days(day: Date, n: i64) -> Date {
    day.checked_add(n.days()).unwrap_or(day)
}

/// Returns the same day `n` months later, or the last of that month.
#[must_use]
pub fn plus_months(day: Date, n: i64) -> Date {
    day.checked_add(n.months()).unwrap_or(day)
}

/// Returns the age in whole years on a day; `None` where the day of birth is not known.
#[must_use]
pub fn age_on(day: Date, birth_date: &str) -> Option<i64> {
    let born = parse(birth_date)?;
    let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
    Some(i64::from(day.year() - born.year()) - i64::from(!had_birthday))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        parse(text).expect("a day")
    }

    #[test]
    fn knows_the_day_on_the_wall() {
        let check = |ms, offset, expected: &str| assert_eq!(text(day_at(ms, offset)), expected);
        check(0, 0, "1970-01-01");
        check(1_795_276_800_000, 480, "2026-11-22");
        check(1_795_276_799_999, 0, "2026-11-21");
    }

    #[test]
    fn counts_working_days() {
        let holiday = (day("2026-10-01"), day("2026-10-07"));
        let worked = [(day("2026-09-20"), day("2026-09-20")), (day("2026-10-10"), day("2026-10-10"))];
        let year = (day("2026-01-01"), day("2026-12-31"));
        let calendar = WorkingCalendar::new([holiday], worked, [year]);
        let check = |from: &str, n, expected: &str| {
            assert_eq!(text(calendar.plus_working_days(day(from), n)), expected)
        };
        check("2026-11-20", 1, "2026-11-23");
        check("2026-11-21", 3, "2026-11-25");
        check("2026-11-02", 20, "2026-11-30");
        check("2026-09-18", 1, "2026-09-20");
        check("2026-09-30", 1, "2026-10-08");
        check("2026-10-09", 1, "2026-10-10");
        check("2026-09-16", 20, "2026-10-19");
        check("2026-09-30", 0, "2026-09-30");
        assert_eq!(calendar.covered_until(), Some(day("2026-12-31")));
        assert_eq!(text(WorkingCalendar::default().plus_working_days(day("2026-09-30"), 1)), "2026-10-01");
    }

    #[test]
    fn counts_whole_years() {
        assert_eq!(age_on(day("2026-11-21"), "1952-11-22"), Some(73));
        assert_eq!(age_on(day("2026-11-21"), "1952-11-21"), Some(74));
        assert_eq!(age_on(day("2026-11-21"), ""), None);
    }
}
