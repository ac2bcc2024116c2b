//! Workbooks of 2007 and later, `.xlsx` and `.xlsm`: of a zip the list of sheets, the shared texts, the formats that make
//! dates of numbers, and the cells of the sheets that a form is made of.
//!
//! Source: ECMA-376, part 1, section 18 (SpreadsheetML), in both its namespaces, which are not looked at. The value of
//! a formula is the one that the spreadsheet program kept; where it kept none, or an error, the cell is named.

use std::borrow::Cow;

use calamine::{Dimensions, ExcelDateTime, ExcelDateTimeType};

use super::archive::Archive;
use super::excel::{date, number, tell_error, tell_macros, typed};
use super::formats::{Format, Formats};
use super::grid::Grid;
use super::markup::{Broken, Markup, Piece, Tag, text};
use super::{Opened, Unreadable, is_read};
use crate::Severity;
use crate::xlsform::codes;
use crate::xlsform::report::Cell;
use crate::xlsform::text::find;

impl From<Broken> for Unreadable {
    fn from(_: Broken) -> Self {
        Self::new(codes::NOT_A_WORKBOOK)
    }
}

/// Reads a workbook.
pub(super) fn read(archive: &mut Archive<'_>) -> Result<Opened, Unreadable> {
    let mut opened = Opened::default();
    tell_macros(archive.has_macros(), &mut opened);
    let book = Book::read(archive)?;
    let strings = archive.part(&book.strings)?.unwrap_or_default();
    let strings = shared_texts(&strings)?;
    let formats = Formats::read(&archive.part(&book.styles)?.unwrap_or_default())?;
    for sheet in &book.sheets {
        let mut reader = Cells {
            sheet: &sheet.name,
            strings: &strings,
            formats: &formats,
            is_1904: book.is_1904,
            grid: Grid::default(),
            merged: Vec::new(),
        };
        if is_read(&sheet.name, book.sheets.len()) {
            // Sheets that are charts have no cells.
            let Some(path) = &sheet.path else { continue };
            let Some(part) = archive.part(path)? else { continue };
            reader.read(&part, &mut opened)?;
        }
        reader.grid.finish(&sheet.name, &reader.merged, &mut opened);
    }
    Ok(opened)
}

/// What a workbook consists of: where its parts are.
#[derive(Debug, Default)]
struct Book {
    sheets: Vec<SheetPart>,
    strings: String,
    styles: String,
    /// Days are counted from 1904.
    is_1904: bool,
}

#[derive(Debug)]
struct SheetPart {
    name: String,
    path: Option<String>,
}

/// What one part says of another.
struct Link {
    id: String,
    /// The last step of its type: `worksheet`, `styles`.
    kind: String,
    path: String,
}

impl Book {
    fn read(archive: &mut Archive<'_>) -> Result<Self, Unreadable> {
        let root = links(archive, "")?.into_iter().find(|it| it.kind == "officeDocument");
        let path = root.map_or_else(|| "xl/workbook.xml".to_owned(), |it| it.path);
        let part = archive.part(&path)?.ok_or(Broken)?;
        let links = links(archive, &path)?;
        let of_kind = |kind: &str| links.iter().find(|it| it.kind == kind).map(|it| it.path.clone());
        let mut book = Self {
            strings: of_kind("sharedStrings").unwrap_or_default(),
            styles: of_kind("styles").unwrap_or_default(),
            ..Self::default()
        };
        let mut markup = Markup::new(&part);
        while let Some(tag) = markup.next_tag()? {
            match tag.name {
                "sheet" => book.sheets.push(SheetPart::of(tag, &links)?),
                "workbookPr" => {
                    book.is_1904 |= matches!(tag.attribute("date1904"), Some("1" | "true"));
                }
                _ => {}
            }
        }
        Ok(book)
    }
}

impl SheetPart {
    fn of(tag: Tag<'_>, links: &[Link]) -> Result<Self, Broken> {
        let name = text(tag.attribute("name").unwrap_or_default())?.into_owned();
        let id = tag.attribute("id").ok_or(Broken)?;
        let link = links.iter().find(|it| it.id == id).ok_or(Broken)?;
        let path = (link.kind == "worksheet").then(|| link.path.clone());
        Ok(Self { name, path })
    }
}

