//! Files as people send them, from bytes to preview.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use wasm_forms::{Diagnostic, Place};

use super::*;
use crate::demo::{Community, ListTable, Plan, generate};

const GRIDS: [(&str, &str); 2] = [("G01", "第 1 网格"), ("G02", "第 2 网格")];
/// Two invented people with valid numbers.
const FIRST: &str = "880101195203150032";
const SECOND: &str = "88010119400101138X";

fn checked(file: RegisterFile) -> Checked {
    let grids = GRIDS.map(|(id, label)| (id.to_owned(), label.to_owned())).into();
    let mut n_keys = 0;
    let mut new_key = || {
        n_keys += 1;
        format!("new-{n_keys}")
    };
    let key_of_id_number = |number: &str| (number == SECOND).then(|| "known-2".to_owned());
    check(file, &mut Known { grids: &grids, key_of_id_number: &key_of_id_number, new_key: &mut new_key })
}

fn cell_name(place: &Place) -> String {
    match place {
        Place::Cell { row, column, .. } => format!("{column}{row}"),
        other => panic!("{other:?} is no cell"),
    }
}

fn shown(problem: &Diagnostic) -> String {
    let params: Vec<String> = problem.params.values().filter(|it| !it.is_empty()).cloned().collect();
    format!("{} {} {}", cell_name(&problem.place), problem.code, params.join(" ")).trim_end().to_owned()
}

/// Reads and checks a text; says each problem and the keys of the good rows.
fn check_csv(bytes: &[u8], expected: &[&str]) -> Vec<CheckedRow> {
    let (problems, rows) = match read(bytes, &mut |_, _| {}) {
        Ok(file) => {
            let checked = checked(file);
            (checked.problems.iter().map(shown).collect(), checked.rows)
        }
        Err(error) => (vec![error.code().to_owned()], Vec::new()),
    };
    assert_eq!(problems, expected, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(300)]));
    rows
}

#[test]
fn the_numbers_used_here_are_valid() {
    for number in [FIRST, SECOND] {
        assert!(wasm_forms::validate::IdCard::parse(number).is_ok(), "{number}");
    }
}

#[test]
fn chinese_titles_and_spellings_are_read() {
    let text = format!(
        "\u{feff}XX社区居民台账,,,,,,\n序号,姓 名,身份证号（必填）,出生日期,联系电话,所属网格,待遇类别,上次认证\n\
         1,阿依古丽 • 买买提,{},1952年3月15日,154 0000 0001,第1网格,企业退休,2026/1/5\n",
        FIRST.replace("0032", " ００３２")
    );
    let rows = check_csv(text.as_bytes(), &["3 register.unknown_division 1"]);
    let fields: Vec<String> = rows[0].fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        fields,
        [
            "full_name=阿依古丽·买买提",
            "id_number=880101195203150032",
            "birth_date=1952-03-15",
            "phone=15400000001",
            "grid=G01",
            "benefit_kind=employee",
            "cert_last=2026-01-05",
            "id_last4=0032",
            "id_masked=880101********0032",
        ]
    );
    assert_eq!((rows[0].key.as_str(), rows[0].number), ("new-1", 3));
    assert_eq!(rows[0].defaults, [("id_type", "resident_id".to_owned()), ("sex", "m".to_owned())]);
}

#[test]
fn every_wrong_cell_is_named() {
    let text = format!(
        "name,full_name,id_number,birth_date,sex,grid,phone,cert_cycle_months,爱好\n\
         A1,甲,{FIRST},1952-03-15,m,G01,15400000001,12,\n\
         A2,,,,,,,,\n\
         A3,丙,880101195203150031,,,,,,\n\
         A4,丁,88010119520315,1952-02-30,,,,,\n\
         A5,戊,,,x,G03,没有,99,\n\
         A1,己,,,,,,,\n\
         ,庚,,,,,,,\n\
         A8,辛,{FIRST},,,,,,\n\
         A9,壬,{SECOND},,,,,,\n\
         ,癸,{SECOND},1941-01-01,m,,,,\n"
    );
    let rows = check_csv(
        text.as_bytes(),
        &[
            "I1 register.unknown_column 爱好",
            "B3 register.missing_name",
            "C4 register.bad_id_number 1 id_card.checksum 2",
            "D5 register.bad_date 1952-02-30",
            "C5 register.bad_id_number 14 id_card.length",
            "E6 register.bad_value x 男、女",
            "F6 register.unknown_grid G03 G01",
            "G6 register.bad_phone 没 1 phone.digit",
            "H6 register.bad_value 99 0–60",
            "A7 register.duplicate_key 2",
            "A8 register.missing_key",
            "C9 register.duplicate_id_number 2",
            "C10 register.id_number_taken known-2",
            "D11 register.birth_date_differs 1941-01-01 1940-01-01",
            "E11 register.sex_differs",
            "C11 register.duplicate_id_number 10",
            "2 register.unknown_division 4",
        ],
    );
    assert_eq!(rows.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["A1"]);
}

