//! The view of a session: body items and the nodes they show, as [`crate::view`] promises them.

use std::collections::{BTreeSet, HashMap};

use crate::form::{Choices, Form, Item, RuleKind};
use crate::instance::{Changes, NO_NODE, Scope, State};
use crate::parse::BodyKind;
use crate::types::fits;
use crate::view::{
    Choice, Control, Kind, Located, MAX_LISTED_CHOICES, NodeId, Question, Repeat, View, ViewDiff, ViewNode,
    Violation,
};
use crate::xpath::ast::ModelId;
use crate::{Code, xpath};

/// The body item of the root.
const ROOT_ITEM: u32 = u32::MAX;

/// A body item and the node it shows; for a repeat as a whole and for a group that only arranges, the node around it.
type Shown = (u32, u32);

/// Which view id shows what.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    by_shown: HashMap<Shown, NodeId>,
    shown: Vec<Shown>,
    /// By node: the view ids that show it.
    by_node: HashMap<u32, Vec<NodeId>>,
    parents: Vec<Option<NodeId>>,
}

impl Ids {
    fn id(&mut self, shown: Shown, parent: Option<NodeId>) -> NodeId {
        if let Some(id) = self.by_shown.get(&shown) {
            return *id;
        }
        let id = self.shown.len() as NodeId;
        self.shown.push(shown);
        self.parents.push(parent);
        self.by_shown.insert(shown, id);
        self.by_node.entry(shown.1).or_default().push(id);
        id
    }

    /// Returns the body item and the node of a view id.
    pub fn shown(&self, id: NodeId) -> Option<Shown> {
        self.shown.get(id as usize).copied()
    }
}

/// Builds view nodes.
pub(crate) struct Presenter<'a> {
    pub form: &'a Form,
    pub state: &'a State,
    pub ids: &'a mut Ids,
}

