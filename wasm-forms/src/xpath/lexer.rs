//! Text to tokens (XPath 1.0, section 3.7), which are pieces of it.

use super::ParseError;
use crate::decimal;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token<'s> {
    Number(f64),
    Text(&'s str),
    /// A name with its prefix, if any; `*` and `prefix:*` too.
    Name(&'s str),
    /// An absolute path of plain names, and nothing more to it: `/data/group/name`. Nearly all paths of a form are such.
    Path(&'s str),
    Symbol(Symbol),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    Axis,
    AnyDepth,
    Parent,
    NotEqual,
    LessOrEqual,
    GreaterOrEqual,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    At,
    Comma,
    Slash,
    Union,
    Plus,
    Minus,
    Equal,
    Less,
    Greater,
    Itself,
}

/// A token and the byte where it starts.
pub(crate) type Located<'s> = (Token<'s>, usize);

/// Reads all tokens; a problem names the byte where it is.
pub(crate) fn tokenize(source: &str) -> Result<Vec<Located<'_>>, ParseError> {
    let bytes = source.as_bytes();
    let mut tokens: Vec<Located<'_>> = Vec::with_capacity(bytes.len() / 2 + 2);
    let mut at = 0;
    // Whether what stands before can be the left side of an operator.
    let mut after_value = false;
    while at < bytes.len() {
        if let Some(length) = space(&bytes[at..]) {
            at += length;
            continue;
        }
        let start = at;
        let byte = bytes[at];
        let token = if byte == b'"' || byte == b'\'' {
            let length = bytes[start + 1..].iter().position(|it| *it == byte);
            let end = start + 1 + length.ok_or(ParseError::expected("a closing quotation mark", start))?;
            at = end + 1;
            Token::Text(&source[start + 1..end])
        } else if byte.is_ascii_digit() || (byte == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit))
        {
            at = number_end(bytes, at);
            let number = decimal::parse(&source[start..at]);
            Token::Number(number.ok_or(ParseError::expected("a number", start))?)
        } else if is_name_start(byte) {
            at = name_end(bytes, at);
            let glued = if after_value { operator_before_digit(&source[start..at]) } else { None };
            at = glued.map_or(at, |length| start + length);
            Token::Name(&source[start..at])
        } else if byte == b'*' {
            at += 1;
            Token::Name("*")
        } else if let Some(end) = plain_path_end(bytes, at).filter(|_| !after_value) {
            at = end;
            Token::Path(&source[start..end])
        } else {
            let (symbol, length) = symbol(byte, bytes.get(at + 1).copied())
                .ok_or(ParseError::expected("an expression", start))?;
            at += length;
            Token::Symbol(symbol)
        };
        after_value = match token {
            Token::Number(_) | Token::Text(_) | Token::Path(_) => true,
            // After a value a name is an operator.
            Token::Name(_) => !after_value,
            Token::Symbol(it) => {
                matches!(it, Symbol::Close | Symbol::CloseBracket | Symbol::Itself | Symbol::Parent)
            }
        };
        tokens.push((token, start));
    }
    Ok(tokens)
}

/// Returns where a path of plain names ends that begins here; nothing where there is more to it.
fn plain_path_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while bytes.get(at) == Some(&b'/') && bytes.get(at + 1).copied().is_some_and(is_name_start) {
        at = local_end(bytes, at + 1);
    }
    let mut next = at;
    while let Some(length) = bytes.get(next..).and_then(space) {
        next += length;
    }
    let goes_on = matches!(bytes.get(next), Some(b'/' | b'[' | b'(' | b':'));
    (at > start && !goes_on).then_some(at)
}

/// Returns the symbol that two bytes begin with, and its length.
fn symbol(byte: u8, next: Option<u8>) -> Option<(Symbol, usize)> {
    let is_double = |wanted: u8| next == Some(wanted);
    Some(match byte {
        b':' if is_double(b':') => (Symbol::Axis, 2),
        b'/' if is_double(b'/') => (Symbol::AnyDepth, 2),
        b'.' if is_double(b'.') => (Symbol::Parent, 2),
        b'!' if is_double(b'=') => (Symbol::NotEqual, 2),
        b'<' if is_double(b'=') => (Symbol::LessOrEqual, 2),
        b'>' if is_double(b'=') => (Symbol::GreaterOrEqual, 2),
        b'(' => (Symbol::Open, 1),
        b')' => (Symbol::Close, 1),
        b'[' => (Symbol::OpenBracket, 1),
        b']' => (Symbol::CloseBracket, 1),
        b'@' => (Symbol::At, 1),
        b',' => (Symbol::Comma, 1),
        b'/' => (Symbol::Slash, 1),
        b'|' => (Symbol::Union, 1),
        b'+' => (Symbol::Plus, 1),
        b'-' => (Symbol::Minus, 1),
        b'=' => (Symbol::Equal, 1),
        b'<' => (Symbol::Less, 1),
        b'>' => (Symbol::Greater, 1),
        b'.' => (Symbol::Itself, 1),
        _ => return None,
    })
}

/// Returns the length of the white space that bytes begin with; spaces that text processors put in count.
fn space(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b' ' | b'\n' | b'\t' | b'\r' | 0x0c, ..] => Some(1),
        // U+00A0 and U+3000.
        [0xc2, 0xa0, ..] => Some(2),
        [0xe3, 0x80, 0x80, ..] => Some(3),
        _ => None,
    }
}

/// Returns the length of the operator in `div2` and the like: after a value a number may follow it without a space.
fn operator_before_digit(name: &str) -> Option<usize> {
    let operator = ["and", "or", "div", "mod"].into_iter().find(|it| name.starts_with(it))?;
    name.as_bytes().get(operator.len()).is_some_and(u8::is_ascii_digit).then_some(operator.len())
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
    if bytes.get(end) != Some(&b':') {
        return end;
    }
    match bytes.get(end + 1) {
        Some(b'*') => end + 2,
        Some(byte) if is_name_start(*byte) => local_end(bytes, end + 1),
        _ => end,
    }
}

fn local_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => {}
            0x80.. if space(&bytes[at..]).is_none() => {}
            _ => break,
        }
        at += 1;
    }
    at
}

/// Beyond ASCII nearly every character may stand in an XML name; the few that may not never stand in an expression.
fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}
