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
//! # Example
//!
//! A form is compiled once, opened for a visit, answered, finished, and checked where it arrives.
//!
//! ```
//! use std::sync::Arc;
//! use wasm_forms::{Env, Form, Lists, Session, check};
//!
//! let xform = r#"<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
//!         xmlns:orx="http://openrosa.org/xforms" xmlns:jr="http://openrosa.org/javarosa">
//!   <h:head><h:title>走访</h:title><model>
//!     <instance><data id="visit" version="1"><name/><age/><meta><orx:instanceID/></meta></data></instance>
//!     <bind nodeset="/data/name" type="string" required="true()"/>
//!     <bind nodeset="/data/age" type="int" constraint=". &lt; 130"/>
//!     <bind nodeset="/data/meta/orx:instanceID" type="string" jr:preload="uid"/>
//!   </model></h:head>
//!   <h:body>
//!     <input ref="/data/name"><label>姓名</label></input>
//!     <input ref="/data/age"><label>年龄</label></input>
//!   </h:body>
//! </h:html>"#;
//! let form = Arc::new(Form::compile(xform).expect("the form can be filled in"));
//! let lists = Arc::new(Lists::new());
//! let env = Env { now_ms: 1_768_440_000_000, offset_min: 480, seed: 7, ..Env::default() };
//!
//! let mut visit = Session::open(&form, &lists, env.clone(), &[]);
//! let view = visit.view();
//! assert_eq!(view.title, "走访");
//! let missing = visit.finish(env.now_ms).expect_err("the name is required");
//! assert_eq!(missing[0].violation.code, "answer.required");
//!
//! let name = visit.find("/data/name").expect("the form asks for a name");
//! let diff = visit.answer(name, "李奶奶", env.now_ms)?;
//! assert_eq!(diff.changed[0].name, "name");
//! let finished = visit.finish(env.now_ms).expect("nothing is missing");
//! assert!(finished.xml.contains("<name>李奶奶</name>"));
//!
//! let checked = check(&finished.xml, &form, &lists, &env).expect("it is a submission of this form");
//! assert!(checked.findings.is_empty());
//! let tampered = finished.xml.replace("<age/>", "<age>240</age>");
//! let checked = check(&tampered, &form, &lists, &env).expect("it still is one");
//! assert_eq!(checked.findings[0].code, "answer.constraint");
//! # Ok::<(), wasm_forms::session::SessionError>(())
//! ```
//!
//! # The way through the crate
//!
//! | to see how | read |
//! | --- | --- |
//! | a form's text becomes a definition | `parse` (`sections`: what stands where; `model`: the instance as scopes; `binds`, `body`, `itext`, `externals`) |
//! | a definition becomes a form | `compile` (`known`: what was compiled before; `resolve`: paths; `order`: what comes before what; `aggregates`; `assemble`) |
//! | expressions are read and evaluated | `xpath` (`parser`, `ast`, `eval` by the kind of value asked for, `functions`, `world`: all it sees) |
//! | an instance is kept | `instance` (`tree`: frames; `agenda`: what is due; `tally`: sums kept up to date; `views`: what the screen knows) |
//! | an answer takes effect | `session` → `recompute` → `instance`; `types` and `answers` say what may be stored |
//! | a form does something by itself | `actions`, `preload` |
//! | the screen is told | `present` → [`view`]; `instance::offered`: choices by the numbers of their rows |
//! | what a form needs is not in every build | [`signed`]: verifying signatures; `encryption` |
//! | what a signature covers, and whether it still does | [`bound`], `evidence::binding` |
//! | documents go out and come back | `instance::{output, load}`, `draft`, `reopen`, `encryption` |
//! | a submission is judged | [`check`](mod@check), `entities` |
//! | two versions of a form are compared | [`mod@compare`] |
//! | XML is read | `document`: pieces of its source (`drafted`: noted while a workbook's form was written); `xml`: a tree that outlives it |
//! | translated texts are kept | `parse::itext` takes them out of the document as it is read, `parse::externals` rows of lists; `texts` |
//! | lists are read and found in | [`lists`], `csv_text`, `xml` |
//!
//! Three shapes keep the cost of an answer to what it changes. An instance is made of frames, one for each instance of
//! a repeat, in which every node has a fixed offset: a path is climbed and added up, not searched. A rule knows who
//! reads it, and is evaluated once, in the order of the form, only where it was marked. And an interface hears by id
//! only of what it was given to show.
//!
//! A browser compiles a function whole when it is first called, while a person waits for the form. What most forms do
//! without therefore stands in functions of its own that say `#[inline(never)]`.
//!
//! Deliberately absent: files, sockets, clocks and random sources. What a form needs of the world comes in
//! through [`Env`] and [`Lists`].

mod actions;
mod answers;
pub mod bound;
mod chance;
pub mod check;
pub mod code;
#[cfg(feature = "xlsform")]
pub mod compare;
mod compile;
mod csv_text;
mod decimal;
pub mod diag;
mod document;
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
mod preload;
mod present;
mod recompute;
mod reopen;
mod requests;
pub mod session;
pub mod signed;
mod texts;
mod types;
pub mod validate;
pub mod view;
#[cfg(feature = "xlsform")]
pub mod xlsform;
mod xml;
mod xpath;

pub use check::{Answer, Attachment, Checked, EntityChange, Finding, Meta, Operation, attachments, check};
pub use code::Code;
pub use diag::{Diagnostic, Place, Severity};
pub use env::Env;
pub use form::Form;
pub use lists::{Lists, Table};
pub use parse::{Method, Recording, Submission};
pub use requests::{Request, RequestKind};
pub use session::{Finished, Session};
