//! Submissions that no engine of ours wrote.

use std::fmt::Write;
use std::sync::Arc;

use wasm_forms::{Checked, Diagnostic, Lists, Session, check};

use super::{accepted, form};
use crate::exercise::env;
use crate::harness::alone;

fn judge(inside: &str) -> Result<Checked, Diagnostic> {
    judge_all(&format!(
        "<data id=\"t\" version=\"1\">{inside}<meta><instanceID>uuid:1</instanceID></meta></data>"
    ))
}

fn judge_all(xml: &str) -> Result<Checked, Diagnostic> {
    let form = accepted(&form(
        "<a/><r><n/><s><x/></s></r><k><y/></k>",
        "<bind nodeset=\"/data/a\" type=\"int\" required=\"true()\"/><bind nodeset=\"/data/r/n\" calculate=\"position(..)\" readonly=\"true()\"/>",
        "<input ref=\"/data/a\"/><group ref=\"/data/r\"><repeat nodeset=\"/data/r\"><input ref=\"/data/r/n\"/>
         <group ref=\"/data/r/s\"><repeat nodeset=\"/data/r/s\"><input ref=\"/data/r/s/x\"/></repeat></group></repeat></group>
         <group ref=\"/data/k\"><repeat nodeset=\"/data/k\" jr:count=\"2\"><input ref=\"/data/k/y\"/></repeat></group>",
    ));
    check(xml, &form, &Lists::new(), &env())
}

fn is_refused(found: Result<Checked, Diagnostic>, code: &str) {
    assert_eq!(found.map(|it| it.findings).map_err(|it| it.code), Err(code.to_owned()));
}

fn finds(inside: &str, codes: &[&str]) {
    let found = judge(inside).expect("a submission of this form");
    let mut found: Vec<&str> = found.findings.iter().map(|it| it.code.as_str()).collect();
    found.dedup();
    assert_eq!(found, codes, "{}", inside.chars().take(200).collect::<String>());
}

#[test]
fn instances_100_000() {
    alone(|| {
        is_refused(
            judge(&format!("<a>1</a>{}", "<r><n>1</n><s><x/></s></r>".repeat(100_000))),
            "submission.too_large",
        );
        let fewer =
            judge(&format!("<a>1</a>{}", "<r><n>1</n></r>".repeat(20_000))).expect("within the bound");
        assert_eq!(fewer.findings.len(), 201);
        assert_eq!(fewer.findings[200].code, "submission.more_findings");
    });
}

#[test]
fn instances_beyond_the_count() {
    alone(|| {
        let more = judge(&format!("<a>1</a>{}", "<k><y>1</y></k>".repeat(10_000))).expect("within the bound");
        assert!(more.findings.iter().any(|it| it.code == "submission.extra_instance"));
    });
}

#[test]
fn elements_twice_strange_and_deep() {
    alone(|| {
        finds("<a>1</a><k><y/></k><k><y/></k><a>2</a>", &["submission.unknown_node"]);
        finds("<a>1</a><k><y/></k><k><y/></k><b/><b/>", &["submission.unknown_node"]);
        finds("<a>1<z>2</z></a><k><y/></k><k><y/></k>", &["answer.required", "submission.unknown_node"]);
        finds("<a x=\"1\">1</a><k><y/></k><k><y/></k>", &[]);
        finds("<x:a xmlns:x=\"urn:x\">1</x:a><k><y/></k><k><y/></k>", &[]);
        let unknown: String = (0..5_000).map(|it| format!("<u{it}/>")).collect();
        assert!(judge(&format!("<a>1</a>{unknown}")).expect("a submission").findings.len() <= 201);
        for inside in ["r", "s", "z"] {
            let deep = format!(
                "{}{}",
                format!("<{inside}>").repeat(100_000),
                format!("</{inside}>").repeat(100_000)
            );
            assert!(judge(&deep).is_err() || judge(&deep).is_ok_and(|it| !it.findings.is_empty()));
        }
    });
}

