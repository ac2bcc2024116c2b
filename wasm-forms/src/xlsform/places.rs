//! From a place in the XForm back to the cell of the workbook it was written from.

use std::collections::BTreeMap;

use super::columns::{Row, Table};
use super::convert::Reading;
use super::report::Cell;
use super::tree::{Id, Kind, Tree};

/// Where every node of a form stands in its workbook.
pub(super) struct Places<'a> {
    reading: &'a Reading,
    nodes: BTreeMap<String, Id>,
}

impl<'a> Places<'a> {
    pub(super) fn of(reading: &'a Reading) -> Self {
        let tree = &reading.tree;
        let nodes = tree.document_order().into_iter().map(|it| (tree.path(it).to_owned(), it)).collect();
        Self { reading, nodes }
    }

    /// Returns the node at an absolute path of the XForm.
    pub(super) fn node(&self, path: &str) -> Option<Id> {
        self.nodes.get(path).copied()
    }

    /// Returns the cell that an attribute or element of a node was written from: `relevant`, `label`, `itemset`, ….
    pub(super) fn cell(&self, path: &str, attribute: &str) -> Cell {
        let Some(id) = self.node(path) else { return Cell::default() };
        if let Some(cell) = self.cell_of_meta(id) {
            return cell;
        }
        let Some(row) = self.row(id) else { return self.own_cell(id) };
        let columns = columns_of(attribute);
        let own = columns.iter().find(|it| has_value(row, it)).or(columns.first());
        own.map_or_else(|| self.own_cell(id), |it| row.at(it))
    }

    /// Returns the row of the survey that a node comes from.
    pub(super) fn row(&self, id: Id) -> Option<&'a Row> {
        row_of(&self.reading.tree, &self.reading.survey, id)
    }

    /// Returns the cell of the row of `choices` or `survey` that names an external list.
    pub(super) fn cell_of_list(&self, list: &str) -> Cell {
        let names = |row: &&Row| {
            let by_type = row.text("type").is_some_and(|it| names_file(it, list));
            by_type
                || row.text("name") == Some(list)
                    && row.text("type").is_some_and(|it| it.ends_with("-external"))
        };
        if let Some(row) = self.reading.survey.rows.iter().find(names) {
            return row.at("type");
        }
        let quoted = [format!("'{list}'"), format!("\"{list}\"")];
        let mut mentioned = None;
        for row in &self.reading.survey.rows {
            for (step, value) in &row.values {
                super::convert::each_text(step, value, &mut |path, text| {
                    if mentioned.is_none() && quoted.iter().any(|it| text.contains(it.as_str())) {
                        mentioned = Some(row.at(path));
                    }
                });
            }
        }
        let declared = || {
            let rows = &self.reading.entities.as_ref()?.rows;
            rows.iter().find(|it| it.text("dataset") == Some(list)).map(|it| it.at("dataset"))
        };
        mentioned.or_else(declared).unwrap_or_default()
    }

    /// Returns the cell of the settings sheet that a column means.
    pub(super) fn setting(&self, column: &str) -> Cell {
        let row = self.reading.settings_table.as_ref().and_then(|it| it.rows.first());
        row.map_or_else(Cell::default, |it| it.at(column))
    }

    /// What every submission says of itself comes from other sheets than the survey.
    fn cell_of_meta(&self, id: Id) -> Option<Cell> {
        let tree = &self.reading.tree;
        let node = &tree[id];
        let column = match (node.kind, node.name.as_str()) {
            (Kind::Entity, _) => "dataset",
            (Kind::EntityLabel, _) => "label",
            (Kind::Attribute, "create") => "create_if",
            (Kind::Attribute, "update") => "update_if",
            (Kind::Attribute, "dataset") => "dataset",
            (Kind::Attribute, _) => "entity_id",
            (Kind::Question, "instanceName") if tree[node.parent?].is_meta => {
                return Some(self.setting("instance_name"));
            }
            _ => return None,
        };
        let declared =
            std::iter::once(id).chain(tree.ancestors(id)).find(|it| tree[*it].kind == Kind::Entity)?;
        let row = self.reading.entities.as_ref()?.row(tree[declared].cell.row)?;
        Some(row.at(column))
    }

    fn own_cell(&self, id: Id) -> Cell {
        let tree = &self.reading.tree;
        let known = |it: &Id| !tree[*it].cell.sheet.is_empty();
        std::iter::once(id)
            .chain(tree.ancestors(id))
            .find(known)
            .map_or_else(Cell::default, |it| tree[it].cell.clone())
    }
}

/// Returns the row of the survey that a node comes from.
pub(super) fn row_of<'a>(tree: &Tree, survey: &'a Table, id: Id) -> Option<&'a Row> {
    let cell = &tree[id].cell;
    if cell.sheet == survey.columns.sheet { survey.row(cell.row) } else { None }
}

/// The columns an attribute may come from; the first that is filled in is the one.
fn columns_of(attribute: &str) -> &'static [&'static str] {
    match attribute {
        "relevant" => &["bind relevant"],
        "calculate" => &["bind calculate", "control jr:count", "default"],
        "constraint" => &["bind constraint"],
        "readonly" => &["bind readonly"],
        "required" => &["bind required"],
        "requiredMsg" => &["bind jr:requiredMsg"],
        "constraintMsg" => &["bind jr:constraintMsg"],
        "count" => &["control jr:count"],
        "label" => &["label", "media"],
        "hint" => &["hint", "guidance_hint"],
        "itemset" => &["choice_filter", "type"],
        "setvalue" => &["default", "bind calculate"],
        "type" | "value" | "item" | "appearance" => &["type"],
        _ => &[],
    }
}

fn has_value(row: &Row, path: &str) -> bool {
    match path.split_once(' ') {
        Some((group, step)) => row.map(group).iter().any(|(it, _)| it == step),
        None => row.get(path).is_some(),
    }
}

/// Returns whether a type names the file of a list: `select_one_from_file residents.csv`.
fn names_file(question_type: &str, list: &str) -> bool {
    let is_file = |word: &str| super::questions::split_file(word).is_some_and(|(base, _)| base == list);
    question_type.split_whitespace().any(|it| is_file(it) || it == list)
}
