//! The laws: each looks at a form and a story, and says what is broken.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasm_forms::view::{NodeId, View, ViewNode};
use wasm_forms::{Form, Session, check};

use crate::story::{MONDAY, Screen, Step, env, lists};

pub type Law = fn(&Arc<Form>, &[Step]) -> Result<(), String>;

/// After each step, the view is that of a session made from the draft, which evaluates everything from nothing.
pub fn recompute(form: &Arc<Form>, steps: &[Step]) -> Result<(), String> {
    each_step(form, steps, |screen| {
        let mut fresh = resumed(form, &screen.session)?;
        same(&Plain::of(screen.session.view()), &Plain::of(fresh.view()))?;
        let located = |it: &mut Session| {
            it.violations().into_iter().map(|it| (it.label, it.violation)).collect::<Vec<_>>()
        };
        let (found, expected) = (located(&mut screen.session), located(&mut fresh));
        if found == expected {
            Ok(())
        } else {
            Err(format!("violations {found:?}\nfrom nothing {expected:?}"))
        }
    })
}

/// After each step, the draft of a session made from the draft is the draft.
pub fn draft(form: &Arc<Form>, steps: &[Step]) -> Result<(), String> {
    each_step(form, steps, |screen| {
        let (first, second) = (screen.session.draft(), resumed(form, &screen.session)?.draft());
        if first == second { Ok(()) } else { Err(format!("{first}\nbecomes\n{second}")) }
    })
}

/// A session that is put away and taken up after every step ends as one that never was.
pub fn restore(form: &Arc<Form>, steps: &[Step]) -> Result<(), String> {
    let mut straight = Screen::open(form);
    let mut restored = Screen::open(form);
    for step in steps {
        let taken = straight.take(step);
        if restored.take(step) != taken {
            return Err(format!("only one of them takes {step:?}"));
        }
        restored = Screen::of(resumed(form, &restored.session)?);
    }
    let (a, b) = (straight.session.draft(), restored.session.draft());
    if a != b {
        return Err(format!("straight {a}\nrestored {b}"));
    }
    let end = |it: &mut Session| {
        it.finish(MONDAY).map_err(|it| it.into_iter().map(|it| it.violation).collect::<Vec<_>>())
    };
    let (a, b) = (end(&mut straight.session), end(&mut restored.session));
    if a == b { Ok(()) } else { Err(format!("straight {a:?}\nrestored {b:?}")) }
}

/// After each step, what can be finished is found right.
pub fn finished(form: &Arc<Form>, steps: &[Step]) -> Result<(), String> {
    each_step(form, steps, |screen| {
        // Finishing is for good, so it is done with one of the same.
        let mut last = resumed(form, &screen.session)?;
        let Ok(finished) = last.finish(MONDAY) else { return Ok(()) };
        let checked =
            check(&finished.xml, form, &lists(), &env()).map_err(|it| format!("{it:?}\n{}", finished.xml))?;
        if checked.findings.is_empty() {
            return Ok(());
        }
        Err(format!("{:#?}\nin {}", checked.findings, finished.xml))
    })
}

/// After each step, the patches since the beginning have made the first view into the present one.
pub fn diffs(form: &Arc<Form>, steps: &[Step]) -> Result<(), String> {
    each_step(form, steps, |screen| {
        let View { nodes, pages, .. } = screen.session.view();
        let fresh: BTreeMap<NodeId, ViewNode> = nodes.into_iter().map(|it| (it.id, it)).collect();
        for (id, node) in &fresh {
            let Some(known) = screen.nodes.get(id) else { return Err(format!("the diffs missed {node:#?}")) };
            // A removal moves the instances behind it: of what stands in them, the references alone may be old.
            let known = ViewNode { reference: node.reference.clone(), ..known.clone() };
            if known != *node {
                return Err(format!("the diffs left {known:#?}\nit is {node:#?}"));
            }
        }
        if let Some(left) = screen.nodes.keys().find(|it| !fresh.contains_key(it)) {
            return Err(format!("the diffs left {:#?}", screen.nodes[left]));
        }
        if screen.pages == pages {
            Ok(())
        } else {
            Err(format!("pages {:?}, they are {pages:?}", screen.pages))
        }
    })
}

fn each_step(
    form: &Arc<Form>,
    steps: &[Step],
    look: impl Fn(&mut Screen) -> Result<(), String>,
) -> Result<(), String> {
    let mut screen = Screen::open(form);
    look(&mut screen).map_err(|it| format!("at the beginning: {it}"))?;
    for (number, step) in steps.iter().enumerate() {
        if screen.take(step) {
            look(&mut screen).map_err(|it| format!("after step {}: {it}", number + 1))?;
        }
    }
    Ok(())
}

fn resumed(form: &Arc<Form>, session: &Session) -> Result<Session, String> {
    let draft = session.draft();
    Session::resume(form, &lists(), env(), &draft).map_err(|it| format!("{it}: {draft}"))
}

/// A view without its ids: places in the document's order instead.
#[derive(Debug, PartialEq)]
struct Plain {
    language: String,
    pages: Vec<Option<usize>>,
    nodes: Vec<ViewNode>,
}

impl Plain {
    fn of(view: View) -> Plain {
        let places: BTreeMap<NodeId, usize> =
            view.nodes.iter().enumerate().map(|(at, it)| (it.id, at)).collect();
        let place = |id: &NodeId| places.get(id).copied();
        let number = |id: NodeId| place(&id).map_or(NodeId::MAX, |it| it as NodeId);
        let nodes = view.nodes.iter().map(|it| ViewNode {
            id: number(it.id),
            parent: it.parent.map(number),
            children: it.children.iter().map(|it| number(*it)).collect(),
            ..it.clone()
        });
        Plain {
            language: view.language,
            pages: view.pages.iter().map(place).collect(),
            nodes: nodes.collect(),
        }
    }
}

fn same(found: &Plain, expected: &Plain) -> Result<(), String> {
    for (a, b) in found.nodes.iter().zip(&expected.nodes) {
        if a != b {
            return Err(format!("it is {a:#?}\nfrom nothing {b:#?}"));
        }
    }
    let n = (found.nodes.len(), expected.nodes.len());
    if found == expected {
        Ok(())
    } else {
        Err(format!("{n:?} nodes, pages {:?}, {:?}", found.pages, expected.pages))
    }
}
