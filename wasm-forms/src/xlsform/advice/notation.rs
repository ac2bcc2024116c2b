//! Expressions as workbooks write them, read by the engine's own parser.
//!
//! `${name}` is no XPath. It is read as the path `/_/name`, which no form has, so that an expression can be looked
//! at before there is a form, in the words of its author.

use super::super::expression::{self, Kind};
use crate::xpath::ast::{Axis, Path, Start, Step, Test};
use crate::xpath::{Expr, ParseError, parse as parse_xpath};

/// The root of the paths that stand for references.
const REFERENCED: &str = "_";
/// The root of the paths that stand for references to what was saved last.
const LAST_SAVED: &str = "__";

/// Why an expression cannot be read.
pub(super) enum Problem {
    /// What stands where something else is wanted, to the end; empty where the expression ends too early.
    Unreadable {
        rest: String,
    },
    UnknownFunction(String),
    Arguments {
        function: &'static str,
        found: usize,
    },
    TooDeep,
}

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Expr, Problem> {
    let mut written = String::with_capacity(text.len() + 16);
    // By character of what is read: the byte of `text` it stands for.
    let mut sources: Vec<usize> = Vec::with_capacity(text.len() + 16);
    let mut is_after_value = false;
    for token in expression::tokens(text) {
        // As paths the two would be one longer path.
        if token.kind == Kind::Reference && is_after_value {
            return Err(Problem::Unreadable { rest: text[token.start..].to_owned() });
        }
        if token.kind != Kind::Space {
            is_after_value =
                matches!(token.kind, Kind::Reference | Kind::Number | Kind::Literal | Kind::Close);
        }
        let path = match token.kind {
            Kind::Reference => path_of(token.text),
            _ => None,
        };
        match path {
            Some(path) => {
                sources.extend(path.chars().map(|_| token.start));
                written.push_str(&path);
            }
            None => {
                sources.extend(token.text.char_indices().map(|(at, _)| token.start + at));
                written.push_str(token.text);
            }
        }
    }
    parse_xpath(&written).map_err(|error| match error {
        ParseError::Expected { at, .. } => {
            let rest = sources.get(at).map_or("", |it| &text[*it..]);
            Problem::Unreadable { rest: rest.to_owned() }
        }
        ParseError::UnknownFunction { name, .. } => Problem::UnknownFunction(name),
        ParseError::Arguments { name, found, .. } => Problem::Arguments { function: name, found },
        ParseError::TooDeep => Problem::TooDeep,
    })
}

fn path_of(token: &str) -> Option<String> {
    let reference = expression::references(token).into_iter().next()?;
    let root = if reference.last_saved { LAST_SAVED } else { REFERENCED };
    Some(format!(" /{root}/{} ", reference.name))
}

/// Returns the name if an expression is `${name}` and nothing else.
pub(super) fn reference(expr: &Expr) -> Option<&str> {
    let Expr::Path(Path { start: Start::Root, steps, .. }) = expr else { return None };
    let [root, name] = &steps[..] else { return None };
    (plain_name(root) == Some(REFERENCED)).then(|| plain_name(name)).flatten()
}

/// Returns whether an expression is `.`, the answer itself.
pub(super) fn is_own(expr: &Expr) -> bool {
    let Expr::Path(Path { start: Start::Context, steps, .. }) = expr else { return false };
    matches!(&steps[..], [Step { axis: Axis::Itself, test: Test::Node, predicates }] if predicates.is_empty())
}

/// Returns the word if an expression is one bare word: `yes`.
pub(super) fn bare_word(expr: &Expr) -> Option<&str> {
    let Expr::Path(Path { start: Start::Context, steps, .. }) = expr else { return None };
    let [only] = &steps[..] else { return None };
    plain_name(only)
}

fn plain_name(step: &Step) -> Option<&str> {
    match &step.test {
        Test::Name(name)
            if step.axis == Axis::Child && step.predicates.is_empty() && name.prefix().is_none() =>
        {
            Some(name.local()).filter(|it| *it != "*")
        }
        _ => None,
    }
}