#[test]
fn no_submission_of_this_form() {
    alone(|| {
        let whole =
            |id: &str| format!("<data id=\"{id}\"><a>1</a><meta><instanceID>i</instanceID></meta></data>");
        assert!(judge_all(&whole("t")).is_ok());
        is_refused(judge_all(&whole("other")), "submission.form");
        is_refused(judge_all(&whole("")), "submission.form");
        is_refused(judge_all("<data id=\"t\"><a>1</a></data>"), "submission.no_instance_id");
        is_refused(judge_all("<data id=\"t\">"), "submission.malformed");
        is_refused(judge_all(""), "submission.malformed");
        is_refused(judge_all("\u{0}"), "submission.malformed");
        is_refused(judge_all("PK\u{3}\u{4}"), "submission.malformed");
        is_refused(judge_all(&format!("{}{}", whole("t"), whole("t"))), "submission.malformed");
        let mut bomb = String::from("<!DOCTYPE data [<!ENTITY a \"aaaaaaaaaa\">");
        for level in 0..30 {
            let _ = write!(bomb, "<!ENTITY b{level} \"&a;&a;\">");
        }
        is_refused(judge_all(&format!("{bomb}]>{}", whole("t"))), "submission.malformed");
    });
}

#[test]
fn attributes_and_text_without_measure() {
    alone(|| {
        let attributes: String = (0..20_000).map(|it| format!(" a{it}=\"\"")).collect();
        finds(&format!("<a>{}</a><k><y/></k><k><y/></k>", "9".repeat(10_000_000)), &["answer.type"]);
        is_refused(judge(&format!("<a{attributes}>1</a>")), "submission.too_large");
        let few: String = (0..400).map(|it| format!(" a{it}=\"\"")).collect();
        finds(&format!("<a{few}>1</a><k><y/></k><k><y/></k>"), &[]);
    });
}

fn takes_up(xml: &str, offset_min: i32) -> Option<Session> {
    let form = accepted(&form("<a/><start/>", START, "<input ref=\"/data/a\"/>"));
    let draft = serde_json::json!({ "form_id": "t", "version": "1", "language": "", "chance": "1",
        "offset_min": offset_min, "properties": {}, "xml": xml });
    Session::resume(&form, &Arc::default(), env(), &draft.to_string()).ok()
}

#[test]
fn drafts_that_are_none() {
    alone(|| {
        for xml in ["", "<data/>", "<data id=\"t\"/>", "<data id=\"t\"><a><a><a/></a></a></data>"] {
            takes_up(xml, 480).into_iter().for_each(|mut it| drop(it.finish(1)));
        }
    });
}

#[test]
fn clocks_beyond_the_calendar() {
    alone(|| {
        for (offset_min, now_ms) in [(i32::MAX, 1), (i32::MIN, 1), (480, i64::MAX), (480, i64::MIN)] {
            let mut session = takes_up("<data id=\"t\"/>", offset_min).expect("a draft");
            drop(session.finish(now_ms));
        }
    });
}

/// The clock that a submission carries decides at which moment it is judged.
#[test]
fn clocks_of_submissions_beyond_the_calendar() {
    alone(|| {
        let form = accepted(&form("<a/><start/><end/>", START, "<input ref=\"/data/a\"/>"));
        for clock in [
            "9999-12-31T23:59:59.999+23:59",
            "-9999-01-01T00:00:00Z",
            "2026-11-23T09:00:00.000+99:99",
            "0000-00-00T00:00:00Z",
            "999999999-01-01T00:00:00Z",
            "9223372036854775807",
        ] {
            let xml = format!(
                "<data id=\"t\"><a>1</a><start>{clock}</start><end>{clock}</end><meta><instanceID>i</instanceID></meta></data>"
            );
            drop(check(&xml, &form, &Lists::new(), &env()));
        }
    });
}

const START: &str =
    "<bind nodeset=\"/data/start\" type=\"dateTime\" jr:preload=\"timestamp\" jr:preloadParams=\"start\"/>
    <bind nodeset=\"/data/a\" constraint=\"today() &gt; date('2000-01-01') and now() != .\"/>";
