//! Forms drawn by chance. A rule reads only nodes that stand before its own, so that no circle comes about.

use crate::chance::Chance;
use crate::shape::{Action, Choices, Control, Expr, Item, Kind, Rule, Shape};

const INPUTS: [&str; 10] =
    ["int", "decimal", "string", "date", "time", "dateTime", "geopoint", "barcode", "int", "string"];
/// Deepest nesting of groups and repeats.
const MAX_DEPTH: usize = 3;

/// Draws a form.
pub fn shape(chance: &mut Chance) -> Shape {
    let mut drawing =
        Drawing { chance, n_names: 0, known: Vec::new(), around: Vec::new(), actions: Vec::new() };
    let n_items = 3 + drawing.chance.below(7);
    let items = drawing.items(n_items, 0);
    let mut actions = std::mem::take(&mut drawing.actions);
    if let Some(target) = drawing.some_question().filter(|_| drawing.chance.one_in(2)) {
        let value = drawing.value();
        actions.push(Action { event: "odk-instance-first-load", at: None, target, value });
    }
    let is_translated = drawing.chance.one_in(2);
    Shape { items, is_translated, actions }
}

/// A node that later expressions may read.
struct Known {
    name: String,
    /// The repeats around it, the outermost first.
    repeats: Vec<String>,
    is_question: bool,
    is_repeat: bool,
}

struct Drawing<'a> {
    chance: &'a mut Chance,
    n_names: usize,
    known: Vec<Known>,
    /// The repeats around what is drawn now.
    around: Vec<String>,
    actions: Vec<Action>,
}

