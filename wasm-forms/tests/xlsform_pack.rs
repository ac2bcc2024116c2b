//! Every workbook of the community pack converts without a diagnostic, to the form the reference converter makes,
//! and the engine can fill it in.
#![cfg(feature = "xlsform")]
#![expect(clippy::unwrap_used, reason = "a broken fixture may end a test")]

mod support;

use std::path::PathBuf;

use support::repository;
use wasm_forms::xlsform;
use wasm_forms::xlsform::{Options, Sheet, Workbook, check_tables, convert_tables};

fn workbooks() -> Vec<PathBuf> {
    let folder = repository().join("server/packs/community/forms");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|it| it.extension().is_some_and(|it| it == "xlsx"));
    files.sort();
    files
}

#[test]
fn every_workbook_of_the_pack_becomes_a_form() {
    let files = workbooks();
    assert!(files.len() >= 25, "{} workbooks", files.len());
    for file in files {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let checked = xlsform::check(&std::fs::read(&file).unwrap(), &stem);
        assert_eq!(checked.diagnostics, [], "{stem}");
        assert_eq!(checked.form.unwrap().id(), stem);
    }
}

#[test]
fn the_pack_converts_to_the_reference_forms() {
    let Some(references) = support::shared("forms/xml-pyxform") else { return };
    let mut different = Vec::new();
    let files = workbooks();
    for file in &files {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let expected = std::fs::read_to_string(references.join(format!("{stem}.xml"))).unwrap();
        let conversion = xlsform::convert(&std::fs::read(file).unwrap(), &stem);
        let problem = match &conversion.xform {
            Some(xform) => support::difference(&with_straight_quotes(xform), &expected),
            None => Some(format!("{:#?}", conversion.diagnostics)),
        };
        different.extend(problem.map(|it| format!("{stem}: {it}")));
    }
    println!("{} of {} forms equal the reference", files.len() - different.len(), files.len());
    assert_eq!(different, Vec::<String>::new());
}

/// The reference makes the quotes of texts straight; people read them as they were written.
fn with_straight_quotes(xform: &str) -> String {
    xform.replace(['“', '”'], "&quot;").replace(['‘', '’'], "&apos;")
}

/// A cell may hold anything; the answer is a form or diagnostics, never a panic.
#[test]
fn no_cell_makes_the_converter_panic() {
    const ODD: [&str; 12] = [
        "${",
        "${}",
        "${ａ｝",
        "]）['\"",
        "indexed-repeat(${a}",
        "instance('x')/root/item[${resident}",
        "begin_loop over İ",
        "select_one ",
        "end_repeat",
        "a=b=c",
        "::::::::::",
        "99999999999999999999999999999999999999999999",
    ];
    let mut n_converted = 0;
    for file in workbooks().iter().step_by(6) {
        let workbook = Workbook::read(&std::fs::read(file).unwrap()).unwrap();
        for (sheet, table) in workbook.sheets.iter().enumerate() {
            for (row, cells) in std::iter::once(&table.header).chain(&table.rows).enumerate() {
                for column in (row % 5..cells.len()).step_by(5) {
                    let mut broken = workbook.clone();
                    let odd = ODD[(row + column) % ODD.len()].to_owned();
                    match row {
                        0 => broken.sheets[sheet].header[column] = odd,
                        row => broken.sheets[sheet].rows[row - 1][column] = odd,
                    }
                    let checked = check_tables(&broken, &Options::default());
                    assert!(checked.xform.is_some() || !checked.diagnostics.is_empty());
                    n_converted += 1;
                }
            }
        }
    }
    assert!(n_converted > 400, "{n_converted}");
}

/// A slip of the pen in one cell: the sheet, the column, and what becomes of a text where the slip can be made.
type Slip = (&'static str, &'static str, fn(&str) -> Option<String>);

const SLIPS: [Slip; 9] = [
    ("survey", "type", |it| (it == "integer").then(|| "integr".to_owned())),
    ("survey", "type", |it| it.strip_prefix("select_one ").map(|list| format!("selectone {list}"))),
    ("survey", "type", |it| (it == "begin_group").then(|| "begin gruop".to_owned())),
    ("survey", "type", |it| it.strip_prefix("select_one yes").map(|rest| format!("select_one yse{rest}"))),
    ("survey", "type", |it| (it == "end_group").then(|| "end_grop".to_owned())),
    ("survey", "name", |it| it.contains('_').then(|| it.replace('_', " "))),
    ("survey", "relevant", |it| it.find('}').map(|at| format!("{}x{}", &it[..at], &it[at..]))),
    ("survey", "calculation", |it| it.contains("concat(").then(|| it.replacen("concat(", "concatt(", 1))),
    ("survey", "constraint", |it| it.contains(">=").then(|| it.replacen(">=", "=>", 1))),
];

#[test]
fn one_slip_in_a_real_workbook_is_one_diagnostic() {
    let mut n_slips = 0;
    for file in workbooks() {
        let workbook = Workbook::read(&std::fs::read(&file).unwrap()).unwrap();
        for (name, column, slip) in SLIPS {
            let sheet = workbook.sheets.iter().position(|it| it.name == name).unwrap();
            let Some(column) = workbook.sheets[sheet].header.iter().position(|it| it == column) else {
                continue;
            };
            let rows = workbook.sheets[sheet].rows.iter().enumerate();
            let cells = rows.filter_map(|(row, cells)| Some((row, slip(cells.get(column)?)?)));
            for (row, slipped) in cells.step_by(5).take(4) {
                let mut broken = workbook.clone();
                broken.sheets[sheet].rows[row][column].clone_from(&slipped);
                let checked = check_tables(&broken, &Options::default());
                let told: Vec<_> =
                    checked.diagnostics.iter().map(|it| (&it.code, &it.place, &it.params)).collect();
                assert_eq!(told.len(), 1, "{} row {}: {slipped}: {told:#?}", file.display(), row + 2);
                n_slips += 1;
            }
        }
    }
    println!("{n_slips} slips, as many diagnostics");
    assert!(n_slips > 150, "{n_slips}");
}

#[test]
fn groups_have_a_depth() {
    let row = |kind: &str, name: String| vec![kind.to_owned(), name.clone(), name];
    let mut rows: Vec<Vec<String>> = (0..20_000).map(|it| row("begin_group", format!("g{it}"))).collect();
    rows.extend((0..20_000).map(|_| row("end_group", String::new())));
    let header = ["type", "name", "label"].map(str::to_owned).to_vec();
    let workbook = Workbook { sheets: vec![Sheet { name: "survey".to_owned(), header, rows }] };
    let conversion = convert_tables(&workbook, &Options::default());
    assert_eq!(conversion.diagnostics[0].code, "workbook.too_deep");
}
