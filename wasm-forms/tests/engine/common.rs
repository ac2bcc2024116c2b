//! Small forms for tests, and sessions told by reference instead of by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasm_forms::session::SessionError;
use wasm_forms::view::{NodeId, View, ViewDiff, ViewNode};
use wasm_forms::{Diagnostic, Env, Form, Lists, Session, Table};

/// 2026-11-23 (a Monday) 09:00 in China.
pub const MONDAY: i64 = 1_795_395_600_000;
/// UTC+8 in minutes.
pub const CHINA: i32 = 480;
pub const HOUR: i64 = 3_600_000;

/// Returns an XForm around an instance, what else stands in the model, and a body.
pub fn xform(instance: &str, model: &str, body: &str) -> String {
    format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
            xmlns:jr="http://openrosa.org/javarosa" xmlns:entities="http://www.opendatakit.org/xforms/entities">
          <h:head><h:title>Test</h:title><model><instance><data id="test" version="1">{instance}
            <meta><instanceID/></meta></data></instance>{model}
            <bind nodeset="/data/meta/instanceID" jr:preload="uid"/></model></h:head><h:body>{body}</h:body></h:html>"#
    )
}

pub fn compile(instance: &str, model: &str, body: &str) -> Result<Form, Vec<Diagnostic>> {
    Form::compile(xform(instance, model, body))
}

/// Opens a form without lists.
pub fn open(instance: &str, model: &str, body: &str) -> Visit {
    Visit::open(compile(instance, model, body).expect("a good form"), &lists(&[]), &[])
}

pub fn env() -> Env {
    Env { now_ms: MONDAY, offset_min: CHINA, seed: 7, properties: BTreeMap::new() }
}

pub fn lists(lists: &[(&str, &str)]) -> Arc<Lists> {
    let table = |csv: &str| Arc::new(Table::from_csv(csv).expect("a test's own list"));
    Arc::new(lists.iter().map(|(id, csv)| ((*id).to_owned(), table(csv))).collect())
}

/// A visit whose screen is kept up to date by the engine's diffs alone.
pub struct Visit {
    pub session: Session,
    pub nodes: BTreeMap<NodeId, ViewNode>,
    pub pages: Vec<NodeId>,
    pub now_ms: i64,
}

impl Visit {
    pub fn open(form: Form, lists: &Arc<Lists>, prefill: &[(&str, &str)]) -> Visit {
        let prefill: Vec<_> =
            prefill.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
        Visit::of(Session::open(&Arc::new(form), lists, env(), &prefill))
    }

    pub fn of(mut session: Session) -> Visit {
        let view = session.view();
        let nodes = view.nodes.into_iter().map(|it| (it.id, it)).collect();
        Visit { session, nodes, pages: view.pages, now_ms: MONDAY }
    }

    pub fn id(&self, reference: &str) -> NodeId {
        let found = self.nodes.values().find(|it| it.reference == reference);
        found.unwrap_or_else(|| panic!("nothing shows {reference}")).id
    }

    pub fn node(&self, reference: &str) -> &ViewNode {
        &self.nodes[&self.id(reference)]
    }

    pub fn answer(&mut self, reference: &str, value: &str) -> &mut Visit {
        let diff = self.session.answer(self.id(reference), value, self.now_ms);
        self.apply(diff)
    }

    pub fn add(&mut self, repeat: &str) -> &mut Visit {
        let diff = self.session.add_instance(self.id(repeat), self.now_ms);
        self.apply(diff)
    }

    pub fn remove(&mut self, instance: &str) -> &mut Visit {
        let id = self.nodes.values().rfind(|it| it.reference == instance).expect("an instance").id;
        let diff = self.session.remove_instance(id, self.now_ms);
        self.apply(diff)
    }

    fn apply(&mut self, diff: Result<ViewDiff, SessionError>) -> &mut Visit {
        let diff = diff.expect("the test names nodes that take the call");
        self.nodes.retain(|id, _| !diff.removed.contains(id));
        self.nodes.extend(diff.changed.into_iter().map(|it| (it.id, it)));
        self.pages = diff.pages.unwrap_or(std::mem::take(&mut self.pages));
        self.assert_diffs_tell_everything();
        self
    }

    /// What the diffs added up to must be what a fresh view shows.
    fn assert_diffs_tell_everything(&mut self) {
        let View { nodes, pages, .. } = self.session.view();
        let fresh: BTreeMap<NodeId, ViewNode> = nodes.into_iter().map(|it| (it.id, it)).collect();
        for (id, node) in &fresh {
            // A repeat's position is part of the references below it, and only they change by a removal.
            let same = self
                .nodes
                .get(id)
                .is_some_and(|it| ViewNode { reference: node.reference.clone(), ..it.clone() } == *node);
            assert!(same, "the diffs missed {node:#?}\nthey left {:#?}", self.nodes.get(id));
        }
        assert_eq!(self.nodes.len(), fresh.len());
        assert_eq!(self.pages, pages);
        self.nodes = fresh;
    }

    pub fn value(&self, reference: &str) -> &str {
        self.node(reference).question.as_ref().map_or("", |it| &it.value)
    }

    pub fn is_shown(&self, reference: &str) -> bool {
        self.node(reference).relevant
    }

    /// Returns the code of the rule that the present answer breaks, or "".
    pub fn violation(&self, reference: &str) -> String {
        let question = self.node(reference).question.as_ref();
        question.and_then(|it| it.violation.as_ref()).map_or_else(String::new, |it| it.code.clone())
    }

    pub fn finish(&mut self) -> String {
        let finished = self.session.finish(self.now_ms);
        finished.map(|it| it.xml).unwrap_or_else(|left| panic!("still to be answered: {left:#?}"))
    }
}
