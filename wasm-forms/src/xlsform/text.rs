//! Text as Chinese and other input methods leave it, made what expressions, names and truth values need.

/// Text in one language or in several, in column order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    Plain(String),
    Languages(Vec<(String, String)>),
}

impl Text {
    /// Returns the texts with their languages; a plain one is in `default_language`.
    pub(super) fn by_language<'a>(&'a self, default_language: &'a str) -> Vec<(&'a str, &'a str)> {
        match self {
            Text::Plain(text) => vec![(default_language, text)],
            Text::Languages(texts) => texts.iter().map(|(it, text)| (it.as_str(), text.as_str())).collect(),
        }
    }

    pub(super) fn plain(&self) -> Option<&str> {
        match self {
            Text::Plain(text) => Some(text),
            Text::Languages(_) => None,
        }
    }
}

/// Returns `value` with straight quotes and, where `collapse` is asked for, single spaces.
pub(super) fn clean(value: &str, collapse: bool) -> String {
    // The first byte of all four quotes.
    const QUOTE: u8 = 0xe2;
    if !collapse && !value.as_bytes().contains(&QUOTE) {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    for c in if collapse { value.trim() } else { value }.chars() {
        match c {
            '‘' | '’' => out.push('\''),
            '“' | '”' => out.push('"'),
            ' ' if collapse && out.ends_with(' ') => {}
            _ => out.push(c),
        }
    }
    out
}

/// Returns an expression with the full-width signs and digits of an input method made ASCII, except in string
/// literals and in `${…}`.
pub(super) fn half_width_expression(expression: &str) -> String {
    if expression.is_ascii() {
        return expression.to_owned();
    }
    let mut out = String::with_capacity(expression.len());
    let mut quote = None;
    let mut in_reference = false;
    for c in expression.chars() {
        let plain = half_width(c);
        match quote {
            Some(open) if plain == open && c == open => quote = None,
            Some(_) => {
                out.push(c);
                continue;
            }
            None if in_reference => {
                in_reference = plain != '}';
                out.push(if plain == '}' { plain } else { c });
                continue;
            }
            None if plain == '"' || plain == '\'' => quote = Some(plain),
            None => in_reference = plain == '{' && out.ends_with('$'),
        }
        out.push(plain);
    }
    out
}

/// Returns `text` with every full-width sign, letter and digit made ASCII.
pub(super) fn half_width_text(text: &str) -> String {
    text.chars().map(half_width).collect()
}

fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '、' => ',',
        '。' => '.',
        '【' => '[',
        '】' => ']',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
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
        let check = |value, collapse, expected| assert_eq!(clean(value, collapse), expected);
        check(" “a”  b ", true, "\"a\" b");
        check(" ‘a’  b ", false, " 'a'  b ");
    }

    #[test]
    fn reads_expressions_of_chinese_input_methods() {
        let check = |expression: &str, expected| {
            assert_eq!(half_width_expression(&clean(expression, true)), expected);
        };
        check("if（${age}＞＝６０，‘老人’，'no'）", "if(${age}>=60,'老人','no')");
        check("${name} ＝ '（全），１'", "${name} = '（全），１'");
        check("＄｛姓名（全）｝ ！＝ “”", "${姓名（全）} != \"\"");
        check("concat('“', ${a}, \"，\")", "concat('\"', ${a}, \"，\")");
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
