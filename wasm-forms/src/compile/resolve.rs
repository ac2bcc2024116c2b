//! Paths to model nodes. A plain path of the primary instance becomes "up to an anchor, then down", which the
//! evaluator follows without looking at names; every path tells which model nodes it reads.
//!
//! An absolute path written inside a repeat means the instance it stands in, as in ODK Collect: of the repeats
//! around the target, those that are also around the context are not fanned out.

use crate::parse::{BodyItem, Definition, Items, Model, ROOT, at, local};
use crate::xpath::Expr;
use crate::xpath::ast::{Axis, Fixed, ModelId, Path, Predicate, Start, Step, Test};
use crate::xpath::functions::Function;
use crate::xpath::plain_steps;
use crate::{Code, Diagnostic, Severity};

/// A model node that an expression reads, and the node below which reader and read are in the same instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Read {
    pub model: ModelId,
    pub anchor: ModelId,
    /// Whether only the node's place among its siblings is read: `position(..)`.
    pub is_place: bool,
    /// Whether it is one of many that a step takes whatever their names are: it is read, but not waited for where
    /// that would be a circle.
    pub is_set: bool,
}

/// The document around the root, as a node that steps start from.
const DOCUMENT: ModelId = ModelId::MAX;

pub(super) struct Resolver<'a> {
    definition: &'a Definition,
    /// The expression as it is written.
    source: &'a str,
    /// The node the whole expression belongs to.
    current: ModelId,
    attribute: &'a str,
    /// Whether the nearest known name is looked for, where one is unknown.
    suggests: bool,
    /// Whether an absolute path means all instances, those around the context included.
    fans_out: bool,
    /// Whether of the nodes read only their places matter.
    asks_place: bool,
    /// The nodes that may be the context, where the step that they are found by is no plain name.
    among: Vec<ModelId>,
    /// Whether what is resolved stands in a predicate.
    is_in_predicate: bool,
    /// How many steps of the path just resolved lead to the instance it stands in, where the others are taken anew.
    n_anchored: usize,
    pub reads: Vec<Read>,
    /// Lists that the expression reads otherwise than row by row, by key.
    pub whole_lists: Vec<u16>,
    pub problems: Vec<Diagnostic>,
}

