//! Tasks: the state machine, what the schedule plans, and what an outcome leads to.
//!
//! The machine is [`State::may_become`] and nothing else; the pack's sheet `states` says the same to people, and a test
//! compares the two. A phone works without a network, so `claimed` and `started` are optional stations: a
//! submission may be the first news the server has of a task.

use std::sync::Arc;

use jiff::civil::Date;

use super::account::Account;
use super::calendar;
use super::due::{Due, Period};
use super::list::{self, Properties};
use super::task_type::{OutcomeState, Rule, TaskType, TaskTypes};
use crate::App;
use crate::blob::sha256_hex;
use crate::store::db::{DbError, Tx};
use crate::store::entities;
use crate::store::submissions::{self, SubmissionRow};
use crate::store::tasks::{self, TaskFilter, TaskRow};

/// Days before a certification is due on which its task opens.
const OPENS_DAYS_BEFORE: i64 = 60;
/// Days until a task is due that follows another, where neither says by when.
const DUE_DAYS_WITHOUT_RULE: i64 = 7;

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its day has not come.
    Planned,
    /// To be done.
    Open,
    /// Somebody said they will.
    Claimed,
    /// Somebody is at it.
    Started,
    /// A submission waits for review.
    Submitted,
    /// The reviewer sent it back.
    Returned,
    /// The reviewer agreed.
    Accepted,
    /// Nothing more to do.
    Closed,
    /// Given up.
    Cancelled,
}

impl State {
    /// Every state in the order of a task's life.
    pub const ALL: [State; 9] = [
        State::Planned,
        State::Open,
        State::Claimed,
        State::Started,
        State::Submitted,
        State::Returned,
        State::Accepted,
        State::Closed,
        State::Cancelled,
    ];
    /// States that are work on a phone.
    pub const WORK: [State; 4] = [State::Open, State::Claimed, State::Started, State::Returned];

    /// Returns the name in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Open => "open",
            State::Claimed => "claimed",
            State::Started => "started",
            State::Submitted => "submitted",
            State::Returned => "returned",
            State::Accepted => "accepted",
            State::Closed => "closed",
            State::Cancelled => "cancelled",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Returns whether a task in this state may go to the next.
    #[must_use]
    pub const fn may_become(self, next: State) -> bool {
        use State::{Accepted, Cancelled, Claimed, Closed, Open, Planned, Returned, Started, Submitted};
        match self {
            Planned => matches!(next, Open | Submitted | Closed | Cancelled),
            Open => matches!(next, Claimed | Started | Submitted | Closed | Cancelled),
            Claimed => matches!(next, Open | Started | Submitted | Closed | Cancelled),
            Started => matches!(next, Open | Submitted | Closed | Cancelled),
            Submitted => matches!(next, Returned | Accepted),
            Returned => matches!(next, Started | Submitted | Closed | Cancelled),
            Accepted => matches!(next, Closed),
            Closed => matches!(next, Returned),
            Cancelled => false,
        }
    }
}

/// Moves a task if its state allows it; returns whether it moved.
pub fn change_state(tx: &mut dyn Tx, task: &TaskRow, next: State, now: i64) -> Result<bool, DbError> {
    match State::parse(&task.state) {
        Some(state) if state.may_become(next) => {
            tasks::change_state(tx, &task.id, &task.state, next.as_str(), now)
        }
        _ => Ok(false),
    }
}

/// Returns whether a resident can't certify alone: needs care, very old, or severely disabled.
#[must_use]
pub fn needs_doorstep(resident: &Properties, today: Date) -> bool {
    let of = |name: &str| resident.get(name).map_or("", String::as_str);
    let age = calendar::age_on(today, of("birth_date")).unwrap_or(0);
    !matches!(of("selfcare"), "" | "full") || age >= 85 || matches!(of("dis_level"), "l1" | "l2")
}

