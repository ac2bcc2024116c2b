//! The forms of translated texts: what is read, what is seen, heard or kept for the person who asks.

use wasm_forms::view::Media;

use crate::common::{Visit, compile, lists, open};

const ITEXT: &str = r#"<itext>
  <translation lang="zh" default="true()">
    <text id="q"><value form="short">Q</value><value>plain</value><value form="long">long</value>
      <value form="image">jr://images/q.png</value><value form="big-image">jr://images/q-big.png</value></text>
    <text id="h"><value>hint</value><value form="guidance">only for you</value></text>
    <text id="yes"><value>yes</value><value form="audio">jr://audio/yes.mp3</value></text>
    <text id="no"><value>no</value></text>
  </translation>
  <translation lang="en">
    <text id="q"><value>plain, in English</value><value form="image">jr://images/q-en.png</value></text>
  </translation></itext>
  <instance id="answers"><root><item><name>y</name><id>yes</id></item><item><name>n</name><id>no</id></item></root></instance>"#;

fn visit() -> Visit {
    let form = compile(
        "<inline/><listed/>",
        ITEXT,
        r#"<select1 ref="/data/inline"><label ref="jr:itext('q')"/><hint ref="jr:itext('h')"/>
             <item><label ref="jr:itext('yes')"/><value>y</value></item>
             <item><label>plain no</label><value>n</value></item></select1>
           <select1 ref="/data/listed"><label>L</label><itemset nodeset="instance('answers')/root/item">
             <value ref="name"/><label ref="jr:itext(id)"/></itemset></select1>"#,
    );
    Visit::open(form.expect("a form"), &lists(&[]), &[])
}

fn media(of: &[Media]) -> Vec<(&str, &str)> {
    of.iter().map(|it| (it.form.as_str(), it.address.as_str())).collect()
}

#[test]
fn a_label_is_its_long_form_and_brings_its_files() {
    let mut visit = visit();
    let node = visit.node("/data/inline");
    assert_eq!(
        (node.label.as_str(), node.hint.as_str(), node.guidance.as_str()),
        ("long", "hint", "only for you")
    );
    let expected = [("image", "jr://images/q.png"), ("big-image", "jr://images/q-big.png")];
    assert_eq!(media(&node.media), expected);
    visit.session.set_language("en");
    let view = visit.session.view();
    let node = view.nodes.iter().find(|it| it.reference == "/data/inline").expect("a question");
    assert_eq!(node.label, "plain, in English");
    assert_eq!(node.guidance, "only for you", "what a language lacks, the default language has");
    let expected = [("image", "jr://images/q-en.png"), ("big-image", "jr://images/q-big.png")];
    assert_eq!(media(&node.media), expected);
}

#[test]
fn choices_bring_their_files_wherever_they_stand() {
    let visit = visit();
    for question in ["/data/inline", "/data/listed"] {
        let choices = &visit.node(question).question.as_ref().expect("a question").choices;
        assert_eq!(media(&choices[0].media), [("audio", "jr://audio/yes.mp3")], "{question}");
        assert!(choices[1].media.is_empty());
    }
}

#[test]
fn a_choice_whose_label_holds_an_answer_is_told_again() {
    let model = r#"<instance id="named"><root><item><name>a</name><id>n-a</id></item></root></instance>
        <itext><translation lang="zh"><text id="n-a"><value>乙：<output value="/data/who"/></value></text></translation></itext>"#;
    let body = r#"<input ref="/data/who"/><select1 ref="/data/one"><itemset nodeset="instance('named')/root/item">
        <value ref="name"/><label ref="jr:itext(id)"/></itemset></select1>"#;
    let mut visit = open("<who/><one>a</one>", model, body);
    visit.answer("/data/who", "王");
    let question = visit.node("/data/one").question.as_ref().expect("a question");
    assert_eq!((&*question.choices[0].label, &*question.display), ("乙：王", "乙：王"));
}
