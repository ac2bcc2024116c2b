//! Doorstep server.

pub mod demo;
