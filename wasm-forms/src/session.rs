//! One visit being filled in; the only mutable type.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::form::Form;
use crate::instance::{self, OutputScope, State};
use crate::parse::{BodyKind, Event};
use crate::present::{self, Ids, Presenter};
use crate::view::{Choice, Control, Located, NodeId, View, ViewDiff};
use crate::xpath::civil;
use crate::xpath::functions::uuid;
use crate::{Code, Env, Lists, recompute};

/// A form being filled in.
#[derive(Debug)]
pub struct Session {
    pub(crate) form: Arc<Form>,
    pub(crate) state: State,
    pub(crate) ids: Ids,
}

/// A finished visit, ready to be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finished {
    /// The submission document.
    pub xml: String,
    /// `meta/instanceID`.
    pub instance_id: String,
    /// `meta/instanceName`; may be empty.
    pub instance_name: String,
    /// Names of the files that answers refer to, in document order.
    pub attachments: Vec<String>,
}

/// What the caller of a session did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The id is not of a node that takes this call.
    #[error("node {0} does not take this call")]
    Node(NodeId),
    /// The draft cannot be taken up.
    #[error("{}", .0.as_str())]
    Draft(Code),
}

/// What a draft keeps beside the instance.
#[derive(Serialize, Deserialize)]
struct Draft {
    form_id: String,
    version: String,
    language: String,
    /// Where the session's chance stands, in hex: JSON numbers are too short for it.
    chance: String,
    offset_min: i32,
    properties: std::collections::BTreeMap<String, String>,
    xml: String,
}

impl Session {
    /// Opens a form. `prefill` sets values by path (`/data/pick/resident`) before the first calculation, like
    /// defaults: later answers replace them.
    #[must_use]
    pub fn open(form: &Arc<Form>, lists: &Arc<Lists>, env: Env, prefill: &[(String, String)]) -> Session {
        let mut session = Session {
            state: State::new(form, lists, env, &form.model.seed),
            form: form.clone(),
            ids: Ids::default(),
        };
        session.preload();
        for (path, value) in prefill {
            let node = form.model.find(path).and_then(|it| session.state.tree.single(it));
            if let Some(node) = node {
                session.state.tree.node_mut(node).value.clone_from(value);
            }
        }
        recompute::settle_all(form, &mut session.state);
        recompute::run_actions(form, &mut session.state, Event::FirstLoad, 0);
        recompute::run_actions(form, &mut session.state, Event::Load, 0);
        for (path, value) in prefill {
            // A default that the form computes gives way to what the caller knows.
            let node = form.model.find(path).and_then(|it| session.state.tree.single(it));
            if let Some(node) = node.filter(|_| !value.is_empty()) {
                recompute::set_value(form, &mut session.state, node, value.clone());
            }
        }
        recompute::settle(form, &mut session.state);
        session.state.changes = instance::Changes::default();
        session
    }

    /// Takes up a draft that [`Session::draft`] wrote.
    pub fn resume(
        form: &Arc<Form>,
        lists: &Arc<Lists>,
        env: Env,
        draft: &str,
    ) -> Result<Session, SessionError> {
        let draft: Draft =
            serde_json::from_str(draft).map_err(|_| SessionError::Draft(Code::DraftMalformed))?;
        if draft.form_id != form.id() || draft.version != form.version() {
            return Err(SessionError::Draft(Code::DraftForeign));
        }
        let chance =
            u64::from_str_radix(&draft.chance, 16).map_err(|_| SessionError::Draft(Code::DraftMalformed))?;
        let env = Env {
            seed: chance,
            offset_min: draft.offset_min,
            properties: draft.properties,
            now_ms: env.now_ms,
        };
        let mut session = Session::restore(form, lists, env, &draft.xml)?;
        session.set_language(&draft.language);
        Ok(session)
    }

    /// Returns everything there is to show.
    #[must_use]
    pub fn view(&mut self) -> View {
        self.presenter().view()
    }

