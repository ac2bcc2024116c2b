//! How a resident's certification stands on a day: told by the day it falls due, not by what was true when somebody
//! last wrote it down.

use jiff::civil::Date;

use super::calendar;
use crate::store::entities::EntityRow;

/// Days before a certification is due that count as soon.
pub const SOON_DAYS: i64 = 60;
/// People of these are no longer this community's to certify.
const GONE: [&str; 4] = ["deceased", "moved", "detained", "abroad"];

/// Returns `certified`, `due_soon` or `overdue` on `today`; for people who are gone or hold no benefit, what the register
/// says.
#[must_use]
pub fn standing(row: &EntityRow, today: Date) -> String {
    if row.kind.is_empty() || row.due.is_empty() || is_gone(row) {
        return row.status.clone();
    }
    let day = |offset| calendar::text(calendar::plus_days(today, offset));
    let standing = match row.due.as_str() {
        due if due < day(0).as_str() => "overdue",
        due if due <= day(SOON_DAYS).as_str() => "due_soon",
        _ => "certified",
    };
    standing.to_owned()
}

/// Returns whether a row is of somebody who died, moved, or is held or abroad: nobody visits them any more.
#[must_use]
pub fn is_gone(row: &EntityRow) -> bool {
    GONE.contains(&row.status.as_str())
}

/// Returns the days of falling due that mean `standing` on `today`: the first, and the first that no longer does.
#[must_use]
pub fn due_between(standing: &str, today: Date) -> Option<(String, String)> {
    let day = |offset| calendar::text(calendar::plus_days(today, offset));
    match standing {
        "overdue" => Some(("0000-00-00".to_owned(), day(0))),
        "due_soon" => Some((day(0), day(SOON_DAYS + 1))),
        "certified" => Some((day(SOON_DAYS + 1), "9999-99-99".to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_decides_and_both_ways_of_asking_agree() {
        let today = calendar::parse("2026-11-21").unwrap();
        for (due, status, expected) in [
            ("2026-11-20", "certified", "overdue"),
            ("2026-11-21", "overdue", "due_soon"),
            ("2027-01-20", "certified", "due_soon"),
            ("2027-01-21", "due_soon", "certified"),
            ("2026-11-20", "deceased", "deceased"),
        ] {
            let row = EntityRow {
                kind: "employee".to_owned(),
                due: due.to_owned(),
                status: status.to_owned(),
                ..EntityRow::default()
            };
            assert_eq!(standing(&row, today), expected);
            if let Some((from, before)) = due_between(expected, today) {
                assert!(from.as_str() <= due && due < before.as_str());
            }
        }
    }
}
