//! The smallest cases of what once broke a law, whether chance draws them or not.

use std::sync::Arc;

use wasm_forms::Form;

use crate::laws::{self, Law};
use crate::story::Step;

/// A form, a story and the law that has to hold.
fn holds(model: &str, body: &str, steps: &[Step], law: Law) {
    let xform = format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>T</h:title><model>{model}</model></h:head><h:body>{body}</h:body></h:html>"#
    );
    let form = Form::compile(&xform).unwrap_or_else(|it| panic!("{it:?}"));
    law(&Arc::new(form), steps).unwrap_or_else(|broken| panic!("{broken}"));
}

fn answer(reference: &str, value: &str) -> Step {
    Step::Answer(reference.to_owned(), value.to_owned())
}

#[test]
fn an_answered_calculation_stays_in_the_draft() {
    holds(
        "<instance><data id=\"t\"><a/></data></instance><bind nodeset=\"/data/a\" calculate=\"1\"/>",
        "<input ref=\"/data/a\"/>",
        &[answer("/data/a", "2")],
        laws::draft,
    );
}

#[test]
fn a_filter_by_a_hidden_question_offers_empty_cells() {
    holds(
        "<instance><data id=\"t\"><b/><a/></data></instance><instance id=\"l\"><root><item><n>x</n><k></k></item></root></instance><bind nodeset=\"/data/b\" relevant=\"false()\"/>",
        "<input ref=\"/data/b\"/><select1 ref=\"/data/a\"><itemset nodeset=\"instance('l')/root/item[k = /data/b]\"><value ref=\"n\"/><label ref=\"n\"/></itemset></select1>",
        &[answer("/data/a", "x")],
        laws::draft,
    );
}

#[test]
fn a_choice_that_was_never_offered_is_dropped_at_once() {
    holds(
        "<instance><data id=\"t\"><b/><a/></data></instance><instance id=\"l\"><root><item><n>x</n></item></root></instance><setvalue event=\"odk-instance-first-load\" ref=\"/data/a\" value=\"'y'\"/>",
        "<select1 ref=\"/data/a\"><itemset nodeset=\"instance('l')/root/item[n = /data/b]\"><value ref=\"n\"/><label ref=\"n\"/></itemset></select1>",
        &[],
        laws::draft,
    );
}

#[test]
fn a_calculated_choice_that_is_not_offered_is_not_missed() {
    holds(
        "<instance><data id=\"t\"><b/><a/><meta><instanceID/></meta></data></instance><instance id=\"l\"><root><item><n>x</n></item></root></instance><bind nodeset=\"/data/a\" calculate=\"1\"/>",
        "<select1 ref=\"/data/a\"><itemset nodeset=\"instance('l')/root/item[n = /data/b]\"><value ref=\"n\"/><label ref=\"n\"/></itemset></select1>",
        &[],
        laws::finished,
    );
}

#[test]
fn a_repeat_without_instances_comes_to_be_shown() {
    holds(
        "<instance><data id=\"t\"><a/><r/></data></instance><bind nodeset=\"/data/r\" relevant=\"/data/a = 1\"/>",
        "<input ref=\"/data/a\"/><group ref=\"/data/r\"><repeat nodeset=\"/data/r\"/></group>",
        &[answer("/data/a", "1"), Step::Remove("/data/r[1]".to_owned()), answer("/data/a", "2")],
        laws::diffs,
    );
}

#[test]
fn a_check_does_not_find_instances_that_it_made() {
    holds(
        "<instance><data id=\"t\"><g><r><s/></r></g><meta><instanceID/></meta></data></instance><bind nodeset=\"/data/g\" relevant=\"false()\"/>",
        "<group ref=\"/data/g\"><group ref=\"/data/g/r\"><repeat nodeset=\"/data/g/r\" jr:count=\"2\"><group ref=\"/data/g/r/s\"><repeat nodeset=\"/data/g/r/s\" jr:count=\"0\"/></group></repeat></group></group>",
        &[],
        laws::finished,
    );
}