impl Presenter<'_> {
    pub fn view(&mut self) -> View {
        let texts = &self.form.texts;
        let root = self.ids.id((ROOT_ITEM, 0), None);
        let mut nodes = Vec::new();
        self.collect(root, &mut nodes);
        View {
            title: self.form.title.clone(),
            form_id: self.form.model.form_id.clone(),
            version: self.form.model.version.clone(),
            languages: texts.languages.clone(),
            language: texts.languages.get(self.state.language).cloned().unwrap_or_default(),
            pages: self.pages(),
            root,
            nodes,
        }
    }

    fn collect(&mut self, id: NodeId, nodes: &mut Vec<ViewNode>) {
        let node = self.node(id);
        let children = node.children.clone();
        nodes.push(node);
        children.into_iter().for_each(|it| self.collect(it, nodes));
    }

    /// Returns what the noted changes come to, and forgets nothing: the caller takes the changes.
    pub fn diff(&mut self, changes: &Changes) -> ViewDiff {
        let mut ids = BTreeSet::new();
        for node in &changes.nodes {
            ids.extend(self.ids.by_node.get(node).into_iter().flatten().copied());
        }
        for shown in &changes.shown {
            ids.extend(self.ids.by_shown.get(shown).copied());
        }
        for parent in &changes.repeats {
            ids.extend(self.ids.by_node.get(parent).into_iter().flatten().copied());
        }
        let mut removed = Vec::new();
        for node in &changes.removed {
            removed.extend(self.ids.by_node.remove(node).into_iter().flatten());
        }
        removed.sort_unstable();
        ids.retain(|it| removed.binary_search(it).is_err());
        let mut changed = Vec::new();
        for id in ids {
            let n_known = self.ids.shown.len() as NodeId;
            let node = self.node(id);
            let new: Vec<NodeId> = node.children.iter().copied().filter(|it| *it >= n_known).collect();
            changed.push(node);
            new.into_iter().for_each(|it| self.collect(it, &mut changed));
        }
        let pages = changes.visibility.then(|| self.pages());
        ViewDiff { pages, changed, removed }
    }

    /// Returns every node that is still shown, for a change that may concern all texts.
    pub fn everything(&mut self) -> ViewDiff {
        let view = self.view();
        ViewDiff { pages: Some(view.pages), changed: view.nodes, removed: Vec::new() }
    }

    fn children(&mut self, id: NodeId) -> Vec<NodeId> {
        let form = self.form;
        let (item, node) = self.ids.shown[id as usize];
        let items: Vec<u32> = if item == ROOT_ITEM {
            form.top_level.clone()
        } else {
            form.body[item as usize].children.clone()
        };
        let mut children = Vec::new();
        for child in items {
            for shown in self.nodes_of(&form.body[child as usize], node) {
                children.push(self.ids.id((child, shown), Some(id)));
            }
        }
        children
    }

    /// The nodes that a child item shows when the item around it shows `node`.
    fn nodes_of(&self, item: &Item, node: u32) -> Vec<u32> {
        let Some(model) = item.model else { return vec![node] };
        match item.kind {
            BodyKind::Repeat => self.parent_of_repeat(model, node).into_iter().collect(),
            BodyKind::Instance => self.state.tree.children_of(node, model).collect(),
            BodyKind::Group | BodyKind::Question(_) => {
                let mut found = Vec::new();
                let anchor = self.state.tree.node(node).model;
                self.state.tree.below(&self.form.model, node, anchor, model, &mut found);
                found
            }
        }
    }

    fn parent_of_repeat(&self, repeat: ModelId, node: u32) -> Option<u32> {
        let parent = self.form.model.nodes[repeat as usize].parent?;
        let mut found = Vec::new();
        let anchor = self.state.tree.node(node).model;
        self.state.tree.below(&self.form.model, node, anchor, parent, &mut found);
        found.first().copied()
    }

    pub fn node(&mut self, id: NodeId) -> ViewNode {
        let children = self.children(id);
        let (item, node) = self.ids.shown[id as usize];
        let tree = &self.state.tree;
        let scope = Scope { form: self.form, state: self.state };
        let reference = tree.reference(&self.form.model, node);
        let mut shown = ViewNode {
            id,
            parent: self.ids.parents[id as usize],
            kind: Kind::Root,
            name: self.form.model.nodes[tree.node(node).model as usize].name.to_string(),
            reference,
            children,
            label: String::new(),
            hint: String::new(),
            appearance: Vec::new(),
            relevant: tree.node(node).relevant,
            question: None,
            repeat: None,
        };
        if item == ROOT_ITEM {
            return shown;
        }
        let item = &self.form.body[item as usize];
        shown.label = scope.render(&item.label, node);
        shown.hint = scope.render(&item.hint, node);
        shown.appearance.clone_from(&item.appearance);
        match item.kind {
            BodyKind::Group => shown.kind = Kind::Group,
            BodyKind::Instance => shown.kind = Kind::Instance,
            BodyKind::Repeat => {
                shown.kind = Kind::Repeat;
                self.repeat(item, node, &mut shown);
            }
            BodyKind::Question(control) => {
                shown.kind = Kind::Question;
                shown.question = Some(self.question(item, control, node));
            }
        }
        shown
    }

    fn repeat(&self, item: &Item, parent: u32, shown: &mut ViewNode) {
        let Some(model) = item.model else { return };
        let name = &self.form.model.nodes[model as usize].name;
        shown.reference = format!("{}/{name}", shown.reference);
        shown.name = name.to_string();
        shown.relevant = self.state.tree.node(parent).relevant && self.repeat_is_relevant(model, parent);
        let count = self.state.tree.children_of(parent, model).count() as u32;
        shown.repeat = Some(Repeat {
            count,
            can_add: item.is_open_repeat,
            can_remove: item.is_open_repeat && count > 0,
        });
    }

    /// A repeat is shown where its rule of relevance holds, instances or not.
    fn repeat_is_relevant(&self, model: ModelId, parent: u32) -> bool {
        let tree = &self.state.tree;
        match tree.children_of(parent, model).next() {
            Some(first) => tree.node(first).relevant,
            None => {
                let scope = Scope { form: self.form, state: self.state };
                let rule = self.form.rule_of(model, RuleKind::Relevant);
                rule.is_none_or(|it| scope.evaluate(&it.expr, parent).to_boolean(&scope))
            }
        }
    }

    fn question(&self, item: &Item, control: Control, node: u32) -> Question {
        let tree = &self.state.tree;
        let model = tree.node(node).model;
        let scope = Scope { form: self.form, state: self.state };
        let n_choices = scope.n_choices(&item.choices, node);
        let listed = n_choices <= MAX_LISTED_CHOICES;
        Question {
            control: if item.is_note { Control::Note } else { control },
            data_type: self.form.data_types[model as usize],
            value: tree.node(node).value.clone(),
            display: display(&scope, item, node),
            readonly: self.is_readonly(node),
            required: tree.node(node).required,
            violation: violation(&scope, item, node),
            choices: if listed {
                scope.choices(&item.choices, node, usize::MAX, &|_| true)
            } else {
                Vec::new()
            },
            n_choices: n_choices as u32,
            media_type: item.media_type.clone(),
            max_pixels: self.form.max_pixels[model as usize],
            range: item.range,
            accuracy_m: item.accuracy_m,
        }
    }

    fn is_readonly(&self, node: u32) -> bool {
        let tree = &self.state.tree;
        let parent = |it: &u32| Some(tree.node(*it).parent).filter(|it| *it != NO_NODE);
        std::iter::successors(Some(node), parent).any(|it| tree.node(it).readonly)
    }

    /// One screen per group; a group that only holds other groups and repeats is opened up.
    pub fn pages(&mut self) -> Vec<NodeId> {
        let root = self.ids.id((ROOT_ITEM, 0), None);
        let mut pages = Vec::new();
        for child in self.children(root) {
            self.add_pages(child, &mut pages);
        }
        pages
    }

    fn add_pages(&mut self, id: NodeId, pages: &mut Vec<NodeId>) {
        let (item, _) = self.ids.shown[id as usize];
        let item = &self.form.body[item as usize];
        let is_one_screen = item.appearance.iter().any(|it| it == "field-list");
        let only_arranges = item.kind == BodyKind::Group
            && !is_one_screen
            && item
                .children
                .iter()
                .any(|it| !matches!(self.form.body[*it as usize].kind, BodyKind::Question(_)));
        if only_arranges {
            for child in self.children(id) {
                self.add_pages(child, pages);
            }
        } else if self.has_something_to_show(id) {
            pages.push(id);
        }
    }

    fn has_something_to_show(&mut self, id: NodeId) -> bool {
        let (item, node) = self.ids.shown[id as usize];
        let item = &self.form.body[item as usize];
        match item.kind {
            BodyKind::Question(_) => self.state.tree.node(node).relevant,
            BodyKind::Repeat => {
                let Some(model) = item.model else { return false };
                let is_relevant = self.state.tree.node(node).relevant && self.repeat_is_relevant(model, node);
                is_relevant
                    && (item.is_open_repeat || self.state.tree.children_of(node, model).next().is_some())
            }
            BodyKind::Group | BodyKind::Instance => {
                self.state.tree.node(node).relevant
                    && self.children(id).into_iter().any(|it| self.has_something_to_show(it))
            }
        }
    }

    /// Returns every broken rule of what is shown, in document order.
    pub fn violations(&mut self) -> Vec<Located> {
        let mut found = Vec::new();
        for page in self.pages() {
            self.violations_below(page, page, &mut found);
        }
        found
    }

    fn violations_below(&mut self, id: NodeId, page: NodeId, found: &mut Vec<Located>) {
        let (item, node) = self.ids.shown[id as usize];
        if !self.state.tree.node(node).relevant {
            return;
        }
        let item = &self.form.body[item as usize];
        let scope = Scope { form: self.form, state: self.state };
        if matches!(item.kind, BodyKind::Question(_))
            && let Some(violation) = violation(&scope, item, node)
        {
            found.push(Located { node: id, page, label: scope.render(&item.label, node), violation });
        }
        for child in self.children(id) {
            self.violations_below(child, page, found);
        }
    }
}

