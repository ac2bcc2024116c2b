//! Where the queue looks for what is asked: which index is read, and what is selected there.
//!
//! Of several things that are asked for together the one that fewest submissions have is read, which is told by how far
//! back its newest few lie. Indexes of one column hold the other columns of [`FACETS`] too, so that no row is read to find
//! out that it does not fit.

use super::{LAST_DAY, MAX_ACCOUNTS, MAX_DAYS, STATES, SubmissionFilter, entries};
use crate::params;
use crate::store::db::{DbError, Tx};
use crate::store::selection::{Selection, containing};

/// The place, from the newest, that tells how seldom something is.
const SAMPLE: i64 = 20;

/// Where a source reads, and what it selects there.
pub(super) struct Source {
    pub index: Index,
    pub selection: Selection,
    /// Whether what is asked for is told by the submission alone, not by the index's own table.
    asks_the_row: bool,
    /// Whether something rarer than a state leads to its rows.
    pub is_led: bool,
}

/// The table whose index is read, newest first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Index {
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
    pub const fn place(self) -> [&'static str; 2] {
        match self {
            Index::Submission => ["received_at", "id"],
            Index::Receipt => ["+received_at", "id"],
            Index::Flagged => ["flagged.received_at", "flagged.submission_id"],
            Index::NamePart => ["name_part.received_at", "name_part.submission_id"],
        }
    }

    /// Returns the same two as one.
    pub const fn pair(self) -> &'static str {
        match self {
            Index::Submission => "(received_at, id)",
            Index::Receipt => "(+received_at, id)",
            Index::Flagged => "(flagged.received_at, flagged.submission_id)",
            Index::NamePart => "(name_part.received_at, name_part.submission_id)",
        }
    }

    /// Returns the conditions that a row came in at a moment or later, and at it or earlier.
    const fn bounds(self) -> [&'static str; 2] {
        match self {
            Index::Submission => ["received_at >= ?", "received_at <= ?"],
            Index::Receipt => ["+received_at >= ?", "+received_at <= ?"],
            Index::Flagged => ["flagged.received_at >= ?", "flagged.received_at <= ?"],
            Index::NamePart => ["name_part.received_at >= ?", "name_part.received_at <= ?"],
        }
    }
}

/// A column with an index of its own, which goes on with the state and the queue's order.
struct Facet {
    /// The condition as the index answers it.
    leading: &'static str,
    /// The same, of rows that another index leads to: none fits it.
    narrowing: &'static str,
    value: fn(&SubmissionFilter) -> &str,
}

const FACETS: [Facet; 4] = [
    Facet {
        leading: "submission.account_id = ?",
        narrowing: "submission.account_id || '' = ?",
        value: |it| &it.volunteer,
    },
    Facet { leading: "submission.grid = ?", narrowing: "submission.grid || '' = ?", value: |it| &it.grid },
    Facet {
        leading: "submission.outcome = ?",
        narrowing: "submission.outcome || '' = ?",
        value: |it| &it.outcome,
    },
    Facet {
        leading: "submission.form_id = ?",
        narrowing: "submission.form_id || '' = ?",
        value: |it| &it.form,
    },
];

/// Returns the columns that are asked for, with their values.
fn facets(filter: &SubmissionFilter) -> impl Iterator<Item = (&'static Facet, &str)> {
    FACETS.iter().map(|it| (it, (it.value)(filter))).filter(|(_, value)| !value.is_empty())
}

/// What is asked for, with what is known of its days.
pub(super) struct Question<'f> {
    pub filter: &'f SubmissionFilter,
    span: Span,
}

/// The days that are asked for.
enum Span {
    Any,
    /// These, in their order: one by one each is in the queue's order.
    Days(Vec<String>),
    /// Their visits came in between these moments.
    Received(i64, i64),
}

