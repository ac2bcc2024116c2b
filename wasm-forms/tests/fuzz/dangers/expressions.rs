//! Expressions: depth, length, circles, and values that grow.

use super::{accepted, answer, calculates, count_in_draft, form, open, refused};
use crate::exercise;
use crate::harness::alone;

const MANY: usize = 100_000;

#[test]
fn brackets_100_000_deep() {
    alone(|| {
        for (open, close) in [("(", ")"), ("not(", ")"), ("/data/a[", "]"), ("-", ""), ("concat(1, ", ")")] {
            refused(&calculates(&format!("{}1{}", open.repeat(MANY), close.repeat(MANY))), "form.expression");
            refused(&calculates(&format!("{}1{}", open.repeat(5000), close.repeat(5000))), "form.expression");
        }
        refused(&calculates(&"(".repeat(MANY)), "form.expression");
    });
}

#[test]
fn operands_100_000() {
    alone(|| {
        for operator in ["+", " and ", " or ", "=", "<", " div ", "|", "-"] {
            let operand = if operator == "|" { "/data/a" } else { "1" };
            let source = vec![operand; MANY].join(operator);
            refused(&calculates(&source), "form.expression");
        }
    });
}

#[test]
fn arguments_and_steps_100_000() {
    alone(|| {
        let arguments = vec!["/data/a"; MANY].join(", ");
        exercise::form(&calculates(&format!("concat({arguments})")));
        exercise::form(&calculates(&format!("/data/a{}", "/..".repeat(MANY))));
        exercise::form(&calculates(&format!("/data/a{}", "/.".repeat(MANY))));
        exercise::form(&calculates(&format!("/data/a{}", "[1]".repeat(MANY))));
        exercise::form(&calculates(&format!("'{}'", "x".repeat(10 * MANY))));
        exercise::form(&calculates(&"9".repeat(10 * MANY)));
    });
}

/// Each step looks from every node at every node.
#[test]
fn axes_that_multiply() {
    alone(|| {
        let mut session = open(&calculates(&format!("count(/data{})", "//node()/..".repeat(30))));
        answer(&mut session, "/data/a", "1");
    });
}

#[test]
fn circles() {
    alone(|| {
        let fields = "<a/><b/><c/><r><n/><m/></r>";
        let body = "<input ref=\"/data/a\"/><group ref=\"/data/r\"><repeat nodeset=\"/data/r\"><input ref=\"/data/r/n\"/></repeat></group>";
        for binds in [
            "<bind nodeset=\"/data/a\" calculate=\"/data/a + 1\"/>",
            "<bind nodeset=\"/data/a\" calculate=\". + 1\"/>",
            "<bind nodeset=\"/data/a\" calculate=\"/data/b\"/><bind nodeset=\"/data/b\" calculate=\"/data/a\"/>",
            "<bind nodeset=\"/data/a\" calculate=\"/data/b\"/><bind nodeset=\"/data/b\" relevant=\"/data/a\"/>",
            "<bind nodeset=\"/data/a\" relevant=\"/data/a = 1\"/>",
            "<bind nodeset=\"/data/r\" relevant=\"/data/r/n = 1\"/>",
            "<bind nodeset=\"/data/r/n\" calculate=\"sum(/data/r/n)\"/>",
            "<bind nodeset=\"/data/r/n\" calculate=\"sum(/data/r/m)\"/><bind nodeset=\"/data/r/m\" calculate=\"sum(/data/r/n)\"/>",
        ] {
            refused(&form(fields, binds, body), "form.cycle");
        }
        let counted =
            body.replace("nodeset=\"/data/r\"", "nodeset=\"/data/r\" jr:count=\"count(/data/r) + 1\"");
        refused(&form(fields, "", &counted), "form.cycle");
        let counted =
            body.replace("nodeset=\"/data/r\"", "nodeset=\"/data/r\" jr:count=\"sum(/data/r/n) + 1\"");
        refused(&form(fields, "", &counted), "form.cycle");
    });
}

/// A constraint may look at what it judges, a filter at what it offers.
#[test]
fn circles_that_are_none() {
    alone(|| {
        let figures = "<bind nodeset=\"/data/a\" calculate=\"sum(//*) + 1\"/><bind nodeset=\"/data/b\" calculate=\"count(//*[. != ''])\"/>";
        exercise::form(&form("<a/><b/><c/>", figures, "<input ref=\"/data/c\"/>"));
        accepted(&form("<a/><b/><c/>", figures, "<input ref=\"/data/c\"/>"));
        exercise::form(&form(
            "<a/><b/>",
            "<instance id=\"l\"><root><item><name>x</name></item></root></instance><bind nodeset=\"/data/a\" constraint=\"/data/a &gt; 1\" required=\". = ''\" readonly=\". = 5\"/>",
            "<input ref=\"/data/a\"/><select1 ref=\"/data/b\"><itemset nodeset=\"instance('l')/root/item[name != /data/b]\"><value ref=\"name\"/><label ref=\"name\"/></itemset></select1>",
        ));
    });
}

