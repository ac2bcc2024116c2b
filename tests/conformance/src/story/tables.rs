//! The form of a case: Markdown tables as a workbook, or XML around which the usual frame is put.
//!
//! A table is the survey; a line `choices:`, `settings:` or `entities:` before a table names another sheet. The
//! choice list `yes_no` is always there. In a cell `\|` is a bar and `\n` a line break.

use wasm_forms::xlsform::{Sheet, Workbook};

use super::Failure;
use super::markdown::Block;

const SHEETS: [&str; 4] = ["survey", "choices", "settings", "entities"];

pub(super) fn workbook(block: &Block) -> Result<Workbook, Failure> {
    let mut sheets: Vec<Sheet> = Vec::new();
    let mut name = "survey".to_owned();
    for (index, line) in block.text.lines().enumerate() {
        let line_number = block.line + index;
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if let Some(sheet) = line.strip_suffix(':') {
            if !SHEETS.contains(&sheet) {
                return Err(Failure::new(line_number, format!("an unknown sheet `{sheet}`")));
            }
            sheet.clone_into(&mut name);
            continue;
        }
        let Some(cells) = row(line) else {
            return Err(Failure::new(line_number, "neither a row `| a | b |` nor a sheet's name `choices:`"));
        };
        if cells.iter().all(|it| !it.is_empty() && it.trim_matches(['-', ':']).is_empty()) {
            continue;
        }
        match sheets.iter_mut().find(|it| it.name == name) {
            Some(sheet) if cells.len() > sheet.header.len() => {
                return Err(Failure::new(line_number, format!("more cells than columns in {}", sheet.name)));
            }
            Some(sheet) => sheet.rows.push(cells),
            None => sheets.push(Sheet { name: name.clone(), header: cells, rows: Vec::new() }),
        }
    }
    if !sheets.iter().any(|it| it.name == "survey") {
        return Err(Failure::new(block.line, "no survey"));
    }
    let mut workbook = Workbook { sheets };
    add_yes_no(&mut workbook);
    Ok(workbook)
}

fn row(line: &str) -> Option<Vec<String>> {
    let inside = line.strip_prefix('|')?.strip_suffix('|')?.replace("\\|", "\u{0}");
    let cell = |it: &str| it.trim().replace('\u{0}', "|").replace("\\n", "\n");
    Some(inside.split('|').map(cell).collect())
}

fn add_yes_no(workbook: &mut Workbook) {
    let asks = |sheet: &Sheet| sheet.rows.iter().flatten().any(|it| it.ends_with(" yes_no"));
    if !workbook.sheet("survey").is_some_and(asks) {
        return;
    }
    let rows = |n_columns: usize, at: [usize; 3]| {
        [["yes_no", "yes", "Yes"], ["yes_no", "no", "No"]].map(|values| {
            let mut row = vec![String::new(); n_columns];
            for (column, value) in at.into_iter().zip(values) {
                value.clone_into(&mut row[column]);
            }
            row
        })
    };
    let Some(choices) = workbook.sheets.iter_mut().find(|it| it.name == "choices") else {
        let header = ["list_name", "name", "label"].map(str::to_owned).to_vec();
        let rows = rows(3, [0, 1, 2]).to_vec();
        workbook.sheets.push(Sheet { name: "choices".to_owned(), header, rows });
        return;
    };
    if choices.rows.iter().any(|it| it.first().is_some_and(|it| it == "yes_no")) {
        return;
    }
    let column = |name: &str| choices.header.iter().position(|it| it == name);
    if let (Some(list), Some(name), Some(label)) = (column("list_name"), column("name"), column("label")) {
        let rows = rows(choices.header.len(), [list, name, label]);
        choices.rows.extend(rows);
    }
}

/// Puts the frame around `<model>…</model><h:body>…</h:body>`; a whole document stays as it is.
pub(super) fn xform(text: &str) -> String {
    let text = text.trim();
    let Some((model, body)) = text.split_once("<h:body").filter(|_| text.starts_with("<model")) else {
        return text.to_owned();
    };
    format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" xmlns:odk="http://www.opendatakit.org/xforms" xmlns:ev="http://www.w3.org/2001/xml-events" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:entities="http://www.opendatakit.org/xforms/entities"><h:head><h:title>Case</h:title>{model}</h:head><h:body{body}</h:html>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sheets() {
        let block = |text: &str| Block { line: 1, text: text.to_owned() };
        let check = |text: &str, expected: &str| {
            let found = workbook(&block(text)).map_or_else(
                |it| format!("{}: {}", it.line, it.text),
                |it| it.sheets.iter().map(|it| format!("{} {:?} ", it.name, it.rows)).collect(),
            );
            assert_eq!(found.trim(), expected);
        };
        check("| type | name |\n|---|---|\n| text | a\\|b |", r#"survey [["text", "a|b"]]"#);
        check("choices:\n| a |\n", "1: no survey");
        check("| type |\n| a | b |", "2: more cells than columns in survey");
        check("song:\n", "1: an unknown sheet `song`");
        check("type", "1: neither a row `| a | b |` nor a sheet's name `choices:`");
    }
}
