//! What a workbook with mistakes is answered with: every mistake at once, each with its cell and a text.
#![cfg(feature = "xlsform")]
#![expect(clippy::unwrap_used, reason = "a broken fixture may end a test")]

#[path = "support/texts.rs"]
mod texts;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook as Writer};
use wasm_forms::xlsform::{self, Options, Sheet, Workbook, check_tables};
use wasm_forms::{Diagnostic, Place, Severity};

/// Returns the workbook's bytes; each sheet is its name and its rows, the header first.
fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut writer = Writer::new();
    for (name, rows) in sheets {
        let sheet = writer.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, cells) in rows.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                sheet.write(row as u32, column as u16, *cell).unwrap();
            }
        }
    }
    writer.save_to_buffer().unwrap()
}

/// Returns a diagnostic as `sheet!A1 code name=value …`, warnings in parentheses.
fn line(it: &Diagnostic) -> String {
    let place = match &it.place {
        Place::Cell { sheet, row, column } => format!("{sheet}!{column}{row}"),
        other => format!("{other:?}"),
    };
    let params: String = it.params.iter().map(|(key, value)| format!(" {key}={value}")).collect();
    let text = format!("{place} {}{params}", it.code);
    if it.severity == Severity::Warning { format!("({text})") } else { text }
}

#[test]
fn six_mistakes_are_listed_at_once() {
    let bytes = workbook(&[
        (
            "survey",
            &[
                &["type", "name", "label", "relevant", "calculation"],
                &["text", "full_name", "姓名"],
                &["integr", "age", "年龄"],
                &["select_one yesno", "agree", "同意吗？"],
                &["text", "full_name", "再问一次"],
                &["note", "thanks", "谢谢 ${ful_name}", "${age} ＞ 60"],
                &["calculate", "score", "", "", "concatt(${age}, '岁')"],
                &["begin_group", "last", "最后"],
            ],
        ),
        ("choices", &[&["list_name", "name", "label"], &["yes_no", "yes", "是"], &["yes_no", "no", "否"]]),
    ]);
    let conversion = xlsform::check(&bytes, "visit");
    let found: Vec<String> = conversion.diagnostics.iter().map(line).collect();
    assert_eq!(
        found,
        [
            "survey!A3 workbook.misspelt_type nearest=integer type=integr",
            "survey!A4 workbook.misspelt_list list=yesno nearest=yes_no",
            "survey!B5 workbook.duplicate_name name=full_name row=2",
            "survey!C6 workbook.misspelt_reference name=ful_name nearest=full_name",
            "(survey!D6 workbook.full_width found=${age} ＞ 60 used=${age} > 60)",
            "survey!E7 workbook.misspelt_function function=concatt nearest=concat",
            "survey!B8 workbook.group_not_closed name=last type=end_group",
        ]
    );
    assert_eq!(conversion.xform, None);
}

