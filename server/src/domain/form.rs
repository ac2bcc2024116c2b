//! Forms: publishing a workbook, and compiled versions kept for as long as the server runs.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use wasm_forms::{Diagnostic, Form, Place, xlsform};

use super::account::{Account, Role};
use super::audit;
use crate::App;
use crate::blob::BlobError;
use crate::blob::hashes::sha256_hex;
use crate::store::db::{DbError, Tx};
use crate::store::{forms, tasks};

pub use crate::store::forms::{FormEventRow, FormRow};

/// A compiled version with what the server reads from its XForm besides.
#[derive(Debug)]
pub struct Published {
    /// The form itself.
    pub form: Form,
    /// First path of each node name in the primary instance, e.g. `task_id` → `/data/pick/task_id`.
    paths: BTreeMap<String, String>,
    /// Register property (`phone`) to the paths whose answers it is calculated from, itself included.
    saved: Vec<(String, Vec<String>)>,
    /// Path of the first question that chooses a row of each list.
    choosers: BTreeMap<String, String>,
}

/// Names that forms give to the question "which one is it about", by list; elsewhere it is the first question that
/// chooses a row of the list.
const SUBJECT_NAMES: [(&str, &[&str]); 10] = [
    ("residents", &["resident", "subject"]),
    ("places", &["place", "court", "building"]),
    ("households", &["hh"]),
    ("hazards", &["hz"]),
    ("requests", &["request"]),
    ("cases", &["case"]),
    ("wishes", &["wish_id"]),
    ("topics", &["topic"]),
    ("volunteers", &["who"]),
    ("notices", &["notice"]),
];

/// Returns the names that forms give to the question for a row of a list.
#[must_use]
pub fn subject_names(list: &str) -> &'static [&'static str] {
    SUBJECT_NAMES.iter().find(|(name, _)| *name == list).map_or(&[], |(_, names)| names)
}

/// Why a form cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// No version of this form was ever published.
    #[error("unknown form")]
    UnknownForm,
    /// The form exists, this version does not.
    #[error("unknown version")]
    UnknownVersion,
    /// The workbook has errors.
    #[error("refused with {} diagnostics", .0.len())]
    Refused(Vec<Diagnostic>),
    /// This version was published before with other content; tells the cell to change and what to write there.
    #[error("version taken")]
    VersionTaken(Box<Diagnostic>),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// A workbook that was read.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// Form id.
    pub form_id: String,
    /// Version.
    pub version: String,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// Name of the workbook's file.
    pub file_name: String,
    /// What the publisher notes.
    pub note: String,
    /// Where the workbook has its version.
    version_cell: Place,
    workbook: Bytes,
    xform: String,
    title: String,
}

/// Compiled versions by (form id, version).
#[derive(Debug, Default)]
pub struct FormCache(Mutex<HashMap<(String, String), Arc<Published>>>);

impl Conversion {
    /// Returns the XForm.
    #[must_use]
    pub fn xform(&self) -> &str {
        &self.xform
    }

    /// Returns the form's title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }
}

impl Published {
    /// Compiles an XForm.
    pub fn compile(xform: &str) -> Result<Published, Vec<Diagnostic>> {
        let form = Form::compile(xform)?;
        let Model { paths, saved, choosers } = read_model(xform).unwrap_or_default();
        Ok(Published { form, paths, saved, choosers })
    }

    /// Returns the path of a node by its name.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<&str> {
        self.paths.get(name).map(String::as_str)
    }

    /// Returns the path of the question that asks for a row of a list.
    #[must_use]
    pub fn subject_path(&self, list: &str) -> Option<&str> {
        let named = subject_names(list).iter().find_map(|name| self.path(name));
        named.or_else(|| self.choosers.get(list).map(String::as_str))
    }

    /// Returns the register property that an answer (path without positions) becomes, if any.
    #[must_use]
    pub fn saved_as(&self, path: &str) -> Option<&str> {
        self.saved
            .iter()
            .find(|(_, paths)| paths.iter().any(|it| it == path))
            .map(|(property, _)| property.as_str())
    }
}

