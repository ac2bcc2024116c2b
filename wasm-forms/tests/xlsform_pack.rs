//! Every workbook of the community pack converts without a diagnostic, to the form the reference converter makes: as
//! it was recorded, and as it makes it here and now.
#![cfg(feature = "xlsform")]
#![expect(clippy::unwrap_used, reason = "a broken fixture may end a test")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::repository;
use wasm_forms::xlsform;
use wasm_forms::xlsform::{Options, Sheet, Workbook, check_tables, convert_tables};

fn workbooks() -> Vec<PathBuf> {
    workbooks_of(&repository().join("server/packs/community/forms"))
}

fn workbooks_of(folder: &Path) -> Vec<PathBuf> {
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
        let stem = stem(&file);
        let checked = xlsform::check(&std::fs::read(&file).unwrap(), &stem);
        assert_eq!(checked.diagnostics, [], "{stem}");
        assert_eq!(checked.form.unwrap().id(), stem);
    }
}

#[test]
fn the_pack_converts_to_the_reference_forms() {
    let Some(references) = support::shared("forms/xml-pyxform") else { return };
    let files = workbooks();
    let recorded = |file: &PathBuf| {
        std::fs::read_to_string(references.join(format!("{}.xml", stem(file)))).map_err(|it| it.to_string())
    };
    assert_equal(&files, &files.iter().map(recorded).collect::<Vec<_>>(), without_signs);
}

/// Runs the reference converter itself, on the pack and on the project's workbooks that it was made of.
#[test]
fn the_pack_converts_as_pyxform_converts_it() {
    let mut files = workbooks();
    files.extend(support::shared("forms").into_iter().flat_map(|it| workbooks_of(&it)));
    let Some(references) = pyxform(&files) else { return };
    assert_equal(&files, &references, str::to_owned);
}

/// Returns what pyxform makes of workbooks, in their order; `None`, said aloud, where it is not installed.
/// `cargo xtask setup` installs it; `DOORSTEP_PYXFORM` names another Python that has it.
fn pyxform(workbooks: &[PathBuf]) -> Option<Vec<Result<String, String>>> {
    let own = repository().join("target/pyxform");
    let python = match std::env::var_os("DOORSTEP_PYXFORM") {
        Some(python) => PathBuf::from(python),
        None if own.join(".installed").is_file() => own.join("bin/python"),
        None => {
            println!("skipped: no pyxform in target/pyxform (cargo xtask setup)");
            return None;
        }
    };
    let script = repository().join("tests/pyxform/convert.py");
    let output = Command::new(python).arg(script).args(workbooks).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let converted = |path: &PathBuf| {
        let one = &told[path.to_string_lossy().as_ref()];
        let text = |name: &str| one[name].as_str().map(str::to_owned);
        text("xform").ok_or_else(|| text("error").unwrap_or_default())
    };
    Some(workbooks.iter().map(converted).collect())
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Fails, naming them all, where our forms are other XML than the references.
fn assert_equal(files: &[PathBuf], references: &[Result<String, String>], of_ours: fn(&str) -> String) {
    let mut different = Vec::new();
    for (file, reference) in files.iter().zip(references) {
        let conversion = xlsform::convert(&std::fs::read(file).unwrap(), &stem(file));
        let problem = match (&conversion.xform, reference) {
            (Some(xform), Ok(expected)) => {
                support::difference(&with_straight_quotes(&of_ours(xform)), expected)
            }
            (None, _) => Some(format!("{:#?}", conversion.diagnostics)),
            (_, Err(refused)) => Some(format!("the reference: {refused}")),
        };
        different.extend(problem.map(|it| format!("{}: {it}", file.display())));
    }
    println!("{} of {} forms equal the reference", files.len() - different.len(), files.len());
    assert!(files.len() >= 25, "{} workbooks", files.len());
    assert_eq!(different, Vec::<String>::new());
}

/// The recorded forms were made of the project's workbooks, which do not say what their signatures cover.
fn without_signs(xform: &str) -> String {
    let attribute = regex_lite::Regex::new(r#" (xmlns:doorstep|doorstep:signs)="[^"]*""#).unwrap();
    attribute.replace_all(xform, "").into_owned()
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
