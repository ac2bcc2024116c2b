//! Doorstep's form engine: an ODK XForm filled in as a session, and checked again where it arrives.
//!
//! ```text
//! workbook.xlsx ─xlsform─▶ form.xml ─parse─▶ Definition ─compile─▶ Form (immutable, shared)
//!                                                                    ├─open──▶ Session ─answer─▶ ViewDiff
//!                                                                    │            └─finish─▶ submission.xml
//!                                                                    └─check─▶ Checked (findings, answers, entities)
//! ```
//!
//! Invariants that hold for everything public here:
//! - the same form, lists, environment and answers give the same bytes, natively and in WebAssembly;
//! - an answer that breaks a rule is a [`view::Violation`], never an error, and no value makes an expression throw;
//! - a form that cannot be filled in is refused by [`Form::compile`] with every reason at once.
//!
//! Deliberately absent: files, sockets, clocks and random sources. What a form needs of the world comes in
//! through [`Env`] and [`Lists`].

mod answers;
mod chance;
pub mod check;
pub mod code;
mod compile;
mod csv_text;
mod decimal;
pub mod diag;
mod draft;
#[cfg(feature = "encryption")]
pub mod encryption;
mod entities;
pub mod env;
pub mod evidence;
#[cfg(any(test, feature = "expression"))]
pub mod expression;
pub mod form;
mod grouped;
mod hash;
#[cfg(feature = "inspect")]
pub mod inspect;
mod instance;
pub mod json;
pub mod lists;
pub mod markdown;
mod parse;
mod present;
mod recompute;
mod reopen;
mod requests;
pub mod session;
mod types;
pub mod validate;
pub mod view;
#[cfg(feature = "xlsform")]
pub mod xlsform;
mod xml;
mod xpath;

pub use check::{Answer, Attachment, Checked, EntityChange, Finding, Meta, Operation, check};
pub use code::Code;
pub use diag::{Diagnostic, Place, Severity};
pub use env::Env;
pub use form::Form;
pub use lists::{Lists, Table};
pub use parse::{Method, Recording, Submission};
pub use requests::{Request, RequestKind};
pub use session::{Finished, Session};