impl<'f> Question<'f> {
    pub fn new(tx: &mut dyn Tx, filter: &'f SubmissionFilter) -> Result<Question<'f>, DbError> {
        let is_rarer = !filter.q.is_empty()
            || !filter.flag.is_empty()
            || filter.is_late
            || facets(filter).next().is_some();
        let span = match (filter.from.is_empty() && filter.to.is_empty(), is_rarer) {
            (true, _) => Span::Any,
            (false, true) => received(tx, filter)?,
            (false, false) => days(tx, filter)?,
        };
        Ok(Question { filter, span })
    }

    /// Whether a span of days is all that leads to the rows.
    pub fn is_of_days(&self, source: &Source) -> bool {
        !(source.is_led || self.filter.from.is_empty() && self.filter.to.is_empty())
    }

    /// Returns where a page's rows are; a row may come from several.
    pub fn of_page(&self, tx: &mut dyn Tx) -> Result<Vec<Source>, DbError> {
        match &self.span {
            Span::Days(days) => Ok(of_days(days, &self.filter.state)),
            Span::Any | Span::Received(..) => self.of_states(tx, &self.filter.state),
        }
    }

    /// Returns where the rows of a state are, or of all of them; a row may come from several.
    pub fn of_states(&self, tx: &mut dyn Tx, state: &str) -> Result<Vec<Source>, DbError> {
        if !self.filter.q.is_empty() {
            return self.of_words(tx, state);
        }
        self.states(state).into_iter().map(|it| self.rarest(tx, it, None)).collect()
    }

    /// Returns the states to look at one by one: all that fit, or the one that is asked for.
    fn states<'s>(&self, state: &'s str) -> Vec<&'s str> {
        let all = if state.is_empty() { STATES.to_vec() } else { vec![state] };
        all.into_iter().filter(|it| !self.filter.is_late || matches!(*it, "received" | "edited")).collect()
    }

    /// Returns where to look in one state: of all that is asked for, and of what else could be read, the rarest.
    fn rarest(&self, tx: &mut dyn Tx, state: &str, other: Option<Source>) -> Result<Source, DbError> {
        let mut sources: Vec<Source> = other.into_iter().collect();
        if !self.filter.flag.is_empty() {
            let mut flagged = source(Index::Flagged, true);
            flagged.selection.and("flagged.code = ?", &self.filter.flag);
            flagged.selection.and("flagged.review_state = ?", state);
            sources.push(flagged);
        }
        for (facet, value) in facets(self.filter) {
            sources.push(of_state(state, |it| it.and(facet.leading, value)));
        }
        if sources.is_empty() && self.filter.is_late {
            return Ok(of_state(state, |it| it.and_fixed("submission.escalated_at > 0")));
        }
        if sources.is_empty() {
            let mut any = of_state(state, |_| ());
            any.is_led = false;
            return Ok(any);
        }
        Ok(sources.swap_remove(sparsest(tx, &sources)?))
    }

    /// Returns where words can stand: in a label, in a receipt's number, in a volunteer's name.
    fn of_words(&self, tx: &mut dyn Tx, state: &str) -> Result<Vec<Source>, DbError> {
        let q = self.filter.q.to_lowercase();
        let mut sources = Vec::new();
        if let Some(part) = entries::rarest_part(tx, &q)? {
            for state in self.states(state) {
                let mut name = source(Index::NamePart, true);
                name.selection.and("name_part.part = ?", &part);
                name.selection.and("name_part.review_state = ?", state);
                let mut rarest = self.rarest(tx, state, Some(name))?;
                if part != q || rarest.index != Index::NamePart {
                    rarest.selection.and("lower(submission.label) LIKE ? ESCAPE '\\'", containing(&q));
                    rarest.asks_the_row = true;
                }
                sources.push(rarest);
            }
        }
        let number = q.to_uppercase();
        let end = format!("{number}~");
        let mut begins = source(Index::Receipt, true);
        begins.selection.and("submission.receipt_number >= ?", &number);
        begins.selection.and("submission.receipt_number < ?", &end);
        let mut tail = source(Index::Receipt, true);
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
            let id: String = account.get(0)?;
            sources.extend(
                self.states(state)
                    .into_iter()
                    .map(|state| of_state(state, |it| it.and("submission.account_id = ?", &id))),
            );
        }
        Ok(sources)
    }

    /// Adds everything that is asked for besides; what a source has as its own does no harm twice. Returns what is to be
    /// read.
    pub fn narrow(&self, source: &mut Source) -> &'static str {
        let Source { index, selection, asks_the_row, is_led } = source;
        let filter = self.filter;
        for (facet, value) in facets(filter) {
            selection.and(facet.narrowing, value);
            *asks_the_row = true;
        }
        let [from, to] = if *is_led {
            ["submission.visited_on || '' >= ?", "submission.visited_on || '' <= ?"]
        } else {
            ["submission.visited_on >= ?", "submission.visited_on <= ?"]
        };
        for (condition, day) in [(from, &filter.from), (to, &filter.to)] {
            if !day.is_empty() {
                selection.and(condition, day);
                *asks_the_row = true;
            }
        }
        if let Span::Received(first, last) = self.span {
            let [from, to] = index.bounds();
            selection.and(from, first);
            selection.and(to, last);
        }
        if !filter.flag.is_empty() && *index != Index::Flagged {
            selection.and(
                "EXISTS (SELECT 1 FROM flagged f WHERE f.submission_id = submission.id AND f.code = ?)",
                &filter.flag,
            );
            *asks_the_row = true;
        }
        if filter.is_late {
            selection.and_fixed("submission.escalated_at > 0");
            selection.and_fixed("submission.review_state IN ('received', 'edited')");
            *asks_the_row = true;
        }
        if filter.is_without_photos {
            selection.and_fixed("submission.n_photos = 0");
            *asks_the_row = true;
        }
        if let Some(join) = index.join().filter(|_| *asks_the_row) {
            selection.and_fixed(join);
        }
        index.tables(*asks_the_row)
    }
}

