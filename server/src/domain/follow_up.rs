//! The task that follows from an outcome: about whom, by when, and whose it is.
//!
//! It is about what the visit put into the list of its type (one task for each new row), else about the same row, else
//! about the row that the row visited names; and about nobody in particular where there is none of these.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::cadence::Cadence;
use super::calendar;
use super::due::{Due, Period};
use super::limit;
use super::list::{self, Properties};
use super::schedule::{label_of, refers_to};
use super::task::{State, answer_values};
use super::task_type::{OutcomeState, Rule, TaskType, TaskTypes};
use crate::store::db::{DbError, Tx};
use crate::store::entities::{self, EntityRow};
use crate::store::submissions::{ChangeRow, SubmissionRow};
use crate::store::tasks::{self, TaskRow};

/// Days until a task is due that follows another, where nothing says by when.
const DUE_DAYS_WITHOUT_RULE: i64 = 7;
/// Months of a cycle of which the register does not say how long it is.
const CYCLE_MONTHS: i64 = 12;

/// A visit whose task is done.
#[derive(Debug)]
pub struct Done<'a> {
    /// Its task.
    pub task: &'a TaskRow,
    /// What its outcome leads to.
    pub rule: &'a Rule,
    /// What was sent.
    pub submission: &'a SubmissionRow,
    /// The register changes that it asked for, applied by now.
    pub changes: &'a [ChangeRow],
    /// Day from which periods count.
    pub today: Date,
}

/// Makes the tasks that follow from an outcome, if its rule names any.
pub fn make(tx: &mut dyn Tx, types: &TaskTypes, done: &Done) -> Result<(), DbError> {
    let Some(next) = done.rule.then.as_deref().and_then(|then| types.get(then)) else { return Ok(()) };
    if done.rule.max.is_some_and(|max| done.task.visit_no >= max) {
        return Ok(());
    }
    let visited = entities::get(tx, &done.task.list, &done.task.subject)?;
    let visited = visited.as_ref().map(|row| list::properties(&row.data)).unwrap_or_default();
    let answers = answer_values(&done.submission.answers);
    for id in subjects(done, next, &visited) {
        let row = entities::get(tx, &next.subject, &id)?;
        let properties = row.as_ref().map(|row| list::properties(&row.data)).unwrap_or_default();
        let told = Told { answers: &answers, subject: &properties, visited: &visited };
        let task = task(types, next, done, (&id, row.as_ref()), &told);
        tasks::insert(tx, &task)?;
    }
    Ok(())
}

/// Returns the rows that the tasks are about; one that is empty for nobody in particular.
fn subjects(done: &Done, next: &TaskType, visited: &Properties) -> Vec<String> {
    let mut made: BTreeSet<&str> = BTreeSet::new();
    let mut changed = Vec::new();
    for change in done.changes.iter().filter(|it| it.list == next.subject) {
        if change.operation == "update" {
            changed.push(change.id.as_str());
        } else {
            made.insert(&change.id);
        }
    }
    if next.subject == done.task.list && !done.task.subject.is_empty() {
        return vec![done.task.subject.clone()];
    }
    if !made.is_empty() {
        return made.into_iter().map(str::to_owned).collect();
    }
    let named = changed.first().copied().or_else(|| refers_to(visited, &next.subject));
    vec![named.unwrap_or_default().to_owned()]
}

/// What is known of days and values.
struct Told<'a> {
    answers: &'a [(String, String)],
    subject: &'a Properties,
    visited: &'a Properties,
}

impl Told<'_> {
    fn answered(&self, name: &str) -> Option<String> {
        let found = self.answers.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.clone())
    }

    fn registered(&self, name: &str) -> Option<String> {
        let of = |properties: &Properties| properties.get(name).filter(|it| !it.is_empty()).cloned();
        of(self.subject).or_else(|| of(self.visited))
    }

    fn day(&self, name: &str) -> Option<Date> {
        calendar::parse(self.registered(name)?.get(..10)?)
    }
}

