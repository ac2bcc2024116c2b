//! What a form may be written in: every format gives the same form, and what cannot be read says why.
#![cfg(feature = "xlsform")]
#![expect(clippy::unwrap_used, reason = "a broken fixture may end a test")]

#[expect(dead_code, reason = "of the comparison only the shared folder is used here")]
mod support;

use std::io::{Cursor, Write};

use encoding_rs::GB18030;
use rust_xlsxwriter::{Format, Formula, Workbook as Writer, Worksheet};
use wasm_forms::xlsform::{self, Conversion};
use wasm_forms::{Diagnostic, Place, Severity};

const SURVEY: &[&[&str]] = &[
    &["type", "name", "label", "relevant"],
    &["text", "who", "姓名", ""],
    &["select_one mood", "mood", "今天心情“怎么样”？", "${who} != ''"],
];
const CHOICES: &[&[&str]] =
    &[&["list_name", "name", "label"], &["mood", "good", "好"], &["mood", "bad", "不好, 想聊聊"]];

/// Returns a diagnostic as `sheet!A1 code name=value …`, warnings in parentheses.
fn line(it: &Diagnostic) -> String {
    let place = match &it.place {
        Place::Cell { sheet, row, column } => format!("{sheet}!{column}{row} "),
        _ => String::new(),
    };
    let params: String = it.params.iter().map(|(key, value)| format!(" {key}={value}")).collect();
    let text = format!("{place}{}{params}", it.code);
    if it.severity == Severity::Warning { format!("({text})") } else { text }
}

fn lines(conversion: &Conversion) -> Vec<String> {
    conversion.diagnostics.iter().map(line).collect()
}

fn check(bytes: &[u8], expected: &[&str]) -> Conversion {
    let conversion = xlsform::convert(bytes, "visit");
    assert_eq!(lines(&conversion), expected);
    conversion
}

fn write(sheet: &mut Worksheet, name: &str, rows: &[&[&str]]) {
    sheet.set_name(name).unwrap();
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate().filter(|(_, it)| !it.is_empty()) {
            sheet.write(row as u32, column as u16, *cell).unwrap();
        }
    }
}

fn workbook(edit: impl FnOnce(&mut Worksheet, &mut Worksheet)) -> Vec<u8> {
    let (mut survey, mut choices) = (Worksheet::new(), Worksheet::new());
    write(&mut survey, "survey", SURVEY);
    write(&mut choices, "choices", CHOICES);
    edit(&mut survey, &mut choices);
    let mut writer = Writer::new();
    writer.push_worksheet(survey);
    writer.push_worksheet(choices);
    writer.save_to_buffer().unwrap()
}

fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Returns a workbook of a survey sheet that is written as XML.
fn workbook_of(rows: &str, others: &[(&str, &[u8])]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let book = format!(
        "<workbook xmlns='{MAIN}' xmlns:r='{OFFICE}'><sheets><sheet name='survey' sheetId='1' r:id='r'/></sheets></workbook>"
    );
    let links = format!(
        "<Relationships xmlns='{PACKAGE}/relationships'><Relationship Id='r' Type='{OFFICE}/worksheet' Target='worksheets/sheet1.xml'/><Relationship Id='s' Type='{OFFICE}/styles' Target='styles.xml'/></Relationships>"
    );
    let sheet = format!("<worksheet xmlns='{MAIN}'><sheetData>{rows}</sheetData></worksheet>");
    let root = format!(
        "<Relationships xmlns='{PACKAGE}/relationships'><Relationship Id='b' Type='{OFFICE}/officeDocument' Target='xl/workbook.xml'/></Relationships>"
    );
    let own: [(&str, &[u8]); 4] = [
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ];
    packed(&[&own[..], others].concat())
}

fn csv(rows: &[&[&str]], before: &str) -> String {
    let field = |it: &&str| {
        if it.contains([',', '"']) { format!("\"{}\"", it.replace('"', "\"\"")) } else { (*it).to_owned() }
    };
    rows.iter()
        .map(|row| format!("{before}{}\r\n", row.iter().map(field).collect::<Vec<_>>().join(",")))
        .collect()
}

fn all_in_one() -> String {
    format!("survey,,,\r\n{}\r\nchoices,,,\r\n{}", csv(SURVEY, ","), csv(CHOICES, ","))
}

