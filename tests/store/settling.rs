//! The chapter of visits that nobody has to review and whose pictures are to be compared first.

use std::collections::BTreeMap;
use std::sync::Arc;

use doorstep::domain::schedule::Now;
use doorstep::domain::settling;
use doorstep::domain::task_type::{OutcomeState, Rule, TaskType, TaskTypes};
use doorstep::store::db::{Db, DbError, Tx};
use doorstep::store::entities::{self, EntityRow};
use doorstep::store::photos;
use doorstep::store::submissions::{self, ChangeRow, FlagRow, SubmissionRow};
use doorstep::store::tasks::{self, TaskRow};

const NOW: i64 = 1_795_226_400_000;

/// What speaks against settling a visit.
#[derive(Clone, Copy)]
enum Against {
    Nothing,
    /// Its photo is like another's.
    Likeness,
    /// The register has a newer row than it saw.
    NewerRow,
    /// A person was first.
    Decided,
    /// Another visit did the task.
    OtherVisit,
    /// The pack asks for a review by now.
    Review,
    /// The flag of a photo that says nothing grave.
    SmallMatter,
}

pub async fn tell(db: &Db) {
    check(db, "w1", Against::Nothing, ("approved", "closed", "2")).await;
    check(db, "w2", Against::Likeness, ("received", "submitted", "1")).await;
    check(db, "w3", Against::NewerRow, ("received", "submitted", "1")).await;
    check(db, "w4", Against::Decided, ("hasIssues", "submitted", "1")).await;
    check(db, "w5", Against::OtherVisit, ("received", "submitted", "1")).await;
    check(db, "w6", Against::Review, ("received", "submitted", "1")).await;
    check(db, "w7", Against::SmallMatter, ("approved", "closed", "2")).await;
    not_compared(db).await;
}

/// Has a visit wait, and then be settled: its review state, its task's, and the height of its tree in the register.
async fn check(db: &Db, id: &'static str, against: Against, expected: (&str, &str, &str)) {
    let (is_settled, again, found) = run(db, move |tx| {
        begin(tx, id)?;
        object(tx, id, against)?;
        let types = types(if matches!(against, Against::Review) {
            OutcomeState::Submitted
        } else {
            OutcomeState::Closed
        });
        let is_settled = settling::after_comparison(tx, &types, id, now())?;
        let again = settling::after_comparison(tx, &types, id, now())?;
        Ok((is_settled, again, found(tx, id)?))
    })
    .await;
    let (review, task, height) = expected;
    assert_eq!(
        (found.0.as_str(), found.1.as_str(), found.2.contains(&format!("\"{height}\""))),
        (review, task, true),
        "{id}: {found:?}"
    );
    assert_eq!((is_settled, again), (review == "approved", false), "{id}");
    let is_told =
        run(db, move |tx| Ok(submissions::events(tx, id)?.iter().any(|it| it.kind == "settled"))).await;
    assert_eq!(is_told, review == "approved", "{id}");
    let n_followed = run(db, move |tx| Ok(tasks::made_by(tx, &format!("task-{id}"))?.len())).await;
    assert_eq!(n_followed, usize::from(review == "approved"), "{id}");
}

async fn not_compared(db: &Db) {
    let flags = run(db, |tx| {
        begin(tx, "w8")?;
        settling::without_comparison(tx, "w8")?;
        settling::without_comparison(tx, "w8")?;
        assert!(
            !settling::after_comparison(tx, &types(OutcomeState::Closed), "w8", now())?,
            "it waits no longer"
        );
        submissions::flags(tx, "w8")
    })
    .await;
    assert_eq!(flags.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["photo.not_compared"]);
}

