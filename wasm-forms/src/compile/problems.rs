//! What is wrong with an expression, for its author.

use crate::parse::at;
use crate::xpath::functions::{Function, is_algorithm};
use crate::xpath::{Expr, ParseError};
use crate::{Code, Diagnostic, diag, signed};

#[inline(never)]
pub(super) fn expression_problem(
    error: &ParseError,
    source: &str,
    reference: &str,
    attribute: &str,
) -> Diagnostic {
    let place = at(reference, attribute);
    match error {
        ParseError::UnknownFunction { name, .. } => {
            let nearest = diag::nearest(name, Function::NAMES.iter().copied()).unwrap_or_default();
            Diagnostic::error(Code::FormUnknownFunction, place)
                .with("function", name)
                .with("nearest", nearest)
        }
        ParseError::Arguments { name, found, wanted, .. } => Diagnostic::error(Code::FormArguments, place)
            .with("function", *name)
            .with("found", found.to_string())
            .with("wanted", wanted),
        ParseError::Expected { wanted, at } => Diagnostic::error(Code::FormExpression, place)
            .with("expression", source)
            .with("expected", *wanted)
            .with("at", (at + 1).to_string()),
        ParseError::TooDeep => Diagnostic::error(Code::FormExpression, place)
            .with("expression", source.chars().take(60).collect::<String>())
            .with("expected", "fewer brackets")
            .with("at", "1"),
    }
}

/// What can be known to be wrong with a call from its literals alone.
#[inline(never)]
pub(super) fn call_problem(
    function: Function,
    arguments: &[Expr],
    place: &dyn Fn() -> crate::Place,
) -> Option<Diagnostic> {
    let literal = |index: usize| match arguments.get(index) {
        Some(Expr::Text(text)) => Some(&**text),
        _ => None,
    };
    match function {
        Function::Regex => {
            let pattern = literal(1)?;
            crate::xpath::functions::pattern_of(pattern).err()?;
            Some(Diagnostic::error(Code::FormPattern, place()).with("pattern", pattern))
        }
        Function::Digest if !is_algorithm(literal(1)?) => {
            let found = format!("digest(…, '{}')", literal(1)?);
            Some(
                Diagnostic::error(Code::FormUnknownFunction, place())
                    .with("function", found)
                    .with("nearest", "digest(…, 'SHA-256')"),
            )
        }
        Function::ExtractSigned if signed::key(literal(1)?).is_none() => Some(
            Diagnostic::error(Code::FormArguments, place())
                .with("function", function.name())
                .with("found", format!("'{}'", literal(1)?))
                .with("wanted", "a public key: 32 bytes in base64"),
        ),
        Function::ChoiceName => {
            // A literal path was replaced while resolving; what is left has none.
            Some(
                Diagnostic::error(Code::FormArguments, place())
                    .with("function", "jr:choice-name")
                    .with("found", "an expression")
                    .with("wanted", "a literal path"),
            )
        }
        _ => None,
    }
}
