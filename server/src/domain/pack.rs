//! Publishing packs, and the pack that is in force.
//!
//! One transaction brings in everything of a pack: new versions of its forms, its lists, its tables. The server works by
//! what is in force; another process that serves the same database takes a new pack up within a minute.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use wasm_forms::{Diagnostic, Place};

use super::account::Account;
use super::audit;
use super::calendar;
use super::due::{Due, Period};
use super::form::{self, FormError};
use super::limit::Limits;
use super::list::{self, Properties};
use super::pack_version;
use super::task_type::TaskTypes;
use crate::App;
use crate::blob::BlobError;
use crate::blob::hashes::sha256_hex;
use crate::pack::{self, Files, Known, Pack, Tables, is_sound};
use crate::store::db::{DbError, Tx};
use crate::store::{accounts, entities, forms, packs};

pub use crate::store::packs::PackRow;

/// Name in the log of what the program publishes by itself.
pub(super) const PROGRAM: &str = "Doorstep";

/// The pack that the server works by.
#[derive(Debug, Default)]
pub struct InForce(RwLock<(String, Arc<TaskTypes>)>);

impl InForce {
    /// Returns its task types; a request that has them keeps them, whatever is published meanwhile.
    #[must_use]
    pub fn task_types(&self) -> Arc<TaskTypes> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// Returns the pack's id and its task types.
    #[must_use]
    pub fn in_force(&self) -> (String, Arc<TaskTypes>) {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn id(&self) -> String {
        self.0.read().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn put(&self, id: String, types: TaskTypes) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = (id, Arc::new(types));
    }
}

/// Why a pack is not published.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It has errors; warnings are among them.
    #[error("refused with {} diagnostics", .0.len())]
    Refused(Vec<Diagnostic>),
    /// No such pack.
    #[error("unknown pack")]
    Unknown,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl From<FormError> for PackError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Refused(diagnostics) => PackError::Refused(diagnostics),
            FormError::VersionTaken(problem) => PackError::Refused(vec![*problem]),
            FormError::Db(error) => PackError::Db(error),
            FormError::Blob(error) => PackError::Blob(error),
            FormError::UnknownForm | FormError::UnknownVersion => {
                PackError::Db(DbError::Other(error.to_string()))
            }
        }
    }
}

