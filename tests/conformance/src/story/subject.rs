//! Every call to the engine stands here.
//!
//! What the engine cannot do yet is an `Err` that says so; a case that needs it carries a `known_gap`.

use std::sync::Arc;

use serde_json::Value;
use wasm_forms::encryption::{self, Identity, Manifest, PublicKey, Randomness};
use wasm_forms::view::{Choice, Kind, Located, View, ViewNode};
use wasm_forms::xlsform::{Options, Workbook, convert_tables};
use wasm_forms::{Checked, Diagnostic, EntityChange, Env, Finished, Form, Lists, Session, Severity, Table};

use super::document::{self, Sought};

/// The world of one case, as its `env` block and its lists say.
#[derive(Debug, Default)]
pub(super) struct World {
    pub env: Env,
    /// By file name.
    pub lists: Vec<(String, String)>,
    pub last_saved: Option<String>,
    pub prefill: Vec<(String, String)>,
    pub place: Option<String>,
}

/// A visit on which a story is played.
#[derive(Debug)]
pub(super) struct Subject {
    form: Arc<Form>,
    lists: Arc<Lists>,
    env: Env,
    /// Where the phone is; empty where it does not know.
    place: String,
    session: Session,
    view: View,
    finished: Option<Finished>,
    checked: Option<Checked>,
    found: Vec<Choice>,
}

/// Converts a workbook; what stops it, or else what it warns of, comes with it.
pub(super) fn convert(workbook: &Workbook) -> (Option<String>, Vec<Diagnostic>) {
    let options = Options { form_id: "case".to_owned(), ..Options::default() };
    let conversion = convert_tables(workbook, &options);
    (conversion.xform, conversion.diagnostics)
}

pub(super) fn compile(xform: &str) -> Result<Form, Vec<Diagnostic>> {
    Form::compile(xform)
}

pub(super) fn warnings(form: &Form) -> Vec<Diagnostic> {
    form.warnings().to_vec()
}

pub(super) fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

impl Subject {
    pub fn open(form: Form, world: World) -> Result<Subject, String> {
        let mut lists = Lists::new();
        if let Some(text) = &world.last_saved {
            let id = form.last_saved().ok_or("the form does not read what was saved last")?;
            let saved = Table::from_xml(text).map_err(|error| error.to_string())?;
            lists.insert(id.to_owned(), Arc::new(saved));
        }
        for (file, text) in &world.lists {
            let id = file.rsplit_once('.').map_or(file.as_str(), |(id, _)| id);
            let table = Table::from_file(file, text).map_err(|error| error.to_string())?;
            lists.insert(id.to_owned(), Arc::new(table));
        }
        let (form, lists) = (Arc::new(form), Arc::new(lists));
        let mut session = Session::open(&form, &lists, world.env.clone(), &world.prefill);
        let view = session.view();
        let place = world.place.unwrap_or_default();
        let (finished, checked, found) = (None, None, Vec::new());
        let mut subject =
            Subject { form, lists, env: world.env, place, session, view, finished, checked, found };
        subject.shown();
        Ok(subject)
    }

    /// Answers what the form asked of the device, and looks at the screen.
    fn shown(&mut self) {
        for request in self.session.take_requests() {
            // A request whose node has gone is none any more.
            let _ = self.session.supply(request.id, &self.place, self.env.now_ms);
        }
        self.view = self.session.view();
    }

    /// Returns the node of the view that a path means.
    pub fn node(&self, path: &str) -> Result<Option<&ViewNode>, String> {
        let sought = Sought::read(path);
        let fits = |it: &&ViewNode| {
            it.kind != Kind::Root
                && sought.fits(&it.reference)
                && (it.kind != Kind::Instance || sought.names_instance())
                && (it.kind != Kind::Repeat || !sought.names_instance())
        };
        document::nearest(path, self.view.nodes.iter().filter(fits), |it| it.reference.clone())
    }

    fn id(&self, path: &str) -> Result<u32, String> {
        self.node(path)?.map(|it| it.id).ok_or_else(|| format!("nothing shows `{path}`"))
    }

    pub fn set(&mut self, path: &str, value: &str) -> Result<(), String> {
        let node = self.node(path)?.ok_or_else(|| format!("nothing shows `{path}`"))?;
        let (id, is_readonly) = (node.id, node.question.as_ref().is_some_and(|it| it.readonly));
        match self.session.answer(id, value, self.env.now_ms) {
            // It takes none, and goes on as it was.
            Err(_) if is_readonly => {}
            told => drop(told.map_err(|error| error.to_string())?),
        }
        self.shown();
        Ok(())
    }

