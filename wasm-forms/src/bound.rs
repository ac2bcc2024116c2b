//! What a signature covers: the answers that the bind of its question names.
//!
//! ```text
//! <bind nodeset="/data/sign" type="binary" xmlns:doorstep="urn:doorstep:xforms"
//!       doorstep:signs=" /data/name   /data/phone " />
//! ```
//!
//! In a workbook that is a column `bind::doorstep:signs` with `${name} ${phone}`, and `doorstep="urn:doorstep:xforms"` in
//! the column `namespaces` of the settings; other converters and clients pass it on and mind nothing. A group or repeat
//! stands for all answers in it but other signatures, `meta` and what the phone notes by itself (start, end). What is named stands in the order of the form, an answer of a
//! repeat once for each instance; an instance around the signature is the signature's own.
//!
//! An answer has a path with positions of the instances that are not around the signature, counted among those that are
//! in the submission: hidden instances and empty answers are as if they were not there.

use serde::Serialize;

use crate::evidence::binding::{Binding, Bound};
use crate::form::Form;
use crate::instance::{self, LoadError, OutputScope, Scope, State};
use crate::parse::{BodyKind, Model, ROOT, ScopeId};
use crate::view::Control;
use crate::xpath::ast::ModelId;
use crate::{Env, Lists, present};

/// The namespace of what the form says to this program alone.
pub(crate) const NAMESPACE: &str = "urn:doorstep:xforms";

/// One answer that a signature covers, as the person who signs reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedAnswer {
    /// Path with positions.
    pub reference: String,
    /// The question's label, or its name.
    pub label: String,
    /// As a person reads it; empty where it is not there.
    pub display: String,
    /// Whether it is not as it was signed; nothing is where nothing was signed yet.
    pub is_changed: bool,
}

/// A signature of a submission, and what it had to cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Path with positions.
    pub reference: String,
    /// Name of its file.
    pub name: String,
    /// What it covers as the document has it.
    pub binding: Binding,
    answers: Vec<Covered>,
}

impl Signature {
    /// Returns the paths with positions of the answers that it covers, empty ones left out.
    pub fn answers(&self) -> impl Iterator<Item = &str> {
        self.answers.iter().filter(|it| !it.value.is_empty()).map(|it| it.reference.as_str())
    }

    /// Returns the paths with positions of those answers that are not as they were when it was given.
    #[must_use]
    pub fn changed(&self, given_under: &Binding) -> Vec<&str> {
        let changed = given_under.changed(&bounds(&self.answers));
        changed.into_iter().map(|it| self.answers[it].reference.as_str()).collect()
    }
}

/// Returns the signatures of a submission whose form says what they cover, in document order: those that were given.
/// The document is taken as it stands; nothing is calculated. Nothing of what is no document of this form, or encrypted.
#[must_use]
pub fn signatures(xml: &str, form: &Form) -> Vec<Signature> {
    if form.signs.is_empty() {
        return Vec::new();
    }
    let Ok(loaded) = instance::load(xml, &form.model).map_err(|_: LoadError| ()) else { return Vec::new() };
    let state = State::new(form, &Lists::new(), Env::default(), &loaded.seed);
    let view = Whole { form, state: &state, scope: OutputScope::All };
    let mut found = Vec::new();
    for id in state.tree.subtree(&form.model, 0) {
        let node = state.tree.node(id);
        if node.value().is_empty() {
            continue;
        }
        let Some(answers) = view.covered(id) else { continue };
        found.push(Signature {
            reference: state.tree.reference(&form.model, id),
            name: node.value().to_owned(),
            binding: Binding::of(&bounds(&answers)),
            answers,
        });
    }
    found
}

/// Returns what a signature covers as a session stands; nothing where the form does not say.
pub(crate) fn binding(form: &Form, state: &State, node: u32) -> Option<Binding> {
    let view = Whole { form, state, scope: OutputScope::Relevant };
    Some(Binding::of(&bounds(&view.covered(node)?)))
}

/// Returns whether a signature was given under other answers than there are now.
pub(crate) fn is_void(form: &Form, state: &State, node: u32) -> bool {
    let signed = state.signed.get(&node);
    signed.is_some_and(|it| binding(form, state, node).is_some_and(|now| !it.is_same(&now)))
}

/// Returns the answers that a signature covers, with what has changed since it was given; answers that were and are empty
/// are left out.
pub(crate) fn answers(form: &Form, state: &State, node: u32) -> Vec<SignedAnswer> {
    let view = Whole { form, state, scope: OutputScope::Relevant };
    let covered = view.covered(node).unwrap_or_default();
    let changed = state.signed.get(&node).map_or_else(Vec::new, |it| it.changed(&bounds(&covered)));
    let mut answers = Vec::with_capacity(covered.len());
    for (at, answer) in covered.into_iter().enumerate() {
        let is_changed = changed.contains(&at);
        if is_changed || !answer.value.is_empty() {
            answers.push(view.as_read(answer, is_changed));
        }
    }
    answers
}

/// A place that an answer may stand in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Covered {
    /// With positions of all instances.
    reference: String,
    /// As it is bound.
    path: String,
    /// Empty where it is not there.
    value: String,
    node: u32,
}

