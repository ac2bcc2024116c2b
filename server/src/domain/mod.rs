//! The rules. Nothing here names HTTP or SQL: services take an [`App`](crate::App), open transactions and call
//! `store` inside them; the rest is pure.

pub mod account;
pub mod answers;
pub mod audit;
pub mod cadence;
pub mod calendar;
pub mod certification;
pub mod conflict;
pub mod dashboard;
pub mod desk;
pub mod desk_files;
pub mod device;
pub mod due;
pub mod escalation;
pub mod evidence;
pub mod export;
pub mod filter;
pub mod follow_up;
pub mod form;
pub mod form_version;
pub mod held;
pub mod import;
pub mod intake;
pub mod limit;
pub mod list;
pub mod notes;
pub mod orphans;
pub mod pack;
pub mod pack_version;
pub mod person;
pub mod photo;
pub mod proof;
pub mod receipt;
pub mod retention;
pub mod review;
pub mod schedule;
pub mod seal;
pub mod setup;
pub mod signature;
pub mod task;
pub mod task_type;
pub mod upload;
pub mod verify;
pub mod visit_clock;

pub use crate::store::db::DbError;