/// Returns the rule that a question's present value breaks.
pub(crate) fn violation(scope: &Scope<'_>, item: &Item, node: u32) -> Option<Violation> {
    let own = scope.state.tree.node(node);
    if !own.relevant {
        return None;
    }
    let messages = &scope.form.messages[own.model as usize];
    let message = |which: usize| scope.render(&messages[which], node);
    let broken = |code: Code, message: String| Some(Violation { code: code.as_str().to_owned(), message });
    if own.value.is_empty() {
        return if own.required && !item.is_note { broken(Code::AnswerRequired, message(0)) } else { None };
    }
    if !fits(scope.form.data_types[own.model as usize], &own.value) {
        return broken(Code::AnswerType, String::new());
    }
    if !chosen_are_offered(scope, item, node, &own.value) {
        return broken(Code::AnswerChoice, String::new());
    }
    if own.is_valid { None } else { broken(Code::AnswerConstraint, message(1)) }
}

fn chosen_are_offered(scope: &Scope<'_>, item: &Item, node: u32, value: &str) -> bool {
    let offered = |it: &str| scope.label_of_choice(&item.choices, node, it).is_some();
    match (item.kind, &item.choices) {
        (_, Choices::None) => true,
        (BodyKind::Question(Control::SelectOne), _) => offered(value),
        (BodyKind::Question(Control::SelectMultiple | Control::Rank), _) => {
            value.split_whitespace().all(offered)
        }
        _ => true,
    }
}

/// Returns a value as a person reads it.
pub(crate) fn display(scope: &Scope<'_>, item: &Item, node: u32) -> String {
    let value = &scope.state.tree.node(node).value;
    if value.is_empty() || matches!(item.choices, Choices::None) {
        return readable(value);
    }
    let label = |it: &str| scope.label_of_choice(&item.choices, node, it).unwrap_or_else(|| it.to_owned());
    match item.kind {
        BodyKind::Question(Control::SelectMultiple | Control::Rank) => {
            value.split_whitespace().map(label).collect::<Vec<_>>().join("、")
        }
        _ => label(value),
    }
}

/// A moment without its seconds and offset.
fn readable(value: &str) -> String {
    match value.split_once('T') {
        Some((day, time)) if xpath::civil::parse_date(day).is_some() && time.len() >= 5 => {
            format!("{day} {}", time.get(..5).unwrap_or(time))
        }
        _ => value.to_owned(),
    }
}

/// Returns at most `limit` choices whose label contains `query`, ignoring case.
pub(crate) fn search(scope: &Scope<'_>, item: &Item, node: u32, query: &str, limit: usize) -> Vec<Choice> {
    let query = query.trim().to_lowercase();
    scope.choices(&item.choices, node, limit, &|it| {
        query.is_empty() || it.label.to_lowercase().contains(&query)
    })
}
