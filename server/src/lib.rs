//! Doorstep server.

pub mod demo;
pub mod ledger;
pub mod register;
