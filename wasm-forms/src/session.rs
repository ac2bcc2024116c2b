//! One visit being filled in; the only mutable type.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::bound::SignedAnswer;
use crate::draft::Draft;
use crate::evidence::binding::Binding;
use crate::form::{Form, Item};
use crate::hash::FastMap;
use crate::instance::{self, OutputScope, ROOT_NODE, State};
use crate::parse::{BodyKind, Event};
use crate::present::{self, Presenter};
use crate::view::{
    Changes, Choice, Control, Located, NodeId, Offered, Parts, RowChoice, View, ViewDiff, ViewNode, ViewPatch,
};
use crate::{Code, Env, Lists, actions, bound, env, preload, recompute};

/// A form being filled in.
#[derive(Debug)]
pub struct Session {
    pub(crate) form: Arc<Form>,
    pub(crate) state: State,
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
    /// The id is not of a node that takes this call, or an answer: a question that is read-only takes none.
    #[error("node {0} does not take this call")]
    Node(NodeId),
    /// The draft cannot be taken up.
    #[error("{}", .0.as_str())]
    Draft(Code),
}

impl Session {
    /// Opens a form. `prefill` sets values by path (`/data/pick/resident`) before the first calculation, like
    /// defaults: later answers replace them.
    #[must_use]
    pub fn open(form: &Arc<Form>, lists: &Arc<Lists>, env: Env, prefill: &[(String, String)]) -> Session {
        let mut session =
            Session { state: State::new(form, lists, env, &form.model.seed), form: form.clone() };
        session.preload();
        for (path, value) in prefill {
            let node = form.model.find(path).and_then(|it| session.state.tree.single(&form.model, it));
            if let Some(node) = node {
                recompute::take_answer(form, &mut session.state, node, value);
            }
        }
        recompute::settle_all(form, &mut session.state);
        actions::run(form, &mut session.state, Event::FirstLoad, ROOT_NODE);
        actions::run(form, &mut session.state, Event::Load, ROOT_NODE);
        for (path, value) in prefill {
            // A default that the form computes gives way to what the caller knows.
            let node = form.model.find(path).and_then(|it| session.state.tree.single(&form.model, it));
            if let Some(node) = node.filter(|_| !value.is_empty()) {
                recompute::take_answer(form, &mut session.state, node, value);
            }
        }
        recompute::settle(form, &mut session.state);
        session.state.views.take_changes();
        session
    }

    /// Takes up a draft that [`Session::draft`] wrote.
    pub fn resume(
        form: &Arc<Form>,
        lists: &Arc<Lists>,
        env: Env,
        draft: &str,
    ) -> Result<Session, SessionError> {
        let draft = Draft::read(draft).ok_or(SessionError::Draft(Code::DraftMalformed))?;
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
        let mut session = Session::unsettled(form, lists, env, &draft.xml)?;
        let language = form.texts.languages.iter().position(|it| *it == draft.language);
        session.state.language = language.unwrap_or(session.state.language);
        session.state.typed = session.by_node(&draft.typed);
        session.state.withheld = session.by_node(&draft.withheld);
        session.state.overridden = session.by_node(&draft.overridden);
        let signed = session.by_node(&draft.signed).into_iter();
        session.state.signed = signed.filter_map(|(it, hex)| Some((it, Binding::from_hex(&hex)?))).collect();
        session.load();
        session.ask_again(&draft.awaited);
        Ok(session)
    }

    /// Returns everything there is to show.
    #[must_use]
    pub fn view(&mut self) -> View {
        let view = self.presenter().view();
        self.hand_out(&view.nodes);
        view
    }

    /// Returns the pages there are to show now; see [`View::pages`].
    #[must_use]
    pub fn pages(&self) -> Vec<NodeId> {
        self.presenter().pages()
    }

