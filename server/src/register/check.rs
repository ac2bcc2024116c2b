//! Each row of a register file against the rules of its columns, and against the other rows.

use std::collections::{BTreeMap, HashMap};

use wasm_forms::validate::{IdCard, IdKind, Phone};
use wasm_forms::{Diagnostic, Severity};

use super::columns::{Column, Kind, choice};
use super::{Cell, MAX_PROBLEMS, RegisterFile, SheetRow, clean};

/// From here on a number no longer holds every digit of an 18-character identity number.
const ROUNDED_FROM: f64 = 1e15;
const MAX_NAME_CHARS: usize = 60;
const MAX_KEY_CHARS: usize = 64;
const YEARS: std::ops::RangeInclusive<i16> = 1800..=2199;

/// What the check must know of the register.
pub struct Known<'a> {
    /// Grids, id to label; while it is empty any grid is accepted.
    pub grids: &'a BTreeMap<String, String>,
    /// Returns the key of the resident with this identity number.
    pub key_of_id_number: &'a dyn Fn(&str) -> Option<String>,
    /// Returns a key that nobody has.
    pub new_key: &'a mut dyn FnMut() -> String,
}

impl std::fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("grids", &self.grids.len()).finish_non_exhaustive()
    }
}

/// A row without a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedRow {
    /// 1-based row in the file.
    pub number: u32,
    /// The resident's key.
    pub key: String,
    /// Fields that the file gives, in the order of its columns; empty text empties the field.
    pub fields: Vec<(&'static str, String)>,
    /// Fields that follow from the identity number; only a new resident gets them.
    pub defaults: Vec<(&'static str, String)>,
}

impl CheckedRow {
    /// Returns a field that the file gives.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }
}

/// A file's good rows and what is wrong with the others.
#[derive(Debug)]
pub struct Checked {
    /// Good rows in the order of the file.
    pub rows: Vec<CheckedRow>,
    /// Problems in the order of the file, the first [`MAX_PROBLEMS`] of them.
    pub problems: Vec<Diagnostic>,
    /// All problems.
    pub n_problems: usize,
    /// Rows with an error.
    pub n_bad: usize,
}

/// Checks every row; bad rows are left out, each with at least one problem that says why.
pub fn check(mut file: RegisterFile, known: &mut Known<'_>) -> Checked {
    let mut report = Report { problems: Vec::new(), n_problems: 0, n_errors: 0 };
    for problem in std::mem::take(&mut file.problems) {
        report.add(problem);
    }
    let rows = std::mem::take(&mut file.rows);
    let mut checker = Checker {
        file: &file,
        known,
        report,
        keys: HashMap::new(),
        id_numbers: HashMap::new(),
        unknown_divisions: (0, 0),
    };
    let (mut good, n_rows) = (Vec::with_capacity(rows.len()), rows.len());
    for row in rows {
        good.extend(checker.row(&row));
    }
    let (first, n) = checker.unknown_divisions;
    if n > 0 {
        let place = file.place(first, None);
        checker.report.add(Diagnostic::warning("register.unknown_division", place).with("n", n.to_string()));
    }
    let Report { problems, n_problems, .. } = checker.report;
    Checked { n_bad: n_rows - good.len(), rows: good, problems, n_problems }
}

struct Report {
    problems: Vec<Diagnostic>,
    n_problems: usize,
    n_errors: usize,
}

impl Report {
    fn add(&mut self, problem: Diagnostic) {
        self.n_problems += 1;
        self.n_errors += usize::from(problem.severity == Severity::Error);
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }
}

/// A wrong cell: code and parameters of its text.
struct Fault(&'static str, Vec<(&'static str, String)>);

struct Checker<'a, 'k> {
    file: &'a RegisterFile,
    known: &'a mut Known<'k>,
    report: Report,
    /// Key to the row that has it.
    keys: HashMap<String, u32>,
    /// Identity number to the row that has it.
    id_numbers: HashMap<String, u32>,
    /// First row and count of numbers whose division was never issued.
    unknown_divisions: (u32, usize),
}

impl Checker<'_, '_> {
    fn row(&mut self, row: &SheetRow) -> Option<CheckedRow> {
        let n_errors = self.report.n_errors;
        let mut fields = self.cells(row);
        let (card, mut defaults) = self.identity(row, &mut fields);
        if let Some(card) = &card {
            self.compare(row, card, &fields);
            defaults.retain(|(name, _)| !fields.iter().any(|it| it.0 == *name));
        }
        if fields.iter().all(|it| it.0 != "full_name" || it.1.is_empty()) {
            self.fault(row, "full_name", Fault("register.missing_name", Vec::new()));
        }
        let key = self.key(row, &mut fields)?;
        (self.report.n_errors == n_errors).then_some(CheckedRow { number: row.number, key, fields, defaults })
    }

