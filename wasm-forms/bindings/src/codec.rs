//! Decoding and encoding photos where the browser cannot.

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::evidence::photo::codec::{encode_jpeg, reduce};

/// A decoded photo, upright and small.
#[wasm_bindgen]
pub struct ReducedPhoto {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

#[wasm_bindgen]
impl ReducedPhoto {
    /// Pixels across.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels down.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Takes the pixels, four bytes each; a second time there are none.
    #[wasm_bindgen(js_name = takeRgba)]
    pub fn take_rgba(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.rgba)
    }
}

/// Decodes a JPEG, PNG or WebP so that its longest side is at most `edge_px`.
#[wasm_bindgen(js_name = reducePhoto)]
pub fn reduce_photo(bytes: &[u8], edge_px: u32) -> Result<ReducedPhoto, JsError> {
    let photo = reduce(bytes, edge_px)?;
    let rgba = photo.pixels.chunks_exact(3).flat_map(|it| [it[0], it[1], it[2], 255]).collect();
    Ok(ReducedPhoto { width: photo.width as u32, height: photo.height as u32, rgba })
}

/// Encodes four bytes a pixel as JPEG; `quality` is from 0 to 1.
#[wasm_bindgen(js_name = encodeJpeg)]
pub fn encode(rgba: &[u8], width: u16, height: u16, quality: f32) -> Result<Vec<u8>, JsError> {
    Ok(encode_jpeg(rgba, width, height, (quality * 100.0).round() as u8)?)
}
