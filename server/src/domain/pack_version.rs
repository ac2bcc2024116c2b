//! The packs that were in force: what another one would change, and going back to an earlier one.
//!
//! A pack is what the server worked by, so with its tables come back the form versions that were current when it last
//! was. Nothing that was done goes: unfinished tasks of a type that the pack in force does not have sleep, on no phone and
//! in no schedule, and wake when a pack has the type again; a visit that arrives for one is kept and reviewed.

use std::collections::BTreeMap;

use wasm_forms::Diagnostic;

use super::account::Account;
use super::pack::{self, By, Checked, PackError, PackRow};
use super::{audit, form};
use crate::App;
use crate::pack::{Pack, RowChange, Tables, changes, is_sound, outline};
use crate::store::db::{DbError, Tx};
use crate::store::forms::{self, FormRow};
use crate::store::{packs, tasks};

pub use crate::store::packs::PackEventRow;

/// Most events that are told.
const MAX_EVENTS: i64 = 200;

/// What another pack would change.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Rows of its sheets.
    pub rows: Vec<RowChange>,
    /// Forms that would have another version.
    pub forms: Vec<FormChange>,
    /// Unfinished tasks that would sleep, by type.
    pub asleep: Vec<(String, i64)>,
    /// Unfinished tasks that would wake, by type.
    pub awake: Vec<(String, i64)>,
}

/// A form that would have another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormChange {
    /// Form id.
    pub form_id: String,
    /// Version that is current; empty where the form is new.
    pub before: String,
    /// Version that would be.
    pub after: String,
}

/// Form versions that are current by form id.
type Versions = BTreeMap<String, String>;

/// Returns every pack and who made which current, newest first.
pub async fn history(app: &App) -> Result<(Vec<PackRow>, Vec<PackEventRow>), DbError> {
    app.db.read(|tx| Ok((packs::all(tx)?, packs::events(tx, MAX_EVENTS)?))).await
}

/// Returns what a checked pack would change.
pub async fn of_checked(app: &App, checked: &Checked) -> Result<Comparison, DbError> {
    let tables = checked.pack.tables.clone();
    let forms =
        checked.pack.forms.iter().map(|it| (it.conversion.form_id.clone(), it.conversion.version.clone()));
    let forms: Versions = forms.collect();
    app.db.read(move |tx| compare(tx, &tables, &forms)).await
}

/// Returns what going back to a pack would change, and what there is to say against it.
pub async fn look(app: &App, id: String) -> Result<(Comparison, Vec<Diagnostic>), PackError> {
    app.db
        .read(move |tx| {
            let (pack, versions) = earlier(tx, &id)?;
            Ok((compare(tx, &pack.tables, &versions)?, problems(tx, &pack, &versions)?))
        })
        .await
}

/// Works by an earlier pack again. The one in force already stays so without a trace.
pub async fn roll_back(app: &App, by: By, id: String, note: String) -> Result<(), PackError> {
    let now = app.clock.now_ms();
    app.db
        .write(move |tx| {
            let (pack, versions) = earlier(tx, &id)?;
            if packs::current(tx)?.is_some_and(|it| it.id == id) {
                return Ok(());
            }
            let diagnostics = problems(tx, &pack, &versions)?;
            if !is_sound(&diagnostics) {
                return Err(PackError::Refused(diagnostics));
            }
            let forms_now = current_forms(tx)?;
            packs::retire(tx, &forms_now)?;
            packs::make_current(tx, &id)?;
            for change in form_changes(&read(&forms_now), &versions) {
                if let Some(row) = forms::get(tx, &change.form_id, &change.after)? {
                    forms::retire(tx, &change.form_id)?;
                    forms::make_current(tx, &change.form_id, &change.after)?;
                    let row = FormRow { by_name: by.1.clone(), note: note.clone(), ..row };
                    forms::insert_event(tx, &form::event(&row, "rolled_back", now))?;
                    let name = format!("{}/{}", change.form_id, change.after);
                    audit::record_as(tx, now, &by.0, "roll back form", &name, &row.xform_sha256)?;
                }
            }
            packs::insert_event(tx, &event(&id, "rolled_back", (&by.1, now), &note))?;
            Ok(audit::record_as(tx, now, &by.0, "roll back pack", &id, "")?)
        })
        .await?;
    Ok(pack::take_up(app).await?)
}

