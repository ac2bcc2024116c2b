//! The engine as its callers see it.

mod checking;
mod common;
mod filling_in;
