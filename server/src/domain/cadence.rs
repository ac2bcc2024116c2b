//! How often tasks are made, as the `cadence` column of a pack tells it.
//!
//! ```text
//! P7D                                         every seven days
//! 1wd                                         every working day
//! once                                        once for each row, as soon as it fits
//! P7D, P30D, P90D after agreement             so long after something, each once
//! P1D points; P7D clean-up (Friday)           several rounds, each with a word what for, on a day of the week
//! residents.cert_cycle_months before cert_due a cycle that each row of the list has for itself
//! weekly or by festival                       by people's word: weekly, monthly …, or `by` whom or what
//! ```

use jiff::civil::{Date, Weekday};

use super::calendar::{WorkingCalendar, plus_days};
use super::due::Period;

/// One way in which tasks come round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cadence {
    /// Again and again.
    Every(Round),
    /// Once for each row.
    Once,
    /// So long after something, each once.
    After {
        /// In their order.
        periods: Vec<Period>,
        /// After what: a property that holds a day, or words for what led to the first.
        since: String,
    },
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

/// Rounds that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// From one to the next.
    pub period: Period,
    /// What for; may be empty.
    pub what: String,
    /// Day of the week on which they begin.
    pub weekday: Option<Weekday>,
}

/// Reads the ways, or returns `None` where a part cannot be read.
pub fn read(text: &str) -> Option<Vec<Cadence>> {
    let text = text.replace(" or ", ";");
    text.split(';').map(|part| one(part.trim())).collect()
}

fn one(text: &str) -> Option<Cadence> {
    // What else is said in brackets is said to people.
    let (text, said) = text.split_once('(').unwrap_or((text, ""));
    let (text, weekday) = (text.trim(), weekday(said));
    if let Some(whom) = text.strip_prefix("by ") {
        return (!whom.trim().is_empty()).then_some(Cadence::ByPeople);
    }
    if text == "once" {
        return Some(Cadence::Once);
    }
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim();
    if let Some(day) = rest.strip_prefix("before ") {
        let (list, months) = first.split_once('.')?;
        let day = day.trim();
        return (!day.contains(' ')).then(|| Cadence::Property {
            list: list.to_owned(),
            months: months.to_owned(),
            day: day.to_owned(),
        });
    }
    let every = |period| Cadence::Every(Round { period, what: rest.to_owned(), weekday });
    if let Some(period) = everyday(first) {
        return Some(every(period));
    }
    let (periods, since) = text.split_once(" after ").unwrap_or((text, ""));
    let period = |it: &str| Period::parse(it.split_whitespace().next().unwrap_or_default());
    let periods: Vec<Period> = periods.split(',').map(period).collect::<Option<_>>()?;
    match periods[..] {
        [period] if since.is_empty() => Some(every(period)),
        _ => Some(Cadence::After { periods, since: since.trim().to_owned() }),
    }
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

/// Reads the first day of the week that a text names: `Friday`, `周五`, `星期五`.
fn weekday(text: &str) -> Option<Weekday> {
    const DAYS: [(&str, char, Weekday); 7] = [
        ("monday", '一', Weekday::Monday),
        ("tuesday", '二', Weekday::Tuesday),
        ("wednesday", '三', Weekday::Wednesday),
        ("thursday", '四', Weekday::Thursday),
        ("friday", '五', Weekday::Friday),
        ("saturday", '六', Weekday::Saturday),
        ("sunday", '日', Weekday::Sunday),
    ];
    let text = text.to_lowercase();
    let chinese = ["周", "星期"].iter().find_map(|it| text.split_once(it)?.1.chars().next());
    let is_it = |(name, letter, _): &&(&str, char, Weekday)| {
        text.contains(name) || chinese == Some(*letter) || *letter == '日' && chinese == Some('天')
    };
    DAYS.iter().find(is_it).map(|(.., day)| *day)
}

/// Returns whether no schedule can keep it: rounds of no time or of less than a day, or a later one before an earlier.
#[must_use]
pub fn is_impossible(periods: &[Period]) -> bool {
    let days: Vec<i64> = periods.iter().map(|it| it.about_days()).collect();
    periods.iter().any(|it| it.is_nothing() || matches!(it, Period::Hours(_)))
        || days.windows(2).any(|it| it[0] >= it[1])
}

impl Cadence {
    /// Returns the periods that it tells.
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        match self {
            Cadence::Every(round) => std::slice::from_ref(&round.period),
            Cadence::After { periods, .. } => periods,
            Cadence::Once | Cadence::Property { .. } | Cadence::ByPeople => &[],
        }
    }
}

