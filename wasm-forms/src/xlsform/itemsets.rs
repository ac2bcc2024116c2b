//! `itemsets.csv`: the external choices as ODK Collect reads them, a file beside the form.

use super::Workbook;

/// Returns the file; nothing where the workbook has no external choices.
pub(super) fn write(workbook: &Workbook) -> Option<String> {
    let sheet = workbook.sheet("external_choices")?;
    let columns: Vec<usize> = (0..sheet.header.len()).filter(|it| !sheet.header[*it].is_empty()).collect();
    let rows = sheet
        .rows
        .iter()
        .filter(|it| columns.iter().any(|column| it.get(*column).is_some_and(|it| !it.is_empty())));
    let field = |row: &Vec<String>, column: &usize| {
        let text = row.get(*column).map_or("", String::as_str);
        format!("\"{}\"", text.replace('"', "\"\""))
    };
    let record =
        |row: &Vec<String>| columns.iter().map(|it| field(row, it)).collect::<Vec<_>>().join(",") + "\r\n";
    Some(std::iter::once(&sheet.header).chain(rows).map(record).collect())
}
