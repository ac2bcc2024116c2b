//! Civil dates and moments without a time zone database: a moment carries its own UTC offset.
//!
//! The day arithmetic is that of the proleptic Gregorian calendar in eras of 400 years.

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

/// Returns days since 1970-01-01 of a civil date, or nothing where there is no such day.
pub(crate) fn days(year: i64, month: u32, day: u32) -> Option<i64> {
    if !(1..=12).contains(&month) || day == 0 || day > month_length(year, month) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Returns year, month and day of days since 1970-01-01.
pub(crate) fn date(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn month_length(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Returns 0 for Sunday … 6 for Saturday.
pub(crate) fn weekday(days: i64) -> u32 {
    (days + 4).rem_euclid(7) as u32
}

pub(crate) fn date_text(days: i64) -> String {
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns `YYYY-MM-DDTHH:MM:SS.sss+hh:mm` in the given offset.
pub(crate) fn moment_text(ms: i64, offset_min: i32) -> String {
    let local = ms + i64::from(offset_min) * MINUTE_MS;
    let (day, time) = (local.div_euclid(DAY_MS), local.rem_euclid(DAY_MS));
    format!("{}T{}{}", date_text(day), clock_text(time), offset_text(offset_min))
}

/// Returns `HH:MM:SS.sss`.
pub(crate) fn clock_text(ms_of_day: i64) -> String {
    let (hours, minutes) = (ms_of_day / 3_600_000, ms_of_day / MINUTE_MS % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{:03}", ms_of_day / 1000 % 60, ms_of_day % 1000)
}

fn offset_text(offset_min: i32) -> String {
    let sign = if offset_min < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", offset_min.abs() / 60, offset_min.abs() % 60)
}

/// Returns the civil day of a moment in an offset.
pub(crate) fn day_of(ms: i64, offset_min: i32) -> i64 {
    (ms + i64::from(offset_min) * MINUTE_MS).div_euclid(DAY_MS)
}

/// Reads `YYYY-MM-DD`, one- and two-digit months and days allowed.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.trim().splitn(3, '-');
    let year = digits(parts.next()?, 4, 4)?;
    let month = digits(parts.next()?, 1, 2)?;
    let day = digits(parts.next()?, 1, 2)?;
    days(year, month as u32, day as u32)
}

/// Reads `YYYY-MM-DDTHH:MM[:SS[.sss]][Z|±hh[:mm]]`; without an offset, in `offset_min`.
pub(crate) fn parse_moment(text: &str, offset_min: i32) -> Option<i64> {
    let (day, time) = text.trim().split_once(['T', ' '])?;
    let (time, own_offset) = split_offset(time)?;
    let offset = own_offset.unwrap_or(offset_min);
    Some(parse_date(day)? * DAY_MS + parse_clock(time)? - i64::from(offset) * MINUTE_MS)
}

/// Returns the offset in minutes that a moment's text carries.
pub(crate) fn parse_offset(text: &str) -> Option<i32> {
    let (_, time) = text.trim().split_once('T')?;
    split_offset(time)?.1
}

/// Reads `HH:MM[:SS[.sss]]` as milliseconds of the day.
pub(crate) fn parse_clock(text: &str) -> Option<i64> {
    let mut parts = text.trim().split(':');
    let hours = digits(parts.next()?, 1, 2).filter(|it| *it < 24)?;
    let minutes = digits(parts.next()?, 2, 2).filter(|it| *it < 60)?;
    let seconds_ms = match parts.next() {
        None => 0,
        Some(text) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let whole = digits(whole, 2, 2).filter(|it| *it < 60)?;
            let fraction = fraction.get(..fraction.len().min(3))?;
            whole * 1000 + digits(&format!("{fraction:0<3}"), 3, 3)?
        }
    };
    parts.next().is_none().then_some(hours * 3_600_000 + minutes * MINUTE_MS + seconds_ms)
}

/// Splits `12:00:00.000+08:00` into the clock and its offset in minutes.
pub(crate) fn split_offset(time: &str) -> Option<(&str, Option<i32>)> {
    if let Some(clock) = time.strip_suffix('Z') {
        return Some((clock, Some(0)));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, None)) };
    let sign = if time.as_bytes()[at] == b'-' { -1 } else { 1 };
    let (hours, minutes) = time[at + 1..].split_once(':').unwrap_or((&time[at + 1..], "00"));
    let offset =
        digits(hours, 1, 2).filter(|it| *it <= 15)? * 60 + digits(minutes, 2, 2).filter(|it| *it < 60)?;
    Some((&time[..at], Some(sign * offset as i32)))
}

fn digits(text: &str, least: usize, most: usize) -> Option<i64> {
    let plain = (least..=most).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        for day in (-800_000..800_000).step_by(97) {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), Some(day));
        }
        assert_eq!(date_text(0), "1970-01-01");
        assert_eq!(parse_date("2026-02-29"), None);
        assert_eq!(parse_date("2028-02-29").map(date_text).as_deref(), Some("2028-02-29"));
    }

    #[test]
    fn moments_keep_their_instant() {
        let ms = parse_moment("2026-11-21T07:00:00.000+08:00", 0).unwrap();
        assert_eq!(moment_text(ms, 480), "2026-11-21T07:00:00.000+08:00");
        assert_eq!(moment_text(ms, 0), "2026-11-20T23:00:00.000+00:00");
        assert_eq!(day_of(ms, 480) - day_of(ms, 0), 1);
        assert_eq!(parse_moment("2026-11-21T07:00", 480), Some(ms));
        assert_eq!(parse_moment("2026-11-21T25:00", 480), None);
        assert_eq!(parse_offset("2026-11-21T07:00:00.000-07:30"), Some(-450));
    }
}
