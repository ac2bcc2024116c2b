//! The review queue: a page of submissions by what is asked for, newest first, at a cost that does not grow with the
//! table.
//!
//! A question is put to one or more *sources*, each of which an index answers in the queue's own order: a review state
//! with one more column, a flag, a day, a part of a name. Their newest rows are merged. Counts stop at [`MOST_COUNTED`].

use std::collections::BTreeSet;

use super::db::{DbError, Tx};
use super::selection::{Selection, containing};
use super::submissions::{self, SubmissionRow};
use crate::params;

/// A count that is higher is told as this.
pub const MOST_COUNTED: i64 = 1001;
/// Every review state.
const STATES: [&str; 5] = ["received", "edited", "hasIssues", "approved", "rejected"];
/// Most days that are read one by one.
const MAX_DAYS: usize = 800;
/// Later than every day.
const LAST_DAY: &str = "9999";
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

/// A row's place in the queue: when it came in, and its id.
type Place = (i64, String);

/// Where a source reads, and what it selects there.
struct Source {
    index: Index,
    selection: Selection,
    /// Whether what is asked for is told by the submission alone, not by the index's own table.
    asks_the_row: bool,
}

/// The table whose index is read, newest first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Index {
    Submission,
    /// One that few rows fit: what is found is put in order, not looked for in order, which the sign says.
    Receipt,
    Flagged,
    NamePart,
}

impl Index {
    /// Returns what is read, with the submissions or without. The order of a cross join is kept: the index is read, not
    /// the submissions.
    const fn tables(self, with_rows: bool) -> &'static str {
        match (self, with_rows) {
            (Index::Submission | Index::Receipt, _) => "submission",
            (Index::Flagged, false) => "flagged",
            (Index::Flagged, true) => "flagged CROSS JOIN submission",
            (Index::NamePart, false) => "name_part",
            (Index::NamePart, true) => "name_part CROSS JOIN submission",
        }
    }

    /// Returns what joins the submissions to it; nothing where they are what is read.
    const fn join(self) -> Option<&'static str> {
        match self {
            Index::Submission | Index::Receipt => None,
            Index::Flagged => Some("submission.id = flagged.submission_id"),
            Index::NamePart => Some("submission.id = name_part.submission_id"),
        }
    }

    /// Returns the columns that tell a row's place.
    const fn place(self) -> [&'static str; 2] {
        match self {
            Index::Submission => ["received_at", "id"],
            Index::Receipt => ["+received_at", "id"],
            Index::Flagged => ["flagged.received_at", "flagged.submission_id"],
            Index::NamePart => ["name_part.received_at", "name_part.submission_id"],
        }
    }

    /// Returns the same two as one.
    const fn pair(self) -> &'static str {
        match self {
            Index::Submission => "(received_at, id)",
            Index::Receipt => "(+received_at, id)",
            Index::Flagged => "(flagged.received_at, flagged.submission_id)",
            Index::NamePart => "(name_part.received_at, name_part.submission_id)",
        }
    }
}

/// Returns one page, newest first.
pub fn page(tx: &mut dyn Tx, filter: &SubmissionFilter) -> Result<Vec<SubmissionRow>, DbError> {
    let places = newest(tx, filter)?;
    let mut rows = Vec::with_capacity(places.len());
    for (_, id) in places {
        rows.extend(submissions::get(tx, &id)?);
    }
    Ok(rows)
}

/// Counts by review state what the filter selects apart from the state, each up to [`MOST_COUNTED`].
pub fn count_by_state(tx: &mut dyn Tx, filter: &SubmissionFilter) -> Result<Vec<(String, i64)>, DbError> {
    let mut counts = Vec::new();
    for state in STATES {
        let n = count(tx, filter, state)?;
        if n > 0 {
            counts.push((state.to_owned(), n));
        }
    }
    counts.sort();
    Ok(counts)
}

/// Returns the places of a page's rows, newest first.
fn newest(tx: &mut dyn Tx, filter: &SubmissionFilter) -> Result<Vec<Place>, DbError> {
    let limit = usize::try_from(filter.limit).unwrap_or(0);
    let sources = match days(tx, filter)? {
        Some(days) => of_days(&days, &filter.state),
        None => sources(tx, filter, &filter.state)?,
    };
    let mut found: BTreeSet<Place> = BTreeSet::new();
    for Source { index, mut selection, asks_the_row } in sources {
        let [at, id] = index.place();
        let tables = narrow(&mut selection, filter, index, asks_the_row);
        if let Some((before_at, before_id)) = &filter.before {
            selection.and_before(index.pair(), *before_at, before_id);
        }
        // Nothing older than the oldest of a full page is looked for any more.
        if found.len() == limit
            && let Some((oldest_at, oldest_id)) = found.first()
        {
            selection.and_from(index.pair(), *oldest_at, oldest_id);
        }
        let limit_ = selection.bind(filter.limit);
        let sql = format!(
            "SELECT {at}, {id} FROM {tables} {} ORDER BY {at} DESC, {id} DESC LIMIT {limit_}",
            selection.sql()
        );
        for row in tx.query(&sql, selection.params())? {
            found.insert((row.get(0)?, row.get(1)?));
        }
        while found.len() > limit {
            found.pop_first();
        }
    }
    Ok(found.into_iter().rev().collect())
}