#[test]
fn a_workbook_of_a_chinese_input_method_converts() {
    let bytes = workbook(&[(
        "survey",
        &[
            &["ＴＹＰＥ", "Name", "label：：中文（zh）", "Relevant"],
            &["integer", "age", "几岁？"],
            &["text", "姓名", "姓名", "if（${age}＞＝６０，‘是’，'（否）'） ＝ “是”"],
        ],
    )]);
    let conversion = xlsform::check(&bytes, "visit");
    let found: Vec<String> = conversion.diagnostics.iter().map(line).collect();
    assert_eq!(
        found,
        [
            "(survey!A1 workbook.full_width found=ＴＹＰＥ used=TYPE)",
            "(survey!C1 workbook.full_width found=label：：中文（zh） used=label::中文 (zh))",
            "(survey!D3 workbook.full_width found=if（${age}＞＝６０，‘是’，'（否）'） ＝ “是” \
             used=if(${age}>=60,'是','（否）') = \"是\")",
        ]
    );
    let xform = conversion.xform.unwrap();
    assert!(xform.contains(r#"relevant="if( /data/age &gt;=60,'是','（否）') = &quot;是&quot;""#), "{xform}");
    assert!(xform.contains(r#"<translation lang="中文 (zh)">"#), "{xform}");
}

/// Signs of a Chinese input method, wherever they can mean one thing; and texts as they were written.
#[test]
fn full_width_signs_are_read_and_told() {
    check(
        &[
            (
                "survey",
                "type|name|label|constraint|default|parameters|trigger\n\
                 select_one　ｌ１|ａｇｅ|他说“好”（１）|．＜＝“９”|||\n\
                 date|day|几号？||ｔｏｄａｙ（）||\n\
                 image|photo|照片|||max-pixels＝１０２４|\n\
                 text|note|${ａge} 岁，＄｛age｝||（无）||\n\
                 text|other|又 ${age}||||＄｛note｝",
            ),
            ("choices", "list_name|name|label\nl１|１|一（１）"),
        ],
        &[
            "(survey!A2 workbook.full_width found=select_one　ｌ１ used=select_one l1)",
            "(survey!B2 workbook.full_width found=ａｇｅ used=age)",
            "(survey!D2 workbook.full_width found=．＜＝“９” used=.<=\"９\")",
            "(survey!E3 workbook.full_width found=ｔｏｄａｙ（） used=today())",
            "(survey!F4 workbook.full_width found=max-pixels＝１０２４ used=max-pixels=1024)",
            "(survey!C5 workbook.full_width found=${ａge} 岁，＄｛age｝ used=${age} 岁，＄｛age｝)",
            "(survey!C5 workbook.full_width_reference found=＄｛age｝)",
            "(survey!G6 workbook.full_width found=＄｛note｝ used=${note})",
            "(choices!A2 workbook.full_width found=l１ used=l1)",
            "(choices!B2 workbook.full_width found=１ used=1)",
        ],
    );
}

#[test]
fn cells_are_read_as_typed() {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet();
    sheet.set_name("survey").unwrap();
    for (column, header) in ["type", "name", "label", "default", "required"].iter().enumerate() {
        sheet.write(0, column as u16, *header).unwrap();
    }
    sheet.write(1, 0, "date").unwrap();
    sheet.write(1, 1, "day").unwrap();
    sheet.write(1, 2, 3.0).unwrap();
    let format = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_with_format(1, 3, ExcelDateTime::from_ymd(2026, 11, 21).unwrap(), &format).unwrap();
    sheet.write(1, 4, true).unwrap();
    let xform = xlsform::convert(&writer.save_to_buffer().unwrap(), "visit").xform.unwrap();
    assert!(xform.contains("<day>2026-11-21</day>"), "{xform}");
    assert!(xform.contains(r#"required="true()""#), "{xform}");
    assert!(xform.contains("<label>3</label>"), "{xform}");
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let code = |bytes: &[u8]| xlsform::convert(bytes, "visit").diagnostics[0].code.clone();
    assert_eq!(code(&vec![0; xlsform::MAX_FILE_BYTES + 1]), "workbook.too_large");

    let mut writer = Writer::new();
    let sheet = writer.add_worksheet();
    sheet.set_name("survey").unwrap();
    sheet.write(0, 0, "type").unwrap();
    sheet.write(1_000_000, 0, "text").unwrap();
    assert_eq!(code(&writer.save_to_buffer().unwrap()), "workbook.too_many_rows");

    let mut writer = Writer::new();
    let sheet = writer.add_worksheet();
    sheet.set_name("survey").unwrap();
    sheet.write(0, 16_000, "type").unwrap();
    assert_eq!(code(&writer.save_to_buffer().unwrap()), "workbook.too_many_columns");

    assert_eq!(code(&bomb()), "workbook.too_large");
}

/// An archive of a few hundred kilobytes that unpacks to more than is allowed.
fn bomb() -> Vec<u8> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let zeros = vec![0_u8; 1 << 20];
    for _ in 0..=(xlsform::MAX_UNPACKED_BYTES >> 20) {
        archive.write_all(&zeros).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Checks the diagnostics of sheets written as lines of cells separated by `|`.
fn check(sheets: &[(&str, &str)], expected: &[&str]) {
    let cells = |line: &str| line.split('|').map(|it| it.trim().to_owned()).collect::<Vec<_>>();
    let sheets = sheets.iter().map(|(name, text)| {
        let mut lines = text.lines().map(cells);
        Sheet { name: (*name).to_owned(), header: lines.next().unwrap_or_default(), rows: lines.collect() }
    });
    let conversion = check_tables(&Workbook { sheets: sheets.collect() }, &Options::default());
    conversion.diagnostics.iter().for_each(texts::check_text);
    let found: Vec<String> = conversion.diagnostics.iter().map(line).collect();
    assert_eq!(found, expected);
    let has_error = conversion.diagnostics.iter().any(|it| it.severity == Severity::Error);
    assert_eq!(conversion.xform.is_none(), has_error);
}

#[test]
fn mistakes_of_the_survey() {
    let survey = |text: &str, expected: &[&str]| check(&[("survey", text)], expected);
    survey("type|name|label\ntext||Q", &["survey!B2 workbook.missing_name type=text"]);
    survey("type|name|label\n|q|Q", &["survey!A2 workbook.missing_type name=q"]);
    survey("type|name|label\ntext|1q|Q", &["survey!B2 workbook.bad_name found=1q"]);
    survey("type|name|label\ntext|q|", &["survey!C2 workbook.missing_label name=q"]);
    survey("type|name|label|calculation\ncalculate|q|", &["survey!D2 workbook.missing_calculation name=q"]);
    survey("type|name|label\nend_group||", &["survey!A2 workbook.end_without_begin found=end_group"]);
    survey("name|label\nq|Q", &["survey!1 workbook.missing_column column=type"]);
    survey("type|name|label", &["survey!0 workbook.empty_survey"]);
    survey("", &["survey!0 workbook.empty_survey"]);
    survey("type|name|lable\ntext|q|Q", &["survey!C1 workbook.misspelt_column column=lable nearest=label"]);
    survey("type|name|label\ntext|q|${q", &["survey!C2 workbook.malformed_reference found=${q wanted=${q}"]);
    survey("type|name|label|relevant\ntext|q|Q|(1 = 2", &["survey!D2 workbook.unbalanced found=(1 = 2"]);
    survey(
        "type|name|label|parameters\nimage|q|Q|max-pixel=5",
        &[
            "survey!D2 workbook.misspelt_parameter nearest=max-pixels parameter=max-pixel wanted=app, max-pixels",
        ],
    );
    survey("type|name|label|save_to\ntext|q|Q|name", &["survey!D2 workbook.save_to_without_entity"]);
    survey("type|name|label\nselect_one a|q|Q", &["survey!A2 workbook.missing_choices sheet=choices"]);
}

#[test]
fn mistakes_of_other_sheets() {
    let survey = ("survey", "type|name|label\nselect_one a|q|Q");
    check(
        &[survey, ("choices", "list_name|name|label\na|1|One\na|1|Two\na||None")],
        &[
            "choices!B3 workbook.duplicate_choice list=a name=1 row=2",
            "choices!B4 workbook.choice_without_name list=a",
        ],
    );
    check(
        &[survey, ("choice", "list_name|name|label\na|1|One")],
        &["survey!A2 workbook.misspelt_sheet nearest=choice sheet=choices"],
    );
    check(
        &[("servey", "type|name|label"), ("choices", "")],
        &["servey!0 workbook.empty_survey", "servey!0 workbook.misspelt_sheet nearest=servey sheet=survey"],
    );
    let saved = ("survey", "type|name|label|save_to\ntext|q|Q|phone");
    check(
        &[saved, ("entities", "list_name|update_if|label\nresidents|true()|x")],
        &[
            "entities!2 workbook.entity_without_id list=residents",
            "(entities!C2 workbook.unknown_word found=x)",
        ],
    );
    check(
        &[saved, ("entities", "list_name|label\nresidents|${p}")],
        &["entities!B2 workbook.unknown_reference name=p"],
    );
    check(
        &[("survey", "type|name|label::中文 (zh)|label::English (en)|hint::中文 (zh)\ntext|q|问|Ask|答")],
        &["(survey!E1 workbook.missing_translation column=hint language=English (en))"],
    );
}

#[test]
fn references_are_to_what_somebody_answers() {
    check(
        &[("survey", "type|name|label\ncsv-external|people|\nnote|n|${people}")],
        &["survey!C3 workbook.unknown_reference name=people"],
    );
    check(
        &[("survey", "type|name|label|choice_filter\ntext|a|A|\nselect_one ${b}|q|Q|")],
        &["survey!A3 workbook.unknown_reference name=b"],
    );
}

/// Old workbooks have the form's title and id in rows of the survey.
#[test]
fn settings_may_stand_in_the_survey() {
    let cells = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let rows = [&["form_title", "入户"][..], &["form_id", "visit"], &["text", "a", "A"]].map(cells);
    let sheet =
        Sheet { name: "survey".to_owned(), header: cells(&["type", "name", "label"]), rows: rows.to_vec() };
    let xform =
        xlsform::convert_tables(&Workbook { sheets: vec![sheet] }, &Options::default()).xform.unwrap();
    assert!(xform.contains("<h:title>入户</h:title>") && xform.contains("<data id=\"visit\">"), "{xform}");
}

/// What a form works with all the same.
#[test]
fn notices() {
    check(
        &[(
            "survey",
            "type|name|label|appearance|parameters\nimage|a|A||\nimage|b|B|signature|\nimage|c|C||max-pixels=9",
        )],
        &["(survey!E2 workbook.large_images name=a)"],
    );
    check(
        &[("survey", "type|name|label\nsimserial|sim|"), ("setings", "form_id\nx")],
        &[
            "(survey!A2 workbook.outdated_type type=simserial)",
            "(setings!0 workbook.misspelt_sheet nearest=setings sheet=settings)",
        ],
    );
    check(&[("survey", "type|name|label\nnote|n|N"), ("_settings", "form_id\nx"), ("说明", "")], &[]);
    check(
        &[
            ("survey", "type|name|label::中文\nselect_one l or_other|a|甲"),
            ("choices", "list_name|name|label::中文\nl|1|一"),
        ],
        &[
            "(survey!C1 workbook.language_without_code language=中文)",
            "(survey!A2 workbook.other_untranslated name=a)",
        ],
    );
}

/// A group of a flat form orders the screen and is not submitted.
#[test]
fn groups_of_a_flat_form_are_not_submitted() {
    let sheet = |name: &str, rows: &[&[&str]]| {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|it| it.iter().map(|it| (*it).to_owned()).collect()).collect();
        Sheet { name: name.to_owned(), header: rows[0].clone(), rows: rows[1..].to_vec() }
    };
    let form = |inner: &str| {
        let survey = sheet(
            "survey",
            &[
                &["type", "name", "label", "relevant"],
                &["text", "a", "A", ""],
                &["begin_group", "g", "G", "${a} = '1'"],
                &["begin_group", "h", "", "${a} = '2'"],
                &["text", inner, "B", "${a} = '3'"],
                &["end_group", "", "", ""],
                &["end_group", "", "", ""],
            ],
        );
        let settings = sheet("settings", &[&["flat"], &["yes"]]);
        xlsform::convert_tables(&Workbook { sheets: vec![survey, settings] }, &Options::default())
    };
    let xform: String = form("b").xform.unwrap().lines().map(str::trim).collect();
    for part in [
        "<data id=\"data\"><a/><b/><meta>",
        "<group><label>G</label><group><input ref=\"/data/b\">",
        "<bind nodeset=\"/data/b\" type=\"string\" relevant=\" /data/a  = '1' and ( /data/a  = '2') and ( /data/a  = '3')\"/>",
    ] {
        assert!(xform.contains(part), "{part} is not in {xform}");
    }
    assert_eq!(
        form("a").diagnostics.iter().map(line).collect::<Vec<_>>(),
        ["survey!B5 workbook.duplicate_name name=a row=2",]
    );
}

#[test]
fn every_code_has_a_text_in_every_language() {
    let read =
        |text: &str| -> std::collections::BTreeMap<String, String> { serde_json::from_str(text).unwrap() };
    for texts in [
        read(include_str!("../../web/src/i18n/codes.zh-CN.json")),
        read(include_str!("../../web/src/i18n/codes.en.json")),
    ] {
        for code in xlsform::CODES {
            assert!(texts.get(*code).is_some_and(|it| !it.is_empty()), "{code} has no text");
        }
        for code in texts.keys().filter(|it| it.starts_with("workbook.")) {
            assert!(xlsform::CODES.contains(&code.as_str()), "nobody gives {code}");
        }
    }
    assert!(xlsform::CODES.is_sorted(), "codes are in alphabetical order");
}
