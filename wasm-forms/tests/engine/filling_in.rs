//! A form being filled in: what is shown, what is calculated, what is demanded.

use crate::common::{Visit, compile, lists, open};

#[test]
fn a_hidden_question_is_neither_demanded_nor_sent_nor_read() {
    let mut visit = open(
        "<married/><spouse/><letters/>",
        r#"<bind nodeset="/data/spouse" required="true()" relevant="/data/married = 'yes'"/>
           <bind nodeset="/data/letters" type="int" calculate="string-length(/data/spouse)"/>"#,
        r#"<input ref="/data/married"/><input ref="/data/spouse"/><input ref="/data/letters"/>"#,
    );
    visit.answer("/data/married", "yes");
    assert_eq!(visit.violation("/data/spouse"), "answer.required");
    visit.answer("/data/spouse", "𬭎芳");
    assert_eq!(visit.value("/data/letters"), "2", "code points are counted, not UTF-16 units");
    visit.answer("/data/married", "no");
    assert_eq!((visit.violation("/data/spouse").as_str(), visit.value("/data/letters")), ("", "0"));
    assert!(!visit.finish().contains("spouse"));
    visit.answer("/data/married", "yes");
    assert_eq!(visit.value("/data/spouse"), "𬭎芳", "a hidden answer comes back");
}

