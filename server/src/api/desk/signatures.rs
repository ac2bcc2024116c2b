//! The signatures of a submission: ink to be drawn again in its own time, what it covers, and whether it still does.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use wasm_forms::evidence::strokes::{Piece, Strokes};

use crate::App;
use crate::api::auth::Signed;
use crate::api::error::ApiError;
use crate::api::input::Named;
use crate::domain::signature::shown::{self, Covered, Shown};
use crate::domain::signature::{Given, Standing, Witness};

/// One signature.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignatureBody {
    /// Path of the question, with positions.
    reference: String,
    question: String,
    /// Name of its file.
    name: String,
    mode: SignatureMode,
    standing: SignatureStanding,
    /// When it was begun, by the phone's clock; null where that is not known.
    #[schema(required)]
    signed_at: Option<i64>,
    /// Null where there are no strokes to draw.
    #[schema(required)]
    ink: Option<InkBody>,
    /// Of a thumb print.
    #[schema(required)]
    witness: Option<WitnessBody>,
    /// What it covers, in the order of the form, and what was changed since.
    answers: Vec<CoveredBody>,
}

/// How a signature was given.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignatureMode {
    /// Drawn.
    Strokes,
    /// Drawn; the file cannot be read.
    Unreadable,
    /// Drawn; the file was deleted because its time was over. How it stands was found when it arrived.
    Erased,
    /// By thumb.
    ThumbPrint,
    /// A picture from another client.
    Picture,
}

/// Whether a signature covers what the submission says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignatureStanding {
    /// It does.
    Bound,
    /// Answers were changed after it was given.
    Void,
    /// It does not say, although the form asks for it.
    Unbound,
    /// The form does not ask for it.
    Free,
}

/// Ink as the phone drew it, in eighths of a CSS pixel.
#[derive(Debug, Serialize, ToSchema)]
pub struct InkBody {
    /// Left, top, width and height of the ink with a margin.
    frame: Vec<i32>,
    /// By line, by piece: where it begins (x, y), the control point of its curve (x, y), where it ends (x, y), how thick it
    /// is, and when it was drawn in milliseconds since the first.
    lines: Vec<Vec<Vec<i64>>>,
}

/// Who saw a thumb print given.
#[derive(Debug, Serialize, ToSchema)]
pub struct WitnessBody {
    name: String,
    /// Null where the witness's signature is missing.
    #[schema(required)]
    ink: Option<InkBody>,
}

/// One answer that a signature covers.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoveredBody {
    reference: String,
    label: String,
    /// Empty where it is not there any more.
    display: String,
    /// Whether it is not as it was signed.
    is_changed: bool,
}

/// Returns the signatures of a submission.
#[utoipa::path(get, operation_id = "desk_signatures", path = "/api/v1/desk/submissions/{id}/signatures", tag = "desk",
    params(("id" = String, Path)),
    responses((status = 200, body = Vec<SignatureBody>), (status = 404, body = super::super::error::ErrorBody)))]
pub async fn all(
    State(app): State<Arc<App>>,
    signed: Signed,
    Named(id): Named<String>,
) -> Result<Json<Vec<SignatureBody>>, ApiError> {
    let shown = shown::of_submission(&app, &signed.account, id).await?;
    Ok(Json(shown.into_iter().map(body).collect()))
}

fn body(Shown { signature, answers }: Shown) -> SignatureBody {
    let mut signed_at = None;
    let (mode, ink, witness) = match signature.given {
        Given::Strokes(Ok(strokes)) => {
            signed_at = i64::try_from(strokes.started_at_ms()).ok();
            (SignatureMode::Strokes, Some(ink(&strokes)), None)
        }
        Given::Strokes(Err(_)) => (SignatureMode::Unreadable, None, None),
        Given::ThumbPrint(witness) => {
            let strokes = witness.as_ref().and_then(|it| it.strokes.as_ref());
            signed_at = strokes.and_then(|it| i64::try_from(it.started_at_ms()).ok());
            (SignatureMode::ThumbPrint, None, witness.map(witnessed))
        }
        Given::Picture => (SignatureMode::Picture, None, None),
        Given::Erased => (SignatureMode::Erased, None, None),
    };
    SignatureBody {
        reference: signature.asked.reference,
        question: signature.asked.label,
        name: signature.asked.value,
        mode,
        standing: match signature.standing {
            Standing::Bound => SignatureStanding::Bound,
            Standing::Void(_) => SignatureStanding::Void,
            Standing::Unbound => SignatureStanding::Unbound,
            Standing::Free => SignatureStanding::Free,
        },
        signed_at,
        ink,
        witness,
        answers: answers.into_iter().map(covered).collect(),
    }
}

fn witnessed(it: Witness) -> WitnessBody {
    WitnessBody { ink: it.strokes.as_ref().map(ink), name: it.name }
}

fn covered(it: Covered) -> CoveredBody {
    CoveredBody { reference: it.reference, label: it.label, display: it.display, is_changed: it.is_changed }
}

fn ink(strokes: &Strokes) -> InkBody {
    let numbers = |it: &Piece| {
        let places = [it.from.0, it.from.1, it.bend.0, it.bend.1, it.to.0, it.to.1, it.width];
        let at_ms = i64::try_from(it.at_ms).unwrap_or(i64::MAX);
        places.into_iter().map(i64::from).chain([at_ms]).collect()
    };
    InkBody {
        frame: strokes.ink_box().to_vec(),
        lines: strokes.pieces().iter().map(|line| line.iter().map(numbers).collect()).collect(),
    }
}
