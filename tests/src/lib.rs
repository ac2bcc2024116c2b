//! What the tests of several parts share, and the rules that no compiler checks.

pub mod autofill;
pub mod load;
pub mod pack;
pub mod postgres;
pub mod replay;
pub mod seaweed;
pub mod tidy;
