//! What a form asks of the device: its location when something happens, a recording in the background.

use std::sync::Arc;

use wasm_forms::session::SessionError;
use wasm_forms::view::ViewDiff;
use wasm_forms::{Form, Request, RequestKind, Session};

use crate::common::{MONDAY, Visit, compile, env, lists};

const LANZHOU: &str = "36.06 103.83 1520.0 8.0";

fn references(requests: &[Request]) -> Vec<&str> {
    requests.iter().map(|it| it.reference.as_str()).collect()
}

/// A form that asks when it begins, when the name changes and for each person.
fn form() -> Form {
    let form = compile(
        r#"<start/><name/><at_name/><far/><p jr:template=""><place/></p>"#,
        r#"<bind nodeset="/data/start" type="geopoint"/>
           <bind nodeset="/data/far" calculate="if(/data/start = '', 'unknown', 'known')"/>
           <setgeopoint event="odk-instance-first-load odk-instance-load" ref="/data/start"/>"#,
        r#"<input ref="/data/far"/>
           <input ref="/data/name"><setgeopoint event="xforms-value-changed" ref="/data/at_name"/></input>
           <group ref="/data/p"><repeat nodeset="/data/p"><group>
             <setgeopoint event="odk-new-repeat" ref="/data/p/place"/><input ref="/data/p/place"/>
           </group></repeat></group>"#,
    );
    form.expect("a form")
}

fn visit() -> Visit {
    Visit::open(form(), &lists(&[]), &[])
}

#[test]
fn a_location_is_asked_for_once_and_what_reads_it_follows() {
    let mut visit = visit();
    assert_eq!(visit.value("/data/far"), "unknown");
    let requests = visit.session.take_requests();
    assert_eq!(references(&requests), ["/data/start"]);
    assert_eq!(requests[0].kind, RequestKind::Geopoint);
    assert!(visit.session.take_requests().is_empty(), "told once");
    let diff = visit.session.supply(requests[0].id, LANZHOU, MONDAY).expect("it was asked for");
    assert_eq!(diff.changed.len(), 1, "what reads the location, and nothing else");
    assert_eq!(visit.session.value("/data/start"), Some(LANZHOU));
    assert_eq!(visit.session.value("/data/far"), Some("known"));
    let again = visit.session.supply(requests[0].id, "1 1 0 0", MONDAY);
    assert_eq!(again.err(), Some(SessionError::Node(requests[0].id)), "answered once");
}

#[test]
fn each_event_asks_for_its_own_node() {
    let mut visit = visit();
    visit.session.take_requests();
    visit.answer("/data/name", "Li").answer("/data/name", "Liu").add("/data/p").add("/data/p");
    let requests = visit.session.take_requests();
    assert_eq!(references(&requests), ["/data/at_name", "/data/p[1]/place", "/data/p[2]/place"]);
    let first = visit.session.find("/data/p[1]").expect("an instance");
    visit.session.remove_instance(first, MONDAY).expect("people may remove it");
    let of_the_removed = visit.session.supply(requests[1].id, LANZHOU, MONDAY);
    assert_eq!(of_the_removed.err(), Some(SessionError::Node(requests[1].id)));
    visit.session.supply(requests[2].id, LANZHOU, MONDAY).expect("it is there still");
    assert_eq!(visit.session.value("/data/p[1]/place"), Some(LANZHOU));
}

#[test]
fn what_is_no_location_leaves_the_node_blank() {
    for answer in ["", "in the stairwell", "91 0 0 0"] {
        let mut visit = visit();
        let id = visit.session.take_requests()[0].id;
        assert_eq!(visit.session.supply(id, answer, MONDAY), Ok(ViewDiff::default()), "{answer}");
        assert_eq!(visit.session.value("/data/start"), Some(""));
    }
}

#[test]
fn a_visit_taken_up_again_asks_for_what_it_never_got() {
    let (form, lists) = (Arc::new(form()), lists(&[]));
    let mut visit = Visit::of(Session::open(&form, &lists, env(), &[]));
    visit.answer("/data/name", "Li");
    let at_name = visit.session.take_requests().pop().expect("two requests");
    let resumed = |visit: &Visit| {
        let session = Session::resume(&form, &lists, env(), &visit.session.draft());
        session.expect("its own draft").take_requests()
    };
    assert_eq!(references(&resumed(&visit)), ["/data/start", "/data/at_name"]);
    visit.session.supply(at_name.id, LANZHOU, MONDAY).expect("it was asked for");
    assert_eq!(references(&resumed(&visit)), ["/data/start"], "the form asks whenever a visit is opened");
}

#[test]
fn a_recording_is_declared_and_its_absence_told() {
    let model = r#"<recordaudio event="odk-instance-load" ref="/data/sound" quality="voice-only"/>"#;
    let form = compile("<sound/>", model, "").expect("a form");
    let told: Vec<_> =
        form.recordings().iter().map(|it| (it.reference.as_str(), it.quality.as_str())).collect();
    assert_eq!(told, [("/data/sound", "voice-only")]);
    assert_eq!(form.recordings()[0].events, ["odk-instance-load"]);
    let warnings: Vec<_> = form.warnings().iter().map(|it| it.code.as_str()).collect();
    assert_eq!(warnings, ["form.recording"]);
    assert!(!form.asks_for_location());
}
