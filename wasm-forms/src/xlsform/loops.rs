//! Loops: the questions of a group once for every choice of a list.
//!
//! In the texts of a loop's own questions `%(name)s` and `%(label)s` stand for the choice.

use std::collections::BTreeMap;

use super::choices::{Choice, Lists};
use super::shared::Shared;
use super::text::Text;
use super::tree::{Id, Kind, Node, Tree};

/// Replaces the questions of every loop by one group for each choice. A question that is there more than once
/// counts in `names` as often, so that a reference to it is known to be ambiguous.
pub(super) fn expand(tree: &mut Tree, lists: &Lists, names: &mut BTreeMap<String, usize>) {
    for id in tree.document_order().into_iter().rev() {
        let is_loop = tree[id].kind == Kind::Group && tree[id].itemset.is_some();
        let Some(list) = tree[id].itemset.take_if(|_| is_loop).and_then(|it| lists.get(&it)) else {
            continue;
        };
        let questions = tree.take_children(id);
        for (index, choice) in list.choices.iter().filter(|it| it.name != "none").enumerate() {
            let mut group = Node::new(&choice.name, Kind::Group);
            group.label.clone_from(&choice.label);
            group.media.clone_from(&choice.media);
            group.cell = tree[id].cell.clone();
            let group = tree.add(id, group);
            for &question in &questions {
                let copied = copy(tree, question, group, Some(choice));
                if index > 0 {
                    count(tree, copied, names);
                }
            }
        }
    }
}

/// Copies a node and everything below it under `parent`; the choice is put into the node's own texts.
fn copy(tree: &mut Tree, id: Id, parent: Id, choice: Option<&Choice>) -> Id {
    let mut node = tree[id].clone();
    let children = std::mem::take(&mut node.children);
    if let Some(choice) = choice {
        put_choice(&mut node, choice);
    }
    let copied = tree.add(parent, node);
    for child in children {
        copy(tree, child, copied, None);
    }
    copied
}

fn count(tree: &Tree, id: Id, names: &mut BTreeMap<String, usize>) {
    *names.entry(tree[id].name.clone()).or_default() += 1;
    tree[id].children.iter().for_each(|it| count(tree, *it, names));
}

fn put_choice(node: &mut Node, choice: &Choice) {
    let filled = |text: &str, language: Option<&str>| {
        text.replace("%(name)s", &choice.name).replace("%(label)s", label(choice, language))
    };
    let fill = |text: &mut Shared, language: Option<&str>| {
        if text.contains("%(") {
            *text = filled(text, language).into();
        }
    };
    node.name = filled(&node.name, None);
    let texts = [&mut node.label, &mut node.hint, &mut node.guidance_hint].into_iter().flatten();
    let media = node.media.iter_mut().map(|(_, text)| text);
    let bind = node.bind.iter_mut().map(|(_, text)| text);
    for text in texts.chain(media).chain(bind) {
        match text {
            Text::Plain(text) => fill(text, None),
            Text::Languages(texts) => texts.iter_mut().for_each(|(it, text)| fill(text, Some(it))),
        }
    }
    node.control.iter_mut().for_each(|(_, value)| fill(value, None));
    [&mut node.default, &mut node.choice_filter].into_iter().flatten().for_each(|it| fill(it, None));
}

/// Returns the choice's label in `language`, else in its first.
fn label<'a>(choice: &'a Choice, language: Option<&str>) -> &'a str {
    match &choice.label {
        Some(Text::Plain(label)) => label,
        Some(Text::Languages(labels)) => {
            let own = labels.iter().find(|(it, _)| Some(it.as_str()) == language);
            own.or(labels.first()).map_or(choice.name.as_str(), |(_, label)| label.as_str())
        }
        None => &choice.name,
    }
}
