//! Workbooks that LibreOffice saved: the same form, whatever the format and however often it was saved again.
//!
//! Runs where `soffice` is (`SOFFICE` names another), and says so where it is not: it is too large to be asked for.
#![cfg(feature = "xlsform")]
#![expect(clippy::unwrap_used, reason = "a broken fixture may end a test")]

#[expect(dead_code, reason = "of the comparison only the repository's root is used here")]
mod support;

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_forms::xlsform::{self, Conversion};

/// Every sheet a file of its own, in UTF-8, cells as they are shown and only texts in quotes.
const CSV: &str = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1";

/// LibreOffice, with a profile of its own so that it meets no other that runs.
struct Office {
    program: String,
    folder: PathBuf,
}

impl Office {
    /// Returns it with an empty folder for what it saves; nothing, said aloud, where it is not installed.
    fn find(folder: &str) -> Option<Self> {
        let program = std::env::var("SOFFICE").unwrap_or_else(|_| "soffice".to_owned());
        if Command::new(&program).arg("--version").output().is_err() {
            println!("skipped: no {program}");
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Some(Self { program, folder })
    }

    /// Saves files in another format, in a folder of that name; returns the folder.
    fn save(&self, files: &[PathBuf], format: &str, name: &str) -> PathBuf {
        let into = self.folder.join(name);
        let profile = format!("-env:UserInstallation=file://{}", self.folder.join("profile").display());
        let mut command = Command::new(&self.program);
        command.args([&profile, "--headless", "--convert-to", format, "--outdir"]).arg(&into).args(files);
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        into
    }
}

fn files_in(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|it| it.extension().is_some_and(|it| it == ending)).collect();
    files.sort();
    files
}

fn stem(file: &Path) -> &str {
    file.file_stem().unwrap().to_str().unwrap()
}

/// By name: what the workbooks in a folder become.
fn converted(folder: &Path, ending: &str) -> BTreeMap<String, Conversion> {
    let convert =
        |it: PathBuf| (stem(&it).to_owned(), xlsform::convert(&std::fs::read(&it).unwrap(), stem(&it)));
    files_in(folder, ending).into_iter().map(convert).collect()
}

/// By name: what zips of a workbook's sheets become, which were saved as `workbook-sheet.csv`.
fn converted_sheets(folder: &Path, names: &[&str]) -> BTreeMap<String, Conversion> {
    let sheets = files_in(folder, "csv");
    let convert = |name: &&str| {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for sheet in &sheets {
            let Some(own) = stem(sheet).strip_prefix(name).and_then(|it| it.strip_prefix('-')) else {
                continue;
            };
            archive.start_file(format!("{own}.csv"), zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(&std::fs::read(sheet).unwrap()).unwrap();
        }
        ((*name).to_owned(), xlsform::convert(&archive.finish().unwrap().into_inner(), name))
    };
    names.iter().map(convert).collect()
}

#[test]
fn what_libreoffice_saves_is_the_same_form() {
    let Some(office) = Office::find("libreoffice") else { return };
    let pack = support::repository().join("server/packs/community/forms");
    let workbooks = files_in(&pack, "xlsx");
    let expected = converted(&pack, "xlsx");
    assert!(expected.len() >= 25, "{} workbooks", expected.len());
    let check = |route: &str, found: BTreeMap<String, Conversion>| {
        assert_eq!(found.len(), expected.len(), "{route}");
        for (name, found) in found {
            let expected = &expected[&name];
            assert_eq!(found.diagnostics, expected.diagnostics, "{name}, {route}");
            assert!(found.xform == expected.xform, "{name}, {route}: another form");
            assert!(found.itemsets == expected.itemsets, "{name}, {route}: other lists");
        }
    };
    check("saved again", converted(&office.save(&workbooks, "xlsx", "again"), "xlsx"));
    check("in the format of 1997", converted(&office.save(&workbooks, "xls", "old"), "xls"));
    let own = office.save(&workbooks, "ods", "own");
    check("from its own format", converted(&office.save(&files_in(&own, "ods"), "xlsx", "back"), "xlsx"));
    let names: Vec<&str> = expected.keys().map(String::as_str).collect();
    check("sheet by sheet", converted_sheets(&office.save(&workbooks, CSV, "sheets"), &names));
}
