//! The review queue: a page of submissions by what is asked for, newest first, at a cost that does not grow with the
//! table.
//!
//! A question is put to one or more *sources*, each of which an index answers in the queue's own order: a review state
//! with one more column, a flag, a day, a part of a name. Their newest rows are merged. Counts stop at [`MOST_COUNTED`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::db::{DbError, Tx};
use super::selection::{Selection, containing};
use super::submissions::{self, SubmissionRow};
use crate::params;

/// A count that is higher is told as this.
pub const MOST_COUNTED: i64 = 1001;
/// Every review state.
const STATES: [&str; 5] = ["received", "edited", "hasIssues", "approved", "rejected"];
/// Longest span of days that is read day by day.
const MAX_DAYS: usize = 800;
/// Most accounts whose name is looked for.
const MAX_ACCOUNTS: i64 = 20;

/// What the desk's list asks for; empty text means any.
#[derive(Debug, Default, Clone)]
pub struct SubmissionFilter {
    /// Review state.
    pub state: String,
    /// Grid.
    pub grid: String,
    /// Account id.
    pub volunteer: String,
    /// Flag code.
    pub flag: String,
    /// Form id.
    pub form: String,
    /// Outcome.
    pub outcome: String,
    /// Text in the label, the volunteer's name, or the beginning or last part of a receipt number.
    pub q: String,
    /// First civil day of the visit.
    pub from: String,
    /// Last civil day of the visit.
    pub to: String,
    /// Only what should have been decided by now and was not.
    pub is_late: bool,
    /// Only visits without a photo.
    pub is_without_photos: bool,
    /// (received_at, id) before which to go on.
    pub before: Option<(i64, String)>,
    /// Most rows.
    pub limit: i64,
}

/// A row's place in the queue, and its state.
type Place = (i64, String, String);

/// Where a source reads, and what it selects there.
struct Source {
    index: Index,
    selection: Selection,
}

/// The table whose index is read, newest first.
#[derive(Clone, Copy)]
enum Index {
    Submission,
    /// One that few rows fit: what is found is put in order, not looked for in order, which the sign says.
    Receipt,
    Flagged,
    LabelPart,
}

impl Index {
    /// Returns what is read. The order of a cross join is kept: the index is read, not the submissions.
    const fn tables(self) -> &'static str {
        match self {
            Index::Submission | Index::Receipt => "submission",
            Index::Flagged => "flagged CROSS JOIN submission",
            Index::LabelPart => "label_part CROSS JOIN submission",
        }
    }

    /// Returns the columns that tell a row's place.
    const fn place(self) -> [&'static str; 2] {
        match self {
            Index::Submission => ["received_at", "id"],
            Index::Receipt => ["+received_at", "id"],
            Index::Flagged => ["flagged.received_at", "flagged.submission_id"],
            Index::LabelPart => ["label_part.received_at", "label_part.submission_id"],
        }
    }

    /// Returns the same two as one.
    const fn pair(self) -> &'static str {
        match self {
            Index::Submission => "(received_at, id)",
            Index::Receipt => "(+received_at, id)",
            Index::Flagged => "(flagged.received_at, flagged.submission_id)",
            Index::LabelPart => "(label_part.received_at, label_part.submission_id)",
        }
    }
}

/// Returns one page, newest first.
pub fn page(tx: &mut dyn Tx, filter: &SubmissionFilter) -> Result<Vec<SubmissionRow>, DbError> {
    let places = places(tx, filter, &filter.state, filter.limit)?;
    let mut rows = Vec::with_capacity(places.len());
    for (_, id, _) in places {
        rows.extend(submissions::get(tx, &id)?);
    }
    Ok(rows)
}

/// Counts by review state what the filter selects apart from the state, each up to [`MOST_COUNTED`].
pub fn count_by_state(tx: &mut dyn Tx, filter: &SubmissionFilter) -> Result<Vec<(String, i64)>, DbError> {
    let all = SubmissionFilter { before: None, ..filter.clone() };
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for state in STATES {
        let n = places(tx, &all, state, MOST_COUNTED)?.len();
        counts.insert(state.to_owned(), i64::try_from(n).unwrap_or(MOST_COUNTED));
    }
    Ok(counts.into_iter().filter(|(_, n)| *n > 0).collect())
}

fn places(
    tx: &mut dyn Tx,
    filter: &SubmissionFilter,
    state: &str,
    limit: i64,
) -> Result<Vec<Place>, DbError> {
    let mut found = BTreeSet::new();
    for source in sources(tx, filter, state)? {
        let Source { index, mut selection } = source;
        let (tables, [at, id]) = (index.tables(), index.place());
        narrow(&mut selection, filter);
        if let Some((before_at, before_id)) = &filter.before {
            selection.and_before(index.pair(), *before_at, before_id);
        }
        let limit = selection.bind(limit);
        let sql = format!(
            "SELECT {at}, {id}, submission.review_state FROM {tables} {} ORDER BY {at} DESC, {id} DESC LIMIT {limit}",
            selection.sql()
        );
        for row in tx.query(&sql, selection.params())? {
            found.insert((row.get(0)?, row.get(1)?, row.get(2)?));
        }
    }
    Ok(found.into_iter().rev().take(usize::try_from(limit).unwrap_or(0)).collect())
}

