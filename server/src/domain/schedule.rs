//! What the schedule makes: tasks by the cadence and the filter of each type of the pack in force.
//!
//! Every list is gone through once a day, and again under a new pack, a page of rows in a transaction each, and how far
//! that has come is kept: a process that dies goes on where it stopped. A row that changes is looked at in the transaction
//! that changes it. No request waits for either.
//!
//! Invariants: a row has at most one unfinished task of a round; a round that nobody asked for is not made up for; a task
//! that the schedule made is given up while it is untouched and its row no longer fits. First rounds of a list begin at
//! most [`FIRST_ROUNDS_A_DAY`] a day in each grid, so that a phone never gets a whole register at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;

use super::cadence::{Cadence, Round};
use super::list::{self, Properties};
use super::task::{self, State};
use super::task_type::{TaskType, TaskTypes};
use super::{calendar, form, limit};
use crate::App;
use crate::store::db::{DbError, Tx};
use crate::store::entities::{self, EntityRow};
use crate::store::plans::{self, PlanRow};
use crate::store::tasks::{self, TaskRow};

/// Rows that one transaction looks at.
const PAGE: i64 = 1000;
/// First rounds of a type that begin on one day in one grid.
pub const FIRST_ROUNDS_A_DAY: i64 = 20;
/// Days until a task is due where nothing says by when.
const DUE_DAYS_WITHOUT_RULE: i64 = 7;
/// What stands in `made_by` for tasks of the schedule.
const SCHEDULE: &str = "schedule";

/// Looks at every list that was not gone through today by the pack in force; returns how many tasks it made.
pub async fn plan(app: &Arc<App>) -> Result<u64, DbError> {
    let (pack, types) = app.pack.in_force();
    let lists: BTreeSet<String> = types.coming_round().map(|it| it.subject.clone()).collect();
    let mut n_made = 0;
    for list in lists {
        while let Some(n) = plan_page(app, &pack, &types, list.clone()).await? {
            n_made += n;
        }
    }
    Ok(n_made)
}

/// Looks at the next rows of a list; returns how many tasks they got, or nothing where every row was looked at.
async fn plan_page(
    app: &Arc<App>,
    pack: &str,
    types: &Arc<TaskTypes>,
    list: String,
) -> Result<Option<u64>, DbError> {
    let (pack, types) = (pack.to_owned(), Arc::clone(types));
    let (clock, day) = (Now::of(app), calendar::text(app.today()));
    let planned = app.db.write(move |tx| {
        let before = plans::get(tx, &list)?.filter(|it| it.pack == pack && it.day == day);
        if before.as_ref().is_some_and(|it| it.is_done) {
            return Ok(None);
        }
        let after_id = before.map_or_else(String::new, |it| it.after_id);
        let rows = entities::after(tx, &list, &after_id, PAGE)?;
        let is_done = (rows.len() as i64) < PAGE;
        let after_id = rows.last().map_or(after_id, |row| row.id.clone());
        plans::put(tx, &PlanRow { list, pack, day, after_id, is_done })?;
        Planner::new(tx, types, clock)?.rows(tx, &rows).map(Some)
    });
    match planned.await {
        // Another process that serves the same database was first with this page.
        Err(DbError::Unique(_)) => Ok(None),
        other => other,
    }
}

/// Looks at rows that have just changed, and at those that they are about.
pub fn rows_changed(
    tx: &mut dyn Tx,
    types: &Arc<TaskTypes>,
    changed: &[(&str, &str)],
    now: Now,
) -> Result<u64, DbError> {
    let mut wanted: BTreeSet<(String, String)> = BTreeSet::new();
    for (list, id) in changed {
        if !types.concerns(list) {
            continue;
        }
        let Some(row) = entities::get(tx, list, id)? else { continue };
        let properties = list::properties(&row.data);
        let asking = types.coming_round().filter(|it| it.asks_of(list));
        wanted
            .extend(asking.filter_map(|it| {
                Some((it.subject.clone(), refers_to(&properties, &it.subject)?.to_owned()))
            }));
        wanted.insert((row.list, row.id));
    }
    if wanted.is_empty() {
        return Ok(0);
    }
    let mut planner = Planner::new(tx, Arc::clone(types), now)?;
    let mut n_made = 0;
    for (list, id) in wanted {
        if let Some(row) = entities::get(tx, &list, &id)? {
            n_made += planner.rows(tx, &[row])?;
        }
    }
    Ok(n_made)
}

