use super::*;

const DATA: &str = "<data xml:lang='en-GB'>
  <a>6</a><b>7</b><empty/><list>x y  z</list><day>2026-03-17</day><at>2026-03-17T23:30:00.000+08:00</at>
  <r><n>1</n></r><r><n>2</n><n>3</n></r><r id='third'><n/></r>
</data>";

/// Half past seven in the morning of 2026-03-18 at UTC+8.
fn place() -> Place {
    let env = Env { now_ms: 1_773_790_200_000, offset_min: 480, seed: 7, ..Env::default() };
    Place { env, ..Place::default() }
}

fn check(cases: &[(&str, &str)]) {
    let source = Source::parse(DATA).expect("a document");
    for (expression, expected) in cases {
        let found = source.text(expression, &place()).unwrap_or_else(|error| format!("error: {error}"));
        assert_eq!(found, *expected, "{expression}");
    }
}

fn check_nodes(cases: &[(&str, &str)]) {
    let source = Source::parse(DATA).expect("a document");
    for (expression, expected) in cases {
        let found = source.nodes(expression, &place()).expect("nodes").join(" ");
        assert_eq!(found, *expected, "{expression}");
    }
}

#[test]
fn values_convert_where_they_are_used() {
    check(&[
        ("/data/a * /data/b", "42"),
        ("/data/a - '1'", "5"),
        ("true() + 1", "2"),
        ("-/data/a", "-6"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("5 mod -3", "2"),
        ("1 div 0", "Infinity"),
        ("number('1e3')", "NaN"),
        ("number('- 1')", "NaN"),
        ("string(-0)", "0"),
        ("/data/a > /data/b", "false"),
        ("/data/r/n > 2", "true"),
        ("/data/r/n = ''", "true"),
        ("/data/nothing = ''", "false"),
        ("/data/a = 6 and /data/a = '6' and not(/data/a = '6.0')", "true"),
    ]);
}

#[test]
fn nodes_in_a_condition_count_by_their_text() {
    check(&[
        ("if(/data/a, 'yes', 'no')", "yes"),
        ("if(/data/empty, 'yes', 'no')", "no"),
        ("if(/data/nothing, 'yes', 'no')", "no"),
        ("not(/data/empty)", "true"),
        ("boolean(/data/empty)", "true"),
        ("boolean(/data/nothing)", "false"),
        ("/data/empty or /data/r/n", "true"),
        ("count(/data/*[@id])", "1"),
        ("count(/data/r[n])", "3"),
        ("count(/data/r[n and true()])", "2"),
    ]);
}

#[test]
fn what_is_never_reached_does_no_harm() {
    check(&[
        ("false() and nonsense()", "false"),
        ("true() or count()", "true"),
        ("if(true(), 'a', nonsense())", "a"),
        ("nonsense()", "error: unknown function nonsense at character 0"),
        ("1 + count('a')", "error: expected a path at character 10"),
    ]);
}

#[test]
fn paths_lead_where_they_say() {
    check_nodes(&[
        ("/data/r[2]/n[last()]", "/*[1]/*[8]/*[2]"),
        ("/data/r[position() = 2]/n[1]", "/*[1]/*[8]/*[1]"),
        ("(//n)[3]", "/*[1]/*[8]/*[2]"),
        ("//r[2]/n[1] | //r[1]/n | //r[2]/n[1]", "/*[1]/*[7]/*[1] /*[1]/*[8]/*[1]"),
        ("//n[. = 2]/preceding::*[1]", "/*[1]/*[7]/*[1]"),
        ("//n[. = 3]/ancestor::*", "/*[1] /*[1]/*[8]"),
        ("//n[. = 3]/preceding-sibling::n/../following-sibling::*/@id", "/*[1]/*[9]/@id"),
        ("//n[. = 1]/following::n[2]", "/*[1]/*[8]/*[2]"),
        ("/data/r[n = 3]/self::r[not(@id)]", "/*[1]/*[8]"),
        ("id('third')/n", "/*[1]/*[9]/*[1]"),
        ("/data/r[1.5]", ""),
        ("/data/r[0]", ""),
        ("indexed-repeat(/data/r/n, /data/r, 2)", "/*[1]/*[8]/*[1] /*[1]/*[8]/*[2]"),
        ("indexed-repeat(/data/r/n, /data/r, 4)", ""),
    ]);
}

#[test]
fn texts_count_characters() {
    check(&[
        ("string-length('𬭎工')", "2"),
        ("substring('𬭎工人', 2)", "工人"),
        ("substring('12345', 1.5, 2.6)", "234"),
        ("substring('12345', -42, 1 div 0)", "12345"),
        ("substr('甲乙丙丁', -2)", "丙丁"),
        ("substr('hello', 1, -1)", "ell"),
        ("substr('hello', 4, 2)", ""),
        ("substring-before('a-b-c', '-')", "a"),
        ("substring-after(/data/list, ' ')", "y  z"),
        ("selected-at(/data/list, 2)", "z"),
        ("selected-at(/data/list, 3)", ""),
        ("selected(/data/empty, '')", "true"),
        ("selected(/data/list, '')", "false"),
        ("count-selected(/data/list)", "3"),
        ("join('、', /data/r/n, 'x')", "1、2、3、、x"),
        ("concat(/data/r/n)", "123"),
        ("normalize-space('  a\u{3000} b ')", "a\u{3000} b"),
        ("translate('bar', 'abc', 'AB')", "BAr"),
        ("coalesce(/data/empty, 1 div '', 'c')", "c"),
        ("lang('en')", "false"),
        ("count(//*[lang('EN')])", "14"),
        ("digest('', 'MD5', 'hex')", "d41d8cd98f00b204e9800998ecf8427e"),
        ("base64-decode('5Y+p6Zeo')", "叩门"),
    ]);
}

#[test]
fn numbers_round_as_they_are_asked() {
    check(&[
        ("round(2.5)", "3"),
        ("round(-2.5)", "-2"),
        ("round(-2.5, 0)", "-3"),
        ("round(2.149, 1)", "2.1"),
        ("round(1250, -2)", "1300"),
        ("int(-1.9)", "-1"),
        ("floor(-1.1)", "-2"),
        ("max(/data/r[2]/n)", "3"),
        ("min(3, /data/a, 4)", "3"),
        ("max(/data/r/n)", "NaN"),
        ("sum(/data/r[2]/n)", "5"),
        ("sum(/data/nothing)", "0"),
        ("max(/data/nothing)", "NaN"),
        ("count-non-empty(/data/r/n)", "3"),
        ("checklist(1, 2, /data/a, /data/empty)", "true"),
        ("checklist(3, 3, /data/r/n)", "true"),
        ("weighted-checklist(3, -1, true(), 2, 1 = 2, 5)", "false"),
    ]);
}

#[test]
fn dates_are_civil_days() {
    check(&[
        ("today()", "2026-03-18"),
        ("now()", "2026-03-18T07:30:00.000+08:00"),
        // In the morning UTC is a day behind.
        ("today() <= now() and now() < today() + 1", "true"),
        ("date(now()) = today()", "true"),
        ("number(date('1970-01-02'))", "1"),
        ("date('2026-03-17') + 1", "20530"),
        ("string(date(/data/day + 1))", "2026-03-18"),
        ("string(date(decimal-date-time(/data/day) + 1))", "2026-03-18"),
        ("date(/data/at)", "2026-03-17"),
        ("date('2026-03-17T23:30:00.000-08:00')", "2026-03-17"),
        ("/data/day < today()", "true"),
        ("/data/at < today()", "true"),
        ("/data/at >= '2026-03-17'", "true"),
        ("date('2026-02-30')", ""),
        ("date-time('2026-03-17')", "2026-03-17"),
        ("date-time('2026-03-17T00:00:00Z')", "2026-03-17T08:00:00.000+08:00"),
        ("decimal-time('06:00:00.000+08:00')", "0.25"),
        ("decimal-time('23:30:00.000+09:00')", "0.9375"),
        ("decimal-time('25:00')", "NaN"),
        ("format-date(/data/day, '%Y|%y|%m|%n|%d|%e|%b|%a')", "2026|26|03|3|17|17|Mar|Tue"),
        ("format-date-time(/data/at, '%H|%h|%M|%S|%3|%%|%q')", "23|23|30|00|000|%|%q"),
        ("format-date('tomorrow', '%Y')", ""),
    ]);
}

#[test]
fn a_form_in_chinese_has_chinese_months() {
    let source = Source::parse(DATA).expect("a document");
    let place = Place { language: Some("中文 (zh)".to_owned()), ..place() };
    assert_eq!(source.text("format-date(/data/day, '%b %a')", &place).as_deref(), Ok("3月 周二"));
}

#[test]
fn places_are_measured() {
    check(&[
        ("distance('0 0;0 1')", "111318.85"),
        ("distance('0 0', '0 1')", "111318.85"),
        ("distance('foo')", "NaN"),
        ("distance(/data/empty)", "0"),
        ("area('0 0;0 1;1 1;1 0;0 0') > 12000000000", "true"),
        ("area('0 0;0 1')", "0"),
        ("geofence('0.5 0.5', '0 0;0 1;1 1;1 0;0 0')", "true"),
        ("geofence('1.5 0.5', '0 0;0 1;1 1;1 0;0 0')", "false"),
        ("geofence('0.5 0.5', '0 0;0 1;1 1;1 0')", "false"),
        ("intersects('0 0;1 1;1 0;0 1')", "true"),
        ("intersects('0 0;0 1;1 1;1 0;0 0')", "false"),
        ("intersects('0 0;0 2;0 1')", "true"),
        ("intersects('0 0;0 1')", "false"),
    ]);
}

#[test]
fn a_seed_shuffles_as_other_clients_do() {
    let source = Source::parse("<d><a/><b/><c/><d/><e/><f/></d>").expect("a document");
    let check = |seed: &str, expected: &str| {
        let nodes = source.nodes(&format!("randomize(/d/*, {seed})"), &Place::default()).expect("nodes");
        let order: String = nodes.iter().filter_map(|it| it.chars().rev().nth(1)).collect();
        assert_eq!(order, expected, "{seed}");
    };
    check("42", "163245");
    check("-42", "541623");
    check("1.1", "265134");
    check("5989458117437254", "132546");
    check("/d/nothing", "325164");
}

#[test]
fn chance_and_ids_have_their_form() {
    let source = Source::parse(DATA).expect("a document");
    let text = |it| source.text(it, &place()).expect("text");
    assert_eq!(text("uuid()"), text("uuid()"), "the same seed gives the same id");
    assert_eq!((text("uuid()").len(), text("uuid(5)").len()), (36, 5));
    assert!((0.0..1.0).contains(&source.number("random()", &place()).expect("a number")));
    assert_eq!(text("random() = random()"), "false");
}

#[test]
fn a_form_s_texts_and_lists_are_seen() {
    let form = "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml'><h:head><model>
        <itext><translation lang='en'><text id='a'><value form='short'>s</value><value>One</value></text></translation>
        <translation lang='zh' default='true()'><text id='a'><value>一</value></text></translation></itext>
        <instance><data/></instance><instance id='r'><root><item><name>7</name><label>Zhang</label></item>
        <item><name>8</name><label>Li</label></item></root></instance></model></h:head></h:html>";
    let source = Source::parse(form).expect("a document");
    let check = |expression: &str, language: Option<&str>, expected: &str| {
        let place = Place { language: language.map(str::to_owned), ..place() };
        assert_eq!(source.text(expression, &place).as_deref(), Ok(expected), "{expression}");
    };
    check("jr:itext('a')", Some("en"), "One");
    check("jr:itext('a')", None, "一");
    check("jr:itext('b')", None, "");
    check("instance('r')/root/item[name = 8]/label", None, "Li");
    check("instance(concat('r', ''))/root/item[1]/label", None, "Zhang");
    check("pulldata('r', 'label', 'name', '8')", None, "Li");
    check("pulldata('r', 'label', 'name', '9')", None, "");
    check("pulldata('s', 'label', 'name', '9')", None, "");
}

#[test]
fn deep_and_long_inputs_end() {
    let deep = "<a>".repeat(1000) + &"</a>".repeat(1000);
    let source = Source::parse(&deep).expect("a document");
    let number = |it: &str| source.number(it, &Place::default()).expect("a number");
    assert_eq!(number("count(//a)"), 1000.0);
    assert_eq!(number("count(//a[not(a)]/ancestor::a)"), 999.0);
    assert_eq!(number(&("1+".repeat(900) + "1")), 901.0);
    assert!(source.number(&"(".repeat(100_000), &Place::default()).is_err());
    assert!(source.number(&"a[".repeat(100_000), &Place::default()).is_err());
}

#[test]
fn a_node_set_is_true_where_there_is_text_or_as_asked_a_node() {
    let source = Source::parse("<data><a/><b>7</b></data>").unwrap();
    let check = |expression: &str, text: bool, node: bool| {
        for (condition, expected) in [(Condition::Text, text), (Condition::Node, node)] {
            let place = Place { condition, ..Place::default() };
            assert_eq!(source.boolean(expression, &place), Ok(expected), "{expression} {condition:?}");
        }
    };
    check("not(/data/a)", true, false);
    check("not(/data/b)", false, false);
    check("not(/data/c)", true, true);
    check("/data/a and /data/b", false, true);
}
