//! Choices as rows of a list: what an interface that keeps the texts of rows is told of them.
//!
//! Where value and label of a choice are read from its row alone, the row's number says all there is to say, and ten
//! thousand choices cost no more than the numbers of those on offer. All others are told in full.

use std::borrow::Cow;

use super::scope::{LookedUp, Scope, column_of};
use super::tree::ROOT_NODE;
use crate::form::{Choices, Itemset, Piece};
use crate::view::{Choice, Offered, RowChoice};
use crate::xpath::ast::Expr;
use crate::xpath::functions::Function;

/// Numbers of rows.
type Rows<'a> = Box<dyn Iterator<Item = u32> + 'a>;

impl<'a> Scope<'a> {
    /// Returns the choices of body item `source` that pass, at most `limit`; `passes` sees a label as a person reads it.
    pub fn offered(
        &self,
        source: u32,
        node: u32,
        limit: usize,
        passes: Option<&dyn Fn(&str) -> bool>,
    ) -> Offered {
        let choices = &self.form.body[source as usize].choices;
        let numbered = match choices {
            Choices::Itemset(itemset) => self.numbered(itemset, node).map(|it| (itemset, it)),
            Choices::None | Choices::Inline(_) => None,
        };
        let Some((itemset, (list, rows))) = numbered else {
            let keep = |it: &Choice| passes.is_none_or(|passes| passes(&it.label));
            return Offered::Told(self.choices(choices, node, limit, &keep));
        };
        let has_label =
            |row: &u32| passes.is_none_or(|passes| passes(&self.row_text(&itemset.label, list, *row)));
        Offered::Rows { source, rows: rows.filter(has_label).take(limit).collect() }
    }

    /// Returns what rows of the list of body item `source` are as choices; rows that are not there are left out.
    pub fn row_choices(&self, source: u32, rows: &[u32]) -> Vec<RowChoice> {
        let item = self.form.body.get(source as usize);
        let Some(Choices::Itemset(itemset)) = item.map(|it| &it.choices) else { return Vec::new() };
        let Some(list) = self.list_by_row(itemset) else { return Vec::new() };
        let is_there = |row: &&u32| (**row as usize) < self.table(list).len();
        rows.iter().filter(is_there).map(|row| self.row_choice(itemset, list, *row)).collect()
    }

    fn row_choice(&self, itemset: &Itemset, list: u16, row: u32) -> RowChoice {
        let text = |expr| self.row_text(expr, list, row).into_owned();
        let media = self.media_in_row(&itemset.label, self.row(list, row), ROOT_NODE);
        RowChoice {
            choice: Choice { value: text(&itemset.value), label: text(&itemset.label), media },
            is_fixed: self.is_fixed(&itemset.label, list, row),
        }
    }

    /// Whether a label stays what it is for the language: no text of it puts answers in.
    fn is_fixed(&self, label: &Expr, list: u16, row: u32) -> bool {
        let Expr::Call(_, arguments) = label else { return true };
        let id = arguments.first().map(|it| self.row_text(it, list, row)).unwrap_or_default();
        let texts = &self.form.texts;
        let Some(number) = texts.number(&id) else { return true };
        !texts.forms(number).flatten().flat_map(|(_, pieces)| pieces).any(|it| matches!(it, Piece::Output(_)))
    }

    /// Returns a text that is read from a row alone.
    fn row_text(&self, expr: &Expr, list: u16, row: u32) -> Cow<'a, str> {
        let table = self.table(list);
        match column_of(expr).and_then(|it| table.column(it)) {
            Some(column) => Cow::Borrowed(table.cell(row as usize, column)),
            None => Cow::Owned(self.in_row(expr, self.row(list, row), ROOT_NODE)),
        }
    }

    /// Returns the rows on offer by number, where the choices are told by row.
    fn numbered(&self, itemset: &Itemset, node: u32) -> Option<(u16, Rows<'a>)> {
        let list = self.list_by_row(itemset)?;
        let rows: Rows<'a> = match self.looked_up(itemset, node) {
            Some(LookedUp::All(table)) => Box::new(0..table.len() as u32),
            Some(LookedUp::Rows(rows)) => Box::new(rows.iter().copied()),
            None => {
                let rows = self.rows(&itemset.nodeset, node);
                let numbers: Option<Vec<u32>> = rows.iter().map(|it| self.row_number(list, *it)).collect();
                Box::new(numbers?.into_iter())
            }
        };
        Some((list, rows))
    }

    /// Returns the list whose rows the choices are, in whatever order, where each is read from its row alone.
    fn list_by_row(&self, itemset: &Itemset) -> Option<u16> {
        column_of(&itemset.value)?;
        let is_read_from_row = match &itemset.label {
            Expr::Call(Function::Itext, arguments) => arguments.iter().all(|it| column_of(it).is_some()),
            label => column_of(label).is_some(),
        };
        let rows = match &itemset.nodeset {
            Expr::Call(Function::Randomize, arguments) => arguments.first()?,
            nodeset => nodeset,
        };
        self.list_of(rows).filter(|_| is_read_from_row)
    }
}
