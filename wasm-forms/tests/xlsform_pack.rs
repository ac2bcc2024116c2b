//! Every workbook of the community pack converts without a diagnostic, to the form the reference converter makes.
#![cfg(feature = "xlsform")]
#![expect(clippy::unwrap_used, reason = "a broken fixture may end a test")]

mod support;

use std::path::PathBuf;

use support::repository;
use wasm_forms::xlsform;

fn workbooks() -> Vec<PathBuf> {
    let folder = repository().join("server/packs/community/forms");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|it| it.extension().is_some_and(|it| it == "xlsx"));
    files.sort();
    files
}

#[test]
fn every_workbook_of_the_pack_converts() {
    let files = workbooks();
    assert!(files.len() >= 25, "{} workbooks", files.len());
    for file in files {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let conversion = xlsform::convert(&std::fs::read(&file).unwrap(), &stem);
        assert_eq!(conversion.diagnostics, [], "{stem}");
        assert!(conversion.xform.is_some(), "{stem}");
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
            Some(xform) => support::difference(xform, &expected),
            None => Some(format!("{:#?}", conversion.diagnostics)),
        };
        different.extend(problem.map(|it| format!("{stem}: {it}")));
    }
    println!("{} of {} forms equal the reference", files.len() - different.len(), files.len());
    assert_eq!(different, Vec::<String>::new());
}
