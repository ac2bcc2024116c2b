//! Photos made small and written from the planes that a decoder gives: light in full, colours at the same or half the
//! size. Nothing becomes red, green and blue on the way: a JPEG keeps planes too.
//!
//! Rows come in strips, so that the whole picture, which the decoder holds, is never there twice.

mod dct;
mod huffman;
mod jpeg;
mod lanes;
mod reduce;

use jpeg::{Picture, Plane};
use reduce::Reducer;

/// Rows of a strip, about: they stay near the processor.
const STRIP_BYTES: usize = 1 << 18;

/// What a decoder gives, as it lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Pixels of light across.
    pub width: usize,
    /// Pixels of light down.
    pub height: usize,
    /// Pixels of light for one of colour across: 1 or 2.
    pub per_colour_across: usize,
    /// Pixels of light for one of colour down: 1 or 2.
    pub per_colour_down: usize,
}

impl Layout {
    fn is_sound(&self) -> bool {
        let is_side = |it: usize| (1..=0xffff).contains(&it);
        let is_per_colour = |it: usize| it == 1 || it == 2;
        [self.width, self.height].into_iter().all(is_side)
            && [self.per_colour_across, self.per_colour_down].into_iter().all(is_per_colour)
    }

    fn colours(&self) -> (usize, usize) {
        (self.width.div_ceil(self.per_colour_across), self.height.div_ceil(self.per_colour_down))
    }
}

/// A photo being made small; see the module.
#[derive(Debug)]
pub struct Darkroom {
    layout: Layout,
    strip: Vec<u8>,
    n_rows: usize,
    size: (usize, usize),
    planes: [Reducer; 3],
}

impl Darkroom {
    /// Prepares for a picture that becomes at most `edge` pixels long and stands upright by its Exif orientation; nothing
    /// where no JPEG has such sides.
    #[must_use]
    pub fn new(layout: Layout, edge: usize, orientation: u8) -> Option<Darkroom> {
        if !layout.is_sound() {
            return None;
        }
        let longest = layout.width.max(layout.height);
        let side =
            |it: usize| if longest <= edge { it } else { ((2 * it * edge + longest) / (2 * longest)).max(1) };
        let made = (side(layout.width), side(layout.height));
        let made_colours = (made.0.div_ceil(2), made.1.div_ceil(2));
        let planes = [
            Reducer::new((layout.width, layout.height), made, orientation),
            Reducer::new(layout.colours(), made_colours, orientation),
            Reducer::new(layout.colours(), made_colours, orientation),
        ];
        let size = if orientation >= 5 { (made.1, made.0) } else { made };
        Some(Darkroom { layout, strip: Vec::new(), n_rows: 0, size, planes })
    }

    /// Returns how many rows of light the next strip has; none after the last one.
    #[must_use]
    pub fn next_rows(&self) -> usize {
        let even = (STRIP_BYTES / self.layout.width) & !15;
        even.max(16).min(self.layout.height - self.n_rows)
    }

    /// Returns the place for the next strip: its rows of light, and those of each colour, one behind the other.
    pub fn strip(&mut self) -> &mut [u8] {
        let [light, colours] = self.plane_bytes();
        self.strip.resize(light + 2 * colours, 0);
        &mut self.strip
    }

    /// Takes the strip.
    pub fn take_strip(&mut self) {
        let [light, colours] = self.plane_bytes();
        if self.strip.len() != light + 2 * colours {
            return;
        }
        let (of_light, of_colours) = self.strip.split_at(light);
        let (blue, red) = of_colours.split_at(colours);
        for (reducer, rows) in self.planes.iter_mut().zip([of_light, blue, red]) {
            reducer.push(rows);
        }
        self.n_rows += self.next_rows();
    }

    /// Returns the photo once all strips were taken.
    #[must_use]
    pub fn finish(self) -> Option<Photo> {
        let [light, blue, red] = self.planes.map(Reducer::finish);
        Some(Photo { width: self.size.0, height: self.size.1, light: light?, colours: [blue?, red?] })
    }

    fn plane_bytes(&self) -> [usize; 2] {
        let rows = self.next_rows();
        let colours = rows.div_ceil(self.layout.per_colour_down) * self.layout.colours().0;
        [rows * self.layout.width, colours]
    }
}

/// A photo, small and upright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Its luma, row by row.
    pub light: Vec<u8>,
    /// Blue and red, with half as many pixels in both directions.
    pub colours: [Vec<u8>; 2],
}

impl Photo {
    /// Writes a JPEG with the first of the qualities (each from 1 to 100, best first) at which it has at most `most`
    /// bytes, or with the last one. Nothing but the picture is in it.
    #[must_use]
    pub fn encode(&self, qualities: &[u8], most: usize) -> Vec<u8> {
        let Photo { width, height, light, colours: [blue, red] } = self;
        let colour = |pixels| Plane { pixels, width: width.div_ceil(2), height: height.div_ceil(2) };
        let light = Plane { pixels: light, width: *width, height: *height };
        Picture::of([light, colour(blue), colour(red)]).written(qualities, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Develops a picture whose light rises to the right and whose colours are even.
    fn developed(width: usize, height: usize, edge: usize, orientation: u8) -> Photo {
        let layout = Layout { width, height, per_colour_across: 2, per_colour_down: 1 };
        let mut room = Darkroom::new(layout, edge, orientation).expect("a sound layout");
        while room.next_rows() > 0 {
            let rows = room.next_rows();
            let strip = room.strip();
            strip[rows * width..].fill(128);
            for row in strip[..rows * width].chunks_exact_mut(width) {
                row.iter_mut().enumerate().for_each(|(x, it)| *it = (x * 255 / width) as u8);
            }
            room.take_strip();
        }
        room.finish().expect("all rows")
    }

    #[test]
    fn a_photo_is_whole_and_within_the_limits() {
        for (width, height, orientation, expected) in
            [(4000, 300, 1, (1600, 120)), (4001, 3, 8, (1, 1600)), (33, 17, 6, (17, 33)), (1, 1, 1, (1, 1))]
        {
            let photo = developed(width, height, 1600, orientation);
            assert_eq!((photo.width, photo.height), expected);
            assert_eq!(photo.light.len(), expected.0 * expected.1);
            let jpeg = photo.encode(&[86, 50, 2], 60_000);
            assert!(jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9]) && jpeg.len() <= 60_000);
        }
    }

    #[test]
    fn without_all_strips_there_is_no_photo() {
        let layout = Layout { width: 4000, height: 3000, per_colour_across: 2, per_colour_down: 2 };
        let mut room = Darkroom::new(layout, 1600, 1).expect("a sound layout");
        room.take_strip();
        room.strip();
        room.take_strip();
        assert!(room.finish().is_none());
        assert!(Darkroom::new(Layout { per_colour_down: 3, ..layout }, 1600, 1).is_none());
    }

    #[cfg(feature = "codec")]
    #[test]
    fn what_is_written_is_read_as_it_was() {
        for (width, height) in [(640, 480), (333, 251)] {
            let photo = developed(width, height, 320, 1);
            let read =
                crate::evidence::photo::codec::reduce(&photo.encode(&[90], 1 << 20), 1600).expect("a JPEG");
            assert_eq!((read.width, read.height), (photo.width, photo.height));
            for (rgb, light) in read.pixels.chunks_exact(3).zip(&photo.light) {
                assert!(rgb.iter().all(|it| it.abs_diff(*light) <= 6), "{rgb:?} for {light}");
            }
        }
    }
}