    pub fn add(&mut self, path: &str) -> Result<(), String> {
        let id = self.id(path)?;
        self.session.add_instance(id, self.env.now_ms).map_err(|error| error.to_string())?;
        self.shown();
        Ok(())
    }

    pub fn remove(&mut self, path: &str) -> Result<(), String> {
        let id = self.id(path)?;
        self.session.remove_instance(id, self.env.now_ms).map_err(|error| error.to_string())?;
        self.shown();
        Ok(())
    }

    pub fn language(&mut self, name: &str) -> Result<(), String> {
        if !self.view.languages.iter().any(|it| it == name) {
            return Err(format!("the form has no language `{name}`"));
        }
        self.session.set_language(name);
        self.shown();
        Ok(())
    }

    pub fn clock(&mut self, now_ms: i64) {
        self.env.now_ms = now_ms;
    }

    /// Says where the phone is from now on.
    pub fn place(&mut self, place: &str) {
        self.place = if place == "unknown" { String::new() } else { place.to_owned() };
    }

    pub fn save_and_restore(&mut self) -> Result<(), String> {
        let draft = self.session.draft();
        self.session = Session::resume(&self.form, &self.lists, self.env.clone(), &draft)
            .map_err(|error| error.to_string())?;
        self.shown();
        Ok(())
    }

    pub fn edit(&mut self) -> Result<(), String> {
        let xml = &self.finished.as_ref().ok_or("nothing is finished")?.xml;
        // Whoever opens a session draws its chance anew.
        self.env.seed += 1;
        self.session = Session::edit(&self.form, &self.lists, self.env.clone(), xml)
            .map_err(|error| error.to_string())?;
        self.shown();
        Ok(())
    }

    /// Encrypts what is finished as whoever sends it does; the files are a byte each.
    pub fn encrypt(&self) -> Result<(), String> {
        let finished = self.finished()?;
        let key = self.form.public_key().ok_or("the form has no public key")?;
        let key = PublicKey::parse(key).map_err(|error| format!("{error:?}"))?;
        let identity = Identity {
            form_id: self.form.id(),
            version: self.form.version(),
            instance_id: &finished.instance_id,
        };
        let files: Vec<(String, Vec<u8>)> =
            finished.attachments.iter().map(|it| (it.clone(), vec![7])).collect();
        let n_files = files.len() + 1;
        let chance = Randomness::new([7; Randomness::LEN]);
        let encrypted = encryption::encrypt(&finished.xml, identity, &key, files, chance);
        let manifest = Manifest::read(&encrypted.manifest).ok_or("there is no manifest")?;
        let named = manifest.files().count();
        if named != n_files || encrypted.files.len() != n_files {
            return Err(format!("{named} of {n_files} files are in the manifest"));
        }
        Ok(())
    }

    /// Ends the visit; what is accepted is checked as the server checks it.
    pub fn finish(&mut self) -> Result<Result<(), Vec<String>>, String> {
        match self.session.finish(self.env.now_ms) {
            Err(left) => {
                self.shown();
                Ok(Err(self.references(&left)))
            }
            Ok(finished) => {
                self.check(&finished.xml)?;
                self.finished = Some(finished);
                self.shown();
                Ok(Ok(()))
            }
        }
    }

    fn references(&self, left: &[Located]) -> Vec<String> {
        let reference = |it: &Located| self.view.nodes.iter().find(|node| node.id == it.node);
        left.iter().filter_map(reference).map(|it| it.reference.clone()).collect()
    }

    fn check(&mut self, xml: &str) -> Result<(), String> {
        let checked = wasm_forms::check(xml, &self.form, &self.lists, &self.env);
        self.checked = Some(checked.map_err(|it| format!("the server refuses the document: {}", it.code))?);
        Ok(())
    }

    pub fn forge(&mut self, path: &str, value: &str) -> Result<(), String> {
        let finished = self.finished.as_ref().ok_or("nothing is finished")?;
        let xml = document::with_value(&finished.xml, path, value)?;
        self.check(&xml)
    }

    pub fn search(&mut self, path: &str, text: &str) -> Result<(), String> {
        const MOST: usize = 100;
        self.found = self.session.search_choices(self.id(path)?, text, MOST);
        Ok(())
    }

    /// Returns the values of the choices that the last search found.
    pub fn found(&self) -> Vec<String> {
        self.found.iter().map(|it| it.value.clone()).collect()
    }