    /// Returns a node and all below it in document order: all that is needed to show a page. From now on changes
    /// tell of these nodes.
    pub fn page(&mut self, id: NodeId) -> Vec<ViewNode> {
        if self.state.views.shown(id).is_none() {
            return Vec::new();
        }
        let nodes = self.presenter().nodes(id);
        self.hand_out(&nodes);
        nodes
    }

    /// Returns nodes by their ids, in the given order; unknown ids are left out.
    #[must_use]
    pub fn nodes(&self, ids: &[NodeId]) -> Vec<ViewNode> {
        let known = ids.iter().filter(|it| self.state.views.shown(**it).is_some());
        known.map(|it| self.presenter().node(*it)).collect()
    }

    /// Answers one question; an empty value clears it. `now_ms` is the clock at this moment.
    pub fn answer(&mut self, node: NodeId, value: &str, now_ms: i64) -> Result<ViewDiff, SessionError> {
        self.set(node, value, now_ms).map(|it| self.diff(it))
    }

    /// Answers one question, and tells by id what changed: the way for an interface that fetches what it shows.
    pub fn set(&mut self, node: NodeId, value: &str, now_ms: i64) -> Result<Changes, SessionError> {
        let target = self.target_of(node, |it| matches!(it.kind, BodyKind::Question(_)))?;
        // A hidden one takes its answer: a photo may be ready only after its question was hidden, and is not lost.
        if self.presenter().is_readonly(target) {
            return Err(SessionError::Node(node));
        }
        let form = self.form.clone();
        self.state.env.now_ms = env::clock(now_ms);
        let value = in_choice_order(&form, &self.state, target, value);
        let before = self.state.tree.node(target).value().to_owned();
        recompute::take_answer(&form, &mut self.state, target, &value);
        if self.state.tree.node(target).value() != before {
            actions::answered(&form, &mut self.state, target);
        }
        let changes = self.settle();
        // A signature covers what its own answer made of the others too.
        let is_given = !self.state.tree.node(target).value().is_empty();
        match bound::binding(&form, &self.state, target).filter(|_| is_given) {
            Some(binding) => drop(self.state.signed.insert(target, binding)),
            None => drop(self.state.signed.remove(&target)),
        }
        Ok(changes)
    }

    /// Adds an instance at the end of a repeat.
    pub fn add_instance(&mut self, repeat: NodeId, now_ms: i64) -> Result<ViewDiff, SessionError> {
        self.insert(repeat, None, now_ms).map(|it| self.diff(it))
    }

    /// Adds an instance of a repeat, at the end or as number `at` from 0, and tells by id what changed.
    pub fn insert(
        &mut self,
        repeat: NodeId,
        at: Option<usize>,
        now_ms: i64,
    ) -> Result<Changes, SessionError> {
        let around = self.target_of(repeat, |it| it.kind == BodyKind::Repeat && it.is_open_repeat)?;
        let form = self.form.clone();
        let item = self.item(repeat).and_then(|it| it.model).ok_or(SessionError::Node(repeat))?;
        self.state.env.now_ms = env::clock(now_ms);
        let frame = self.state.tree.node(around).frame;
        recompute::add_instance(&form, &mut self.state, item, frame, at);
        Ok(self.settle())
    }

    /// Removes an instance of a repeat.
    pub fn remove_instance(&mut self, instance: NodeId, now_ms: i64) -> Result<ViewDiff, SessionError> {
        self.remove(instance, now_ms).map(|it| self.diff(it))
    }

    /// Removes an instance of a repeat, and tells by id what changed.
    pub fn remove(&mut self, instance: NodeId, now_ms: i64) -> Result<Changes, SessionError> {
        let is_open = |it: &Item| {
            let repeat = it.parent.map(|it| &self.form.body[it as usize]);
            it.kind == BodyKind::Instance && repeat.is_some_and(|it| it.is_open_repeat)
        };
        let node = self.target_of(instance, is_open)?;
        let form = self.form.clone();
        self.state.env.now_ms = env::clock(now_ms);
        let frame = self.state.tree.node(node).frame;
        recompute::remove_instance(&form, &mut self.state, frame);
        Ok(self.settle())
    }

