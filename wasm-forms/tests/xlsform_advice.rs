//! What is said of a workbook that could be converted, but would not do what its author means; written as the tables
//! that people see, with the cells that are named.
#![cfg(feature = "xlsform")]

#[path = "support/texts.rs"]
mod texts;

use wasm_forms::xlsform::{Options, Sheet, Workbook, check_tables};
use wasm_forms::{Diagnostic, Place, Severity};

/// Returns the sheets of a Markdown table: a sheet's name in the first column begins it, its header beside or below.
fn workbook(markdown: &str) -> Workbook {
    let mut sheets: Vec<Sheet> = Vec::new();
    for line in markdown.lines().map(str::trim).filter(|it| it.starts_with('|')) {
        let inside = line.trim_start_matches('|').strip_suffix('|').unwrap_or(line);
        let mut cells = inside.split('|').map(|it| it.trim().replace("\\p", "|"));
        let name = cells.next().unwrap_or_default();
        let cells: Vec<String> = cells.collect();
        match sheets.last_mut().filter(|_| name.is_empty()) {
            Some(sheet) if sheet.header.is_empty() => sheet.header = cells,
            Some(sheet) => sheet.rows.push(cells),
            None => sheets.push(Sheet { name, header: cells, rows: Vec::new() }),
        }
    }
    Workbook { sheets }
}

/// Returns a diagnostic as `survey!C4 code name=value …`, warnings in parentheses.
fn line(it: &Diagnostic) -> String {
    let place = match &it.place {
        Place::Cell { sheet, row, column } => format!("{sheet}!{column}{row}"),
        other => format!("{other:?}"),
    };
    let params: String = it.params.iter().map(|(key, value)| format!(" {key}={value}")).collect();
    let code = it.code.strip_prefix("workbook.").unwrap_or(&it.code);
    let text = format!("{place} {code}{params}");
    if it.severity == Severity::Warning { format!("({text})") } else { text }
}

fn check(markdown: &str, expected: &[&str]) {
    let checked = check_tables(&workbook(markdown), &Options::default());
    checked.diagnostics.iter().for_each(texts::check_text);
    let found: Vec<String> = checked.diagnostics.iter().map(line).collect();
    assert_eq!(found, expected, "{markdown}");
    let has_error = checked.diagnostics.iter().any(|it| it.severity == Severity::Error);
    assert_eq!(checked.xform.is_none(), has_error, "{markdown}");
    assert_eq!(checked.form.is_none(), has_error, "{markdown}");
}

/// Checks a survey of one question with a cell in one more column.
fn check_cell(question: &str, column: &str, text: &str, expected: &[&str]) {
    let (kind, name) = question.split_once(' ').unwrap_or((question, "q"));
    let kind = kind.replace(':', " ");
    check(
        &format!(
            "| survey | type | name | label | {column} |
             | | integer | a | A | |
             | | text | b | B | |
             | | select_one yes_no | c | C | |
             | | {kind} | {name} | Q | {text} |
             | choices | list_name | name | label |
             | | yes_no | yes | 是 |
             | | yes_no | no | 否 |"
        ),
        expected,
    );
}

