//! The compact form of an expression.

use super::functions::Gives;
use super::{Function, ParseError};

/// A model node's number within its form.
pub(crate) type ModelId = u32;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    Number(f64),
    Text(Box<str>),
    Or(Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    Arithmetic(Operator, Box<Expr>, Box<Expr>),
    Negate(Box<Expr>),
    Union(Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
    Path(Path),
    /// `(expr)[predicate]/step`.
    Filter {
        base: Box<Expr>,
        predicates: Vec<Predicate>,
        steps: Vec<Step>,
    },
    /// `jr:choice-name(value, '/path')` with the path resolved to the question's model node.
    ChoiceName {
        value: Box<Expr>,
        question: ModelId,
    },
    /// A figure over many nodes that the world keeps up to date, by its number; put in by the compiler.
    Aggregate(u32),
    /// What cannot be evaluated; found only where a text was read to the end in spite of it.
    Wrong(Box<ParseError>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    pub start: Start,
    pub steps: Vec<Step>,
    /// Set by the compiler for a plain path of the primary instance.
    pub fixed: Option<Fixed>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Start {
    /// `/…`
    Root,
    /// `…`, relative to the context node.
    Context,
    /// `current()/…`
    Current,
    /// All of an absolute path of plain names, by the bytes of the expression: for the compiler, which leaves none.
    Written { from: u32, to: u32 },
    /// `instance('id')/…`; the number is the form's, set by the compiler.
    Instance { id: Box<str>, number: Option<u16> },
}

/// A plain path resolved against the model: climb to the frame at `depth`, go down through the inner frames of each
/// slot, take the node at `offset`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fixed {
    pub target: ModelId,
    pub depth: u32,
    pub slots: Box<[u32]>,
    pub offset: u32,
    /// Whether there can be one such node only: no slots.
    pub single: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub axis: Axis,
    pub test: Test,
    pub predicates: Vec<Predicate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axis {
    Child,
    Parent,
    Itself,
    Attribute,
    Descendant,
    DescendantOrSelf,
    Ancestor,
    AncestorOrSelf,
    Following,
    FollowingSibling,
    Preceding,
    PrecedingSibling,
    Namespace,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    /// An element or attribute of this name; all of one namespace where the local name is `*`.
    Name(Name),
    /// `*`
    Any,
    /// `node()`
    Node,
    /// `text()`
    Text,
    /// `comment()`
    Comment,
    /// `processing-instruction()`, with the target asked for.
    Instruction(Option<Box<str>>),
}

/// A name as an expression writes it; what its prefix stands for is the world's to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    written: Box<str>,
    /// Where its local part begins.
    local: u32,
}

impl Name {
    pub fn parse(written: &str) -> Name {
        let colon = written.bytes().position(|it| it == b':');
        Name { written: written.into(), local: colon.map_or(0, |it| it as u32 + 1) }
    }

    /// Returns the name as it is written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Returns the part before the colon.
    pub fn prefix(&self) -> Option<&str> {
        (self.local > 0).then(|| &self.written[..self.local as usize - 1])
    }

    /// Returns the name without its prefix; `*` in `prefix:*`.
    pub fn local(&self) -> &str {
        &self.written[self.local as usize..]
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Predicate {
    pub expr: Expr,
    /// `column = value` where the value does not look at the row: an index can answer it.
    pub lookup: Option<Lookup>,
}

impl Predicate {
    /// Whether the lookup alone decides; else what it finds has to pass the expression still.
    pub fn is_lookup_alone(&self) -> bool {
        matches!(self.expr, Expr::Compare(..))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lookup {
    pub column: Box<str>,
    pub value: Box<Expr>,
}

impl Expr {
    /// Calls `visit` with this expression and all below it, predicates included.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        match self {
            Expr::Number(_) | Expr::Text(_) | Expr::Aggregate(_) | Expr::Wrong(_) => {}
            Expr::Or(a, b)
            | Expr::And(a, b)
            | Expr::Compare(_, a, b)
            | Expr::Arithmetic(_, a, b)
            | Expr::Union(a, b) => {
                a.walk(visit);
                b.walk(visit);
            }
            Expr::Negate(a) => a.walk(visit),
            Expr::ChoiceName { value, .. } => value.walk(visit),
            Expr::Call(_, arguments) => arguments.iter().for_each(|it| it.walk(visit)),
            Expr::Path(path) => walk_steps(&path.steps, visit),
            Expr::Filter { base, predicates, steps } => {
                base.walk(visit);
                predicates.iter().for_each(|it| it.expr.walk(visit));
                walk_steps(steps, visit);
            }
        }
    }

    /// Returns what kind of value this has, whatever the nodes hold.
    pub fn gives(&self) -> Gives {
        match self {
            Expr::Number(_) | Expr::Arithmetic(..) | Expr::Negate(_) | Expr::Aggregate(_) => Gives::Number,
            Expr::Text(_) | Expr::ChoiceName { .. } => Gives::Text,
            Expr::Or(..) | Expr::And(..) | Expr::Compare(..) => Gives::Boolean,
            Expr::Union(..) | Expr::Path(_) | Expr::Filter { .. } => Gives::Nodes,
            Expr::Call(Function::If, arguments) => {
                let (a, b) = (arguments[1].gives(), arguments[2].gives());
                if a == b { a } else { Gives::Any }
            }
            Expr::Call(function, _) => function.gives(),
            Expr::Wrong(_) => Gives::Any,
        }
    }

    /// Takes the first `..` off every path that begins with one, so that the expression can be evaluated at the
    /// parent of the node it was written for. Paths in predicates have other contexts and stay.
    pub fn leave_node(&mut self) {
        match self {
            Expr::Number(_) | Expr::Text(_) | Expr::Aggregate(_) | Expr::Wrong(_) => {}
            Expr::Or(a, b)
            | Expr::And(a, b)
            | Expr::Compare(_, a, b)
            | Expr::Arithmetic(_, a, b)
            | Expr::Union(a, b) => {
                a.leave_node();
                b.leave_node();
            }
            Expr::Negate(a) => a.leave_node(),
            Expr::ChoiceName { value, .. } => value.leave_node(),
            Expr::Call(_, arguments) => arguments.iter_mut().for_each(Expr::leave_node),
            Expr::Filter { base, .. } => base.leave_node(),
            Expr::Path(path) => {
                let is_relative = matches!(path.start, Start::Context | Start::Current);
                let climbs = path.steps.first().is_some_and(|it| it.axis == Axis::Parent);
                if is_relative && climbs {
                    path.steps.remove(0);
                }
            }
        }
    }

    /// Returns whether the value depends on the context node, position or size.
    pub fn looks_at_context(&self) -> bool {
        match self {
            Expr::Number(_) | Expr::Text(_) | Expr::Wrong(_) => false,
            Expr::Aggregate(_) => true,
            Expr::Or(a, b)
            | Expr::And(a, b)
            | Expr::Compare(_, a, b)
            | Expr::Arithmetic(_, a, b)
            | Expr::Union(a, b) => a.looks_at_context() || b.looks_at_context(),
            Expr::Negate(a) => a.looks_at_context(),
            Expr::ChoiceName { value, .. } => value.looks_at_context(),
            Expr::Call(function, arguments) => {
                function.reads_context(arguments.len()) || arguments.iter().any(Expr::looks_at_context)
            }
            Expr::Path(path) => path.start == Start::Context,
            Expr::Filter { base, .. } => base.looks_at_context(),
        }
    }
}

impl Expr {
    /// Returns whether, as a predicate, it may look at the place of a node among the others: by a number, or by
    /// `position()` or `last()`.
    pub fn is_positional(&self) -> bool {
        let mut looks = false;
        self.walk(&mut |it| {
            if let Expr::Call(function, arguments) = it {
                looks |= matches!(function, Function::Position | Function::Last) && arguments.is_empty();
            }
        });
        looks || !matches!(self.gives(), Gives::Boolean)
    }
}

fn walk_steps<'a>(steps: &'a [Step], visit: &mut dyn FnMut(&'a Expr)) {
    for predicate in steps.iter().flat_map(|it| &it.predicates) {
        predicate.expr.walk(visit);
    }
}