/// Returns what a part refers to; of no part, what the package begins with.
fn links(archive: &mut Archive<'_>, path: &str) -> Result<Vec<Link>, Unreadable> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let slash = if folder.is_empty() { "" } else { "/" };
    let part = archive.part(&format!("{folder}{slash}_rels/{file}.rels"))?.unwrap_or_default();
    let mut links = Vec::new();
    let mut markup = Markup::new(&part);
    while let Some(tag) = markup.next_tag()? {
        if tag.name != "Relationship" {
            continue;
        }
        let value = |name: &str| text(tag.attribute(name).unwrap_or_default());
        let (id, kind, target) = (value("Id")?, value("Type")?, value("Target")?);
        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
        links.push(Link { id: id.into_owned(), kind, path: path_of(folder, &target) });
    }
    Ok(links)
}

/// Returns where a part is that another in `folder` refers to.
fn path_of(folder: &str, target: &str) -> String {
    let (mut steps, target) = match target.strip_prefix('/') {
        Some(whole) => (Vec::new(), whole),
        None => (folder.split('/').filter(|it| !it.is_empty()).collect(), target),
    };
    for step in target.split(['/', '\\']) {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// Returns the texts that cells name by their number.
fn shared_texts(part: &str) -> Result<Vec<Cow<'_, str>>, Broken> {
    let mut markup = Markup::new(part);
    let mut found = Vec::new();
    loop {
        if let Some(raw) = markup.usual_item() {
            found.push(unescaped(trimmed(text(raw)?)));
            continue;
        }
        match markup.next()? {
            None => return Ok(found),
            Some(Piece::Open(tag)) if tag.name == "si" => found.push(rich_text(&mut markup, "si")?),
            Some(_) => {}
        }
    }
}

/// Returns the text of an element whose text may have runs in different fonts, up to where it ends. How it is pronounced,
/// which East Asian workbooks write beside it, does not belong to it.
fn rich_text<'t>(markup: &mut Markup<'t>, name: &str) -> Result<Cow<'t, str>, Broken> {
    let mut found = Cow::Borrowed("");
    loop {
        match markup.next()?.ok_or(Broken)? {
            Piece::Close(it) if it == name => return Ok(found),
            Piece::Open(tag) if tag.name == "rPh" => drop(markup.text_to("rPh")?),
            Piece::Open(tag) if tag.name == "t" => {
                let run = markup.text_to("t")?;
                let run = if tag.attribute("space") == Some("preserve") { run } else { trimmed(run) };
                let run = unescaped(run);
                if found.is_empty() { found = run } else { found.to_mut().push_str(&run) }
            }
            _ => {}
        }
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_ascii()),
        Cow::Owned(text) => Cow::Owned(text.trim_ascii().to_owned()),
    }
}

/// Returns a text with the characters that are written as `_x000D_`: units of UTF-16.
fn unescaped(text: Cow<'_, str>) -> Cow<'_, str> {
    const LENGTH: usize = "_x0000_".len();
    let unit = |text: &str| {
        let digits = text.get(..LENGTH)?.strip_prefix("_x")?.strip_suffix('_')?;
        u16::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|it| it.is_ascii_hexdigit()))
    };
    if find(&text, "_x").is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let mut units = Vec::new();
        let mut after = escape;
        while let Some(unit) = unit(after) {
            units.push(unit);
            after = &after[LENGTH..];
        }
        if units.is_empty() {
            out.push_str("_x");
            after = &escape["_x".len()..];
        }
        out.extend(char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)));
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Reads the cells of one sheet.
struct Cells<'a> {
    sheet: &'a str,
    strings: &'a [Cow<'a, str>],
    formats: &'a Formats,
    is_1904: bool,
    grid: Grid,
    merged: Vec<Dimensions>,
}

