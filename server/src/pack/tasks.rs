//! The sheet `tasks`: one row for each kind of work.

use wasm_forms::Diagnostic;
use wasm_forms::xlsform::Workbook;

use super::table::{self, Row, Spec, offer};
use crate::domain::cadence::{self, Cadence};
use crate::domain::due::Due;
use crate::domain::filter::{self, Filter, Unreadable};
use crate::domain::limit::Limits;

pub(super) const SPEC: Spec = Spec {
    sheet: "tasks",
    is_required: true,
    required: &["id", "label::zh", "form", "subject", "made_by", "who"],
    optional: &[
        "label::en",
        "filter",
        "cadence",
        "due",
        "sla",
        "not_who",
        "pairs",
        "review",
        "evidence",
        "keep_days",
    ],
};

/// What makes tasks besides roles: the ways that `made_by` may name.
pub const MAKERS: [&str; 10] = [
    "schedule",
    "outcome",
    "request",
    "roster",
    "walk-in",
    "phone",
    "chat",
    "contact card",
    "hotline",
    "deputy",
];

/// One kind of work as its row tells it.
#[derive(Debug, Clone)]
pub struct Task {
    /// The row; every cell can be asked of it.
    pub row: Row,
    /// Id.
    pub id: String,
    /// What makes such tasks: each way, and what stands behind it in brackets.
    pub made_by: Vec<(String, String)>,
    /// Whom it is for; absent where the cell is empty or cannot be read.
    pub filter: Option<Filter>,
    /// How often.
    pub cadence: Vec<Cadence>,
    /// Until when.
    pub due: Option<Due>,
    /// Roles that do it.
    pub who: Vec<String>,
    /// Who must not: a property that names a person, as `cases.owner`.
    pub not_who: Option<(String, String)>,
    /// How soon it has to be answered.
    pub limits: Limits,
    /// How many go together; 1 where the cell is empty.
    pub pairs: i64,
    /// Roles that review it.
    pub review: Vec<String>,
    /// How many in a hundred of the visits that need no review are reviewed all the same.
    pub sampled: u64,
    /// Questions that prove it; of several in one only one is needed.
    pub evidence: Vec<Vec<String>>,
    /// How many days photos, signatures and other files of its visits are kept; for good where it is absent.
    pub keep_days: Option<i64>,
}

/// Reads the sheet.
pub(super) fn read(workbook: &Workbook, problems: &mut Vec<Diagnostic>) -> Vec<Task> {
    let rows = table::read(workbook, &SPEC, problems);
    let mut tasks: Vec<Task> = Vec::new();
    for row in rows {
        let task = task(row, problems);
        match tasks.iter().find(|it| it.id == task.id && !it.id.is_empty()) {
            Some(first) => {
                let twice = task.row.error("pack.twice", "id").with("row", first.row.number.to_string());
                problems.push(twice);
            }
            None => tasks.push(task),
        }
    }
    tasks
}

fn task(row: Row, problems: &mut Vec<Diagnostic>) -> Task {
    let id = row.get("id").to_owned();
    if !id.is_empty() && !is_id(&id) {
        problems.push(row.error("pack.bad_id", "id"));
    }
    if row.get("label::en").is_empty() {
        problems.push(row.warning("pack.missing_label", "label::en").with("language", "English"));
    }
    let sampled = row.words("review").find_map(share).unwrap_or(0);
    Task {
        made_by: made_by(row.get("made_by")),
        filter: read_filter(&row, problems),
        cadence: read_cell(&row, "cadence", CADENCES, cadence::read, problems).unwrap_or_default(),
        due: read_cell(&row, "due", DUES, Due::parse, problems),
        who: row.words("who").map(str::to_owned).collect(),
        not_who: read_cell(&row, "not_who", "cases.owner", property, problems),
        limits: read_cell(&row, "sla", SLAS, Limits::parse, problems).unwrap_or_default(),
        pairs: read_cell(&row, "pairs", "2", positive, problems).unwrap_or(1),
        review: row.words("review").filter(|it| share(it).is_none()).map(str::to_owned).collect(),
        sampled,
        evidence: evidence(row.get("evidence")),
        keep_days: read_cell(&row, "keep_days", "365", days, problems),
        id,
        row,
    }
}

/// Examples of what a cell may hold, for people whose cell cannot be read.
pub(super) const DUES: &str =
    "P3D, 20wd, 20wd from death_date, field:next_visit, residents.cert_due - P10D, cycle";
const CADENCES: &str =
    "P7D, P7D; P1M, weekly, 1wd, once, by roster, residents.cert_cycle_months before cert_due";