#[test]
fn ten_mistakes_are_ten_diagnostics() {
    check(
        "| survey | type | name | label | relevant | calculation | constraint | required | readonly |
         | | text | full_name | 姓名 | | | | | |
         | | 单选题 yes_no | agree | 同意吗？ | | | | | |
         | | integer | age | 几岁？ | | | . > 120 and . < 0 | | |
         | | select_one yesno | ill | 生病了吗？ | | | | | |
         | | note | hello | 您好 ${full_nmae} | | | | | |
         | | calculate | score | | | concatt(${age}, '岁') | | | |
         | | calculate | one | | | ${two} + 1 | | | |
         | | calculate | two | | | ${one} * 2 | | | |
         | | text | phone | 电话 | ${agree} = 'Yes' | | | | |
         | | text | full_name | 再问一次 | | | | | |
         | | text | locked | 不能填 | | | | yes | yes |
         | | begin_group | last | 最后 | | | | | |
         | | text | more | 还有吗？ | | if(${age} > 60, 1) | | | |
         | choices | list_name | name | label |
         | | yes_no | yes | 是 |
         | | yes_no | no | |
         | | old | x | 旧 |",
        &[
            "survey!A3 misspelt_type nearest=select_one yes_no type=单选题 yes_no",
            "(survey!F4 constraint_never found=. > 120 and . < 0)",
            "survey!A5 misspelt_list list=yesno nearest=yes_no",
            "survey!C6 misspelt_reference name=full_nmae nearest=full_name",
            "survey!E7 misspelt_function function=concatt nearest=concat",
            "survey!E8 cycle names=one → two → one rows=8, 9",
            "(survey!D10 misspelt_choice found=Yes list=yes_no nearest=yes wanted=yes, no)",
            "survey!B11 duplicate_name name=full_name row=2",
            "(survey!G12 never_answerable name=locked)",
            "survey!B13 group_not_closed name=last type=end_group",
            "survey!E14 arguments found=2 function=if wanted=3",
            "(choices!C3 choice_without_label name=no)",
            "(choices!A4 unused_list list=old)",
        ],
    );
}

#[test]
fn circles_are_named_with_their_rows() {
    check(
        "| survey | type | name | label | calculation | relevant |
         | | text | x | X | | |
         | | calculate | c | | ${a} + 1 | |
         | | calculate | a | | ${b} | |
         | | calculate | b | | ${c} | |
         | | text | y | Y | | ${z} = 1 |
         | | text | z | Z | | ${y} = 1 |",
        &["survey!D3 cycle names=c → a → b → c rows=3, 4, 5", "survey!E6 cycle names=y → z → y rows=6, 7"],
    );
    check_cell("integer", "calculation", "${q} + 1", &["survey!D5 self_reference name=q"]);
    check_cell("integer", "relevant", "${q} > 1", &["survey!D5 self_reference name=q"]);
    check(
        "| survey | type | name | label | relevant | repeat_count |
         | | begin_group | g | G | ${inside} = 'yes' | |
         | | text | inside | I | | |
         | | end_group | | | | |
         | | begin_repeat | r | R | | ${n} |
         | | text | t | T | | |
         | | end_repeat | | | | |
         | | integer | n | N | | |",
        &["survey!D2 group_needs_inside name=g other=inside"],
    );
    // One that keeps its own value is none.
    check_cell("integer", "calculation", "coalesce(${q}, 1)", &[]);
    check_cell("integer", "constraint", "${q} > 1", &["(survey!D5 constraint_names_itself name=q)"]);
}

