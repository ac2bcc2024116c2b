//! A visit as work: which task it is for, and what the pack asks of such visits beside the form's own rules.

use super::flags::flag;
use crate::blob::hashes::sha256_hex;
use crate::domain::account::Account;
use crate::domain::follow_up;
use crate::domain::limit;
use crate::domain::task::{Arrival, State, answer_values};
use crate::domain::task_type::{OutcomeState, TaskType, TaskTypes};
use crate::store::db::{DbError, Tx};
use crate::store::entities::EntityRow;
use crate::store::submissions::{FlagRow, SubmissionRow};
use crate::store::tasks::{self, TaskRow};

/// Name of the question that asks who came along.
pub const COMPANIONS: &str = "companions";

/// Returns the task of a visit that names none: the unfinished one of its kind and subject, else the one that it begins.
pub(super) fn task_of(
    tx: &mut dyn Tx,
    types: &TaskTypes,
    by: &Account,
    submission: &SubmissionRow,
    row: Option<&EntityRow>,
) -> Result<Option<TaskRow>, DbError> {
    if !submission.subject.is_empty() {
        let subject = submission.subject.as_str();
        let there = tasks::latest(tx, &submission.list, (subject, subject))?;
        let is_of_form =
            |it: &&TaskRow| types.get(&it.task_type).is_some_and(|it| it.form == submission.form_id);
        let is_theirs = |it: &&TaskRow| {
            by.covers(&it.grid) && types.get(&it.task_type).is_some_and(|kind| may_do(types, kind, it, by))
        };
        let is_work = |it: &&TaskRow| State::parse(&it.state).is_some_and(|it| State::WORK.contains(&it));
        if let Some(task) = there.iter().filter(is_of_form).filter(is_theirs).find(is_work) {
            return Ok(Some(task.clone()));
        }
    }
    let Some(task_type) = types.begun_at_the_door(&submission.form_id, by.role) else { return Ok(None) };
    // What it is about is a row of the type's list, or is made by the visit.
    let is_about = submission.subject.is_empty() || submission.list == task_type.subject;
    if !is_about {
        return Ok(None);
    }
    let task = follow_up::begun(task_type, submission, row);
    tasks::insert(tx, &task)?;
    Ok(Some(task))
}

/// Flags what the pack asks for and the visit lacks.
pub(super) fn lacking(
    types: &TaskTypes,
    task_type: &TaskType,
    task: &TaskRow,
    by: &Account,
    xml: &str,
) -> Vec<FlagRow> {
    let mut flags = Vec::new();
    if !may_do(types, task_type, task, by) {
        flags.push(flag("task.not_theirs"));
    }
    let Ok(document) = roxmltree::Document::parse(xml) else { return flags };
    let told = |name: &str| -> Vec<String> {
        let nodes = document.descendants().filter(|it| it.is_element() && it.tag_name().name() == name);
        nodes.map(|it| it.text().unwrap_or_default().trim().to_owned()).collect()
    };
    // A question that was not asked on this way through the form is not in the document.
    for group in &task_type.evidence {
        let answers: Vec<String> = group.iter().flat_map(|it| told(it)).collect();
        if !answers.is_empty() && answers.iter().all(String::is_empty) {
            flags.push(FlagRow { question: group.join(" | "), ..flag("task.evidence_missing") });
        }
    }
    let companions = told(COMPANIONS);
    let n_people = 1 + companions.iter().flat_map(|it| names(it, by)).count() as i64;
    if !companions.is_empty() && n_people < task_type.pairs {
        flags.push(flag("task.too_few_people"));
    }
    flags
}

/// Whether an account may do a task: its role does such tasks, and the register does not rule the person out.
fn may_do(types: &TaskTypes, task_type: &TaskType, task: &TaskRow, by: &Account) -> bool {
    let given: Vec<String> = task.who.split_whitespace().map(str::to_owned).collect();
    let who = if given.is_empty() { &task_type.who } else { &given };
    let is_ruled_out = !task.not_who.is_empty() && by.names().contains(&task.not_who);
    types.holds_one(by.role, who) && !is_ruled_out
}

/// Returns the names in an answer but for the person's own.
fn names<'a>(text: &'a str, by: &'a Account) -> impl Iterator<Item = &'a str> {
    let names = text.split(['、', '，', ',', ';', '；', '/', '\n', '和', '与', ' ']).map(str::trim);
    names.filter(|it| !it.is_empty() && *it != by.name && *it != "and")
}

/// Whether a visit that needs no review is one of those that are reviewed all the same: so many in a hundred, by what
/// nobody can choose.
pub(super) fn is_sampled(task_type: &TaskType, digest: &str) -> bool {
    let hash = sha256_hex(digest.as_bytes());
    u64::from_str_radix(&hash[..8], 16).is_ok_and(|it| it % 100 < task_type.sampled)
}

/// Returns until when a visit has to be decided, milliseconds UTC; 0 where the pack does not say.
pub(super) fn decide_by(types: &TaskTypes, task: &TaskRow, submission: &SubmissionRow) -> i64 {
    let Some(task_type) = types.get(&task.task_type) else { return 0 };
    let rule = task_type.rule(&submission.outcome);
    if rule.state != OutcomeState::Submitted {
        return 0;
    }
    let answers = answer_values(&submission.answers);
    let values: Vec<&str> = answers.iter().map(|(_, value)| value.as_str()).collect();
    let offset_min = i32::try_from(submission.offset_min).unwrap_or(0);
    let limit = rule.limits.of(&values);
    limit.map_or(0, |it| limit::ends_at(it, submission.received_at, offset_min, types.calendar()))
}

/// Returns what a reviewer is told of what became of the task.
pub(super) fn flag_of(arrival: &Arrival) -> Option<FlagRow> {
    match arrival {
        Arrival::ToReview | Arrival::ToComparison | Arrival::Done | Arrival::GoesOn => None,
        Arrival::AlreadyDone => Some(flag("task.already_done")),
        Arrival::AttemptsUsedUp => Some(flag("task.attempts_used_up")),
        Arrival::TypeGone => Some(flag("task.type_gone")),
    }
}
