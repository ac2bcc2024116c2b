//! The door for submissions: nothing that was accepted is ever lost, and no visit is refused because an answer breaks
//! a rule.
//!
//! Order: the document's identity; the same again (same receipt) or the same id with other content (conflict); form
//! and version; the seal; whether the sender may send it; the files; then the engine's check, whose findings become
//! flags. Files are durable before the one transaction that writes the row, and only after its commit does the sender
//! get a receipt.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use wasm_forms::evidence::seal_digest;
use wasm_forms::{Checked, Diagnostic, Env, Lists, Meta, Operation, encryption};

use super::account::Account;
use super::evidence::{self, Media, MediaError};
use super::form::{FormError, Published};
use super::list::{self, Seen};
use super::receipt::{self, Receipt};
use super::seal::{self, Seal, SealError};
use super::task::{self, Arrival};
use super::{audit, calendar};
use crate::App;
use crate::blob::{BlobError, sha256_hex};
use crate::store::db::{DbError, Tx};
use crate::store::entities;
use crate::store::jobs;
use crate::store::submissions::{self, AttachmentRow, ChangeRow, EventRow, FlagRow, SubmissionRow};
use crate::store::tasks::{self, TaskRow};

/// Most words of a submission that are looked up as keys.
const MAX_KEYS: usize = 5_000;
/// No phone stays without a network longer than this.
const LONGEST_OFFLINE_MS: i64 = 45 * 86_400_000;
/// A phone's clock may be this far ahead before it is flagged.
const CLOCK_TOLERANCE_MS: i64 = 10 * 60 * 1000;

/// What arrived, part by part.
#[derive(Debug, Default)]
pub struct Upload {
    /// The document.
    pub xml: Bytes,
    /// The seal's JSON; other clients send none.
    pub seal: Option<String>,
    /// The task it is for.
    pub task_id: String,
    /// Files by name, in the order of arrival.
    pub files: Vec<(String, Bytes)>,
}

/// What the sender gets.
#[derive(Debug)]
pub struct Accepted {
    /// The receipt.
    pub receipt: Receipt,
    /// How many flags the reviewer will see.
    pub n_findings: i64,
    /// Whether it was stored just now rather than before.
    pub is_new: bool,
}