/// Counts what the filter selects in one state, up to [`MOST_COUNTED`]. A span of days in no order: it is one range then.
/// All else in the queue's order, which leads to the index that holds nothing but what is counted.
fn count(tx: &mut dyn Tx, filter: &SubmissionFilter, state: &str) -> Result<i64, DbError> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    let is_span = !filter.from.is_empty() || !filter.to.is_empty();
    for Source { index, mut selection, asks_the_row } in sources(tx, filter, state)? {
        let [at, id] = index.place();
        let tables = narrow(&mut selection, filter, index, asks_the_row);
        let limit = selection.bind(MOST_COUNTED);
        let order = if is_span { String::new() } else { format!("ORDER BY {at} DESC, {id} DESC") };
        let sql = format!("SELECT {id} FROM {tables} {} {order} LIMIT {limit}", selection.sql());
        for row in tx.query(&sql, selection.params())? {
            found.insert(row.get(0)?);
        }
        if found.len() as i64 >= MOST_COUNTED {
            break;
        }
    }
    Ok(MOST_COUNTED.min(found.len() as i64))
}

fn source(index: Index) -> Source {
    Source { index, selection: Selection::default(), asks_the_row: false }
}

/// Returns the states to look at one by one: all of them, or the one that is asked for.
fn states(state: &str) -> Vec<&str> {
    if state.is_empty() { STATES.to_vec() } else { vec![state] }
}

/// Returns where to look; a row may come from several.
fn sources(tx: &mut dyn Tx, filter: &SubmissionFilter, state: &str) -> Result<Vec<Source>, DbError> {
    if !filter.q.is_empty() {
        return of_words(tx, &filter.q, state);
    }
    let of_state = |it: &str| {
        if filter.flag.is_empty() {
            let mut source = source(Index::Submission);
            source.selection.and("submission.review_state = ?", it);
            return source;
        }
        let mut source = source(Index::Flagged);
        source.selection.and("flagged.code = ?", &filter.flag);
        source.selection.and("flagged.review_state = ?", it);
        source
    };
    Ok(states(state).into_iter().map(of_state).collect())
}

/// Returns where the visits of some days are, the latest day first.
fn of_days(days: &[String], state: &str) -> Vec<Source> {
    let of_day = |day: &String| {
        let mut source = source(Index::Submission);
        source.selection.and("submission.visited_on = ?", day);
        if !state.is_empty() {
            source.selection.and("submission.review_state = ?", state);
        }
        source
    };
    days.iter().rev().map(of_day).collect()
}

/// Returns the days with visits of a span that is asked for, in their order; nothing where no days are asked for, something
/// rarer is asked for too, or there are too many of them to go through one by one.
fn days(tx: &mut dyn Tx, filter: &SubmissionFilter) -> Result<Option<Vec<String>>, DbError> {
    let SubmissionFilter { q, flag, grid, volunteer, form, outcome, .. } = filter;
    let is_rarer =
        [q, flag, grid, volunteer, form, outcome].iter().any(|it| !it.is_empty()) || filter.is_late;
    if is_rarer || (filter.from.is_empty() && filter.to.is_empty()) {
        return Ok(None);
    }
    let to = if filter.to.is_empty() { LAST_DAY } else { &filter.to };
    let rows = tx.query(
        "WITH RECURSIVE visited (on_day) AS (
             SELECT min(visited_on) FROM submission WHERE visited_on >= ?1 AND visited_on <= ?2
             UNION ALL
             SELECT (SELECT min(visited_on) FROM submission
                      WHERE visited_on > visited.on_day AND visited_on <= ?2)
               FROM visited WHERE visited.on_day IS NOT NULL
         )
         SELECT on_day FROM visited WHERE on_day IS NOT NULL LIMIT ?3",
        params![&filter.from, to, MAX_DAYS + 1],
    )?;
    let days: Vec<String> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    Ok((days.len() <= MAX_DAYS).then_some(days))
}

