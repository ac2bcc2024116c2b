//! Recorded tests: a form, operations, the state after each, and what the tests' authors asserted.
//!
//! Counting. Every `check` step is one check. Rows are counted where a step lists them: all rows of a full state, the
//! changed and the removed ones of an operation. After each operation the whole state is compared with what the steps
//! so far add up to; an unlisted row that has begun to differ is one failed row more, once, until a step lists it.
//! Rows at `nondeterministic_refs` are not compared. Where a form does not load, all checks and rows of the trace fail.
//! A document that is restored is put together from the state it led to, because a recording does not keep it.
//! The submissions at the end are compared and told, but not scored. An operation that fails is no failure by itself:
//! it is noted as the cause of what follows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use wasm_forms::inspect::{Row, RowKind};
use wasm_forms::session::SessionError;
use wasm_forms::{Env, Form, Lists, Session};

use crate::positions::{self, Event, Position};
use crate::reference;
use crate::rows::{self, Key, same_text};
use crate::trace::{Step, Trace, answer};
use crate::{Case, Files, Outcome, Score, checks, rebuilt, xml};

/// Replays a trace.
pub fn run(case: &Case) -> Outcome {
    let mut outcome = Outcome::default();
    let trace: Trace = match serde_json::from_str(&case.text) {
        Ok(trace) => trace,
        Err(error) => {
            outcome.judge(Score::Check, false, "trace", "a trace", &error.to_string());
            return outcome;
        }
    };
    let Some(env) = trace.env.env() else {
        outcome.judge(Score::Check, false, "trace", "a moment", "env.now");
        return outcome;
    };
    let mut replay = Replay {
        files: &case.files,
        uncertain: trace.nondeterministic_refs.iter().map(String::as_str).collect(),
        env,
        locations: VecDeque::new(),
        form: None,
        lists: Arc::default(),
        live: BTreeMap::new(),
        latest: String::new(),
        raised: None,
        checks_lineage: false,
        outcome,
    };
    for (number, step) in trace.steps.iter().enumerate() {
        let after = trace.steps.get(number + 1).filter(|it| it.op == "state").map(|it| it.list("state"));
        replay.step(step, number, after);
    }
    replay.submissions(&trace);
    replay.outcome
}

/// How a document becomes a session.
type Reopen = fn(&Arc<Form>, &Arc<Lists>, Env, &str) -> Result<Session, SessionError>;

/// A session and what is expected of it.
pub(crate) struct Live {
    pub session: Session,
    pub position: Position,
    /// The session it was made from.
    pub source: Option<String>,
    /// Its state now; absent until asked for.
    rows: Option<Vec<Row>>,
    /// What the steps so far add up to; absent where none told the whole state.
    expected: Option<BTreeMap<Key, Value>>,
    /// Rows already known to differ, and how.
    differing: BTreeMap<Key, String>,
}

impl Live {
    fn new(session: Session) -> Live {
        Live {
            session,
            position: Position::beginning(),
            source: None,
            rows: None,
            expected: None,
            differing: BTreeMap::new(),
        }
    }

    pub fn rows(&mut self) -> &[Row] {
        self.rows.get_or_insert_with(|| self.session.rows())
    }
}

pub(crate) struct Replay<'a> {
    files: &'a Files,
    uncertain: BTreeSet<&'a str>,
    env: Env,
    /// Where the device will be found, in order.
    locations: VecDeque<String>,
    pub form: Option<Arc<Form>>,
    lists: Arc<Lists>,
    pub live: BTreeMap<String, Live>,
    /// The session that was made last.
    latest: String,
    /// Why the latest operation failed, where it did.
    pub raised: Option<String>,
    /// Whether the latest steps were checks of where edited instances come from.
    pub checks_lineage: bool,
    pub outcome: Outcome,
}

