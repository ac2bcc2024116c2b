//! Habits from Excel and other programs that make an expression unreadable here, and what to write instead.

use super::super::expression::{Kind, Token, tokens};

/// Signs and words, and what stands for them here; longer ones first.
const SIGNS: [(&str, &str); 12] = [
    ("==", "="),
    ("<>", "!="),
    ("=>", ">="),
    ("=<", "<="),
    ("&&", "and"),
    ("||", "or"),
    ("≥", ">="),
    ("≤", "<="),
    ("≠", "!="),
    ("×", "*"),
    ("÷", "div"),
    ("^", "pow(…, …)"),
];
const WORDS: [(&str, &str); 22] = [
    ("AND", "and"),
    ("And", "and"),
    ("OR", "or"),
    ("Or", "or"),
    ("NOT", "not(…)"),
    ("Not", "not(…)"),
    ("not", "not(…)"),
    ("MOD", "mod"),
    ("DIV", "div"),
    ("且", "and"),
    ("并且", "and"),
    ("而且", "and"),
    ("和", "and"),
    ("或", "or"),
    ("或者", "or"),
    ("等于", "="),
    ("不等于", "!="),
    ("大于", ">"),
    ("小于", "<"),
    ("大于等于", ">="),
    ("小于等于", "<="),
    ("非", "not(…)"),
];

/// Returns what makes an unreadable expression so, and what to write instead.
pub(super) fn of(text: &str) -> Option<(String, String)> {
    let tokens: Vec<Token<'_>> = tokens(text).filter(|it| it.kind != Kind::Space).collect();
    let pair = |found: &str, wanted: &str| Some((found.to_owned(), wanted.to_owned()));
    if let Some(rest) = text.trim_start().strip_prefix('=').filter(|it| !it.starts_with(['=', '>', '<'])) {
        return pair(&super::excerpt(text), &super::excerpt(rest));
    }
    if let Some((found, wanted)) = brace(text) {
        return Some((found, wanted));
    }
    let bare = without_texts(text);
    if let Some((found, wanted)) = SIGNS.iter().find(|(it, _)| bare.contains(it)) {
        return pair(found, wanted);
    }
    let word = |it: &&Token<'_>| it.kind == Kind::Name && WORDS.iter().any(|(word, _)| *word == it.text);
    if let Some((found, wanted)) =
        tokens.iter().find(word).and_then(|it| WORDS.iter().find(|(word, _)| *word == it.text))
    {
        return pair(found, wanted);
    }
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|it| tokens.get(it));
        let after = tokens.get(index + 1);
        match (token.kind, token.text) {
            (Kind::Slash, _) if before.is_some_and(is_value) && after.is_some_and(is_operand) => {
                return pair("/", "div");
            }
            (Kind::Other, "&") => return pair("&", "concat(…, …)"),
            (Kind::Other, "!") if after.is_none_or(|it| it.text != "=") => return pair("!", "not(…)"),
            _ => {}
        }
    }
    None
}

/// A name in braces without its dollar sign, or behind one without braces.
fn brace(text: &str) -> Option<(String, String)> {
    let is_name = |it: &char| super::super::text::is_name_char(*it);
    for (at, c) in text.char_indices().filter(|(_, it)| matches!(it, '{' | '$')) {
        let rest = &text[at + c.len_utf8()..];
        if let Some((name, _)) = rest.strip_prefix('(').and_then(|it| it.split_once(')')).filter(|_| c == '$')
        {
            return Some((format!("$({name})"), format!("${{{name}}}")));
        }
        let name: String = rest.chars().take_while(is_name).collect();
        let follows = rest.get(name.len()..).and_then(|it| it.chars().next());
        if name.is_empty() {
            continue;
        }
        if c == '{' && !text[..at].ends_with('$') && follows == Some('}') {
            return Some((format!("{{{name}}}"), format!("${{{name}}}")));
        }
        if c == '$' {
            return Some((format!("${name}"), format!("${{{name}}}")));
        }
    }
    None
}

/// Returns the signs and words of an expression, spaces where texts and references stand.
fn without_texts(text: &str) -> String {
    let is_text = |it: &Token<'_>| matches!(it.kind, Kind::Literal | Kind::Reference);
    tokens(text).map(|it| if is_text(&it) { " " } else { it.text }).collect()
}

fn is_value(it: &Token<'_>) -> bool {
    matches!(it.kind, Kind::Number | Kind::Literal | Kind::Reference | Kind::Close)
}

fn is_operand(it: &Token<'_>) -> bool {
    matches!(it.kind, Kind::Number | Kind::Literal | Kind::Reference | Kind::Open | Kind::Call)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn says_what_to_write_instead() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let found = of(text);
            assert_eq!(found.as_ref().map(|(a, b)| (a.as_str(), b.as_str())), expected, "{text}");
        };
        check("${a} == 1", Some(("==", "=")));
        check("${a} <> '=='", Some(("<>", "!=")));
        check("${a} = 1 && ${b} = 2", Some(("&&", "and")));
        check("${a} = 1 AND ${b} = 2", Some(("AND", "and")));
        check("${a} = 1 并且 ${b} = 2", Some(("并且", "and")));
        check("${a}/${b}", Some(("/", "div")));
        check("${a} & '岁'", Some(("&", "concat(…, …)")));
        check("${a} ≥ 60", Some(("≥", ">=")));
        check("=${a} + 1", Some(("=${a} + 1", "${a} + 1")));
        check("{age} > 60", Some(("{age}", "${age}")));
        check("$(age) > 60", Some(("$(age)", "${age}")));
        check("$年龄 > 60", Some(("$年龄", "${年龄}")));
        check("!selected(${a}, 'x')", Some(("!", "not(…)")));
        check("${a} ${b}", None);
    }
}