#[test]
fn encodings_and_separators_are_found_out() {
    let text = format!("姓名\t证件号\t住址\r\n王𬭎\t{SECOND}\t\"一, 二\n三\"\r\n\r\n李四\t\t\r\n");
    let expected = ["4 register.missing_key", "2 register.unknown_division 1"];
    let gb18030 = encoding_rs::GB18030.encode(&text).0.into_owned();
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for bytes in [text.as_bytes(), &gb18030, &utf16, text.replace('\t', ";").as_bytes()] {
        let rows = check_csv(bytes, &expected);
        assert_eq!(rows[0].key, "known-2", "matched by identity number");
        assert_eq!((rows[0].field("full_name"), rows[0].field("address")), (Some("王𬭎"), Some("一, 二 三")));
    }
}

#[test]
fn what_is_no_register_is_refused() {
    let check = |bytes: &[u8], code: &str| drop(check_csv(bytes, &[code]));
    check(b"", "register.empty");
    check(b"\n\n", "register.empty");
    check("姓名,证件号\n".as_bytes(), "register.empty");
    check(b"a,b\n1,2\n", "register.not_a_register");
    check("姓名,住址\n王五,一号楼\n".as_bytes(), "register.missing_column");
    check(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1], "register.old_workbook");
    check(b"PK\x03\x04 cut short", "register.unreadable");
    check(&[0x89, b'P', b'N', b'G', 0xff, 0xfe, 0x00, 0x80, 0x01], "register.encoding");
    let wide = format!("姓名,证件号{}\n", ",x".repeat(300));
    check(wide.as_bytes(), "register.too_many_columns");
    let long = format!("姓名,证件号\n甲,{}\n", "1".repeat(5000));
    check(long.as_bytes(), "register.too_large");
    let many = format!("姓名,证件号\n{}", "甲,1\n".repeat(MAX_ROWS + 1));
    check(many.as_bytes(), "register.too_many_rows");
}

#[test]
fn an_archive_that_unpacks_without_end_is_refused() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..3 {
        archive.write_all(&zeros).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    assert!(bytes.len() < 1 << 16, "{} bytes", bytes.len());
    assert_eq!(sheet::check_unpacked_size(&bytes, 3 << 20), Ok(()));
    assert_eq!(sheet::check_unpacked_size(&bytes, (3 << 20) - 1), Err(RegisterError::TooLarge));
}

#[test]
fn workbooks_with_dates_numbers_and_other_sheets_are_read() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("说明").unwrap().write(0, 0, "填写说明").unwrap();
    let sheet = workbook.add_worksheet().set_name("居民").unwrap();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    for (column, title) in ["姓名", "证件号", "出生日期", "电话", "上次认证", "备注"].iter().enumerate()
    {
        sheet.write(1, column as u16, *title).unwrap();
    }
    sheet.write(2, 0, "王五").unwrap();
    sheet.write(2, 1, FIRST).unwrap();
    sheet.write_with_format(2, 2, ExcelDateTime::from_ymd(1952, 3, 15).unwrap(), &day).unwrap();
    sheet.write(2, 3, 15_400_000_001_f64).unwrap();
    sheet.write(2, 4, 46_000).unwrap();
    sheet.write(2, 5, "-").unwrap();
    sheet.write(4, 0, "李四").unwrap();
    sheet.write(4, 1, 880_101_195_203_150_032_i64 as f64).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let mut calls = Vec::new();
    let file = read(&bytes, &mut |done, total| calls.push((done, total))).unwrap();
    assert_eq!((file.sheet.as_str(), file.header_row), ("居民", 2));
    assert_eq!(calls.last(), Some(&(2, 2)));
    let checked = checked(file);
    let problems: Vec<String> = checked.problems.iter().map(shown).collect();
    assert_eq!(problems, ["B5 register.rounded_number", "3 register.unknown_division 1"]);
    let row = &checked.rows[0];
    assert_eq!(row.field("birth_date"), Some("1952-03-15"));
    assert_eq!(row.field("phone"), Some("15400000001"));
    assert_eq!(row.field("cert_last"), Some("2025-12-09"));
    assert_eq!(row.field("care_note"), Some(""), "a dash empties the field");
}