/// Returns where words can stand: in a label, in a receipt's number, in a volunteer's name.
fn of_words(tx: &mut dyn Tx, q: &str, state: &str) -> Result<Vec<Source>, DbError> {
    let q = q.to_lowercase();
    let mut sources = Vec::new();
    if let Some(part) = rarest_part(tx, &q)? {
        for state in states(state) {
            let mut name = source(Index::NamePart);
            name.selection.and("name_part.part = ?", &part);
            name.selection.and("name_part.review_state = ?", state);
            if part != q {
                name.selection.and("lower(submission.label) LIKE ? ESCAPE '\\'", containing(&q));
                name.asks_the_row = true;
            }
            sources.push(name);
        }
    }
    let number = q.to_uppercase();
    let end = format!("{number}~");
    let mut begins = source(Index::Receipt);
    begins.selection.and("submission.receipt_number >= ?", &number);
    begins.selection.and("submission.receipt_number < ?", &end);
    let mut tail = source(Index::Receipt);
    tail.selection.and("substr(submission.receipt_number, 10) >= ?", &number);
    tail.selection.and("substr(submission.receipt_number, 10) < ?", &end);
    for mut source in [begins, tail] {
        if !state.is_empty() {
            source.selection.and("submission.review_state || '' = ?", state);
        }
        sources.push(source);
    }
    let named = tx.query(
        "SELECT id FROM account WHERE lower(name) LIKE ?1 ESCAPE '\\' ORDER BY id LIMIT ?2",
        params![containing(&q), MAX_ACCOUNTS],
    )?;
    for account in named {
        for state in states(state) {
            let mut source = source(Index::Submission);
            source.selection.and("submission.account_id = ?", account.get::<String>(0)?);
            source.selection.and("submission.review_state = ?", state);
            sources.push(source);
        }
    }
    Ok(sources)
}

/// Adds everything that is asked for besides; what a source has as its own does no harm twice. Returns what is to be read.
fn narrow(
    selection: &mut Selection,
    filter: &SubmissionFilter,
    index: Index,
    asks_the_row: bool,
) -> &'static str {
    let mut asks_the_row = asks_the_row;
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
            asks_the_row = true;
        }
    }
    if !filter.flag.is_empty() && index != Index::Flagged {
        selection.and(
            "EXISTS (SELECT 1 FROM flagged f WHERE f.submission_id = submission.id AND f.code = ?)",
            &filter.flag,
        );
        asks_the_row = true;
    }
    if filter.is_late {
        selection
            .and_fixed("submission.escalated_at > 0 AND submission.review_state IN ('received', 'edited')");
        asks_the_row = true;
    }
    if filter.is_without_photos {
        selection.and_fixed("submission.n_photos = 0");
        asks_the_row = true;
    }
    if let Some(join) = index.join().filter(|_| asks_the_row) {
        selection.and_fixed(join);
    }
    index.tables(asks_the_row)
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
    enter_parts(tx, (&row.id, row.received_at, &row.review_state), &row.label)
}

/// Brings the entries of a submission in step with its state.
pub fn follow_state(tx: &mut dyn Tx, id: &str, from: &str, to: &str) -> Result<(), DbError> {
    tx.execute("UPDATE flagged SET review_state = ?2 WHERE submission_id = ?1", params![id, to])?;
    let sql = "SELECT received_at, label FROM submission WHERE id = ?1";
    let Some(row) = tx.first(sql, params![id])? else { return Ok(()) };
    let (received_at, label): (i64, String) = (row.get(0)?, row.get(1)?);
    for part in parts(&label.to_lowercase()) {
        tx.execute(
            "UPDATE name_part SET review_state = ?5
              WHERE part = ?1 AND review_state = ?2 AND received_at = ?3 AND submission_id = ?4",
            params![part, from, received_at, id, to],
        )?;
    }
    Ok(())
}

/// Enters submissions from before there was a search by parts; returns how many.
pub fn enter_some(tx: &mut dyn Tx, limit: usize) -> Result<usize, DbError> {
    let rows = tx.query(
        "SELECT id, received_at, review_state, label FROM submission WHERE NOT has_parts ORDER BY id LIMIT ?1",
        params![limit],
    )?;
    for row in &rows {
        let (id, state, label): (String, String, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
        enter_parts(tx, (&id, row.get(1)?, &state), &label)?;
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

fn enter_parts(
    tx: &mut dyn Tx,
    (id, received_at, state): (&str, i64, &str),
    label: &str,
) -> Result<(), DbError> {
    for part in parts(&label.to_lowercase()) {
        tx.execute(
            "INSERT INTO name_part (part, review_state, received_at, submission_id) VALUES (?1, ?2, ?3, ?4)",
            params![part, state, received_at, id],
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
        let counted = "SELECT count(*) FROM (SELECT 1 FROM name_part WHERE part = ?1 LIMIT ?2) AS some_parts";
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
}
