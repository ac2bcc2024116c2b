//! What the tests of several parts share, and the rules that no compiler checks.

pub mod postgres;
pub mod tidy;