fn bounds(answers: &[Covered]) -> Vec<Bound<'_>> {
    answers.iter().map(|it| (it.path.as_str(), it.value.as_str())).collect()
}

/// An instance, and what of it counts as there.
struct Whole<'a> {
    form: &'a Form,
    state: &'a State,
    scope: OutputScope,
}

impl Whole<'_> {
    fn covered(&self, signature: u32) -> Option<Vec<Covered>> {
        let (tree, model) = (&self.state.tree, &self.form.model);
        let own = tree.node(signature);
        let mut found = Vec::new();
        for leaf in self.form.signs_of(own.model)? {
            let scope = model.node(*leaf).scope;
            let common = model.scope(model.common_scope(model.node(own.model).scope, scope)).depth;
            let around = tree.frame_at_depth(own.frame, model, common);
            self.descend(around, scope, &mut Vec::new(), *leaf, &mut found);
        }
        Some(found)
    }

    /// Goes down to the frames in which an answer stands, counting the instances on the way.
    fn descend(
        &self,
        frame: u32,
        scope: ScopeId,
        positions: &mut Vec<usize>,
        leaf: ModelId,
        found: &mut Vec<Covered>,
    ) {
        let (tree, model) = (&self.state.tree, &self.form.model);
        let here = tree.frame(frame).scope;
        if here == scope {
            let node = tree.at(frame, model, leaf);
            let value = if self.is_there(node) { tree.node(node).value().to_owned() } else { String::new() };
            let reference = tree.reference(model, node);
            found.push(Covered { path: path(model, leaf, positions), reference, value, node });
            return;
        }
        let next = model.scope_at_depth(scope, model.scope(here).depth + 1);
        let mut position = 0;
        for inner in &tree.frame(frame).inner[model.scope(next).slot as usize] {
            if self.is_there(tree.frame(*inner).base) {
                position += 1;
                positions.push(position);
                self.descend(*inner, scope, positions, leaf, found);
                positions.pop();
            }
        }
    }

    fn is_there(&self, node: u32) -> bool {
        self.scope == OutputScope::All || self.state.tree.node(node).relevant
    }

    fn as_read(&self, answer: Covered, is_changed: bool) -> SignedAnswer {
        let scope = Scope { form: self.form, state: self.state };
        let model = self.state.tree.node(answer.node).model;
        let item = self.form.question_of[model as usize].map(|it| &self.form.body[it as usize]);
        let label = item.map(|it| scope.render(&it.label, answer.node)).filter(|it| !it.is_empty());
        let display = match item {
            _ if answer.value.is_empty() => String::new(),
            Some(item) => present::display(&scope, item, answer.node),
            None => answer.value,
        };
        let name = || self.form.model.node(model).name.to_string();
        SignedAnswer { reference: answer.reference, label: label.unwrap_or_else(name), display, is_changed }
    }
}

/// Writes a node's path; `positions` are those of the innermost repeats on it.
fn path(model: &Model, leaf: ModelId, positions: &[usize]) -> String {
    let mut steps: Vec<ModelId> = std::iter::successors(Some(leaf), |it| model.node(*it).parent).collect();
    steps.reverse();
    let n_repeats = steps.iter().filter(|it| model.node(**it).is_repeat).count();
    let mut positions =
        std::iter::repeat_n(None, n_repeats - positions.len()).chain(positions.iter().copied().map(Some));
    let mut path = String::new();
    for step in steps {
        path.push('/');
        path += &model.node(step).name;
        if model.node(step).is_repeat
            && let Some(position) = positions.next().flatten()
        {
            path.push('[');
            path += &position.to_string();
            path.push(']');
        }
    }
    path
}

/// Returns the leaves that a bind names, in the order of the form. A group stands for all in it but what is left out.
pub(crate) fn leaves(model: &Model, named: &[ModelId], left_out: &[ModelId], own: ModelId) -> Box<[ModelId]> {
    let is_left_out = |it: ModelId| left_out.iter().any(|left_out| model.is_within(it, *left_out));
    let is_leaf = |it: ModelId| model.node(it).children.iter().all(|it| model.node(*it).is_attribute);
    let stands_for =
        |it: ModelId, named: ModelId| it == named || (model.is_within(it, named) && !is_left_out(it));
    let all = ROOT..model.nodes.len() as ModelId;
    let leaves = all.filter(|it| *it != own && is_leaf(*it) && !model.node(*it).is_attribute);
    leaves.filter(|it| named.iter().any(|named| stands_for(*it, *named))).collect()
}

impl Form {
    /// Returns the answers that a signature covers, in the order of the form.
    pub(crate) fn signs_of(&self, model: ModelId) -> Option<&[ModelId]> {
        self.signs.iter().find(|(it, _)| *it == model).map(|(_, leaves)| &**leaves)
    }

    /// Returns whether some signature of the form says what it covers.
    #[must_use]
    pub fn binds_signatures(&self) -> bool {
        self.signs.iter().any(|(it, _)| {
            let item = self.question_of[*it as usize].map(|it| &self.body[it as usize]);
            item.is_some_and(|it| it.kind == BodyKind::Question(Control::Upload))
        })
    }
}