impl Replay<'_> {
    fn step(&mut self, step: &Step, number: usize, after: Option<&[Value]>) {
        let place = step.place(number);
        if step.op == "check" {
            return checks::check(self, step, &place);
        }
        self.checks_lineage = false;
        let name = step.sc.clone().unwrap_or_else(|| self.latest.clone());
        self.raised = self.operate(step, &name, after).err();
        if let Some(live) = self.live.get_mut(&name) {
            live.rows = None;
            locate(&mut live.session, &mut self.locations, self.env.now_ms);
        }
        if let Some(reason) = self.raised.as_deref().filter(|_| !step.is("expect_error")) {
            self.outcome.cause(&place, reason);
        }
        self.compare_state(step, &name, &place);
    }

    /// Returns the session a step concerns.
    pub fn live(&mut self, step: &Step) -> Option<&mut Live> {
        let name = step.sc.as_deref().unwrap_or(&self.latest);
        self.live.get_mut(name)
    }

    fn file(&self, name: &str) -> Result<&str, String> {
        self.files.get(name).map(String::as_str).ok_or_else(|| format!("no file {name}"))
    }

    /// Does what a step says; `after` is the full state that the step after it tells, if it does.
    fn operate(&mut self, step: &Step, name: &str, after: Option<&[Value]>) -> Result<(), String> {
        match step.op.as_str() {
            "init" => self.init(step, name),
            "new_instance" => {
                let form = self.form.clone().ok_or("no form")?;
                let session = Session::open(&form, &self.lists, self.next_env(), &[]);
                self.add(step, name, session)
            }
            "restore" => {
                let before = self.file(step.text("xml_before"))?;
                let document = after.and_then(rebuilt::document).unwrap_or_else(|| before.to_owned());
                let session = self.reopen(&document, Session::restore)?;
                self.add(step, name, session)
            }
            "serialize_and_restore" => {
                let document = self.named(name)?.session.submission();
                let session = self.reopen(&document, Session::restore)?;
                self.add(step, name, session)
            }
            "edit" => {
                let document = self.named(name)?.session.submission();
                let session = self.reopen(&document, Session::edit)?;
                self.add(step, name, session)
            }
            "answer" => self.answer(step, name),
            "create_repeat" => self.create_repeat(step, name),
            "remove_repeat" => self.remove_repeat(step, name),
            "set_language" => {
                let language = step.text("value").to_owned();
                self.named(name)?.session.set_language(&language);
                Ok(())
            }
            "next" => {
                let live = self.named(name)?;
                let at = live.position.clone();
                live.position = positions::next(live.rows(), &at);
                Ok(())
            }
            "jump_to_beginning" => {
                self.named(name)?.position = Position::beginning();
                Ok(())
            }
            "prepare_payload" | "serialize" | "state" => self.named(name).map(|_| ()),
            other => Err(format!("unknown operation {other}")),
        }
    }

    fn named(&mut self, name: &str) -> Result<&mut Live, String> {
        self.live.get_mut(name).ok_or_else(|| format!("no session {name}"))
    }

    /// Each session draws its own chance.
    fn next_env(&self) -> Env {
        Env { seed: self.env.seed + self.live.len() as u64, ..self.env.clone() }
    }

    fn reopen(&self, document: &str, how: Reopen) -> Result<Session, String> {
        let form = self.form.as_ref().ok_or("no form")?;
        how(form, &self.lists, self.next_env(), document).map_err(|error| error.to_string())
    }

    fn add(&mut self, step: &Step, source: &str, session: Session) -> Result<(), String> {
        let live = Live { source: Some(source.to_owned()), ..Live::new(session) };
        self.latest = step.text("result").to_owned();
        self.live.insert(self.latest.clone(), live);
        Ok(())
    }

    fn init(&mut self, step: &Step, name: &str) -> Result<(), String> {
        let xform = self.file(step.text("form"))?;
        let form = Form::compile(xform).map_err(|problems| {
            let errors = problems.iter().filter(|it| it.severity == wasm_forms::Severity::Error);
            errors.map(crate::forms::told).collect::<Vec<_>>().join("; ")
        })?;
        self.lists = Arc::new(self.lists_of(&form, step)?);
        let form = Arc::new(form);
        self.form = Some(form.clone());
        let mut env = self.next_env();
        if let Some(properties) = step.rest.get("preloadProperties").and_then(Value::as_object) {
            let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
            env.properties.extend(properties.iter().map(|(name, value)| (name.clone(), text(value))));
        }
        let locations = step.list("geolocations").iter().map(|it| it.as_str().unwrap_or_default().to_owned());
        self.locations = locations.collect();
        let edited = step.text("editInstance");
        let mut session = if edited.is_empty() {
            Session::open(&form, &self.lists, env, &[])
        } else {
            let document = self.file(edited)?.to_owned();
            self.reopen(&document, Session::edit)?
        };
        if !step.text("language").is_empty() {
            session.set_language(step.text("language"));
        }
        name.clone_into(&mut self.latest);
        self.live.insert(name.to_owned(), Live::new(session));
        Ok(())
    }

    /// The attachments that the form's external lists name.
    fn lists_of(&self, form: &Form, step: &Step) -> Result<Lists, String> {
        let mut lists = Lists::new();
        for (id, file) in form.lists() {
            let named = |it: &&Value| it["url"].as_str().and_then(|url| url.rsplit('/').next()) == Some(file);
            let Some(resource) = step.list("resources").iter().find(named) else {
                if step.text("missingResourceBehavior") == "BLANK" {
                    continue;
                }
                return Err(format!("no attachment {file}"));
            };
            let text = self.file(resource["body"].as_str().unwrap_or_default())?;
            lists.insert(id.to_owned(), Arc::new(crate::forms::table(file, text)?));
        }
        Ok(lists)
    }

    fn answer(&mut self, step: &Step, name: &str) -> Result<(), String> {
        let now_ms = self.env.now_ms;
        let wanted = step.reference.as_deref().unwrap_or_default();
        let live = self.named(name)?;
        let row = reference::find(live.rows(), wanted).ok_or("no such node")?;
        let reference = row.reference.clone();
        let control = if let RowKind::Question(control) = row.kind { Some(control) } else { None };
        let value = match answer(&step.rest["value"], control) {
            Some(value) => value,
            None => value_in_row(step).ok_or("a value that the recording could not write down")?,
        };
        let id = live.session.find(&reference).ok_or("no question shows it")?;
        live.session.answer(id, &value, now_ms).map_err(|error| error.to_string())?;
        if !step.is("direct") {
            live.position = Position { event: Event::Question, reference };
        }
        Ok(())
    }

    fn create_repeat(&mut self, step: &Step, name: &str) -> Result<(), String> {
        let now_ms = self.env.now_ms;
        let wanted = step.reference.as_deref().unwrap_or_default();
        let count = step.rest.get("count").and_then(Value::as_u64).unwrap_or(1);
        let live = self.named(name)?;
        for _ in 0..count {
            let row = reference::find_repeat(live.rows(), wanted).ok_or("no such repeat")?;
            let (reference, instances) = (row.reference.clone(), row.count.unwrap_or(0));
            let after = step.rest.get("after_index").and_then(Value::as_u64);
            let at = after.map_or(instances, |it| it as u32 + 1);
            let id = live.session.find(&reference).ok_or("no repeat shows it")?;
            live.session.insert(id, Some(at as usize), now_ms).map_err(|error| error.to_string())?;
            live.rows = None;
            live.position = Position { event: Event::Repeat, reference: format!("{reference}[{}]", at + 1) };
        }
        Ok(())
    }

    fn remove_repeat(&mut self, step: &Step, name: &str) -> Result<(), String> {
        let now_ms = self.env.now_ms;
        let wanted = step.reference.as_deref().unwrap_or_default();
        let count = step.rest.get("count").and_then(Value::as_u64).unwrap_or(1);
        let live = self.named(name)?;
        for _ in 0..count {
            let row = reference::find(live.rows(), wanted).ok_or("no such instance")?;
            let reference = row.reference.clone();
            let id = live.session.find(&reference).ok_or("no repeat shows it")?;
            live.session.remove_instance(id, now_ms).map_err(|error| error.to_string())?;
            live.rows = None;
            live.position = positions::after_removal(live.rows(), &reference);
        }
        Ok(())
    }

    /// Compares the state after a step that tells one, or what changed in it.
    fn compare_state(&mut self, step: &Step, name: &str, place: &str) {
        let name = if step.rest.contains_key("result") { step.text("result") } else { name };
        let state: Option<Vec<Value>> = match step.rest.get("state_blob").and_then(Value::as_str) {
            Some(blob) => self.file(blob).ok().and_then(|it| serde_json::from_str(it).ok()),
            None => step.rest.get("state").and_then(Value::as_array).cloned(),
        };
        let changed = step.list("changed");
        let removed: Vec<Key> =
            step.list("removed").iter().filter_map(Value::as_str).map(rows::removed_key).collect();
        let Some(live) = self.live.get_mut(name) else {
            // The form did not load: everything told of its state is missed.
            let told = state.as_deref().unwrap_or(changed);
            for row in told.iter().filter(|it| !self.uncertain.contains(rows::expected_key(it).0.as_str())) {
                let reference = row["ref"].as_str().unwrap_or_default();
                self.outcome.judge(Score::Row, false, &format!("{place} {reference}"), "a row", "no session");
            }
            return;
        };
        let mut listed: BTreeSet<Key> = removed.iter().cloned().collect();
        match (state, &mut live.expected) {
            (Some(state), expected) => {
                listed.extend(state.iter().map(rows::expected_key));
                live.differing.clear();
                *expected = Some(state.into_iter().map(|it| (rows::expected_key(&it), it)).collect());
            }
            (None, Some(expected)) => {
                for key in &removed {
                    expected.remove(key);
                }
                listed.extend(changed.iter().map(rows::expected_key));
                expected.extend(changed.iter().map(|it| (rows::expected_key(it), it.clone())));
            }
            (None, None) => return,
        }
        compare_rows(live, &listed, &self.uncertain, place, &mut self.outcome);
    }

    fn submissions(&mut self, trace: &Trace) {
        for (name, expected) in &trace.final_xml {
            let expected = match expected {
                Value::String(text) => Ok(text.clone()),
                other => self.file(other["blob"].as_str().unwrap_or_default()).map(str::to_owned),
            };
            let found = self.named(name).map(|it| it.session.submission());
            let place = format!("submission of {name}");
            let pair = expected
                .and_then(|it| xml::canonical(&it))
                .and_then(|expected| Ok((expected, found.and_then(|it| xml::canonical(&it))?)));
            match pair {
                Ok((expected, found)) => {
                    let passed = same_text(&expected, &found);
                    self.outcome.judge(Score::Submission, passed, &place, &expected, &found);
                }
                Err(problem) => self.outcome.judge(Score::Submission, false, &place, "a document", &problem),
            }
        }
    }
}

