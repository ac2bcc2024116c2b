//! Routes of the review desk.

pub mod accounts;
pub mod conflicts;
pub mod dashboard;
pub mod devices;
pub mod evidence;
pub mod exports;
pub mod form_versions;
pub mod forms;
pub mod handed_in;
pub mod imports;
pub mod lists;
pub mod packs;
pub mod residents;
pub mod sealing;
pub mod signatures;
pub mod submissions;
