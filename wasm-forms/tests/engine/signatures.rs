//! What a signature covers, and what makes it void: while a form is filled in and where it arrives.

use std::sync::Arc;

use wasm_forms::bound::{self, Signature};
use wasm_forms::{Diagnostic, Form, Session};

use crate::common::{Visit, compile, env, lists, open};

const INSTANCE: &str =
    "<name/><phone/><is_absent/><where/><person><age/><own/><says/></person><sign/><all/><end/>";

fn model(signs: &str) -> String {
    let namespace = r#"xmlns:doorstep="urn:doorstep:xforms""#;
    format!(
        r#"<bind nodeset="/data/end" type="dateTime" jr:preload="timestamp" jr:preloadParams="end"/>
        <bind nodeset="/data/phone" relevant="/data/is_absent != 'yes'"/>
        <bind nodeset="/data/person" relevant="/data/is_absent != 'yes' or position(.) &gt; 1"/>
        <bind nodeset="/data/where" calculate="concat(/data/name, ' here')"/>
        <bind nodeset="/data/person/says" type="binary" {namespace} doorstep:signs=" ../age  /data/name"/>
        <bind nodeset="/data/all" type="binary" {namespace} doorstep:signs="/data"/>
        <bind nodeset="/data/sign" type="binary" {namespace} doorstep:signs="{signs}"/>"#
    )
}

const BODY: &str = r#"<input ref="/data/name"><label>Name</label></input><input ref="/data/phone"/><input ref="/data/is_absent"/>
    <group ref="/data/person"><repeat nodeset="/data/person"><input ref="/data/person/age"/><input ref="/data/person/own"/>
    <upload ref="/data/person/says" mediatype="image/*" appearance="signature"/></repeat></group>
    <upload ref="/data/sign" mediatype="image/*" appearance="signature"/><upload ref="/data/all" mediatype="image/*"/>"#;

fn visit(signs: &str) -> Visit {
    open(INSTANCE, &model(signs), BODY)
}

/// Returns what a submission's signature has to cover.
fn given(xml: &str, signs: &str, reference: &str) -> Signature {
    let form = compile(INSTANCE, &model(signs), BODY).expect("a good form");
    let found = bound::signatures(xml, &form).into_iter().find(|it| it.reference == reference);
    found.unwrap_or_else(|| panic!("no signature {reference}"))
}

#[test]
fn a_changed_answer_voids_a_signature_and_the_old_answer_makes_it_good() {
    let mut visit = visit("/data/name /data/phone");
    visit.answer("/data/name", "李奶奶").answer("/data/sign", "s.strokes");
    assert_eq!(visit.violation("/data/sign"), "");
    visit.answer("/data/is_absent", "no");
    assert_eq!(visit.violation("/data/sign"), "", "it is not covered");
    visit.answer("/data/phone", "154");
    assert_eq!(visit.violation("/data/sign"), "signature.void", "it was empty");
    let left = visit.session.finish(visit.now_ms).expect_err("it is void");
    assert_eq!(left[0].violation.code, "signature.void");
    let told = visit.session.signed_answers(visit.id("/data/sign"));
    let told: Vec<_> =
        told.iter().map(|it| (it.label.as_str(), it.display.as_str(), it.is_changed)).collect();
    assert_eq!(told, [("Name", "李奶奶", false), ("phone", "154", true)]);
    visit.answer("/data/phone", "");
    assert_eq!(visit.violation("/data/sign"), "");
    visit.answer("/data/name", "").answer("/data/sign", "other.strokes");
    assert_eq!(visit.violation("/data/sign"), "", "signed again");
    visit.answer("/data/name", "x").answer("/data/sign", "");
    assert_eq!(visit.violation("/data/sign"), "", "there is none");
}

#[test]
fn relevance_and_calculations_count_as_answers() {
    let mut visit = visit("/data/phone /data/where");
    visit.answer("/data/phone", "154").answer("/data/name", "a").answer("/data/sign", "s");
    visit.answer("/data/is_absent", "yes");
    assert_eq!(visit.violation("/data/sign"), "signature.void", "the phone is hidden");
    visit.answer("/data/is_absent", "");
    assert_eq!(visit.violation("/data/sign"), "");
    visit.answer("/data/name", "b");
    assert_eq!(visit.violation("/data/sign"), "signature.void", "what is calculated of it is another");
}

