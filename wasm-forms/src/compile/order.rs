//! The order of evaluation: every rule after all that it reads. A circle is diagnosed with the names on it.
//!
//! Three circles are no mistake. The number of a repeat's instances may depend on the instances there are ("one more
//! as long as the last one says so"), a calculation may keep its own value (`coalesce(., default)`), and one that
//! reads nodes whatever their names are (`count(//*)`) may find among them what reads it. Such rules are evaluated
//! until nothing changes, and not without end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::resolve::Read;
use crate::form::{Rule, RuleKind};
use crate::grouped::{Grouped, sort};
use crate::parse::{Model, at};
use crate::xpath::Expr;
use crate::xpath::ast::ModelId;
use crate::xpath::functions::Function;
use crate::{Code, Diagnostic};

type Ruled = (Rule, Vec<Read>);

/// Most circles that are told of one form.
const MAX_CIRCLES: usize = 50;

/// Sorts rules topologically, document order where there is a choice.
pub(super) fn order(
    mut rules: Vec<Ruled>,
    model: &Model,
    problems: &mut Vec<Diagnostic>,
) -> Option<Vec<Ruled>> {
    for (rule, reads) in &mut rules {
        let reads_itself = reads.iter().any(|it| it.model == rule.model && !it.is_place);
        rule.is_circular = reads_itself
            && match rule.kind {
                RuleKind::Calculate => keeps_own_value(&rule.expr, rule.model),
                kind => kind == RuleKind::Choices,
            };
    }
    let graph = Graph::new(&rules, model);
    let mut waiting_for = graph.waiting_for.clone();
    let mut ready: BinaryHeap<Reverse<usize>> =
        (0..rules.len()).filter(|it| waiting_for[*it] == 0).map(Reverse).collect();
    let mut position = vec![usize::MAX; rules.len()];
    let mut n_placed = 0;
    let mut n_circles = 0;
    loop {
        while let Some(Reverse(rule)) = ready.pop() {
            position[rule] = n_placed;
            n_placed += 1;
            let waits = rules[rule].0.kind != RuleKind::Count || !rules[rule].0.is_circular;
            if waits {
                release(graph.readers.of(rule as u32), &mut waiting_for, &mut ready);
            }
        }
        if n_placed == rules.len() {
            break;
        }
        let way = way_on(&rules, &graph, &position, model);
        if let WayOn::Count(rule) | WayOn::Set(rule) = way {
            rules[rule].0.is_circular = true;
        }
        if let WayOn::Set(rule) | WayOn::Circle(rule, _) = way {
            waiting_for[rule] = 0;
            ready.push(Reverse(rule));
        }
        match way {
            WayOn::Set(rule) if rules[rule].0.kind != RuleKind::Count => {}
            WayOn::Count(rule) | WayOn::Set(rule) => {
                release(graph.readers.of(rule as u32), &mut waiting_for, &mut ready);
            }
            WayOn::Circle(_, problem) => {
                n_circles += 1;
                problems.push(*problem);
                if n_circles == MAX_CIRCLES {
                    return None;
                }
            }
        }
    }
    if n_circles > 0 {
        return None;
    }
    let mut placed: Vec<Option<Ruled>> = rules.iter().map(|_| None).collect();
    for (position, rule) in position.into_iter().zip(rules) {
        placed[position] = Some(rule);
    }
    Some(placed.into_iter().flatten().collect())
}

/// How to go on where every rule that is left waits for another.
enum WayOn {
    /// The readers of this count go on without it; they are evaluated again when it has changed something.
    Count(usize),
    /// This rule reads nodes whatever their names are, and does not wait for all of them.
    Set(usize),
    /// A mistake of the form. The other circles are told too: this rule is taken as placed.
    Circle(usize, Box<Diagnostic>),
}

#[inline(never)]
fn way_on(rules: &[Ruled], graph: &Graph, position: &[usize], model: &Model) -> WayOn {
    let is_stuck = |it: u32| position[it as usize] == usize::MAX;
    let waits_for_itself = |it: &u32| {
        let rule = &rules[*it as usize].0;
        let is_open = rule.kind == RuleKind::Count && !rule.is_circular && is_stuck(*it);
        is_open && graph.is_on_circle(*it, is_stuck)
    };
    let reads_set = |it: &u32| is_stuck(*it) && rules[*it as usize].1.iter().any(|read| read.is_set);
    let mut all = 0..rules.len() as u32;
    if let Some(count) = all.clone().find(waits_for_itself) {
        WayOn::Count(count as usize)
    } else if let Some(reader) = all.find(reads_set) {
        WayOn::Set(reader as usize)
    } else {
        let (rule, problem) = circle(rules, graph, position, model);
        WayOn::Circle(rule, Box::new(problem))
    }
}

/// Tells readers that one of the rules they waited for waits no more.
fn release(readers: &[u32], waiting_for: &mut [u32], ready: &mut BinaryHeap<Reverse<usize>>) {
    for reader in readers {
        let waiting = &mut waiting_for[*reader as usize];
        if *waiting == 0 {
            // It did not wait.
            continue;
        }
        *waiting -= 1;
        if *waiting == 0 {
            ready.push(Reverse(*reader as usize));
        }
    }
}

