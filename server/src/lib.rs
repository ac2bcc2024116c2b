//! Doorstep server.

pub mod demo;
pub mod register;