#[test]
fn constraints_that_never_or_always_hold() {
    let never = |question: &str, text: &str| {
        check_cell(question, "constraint", text, &[&format!("(survey!D5 constraint_never found={text})")]);
    };
    never("integer", ". > 10 and . < 5");
    never("integer", ". > 5 and . < 6");
    never("integer", "(. > 10 or . = 7) and . < 5");
    never("integer", "not(. <= 10) and . < 5");
    never("integer", "${q} > 10 and . < 5");
    never("integer", ". > 10 and ${a} = 1 and ${a} = 2");
    never("decimal", ". >= 2 * 3 and . < 6");
    never("text", ". = 'a' and . = 'b'");
    never("text", ". = ''");
    never("text", "string-length(.) > 5 and string-length(.) < 3");
    never("text", "string-length(.) < 0");
    never("text", "regex(., 'a') and string-length(.) < 1");
    never("text", "false()");
    never("select_one:yes_no", "selected(., 'yes') and selected(., 'no')");
    never("select_one:yes_no", ". = 'yes' and not(selected(., 'yes'))");
    never("select_multiple:yes_no", "count-selected(.) > 2");
    never("select_multiple:yes_no", "selected(., 'yes') and not(selected(., 'yes'))");
    never("date", ". > today() and . < today()");
    never("date", ". > date('2026-01-01') and . < date('2025-01-01')");
    never("integer", "if(${c} = 'yes', . > 5 and . < 3, . < 0 and . > 1)");

    let always = |question: &str, text: &str| {
        check_cell(question, "constraint", text, &[&format!("(survey!D5 constraint_always found={text})")]);
    };
    always("integer", ". > 5 or . < 10");
    always("integer", ". != 1 or . != 2");
    always("text", ". != 'a' or . != 'b'");
    always("text", "string-length(.) >= 0");
    always("text", ". != ''");
    always("select_multiple:yes_no", "count-selected(.) <= 2");

    for (question, text) in [
        ("integer", ". > 5 and . < 10"),
        ("integer", ". >= 5 and . <= 5"),
        ("decimal", ". > 5 and . < 6"),
        ("integer", ". > ${a} and . < 5"),
        ("integer", ". < 5 or . > 10"),
        ("text", ". > 5 or . <= 5"),
        ("text", "regex(., '^[0-9]{3}$') and string-length(.) = 3"),
        ("text", ". = 'a' or . = 'b'"),
        ("text", "string-length(.) = 11"),
        ("integer", "random() > 2 and random() < 1"),
        ("select_multiple:yes_no", "selected(., 'yes') and selected(., 'no')"),
        ("select_multiple:yes_no", "not(selected(., 'no') and count-selected(.) > 1)"),
        ("date", ". <= today()"),
        ("date", ". > '2026-01-01' and . < '2025-01-01'"),
        ("integer", "(. > 0 and . < 10) or ${c} = 'yes'"),
    ] {
        check_cell(question, "constraint", text, &[]);
    }
}

#[test]
fn a_range_bounds_its_answers() {
    let survey = |constraint: &str| {
        format!(
            "| survey | type | name | label | constraint | parameters |
             | | range | q | Q | {constraint} | start=0 end=10 step=1 |"
        )
    };
    check(&survey(". < 0"), &["(survey!D2 constraint_never found=. < 0)"]);
    check(&survey(". > 10"), &["(survey!D2 constraint_never found=. > 10)"]);
    check(&survey(". <= 10"), &["(survey!D2 constraint_always found=. <= 10)"]);
    check(&survey(". != 3"), &[]);
}

#[test]
fn conditions_that_never_or_always_hold() {
    let relevant = |text: &str, expected: &[&str]| check_cell("text", "relevant", text, expected);
    relevant("${a} > 10 and ${a} < 5", &["(survey!D5 relevant_never name=q)"]);
    relevant("${c} = 'yes' and ${c} = 'no'", &["(survey!D5 relevant_never name=q)"]);
    relevant("no", &["(survey!D5 relevant_never name=q)"]);
    relevant(
        "${c} != 'yes' or ${c} != 'no'",
        &["(survey!D5 relevant_always found=${c} != 'yes' or ${c} != 'no')"],
    );
    relevant("${c} != 'yes' and ${c} != 'no'", &[]);
    // An empty answer is neither.
    relevant("${a} > 5 or ${a} <= 5", &[]);
    relevant("not(${a} > 5) and not(${a} <= 5)", &[]);
    relevant("yes", &[]);
    relevant("true()", &[]);
    check(
        "| survey | type | name | label | relevant |
         | | integer | a | A | |
         | | begin_group | g | G | ${a} = 1 and ${a} = 2 |
         | | text | x | X | |
         | | text | y | Y | |
         | | end_group | | | |",
        &["(survey!D3 group_never_shown count=2 name=g)"],
    );
    // From outside a repeat a name means every instance: one may be yes, another no.
    check(
        "| survey | type | name | label | relevant |
         | | begin_repeat | r | R | |
         | | integer | a | A | |
         | | text | in | I | ${a} = 1 and ${a} = 2 |
         | | end_repeat | | | |
         | | text | out | O | ${a} = 1 and ${a} = 2 |",
        &["(survey!D4 relevant_never name=in)"],
    );
}

