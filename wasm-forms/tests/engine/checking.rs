//! A submission that has arrived: the same rules, the visit's own clock.

use std::sync::Arc;

use crate::common::{CHINA, HOUR, MONDAY, Visit, lists, xform};
use wasm_forms::{Checked, Env, Form, Lists, Operation, check};

const INSTANCE: &str = r#"<start/><end/><when/><next/><meet/><why/><age/><born/>
    <reg><status/><hidden/><meta><entity dataset="residents" update="1" baseVersion="" id=""/></meta></reg>"#;
const MODEL: &str = r#"
    <bind nodeset="/data/start" type="dateTime" jr:preload="timestamp" jr:preloadParams="start"/>
    <bind nodeset="/data/end" type="dateTime" jr:preload="timestamp" jr:preloadParams="end"/>
    <setvalue ref="/data/when" event="odk-instance-first-load" value="now()"/>
    <bind nodeset="/data/when" type="dateTime" constraint="decimal-date-time(.) &lt;= decimal-date-time(now()) + 0.01 and decimal-date-time(.) &gt;= decimal-date-time(now()) - 1"/>
    <bind nodeset="/data/next" type="date" constraint=". &gt; today() and . &lt;= date(decimal-date-time(today()) + 2)"/>
    <bind nodeset="/data/meet" required="true()"/>
    <bind nodeset="/data/why" relevant="/data/meet = 'absent'" required="true()"/>
    <bind nodeset="/data/born" type="date"/>
    <bind nodeset="/data/age" type="int" calculate="int((today() - date(/data/born)) div 365.25)"/>
    <bind nodeset="/data/reg/status" calculate="/data/meet" entities:saveto="cert_status"/>
    <bind nodeset="/data/reg/hidden" relevant="false()" calculate="'x'" entities:saveto="hidden"/>
    <bind nodeset="/data/reg/meta/entity/@id" calculate="'R1'"/>
    <bind nodeset="/data/reg/meta/entity/@update" calculate="/data/meet != ''"/>
    <bind nodeset="/data/reg/meta/entity/@baseVersion" calculate="3"/>"#;
const BODY: &str = r#"<input ref="/data/when"/><input ref="/data/next"><label>Next visit</label></input><input ref="/data/meet"/>
    <input ref="/data/why"/><input ref="/data/born"/>"#;

fn form() -> Form {
    Form::compile(xform(INSTANCE, MODEL, BODY)).expect("a good form")
}

fn filled_on_monday() -> String {
    let mut visit = Visit::open(form(), &lists(&[]), &[]);
    visit.answer("/data/meet", "met").answer("/data/next", "2026-11-24").answer("/data/born", "1950-01-02");
    visit.now_ms += HOUR;
    visit.finish()
}

fn checked_at(xml: &str, now_ms: i64, offset_min: i32) -> Checked {
    check(xml, &form(), &Lists::new(), &Env { now_ms, offset_min, ..Env::default() })
        .expect("a submission of this form")
}

fn codes(xml: &str) -> Vec<(String, String)> {
    checked_at(xml, MONDAY, CHINA).findings.into_iter().map(|it| (it.code, it.reference)).collect()
}

#[test]
fn a_visit_of_monday_is_judged_as_of_monday_whenever_and_wherever_it_arrives() {
    let xml = filled_on_monday();
    let on_monday = checked_at(&xml, MONDAY + 2 * HOUR, CHINA);
    let on_thursday = checked_at(&xml, MONDAY + 75 * HOUR, 0);
    assert_eq!(on_monday.findings, []);
    assert_eq!(on_monday, on_thursday);
    assert_eq!(on_thursday.meta.offset_min, Some(CHINA));
}

#[test]
fn midnight_between_start_and_end_is_nobodys_fault() {
    let mut visit = Visit::open(form(), &lists(&[]), &[]);
    visit.answer("/data/meet", "met").answer("/data/next", "2026-11-24");
    let xml = visit.finish();
    let shifted = xml.replace("<end>2026-11-23T09:00", "<end>2026-11-24T00:30");
    assert_ne!(xml, shifted);
    assert_eq!(codes(&shifted), []);
}