    fn item(&self, id: NodeId) -> Option<&Item> {
        self.state.views.shown(id).and_then(|(item, _)| self.form.body.get(item as usize))
    }

    /// Returns the instance node behind a view id whose item passes, unless it was removed.
    fn target_of(&self, id: NodeId, passes: impl Fn(&Item) -> bool) -> Result<u32, SessionError> {
        self.item(id).filter(|it| passes(it)).ok_or(SessionError::Node(id))?;
        let target = self.presenter().target(id);
        if self.state.tree.is_removed(target) { Err(SessionError::Node(id)) } else { Ok(target) }
    }

    /// Returns the language shown; empty for a form with one unnamed language.
    #[must_use]
    pub fn language(&self) -> &str {
        self.form.texts.languages.get(self.state.language).map_or("", String::as_str)
    }

    /// Switches the language; unknown languages change nothing.
    pub fn set_language(&mut self, language: &str) -> ViewDiff {
        let changes = self.speak(language);
        self.diff(changes)
    }

    /// Switches the language, and tells by id what changed: all that was given out. What rows are as choices is to be
    /// asked anew.
    pub fn speak(&mut self, language: &str) -> Changes {
        let Some(index) = self.form.texts.languages.iter().position(|it| it == language) else {
            return Changes::default();
        };
        self.state.language = index;
        // Calculations may put a text into an answer: `jr:choice-name`, `jr:itext`.
        let form = self.form.clone();
        recompute::settle_all(&form, &mut self.state);
        self.state.views.note_all(Parts::ALL);
        self.settle()
    }

    /// Returns at most `limit` choices of a question whose label contains `query`.
    #[must_use]
    pub fn search_choices(&self, node: NodeId, query: &str, limit: usize) -> Vec<Choice> {
        self.choices(self.search(node, query, limit))
    }

    /// Returns at most `limit` choices of a question whose label contains `query`, those of rows by number.
    #[must_use]
    pub fn search(&self, node: NodeId, query: &str, limit: usize) -> Offered {
        let Some((item, _)) = self.state.views.shown(node).filter(|_| self.item(node).is_some()) else {
            return Offered::Told(Vec::new());
        };
        present::search(&self.scope(), item, self.presenter().target(node), query, limit)
    }

    /// Returns choices in full.
    #[must_use]
    pub fn choices(&self, offered: Offered) -> Vec<Choice> {
        match offered {
            Offered::Told(choices) => choices,
            Offered::Rows { source, rows } => {
                self.row_choices(source, &rows).into_iter().map(|it| it.choice).collect()
            }
        }
    }

    /// Returns what rows are as choices, by the numbers that [`Offered::Rows`] gave; others are left out.
    #[must_use]
    pub fn row_choices(&self, source: u32, rows: &[u32]) -> Vec<RowChoice> {
        self.scope().row_choices(source, rows)
    }

    /// Returns how many choices a question offers now.
    #[must_use]
    pub fn n_choices(&self, node: NodeId) -> usize {
        let Some(item) = self.item(node) else { return 0 };
        self.scope().n_choices(&item.choices, self.presenter().target(node))
    }

    /// Returns the id of the question, group, repeat or instance at a path with positions, e.g.
    /// `/data/party[2]/p_name`; `/data/party` is the repeat as a whole.
    #[must_use]
    pub fn find(&self, reference: &str) -> Option<NodeId> {
        let (model, frame, is_whole) = self.state.tree.locate(&self.form.model, reference)?;
        let wanted = |it: &&u32| (self.form.body[**it as usize].kind == BodyKind::Repeat) == is_whole;
        let item = self.form.items_of.of(model).iter().find(wanted)?;
        Some(self.state.views.id(&self.form, *item, frame))
    }