#[test]
fn a_chain_of_calculations_is_evaluated_once_each_and_in_order() {
    let n = 300;
    let nodes: String = (0..n).map(|i| format!("<q{i}/>")).collect();
    let binds: String = (1..n)
        .rev()
        .map(|i| format!(r#"<bind nodeset="/data/q{i}" calculate="/data/q{} + 1" type="int"/>"#, i - 1))
        .collect();
    let body = format!(r#"<input ref="/data/q0"/><input ref="/data/q{}"/>"#, n - 1);
    let mut visit = open(&nodes, &binds, &body);
    let before = visit.session.n_evaluated();
    visit.answer("/data/q0", "1");
    assert_eq!(visit.value("/data/q299"), "300");
    assert_eq!(visit.session.n_evaluated() - before, n - 1, "each dependant once, nothing else");
}

#[test]
fn what_does_not_depend_on_an_answer_is_not_evaluated() {
    let unrelated: String = (0..500).map(|i| format!("<u{i}/>")).collect();
    let binds: String = (0..500)
        .map(|i| format!(r#"<bind nodeset="/data/u{i}" calculate="concat(/data/b, {i})"/>"#))
        .collect();
    let model = format!(r#"{binds}<bind nodeset="/data/double" calculate="/data/a * 2"/>"#);
    let mut visit = open(
        &format!("<a/><b/><double/>{unrelated}"),
        &model,
        r#"<input ref="/data/a"/><input ref="/data/double"/>"#,
    );
    let before = visit.session.n_evaluated();
    visit.answer("/data/a", "4");
    assert_eq!(visit.value("/data/double"), "8");
    assert_eq!(visit.session.n_evaluated() - before, 1);
}

#[test]
fn a_circle_is_named() {
    let problems = compile(
        "<a/><b/><c/>",
        r#"<bind nodeset="/data/a" calculate="/data/b"/><bind nodeset="/data/b" calculate="/data/c"/>
           <bind nodeset="/data/c" calculate="/data/a"/>"#,
        "",
    )
    .expect_err("a circle");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code, "form.cycle");
    for name in ["/data/a", "/data/b", "/data/c"] {
        assert!(problems[0].params["names"].contains(name));
    }
}

#[test]
fn every_mistake_is_reported_at_once_with_its_place() {
    let problems = compile(
        "<name/><age/>",
        r#"<bind nodeset="/data/name" relevant="/data/nam = 1" constraint="regex(., '[')"/>
           <bind nodeset="/data/age" calculate="sume(1)" required="not()"/>
           <bind nodeset="/data/ages" type="int"/>"#,
        r#"<input ref="/data/nothing"/>"#,
    )
    .expect_err("mistakes");
    let mut codes: Vec<&str> = problems.iter().map(|it| it.code.as_str()).collect();
    codes.sort_unstable();
    let expected = [
        "form.arguments",
        "form.pattern",
        "form.unknown_function",
        "form.unknown_node",
        "form.unknown_node",
        "form.unknown_node",
    ];
    assert_eq!(codes, expected);
    let meant = problems.iter().find(|it| it.params.get("reference").is_some_and(|it| it == "/data/nam"));
    assert_eq!(meant.map(|it| it.params["nearest"].as_str()), Some("/data/name"));
    let function = problems.iter().find(|it| it.code == "form.unknown_function");
    assert_eq!(function.map(|it| it.params["nearest"].as_str()), Some("sum"));
}

#[test]
fn what_the_engine_cannot_do_is_said_before_anybody_stands_at_a_door() {
    let model = r#"<playmusic event="odk-instance-load" ref="/data/a"/>"#;
    let body = r#"<input ref="/data/a"><setvalue ref="/data/a" event="a-full-moon"/></input><painting ref="/data/a"/>"#;
    let problems = compile("<a/>", model, body).expect_err("unknown elements");
    let elements: Vec<&str> = problems.iter().map(|it| it.params["element"].as_str()).collect();
    assert_eq!(elements, ["playmusic", "event=a-full-moon", "painting"]);
}

#[test]
fn a_repeat_counts_sums_and_numbers_its_instances() {
    let mut visit = open(
        r#"<n/><total/><party jr:template=""><age/><rank/></party><party><age/><rank/></party>"#,
        r#"<bind nodeset="/data/n" calculate="count(/data/party)"/>
           <bind nodeset="/data/total" calculate="sum(/data/party/age)"/>
           <bind nodeset="/data/party/rank" calculate="position(..)"/>"#,
        r#"<input ref="/data/n"/><input ref="/data/total"/>
           <group ref="/data/party"><label>Party</label><repeat nodeset="/data/party">
             <input ref="/data/party/age"/><input ref="/data/party/rank"/></repeat></group>"#,
    );
    visit.answer("/data/party[1]/age", "70").add("/data/party").answer("/data/party[2]/age", "8");
    visit.add("/data/party").answer("/data/party[3]/age", "100");
    assert_eq!((visit.value("/data/n"), visit.value("/data/total")), ("3", "178"));
    assert_eq!(visit.value("/data/party[3]/rank"), "3");
    visit.remove("/data/party[2]");
    assert_eq!((visit.value("/data/n"), visit.value("/data/total")), ("2", "170"));
    assert_eq!(visit.value("/data/party[2]/rank"), "2");
    let xml = visit.finish();
    assert!(
        xml.contains("<party><age>70</age><rank>1</rank></party><party><age>100</age><rank>2</rank></party>"),
        "{xml}"
    );
}

#[test]
fn a_rule_inside_a_repeat_looks_at_its_own_instance() {
    let mut visit = open(
        r#"<party><kind/><why/></party>"#,
        r#"<bind nodeset="/data/party/why" relevant="/data/party/kind = 'other'"/>"#,
        r#"<repeat nodeset="/data/party"><input ref="/data/party/kind"/><input ref="/data/party/why"/></repeat>"#,
    );
    visit.add("/data/party").answer("/data/party[2]/kind", "other");
    assert!(!visit.is_shown("/data/party[1]/why") && visit.is_shown("/data/party[2]/why"));
}

#[test]
fn an_indexed_repeat_reads_the_instance_it_is_asked_for() {
    let mut visit = open(
        r#"<rep><name/><first/><before/></rep>"#,
        r#"<bind nodeset="/data/rep/first" calculate="indexed-repeat(/data/rep/name, /data/rep, 1)"/>
           <bind nodeset="/data/rep/before" calculate="indexed-repeat(/data/rep/name, /data/rep, position(..) - 1)"/>"#,
        r#"<repeat nodeset="/data/rep"><input ref="/data/rep/name"/><input ref="/data/rep/first"/>
           <input ref="/data/rep/before"/></repeat>"#,
    );
    visit.answer("/data/rep[1]/name", "7").add("/data/rep").answer("/data/rep[2]/name", "9");
    assert_eq!((visit.value("/data/rep[2]/first"), visit.value("/data/rep[2]/before")), ("7", "7"));
    assert_eq!((visit.value("/data/rep[1]/first"), visit.value("/data/rep[1]/before")), ("7", ""));
    visit.answer("/data/rep[1]/name", "8");
    assert_eq!(visit.value("/data/rep[2]/before"), "8");
}

#[test]
fn a_count_makes_and_removes_instances() {
    let mut visit = open(
        r#"<n>1</n><sum/><item><v>2</v></item>"#,
        r#"<bind nodeset="/data/n" type="int"/><bind nodeset="/data/sum" calculate="sum(/data/item/v)"/>"#,
        r#"<input ref="/data/n"/><input ref="/data/sum"/><repeat nodeset="/data/item" jr:count="/data/n">
           <input ref="/data/item/v"/></repeat>"#,
    );
    visit.answer("/data/n", "3");
    assert_eq!(visit.value("/data/sum"), "6");
    visit.answer("/data/n", "0");
    assert_eq!(visit.value("/data/sum"), "0");
    visit.answer("/data/n", "1000000000");
    assert_eq!(visit.node("/data/item").repeat.map(|it| it.count), Some(5_000), "bounded");
}

#[test]
fn a_filter_takes_back_a_choice_it_no_longer_offers() {
    let form = compile(
        "<grid/><building/>",
        r#"<instance id="places" src="jr://file-csv/places.csv"/>"#,
        r#"<input ref="/data/grid"/><select1 ref="/data/building">
           <itemset nodeset="instance('places')/root/item[grid=/data/grid]"><value ref="name"/><label ref="label"/></itemset></select1>"#,
    )
    .expect("a good form");
    let places = lists(&[(
        "places",
        "name,label,grid\nE01,东区 1 号楼,G01\nE02,东区 2 号楼,G01\nW01,西区 1 号楼,G02\n",
    )]);
    let mut visit = Visit::open(form, &places, &[]);
    visit.answer("/data/grid", "G01");
    let offered = |visit: &Visit| visit.node("/data/building").question.as_ref().map(|it| it.n_choices);
    assert_eq!(offered(&visit), Some(2));
    visit.answer("/data/building", "E02");
    assert_eq!(
        visit.node("/data/building").question.as_ref().map(|it| it.display.clone()),
        Some("东区 2 号楼".into())
    );
    visit.answer("/data/grid", "G02");
    assert_eq!((offered(&visit), visit.value("/data/building")), (Some(1), ""));
    visit.answer("/data/building", "E01");
    assert_eq!(visit.violation("/data/building"), "answer.choice");
}

#[test]
fn typed_text_that_is_no_value_is_said_and_kept() {
    let mut visit = open(
        "<n/>",
        r#"<bind nodeset="/data/n" type="int" constraint=". &gt; 3"/>"#,
        r#"<input ref="/data/n"/>"#,
    );
    for (typed, expected) in [("3x", "answer.type"), ("2", "answer.constraint"), ("4", ""), ("", "")] {
        visit.answer("/data/n", typed);
        assert_eq!((visit.violation("/data/n").as_str(), visit.value("/data/n")), (expected, typed));
    }
}

#[test]
fn languages_switch_labels_outputs_and_messages() {
    let mut visit = open(
        "<name/><q/>",
        r#"<itext><translation lang="中文" default="true()"><text id="l"><value>姓名：<output value="/data/name"/></value></text>
             <text id="m"><value>要填</value></text></translation>
           <translation lang="English"><text id="l"><value>Name: <output value="/data/name"/></value></text></translation></itext>
           <bind nodeset="/data/q" required="true()" jr:requiredMsg="jr:itext('m')"/>"#,
        r#"<input ref="/data/name"/><input ref="/data/q"><label ref="jr:itext('l')"/></input>"#,
    );
    visit.answer("/data/name", "孔月芳");
    assert_eq!(visit.node("/data/q").label, "姓名：孔月芳");
    let diff = visit.session.set_language("English");
    let q = diff.changed.iter().find(|it| it.reference == "/data/q").expect("all texts anew");
    assert_eq!(q.label, "Name: 孔月芳");
    let message = q.question.as_ref().and_then(|it| it.violation.clone()).expect("required").message;
    assert_eq!(message, "要填", "a missing translation falls back to the form's own language");
}

#[test]
fn chance_comes_from_the_seed_and_once_keeps_it() {
    let model = r#"<bind nodeset="/data/code" calculate="once(string(int(random() * 9000) + 1000))"/>
                   <bind nodeset="/data/b" calculate="concat(/data/code, /data/a)"/>"#;
    let body = r#"<input ref="/data/a"/><input ref="/data/code"/><input ref="/data/b"/>"#;
    let mut first = open("<a/><code/><b/>", model, body);
    let second = open("<a/><code/><b/>", model, body);
    let code = first.value("/data/code").to_owned();
    assert_eq!(code.len(), 4);
    assert_eq!(second.value("/data/code"), code);
    first.answer("/data/a", "x");
    assert_eq!(first.value("/data/b"), format!("{code}x"));
}

#[test]
fn a_draft_taken_up_goes_on_as_if_nothing_had_happened() {
    let instance = r#"<start/><a/><hidden>kept</hidden><code/><party jr:template=""><n/></party>"#;
    let model = r#"<bind nodeset="/data/start" type="dateTime" jr:preload="timestamp" jr:preloadParams="start"/>
        <bind nodeset="/data/hidden" relevant="/data/a = 'show'"/>
        <bind nodeset="/data/code" calculate="once(uuid())"/>"#;
    let body = r#"<input ref="/data/a"/><input ref="/data/hidden"/><repeat nodeset="/data/party"><input ref="/data/party/n"/></repeat>"#;
    let mut visit = open(instance, model, body);
    visit.answer("/data/a", "go").add("/data/party").answer("/data/party[1]/n", "1 < 2 & \"3\"\n4");
    let draft = visit.session.draft();
    let form = std::sync::Arc::new(compile(instance, model, body).expect("a good form"));
    let later =
        wasm_forms::Env { now_ms: crate::common::MONDAY + 50 * crate::common::HOUR, ..crate::common::env() };
    let resumed = wasm_forms::Session::resume(&form, &lists(&[]), later, &draft).expect("our own draft");
    assert_eq!(resumed.draft(), draft);
    let mut resumed = Visit::of(resumed);
    for visit in [&mut visit, &mut resumed] {
        visit.add("/data/party").answer("/data/a", "show");
    }
    assert_eq!(visit.finish(), resumed.finish());
}
