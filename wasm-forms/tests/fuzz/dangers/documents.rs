//! XForms as documents: depth, width, entities, size.

use super::{accepted, form, node, open, refused};
use crate::harness::alone;

const DEEP: usize = 100_000;

#[test]
fn elements_100_000_deep() {
    alone(|| {
        let nested = format!("{}{}", "<a>".repeat(DEEP), "</a>".repeat(DEEP));
        assert!(wasm_forms::Form::compile(form(&nested, "", "")).is_err());
        assert!(wasm_forms::Form::compile(form("<a/>", &nested, "")).is_err());
        assert!(wasm_forms::Form::compile(form("<a/>", "", &nested)).is_err());
        assert!(wasm_forms::Form::compile("<a>".repeat(DEEP)).is_err());
    });
}

#[test]
fn an_instance_deeper_than_any_form() {
    alone(|| {
        let nested = format!("{}{}", "<a>".repeat(500), "</a>".repeat(500));
        refused(&form(&nested, "", ""), "form.too_deep");
    });
}

#[test]
fn groups_deeper_than_any_form() {
    alone(|| {
        let nested = format!("{}<input ref=\"/data/a\"/>{}", "<group>".repeat(500), "</group>".repeat(500));
        refused(&form("<a/>", "", &nested), "form.too_deep");
    });
}

#[test]
fn texts_deeper_than_any_form() {
    alone(|| {
        let bold = format!("{}x{}", "<b>".repeat(500), "</b>".repeat(500));
        let label = format!("<input ref=\"/data/a\"><label>{bold}</label></input>");
        assert_eq!(node(&mut open(&form("<a/>", "", &label)), "/data/a").label, "x");
    });
}

#[test]
fn an_entity_bomb() {
    alone(|| {
        let mut bomb = String::from("<!DOCTYPE x [<!ENTITY e0 \"ha\">");
        for level in 1..40 {
            let below = level - 1;
            bomb.push_str(&format!("<!ENTITY e{level} \"&e{below};&e{below};\">"));
        }
        let bomb = bomb + "]>" + &form("<a>&e39;</a>", "", "");
        refused(&bomb, "form.malformed");
        refused(
            &format!("<!DOCTYPE html SYSTEM \"file:///etc/passwd\">{}", form("<a/>", "", "")),
            "form.malformed",
        );
        refused(&form("<a>&lol;</a>", "", ""), "form.malformed");
    });
}

#[test]
fn attributes_without_number() {
    alone(|| {
        let attributes: String = (0..20_000).map(|it| format!(" a{it}=\"\"")).collect();
        refused(&form(&format!("<a{attributes}/>"), "", ""), "form.too_large");
    });
}

#[test]
fn questions_without_number() {
    alone(|| {
        let instance: String = (0..60_000).map(|it| format!("<a{it}/>")).collect();
        accepted(&form(&instance, "", ""));
    });
}

/// Each wrong path is compared with every right one for "did you mean".
#[test]
fn wrong_paths_without_number() {
    alone(|| {
        let instance: String = (0..2_000).map(|it| format!("<question_{it}/>")).collect();
        let binds: String = (0..2_000).map(|it| format!("<bind nodeset=\"/data/qestion_{it}\"/>")).collect();
        let warnings = accepted(&form(&instance, &binds, "")).warnings().len();
        assert_eq!(warnings, 2_000);
    });
}

#[test]
fn wrong_paths_in_expressions_without_number() {
    alone(|| {
        let instance: String = (0..2_000).map(|it| format!("<question_{it}/>")).collect();
        let sum =
            |at: usize| (0..20).map(|it| format!("/data/qestion_{at}_{it}")).collect::<Vec<_>>().join(" + ");
        let binds: String = (0..100)
            .map(|it| format!("<bind nodeset=\"/data/question_{it}\" calculate=\"{}\"/>", sum(it)))
            .collect();
        assert_eq!(accepted(&form(&instance, &binds, "")).warnings().len(), 2_000);
    });
}

#[test]
fn a_label_of_10_mb() {
    alone(|| {
        let label = format!("<input ref=\"/data/a\"><label>{}</label></input>", "标签 ".repeat(1_500_000));
        assert!(node(&mut open(&form("<a/>", "", &label)), "/data/a").label.len() > 10_000_000);
    });
}

#[test]
fn choices_100_000() {
    alone(|| {
        let items: String =
            (0..100_000).map(|it| format!("<item><label>L{it}</label><value>v{it}</value></item>")).collect();
        let mut session = open(&form("<a/>", "", &format!("<select1 ref=\"/data/a\">{items}</select1>")));
        super::answer(&mut session, "/data/a", "v99999");
        let question = node(&mut session, "/data/a").question.expect("a question");
        assert_eq!((question.n_choices, question.display.as_str()), (100_000, "L99999"));
        assert!(question.choices.len() <= wasm_forms::view::MAX_LISTED_CHOICES);
    });
}

#[test]
fn translations_without_number() {
    alone(|| {
        let translations: String = (0..20_000)
            .map(|it| {
                format!("<translation lang=\"l{it}\"><text id=\"a\"><value>A</value></text></translation>")
            })
            .collect();
        let label = "<input ref=\"/data/a\"><label ref=\"jr:itext('a')\"/></input>";
        drop(open(&form("<a/>", &format!("<itext>{translations}</itext>"), label)).view());
    });
}
