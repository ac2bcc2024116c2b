//! What a pack asks of a form without filling it in: its questions, the lists it reads and writes, and the values that
//! its `outcome` can take.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, Node};
use wasm_forms::expression::outputs;

/// Name of the question whose value decides how a task goes on.
pub const OUTCOME: &str = "outcome";

/// A form as the checks see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Names of its questions and calculations.
    pub names: BTreeSet<String>,
    /// Lists it reads.
    pub reads: BTreeSet<String>,
    /// Lists it creates or changes rows of.
    pub writes: BTreeSet<String>,
    /// Values of its outcome; absent where it has none.
    pub outcome: Option<Values>,
}

/// Values that a question can take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// Those that can be seen; the empty one is none.
    pub texts: BTreeSet<String>,
    /// Whether there are no others.
    pub is_complete: bool,
}

/// Reads an XForm; what is no XForm has an empty outline.
#[must_use]
pub fn outline(xform: &str) -> Outline {
    let Ok(document) = Document::parse(xform) else { return Outline::default() };
    Model::read(&document).map_or_else(Outline::default, |it| it.outline())
}

struct Model<'a> {
    document: &'a Document<'a>,
    /// Path of each node of the primary instance, in order.
    paths: Vec<(String, Node<'a, 'a>)>,
    calculations: BTreeMap<&'a str, &'a str>,
    controls: BTreeMap<&'a str, Node<'a, 'a>>,
    /// Secondary instances that the form carries itself.
    choices: BTreeMap<&'a str, Vec<&'a str>>,
    reads: BTreeSet<String>,
}

impl<'a> Model<'a> {
    fn read(document: &'a Document<'a>) -> Option<Model<'a>> {
        let model = named(document.root(), "model").next()?;
        let mut instances = model.children().filter(|it| it.tag_name().name() == "instance");
        let root = instances.next()?.first_element_child()?;
        let mut it = Model {
            document,
            paths: Vec::new(),
            calculations: BTreeMap::new(),
            controls: BTreeMap::new(),
            choices: BTreeMap::new(),
            reads: BTreeSet::new(),
        };
        it.walk(root, String::new());
        for instance in instances {
            let Some(id) = instance.attribute("id") else { continue };
            match instance.attribute("src") {
                Some(source) => {
                    let file = source.rsplit('/').next().unwrap_or_default();
                    it.reads.insert(file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned());
                }
                None => {
                    let names = named(instance, "name").filter_map(|it| it.text());
                    it.choices.insert(id, names.collect());
                }
            }
        }
        for bind in model.children().filter(|it| it.tag_name().name() == "bind") {
            if let (Some(path), Some(calculation)) = (bind.attribute("nodeset"), bind.attribute("calculate"))
            {
                it.calculations.insert(path, calculation);
            }
        }
        let body = named(document.root(), "body").next()?;
        for control in body.descendants() {
            if let Some(path) = control.attribute("ref").filter(|_| is_control(control)) {
                it.controls.insert(path, control);
            }
        }
        Some(it)
    }

    fn walk(&mut self, node: Node<'a, 'a>, above: String) {
        let path = format!("{above}/{}", node.tag_name().name());
        self.paths.push((path.clone(), node));
        for child in node.children().filter(Node::is_element) {
            self.walk(child, path.clone());
        }
    }

    fn outline(&self) -> Outline {
        let name = |(path, _): &(String, Node)| path.rsplit('/').next().unwrap_or_default().to_owned();
        let outcome = self.paths.iter().find(|it| name(it) == OUTCOME);
        let writes = named(self.document.root(), "entity").filter_map(|it| it.attribute("dataset"));
        Outline {
            names: self.paths.iter().map(name).collect(),
            reads: self.reads.clone(),
            writes: writes.map(str::to_owned).collect(),
            outcome: outcome.map(|(path, _)| self.values(path, &mut Vec::new())),
        }
    }

    /// Returns the values of a node. `above` are the nodes that wait for it: a circle gives nothing new.
    fn values(&self, path: &str, above: &mut Vec<String>) -> Values {
        if above.iter().any(|it| it == path) {
            return Values { is_complete: true, ..Values::default() };
        }
        above.push(path.to_owned());
        let mut values = match (self.calculations.get(path), self.controls.get(path)) {
            (Some(calculation), _) => self.calculated(calculation, above),
            (None, Some(control)) => self.chosen(*control),
            (None, None) => self.fixed(path),
        };
        above.pop();
        values.texts.remove("");
        values
    }

    fn calculated(&self, calculation: &str, above: &mut Vec<String>) -> Values {
        let Ok(outputs) = outputs(calculation) else { return Values::default() };
        let mut values = Values { texts: outputs.texts, is_complete: outputs.is_complete };
        for passed in outputs.questions {
            let theirs = self.values(&passed.path, above);
            values.is_complete &= theirs.is_complete;
            values.texts.extend(theirs.texts.into_iter().filter(|it| !passed.without.contains(it)));
        }
        values
    }

    /// Returns the choices of a question that has some.
    fn chosen(&self, control: Node) -> Values {
        if control.tag_name().name() != "select1" {
            return Values::default();
        }
        if let Some(set) = control.children().find(|it| it.tag_name().name() == "itemset") {
            let nodeset = set.attribute("nodeset").unwrap_or_default();
            let id =
                nodeset.split_once("instance('").and_then(|(_, rest)| rest.split_once('\'')).map(|it| it.0);
            return match id.and_then(|id| self.choices.get(id)) {
                Some(names) => {
                    Values { texts: names.iter().map(|it| (*it).to_owned()).collect(), is_complete: true }
                }
                None => Values::default(),
            };
        }
        let items = control.children().filter(|it| it.tag_name().name() == "item");
        let values = items.flat_map(|item| named(item, "value")).filter_map(|it| it.text());
        Values { texts: values.map(str::to_owned).collect(), is_complete: true }
    }

    /// Returns what stands in a node that nobody is asked for.
    fn fixed(&self, path: &str) -> Values {
        let node = self.paths.iter().find(|(it, _)| it == path).map(|(_, node)| *node);
        let is_set = named(self.document.root(), "setvalue").any(|it| it.attribute("ref") == Some(path));
        let text = node.and_then(|it| it.text()).unwrap_or_default().to_owned();
        Values { texts: [text].into(), is_complete: node.is_some() && !is_set }
    }
}

