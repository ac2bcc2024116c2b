//! How often tasks are made, as the `cadence` column tells it.
//!
//! ```text
//! P7D                                         every seven days
//! P7D, P30D, P90D after agreement             so long after something, each once
//! P1D points; P7D clean-up (Friday)           several rounds, each with a word what for
//! residents.cert_cycle_months before cert_due a cycle that each row of the list has for itself
//! weekly or by festival                       by people's word: weekly, monthly …, or `by` whom or what
//! ```

use crate::domain::due::Period;

/// One way in which tasks come round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cadence {
    /// After each of these periods.
    Periods(Vec<Period>),
    /// Every so many months as a property of the row says, until another property's day.
    Property {
        /// List of the properties.
        list: String,
        /// Months.
        months: String,
        /// The day.
        day: String,
    },
    /// Somebody or something else decides.
    ByPeople,
}

/// Reads the ways, or returns `None` where a part cannot be read.
pub fn read(text: &str) -> Option<Vec<Cadence>> {
    let text = text.replace(" or ", ";");
    text.split(';').map(|part| one(part.trim())).collect()
}

fn one(text: &str) -> Option<Cadence> {
    // What a round is for, or on which day of the week, is said in brackets to people.
    let text = text.split_once('(').map_or(text, |(text, _)| text).trim();
    if let Some(whom) = text.strip_prefix("by ") {
        return (!whom.trim().is_empty()).then_some(Cadence::ByPeople);
    }
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    if let Some(day) = rest.trim().strip_prefix("before ") {
        let (list, months) = first.split_once('.')?;
        let day = day.trim();
        return (!day.contains(' ')).then(|| Cadence::Property {
            list: list.to_owned(),
            months: months.to_owned(),
            day: day.to_owned(),
        });
    }
    if let Some(period) = everyday(first) {
        return Some(Cadence::Periods(vec![period]));
    }
    let period = |it: &str| Period::parse(it.split_whitespace().next().unwrap_or_default());
    text.split(',').map(period).collect::<Option<_>>().map(Cadence::Periods)
}

fn everyday(word: &str) -> Option<Period> {
    match word {
        "daily" => Some(Period::Days(1)),
        "weekly" => Some(Period::Days(7)),
        "monthly" => Some(Period::Months(1)),
        "quarterly" => Some(Period::Months(3)),
        "yearly" => Some(Period::Months(12)),
        _ => None,
    }
}

/// Returns whether no schedule can keep it: rounds of no time or of less than a day, or a later one before an earlier.
#[must_use]
pub fn is_impossible(periods: &[Period]) -> bool {
    let days: Vec<i64> = periods.iter().map(|it| it.about_days()).collect();
    periods.iter().any(|it| it.is_nothing() || matches!(it, Period::Hours(_)))
        || days.windows(2).any(|it| it[0] >= it[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_way() {
        let days = |days: &[i64]| Cadence::Periods(days.iter().map(|it| Period::Days(*it)).collect());
        let check = |text: &str, expected: Option<Vec<Cadence>>| assert_eq!(read(text), expected, "{text}");
        check("P7D", Some(vec![days(&[7])]));
        check("P7D, P30D, P90D after agreement", Some(vec![days(&[7, 30, 90])]));
        check("P1D points; P7D clean-up (Friday)", Some(vec![days(&[1]), days(&[7])]));
        check("by roster", Some(vec![Cadence::ByPeople]));
        check("weekly or by festival", Some(vec![days(&[7]), Cadence::ByPeople]));
        let property = Cadence::Property {
            list: "residents".to_owned(),
            months: "cert_cycle_months".to_owned(),
            day: "cert_due".to_owned(),
        };
        check("residents.cert_cycle_months before cert_due", Some(vec![property]));
        for text in ["", "often", "by ", "P7", "P7D;", "cert_cycle_months before cert_due"] {
            check(text, None);
        }
    }

    #[test]
    fn knows_what_no_schedule_can_keep() {
        let check =
            |periods: &[Period], expected| assert_eq!(is_impossible(periods), expected, "{periods:?}");
        check(&[Period::Days(1)], false);
        check(&[Period::Days(7), Period::Months(1)], false);
        check(&[Period::Days(0)], true);
        check(&[Period::Hours(2)], true);
        check(&[Period::Months(1), Period::Days(7)], true);
    }
}