#[test]
fn every_format_gives_the_same_form() {
    let expected = check(&workbook(|_, _| {}), &[]).xform.unwrap();
    let same = |bytes: &[u8]| assert_eq!(check(bytes, &[]).xform.unwrap(), expected);
    same(all_in_one().as_bytes());
    same(all_in_one().replace("survey,,,\r\n,type", "\"survey\",type").as_bytes());
    same(&packed(&[
        ("表单/survey.csv", csv(SURVEY, "").as_bytes()),
        ("表单/Choices.csv", csv(CHOICES, "").as_bytes()),
    ]));
    let row = |cells: &&[&str]| format!("|  | {} |\n", cells.join(" | "));
    let table =
        |name: &str, rows: &[&[&str]]| format!("| {name} |\n{}", rows.iter().map(row).collect::<String>());
    let markdown = format!("# 入户\n\n{}\n|---|---|\n{}", table("survey", SURVEY), table("choices", CHOICES));
    same(markdown.as_bytes());
}

#[test]
fn a_file_that_begins_with_the_header_is_the_survey() {
    let rows: &[&[&str]] = &[&["type", "name", "label"], &["text", "who", "姓名"]];
    let xform = check(csv(rows, "").as_bytes(), &[]).xform.unwrap();
    assert_eq!(check(csv(rows, "").replace(',', ";").as_bytes(), &[]).xform.unwrap(), xform);
    assert_eq!(check(csv(rows, "").replace(',', "\t").as_bytes(), &[]).xform.unwrap(), xform);
}

#[test]
fn text_files_are_read_in_the_encodings_that_spreadsheets_save() {
    let text = all_in_one();
    let expected = check(text.as_bytes(), &[]).xform.unwrap();
    let same = |bytes: &[u8]| assert_eq!(check(bytes, &[]).xform.unwrap(), expected);
    same(&[b"\xef\xbb\xbf", text.as_bytes()].concat());
    same(&[&b"\xff\xfe"[..], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat());
    same(&GB18030.encode(&text).0);
    check(&[text.as_bytes(), b"\xff\xff"].concat(), &["workbook.encoding"]);
    check(&packed(&[("survey.csv", b"type,name\xff\xff\n")]), &["survey!0 workbook.encoding"]);
}

/// A diagnostic names the row of the file, as a spreadsheet shows it, and its column.
#[test]
fn mistakes_in_a_file_of_several_sheets_have_their_place_in_the_file() {
    let text =
        "survey,,,\n,type,name,label\n,text,a,A\n,,,\n,note,b,\"two\nlines\"\n,txet,c,C\n,text,a,again\n";
    check(
        text.as_bytes(),
        &[
            "survey!B6 workbook.misspelt_type nearest=text type=txet",
            "survey!C7 workbook.duplicate_name name=a row=3",
        ],
    );
    let table = "| survey |\n| | type | name | label |\n|--|--|--|--|\n| | txet | c | C |\n";
    check(table.as_bytes(), &["survey!B4 workbook.misspelt_type nearest=text type=txet"]);
}

#[test]
fn values_of_formulas_are_used_and_missing_ones_named() {
    let bytes = workbook(|survey, _| {
        let formula = Formula::new("=CONCATENATE(\"几\",\"岁\")").set_result("几岁");
        survey.write_formula(1, 2, formula).unwrap();
    });
    assert!(check(&bytes, &[]).xform.unwrap().contains("<label>几岁</label>"));
    let text = |column: char, row: u8, text: &str| format!("<c r='{column}{row}' t='str'><v>{text}</v></c>");
    let header: String =
        [('A', "type"), ('B', "name"), ('C', "label")].map(|(at, it)| text(at, 1, it)).concat();
    let cells = |label: &str| {
        let row = format!("{}{}{label}", text('A', 2, "text"), text('B', 2, "who"));
        workbook_of(&format!("<row r='1'>{header}</row><row r='2'>{row}</row>"), &[])
    };
    check(&cells(&text('C', 2, "Who?")), &[]);
    check(&cells("<c r='C2'><f>A1&amp;B1</f><v></v></c>"), &["survey!C2 workbook.formula_without_value"]);
    // A formula may give an empty text.
    let empty = "<c r='D2' t='str'><f>IF(1,\"\")</f><v></v></c>";
    check(&cells(&(text('C', 2, "Who?") + empty)), &[]);
    check(
        &cells(&(text('C', 2, "Who?") + "<c r='B3' t='e'><f>1/0</f><v>#DIV/0!</v></c>")),
        &["survey!B3 workbook.cell_error found=#DIV/0!"],
    );
}

#[test]
fn macros_are_told_and_the_cells_read() {
    let row = "<row r='1'><c r='A1' t='str'><v>type</v></c><c r='B1' t='str'><v>name</v></c></row>\
               <row r='2'><c r='A2' t='str'><v>start</v></c><c r='B2' t='str'><v>start</v></c></row>";
    let bytes = workbook_of(row, &[("xl/vbaProject.bin", b"Sub Evil()")]);
    assert!(check(&bytes, &["(workbook.macros)"]).xform.unwrap().contains("<start/>"));
}

#[test]
fn merged_cells_count_where_they_can_mean_one_thing() {
    let plain = check(&workbook(|_, _| {}), &[]).xform;
    let format = Format::new();
    let merged = workbook(|_, choices| {
        choices.merge_range(1, 0, 2, 0, "mood", &format).unwrap();
    });
    assert_eq!(check(&merged, &[]).xform, plain);
    // Above nothing but empty rows, merged cells are decoration.
    let decorated = workbook(|survey, _| {
        survey.merge_range(2, 3, 9, 3, "${who} != ''", &format).unwrap();
    });
    assert_eq!(check(&decorated, &[]).xform, plain);
    let doubtful = workbook(|survey, _| {
        survey.merge_range(1, 3, 2, 3, "1 = 1", &format).unwrap();
    });
    check(&doubtful, &["survey!D2 workbook.merged_cells found=D2:D3"]);
    let header = workbook(|survey, _| {
        survey.merge_range(0, 2, 0, 3, "label", &format).unwrap();
    });
    check(&header, &["survey!C1 workbook.merged_cells found=C1:D1"]);
}

#[test]
fn what_stands_far_off_is_left_out_and_told() {
    let bytes = workbook(|survey, choices| {
        survey.write(64, 0, "text").unwrap();
        survey.write(64, 1, "late").unwrap();
        choices.write(0, 30, "forgotten").unwrap();
    });
    check(
        &bytes,
        &["(survey!65 workbook.after_gap found=text)", "(choices!AE1 workbook.after_gap found=forgotten)"],
    );
}

#[test]
fn protected_workbooks_say_so() {
    let wide = |name: &str| name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let ole = [&b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..], &[0; 600], &wide("EncryptedPackage")].concat();
    check(&ole, &["workbook.password"]);
}