#[test]
fn choices_that_no_list_has() {
    let relevant = |text: &str, expected: &[&str]| check_cell("text", "relevant", text, expected);
    let unknown = |found: &str, nearest: &str| {
        format!("(survey!D5 misspelt_choice found={found} list=yes_no nearest={nearest} wanted=yes, no)")
    };
    relevant("${c} = 'yess'", &[&unknown("yess", "yes")]);
    relevant("selected(${c}, '是')", &[&unknown("是", "yes")]);
    relevant("'NO' != ${c}", &[&unknown("NO", "no")]);
    relevant("${c} = 1", &["(survey!D5 unknown_choice found=1 list=yes_no wanted=yes, no)"]);
    relevant(
        "${c} = 'maybe' or ${c} = 'yes'",
        &["(survey!D5 unknown_choice found=maybe list=yes_no wanted=yes, no)"],
    );
    relevant("${c} = '' or ${c} = 'no'", &[]);
    relevant("${b} = 'anything'", &[]);
    let unknown_y = "(survey!D5 unknown_choice found=y list=yes_no wanted=yes, no)";
    check_cell("select_one:yes_no", "constraint", ". != 'yes' and . = 'y'", &[unknown_y]);
    check_cell("select_one:yes_no", "default", "Yes", &[&unknown("Yes", "yes")]);
    check_cell("select_multiple:yes_no", "default", "yes no", &[]);
    relevant("${c} = yes", &["(survey!D5 unquoted_text found=yes)"]);
    relevant("b = 'x'", &["(survey!D5 bare_name found=b)"]);
    relevant("${b} = nothing", &["(survey!D5 unknown_word found=nothing)"]);
}

#[test]
fn expressions_of_other_programs() {
    let calculation = |text: &str, expected: &str| check_cell("calculate", "calculation", text, &[expected]);
    calculation("${a} == 1", "survey!D5 other_notation found=== wanted==");
    calculation("${a} <> 1", "survey!D5 other_notation found=<> wanted=!=");
    calculation("${a} = 1 AND ${a} = 2", "survey!D5 other_notation found=AND wanted=and");
    calculation("${a} ≥ 60 且 ${a} ≤ 70", "survey!D5 other_notation found=≥ wanted=>=");
    calculation("and(${a} = 1, ${b} = 2)", "survey!D5 other_notation found=and(…, …) wanted=… and …");
    calculation("${a}/${a}", "survey!D5 other_notation found=/ wanted=div");
    calculation("{a} + 1", "survey!D5 other_notation found={a} wanted=${a}");
    calculation("IF(${a} = 1, 2, 3)", "survey!D5 misspelt_function function=IF nearest=if");
    calculation("LEN(${b})", "survey!D5 misspelt_function function=LEN nearest=string-length");
    calculation("if(${a} = 1, 2)", "survey!D5 arguments found=2 function=if wanted=3");
    calculation("coalesce(${a})", "survey!D5 arguments found=1 function=coalesce wanted=2…");
    calculation("round(1, 2, 3)", "survey!D5 arguments found=3 function=round wanted=1–2");
    calculation("${a} + ", "survey!D5 unfinished_expression found=${a} +");
    calculation("${a} ${b} + 1", "survey!D5 unreadable_expression found=${b} + 1");
    calculation("regex(${b}, '[')", "survey!D5 form.pattern pattern=[");
    calculation(
        "instance('yesno')/root/item[name = ${c}]/label",
        "survey!D5 misspelt_list list=yesno nearest=yes_no",
    );
    check(
        "| survey | type | name | label | choice_filter |
         | | select_one l | q | Q | name == 1 |
         | settings | instance_name |
         | | concat(${q} '-') |
         | choices | list_name | name | label |
         | | l | 1 | One |",
        &["settings!A2 unreadable_expression found='-')", "survey!D2 other_notation found=== wanted=="],
    );
}

