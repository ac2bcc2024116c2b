//! The form as a tree: the survey, its groups and repeats, questions, and what the converter adds to them.

use std::cell::OnceCell;

use super::report::Cell;
use super::shared::Shared;
use super::text::Text;

/// Index into [`Tree`].
pub(super) type Id = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Survey,
    Group,
    Repeat,
    Question,
    /// A list file that a row declares; it has no node in the instance.
    External,
    Entity,
    EntityLabel,
    Attribute,
}

/// When an action runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    FirstLoad,
    Load,
    NewRepeat,
}

impl Event {
    pub(super) fn name(self) -> &'static str {
        match self {
            Event::FirstLoad => "odk-instance-first-load",
            Event::Load => "odk-instance-load",
            Event::NewRepeat => "odk-new-repeat",
        }
    }
}

/// Something the form does by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action {
    /// Element name.
    pub name: &'static str,
    pub event: Event,
    /// For `setvalue`; a question's default takes its place.
    pub value: Option<Shared>,
    /// Further attributes.
    pub attributes: Vec<(Shared, Shared)>,
}

impl Action {
    pub(super) fn set_value(event: Event, value: Option<Shared>) -> Self {
        Self { name: "setvalue", event, value, attributes: Vec::new() }
    }
}

/// One node; which fields are used depends on its kind.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub name: String,
    pub kind: Kind,
    pub parent: Option<Id>,
    pub children: Vec<Id>,
    /// Where it stands in the workbook; its row for diagnostics.
    pub cell: Cell,
    /// Where its label stands or ought to.
    pub label_cell: Cell,
    /// Canonical question type; empty for sections.
    pub question_type: &'static str,
    /// Body element; empty for a question nobody sees.
    pub tag: &'static str,
    pub label: Option<Text>,
    pub hint: Option<Text>,
    pub guidance_hint: Option<Text>,
    pub media: Vec<(Shared, Text)>,
    pub bind: Vec<(Shared, Text)>,
    pub control: Vec<(Shared, Shared)>,
    /// Attributes of the node in the instance.
    pub instance: Vec<(Shared, Shared)>,
    pub default: Option<Shared>,
    pub actions: Vec<Action>,
    pub choice_filter: Option<Shared>,
    pub itemset: Option<String>,
    /// List of a `select_one_external`.
    pub query: Option<String>,
    pub parameters: Vec<(Shared, Shared)>,
    pub triggers: Vec<String>,
    /// Value of an attribute in the instance.
    pub value: String,
    /// The meta group, which has no body.
    pub is_meta: bool,
    /// A group that is seen, but not submitted.
    pub is_flat: bool,
}

impl Node {
    pub(super) fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            parent: None,
            children: Vec::new(),
            cell: Cell::default(),
            label_cell: Cell::default(),
            question_type: "",
            tag: "",
            label: None,
            hint: None,
            guidance_hint: None,
            media: Vec::new(),
            bind: Vec::new(),
            control: Vec::new(),
            instance: Vec::new(),
            default: None,
            actions: Vec::new(),
            choice_filter: None,
            itemset: None,
            query: None,
            parameters: Vec::new(),
            triggers: Vec::new(),
            value: String::new(),
            is_meta: false,
            is_flat: false,
        }
    }

    /// Returns a question that nobody sees, with its bind.
    pub(super) fn calculated(name: &str, bind: &[(&'static str, &str)]) -> Self {
        let mut node = Self::new(name, Kind::Question);
        node.question_type = "calculate";
        node.set_bind("type", "string");
        bind.iter().for_each(|(key, value)| node.set_bind(*key, (*value).to_owned()));
        node
    }

    pub(super) fn bind(&self, key: &str) -> Option<&str> {
        self.bind.iter().find(|(it, _)| *it == key).and_then(|(_, value)| value.plain())
    }

    pub(super) fn set_bind(&mut self, key: impl Into<Shared>, value: impl Into<Shared>) {
        set(&mut self.bind, key.into(), Text::Plain(value.into()));
    }

    pub(super) fn control(&self, key: &str) -> Option<&str> {
        self.control.iter().find(|(it, _)| *it == key).map(|(_, value)| value.as_str())
    }

    pub(super) fn set_control(&mut self, key: impl Into<Shared>, value: impl Into<Shared>) {
        set(&mut self.control, key.into(), value.into());
    }

    pub(super) fn parameter(&self, key: &str) -> Option<&str> {
        self.parameters.iter().find(|(it, _)| *it == key).map(|(_, value)| value.as_str())
    }

    /// Returns whether the label comes from the text table, because it has languages or media.
    pub(super) fn label_is_itext(&self) -> bool {
        matches!(self.label, Some(Text::Languages(_))) || !self.media.is_empty()
    }

    pub(super) fn is_section(&self) -> bool {
        matches!(self.kind, Kind::Survey | Kind::Group | Kind::Repeat)
    }
}

/// Sets `key`, replacing what was there.
pub(super) fn set<T>(list: &mut Vec<(Shared, T)>, key: Shared, value: T) {
    match list.iter_mut().find(|(it, _)| *it == key) {
        Some((_, old)) => *old = value,
        None => list.push((key, value)),
    }
}

/// All nodes; the first is the survey.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The absolute path of every node, from the first question for one until the tree changes.
    paths: OnceCell<Vec<String>>,
}

