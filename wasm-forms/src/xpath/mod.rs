//! XPath 1.0 with ODK's functions, in a compact form of our own.
//!
//! Text is read once into an [`ast::Expr`]; the compiler then resolves its paths against the form's model. The
//! evaluator sees nodes only through [`World`], so it knows neither forms nor sessions. No value makes it fail.

pub(crate) mod ast;
mod axes;
pub(crate) mod civil;
mod compare;
pub(crate) mod eval;
pub(crate) mod functions;
pub(crate) mod lexer;
pub(crate) mod parser;
pub(crate) mod sum;
pub(crate) mod value;
mod world;

pub(crate) use ast::Expr;
pub(crate) use eval::Context;
pub(crate) use functions::Function;
#[cfg(any(test, feature = "xlsform", feature = "expression"))]
pub(crate) use parser::parse;
#[cfg(any(test, feature = "expression"))]
pub(crate) use parser::parse_in_spite;
pub(crate) use parser::{ParseError, parse_unresolved, plain_steps};
pub(crate) use value::Value;
pub(crate) use world::{Node, NodeKind, World};
