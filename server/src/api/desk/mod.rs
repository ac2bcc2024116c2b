//! Routes of the review desk.

pub mod accounts;
pub mod dashboard;
pub mod exports;
pub mod forms;
pub mod imports;
pub mod packs;
pub mod residents;
pub mod submissions;
