//! The engine's calls as the browser sees them. Each does three things: convert in, call the engine once, convert out.
//!
//! Features choose what is in a file: `forms` (the phone's), `xlsform` (forms and workbooks, the desk's), `encryption`
//! alone or `signatures` alone.

#[cfg(any(feature = "forms", feature = "encryption"))]
mod convert;
#[cfg(feature = "encryption")]
mod encryption;
#[cfg(feature = "forms")]
mod forms;
#[cfg(feature = "signatures")]
mod signatures;
#[cfg(feature = "forms")]
mod text;
#[cfg(feature = "xlsform")]
mod workbooks;
