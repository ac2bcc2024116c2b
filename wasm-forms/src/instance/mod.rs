//! The instance of one session: its nodes, and how expressions see them.

mod load;
mod output;
mod scope;
mod state;
mod tree;

pub(crate) use load::{LoadError, load};
pub(crate) use output::{Scope as OutputScope, write};
pub(crate) use scope::Scope;
pub(crate) use state::{Changes, State};
pub(crate) use tree::NO_NODE;