impl<'a> Resolver<'a> {
    pub fn new(
        definition: &'a Definition,
        source: &'a str,
        (current, attribute): (ModelId, &'a str),
        suggests: bool,
    ) -> Self {
        Self {
            definition,
            source,
            current,
            attribute,
            suggests,
            fans_out: false,
            asks_place: false,
            among: Vec::new(),
            is_in_predicate: false,
            n_anchored: 0,
            reads: Vec::new(),
            whole_lists: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Resolves every path of an expression whose context node is `context`; absent for a row of a list.
    pub fn resolve(&mut self, expr: &mut Expr, context: Option<ModelId>) {
        self.expr(expr, context, None);
    }

    fn model(&self) -> &'a Model {
        &self.definition.model
    }

    fn place(&self) -> crate::Place {
        at(&self.model().path(self.current), self.attribute)
    }

    /// `outer` is the anchor of the path whose predicate the expression is.
    fn expr(&mut self, expr: &mut Expr, context: Option<ModelId>, outer: Option<ModelId>) {
        if let Some(replaced) = self.choice_name(expr, context) {
            *expr = replaced;
        }
        match expr {
            Expr::Number(_) | Expr::Text(_) | Expr::Aggregate(_) | Expr::Wrong(_) => {}
            Expr::Or(a, b)
            | Expr::And(a, b)
            | Expr::Compare(_, a, b)
            | Expr::Arithmetic(_, a, b)
            | Expr::Union(a, b) => {
                self.expr(a, context, outer);
                self.expr(b, context, outer);
            }
            Expr::Negate(a) => self.expr(a, context, outer),
            Expr::ChoiceName { value, .. } => self.expr(value, context, outer),
            Expr::Call(Function::Once, arguments) => {
                // It reads its own present value, which is no dependency: it never changes because of it.
                arguments.iter_mut().for_each(|it| self.expr(it, context, outer));
            }
            Expr::Call(Function::IndexedRepeat, arguments) => {
                // It chooses the instances itself: its node-sets are those of all of them.
                self.fans_out = true;
                for (index, argument) in arguments.iter_mut().enumerate() {
                    self.fans_out = index == 0 || index % 2 == 1;
                    self.expr(argument, context, outer);
                }
                self.fans_out = false;
            }
            Expr::Call(Function::Position, arguments) if arguments.is_empty() => {
                // Outside of predicates it is the instance's.
                let around = context.filter(|_| !self.is_in_predicate);
                let repeat = around.and_then(|it| self.repeat_around(it));
                self.reads.extend(repeat.map(|model| Read {
                    model,
                    anchor: model,
                    is_place: true,
                    is_set: false,
                }));
            }
            Expr::Call(Function::Position, arguments) => {
                let around = std::mem::replace(&mut self.asks_place, true);
                arguments.iter_mut().for_each(|it| self.expr(it, context, outer));
                self.asks_place = around;
            }
            Expr::Call(_, arguments) => arguments.iter_mut().for_each(|it| self.expr(it, context, outer)),
            Expr::Path(path) => {
                self.path(path, context, outer);
                let n_anchored = std::mem::take(&mut self.n_anchored);
                if n_anchored > 0 {
                    *expr = self.anchored(path, n_anchored);
                }
            }
            Expr::Filter { base, predicates, steps } => {
                self.expr(base, context, outer);
                predicates.iter_mut().for_each(|it| self.predicate(it, None, Some(ROOT)));
                self.list_steps(steps);
            }
        }
    }

    /// Returns the innermost repeat that a node stands in or is.
    fn repeat_around(&self, node: ModelId) -> Option<ModelId> {
        std::iter::successors(Some(node), |it| self.model().node(*it).parent)
            .find(|it| self.model().node(*it).is_repeat)
    }

    /// Turns `jr:choice-name(value, 'path')` into a form that knows its question.
    fn choice_name(&mut self, expr: &mut Expr, context: Option<ModelId>) -> Option<Expr> {
        let Expr::Call(Function::ChoiceName, arguments) = expr else { return None };
        let [value, Expr::Text(path)] = arguments.as_slice() else { return None };
        let question = self.literal_path(path.trim(), context.unwrap_or(self.current));
        let Some(question) = question else {
            // Unlike a path, which leads to nothing, this asks for a label that can never be had.
            self.unknown(path);
            self.problems.last_mut().into_iter().for_each(|it| it.severity = Severity::Error);
            return Some(Expr::Text(Box::default()));
        };
        let offers = |it: &BodyItem| it.model == Some(question) && !matches!(it.items, Items::None);
        if !self.definition.body.iter().any(offers) {
            let problem =
                Diagnostic::error(Code::FormArguments, self.place()).with("function", "jr:choice-name");
            self.problems.push(problem.with("found", path.trim()).with("wanted", "a question with choices"));
        }
        Some(Expr::ChoiceName { value: Box::new(value.clone()), question })
    }

    fn literal_path(&self, path: &str, context: ModelId) -> Option<ModelId> {
        if path.starts_with('/') {
            return self.model().find(path);
        }
        path.split('/').try_fold(context, |at, step| match step.trim() {
            ".." => self.model().node(at).parent,
            "." => Some(at),
            name => self.model().child(at, name, false),
        })
    }

    fn path(&mut self, path: &mut Path, context: Option<ModelId>, outer: Option<ModelId>) {
        let start = match &mut path.start {
            Start::Written { from, to } => {
                let written = &self.source[*from as usize..*to as usize];
                path.start = Start::Root;
                if let Some(target) = self.model().find_as_written(written) {
                    return self.written_path(path, target, context, outer);
                }
                path.steps = plain_steps(written);
                return self.path_from_root(path, context, outer);
            }
            Start::Instance { id, number } => {
                let found = self.definition.lists.iter().position(|it| it.id == **id);
                if found.is_none() {
                    self.problems
                        .push(Diagnostic::error(Code::FormUnknownList, self.place()).with("list", &**id));
                }
                *number = found.map(|it| it as u16);
                self.whole_lists.extend(number.filter(|_| !asks_by_key(&path.steps)));
                return self.list_steps(&mut path.steps);
            }
            Start::Context => match context {
                Some(context) => context,
                // Relative to a row of a list: columns are found by name when it is evaluated.
                None if self.among.is_empty() => return self.list_steps(&mut path.steps),
                None => return self.set_steps(&mut path.steps, self.among.clone(), ROOT),
            },
            Start::Current => self.current,
            Start::Root => return self.path_from_root(path, context, outer),
        };
        let model = self.model();
        let mut anchor = start;
        let mut down: Vec<ModelId> = Vec::with_capacity(path.steps.len());
        for index in 0..path.steps.len() {
            let step = &path.steps[index];
            let next = match (step.axis, &step.test) {
                (Axis::Itself, Test::Node) => true,
                (Axis::Parent, Test::Node) => {
                    if down.pop().is_none() {
                        let Some(parent) = model.node(anchor).parent else {
                            return self.unknown("..");
                        };
                        anchor = parent;
                    }
                    true
                }
                _ => false,
            };
            if !next && !self.down_step(path, index, (anchor, outer), &mut down) {
                return;
            }
            self.step_predicates(
                path,
                index,
                down.last().copied().unwrap_or(anchor),
                outer.unwrap_or(anchor),
            );
        }
        let target = down.last().copied().unwrap_or(anchor);
        self.settle(path, (anchor, target), &down, outer);
    }

    /// Splits a path into the instance around the context, which is fixed, and the steps from there.
    fn anchored(&self, path: &mut Path, n_anchored: usize) -> Expr {
        let steps = path.steps.split_off(n_anchored);
        let model = self.model();
        let names = path.steps.iter().map(|it| match &it.test {
            Test::Name(name) => name.written(),
            _ => "",
        });
        let target = names.skip(1).try_fold(ROOT, |at, name| model.child(at, name, false)).unwrap_or(ROOT);
        let node = model.node(target);
        let depth = model.scope(node.scope).depth;
        path.fixed = Some(Fixed { target, depth, slots: Box::default(), offset: node.offset, single: true });
        Expr::Filter { base: Box::new(Expr::Path(path.clone())), predicates: Vec::new(), steps }
    }

    fn path_from_root(&mut self, path: &mut Path, context: Option<ModelId>, outer: Option<ModelId>) {
        let Some(first) = path.steps.first() else { return };
        let root_name = &self.model().node(ROOT).name;
        match (first.axis, &first.test) {
            (Axis::Child, Test::Name(name)) if crate::parse::same_name(name.written(), root_name) => {}
            (Axis::Child, Test::Name(name)) => return self.unknown(&format!("/{}", name.written())),
            _ => return self.set_steps(&mut path.steps, vec![DOCUMENT], ROOT),
        }
        let mut down = Vec::with_capacity(path.steps.len());
        down.push(ROOT);
        for index in 1..path.steps.len() {
            if !self.down_step(path, index, (ROOT, None), &mut down) {
                return;
            }
            self.step_predicates(path, index, down.last().copied().unwrap_or(ROOT), outer.unwrap_or(ROOT));
        }
        let target = down.last().copied().unwrap_or(ROOT);
        // A predicate chooses among all instances: from there on none is taken for granted.
        let n_plain = path.steps.iter().take_while(|it| it.predicates.is_empty()).count();
        let shared = |it: &ModelId| self.is_shared(*it, target, context);
        let anchor_at = down.iter().take(n_plain.max(1)).rposition(shared).unwrap_or(0);
        let anchor = down[anchor_at];
        if anchor_at > 0 && n_plain < path.steps.len() {
            self.n_anchored = anchor_at + 1;
        }
        down.drain(..=anchor_at);
        let target = down.last().copied().unwrap_or(anchor);
        self.settle(path, (anchor, target), &down, outer);
    }

    /// Settles an absolute path without predicates that leads to a node.
    fn written_path(
        &mut self,
        path: &mut Path,
        target: ModelId,
        context: Option<ModelId>,
        outer: Option<ModelId>,
    ) {
        // Of the nodes on the way down only repeats matter.
        let mut down = Vec::new();
        let mut at = target;
        while !self.is_shared(at, target, context) {
            down.extend(self.model().node(at).is_repeat.then_some(at));
            at = self.model().node(at).parent.unwrap_or(ROOT);
        }
        down.reverse();
        self.settle(path, (at, target), &down, outer);
    }

    /// Whether an absolute path to a target means the one instance of a node that the context stands in too.
    fn is_shared(&self, id: ModelId, target: ModelId, context: Option<ModelId>) -> bool {
        let is_around = || self.model().is_within(context.unwrap_or(self.current), id);
        id == ROOT || !self.fans_out && self.model().node(id).is_repeat && id != target && is_around()
    }

    /// Takes a step down to a named child or attribute; of other steps, and those behind them, what they may reach is
    /// noted, and they are taken by name.
    fn down_step(
        &mut self,
        path: &mut Path,
        index: usize,
        (anchor, outer): (ModelId, Option<ModelId>),
        down: &mut Vec<ModelId>,
    ) -> bool {
        let at = down.last().copied().unwrap_or(anchor);
        let step = &path.steps[index];
        let (name, is_attribute) = match (step.axis, &step.test) {
            (Axis::Child, Test::Name(name)) => (name.written(), false),
            (Axis::Attribute, Test::Name(name)) => (name.written(), true),
            _ => {
                let anchor = outer.map_or(anchor, |it| self.upper(it, anchor));
                self.set_steps(&mut path.steps[index..], vec![at], anchor);
                return false;
            }
        };
        let Some(child) = self.model().child(at, name, is_attribute) else {
            let written = format!("{}/{}", self.model().path(at), name);
            self.unknown(&written);
            return false;
        };
        down.push(child);
        true
    }

    fn step_predicates(&mut self, path: &mut Path, index: usize, context: ModelId, anchor: ModelId) {
        for predicate in &mut path.steps[index].predicates {
            self.predicate(predicate, Some(context), Some(anchor));
        }
    }

    fn predicate(&mut self, predicate: &mut Predicate, context: Option<ModelId>, outer: Option<ModelId>) {
        let around = std::mem::replace(&mut self.asks_place, false);
        let is_nested = std::mem::replace(&mut self.is_in_predicate, true);
        self.expr(&mut predicate.expr, context, outer);
        if let Some(lookup) = &mut predicate.lookup {
            // The same expression again: it reads nothing that the predicate does not.
            let n_problems = self.problems.len();
            self.expr(&mut lookup.value, context, outer);
            self.problems.truncate(n_problems);
        }
        self.asks_place = around;
        self.is_in_predicate = is_nested;
    }

    fn list_steps(&mut self, steps: &mut [Step]) {
        for predicate in steps.iter_mut().flat_map(|it| &mut it.predicates) {
            self.predicate(predicate, None, None);
        }
    }

    /// Notes what a path reads; a path without predicates is resolved for good.
    fn settle(
        &mut self,
        path: &mut Path,
        (anchor, target): (ModelId, ModelId),
        down: &[ModelId],
        outer: Option<ModelId>,
    ) {
        let model = self.model();
        self.reads.push(Read {
            model: target,
            anchor: outer.map_or(anchor, |it| self.upper(it, anchor)),
            is_place: self.asks_place,
            is_set: false,
        });
        if path.steps.iter().all(|it| it.predicates.is_empty()) {
            let scopes = down.iter().filter(|it| model.node(**it).is_repeat).map(|it| model.node(*it).scope);
            let slots: Box<[u32]> = scopes.map(|it| model.scope(it).slot).collect();
            path.fixed = Some(Fixed {
                target,
                depth: model.scope(model.node(anchor).scope).depth,
                offset: model.node(target).offset,
                single: slots.is_empty(),
                slots,
            });
            // Nobody goes them any more.
            path.steps = Vec::new();
        }
    }

    /// Notes what steps may reach from any of some nodes, by name and axis: the last nodes are read, and what the
    /// predicates on the way read of each.
    fn set_steps(&mut self, steps: &mut [Step], from: Vec<ModelId>, anchor: ModelId) {
        let goes_down = |it: &Step| {
            use Axis::{Attribute, Child, Descendant, DescendantOrSelf, Itself};
            matches!(it.axis, Attribute | Child | Descendant | DescendantOrSelf | Itself)
        };
        let anchor = if steps.iter().all(goes_down) { anchor } else { ROOT };
        let is_set = !matches!(steps.last().map(|it| &it.test), Some(Test::Name(_)));
        let mut at = from;
        for step in steps {
            at = reach(self.model(), &at, step);
            if !step.predicates.is_empty() {
                let around = std::mem::replace(&mut self.among, at.clone());
                step.predicates.iter_mut().for_each(|it| self.predicate(it, None, Some(ROOT)));
                self.among = around;
            }
        }
        let others = at.into_iter().filter(|it| *it != self.current && *it != DOCUMENT);
        let is_place = self.asks_place;
        self.reads.extend(others.map(|model| Read { model, anchor, is_place, is_set }));
    }

    fn upper(&self, a: ModelId, b: ModelId) -> ModelId {
        if self.model().is_within(b, a) {
            a
        } else if self.model().is_within(a, b) {
            b
        } else {
            ROOT
        }
    }

    /// The path leads to no node at all, whatever is answered: a form says so when it is compiled, and works.
    fn unknown(&mut self, reference: &str) {
        let nearest = if self.suggests { self.model().nearest_path(reference) } else { String::new() };
        let problem = Diagnostic::warning(Code::FormUnknownNode, self.place());
        self.problems.push(problem.with("reference", reference).with("nearest", nearest));
    }
}

/// Returns the model nodes that a step may lead to from any of some; a text counts as the node around it.
fn reach(model: &Model, from: &[ModelId], step: &Step) -> Vec<ModelId> {
    let n_nodes = model.nodes.len();
    let parent = |it: ModelId| match it {
        DOCUMENT => None,
        it => Some(model.node(it).parent.unwrap_or(DOCUMENT)),
    };
    let above = |it: ModelId| std::iter::successors(parent(it), |it| parent(*it));
    // By node, the document last: where the step begins, what is directly above that, and what is above at all.
    let place = |it: ModelId| (it as usize).min(n_nodes);
    let [mut starts, mut parents, mut ancestors] = [(); 3].map(|()| vec![false; n_nodes + 1]);
    for start in from {
        starts[place(*start)] = true;
        parent(*start).into_iter().for_each(|it| parents[place(it)] = true);
        for above in above(*start) {
            if std::mem::replace(&mut ancestors[place(above)], true) {
                break;
            }
        }
    }
    let starts = |it: ModelId| starts[place(it)];
    let is_ancestor = |it: ModelId| ancestors[place(it)];
    let is_attribute = |it: ModelId| it != DOCUMENT && model.node(it).is_attribute;
    let is_below = |it: ModelId| !is_attribute(it) && above(it).any(starts);
    let reaches = |it: ModelId| match step.axis {
        Axis::Itself => starts(it),
        // A text is read with the node around it.
        Axis::Child if step.test == Test::Text => starts(it),
        Axis::Child => !is_attribute(it) && parent(it).is_some_and(starts),
        Axis::Attribute => is_attribute(it) && parent(it).is_some_and(starts),
        Axis::Parent => parents[place(it)],
        Axis::Descendant => is_below(it) || step.test == Test::Text && starts(it),
        Axis::DescendantOrSelf => starts(it) || is_below(it),
        Axis::Ancestor => is_ancestor(it),
        Axis::AncestorOrSelf => starts(it) || is_ancestor(it),
        Axis::FollowingSibling | Axis::PrecedingSibling => {
            !is_attribute(it) && parent(it).is_some_and(|it| parents[place(it)])
        }
        Axis::Following | Axis::Preceding => !is_attribute(it),
        Axis::Namespace => false,
    };
    let passes = |it: ModelId| match &step.test {
        Test::Name(name) => {
            let own = if it == DOCUMENT { "" } else { &*model.node(it).name };
            name.local() == "*" || local(own) == name.local()
        }
        Test::Any => it != DOCUMENT,
        Test::Node | Test::Text => true,
        Test::Comment | Test::Instruction(_) => false,
    };
    let all = (0..n_nodes as ModelId).chain([DOCUMENT]);
    all.filter(|it| reaches(*it) && passes(*it)).collect()
}

/// Whether a path into a list is `root/item[name = …]…`: one row, by its key.
fn asks_by_key(steps: &[Step]) -> bool {
    let [_, item, ..] = steps else { return false };
    let lookup = item.predicates.first().and_then(|it| it.lookup.as_ref());
    item.axis == Axis::Child && lookup.is_some_and(|it| &*it.column == "name")
}
