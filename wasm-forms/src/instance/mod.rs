//! The instance of one session: its nodes, and how expressions see them.

mod agenda;
mod load;
mod offered;
mod output;
mod scope;
mod state;
mod tally;
mod tree;
mod views;
mod world;

pub(crate) use load::{LoadError, Loaded, load, take_up};
pub(crate) use output::{Scope as OutputScope, writable, write};
pub(crate) use scope::{Scope, column_of, primary_node};
pub(crate) use state::State;
pub(crate) use tally::Aggregate;
pub(crate) use tree::{ROOT_FRAME, ROOT_NODE};
pub(crate) use views::{ROOT_ITEM, ROOT_VIEW};
