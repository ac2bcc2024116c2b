//! All SQL, one file for each aggregate. Functions here take a transaction and never decide anything; text and
//! types follow what both databases understand.

pub mod accounts;
pub mod answer_counts;
pub mod audit;
pub mod dashboard;
pub mod db;
pub mod devices;
pub mod entities;
pub mod erasures;
pub mod file_key;
pub mod forms;
pub mod imports;
pub mod inbox;
pub mod jobs;
pub mod likeness;
pub mod migrate;
pub mod packs;
pub mod photos;
pub mod plans;
pub mod queue;
pub mod seals;
pub mod selection;
pub mod settling;
pub mod submission_counts;
pub mod submissions;
pub mod tasks;
pub mod uploads;
