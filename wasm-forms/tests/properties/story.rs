//! What a person does, step by step, told by reference so that it can be told to another session.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasm_forms::view::{Changes, Control, DataType, Kind, NodeId, Question, ViewNode, ViewPatch};
use wasm_forms::{Env, Form, Lists, Session, Table};

use crate::chance::Chance;
use crate::xform::{LANGUAGES, PEOPLE};

/// 2026-11-23 (a Monday) 09:00 in China.
pub const MONDAY: i64 = 1_795_395_600_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Answer(String, String),
    Add(String),
    Remove(String),
    Language(String),
}

pub fn env() -> Env {
    Env { now_ms: MONDAY, offset_min: 480, seed: 20_261_123, properties: BTreeMap::new() }
}

pub fn lists() -> Arc<Lists> {
    let table = Arc::new(Table::from_csv(PEOPLE).expect("a list"));
    Arc::new(Lists::from([("people".to_owned(), table)]))
}

/// Draws what a person does next in this session; absent where there is nothing to do.
pub fn draw(session: &mut Session, chance: &mut Chance) -> Option<Step> {
    let view = session.view();
    if view.languages.len() > 1 && chance.one_in(12) {
        return Some(Step::Language(LANGUAGES[chance.below(2)].to_owned()));
    }
    let open = |it: &&ViewNode| match it.kind {
        Kind::Question => can_answer(it),
        Kind::Repeat => it.repeat.is_some_and(|it| it.can_add && it.count < 4),
        Kind::Instance => {
            let parent = view.nodes.iter().find(|parent| Some(parent.id) == it.parent);
            parent.and_then(|it| it.repeat).is_some_and(|it| it.can_remove && it.count > 0)
        }
        Kind::Root | Kind::Group => false,
    };
    let nodes: Vec<&ViewNode> = view.nodes.iter().filter(open).collect();
    if nodes.is_empty() {
        return None;
    }
    let node = nodes[chance.below(nodes.len())];
    let reference = node.reference.clone();
    Some(match &node.question {
        Some(question) => Step::Answer(reference, answer(question, chance)),
        None if node.kind == Kind::Repeat => Step::Add(reference),
        None => Step::Remove(reference),
    })
}

/// Whether the screen offers a person to answer it.
fn can_answer(node: &ViewNode) -> bool {
    node.relevant && node.question.as_ref().is_some_and(|it| !it.readonly)
}

fn answer(question: &Question, chance: &mut Chance) -> String {
    if chance.one_in(10) {
        return chance
            .pick(&["", "x", "-1", "1e5", " 2 ", "<&>\"'", "𬭎\u{301}", "2026-13-41", "c1 c1 nope"])
            .to_owned();
    }
    let offered = &question.choices;
    match question.control {
        Control::SelectMultiple | Control::Rank => {
            let mut chosen: Vec<&str> = offered.iter().map(|it| it.value.as_str()).collect();
            if question.control == Control::SelectMultiple {
                chosen.retain(|_| chance.one_in(2));
            }
            let n = chosen.len();
            (0..n).for_each(|it| chosen.swap(it, chance.below(n)));
            chosen.join(" ")
        }
        Control::SelectOne => {
            offered.get(chance.below(offered.len())).map_or(String::new(), |it| it.value.clone())
        }
        Control::Upload => "photo.jpg".to_owned(),
        Control::Trigger => "OK".to_owned(),
        Control::Range => (1 + chance.below(9)).to_string(),
        Control::Input | Control::Note => typed(question.data_type, chance).to_owned(),
    }
}

fn typed(data_type: DataType, chance: &mut Chance) -> &'static str {
    let texts: &[&str] = match data_type {
        DataType::Int => &["0", "1", "2", "3", "7", "-4"],
        DataType::Decimal => &["0.5", "2", "3.25", "-1.5"],
        DataType::Date => &["2026-11-23", "2000-02-29"],
        DataType::Time => &["09:00:00.000+08:00", "23:59:59.999+08:00"],
        DataType::DateTime => &["2026-11-23T09:00:00.000+08:00"],
        DataType::Geopoint => &["31.2 121.4 0 5", "0 0 0 0"],
        _ => &["a", "甲乙", "2", "a b", " x"],
    };
    texts[chance.below(texts.len())]
}

/// A session and what its patches add up to.
pub struct Screen {
    pub session: Session,
    pub nodes: BTreeMap<NodeId, ViewNode>,
    pub pages: Vec<NodeId>,
}

impl Screen {
    pub fn open(form: &Arc<Form>) -> Screen {
        Screen::of(Session::open(form, &lists(), env(), &[]))
    }

    pub fn of(mut session: Session) -> Screen {
        let view = session.view();
        Screen { session, nodes: view.nodes.into_iter().map(|it| (it.id, it)).collect(), pages: view.pages }
    }

    /// Takes a step; a step at a node that is not on the screen is none.
    pub fn take(&mut self, step: &Step) -> bool {
        let (Step::Answer(reference, _) | Step::Add(reference) | Step::Remove(reference)) = step else {
            let Step::Language(language) = step else { return false };
            let changes = self.session.speak(language);
            self.apply(changes);
            return true;
        };
        let wanted = match step {
            Step::Answer(..) => Kind::Question,
            Step::Add(_) => Kind::Repeat,
            _ => Kind::Instance,
        };
        let view = self.session.view();
        let found = view.nodes.iter().find(|it| it.reference == *reference && it.kind == wanted);
        let found = found.filter(|it| it.kind != Kind::Question || can_answer(it));
        let Some(id) = found.map(|it| it.id) else { return false };
        let changes = match step {
            Step::Answer(_, value) => self.session.set(id, value, MONDAY),
            Step::Add(_) => self.session.insert(id, None, MONDAY),
            _ => self.session.remove(id, MONDAY),
        };
        let Ok(changes) = changes else { return false };
        self.apply(changes);
        true
    }

    fn apply(&mut self, changes: Changes) {
        let ViewPatch { changed, instances, added, removed, pages } = self.session.patch(changes);
        for patch in changed {
            let node = self.nodes.get_mut(&patch.id).expect("only what was told changes");
            node.apply(patch, |it| self.session.choices(it));
        }
        for change in instances {
            let children = &mut self.nodes.get_mut(&change.repeat).expect("a repeat that was told").children;
            match change.added {
                Some(instance) => children.insert(change.at as usize, instance),
                None => drop(children.remove(change.at as usize)),
            }
        }
        for instance in added {
            self.nodes.extend(self.session.page(instance).into_iter().map(|it| (it.id, it)));
        }
        self.nodes.retain(|id, _| !removed.contains(id));
        if pages {
            self.pages = self.session.pages();
        }
    }
}
