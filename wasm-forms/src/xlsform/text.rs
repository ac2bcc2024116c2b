//! Text in languages, and what names and truth values are.

use std::borrow::Cow;

use super::shared::Shared;

/// Text in one language or in several, in column order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    Plain(Shared),
    Languages(Vec<(Shared, Shared)>),
}

impl Text {
    /// Returns the texts with their languages; a plain one is in `default_language`.
    pub(super) fn by_language<'a>(
        &'a self,
        default_language: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let (plain, texts) = match self {
            Text::Plain(text) => (Some((default_language, &**text)), &[][..]),
            Text::Languages(texts) => (None, &texts[..]),
        };
        plain.into_iter().chain(texts.iter().map(|(it, text)| (&**it, &**text)))
    }

    pub(super) fn plain(&self) -> Option<&str> {
        match self {
            Text::Plain(text) => Some(text),
            Text::Languages(_) => None,
        }
    }
}

/// Returns a header with straight quotes and single spaces.
pub(super) fn clean(value: &str) -> String {
    let straight = |c| match c {
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        c => c,
    };
    collapsed(value).chars().map(straight).collect()
}

/// Returns a cell with single spaces and none at its ends.
pub(super) fn collapsed(value: &str) -> Cow<'_, str> {
    let value = value.trim();
    if find(value, "  ").is_none() {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if c != ' ' || !out.ends_with(' ') {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Returns where `part`, which is not empty, first stands in `text`. Cells are short: what the standard library prepares
/// for a search takes longer than the search.
pub(super) fn find(text: &str, part: &str) -> Option<usize> {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let mut from = 0;
    loop {
        from += text[from..].iter().position(|it| *it == part[0])?;
        if text[from..].starts_with(part) {
            return Some(from);
        }
        from += 1;
    }
}

/// Returns whether `text` can be an element's name, with at most one namespace prefix.
pub(super) fn is_name(text: &str) -> bool {
    let mut parts = text.splitn(2, ':');
    parts.all(is_plain_name)
}

/// Returns whether `text` can be a name without prefix.
pub(super) fn is_plain_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}

pub(super) fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

pub(super) fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Returns the truth value that a person wrote, if it is one.
pub(super) fn yes_no(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "true()" | "是" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "false()" | "否" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straightens_quotes_and_spaces() {
        assert_eq!(clean(" “a”  b "), "\"a\" b");
        assert_eq!(collapsed(" ‘a’  b "), "‘a’ b");
    }

    #[test]
    fn finds_parts() {
        let check =
            |text: &str, part: &str| assert_eq!(find(text, part), text.find(part), "{part} in {text}");
        check("", "${");
        check("$", "${");
        check("您 ${a} ${b}", "${");
        check("$$ ${", "${");
        check("pullpulldata", "pulldata");
    }

    #[test]
    fn knows_names() {
        let check = |text, expected| assert_eq!(is_name(text), expected, "{text}");
        check("name", true);
        check("姓名", true);
        check("a:b", true);
        check("_a-1.b", true);
        check("1a", false);
        check("a b", false);
        check("a:b:c", false);
        check("", false);
        check("a/b", false);
    }
}
