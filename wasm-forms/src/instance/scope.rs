//! The instance, the lists and the texts as expressions see them, and what is read of them for the screen.

use super::state::State;
use super::tree::ROOT_NODE;
use crate::form::{Choices, Form, Itemset, Piece, Text};
use crate::lists::Table;
use crate::texts::Said;
use crate::view::{Choice, Media};
use crate::xpath::ast::{Axis, Expr, Path, Predicate, Start, Step, Test};
use crate::xpath::eval::Wanted;
use crate::xpath::functions::Function;
use crate::xpath::{Context, Node, Value, eval};

/// A session's world at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub form: &'a Form,
    pub state: &'a State,
}

/// Rows of a table that nobody has to be asked for one by one.
pub(super) enum LookedUp<'a> {
    All(&'a Table),
    Rows(&'a [u32]),
}

/// The index of a tree's document node.
pub(super) const DOCUMENT: u32 = 0;
/// Marks the text inside the node of the other bits.
pub(super) const TEXT: u32 = 1 << 31;

/// The forms of a text that can be read, the one that `jr:itext()` gives first.
pub(super) const PLAIN: [&str; 3] = ["", "long", "short"];
/// The same for a label: Collect shows the long form where there is one.
const LABEL: [&str; 3] = ["long", "", "short"];
/// The form of a hint for the person who asks.
const GUIDANCE: &str = "guidance";

/// Returns the expression's view of an instance node.
pub(super) fn primary(id: u32) -> Node {
    Node::new(0, id + 1)
}

/// Returns the instance node behind an expression's node; lists and texts have none.
pub(crate) fn primary_node(node: Node) -> Option<u32> {
    if node.tree == 0 && node.index & TEXT == 0 { node.index.checked_sub(1) } else { None }
}

impl<'a> Scope<'a> {
    pub fn evaluate(&self, expr: &Expr, node: u32) -> Value {
        eval::evaluate(expr, &self.context(node))
    }

    pub fn context(&self, node: u32) -> Context<'_> {
        // A rule over the nodes of a repeat is evaluated at each as one of them (XForms 1.1, 4.7.2).
        let position = self.state.tree.frame_of(node).position as usize + 1;
        Context { position, ..Context::new(self, primary(node)) }
    }

    pub(super) fn table(&self, list: u16) -> &'a Table {
        &self.state.tables[usize::from(list)]
    }

    /// Returns a text in the current language; where it has none, in the form's default language.
    pub fn render(&self, text: &Text, node: u32) -> String {
        match text {
            Text::None => String::new(),
            Text::Inline(pieces) => self.pieces(pieces, node),
            Text::Itext(number) => self.itext_form(*number, &LABEL, node).unwrap_or_default(),
        }
    }

    /// Returns the first of the wanted forms that a translated text has, in the current language, else the default.
    pub(super) fn itext_form(&self, number: usize, wanted: &[&str], node: u32) -> Option<String> {
        Some(match self.itext_pieces(number, wanted)? {
            Said::Plain(text) => text.to_owned(),
            Said::Forms(pieces) => self.pieces(pieces, node),
        })
    }

    fn itext_pieces(&self, number: usize, wanted: &[&str]) -> Option<Said<'a, Vec<Piece>>> {
        let texts = &self.form.texts;
        let in_language = |language: usize| match texts.get(language, number)? {
            Said::Plain(text) => wanted.contains(&"").then_some(Said::Plain(text)),
            Said::Forms(forms) => {
                let found = wanted.iter().find_map(|name| forms.iter().find(|(it, _)| **it == **name));
                found.map(|(_, pieces)| Said::Forms(pieces))
            }
        };
        in_language(self.state.language).or_else(|| in_language(texts.default))
    }

    /// Returns the forms of a translated text that are not to be read: `image`, `audio`, `video`, `big-image`.
    pub fn media(&self, text: &Text, node: u32) -> Vec<Media> {
        if let Text::Itext(number) = text { self.media_of(*number, node) } else { Vec::new() }
    }

    fn media_of(&self, number: usize, node: u32) -> Vec<Media> {
        let texts = &self.form.texts;
        let forms_in = |language: usize| match texts.get(language, number) {
            Some(Said::Forms(forms)) => forms.as_slice(),
            _ => &[],
        };
        let own = forms_in(self.state.language);
        // Each form that this language lacks is the default language's.
        let lacking = forms_in(texts.default).iter().filter(|(name, _)| own.iter().all(|(it, _)| it != name));
        let is_file = |name: &str| !PLAIN.contains(&name) && name != GUIDANCE;
        own.iter()
            .chain(lacking)
            .filter(|(name, _)| is_file(name))
            .map(|(name, pieces)| Media { form: name.to_string(), address: self.pieces(pieces, node) })
            .collect()
    }

    /// Returns the short form of a label; empty where there is none.
    pub fn short(&self, label: &Text, node: u32) -> String {
        let Text::Itext(number) = label else { return String::new() };
        self.itext_form(*number, &["short"], node).unwrap_or_default()
    }

    /// Returns the guidance that goes with a hint; empty where there is none.
    pub fn guidance(&self, hint: &Text, node: u32) -> String {
        let Text::Itext(number) = hint else { return String::new() };
        self.itext_form(*number, &[GUIDANCE], node).unwrap_or_default()
    }

    fn pieces(&self, pieces: &[Piece], node: u32) -> String {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(plain) => text += plain,
                Piece::Output(expr) => text += &self.evaluate(expr, node).into_text(self),
            }
        }
        text
    }

    /// Returns a text with its format; what an output gives brings none of its own.
    #[cfg(feature = "inspect")]
    pub fn formatted(&self, text: &Text, node: u32) -> Vec<crate::markdown::Node> {
        use crate::markdown::{Piece as Written, parse_pieces};
        let plain;
        let pieces = match text {
            Text::None => &[][..],
            Text::Inline(pieces) => pieces.as_slice(),
            Text::Itext(number) => match self.itext_pieces(*number, &LABEL) {
                None => &[][..],
                Some(Said::Forms(pieces)) => pieces,
                Some(Said::Plain(text)) => {
                    plain = [Piece::Text(text.into())];
                    &plain
                }
            },
        };
        let output = |it: &Piece| match it {
            Piece::Text(_) => String::new(),
            Piece::Output(expr) => self.evaluate(expr, node).into_text(self),
        };
        let outputs: Vec<String> = pieces.iter().map(output).collect();
        let mut written = Vec::with_capacity(pieces.len());
        for (piece, output) in pieces.iter().zip(&outputs) {
            written.push(match piece {
                Piece::Text(text) => Written::Text(text),
                Piece::Output(_) => Written::Output(output),
            });
        }
        parse_pieces(&written)
    }

    /// Returns how many choices a question offers.
    pub fn n_choices(&self, choices: &Choices, node: u32) -> usize {
        match choices {
            Choices::None => 0,
            Choices::Inline(items) => items.len(),
            Choices::Itemset(it) => {
                self.n_rows(it, node).unwrap_or_else(|| self.rows(&it.nodeset, node).len())
            }
        }
    }

    pub(super) fn rows(&self, nodeset: &Expr, node: u32) -> Vec<Node> {
        match self.evaluate(nodeset, node) {
            Value::Nodes(rows) => rows.to_vec(),
            _ => Vec::new(),
        }
    }

    /// Returns how many choices there are where they are all rows of a table, or those with one value in one column:
    /// then nothing has to be listed.
    fn n_rows(&self, itemset: &Itemset, node: u32) -> Option<usize> {
        self.looked_up(itemset, node).map(|it| match it {
            LookedUp::All(table) => table.len(),
            LookedUp::Rows(rows) => rows.len(),
        })
    }

    /// Returns the rows where they are all of a table, or those with one value in one column.
    pub(super) fn looked_up(&self, itemset: &Itemset, node: u32) -> Option<LookedUp<'a>> {
        let (list, predicates) = self.rows_of_list(&itemset.nodeset)?;
        let table = self.table(list);
        let predicate = match predicates {
            [] => return Some(LookedUp::All(table)),
            [predicate] if predicate.is_lookup_alone() => predicate,
            _ => return None,
        };
        let lookup = predicate.lookup.as_ref()?;
        match eval::wanted(lookup, &self.context(node)) {
            Wanted::Nothing => Some(LookedUp::Rows(&[])),
            Wanted::Text(text) => {
                let column = table.column(&lookup.column);
                Some(LookedUp::Rows(column.map(|it| table.rows_where(it, &text)).unwrap_or_default()))
            }
            Wanted::Several => None,
        }
    }

    /// Returns the choices that pass `keep`, at most `limit`.
    pub fn choices(
        &self,
        choices: &Choices,
        node: u32,
        limit: usize,
        keep: &dyn Fn(&Choice) -> bool,
    ) -> Vec<Choice> {
        match choices {
            Choices::None => Vec::new(),
            Choices::Inline(items) => items
                .iter()
                .map(|(value, label)| (label, choice(value.clone(), self.render(label, node))))
                .filter(|(_, it)| keep(it))
                .take(limit)
                .map(|(label, it)| Choice { media: self.media(label, node), ..it })
                .collect(),
            Choices::Itemset(itemset) => self
                .rows(&itemset.nodeset, node)
                .into_iter()
                .map(|row| {
                    let text = |expr| self.in_row(expr, row, node);
                    (row, choice(text(&itemset.value), text(&itemset.label)))
                })
                .filter(|(_, it)| keep(it))
                .take(limit)
                .map(|(row, it)| Choice { media: self.media_in_row(&itemset.label, row, node), ..it })
                .collect(),
        }
    }

    /// Returns the files that go with a label which a row takes from the texts.
    pub(super) fn media_in_row(&self, label: &Expr, row: Node, node: u32) -> Vec<Media> {
        let Expr::Call(Function::Itext, arguments) = label else { return Vec::new() };
        let id = arguments.first().map(|it| self.in_row(it, row, node)).unwrap_or_default();
        self.form.texts.number(&id).map_or_else(Vec::new, |it| self.media_of(it, node))
    }

    pub(super) fn in_row(&self, expr: &Expr, row: Node, node: u32) -> String {
        let context = Context { node: row, ..self.context(node) };
        eval::evaluate(expr, &context).into_text(self)
    }

    /// Returns the label of one choice; where the choices are rows of a table, only rows of that value are looked at.
    pub fn label_of_choice(&self, choices: &Choices, node: u32, wanted: &str) -> Option<String> {
        match choices {
            Choices::None => None,
            Choices::Inline(items) => {
                let found = items.iter().find(|(value, _)| value == wanted);
                found.map(|(_, label)| self.render(label, node))
            }
            Choices::Itemset(itemset) => match self.row_of_choice(itemset, node, wanted) {
                Some(row) => row.map(|it| self.in_row(&itemset.label, it, node)),
                None => self.choices(choices, node, 1, &|it| it.value == wanted).pop().map(|it| it.label),
            },
        }
    }

    /// Returns whether a question offers a value.
    pub fn offers(&self, choices: &Choices, node: u32, wanted: &str) -> bool {
        match choices {
            Choices::None => false,
            Choices::Inline(items) => items.iter().any(|(value, _)| value == wanted),
            Choices::Itemset(itemset) => match self.row_of_choice(itemset, node, wanted) {
                Some(row) => row.is_some(),
                None => {
                    let mut rows = self.rows(&itemset.nodeset, node).into_iter();
                    rows.any(|row| self.in_row(&itemset.value, row, node) == wanted)
                }
            },
        }
    }

    /// Asks the index of the value's column, and then the filter about the rows found; absent where the choices are
    /// no rows of a table, or are chosen by where they stand.
    fn row_of_choice(&self, itemset: &Itemset, node: u32, wanted: &str) -> Option<Option<Node>> {
        let (list, predicates) = self.rows_of_list(&itemset.nodeset)?;
        let column = column_of(&itemset.value)?;
        let table = self.table(list);
        let rows = table.column(column).map(|it| table.rows_where(it, wanted)).unwrap_or_default();
        let passes = |row: &u32| {
            let context = Context { node: self.row(list, *row), ..self.context(node) };
            predicates.iter().all(|it| eval::boolean(&it.expr, &context))
        };
        Some(rows.iter().find(|it| passes(it)).map(|it| self.row(list, *it)))
    }

    /// Returns the list and the predicates of `instance('list')/root/item[…]`, where the steps name what the list has
    /// and no predicate looks at positions.
    pub(super) fn rows_of_list<'b>(&self, nodeset: &'b Expr) -> Option<(u16, &'b [Predicate])> {
        let list = self.list_of(nodeset)?;
        let Expr::Path(Path { steps, .. }) = nodeset else { return None };
        let [root, item] = steps.as_slice() else { return None };
        let is_plain =
            root.predicates.is_empty() && !item.predicates.iter().any(|it| it.expr.is_positional());
        is_plain.then_some((list, &item.predicates))
    }

    /// Returns the list whose rows `instance('list')/root/item` with whatever predicates leads to.
    pub(super) fn list_of(&self, nodeset: &Expr) -> Option<u16> {
        let Expr::Path(Path { start: Start::Instance { number: Some(list), .. }, steps, .. }) = nodeset
        else {
            return None;
        };
        let [root, item] = steps.as_slice() else { return None };
        let table = self.table(*list);
        let is_named = |step: &Step, name: &str| match &step.test {
            Test::Name(it) => step.axis == Axis::Child && it.prefix().is_none() && it.local() == name,
            _ => false,
        };
        let is_table =
            table.tree().is_none() && is_named(root, table.root_name()) && is_named(item, table.row_name());
        is_table.then_some(*list)
    }

    /// Returns the node of a row.
    pub(super) fn row(&self, list: u16, row: u32) -> Node {
        let width = self.table(list).columns().len() as u32 + 1;
        Node::new(u32::from(list) + 1, 2 + row * width)
    }

    /// Returns which row of a list a node is.
    pub(super) fn row_number(&self, list: u16, node: Node) -> Option<u32> {
        let width = self.table(list).columns().len() as u32 + 1;
        let row = node.index.checked_sub(2)? / width;
        (node == self.row(list, row)).then_some(row)
    }

    /// Whether a node can be seen: what is not relevant does not exist.
    pub(super) fn exists(&self, node: u32) -> bool {
        self.state.tree.node(node).relevant
    }

    /// Returns the next 64 bits of the session's chance (SplitMix64).
    pub fn draw(&self) -> u64 {
        crate::chance::draw(&self.state.chance)
    }

    pub(super) fn root_node(&self) -> Node {
        primary(ROOT_NODE)
    }
}

fn choice(value: String, label: String) -> Choice {
    Choice { value, label, media: Vec::new() }
}

/// Returns the column of a row that an expression reads and nothing else.
pub(crate) fn column_of(value: &Expr) -> Option<&str> {
    let Expr::Path(Path { start: Start::Context, steps, .. }) = value else { return None };
    let [step] = steps.as_slice() else { return None };
    match &step.test {
        Test::Name(name) if step.predicates.is_empty() => Some(name.local()),
        _ => None,
    }
}
