//! Signatures of a submission: how each was given, what it covers, and whether that is still what the document says.
//!
//! A phone sends strokes, whose file holds the digest of the answers they were given under; or the photo of a thumb
//! print, with the digest and a witness in its note. Other clients send pictures, which say nothing of answers.

pub mod picture;
pub mod shown;

use serde::Deserialize;
use serde_json::Value;
use wasm_forms::Form;
use wasm_forms::bound;
use wasm_forms::evidence::binding::Binding;
use wasm_forms::evidence::strokes::{self, Strokes, StrokesError};

use super::notes::Notes;

/// An answered question that asks for a signature.
#[derive(Debug, Clone, Deserialize)]
pub struct Asked {
    /// Path with positions.
    pub reference: String,
    /// The question.
    pub label: String,
    /// The file's name.
    pub value: String,
    control: String,
    appearance: Vec<String>,
}

impl Asked {
    /// Returns the signatures among the answers of a submission, as they are stored.
    #[must_use]
    pub fn among(answers: &[Value]) -> Vec<Asked> {
        let asked = answers.iter().filter_map(|it| Asked::deserialize(it).ok());
        asked.filter(Asked::is_signature).collect()
    }

    fn is_signature(&self) -> bool {
        self.control == "upload" && self.appearance.iter().any(|it| it == "signature")
    }
}

impl From<&wasm_forms::Answer> for Asked {
    fn from(it: &wasm_forms::Answer) -> Asked {
        Asked {
            reference: it.reference.clone(),
            label: it.label.clone(),
            value: it.value.clone(),
            control: it.control.clone(),
            appearance: it.appearance.clone(),
        }
    }
}

/// Returns the signatures among the answers of a submission.
pub fn asked(answers: &[wasm_forms::Answer]) -> Vec<Asked> {
    answers.iter().map(Asked::from).filter(Asked::is_signature).collect()
}

/// How a signature was given.
#[derive(Debug)]
pub enum Given {
    /// With strokes, where their file can be read.
    Strokes(Result<Strokes, StrokesError>),
    /// With a thumb, beside a witness.
    ThumbPrint(Option<Witness>),
    /// As a picture.
    Picture,
    /// With strokes that were deleted since, because their time was over.
    Erased,
}

/// Who saw a thumb print given.
#[derive(Debug)]
pub struct Witness {
    /// Name as it was typed.
    pub name: String,
    /// The witness's own signature; absent where it cannot be read.
    pub strokes: Option<Strokes>,
}

/// Whether a signature covers what the submission says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It covers the answers as they are.
    Bound,
    /// Answers were changed after it was given: their paths with positions, where that can be told.
    Void(Vec<String>),
    /// It does not say what it covers, although the form asks for that.
    Unbound,
    /// The form does not ask for it.
    Free,
}

/// One signature, read.
#[derive(Debug)]
pub struct Signature {
    /// The question that it answers.
    pub asked: Asked,
    /// How it was given.
    pub given: Given,
    /// Whether it covers what the submission says.
    pub standing: Standing,
    /// Paths with positions of the answers that it is to cover, those that are there.
    pub covers: Vec<String>,
}

/// A note of a signature, as phones write it.
#[derive(Deserialize)]
struct Note {
    mode: String,
    #[serde(default)]
    binding: String,
    witness: Option<NotedWitness>,
}

#[derive(Deserialize)]
struct NotedWitness {
    name: String,
    #[serde(default)]
    strokes: String,
}

/// Reads the signatures of a submission; `bytes_of` gives a file by its name.
pub fn read<'a>(
    xml: &str,
    form: &Form,
    asked: Vec<Asked>,
    notes: &Notes,
    bytes_of: impl Fn(&str) -> Option<&'a [u8]>,
) -> Vec<Signature> {
    if asked.is_empty() {
        return Vec::new();
    }
    let bound = bound::signatures(xml, form);
    let read = |asked: Asked| {
        let wanted = bound.iter().find(|it| it.reference == asked.reference);
        let note = notes.get(&asked.value).and_then(|it| Note::deserialize(it).ok());
        let bytes = bytes_of(&asked.value).unwrap_or_default();
        let (given, binding) = given(bytes, note);
        Signature {
            standing: standing(wanted, binding),
            covers: wanted.map_or_else(Vec::new, |it| it.answers().map(str::to_owned).collect()),
            given,
            asked,
        }
    };
    asked.into_iter().map(read).collect()
}

fn given(bytes: &[u8], note: Option<Note>) -> (Given, Option<Binding>) {
    if strokes::is_strokes(bytes) {
        let strokes = Strokes::decode(bytes);
        let binding = strokes.as_ref().ok().and_then(|it| it.binding().cloned());
        return (Given::Strokes(strokes), binding);
    }
    match note.filter(|it| it.mode == "thumb_print") {
        Some(note) => (Given::ThumbPrint(note.witness.map(witness)), Binding::from_hex(&note.binding)),
        None => (Given::Picture, None),
    }
}

fn witness(noted: NotedWitness) -> Witness {
    let file = data_encoding::BASE64.decode(noted.strokes.as_bytes()).unwrap_or_default();
    Witness { name: noted.name, strokes: Strokes::decode(&file).ok() }
}

fn standing(wanted: Option<&bound::Signature>, binding: Option<Binding>) -> Standing {
    match (wanted, binding) {
        (None, _) => Standing::Free,
        (Some(_), None) => Standing::Unbound,
        (Some(wanted), Some(binding)) if binding.is_same(&wanted.binding) => Standing::Bound,
        (Some(wanted), Some(binding)) => {
            Standing::Void(wanted.changed(&binding).into_iter().map(str::to_owned).collect())
        }
    }
}
