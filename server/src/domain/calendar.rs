//! Civil days: the day of a visit is the day on the wall at that door, whatever the server's zone.
//!
//! Working days are Monday to Friday; public holidays are not known here, so a limit in working days may fall
//! earlier than the law's, never later.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan, tz::Offset};

/// Returns the civil day at a moment (milliseconds UTC) where clocks are `offset_min` minutes ahead of UTC.
#[must_use]
pub fn day_at(ms: i64, offset_min: i32) -> Date {
    let offset = Offset::from_seconds(offset_min.saturating_mul(60)).unwrap_or(Offset::UTC);
    let moment = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    offset.to_datetime(moment).date()
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

/// Returns the `n`th working day after a day.
#[must_use]
pub fn plus_working_days(mut day: Date, n: i64) -> Date {
    let mut left = n;
    while left > 0 {
        day = plus_days(day, 1);
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            left -= 1;
        }
    }
    day
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

    #[test]
    fn knows_the_day_on_the_wall() {
        let check = |ms, offset, expected: &str| assert_eq!(text(day_at(ms, offset)), expected);
        check(0, 0, "1970-01-01");
        check(1_795_276_800_000, 480, "2026-11-22");
        check(1_795_276_799_999, 0, "2026-11-21");
    }

    #[test]
    fn counts_working_days() {
        let check = |from: &str, n, expected: &str| {
            let from = parse(from).expect("a day");
            assert_eq!(text(plus_working_days(from, n)), expected);
        };
        check("2026-11-20", 1, "2026-11-23");
        check("2026-11-21", 3, "2026-11-25");
        check("2026-11-02", 20, "2026-11-30");
    }

    #[test]
    fn counts_whole_years() {
        let day = parse("2026-11-21").expect("a day");
        assert_eq!(age_on(day, "1952-11-22"), Some(73));
        assert_eq!(age_on(day, "1952-11-21"), Some(74));
        assert_eq!(age_on(day, ""), None);
    }
}
