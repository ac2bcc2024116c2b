//! What a reviewer is told of a picture, by code.

use serde_json::Value;
use wasm_forms::evidence::photo::{Finding, Judgement, Likeness};

use super::look::{Decoded, Look};
use super::note::PhotoNote;

/// Returns what is to be said about a picture's file.
pub(super) fn of_file(look: &Look) -> Vec<&'static str> {
    let mut codes = match look.decoded {
        Decoded::Whole => Vec::new(),
        Decoded::Damaged => vec!["photo.damaged"],
        Decoded::NotTried => vec!["photo.not_viewable"],
    };
    if let Some(anatomy) = &look.anatomy {
        let told = [
            ("photo.animated", anatomy.is_animated),
            ("photo.unusual_encoding", anatomy.is_unusual),
            ("photo.metadata", !anatomy.extras.is_empty()),
            ("photo.trailing_data", anatomy.n_stray > 0),
        ];
        codes.extend(told.into_iter().filter(|(_, is_so)| *is_so).map(|(code, _)| code));
    }
    codes
}

/// Returns what is to be said about a photo beside those before it in the same visit.
pub(super) fn of_photo(judgement: Option<&Judgement>, before: &[Likeness]) -> Vec<&'static str> {
    let Some(judgement) = judgement else { return Vec::new() };
    let mut codes: Vec<&'static str> = judgement.findings.iter().map(|it| it.code()).collect();
    if before.iter().any(|it| it.is_like(judgement.likeness)) {
        codes.push(Finding::LikeAnother.code());
    }
    codes
}

/// Returns whether the phone spoke of another picture. `note` is absent where it said nothing, and `Some(None)` where
/// what it said cannot be read.
pub(super) fn of_note(note: Option<&Option<PhotoNote>>, look: &Look) -> Option<&'static str> {
    let fits = match (note, &look.judgement) {
        (None, _) => true,
        (Some(Some(note)), Some(judgement)) => note.fits(look.size, judgement),
        (Some(_), _) => false,
    };
    if fits { None } else { Some("photo.note_differs") }
}

/// Returns the path of the answer that names a file; empty where none does.
pub(super) fn reference(answers: &str, name: &str) -> String {
    let answers: Vec<Value> = serde_json::from_str(answers).unwrap_or_default();
    let answer = answers.iter().find(|it| it["control"] == "upload" && it["value"] == name);
    answer.and_then(|it| it["reference"].as_str()).unwrap_or_default().to_owned()
}
