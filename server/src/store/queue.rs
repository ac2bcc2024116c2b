//! The review queue: a page of submissions by what is asked for, newest first, at a cost that does not grow with the
//! table.
//!
//! A question is put to one or more *sources*, each of which an index answers in the queue's own order: a review state
//! with one more column, a flag, a day, a part of a name. Their newest rows are merged. Counts stop at [`MOST_COUNTED`].

mod entries;
mod sources;

use std::collections::BTreeSet;

pub use self::entries::{enter, enter_some, follow_state, set_flags};
use self::sources::{Question, Source};
use super::db::{DbError, Tx};
use super::submissions::{self, SubmissionRow};

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
    let question = Question::new(tx, filter)?;
    let mut counts = Vec::new();
    for state in STATES {
        let n = count(tx, &question, state)?;
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
    let question = Question::new(tx, filter)?;
    let mut found: BTreeSet<Place> = BTreeSet::new();
    for mut source in question.of_page(tx)? {
        let tables = question.narrow(&mut source);
        let Source { index, mut selection, .. } = source;
        let [at, id] = index.place();
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

/// Counts what is asked for in one state, up to [`MOST_COUNTED`]. A span of days in no order: it is one range then. All
/// else in the queue's order, which leads to the index that holds nothing but what is counted.
fn count(tx: &mut dyn Tx, question: &Question, state: &str) -> Result<i64, DbError> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for mut source in question.of_states(tx, state)? {
        let is_of_days = question.is_of_days(&source);
        let tables = question.narrow(&mut source);
        let Source { index, mut selection, .. } = source;
        let [at, id] = index.place();
        let limit = selection.bind(MOST_COUNTED);
        let order = if is_of_days { String::new() } else { format!("ORDER BY {at} DESC, {id} DESC") };
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
