//! What a session does not take, and where it ends: read-only questions, counts beyond measure, circles that are none.

use std::sync::Arc;

use wasm_forms::session::SessionError;
use wasm_forms::{Form, Lists, Session, check};

use crate::common::{MONDAY, env, open, xform};

#[test]
fn a_read_only_question_takes_no_answer_and_a_hidden_one_does() {
    let mut visit = open(
        "<a>kept</a><b/><c/>",
        r#"<bind nodeset="/data/a" readonly="true()"/><bind nodeset="/data/c" relevant="/data/b = 1"/>"#,
        r#"<input ref="/data/a"/><input ref="/data/b"/><input ref="/data/c"/>"#,
    );
    let id = visit.id("/data/a");
    assert_eq!(visit.session.answer(id, "changed", MONDAY).err(), Some(SessionError::Node(id)));
    assert_eq!(visit.session.value("/data/a"), Some("kept"));
    visit.answer("/data/c", "photo.jpg").answer("/data/b", "1");
    assert_eq!(visit.value("/data/c"), "photo.jpg");
}

#[test]
fn an_edited_submission_has_another_id_whatever_the_seed() {
    let form = Arc::new(Form::compile(xform("<a/>", "", r#"<input ref="/data/a"/>"#)).expect("a good form"));
    let lists = Arc::new(Lists::new());
    let first = Session::open(&form, &lists, env(), &[]).finish(MONDAY).expect("complete");
    let second = Session::edit(&form, &lists, env(), &first.xml).expect("a submission").finish(MONDAY);
    let second = second.expect("complete");
    let third = Session::edit(&form, &lists, env(), &second.xml).expect("a submission").finish(MONDAY);
    let mut ids = [first.instance_id, second.instance_id, third.expect("complete").instance_id];
    ids.sort();
    assert!(ids.windows(2).all(|it| it[0] != it[1]), "{ids:?}");
}

#[test]
fn a_count_beyond_measure_is_told_to_the_person_and_to_the_reviewer() {
    let source = xform(
        "<n/><r><x/></r>",
        "",
        r#"<input ref="/data/n"/><group ref="/data/r"><repeat nodeset="/data/r" jr:count="/data/n"><input ref="/data/r/x"/></repeat></group>"#,
    );
    let form = Arc::new(Form::compile(&source).expect("a good form"));
    let mut session = Session::open(&form, &Arc::default(), env(), &[]);
    let n = session.find("/data/n").expect("a question");
    session.answer(n, "6000", MONDAY).expect("a question");
    let left = session.finish(MONDAY).expect_err("too many");
    assert_eq!(left.iter().map(|it| it.violation.code.as_str()).collect::<Vec<_>>(), ["answer.count"]);
    let found = check(&session.submission(), &form, &Lists::new(), &env()).expect("a submission").findings;
    assert_eq!(
        found.iter().map(|it| (&*it.code, &*it.reference)).collect::<Vec<_>>(),
        [("answer.count", "/data/r")]
    );
    session.answer(n, "2", MONDAY).expect("a question");
    assert!(session.finish(MONDAY).is_ok());
}

#[test]
fn figures_over_all_nodes_are_no_circle() {
    let mut visit = open(
        "<a/><x/><y/><z/>",
        r#"<bind nodeset="/data/x" calculate="count(/data/*[. != ''])"/>
           <bind nodeset="/data/y" calculate="count(//*)"/>
           <bind nodeset="/data/z" calculate="/data/x + 1"/>"#,
        r#"<input ref="/data/a"/><input ref="/data/x"/><input ref="/data/y"/><input ref="/data/z"/>"#,
    );
    let figures = |visit: &crate::common::Visit| {
        ["x", "y", "z"].map(|it| visit.value(&format!("/data/{it}")).to_owned())
    };
    assert_eq!(figures(&visit), ["4", "7", "5"], "x, y and z are not empty, nor is meta");
    visit.answer("/data/a", "1");
    assert_eq!(figures(&visit), ["5", "7", "6"]);
}