impl Drawing<'_> {
    fn items(&mut self, n: usize, depth: usize) -> Vec<Item> {
        (0..n).map(|_| self.item(depth)).collect()
    }

    fn item(&mut self, depth: usize) -> Item {
        self.n_names += 1;
        let name = format!("{}{}", ["q", "a", "n"][self.chance.below(3)], self.n_names);
        let kind = self.chance.below(if depth < MAX_DEPTH { 12 } else { 8 });
        match kind {
            0..6 => self.question(name),
            6 | 7 => self.calculated(name),
            8 | 9 => self.group(name, depth),
            _ => self.repeat(name, depth),
        }
    }

    fn question(&mut self, name: String) -> Item {
        let control = self.control();
        let mut rules = self.rules();
        if self.chance.one_in(4) {
            rules.push((Rule::Constraint, self.condition_on_itself()));
        }
        if self.chance.one_in(10) {
            rules.push((Rule::Calculate, self.value()));
        }
        let default = match &control {
            Control::Input("int") if self.chance.one_in(4) => Some("2"),
            Control::Input("string") if self.chance.one_in(6) => Some("前"),
            Control::Input("date") if self.chance.one_in(6) => Some("2026-11-23"),
            _ => None,
        };
        let output = self.chance.one_in(4).then(|| self.value());
        let item = Item { name: name.clone(), kind: Kind::Question(control, default), rules, output };
        self.know(&name, true, false);
        if self.chance.one_in(6)
            && let Some(target) = self.some_question()
        {
            let value = self.value();
            self.actions.push(Action { event: "xforms-value-changed", at: Some(name), target, value });
        }
        item
    }

    fn calculated(&mut self, name: String) -> Item {
        let data_type = self.chance.pick(&["string", "int", "decimal", "date"]);
        let data_type = ["string", "int", "decimal", "date"].into_iter().find(|it| *it == data_type);
        let mut rules = vec![(Rule::Calculate, self.value())];
        if self.chance.one_in(5) {
            rules.push((Rule::Relevant, self.condition()));
        }
        self.know(&name, false, false);
        Item { name, kind: Kind::Calculated(data_type.unwrap_or("string")), rules, output: None }
    }

    fn group(&mut self, name: String, depth: usize) -> Item {
        let mut rules = Vec::new();
        if self.chance.one_in(2) {
            rules.push((Rule::Relevant, self.condition()));
        }
        if self.chance.one_in(6) {
            rules.push((Rule::Readonly, self.condition()));
        }
        let n_items = 1 + self.chance.below(4);
        let items = self.items(n_items, depth + 1);
        Item { name, kind: Kind::Group(items), rules, output: None }
    }

    fn repeat(&mut self, name: String, depth: usize) -> Item {
        let mut rules = Vec::new();
        if self.chance.one_in(4) {
            rules.push((Rule::Relevant, self.condition()));
        }
        let count = self.chance.one_in(3).then(|| {
            // Small, whatever the answer says.
            let literal = |it: &str| Box::new(Expr::Literal(it.to_owned()));
            Expr::Binary("mod", Box::new(Expr::Call("string-length", vec![self.value()])), literal("3"))
        });
        let is_fixed = count.is_none() && self.chance.one_in(8);
        let output = self.chance.one_in(4).then(|| self.value());
        self.around.push(name.clone());
        let n_items = 1 + self.chance.below(4);
        let items = self.items(n_items, depth + 1);
        if self.chance.one_in(3)
            && let Some(target) =
                items.iter().find(|it| matches!(it.kind, Kind::Question(..))).map(|it| it.name.clone())
        {
            let value = self.value();
            self.actions.push(Action { event: "odk-new-repeat", at: Some(name.clone()), target, value });
        }
        self.around.pop();
        self.know(&name, false, true);
        Item { name, kind: Kind::Repeat { items, count, is_fixed }, rules, output }
    }

    fn know(&mut self, name: &str, is_question: bool, is_repeat: bool) {
        let repeats = self.around.clone();
        self.known.push(Known { name: name.to_owned(), repeats, is_question, is_repeat });
    }

    fn control(&mut self) -> Control {
        match self.chance.below(12) {
            0..=6 => {
                let at = self.chance.below(INPUTS.len());
                Control::Input(INPUTS[at])
            }
            7 => Control::Upload,
            8 => Control::Range,
            9 if self.chance.one_in(2) => Control::Trigger,
            _ => {
                let element = ["select1", "select", "odk:rank", "select1"][self.chance.below(4)];
                let choices = match self.chance.below(3) {
                    0 => Choices::Inline(1 + self.chance.below(4)),
                    list => Choices::List {
                        id: ["things", "people"][list - 1],
                        kind: self.chance.one_in(2).then(|| self.value()),
                    },
                };
                Control::Select { element, choices }
            }
        }
    }

    fn rules(&mut self) -> Vec<(Rule, Expr)> {
        let mut rules = Vec::new();
        for (rule, rarity) in [(Rule::Relevant, 4), (Rule::Required, 4), (Rule::Readonly, 8)] {
            if self.chance.one_in(rarity) {
                let always = rule == Rule::Required && self.chance.one_in(2);
                rules.push((rule, if always { Expr::Call("true", Vec::new()) } else { self.condition() }));
            }
        }
        rules
    }

    fn condition_on_itself(&mut self) -> Expr {
        let own = Expr::Literal(".".to_owned());
        match self.chance.below(4) {
            0 => Expr::Call("regex", vec![own, Expr::Literal("'^[0-9a-z.:+ -]+$'".to_owned())]),
            1 => Expr::Binary("<", Box::new(Expr::Call("string-length", vec![own])), Box::new(self.number())),
            2 => Expr::Binary("!=", Box::new(own), Box::new(self.value())),
            _ => Expr::Binary(
                "or",
                Box::new(Expr::Binary(">", Box::new(own), Box::new(self.number()))),
                Box::new(self.condition()),
            ),
        }
    }

    fn condition(&mut self) -> Expr {
        let a = Box::new(self.value());
        match self.chance.below(7) {
            0 => Expr::Binary("=", a, Box::new(self.value())),
            1 => Expr::Binary(">", a, Box::new(self.number())),
            2 => Expr::Binary("!=", a, Box::new(Expr::Literal("''".to_owned()))),
            3 => Expr::Call(
                "selected",
                vec![*a, Expr::Literal(["'c1'", "'t2'", "'p3'"][self.chance.below(3)].to_owned())],
            ),
            4 => Expr::Call("not", vec![Expr::Binary("<", a, Box::new(self.number()))]),
            5 => Expr::Binary("and", Box::new(Expr::Call("boolean", vec![*a])), Box::new(self.value())),
            _ => Expr::Binary("or", a, Box::new(self.value())),
        }
    }

    fn number(&mut self) -> Expr {
        Expr::Literal(["0", "1", "2", "3", "10", "-1", "2.5"][self.chance.below(7)].to_owned())
    }

    /// Returns an expression over nodes known so far.
    fn value(&mut self) -> Expr {
        if self.known.is_empty() || self.chance.one_in(8) {
            return match self.chance.below(4) {
                0 => Expr::Literal("'文 字'".to_owned()),
                1 if !self.around.is_empty() => Expr::Literal("position(..)".to_owned()),
                _ => self.number(),
            };
        }
        let at = self.chance.below(self.known.len());
        let known = &self.known[at];
        let node = Expr::Node(known.name.clone());
        if known.is_repeat {
            return Expr::Call("count", vec![node]);
        }
        // A node outside of the repeats around it, or in the same instances, is one; else they are many.
        if !self.around.starts_with(&known.repeats) {
            let at = self.chance.below(6);
            return match at {
                0 => Expr::Call("join", vec![Expr::Literal("'-'".to_owned()), node]),
                it => Expr::Call(["sum", "count", "max", "min", "count-non-empty"][it - 1], vec![node]),
            };
        }
        match self.chance.below(9) {
            0 => Expr::Binary("+", Box::new(node), Box::new(self.value())),
            1 => Expr::Binary("*", Box::new(node), Box::new(self.number())),
            2 => Expr::Call("concat", vec![node, Expr::Literal("'/'".to_owned()), self.value()]),
            3 => Expr::Call(
                "if",
                vec![Expr::Binary(">", Box::new(node), Box::new(self.number())), self.value(), self.number()],
            ),
            4 => Expr::Call("string-length", vec![node]),
            5 => Expr::Call("coalesce", vec![node, self.value()]),
            _ => node,
        }
    }

    /// Returns a question that can be set from where we are.
    fn some_question(&mut self) -> Option<String> {
        let around = &self.around;
        let open: Vec<&Known> =
            self.known.iter().filter(|it| it.is_question && around.starts_with(&it.repeats)).collect();
        (!open.is_empty()).then(|| open[self.chance.below(open.len())].name.clone())
    }
}