/// Returns the certification task of a resident, planned or open, or `None` where none is needed.
#[must_use]
pub fn certification(
    types: &TaskTypes,
    resident: &entities::EntityRow,
    today: Date,
    now: i64,
) -> Option<TaskRow> {
    let task_type = types.get("certify.doorstep")?;
    let properties = list::properties(&resident.data);
    let is_here = !matches!(resident.status.as_str(), "deceased" | "moved" | "detained" | "abroad");
    let cert_due = calendar::parse(&resident.due)?;
    if resident.kind.is_empty() || !is_here || !needs_doorstep(&properties, today) {
        return None;
    }
    let due = task_type.due.as_ref()?;
    let due = due.day(today, types.calendar(), |name| properties.get(name).cloned());
    let opens_on = calendar::plus_days(cert_due, -OPENS_DAYS_BEFORE);
    Some(TaskRow {
        id: crate::new_id(),
        task_type: task_type.id.clone(),
        state: if opens_on <= today { State::Open } else { State::Planned }.as_str().to_owned(),
        list: resident.list.clone(),
        subject: resident.id.clone(),
        label: properties.get("full_name").cloned().unwrap_or_else(|| resident.label.clone()),
        grid: resident.grid.clone(),
        due: calendar::text(due),
        opens_on: calendar::text(opens_on),
        visit_no: 1,
        previous_id: String::new(),
        submission_id: String::new(),
        updated_at: now,
    })
}

/// What a submission did to its task.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The task moved on.
    Moved,
    /// It was done or given up before; the submission is kept beside.
    AlreadyDone,
    /// It was the last visit that the rule allows; a person decides how to go on.
    AttemptsUsedUp,
}

/// Moves a task on because a submission arrived for it. Outcomes that need no review close it at once and make the
/// task that follows.
pub fn arrived(
    tx: &mut dyn Tx,
    types: &TaskTypes,
    task: &TaskRow,
    submission: &SubmissionRow,
    today: Date,
) -> Result<Arrival, DbError> {
    let Some(task_type) = types.get(&task.task_type) else { return Ok(Arrival::AlreadyDone) };
    let rule = task_type.rule(&submission.outcome);
    let now = submission.received_at;
    let is_last = rule.max.is_some_and(|max| task.visit_no >= max);
    let next = match rule.state {
        OutcomeState::Closed if !is_last => State::Closed,
        OutcomeState::Open | OutcomeState::Started if State::parse(&task.state) == Some(State::Open) => {
            State::Started
        }
        _ => State::Submitted,
    };
    if !change_state(tx, task, next, now)? {
        return Ok(Arrival::AlreadyDone);
    }
    tasks::set_submission(tx, &task.id, &submission.id, now)?;
    if next == State::Closed {
        follow_up(tx, types, task, &rule, submission, today)?;
    }
    Ok(if is_last { Arrival::AttemptsUsedUp } else { Arrival::Moved })
}

/// Closes a task because its submission was approved, and plans what follows from the outcome.
pub fn approved(
    tx: &mut dyn Tx,
    types: &TaskTypes,
    submission: &SubmissionRow,
    (today, now): (Date, i64),
) -> Result<(), DbError> {
    let Some(task) = latest_task(tx, submission)? else { return Ok(()) };
    if !change_state(tx, &task, State::Accepted, now)? {
        return Ok(());
    }
    let rule = types.get(&task.task_type).map(|it| it.rule(&submission.outcome));
    if let Some(rule) = rule.filter(|it| it.state == OutcomeState::Submitted) {
        follow_up(tx, types, &task, &rule, submission, today)?;
    }
    tasks::change_state(tx, &task.id, State::Accepted.as_str(), State::Closed.as_str(), now)?;
    Ok(())
}

/// Puts a task back on the phones because its submission was returned; untouched follow-ups are given up.
pub fn returned(tx: &mut dyn Tx, submission: &SubmissionRow, now: i64) -> Result<(), DbError> {
    let Some(task) = latest_task(tx, submission)? else { return Ok(()) };
    if !change_state(tx, &task, State::Returned, now)? {
        return Ok(());
    }
    for follow_up in tasks::made_by(tx, &task.id)? {
        if matches!(State::parse(&follow_up.state), Some(State::Planned | State::Open)) {
            change_state(tx, &follow_up, State::Cancelled, now)?;
        }
    }
    Ok(())
}

/// Opens planned tasks whose day has come.
pub async fn open_planned(app: &App) -> Result<u64, DbError> {
    let (today, now) = (calendar::text(app.today()), app.clock.now_ms());
    app.db.write(move |tx| tasks::open_planned(tx, &today, now)).await
}