/// What is found in a cell.
enum Value<'a> {
    Text(Cow<'a, str>),
    Error(Cow<'a, str>),
}

impl<'a> Cells<'a> {
    fn read(&mut self, part: &str, opened: &mut Opened) -> Result<(), Unreadable> {
        let mut markup = Markup::new(part);
        let (mut row, mut column) = (0, 0);
        loop {
            if let Some(cell) = markup.usual_cell() {
                let at = match cell.reference {
                    Some(it) => cell_reference(it).ok_or(Broken)?,
                    None => (row, column),
                };
                let written = Cow::Borrowed(cell.value);
                let value = self.value(written, cell.kind.unwrap_or("n"), cell.style.unwrap_or_default())?;
                self.put(at, value, false, opened)?;
                column = at.1 + 1;
                continue;
            }
            let Some(piece) = markup.next()? else { return Ok(()) };
            match piece {
                Piece::Open(tag) if tag.name == "c" => {
                    column = self.cell(tag, (row, column), &mut markup, opened)? + 1;
                }
                Piece::Open(tag) if tag.name == "row" => {
                    if let Some(number) = tag.attribute("r") {
                        row = number.parse::<usize>().ok().and_then(|it| it.checked_sub(1)).ok_or(Broken)?;
                    }
                    column = 0;
                }
                Piece::Close("row") => row += 1,
                Piece::Open(tag) if tag.name == "mergeCell" => {
                    self.merged.push(region(tag.attribute("ref").unwrap_or_default()).ok_or(Broken)?);
                }
                _ => {}
            }
        }
    }

    /// Reads a cell that stands at `place` unless it says otherwise; returns its column.
    fn cell(
        &mut self,
        tag: Tag<'_>,
        place: (usize, usize),
        markup: &mut Markup<'_>,
        opened: &mut Opened,
    ) -> Result<usize, Unreadable> {
        let (mut at, mut kind, mut style) = (place, "n", "");
        for (name, value) in tag.attributes() {
            match name {
                "r" => at = cell_reference(value).ok_or(Broken)?,
                "t" => kind = value,
                "s" => style = value,
                _ => {}
            }
        }
        let (mut value, mut has_formula) = (None, false);
        loop {
            match markup.next()?.ok_or(Broken)? {
                Piece::Close("c") => break,
                Piece::Open(tag) if tag.name == "f" => {
                    has_formula = true;
                    markup.text_to("f")?;
                }
                Piece::Open(tag) if tag.name == "is" => value = Some(Value::Text(rich_text(markup, "is")?)),
                Piece::Open(tag) if tag.name == "v" => {
                    let written = markup.text_to("v")?;
                    if kind != "inlineStr" {
                        value = self.value(written, kind, style)?;
                    }
                }
                _ => {}
            }
        }
        self.put(at, value, has_formula, opened)?;
        Ok(at.1)
    }

    /// Puts what was found in a cell.
    fn put(
        &mut self,
        at: (usize, usize),
        value: Option<Value<'_>>,
        has_formula: bool,
        opened: &mut Opened,
    ) -> Result<(), Unreadable> {
        let (row, column) = at;
        match value {
            Some(Value::Text(text)) => self.grid.put(self.sheet, row, column, typed(&text))?,
            Some(Value::Error(error)) => tell_error(self.sheet, at, &error, &self.grid, opened),
            None if has_formula && (row == 0 || self.grid.has_header(column)) => {
                let at = Cell::new(self.sheet, row as u32 + 1, Some(column));
                opened.remark(Severity::Error, codes::FORMULA_WITHOUT_VALUE, at, &[]);
            }
            None => {}
        }
        Ok(())
    }

    /// Returns what a cell of a kind holds; nothing where it holds nothing.
    fn value<'v>(&self, written: Cow<'v, str>, kind: &str, style: &str) -> Result<Option<Value<'v>>, Broken>
    where
        'a: 'v,
    {
        if written.is_empty() && kind != "str" {
            return Ok(None);
        }
        Ok(Some(Value::Text(match kind {
            "s" => {
                let text = written.parse().ok().and_then(|it: usize| self.strings.get(it)).ok_or(Broken)?;
                Cow::Borrowed(&**text)
            }
            "str" => unescaped(written),
            "b" => Cow::Borrowed(match written.trim() {
                "1" | "true" => "TRUE",
                "0" | "false" => "FALSE",
                _ => return Err(Broken),
            }),
            "e" => return Ok(Some(Value::Error(written))),
            "n" => self.number(written, style),
            // A date as ISO 8601 writes it.
            "d" => written,
            _ => return Err(Broken),
        })))
    }

    fn number<'v>(&self, written: Cow<'v, str>, style: &str) -> Cow<'v, str> {
        let kind = match self.formats.of(style) {
            Format::Plain if is_plain_number(&written) => return written,
            Format::Plain => None,
            Format::Date => Some(ExcelDateTimeType::DateTime),
            Format::Duration => Some(ExcelDateTimeType::TimeDelta),
        };
        match (written.trim().parse::<f64>(), kind) {
            (Ok(value), None) => Cow::Owned(number(value)),
            (Ok(value), Some(kind)) => Cow::Owned(date(&ExcelDateTime::new(value, kind, self.is_1904))),
            // Some programs write texts without saying so.
            (Err(_), _) => written,
        }
    }
}

