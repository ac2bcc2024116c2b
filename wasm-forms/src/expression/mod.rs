//! Expressions over any XML document: what the conformance cases are run through, and tools that ask a document
//! something. Behind the feature `expression`, so that a phone does not carry it.
//!
//! ```
//! use wasm_forms::expression::{Place, Source};
//!
//! let source = Source::parse("<data><a>6</a><b>7</b></data>")?;
//! assert_eq!(source.number("/data/a * /data/b", &Place::default())?, 42.0);
//! assert_eq!(source.nodes("/data/*[. > 6.5]", &Place::default())?, ["/*[1]/*[2]"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nodes are named by positional paths: `/` is the document, steps are `*[n]`, `text()[n]`, `comment()[n]`,
//! `processing-instruction()[n]` and `@name`.

mod path;
mod world;

use std::collections::BTreeMap;

use crate::Env;
use crate::document::Unreadable;
use crate::xml::{DOCUMENT, Document};
use crate::xpath::functions::Gives;
use crate::xpath::{Context, Expr, Node, eval, parse_in_spite};
use world::DocumentWorld;

/// A document that can be asked.
#[derive(Debug)]
pub struct Source {
    document: Document,
}

/// What a condition asks of a node-set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Condition {
    /// Whether a node of it holds text, as in ODK's forms: an answer.
    #[default]
    Text,
    /// Whether there is a node at all, as in XPath 1.0.
    Node,
}

/// Where and how an expression is evaluated.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The context node's path; the document where it is empty.
    pub context: String,
    /// The node that absolute paths begin at; the document where it is empty.
    pub root: String,
    /// What prefixes in the expression stand for; one that is not here is compared as it is written.
    pub namespaces: BTreeMap<String, String>,
    /// The namespace of names without a prefix, besides none and that of XForms.
    pub default_namespace: Option<String>,
    /// The language of `jr:itext()`; the document's default where it is absent.
    pub language: Option<String>,
    /// What makes a node-set true where a boolean is wanted.
    pub condition: Condition,
    /// Clock, UTC offset and chance.
    pub env: Env,
}

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It or the document cannot be read, or something that does not exist was called; what, and where.
    #[error("{0}")]
    Wrong(String),
    /// The document has no such node.
    #[error("no node {0}")]
    NoNode(String),
}

impl Source {
    /// Reads a document; it may have a document type declaration.
    pub fn parse(xml: &str) -> Result<Source, ExpressionError> {
        let document = Document::parse_with_doctype(xml).map_err(|it| match it {
            Unreadable::Malformed { line, column } => format!("no XML in line {line}, column {column}"),
            Unreadable::TooLarge => "a document of too many nodes".to_owned(),
        });
        Ok(Source { document: document.map_err(ExpressionError::Wrong)? })
    }

    /// Returns the value as a boolean; a node-set is true where it has a node.
    pub fn boolean(&self, expression: &str, place: &Place) -> Result<bool, ExpressionError> {
        self.ask(expression, place, |expr, cx| match expr.gives() {
            Gives::Nodes => eval::exists(expr, cx),
            _ => eval::boolean(expr, cx),
        })
    }

    /// Returns the value as a number.
    pub fn number(&self, expression: &str, place: &Place) -> Result<f64, ExpressionError> {
        self.ask(expression, place, eval::number)
    }

    /// Returns the value as text.
    pub fn text(&self, expression: &str, place: &Place) -> Result<String, ExpressionError> {
        self.ask(expression, place, |expr, cx| eval::text(expr, cx).into_owned())
    }

    /// Returns the paths of the nodes of a node-set, in the order the expression gives them.
    pub fn nodes(&self, expression: &str, place: &Place) -> Result<Vec<String>, ExpressionError> {
        let nodes = self.ask(expression, place, |expr, cx| {
            let mut found = Vec::new();
            eval::nodes(expr, cx, &mut found);
            found
        })?;
        Ok(nodes.into_iter().map(|it| path::of(&self.document, it.index)).collect())
    }

    fn ask<T>(
        &self,
        expression: &str,
        place: &Place,
        evaluate: impl FnOnce(&Expr, &Context<'_>) -> T,
    ) -> Result<T, ExpressionError> {
        let wrong = |it: &dyn ToString| ExpressionError::Wrong(it.to_string());
        let expr = parse_in_spite(expression).map_err(|it| wrong(&it))?;
        let find = |path: &str| {
            path::find(&self.document, path).ok_or_else(|| ExpressionError::NoNode(path.to_owned()))
        };
        let context = if place.context.is_empty() { DOCUMENT } else { find(&place.context)? };
        let root = if place.root.is_empty() { DOCUMENT } else { find(&place.root)? };
        let world = DocumentWorld::new(&self.document, root, place);
        world.check_prefixes(&expr).map_err(ExpressionError::Wrong)?;
        let value = evaluate(&expr, &Context::new(&world, Node::new(0, context)));
        match world.refused() {
            Some(problem) => Err(ExpressionError::Wrong(problem)),
            None => Ok(value),
        }
    }
}

#[cfg(test)]
mod tests;