/// Makes the next of the rounds that come so long after something, when the one before is done.
pub fn next_after(
    tx: &mut dyn Tx,
    types: &TaskTypes,
    done: &TaskRow,
    (today, now): (Date, i64),
) -> Result<(), DbError> {
    let Some(periods) = types.get(&done.task_type).and_then(TaskType::after) else { return Ok(()) };
    let (Some(since), Ok(n)) = (calendar::parse(&done.since), done.round.parse::<usize>()) else {
        return Ok(());
    };
    let (Some(last), Some(next)) = (periods.get(n.wrapping_sub(1)), periods.get(n)) else { return Ok(()) };
    // It is on the phones from the day on which the one before was due.
    let opens_on = last.after(since, types.calendar()).max(today);
    let row = TaskRow {
        id: crate::new_id(),
        state: if opens_on <= today { State::Open } else { State::Planned }.as_str().to_owned(),
        due: calendar::text(next.after(since, types.calendar())),
        opens_on: calendar::text(opens_on),
        visit_no: 1,
        previous_id: done.id.clone(),
        submission_id: String::new(),
        done_on: String::new(),
        made_by: SCHEDULE.to_owned(),
        round: (n + 1).to_string(),
        answer_by: 0,
        updated_at: now,
        ..done.clone()
    };
    tasks::insert(tx, &row)
}

/// The moment of planning.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Civil day.
    pub today: Date,
    /// Milliseconds UTC.
    pub ms: i64,
    /// Minutes that clocks are ahead of UTC.
    pub offset_min: i32,
}

impl Now {
    /// Returns what the server's clock says.
    #[must_use]
    pub fn of(app: &App) -> Now {
        Now { today: app.today(), ms: app.clock.now_ms(), offset_min: app.config.utc_offset_min }
    }
}

/// What is known while rows are looked at.
#[derive(Debug)]
pub struct Planner {
    types: Arc<TaskTypes>,
    now: Now,
    /// First rounds begun today, by type and grid.
    begun: HashMap<(String, String), i64>,
    /// Kinds of a list's rows.
    kinds: HashMap<String, Vec<String>>,
    /// Rows of a list by the row of another that they are about.
    about: HashMap<(String, String), HashMap<String, Vec<Properties>>>,
}

/// A row that is looked at.
struct Subject<'a> {
    row: &'a EntityRow,
    properties: Properties,
}

impl Planner {
    /// Begins.
    pub fn new(tx: &mut dyn Tx, types: Arc<TaskTypes>, now: Now) -> Result<Planner, DbError> {
        let begun = tasks::begun_on(tx, &calendar::text(now.today))?;
        let begun = begun.into_iter().map(|(task_type, grid, n)| ((task_type, grid), n)).collect();
        Ok(Planner { types, now, begun, kinds: HashMap::new(), about: HashMap::new() })
    }