/// Why a submission is refused.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It is no submission.
    #[error("malformed")]
    Malformed(Option<Diagnostic>),
    /// Its form or version is not known.
    #[error(transparent)]
    Form(#[from] FormError),
    /// This instance id arrived before with other content.
    #[error("conflict")]
    Conflict,
    /// The seal does not fit.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A file that an answer names did not come.
    #[error("{0} is missing")]
    Missing(String),
    /// A file that no answer names.
    #[error("{0} is extra")]
    Extra(String),
    /// A file can't be taken.
    #[error("{name}: {error}")]
    Media {
        /// File name.
        name: String,
        /// Why.
        error: MediaError,
    },
    /// Not the sender's form, task or resident.
    #[error("forbidden")]
    Forbidden,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// Takes a submission in; returns after everything is on disk.
pub async fn receive(app: &Arc<App>, by: &Account, upload: Upload) -> Result<Accepted, IntakeError> {
    let arrived = Arrived::read(upload)?;
    if let Some(before) = received_before(app, by, &arrived).await? {
        return Ok(before);
    }
    let context = context(app, by, &arrived).await?;
    let env = Env { now_ms: app.clock.now_ms(), offset_min: app.config.utc_offset_min, ..Env::default() };
    let judged = tokio::task::spawn_blocking(move || judge(arrived, context, &env)).await;
    let visit = judged.map_err(|error| DbError::Other(error.to_string()))??;
    let puts = visit.arrived.upload.files.iter().map(|(_, bytes)| app.blobs.put(bytes.clone()));
    futures_util::future::try_join_all(puts).await?;
    match store(app, by, &visit).await {
        // Somebody else stored the same instance between the first look and now.
        Err(IntakeError::Db(DbError::Unique(_))) => {
            received_before(app, by, &visit.arrived).await?.ok_or(IntakeError::Conflict)
        }
        other => other,
    }
}

/// A submission whose identity is known.
struct Arrived {
    upload: Upload,
    xml: String,
    meta: Meta,
    seal: Option<Seal>,
    /// Name and SHA-256 of each file.
    hashes: Vec<(String, String)>,
    digest: String,
}

impl Arrived {
    fn read(upload: Upload) -> Result<Arrived, IntakeError> {
        let xml = String::from_utf8(upload.xml.to_vec()).map_err(|_| IntakeError::Malformed(None))?;
        // No form writes one, and entities are how a few bytes become gigabytes.
        if xml.contains("<!DOCTYPE") || xml.contains("<!ENTITY") {
            return Err(IntakeError::Malformed(None));
        }
        let meta = Meta::read(&xml).map_err(|diagnostic| IntakeError::Malformed(Some(diagnostic)))?;
        if meta.instance_id.is_empty() {
            return Err(IntakeError::Malformed(None));
        }
        let hashes: Vec<_> =
            upload.files.iter().map(|(name, bytes)| (name.clone(), sha256_hex(bytes))).collect();
        let seal = upload.seal.as_deref().map(seal::parse).transpose()?;
        let digest = seal_digest(&xml, &hashes);
        Ok(Arrived { upload, xml, meta, seal, hashes, digest })
    }
}

async fn received_before(
    app: &App,
    by: &Account,
    arrived: &Arrived,
) -> Result<Option<Accepted>, IntakeError> {
    let instance_id = arrived.meta.instance_id.clone();
    let Some(row) = app.db.read(move |tx| submissions::by_instance(tx, &instance_id)).await? else {
        return Ok(None);
    };
    if row.content_sha256 != arrived.digest || row.account_id != by.id {
        return Err(IntakeError::Conflict);
    }
    Ok(Some(Accepted { receipt: Receipt::from(&row), n_findings: row.n_flags, is_new: false }))
}

/// What the database knows around a submission.
struct Context {
    published: Arc<Published>,
    lists: Lists,
    task: Option<TaskRow>,
    /// List and id of whom it is about; the id may be unknown to the list.
    subject: (String, String),
    row: Option<entities::EntityRow>,
    deprecated: Option<SubmissionRow>,
    flags: Vec<FlagRow>,
}

async fn context(app: &Arc<App>, by: &Account, arrived: &Arrived) -> Result<Context, IntakeError> {
    let (app, by) = (Arc::clone(app), by.clone());
    let db = app.db.clone();
    let (meta, xml) = (arrived.meta.clone(), arrived.xml.clone());
    let (task_id, seal) = (arrived.upload.task_id.clone(), arrived.seal.clone());
    let hashes = arrived.hashes.clone();
    db.read(move |tx| {
        let published = app.forms.get(tx, &meta.form_id, &meta.version)?;
        if !super::form::may_fill(&app, by.role, &meta.form_id) {
            return Err(IntakeError::Forbidden);
        }
        let mut flags = Vec::new();
        match &seal {
            Some(seal) => seal::verify(seal, &meta.instance_id, &xml, &hashes)?,
            None => flags.push(flag("seal.missing")),
        }
        let document = roxmltree::Document::parse(&xml).map_err(|_| IntakeError::Malformed(None))?;
        let answered =
            |path: Option<&str>| path.and_then(|path| value_at(&document, path)).unwrap_or_default();
        let task_id = if task_id.is_empty() { answered(published.path("task_id")) } else { task_id };
        let named = tasks::get(tx, &task_id)?;
        if named.is_none() && !task_id.is_empty() {
            flags.push(flag("task.unknown"));
        }
        // A task is done with its own form and no other.
        let task_types = app.task_types();
        let is_its_form =
            |it: &TaskRow| task_types.of_form(&meta.form_id).any(|kind| kind.id == it.task_type);
        let task = named.clone().filter(is_its_form);
        if named.is_some() && task.is_none() {
            flags.push(flag("task.other_form"));
        }
        let list = match &task {
            Some(task) => task.list.clone(),
            None => task_types.of_form(&meta.form_id).next().map_or(String::new(), |it| it.subject.clone()),
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
        let is_allowed = assigned
            || theirs && task.as_ref().is_none_or(|it| by.covers(&it.grid))
            || was_theirs(tx, &by, row.as_ref())?;
        if is_allowed && !theirs {
            flags.push(flag("task.moved_grid"));
        }
        let deprecated =
            submissions::by_instance(tx, &meta.deprecated_id)?.filter(|_| !meta.deprecated_id.is_empty());
        let edits_others =
            deprecated.as_ref().is_some_and(|it| it.account_id != by.id && it.task_id != task_id);
        if edits_others || !is_allowed {
            return Err(IntakeError::Forbidden);
        }
        let seen = seen(&document);
        let mut lists = Lists::new();
        for (instance_id, _) in published.form.lists() {
            let table = if published.form.reads_by_key(instance_id) {
                list::rows_of(tx, instance_id, &values(&document), &seen)?
            } else {
                list::table(tx, &app.lists, instance_id, &seen)?
            };
            lists.insert(instance_id.to_owned(), table);
        }
        Ok(Context { published, lists, task, subject: (list, id), row, deprecated, flags })
    })
    .await
}

/// Whether a row belonged to one of the account's grids in any of its versions: who moved since the visit was assigned,
/// or since the phone last asked, was still theirs then.
fn was_theirs(tx: &mut dyn Tx, by: &Account, row: Option<&entities::EntityRow>) -> Result<bool, DbError> {
    let Some(row) = row else { return Ok(false) };
    let versions = entities::history(tx, &row.list, &row.id)?;
    Ok(versions.iter().filter_map(|it| list::properties(&it.data).remove("grid")).any(|it| by.covers(&it)))
}

/// A submission that will be stored.
struct Visit {
    arrived: Arrived,
    context: Context,
    checked: Checked,
    media: Vec<Media>,
}

/// Checks answers and files; takes as long as it takes, so never on an async thread.
fn judge(arrived: Arrived, context: Context, env: &Env) -> Result<Visit, IntakeError> {
    let checked = wasm_forms::check(&arrived.xml, &context.published.form, &context.lists, env)
        .map_err(|diagnostic| IntakeError::Malformed(Some(diagnostic)))?;
    if let Some(missing) =
        checked.attachments.iter().find(|it| !arrived.hashes.iter().any(|(known, _)| *known == it.name))
    {
        return Err(IntakeError::Missing(missing.name.clone()));
    }
    let asked_for = |name: &str| checked.attachments.iter().find(|it| it.name == name);
    if let Some((name, _)) = arrived.hashes.iter().find(|(name, _)| asked_for(name).is_none()) {
        return Err(IntakeError::Extra(name.clone()));
    }
    let inspect = |(name, bytes): &(String, Bytes)| {
        let media_type = asked_for(name).map_or("", |it| it.media_type.as_str());
        let is_picture = media_type.starts_with("image/") || evidence::is_picture_name(name);
        let looked_at = match media_type {
            encryption::OPAQUE => evidence::opaque(bytes),
            _ => evidence::inspect(bytes, is_picture),
        };
        looked_at.map_err(|error| IntakeError::Media { name: name.clone(), error })
    };
    let media = arrived.upload.files.iter().map(inspect).collect::<Result<_, _>>()?;
    Ok(Visit { arrived, context, checked, media })
}

async fn store(app: &Arc<App>, by: &Account, visit: &Visit) -> Result<Accepted, IntakeError> {
    let now = app.clock.now_ms();
    let row = submission_row(app, by, visit, now);
    let attachments = attachment_rows(visit);
    let changes: Vec<ChangeRow> = visit.checked.entities.iter().map(change_row).collect();
    let mut flags = visit.context.flags.clone();
    flags.extend(visit.checked.findings.iter().map(|it| FlagRow {
        code: it.code.clone(),
        reference: it.reference.clone(),
        question: it.question.clone(),
        text: it.message.clone(),
        severity: severity(&it.code).to_owned(),
    }));
    flags.extend(clock_flag(&visit.checked.meta, now).map(flag));
    let (app_, by, task) = (Arc::clone(app), by.clone(), visit.context.task.clone());
    let deprecated = visit.context.deprecated.clone();
    let accepted = app
        .db
        .write(move |tx| {
            let mut row = row;
            // A visit to a returned task corrects the one that was returned, whether the client says so or not.
            let returned = task.as_ref().filter(|it| it.state == "returned");
            let corrects = match (deprecated, returned) {
                (Some(row), _) => Some(row),
                (None, Some(task)) => submissions::get(tx, &task.submission_id)?,
                (None, None) => None,
            };
            if let Some(corrected) = &corrects {
                row.deprecated_id.clone_from(&corrected.instance_id);
            }
            row.receipt_number = receipt::number(tx, &row.visited_on, &row.digest)?;
            flags.extend(conflicts(tx, &by, &changes)?);
            flags.extend(reused_photos(tx, &row, &attachments)?);
            if let Some(task) = task.map(|it| tasks::get(tx, &it.id)).transpose()?.flatten() {
                let today = calendar::parse(&row.visited_on).unwrap_or_else(|| app_.today());
                match task::arrived(tx, &app_.task_types(), &task, &row, today)? {
                    Arrival::Moved => {}
                    Arrival::AlreadyDone => flags.push(flag("task.already_done")),
                    Arrival::AttemptsUsedUp => flags.push(flag("task.attempts_used_up")),
                }
            }
            row.n_flags = flags.len() as i64;
            row.flag_codes = flag_codes(&flags);
            submissions::insert(tx, &row)?;
            submissions::insert_attachments(tx, &row.id, &attachments)?;
            submissions::insert_changes(tx, &row.id, &changes)?;
            for (position, flag) in flags.iter().enumerate() {
                submissions::add_flag(tx, &row.id, position, flag)?;
            }
            let kind = if corrects.is_some() { "resubmitted" } else { "received" };
            let event = EventRow {
                id: crate::new_id(),
                at: now,
                by_name: by.name.clone(),
                kind: kind.to_owned(),
                text: corrects.map_or_else(String::new, |it| it.reason),
            };
            submissions::add_event(tx, &row.id, &event)?;
            for it in attachments.iter().filter(|it| it.media_type.starts_with("image/")) {
                jobs::add(tx, &crate::new_id(), "thumbnail", &it.sha256, now)?;
            }
            audit::record(tx, now, &by, "receive submission", &row.id, &row.digest)?;
            Ok::<_, IntakeError>(Accepted {
                receipt: Receipt::from(&row),
                n_findings: row.n_flags,
                is_new: true,
            })
        })
        .await?;
    app.job_added.notify_one();
    Ok(accepted)
}

/// A visit's clock is off where it is ahead of ours, or further behind than any phone stays without a network.
fn clock_flag(meta: &Meta, now: i64) -> Option<&'static str> {
    let at = meta.ended_at.or(meta.started_at)?;
    if at > now + CLOCK_TOLERANCE_MS {
        Some("visit.clock_ahead")
    } else if at < now - LONGEST_OFFLINE_MS {
        Some("visit.clock_behind")
    } else {
        None
    }
}

/// Whether a clock can be used for the days that people read; else the day of arrival is.
fn is_plausible(at: i64, now: i64) -> bool {
    const YEAR_MS: i64 = 366 * 86_400_000;
    (now - 10 * YEAR_MS..now + YEAR_MS).contains(&at)
}

fn submission_row(app: &App, by: &Account, visit: &Visit, now: i64) -> SubmissionRow {
    let (meta, context) = (&visit.checked.meta, &visit.context);
    let visited_at = meta.ended_at.or(meta.started_at).filter(|it| is_plausible(*it, now)).unwrap_or(now);
    let offset_min = meta.offset_min.unwrap_or(app.config.utc_offset_min);
    let (list, subject) = context.subject.clone();
    let label = match (&context.row, &context.task) {
        (Some(row), _) => {
            list::properties(&row.data).remove("full_name").unwrap_or_else(|| row.label.clone())
        }
        (None, Some(task)) => task.label.clone(),
        (None, None) => meta.instance_name.clone(),
    };
    let grid = context
        .row
        .as_ref()
        .map(|it| it.grid.clone())
        .or_else(|| context.task.as_ref().map(|it| it.grid.clone()));
    let own_grid = if by.grids.len() == 1 { by.grids[0].clone() } else { String::new() };
    let outcome = visit.checked.answers.iter().find(|it| it.name == "outcome").map(|it| it.value.clone());
    SubmissionRow {
        id: crate::new_id(),
        instance_id: meta.instance_id.clone(),
        content_sha256: visit.arrived.digest.clone(),
        form_id: meta.form_id.clone(),
        form_version: meta.version.clone(),
        instance_name: meta.instance_name.clone(),
        label,
        account_id: by.id.clone(),
        account_name: by.name.clone(),
        task_id: context.task.as_ref().map_or(String::new(), |it| it.id.clone()),
        list,
        subject,
        grid: grid.unwrap_or(own_grid),
        outcome: outcome.unwrap_or_default(),
        review_state: if context.deprecated.is_some() { "edited" } else { "received" }.to_owned(),
        deprecated_id: meta.deprecated_id.clone(),
        digest: visit.arrived.digest.clone(),
        seal: visit.arrived.upload.seal.clone().unwrap_or_default(),
        xml: visit.arrived.xml.clone(),
        answers: serde_json::to_string(&visit.checked.answers).unwrap_or_else(|_| "[]".to_owned()),
        n_photos: attachment_rows(visit).iter().filter(|it| it.kind == "photo").count() as i64,
        n_attachments: visit.arrived.hashes.len() as i64,
        visited_at,
        visited_on: calendar::text(calendar::day_at(visited_at, offset_min)),
        started_at: meta.started_at,
        ended_at: meta.ended_at,
        offset_min: i64::from(offset_min),
        received_at: now,
        ..SubmissionRow::default()
    }
}

fn attachment_rows(visit: &Visit) -> Vec<AttachmentRow> {
    let files = visit.arrived.upload.files.iter().zip(&visit.arrived.hashes).zip(&visit.media);
    files
        .map(|(((name, bytes), (_, sha256)), media)| {
            let answer = visit.checked.answers.iter().find(|it| it.control == "upload" && it.value == *name);
            let is_signature = answer.is_some_and(|it| it.appearance.iter().any(|word| word == "signature"));
            let kind = match (is_signature, media.width) {
                (true, _) => "signature",
                (false, 0) => "other",
                (false, _) => "photo",
            };
            AttachmentRow {
                name: name.clone(),
                sha256: sha256.clone(),
                media_type: media.media_type.to_owned(),
                size_bytes: bytes.len() as i64,
                width: media.width.into(),
                height: media.height.into(),
                kind: kind.to_owned(),
                question: answer.map_or(String::new(), |it| it.label.clone()),
            }
        })
        .collect()
}

fn change_row(change: &wasm_forms::EntityChange) -> ChangeRow {
    let operation = match change.operation {
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Upsert => "upsert",
    };
    ChangeRow {
        list: change.list.clone(),
        id: change.id.clone(),
        operation: operation.to_owned(),
        base_version: change.base_version,
        label: change.label.clone(),
        properties: list::data(&change.properties),
    }
}

/// Flags changes whose row has moved on since the phone saw it.
/// Flags changes that meet another row than the visit saw: a newer one, none, one of somebody else's grid, or one where
/// a new one was to be made.
fn conflicts(tx: &mut dyn Tx, by: &Account, changes: &[ChangeRow]) -> Result<Vec<FlagRow>, DbError> {
    let mut flags = Vec::new();
    for change in changes {
        let current = entities::get(tx, &change.list, &change.id)?;
        if current.as_ref().is_some_and(|row| !by.covers(&row.grid)) {
            flags.push(flag("entity.other_grid"));
        }
        let current = current.map(|row| row.version);
        match (current, change.base_version) {
            (Some(_), _) if change.operation == "create" => flags.push(flag("entity.conflict")),
            (Some(current), Some(base)) if current != base => flags.push(flag("entity.conflict")),
            (None, _) if change.operation == "update" => flags.push(flag("entity.unknown")),
            _ => {}
        }
    }
    Ok(flags)
}

/// Flags a photo that came before with somebody else's visit.
fn reused_photos(
    tx: &mut dyn Tx,
    row: &SubmissionRow,
    files: &[AttachmentRow],
) -> Result<Vec<FlagRow>, DbError> {
    let mut flags = Vec::new();
    for file in files.iter().filter(|it| it.kind == "photo") {
        if submissions::has_file_elsewhere(tx, &file.sha256, &row.list, &row.subject)? {
            flags.push(FlagRow { question: file.question.clone(), ..flag("photo.reused") });
        }
    }
    Ok(flags)
}

fn flag(code: &str) -> FlagRow {
    FlagRow {
        code: code.to_owned(),
        reference: String::new(),
        question: String::new(),
        text: String::new(),
        severity: severity(code).to_owned(),
    }
}

/// Returns how much a flag weighs for a reviewer.
#[must_use]
pub fn severity(code: &str) -> &'static str {
    match code {
        "seal.missing"
        | "entity.conflict"
        | "task.already_done"
        | "task.unknown"
        | "visit.clock_ahead"
        | "answer.irrelevant"
        | "submission.encrypted"
        | "submission.unknown_node"
        | "submission.missing_node" => "warning",
        _ => "error",
    }
}

fn flag_codes(flags: &[FlagRow]) -> String {
    let codes: std::collections::BTreeSet<&str> = flags.iter().map(|it| it.code.as_str()).collect();
    codes.into_iter().collect::<Vec<_>>().join(" ")
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
    }
}
