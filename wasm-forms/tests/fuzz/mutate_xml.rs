//! XML documents: elements and attributes twice, left out, exchanged, renamed, nested, with odd values.

use std::ops::Range;

use crate::chance::Chance;
use crate::mutate::{self, ODD_TEXTS};
use crate::mutate_xpath;

/// Changes a document a few times; now and then its bytes, so that it is no document any more.
pub fn mutate(input: &[u8], corpus: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    if chance.one_in(12) {
        return mutate::bytes(input, corpus, chance);
    }
    let mut text = String::from_utf8_lossy(input).into_owned();
    for _ in 0..=chance.below(3) {
        text = once(&text, corpus, chance);
    }
    text.into_bytes()
}

fn once(text: &str, corpus: &[Vec<u8>], chance: &mut Chance) -> String {
    let elements = elements(text);
    let attributes = attributes(text);
    if elements.is_empty() || attributes.is_empty() {
        return mutate::number(text, chance);
    }
    let element = elements[chance.below(elements.len())].clone();
    let attribute = attributes[chance.below(attributes.len())].clone();
    match chance.below(16) {
        0 => replace(text, element, ""),
        1 => {
            let copies = if chance.one_in(8) { 200 } else { 1 + chance.below(3) };
            let copies = copies.min(40_000 / element.len().max(1)).max(1);
            replace(text, element.end..element.end, &text[element].repeat(copies))
        }
        2 => {
            let other = elements[chance.below(elements.len())].clone();
            let moved = text[element].to_owned();
            replace(text, other.start..other.start, &moved)
        }
        3 => exchange(text, element, elements[chance.below(elements.len())].clone()),
        4 => {
            let name = name_of(&text[element.clone()]).to_owned();
            let depth = 1 << chance.below(9);
            let nested = format!(
                "{}{}{}",
                format!("<{name}>").repeat(depth),
                &text[element.clone()],
                format!("</{name}>").repeat(depth)
            );
            replace(text, element, &nested)
        }
        5 => {
            let other = &corpus[chance.below(corpus.len())];
            let other = String::from_utf8_lossy(other);
            let others = self::elements(&other);
            let piece = others.get(chance.below(others.len())).map_or("", |it| &other[it.clone()]);
            let piece = if piece.len() > 20_000 { "" } else { piece };
            replace(text, element.end..element.end, piece)
        }
        6 => replace(text, attribute.whole, ""),
        7 => {
            let copy = text[attribute.whole.clone()].to_owned();
            replace(text, attribute.whole.end..attribute.whole.end, &copy)
        }
        8 | 9 => {
            let other = attributes[chance.below(attributes.len())].value.clone();
            let value = text[other].to_owned();
            replace(text, attribute.value, &value)
        }
        10 => replace(text, attribute.value, &escaped(chance.pick(&ODD_TEXTS))),
        11 | 12 => {
            let paths: Vec<&str> = attributes.iter().map(|it| &text[it.value.clone()]).collect();
            let paths: Vec<&str> =
                paths.into_iter().filter(|it| it.starts_with('/') && it.len() < 80).collect();
            let paths = if paths.is_empty() { vec!["/data", "."] } else { paths };
            let source = unescaped(&text[attribute.value.clone()]);
            let changed = mutate_xpath::mutate(&source, &paths, chance);
            replace(text, attribute.value, &escaped(&changed))
        }
        13 => {
            let other = attributes[chance.below(attributes.len())].name.clone();
            let name = text[other].to_owned();
            replace(text, attribute.name, &name)
        }
        14 => mutate::number(text, chance),
        _ => {
            let at = element.start;
            let piece = chance.pick(&[
                "<!-- c -->",
                "<?pi x?>",
                "<![CDATA[<a>&]]>",
                "<!DOCTYPE a [<!ENTITY b \"c\">]>",
                "&b;",
                "&#0;",
                "&#x10FFFF;",
                "text",
                "<x:y/>",
                "<",
                "</",
            ]);
            replace(text, at..at, piece)
        }
    }
}

#[derive(Clone)]
struct Attribute {
    whole: Range<usize>,
    name: Range<usize>,
    value: Range<usize>,
}

/// Returns where elements stand, from the first to the last character of each.
fn elements(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for tag in tags(text) {
        let inside = &text[tag.clone()];
        if inside.starts_with("</") {
            found.extend(open.pop().map(|start| start..tag.end));
        } else if inside.ends_with("/>") {
            found.push(tag);
        } else {
            open.push(tag.start);
        }
    }
    found
}

fn tags(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    text.match_indices('<').filter_map(|(start, _)| {
        let end = start + text[start..].find('>')? + 1;
        let is_tag = text[start + 1..].starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '_'));
        is_tag.then_some(start..end)
    })
}

fn attributes(text: &str) -> Vec<Attribute> {
    let mut found = Vec::new();
    for tag in tags(text) {
        let mut at = tag.start;
        while let Some(equals) = text[at..tag.end].find("=\"").map(|it| at + it) {
            let value = equals + 2;
            let Some(end) = text[value..tag.end].find('"').map(|it| value + it) else { break };
            let name = text[at..equals].rfind(char::is_whitespace).map_or(at, |it| at + it);
            let letter = text[name..equals].find(|c: char| !c.is_whitespace()).map_or(equals, |it| name + it);
            found.push(Attribute { whole: name..end + 1, name: letter..equals, value: value..end });
            at = end + 1;
        }
    }
    found
}

fn name_of(element: &str) -> &str {
    let name = element.trim_start_matches('<');
    &name[..name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(name.len())]
}

fn replace(text: &str, at: Range<usize>, with: &str) -> String {
    format!("{}{with}{}", &text[..at.start], &text[at.end..])
}

fn exchange(text: &str, a: Range<usize>, b: Range<usize>) -> String {
    let (a, b) = if a.start <= b.start { (a, b) } else { (b, a) };
    if b.start < a.end {
        return text.to_owned();
    }
    [&text[..a.start], &text[b.clone()], &text[a.end..b.start], &text[a], &text[b.end..]].concat()
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