/// The record that says so stands right behind the beginning of an old workbook's stream.
#[test]
fn protected_old_workbooks_say_so() {
    let Some(folder) = support::shared("conformance/xlsform/files") else { return };
    const BEGIN: &[u8] = b"\x09\x08\x10\x00\x00\x06\x05\x00";
    let mut bytes = std::fs::read(folder.join("group.xls")).unwrap();
    assert!(xlsform::convert(&bytes, "visit").xform.is_some());
    let begin = bytes.windows(BEGIN.len()).position(|it| it == BEGIN).unwrap();
    bytes[begin + 20] = 0x2f;
    bytes[begin + 21] = 0;
    check(&bytes, &["workbook.password"]);
}

#[test]
fn what_is_too_much_is_refused_quickly() {
    let long = |n_rows: usize| "survey,,\n,type,name\n".to_owned() + &",note,n\n".repeat(n_rows);
    check(long(1_000_000).as_bytes(), &["workbook.too_many_rows limit=50000"]);
    check(long(60_000).as_bytes(), &["survey!0 workbook.too_many_rows limit=50000"]);
    let wide = format!("survey,{}\n", vec!["a"; 600].join(","));
    check(wide.as_bytes(), &["survey!0 workbook.too_many_columns limit=500"]);
    let zeros = vec![b'0'; 1 << 20];
    let bomb: Vec<(String, &[u8])> =
        (0..=(xlsform::MAX_UNPACKED_BYTES >> 20)).map(|it| (format!("{it}.csv"), &zeros[..])).collect();
    let bomb: Vec<(&str, &[u8])> = bomb.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    check(&packed(&bomb), &["workbook.too_large limit=64 MB"]);
}

