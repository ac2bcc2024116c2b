//! The engine as its callers see it.

mod checking;
mod common;
mod declared_types;
mod device;
mod filling_in;
mod instances;
mod last_saved;
mod limits;
mod signatures;
mod stored_values;
mod submission_element;
mod texts;
mod warm_up;
