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

#[test]
fn removing_an_instance_evaluates_what_reads_it_and_no_more() {
    let mut n_evaluated = Vec::new();
    for n in [10, 200] {
        let instance = r#"<r jr:template=""><a>1</a><b/></r><total/><n/>"#;
        let model = r#"<bind nodeset="/data/r/b" calculate="../a * 2"/>
            <bind nodeset="/data/total" calculate="sum(/data/r/b)"/><bind nodeset="/data/n" calculate="count(/data/r)"/>"#;
        let mut visit =
            open(instance, model, r#"<repeat nodeset="/data/r"><input ref="/data/r/a"/></repeat>"#);
        let repeat = visit.id("/data/r");
        for _ in 0..n {
            visit.session.insert(repeat, None, visit.now_ms).expect("a repeat");
        }
        let before = visit.session.n_evaluated();
        let middle = visit.session.find(&format!("/data/r[{}]", n / 2)).expect("an instance");
        let changes = visit.session.remove(middle, visit.now_ms).expect("an instance");
        assert!(changes.changed.len() <= 1, "the repeat alone, not the instances behind: {changes:?}");
        n_evaluated.push(visit.session.n_evaluated() - before);
        let figure = |it: &str| visit.session.value(it).map(str::to_owned);
        assert_eq!(
            (figure("/data/total"), figure("/data/n")),
            (Some((2 * n - 2).to_string()), Some((n - 1).to_string()))
        );
    }
    assert_eq!(n_evaluated, [2, 2]);
}

#[test]
fn who_reads_a_place_hears_of_every_move() {
    let instance = r#"<r jr:template=""><a/><place/><s jr:template=""><at/></s></r><third/>"#;
    let model = r#"<bind nodeset="/data/r/place" calculate="position(..)"/>
        <bind nodeset="/data/r/s/at" calculate="concat(position(../..), '.', position(..))"/>
        <bind nodeset="/data/third" calculate="/data/r[3]/a"/>"#;
    let body = r#"<input ref="/data/third"/><repeat nodeset="/data/r"><input ref="/data/r/a"><label>No <output value="position(..)"/></label></input>
        <input ref="/data/r/place"/><repeat nodeset="/data/r/s"><input ref="/data/r/s/at"/></repeat></repeat>"#;
    let mut visit = open(instance, model, body);
    for number in 1..=4 {
        visit.add("/data/r").answer(&format!("/data/r[{number}]/a"), &format!("a{number}"));
        visit.add(&format!("/data/r[{number}]/s"));
    }
    let repeat = visit.id("/data/r");
    visit.remove("/data/r[2]");
    assert_eq!((visit.value("/data/third"), visit.value("/data/r[2]/place")), ("a4", "2"));
    assert_eq!((visit.value("/data/r[3]/s[1]/at"), &*visit.node("/data/r[3]/a").label), ("3.1", "No 3"));
    visit.session.insert(repeat, Some(0), visit.now_ms).expect("a repeat");
    assert_eq!(visit.session.value("/data/third"), Some("a3"));
    assert_eq!(visit.session.value("/data/r[4]/s[1]/at"), Some("4.1"));
}

#[test]
fn a_node_knows_where_it_is_now() {
    let body = r#"<repeat nodeset="/data/r"><input ref="/data/r/a"/></repeat>"#;
    let mut visit = open(r#"<r jr:template=""><a/></r>"#, "", body);
    visit.add("/data/r").add("/data/r");
    let (first, second) = (visit.id("/data/r[1]"), visit.id("/data/r[2]/a"));
    visit.remove("/data/r[1]");
    assert_eq!(visit.session.reference(second).as_deref(), Some("/data/r[1]/a"));
    assert_eq!(visit.session.reference(first), None);
    assert_eq!(visit.session.reference(9_999), None);
}