    /// Looks at rows of one list, by id; returns how many tasks they got.
    pub fn rows(&mut self, tx: &mut dyn Tx, rows: &[EntityRow]) -> Result<u64, DbError> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(0) };
        let mut latest: BTreeMap<String, Vec<TaskRow>> = BTreeMap::new();
        for task in tasks::latest(tx, &first.list, (&first.id, &last.id))? {
            latest.entry(task.subject.clone()).or_default().push(task);
        }
        let types = Arc::clone(&self.types);
        let mut n_made = 0;
        for row in rows {
            let subject = Subject { row, properties: list::properties(&row.data) };
            let tasks = latest.get(&row.id).map_or(&[][..], Vec::as_slice);
            for task_type in types.coming_round().filter(|it| it.subject == row.list) {
                let theirs: Vec<&TaskRow> = tasks.iter().filter(|it| it.task_type == task_type.id).collect();
                n_made += self.look(tx, &subject, task_type, &theirs)?;
            }
        }
        Ok(n_made)
    }

    fn look(
        &mut self,
        tx: &mut dyn Tx,
        subject: &Subject,
        task_type: &TaskType,
        latest: &[&TaskRow],
    ) -> Result<u64, DbError> {
        if !self.fits(tx, subject, task_type)? {
            for task in latest.iter().filter(|it| is_revocable(it)) {
                task::change_state(tx, task, State::Cancelled, self.now.ms)?;
            }
            return Ok(0);
        }
        let mut n_made = 0;
        for cadence in &task_type.cadence {
            if let Some(task) = self.next(tx, subject, (task_type, cadence), latest)? {
                tasks::insert(tx, &task)?;
                n_made += 1;
            }
        }
        Ok(n_made)
    }

    fn fits(&mut self, tx: &mut dyn Tx, subject: &Subject, task_type: &TaskType) -> Result<bool, DbError> {
        if super::certification::is_gone(subject.row) {
            return Ok(false);
        }
        let Some(filter) = &task_type.filter else { return Ok(true) };
        let today = self.now.today;
        filter.holds(today, &mut |list, name| match list.filter(|it| *it != subject.row.list) {
            None => Ok(vec![subject.value(name, today)]),
            Some(other) => {
                let about = self.about(tx, other, &subject.row.list)?;
                let rows = about.get(&subject.row.id).into_iter().flatten();
                Ok(rows.map(|it| it.get(name).cloned().unwrap_or_default()).collect())
            }
        })
    }

    /// Returns the task that a cadence makes now.
    fn next(
        &mut self,
        tx: &mut dyn Tx,
        subject: &Subject,
        (task_type, cadence): (&TaskType, &Cadence),
        latest: &[&TaskRow],
    ) -> Result<Option<TaskRow>, DbError> {
        let (today, working) = (self.now.today, self.types.calendar().clone());
        let of_round = |round: &str| latest.iter().copied().find(|it| it.round == round);
        let is_scheduled = task_type.is_scheduled();
        let made = match cadence {
            Cadence::Every(round) => {
                if !self.concerns(tx, subject, round)? {
                    return Ok(None);
                }
                let before = of_round(&round.what);
                let begins = match before {
                    Some(task) if is_work(task) => return Ok(None),
                    Some(task) => begins_after(round, task, today, &working),
                    None if is_scheduled => round.first(today, &working),
                    None => return Ok(None),
                };
                let since = before.map(|it| it.since.clone()).filter(|it| !it.is_empty());
                let due = round.last_day(begins, &working);
                (begins, due, round.what.clone(), since, before.is_none())
            }
            Cadence::Once if is_scheduled && latest.is_empty() => {
                let due = calendar::plus_days(today, DUE_DAYS_WITHOUT_RULE);
                (today, due, String::new(), None, true)
            }
            Cadence::After { periods, since } if is_scheduled => {
                let Some(day) = subject.day(since) else { return Ok(None) };
                let since = calendar::text(day);
                let (Some(first), false) = (periods.first(), latest.iter().any(|it| it.since == since))
                else {
                    return Ok(None);
                };
                (today.max(day), first.after(day, &working), "1".to_owned(), Some(since), false)
            }
            Cadence::Property { months, day, .. } if is_scheduled => {
                let Some(ends) = subject.day(day) else { return Ok(None) };
                let round = calendar::text(ends);
                let months = subject.value(months, today).parse().unwrap_or(0);
                let is_there = latest.iter().any(|it| is_work(it))
                    || of_round(&round).is_some_and(|it| it.state != State::Cancelled.as_str());
                if is_there || months > 0 && calendar::plus_months(ends, -months) > today {
                    return Ok(None);
                }
                (today, ends, round, Some(String::new()), false)
            }
            _ => return Ok(None),
        };
        let (begins, due, round, since, is_first) = made;
        if begins > today || is_first && !self.may_begin(&task_type.id, &subject.row.grid) {
            return Ok(None);
        }
        let due = match &task_type.due {
            Some(due) => due.day(begins, &working, |name| subject.property(name)),
            None => due,
        };
        let since = since.unwrap_or_else(|| calendar::text(begins));
        Ok(Some(TaskRow { since, ..self.row(subject, task_type, (begins, due), round) }))
    }

    fn row(
        &self,
        subject: &Subject,
        task_type: &TaskType,
        (begins, due): (Date, Date),
        round: String,
    ) -> TaskRow {
        let row = subject.row;
        let values: Vec<&str> = subject.properties.values().map(String::as_str).collect();
        let limit = task_type.limits.of(&values);
        TaskRow {
            id: crate::new_id(),
            task_type: task_type.id.clone(),
            state: State::Open.as_str().to_owned(),
            list: row.list.clone(),
            subject: row.id.clone(),
            label: label_of(row, &subject.properties),
            grid: row.grid.clone(),
            due: calendar::text(due),
            opens_on: calendar::text(begins),
            visit_no: 1,
            updated_at: self.now.ms,
            made_by: SCHEDULE.to_owned(),
            round,
            not_who: task_type.not_who.as_ref().and_then(|it| subject.property(it)).unwrap_or_default(),
            answer_by: limit
                .map_or(0, |it| limit::ends_at(it, self.now.ms, self.now.offset_min, self.types.calendar())),
            ..TaskRow::default()
        }
    }

    /// Counts a first round, if one more may begin today.
    fn may_begin(&mut self, task_type: &str, grid: &str) -> bool {
        let n = self.begun.entry((task_type.to_owned(), grid.to_owned())).or_default();
        *n += 1;
        *n <= FIRST_ROUNDS_A_DAY
    }

    /// Whether a round is for a row: one whose words are kinds of the list's rows is for those kinds alone.
    fn concerns(&mut self, tx: &mut dyn Tx, subject: &Subject, round: &Round) -> Result<bool, DbError> {
        if round.what.is_empty() {
            return Ok(true);
        }
        let list = &subject.row.list;
        if !self.kinds.contains_key(list) {
            self.kinds.insert(list.clone(), entities::kinds(tx, list)?);
        }
        let words: Vec<&str> = round.what.split(|it: char| !it.is_alphanumeric() && it != '_').collect();
        let is_meant = |kind: &String| {
            !kind.is_empty() && words.iter().any(|it| it == kind || it.strip_suffix('s') == Some(kind))
        };
        let mut meant = self.kinds[list].iter().filter(|it| is_meant(it)).peekable();
        Ok(meant.peek().is_none() || meant.any(|it| *it == subject.row.kind))
    }

    fn about(
        &mut self,
        tx: &mut dyn Tx,
        list: &str,
        subjects: &str,
    ) -> Result<&HashMap<String, Vec<Properties>>, DbError> {
        let key = (list.to_owned(), subjects.to_owned());
        if !self.about.contains_key(&key) {
            let mut rows: HashMap<String, Vec<Properties>> = HashMap::new();
            for row in entities::all(tx, list)? {
                let properties = list::properties(&row.data);
                if let Some(subject) = refers_to(&properties, subjects).map(str::to_owned) {
                    rows.entry(subject).or_default().push(properties);
                }
            }
            self.about.insert(key.clone(), rows);
        }
        Ok(&self.about[&key])
    }
}