#[test]
fn a_circle_of_2_000() {
    alone(|| {
        let fields: String = (0..2_000).map(|it| format!("<a{it}/>")).collect();
        let binds: String = (0..2_000)
            .map(|it| format!("<bind nodeset=\"/data/a{it}\" calculate=\"/data/a{}\"/>", (it + 1) % 2_000))
            .collect();
        refused(&form(&fields, &binds, ""), "form.cycle");
    });
}

#[test]
fn a_chain_of_5_000() {
    alone(|| {
        let fields: String = (0..5_000).map(|it| format!("<a{it}/>")).collect();
        let binds: String = (1..5_000)
            .map(|it| {
                format!("<bind nodeset=\"/data/a{it}\" type=\"int\" calculate=\"/data/a{} + 1\"/>", it - 1)
            })
            .collect();
        let mut session = open(&form(&fields, &binds, "<input ref=\"/data/a0\"/>"));
        let before = session.n_evaluated();
        answer(&mut session, "/data/a0", "1");
        assert_eq!(session.n_evaluated() - before, 4_999);
        assert_eq!(count_in_draft(&session, "<a4999>5000</a4999>"), 1);
    });
}

/// Every link is twice as long as the one before it.
#[test]
fn a_text_that_doubles_64_times() {
    alone(|| {
        let fields: String = (0..65).map(|it| format!("<a{it}/>")).collect();
        let binds: String = (1..65)
            .map(|it| {
                format!(
                    "<bind nodeset=\"/data/a{it}\" calculate=\"concat(/data/a{0}, /data/a{0})\"/>",
                    it - 1
                )
            })
            .collect();
        let mut session = open(&form(&fields, &binds, "<input ref=\"/data/a0\"/>"));
        answer(&mut session, "/data/a0", "x");
    });
}

/// The person changes one question: what an action sets in answer to it does not go on for ever.
#[test]
fn actions_that_answer_each_other() {
    alone(|| {
        let mut session = open(&form(
            "<a/><b/>",
            "",
            "<input ref=\"/data/a\"><setvalue event=\"xforms-value-changed\" ref=\"/data/b\" value=\"/data/a * 2\"/></input>
             <input ref=\"/data/b\"><setvalue event=\"xforms-value-changed\" ref=\"/data/a\" value=\"/data/b * 2\"/></input>",
        ));
        answer(&mut session, "/data/a", "1");
        answer(&mut session, "/data/b", "7");
        assert_eq!(count_in_draft(&session, "<b>7</b>"), 1);
    });
}

#[test]
fn functions_of_huge_numbers() {
    alone(|| {
        for source in [
            "substr('abc', -1e308, 1e308)",
            "substring('abc', -1e308, 1e308)",
            "selected-at('a b', 1e308)",
            "round(1e308, 1e308)",
            "round(1e308, -1e308)",
            "pow(1e308, 1e308)",
            "format-date(1e308, '%Y-%m-%d')",
            "format-date-time(-1e308, '%Y %j %W')",
            "date(1e18)",
            "date-time('99999999-01-01T00:00:00Z')",
            "decimal-date-time('-99999-12-31')",
            "randomize(/data/r, 1e308)",
            "indexed-repeat(/data/r/n, /data/r, 1e308)",
            "int(-1e308)",
            "/data/r[1e308]/n",
            "1 mod 0",
            "-1 div 0",
            "number('1e400') * 0",
            "join(' ', //node())",
            "translate('abc', 'aaaa', '')",
            "digest('', 'SHA-256', 'x')",
        ] {
            exercise::form(&calculates(source));
        }
    });
}

#[test]
fn a_fan_of_2_000_times_2_000() {
    alone(|| {
        let fields: String = (0..2_000).map(|it| format!("<a{it}/>")).collect();
        let all = (0..300).map(|it| format!("/data/a{it}")).collect::<Vec<_>>().join(", ");
        let binds: String = (300..600)
            .map(|it| format!("<bind nodeset=\"/data/a{it}\" calculate=\"string-length(concat({all}))\"/>"))
            .collect();
        accepted(&form(&fields, &binds, "<input ref=\"/data/a0\"/>"));
    });
}