    fn cells(&mut self, row: &SheetRow) -> Vec<(&'static str, String)> {
        let mut fields = Vec::with_capacity(row.cells.len());
        for (cell, column) in row.cells.iter().zip(&self.file.columns) {
            let Some(column) = *column else { continue };
            match read_cell(column, cell, self.known.grids) {
                Ok(Some(value)) => fields.push((column.name, value)),
                Ok(None) => {}
                // Numbers that nobody can dial are no reason to keep a person out of the register.
                Err(Fault("register.bad_phone", params)) => {
                    self.warn(row, column.name, "register.bad_phone", params);
                    fields.push((column.name, as_text(cell)));
                }
                Err(fault) => self.fault(row, column.name, fault),
            }
        }
        fields
    }

    /// Checks the identity number; returns it and what follows from it.
    fn identity(
        &mut self,
        row: &SheetRow,
        fields: &mut Vec<(&'static str, String)>,
    ) -> (Option<IdCard>, Vec<(&'static str, String)>) {
        let nothing = (None, Vec::new());
        let id_type = fields.iter().find(|it| it.0 == "id_type").map_or("", |it| it.1.as_str());
        let is_resident_id = matches!(id_type, "" | "resident_id" | "temp_id");
        let Some(at) = fields.iter().position(|it| it.0 == "id_number" && !it.1.is_empty()) else {
            return nothing;
        };
        let card = match IdCard::parse(&fields[at].1) {
            Ok(card) => card,
            Err(_) if !is_resident_id => {
                fields[at].1 = clean::code(&fields[at].1);
                return nothing;
            }
            Err(error) => {
                let mut params = error.params();
                params.push(("reason", error.code().to_owned()));
                self.fault(row, "id_number", Fault("register.bad_id_number", params));
                fields.remove(at);
                return nothing;
            }
        };
        if !card.has_known_division() {
            let (first, n) = self.unknown_divisions;
            self.unknown_divisions = (if n == 0 { row.number } else { first }, n + 1);
        }
        fields[at].1 = card.to_string();
        fields.push(("id_last4", card.last4().to_owned()));
        fields.push(("id_masked", card.masked()));
        let id_type = match card.kind() {
            IdKind::Resident => "resident_id",
            IdKind::ResidencePermit => "hmt",
            IdKind::ForeignResident => "foreign_pr",
        };
        let mut defaults = vec![("id_type", id_type.to_owned())];
        if let (Some(born), Some(is_male)) = (card.birth_date(), card.is_male()) {
            defaults.push(("birth_date", iso(born)));
            defaults.push(("sex", if is_male { "m" } else { "f" }.to_owned()));
        }
        (Some(card), defaults)
    }

    /// Warns where the file's date of birth or sex is not that of the identity number: it may be the file that is
    /// right, so a person must look.
    fn compare(&mut self, row: &SheetRow, card: &IdCard, fields: &[(&'static str, String)]) {
        let field = |name| fields.iter().find(|it| it.0 == name && !it.1.is_empty()).map(|it| it.1.as_str());
        if let (Some(found), Some(born)) = (field("birth_date"), card.birth_date())
            && found != iso(born)
        {
            let params = vec![("found", found.to_owned()), ("wanted", iso(born))];
            self.warn(row, "birth_date", "register.birth_date_differs", params);
        }
        if let (Some(found), Some(is_male)) = (field("sex"), card.is_male())
            && (found == "m") != is_male
        {
            self.warn(row, "sex", "register.sex_differs", Vec::new());
        }
    }

    /// Returns the row's key: its own, that of its identity number, or a new one.
    fn key(&mut self, row: &SheetRow, fields: &mut Vec<(&'static str, String)>) -> Option<String> {
        let id_number =
            fields.iter().find(|it| it.0 == "id_number" && !it.1.is_empty()).map(|it| it.1.clone());
        let own = fields.iter().position(|it| it.0 == "name").map(|at| fields.remove(at).1);
        let own = own.filter(|it| !it.is_empty());
        let owner = id_number.as_deref().and_then(self.known.key_of_id_number);
        if let Some(id_number) = &id_number
            && let Some(first) = self.id_numbers.insert(id_number.clone(), row.number)
        {
            self.id_numbers.insert(id_number.clone(), first);
            let fault = Fault("register.duplicate_id_number", vec![("row", first.to_string())]);
            self.fault(row, "id_number", fault);
            return None;
        }
        let key = match (own, owner) {
            (Some(own), Some(owner)) if own != owner => {
                self.fault(row, "id_number", Fault("register.id_number_taken", vec![("key", owner)]));
                return None;
            }
            (Some(key), _) | (None, Some(key)) => key,
            (None, None) if id_number.is_some() => (self.known.new_key)(),
            // A number that could not be read has been reported already.
            (None, None) if self.has_cell(row, "id_number") => return None,
            (None, None) => {
                self.fault(row, "name", Fault("register.missing_key", Vec::new()));
                return None;
            }
        };
        if let Some(&first) = self.keys.get(&key) {
            self.fault(row, "name", Fault("register.duplicate_key", vec![("row", first.to_string())]));
            return None;
        }
        self.keys.insert(key.clone(), row.number);
        Some(key)
    }

    fn fault(&mut self, row: &SheetRow, column: &str, Fault(code, params): Fault) {
        let diagnostic = Diagnostic::error(code, self.place(row, column));
        self.report.add(params.into_iter().fold(diagnostic, |it, (name, value)| it.with(name, value)));
    }

    fn warn(&mut self, row: &SheetRow, column: &str, code: &str, params: Vec<(&'static str, String)>) {
        let diagnostic = Diagnostic::warning(code, self.place(row, column));
        self.report.add(params.into_iter().fold(diagnostic, |it, (name, value)| it.with(name, value)));
    }

    fn place(&self, row: &SheetRow, column: &str) -> wasm_forms::Place {
        self.file.place(row.number, self.column(column))
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.file.columns.iter().position(|it| it.is_some_and(|it| it.name == name))
    }

    fn has_cell(&self, row: &SheetRow, name: &str) -> bool {
        self.column(name).and_then(|it| row.cells.get(it)).is_some_and(|it| *it != Cell::Empty)
    }
}

/// Returns the field that a cell gives: nothing leaves the register's value, empty text empties it.
fn read_cell(
    column: &'static Column,
    cell: &Cell,
    grids: &BTreeMap<String, String>,
) -> Result<Option<String>, Fault> {
    if *cell == Cell::Empty || matches!(column.kind, Kind::Derived) {
        return Ok(None);
    }
    let text = as_text(cell);
    if matches!(text.as_str(), "-" | "－" | "—" | "——" | "/" | "／") {
        return Ok(Some(String::new()));
    }
    let value = match column.kind {
        Kind::Key => short(clean::code(&text), MAX_KEY_CHARS)?,
        Kind::Name => short(clean::name(&text), MAX_NAME_CHARS)?,
        Kind::IdNumber if matches!(cell, Cell::Number(it) if *it >= ROUNDED_FROM) => {
            return Err(Fault("register.rounded_number", Vec::new()));
        }
        Kind::IdNumber => text,
        Kind::Phone => phone(&text)?,
        Kind::Date => date(cell, &text)?,
        Kind::Number(low, high) => whole_number(&text, low, high)?,
        Kind::Grid => grid(&text, grids)?,
        Kind::Choice(choices) => match choice(choices, &clean::code(&text)) {
            Some(value) => value.to_owned(),
            None => {
                let words = choices.iter().filter_map(|it| it.1.split(' ').next());
                return Err(bad_value(&text, words.collect::<Vec<_>>().join("、")));
            }
        },
        Kind::Words => text
            .split([' ', ',', '，', '、', ';', '；'])
            .filter(|it| !it.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
        Kind::Text | Kind::Derived => text,
    };
    Ok(Some(value))
}

fn as_text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Number(value) => clean::number(*value),
        Cell::Date(date) => date.to_string(),
    }
}

fn short(text: String, limit: usize) -> Result<String, Fault> {
    match text.chars().count() {
        n if n > limit => Err(bad_value(&n.to_string(), format!("1–{limit}"))),
        _ => Ok(text),
    }
}

fn phone(text: &str) -> Result<String, Fault> {
    let phone = Phone::parse(text).map_err(|error| {
        let mut params = error.params();
        params.push(("reason", error.code().to_owned()));
        Fault("register.bad_phone", params)
    })?;
    Ok(phone.to_string())
}

fn date(cell: &Cell, text: &str) -> Result<String, Fault> {
    let date = match cell {
        Cell::Date(date) => Some(*date),
        Cell::Empty | Cell::Text(_) | Cell::Number(_) => clean::date(text),
    };
    match date.filter(|it| YEARS.contains(&it.year())) {
        Some(date) => Ok(date.to_string()),
        None => Err(Fault("register.bad_date", vec![("found", text.to_owned())])),
    }
}

fn whole_number(text: &str, low: i64, high: i64) -> Result<String, Fault> {
    match clean::code(text).parse::<i64>() {
        Ok(number) if (low..=high).contains(&number) => Ok(number.to_string()),
        _ => Err(bad_value(text, format!("{low}–{high}"))),
    }
}

fn grid(text: &str, grids: &BTreeMap<String, String>) -> Result<String, Fault> {
    let code = clean::code(text);
    let is_meant = |(id, label): &(&String, &String)| **id == code || clean::code(label) == code;
    match grids.iter().find(is_meant) {
        Some((id, _)) => Ok(id.clone()),
        None if grids.is_empty() => Ok(code),
        None => {
            let nearest =
                wasm_forms::diag::nearest(&code, grids.keys().map(String::as_str)).unwrap_or_default();
            Err(Fault(
                "register.unknown_grid",
                vec![("found", text.to_owned()), ("nearest", nearest.to_owned())],
            ))
        }
    }
}

fn bad_value(found: &str, wanted: String) -> Fault {
    Fault("register.bad_value", vec![("found", found.to_owned()), ("wanted", wanted)])
}

fn iso((year, month, day): (u16, u8, u8)) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}
