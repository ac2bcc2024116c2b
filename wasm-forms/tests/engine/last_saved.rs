//! What was saved last with a form, offered when the next visit begins.

use std::sync::Arc;

use wasm_forms::{Lists, Session, Table, check};

use crate::common::{Visit, compile, env};

const MODEL: &str = r#"<instance id="__last-saved" src="jr://instance/last-saved"/>
  <setvalue event="odk-instance-first-load" ref="/data/g/street" value="instance('__last-saved')/data/g/street"/>"#;
const SAVED: &str = r#"<data id="test" version="1"><g><street>Dingxi Road</street></g><note>n</note></data>"#;

fn street(lists: Lists) -> String {
    let form = compile("<g><street/></g><note/>", MODEL, r#"<input ref="/data/g/street"/>"#).expect("a form");
    assert_eq!(form.last_saved(), Some("__last-saved"));
    assert!(form.lists().is_empty(), "no file is to be supplied");
    let visit = Visit::of(Session::open(&Arc::new(form), &Arc::new(lists), env(), &[]));
    visit.value("/data/g/street").to_owned()
}

#[test]
fn the_last_answer_is_offered_where_there_is_one() {
    let saved = Table::from_xml(SAVED).expect("a submission");
    let lists: Lists = [("__last-saved".to_owned(), Arc::new(saved))].into_iter().collect();
    assert_eq!(street(lists), "Dingxi Road");
    assert_eq!(street(Lists::new()), "");
}

#[test]
fn what_was_calculated_from_it_is_taken_as_it_arrives() {
    let model = r#"<instance id="__last-saved" src="jr://instance/last-saved"/>
      <bind nodeset="/data/before" calculate="concat('before: ', instance('__last-saved')/data/street)"/>"#;
    let form = compile("<street/><before/>", model, r#"<input ref="/data/street"/>"#).expect("a form");
    let saved = Table::from_xml("<data id='test'><street>Dingxi Road</street></data>").expect("a submission");
    let lists: Lists = [("__last-saved".to_owned(), Arc::new(saved))].into_iter().collect();
    let form = Arc::new(form);
    let finished = Session::open(&form, &Arc::new(lists), env(), &[]).finish(env().now_ms).expect("finished");
    assert!(finished.xml.contains("before: Dingxi Road"), "{}", finished.xml);
    let checked = check(&finished.xml, &form, &Lists::new(), &env()).expect("a submission");
    assert_eq!(checked.findings, []);
}

#[test]
fn nothing_is_judged_by_what_nobody_else_has() {
    const SAVED_STREET: &str = "instance('__last-saved')/data/street";
    let instance = r#"<street/><moved/><g><why/></g><n/><r jr:template=""><a/></r>"#;
    let model = format!(
        r#"<instance id="__last-saved" src="jr://instance/last-saved"/>
        <bind nodeset="/data/moved" relevant="{SAVED_STREET} != ''" required="true()"/>
        <bind nodeset="/data/g" relevant="{SAVED_STREET} != /data/street"/>
        <bind nodeset="/data/g/why" required="{SAVED_STREET} = 'Dingxi Road'"/>
        <bind nodeset="/data/street" constraint="not(. = {SAVED_STREET})"/>"#
    );
    let body = format!(
        r#"<input ref="/data/street"/><input ref="/data/moved"/><group ref="/data/g"><input ref="/data/g/why"/></group>
        <repeat nodeset="/data/r" jr:count="count({SAVED_STREET})"><input ref="/data/r/a"/></repeat>"#
    );
    let form = Arc::new(compile(instance, &model, &body).expect("a form"));
    let saved = Table::from_xml("<data id='test'><street>Dingxi Road</street></data>").expect("a submission");
    let with: Lists = [("__last-saved".to_owned(), Arc::new(saved))].into_iter().collect();
    let findings = |xml: &str| check(xml, &form, &Lists::new(), &env()).expect("a submission").findings;

    let mut visit = Visit::of(Session::open(&form, &Arc::new(with), env(), &[]));
    visit.answer("/data/street", "Heping Road").answer("/data/moved", "yes").answer("/data/g/why", "work");
    visit.answer("/data/r[1]/a", "x");
    assert_eq!(findings(&visit.finish()), []);

    let mut first = Visit::of(Session::open(&form, &Arc::new(Lists::new()), env(), &[]));
    assert!(!first.is_shown("/data/moved"));
    first.answer("/data/street", "Heping Road");
    let xml = first.finish();
    assert!(!xml.contains("moved"), "{xml}");
    assert_eq!(findings(&xml), []);
}
