//! Tasks: the state machine, and what a visit or a decision does to a task.
//!
//! The machine is [`State::may_become`] and nothing else; the pack's sheet `states` says the same to people, and a test
//! compares the two. A phone works without a network, so `claimed` and `started` are optional stations: a
//! submission may be the first news the server has of a task.

use std::sync::Arc;

use jiff::civil::Date;

use super::account::Account;
use super::follow_up::{self, Done};
use super::task_type::{OutcomeState, Rule, TaskType, TaskTypes};
use super::{calendar, list, schedule};
use crate::App;
use crate::blob::hashes::sha256_hex;
use crate::store::db::{DbError, Tx};
use crate::store::entities;
use crate::store::submissions::{self, ChangeRow, SubmissionRow};
use crate::store::tasks::{self, TaskFilter, TaskRow};

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
            Submitted => matches!(next, Open | Started | Returned | Accepted),
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

/// What a submission did to its task.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival {
    /// A person has to look at it before anything follows.
    ToReview,
    /// It needs no review, but its pictures are to be compared before anything follows.
    ToComparison,
    /// It is done, and what follows from it was made.
    Done,
    /// It goes on.
    GoesOn,
    /// It was done or given up before; the submission is kept beside.
    AlreadyDone,
    /// It was the last visit that the rule allows; a person decides how to go on.
    AttemptsUsedUp,
    /// The pack in force has no such task any more; a person decides.
    TypeGone,
}

/// Who decides a visit whose outcome needs no review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// The program, now.
    Now,
    /// The program, after its pictures were compared with those of other visits.
    AfterComparison,
    /// A person, whatever its outcome.
    ByPerson,
}

/// A visit as its task sees it.
#[derive(Debug)]
pub struct Arriving<'a> {
    /// What was sent.
    pub submission: &'a SubmissionRow,
    /// The register changes that it asks for.
    pub changes: &'a [ChangeRow],
    /// Who decides it where its outcome needs no review.
    pub settling: Settling,
    /// Civil day of the visit.
    pub today: Date,
}

/// Moves a task on because a submission arrived for it. An outcome that needs no review closes it at once: the register
/// is changed, and the task that follows is made.
pub fn arrived(
    tx: &mut dyn Tx,
    types: &TaskTypes,
    task: &TaskRow,
    arriving: &Arriving,
) -> Result<Arrival, DbError> {
    let (submission, now) = (arriving.submission, arriving.submission.received_at);
    let task_type = types.get(&task.task_type);
    let rule = task_type.map(|it| it.rule(&submission.outcome)).unwrap_or_default();
    let is_last = rule.max.is_some_and(|max| task.visit_no >= max);
    let unreviewed = match rule.state {
        _ if is_last || arriving.settling == Settling::ByPerson => None,
        OutcomeState::Open => Some(State::Open),
        OutcomeState::Started => Some(State::Started),
        OutcomeState::Closed => Some(State::Closed),
        OutcomeState::Submitted => None,
    };
    let goes_on = unreviewed.filter(|_| arriving.settling == Settling::Now);
    let next = goes_on.unwrap_or(State::Submitted);
    let state = State::parse(&task.state);
    let stays = state == Some(next) && matches!(next, State::Open | State::Started);
    // What was returned is at work again, whatever comes of it.
    let next = if state == Some(State::Returned) && next == State::Open { State::Started } else { next };
    if !stays && !change_state(tx, task, next, now)? {
        return Ok(Arrival::AlreadyDone);
    }
    tasks::set_submission(tx, &task.id, (&submission.id, &submission.visited_on), now)?;
    match (unreviewed, task_type) {
        (_, None) => Ok(Arrival::TypeGone),
        (None, Some(_)) if is_last => Ok(Arrival::AttemptsUsedUp),
        (None, Some(_)) => Ok(Arrival::ToReview),
        (Some(_), Some(_)) if goes_on.is_none() => Ok(Arrival::ToComparison),
        (Some(_), Some(_)) => follow(tx, types, task, &rule, arriving, now),
    }
}

/// Moves a task on whose visit waited for its pictures to be compared, as [`arrived`] would have done at once; returns
/// whether it did. Where a person or another visit was first, or the pack in force asks for a review by now, nothing
/// happens.
pub fn settled(tx: &mut dyn Tx, types: &TaskTypes, visit: &Arriving, now: i64) -> Result<bool, DbError> {
    let Some(task) = latest_task(tx, visit.submission)?.filter(|it| it.state == State::Submitted.as_str())
    else {
        return Ok(false);
    };
    let Some(rule) = types.get(&task.task_type).map(|it| it.rule(&visit.submission.outcome)) else {
        return Ok(false);
    };
    let is_last = rule.max.is_some_and(|max| task.visit_no >= max);
    let next = match rule.state {
        _ if is_last => return Ok(false),
        OutcomeState::Submitted => return Ok(false),
        OutcomeState::Closed => State::Accepted,
        OutcomeState::Open => State::Open,
        OutcomeState::Started => State::Started,
    };
    if !change_state(tx, &task, next, now)? {
        return Ok(false);
    }
    if follow(tx, types, &task, &rule, visit, now)? == Arrival::Done {
        tasks::change_state(tx, &task.id, State::Accepted.as_str(), State::Closed.as_str(), now)?;
    }
    Ok(true)
}