    /// Returns the path of a node as it is now, with positions; nothing where it is gone.
    #[must_use]
    pub fn reference(&self, id: NodeId) -> Option<String> {
        let is_there = self.state.views.shown(id).is_some() && !self.is_gone(id);
        is_there.then(|| self.presenter().reference(id))
    }

    /// Returns the value at a path with positions, shown or not; nothing where there is no such node.
    #[must_use]
    pub fn value(&self, reference: &str) -> Option<&str> {
        Some(self.state.tree.node(self.node_at(reference)?).value())
    }

    fn node_at(&self, reference: &str) -> Option<u32> {
        let (model, frame, is_whole) = self.state.tree.locate(&self.form.model, reference)?;
        (!is_whole).then(|| self.state.tree.at(frame, &self.form.model, model))
    }

    /// Returns the submission document as it stands, finished or not: what is relevant, nothing judged.
    #[must_use]
    pub fn submission(&self) -> String {
        instance::write(&self.form.model, &self.state.tree, OutputScope::Relevant)
    }

    fn scope(&self) -> instance::Scope<'_> {
        instance::Scope { form: &self.form, state: &self.state }
    }

    /// Returns every broken rule in document order.
    #[must_use]
    pub fn violations(&self) -> Vec<Located> {
        self.presenter().violations()
    }

    /// Returns the session as text that [`Session::resume`] takes; hidden answers are kept.
    #[must_use]
    pub fn draft(&self) -> String {
        let draft = Draft {
            form_id: self.form.id().to_owned(),
            version: self.form.version().to_owned(),
            language: self.language().to_owned(),
            chance: format!("{:x}", self.state.chance.get()),
            offset_min: self.state.env.offset_min,
            properties: self.state.env.properties.clone(),
            xml: instance::write(&self.form.model, &self.state.tree, OutputScope::All),
            awaited: self.awaited(),
            typed: self.by_path(&self.state.typed),
            withheld: self.by_path(&self.state.withheld),
            overridden: self.by_path(&self.state.overridden),
            signed: self
                .by_path(&self.state.signed.iter().map(|(it, by)| (*it, by.to_hex().into())).collect()),
        };
        draft.write()
    }

    fn by_path(&self, texts: &FastMap<u32, Box<str>>) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for (node, text) in texts {
            if !self.state.tree.is_removed(*node) {
                found.insert(self.state.tree.reference(&self.form.model, *node), text.to_string());
            }
        }
        found
    }

    fn by_node(&self, texts: &BTreeMap<String, String>) -> FastMap<u32, Box<str>> {
        let mut found = FastMap::default();
        for (reference, text) in texts {
            if let Some(node) = self.node_at(reference) {
                found.insert(node, text.as_str().into());
            }
        }
        found
    }

    /// Returns what a signature covers, as [`Binding::to_bytes`] writes it: what it was given under, else how things
    /// stand. Nothing where the form does not say what it covers.
    #[must_use]
    pub fn binding(&self, node: NodeId) -> Option<Binding> {
        self.item(node)?;
        let target = self.presenter().target(node);
        let signed = self.state.signed.get(&target).cloned();
        signed.or_else(|| bound::binding(&self.form, &self.state, target))
    }

    /// Returns the answers that a signature covers, as the person who signs is to read them.
    #[must_use]
    pub fn signed_answers(&self, node: NodeId) -> Vec<SignedAnswer> {
        if self.item(node).is_none() {
            return Vec::new();
        }
        bound::answers(&self.form, &self.state, self.presenter().target(node))
    }

    /// Ends the visit at `now_ms` and returns the submission, or what still has to be answered.
    ///
    /// Rules that read the clock are evaluated once more at that moment, so that whoever checks the submission
    /// with the clock it carries comes to the same values.
    pub fn finish(&mut self, now_ms: i64) -> Result<Finished, Vec<Located>> {
        let form = self.form.clone();
        self.state.env.now_ms = env::clock(now_ms);
        preload::end(&form, &mut self.state);
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

    pub(crate) fn settle(&mut self) -> Changes {
        let form = self.form.clone();
        recompute::settle(&form, &mut self.state);
        let (changes, changed) = self.state.views.take_changes();
        // What came and went within the call was never there.
        let added = changes.instances.iter().filter_map(|it| it.added).filter(|it| !self.is_gone(*it));
        Changes {
            changed,
            added: added.collect(),
            instances: changes.instances,
            removed: changes.removed,
            pages: changes.visibility,
        }
    }

    fn is_gone(&self, id: NodeId) -> bool {
        let frame = self.state.views.shown(id).map(|(_, frame)| frame);
        frame.is_none_or(|it| self.state.tree.frame(it).is_removed)
    }

    /// Returns what changes come to for an interface that keeps all nodes it was ever given.
    pub(crate) fn diff(&mut self, changes: Changes) -> ViewDiff {
        let diff = self.presenter().diff(&changes);
        self.hand_out(&diff.changed);
        diff
    }

    /// Returns what changes come to for an interface that takes them over into the nodes it was given.
    #[must_use]
    pub fn patch(&self, changes: Changes) -> ViewPatch {
        self.presenter().patch(changes)
    }

    fn hand_out(&mut self, nodes: &[ViewNode]) {
        nodes.iter().for_each(|it| self.state.views.hand_out(it.id));
    }

    pub(crate) fn presenter(&self) -> Presenter<'_> {
        Presenter { form: &self.form, state: &self.state }
    }

    fn meta(&self, name: &str) -> String {
        let model = &self.form.model;
        let found = model.child(0, "meta", false).and_then(|it| model.child(it, name, false));
        let node = found.and_then(|it| self.state.tree.single(model, it));
        node.map_or_else(String::new, |it| self.state.tree.node(it).value().to_owned())
    }

    fn preload(&mut self) {
        let form = self.form.clone();
        preload::begin(&form, &mut self.state);
        // A form that names no preload for it still needs an identity.
        let model = &form.model;
        let id = model.child(0, "meta", false).and_then(|it| model.child(it, "instanceID", false));
        if let Some(node) = id.and_then(|it| self.state.tree.single(model, it))
            && self.state.tree.node(node).value().is_empty()
        {
            let new = self.instance_id();
            self.state.tree.node_mut(node).set_value(&new);
        }
    }

    /// Draws an id for the instance.
    pub(crate) fn instance_id(&self) -> String {
        preload::uid(&self.form, &self.state)
    }
}

