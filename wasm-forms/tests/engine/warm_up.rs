//! The small form that the web app opens so that browsers compile the engine before the first visit.

use std::sync::Arc;

use wasm_forms::{Env, Form, Lists, Session};

#[test]
fn the_small_form_has_no_mistake_and_uses_what_forms_use() {
    let xform = include_str!("../../../web/src/engine/warm-up.xml");
    let form = Arc::new(Form::compile(xform).expect("the form can be filled in"));
    assert_eq!(form.warnings(), []);
    let mut visit = Session::open(&form, &Arc::new(Lists::new()), Env::default(), &[]);
    assert_eq!(visit.value("/data/n"), Some("2"));
    let view = visit.view();
    assert_eq!(view.pages.len(), 3);
    let place = view.nodes.iter().find(|it| it.name == "place").and_then(|it| it.question.as_ref());
    assert_eq!(place.map(|it| it.n_choices), Some(1));
    assert!(view.nodes.iter().any(|it| it.label == "共 2 分"));
}