#[test]
fn a_group_stands_for_all_in_it_but_signatures() {
    let mut visit = visit("/data/name");
    visit.answer("/data/name", "a").answer("/data/all", "whole").answer("/data/sign", "s");
    visit.answer("/data/person[1]/says", "p");
    assert_eq!(visit.violation("/data/all"), "", "signatures are left out");
    visit.finish();
    assert_eq!(visit.violation("/data/all"), "", "what is noted by itself is left out");
    visit.answer("/data/person[1]/own", "x");
    assert_eq!(visit.violation("/data/all"), "signature.void");
}

#[test]
fn an_instance_around_a_signature_is_its_own() {
    let mut visit = visit("/data/person/age");
    visit.add("/data/person").answer("/data/person[1]/age", "70").answer("/data/person[2]/age", "71");
    visit.answer("/data/person[1]/says", "1").answer("/data/person[2]/says", "2").answer("/data/sign", "all");
    visit.answer("/data/person[1]/age", "69");
    assert_eq!(visit.violation("/data/person[1]/says"), "signature.void");
    assert_eq!(visit.violation("/data/person[2]/says"), "");
    assert_eq!(visit.violation("/data/sign"), "signature.void");
    visit.answer("/data/person[1]/age", "70");
    assert_eq!(visit.violation("/data/sign"), "");
    visit.remove("/data/person[1]");
    assert_eq!(visit.violation("/data/sign"), "signature.void", "one is gone");
    assert_eq!(visit.violation("/data/person[1]/says"), "", "whose number is another now");
}

#[test]
fn what_arrives_is_covered_as_on_the_phone() {
    const SIGNS: &str = "/data/person/age /data/phone /data/where";
    let mut visit = visit(SIGNS);
    visit.add("/data/person").answer("/data/name", "a <&\r\n b").answer("/data/phone", "154");
    visit.answer("/data/person[1]/age", "70").answer("/data/person[2]/age", "71");
    // The first instance is hidden: in the submission the second is the first.
    visit.answer("/data/is_absent", "yes").answer("/data/person[2]/says", "p").answer("/data/sign", "s");
    let signed = |visit: &Visit, reference: &str| {
        visit.session.binding(visit.id(reference)).expect("the form says what it covers")
    };
    let xml = visit.finish();
    let arrived = given(&xml, SIGNS, "/data/sign");
    assert_eq!(arrived.binding, signed(&visit, "/data/sign"), "{xml}");
    assert_eq!(arrived.answers().collect::<Vec<_>>(), ["/data/where", "/data/person[1]/age"]);
    assert_eq!(given(&xml, SIGNS, "/data/person[1]/says").binding, signed(&visit, "/data/person[2]/says"));

    let forged = given(&xml.replace("<age>71</age>", "<age>17</age>"), SIGNS, "/data/sign");
    assert!(!forged.binding.is_same(&signed(&visit, "/data/sign")));
    assert_eq!(forged.changed(&signed(&visit, "/data/sign")), ["/data/person[1]/age"]);
    let without = xml.replace(" here", "");
    assert_eq!(given(&without, SIGNS, "/data/sign").changed(&signed(&visit, "/data/sign")), ["/data/where"]);
}

#[test]
fn a_draft_keeps_what_was_signed() {
    let mut visit = visit("/data/name");
    visit.answer("/data/name", "a").answer("/data/sign", "s").answer("/data/name", "b");
    let form = Arc::new(compile(INSTANCE, &model("/data/name"), BODY).expect("a good form"));
    let draft = visit.session.draft();
    let again = Session::resume(&form, &lists(&[]), env(), &draft).expect("a draft of this form");
    let mut again = Visit::of(again);
    assert_eq!(again.violation("/data/sign"), "signature.void");
    again.answer("/data/name", "a");
    assert_eq!(again.violation("/data/sign"), "");
}

#[test]
fn a_form_that_covers_what_it_does_not_have_is_refused() {
    let refused = |signs: &str| compile(INSTANCE, &model(signs), BODY).map(|_: Form| ()).unwrap_err();
    let problems: Vec<Diagnostic> = refused("/data/name /data/phon");
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(
        (problem.code.as_str(), problem.params["nearest"].as_str()),
        ("form.unknown_node", "/data/phone")
    );
    assert_eq!(refused("../../name").len(), 1);
    // In nobody's namespace it is nobody's business.
    let model = model("/data/fone").replace("urn:doorstep:xforms", "urn:other");
    assert!(compile(INSTANCE, &model, BODY).is_ok_and(|it| !it.binds_signatures()));
}