/// Returns the names of files that relevant answers refer to.
fn attachments(form: &Form, state: &State) -> Vec<String> {
    let is_upload = |model: u32| {
        let item = form.question_of[model as usize].map(|it| &form.body[it as usize]);
        item.is_some_and(|it| it.kind == BodyKind::Question(Control::Upload))
    };
    let nodes = state.tree.subtree(&form.model, ROOT_NODE).into_iter().map(|it| state.tree.node(it));
    nodes
        .filter(|it| it.relevant && !it.value().is_empty() && is_upload(it.model))
        .map(|it| it.value().to_owned())
        .collect()
}

/// Several choices are kept in the order in which they are offered, whatever order they were ticked in.
fn in_choice_order(form: &Form, state: &State, node: u32, value: &str) -> String {
    let item = form.question_of[state.tree.node(node).model as usize].map(|it| &form.body[it as usize]);
    let Some(item) = item.filter(|it| it.kind == BodyKind::Question(Control::SelectMultiple)) else {
        return value.to_owned();
    };
    let chosen: Vec<&str> = value.split_whitespace().collect();
    let scope = instance::Scope { form, state };
    let offered = scope.choices(&item.choices, node, usize::MAX, &|it| chosen.contains(&it.value.as_str()));
    let unknown = chosen
        .iter()
        .filter(|it| !offered.iter().any(|choice| choice.value == **it))
        .map(|it| (*it).to_owned());
    offered.iter().map(|it| it.value.clone()).chain(unknown).collect::<Vec<_>>().join(" ")
}
