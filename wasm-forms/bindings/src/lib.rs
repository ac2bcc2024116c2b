//! The engine's calls as the browser sees them. Each does three things: convert in, call the engine once, convert out.
//!
//! Features choose what is in a file: `forms` (the phone's), `xlsform` (forms and workbooks, the desk's), `encryption`,
//! `signatures`, `evidence`, `codec` or `darkroom` alone.

#[cfg(feature = "codec")]
mod codec;
#[cfg(any(feature = "forms", feature = "encryption"))]
mod convert;
#[cfg(feature = "darkroom")]
mod darkroom;
#[cfg(feature = "encryption")]
mod encryption;
#[cfg(feature = "forms")]
mod forms;
#[cfg(feature = "forms")]
mod packed;
#[cfg(feature = "evidence")]
mod photos;
#[cfg(feature = "evidence")]
mod seals;
#[cfg(feature = "signatures")]
mod signatures;
#[cfg(feature = "evidence")]
mod strokes;
#[cfg(feature = "forms")]
mod text;
#[cfg(feature = "xlsform")]
mod workbooks;

/// A conversion makes and drops a hundred thousand small texts, at which the standard allocator is slow; and on the phone,
/// where memory that was once taken is never given back, this one leaves less of it unused.
#[cfg(all(feature = "forms", target_arch = "wasm32"))]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