    /// Answers one question; an empty value clears it. `now_ms` is the clock at this moment.
    pub fn answer(&mut self, node: NodeId, value: &str, now_ms: i64) -> Result<ViewDiff, SessionError> {
        let (item, target) = self.ids.shown(node).ok_or(SessionError::Node(node))?;
        let form = self.form.clone();
        let kind = form.body.get(item as usize).map(|it| it.kind);
        if !matches!(kind, Some(BodyKind::Question(_))) || self.state.tree.node(target).is_removed {
            return Err(SessionError::Node(node));
        }
        self.state.env.now_ms = now_ms;
        let value = in_choice_order(&form, &self.state, item, target, value);
        let changed = self.state.tree.node(target).value != value;
        recompute::set_value(&form, &mut self.state, target, value);
        if changed {
            let model = self.state.tree.node(target).model;
            let around = self.state.tree.node(target).parent;
            recompute::run_actions(&form, &mut self.state, Event::ValueChanged(model), around);
        }
        Ok(self.settle())
    }

    /// Adds an instance at the end of a repeat.
    pub fn add_instance(&mut self, repeat: NodeId, now_ms: i64) -> Result<ViewDiff, SessionError> {
        let (item, parent) = self.ids.shown(repeat).ok_or(SessionError::Node(repeat))?;
        let form = self.form.clone();
        let model = form
            .body
            .get(item as usize)
            .filter(|it| it.kind == BodyKind::Repeat && it.is_open_repeat)
            .and_then(|it| it.model)
            .ok_or(SessionError::Node(repeat))?;
        self.state.env.now_ms = now_ms;
        recompute::add_instance(&form, &mut self.state, model, parent);
        Ok(self.settle())
    }

    /// Removes an instance of a repeat.
    pub fn remove_instance(&mut self, instance: NodeId, now_ms: i64) -> Result<ViewDiff, SessionError> {
        let (item, node) = self.ids.shown(instance).ok_or(SessionError::Node(instance))?;
        let form = self.form.clone();
        let is_instance = form.body.get(item as usize).is_some_and(|it| it.kind == BodyKind::Instance);
        let repeat = form.body.iter().find(|it| it.children.contains(&item));
        let is_open = repeat.is_some_and(|it| it.is_open_repeat);
        if !is_instance || !is_open || self.state.tree.node(node).is_removed {
            return Err(SessionError::Node(instance));
        }
        self.state.env.now_ms = now_ms;
        recompute::remove_instance(&form, &mut self.state, node);
        Ok(self.settle())
    }

    /// Switches the language; unknown languages change nothing.
    pub fn set_language(&mut self, language: &str) -> ViewDiff {
        let Some(index) = self.form.texts.languages.iter().position(|it| it == language) else {
            return ViewDiff::default();
        };
        self.state.language = index;
        // Calculations may put a text into an answer: `jr:choice-name`, `jr:itext`.
        let form = self.form.clone();
        recompute::settle_all(&form, &mut self.state);
        self.state.changes = instance::Changes::default();
        self.presenter().everything()
    }

    /// Returns at most `limit` choices of a question whose label contains `query`.
    #[must_use]
    pub fn search_choices(&self, node: NodeId, query: &str, limit: usize) -> Vec<Choice> {
        let Some((item, target)) = self.ids.shown(node) else { return Vec::new() };
        let Some(item) = self.form.body.get(item as usize) else { return Vec::new() };
        let scope = instance::Scope { form: &self.form, state: &self.state };
        present::search(&scope, item, target, query, limit)
    }

    /// Returns every broken rule in document order.
    #[must_use]
    pub fn violations(&mut self) -> Vec<Located> {
        self.presenter().violations()
    }

    /// Returns the session as text that [`Session::resume`] takes; hidden answers are kept.
    #[must_use]
    pub fn draft(&self) -> String {
        let draft = Draft {
            form_id: self.form.id().to_owned(),
            version: self.form.version().to_owned(),
            language: self.form.texts.languages.get(self.state.language).cloned().unwrap_or_default(),
            chance: format!("{:x}", self.state.chance.get()),
            offset_min: self.state.env.offset_min,
            properties: self.state.env.properties.clone(),
            xml: instance::write(&self.form.model, &self.state.tree, OutputScope::All),
        };
        serde_json::to_string(&draft).expect("text and maps of text always serialise")
    }