    /// Returns a node's value, shown or not: `None` where there is no such node.
    pub fn value(&self, path: &str) -> Result<Option<String>, String> {
        if let Some(question) = self.node(path).ok().flatten().and_then(|it| it.question.as_ref()) {
            return Ok(Some(question.value.clone()));
        }
        document::value(&self.instance()?, path)
    }

    /// Returns the whole instance as it stands, hidden answers included.
    fn instance(&self) -> Result<String, String> {
        let draft: Value = serde_json::from_str(&self.session.draft()).map_err(|error| error.to_string())?;
        Ok(draft.get("xml").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// Returns what the view says of a node under a word; `None` where it says nothing.
    pub fn fact(&self, path: &str, word: &str) -> Result<Option<Value>, String> {
        let node = self.node(path)?.ok_or_else(|| format!("nothing shows `{path}`"))?;
        let node = serde_json::to_value(node).map_err(|error| error.to_string())?;
        let key = match word {
            "type" => "data_type",
            "media" => "media_type",
            "pixels" => "max_pixels",
            "accuracy" => "accuracy_m",
            other => other,
        };
        let key = key.replace(['-', ' '], "_");
        let places = [None, Some("question"), Some("repeat")];
        let found = places.into_iter().find_map(|place| match place {
            None => node.get(&key),
            Some(place) => node.get(place).and_then(|it| it.get(&key)),
        });
        Ok(found.or_else(|| media(&node, word)).cloned())
    }

    /// Returns every choice of a question, however many there are.
    pub fn choices(&self, path: &str) -> Result<Vec<Choice>, String> {
        const ALL: usize = 1_000_000;
        let node = self.node(path)?.ok_or_else(|| format!("nothing shows `{path}`"))?;
        let question = node.question.as_ref().ok_or_else(|| format!("`{path}` is no question"))?;
        if question.choices.len() == question.n_choices as usize {
            return Ok(question.choices.clone());
        }
        Ok(self.session.search_choices(node.id, "", ALL))
    }

    pub fn finished(&self) -> Result<&Finished, String> {
        self.finished.as_ref().ok_or_else(|| "nothing is finished".to_owned())
    }

    /// Returns what the server remarked on last: code and path.
    pub fn findings(&self) -> Vec<(String, String)> {
        let findings = self.checked.iter().flat_map(|it| &it.findings);
        findings.map(|it| (it.code.clone(), it.reference.clone())).collect()
    }

    pub fn entities(&self) -> Result<&[EntityChange], String> {
        self.checked.as_ref().map(|it| it.entities.as_slice()).ok_or_else(|| "nothing is finished".to_owned())
    }

    /// Returns a fact of one entity's change by its word, as text.
    pub fn entity_fact(change: &EntityChange, what: &str) -> Option<String> {
        let change = serde_json::to_value(change).ok()?;
        let key = match what {
            "base" => "base_version",
            "trunk" => "trunk_version",
            "branch" => "branch_id",
            other => other,
        };
        change.get(key).map(text_of)
    }

    pub fn n_evaluated(&self) -> u64 {
        self.session.n_evaluated()
    }

    /// Returns what the view says of the form as a whole; `None` where it says nothing.
    pub fn about_form(&self, what: &str) -> Option<String> {
        let view = serde_json::to_value(&self.view).ok()?;
        let submission = serde_json::to_value(self.form.submission()).ok()?;
        let key = what.replace('-', "_");
        match what {
            "audit" => {
                let settings = self.form.audit().iter().map(|(name, value)| format!("{name}={value}"));
                Some(settings.collect::<Vec<_>>().join(" "))
            }
            "style" => Some(self.form.body_classes().join(" ")),
            "recording" => {
                let recordings = serde_json::to_value(self.form.recordings()).ok()?;
                let each = recordings.as_array()?.iter().map(|it| {
                    it.as_object().into_iter().flat_map(|it| it.values()).map(text_of).collect::<Vec<_>>()
                });
                Some(each.flatten().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" "))
            }
            _ => view.get(&key).or_else(|| submission.get(&key)).map(text_of),
        }
    }
}

/// Returns where the file lies that goes with a label in the wanted form.
pub(super) fn media<'a>(labelled: &'a Value, form: &str) -> Option<&'a Value> {
    labelled.get("media")?.as_array()?.iter().find(|it| it["form"] == form)?.get("address")
}

/// Returns a fact of the view as a story writes it.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(values) => values.iter().map(text_of).collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |it| it.to_string()),
        other => other.to_string(),
    }
}
