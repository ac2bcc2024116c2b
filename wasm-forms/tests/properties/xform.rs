//! A shape as an XForm.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::shape::{Choices, Control, Expr, Item, Kind, Rule, Shape};

pub const LANGUAGES: [&str; 2] = ["中文", "English"];
/// The list beside the form.
pub const PEOPLE: &str = "name,label,kind\np1,甲,1\np2,乙,2\np3,丙,1\np4,丁,\n";
/// Always empty: what expressions read where a node was left out.
const NOTHING: &str = "/data/nothing";

/// Writes a form down.
pub fn write(shape: &Shape) -> String {
    let mut writer = Writer {
        shape,
        paths: BTreeMap::new(),
        instance: String::new(),
        binds: String::new(),
        texts: Vec::new(),
    };
    writer.paths_of(&shape.items, "/data");
    writer.model(&shape.items, "/data");
    let body = writer.body(&shape.items, "/data");
    let actions = writer.actions(None);
    let itext = writer.itext();
    let (instance, binds) = (&writer.instance, &writer.binds);
    format!(
        r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms">
<h:head><h:title>T</h:title><model>{itext}
<instance><data id="drawn" version="1">{instance}<nothing/><meta><instanceID/></meta></data></instance>
<instance id="things"><root><item><name>t1</name><label>一</label><kind>1</kind></item><item><name>t2</name><label>二</label><kind>2</kind></item><item><name>t3</name><label>三</label><kind>1</kind></item></root></instance>
<instance id="people" src="jr://file-csv/people.csv"/>
{binds}<bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/>
{actions}</model></h:head>
<h:body>{body}</h:body></h:html>"#
    )
}

struct Writer<'a> {
    shape: &'a Shape,
    paths: BTreeMap<String, String>,
    instance: String,
    binds: String,
    /// Text ids and their text with its output, for the table of translations.
    texts: Vec<(String, String)>,
}