pub(super) const ROOT: Id = 0;

impl std::ops::Index<Id> for Tree {
    type Output = Node;

    fn index(&self, id: Id) -> &Node {
        &self.nodes[id]
    }
}

impl std::ops::IndexMut<Id> for Tree {
    fn index_mut(&mut self, id: Id) -> &mut Node {
        self.paths.take();
        &mut self.nodes[id]
    }
}

impl Tree {
    pub(super) fn new(root_name: &str) -> Self {
        Self { nodes: vec![Node::new(root_name, Kind::Survey)], paths: OnceCell::new() }
    }

    /// Returns how many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Makes room for so many nodes more.
    pub(super) fn reserve(&mut self, n_nodes: usize) {
        self.nodes.reserve(n_nodes);
    }

    /// Appends `node` below `parent`.
    pub(super) fn add(&mut self, parent: Id, mut node: Node) -> Id {
        self.paths.take();
        let id = self.nodes.len();
        node.parent = Some(parent);
        self.nodes.push(node);
        self.nodes[parent].children.push(id);
        id
    }

    /// Takes the children away from `parent`; they stay nodes, but of no form.
    pub(super) fn take_children(&mut self, parent: Id) -> Vec<Id> {
        std::mem::take(&mut self.nodes[parent].children)
    }

    /// Returns all nodes, parents before children, in document order.
    pub(super) fn document_order(&self) -> Vec<Id> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut stack = vec![ROOT];
        while let Some(id) = stack.pop() {
            order.push(id);
            stack.extend(self[id].children.iter().rev());
        }
        order
    }

    /// Returns the ancestors from the parent up, but for groups that are not submitted.
    pub(super) fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::successors(self[id].parent, |it| self[*it].parent).filter(|it| !self[*it].is_flat)
    }

    pub(super) fn is_in_repeat(&self, id: Id) -> bool {
        self.nearest_repeat(id).is_some()
    }

    pub(super) fn nearest_repeat(&self, id: Id) -> Option<Id> {
        self.ancestors(id).find(|it| self[*it].kind == Kind::Repeat)
    }

    /// Returns the absolute path, e.g. `/data/group/name`.
    pub(super) fn path(&self, id: Id) -> &str {
        &self.paths.get_or_init(|| self.all_paths())[id]
    }

    fn all_paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::with_capacity(self.nodes.len());
        // Parents come before their children.
        for (id, node) in self.nodes.iter().enumerate() {
            let above = self.ancestors(id).next().map_or("", |it| &*paths[it]);
            let mark = if node.kind == Kind::Attribute { "@" } else { "" };
            paths.push([above, "/", mark, &node.name].concat());
        }
        paths
    }

    /// Returns the path from below `top` (from the root without one), beginning with a slash.
    pub(super) fn path_below(&self, id: Id, top: Option<Id>) -> String {
        let above: Vec<Id> = self.ancestors(id).take_while(|it| Some(*it) != top).collect();
        let mut path = String::new();
        for step in above.into_iter().rev().chain([id]) {
            path.push('/');
            if self[step].kind == Kind::Attribute {
                path.push('@');
            }
            path.push_str(&self[step].name);
        }
        path
    }
}
