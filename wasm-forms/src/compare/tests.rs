use crate::compare::compare;
use crate::xlsform::{Options, Sheet, Workbook, convert_tables};

type Table<'a> = &'a [&'a [&'a str]];

fn form(version: &str, survey: Table<'_>, choices: Table<'_>) -> String {
    let sheet = |name: &str, table: Table<'_>| {
        let mut rows = table.iter().map(|row| row.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
        Sheet { name: name.to_owned(), header: rows.next().expect("a head"), rows: rows.collect() }
    };
    let settings: Table<'_> = &[&["form_id", "form_title", "version"], &["visit", "走访", version]];
    let mut sheets = vec![sheet("survey", survey), sheet("settings", settings)];
    if !choices.is_empty() {
        sheets.push(sheet("choices", choices));
    }
    let conversion = convert_tables(&Workbook { sheets }, &Options::default());
    conversion.xform.unwrap_or_else(|| panic!("{:#?}", conversion.diagnostics))
}

/// Returns every difference on a line of its own.
fn told(before: &str, after: &str) -> Vec<String> {
    let comparison = compare(before, after).expect("both can be read");
    let label = |it: &crate::compare::Line| it.label.values().next().cloned().unwrap_or_default();
    let added = comparison.added.iter().map(|it| format!("+ {} {} {}", it.name, it.kind, label(it)));
    let removed = comparison.removed.iter().map(|it| format!("- {} {} {}", it.name, it.kind, label(it)));
    let changed = comparison.changed.iter().flat_map(|it| {
        it.parts.iter().map(|part| {
            let aspect = serde_json::to_string(&part.aspect).expect("a word");
            let about = [part.language.as_str(), part.choice.as_str()].concat();
            format!("{} {} {about}: {} → {}", it.line.name, aspect.trim_matches('"'), part.before, part.after)
        })
    });
    added.chain(removed).chain(changed).collect()
}

const HEAD: &[&str] = &["type", "name", "label", "required", "relevant", "constraint", "calculation"];
const CHOICES: Table<'_> = &[&["list_name", "name", "label"], &["yn", "yes", "是"], &["yn", "no", "否"]];

#[test]
fn says_nothing_of_a_form_that_is_the_same_but_for_its_version() {
    let survey: Table<'_> = &[HEAD, &["text", "who", "姓名", "yes", "", "", ""]];
    assert!(told(&form("1", survey, &[]), &form("2", survey, &[])).is_empty());
}

#[test]
fn tells_what_came_what_went_and_what_changed() {
    let before = form(
        "1",
        &[
            HEAD,
            &["text", "who", "姓名", "", "", "", ""],
            &["integer", "age", "年龄", "", "", ". > 0", ""],
            &["select_one yn", "home", "在家吗", "yes", "", "", ""],
            &["text", "why", "为什么", "", "${home} = 'no'", "", ""],
            &["calculate", "old", "", "", "", "", "${age} > 80"],
        ],
        CHOICES,
    );
    let after = form(
        "2",
        &[
            HEAD,
            &["text", "who", "老人姓名", "yes", "", "", ""],
            &["text", "age", "年龄", "", "", "", ""],
            &["select_one yn", "home", "在家吗", "yes", "", "", ""],
            &["date", "next", "下次", "", "${home} = 'away'", "", ""],
            &["calculate", "old", "", "", "", "", "${age} >= 80"],
        ],
        &[&["list_name", "name", "label"], &["yn", "yes", "在"], &["yn", "away", "出门了"]],
    );
    assert_eq!(
        told(&before, &after),
        [
            "+ next date 下次",
            "- why text 为什么",
            "who label : 姓名 → 老人姓名",
            "who required :  → true()",
            "age kind : integer → text",
            "age constraint : . > 0 → ",
            "home choice_added away:  → 出门了",
            "home choice_removed no: 否 → ",
            "home choice_label yes: 是 → 在",
            "old calculation : ${age} > 80 → ${age} >= 80",
        ]
    );
}

#[test]
fn compares_language_by_language() {
    let head: &[&str] = &["type", "name", "label::中文 (zh)", "label::English (en)"];
    let before = form("1", &[head, &["text", "who", "姓名", "Name"]], &[]);
    let after = form("2", &[head, &["text", "who", "姓名", "Full name"]], &[]);
    assert_eq!(told(&before, &after), ["who label English (en): Name → Full name"]);
}

#[test]
fn a_language_that_came_is_told_once_and_not_for_every_question() {
    let before = form("1", &[&["type", "name", "label"], &["text", "who", "姓名"]], &[]);
    let after = form(
        "2",
        &[&["type", "name", "label::中文 (zh)", "label::English (en)"], &["text", "who", "姓名", "Name"]],
        &[],
    );
    let comparison = compare(&before, &after).expect("both can be read");
    assert!(comparison.languages_added.len() == 2 && comparison.languages_removed.is_empty());
    let changes: Vec<_> = comparison.changed.iter().flat_map(|it| &it.parts).collect();
    assert!(changes.is_empty(), "{changes:#?}");
}

#[test]
fn a_question_that_moved_into_a_group_is_the_same_question() {
    let before = form("1", &[&["type", "name", "label"], &["text", "who", "姓名"]], &[]);
    let after = form(
        "2",
        &[
            &["type", "name", "label"],
            &["begin_group", "pick", "是谁"],
            &["text", "who", "姓名"],
            &["end_group", "", ""],
        ],
        &[],
    );
    assert_eq!(told(&before, &after), ["+ pick group 是谁", "who place : /data/who → /data/pick/who"]);
}

#[test]
fn what_is_no_form_is_told() {
    let form = form("1", &[&["type", "name", "label"], &["text", "who", "姓名"]], &[]);
    let problems = compare("<a/>", &form).expect_err("no form");
    assert_eq!(problems[0].code, "form.missing_part");
}
