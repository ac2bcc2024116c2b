//! Until when a task is due, and the periods that limits and cadences are told in.
//!
//! Periods are ISO 8601 (`P3D`, `PT2H`, `P1M`); `20wd` are working days by the pack's calendar. An hour is told as the
//! same day: tasks are due on days.

use jiff::civil::Date;

use super::calendar::{self, WorkingCalendar};

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// `PT2H`.
    Hours(i64),
    /// `P3D`, `P1W`.
    Days(i64),
    /// `P1M`, `P1Y`.
    Months(i64),
    /// `20wd`.
    WorkingDays(i64),
}

/// Until when a task is due, read from a pack's notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// `cycle`: when the new cycle ends; a year, where no register tells.
    Cycle,
    /// `field:next_visit`: the day that was answered there.
    Field(String),
    /// `P3D`, `20wd from death_date`: so long after today, or after the day that was answered or registered.
    After(Period, Option<String>),
    /// `residents.cert_due - P10D`: a property of the subject, less some days.
    Property {
        /// List that has the property.
        list: String,
        /// Its name.
        name: String,
        /// Days before it.
        less_days: i64,
    },
}

impl Period {
    /// Reads `P3D`, `P2W`, `P1M`, `P1Y`, `PT2H` or `20wd`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Period> {
        let text = text.trim();
        if let Some(days) = text.strip_suffix("wd") {
            return count(days).map(Period::WorkingDays);
        }
        let text = text.strip_prefix('P')?;
        if let Some(hours) = text.strip_prefix('T') {
            return count(hours.strip_suffix('H')?).map(Period::Hours);
        }
        let (at, unit) = text.char_indices().last()?;
        let number = count(&text[..at])?;
        match unit {
            'D' => Some(Period::Days(number)),
            'W' => Some(Period::Days(number * 7)),
            'M' => Some(Period::Months(number)),
            'Y' => Some(Period::Months(number * 12)),
            _ => None,
        }
    }

    /// Returns whether it takes no time at all.
    #[must_use]
    pub const fn is_nothing(self) -> bool {
        matches!(self, Period::Hours(0) | Period::Days(0) | Period::Months(0) | Period::WorkingDays(0))
    }

    /// Returns about how many days it takes, to compare one with another.
    #[must_use]
    pub const fn about_days(self) -> i64 {
        match self {
            Period::Hours(hours) => hours / 24,
            Period::Days(days) => days,
            Period::Months(months) => months * 30,
            Period::WorkingDays(days) => days * 7 / 5,
        }
    }

    /// Returns the period `n` times over.
    #[must_use]
    pub const fn times(self, n: i64) -> Period {
        match self {
            Period::Hours(hours) => Period::Hours(hours.saturating_mul(n)),
            Period::Days(days) => Period::Days(days.saturating_mul(n)),
            Period::Months(months) => Period::Months(months.saturating_mul(n)),
            Period::WorkingDays(days) => Period::WorkingDays(days.saturating_mul(n)),
        }
    }

    /// Returns the day so long before another; working days are counted as about as many days.
    #[must_use]
    pub fn before(self, day: Date, working: &WorkingCalendar) -> Date {
        match self {
            Period::WorkingDays(_) => calendar::plus_days(day, -self.about_days()),
            _ => self.times(-1).after(day, working),
        }
    }

    /// Returns the day so long after another.
    #[must_use]
    pub fn after(self, day: Date, working: &WorkingCalendar) -> Date {
        match self {
            Period::Hours(hours) => calendar::plus_days(day, hours / 24),
            Period::Days(days) => calendar::plus_days(day, days),
            Period::Months(months) => calendar::plus_months(day, months),
            Period::WorkingDays(days) => working.plus_working_days(day, days),
        }
    }
}

impl Due {
    /// Reads a pack's notation.
    #[must_use]
    pub fn parse(text: &str) -> Option<Due> {
        let text = text.trim();
        if text == "cycle" {
            return Some(Due::Cycle);
        }
        if let Some(field) = text.strip_prefix("field:") {
            return word(field).map(Due::Field);
        }
        let (first, from) = match text.split_once(" from ") {
            Some((first, from)) => (first, Some(word(from)?)),
            None => (text, None),
        };
        if let Some(period) = Period::parse(first) {
            return Some(Due::After(period, from));
        }
        let (property, less) = text.split_once(" - ").unwrap_or((text, "P0D"));
        let (list, name) = property.split_once('.')?;
        let Some(Period::Days(less_days)) = Period::parse(less) else { return None };
        Some(Due::Property { list: word(list)?, name: word(name)?, less_days })
    }

    /// Returns the day, given the day of the visit and what was answered or registered; today where that is empty.
    pub fn day(
        &self,
        today: Date,
        working: &WorkingCalendar,
        value_of: impl Fn(&str) -> Option<String>,
    ) -> Date {
        let named = |name: &str| value_of(name).and_then(|it| calendar::parse(it.get(..10)?));
        match self {
            Due::Cycle => calendar::plus_months(today, 12),
            Due::Field(name) => named(name).unwrap_or(calendar::plus_days(today, 7)),
            Due::After(period, from) => {
                period.after(from.as_deref().and_then(named).unwrap_or(today), working)
            }
            Due::Property { name, less_days, .. } => {
                named(name).map_or(today, |day| calendar::plus_days(day, -less_days))
            }
        }
    }
}

/// Reads a number of at most four digits without a sign.
fn count(text: &str) -> Option<i64> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

fn word(text: &str) -> Option<String> {
    let text = text.trim();
    let is_word = !text.is_empty() && text.chars().all(|it| it.is_alphanumeric() || it == '_');
    is_word.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let day = |text: &str| calendar::parse(text).expect("a day");
        let working = WorkingCalendar::new([(day("2026-11-23"), day("2026-11-23"))], [], []);
        let values = |name: &str| match name {
            "next_visit" => Some("2026-11-28".to_owned()),
            "death_date" => Some("2026-11-16".to_owned()),
            "cert_due" => Some("2027-11-20".to_owned()),
            _ => None,
        };
        let told = Due::parse(text).map_or_else(
            || "unreadable".to_owned(),
            |due| due.day(day("2026-11-20"), &working, values).to_string(),
        );
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn reads_every_notation() {
        check("cycle", "2027-11-20");
        check("field:next_visit", "2026-11-28");
        check("P3D", "2026-11-23");
        check("P2W", "2026-12-04");
        check("PT2H", "2026-11-20");
        check("P1M", "2026-12-20");
        check("P1Y", "2027-11-20");
        check("2wd", "2026-11-25");
        check("20wd from death_date", "2026-12-15");
        check("P30D from received", "2026-12-20");
        check("residents.cert_due - P10D", "2027-11-10");
        check("residents.cert_due", "2027-11-20");
    }

    #[test]
    fn refuses_the_rest() {
        for text in
            ["", "soon", "P", "P-3D", "P3X", "3D", "wd", "PT2", "field:", "field:a b", "residents.a - 10"]
        {
            check(text, "unreadable");
        }
        check("P99999D", "unreadable");
        check("P3日", "unreadable");
        assert!(Period::parse("P0D").is_some_and(Period::is_nothing));
    }
}