/// One task with what a phone shows of it.
#[derive(Debug)]
pub struct PhoneTask {
    /// The task.
    pub task: TaskRow,
    /// The subject's row, if it is in a list.
    pub subject: Option<entities::EntityRow>,
    /// Label of the grid.
    pub grid_label: String,
    /// Values to set when the form opens.
    pub prefill: Vec<(String, String)>,
    /// The submission that came back, for state `returned`.
    pub returned: Option<SubmissionRow>,
}

/// Returns one page of an account's work and a word that changes whenever the work does.
pub async fn work(
    app: &Arc<App>,
    account: &Account,
    after: Option<(String, String, String)>,
    limit: i64,
) -> Result<(Vec<PhoneTask>, String), DbError> {
    let task_types = app.task_types();
    let types: Vec<String> = task_types.of_account(account.role).map(|it| it.id.clone()).collect();
    let filter = TaskFilter {
        grids: account.scope().map(<[String]>::to_vec),
        types,
        states: State::WORK.iter().map(|it| it.as_str()).collect(),
        after,
        limit,
    };
    let app = Arc::clone(app);
    let db = app.db.clone();
    db.read(move |tx| {
        let (count, changed_at) = tasks::revision(tx, &filter)?;
        let register = entities::revision(tx, "residents")?.map_or(0, |(_, revision)| revision);
        let basis = format!("{count} {changed_at} {register} {} {:?}", app.today(), filter);
        let revision = sha256_hex(basis.as_bytes())[..16].to_owned();
        let rows = tasks::page(tx, &filter)?;
        let grids = entities::labels_of_kind(tx, "places", "grid")?;
        let tasks = rows
            .into_iter()
            .map(|row| phone_task(tx, &app, &task_types, row, &grids))
            .collect::<Result<_, _>>()?;
        Ok((tasks, revision))
    })
    .await
}

fn phone_task(
    tx: &mut dyn Tx,
    app: &App,
    task_types: &TaskTypes,
    task: TaskRow,
    grids: &[(String, String)],
) -> Result<PhoneTask, DbError> {
    let subject = entities::get(tx, &task.list, &task.subject)?;
    let returned = if task.state == State::Returned.as_str() {
        submissions::get(tx, &task.submission_id)?
    } else {
        None
    };
    let grid_label =
        grids.iter().find(|(id, _)| *id == task.grid).map_or(String::new(), |(_, label)| label.clone());
    let prefill = match task_types.get(&task.task_type) {
        Some(task_type) => prefill(tx, app, &task, task_type)?,
        None => Vec::new(),
    };
    Ok(PhoneTask { task, subject, grid_label, prefill, returned })
}

fn prefill(
    tx: &mut dyn Tx,
    app: &App,
    task: &TaskRow,
    task_type: &TaskType,
) -> Result<Vec<(String, String)>, DbError> {
    let Some(version) = app.current_version(tx, &task_type.form)? else { return Ok(Vec::new()) };
    let Ok(form) = app.forms.get(tx, &task_type.form, &version) else { return Ok(Vec::new()) };
    let values = [
        (form.path("task_id"), task.id.clone()),
        (form.subject_path(&task.list), task.subject.clone()),
        (form.path("visit_no"), task.visit_no.to_string()),
    ];
    Ok(values.into_iter().filter_map(|(path, value)| Some((path?.to_owned(), value))).collect())
}

