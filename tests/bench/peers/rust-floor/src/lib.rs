//! A yardstick, not a product: the least Rust in wasm that gets the generated `chain` and `fan` forms right.
//!
//! The whole XForm goes into an arena of nodes; each `calculate` becomes a small tree over value slots; an answer runs
//! the expressions below it in topological order. Values are text, parsed at each use, as XForms has them.
//! Deliberately absent: relevance, constraints, repeats, choices, labels, and every expression but numbers, absolute
//! paths, `+`, `-` and `*`. A form with more loads, but does not compute.

mod expression;
mod xml;

use std::collections::HashMap;

use expression::Expression;
use wasm_bindgen::prelude::wasm_bindgen;
use xml::{Document, Node};

/// A form with its answers.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Form {
    document: Document,
    /// Slot of each path of the primary instance.
    slots: HashMap<String, usize>,
    values: Vec<String>,
    calculates: Vec<Option<Expression>>,
    /// Slots whose calculate reads a slot.
    users: Vec<Vec<usize>>,
    /// All slots that depend on a slot, in the order to compute them; found at its first answer.
    orders: HashMap<usize, Vec<usize>>,
}

#[wasm_bindgen]
impl Form {
    /// Reads an XForm and computes it once; throws what is wrong with the XML.
    #[wasm_bindgen(constructor)]
    pub fn new(xform: &str) -> Result<Form, String> {
        let document = xml::read(xform).map_err(|error| error.to_string())?;
        let mut form = Form {
            document,
            slots: HashMap::new(),
            values: Vec::new(),
            calculates: Vec::new(),
            users: Vec::new(),
            orders: HashMap::new(),
        };
        form.make_slots();
        form.read_calculates();
        for slot in 0..form.values.len() {
            if form.calculates[slot].is_none() && !form.users[slot].is_empty() {
                form.settle(slot);
            }
        }
        Ok(form)
    }

    /// Answers a question and computes what depends on it; an unknown path is ignored.
    pub fn set(&mut self, path: &str, value: &str) {
        if let Some(&slot) = self.slots.get(path) {
            value.clone_into(&mut self.values[slot]);
            self.settle(slot);
        }
    }

    /// Returns the value of a path.
    pub fn get(&self, path: &str) -> Option<String> {
        self.slots.get(path).map(|&slot| self.values[slot].clone())
    }

    /// Returns the values right below the root as XML.
    pub fn serialize(&self) -> String {
        let is_top = |path: &str| path.matches('/').count() == 2;
        let mut slots: Vec<_> = self.slots.iter().filter(|(path, _)| is_top(path)).collect();
        slots.sort_by_key(|&(_, slot)| slot);
        let mut xml = String::from("<data>");
        for (path, &slot) in slots {
            let name = &path[path.rfind('/').map_or(0, |at| at + 1)..];
            for part in ["<", name, ">", &self.values[slot], "</", name, ">"] {
                xml.push_str(part);
            }
        }
        xml + "</data>"
    }

    /// Gives every node of the primary instance (the first `instance`) a slot.
    fn make_slots(&mut self) {
        let Document { nodes, names } = &self.document;
        let name = |node: &Node| names[node.name].as_str();
        let Some(instance) = nodes.iter().position(|node| name(node) == "instance") else { return };
        let mut paths: HashMap<usize, String> = HashMap::from([(instance, String::new())]);
        for (id, node) in nodes.iter().enumerate().skip(instance + 1) {
            let Some(parent) = node.parent else { break };
            if parent < instance {
                break;
            }
            let Some(above) = paths.get(&parent) else { continue };
            let path = format!("{above}/{}", name(node));
            self.slots.insert(path.clone(), self.values.len());
            self.values.push(node.text.clone());
            paths.insert(id, path);
        }
        self.calculates.resize_with(self.values.len(), || None);
        self.users.resize_with(self.values.len(), Vec::new);
    }

    /// Compiles the calculates that this yardstick understands.
    fn read_calculates(&mut self) {
        let Document { nodes, names } = &self.document;
        for bind in nodes.iter().filter(|node| names[node.name] == "bind") {
            let attribute = |wanted: &str| {
                let found = bind.attributes.iter().find(|(name, _)| names[*name] == wanted);
                found.map(|(_, value)| value.as_str())
            };
            let (Some(calculate), Some(path)) = (attribute("calculate"), attribute("nodeset")) else {
                continue;
            };
            let Some(&slot) = self.slots.get(path) else { continue };
            let Some(expression) = expression::parse(calculate, &self.slots) else { continue };
            expression.for_each_slot(&mut |read| self.users[read].push(slot));
            self.calculates[slot] = Some(expression);
        }
    }

    /// Computes everything below a slot.
    fn settle(&mut self, source: usize) {
        let order = self.orders.remove(&source).unwrap_or_else(|| self.order_below(source));
        for &slot in &order {
            let Some(calculate) = &self.calculates[slot] else { continue };
            let number = calculate.number(&self.values);
            self.values[slot] = if number.is_nan() { String::new() } else { number.to_string() };
        }
        self.orders.insert(source, order);
    }

    /// Returns all that depends on a slot in topological order, by a depth-first walk without recursion.
    fn order_below(&self, source: usize) -> Vec<usize> {
        let mut order = Vec::new();
        let mut seen = vec![false; self.values.len()];
        let mut open = vec![(source, 0)];
        while let Some((slot, next)) = open.last_mut() {
            if let Some(&user) = self.users[*slot].get(*next) {
                *next += 1;
                if !seen[user] {
                    seen[user] = true;
                    open.push((user, 0));
                }
            } else {
                if *slot != source {
                    order.push(*slot);
                }
                open.pop();
            }
        }
        order.reverse();
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: &str = r#"<html><head><model><instance><data><q/><a/><b/></data></instance>
        <bind nodeset="/data/q"/><bind nodeset="/data/a" calculate="/data/q + 1"/>
        <bind nodeset="/data/b" calculate=" /data/a * 2 - /data/q"/></model></head><body/></html>"#;

    #[test]
    fn an_answer_settles_what_depends_on_it() {
        let mut form = Form::new(CHAIN).unwrap();
        form.set("/data/q", "5");
        assert_eq!(form.get("/data/b").as_deref(), Some("7"));
        form.set("/data/q", "");
        assert_eq!(form.serialize(), "<data><q></q><a></a><b></b></data>");
    }

    #[test]
    fn what_it_does_not_understand_stays_empty() {
        let form = Form::new(&CHAIN.replace("/data/q + 1", "today()")).unwrap();
        assert_eq!(form.get("/data/a").as_deref(), Some(""));
        assert!(Form::new("<a></b>").is_err());
    }
}
