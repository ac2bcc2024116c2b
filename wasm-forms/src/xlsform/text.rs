//! Text in languages, and what names and truth values are.

use std::borrow::Cow;

use super::shared::Shared;
use crate::document::{ONES, below};

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

/// Returns a text without white space at its ends: nearly all have none.
pub(super) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Returns a cell with single spaces and none at its ends.
pub(super) fn collapsed(value: &str) -> Cow<'_, str> {
    let value = trimmed(value);
    let bytes = value.as_bytes();
    // All pairs are looked at, so that several can be at once.
    let is_double = |(a, b): (&u8, &u8)| (*a == b' ') & (*b == b' ');
    if !bytes.iter().zip(bytes.get(1..).unwrap_or_default()).fold(false, |found, it| found | is_double(it)) {
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
/// for a search takes longer than the search. Looked for is the last byte: of what is searched for here it is a sign,
/// which texts have fewer of than letters.
pub(super) fn find(text: &str, part: &str) -> Option<usize> {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let before_last = part.len() - 1;
    let mut at = before_last;
    loop {
        at = next_byte(text, at, part[before_last])?;
        if text[..=at].ends_with(part) {
            return Some(at - before_last);
        }
        at += 1;
    }
}

/// Returns where a byte next stands from `at`; eight are looked at together.
pub(super) fn next_byte(bytes: &[u8], mut at: usize, wanted: u8) -> Option<usize> {
    while let Some(Ok(eight)) = bytes.get(at..at + 8).map(<[u8; 8]>::try_from) {
        let found = below(u64::from_le_bytes(eight) ^ (ONES * u64::from(wanted)), 1);
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    bytes.get(at..)?.iter().position(|it| *it == wanted).map(|it| at + it)
}

/// Returns whether `text` can be an element's name, with at most one namespace prefix.
pub(super) fn is_name(text: &str) -> bool {
    let mut parts = text.splitn(2, ':');
    parts.all(is_plain_name)
}

/// Returns whether `text` can be a name without prefix.
pub(super) fn is_plain_name(text: &str) -> bool {
    text.starts_with(is_name_start) && text[n_plain_name(text)..].chars().all(is_name_char)
}

/// Returns how many ASCII characters of a name `text` begins with, in the middle of one: nearly all names end there.
pub(super) fn n_plain_name(text: &str) -> usize {
    let is_plain = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.');
    text.bytes().take_while(is_plain).count()
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
