//! The state of a session row by row, for tests and tools; the feature `inspect` keeps it off the phone.
//!
//! A [`View`](crate::view::View) holds what a screen needs. Rows hold the whole instance: nodes without a control,
//! hidden nodes and attributes too, each under its path with positions. A repeat has a row of its own before those of
//! its instances; its path is theirs without the position.

use std::collections::HashMap;

use crate::Code;
use crate::form::{Form, Item, Text};
use crate::instance::{ROOT_NODE, Scope};
use crate::markdown;
use crate::session::Session;
use crate::view::{Choice, Control, DataType, Kind, ViewNode};
use crate::xpath::ast::ModelId;

/// One node of an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Path with the positions of repeat instances, e.g. `/data/party[2]/name`.
    pub reference: String,
    /// What it is.
    pub kind: RowKind,
    /// Leaves only.
    pub data_type: Option<DataType>,
    /// As it would be submitted: blank where the node is not relevant. Leaves only.
    pub value: Option<String>,
    /// Whether it and all around it are relevant.
    pub relevant: bool,
    /// Whether it or something around it is read-only.
    pub readonly: bool,
    /// Whether it must be answered.
    pub required: bool,
    /// In the current language; `None` without a label.
    pub label: Option<String>,
    /// Files that go with the label: `image`, `audio`, `video`, …, and where they lie.
    pub media: Vec<(String, String)>,
    /// In the current language; `None` without a hint.
    pub hint: Option<String>,
    /// All choices of a select or rank.
    pub choices: Option<Vec<Choice>>,
    /// How many instances a repeat has.
    pub count: Option<u32>,
    /// The rule the present value breaks, and what the form says about it.
    pub violation: Option<(Broken, String)>,
    /// Attributes of the instance node.
    pub attributes: Vec<(String, String)>,
    /// Words of the control's `appearance`.
    pub appearance: Vec<String>,
}

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// The instance's root.
    Root,
    /// A node that holds others, shown by a group of the body.
    Group,
    /// A node that holds others and is not shown as a whole.
    Subtree,
    /// A repeat whose instances people add and remove.
    OpenRepeat,
    /// A repeat whose instances the form counts.
    CountedRepeat,
    /// One instance of a repeat.
    Instance,
    /// A node that a control of the body shows.
    Question(Control),
    /// A leaf that no control shows.
    Value,
}

/// A kind of rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Must be answered and is empty.
    Required,
    /// The constraint does not hold.
    Constraint,
    /// The text is no value of the declared type.
    Type,
    /// The value is not among the choices.
    Choice,
}

impl Session {
    /// Returns every node of the instance in document order.
    #[must_use]
    pub fn rows(&mut self) -> Vec<Row> {
        let mut shown: HashMap<(bool, String), ViewNode> = HashMap::new();
        for node in self.view().nodes {
            shown.entry((node.kind == Kind::Repeat, node.reference.clone())).or_insert(node);
        }
        let walk = Walk { session: self, shown };
        let mut rows = Vec::new();
        walk.node(ROOT_NODE, &mut rows);
        rows
    }

    /// Returns the label of the node at a path with its format; empty where nothing shows it.
    #[must_use]
    pub fn formatted_label(&self, reference: &str) -> Vec<markdown::Node> {
        self.formatted(reference, |it| &it.label)
    }

    /// Returns the hint of the node at a path with its format; empty where nothing shows it.
    #[must_use]
    pub fn formatted_hint(&self, reference: &str) -> Vec<markdown::Node> {
        self.formatted(reference, |it| &it.hint)
    }

    fn formatted(&self, reference: &str, text: impl Fn(&Item) -> &Text) -> Vec<markdown::Node> {
        let Some(id) = self.find(reference) else { return Vec::new() };
        let item = self.state.views.shown(id).and_then(|(item, _)| self.form.body.get(item as usize));
        let scope = Scope { form: &self.form, state: &self.state };
        item.map_or_else(Vec::new, |it| scope.formatted(text(it), self.presenter().target(id)))
    }
}

struct Walk<'a> {
    session: &'a Session,
    /// By whether it is a repeat as a whole, and path.
    shown: HashMap<(bool, String), ViewNode>,
}

