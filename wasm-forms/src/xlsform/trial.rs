//! A workbook looked at before it is published: what is wrong with it, and the form it makes.
//!
//! Invariant: the desk's browser and the server call this one function, so what the browser lets through is what the
//! server takes.

use super::check::check_opened;
use super::{Checked, Options, Workbook, sheets, sketch};
use crate::diag::nearest;
use crate::{Code, Diagnostic, Form, Place, Severity};

/// A workbook that was tried.
#[derive(Debug)]
pub struct Trial {
    /// The XForm; absent where the workbook cannot become one.
    pub xform: Option<String>,
    /// The compiled form; absent where it cannot be filled in.
    pub form: Option<Form>,
    /// What can be shown of a workbook with errors: XForm and form without what is wrong.
    pub sketch: Option<(String, Form)>,
    /// Errors and warnings, all at once.
    pub diagnostics: Vec<Diagnostic>,
    /// The cell of the version in the settings sheet, or as near to it as there is.
    pub version_cell: Place,
}

impl Trial {
    /// Returns whether the form can be published.
    #[must_use]
    pub fn is_publishable(&self) -> bool {
        self.form.is_some() && self.diagnostics.iter().all(|it| it.severity != Severity::Error)
    }
}

/// Tries a workbook. `file_stem` names a form that does not name itself; `registers` are the lists there are to read.
#[must_use]
pub fn try_workbook(workbook: &[u8], file_stem: &str, registers: &[String]) -> Trial {
    let options = Options { form_id: file_stem.to_owned(), ..Options::default() };
    let (checked, tables) = match sheets::read(workbook) {
        Ok(opened) => (check_opened(&opened, &options), opened.workbook),
        Err(unreadable) => (Checked::unreadable(unreadable), Workbook::default()),
    };
    let version_cell = version_cell(&tables);
    let unknown = unknown_registers(&checked, registers);
    let Checked { xform, form, mut diagnostics, .. } = checked;
    if let Some(form) = &form {
        diagnostics.iter_mut().for_each(make_graver);
        diagnostics.extend(unknown);
        if form.version().is_empty() {
            diagnostics.push(Diagnostic::error("form.version_missing", version_cell.clone()));
        }
    }
    let sketch = if form.is_none() { sketch::of(tables, &options) } else { None };
    Trial { xform, form, sketch, diagnostics, version_cell }
}

/// Returns a version that comes after those known: the day, written `20261122`, and a number of two digits.
#[must_use]
pub fn next_version(day: &str, known: &[String]) -> String {
    let highest = known.iter().filter_map(|it| it.strip_prefix(day)?.parse::<u32>().ok()).max();
    format!("{day}{:02}", highest.map_or(1, |it| it + 1))
}

/// Returns what to say of the lists that a form reads and that nobody keeps, each at the cell that names it.
fn unknown_registers(checked: &Checked, registers: &[String]) -> Vec<Diagnostic> {
    let lists = checked.form.iter().flat_map(Form::lists);
    let unknown = lists.filter(|(id, _)| !registers.iter().any(|it| it == id));
    unknown
        .map(|(id, file)| {
            let problem = |code| Diagnostic::error(code, checked.place_of_list(id)).with("list", file);
            match nearest(id, registers.iter().map(String::as_str)) {
                Some(meant) => problem("form.misspelt_register").with("nearest", meant),
                None => problem("form.unknown_register").with("known", registers.join("、")),
            }
        })
        .collect()
}

/// Visits that ought to be encrypted and cannot be must not begin.
fn make_graver(diagnostic: &mut Diagnostic) {
    if diagnostic.code == Code::FormPublicKey.as_str() {
        diagnostic.severity = Severity::Error;
    }
}

/// Returns where the settings sheet has the version: its cell, else the sheet, else the workbook.
fn version_cell(workbook: &Workbook) -> Place {
    let Some(settings) = workbook.sheet("settings") else { return Place::Form };
    let column = settings.header.iter().position(|it| it.trim().eq_ignore_ascii_case("version"));
    let column = column.map(super::report::letters);
    let row = if column.is_some() { 2 } else { 1 };
    Place::Cell { sheet: settings.name.clone(), row, column: column.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::super::convert::{read, report_on};
    use super::*;
    use crate::parse::Source;

    fn workbook(settings: &[&[&str]]) -> Vec<u8> {
        let survey: &[&[&str]] = &[&["type", "name", "label"], &["text", "who", "姓名"]];
        let mut workbook = rust_xlsxwriter::Workbook::new();
        for (name, rows) in [("survey", survey), ("settings", settings)] {
            let sheet = workbook.add_worksheet().set_name(name).expect("a name");
            for (row, cells) in rows.iter().enumerate() {
                for (column, cell) in cells.iter().enumerate() {
                    sheet.write(row as u32, column as u16, *cell).expect("a cell");
                }
            }
        }
        workbook.save_to_buffer().expect("a workbook")
    }

    #[test]
    fn a_form_without_a_version_is_told_where_to_write_it() {
        let check = |settings: &[&[&str]], expected: Option<(u32, &str)>| {
            let trial = try_workbook(&workbook(settings), "visit", &[]);
            let told = trial.diagnostics.iter().find(|it| it.code == "form.version_missing");
            let place = told.map(|it| match &it.place {
                Place::Cell { sheet, row, column } if sheet == "settings" => (*row, column.as_str()),
                other => panic!("{other:?}"),
            });
            assert_eq!(place, expected);
            assert_eq!(trial.is_publishable(), expected.is_none());
        };
        check(&[&["form_id", "version"], &["visit", "2026112201"]], None);
        check(&[&["form_id", "version"], &["visit", ""]], Some((2, "B")));
        check(&[&["form_id"], &["visit"]], Some((1, "")));
    }

    #[test]
    fn the_next_version_is_the_day_and_a_number() {
        let check = |known: &[&str], expected| {
            let known: Vec<String> = known.iter().map(|it| (*it).to_owned()).collect();
            assert_eq!(next_version("20261122", &known), expected);
        };
        check(&[], "2026112201");
        check(&["1", "2026112101"], "2026112201");
        check(&["2026112201", "2026112209"], "2026112210");
    }

    #[test]
    fn forms_are_noted_while_they_are_written() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/packs/community/forms");
        let files = std::fs::read_dir(folder).expect("the pack").map(|it| it.expect("a file").path());
        let mut n_files = 0;
        for file in files.filter(|it| it.extension().is_some_and(|it| it == "xlsx")) {
            n_files += 1;
            let opened = sheets::read(&std::fs::read(&file).expect("a file")).expect("a workbook");
            let mut report = report_on(&opened);
            let reading = read(&opened.workbook, &Options::default(), &mut report).expect("a survey");
            let (xform, drafted) = reading.write(&mut report);
            let drafted = drafted.unwrap_or_else(|| panic!("{} would be read again", file.display()));
            assert!(Source::Drafted(&xform, drafted).is_as_written(), "{}", file.display());
        }
        assert!(n_files >= 25, "{n_files} workbooks");
    }

    #[test]
    fn what_is_no_workbook_is_told() {
        let trial = try_workbook(b"no workbook", "visit", &[]);
        assert!(trial.xform.is_none() && trial.form.is_none() && !trial.diagnostics.is_empty());
        assert_eq!(trial.version_cell, Place::Form);
    }
}
