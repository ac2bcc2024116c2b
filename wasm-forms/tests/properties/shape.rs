//! A form as data that can be drawn and made smaller; [`crate::xform`] writes it down.
//!
//! Expressions name nodes, not paths: a node that was left out is written as a node that is always empty.

/// A form.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    pub items: Vec<Item>,
    /// Whether texts stand in two languages.
    pub is_translated: bool,
    pub actions: Vec<Action>,
}

#[derive(Debug, Clone)]
pub struct Item {
    pub name: String,
    pub kind: Kind,
    pub rules: Vec<(Rule, Expr)>,
    /// What the label shows beside its text.
    pub output: Option<Expr>,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Question(Control, Option<&'static str>),
    /// Nobody is asked.
    Calculated(&'static str),
    Group(Vec<Item>),
    Repeat {
        items: Vec<Item>,
        count: Option<Expr>,
        is_fixed: bool,
    },
}

#[derive(Debug, Clone)]
pub enum Control {
    /// The type of the bind.
    Input(&'static str),
    Select {
        element: &'static str,
        choices: Choices,
    },
    Upload,
    Trigger,
    Range,
}

#[derive(Debug, Clone)]
pub enum Choices {
    Inline(usize),
    /// Rows of a list in the form or beside it, all or those whose `kind` is this.
    List {
        id: &'static str,
        kind: Option<Expr>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Relevant,
    Required,
    Readonly,
    Constraint,
    Calculate,
}

/// `setvalue`.
#[derive(Debug, Clone)]
pub struct Action {
    pub event: &'static str,
    /// The question or repeat it stands in; in the model where there is none.
    pub at: Option<String>,
    pub target: String,
    pub value: Expr,
}

#[derive(Debug, Clone)]
pub enum Expr {
    /// As written.
    Literal(String),
    Node(String),
    Call(&'static str, Vec<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
}

impl Item {
    pub fn children(&self) -> &[Item] {
        match &self.kind {
            Kind::Group(items) | Kind::Repeat { items, .. } => items,
            _ => &[],
        }
    }

    pub fn children_mut(&mut self) -> Option<&mut Vec<Item>> {
        match &mut self.kind {
            Kind::Group(items) | Kind::Repeat { items, .. } => Some(items),
            _ => None,
        }
    }
}