fn named<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants().filter(move |it| it.is_element() && it.tag_name().name() == name)
}

fn is_control(node: Node) -> bool {
    matches!(
        node.tag_name().name(),
        "select1" | "select" | "input" | "upload" | "trigger" | "range" | "rank" | "secret"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(calculation: &str, texts: &[&str], is_complete: bool) {
        let xform = format!(
            r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
            <h:head><model><instance><data id="f"><next/><free/><fixed>kept</fixed><level/><outcome/></data></instance>
            <instance id="levels"><root><item><name>high</name></item><item><name>none</name></item></root></instance>
            <instance id="residents" src="jr://file-csv/residents.csv"/>
            <bind nodeset="/data/outcome" calculate="{calculation}"/></model></h:head>
            <h:body><select1 ref="/data/next"><item><label>A</label><value>answered</value></item>
            <item><label>B</label><value>slip</value></item></select1><input ref="/data/free"/>
            <select1 ref="/data/level"><itemset nodeset="instance('levels')/root/item"><value ref="name"/></itemset></select1>
            </h:body></h:html>"#
        );
        let outline = outline(&xform);
        let expected = Values { texts: texts.iter().map(|it| (*it).to_owned()).collect(), is_complete };
        assert_eq!(outline.outcome, Some(expected), "{calculation}");
        assert!(outline.reads.contains("residents"));
    }

    #[test]
    fn finds_the_values_of_an_outcome() {
        check("'held'", &["held"], true);
        check(" /data/next ", &["answered", "slip"], true);
        check("if(/data/next = 'answered', 'closed', /data/next)", &["closed", "slip"], true);
        check("if(/data/level = '', '', /data/level)", &["high", "none"], true);
        check("/data/fixed", &["kept"], true);
        check("/data/outcome", &[], true);
        check("if(/data/free = '', 'none', /data/free)", &["none"], false);
        check("concat('a', /data/next)", &[], false);
    }
}