/// Makes the task that follows from an outcome, if the rule names one.
fn follow_up(
    tx: &mut dyn Tx,
    types: &TaskTypes,
    task: &TaskRow,
    rule: &Rule,
    submission: &SubmissionRow,
    today: Date,
) -> Result<(), DbError> {
    let subject = entities::get(tx, &task.list, &task.subject)?;
    let properties = subject.as_ref().map(|row| list::properties(&row.data)).unwrap_or_default();
    let Some(task_type) = rule.then.as_deref().and_then(|then| next_type(types, then, &properties, today))
    else {
        return Ok(());
    };
    if rule.max.is_some_and(|max| task.visit_no >= max) {
        return Ok(());
    }
    let answers = answer_values(&submission.answers);
    let value_of = |name: &str| {
        let answered = answers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        answered.or_else(|| properties.get(name).cloned()).filter(|it| !it.is_empty())
    };
    let rule_due = rule.due.as_ref().or(task_type.due.as_ref());
    let due = match rule_due {
        Some(due) => due.day(today, types.calendar(), value_of),
        None => calendar::plus_days(today, DUE_DAYS_WITHOUT_RULE),
    };
    if matches!(rule_due, Some(Due::After(Period::WorkingDays(_), _)))
        && types.calendar().covered_until().is_none_or(|until| until < due)
    {
        tracing::warn!(task = task.id, due = %due, "the pack's calendar does not reach so far; the day may be early");
    }
    let is_planned = rule_due == Some(&Due::Cycle);
    let opens_on = if is_planned { calendar::plus_days(due, -OPENS_DAYS_BEFORE) } else { today };
    let is_again = task_type.id == task.task_type && !is_planned;
    let row = TaskRow {
        id: crate::new_id(),
        task_type: task_type.id.clone(),
        state: if opens_on <= today { State::Open } else { State::Planned }.as_str().to_owned(),
        due: calendar::text(due),
        opens_on: calendar::text(opens_on),
        visit_no: if is_again { task.visit_no + 1 } else { 1 },
        previous_id: task.id.clone(),
        submission_id: String::new(),
        updated_at: submission.received_at,
        ..task.clone()
    };
    tasks::insert(tx, &row)
}

/// Whoever needed a visit this year gets one next year, not a link to certify alone.
fn next_type<'a>(
    types: &'a TaskTypes,
    then: &str,
    subject: &Properties,
    today: Date,
) -> Option<&'a TaskType> {
    let needs_visit = then == "certify.self" && needs_doorstep(subject, today);
    types.get(if needs_visit { "certify.doorstep" } else { then })
}

fn latest_task(tx: &mut dyn Tx, submission: &SubmissionRow) -> Result<Option<TaskRow>, DbError> {
    let task = tasks::get(tx, &submission.task_id)?;
    Ok(task.filter(|it| it.submission_id == submission.id))
}

/// Returns (name, value) of stored answers.
#[must_use]
pub fn answer_values(answers: &str) -> Vec<(String, String)> {
    let answers: Vec<serde_json::Value> = serde_json::from_str(answers).unwrap_or_default();
    let text = |it: &serde_json::Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    answers.iter().map(|it| (text(it, "name"), text(it, "value"))).collect()
}

/// Returns (path, value) of what a person answered, to prefill a returned visit; files are not among them.
#[must_use]
pub fn answers_to_prefill(answers: &str) -> Vec<(String, String)> {
    let answers: Vec<serde_json::Value> = serde_json::from_str(answers).unwrap_or_default();
    let was_asked = |it: &&serde_json::Value| {
        !matches!(it["control"].as_str(), Some("upload" | "calculate" | "note") | None)
    };
    let text = |it: &serde_json::Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
    answers.iter().filter(was_asked).map(|it| (text(it, "reference"), text(it, "value"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_who_can_not_certify_alone() {
        let check = |properties: &[(&str, &str)], expected| {
            let resident =
                properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let today = calendar::parse("2026-11-21").expect("a day");
            assert_eq!(needs_doorstep(&resident, today), expected, "{properties:?}");
        };
        check(&[("selfcare", "full"), ("birth_date", "1952-03-15")], false);
        check(&[("selfcare", "partial"), ("birth_date", "1952-03-15")], true);
        check(&[("selfcare", "full"), ("birth_date", "1941-11-21")], true);
        check(&[("selfcare", "full"), ("birth_date", "1941-11-22")], false);
        check(&[("selfcare", "full"), ("dis_level", "l2")], true);
    }

    #[test]
    fn prefills_only_what_was_asked() {
        let answers = r#"[{"reference":"/data/a","name":"a","value":"1","control":"input"},
            {"reference":"/data/p","name":"p","value":"p.jpg","control":"upload"},
            {"reference":"/data/c","name":"c","value":"2","control":"calculate"}]"#;
        assert_eq!(answers_to_prefill(answers), [("/data/a".to_owned(), "1".to_owned())]);
    }
}
