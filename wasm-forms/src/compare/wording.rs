//! Expressions and texts as the author of a workbook knows them.

use crate::parse::Part;

/// Returns an expression with `${name}` where it names a question by its path.
pub(super) fn expression(source: &str, root: &str) -> String {
    let mut told = String::new();
    let mut rest = source.trim();
    while let Some(letter) = rest.chars().next() {
        if matches!(letter, '"' | '\'') {
            let end = rest[1..].find(letter).map_or(rest.len(), |it| it + 2);
            told.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let end = rest.find(|it: char| !is_path_letter(it)).unwrap_or(rest.len());
        if end == 0 {
            told.push(letter);
            rest = &rest[letter.len_utf8()..];
            continue;
        }
        told.push_str(&reference(&rest[..end], root, rest[end..].starts_with(['(', '['])));
        rest = &rest[end..];
    }
    squeezed(&told)
}

/// Returns a text with `${name}` in place of what is put in.
pub(super) fn text(parts: &[Part], root: &str) -> String {
    let piece = |part: &Part| match part {
        Part::Text(text) => text.to_string(),
        Part::Output(it) => {
            let told = expression(it, root);
            if told.starts_with("${") { told } else { format!("{{{told}}}") }
        }
    };
    squeezed(&parts.iter().map(piece).collect::<String>())
}

fn is_path_letter(it: char) -> bool {
    it.is_alphanumeric() || matches!(it, '/' | '_' | '-' | '.' | ':' | '@')
}

/// Returns one word of an expression: a path to a question as `${name}`, anything else as it is.
fn reference(word: &str, root: &str, goes_on: bool) -> String {
    let within =
        word.strip_prefix('/').and_then(|it| it.strip_prefix(root)).is_some_and(|it| it.starts_with('/'));
    let is_relative = word.starts_with("../");
    let name = word.rsplit('/').next().unwrap_or_default();
    let is_name = name.chars().next().is_some_and(|it| it.is_alphabetic() || it == '_');
    if (within || is_relative) && is_name && !goes_on { format!("${{{name}}}") } else { word.to_owned() }
}

/// Returns the text with runs of blanks as one: the converter writes blanks around every path.
fn squeezed(text: &str) -> String {
    let mut told = String::new();
    for line in text.split('\n') {
        if !told.is_empty() {
            told.push('\n');
        }
        told.push_str(&line.split([' ', '\t']).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" "));
    }
    told.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn tells_expressions_as_a_workbook_has_them() {
        let check = |source, expected| assert_eq!(expression(source, "data"), expected);
        check(" /data/pick/age  > 18", "${age} > 18");
        check("selected( ../meet , 'met')", "selected( ${meet} , 'met')");
        check(
            "instance('residents')/root/item[name= /data/r ]/phone",
            "instance('residents')/root/item[name= ${r} ]/phone",
        );
        check("concat('/data/a', .)", "concat('/data/a', .)");
        check("count(/data/party[p='x'])", "count(/data/party[p='x'])");
        check("'没有写完", "'没有写完");
    }
}