pub(super) const SLAS: &str = "2wd, now=PT2H soon=P1D normal=P3D";

/// Reads a cell that may be empty.
pub(super) fn read_cell<T>(
    row: &Row,
    column: &str,
    wanted: &str,
    read: impl Fn(&str) -> Option<T>,
    problems: &mut Vec<Diagnostic>,
) -> Option<T> {
    let text = row.get(column);
    if text.is_empty() {
        return None;
    }
    let value = read(text);
    if value.is_none() {
        problems.push(row.error("pack.unreadable", column).with("wanted", wanted));
    }
    value
}

fn read_filter(row: &Row, problems: &mut Vec<Diagnostic>) -> Option<Filter> {
    let text = row.get("filter");
    if text.is_empty() {
        return None;
    }
    match filter::read(text) {
        Ok(filter) => Some(filter),
        Err(Unreadable(at)) => {
            problems.push(row.error("pack.unreadable_filter", "filter").with("at", at.to_string()));
            None
        }
    }
}

/// Reads `supervisor (list), schedule`.
fn made_by(text: &str) -> Vec<(String, String)> {
    let mut ways = Vec::new();
    let (mut depth, mut way) = (0, String::new());
    for letter in text.chars().chain([',']) {
        match letter {
            ',' | '、' if depth == 0 => {
                let (name, note) = way.split_once('(').unwrap_or((&way, ""));
                let note = note.trim().trim_end_matches(')');
                if !name.trim().is_empty() {
                    ways.push((name.trim().to_owned(), note.to_owned()));
                }
                way.clear();
                continue;
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        way.push(letter);
    }
    ways
}

/// Reads `photo_face, sign_resident|sign_witness`; what stands in brackets behind a name is for people.
fn evidence(text: &str) -> Vec<Vec<String>> {
    let name = |it: &str| it.split_whitespace().next().unwrap_or_default().to_owned();
    let any_of = |it: &str| it.split('|').map(name).filter(|it| !it.is_empty()).collect();
    text.split([',', '、']).map(any_of).filter(|it: &Vec<String>| !it.is_empty()).collect()
}

fn property(text: &str) -> Option<(String, String)> {
    let (list, name) = text.split_once('.')?;
    Some((list.trim().to_owned(), name.trim().to_owned()))
}

/// Reads a whole number from 1 on.
pub(super) fn positive(text: &str) -> Option<i64> {
    text.parse().ok().filter(|it| (1..=1000).contains(it))
}

/// Reads how many days something is kept: from one to a hundred years.
fn days(text: &str) -> Option<i64> {
    text.parse().ok().filter(|it| (1..=36_525).contains(it))
}

/// Reads how many in a hundred of the visits that need no review are reviewed: `10%`.
pub(super) fn share(word: &str) -> Option<u64> {
    word.strip_suffix('%')?.parse().ok().filter(|it| (1..=100).contains(it))
}

/// Whether a text can be the id of a task: words of small letters set apart by dots.
fn is_id(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|it: char| it.is_ascii_lowercase())
            && word.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
    };
    text.split('.').all(is_word)
}

impl Task {
    /// Returns whether such tasks are made by anything but another task's outcome.
    #[must_use]
    pub fn begins_by_itself(&self) -> bool {
        self.made_by.iter().any(|(way, _)| way != "outcome")
    }

    /// Tells a way of `made_by` that is neither a maker nor a role.
    pub(super) fn check_makers(&self, roles: &[&str], problems: &mut Vec<Diagnostic>) {
        let known = || MAKERS.iter().copied().chain(roles.iter().copied());
        for (way, _) in self.made_by.iter().filter(|(way, _)| !known().any(|it| it == way)) {
            let problem = Diagnostic::error("pack.unknown_word", self.row.at("made_by")).with("found", way);
            problems.push(problem.with("column", "made_by").with("nearest", offer(way, known())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_in_cells() {
        let ways = |text: &str| -> Vec<String> {
            made_by(text).into_iter().map(|(way, note)| format!("{way}:{note}")).collect()
        };
        assert_eq!(
            ways("resident, schedule (turns 80, new card), contact card"),
            ["resident:", "schedule:turns 80, new card", "contact card:"]
        );
        let proofs = evidence("photo_face, sign_resident|sign_witness, a_sat (satisfaction of each party)");
        assert_eq!(proofs, [vec!["photo_face"], vec!["sign_resident", "sign_witness"], vec!["a_sat"]]);
        assert!(is_id("certify.doorstep") && !is_id("Certify") && !is_id("a..b") && !is_id("上门"));
    }
}
