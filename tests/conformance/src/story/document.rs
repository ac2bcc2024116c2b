//! Paths as stories write them, and documents asked by them.
//!
//! A path may leave out its beginning (`party[2]/name`) and positions; of several nodes that fit, the one nearest
//! to the root is meant, and where two are equally near, the path must say more.

use roxmltree::{Document, Node};

/// A path as written.
#[derive(Debug)]
pub(super) struct Sought {
    is_absolute: bool,
    steps: Vec<Place>,
}

/// A name and, where it is known, its position among its like-named siblings.
type Place = (String, Option<usize>);

impl Sought {
    pub fn read(path: &str) -> Self {
        Self { is_absolute: path.starts_with('/'), steps: places(path) }
    }

    /// Whether the last step says which of several it means.
    pub fn names_instance(&self) -> bool {
        self.steps.last().is_some_and(|it| it.1.is_some())
    }

    pub fn fits(&self, reference: &str) -> bool {
        let found = places(reference);
        if self.steps.len() > found.len() || self.is_absolute && self.steps.len() != found.len() {
            return false;
        }
        let same = |wanted: &Place, found: &Place| {
            same_name(&wanted.0, &found.0) && wanted.1.is_none_or(|it| it == found.1.unwrap_or(1))
        };
        self.steps.iter().rev().zip(found.iter().rev()).all(|(wanted, found)| same(wanted, found))
    }
}

fn places(path: &str) -> Vec<Place> {
    let steps = path.split('/').filter(|it| !it.is_empty());
    steps
        .map(|step| match step.split_once('[') {
            Some((name, n)) => (name.to_owned(), n.trim_end_matches(']').parse().ok()),
            None => (step.to_owned(), None),
        })
        .collect()
}

/// A prefix may be left out.
fn same_name(a: &str, b: &str) -> bool {
    let local = |it: &str| it.rsplit_once(':').map_or_else(|| it.to_owned(), |it| it.1.to_owned());
    let is_attribute = |it: &str| it.starts_with('@');
    a == b
        || is_attribute(a) == is_attribute(b)
            && local(a).trim_start_matches('@') == local(b).trim_start_matches('@')
}

/// Returns the one of `found` that a path means; two equally near to the root are an error.
pub(super) fn nearest<T>(
    path: &str,
    found: impl Iterator<Item = T>,
    reference: impl Fn(&T) -> String,
) -> Result<Option<T>, String> {
    let depth = |it: &T| places(&reference(it)).len();
    let mut found: Vec<T> = found.collect();
    let Some(least) = found.iter().map(depth).min() else { return Ok(None) };
    found.retain(|it| depth(it) == least);
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => {
            let names: Vec<String> = found.iter().map(reference).collect();
            Err(format!("`{path}` may be any of {}", names.join(", ")))
        }
    }
}

/// Returns the text of the element or attribute that a path means.
pub(super) fn value(xml: &str, path: &str) -> Result<Option<String>, String> {
    let document = Document::parse(xml).map_err(|error| format!("the document is not XML: {error}"))?;
    let sought = Sought::read(path);
    let mut all = Vec::new();
    collect(document.root_element(), String::new(), &mut all);
    let fitting = all.into_iter().filter(|it| sought.fits(&it.0));
    Ok(nearest(path, fitting, |it| it.0.clone())?.map(|it| it.1))
}

fn collect(element: Node<'_, '_>, above: String, found: &mut Vec<(String, String)>) {
    let name = element.tag_name().name();
    let before = element.prev_siblings().skip(1).filter(|it| it.has_tag_name(element.tag_name())).count();
    let own = format!("{above}/{name}[{}]", before + 1);
    for attribute in element.attributes() {
        found.push((format!("{own}/@{}", attribute.name()), attribute.value().to_owned()));
    }
    let is_leaf = element.first_element_child().is_none();
    let text = if is_leaf { element.text().unwrap_or_default().to_owned() } else { String::new() };
    for child in element.children().filter(Node::is_element) {
        collect(child, own.clone(), found);
    }
    found.push((own, text));
}

/// Returns the document with another text in the element that a path means.
pub(super) fn with_value(xml: &str, path: &str, value: &str) -> Result<String, String> {
    let document = Document::parse(xml).map_err(|error| format!("the document is not XML: {error}"))?;
    let sought = Sought::read(path);
    let mut elements = Vec::new();
    gather(document.root_element(), String::new(), &mut elements);
    let fitting = elements.into_iter().filter(|it| sought.fits(&it.0));
    let Some((_, element)) = nearest(path, fitting, |it| it.0.clone())? else {
        return Err(format!("the document has no `{path}`"));
    };
    let (range, name) = (element.range(), element.tag_name().name());
    let value = value.replace('&', "&amp;").replace('<', "&lt;");
    Ok(format!("{}<{name}>{value}</{name}>{}", &xml[..range.start], &xml[range.end..]))
}

fn gather<'a, 'b>(element: Node<'a, 'b>, above: String, found: &mut Vec<(String, Node<'a, 'b>)>) {
    let before = element.prev_siblings().skip(1).filter(|it| it.has_tag_name(element.tag_name())).count();
    let own = format!("{above}/{}[{}]", element.tag_name().name(), before + 1);
    for child in element.children().filter(Node::is_element) {
        gather(child, own.clone(), found);
    }
    found.push((own, element));
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = r#"<data id="f"><a>1</a><p><a>2</a></p><p><a>3</a></p><m><e id="x"/></m></data>"#;

    #[test]
    fn finds_what_a_path_means() {
        let check = |path: &str, expected: Result<Option<&str>, &str>| {
            let expected = expected.map(|it| it.map(str::to_owned)).map_err(str::to_owned);
            assert_eq!(value(XML, path), expected, "{path}");
        };
        check("a", Ok(Some("1")));
        check("p[2]/a", Ok(Some("3")));
        check("/data/p[1]/a", Ok(Some("2")));
        check("e/@id", Ok(Some("x")));
        check("z", Ok(None));
        check("p/a", Err("`p/a` may be any of /data[1]/p[1]/a[1], /data[1]/p[2]/a[1]"));
    }

    #[test]
    fn changes_one_element() {
        let changed = with_value(XML, "p[2]/a", "<9>").expect("there is one");
        assert_eq!(value(&changed, "p[2]/a"), Ok(Some("<9>".to_owned())));
        assert_eq!(value(&changed, "p[1]/a"), Ok(Some("2".to_owned())));
    }
}