impl Walk<'_> {
    fn form(&self) -> &Form {
        &self.session.form
    }

    fn node(&self, id: u32, rows: &mut Vec<Row>) {
        let tree = &self.session.state.tree;
        let own = tree.node(id);
        let model = self.form().model.node(own.model);
        let reference = tree.reference(&self.form().model, id);
        let shown = self.shown.get(&(false, reference.clone()));
        let children: Vec<ModelId> =
            model.children.iter().copied().filter(|it| !self.is_attribute(*it) && self.exists(*it)).collect();
        let kind = match shown.map(|it| (it.kind, &it.question)) {
            _ if id == ROOT_NODE => RowKind::Root,
            Some((_, Some(question))) => RowKind::Question(question.control),
            _ if model.is_repeat => RowKind::Instance,
            _ if children.is_empty() && shown.is_none() => RowKind::Value,
            _ if shown.is_none() => RowKind::Subtree,
            _ => RowKind::Group,
        };
        let mut row = self.plain(reference, kind, id);
        if let Some(shown) = shown {
            self.show(&mut row, shown);
        }
        rows.push(row);
        for child in children {
            self.children(id, child, rows);
        }
    }

    fn children(&self, parent: u32, model: ModelId, rows: &mut Vec<Row>) {
        let tree = &self.session.state.tree;
        let definition = &self.form().model;
        let repeat = definition.node(model).is_repeat.then(|| self.repeat(parent, model));
        let named = repeat.as_ref().map(|it| (it.label.clone(), it.media.clone()));
        rows.extend(repeat);
        tree.each_named(definition, tree.node(parent).frame, model, &mut |child| {
            let at = rows.len();
            self.node(child, rows);
            // What a repeat is called, each of its instances is called.
            if let (Some((label, media)), Some(instance)) = (&named, rows.get_mut(at))
                && instance.label.is_none()
            {
                instance.label.clone_from(label);
                instance.media.clone_from(media);
            }
        });
    }

    fn repeat(&self, parent: u32, model: ModelId) -> Row {
        let tree = &self.session.state.tree;
        let name = &self.form().model.node(model).name;
        let reference = format!("{}/{name}", tree.reference(&self.form().model, parent));
        let shown = self.shown.get(&(true, reference.clone()));
        let repeat = shown.and_then(|it| it.repeat);
        let kind =
            if repeat.is_some_and(|it| it.can_add) { RowKind::OpenRepeat } else { RowKind::CountedRepeat };
        let mut row = self.plain(reference, kind, parent);
        row.attributes.clear();
        row.count = Some(tree.instances(tree.node(parent).frame, &self.form().model, model).len() as u32);
        if let Some(shown) = shown {
            row.relevant = shown.relevant;
            self.show(&mut row, shown);
        }
        row
    }

    fn plain(&self, reference: String, kind: RowKind, id: u32) -> Row {
        let tree = &self.session.state.tree;
        let own = tree.node(id);
        let is_leaf = matches!(kind, RowKind::Question(_) | RowKind::Value);
        let model = &self.form().model;
        let parent = |it: &u32| tree.parent(model, *it);
        let attributes = model.node(own.model).children.iter().filter(|it| self.is_attribute(**it));
        let attribute = |it: &ModelId| {
            let value = tree.node(tree.at(own.frame, model, *it)).value();
            (model.node(*it).name.to_string(), value.to_owned())
        };
        let mut row = Row {
            reference,
            kind,
            data_type: is_leaf.then(|| self.form().data_types[own.model as usize]),
            value: is_leaf.then(|| if own.relevant { own.value().to_owned() } else { String::new() }),
            relevant: own.relevant,
            readonly: std::iter::successors(Some(id), parent).any(|it| tree.node(it).readonly),
            required: own.required,
            label: None,
            media: Vec::new(),
            hint: None,
            choices: None,
            count: None,
            violation: None,
            attributes: attributes.map(attribute).collect(),
            appearance: Vec::new(),
        };
        if kind == RowKind::Root {
            row.attributes.push(("id".to_owned(), model.form_id.clone()));
            row.attributes.retain(|(_, value)| !value.is_empty());
        }
        if kind == RowKind::Value && own.relevant {
            let broken = if own.value().is_empty() {
                own.required.then_some(Broken::Required)
            } else {
                (!own.is_valid).then_some(Broken::Constraint)
            };
            row.violation = broken.map(|it| (it, String::new()));
        }
        row
    }

    fn show(&self, row: &mut Row, shown: &ViewNode) {
        let item = self
            .session
            .state
            .views
            .shown(shown.id)
            .and_then(|(item, _)| self.form().body.get(item as usize));
        let has = |text: fn(&Item) -> &Text| item.is_some_and(|it| !matches!(text(it), Text::None));
        row.label = has(|it| &it.label).then(|| shown.label.clone());
        row.media = shown.media.iter().map(|it| (it.form.clone(), it.address.clone())).collect();
        row.hint = has(|it| &it.hint).then(|| shown.hint.clone());
        row.appearance.clone_from(&shown.appearance);
        let Some(question) = &shown.question else { return };
        if matches!(question.control, Control::SelectOne | Control::SelectMultiple | Control::Rank) {
            let is_whole = question.choices.len() == question.n_choices as usize;
            row.choices = Some(if is_whole {
                question.choices.clone()
            } else {
                self.session.search_choices(shown.id, "", usize::MAX)
            });
        }
        row.violation = question.violation.as_ref().map(|it| (broken(&it.code), it.message.clone()));
    }

    /// Whether a node is there at all: `deprecatedID` may not be.
    fn exists(&self, model: ModelId) -> bool {
        let tree = &self.session.state.tree;
        let is_absent = |it: u32| tree.node(it).value().is_empty();
        self.form().model.reserved != Some(model)
            || !tree.single(&self.form().model, model).is_some_and(is_absent)
    }

    fn is_attribute(&self, model: ModelId) -> bool {
        self.form().model.node(model).is_attribute
    }
}

fn broken(code: &str) -> Broken {
    match code {
        it if it == Code::AnswerRequired.as_str() => Broken::Required,
        it if it == Code::AnswerType.as_str() => Broken::Type,
        it if it == Code::AnswerChoice.as_str() => Broken::Choice,
        _ => Broken::Constraint,
    }
}
