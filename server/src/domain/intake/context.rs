//! What the database knows around a submission, and whether its sender may send it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wasm_forms::{Lists, Meta};

use super::IntakeError;
use super::flags::flag;
use crate::App;
use crate::domain::account::Account;
use crate::domain::form::{self, Published};
use crate::domain::list::{self, Seen};
use crate::store::db::{DbError, Tx};
use crate::store::submissions::{self, FlagRow, SubmissionRow};
use crate::store::tasks::{self, TaskRow};
use crate::store::{entities, inbox};

/// Most words of a submission that are looked up as keys.
const MAX_KEYS: usize = 5_000;

/// A submission as it asks for what is around it.
pub(super) struct Asking<'a> {
    pub(super) meta: &'a Meta,
    pub(super) document: &'a roxmltree::Document<'a>,
    /// The task it came with; may be empty.
    pub(super) task_id: &'a str,
}

/// What the database knows around a submission.
pub(super) struct Context {
    pub(super) published: Arc<Published>,
    pub(super) task: Option<TaskRow>,
    /// List and id of whom it is about; the id may be unknown to the list.
    pub(super) subject: (String, String),
    pub(super) row: Option<entities::EntityRow>,
    pub(super) deprecated: Option<SubmissionRow>,
    pub(super) flags: Vec<FlagRow>,
    /// Whether its sender may send it.
    pub(super) is_allowed: bool,
}

pub(super) fn around(
    tx: &mut dyn Tx,
    app: &App,
    by: &Account,
    asking: &Asking<'_>,
) -> Result<Context, IntakeError> {
    let Asking { meta, document, task_id } = *asking;
    let published = app.forms.get(tx, &meta.form_id, &meta.version)?;
    let mut flags = Vec::new();
    let answered = |path: Option<&str>| path.and_then(|path| value_at(document, path)).unwrap_or_default();
    let task_id = if task_id.is_empty() { answered(published.path("task_id")) } else { task_id.to_owned() };
    let named = tasks::get(tx, &task_id)?;
    if named.is_none() && !task_id.is_empty() {
        flags.push(flag("task.unknown"));
    }
    // A task is done with its own form and no other. One that sleeps was handed out under another pack.
    let task_types = app.task_types();
    let is_its_form =
        |it: &TaskRow| task_types.get(&it.task_type).is_none_or(|task_type| task_type.form == meta.form_id);
    let sleeps = named.as_ref().is_some_and(|it| task_types.get(&it.task_type).is_none());
    let may_fill = sleeps || form::may_fill(app, by.role, &meta.form_id);
    let task = named.clone().filter(is_its_form);
    if named.is_some() && task.is_none() {
        flags.push(flag("task.other_form"));
    }
    let list = match &task {
        Some(task) => task.list.clone(),
        None => {
            let begun = task_types.begun_at_the_door(&meta.form_id, by.role);
            let kind = begun.or_else(|| task_types.of_form(&meta.form_id).next());
            kind.map_or(String::new(), |it| it.subject.clone())
        }
    };
    let answer = answered(published.subject_path(&list));
    if task.as_ref().is_some_and(|task| !answer.is_empty() && task.subject != answer) {
        flags.push(flag("task.other_subject"));
    }
    let id = match &task {
        Some(task) if answer.is_empty() => task.subject.clone(),
        _ => answer,
    };
    let row = entities::get(tx, &list, &id)?;
    let assigned = task.as_ref().is_some_and(|it| by.covers(&it.grid) && it.subject == id);
    let theirs = row.as_ref().is_none_or(|it| by.covers(&it.grid));
    let is_their_work = assigned
        || theirs && task.as_ref().is_none_or(|it| by.covers(&it.grid))
        || was_theirs(tx, by, row.as_ref())?;
    if is_their_work && !theirs {
        flags.push(flag("task.moved_grid"));
    }
    let (waiting, deprecated) = match meta.deprecated_id.as_str() {
        "" => (None, None),
        // It may have been sent a moment ago; the inbox first, because visits go from there to the others.
        id => (inbox::by_instance(tx, id)?, submissions::by_instance(tx, id)?),
    };
    let waiting = waiting.map(|it| (it.account_id, it.task_id));
    let owner = waiting.or_else(|| deprecated.as_ref().map(|it| (it.account_id.clone(), it.task_id.clone())));
    let edits_others = owner.is_some_and(|(account_id, of)| account_id != by.id && of != task_id);
    let is_allowed = may_fill && is_their_work && !edits_others;
    Ok(Context { published, task, subject: (list, id), row, deprecated, flags, is_allowed })
}