#[test]
fn forged_and_broken_answers_become_findings() {
    let xml = filled_on_monday();
    let change = |from: &str, to: &str| {
        let changed = xml.replace(from, to);
        assert_ne!(changed, xml, "{from}");
        codes(&changed)
    };
    let one = |code: &str, reference: &str| vec![(code.to_owned(), reference.to_owned())];
    assert_eq!(change("<age>76</age>", "<age>75</age>"), one("answer.calculation", "/data/age"));
    assert_eq!(
        change("<next>2026-11-24</next>", "<next>2026-12-24</next>"),
        one("answer.constraint", "/data/next")
    );
    assert_eq!(change("<next>2026-11-24</next>", "<next>soon</next>"), one("answer.type", "/data/next"));
    assert_eq!(
        change("<meet>met</meet>", "<meet>met</meet><why>x</why>"),
        one("answer.irrelevant", "/data/why")
    );
    assert_eq!(change("<born>", "<extra>1</extra><born>"), one("submission.unknown_node", "/data/extra"));
    let absent = change(">met<", ">absent<");
    assert_eq!(absent, one("answer.required", "/data/why"));
}

#[test]
fn findings_are_bounded() {
    let many = "<q/>".repeat(10_000);
    assert_eq!(codes(&filled_on_monday().replace("<born>", &format!("{many}<born>"))).len(), 1);
    let different: String = (0..300).map(|i| format!("<q{i}/>")).collect();
    assert_eq!(codes(&filled_on_monday().replace("<born>", &format!("{different}<born>"))).len(), 50);
}

