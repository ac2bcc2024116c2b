//! Photos judged before the volunteer leaves the door, and again on the server: light, sharpness, size, and whether
//! two of them show the same.
//!
//! A photo is judged as it is kept: upright, reduced, its luma one byte a pixel. Everything is counted in integers, so
//! phone and server come to the same result for the same pixels. What a photo shows is never judged, and a finding
//! never refuses it: it asks for another one, or for a reason.

#[cfg(feature = "codec")]
pub mod codec;
#[cfg(any(feature = "darkroom", test))]
pub mod darkroom;
pub mod head;
mod likeness;
mod quality;

pub use likeness::Likeness;
pub use quality::{Finding, Judgement, Limits, MEASURE, Measures, judge};

/// The brightness of a picture's pixels, row by row from the top left: 0 is black, 255 white.
#[derive(Debug, Clone, Copy)]
pub struct Luma<'a> {
    pixels: &'a [u8],
    width: usize,
    height: usize,
}

impl<'a> Luma<'a> {
    /// Returns a picture of `width` times `height` pixels, or nothing where there are none or not as many.
    #[must_use]
    pub fn new(pixels: &'a [u8], width: u32, height: u32) -> Option<Self> {
        let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
        let is_whole = width > 0 && width.checked_mul(height) == Some(pixels.len()) && !pixels.is_empty();
        is_whole.then_some(Luma { pixels, width, height })
    }

    fn rows(&self) -> impl Iterator<Item = &'a [u8]> {
        self.pixels.chunks_exact(self.width)
    }
}

/// Returns the luma of pixels of four bytes (red, green, blue, opacity, which is ignored), as JPEG defines it.
#[must_use]
pub fn luma_of_rgba(rgba: &[u8]) -> Vec<u8> {
    rgba.chunks_exact(4)
        .map(|it| {
            let weighed = 77 * u32::from(it[0]) + 150 * u32::from(it[1]) + 29 * u32::from(it[2]);
            // The weights add up to 256.
            ((weighed + 128) >> 8) as u8
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_whole_or_none() {
        assert!(Luma::new(&[0; 6], 3, 2).is_some());
        for (n, width, height) in
            [(5, 3, 2), (7, 3, 2), (0, 0, 0), (0, 3, 0), (6, 0, 6), (0, u32::MAX, u32::MAX)]
        {
            assert!(Luma::new(&vec![0; n], width, height).is_none(), "{n} bytes as {width} x {height}");
        }
    }

    #[test]
    fn luma_weighs_green_most() {
        let rgba = [[0, 0, 0, 255], [255, 255, 255, 0], [255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]];
        assert_eq!(luma_of_rgba(rgba.as_flattened()), [0, 255, 77, 149, 29]);
    }
}