/// Returns the rows of lists that the form asks for, as the phone saw them.
pub(super) fn lists(
    tx: &mut dyn Tx,
    app: &App,
    published: &Published,
    document: &roxmltree::Document<'_>,
) -> Result<Lists, DbError> {
    let seen = seen(document);
    let mut lists = Lists::new();
    for (instance_id, _) in published.form.lists() {
        let table = if published.form.reads_by_key(instance_id) {
            list::rows_of(tx, instance_id, &values(document), &seen)?
        } else {
            list::table(tx, &app.lists, instance_id, &seen)?
        };
        lists.insert(instance_id.to_owned(), table);
    }
    Ok(lists)
}
/// Whether a row belonged to one of the account's grids in any of its versions: who moved since the visit was assigned,
/// or since the phone last asked, was still theirs then.
fn was_theirs(tx: &mut dyn Tx, by: &Account, row: Option<&entities::EntityRow>) -> Result<bool, DbError> {
    let Some(row) = row else { return Ok(false) };
    let versions = entities::history(tx, &row.list, &row.id)?;
    Ok(versions.iter().filter_map(|it| list::properties(&it.data).remove("grid")).any(|it| by.covers(&it)))
}

/// Returns the text at an absolute path without positions, in the first node that it fits.
fn value_at(document: &roxmltree::Document, path: &str) -> Option<String> {
    let mut steps = path.split('/').filter(|it| !it.is_empty());
    let mut node = document.root_element();
    if steps.next()? != node.tag_name().name() {
        return None;
    }
    for step in steps {
        node = node.children().find(|it| it.is_element() && it.tag_name().name() == step)?;
    }
    Some(node.text().unwrap_or_default().trim().to_owned())
}

/// Returns the rows that the phone says it saw, by the versions in `meta/entity`.
fn seen(document: &roxmltree::Document) -> Vec<Seen> {
    let mut seen = BTreeMap::new();
    for node in document.descendants().filter(|it| it.tag_name().name() == "entity") {
        if let (Some(list), Some(id), Some(version)) = (
            node.attribute("dataset"),
            node.attribute("id"),
            node.attribute("baseVersion").and_then(|it| it.parse().ok()),
        ) {
            seen.insert((list.to_owned(), id.to_owned()), version);
        }
    }
    seen.into_iter().map(|((list, id), version)| Seen { list, id, version }).collect()
}

/// Returns the ids of the rows that a document makes.
pub(super) fn rows_made(xml: &str) -> Vec<String> {
    let Ok(document) = roxmltree::Document::parse(xml) else { return Vec::new() };
    let entities = document.descendants().filter(|it| it.tag_name().name() == "entity");
    let made = entities.filter(|it| it.attribute("create").is_some());
    made.filter_map(|it| it.attribute("id")).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// Returns everything in a document that may be a row's key: each word of each answer.
fn values(document: &roxmltree::Document) -> BTreeSet<String> {
    const LONGEST_KEY: usize = 100;
    let leaves = document.descendants().filter(|it| it.is_element() && it.first_element_child().is_none());
    let words = leaves.filter_map(|it| it.text()).flat_map(str::split_whitespace);
    words.filter(|it| it.len() <= LONGEST_KEY).map(str::to_owned).take(MAX_KEYS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_paths_and_seen_versions() {
        let xml = r#"<data id="f"><pick><resident> r1 </resident></pick><u><meta>
            <entity dataset="residents" id="r1" baseVersion="3" update="true"/>
            <entity dataset="follow_ups" id="x" create="true"/></meta></u></data>"#;
        let document = roxmltree::Document::parse(xml).expect("xml");
        assert_eq!(value_at(&document, "/data/pick/resident").as_deref(), Some("r1"));
        assert_eq!(value_at(&document, "/data/nothing"), None);
        let expected = Seen { list: "residents".to_owned(), id: "r1".to_owned(), version: 3 };
        assert_eq!(seen(&document), [expected]);
        assert_eq!(rows_made(xml), ["x"]);
    }
}