/// Answers what the form asks of the device.
fn locate(session: &mut Session, locations: &mut VecDeque<String>, now_ms: i64) {
    for request in session.take_requests() {
        let location = locations.pop_front().unwrap_or_default();
        session
            .supply(request.id, &location, now_ms)
            .expect("a request is answered once, right after it was made");
    }
}

/// The value that a step's own row tells, where the step itself could not.
fn value_in_row(step: &Step) -> Option<String> {
    let reference = step.reference.as_deref()?;
    let row = step.list("changed").iter().find(|it| it["ref"].as_str() == Some(reference))?;
    row["value"].as_str().map(str::to_owned)
}

fn compare_rows(
    live: &mut Live,
    listed: &BTreeSet<Key>,
    uncertain: &BTreeSet<&str>,
    place: &str,
    outcome: &mut Outcome,
) {
    let found: BTreeMap<Key, Row> = live.rows().iter().map(|it| (rows::key(it), it.clone())).collect();
    let Some(expected) = &live.expected else { return };
    let keys: BTreeSet<&Key> = expected.keys().chain(found.keys()).chain(listed).collect();
    for key in keys.into_iter().filter(|it| !uncertain.contains(it.0.as_str())) {
        let difference = match (expected.get(key), found.get(key)) {
            (Some(expected), Some(found)) => rows::differences(expected, found).join("; "),
            (Some(_), None) => "missing".to_owned(),
            (None, Some(_)) => "not expected".to_owned(),
            (None, None) => String::new(),
        };
        let is_new = live.differing.get(key) != Some(&difference);
        if listed.contains(key) || (!difference.is_empty() && is_new) {
            let place = format!("{place} row {}", key.0);
            outcome.judge(Score::Row, difference.is_empty(), &place, "", &difference);
        }
        if difference.is_empty() {
            live.differing.remove(key);
        } else {
            live.differing.insert(key.clone(), difference);
        }
    }
}