/// Returns who goes back.
#[must_use]
pub fn by(account: &Account) -> By {
    (account.id.clone(), account.name.clone())
}

/// Returns the pack that was in force before the one that is.
pub async fn before(app: &App) -> Result<Option<String>, DbError> {
    let events = app.db.read(|tx| Ok::<_, DbError>((packs::current(tx)?, packs::events(tx, MAX_EVENTS)?)));
    let (current, events) = events.await?;
    let current = current.map(|it| it.id);
    Ok(events.into_iter().map(|it| it.pack_id).find(|it| Some(it) != current.as_ref()))
}

fn earlier(tx: &mut dyn Tx, id: &str) -> Result<(Pack, Versions), PackError> {
    let document = packs::document(tx, id)?.ok_or(PackError::Unknown)?;
    let unreadable = || DbError::Other(format!("the tables of pack {id} cannot be read"));
    let tables = Tables::from_document(&document).ok_or_else(unreadable)?;
    let versions = read(&packs::forms(tx, id)?.unwrap_or_default());
    Ok((Pack::from_tables(tables, &mut Vec::new()), versions))
}

/// What is wrong with a pack on this server as it would be with those form versions.
fn problems(tx: &mut dyn Tx, pack: &Pack, versions: &Versions) -> Result<Vec<Diagnostic>, DbError> {
    let mut known = pack::known(tx)?;
    for (form_id, version) in versions {
        if let Some(xform) = forms::xform(tx, form_id, version)? {
            known.forms.insert(form_id.clone(), outline(&xform));
        }
    }
    let mut problems = pack.check_again(&known);
    problems.extend(pack::left_behind(tx, &pack.tasks)?);
    Ok(problems)
}

fn compare(tx: &mut dyn Tx, tables: &Tables, versions: &Versions) -> Result<Comparison, DbError> {
    let current = packs::current(tx)?.map(|it| packs::document(tx, &it.id)).transpose()?.flatten();
    let current = current.and_then(|it| Tables::from_document(&it)).unwrap_or_default();
    let types = |tables: &Tables| Pack::from_tables(tables.clone(), &mut Vec::new()).tasks;
    let (now, then) = (types(&current), types(tables));
    let (mut asleep, mut awake) = (Vec::new(), Vec::new());
    for (task_type, n) in tasks::count_by_type(tx)? {
        let is_in = |tasks: &[crate::pack::Task]| tasks.iter().any(|it| it.id == task_type);
        match (is_in(&now), is_in(&then)) {
            (true, false) => asleep.push((task_type, n)),
            (false, true) => awake.push((task_type, n)),
            _ => {}
        }
    }
    let forms = form_changes(&read(&current_forms(tx)?), versions);
    Ok(Comparison { rows: changes(&current, tables), forms, asleep, awake })
}

fn form_changes(now: &Versions, then: &Versions) -> Vec<FormChange> {
    let differ = then.iter().filter(|(form_id, version)| now.get(*form_id) != Some(*version));
    let change = |(form_id, version): (&String, &String)| FormChange {
        form_id: form_id.clone(),
        before: now.get(form_id).cloned().unwrap_or_default(),
        after: version.clone(),
    };
    differ.map(change).collect()
}

/// Returns the current version of every form, as packs keep it.
pub(super) fn current_forms(tx: &mut dyn Tx) -> Result<String, DbError> {
    let versions: Versions = forms::current(tx)?.into_iter().map(|it| (it.form_id, it.version)).collect();
    serde_json::to_string(&versions).map_err(|error| DbError::Other(error.to_string()))
}

fn read(forms: &str) -> Versions {
    serde_json::from_str(forms).unwrap_or_default()
}

pub(super) fn event(pack_id: &str, kind: &str, (by_name, at): (&str, i64), note: &str) -> PackEventRow {
    PackEventRow {
        id: crate::new_id(),
        pack_id: pack_id.to_owned(),
        at,
        by_name: by_name.to_owned(),
        kind: kind.to_owned(),
        note: note.to_owned(),
    }
}