fn source(index: Index) -> Source {
    Source { index, selection: Selection::default() }
}

/// Returns where to look; a row may come from several.
fn sources(tx: &mut dyn Tx, filter: &SubmissionFilter, state: &str) -> Result<Vec<Source>, DbError> {
    let states = if state.is_empty() { STATES.to_vec() } else { vec![state] };
    if !filter.q.is_empty() {
        return of_words(tx, &filter.q, state);
    }
    if !filter.flag.is_empty() {
        let of_state = |it: &str| {
            let mut source = source(Index::Flagged);
            source.selection.and_fixed("submission.id = flagged.submission_id");
            source.selection.and("flagged.code = ?", &filter.flag);
            source.selection.and("flagged.review_state = ?", it);
            source
        };
        return Ok(states.into_iter().map(of_state).collect());
    }
    if let Some(days) = days(&filter.from, &filter.to) {
        let of_day = |day: Date| {
            let mut source = source(Index::Submission);
            source.selection.and("submission.visited_on = ?", day.to_string());
            if !state.is_empty() {
                source.selection.and("submission.review_state = ?", state);
            }
            source
        };
        return Ok(days.into_iter().map(of_day).collect());
    }
    let of_state = |it: &str| {
        let mut source = source(Index::Submission);
        source.selection.and("submission.review_state = ?", it);
        source
    };
    Ok(states.into_iter().map(of_state).collect())
}

/// Returns the days of a span that is not too long to go through one by one.
fn days(from: &str, to: &str) -> Option<Vec<Date>> {
    let (from, to): (Date, Date) = (from.parse().ok()?, to.parse().ok()?);
    let days: Vec<Date> =
        from.series(jiff::Span::new().days(1)).take_while(|it| *it <= to).take(MAX_DAYS + 1).collect();
    (days.len() <= MAX_DAYS).then_some(days)
}

/// Returns where words can stand: in a label, in a receipt's number, in a volunteer's name.
fn of_words(tx: &mut dyn Tx, q: &str, state: &str) -> Result<Vec<Source>, DbError> {
    let q = q.to_lowercase();
    let mut sources = Vec::new();
    if let Some(part) = rarest_part(tx, &q)? {
        let mut label = source(Index::LabelPart);
        label.selection.and_fixed("submission.id = label_part.submission_id");
        label.selection.and("label_part.part = ?", part);
        label.selection.and("lower(submission.label) LIKE ? ESCAPE '\\'", containing(&q));
        sources.push(label);
    }
    let number = q.to_uppercase();
    let end = format!("{number}~");
    let mut begins = source(Index::Receipt);
    begins.selection.and("submission.receipt_number >= ?", &number);
    begins.selection.and("submission.receipt_number < ?", &end);
    let mut tail = source(Index::Receipt);
    tail.selection.and("substr(submission.receipt_number, 10) >= ?", &number);
    tail.selection.and("substr(submission.receipt_number, 10) < ?", &end);
    sources.extend([begins, tail]);
    let named = tx.query(
        "SELECT id FROM account WHERE lower(name) LIKE ?1 ESCAPE '\\' ORDER BY id LIMIT ?2",
        params![containing(&q), MAX_ACCOUNTS],
    )?;
    for account in named {
        for state in if state.is_empty() { STATES.to_vec() } else { vec![state] } {
            let mut source = source(Index::Submission);
            source.selection.and("submission.account_id = ?", account.get::<String>(0)?);
            source.selection.and("submission.review_state = ?", state);
            sources.push(source);
        }
    }
    if !state.is_empty() {
        sources.iter_mut().for_each(|it| it.selection.and("submission.review_state || '' = ?", state));
    }
    Ok(sources)
}

/// Adds everything that is asked for; what the source has as its own does no harm twice.
fn narrow(selection: &mut Selection, filter: &SubmissionFilter) {
    let equals = [
        ("submission.grid = ?", &filter.grid),
        ("submission.account_id = ?", &filter.volunteer),
        ("submission.form_id = ?", &filter.form),
        ("submission.outcome = ?", &filter.outcome),
        ("submission.visited_on >= ?", &filter.from),
        ("submission.visited_on <= ?", &filter.to),
    ];
    for (condition, value) in equals {
        if !value.is_empty() {
            selection.and(condition, value);
        }
    }
    if !filter.flag.is_empty() {
        selection.and(
            "EXISTS (SELECT 1 FROM flagged f WHERE f.submission_id = submission.id AND f.code = ?)",
            &filter.flag,
        );
    }
    if filter.is_late {
        selection
            .and_fixed("submission.escalated_at > 0 AND submission.review_state IN ('received', 'edited')");
    }
    if filter.is_without_photos {
        selection.and_fixed("submission.n_photos = 0");
    }
}

