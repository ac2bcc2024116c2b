//! Runs language-neutral cases against the form engine and says what differs.

pub mod xpath;