/// Whether an expression gives the node's own value or one that does not depend on it.
fn keeps_own_value(expr: &Expr, own: ModelId) -> bool {
    let is_own =
        |it: &Expr| matches!(it, Expr::Path(path) if path.fixed.as_ref().is_some_and(|it| it.target == own));
    let mut reads_own = false;
    expr.walk(&mut |it| reads_own |= is_own(it));
    !reads_own
        || is_own(expr)
        || match expr {
            Expr::Call(Function::Coalesce, arguments) => arguments.iter().all(|it| keeps_own_value(it, own)),
            Expr::Call(Function::If, arguments) => arguments[1..].iter().all(|it| keeps_own_value(it, own)),
            _ => false,
        }
}

struct Graph {
    /// By rule: the rules that read what it decides.
    readers: Grouped<u32>,
    /// By rule: how many rules decide what it reads.
    waiting_for: Vec<u32>,
}

impl Graph {
    fn new(rules: &[Ruled], model: &Model) -> Graph {
        let decides = |it: &Rule| !judges(it.kind);
        let deciders = (0..).zip(rules).filter(|(_, (rule, _))| decides(rule));
        let deciders: Vec<_> = deciders.map(|(index, (rule, _))| (rule.model, index)).collect();
        let deciders = Grouped::new(model.nodes.len(), &deciders);
        let mut waiting_for = Vec::with_capacity(rules.len());
        let mut edges: Vec<(u32, u32)> = Vec::new();
        let mut before: Vec<u32> = Vec::new();
        for (index, (rule, reads)) in (0..).zip(rules) {
            before.clear();
            for read in reads {
                // Relevance and number of instances are decided above as well as at the node.
                for at in std::iter::successors(Some(read.model), |it| model.node(*it).parent) {
                    let counts = |it: &u32| match rules[*it as usize].0.kind {
                        RuleKind::Count => true,
                        RuleKind::Relevant => !read.is_place,
                        _ => !read.is_place && at == read.model,
                    };
                    before.extend(deciders.of(at).iter().copied().filter(counts));
                }
            }
            sort(&mut before);
            before.dedup();
            // What only judges an answer may look at the answer's own rules.
            if judges(rule.kind) || rule.is_circular {
                before.retain(|it| *it != index);
            }
            waiting_for.push(before.len() as u32);
            edges.extend(before.iter().map(|it| (*it, index)));
        }
        Graph { readers: Grouped::new(rules.len(), &edges), waiting_for }
    }

    /// Whether a rule reads, over others that pass, what it decides itself; one that does so directly can never come
    /// to rest.
    fn is_on_circle(&self, rule: u32, passes: impl Fn(u32) -> bool) -> bool {
        if self.readers.of(rule).contains(&rule) {
            return false;
        }
        let mut seen = vec![false; self.waiting_for.len()];
        let mut waiting = vec![rule];
        while let Some(next) = waiting.pop() {
            for reader in self.readers.of(next).iter().copied().filter(|it| passes(*it)) {
                if reader == rule {
                    return true;
                }
                if !std::mem::replace(&mut seen[reader as usize], true) {
                    waiting.push(reader);
                }
            }
        }
        false
    }
}

/// Whether a rule only judges: nothing that others read depends on it.
fn judges(kind: RuleKind) -> bool {
    matches!(kind, RuleKind::Constraint | RuleKind::Required | RuleKind::Readonly)
}

/// Walks from any rule that could not be placed to what it reads until a rule comes up twice. Returns the rule of the
/// circle that stands first in the form, and the circle from there on: each name reads the next.
fn circle(rules: &[Ruled], graph: &Graph, position: &[usize], model: &Model) -> (usize, Diagnostic) {
    let stuck = |it: &usize| position[*it] == usize::MAX;
    let mut before = vec![None; rules.len()];
    for rule in (0..rules.len()).filter(stuck) {
        graph.readers.of(rule as u32).iter().for_each(|reader| before[*reader as usize] = Some(rule));
    }
    let mut walk: Vec<usize> = (0..rules.len()).filter(stuck).take(1).collect();
    let mut seen = vec![false; rules.len()];
    walk.iter().for_each(|it| seen[*it] = true);
    while let Some(previous) = walk.last().and_then(|it| before[*it]) {
        if std::mem::replace(&mut seen[previous], true) {
            let start = walk.iter().position(|it| *it == previous).unwrap_or(0);
            walk.drain(..start);
            break;
        }
        walk.push(previous);
    }
    let first = (0..walk.len()).min_by_key(|it| rules[walk[*it]].0.model).unwrap_or(0);
    walk.rotate_left(first);
    let mut names: Vec<String> = walk.iter().map(|it| model.path(rules[*it].0.model)).collect();
    names.dedup();
    let place = names.first().cloned().unwrap_or_default();
    let kind = walk.first().map_or("calculate", |it| match rules[*it].0.kind {
        RuleKind::Relevant => "relevant",
        RuleKind::Count => "count",
        RuleKind::Choices => "itemset",
        _ => "calculate",
    });
    let problem = Diagnostic::error(Code::FormCycle, at(&place, kind)).with("names", names.join(" → "));
    (walk.first().copied().unwrap_or(0), problem)
}