/// Does what follows from a visit that needs no review: the register is changed, and the task that follows is made, or
/// the task itself goes on.
fn follow(
    tx: &mut dyn Tx,
    types: &TaskTypes,
    task: &TaskRow,
    rule: &Rule,
    visit: &Arriving,
    now: i64,
) -> Result<Arrival, DbError> {
    let submission = visit.submission;
    for change in visit.changes {
        list::apply_change(tx, change, &submission.account_name, &submission.id, now)?;
    }
    if rule.state == OutcomeState::Closed {
        finished(tx, types, task, rule, visit)?;
        return Ok(Arrival::Done);
    }
    if let Some(due) = &rule.due {
        let answers = answer_values(&submission.answers);
        let value_of = |name: &str| answers.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone());
        let due = due.day(visit.today, types.calendar(), value_of);
        tasks::set_due(tx, &task.id, &calendar::text(due), now)?;
    }
    Ok(Arrival::GoesOn)
}

/// Closes a task because its submission was approved, and makes what follows from the outcome. The register was changed
/// before.
pub fn approved(
    tx: &mut dyn Tx,
    types: &TaskTypes,
    submission: &SubmissionRow,
    (today, now): (Date, i64),
) -> Result<(), DbError> {
    let Some(task) = decided_by(tx, submission, now)? else { return Ok(()) };
    if !change_state(tx, &task, State::Accepted, now)? {
        return Ok(());
    }
    if let Some(rule) = types.get(&task.task_type).map(|it| it.rule(&submission.outcome)) {
        let changes = submissions::changes(tx, &submission.id)?;
        let arriving = Arriving { submission, changes: &changes, settling: Settling::Now, today };
        finished(tx, types, &task, &rule, &arriving)?;
    }
    tasks::change_state(tx, &task.id, State::Accepted.as_str(), State::Closed.as_str(), now)?;
    Ok(())
}

fn finished(
    tx: &mut dyn Tx,
    types: &TaskTypes,
    task: &TaskRow,
    rule: &Rule,
    visit: &Arriving,
) -> Result<(), DbError> {
    let (submission, changes, today) = (visit.submission, visit.changes, visit.today);
    if rule.then.is_some() {
        return follow_up::make(tx, types, &Done { task, rule, submission, changes, today });
    }
    schedule::next_after(tx, types, task, (today, submission.received_at))
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
    let types = task_types.all().filter(|it| task_types.holds_one(account.role, &it.who));
    let filter = TaskFilter {
        grids: account.scope().map(<[String]>::to_vec),
        types: types.map(|it| it.id.clone()).collect(),
        who: task_types.sets_held(account.role).into_iter().collect(),
        names: account.names(),
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
        let grids = rows.iter().map(|it| it.grid.clone()).collect();
        let grids = entities::labels_of(tx, "places", &grids)?;
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

/// Returns the task that an approval decides: one that waits for another visit, or for a visit to be made again, takes
/// the approved one instead.
fn decided_by(tx: &mut dyn Tx, submission: &SubmissionRow, now: i64) -> Result<Option<TaskRow>, DbError> {
    let Some(task) = tasks::get(tx, &submission.task_id)? else { return Ok(None) };
    if task.submission_id == submission.id {
        return Ok(Some(task));
    }
    let waits = match State::parse(&task.state) {
        Some(State::Submitted) => true,
        Some(State::Returned) => change_state(tx, &task, State::Submitted, now)?,
        _ => false,
    };
    if !waits {
        return Ok(None);
    }
    tasks::set_submission(tx, &task.id, (&submission.id, &submission.visited_on), now)?;
    tasks::get(tx, &task.id)
}

/// Whether a task waits for this very submission to be decided.
pub fn waits_for(tx: &mut dyn Tx, submission: &SubmissionRow) -> Result<bool, DbError> {
    Ok(latest_task(tx, submission)?.is_some_and(|it| it.state == State::Submitted.as_str()))
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
    fn prefills_only_what_was_asked() {
        let answers = r#"[{"reference":"/data/a","name":"a","value":"1","control":"input"},
            {"reference":"/data/p","name":"p","value":"p.jpg","control":"upload"},
            {"reference":"/data/c","name":"c","value":"2","control":"calculate"}]"#;
        assert_eq!(answers_to_prefill(answers), [("/data/a".to_owned(), "1".to_owned())]);
    }
}