#[test]
fn a_preview_says_what_would_change() {
    let text =
        format!("name,full_name,id_number,phone,住址\nA1,甲,{FIRST},15400000001,\n,乙,{SECOND},-,一号楼\n");
    let checked = checked(read(text.as_bytes(), &mut |_, _| {}).unwrap());
    let register: BTreeMap<&str, BTreeMap<String, String>> = [(
        "known-2",
        [
            ("full_name", "乙"),
            ("id_number", SECOND),
            ("phone", "15400000002"),
            ("sex", "m"),
            ("address", "二号楼"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
    )]
    .into();
    let preview = diff(&|key| register.get(key).cloned(), &checked);
    assert_eq!((preview.n_new, preview.n_changed, preview.n_unchanged, preview.n_bad), (1, 1, 0, 0));
    let said: Vec<String> = preview.changes[1]
        .fields
        .iter()
        .map(|it| format!("{}: {} → {}", it.name, it.before, it.after))
        .filter(|it| !it.starts_with("id_"))
        .collect();
    assert_eq!(said, ["phone: 15400000002 → ", "address: 二号楼 → 一号楼"]);
    assert_eq!(
        (preview.changes[1].kind, preview.changes[1].label.as_str()),
        (ChangeKind::Changed, "乙 · 一号楼")
    );
    assert!(preview.changes[0].fields.iter().any(|it| it.name == "birth_date" && it.after == "1952-03-15"));
}

#[test]
fn damaged_files_are_refused_or_read_but_never_break() {
    let Community { residents, .. } = generate(Plan::small(jiff::civil::date(2026, 11, 21)));
    let mut rng = crate::demo::rng::Rng::stream(1, "damage", 0);
    let unpacked = |list: &ListTable| {
        let mut archive = zip::ZipArchive::new(Cursor::new(workbook_of(list))).unwrap();
        let mut parts = Vec::new();
        for index in 0..archive.len() {
            let mut part = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut part, &mut content).unwrap();
            parts.push((part.name().unwrap().into_owned(), content));
        }
        parts
    };
    let (whole, parts) = (workbook_of(&residents), unpacked(&residents));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let (mut n_read, mut n_refused) = (0, 0);
    for round in 0..60 {
        let bytes = if round % 3 == 0 {
            // Damage that the archive's own checksums find.
            let mut bytes = whole.clone();
            for _ in 0..3 {
                let at = rng.between(4, bytes.len() as i64 - 1) as usize;
                bytes[at] = rng.between(0, 255) as u8;
            }
            bytes
        } else {
            // Damage inside a part, under right checksums.
            let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
            let broken = rng.between(0, parts.len() as i64 - 1) as usize;
            for (index, (name, content)) in parts.iter().enumerate() {
                archive.start_file(name, stored).unwrap();
                let mut content = content.clone();
                for _ in 0..if index == broken { 4 } else { 0 } {
                    let at = rng.between(0, content.len() as i64 - 1) as usize;
                    content[at] = *rng.pick(b"<>/\"&9A \0");
                }
                archive.write_all(&content).unwrap();
            }
            archive.finish().unwrap().into_inner()
        };
        match read(&bytes, &mut |_, _| {}) {
            Ok(_) => n_read += 1,
            Err(error) => {
                assert!(CODES.contains(&error.code()));
                n_refused += 1;
            }
        }
    }
    assert!(n_refused > 5 && n_read > 5, "{n_read} read, {n_refused} refused");
}

/// The invented register as a workbook.
fn workbook_of(list: &ListTable) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, title) in list.columns.iter().enumerate() {
        sheet.write(0, column as u16, *title).unwrap();
    }
    for (row, cells) in list.rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate().filter(|it| !it.1.is_empty()) {
            sheet.write(row as u32 + 1, column as u16, cell).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn an_invented_register_comes_back_whole() {
    let Community { residents, .. } = generate(Plan::small(jiff::civil::date(2026, 11, 21)));
    let file = read(&workbook_of(&residents), &mut |_, _| {}).unwrap();
    let grids = BTreeMap::new();
    let checked = check(
        file,
        &mut Known {
            grids: &grids,
            key_of_id_number: &|_| None,
            new_key: &mut || panic!("every row has its key"),
        },
    );
    let codes: Vec<&str> = checked.problems.iter().map(|it| it.code.as_str()).collect();
    assert_eq!((checked.n_bad, codes), (0, vec!["register.unknown_division"]));
    let register: BTreeMap<String, BTreeMap<String, String>> = (0..residents.len())
        .map(|row| {
            let fields: BTreeMap<String, String> =
                residents.pairs(row).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            (fields["name"].clone(), fields)
        })
        .collect();
    let preview = diff(&|key| register.get(key).cloned(), &checked);
    assert_eq!(preview.changes, []);
    assert_eq!(preview.n_unchanged, 168);
}

#[test]
fn columns_have_excels_letters() {
    for (index, expected) in [(0, "A"), (25, "Z"), (26, "AA"), (255, "IV")] {
        assert_eq!(letters(index), expected);
    }
}
