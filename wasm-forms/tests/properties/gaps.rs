//! Cases that are known to break a law. Chance does not draw them: each switch here keeps a kind of form out, and
//! stands beside the smallest case of it. The day that case holds its test fails: remove it, and turn the switch on.

use std::sync::Arc;

use wasm_forms::Form;

use crate::laws::{self, Law};
use crate::story::Step;

/// Questions that are calculated and can be answered all the same.
pub const ANSWERED_CALCULATIONS: bool = false;
/// Labels of repeats that show an answer.
pub const OUTPUTS_OF_REPEATS: bool = false;
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
fn the_label_of_a_repeat_stays_behind() {
    known_gap(
        "no diff tells that the label of a repeat as a whole changed",
        "<instance><data id=\"t\"><a/><r/></data></instance>",
        "<input ref=\"/data/a\"/><group ref=\"/data/r\"><label><output value=\"/data/a\"/></label><repeat nodeset=\"/data/r\"/></group>",
        &[answer("/data/a", "2")],
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