    /// Ends the visit at `now_ms` and returns the submission, or what still has to be answered.
    ///
    /// Rules that read the clock are evaluated once more at that moment, so that whoever checks the submission
    /// with the clock it carries comes to the same values.
    pub fn finish(&mut self, now_ms: i64) -> Result<Finished, Vec<Located>> {
        let form = self.form.clone();
        self.state.env.now_ms = now_ms;
        let end = civil::moment_text(now_ms, self.state.env.offset_min);
        for (model, kind, parameter) in &form.preloads {
            if let (Some(node), "timestamp", "end") =
                (self.state.tree.single(*model), kind.as_str(), parameter.as_str())
            {
                recompute::set_value(&form, &mut self.state, node, end.clone());
            }
        }
        recompute::clock_moved(&form, &mut self.state);
        recompute::settle(&form, &mut self.state);
        let violations = self.violations();
        if !violations.is_empty() {
            return Err(violations);
        }
        let meta = |name: &str| self.meta(name);
        Ok(Finished {
            instance_id: meta("instanceID"),
            instance_name: meta("instanceName"),
            attachments: attachments(&form, &self.state),
            xml: instance::write(&form.model, &self.state.tree, OutputScope::Relevant),
        })
    }

    /// Returns how many expressions were evaluated since the session began.
    #[must_use]
    pub fn n_evaluated(&self) -> u64 {
        self.state.n_evaluated
    }

    fn settle(&mut self) -> ViewDiff {
        let form = self.form.clone();
        recompute::settle(&form, &mut self.state);
        let changes = std::mem::take(&mut self.state.changes);
        self.presenter().diff(&changes)
    }

    fn presenter(&mut self) -> Presenter<'_> {
        Presenter { form: &self.form, state: &self.state, ids: &mut self.ids }
    }

    fn meta(&self, name: &str) -> String {
        let model = &self.form.model;
        let found = model.child(0, "meta", false).and_then(|it| model.child(it, name, false));
        let node = found.and_then(|it| self.state.tree.single(it));
        node.map_or_else(String::new, |it| self.state.tree.node(it).value.clone())
    }

    /// `jr:preload`: what the form wants to know of the moment, the device and the person.
    fn preload(&mut self) {
        let form = self.form.clone();
        let now = civil::moment_text(self.state.env.now_ms, self.state.env.offset_min);
        for (model, kind, parameter) in &form.preloads {
            let Some(node) = self.state.tree.single(*model) else { continue };
            let value = match (kind.as_str(), parameter.as_str()) {
                ("timestamp", "start") => now.clone(),
                ("date", "today") => now[..10].to_owned(),
                ("property", name) => self.state.env.properties.get(name).cloned().unwrap_or_default(),
                ("uid", _) => self.instance_id(),
                _ => continue,
            };
            self.state.tree.node_mut(node).value = value;
        }
        // A form that names no preload for it still needs an identity.
        let model = &form.model;
        let id = model.child(0, "meta", false).and_then(|it| model.child(it, "instanceID", false));
        if let Some(node) = id.and_then(|it| self.state.tree.single(it))
            && self.state.tree.node(node).value.is_empty()
        {
            self.state.tree.node_mut(node).value = self.instance_id();
        }
    }

    /// Draws an id for the instance.
    pub(crate) fn instance_id(&self) -> String {
        use crate::xpath::World;
        let scope = instance::Scope { form: &self.form, state: &self.state };
        format!("uuid:{}", uuid(scope.draw(), scope.draw()))
    }
}

/// Returns the names of files that relevant answers refer to.
fn attachments(form: &Form, state: &State) -> Vec<String> {
    let is_upload = |model: u32| {
        let item = form.question_of[model as usize].map(|it| &form.body[it as usize]);
        item.is_some_and(|it| it.kind == BodyKind::Question(Control::Upload))
    };
    let nodes = state.tree.subtree(0).into_iter().map(|it| state.tree.node(it));
    nodes
        .filter(|it| it.relevant && !it.value.is_empty() && is_upload(it.model))
        .map(|it| it.value.clone())
        .collect()
}

/// Several choices are kept in the order in which they are offered, whatever order they were ticked in.
fn in_choice_order(form: &Form, state: &State, item: u32, node: u32, value: &str) -> String {
    let item = &form.body[item as usize];
    if item.kind != BodyKind::Question(Control::SelectMultiple) {
        return value.to_owned();
    }
    let chosen: Vec<&str> = value.split_whitespace().collect();
    let scope = instance::Scope { form, state };
    let offered = scope.choices(&item.choices, node, usize::MAX, &|it| chosen.contains(&it.value.as_str()));
    let unknown = chosen
        .iter()
        .filter(|it| !offered.iter().any(|choice| choice.value == **it))
        .map(|it| (*it).to_owned());
    offered.iter().map(|it| it.value.clone()).chain(unknown).collect::<Vec<_>>().join(" ")
}
