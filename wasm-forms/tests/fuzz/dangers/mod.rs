//! What is known to break form engines, each with the bound that holds it: a diagnosis, a violation or a finding.

mod answers;
mod documents;
mod expressions;
mod lists;
mod repeats;
mod submissions;

use std::sync::Arc;

use wasm_forms::view::ViewNode;
use wasm_forms::{Form, Lists, Session};

use crate::exercise::{MONDAY, compile, env};

/// Returns a form around an instance, what else stands in the model, and a body.
fn form(instance: &str, model: &str, body: &str) -> String {
    format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
        xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>T</h:title><model>
        <instance><data id="t" version="1">{instance}<meta><instanceID/></meta></data></instance>{model}
        <bind nodeset="/data/meta/instanceID" jr:preload="uid"/></model></h:head><h:body>{body}</h:body></h:html>"#
    )
}

/// Returns a form of one calculation over `/data/a` and `/data/r/n`.
fn calculates(source: &str) -> String {
    let source = crate::mutate_xml::escaped(source);
    form(
        "<a/><b/><r><n/></r>",
        &format!("<bind nodeset=\"/data/b\" calculate=\"{source}\"/>"),
        "<input ref=\"/data/a\"/><group ref=\"/data/r\"><repeat nodeset=\"/data/r\"><input ref=\"/data/r/n\"/></repeat></group>",
    )
}

/// The form must be refused, with this among the reasons.
fn refused(xform: &str, code: &str) {
    let problems = Form::compile(xform).err().unwrap_or_else(|| panic!("accepted, not {code}"));
    assert!(problems.iter().any(|it| it.code == code), "refused, but not by {code}: {:?}", problems.first());
}

fn accepted(xform: &str) -> Arc<Form> {
    compile(xform)
        .unwrap_or_else(|| panic!("refused: {:?}", Form::compile(xform).err().map(|it| it[0].clone())))
}

fn open(xform: &str) -> Session {
    Session::open(&accepted(xform), &Arc::new(Lists::new()), env(), &[])
}

fn node(session: &mut Session, reference: &str) -> ViewNode {
    let found = session.view().nodes.into_iter().find(|it| it.reference == reference);
    found.unwrap_or_else(|| panic!("nothing shows {reference}"))
}

fn answer(session: &mut Session, reference: &str, value: &str) {
    let id = node(session, reference).id;
    session.answer(id, value, MONDAY).expect("a question");
}

/// Returns how many times a text stands in what the session would send.
fn count_in_draft(session: &Session, text: &str) -> usize {
    session.draft().matches(text).count()
}