impl FormCache {
    /// Returns a compiled version, compiling it the first time somebody asks.
    pub fn get(&self, tx: &mut dyn Tx, form_id: &str, version: &str) -> Result<Arc<Published>, FormError> {
        let key = (form_id.to_owned(), version.to_owned());
        if let Some(found) = self.lock().get(&key) {
            return Ok(Arc::clone(found));
        }
        let Some(xform) = forms::xform(tx, form_id, version)? else {
            let is_known = forms::exists(tx, form_id)?;
            return Err(if is_known { FormError::UnknownVersion } else { FormError::UnknownForm });
        };
        let published = Arc::new(Published::compile(&xform).map_err(FormError::Refused)?);
        self.lock().insert(key, Arc::clone(&published));
        Ok(published)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), Arc<Published>>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Reads a workbook: everything wrong with it at once, or a form that can be published. `registers` are the lists there
/// are.
pub fn convert(workbook: &[u8], file_stem: &str, registers: &[String]) -> Result<Conversion, FormError> {
    let trial = xlsform::try_workbook(workbook, file_stem, registers);
    let is_publishable = trial.is_publishable();
    match (trial.form, trial.xform) {
        (Some(form), Some(xform)) if is_publishable => Ok(Conversion {
            form_id: form.id().to_owned(),
            version: form.version().to_owned(),
            title: form.title().to_owned(),
            diagnostics: trial.diagnostics,
            file_name: format!("{file_stem}.xlsx"),
            note: String::new(),
            version_cell: trial.version_cell,
            workbook: Bytes::copy_from_slice(workbook),
            xform,
        }),
        _ => Err(FormError::Refused(trial.diagnostics)),
    }
}

/// Makes a converted workbook the current version of its form. The same content again changes nothing but keeps the
/// workbook where it was not kept before.
pub async fn publish(app: &App, conversion: Conversion, by: (String, String)) -> Result<(), FormError> {
    let publication = prepare(app, conversion, &by).await?;
    app.db.write(move |tx| put(tx, publication)).await
}

/// A converted workbook that is in the blob store already, ready for a transaction.
#[derive(Debug)]
pub struct Publication {
    row: FormRow,
    xform: String,
    version_cell: Place,
    by_id: String,
    /// `20261121`, for a version to propose.
    day: String,
}

/// Keeps the workbook, for what is published in a transaction with more. `by` is an account's id and name.
pub async fn prepare(
    app: &App,
    conversion: Conversion,
    by: &(String, String),
) -> Result<Publication, FormError> {
    let workbook_sha256 = app.blobs.put(conversion.workbook).await?;
    Ok(Publication {
        row: FormRow {
            form_id: conversion.form_id,
            version: conversion.version,
            title: conversion.title,
            xform_sha256: sha256_hex(conversion.xform.as_bytes()),
            published_at: app.clock.now_ms(),
            by_name: by.1.clone(),
            is_current: true,
            workbook_sha256,
            workbook_name: conversion.file_name,
            note: conversion.note,
        },
        xform: conversion.xform,
        version_cell: conversion.version_cell,
        by_id: by.0.clone(),
        day: day(app),
    })
}

/// Makes a version the current one. What was published before becomes current again where it no longer is.
pub fn put(tx: &mut dyn Tx, publication: Publication) -> Result<(), FormError> {
    let Publication { row, xform, version_cell, by_id, day } = publication;
    let now = row.published_at;
    let name = format!("{}/{}", row.form_id, row.version);
    if let Some(known) = forms::xform(tx, &row.form_id, &row.version)? {
        if known != xform {
            let taken = version_taken(tx, (&row.form_id, &row.version), version_cell, &day)?;
            return Err(FormError::VersionTaken(Box::new(taken)));
        }
        forms::keep_workbook(tx, &row.form_id, &row.version, &row.workbook_sha256, &row.workbook_name)?;
        if forms::current_version(tx, &row.form_id)?.as_deref() == Some(row.version.as_str()) {
            return Ok(());
        }
        forms::retire(tx, &row.form_id)?;
        forms::make_current(tx, &row.form_id, &row.version)?;
    } else {
        forms::retire(tx, &row.form_id)?;
        forms::insert(tx, &row, &xform)?;
    }
    forms::insert_event(tx, &event(&row, "published", now))?;
    Ok(audit::record_as(tx, now, &by_id, "publish form", &name, &row.xform_sha256)?)
}

/// Returns what to change where a version was published before with other content. `day` as [`day`] has it.
pub fn taken(tx: &mut dyn Tx, conversion: &Conversion, day: &str) -> Result<Option<Diagnostic>, DbError> {
    let (form_id, version) = (conversion.form_id.as_str(), conversion.version.as_str());
    match forms::xform(tx, form_id, version)? {
        Some(known) if known != conversion.xform => {
            version_taken(tx, (form_id, version), conversion.version_cell.clone(), day).map(Some)
        }
        _ => Ok(None),
    }
}

/// Returns today as versions are written.
#[must_use]
pub fn day(app: &App) -> String {
    app.today().strftime("%Y%m%d").to_string()
}

fn version_taken(
    tx: &mut dyn Tx,
    (form_id, version): (&str, &str),
    cell: Place,
    day: &str,
) -> Result<Diagnostic, DbError> {
    let known: Vec<String> = forms::versions(tx, form_id)?.into_iter().map(|it| it.version).collect();
    let taken = Diagnostic::error("form.version_taken", cell).with("version", version);
    Ok(taken.with("next", xlsform::next_version(day, &known)))
}

/// Returns the event of a version that its publisher, or whoever went back to it, made current.
pub(super) fn event(row: &FormRow, kind: &str, at: i64) -> FormEventRow {
    FormEventRow {
        id: crate::new_id(),
        form_id: row.form_id.clone(),
        version: row.version.clone(),
        at,
        by_name: row.by_name.clone(),
        kind: kind.to_owned(),
        note: row.note.clone(),
    }
}

/// Returns the XForm of one version.
pub async fn xform(app: &App, form_id: String, version: String) -> Result<Option<String>, DbError> {
    app.db.read(move |tx| forms::xform(tx, &form_id, &version)).await
}

/// Returns every version of every form, newest first, with the number of unfinished tasks that use the form.
pub async fn all(app: &Arc<App>) -> Result<Vec<(FormRow, i64)>, DbError> {
    let app = Arc::clone(app);
    let db = app.db.clone();
    db.read(move |tx| {
        let counts = tasks::count_by_type(tx)?;
        let rows = forms::all(tx)?.into_iter();
        Ok(rows.map(|row| (n_tasks(&app, &counts, &row.form_id), row)).map(|(n, row)| (row, n)).collect())
    })
    .await
}

/// Returns how many of the unfinished tasks, counted by type, use a form.
pub(super) fn n_tasks(app: &App, counts: &[(String, i64)], form_id: &str) -> i64 {
    let task_types = app.task_types();
    let types: Vec<&str> = task_types.of_form(form_id).map(|it| it.id.as_str()).collect();
    counts.iter().filter(|(id, _)| types.contains(&id.as_str())).map(|(_, n)| n).sum()
}

/// A form that an account may fill in.
#[derive(Debug)]
pub struct Offered {
    /// The current version.
    pub row: FormRow,
    /// Instance id and file name of each external list.
    pub lists: Vec<(String, String)>,
    /// Task types that use it and that the account's role does.
    pub task_types: Vec<String>,
}

/// Returns the forms an account may fill in, by id.
pub async fn offered(app: &Arc<App>, account: &Account) -> Result<Vec<Offered>, FormError> {
    let (app, role, all_types) = (Arc::clone(app), account.role, app.task_types());
    let db = app.db.clone();
    db.read(move |tx| {
        let mut offered = Vec::new();
        for row in forms::current(tx)? {
            let types = all_types.of_account(role).filter(|it| it.form == row.form_id);
            let task_types: Vec<String> = types.map(|it| it.id.clone()).collect();
            if !task_types.is_empty() {
                let published = app.forms.get(tx, &row.form_id, &row.version)?;
                let lists =
                    published.form.lists().into_iter().map(|(id, file)| (id.to_owned(), file.to_owned()));
                offered.push(Offered { lists: lists.collect(), row, task_types });
            }
        }
        Ok(offered)
    })
    .await
}

/// Returns whether a role may fill in a form.
#[must_use]
pub fn may_fill(app: &App, role: Role, form_id: &str) -> bool {
    app.task_types().of_account(role).any(|it| it.form == form_id)
}

#[derive(Default)]
struct Model {
    paths: BTreeMap<String, String>,
    saved: Vec<(String, Vec<String>)>,
    choosers: BTreeMap<String, String>,
}

/// Reads node paths of the primary instance, the binds that save to a register, and the questions that choose from a list.
fn read_model(xform: &str) -> Option<Model> {
    let document = roxmltree::Document::parse(xform).ok()?;
    let named = |name: &'static str| {
        move |node: &roxmltree::Node| node.has_tag_name(name) || node.tag_name().name() == name
    };
    let model = document.descendants().find(named("model"))?;
    let root = model.children().find(named("instance"))?.first_element_child()?;
    let mut paths = BTreeMap::new();
    for node in root.descendants().filter(roxmltree::Node::is_element) {
        let mut steps: Vec<&str> = node
            .ancestors()
            .take_while(|it| it.tag_name().name() != "instance")
            .map(|it| it.tag_name().name())
            .collect();
        steps.reverse();
        paths.entry(node.tag_name().name().to_owned()).or_insert_with(|| format!("/{}", steps.join("/")));
    }
    let mut saved = Vec::new();
    for bind in model.children().filter(named("bind")) {
        let property = bind.attributes().find(|it| it.name() == "saveto").map(|it| it.value().to_owned());
        if let (Some(property), Some(reference)) = (property, bind.attribute("nodeset")) {
            let mut sources = vec![reference.to_owned()];
            sources.extend(paths_in(bind.attribute("calculate").unwrap_or_default()));
            saved.push((property, sources));
        }
    }
    let mut choosers = BTreeMap::new();
    for set in document.descendants().filter(named("itemset")) {
        let list = set.attribute("nodeset").and_then(|it| it.split_once("instance('")?.1.split_once('\''));
        let question = set.parent_element().and_then(|it| it.attribute("ref"));
        if let (Some((list, _)), Some(question)) = (list, question) {
            choosers.entry(list.to_owned()).or_insert_with(|| question.to_owned());
        }
    }
    Some(Model { paths, saved, choosers })
}