#[test]
fn what_is_no_workbook_says_so() {
    let no = |bytes: &[u8]| drop(check(bytes, &["workbook.not_a_workbook"]));
    no(b"");
    no("关于入户走访的通知\n".as_bytes());
    no(b"a,b,c\n1,2,3\n");
    no(b"{\"type\": \"survey\"}");
    no(&packed(&[("readme.txt", b"survey")]));
    no(b"| a | b |\n| 1 | 2 |\n");
    check(b"survey,,\n,type,name\n", &["survey!0 workbook.empty_survey"]);
}

/// What a sheet says of where its cells stand is not believed.
#[test]
fn cells_beyond_counting_are_no_workbook() {
    let cell = |at: &str| workbook_of(&format!("<row r='1'><c r='{at}'><v>1</v></c></row>"), &[]);
    for at in [&"A".repeat(20), "A0", "A99999999999", "1", ""] {
        check(&cell(at), &["workbook.not_a_workbook"]);
    }
    check(&cell("ZZZ1"), &["survey!0 workbook.too_many_columns limit=500"]);
    check(&cell("A1048576"), &["survey!0 workbook.too_many_rows limit=50000"]);
}

#[test]
fn cells_need_not_say_where_they_stand() {
    let text = |it: &str| format!("<c t='inlineStr'><is><t>{it}</t></is></c>");
    let row = |cells: [&str; 3]| format!("<row>{}</row>", cells.map(text).concat());
    let rows = row(["type", "name", "label"]) + "<row/>" + &row(["txet", "who", "Who?"]);
    check(&workbook_of(&rows, &[]), &["survey!A3 workbook.misspelt_type nearest=text type=txet"]);
}

#[test]
fn dates_are_told_by_their_format() {
    let text = |at: &str, it: &str| format!("<c r='{at}' t='str'><v>{it}</v></c>");
    let header = ["type", "name", "label", "default"].iter().zip(["A1", "B1", "C1", "D1"]);
    let header: String = header.map(|(it, at)| text(at, it)).collect();
    let cells = text("A2", "text") + &text("B2", "who") + &text("C2", "Who?");
    let default = |value: &str, style: &str| {
        let rows = format!("<row>{header}</row><row>{cells}<c r='D2' s='{style}'><v>{value}</v></c></row>");
        let styles = "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='yyyy&quot;年&quot;m&quot;月&quot;'/></numFmts>\
                      <cellXfs><xf numFmtId='0'/><xf numFmtId='164'/><xf numFmtId='21'/></cellXfs></styleSheet>";
        let bytes = workbook_of(&rows, &[("xl/styles.xml", styles.as_bytes())]);
        let xform = check(&bytes, &[]).xform.unwrap();
        let (_, after) = xform.split_once("<who>").unwrap();
        after.split_once("</who>").unwrap().0.to_owned()
    };
    assert_eq!(default("46347", "0"), "46347");
    assert_eq!(default("46347", "1"), "2026-11-21");
    assert_eq!(default("46347.5", "1"), "2026-11-21 12:00:00");
    assert_eq!(default("0.25", "2"), "06:00:00");
    assert_eq!(default("1E3", "0"), "1000");
    assert_eq!(default("007", "0"), "7");
}

#[test]
fn external_choices_come_as_a_file_of_their_own() {
    let bytes = "| survey |\n| | type | name | label | choice_filter |\n| | text | province | P | |\n\
                 | | select_one_external city | city | C | province=${province} |\n\
                 | external_choices |\n| | list_name | name | label | province |\n| | city | 1 | \"One\" | p |\n| | city | 2 | Two | |\n";
    let conversion = check(bytes.as_bytes(), &[]);
    assert_eq!(
        conversion.itemsets.unwrap(),
        "\"list_name\",\"name\",\"label\",\"province\"\r\n\"city\",\"1\",\"\"\"One\"\"\",\"p\"\r\n\"city\",\"2\",\"Two\",\"\"\r\n"
    );
    assert!(
        conversion.xform.unwrap().contains("query=\"instance('city')/root/item[province= /data/province ]\"")
    );
    assert_eq!(check(&workbook(|_, _| {}), &[]).itemsets, None);
}
