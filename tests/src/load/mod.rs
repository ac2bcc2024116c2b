//! Visits as phones send them, and a server to send them to: what measuring and breaking share.

pub mod client;
pub mod photo;
pub mod random;
pub mod server;
pub mod visit;