#[test]
fn translations_are_counted() {
    let mut rows = String::new();
    for row in 0..300 {
        let english = if row % 2 == 0 { format!("Q{row}") } else { String::new() };
        rows.push_str(&format!("| | text | q{row} | 问{row} | {english} |\n"));
    }
    check(
        &format!("| survey | type | name | label::中文 (zh) | label::English (en) |\n{rows}"),
        &["(survey!D3 untranslated column=label count=150 language=English (en) rows=3, 5, 7, 9, 11, …)"],
    );
    check(
        "| survey | type | name | label::中文 (zh) | label::English (en) | constraint | constraint_message::中文 (zh) |
         | | select_one l | q | 问 | Ask | . != 'a' | 不行 |
         | choices | list_name | name | label::中文 (zh) |
         | | l | a | 甲 |
         | | l | b | 乙 |",
        &[
            "(survey!F1 missing_translation column=constraint_message language=English (en))",
            "(choices!C1 missing_translation column=label language=English (en))",
        ],
    );
    // A language that is only written differently.
    check(
        "| settings | default_language |
         | | 中文 |
         | survey | type | name | label::中文 (zh) | label::English (en) | hint::English(en) | hint::中文 (zh) |
         | | text | q | 问 | Ask | say | 说 |",
        &[
            "(settings!A2 misspelt_language language=中文 nearest=中文 (zh))",
            "(survey!E1 misspelt_language language=English(en) nearest=English (en))",
        ],
    );
    check(
        "| settings | default_language |
         | | Français (fr) |
         | survey | type | name | label::中文 (zh) | label::English (en) |
         | | text | q | 问 | Ask |",
        &["(settings!A2 unknown_language language=Français (fr) wanted=English (en), 中文 (zh))"],
    );
    check(
        "| survey | type | name | label::中文 (zh) | label::English (en) |
         | | select_one l | q | 问 | Ask |
         | choices | list_name | name | label::中文 | label::English (en) |
         | | l | a | 甲 | A |",
        &["(choices!C1 misspelt_language language=中文 nearest=中文 (zh))"],
    );
}

#[test]
fn one_slip_is_one_diagnostic() {
    // A list column, a sheet, a group's beginning.
    check(
        "| survey | type | name | 题目 |
         | | text | a | 甲 |
         | | text | b | 乙 |",
        &["survey!C1 misspelt_column column=题目 nearest=label"],
    );
    check(
        "| survey | 题型 | name | label |
         | | text | a | 甲 |",
        &["survey!A1 misspelt_column column=题型 nearest=type"],
    );
    check(
        "| survey | type | name | label |
         | | select_one l | a | 甲 |
         | | select_one m | b | 乙 |
         | 选项 | list_name | name | label |
         | | l | x | X |",
        &["survey!A2 misspelt_sheet nearest=选项 sheet=choices", "survey!A3 missing_list list=m"],
    );
    check(
        "| survey | type | name | label | relevant |
         | | begin gruop | g | 组 | |
         | | text | a | 甲 | |
         | | end group | | | |
         | | select-one l | b | 乙 | |
         | | text | c | 丙 | ${b} = 'x' and ${a} != '' |
         | choices | list_name | name | label |
         | | l | x | X |",
        &[
            "survey!A2 misspelt_type nearest=begin_group type=begin gruop",
            "survey!A5 misspelt_type nearest=select_one l type=select-one l",
        ],
    );
    check(
        "| survey | type | name | label | relevant |
         | | text | 1st | 甲 | |
         | | text | a b | 乙 | |
         | | text | c | 丙 | ${1st} = 1 and ${a b} = 2 |
         | | text | Same | 丁 | |
         | | text | same | 戊 | |",
        &[
            "survey!B2 bad_name found=1st",
            "survey!B3 bad_name found=a b",
            "(survey!B6 duplicate_name_case name=same other=Same row=5)",
        ],
    );
    check(
        "| survey | type | name | label | relevant |
         | | begin_group | g | G | |
         | | text | x | X | |
         | | end_group | | | |
         | | text | x | X | |
         | | text | y | Y | ${x} = 1 |
         | | select_one | z | Z | |",
        &["survey!D6 ambiguous_reference name=x rows=3, 5", "survey!A7 select_without_list type=select_one"],
    );
}

