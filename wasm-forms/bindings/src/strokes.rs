//! Signatures as strokes.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::evidence::binding::Binding;
use wasm_forms::evidence::strokes::{Drawn, Strokes, StrokesError, Verdict};

/// Returns the file of a signature. `points` has four numbers a point: x and y in CSS pixels, pressure from 0 to 1,
/// milliseconds since any one moment; `lengths` says how many points each line has; `binding` is what `Visit.binding`
/// returned. Throws JSON `{"code": …}`: `signature.malformed` or `signature.too_large`.
#[wasm_bindgen(js_name = encodeStrokes)]
pub fn encode_strokes(
    width: f64,
    height: f64,
    started_at_ms: f64,
    lengths: &[u32],
    points: &[f64],
    binding: Option<Vec<u8>>,
) -> Result<Vec<u8>, JsValue> {
    let binding = match binding {
        Some(bytes) => Some(Binding::from_bytes(&bytes).ok_or_else(|| thrown(StrokesError::OutOfBounds))?),
        None => None,
    };
    let drawn = Drawn { size: [width, height], started_at_ms, lengths, points };
    Strokes::drawn(drawn, binding).map(|it| it.encode()).map_err(thrown)
}

/// Returns whether the file of a signature holds enough ink to be one.
#[wasm_bindgen(js_name = hasEnoughInk)]
pub fn has_enough_ink(file: &[u8]) -> bool {
    Strokes::decode(file).is_ok_and(|it| it.verdict() == Verdict::Enough)
}

/// Returns the picture of a signature; nothing where the file is none.
#[wasm_bindgen(js_name = strokesSvg)]
pub fn strokes_svg(file: &[u8]) -> Option<String> {
    Strokes::decode(file).ok().map(|it| it.svg())
}

fn thrown(error: StrokesError) -> JsValue {
    JsValue::from_str(&["{\"code\":\"", error.code(), "\"}"].concat())
}
