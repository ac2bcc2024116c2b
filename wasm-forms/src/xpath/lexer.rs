//! Characters to tokens (XPath 1.0, section 3.7).

use super::ParseError;
use crate::decimal;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token<'a> {
    Number(f64),
    Text(&'a str),
    /// A name with its prefix, if any; `*` and `prefix:*` too.
    Name(&'a str),
    Symbol(Symbol),
}

/// A token and where it starts, in bytes.
pub(crate) type Located<'a> = (Token<'a>, usize);

/// One or two characters that are no name, the second 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Symbol(u8, u8);

impl Symbol {
    /// Returns the symbol that is written so.
    #[inline]
    pub(crate) const fn of(written: &str) -> Symbol {
        match written.as_bytes() {
            [first] => Symbol(*first, 0),
            [first, second] => Symbol(*first, *second),
            _ => Symbol(0, 0),
        }
    }

    /// Returns the symbol at the beginning of a text, and its length.
    fn read(first: u8, second: Option<u8>) -> Option<(Symbol, usize)> {
        match (first, second) {
            (b':', Some(b':')) | (b'/', Some(b'/')) | (b'.', Some(b'.')) => Some((Symbol(first, first), 2)),
            (b'!' | b'<' | b'>', Some(b'=')) => Some((Symbol(first, b'='), 2)),
            (
                b'(' | b')' | b'[' | b']' | b'@' | b',' | b'/' | b'|' | b'+' | b'-' | b'=' | b'<' | b'>'
                | b'.',
                _,
            ) => Some((Symbol(first, 0), 1)),
            _ => None,
        }
    }
}

/// Cuts an expression into tokens; places in an error are bytes.
pub(crate) fn tokenize(source: &str) -> Result<Vec<Located<'_>>, ParseError> {
    let bytes = source.as_bytes();
    let mut tokens: Vec<Located<'_>> = Vec::with_capacity(source.len() / 4 + 4);
    let mut at = 0;
    // Whether what stands before can be the left side of an operator.
    let mut after_value = false;
    while let Some(&first) = bytes.get(at) {
        if let Some(length) = space(first, &source[at..]) {
            at += length;
            continue;
        }
        let start = at;
        let token = if first == b'"' || first == b'\'' {
            let length = source[start + 1..].find(char::from(first));
            let end =
                start + 1 + length.ok_or_else(|| ParseError::expected("a closing quotation mark", start))?;
            at = end + 1;
            Token::Text(&source[start + 1..end])
        } else if first.is_ascii_digit()
            || (first == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit))
        {
            at = number_end(bytes, at);
            let number = decimal::parse(&source[start..at]);
            Token::Number(number.ok_or_else(|| ParseError::expected("a number", start))?)
        } else if is_name_start(first) {
            at = name_end(bytes, at);
            let glued = if after_value { operator_before_digit(&bytes[start..at]) } else { None };
            at = glued.map_or(at, |length| start + length);
            Token::Name(&source[start..at])
        } else if first == b'*' {
            at += 1;
            Token::Name("*")
        } else {
            let (symbol, length) = Symbol::read(first, bytes.get(at + 1).copied())
                .ok_or_else(|| ParseError::expected("an expression", start))?;
            at += length;
            Token::Symbol(symbol)
        };
        after_value = match token {
            Token::Number(_) | Token::Text(_) => true,
            // After a value a name is an operator.
            Token::Name(_) => !after_value,
            Token::Symbol(it) => matches!(it, Symbol(b')' | b']', 0) | Symbol(b'.', _)),
        };
        tokens.push((token, start));
    }
    Ok(tokens)
}

/// Returns the length of one white space character at the beginning of a text; those of a typesetter and of a Chinese
/// input method count too.
fn space(first: u8, text: &str) -> Option<usize> {
    match first {
        _ if first.is_ascii_whitespace() => Some(1),
        0xc2 | 0xe3 => {
            text.chars().next().filter(|it| matches!(it, '\u{a0}' | '\u{3000}')).map(char::len_utf8)
        }
        _ => None,
    }
}

/// Returns the length of the operator in `div2` and the like: after a value a number may follow it without a space.
fn operator_before_digit(name: &[u8]) -> Option<usize> {
    let operator = ["and", "or", "div", "mod"].into_iter().find(|it| name.starts_with(it.as_bytes()))?;
    name.get(operator.len()).is_some_and(u8::is_ascii_digit).then_some(operator.len())
}

fn number_end(bytes: &[u8], mut at: usize) -> usize {
    let mut seen_point = false;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'.' && !seen_point {
            seen_point = true;
        } else if !byte.is_ascii_digit() {
            break;
        }
        at += 1;
    }
    at
}

/// Returns where a QName ends; a colon belongs to it only between two names (`jr:itext`, `a:*`), never in `child::x`.
fn name_end(bytes: &[u8], at: usize) -> usize {
    let end = local_end(bytes, at);
    let after_colon = bytes.get(end + 1).copied();
    if bytes.get(end) != Some(&b':') || after_colon == Some(b':') {
        return end;
    }
    match after_colon {
        Some(b'*') => end + 2,
        Some(byte) if is_name_start(byte) => local_end(bytes, end + 1),
        _ => end,
    }
}

fn local_end(bytes: &[u8], at: usize) -> usize {
    let is_inside = |it: &u8| is_name_start(*it) || it.is_ascii_digit() || matches!(it, b'-' | b'.');
    bytes[at..].iter().position(|it| !is_inside(it)).map_or(bytes.len(), |length| at + length)
}

/// Beyond ASCII nearly every character may stand in an XML name; the few that may not never stand in an expression.
fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}