/// A tree, the task of its round, and a visit that found it taller and waits.
fn begin(tx: &mut dyn Tx, id: &str) -> Result<(), DbError> {
    let tree = EntityRow {
        list: "trees".to_owned(),
        id: format!("tree-{id}"),
        label: id.to_owned(),
        version: 1,
        data: r#"{"height":"1"}"#.to_owned(),
        ..EntityRow::default()
    };
    entities::put(tx, &tree, "Doorstep", "")?;
    tasks::insert(tx, &task(id))?;
    submissions::insert(tx, &visit(id))?;
    let change = ChangeRow {
        list: "trees".to_owned(),
        id: tree.id,
        operation: "update".to_owned(),
        base_version: Some(1),
        label: String::new(),
        properties: r#"{"height":"2"}"#.to_owned(),
    };
    submissions::insert_changes(tx, id, &[change])?;
    settling::wait(tx, id)
}

fn object(tx: &mut dyn Tx, id: &str, against: Against) -> Result<(), DbError> {
    let flag = |code: &str, severity: &str| FlagRow {
        code: code.to_owned(),
        reference: String::new(),
        question: String::new(),
        text: String::new(),
        severity: severity.to_owned(),
    };
    match against {
        Against::Nothing | Against::Review => Ok(()),
        Against::Likeness => photos::add_flags(tx, id, &[flag("photo.likeness_reused", "error")]),
        Against::SmallMatter => photos::add_flags(tx, id, &[flag("photo.metadata", "warning")]),
        Against::NewerRow => {
            let tree = entities::get(tx, "trees", &format!("tree-{id}"))?.expect("planted");
            entities::put(tx, &EntityRow { version: 2, ..tree }, "somebody", "")
        }
        Against::Decided => {
            submissions::decide(tx, id, ("received", "hasIssues"), ("督导员", NOW), "看不清").map(|_| ())
        }
        Against::OtherVisit => tasks::set_submission(tx, &format!("task-{id}"), ("w1", "2026-11-21"), NOW),
    }
}

fn found(tx: &mut dyn Tx, id: &str) -> Result<(String, String, String), DbError> {
    let visit = submissions::get(tx, id)?.expect("stored");
    let task = tasks::get(tx, &format!("task-{id}"))?.expect("stored");
    let tree = entities::get(tx, "trees", &format!("tree-{id}"))?.expect("planted");
    Ok((visit.review_state, task.state, tree.data))
}

fn types(state: OutcomeState) -> Arc<TaskTypes> {
    let rule = Rule { state, then: Some("tree.water".to_owned()), ..Rule::default() };
    let of = |id: &str, outcomes| TaskType {
        id: id.to_owned(),
        subject: "trees".to_owned(),
        outcomes,
        ..TaskType::default()
    };
    let round = of("tree.round", BTreeMap::from([("dry".to_owned(), rule)]));
    Arc::new(TaskTypes::new(
        [round, of("tree.water", BTreeMap::new())],
        Vec::new(),
        BTreeMap::new(),
        Default::default(),
    ))
}

fn now() -> Now {
    Now { today: jiff::civil::date(2026, 11, 21), ms: NOW, offset_min: 480 }
}

fn task(id: &str) -> TaskRow {
    TaskRow {
        id: format!("task-{id}"),
        task_type: "tree.round".to_owned(),
        state: "submitted".to_owned(),
        list: "trees".to_owned(),
        subject: format!("tree-{id}"),
        submission_id: id.to_owned(),
        due: "2026-11-21".to_owned(),
        opens_on: "2026-11-21".to_owned(),
        visit_no: 1,
        ..TaskRow::default()
    }
}

fn visit(id: &str) -> SubmissionRow {
    SubmissionRow {
        id: id.to_owned(),
        instance_id: format!("uuid:{id}"),
        receipt_number: format!("20261121-{id}"),
        task_id: format!("task-{id}"),
        list: "trees".to_owned(),
        subject: format!("tree-{id}"),
        outcome: "dry".to_owned(),
        review_state: "received".to_owned(),
        answers: "[]".to_owned(),
        visited_on: "2026-11-21".to_owned(),
        visited_at: NOW,
        received_at: NOW,
        ..SubmissionRow::default()
    }
}

async fn run<T: Send + 'static>(
    db: &Db,
    work: impl FnOnce(&mut dyn Tx) -> Result<T, DbError> + Send + 'static,
) -> T {
    db.write(work).await.expect("written")
}