impl Subject<'_> {
    /// Returns a property as filters see it; empty where there is none.
    fn value(&self, name: &str, today: Date) -> String {
        match name {
            "age" => {
                let born = self.properties.get("birth_date").map_or("", String::as_str);
                let age = calendar::age_on(today, born).map(|it| it.to_string());
                age.or_else(|| self.property("age")).unwrap_or_default()
            }
            "grid" => self.row.grid.clone(),
            _ => self.property(name).unwrap_or_default(),
        }
    }

    fn property(&self, name: &str) -> Option<String> {
        self.properties.get(name).filter(|it| !it.is_empty()).cloned()
    }

    fn day(&self, name: &str) -> Option<Date> {
        calendar::parse(self.property(name)?.get(..10)?)
    }
}

/// Returns the row of a list that another row is about, by its properties.
#[must_use]
pub fn refers_to<'a>(properties: &'a Properties, list: &str) -> Option<&'a str> {
    let names = form::subject_names(list).iter();
    names.filter_map(|name| properties.get(*name)).map(String::as_str).find(|it| !it.is_empty())
}

/// Returns what a task about a row is called.
#[must_use]
pub fn label_of(row: &EntityRow, properties: &Properties) -> String {
    properties.get("full_name").filter(|it| !it.is_empty()).unwrap_or(&row.label).clone()
}

/// Counted from the first round's day, so that months stay months.
fn begins_after(round: &Round, before: &TaskRow, today: Date, working: &calendar::WorkingCalendar) -> Date {
    let began = calendar::parse(&before.since).or_else(|| calendar::parse(&before.opens_on)).unwrap_or(today);
    let opened = calendar::parse(&before.opens_on).unwrap_or(began);
    let done = calendar::parse(&before.done_on).unwrap_or(opened).max(opened);
    round.next(began, done, today, working)
}

fn is_work(task: &TaskRow) -> bool {
    matches!(
        State::parse(&task.state),
        Some(State::Planned | State::Open | State::Claimed | State::Started | State::Returned)
    )
}

/// Whether the schedule may take a task back: it made it, and nobody has touched it.
fn is_revocable(task: &TaskRow) -> bool {
    match (task.made_by.as_str(), State::parse(&task.state)) {
        (SCHEDULE, Some(State::Planned | State::Open)) => true,
        // The next cycle's, which waits for its day.
        ("cycle", Some(State::Open)) => true,
        _ => false,
    }
}
