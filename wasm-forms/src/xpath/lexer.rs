//! Characters to tokens (XPath 1.0, section 3.7).

use super::ParseError;
use crate::decimal;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Number(f64),
    Text(Box<str>),
    /// A name with its prefix, if any; `*` and `prefix:*` too.
    Name(Box<str>),
    Symbol(&'static str),
}

/// A token and where it starts, as a character position.
pub(crate) type Located = (Token, usize);

const SYMBOLS: [&str; 20] = [
    "::", "//", "..", "!=", "<=", ">=", "(", ")", "[", "]", "@", ",", "/", "|", "+", "-", "=", "<", ">", ".",
];

pub(crate) fn tokenize(source: &str) -> Result<Vec<Located>, ParseError> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens: Vec<Located> = Vec::new();
    let mut at = 0;
    // Whether what stands before can be the left side of an operator.
    let mut after_value = false;
    while at < chars.len() {
        let c = chars[at];
        if c.is_ascii_whitespace() || matches!(c, '\u{a0}' | '\u{3000}') {
            at += 1;
            continue;
        }
        let start = at;
        let token = if c == '"' || c == '\'' {
            let end = (start + 1..chars.len())
                .find(|i| chars[*i] == c)
                .ok_or_else(|| ParseError::expected("a closing quotation mark", start))?;
            at = end + 1;
            Token::Text(chars[start + 1..end].iter().collect())
        } else if c.is_ascii_digit() || (c == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit)) {
            at = number_end(&chars, at);
            let text: String = chars[start..at].iter().collect();
            Token::Number(decimal::parse(&text).ok_or_else(|| ParseError::expected("a number", start))?)
        } else if is_name_start(c) {
            at = name_end(&chars, at);
            let glued = if after_value { operator_before_digit(&chars[start..at]) } else { None };
            at = glued.map_or(at, |length| start + length);
            Token::Name(chars[start..at].iter().collect())
        } else if c == '*' {
            at += 1;
            Token::Name("*".into())
        } else {
            let symbol = SYMBOLS
                .into_iter()
                .find(|it| it.chars().enumerate().all(|(i, x)| chars.get(start + i) == Some(&x)))
                .ok_or_else(|| ParseError::expected("an expression", start))?;
            at += symbol.len();
            Token::Symbol(symbol)
        };
        after_value = match &token {
            Token::Number(_) | Token::Text(_) => true,
            // After a value a name is an operator.
            Token::Name(_) => !after_value,
            Token::Symbol(it) => matches!(*it, ")" | "]" | "." | ".."),
        };
        tokens.push((token, start));
    }
    Ok(tokens)
}

/// Returns the length of the operator in `div2` and the like: after a value a number may follow it without a space.
fn operator_before_digit(name: &[char]) -> Option<usize> {
    let spelled = |it: &&str| it.chars().zip(name).filter(|(a, b)| a == *b).count() == it.len();
    let operator = ["and", "or", "div", "mod"].into_iter().find(spelled)?;
    name.get(operator.len()).is_some_and(char::is_ascii_digit).then_some(operator.len())
}

fn number_end(chars: &[char], mut at: usize) -> usize {
    let mut seen_point = false;
    while let Some(c) = chars.get(at) {
        if *c == '.' && !seen_point {
            seen_point = true;
        } else if !c.is_ascii_digit() {
            break;
        }
        at += 1;
    }
    at
}

/// Returns where a QName ends; a colon belongs to it only between two names (`jr:itext`, `a:*`), never in `child::x`.
fn name_end(chars: &[char], at: usize) -> usize {
    let end = local_end(chars, at);
    let after_colon = chars.get(end + 1).copied();
    if chars.get(end) != Some(&':') || after_colon == Some(':') {
        return end;
    }
    match after_colon {
        Some('*') => end + 2,
        Some(c) if is_name_start(c) => local_end(chars, end + 1),
        _ => end,
    }
}

fn local_end(chars: &[char], mut at: usize) -> usize {
    while chars.get(at).is_some_and(|c| is_name_start(*c) || c.is_ascii_digit() || matches!(c, '-' | '.')) {
        at += 1;
    }
    at
}

/// Beyond ASCII nearly every character may stand in an XML name; the few that may not never stand in an expression.
fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}
