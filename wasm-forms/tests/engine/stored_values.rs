//! What an instance holds of what people type and choose, and what their screens say about the rest.

use std::sync::Arc;

use wasm_forms::Session;

use crate::common::{Visit, compile, env, lists, open};

const LEVELS: &str = r#"<instance id="l"><root><item><n>a</n></item><item><n>b</n></item></root></instance>
    <instance id="m"><root><item><l>a</l><n>aa</n></item><item><l>a</l><n>ab</n></item>
    <item><l>b</l><n>ba</n></item></root></instance>"#;
const LEVEL_1: &str = r#"<select1 ref="/data/one"><itemset nodeset="instance('l')/root/item"><value ref="n"/>
    <label ref="n"/></itemset></select1>"#;

fn second_level(control: &str) -> String {
    format!(
        r#"{LEVEL_1}<{control} ref="/data/two"><itemset nodeset="instance('m')/root/item[l = /data/one]">
        <value ref="n"/><label ref="n"/></itemset></{control}>"#
    )
}

/// What is submitted, shown, and said to be wrong after one answer.
fn check(data_type: &str, typed: &str, expected: [&str; 3]) {
    let bind = format!(r#"<bind nodeset="/data/a" type="{data_type}"/>"#);
    let mut visit = open("<a/>", &bind, r#"<input ref="/data/a"/>"#);
    visit.answer("/data/a", typed);
    let stored = visit.session.value("/data/a").expect("a node").to_owned();
    let found = [stored.as_str(), visit.value("/data/a"), &visit.violation("/data/a")];
    assert_eq!(found, expected, "{data_type} {typed}");
}

#[test]
fn an_instance_holds_values_of_its_types_and_the_screen_what_was_typed() {
    check("int", "12", ["12", "12", ""]);
    check("int", "12.7", ["12", "12", ""]);
    check("int", "2147483648", ["", "2147483648", "answer.type"]);
    check("decimal", "23", ["23.0", "23", ""]);
    check("decimal", "x", ["", "x", "answer.type"]);
    check("date", "2026-02-29", ["", "2026-02-29", "answer.type"]);
    check("date", "2026-11-21T09:30", ["2026-11-21", "2026-11-21", ""]);
    check("dateTime", "2026-11-21", ["", "2026-11-21", "answer.type"]);
    check("time", "24:00", ["", "24:00", "answer.type"]);
    check("geopoint", "36.06 103.83 1500 5", ["36.06 103.83 1500.0 5.0", "36.06 103.83 1500 5", ""]);
    check("geopoint", "0 0 0 0", ["", "0 0 0 0", "answer.type"]);
    check("string", " as it is ", [" as it is ", " as it is ", ""]);
}

#[test]
fn what_was_typed_stays_until_something_else_is_said() {
    let bind = r#"<bind nodeset="/data/a" type="date"/><bind nodeset="/data/b" calculate="/data/a = ''"/>"#;
    let mut visit = open("<a/><b/>", bind, r#"<input ref="/data/a"/>"#);
    visit.answer("/data/a", "soon");
    assert!(visit.session.submission().contains("<a/><b>true</b>"), "{}", visit.session.submission());
    let draft = visit.session.draft();
    let form = Arc::new(compile("<a/><b/>", bind, r#"<input ref="/data/a"/>"#).expect("a form"));
    let mut visit = Visit::of(Session::resume(&form, &lists(&[]), env(), &draft).expect("our own draft"));
    assert_eq!((visit.value("/data/a"), &*visit.violation("/data/a")), ("soon", "answer.type"));
    visit.answer("/data/a", "");
    assert_eq!((visit.value("/data/a"), &*visit.violation("/data/a")), ("", ""));
}

#[test]
fn defaults_and_calculations_are_values_of_their_types() {
    let visit = open(
        "<a>2026-11-21T09:30:00</a><b>soon</b><c/><d/>",
        r#"<bind nodeset="/data/a" type="date"/><bind nodeset="/data/b" type="date"/>
           <bind nodeset="/data/c" type="int" calculate="3000000000"/>
           <bind nodeset="/data/d" type="decimal" calculate="1 div 4 * 8"/>"#,
        "",
    );
    let value = |reference: &str| visit.session.value(reference).expect("a node");
    assert_eq!(["/data/a", "/data/b", "/data/c", "/data/d"].map(value), ["2026-11-21", "", "", "2.0"]);
}

#[test]
fn a_choice_that_a_filter_takes_comes_back_with_it() {
    let mut visit = open("<one/><two/>", LEVELS, &second_level("select1"));
    visit.answer("/data/one", "a").answer("/data/two", "ab").answer("/data/one", "b");
    assert_eq!(visit.session.value("/data/two"), Some(""));
    visit.answer("/data/one", "a");
    assert_eq!(visit.session.value("/data/two"), Some("ab"));
    // A new answer is what counts from then on.
    visit.answer("/data/one", "b").answer("/data/two", "ba").answer("/data/one", "a");
    assert_eq!(visit.session.value("/data/two"), Some(""));
}

#[test]
fn what_is_not_offered_is_not_stored() {
    let mut visit = open("<one/><two/>", LEVELS, &second_level("select1"));
    visit.answer("/data/one", "c");
    assert_eq!((visit.session.value("/data/one"), visit.value("/data/one")), (Some(""), "c"));
    assert_eq!(visit.violation("/data/one"), "answer.choice");
}

#[test]
fn a_ranking_is_of_all_that_is_offered() {
    let mut visit = open("<one/><two/>", LEVELS, &second_level("rank"));
    visit.answer("/data/one", "a").answer("/data/two", "ab aa");
    visit.answer("/data/two", "ab");
    assert_eq!((visit.session.value("/data/two"), visit.value("/data/two")), (Some("ab aa"), "ab"));
    assert_eq!(visit.violation("/data/two"), "answer.choice");
    visit.answer("/data/one", "b");
    assert_eq!(visit.session.value("/data/two"), Some("ba"));
    visit.answer("/data/one", "a");
    assert_eq!(visit.session.value("/data/two"), Some("ab aa"));
}

#[test]
fn a_boolean_that_is_false_makes_a_condition_false() {
    let model = r#"<bind nodeset="/data/a" type="boolean"/><bind nodeset="/data/b" relevant="/data/a"/>"#;
    let mut visit = open("<a/><b/>", model, r#"<input ref="/data/a"/><input ref="/data/b"/>"#);
    let mut is_shown = |value: &str| visit.answer("/data/a", value).is_shown("/data/b");
    assert_eq!(["true", "false", "1", "0", ""].map(&mut is_shown), [true, false, true, false, false]);
}