impl Round {
    /// Returns the day on which a row's first round begins.
    #[must_use]
    pub fn first(&self, today: Date, working: &WorkingCalendar) -> Date {
        let is_right = |day: &Date| match (self.weekday, self.period) {
            (Some(weekday), _) => day.weekday() == weekday,
            (None, Period::WorkingDays(_)) => working.is_working_day(*day),
            (None, _) => true,
        };
        std::iter::successors(Some(today), |day| Some(plus_days(*day, 1)))
            .take(60)
            .find(is_right)
            .unwrap_or(today)
    }

    /// Returns the day on which the round to be done now began, or the next one's, after a round that began on `began`
    /// and was done on `done`. Rounds that nobody asked for in between are not made up for.
    #[must_use]
    pub fn next(&self, began: Date, done: Date, today: Date, working: &WorkingCalendar) -> Date {
        let mut next = self.nth(began, 1, working);
        for n in 2.. {
            let later = self.nth(began, n, working);
            if later <= next || next > done && later > today {
                break;
            }
            next = later;
        }
        next
    }

    /// Returns the last day of the round that begins on a day.
    #[must_use]
    pub fn last_day(&self, begins: Date, working: &WorkingCalendar) -> Date {
        plus_days(self.nth(begins, 1, working), -1).max(begins)
    }

    /// Months are counted from the first: the 31st comes back after a short month.
    fn nth(&self, began: Date, n: i64, working: &WorkingCalendar) -> Date {
        let day = self.period.times(n).after(began, working);
        match self.weekday {
            Some(_) => self.first(day, working),
            None => day,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar;

    fn every(period: Period, what: &str, weekday: Option<Weekday>) -> Cadence {
        Cadence::Every(Round { period, what: what.to_owned(), weekday })
    }

    #[test]
    fn reads_every_way() {
        let check = |text: &str, expected: Option<Vec<Cadence>>| assert_eq!(read(text), expected, "{text}");
        let days = |days| every(Period::Days(days), "", None);
        check("P7D", Some(vec![days(7)]));
        check("1wd", Some(vec![every(Period::WorkingDays(1), "", None)]));
        check("once", Some(vec![Cadence::Once]));
        let after = [7, 30, 90].map(Period::Days).to_vec();
        check(
            "P7D, P30D, P90D after agreement",
            Some(vec![Cadence::After { periods: after, since: "agreement".to_owned() }]),
        );
        let rounds = vec![
            every(Period::Days(1), "points", None),
            every(Period::Days(7), "clean-up", Some(Weekday::Friday)),
        ];
        check("P1D points; P7D clean-up (Friday)", Some(rounds));
        check("P7D (每周五)", Some(vec![every(Period::Days(7), "", Some(Weekday::Friday))]));
        check("weekly (星期天上午)", Some(vec![every(Period::Days(7), "", Some(Weekday::Sunday))]));
        check("by roster", Some(vec![Cadence::ByPeople]));
        check("weekly or by festival", Some(vec![days(7), Cadence::ByPeople]));
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

    #[test]
    fn rounds_follow_each_other() {
        let day = |text: &str| calendar::parse(text).expect("a day");
        let working = WorkingCalendar::new([(day("2026-10-01"), day("2026-10-07"))], [], []);
        let check = |cadence: &str, (began, done, today): (&str, &str, &str), expected: &str, last: &str| {
            let ways = read(cadence).expect("readable");
            let [Cadence::Every(round)] = &ways[..] else { panic!("{cadence} is no round") };
            let next = round.next(day(began), day(done), day(today), &working);
            assert_eq!(calendar::text(next), expected, "{cadence} {began} {done} {today}");
            assert_eq!(calendar::text(round.last_day(next, &working)), last, "{cadence}");
        };
        check("P1D", ("2026-11-21", "2026-11-21", "2026-11-21"), "2026-11-22", "2026-11-22");
        check("P1D", ("2026-11-21", "2026-11-21", "2026-11-25"), "2026-11-25", "2026-11-25");
        check("P7D", ("2026-11-21", "2026-11-23", "2026-11-23"), "2026-11-28", "2026-12-04");
        // Done late, in what was to be the next round: the one after that is next.
        check("P7D", ("2026-11-21", "2026-11-30", "2026-11-30"), "2026-12-05", "2026-12-11");
        check("P1M", ("2026-01-31", "2026-02-02", "2026-02-02"), "2026-02-28", "2026-03-27");
        check("P1M", ("2026-01-31", "2026-03-02", "2026-03-05"), "2026-03-31", "2026-04-29");
        check("1wd", ("2026-09-30", "2026-09-30", "2026-10-01"), "2026-10-08", "2026-10-08");
        check("weekly (Friday)", ("2026-11-21", "2026-11-21", "2026-11-21"), "2026-12-04", "2026-12-10");
        let friday = Round { period: Period::Days(7), what: String::new(), weekday: Some(Weekday::Friday) };
        assert_eq!(calendar::text(friday.first(day("2026-11-21"), &working)), "2026-11-27");
    }
}
