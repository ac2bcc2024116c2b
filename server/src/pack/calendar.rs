//! The sheet `calendar`: public holidays, weekend days that are worked instead, and the years that are complete.
//!
//! | kind | means |
//! | --- | --- |
//! | `holiday` | offices are closed on these days |
//! | `working` | a Saturday or Sunday on which offices work |
//! | `covered` | for these days the sheet holds everything that was announced |

use jiff::civil::{Date, Weekday};
use wasm_forms::Diagnostic;
use wasm_forms::xlsform::Workbook;

use super::table::{self, Row, Spec, offer};
use super::tasks::read_cell;
use crate::domain::calendar::{WorkingCalendar, parse, plus_days};

pub(super) const SPEC: Spec = Spec {
    sheet: "calendar",
    is_required: false,
    required: &["day", "kind"],
    optional: &["to", "label::zh", "label::en"],
};

const KINDS: [&str; 3] = ["holiday", "working", "covered"];
/// Longest span of one row, in days.
const MAX_SPAN: i64 = 366;

/// One span of days.
#[derive(Debug, Clone)]
pub struct Span {
    /// The row.
    pub row: Row,
    /// First and last day.
    pub days: (Date, Date),
}

/// Reads the sheet.
pub(super) fn read(workbook: &Workbook, problems: &mut Vec<Diagnostic>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for row in table::read(workbook, &SPEC, problems) {
        let kind = row.get("kind");
        if !kind.is_empty() && !KINDS.contains(&kind) {
            let problem = row.error("pack.unknown_word", "kind").with("column", "kind");
            problems.push(problem.with("nearest", offer(kind, KINDS)));
        }
        let day = |text: &str| parse(text.get(..10)?).filter(|_| text.len() == 10);
        let first = read_cell(&row, "day", "2026-10-01", day, problems);
        let last = read_cell(&row, "to", "2026-10-07", day, problems);
        let Some(first) = first else { continue };
        let last = last.unwrap_or(first);
        if last < first || last > plus_days(first, MAX_SPAN) {
            problems.push(row.error("pack.bad_span", "to").with("day", first.to_string()));
            continue;
        }
        let span = Span { row, days: (first, last) };
        check(&span, &spans, problems);
        spans.push(span);
    }
    spans
}

fn check(span: &Span, before: &[Span], problems: &mut Vec<Diagnostic>) {
    let (first, last) = span.days;
    let kind = span.row.get("kind");
    if kind == "working" && (first != last || !matches!(first.weekday(), Weekday::Saturday | Weekday::Sunday))
    {
        problems.push(span.row.error("pack.no_weekend", "day"));
    }
    let meets = |it: &&Span| {
        it.days.0 <= last && first <= it.days.1 && kind != "covered" && it.row.get("kind") != "covered"
    };
    if let Some(other) = before.iter().find(meets) {
        problems.push(span.row.error("pack.twice", "day").with("row", other.row.number.to_string()));
    }
}

/// Returns the working days that the spans make.
#[must_use]
pub fn working(spans: &[Span]) -> WorkingCalendar {
    let of = |kind: &'static str| spans.iter().filter(move |it| it.row.get("kind") == kind).map(|it| it.days);
    WorkingCalendar::new(of("holiday"), of("working"), of("covered"))
}