#[test]
fn a_submission_cannot_choose_another_register() {
    let xml = filled_on_monday();
    let changed = xml.replace(r#"dataset="residents""#, r#"dataset="volunteers""#);
    assert_ne!(xml, changed);
    assert_eq!(checked_at(&changed, MONDAY, CHINA).entities[0].list, "residents");
}

#[test]
fn many_instances_are_checked_in_time_that_grows_with_them_and_too_many_are_refused() {
    let instance = r#"<item><a/><b/><c/><d/></item>"#;
    let model = r#"<bind nodeset="/data/item/b" calculate="position(..)"/>"#;
    let body =
        r#"<repeat nodeset="/data/item"><input ref="/data/item/a"/><input ref="/data/item/b"/></repeat>"#;
    let form = Form::compile(xform(instance, model, body)).expect("a good form");
    let document = |n: usize| {
        let items: String = (1..=n).map(|i| format!("<item><a>x</a><b>{i}</b></item>")).collect();
        format!(r#"<data id="test" version="1">{items}<meta><instanceID>uuid:1</instanceID></meta></data>"#)
    };
    let checked = check(&document(3_000), &form, &Lists::new(), &Env::default()).expect("a submission");
    assert_eq!((checked.findings.len(), checked.answers.len()), (0, 6_000));
    assert_eq!(checked.answers[5_999].reference, "/data/item[3000]/b");
    let refused = check(&document(50_000), &form, &Lists::new(), &Env::default());
    assert_eq!(refused.expect_err("too large").code, "submission.too_large");
}

#[test]
fn instances_beyond_the_count_are_kept_and_found() {
    let model = r#"<bind nodeset="/data/n" type="int"/>"#;
    let body = r#"<input ref="/data/n"/><repeat nodeset="/data/rep" jr:count="/data/n"><upload ref="/data/rep/pic" mediatype="image/*"/></repeat>"#;
    let form = Form::compile(xform("<n/><rep><pic/></rep>", model, body)).expect("a good form");
    let xml = r#"<data id="test" version="1"><n>1</n><rep><pic>a.jpg</pic></rep><rep><pic>b.jpg</pic></rep><meta><instanceID>uuid:1</instanceID></meta></data>"#;
    let checked = check(xml, &form, &Lists::new(), &Env::default()).expect("a submission");
    assert_eq!(checked.attachments.len(), 2);
    let found: Vec<_> = checked.findings.iter().map(|it| (it.code.as_str(), it.reference.as_str())).collect();
    assert_eq!(found, [("submission.extra_instance", "/data/rep[2]")]);
}

#[test]
fn a_form_knows_whether_it_reads_a_list_by_key_alone() {
    let by_key = |calculate: &str, nodeset: &str| {
        let model = format!(
            r#"<instance id="r" src="jr://file-csv/r.csv"/><bind nodeset="/data/b" calculate="{calculate}"/>"#
        );
        let body = format!(
            r#"<select1 ref="/data/a"><itemset nodeset="{nodeset}"><value ref="name"/><label ref="label"/></itemset></select1>"#
        );
        Form::compile(xform("<a/><b/>", &model, &body)).expect("a good form").reads_by_key("r")
    };
    assert!(by_key("instance('r')/root/item[name=/data/a]/phone", "instance('r')/root/item"));
    assert!(!by_key("count(instance('r')/root/item)", "instance('r')/root/item"));
    assert!(!by_key("instance('r')/root/item[phone=/data/a]/name", "instance('r')/root/item"));
    assert!(!by_key("1", "instance('r')/root/item[grid='G01']"));
}

#[test]
fn a_file_under_a_hidden_question_is_still_a_file_of_the_submission() {
    let model = r#"<bind nodeset="/data/photo" type="binary" relevant="/data/a = 'yes'"/>"#;
    let body = r#"<input ref="/data/a"/><upload ref="/data/photo" mediatype="image/*"/>"#;
    let form = Form::compile(xform("<a/><photo/>", model, body)).expect("a good form");
    let xml = r#"<data id="test" version="1"><a>no</a><photo>p.jpg</photo><meta><instanceID>uuid:1</instanceID></meta></data>"#;
    let checked = check(xml, &form, &Lists::new(), &Env::default()).expect("a submission");
    assert_eq!(
        (checked.attachments[0].name.as_str(), checked.attachments[0].media_type.as_str()),
        ("p.jpg", "image/*")
    );
    assert_eq!(checked.findings[0].code, "answer.irrelevant");
}

#[test]
fn a_finding_names_the_question_as_people_know_it() {
    let xml = filled_on_monday().replace("<next>2026-11-24</next>", "<next>2026-12-24</next>");
    assert_eq!(checked_at(&xml, MONDAY, CHINA).findings[0].question, "Next visit");
}

#[test]
fn the_register_is_told_what_is_relevant_and_no_more() {
    let entities = checked_at(&filled_on_monday(), MONDAY, CHINA).entities;
    assert_eq!(entities.len(), 1);
    let change = &entities[0];
    assert_eq!((change.list.as_str(), change.id.as_str()), ("residents", "R1"));
    assert_eq!((change.operation, change.base_version), (Operation::Update, Some(3)));
    assert_eq!(
        change.properties.clone().into_iter().collect::<Vec<_>>(),
        [("cert_status".to_owned(), "met".to_owned())]
    );
}

#[test]
fn what_is_no_submission_of_this_form_is_refused_with_a_code() {
    let code = |xml: &str| check(xml, &form(), &Lists::new(), &Env::default()).expect_err("refused").code;
    let xml = filled_on_monday();
    assert_eq!(code("<data"), "submission.malformed");
    assert_eq!(code(&xml[..xml.len() / 2]), "submission.malformed");
    assert_eq!(code(r#"<data id="test"><meta/></data>"#), "submission.no_instance_id");
    assert_eq!(code(&xml.replace(r#"id="test""#, r#"id="other""#)), "submission.form");
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
    assert_eq!(code(&format!("{bomb}{xml}")), "submission.malformed");
    let deep = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    assert!(["submission.malformed", "submission.no_instance_id"].contains(&code(&deep).as_str()));
}

#[test]
fn a_register_row_is_read_as_the_visit_saw_it() {
    let instance = "<who/><phone/>";
    let model = r#"<instance id="residents" src="jr://file-csv/residents.csv"/>
        <bind nodeset="/data/phone" calculate="instance('residents')/root/item[name=/data/who]/phone"/>"#;
    let form =
        Arc::new(Form::compile(xform(instance, model, r#"<input ref="/data/who"/>"#)).expect("a good form"));
    let then = lists(&[("residents", "name,phone\nR1,15400000001\n")]);
    let now = lists(&[("residents", "name,phone\nR1,15400000002\n")]);
    let prefill = [("/data/who".to_owned(), "R1".to_owned())];
    let xml = wasm_forms::Session::open(&form, &then, crate::common::env(), &prefill)
        .finish(MONDAY)
        .expect("complete")
        .xml;
    let findings =
        |lists: &Lists| check(&xml, &form, lists, &crate::common::env()).expect("a submission").findings;
    assert_eq!(findings(&then), []);
    assert_eq!(findings(&now)[0].code, "answer.calculation");
}