impl Writer<'_> {
    fn paths_of(&mut self, items: &[Item], above: &str) {
        for item in items {
            let path = format!("{above}/{}", item.name);
            self.paths_of(item.children(), &path);
            self.paths.insert(item.name.clone(), path);
        }
    }

    fn model(&mut self, items: &[Item], above: &str) {
        for item in items {
            let path = format!("{above}/{}", item.name);
            let (name, data_type, default) = match &item.kind {
                Kind::Question(control, default) => {
                    (&item.name, type_of(control), default.unwrap_or_default())
                }
                Kind::Calculated(data_type) => (&item.name, *data_type, ""),
                Kind::Group(_) | Kind::Repeat { .. } => (&item.name, "", ""),
            };
            let mut bind = format!("<bind nodeset=\"{path}\"");
            if !data_type.is_empty() {
                let _ = write!(bind, " type=\"{data_type}\"");
            }
            for (rule, expr) in &item.rules {
                let _ = write!(bind, " {}=\"{}\"", attribute(*rule), escaped(&self.expression(expr)));
            }
            let _ = writeln!(self.binds, "{bind}/>");
            let _ = write!(self.instance, "<{name}>{default}");
            self.model(item.children(), &path);
            let _ = write!(self.instance, "</{name}>");
        }
    }

    fn body(&mut self, items: &[Item], above: &str) -> String {
        let mut body = String::new();
        for item in items {
            let path = format!("{above}/{}", item.name);
            let label = if matches!(item.kind, Kind::Calculated(_)) {
                String::new()
            } else {
                self.label(item, &path)
            };
            let actions = self.actions(Some(&item.name));
            match &item.kind {
                Kind::Calculated(_) => {}
                Kind::Question(control, _) => {
                    let (element, attributes, inside) = self.control(control);
                    let _ = writeln!(
                        body,
                        "<{element} ref=\"{path}\"{attributes}>{label}{inside}{actions}</{element}>"
                    );
                }
                Kind::Group(items) => {
                    let inside = self.body(items, &path);
                    let _ = writeln!(body, "<group ref=\"{path}\">{label}{inside}</group>");
                }
                Kind::Repeat { items, count, is_fixed } => {
                    let count = count.as_ref().map(|it| escaped(&self.expression(it)));
                    let count = count.map_or(String::new(), |it| format!(" jr:count=\"{it}\""));
                    let fixed = if *is_fixed { " jr:noAddRemove=\"true()\"" } else { "" };
                    let inside = self.body(items, &path);
                    let _ = writeln!(
                        body,
                        "<group ref=\"{path}\">{label}<repeat nodeset=\"{path}\"{count}{fixed}>{actions}{inside}</repeat></group>"
                    );
                }
            }
        }
        body
    }

    fn control(&self, control: &Control) -> (&'static str, &'static str, String) {
        match control {
            Control::Input(_) => ("input", "", String::new()),
            Control::Upload => ("upload", " mediatype=\"image/*\"", String::new()),
            Control::Trigger => ("trigger", "", String::new()),
            Control::Range => ("range", " start=\"1\" end=\"9\" step=\"2\"", String::new()),
            Control::Select { element, choices } => (element, "", self.choices(choices)),
        }
    }

    fn choices(&self, choices: &Choices) -> String {
        match choices {
            Choices::Inline(n) => {
                (1..=*n).map(|it| format!("<item><label>C{it}</label><value>c{it}</value></item>")).collect()
            }
            Choices::List { id, kind } => {
                let filter =
                    kind.as_ref().map(|it| format!("[kind = {}]", self.expression(it))).unwrap_or_default();
                let nodeset = escaped(&format!("instance('{id}')/root/item{filter}"));
                format!(
                    "<itemset nodeset=\"{nodeset}\"><value ref=\"name\"/><label ref=\"label\"/></itemset>"
                )
            }
        }
    }

    fn label(&mut self, item: &Item, path: &str) -> String {
        let output = item.output.as_ref().map(|it| escaped(&self.expression(it)));
        let text = format!(
            "{} {}",
            item.name,
            output.map_or(String::new(), |it| format!("<output value=\"{it}\"/>"))
        );
        if !self.shape.is_translated {
            return format!("<label>{text}</label>");
        }
        let id = format!("{path}:label");
        self.texts.push((id.clone(), text));
        format!("<label ref=\"jr:itext('{id}')\"/>")
    }

    fn itext(&self) -> String {
        if !self.shape.is_translated {
            return String::new();
        }
        let texts = |language: &str| -> String {
            let text = |(id, text): &(String, String)| {
                format!("<text id=\"{id}\"><value>{language} {text}</value></text>")
            };
            self.texts.iter().map(text).collect()
        };
        let translations =
            LANGUAGES.map(|it| format!("<translation lang=\"{it}\">{}</translation>", texts(it)));
        format!("<itext>{}</itext>", translations.concat())
    }

    fn actions(&self, at: Option<&str>) -> String {
        let here = self.shape.actions.iter().filter(|it| it.at.as_deref() == at);
        let written = here.filter_map(|it| {
            let target = self.paths.get(&it.target)?;
            let value = escaped(&self.expression(&it.value));
            Some(format!("<setvalue event=\"{}\" ref=\"{target}\" value=\"{value}\"/>", it.event))
        });
        written.collect()
    }

    fn expression(&self, expr: &Expr) -> String {
        match expr {
            Expr::Literal(text) => text.clone(),
            Expr::Node(name) => format!(" {} ", self.paths.get(name).map_or(NOTHING, String::as_str)),
            Expr::Call(name, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(|it| self.expression(it)).collect();
                format!("{name}({})", arguments.join(", "))
            }
            Expr::Binary(operator, a, b) => {
                format!("({} {operator} {})", self.expression(a), self.expression(b))
            }
        }
    }
}

fn type_of(control: &Control) -> &'static str {
    match control {
        Control::Input(data_type) => data_type,
        Control::Upload => "binary",
        Control::Range => "int",
        Control::Select { element: "odk:rank", .. } => "odk:rank",
        Control::Select { .. } | Control::Trigger => "string",
    }
}

fn attribute(rule: Rule) -> &'static str {
    match rule {
        Rule::Relevant => "relevant",
        Rule::Required => "required",
        Rule::Readonly => "readonly",
        Rule::Constraint => "constraint",
        Rule::Calculate => "calculate",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