/// A pack that was read on this server, with nothing wrong that keeps it from being published.
#[derive(Debug)]
pub struct Checked {
    /// The pack.
    pub pack: Pack,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// Who publishes: account id and name; no id for the program itself.
pub type By = (String, String);

async fn read(app: &App, files: Files) -> Result<(Pack, Vec<Diagnostic>), PackError> {
    let known = app.db.read(|tx| known(tx)).await?;
    let read = tokio::task::spawn_blocking(move || Pack::read(&files, &known));
    Ok(read.await.map_err(|error| DbError::Other(error.to_string()))?)
}

/// Reads a pack and checks it as a whole, together with what this server has.
pub async fn check(app: &App, files: Files) -> Result<Checked, PackError> {
    let (pack, mut diagnostics) = read(app, files).await?;
    if !pack.tasks.is_empty() {
        let today = app.today();
        diagnostics.extend(beyond_the_calendar(&pack, today));
        let (forms, day) = (pack.forms.clone(), form::day(app));
        let (roles, tasks) = (pack.roles.clone(), pack.tasks.clone());
        let more = app
            .db
            .read(move |tx| {
                let mut found = taken_versions(tx, &forms, &day)?;
                found.extend(roles_without_people(tx, &roles, &tasks)?);
                found.extend(left_behind(tx, &tasks)?);
                Ok::<_, DbError>(found)
            })
            .await?;
        diagnostics.extend(more);
    }
    if is_sound(&diagnostics) {
        Ok(Checked { pack, diagnostics })
    } else {
        Err(PackError::Refused(diagnostics))
    }
}

/// Publishes a checked pack and works by it from now on; returns its id. The same pack again changes nothing.
pub async fn publish(app: &App, checked: Checked, by: By) -> Result<String, PackError> {
    let (now, mut pack) = (app.clock.now_ms(), checked.pack);
    let mut publications = Vec::new();
    for it in std::mem::take(&mut pack.forms) {
        publications.push((it.file, form::prepare(app, it.conversion, &by).await?));
    }
    let id = app.db.write(move |tx| put(tx, &pack, publications, &by, now)).await?;
    take_up(app).await?;
    Ok(id)
}

/// Publishes the pack that the program carries, where none was ever published. Forms that are there already stay as they
/// are: a community that wrote its own keeps them.
pub async fn install(app: &App) -> Result<(), PackError> {
    let is_there = app.db.read(|tx| Ok::<_, DbError>(packs::current(tx)?.is_some())).await?;
    if is_there {
        return Ok(());
    }
    let (mut pack, diagnostics) = read(app, pack::community()).await?;
    if !is_sound(&diagnostics) {
        return Err(PackError::Refused(diagnostics));
    }
    let there = app.db.read(|tx| forms::current(tx)).await?;
    pack.forms.retain(|it| !there.iter().any(|row| row.form_id == it.conversion.form_id));
    match publish(app, Checked { pack, diagnostics }, (String::new(), PROGRAM.to_owned())).await {
        // Another process that serves the same database was first.
        Err(PackError::Db(DbError::Unique(_))) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Works by the current pack, if another one is in force here.
pub async fn take_up(app: &App) -> Result<(), DbError> {
    let ours = app.pack.id();
    let found = app
        .db
        .read(move |tx| {
            let Some(current) = packs::current(tx)?.filter(|it| it.id != ours) else { return Ok(None) };
            let document = packs::document(tx, &current.id)?.unwrap_or_default();
            let lists = entities::lists(tx)?.into_iter().map(|(name, _)| name).collect();
            Ok::<_, DbError>(Some((current.id, document, lists)))
        })
        .await?;
    if let Some((id, document, lists)) = found {
        let tables = Tables::from_document(&document)
            .ok_or_else(|| DbError::Other(format!("the tables of pack {id} cannot be read")))?;
        // They were checked when they were published.
        app.pack.put(id, Pack::from_tables(tables, &mut Vec::new()).task_types(lists));
    }
    Ok(())
}

/// Returns `tasks.xlsx` as it was last published, and records who took it.
pub async fn workbook(app: &App, by: &Account) -> Result<Vec<u8>, DbError> {
    let (row, pack, _) = current(app).await?;
    audit::note(app, &by.id, "download pack", &row.id, "").await?;
    pack::xlsx(&pack.tables).map_err(|error| DbError::Other(error.to_string()))
}

/// Returns the pack in force as its tables tell it, and what there is to warn of today.
pub async fn current(app: &App) -> Result<(PackRow, Pack, Vec<Diagnostic>), DbError> {
    let today = app.today();
    app.db
        .read(move |tx| {
            let missing = || DbError::Other("no pack is in force".to_owned());
            let row = packs::current(tx)?.ok_or_else(missing)?;
            let document = packs::document(tx, &row.id)?.unwrap_or_default();
            let tables = Tables::from_document(&document).ok_or_else(missing)?;
            let pack = Pack::from_tables(tables, &mut Vec::new());
            let mut warnings = beyond_the_calendar(&pack, today);
            warnings.extend(roles_without_people(tx, &pack.roles, &pack.tasks)?);
            Ok((row, pack, warnings))
        })
        .await
}

/// Returns every pack that was published, newest first.
pub async fn all(app: &App) -> Result<Vec<PackRow>, DbError> {
    app.db.read(|tx| packs::all(tx)).await
}

/// Returns what packs may name on this server besides their own.
pub(super) fn known(tx: &mut dyn Tx) -> Result<Known, DbError> {
    let mut known = Known::default();
    for row in forms::current(tx)? {
        let xform = forms::xform(tx, &row.form_id, &row.version)?.unwrap_or_default();
        known.forms.insert(row.form_id, pack::outline(&xform));
    }
    if let Some(current) = packs::current(tx)? {
        let document = packs::document(tx, &current.id)?.unwrap_or_default();
        known.texts = Tables::from_document(&document).map(|it| it.texts).unwrap_or_default();
    }
    for (name, columns) in entities::lists(tx)? {
        known.lists.insert(name, columns.split_whitespace().map(str::to_owned).collect());
    }
    Ok(known)
}

fn put(
    tx: &mut dyn Tx,
    pack: &Pack,
    forms: Vec<(String, form::Publication)>,
    by: &By,
    now: i64,
) -> Result<String, PackError> {
    let mut refused = Vec::new();
    let versions = pack_version::current_forms(tx)?;
    for (file, publication) in forms {
        match form::put(tx, publication) {
            Ok(()) => {}
            // Somebody published this version since the pack was checked.
            Err(FormError::VersionTaken(problem)) => refused.push(pack::moved(*problem, &file)),
            Err(error) => return Err(error.into()),
        }
    }
    if !refused.is_empty() {
        return Err(PackError::Refused(refused));
    }
    for list in &pack.lists {
        put_list(tx, list, now)?;
    }
    let document = pack.tables.to_document();
    let sha256 = sha256_hex(document.as_bytes());
    if let Some(current) = packs::current(tx)?.filter(|it| it.sha256 == sha256) {
        return Ok(current.id);
    }
    let row =
        PackRow { id: crate::new_id(), sha256, published_at: now, by_name: by.1.clone(), is_current: true };
    packs::retire(tx, &versions)?;
    packs::insert(tx, &row, &document)?;
    packs::insert_event(tx, &pack_version::event(&row.id, "published", (&by.1, now), ""))?;
    audit::record_as(tx, now, &by.0, "publish pack", &row.id, &row.sha256)?;
    Ok(row.id)
}

/// Adds the columns that a list does not have yet, and its rows where it has none.
fn put_list(tx: &mut dyn Tx, list: &pack::RegisterList, now: i64) -> Result<(), DbError> {
    let there = entities::revision(tx, &list.name)?.map(|(columns, _)| columns);
    let mut columns: Vec<&str> = there.iter().flat_map(|it| it.split_whitespace()).collect();
    let n_before = columns.len();
    columns.extend(
        list.columns
            .iter()
            .map(String::as_str)
            .filter(|it| !there.iter().any(|known| known.split_whitespace().any(|known| known == *it))),
    );
    if there.is_none() || columns.len() > n_before {
        entities::set_columns(tx, &list.name, &columns.join(" "))?;
    }
    if list.rows.is_empty() || entities::has_rows(tx, &list.name)? {
        return Ok(());
    }
    for cells in list.rows.iter().filter(|row| row.iter().any(|it| !it.is_empty())) {
        let mut properties: Properties = list.columns.iter().cloned().zip(cells.iter().cloned()).collect();
        properties.remove("__version");
        let id = properties.remove("name").unwrap_or_default();
        let label = properties.remove("label").unwrap_or_default();
        let grid = list::grid_of_subject(tx, &properties)?;
        let row = list::row(&list.name, &id, &label, 1, &properties, &grid, now);
        entities::put(tx, &row, PROGRAM, "")?;
    }
    entities::count_revision(tx, &list.name)
}

/// Versions that were published before with other content.
fn taken_versions(tx: &mut dyn Tx, forms: &[pack::PackForm], day: &str) -> Result<Vec<Diagnostic>, DbError> {
    let mut found = Vec::new();
    for it in forms {
        found.extend(form::taken(tx, &it.conversion, day)?.map(|problem| pack::moved(problem, &it.file)));
    }
    Ok(found)
}

/// Roles with work to do that nobody who can sign in holds. A server without accounts is only being set up.
fn roles_without_people(
    tx: &mut dyn Tx,
    roles: &[pack::Role],
    tasks: &[pack::Task],
) -> Result<Vec<Diagnostic>, DbError> {
    let accounts: Vec<_> = accounts::all(tx)?.into_iter().filter(|it| it.active).collect();
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let used: BTreeSet<&str> = tasks.iter().flat_map(|it| &it.who).map(String::as_str).collect();
    let is_held =
        |role: &pack::Role| role.accounts.iter().any(|it| accounts.iter().any(|row| row.role == it.as_str()));
    let needed = roles.iter().filter(|it| used.contains(it.name.as_str()) && !it.accounts.is_empty());
    let empty = needed.filter(|it| !is_held(it));
    Ok(empty.map(|it| it.row.warning("pack.role_without_people", "role")).collect())
}

/// Unfinished tasks whose type the pack does not have: they sleep until a pack has it again.
pub(super) fn left_behind(tx: &mut dyn Tx, tasks: &[pack::Task]) -> Result<Vec<Diagnostic>, DbError> {
    let place = || Place::Cell { sheet: "tasks".to_owned(), row: 0, column: String::new() };
    let counts = crate::store::tasks::count_by_type(tx)?.into_iter();
    let gone = counts.filter(|(id, _)| !tasks.iter().any(|it| it.id == *id));
    let problem = |(id, n): (String, i64)| {
        Diagnostic::warning("pack.left_behind", place()).with("task", id).with("n", n.to_string())
    };
    Ok(gone.map(problem).collect())
}

/// Limits in working days that would end where the holidays are not known any more.
fn beyond_the_calendar(pack: &Pack, today: jiff::civil::Date) -> Vec<Diagnostic> {
    let working = |due: &Option<Due>| match due {
        Some(Due::After(Period::WorkingDays(days), _)) => Some(*days),
        _ => None,
    };
    let limits = |limits: &Limits| {
        let days =
            limits.iter().filter_map(|it| if let Period::WorkingDays(it) = it { Some(it) } else { None });
        days.max()
    };
    let tasks = pack.tasks.iter().flat_map(|it| [working(&it.due), limits(&it.limits)]);
    let outcomes = pack.outcomes.iter().flat_map(|it| [working(&it.due), limits(&it.limits)]);
    let Some(longest) = tasks.chain(outcomes).flatten().max() else { return Vec::new() };
    let place = Place::Cell { sheet: "calendar".to_owned(), row: 0, column: String::new() };
    let last = pack.calendar.plus_working_days(today, longest);
    match pack.calendar.covered_until() {
        None => vec![Diagnostic::warning("pack.no_calendar", place)],
        Some(until) if until < last => {
            let problem = Diagnostic::warning("pack.calendar_ends", place);
            vec![problem.with("until", calendar::text(until)).with("day", calendar::text(last))]
        }
        Some(_) => Vec::new(),
    }
}