fn task(
    types: &TaskTypes,
    next: &TaskType,
    done: &Done,
    (id, row): (&str, Option<&EntityRow>),
    told: &Told,
) -> TaskRow {
    let (task, today, submission) = (done.task, done.today, done.submission);
    let answer_by = answer_by(types, next, done, told);
    let rule_due = done.rule.due.as_ref().or(next.due.as_ref());
    let is_cycle = rule_due == Some(&Due::Cycle);
    let due = match rule_due {
        Some(Due::Cycle) => cycle_ends(next, told, today),
        Some(due @ Due::Property { .. }) => {
            due.day(today, types.calendar(), |name| told.registered(name).or_else(|| told.answered(name)))
        }
        Some(due) => {
            due.day(today, types.calendar(), |name| told.answered(name).or_else(|| told.registered(name)))
        }
        None if answer_by > 0 => calendar::day_at(answer_by, offset(submission)),
        None => calendar::plus_days(today, DUE_DAYS_WITHOUT_RULE),
    };
    warn_of_calendar(types, rule_due, (task, due));
    let opens_on = if is_cycle { opens_before(next, due) } else { today };
    let is_again = next.id == task.task_type && !is_cycle;
    let (round, since) = match next.after() {
        _ if is_again => (task.round.clone(), task.since.clone()),
        Some(_) => ("1".to_owned(), calendar::text(today)),
        None => (
            cycle_day(next).and_then(|(day, _)| told.day(day)).map_or(String::new(), calendar::text),
            String::new(),
        ),
    };
    let grid = row.map(|it| it.grid.clone()).filter(|it| !it.is_empty());
    TaskRow {
        id: crate::new_id(),
        task_type: next.id.clone(),
        state: if opens_on <= today { State::Open } else { State::Planned }.as_str().to_owned(),
        list: next.subject.clone(),
        subject: id.to_owned(),
        label: row.map_or_else(|| task.label.clone(), |row| label_of(row, told.subject)),
        grid: grid.unwrap_or_else(|| task.grid.clone()),
        due: calendar::text(due),
        opens_on: calendar::text(opens_on),
        visit_no: if is_again { task.visit_no + 1 } else { 1 },
        previous_id: task.id.clone(),
        submission_id: String::new(),
        updated_at: submission.received_at,
        made_by: if is_cycle { "cycle" } else { "outcome" }.to_owned(),
        round,
        since,
        done_on: String::new(),
        who: done.rule.who.join(" "),
        not_who: next.not_who.as_ref().and_then(|it| told.registered(it)).unwrap_or_default(),
        answer_by,
    }
}

/// The limit of the outcome; else that of what was asked for in this very visit, if it is for what was answered; else
/// that of the task that follows.
fn answer_by(types: &TaskTypes, next: &TaskType, done: &Done, told: &Told) -> i64 {
    let values: Vec<&str> = told.answers.iter().map(|(_, value)| value.as_str()).collect();
    let registered: Vec<&str> = told.subject.values().map(String::as_str).collect();
    let asked = types.get(&done.task.task_type).filter(|_| done.task.made_by == "person");
    let of_outcome =
        (done.rule.state != OutcomeState::Submitted).then(|| done.rule.limits.of(&values)).flatten();
    let limit: Option<Period> = of_outcome
        .or_else(|| asked.and_then(|it| it.limits.told(&values)))
        .or_else(|| next.limits.of(&registered));
    let from = done.submission.received_at;
    limit.map_or(0, |it| limit::ends_at(it, from, offset(done.submission), types.calendar()))
}

fn offset(submission: &SubmissionRow) -> i32 {
    i32::try_from(submission.offset_min).unwrap_or(0)
}

/// The properties of the day on which a type's cycle ends and of the months that it takes.
fn cycle_day(task_type: &TaskType) -> Option<(&str, &str)> {
    task_type.cadence.iter().find_map(|it| match it {
        Cadence::Property { months, day, .. } => Some((day.as_str(), months.as_str())),
        _ => None,
    })
}

/// The day that the register has for the new cycle; where it has none yet, a whole cycle from today.
fn cycle_ends(next: &TaskType, told: &Told, today: Date) -> Date {
    let Some((day, months)) = cycle_day(next) else { return calendar::plus_months(today, CYCLE_MONTHS) };
    let months = told.registered(months).and_then(|it| it.parse().ok()).unwrap_or(CYCLE_MONTHS);
    told.day(day).filter(|it| *it > today).unwrap_or_else(|| calendar::plus_months(today, months))
}

/// The day on which rows begin to fit the type.
fn opens_before(next: &TaskType, due: Date) -> Date {
    let days = cycle_day(next).and_then(|(day, _)| next.filter.as_ref()?.days_before(day));
    calendar::plus_days(due, -days.unwrap_or(0))
}

fn warn_of_calendar(types: &TaskTypes, rule: Option<&Due>, (task, due): (&TaskRow, Date)) {
    let is_in_working_days = matches!(rule, Some(Due::After(Period::WorkingDays(_), _)));
    if is_in_working_days && types.calendar().covered_until().is_none_or(|until| until < due) {
        tracing::warn!(task = task.id, due = %due, "the pack's calendar does not reach so far; the day may be early");
    }
}

/// Returns the task that a visit without one begins.
#[must_use]
pub fn begun(task_type: &TaskType, submission: &SubmissionRow, row: Option<&EntityRow>) -> TaskRow {
    let properties = row.map(|row| list::properties(&row.data)).unwrap_or_default();
    let since = submission.visited_on.clone();
    TaskRow {
        id: crate::new_id(),
        task_type: task_type.id.clone(),
        state: State::Open.as_str().to_owned(),
        list: task_type.subject.clone(),
        subject: submission.subject.clone(),
        label: row.map_or_else(|| submission.label.clone(), |row| label_of(row, &properties)),
        grid: submission.grid.clone(),
        due: submission.visited_on.clone(),
        opens_on: submission.visited_on.clone(),
        visit_no: 1,
        updated_at: submission.received_at,
        made_by: "person".to_owned(),
        since,
        ..TaskRow::default()
    }
}
