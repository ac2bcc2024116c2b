//! Answers: long ones, and patterns that never come to an end.

use super::{accepted, answer, form, node, open, refused};
use crate::harness::alone;

fn constrained(constraint: &str) -> String {
    let constraint = crate::mutate_xml::escaped(constraint);
    form(
        "<a/><p/>",
        &format!("<bind nodeset=\"/data/a\" constraint=\"{constraint}\"/>"),
        "<input ref=\"/data/a\"/><input ref=\"/data/p\"/>",
    )
}

#[test]
fn patterns_that_go_back_again_and_again() {
    alone(|| {
        let text = "a".repeat(5_000) + "!";
        for pattern in ["(a+)+$", "^(a|aa)+$", "^(a*)*$", "(x+x+)+y|^(([a-z])+.)+[A-Z]([a-z])+$"] {
            let mut session = open(&constrained(&format!("regex(., '{pattern}')")));
            answer(&mut session, "/data/a", &text);
            assert!(
                node(&mut session, "/data/a").question.is_some_and(|it| it.violation.is_some()),
                "{pattern}"
            );
        }
    });
}

#[test]
fn patterns_of_any_size() {
    alone(|| {
        for pattern in [
            "a{1,100000}",
            "((a{1,1000}){1,1000}){1,1000}",
            "(((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}",
            "[",
            "(?P<n>a",
        ] {
            refused(&constrained(&format!("regex(., '{pattern}')")), "form.pattern");
        }
        refused(&constrained(&format!("regex(., '{}')", "(".repeat(100_000))), "form.pattern");
        refused(&constrained(&format!("regex(., '{}')", "a?".repeat(500_000))), "form.pattern");
    });
}

#[test]
fn a_pattern_that_is_an_answer() {
    alone(|| {
        let mut session = open(&constrained("regex(., /data/p)"));
        answer(&mut session, "/data/a", &"a".repeat(1_000));
        for pattern in ["a{1,100000}", "((a{1,1000}){1,1000}){1,1000}", "(a+)+$", &"(".repeat(100_000)] {
            answer(&mut session, "/data/p", pattern);
        }
    });
}

/// The work of a match is the length of the text times the size of the pattern.
#[test]
fn a_large_pattern_over_a_long_text() {
    alone(|| {
        let mut session = open(&constrained("regex(., '^(a?){2000}b$')"));
        answer(&mut session, "/data/a", &"a".repeat(200_000));
    });
}

#[test]
fn an_answer_of_1_000_000_characters() {
    alone(|| {
        let text = "长".repeat(1_000_000);
        for constraint in
            ["string-length(.) < 10", "regex(., '^长+$')", "contains(., 'x')", "not(selected(., 'x'))"]
        {
            let mut session = open(&constrained(constraint));
            answer(&mut session, "/data/a", &text);
            let draft = session.draft();
            assert!(draft.len() > 3_000_000);
        }
    });
}

#[test]
fn an_answer_of_200_000_choices() {
    alone(|| {
        let items: String =
            (0..2_000).map(|it| format!("<item><label>{it}</label><value>v{it}</value></item>")).collect();
        let xform = form("<a/>", "", &format!("<select ref=\"/data/a\"><label>A</label>{items}</select>"));
        let mut session = open(&xform);
        let chosen: Vec<String> = (0..20_000).rev().map(|it| format!("v{}", it % 2_000)).collect();
        answer(&mut session, "/data/a", &chosen.join(" "));
        accepted(&xform);
    });
}

/// Returns what is wrong with a draft of this answer, taken up again.
fn lost(text: &str) -> Option<String> {
    let form = accepted(&form("<a/>", "", "<input ref=\"/data/a\"/>"));
    let lists = std::sync::Arc::default();
    let mut session = wasm_forms::Session::open(&form, &lists, crate::exercise::env(), &[]);
    answer(&mut session, "/data/a", text);
    let draft = session.draft();
    match wasm_forms::Session::resume(&form, &lists, crate::exercise::env(), &draft) {
        Err(error) => Some(format!("{text:?}: {error}")),
        Ok(again) => (again.draft() != draft).then(|| format!("{text:?} is another after a draft")),
    }
}

#[test]
fn answers_that_xml_must_escape() {
    alone(|| {
        for text in [
            "]]>",
            "&<>\"'",
            "\r\n\t",
            "\u{2028}",
            "\u{85}",
            " x ",
            " ",
            "\n",
            "<!-- -->",
            "&amp;",
            "\u{10ffff}",
        ] {
            assert_eq!(lost(text), None);
        }
    });
}

#[test]
fn answers_that_xml_cannot_hold() {
    alone(|| {
        for text in ["\u{0}", "\u{1b}[2J", "\u{fffe}", "\u{ffff}", "a\u{8}"] {
            assert_eq!(lost(text), None);
        }
    });
}
