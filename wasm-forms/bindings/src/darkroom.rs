//! Photos made small from the planes of the browser's decoder.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_forms::evidence::photo::darkroom::{Darkroom, Layout, Photo};

/// A photo being made small: strips are asked for and taken until there are no more rows, then it is developed.
#[wasm_bindgen(js_name = Darkroom)]
#[derive(Debug)]
pub struct Room(Darkroom);

#[wasm_bindgen(js_class = Darkroom)]
impl Room {
    /// Opens one for a picture of these pixels as it lies in its file, so many of light for one of colour; nothing where no
    /// JPEG is like that.
    pub fn open(
        width: usize,
        height: usize,
        per_colour_across: usize,
        per_colour_down: usize,
        edge_px: usize,
        orientation: u8,
    ) -> Option<Room> {
        let layout = Layout { width, height, per_colour_across, per_colour_down };
        Darkroom::new(layout, edge_px, orientation).map(Room)
    }

    /// Rows of light of the next strip; 0 after the last.
    #[wasm_bindgen(js_name = nextRows)]
    pub fn next_rows(&self) -> usize {
        self.0.next_rows()
    }

    /// Bytes of the next strip.
    #[wasm_bindgen(js_name = stripBytes)]
    pub fn strip_bytes(&mut self) -> usize {
        self.0.strip().len()
    }

    /// Where in memory the next strip is to be put.
    #[wasm_bindgen(js_name = stripPlace)]
    pub fn strip_place(&mut self) -> *mut u8 {
        self.0.strip().as_mut_ptr()
    }

    /// Takes the strip.
    #[wasm_bindgen(js_name = takeStrip)]
    pub fn take_strip(&mut self) {
        self.0.take_strip();
    }

    /// Returns the photo once all strips were taken.
    pub fn develop(self) -> Option<SmallPhoto> {
        self.0.finish().map(SmallPhoto)
    }
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