#[test]
fn what_the_compiler_finds_has_a_cell() {
    check(
        "| survey | type | name | label | default | calculation | constraint_message |
         | | text | q | 问 | round(1.5, 1, 1) | | |
         | | calculate | c | | | AND(1, 2) | |
         | settings | instance_name |
         | | my_visit |",
        &[
            "(settings!A2 unknown_word found=my_visit)",
            "survey!D2 arguments found=3 function=round wanted=1–2",
            "survey!E3 other_notation found=AND(…, …) wanted=… and …",
        ],
    );
    check(
        "| survey | type | name | label | relevant |
         | | begin_repeat | r | R | |
         | | text | phone | 上次是 ${last-saved#phone} | ../../nowhere = 1 |
         | | text | t | T | ../pohne = 1 |
         | | end_repeat | | | |
         | settings | instance_name |
         | | my_visit |",
        &[
            "(settings!A2 unknown_word found=my_visit)",
            "survey!C3 last_saved_in_text",
            "(survey!D3 unknown_path reference=/data/nowhere)",
            "(survey!D4 misspelt_path nearest=phone reference=/data/r/pohne)",
        ],
    );
}

#[test]
fn questions_nobody_can_answer() {
    check(
        "| survey | type | name | label | required | readonly | default | calculation | relevant |
         | | text | a | A | yes | yes | | | |
         | | text | b | B | yes | yes | x | | |
         | | text | c | C | yes | yes | | 1 + 1 | |
         | | text | d | D | yes | | | | |
         | | note | e | E | yes | | | | |
         | | note | f | F | yes | | | | ${d} = '' |",
        &["(survey!D2 never_answerable name=a)", "(survey!D6 never_answerable name=e)"],
    );
}

#[test]
fn mistakes_stand_where_they_can_be_mended() {
    check(
        "| survey | type | name | label | calculation | trigger |
         | | select_multiple l | a | A | | |
         | | select_multiple l | b | B | | |
         | | text | c | | | |
         | | calculate | d | | now() | ${e} |
         | | select_one_from_file people | f | F | | |
         | choices | list_name | name | label |
         | | l | one two | One |",
        &[
            "survey!C4 missing_label name=c",
            "survey!E5 unknown_reference name=e",
            "survey!A6 file_extension found=people",
            "choices!B2 choice_with_space found=one two list=l",
        ],
    );
}

/// The words of other programs that staff come from are understood, and said back in the words of a workbook.
#[test]
fn chinese_workbooks_are_read_as_they_were_meant() {
    check(
        "| 题目 | 题型 | 变量名 | 题干 | 是否必填 |
         | | 填空题 | 姓名 | 您的姓名 | yes |
         | | 单选题 性别 | 性别 | 性别 | |
         | 选项 | 列表名 | 选项值 | 选项文字 |
         | | 性别 | 男 | 男 |",
        &[
            "题目!0 misspelt_sheet nearest=题目 sheet=survey",
            "题目!A1 misspelt_column column=题型 nearest=type",
            "题目!B1 misspelt_column column=变量名 nearest=name",
            "题目!C1 misspelt_column column=题干 nearest=label",
            "(题目!D1 misspelt_column column=是否必填 nearest=required)",
            "题目!A2 misspelt_type nearest=text type=填空题",
            "题目!A3 misspelt_sheet nearest=选项 sheet=choices",
            "题目!A3 misspelt_type nearest=select_one 性别 type=单选题 性别",
            "选项!A1 misspelt_column column=列表名 nearest=list_name",
            "选项!B1 misspelt_column column=选项值 nearest=name",
            "(选项!C1 misspelt_column column=选项文字 nearest=label)",
        ],
    );
    check(
        "| survey | 题型 | 变量名 | 题干 | 是否必填 |
         | | 填空题 | 姓名 | 您的姓名 | yes |
         | choices | 列表名 | 选项值 | 选项文字 |
         | | 性别 | 男 | 男 |",
        &[
            "survey!A1 misspelt_column column=题型 nearest=type",
            "survey!B1 misspelt_column column=变量名 nearest=name",
            "survey!C1 misspelt_column column=题干 nearest=label",
            "(survey!D1 misspelt_column column=是否必填 nearest=required)",
            "survey!A2 misspelt_type nearest=text type=填空题",
            "(choices!A1 misspelt_column column=列表名 nearest=list_name)",
            "choices!B1 misspelt_column column=选项值 nearest=name",
            "(choices!C1 misspelt_column column=选项文字 nearest=label)",
        ],
    );
    check(
        "| survey | type | name | label | relevant |
         | | 填空题 | 姓名 | 您的姓名 | |
         | | 单选题 性别 | 性别 | 性别 | |
         | | 数字 | 年龄 | 几岁 | |
         | | text | 电话号码 | 电话 | ${年纪} ＞ ６０ 并且 ${性别}＝“男” |
         | | note | 谢谢 | ${名姓}，谢谢。请留 ${电话} | |
         | | text | 备注 | 备注 | ${年龄} > 60 并且 ${性别} = '男人' |
         | choices | list_name | name | label |
         | | 性别 | 男 | 男 |
         | | 性别 | 女 | 女 |",
        &[
            "survey!A2 misspelt_type nearest=text type=填空题",
            "survey!A3 misspelt_type nearest=select_one 性别 type=单选题 性别",
            "survey!A4 misspelt_type nearest=integer type=数字",
            "survey!D5 misspelt_reference name=年纪 nearest=年龄",
            "survey!C6 misspelt_reference name=名姓 nearest=姓名",
            "survey!C6 misspelt_reference name=电话 nearest=电话号码",
            "survey!D7 other_notation found=并且 wanted=and",
        ],
    );
}

#[test]
fn flags_and_filters() {
    check_cell("text", "required", "必填", &["(survey!D5 not_yes_or_no found=必填)"]);
    check_cell("text", "required", "√", &["(survey!D5 not_yes_or_no found=√)"]);
    check_cell("text", "readonly", "是", &[]);
    check_cell("text", "required", "${a} > 1", &[]);
    check(
        "| survey | type | name | label | choice_filter |
         | | text | grid | G | |
         | | select_one l | a | A | gird = ${grid} and name != 'x' |
         | | select_one l | b | B | grid = ${grid} |
         | | select_one l | c | C | zone = ${grid} |
         | choices | list_name | name | label | grid |
         | | l | x | X | G01 |",
        &[
            "(survey!D3 misspelt_filter_column column=gird list=l nearest=grid)",
            "(survey!D5 unknown_filter_column column=zone list=l)",
        ],
    );
}

/// A warning in a cell does not hide an error there: what cannot be published says why.
#[test]
fn an_error_is_told_beside_a_warning() {
    check_cell(
        "text",
        "constraint",
        "regex(., '[') and . = 'a' and . = 'b'",
        &[
            "survey!D5 form.pattern pattern=[",
            "(survey!D5 constraint_never found=regex(., '[') and . = 'a' and . = 'b')",
        ],
    );
}
