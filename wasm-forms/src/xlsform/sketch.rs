//! What can be shown of a workbook with errors: cells that are wrong are emptied, and rows whose type or name is wrong are
//! left out, until what remains is a form. It is for looking at, never for publishing.

use super::{Options, Sheet, Workbook, convert_tables};
use crate::parse::BodyKind;
use crate::{Diagnostic, Form, Place, Severity};

/// Emptying one cell can make another wrong; a workbook that is still wrong after so many rounds has no sketch.
const MAX_ROUNDS: usize = 6;

/// Columns without which a row means nothing.
const ESSENTIAL: [&str; 3] = ["type", "name", "list_name"];

/// Returns what remains of a workbook as XForm and form; nothing where no question does.
pub(super) fn of(mut workbook: Workbook, options: &Options) -> Option<(String, Form)> {
    for _ in 0..MAX_ROUNDS {
        let conversion = convert_tables(&workbook, options);
        let problems = match conversion.xform {
            None => conversion.diagnostics,
            Some(xform) => match Form::compile(&xform) {
                Ok(form) => return has_questions(&form).then_some((xform, form)),
                Err(problems) => problems,
            },
        };
        let errors = problems.iter().filter(|it| it.severity == Severity::Error);
        let n_mended = errors.filter(|it| mend(&mut workbook, it)).count();
        if n_mended == 0 {
            return None;
        }
    }
    None
}

fn has_questions(form: &Form) -> bool {
    form.body.iter().any(|it| matches!(it.kind, BodyKind::Question(_)))
}

/// Takes out what one error is about; returns whether there was anything to take out.
fn mend(workbook: &mut Workbook, error: &Diagnostic) -> bool {
    match &error.place {
        Place::Form => false,
        Place::Cell { sheet, row, column } => {
            let Some(sheet) = workbook.sheets.iter_mut().find(|it| it.name == *sheet) else { return false };
            let Some(row) = (*row as usize).checked_sub(2) else { return false };
            empty(sheet, row, column)
        }
        // An expression that only the engine refuses: the question goes.
        Place::Node { reference, .. } => {
            let name = reference.rsplit('/').next().unwrap_or_default();
            let Some(survey) = workbook.sheets.iter_mut().find(|it| it.name.eq_ignore_ascii_case("survey"))
            else {
                return false;
            };
            let Some(column) = survey.header.iter().position(|it| it.eq_ignore_ascii_case("name")) else {
                return false;
            };
            let row = survey.rows.iter().position(|it| it.get(column).is_some_and(|it| it == name));
            row.is_some_and(|row| empty(survey, row, ""))
        }
    }
}

/// Empties a cell, or its whole row where the column is essential, empty already or not named.
fn empty(sheet: &mut Sheet, row: usize, column: &str) -> bool {
    let Some(cells) = sheet.rows.get_mut(row) else { return false };
    let at = number(column);
    let is_essential = at
        .and_then(|at| sheet.header.get(at))
        .is_none_or(|it| ESSENTIAL.contains(&it.to_lowercase().as_str()));
    let cell = at.and_then(|at| cells.get_mut(at)).filter(|it| !is_essential && !it.is_empty());
    if let Some(cell) = cell {
        cell.clear();
        return true;
    }
    let had_any = cells.iter().any(|it| !it.is_empty());
    cells.clear();
    had_any
}

/// Returns the 0-based number of a column that Excel calls by letters.
fn number(letters: &str) -> Option<usize> {
    let digit = |it: char| it.is_ascii_uppercase().then(|| it as usize - 'A' as usize + 1);
    let digits = letters.chars().map(digit).collect::<Option<Vec<_>>>()?;
    digits.into_iter().fold(0, |number, it| number * 26 + it).checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(name: &str, lines: &str) -> Sheet {
        let cells = |line: &str| line.split('|').map(|it| it.trim().to_owned()).collect::<Vec<_>>();
        let mut lines = lines.lines().map(cells);
        Sheet { name: name.to_owned(), header: lines.next().expect("a head"), rows: lines.collect() }
    }

    fn shown(survey: &str) -> Option<Vec<String>> {
        let choices = sheet("choices", "list_name | name | label\nyn | yes | 是\nyn | no | 否");
        let workbook = Workbook { sheets: vec![sheet("survey", survey), choices] };
        let (_, form) = of(workbook, &Options::default())?;
        let items = form.body.iter().filter_map(|it| it.model);
        Some(items.map(|it| form.model.node(it).name.to_string()).collect())
    }

    #[test]
    fn shows_what_is_right_of_a_workbook_that_is_wrong() {
        let check = |survey, expected: Option<&[&str]>| {
            let shown = shown(survey);
            assert_eq!(
                shown.as_ref().map(|it| it.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
                expected
            );
        };
        check("type | name | label\ntext | who | 姓名\ntxet | old | 年龄", Some(&["who"]));
        check(
            "type | name | label | relevant\ntext | who | 姓名 | ${nobody} = 'x'\nselect_one yn | home | 在家吗 |",
            Some(&["who", "home"]),
        );
        check("type | name | label\nselect_one none | home | 在家吗\ntext | who | 姓名", Some(&["who"]));
        check("type | name | label\nbegin_grop | g | 组\ntext | who | 姓名\nend_group | |", Some(&["who"]));
        check("type | name | label\ntxet | who | 姓名", None);
        check("typ | name | label\ntext | who | 姓名", None);
    }

    #[test]
    fn reads_columns_as_excel_names_them() {
        for (letters, expected) in
            [("A", Some(0)), ("Z", Some(25)), ("AA", Some(26)), ("", None), ("a", None)]
        {
            assert_eq!(number(letters), expected, "{letters}");
        }
    }
}
