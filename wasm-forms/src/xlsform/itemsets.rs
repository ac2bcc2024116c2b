//! `itemsets.csv`: the external choices as ODK Collect reads them, a file beside the form.

use super::Workbook;

/// The sheet of external choices.
pub(super) const SHEET: &str = "external_choices";

/// Returns the file; nothing where the workbook has no external choices.
pub(super) fn write(workbook: &Workbook) -> Option<String> {
    let sheet = workbook.sheet(SHEET)?;
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

/// Returns an XForm with the external choices inside it, a list each: what fills it in needs no file beside it.
pub(super) fn within(xform: String, workbook: &Workbook) -> String {
    const AFTER: &str = "</instance>";
    let Some(sheet) = workbook.sheet(SHEET) else { return xform };
    let column = |name: &str| sheet.header.iter().position(|it| it.trim() == name);
    let Some((list_name, at)) = column("list_name").or_else(|| column("list name")).zip(xform.find(AFTER))
    else {
        return xform;
    };
    let columns: Vec<(&str, usize)> = columns(sheet, list_name);
    let mut lists: Vec<(&str, String)> = Vec::new();
    for row in &sheet.rows {
        let cell = |at: usize| row.get(at).map_or("", |it| it.trim());
        let list = cell(list_name);
        if list.is_empty() {
            continue;
        }
        let cells = columns.iter().map(|(name, at)| format!("<{name}>{}</{name}>", escaped(cell(*at))));
        let item = format!("<item>{}</item>", cells.collect::<String>());
        match lists.iter_mut().find(|(known, _)| *known == list) {
            Some((_, items)) => items.push_str(&item),
            None => lists.push((list, item)),
        }
    }
    let instance = |(list, items): &(&str, String)| {
        format!(r#"<instance id="{}"><root>{items}</root></instance>"#, escaped(list))
    };
    let instances: String = lists.iter().map(instance).collect();
    let (before, after) = xform.split_at(at + AFTER.len());
    format!("{before}{instances}{after}")
}

/// Returns the columns that can be elements, by their names; of labels in several languages the first is the label.
fn columns(sheet: &super::Sheet, list_name: usize) -> Vec<(&str, usize)> {
    let mut columns: Vec<(&str, usize)> = Vec::new();
    for (at, header) in sheet.header.iter().enumerate().filter(|(at, _)| *at != list_name) {
        let header = header.trim();
        let name = if header.split(':').next() == Some("label") { "label" } else { header };
        let is_name = name.starts_with(|it: char| it.is_alphabetic() || it == '_')
            && name.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '.'));
        if is_name && columns.iter().all(|(known, _)| *known != name) {
            columns.push((name, at));
        }
    }
    columns
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::Sheet;
    use super::*;

    #[test]
    fn lists_stand_in_the_form_by_their_names() {
        let texts = |cells: &[&str]| cells.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let sheet = Sheet {
            name: "external_choices".to_owned(),
            header: texts(&[
                "list_name",
                "name",
                "label::中文 (zh)",
                "label::English (en)",
                "area",
                "a note",
            ]),
            rows: vec![
                texts(&["room", "gz1", "一居委 <东>", "First", "gz"]),
                texts(&["area", "gz", "广中路"]),
                texts(&["", "x"]),
                texts(&["room", "sj1", "三居委", "", "sj"]),
            ],
        };
        let xform = "<model><instance><data/></instance><bind/></model>".to_owned();
        let expected = "<model><instance><data/></instance>\
            <instance id=\"room\"><root>\
            <item><name>gz1</name><label>一居委 &lt;东></label><area>gz</area></item>\
            <item><name>sj1</name><label>三居委</label><area>sj</area></item></root></instance>\
            <instance id=\"area\"><root><item><name>gz</name><label>广中路</label><area></area></item></root></instance>\
            <bind/></model>";
        assert_eq!(within(xform.clone(), &Workbook { sheets: vec![sheet] }), expected);
        assert_eq!(within(xform.clone(), &Workbook::default()), xform);
    }
}
