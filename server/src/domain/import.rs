//! Register imports: an uploaded file is read in the background, previewed, and applied by a person's decision.
//!
//! States: `reading` → `previewed` → `applying` → `applied`; a file that is no register ends in `failed`. The preview
//! holds what every good row would change; applying works them off in one transaction, so that an import is either
//! wholly in the register or not at all.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use wasm_forms::Diagnostic;

use super::account::Account;
use super::audit;
use super::list::{self, Properties};
use super::schedule::{Now, Planner};
use crate::App;
use crate::blob::BlobError;
use crate::register::{self, ChangeKind, Known, Preview};
use crate::store::db::{DbError, Tx};
use crate::store::entities::{self, EntityRow};
use crate::store::{accounts, imports, jobs, tasks};

pub use crate::store::imports::ImportRow;

/// Job that reads a file.
pub const PREVIEW_JOB: &str = "preview import";
/// Job that applies one.
pub const APPLY_JOB: &str = "apply import";
/// Changes that a preview shows.
const SHOWN_CHANGES: usize = 100;
/// Problems that a preview shows.
const SHOWN_PROBLEMS: usize = 500;

/// How far an import is and what it would do; stored and sent as JSON.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Report {
    /// Residents to add.
    pub new: usize,
    /// Residents to change.
    pub changed: usize,
    /// Rows that say what the register says.
    pub unchanged: usize,
    /// Rows left out.
    pub bad: usize,
    /// All problems.
    pub n_problems: usize,
    /// The first of them, as [`Diagnostic`] serialises.
    pub problems: Vec<serde_json::Value>,
    /// The first changes.
    pub changes: Vec<Change>,
}

/// One resident that the import would add or change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    /// Resident's id.
    pub id: String,
    /// Name and address.
    pub label: String,
    /// `new` or `changed`.
    pub kind: String,
    /// What would differ.
    pub fields: Vec<FieldChange>,
}

/// One field before and after.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FieldChange {
    /// Property.
    pub name: String,
    /// Now.
    pub before: String,
    /// After the import.
    pub after: String,
}

/// Why an import can't go on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No such import.
    #[error("not found")]
    NotFound,
    /// Only residents can be imported.
    #[error("unknown list")]
    UnknownList,
    /// It is still being read, was applied, or failed.
    #[error("not ready")]
    NotReady,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// How far the imports at work in this process are: rows done, rows in all. Other processes tell of them when they
/// are done.
#[derive(Debug, Default)]
pub struct Progress(Mutex<HashMap<String, (i64, i64)>>);

impl Progress {
    fn tell(&self, id: &str, done: u32, total: u32) {
        self.lock().insert(id.to_owned(), (done.into(), total.into()));
    }

    fn of(&self, id: &str) -> Option<(i64, i64)> {
        self.lock().get(id).copied()
    }

    fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (i64, i64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores an uploaded file and begins to read it; returns the import's id.
pub async fn begin(
    app: &Arc<App>,
    by: &Account,
    list: String,
    file_name: String,
    bytes: Bytes,
) -> Result<String, ImportError> {
    if list != "residents" {
        return Err(ImportError::UnknownList);
    }
    let sha256 = app.blobs.put(bytes.clone()).await?;
    let row = ImportRow {
        id: crate::new_id(),
        list,
        file_name,
        sha256: sha256.clone(),
        state: "reading".to_owned(),
        account_id: by.id.clone(),
        progress: (0, 0),
        report: "{}".to_owned(),
    };
    let (id, by, now) = (row.id.clone(), by.clone(), app.clock.now_ms());
    app.db
        .write(move |tx| {
            imports::insert(tx, &row, now)?;
            jobs::add(tx, &crate::new_id(), PREVIEW_JOB, &row.id, now)?;
            audit::record(tx, now, &by, "begin import", &row.id, &row.sha256)
        })
        .await?;
    app.blobs.put_missing(&sha256, &bytes).await?;
    app.job_added.notify_one();
    Ok(id)
}

/// Returns an import as it stands.
pub async fn read(app: &App, id: String) -> Result<(ImportRow, Report), ImportError> {
    let at_work = app.import_progress.of(&id);
    let mut row = app.db.read(move |tx| imports::get(tx, &id)).await?.ok_or(ImportError::NotFound)?;
    if let Some(progress) = at_work.filter(|_| matches!(row.state.as_str(), "reading" | "applying")) {
        row.progress = progress;
    }
    let report = serde_json::from_str(&row.report).unwrap_or_default();
    Ok((row, report))
}

/// Begins to apply a previewed import. What the register has now is compared again, so a row that changed since the
/// preview is judged as it stands.
pub async fn apply(app: &Arc<App>, by: &Account, id: String) -> Result<(), ImportError> {
    let (by, now) = (by.clone(), app.clock.now_ms());
    app.db
        .write(move |tx| {
            let row = imports::get(tx, &id)?.ok_or(ImportError::NotFound)?;
            if !imports::change_state(tx, &id, "previewed", "applying")? {
                return Err(ImportError::NotReady);
            }
            jobs::add(tx, &crate::new_id(), APPLY_JOB, &id, now)?;
            Ok(audit::record(tx, now, &by, "apply import", &id, &row.sha256)?)
        })
        .await?;
    app.job_added.notify_one();
    Ok(())
}

/// Discards an import that is not being applied.
pub async fn discard(app: &App, by: &Account, id: String) -> Result<(), ImportError> {
    let (by, now) = (by.clone(), app.clock.now_ms());
    app.db
        .write(move |tx| {
            if !imports::delete(tx, &id)? {
                return Err(ImportError::NotFound);
            }
            Ok(audit::record(tx, now, &by, "discard import", &id, "")?)
        })
        .await
}

/// Reads the file of an import and writes what it would change; does nothing where that was done before.
pub async fn preview(app: &Arc<App>, id: String) -> Result<(), ImportError> {
    let (row, _) = read(app, id.clone()).await?;
    if row.state != "reading" {
        return Ok(());
    }
    let bytes = app.blobs.get(&row.sha256).await?;
    let compared = compare(app, id.clone(), bytes).await;
    app.import_progress.forget(&id);
    let (state, report) = match compared? {
        Ok((_, report)) => ("previewed", report),
        Err(diagnostic) => ("failed", failure(&diagnostic)),
    };
    let total = (report.new + report.changed + report.unchanged + report.bad) as i64;
    let text = serde_json::to_string(&report).unwrap_or_else(|_| "{}".to_owned());
    app.db
        .write(move |tx| {
            imports::set_report(tx, &id, &text, total, total)?;
            imports::change_state(tx, &id, "reading", state)?;
            Ok(())
        })
        .await
}

/// Reads a file and compares it with the register, off the async threads; the inner error is a file that is none.
async fn compare(
    app: &Arc<App>,
    id: String,
    bytes: Bytes,
) -> Result<Result<(Preview, Report), Diagnostic>, DbError> {
    let (rows, grids) = app
        .db
        .read(|tx| {
            Ok::<_, DbError>((
                entities::all(tx, "residents")?,
                entities::labels_of_kind(tx, "places", "grid")?,
            ))
        })
        .await?;
    let app = Arc::clone(app);
    let compared = tokio::task::spawn_blocking(move || {
        let mut progress = |done, total| app.import_progress.tell(&id, done, total);
        let file = register::read(&bytes, &mut progress).map_err(|error| error.diagnostic())?;
        let existing: HashMap<String, Properties> =
            rows.into_iter().map(|row: EntityRow| (row.id, list::properties(&row.data))).collect();
        let by_number: HashMap<&str, &str> = existing
            .iter()
            .filter_map(|(id, it)| {
                Some((it.get("id_number").filter(|it| !it.is_empty())?.as_str(), id.as_str()))
            })
            .collect();
        let grids: BTreeMap<String, String> = grids.into_iter().collect();
        let mut known = Known {
            grids: &grids,
            key_of_id_number: &|number| by_number.get(number).map(|id| (*id).to_owned()),
            new_key: &mut crate::new_id,
        };
        let checked = register::check(file, &mut known);
        let preview = register::diff(&|key| existing.get(key).cloned(), &checked);
        let report = report(&preview, &checked);
        Ok((preview, report))
    });
    compared.await.map_err(|error| DbError::Other(error.to_string()))
}

/// Applies an import wholly, in one transaction with its state; does nothing where that was done before.
pub async fn carry_out(app: &Arc<App>, id: String) -> Result<(), ImportError> {
    let (row, _) = read(app, id.clone()).await?;
    if row.state != "applying" {
        return Ok(());
    }
    let by = row.account_id.clone();
    let bytes = app.blobs.get(&row.sha256).await?;
    let Ok((preview, _)) = compare(app, id.clone(), bytes).await? else { return Err(ImportError::NotReady) };
    let (planned_at, app_) = (Now::of(app), Arc::clone(app));
    app.db
        .write(move |tx| {
            if !imports::change_state(tx, &id, "applying", "applied")? {
                return Ok(());
            }
            let by = accounts::by_id(tx, &by)?.map_or(by, |it| it.name);
            let mut planner = Planner::new(tx, app_.task_types(), planned_at)?;
            for (done, change) in preview.changes.iter().enumerate() {
                app_.import_progress.tell(&id, done as u32, preview.changes.len() as u32);
                let row = apply_row(tx, change, &by, planned_at.ms)?;
                planner.rows(tx, &[row])?;
            }
            app_.import_progress.forget(&id);
            Ok(entities::count_revision(tx, "residents")?)
        })
        .await
}

/// Ends an import whose job was given up, so that a person can begin another.
pub async fn give_up(app: &App, id: String) -> Result<(), DbError> {
    app.import_progress.forget(&id);
    app.db
        .write(move |tx| {
            for state in ["reading", "applying"] {
                imports::change_state(tx, &id, state, "failed")?;
            }
            Ok(())
        })
        .await
}

fn apply_row(
    tx: &mut dyn Tx,
    change: &register::RowChange,
    by: &str,
    now: i64,
) -> Result<EntityRow, DbError> {
    let current = entities::get(tx, "residents", &change.key)?;
    let mut properties = current.as_ref().map(|row| list::properties(&row.data)).unwrap_or_default();
    for field in &change.fields {
        properties.insert(field.name.to_owned(), field.after.clone());
    }
    if let Some(number) = properties.get("id_number").cloned() {
        let last4: String = number.chars().skip(number.chars().count().saturating_sub(4)).collect();
        properties.insert("id_masked".to_owned(), list::masked(&number));
        properties.insert("id_last4".to_owned(), last4);
    }
    let version = current.map_or(1, |row| row.version + 1);
    let row = list::row("residents", &change.key, &change.label, version, &properties, "", now);
    entities::put(tx, &row, by, "")?;
    tasks::follow_subject(tx, &row.list, &row.id, &row.grid, now)?;
    Ok(row)
}

fn report(preview: &Preview, checked: &register::Checked) -> Report {
    let shown =
        |number: &str, name: &str| if name == "id_number" { list::masked(number) } else { number.to_owned() };
    let change = |it: &register::RowChange| Change {
        id: it.key.clone(),
        label: it.label.clone(),
        kind: if it.kind == ChangeKind::New { "new" } else { "changed" }.to_owned(),
        fields: it
            .fields
            .iter()
            .map(|it| FieldChange {
                name: it.name.to_owned(),
                before: shown(&it.before, it.name),
                after: shown(&it.after, it.name),
            })
            .collect(),
    };
    Report {
        new: preview.n_new,
        changed: preview.n_changed,
        unchanged: preview.n_unchanged,
        bad: preview.n_bad,
        n_problems: checked.n_problems,
        problems: checked.problems.iter().take(SHOWN_PROBLEMS).map(to_json).collect(),
        changes: preview.changes.iter().take(SHOWN_CHANGES).map(change).collect(),
    }
}

fn failure(diagnostic: &Diagnostic) -> Report {
    Report { n_problems: 1, problems: vec![to_json(diagnostic)], ..Report::default() }
}

fn to_json(diagnostic: &Diagnostic) -> serde_json::Value {
    serde_json::to_value(diagnostic).unwrap_or_default()
}