fn source(index: Index, is_led: bool) -> Source {
    Source { index, selection: Selection::default(), asks_the_row: false, is_led }
}

/// Returns where the submissions of a state are that something else is true of.
fn of_state(state: &str, and: impl FnOnce(&mut Selection)) -> Source {
    let mut source = source(Index::Submission, true);
    and(&mut source.selection);
    source.selection.and("submission.review_state = ?", state);
    source
}

/// Returns the number of the source that has fewest rows in the same time, of one or more.
fn sparsest(tx: &mut dyn Tx, sources: &[Source]) -> Result<usize, DbError> {
    if sources.len() == 1 {
        return Ok(0);
    }
    let mut sparsest = (i64::MAX, 0);
    for (number, Source { index, selection, .. }) in sources.iter().enumerate() {
        let [at, id] = index.place();
        let (tables, n) = (index.tables(false), selection.params().len());
        let sql = format!(
            "SELECT {at} FROM {tables} {} ORDER BY {at} DESC, {id} DESC LIMIT 1 OFFSET ?{}",
            selection.sql(),
            n + 1
        );
        let params: Vec<_> = selection.params().iter().cloned().chain([SAMPLE.into()]).collect();
        let Some(row) = tx.first(&sql, &params)? else { return Ok(number) };
        sparsest = sparsest.min((row.get(0)?, number));
    }
    Ok(sparsest.1)
}

/// Returns where the visits of some days are, the latest day first.
fn of_days(days: &[String], state: &str) -> Vec<Source> {
    let of_day = |day: &String| {
        let mut source = source(Index::Submission, false);
        source.selection.and("submission.visited_on = ?", day);
        if !state.is_empty() {
            source.selection.and("submission.review_state = ?", state);
        }
        source
    };
    days.iter().rev().map(of_day).collect()
}

/// Every day with visits of a span that is asked for, up to `?3` of them.
const VISITED: &str = "WITH RECURSIVE visited (on_day) AS (
        SELECT min(visited_on) FROM submission WHERE visited_on >= ?1 AND visited_on <= ?2
        UNION ALL
        SELECT (SELECT min(visited_on) FROM submission
                 WHERE visited_on > visited.on_day AND visited_on <= ?2)
          FROM visited WHERE visited.on_day IS NOT NULL
    ), some_days (on_day) AS (SELECT on_day FROM visited WHERE on_day IS NOT NULL LIMIT ?3)";

fn last_day(filter: &SubmissionFilter) -> &str {
    if filter.to.is_empty() { LAST_DAY } else { &filter.to }
}

/// Returns the days with visits of a span, unless there are too many of them to go through one by one.
fn days(tx: &mut dyn Tx, filter: &SubmissionFilter) -> Result<Span, DbError> {
    let sql = format!("{VISITED} SELECT on_day FROM some_days");
    let rows = tx.query(&sql, params![&filter.from, last_day(filter), MAX_DAYS + 1])?;
    let days: Vec<String> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    Ok(if days.len() <= MAX_DAYS { Span::Days(days) } else { Span::Any })
}

/// Returns when the visits of a span came in, unless they are of too many days.
fn received(tx: &mut dyn Tx, filter: &SubmissionFilter) -> Result<Span, DbError> {
    let sql = format!(
        "{VISITED} SELECT count(*), coalesce(min(first_at), 0), coalesce(max(last_at), 0)
           FROM (SELECT (SELECT min(received_at) FROM submission WHERE visited_on = some_days.on_day) AS first_at,
                        (SELECT max(received_at) FROM submission WHERE visited_on = some_days.on_day) AS last_at
                   FROM some_days) AS moments"
    );
    let row = tx.first(&sql, params![&filter.from, last_day(filter), MAX_DAYS + 1])?;
    let row = row.ok_or(DbError::Column(0))?;
    let (n_days, first, last): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(if n_days <= MAX_DAYS as i64 { Span::Received(first, last) } else { Span::Any })
}
