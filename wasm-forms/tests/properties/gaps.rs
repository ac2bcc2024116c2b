//! Cases that are known to break a law. Chance does not draw them: each switch here keeps a kind of form out, and
//! stands beside the smallest case of it. The day that case holds its test fails: remove it, and turn the switch on.

use std::sync::Arc;

use wasm_forms::Form;

use crate::laws::{self, Law};
use crate::story::Step;

/// Questions that are calculated and can be answered, or set by an action, all the same.
pub const ANSWERED_CALCULATIONS: bool = false;
/// Choices that are calculated.
pub const CALCULATED_CHOICES: bool = false;
/// Rows whose cell is empty under a filter whose question is hidden.
pub const EMPTY_CELLS: bool = false;
/// Answers that were never among the choices.
pub const UNOFFERED_CHOICES: bool = false;
/// Repeats that may come to have no instance.
pub const EMPTY_REPEATS: bool = false;
/// Repeats with a count inside of repeats.
pub const COUNTS_IN_REPEATS: bool = false;

/// A form, a story and the law it breaks, for a reason.
fn known_gap(reason: &str, model: &str, body: &str, steps: &[Step], law: Law) {
    let xform = format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>T</h:title><model>{model}</model></h:head><h:body>{body}</h:body></h:html>"#
    );
    let form = Form::compile(&xform).unwrap_or_else(|it| panic!("{it:?}"));
    match law(&Arc::new(form), steps) {
        Ok(()) => panic!("the gap is closed, draw such forms: {reason}"),
        Err(broken) => println!("known gap: {reason}\n{broken}"),
    }
}

fn answer(reference: &str, value: &str) -> Step {
    Step::Answer(reference.to_owned(), value.to_owned())
}

#[test]
fn an_answered_calculation_is_lost_with_the_session() {
    known_gap(
        "an answer over a calculation is calculated anew when its draft is taken up",
        "<instance><data id=\"t\"><a/></data></instance><bind nodeset=\"/data/a\" calculate=\"1\"/>",
        "<input ref=\"/data/a\"/>",
        &[answer("/data/a", "2")],
        laws::draft,
    );
}

#[test]
fn a_choice_that_was_never_offered_is_dropped_later() {
    known_gap(
        "a choice that was never offered is kept, until its filter is asked again or its draft is taken up",
        "<instance><data id=\"t\"><b/><a/></data></instance><instance id=\"l\"><root><item><n>x</n></item></root></instance><setvalue event=\"odk-instance-first-load\" ref=\"/data/a\" value=\"'y'\"/>",
        "<select1 ref=\"/data/a\"><itemset nodeset=\"instance('l')/root/item[n = /data/b]\"><value ref=\"n\"/><label ref=\"n\"/></itemset></select1>",
        &[],
        laws::draft,
    );
}

#[test]
fn a_calculated_choice_is_dropped_and_missed() {
    known_gap(
        "a calculated choice that is not offered is dropped by the session and missed by the check",
        "<instance><data id=\"t\"><b/><a/><meta><instanceID/></meta></data></instance><instance id=\"l\"><root><item><n>x</n></item></root></instance><bind nodeset=\"/data/a\" calculate=\"1\"/>",
        "<select1 ref=\"/data/a\"><itemset nodeset=\"instance('l')/root/item[n = /data/b]\"><value ref=\"n\"/><label ref=\"n\"/></itemset></select1>",
        &[],
        laws::finished,
    );
}

#[test]
fn a_repeat_without_instances_is_shown_to_nobody() {
    known_gap(
        "no diff tells that a repeat without instances comes to be shown",
        "<instance><data id=\"t\"><a/><r/></data></instance><bind nodeset=\"/data/r\" relevant=\"/data/a = 1\"/>",
        "<input ref=\"/data/a\"/><group ref=\"/data/r\"><repeat nodeset=\"/data/r\"/></group>",
        &[answer("/data/a", "1"), Step::Remove("/data/r[1]".to_owned()), answer("/data/a", "2")],
        laws::diffs,
    );
}

#[test]
fn a_check_finds_instances_that_it_made() {
    known_gap(
        "a check counts the template of an inner repeat as an instance that arrived",
        "<instance><data id=\"t\"><g><r><s/></r></g><meta><instanceID/></meta></data></instance><bind nodeset=\"/data/g\" relevant=\"false()\"/>",
        "<group ref=\"/data/g\"><group ref=\"/data/g/r\"><repeat nodeset=\"/data/g/r\" jr:count=\"2\"><group ref=\"/data/g/r/s\"><repeat nodeset=\"/data/g/r/s\" jr:count=\"0\"/></group></repeat></group></group>",
        &[],
        laws::finished,
    );
}
