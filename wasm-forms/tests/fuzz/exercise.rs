//! What is done with any form: it is compiled, filled in, put away, taken up, finished and checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasm_forms::view::{Control, Kind, View};
use wasm_forms::{Code, Diagnostic, Env, Form, Lists, Session, Severity, Table, check};

/// 2026-11-23 (a Monday) 09:00 in China.
pub const MONDAY: i64 = 1_795_395_600_000;
/// How many questions are answered; the form has more of the same.
const MOST_ANSWERS: usize = 12;
/// More expressions than any form of the corpus needs for all that is done with it here.
const MOST_EVALUATED: u64 = 3_000_000;

const ANSWERS: [&str; 14] = [
    "1",
    "a",
    "yes",
    "",
    "2026-11-23",
    "2026-11-23T09:00:00.000+08:00",
    "-0.5",
    "31.2 121.4 0 5",
    "31 121;32 122;31 121",
    "true",
    "a b a",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
    "1e308",
    "\u{202e}𬭎<&>\u{0}",
];

pub fn env() -> Env {
    let property = |name: &str| (name.to_owned(), format!("{name} of nobody"));
    let properties = BTreeMap::from([property("username"), property("deviceid")]);
    Env { now_ms: MONDAY, offset_min: 480, seed: 7, properties }
}

/// Returns a form, or says that it was refused with a reason.
pub fn compile(xform: &str) -> Option<Arc<Form>> {
    match Form::compile(xform) {
        Ok(form) => Some(Arc::new(form)),
        Err(problems) => {
            assert!(problems.iter().any(|it| it.severity == Severity::Error), "refused without a reason");
            problems.iter().for_each(is_told);
            None
        }
    }
}

/// A diagnosis has a code that people can look up.
pub fn is_told(problem: &Diagnostic) {
    let known = Code::ALL.iter().any(|it| it.as_str() == problem.code);
    assert!(known || wasm_forms::xlsform::CODES.contains(&problem.code.as_str()), "{}", problem.code);
}

/// Returns a short list for each that the form reads from outside.
pub fn lists_for(form: &Form) -> Arc<Lists> {
    let csv =
        "name,label,grid,phone,__id,__version,geometry\na,甲,G01,1,a,1,\nb,乙,G01,2,b,1,\nc,丙,G02,,c,2,\n";
    let table = Arc::new(Table::from_csv(csv).expect("a list"));
    Arc::new(form.lists().into_iter().map(|(id, _)| (id.to_owned(), table.clone())).collect())
}

/// Does everything that can be done with a form. What it answers is of no interest here: that it answers is.
pub fn form(xform: &str) {
    let Some(form) = compile(xform) else { return };
    let lists = lists_for(&form);
    let mut session = Session::open(&form, &lists, env(), &[("/data/a".to_owned(), "1".to_owned())]);
    fill_in(&mut session);
    let draft = session.draft();
    let mut again = Session::resume(&form, &lists, env(), &draft).expect("a draft of this form");
    is_whole(&again.view());
    fill_in(&mut again);
    let xml = match again.finish(MONDAY + 1000) {
        Ok(finished) => finished.xml,
        // What cannot be finished is judged all the same.
        Err(_) => submission_of(&again.draft()),
    };
    judge(&xml, &form, &lists);
    let n = session.n_evaluated().max(again.n_evaluated());
    assert!(n < MOST_EVALUATED, "{n} expressions evaluated");
}

/// Checks a document as the server would; a refusal must have a reason.
pub fn judge(xml: &str, form: &Form, lists: &Lists) {
    match check(xml, form, lists, &env()) {
        Ok(checked) => assert!(checked.findings.len() < 300, "{} findings", checked.findings.len()),
        Err(problem) => is_told(&problem),
    }
}

/// Returns the document inside a draft.
pub fn submission_of(draft: &str) -> String {
    let draft: serde_json::Value = serde_json::from_str(draft).expect("a draft is JSON");
    draft["xml"].as_str().unwrap_or_default().to_owned()
}

/// Answers questions, adds and removes instances, switches the language.
pub fn fill_in(session: &mut Session) {
    let view = session.view();
    is_whole(&view);
    let questions: Vec<u32> =
        view.nodes.iter().filter(|it| it.kind == Kind::Question).map(|it| it.id).collect();
    let step = questions.len() / MOST_ANSWERS + 1;
    for (index, id) in questions.into_iter().step_by(step).enumerate() {
        let node = view.nodes.iter().find(|it| it.id == id).and_then(|it| it.question.as_ref());
        let offered = node.and_then(|it| it.choices.first());
        let chooses =
            node.is_some_and(|it| matches!(it.control, Control::SelectOne | Control::SelectMultiple));
        let value = offered.filter(|_| chooses).map_or(ANSWERS[index % ANSWERS.len()], |it| &it.value);
        // A node that a calculation took away takes no answer.
        let _ = session.answer(id, value, MONDAY + index as i64);
        let _ = session.search_choices(id, "a", 5);
    }
    for repeat in view.nodes.iter().filter(|it| it.kind == Kind::Repeat).take(3) {
        let _ = session.add_instance(repeat.id, MONDAY);
    }
    let instances: Vec<u32> =
        session.view().nodes.iter().filter(|it| it.kind == Kind::Instance).map(|it| it.id).collect();
    if let Some(first) = instances.first() {
        let _ = session.remove_instance(*first, MONDAY);
    }
    for language in view.languages.iter().take(2) {
        session.set_language(language);
    }
    // Ids that nothing has.
    assert!(session.answer(u32::MAX, "x", MONDAY).is_err());
    assert!(
        session.add_instance(u32::MAX, MONDAY).is_err() && session.remove_instance(u32::MAX, MONDAY).is_err()
    );
    let _ = session.violations();
}

/// Every child of a view is there and knows its parent.
fn is_whole(view: &View) {
    let nodes: BTreeMap<u32, _> = view.nodes.iter().map(|it| (it.id, it)).collect();
    assert_eq!(nodes.len(), view.nodes.len(), "an id twice");
    for node in &view.nodes {
        for child in &node.children {
            assert_eq!(nodes.get(child).and_then(|it| it.parent), Some(node.id), "{}", node.reference);
        }
    }
    assert!(view.pages.iter().all(|it| nodes.contains_key(it)), "a page that is not there");
}