/// Keeps the codes that a submission is flagged with in step with its flags.
pub fn set_flags(tx: &mut dyn Tx, id: &str, codes: &BTreeSet<&str>, n_flags: usize) -> Result<(), DbError> {
    let joined = codes.iter().copied().collect::<Vec<_>>().join(" ");
    tx.execute(
        "UPDATE submission SET flag_codes = ?2, n_flags = ?3 WHERE id = ?1",
        params![id, joined, n_flags],
    )?;
    tx.execute("DELETE FROM flagged WHERE submission_id = ?1", params![id])?;
    for code in codes {
        add_flagged(tx, id, code)?;
    }
    Ok(())
}

/// Puts a submission that was just stored where it is looked for.
pub fn enter(tx: &mut dyn Tx, row: &SubmissionRow) -> Result<(), DbError> {
    for code in row.flag_codes.split_whitespace() {
        add_flagged(tx, &row.id, code)?;
    }
    enter_parts(tx, &row.id, row.received_at, &row.label)
}

/// Brings the entries of a submission in step with its state.
pub fn follow_state(tx: &mut dyn Tx, id: &str, state: &str) -> Result<(), DbError> {
    tx.execute("UPDATE flagged SET review_state = ?2 WHERE submission_id = ?1", params![id, state])?;
    Ok(())
}

/// Enters submissions from before there was a search by parts; returns how many.
pub fn enter_some(tx: &mut dyn Tx, limit: usize) -> Result<usize, DbError> {
    let rows = tx.query(
        "SELECT id, received_at, label FROM submission WHERE NOT has_parts ORDER BY id LIMIT ?1",
        params![limit],
    )?;
    for row in &rows {
        let (id, at, label): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        enter_parts(tx, &id, at, &label)?;
        tx.execute("UPDATE submission SET has_parts = ?2 WHERE id = ?1", params![id, true])?;
    }
    Ok(rows.len())
}

fn add_flagged(tx: &mut dyn Tx, id: &str, code: &str) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO flagged (code, review_state, received_at, submission_id)
         SELECT ?2, review_state, received_at, id FROM submission WHERE id = ?1",
        params![id, code],
    )?;
    Ok(())
}

fn enter_parts(tx: &mut dyn Tx, id: &str, received_at: i64, label: &str) -> Result<(), DbError> {
    for part in parts(&label.to_lowercase()) {
        tx.execute(
            "INSERT INTO label_part (part, received_at, submission_id) VALUES (?1, ?2, ?3)",
            params![part, received_at, id],
        )?;
    }
    Ok(())
}

/// Returns every character of a text and every two that follow each other, each once.
fn parts(text: &str) -> BTreeSet<String> {
    let letters: Vec<char> = text.chars().collect();
    let singles = letters.iter().map(char::to_string);
    let pairs = letters.windows(2).map(|it| it.iter().collect());
    singles.chain(pairs).collect()
}

/// Returns the part of a text that fewest labels have: of two characters where there are two. Each part is counted up to
/// [`MOST_COUNTED`].
fn rarest_part(tx: &mut dyn Tx, text: &str) -> Result<Option<String>, DbError> {
    let mut rarest = None;
    for part in parts(text).into_iter().filter(|it| it.chars().count() == 2 || text.chars().count() == 1) {
        let counted =
            "SELECT count(*) FROM (SELECT 1 FROM label_part WHERE part = ?1 LIMIT ?2) AS some_parts";
        let n: i64 = tx.first(counted, params![&part, MOST_COUNTED])?.map_or(Ok(0), |row| row.get(0))?;
        if rarest.as_ref().is_none_or(|(least, _)| n < *least) {
            rarest = Some((n, part));
        }
    }
    Ok(rarest.map(|(_, part)| part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_each_of_its_parts() {
        let all: Vec<String> = parts("王小王").into_iter().collect();
        assert_eq!(all, ["小", "小王", "王", "王小"]);
    }

    #[test]
    fn days_are_told_one_by_one_up_to_two_years() {
        assert_eq!(days("2026-02-27", "2026-03-01").map(|it| it.len()), Some(3));
        assert_eq!(days("2026-03-02", "2026-03-01").map(|it| it.len()), Some(0));
        assert_eq!(days("2020-01-01", "2026-01-01"), None);
        assert_eq!(days("", "2026-01-01"), None);
    }
}