/// Returns the absolute paths that stand in an expression.
fn paths_in(expression: &str) -> impl Iterator<Item = String> + '_ {
    let is_path_letter = |it: char| it.is_alphanumeric() || matches!(it, '/' | '_' | '-' | '.');
    expression
        .split(move |it| !is_path_letter(it))
        .filter(|it| it.starts_with('/') && it.len() > 1)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_reads_a_register_that_is_not_there_is_refused_with_its_name() {
        let workbook = include_bytes!("../../packs/community/forms/inspection.xlsx");
        let registers = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        assert!(convert(workbook, "inspection", &registers(&["places", "hazards"])).is_ok());
        let refused = convert(workbook, "inspection", &registers(&["place"]));
        let Err(FormError::Refused(diagnostics)) = refused else { panic!("published") };
        let found: Vec<_> = diagnostics
            .iter()
            .map(|it| (it.code.as_str(), it.place.clone(), it.params["nearest"].as_str()))
            .collect();
        let [(code, Place::Cell { sheet, row, column }, nearest)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(
            (*code, sheet.as_str(), column.as_str(), *nearest),
            ("form.misspelt_register", "survey", "A", "place")
        );
        assert!(*row > 1, "{row}");
    }

    #[test]
    fn shipped_workbooks_differ_from_each_other_and_not_from_themselves() {
        let (pack, _) = crate::pack::Pack::read(&crate::pack::community(), &crate::pack::Known::default());
        let forms: Vec<_> = pack.forms.into_iter().map(|it| it.conversion).collect();
        assert!(forms.len() > 20, "{} could be converted", forms.len());
        for (at, form) in forms.iter().enumerate() {
            let itself = wasm_forms::compare::compare(&form.xform, &form.xform).expect("a form");
            assert!(itself.added.is_empty() && itself.removed.is_empty() && itself.changed.is_empty());
            let other = &forms[(at + 1) % forms.len()];
            let other = wasm_forms::compare::compare(&form.xform, &other.xform).expect("forms");
            assert!(!other.added.is_empty() && !other.removed.is_empty());
        }
    }

    #[test]
    fn finds_paths_and_what_is_saved() {
        let xform = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
            xmlns:entities="http://www.opendatakit.org/xforms/entities"><h:head><model>
            <instance><data id="f"><pick><task_id/><resident/></pick><phone_new/><s_phone/></data></instance>
            <bind nodeset="/data/s_phone" calculate="if( /data/phone_new  != '',  /data/phone_new , '')" entities:saveto="phone"/>
            </model></h:head><h:body><select1 ref="/data/pick/plot"><itemset nodeset="instance('plots')/root/item"/></select1>
            </h:body></h:html>"#;
        let Model { paths, saved, choosers } = read_model(xform).expect("a model");
        assert_eq!(choosers["plots"], "/data/pick/plot");
        assert_eq!(paths["task_id"], "/data/pick/task_id");
        assert_eq!(
            saved,
            [(
                "phone".to_owned(),
                ["/data/s_phone", "/data/phone_new", "/data/phone_new"].map(str::to_owned).to_vec()
            )]
        );
    }
}
