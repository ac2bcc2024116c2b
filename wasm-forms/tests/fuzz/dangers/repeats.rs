//! Repeats: counts without measure, and instances without number.

use wasm_forms::Session;

use super::{answer, count_in_draft, form, node, open};
use crate::exercise::MONDAY;
use crate::harness::alone;

/// The most instances that a count makes.
const MOST: usize = 5_000;

fn counted(count: &str) -> String {
    form(
        "<a/><r><n/></r>",
        "",
        &format!(
            "<input ref=\"/data/a\"/><group ref=\"/data/r\"><repeat nodeset=\"/data/r\" jr:count=\"{count}\"><input ref=\"/data/r/n\"/></repeat></group>"
        ),
    )
}

fn n_instances(session: &Session) -> usize {
    count_in_draft(session, "<n/>")
}

#[test]
fn counts_without_measure() {
    alone(|| {
        let mut session = open(&counted("/data/a"));
        for (value, expected) in [("-1", 0), ("NaN", 0), ("", 0), ("x", 0), ("2.9", 2), ("3", 3)] {
            answer(&mut session, "/data/a", value);
            assert_eq!(n_instances(&session), expected, "{value}");
        }
        answer(&mut session, "/data/a", "1000000000");
        assert_eq!(n_instances(&session), MOST);
    });
}

#[test]
fn a_count_that_is_no_number() {
    alone(|| {
        for count in ["1 div 0", "-1 div 0", "0 div 0", "'x'"] {
            assert_eq!(n_instances(&open(&counted(count))), 0, "{count}");
        }
    });
}

#[test]
fn a_count_beyond_measure_is_told() {
    alone(|| {
        let mut session = open(&counted("/data/a"));
        answer(&mut session, "/data/a", "1000000000");
        let told = node(&mut session, "/data/a").question.and_then(|it| it.violation);
        assert!(told.is_some() || !session.violations().is_empty());
    });
}

#[test]
fn a_count_within_a_count() {
    alone(|| {
        let mut session = open(&form(
            "<a/><r><s><n/></s></r>",
            "",
            "<input ref=\"/data/a\"/><group ref=\"/data/r\"><repeat nodeset=\"/data/r\" jr:count=\"/data/a\">
             <group ref=\"/data/r/s\"><repeat nodeset=\"/data/r/s\" jr:count=\"/data/a\"><input ref=\"/data/r/s/n\"/></repeat></group>
             </repeat></group>",
        ));
        answer(&mut session, "/data/a", "5000");
        assert!(count_in_draft(&session, "<n/>") <= 200_000);
    });
}

#[test]
fn instances_added_without_number() {
    alone(|| {
        let mut session = open(&form(
            "<r><n/></r><t/>",
            "<bind nodeset=\"/data/t\" calculate=\"count(/data/r)\"/>",
            "<group ref=\"/data/r\"><repeat nodeset=\"/data/r\"><input ref=\"/data/r/n\"/></repeat></group>",
        ));
        let repeat = session.view().nodes.into_iter().find(|it| it.repeat.is_some()).expect("a repeat").id;
        for _ in 0..300 {
            session.add_instance(repeat, MONDAY).expect("an open repeat");
        }
        assert_eq!(count_in_draft(&session, "<t>301</t>"), 1);
    });
}

/// Every instance looks at all of them.
#[test]
fn a_sum_over_all_in_each_of_1_000() {
    alone(|| {
        let mut session = open(&form(
            "<a/><r><n/><m/></r>",
            "<bind nodeset=\"/data/r/m\" calculate=\"sum(/data/r/n) + count(/data/r[n &gt; current()/../n])\"/>",
            "<input ref=\"/data/a\"/><group ref=\"/data/r\"><repeat nodeset=\"/data/r\" jr:count=\"/data/a\"><input ref=\"/data/r/n\"/></repeat></group>",
        ));
        answer(&mut session, "/data/a", "1000");
    });
}
