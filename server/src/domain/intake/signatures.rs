//! What a reviewer is told of a visit's signatures.

use wasm_forms::evidence::strokes::{Strokes, Verdict};

use super::flags::flag;
use super::inbox::Waiting;
use super::judge::Visit;
use crate::domain::notes;
use crate::domain::signature::{self, Asked, Given, Signature, Standing};
use crate::store::submissions::FlagRow;

/// Most changed answers that are named for one signature.
const MAX_CHANGED: usize = 20;

/// Flags signatures that cannot be read, are too little, or do not cover what the document says. Answers that were
/// changed under a signature are named beside it.
pub(super) fn flags(visit: &Visit) -> Vec<FlagRow> {
    let Waiting { row, drawn, .. } = &visit.waiting;
    let bytes_of = |name: &str| drawn.iter().find(|(it, _)| it == name).map(|(_, bytes)| &bytes[..]);
    let asked = signature::asked(&visit.checked.answers);
    let form = &visit.context.published.form;
    let signatures = signature::read(&row.xml, form, asked, &notes::read(&row.notes), bytes_of);
    signatures.iter().flat_map(|it| flags_of(it, visit)).collect()
}

fn flags_of(signature: &Signature, visit: &Visit) -> Vec<FlagRow> {
    let asked = &signature.asked;
    let mut flags = Vec::new();
    match &signature.given {
        Given::Strokes(Ok(strokes)) => {
            flags.extend(too_little(strokes).then(|| at(asked, "signature.too_little_ink")))
        }
        Given::Strokes(Err(error)) => flags.push(at(asked, error.code())),
        Given::ThumbPrint(witness) => {
            flags.push(at(asked, "signature.thumb_print"));
            let strokes = witness.as_ref().and_then(|it| it.strokes.as_ref());
            flags.extend(strokes.is_none_or(too_little).then(|| at(asked, "signature.no_witness")));
        }
        Given::Picture | Given::Erased => {}
    }
    match &signature.standing {
        Standing::Bound | Standing::Free => {}
        // What cannot be read is told already.
        Standing::Unbound if matches!(signature.given, Given::Strokes(Err(_))) => {}
        Standing::Unbound => flags.push(at(asked, "signature.unbound")),
        Standing::Void(changed) => {
            flags.push(at(asked, "signature.void"));
            for reference in changed.iter().take(MAX_CHANGED) {
                let question = visit.checked.answers.iter().find(|it| it.reference == *reference);
                flags.push(FlagRow {
                    reference: reference.clone(),
                    question: question.map_or_else(String::new, |it| it.label.clone()),
                    ..flag("signature.void")
                });
            }
        }
    }
    flags
}

fn at(asked: &Asked, code: &str) -> FlagRow {
    FlagRow { reference: asked.reference.clone(), question: asked.label.clone(), ..flag(code) }
}

fn too_little(strokes: &Strokes) -> bool {
    strokes.verdict() != Verdict::Enough
}
