//! Photos made small from the files that cameras write.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::evidence::photo::darkroom::{Photo, Unfit, developed, rehearsal};

/// Makes a JPEG small, at most `edge_px` long and upright by its Exif orientation. Throws the code `photo.incomplete` where
/// its picture is damaged, and `photo.unreadable` where the file is not as cameras write theirs and others may read it.
#[wasm_bindgen(js_name = developJpeg)]
pub fn develop_jpeg(jpeg: &[u8], edge_px: usize, orientation: u8) -> Result<SmallPhoto, JsValue> {
    let code = |unfit| match unfit {
        Unfit::Damaged => "photo.incomplete".into(),
        Unfit::Other => "photo.unreadable".into(),
    };
    developed(jpeg, edge_px, orientation).map(SmallPhoto).map_err(code)
}

/// Goes all the way once with noise: what is compiled on it the first photo does not wait for. Returns how many bytes that
/// made.
#[wasm_bindgen]
pub fn rehearse() -> usize {
    rehearsal().len()
}

/// A photo, small and upright.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SmallPhoto(Photo);

#[wasm_bindgen]
impl SmallPhoto {
    /// Pixels across.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> usize {
        self.0.width
    }

    /// Pixels down.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> usize {
        self.0.height
    }

    /// Returns its luma, a byte a pixel.
    pub fn luma(&self) -> Vec<u8> {
        self.0.light.clone()
    }

    /// Writes a JPEG with the first of the qualities (1 to 100, best first) at which it has at most `most` bytes, or with
    /// the last.
    pub fn encode(&self, qualities: &[u8], most: usize) -> Vec<u8> {
        self.0.encode(qualities, most)
    }
}
