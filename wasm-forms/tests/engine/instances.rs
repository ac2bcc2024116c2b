//! Instances of repeats, rules about them, and submissions that are taken up again.

use std::sync::Arc;

use wasm_forms::{Code, Severity};
use wasm_forms::{Lists, Session, Table};

use crate::common::{Visit, compile, env, lists, open};

const REPEAT: &str = r#"<input ref="/data/n"/><repeat nodeset="/data/r" jr:count="/data/n">
    <input ref="/data/r/a"/></repeat>"#;

#[test]
fn a_counted_repeat_begins_with_the_instances_the_form_writes() {
    let instance = r#"<n>0</n><r jr:template=""><a>new</a></r><r><a>first</a></r>"#;
    let mut visit = open(instance, "", REPEAT);
    assert_eq!(visit.session.value("/data/r[1]/a"), None);
    visit.answer("/data/n", "2");
    assert_eq!((visit.value("/data/r[1]/a"), visit.value("/data/r[2]/a")), ("first", "new"));
    visit.answer("/data/n", "");
    assert_eq!(visit.session.value("/data/r[2]/a"), Some("new"), "nothing said is not none");
}

#[test]
fn a_count_may_depend_on_the_instances_there_are() {
    let model = r#"<bind nodeset="/data/n" calculate="count(/data/r)"/>
        <bind nodeset="/data/wanted"
          calculate="if(/data/n = 0 or /data/r[position() = /data/n]/more = 'yes', /data/n + 1, /data/n)"/>"#;
    let body = r#"<repeat nodeset="/data/r" jr:count="/data/wanted"><input ref="/data/r/more"/></repeat>"#;
    let mut visit = open("<n/><wanted/><r><more/></r>", model, body);
    assert_eq!(visit.session.value("/data/n"), Some("1"));
    visit.answer("/data/r[1]/more", "yes");
    assert_eq!(visit.session.value("/data/n"), Some("2"));
}

#[test]
fn a_count_that_never_settles_leaves_the_instances_there_were() {
    let model = r#"<bind nodeset="/data/wanted" calculate="if(/data/a = 'go', count(/data/r) + 1, 1)"/>"#;
    let body = r#"<input ref="/data/a"/><repeat nodeset="/data/r" jr:count="/data/wanted">
        <input ref="/data/r/b"/></repeat>"#;
    let mut visit = open("<a/><wanted/><r><b/></r>", model, body);
    visit.answer("/data/a", "go");
    assert_eq!((visit.session.value("/data/r[1]/b"), visit.session.value("/data/r[2]/b")), (Some(""), None));
}

#[test]
fn a_calculation_may_keep_its_own_value() {
    let model = r#"<bind nodeset="/data/a" calculate="coalesce(/data/a, /data/b)"/>"#;
    let mut visit = open("<a/><b/>", model, r#"<input ref="/data/a"/><input ref="/data/b"/>"#);
    visit.answer("/data/b", "x");
    assert_eq!(visit.value("/data/a"), "x");
    visit.answer("/data/b", "y");
    assert_eq!(visit.value("/data/a"), "x");
}

#[test]
fn a_rule_sees_the_place_and_the_neighbours_of_its_instance() {
    let mut visit = open(
        r#"<r jr:template=""><a/><next/></r>"#,
        r#"<bind nodeset="/data/r" relevant="position() &lt; 3"/>
           <bind nodeset="/data/r/next" calculate="/data/r[position() = position(current()/..) + 1]/a"/>"#,
        r#"<repeat nodeset="/data/r"><input ref="/data/r/a"/></repeat>"#,
    );
    visit.add("/data/r").add("/data/r").add("/data/r");
    visit.answer("/data/r[2]/a", "x");
    assert_eq!(visit.session.value("/data/r[1]/next"), Some("x"));
    assert!(visit.is_shown("/data/r[2]/a") && !visit.is_shown("/data/r[3]/a"));
    visit.remove("/data/r[1]");
    assert!(visit.is_shown("/data/r[2]/a"), "the third is the second now");
}

#[test]
fn an_unknown_node_is_empty_and_said() {
    let model = r#"<bind nodeset="/data/a" calculate="concat('x', /data/c)"/>"#;
    let form = compile("<a/><b/>", model, "").expect("a form to fill in");
    let warned = |it: &&wasm_forms::Diagnostic| it.code == Code::FormUnknownNode.as_str();
    let problem = form.warnings().iter().find(warned).expect("a warning");
    assert_eq!((problem.severity, &*problem.params["reference"]), (Severity::Warning, "/data/c"));
    let visit = Visit::open(form, &lists(&[]), &[]);
    assert_eq!(visit.session.value("/data/a"), Some("x"));
}

#[test]
fn an_action_means_one_node() {
    let form = |target: &str| {
        let body = format!(
            r#"<input ref="/data/a"><setvalue event="xforms-value-changed" ref="{target}" value="/data/a"/></input>
               <repeat nodeset="/data/r"><input ref="/data/r/b"/></repeat>"#
        );
        let mut visit = open("<a/><r><b/></r>", "", &body);
        visit.add("/data/r").answer("/data/a", "x");
        ["/data/r[1]/b", "/data/r[2]/b"].map(|it| visit.value(it).to_owned())
    };
    assert_eq!(form("/data/r[position() = 2]/b"), ["", "x"]);
    assert_eq!(form("/data/r/b"), ["", ""]);
}

#[test]
fn a_corrected_submission_names_the_one_it_replaces() {
    let model = r#"<bind nodeset="/data/b" relevant="/data/a = 1"/>"#;
    let body = r#"<input ref="/data/a"/><input ref="/data/b"/>"#;
    let form = Arc::new(compile("<a/><b>default</b>", model, body).expect("a form"));
    let session = Session::open(&form, &lists(&[]), env(), &[]);
    assert!(!session.submission().contains("deprecatedID"));
    let id = session.value("/data/meta/instanceID").expect("an id").to_owned();
    let edited = Session::edit(&form, &lists(&[]), env(), &session.submission()).expect("our own submission");
    let written = format!("<deprecatedID>{id}</deprecatedID>");
    assert!(edited.submission().contains(&written), "{}", edited.submission());
    let mut visit = Visit::of(edited);
    visit.answer("/data/a", "1");
    assert_eq!(visit.value("/data/b"), "default", "what was left out begins as in a new instance");
}

#[test]
fn a_list_may_be_a_tree() {
    let model = r#"<instance id="zoo" src="jr://file/zoo.xml"/>
        <bind nodeset="/data/a" calculate="count(instance('zoo')/zoo/cat[@wild = 'yes']/kitten)"/>
        <bind nodeset="/data/b" calculate="instance('zoo')/zoo/dog[name = 'Rex']/age"/>"#;
    let zoo = "<zoo><cat wild='yes'><kitten/><kitten/></cat><cat><kitten/></cat>
        <dog><name>Rex</name><age>9</age></dog></zoo>";
    let mut found = Lists::new();
    found.insert("zoo".to_owned(), Arc::new(Table::from_file("zoo.xml", zoo).expect("a list")));
    let form = compile("<a/><b/>", model, "").expect("a form");
    let visit = Visit::open(form, &Arc::new(found), &[]);
    assert_eq!((visit.session.value("/data/a"), visit.session.value("/data/b")), (Some("2"), Some("9")));
}