/// Whether a whole number is written as it is shown.
fn is_plain_number(written: &str) -> bool {
    const MAX_DIGITS: usize = 15;
    written.len() <= MAX_DIGITS
        && written.bytes().all(|it| it.is_ascii_digit())
        && (written.len() == 1 || !written.starts_with('0'))
}

/// Returns row and column, from 0, of a reference such as `AB12`.
fn cell_reference(reference: &str) -> Option<(usize, usize)> {
    const MAX_LETTERS: usize = 4;
    let n_letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) = reference.split_at(n_letters);
    let row: u32 = digits.parse().ok().filter(|_| (1..=MAX_LETTERS).contains(&n_letters))?;
    let place = |it: u8| usize::from(it.to_ascii_uppercase() - b'A') + 1;
    let column = letters.bytes().fold(0, |sum, it| sum * 26 + place(it));
    Some((row.checked_sub(1)? as usize, column - 1))
}

fn region(reference: &str) -> Option<Dimensions> {
    let (start, end) = reference.split_once(':').unwrap_or((reference, reference));
    let corner = |it| cell_reference(it).map(|(row, column)| (row as u32, column as u32));
    Some(Dimensions::new(corner(start)?, corner(end)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_references() {
        let check = |reference, expected| assert_eq!(cell_reference(reference), expected, "{reference}");
        check("A1", Some((0, 0)));
        check("xfd1048576", Some((1_048_575, 16_383)));
        check("A0", None);
        check("12", None);
        check("A", None);
        check("A1B", None);
        check("AAAAA1", None);
        check("A99999999999", None);
    }

    #[test]
    fn reads_texts_with_runs_and_escapes() {
        let check = |part: &str, expected: &[&str]| assert_eq!(shared_texts(part).unwrap(), expected);
        check("<sst><si><t>a</t></si><si/><si><t> b </t></si></sst>", &["a", "", "b"]);
        check("<si><r><t xml:space='preserve'>a </t></r><r><rPr/><t>b</t></r></si>", &["a b"]);
        check("<si><t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh><phoneticPr/></si>", &["東京"]);
        check("<si><t>a_x000D_b_xD83D__xDE00_ _x005F_x000D_ _xyz</t></si>", &["a\rb😀 _x000D_ _xyz"]);
    }

    #[test]
    fn finds_parts() {
        let check = |folder, target, expected| assert_eq!(path_of(folder, target), expected, "{target}");
        check("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml");
        check("xl", "/xl/styles.xml", "xl/styles.xml");
        check("xl/worksheets", "../drawings/a.xml", "xl/drawings/a.xml");
        check("", "xl/workbook.xml", "xl/workbook.xml");
        check("xl", "./worksheets\\s.xml", "xl/worksheets/s.xml");
    }
}
