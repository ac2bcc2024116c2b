//! Photos made small: a camera's JPEG is decoded to planes, light in full and colours at the same or half the size, these
//! are made small, and written as a JPEG again. Nothing becomes red, green and blue on the way: a JPEG keeps planes.
//!
//! Rows come in strips, so that of the whole picture only its file is ever there. One that is much too large is decoded with
//! half as many pixels in both directions at once.
//!
//! ```text
//! bytes ─file─▶ tables, scan ─decode (scan, inverse)─▶ strips ─reduce─▶ Photo ─jpeg (dct, huffman)─▶ bytes
//! ```

mod dct;
mod decode;
mod file;
mod huffman;
mod inverse;
mod jpeg;
mod lanes;
mod profile;
mod reduce;
mod scan;

use decode::Decoder;
use file::File;
use jpeg::{Picture, Plane};
use reduce::Reducer;

/// Bytes of a strip's light, about: they stay near the processor.
const STRIP_BYTES: usize = 1 << 18;

/// Half the pixels will do where they are so many fifths of what is wanted: with fewer, some that are made would be of one
/// pixel, and others, less sharp, of two.
const AMPLE_FIFTHS: usize = 6;

/// Rows of light of which a strip has a multiple: whole parts, however a file's colours lie.
const STRIP_ROWS: usize = 16;

/// How a picture lies in its file, or comes from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    /// Pixels of light across.
    width: usize,
    /// Pixels of light down.
    height: usize,
    /// Pixels of light for one of colour across: 1 or 2.
    per_colour_across: usize,
    /// Pixels of light for one of colour down: 1 or 2.
    per_colour_down: usize,
}

impl Layout {
    fn is_sound(&self) -> bool {
        let is_side = |it: usize| (1..=0xffff).contains(&it);
        let is_per_colour = |it: usize| it == 1 || it == 2;
        [self.width, self.height].into_iter().all(is_side)
            && [self.per_colour_across, self.per_colour_down].into_iter().all(is_per_colour)
    }

    /// Returns the same with half as many pixels in both directions.
    fn halved(&self) -> Layout {
        Layout { width: self.width.div_ceil(2), height: self.height.div_ceil(2), ..*self }
    }

    /// Pixels of a colour.
    fn colours(&self) -> (usize, usize) {
        (self.width.div_ceil(self.per_colour_across), self.height.div_ceil(self.per_colour_down))
    }

    /// Returns how many pixels across and down it has when it is at most `edge` long.
    fn within(&self, edge: usize) -> (usize, usize) {
        let longest = self.width.max(self.height);
        let side =
            |it: usize| if longest <= edge { it } else { ((2 * it * edge + longest) / (2 * longest)).max(1) };
        (side(self.width), side(self.height))
    }
}

/// Why a file does not become a photo here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is not as cameras write theirs; other decoders may read it.
    #[error("of another kind")]
    Other,
    /// Its compressed part makes no sense, or ends before its picture does: others would show something else there.
    #[error("damaged")]
    Damaged,
}

/// Makes a JPEG small: at most `edge` pixels long, upright by its Exif orientation.
pub fn developed(jpeg: &[u8], edge: usize, orientation: u8) -> Result<Photo, Unfit> {
    let file = File::read(jpeg).ok_or(Unfit::Other)?;
    let made = file.layout.within(edge);
    let halved = file.layout.halved();
    let is_ample = |halved: usize, made: usize| halved * 5 >= made * AMPLE_FIFTHS;
    let is_halved = is_ample(halved.width, made.0) && is_ample(halved.height, made.1);
    reduced(Decoder::of(file, is_halved), made, orientation)
}

fn reduced(mut decoder: Decoder<'_>, made: (usize, usize), orientation: u8) -> Result<Photo, Unfit> {
    let mut room = Darkroom::of(decoder.layout(), made, orientation);
    while room.next_rows() > 0 {
        let rows = room.next_rows();
        decoder.fill(room.strip(), rows).ok_or(Unfit::Damaged)?;
        room.take_strip();
    }
    // What follows may be a camera's whim, or the rest of a picture whose height is told wrong.
    let is_at_end = decoder.is_at_end().ok_or(Unfit::Damaged)?;
    room.finish().filter(|_| is_at_end).ok_or(Unfit::Other)
}

/// Goes all the way with a picture of noise, and returns the file that comes out.
#[must_use]
pub fn rehearsal() -> Vec<u8> {
    let noise = |n: u32| (0..n).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let (width, height) = (1600, 1200);
    let colours = [(); 2].map(|()| noise(width * height / 4));
    let photo =
        Photo { width: width as usize, height: height as usize, light: noise(width * height), colours };
    // At this size half of the pixels are ample, as with nearly every camera.
    let small = developed(&photo.encode(&[50], usize::MAX), 640, 6);
    small.map_or_else(|_| Vec::new(), |it| it.encode(&[86, 50], 100_000))
}

/// A photo being made small.
#[derive(Debug)]
struct Darkroom {
    layout: Layout,
    strip: Vec<u8>,
    n_rows: usize,
    size: (usize, usize),
    planes: [Reducer; 3],
}

impl Darkroom {
    /// Prepares for a picture that becomes `made`, before it is turned upright by its Exif orientation.
    fn of(layout: Layout, made: (usize, usize), orientation: u8) -> Darkroom {
        let made_colours = (made.0.div_ceil(2), made.1.div_ceil(2));
        let planes = [
            Reducer::new((layout.width, layout.height), made, orientation),
            Reducer::new(layout.colours(), made_colours, orientation),
            Reducer::new(layout.colours(), made_colours, orientation),
        ];
        let size = if orientation >= 5 { (made.1, made.0) } else { made };
        Darkroom { layout, strip: Vec::new(), n_rows: 0, size, planes }
    }

    /// Returns how many rows of light the next strip has; none after the last one.
    fn next_rows(&self) -> usize {
        let rows = STRIP_BYTES / self.layout.width / STRIP_ROWS * STRIP_ROWS;
        rows.max(STRIP_ROWS).min(self.layout.height - self.n_rows)
    }

    /// Returns the place for the next strip: its rows of light, and those of each colour, one behind the other.
    fn strip(&mut self) -> &mut [u8] {
        let [light, colours] = self.plane_bytes();
        self.strip.resize(light + 2 * colours, 0);
        &mut self.strip
    }

    /// Takes the strip.
    fn take_strip(&mut self) {
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
    fn finish(self) -> Option<Photo> {
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

    /// A photo whose light rises to the right, to the bottom and in waves, and whose colours change slowly.
    fn scene(width: usize, height: usize) -> Photo {
        let wave = |at: usize, length: usize| (at * 510 / length % 510).abs_diff(255) as u8;
        let light = (0..width * height)
            .map(|at| (at % width, at / width))
            .map(|(x, y)| wave(x + y, 90) / 2 + (x * 60 / width + y * 60 / height) as u8)
            .collect();
        let (across, down) = (width.div_ceil(2), height.div_ceil(2));
        let colour = |of: fn(usize, usize) -> usize| {
            (0..across * down)
                .map(|at| of(at % across * 255 / across, at / across * 255 / down) as u8)
                .collect()
        };
        Photo { width, height, light, colours: [colour(|x, _| 64 + x / 2), colour(|_, y| 64 + y / 2)] }
    }

    fn file(width: usize, height: usize) -> Vec<u8> {
        scene(width, height).encode(&[92], usize::MAX)
    }

    #[test]
    fn a_photo_is_whole_and_within_the_limits() {
        for (width, height, orientation, expected) in [
            (1000, 75, 1, (400, 30)),
            (4001, 3, 8, (1, 400)),
            (750, 562, 1, (400, 300)),
            (33, 17, 6, (17, 33)),
            (1, 1, 1, (1, 1)),
        ] {
            let photo = developed(&file(width, height), 400, orientation).expect("as cameras write it");
            assert_eq!((photo.width, photo.height), expected);
            assert_eq!(photo.light.len(), expected.0 * expected.1);
            let jpeg = photo.encode(&[86, 50, 2], 6_000);
            assert!(jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9]) && jpeg.len() <= 6_000);
        }
    }

    #[test]
    fn what_was_written_comes_back() {
        let given = scene(333, 251);
        let back = developed(&given.encode(&[100], usize::MAX), 1600, 1).expect("as cameras write it");
        assert_eq!((back.width, back.height), (given.width, given.height));
        let planes = [&given.light, &given.colours[0], &given.colours[1]];
        for (made, given) in [&back.light, &back.colours[0], &back.colours[1]].into_iter().zip(planes) {
            assert!(made.iter().zip(given).all(|(made, given)| made.abs_diff(*given) <= 2));
        }
    }

    #[test]
    fn halves_are_what_the_whole_is_made_of() {
        for (width, height, most) in [(640, 480, 1), (643, 491, 3)] {
            let jpeg = file(width, height);
            let of = |is_halved| {
                let decoder = Decoder::of(File::read(&jpeg).expect("as cameras write it"), is_halved);
                reduced(decoder, (320, 240), 1).expect("whole")
            };
            let [whole, half] = [false, true].map(of);
            for (whole, half) in [(&whole.light, &half.light), (&whole.colours[0], &half.colours[0])] {
                let apart: u32 = whole.iter().zip(half).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
                assert!(apart < most * whole.len() as u32, "{apart} of {}", whole.len());
            }
        }
    }

    #[test]
    fn what_cameras_do_not_write_is_left_to_others() {
        let whole = file(64, 48);
        assert!(developed(&whole, 1600, 1).is_ok());
        let frame = whole.windows(2).position(|it| it == [0xff, 0xc0]).expect("a frame");
        let scan = whole.windows(2).position(|it| it == [0xff, 0xda]).expect("a scan");
        let with = |at: usize, byte: u8| {
            let mut other = whole.clone();
            other[at] = byte;
            other
        };
        let profile = [&whole[..2], b"\xff\xe2\0\x10ICC_PROFILE\0\x01\x01", &whole[2..]].concat();
        let adobe = [&whole[..2], b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0", &whole[2..]].concat();
        let followed = [&whole[..whole.len() - 2], &[0x5a, 0x5a], b"\xff\xd9"].concat();
        for (what, other) in [
            ("bits behind the picture", followed),
            ("fewer rows than there are", with(frame + 6, 32)),
            ("several passes", with(frame + 1, 0xc2)),
            ("twelve bits", with(frame + 4, 12)),
            ("no rows", with(frame + 6, 0)),
            ("light for three", with(frame + 11, 0x33)),
            ("red, green and blue", adobe),
            ("a profile", profile),
            ("no such table", with(scan + 6, 0x33)),
            ("another component", with(scan + 5, 9)),
            ("nothing", Vec::new()),
        ] {
            assert_eq!(developed(&other, 1600, 1).err(), Some(Unfit::Other), "{what}");
        }
    }

    #[test]
    fn what_is_damaged_is_told() {
        let whole = file(64, 48);
        let scan = whole.windows(2).position(|it| it == [0xff, 0xda]).expect("a scan") + 14;
        let closed = |n: usize| [&whole[..n], b"\xff\xd9"].concat();
        for n in [scan, scan + 1, (scan + whole.len()) / 2, whole.len() - 12] {
            assert_eq!(developed(&closed(n), 1600, 1).err(), Some(Unfit::Damaged), "{n} of {}", whole.len());
        }
        let mut marked = whole.clone();
        marked[scan + 30] = 0xff;
        assert_eq!(developed(&marked, 1600, 1).err(), Some(Unfit::Damaged));
        let filled = [&whole[..whole.len() - 2], b"\xff\xff\xff\xd9"].concat();
        assert!(developed(&filled, 1600, 1).is_ok(), "before a mark there may be any number of these");
    }

    #[test]
    fn a_rehearsal_goes_all_the_way() {
        assert!(rehearsal().ends_with(&[0xff, 0xd9]));
    }

    /// Red, green and blue as light, blue and red.
    #[cfg(feature = "codec")]
    fn planes_of(rgb: &[u8]) -> [f32; 3] {
        let [r, g, b] = [0, 1, 2].map(|at| f32::from(rgb[at]));
        let light = 0.299 * r + 0.587 * g + 0.114 * b;
        [light, 128.0 + (b - light) / 1.772, 128.0 + (r - light) / 1.402]
    }

    #[cfg(feature = "codec")]
    #[test]
    fn others_read_what_is_written_as_it_was() {
        for (width, height) in [(640, 480), (333, 251)] {
            let photo = developed(&file(width, height), 320, 1).expect("a photo");
            let read =
                crate::evidence::photo::codec::reduce(&photo.encode(&[90], 1 << 20), 1600).expect("a JPEG");
            assert_eq!((read.width, read.height), (photo.width, photo.height));
            for (rgb, wanted) in read.pixels.chunks_exact(3).zip(&photo.light) {
                // Colours beyond what red, green and blue can show are cut there.
                if rgb.iter().all(|it| (1..255).contains(it)) {
                    assert!((planes_of(rgb)[0] - f32::from(*wanted)).abs() <= 12.0, "{rgb:?} for {wanted}");
                }
            }
        }
    }

    /// Of one scene of 125 × 91 pixels, made of sines and written by libjpeg at quality 70: with colours of all, half or a quarter of the pixels, and marks to start anew.
    #[cfg(feature = "codec")]
    #[test]
    fn what_others_write_is_what_others_read() {
        let files = [
            include_bytes!("../../../../tests/photos/4-4-4.jpg").as_slice(),
            include_bytes!("../../../../tests/photos/4-2-2-restart-3.jpg"),
            include_bytes!("../../../../tests/photos/4-2-0-restart-1.jpg"),
        ];
        for (at, file) in files.into_iter().enumerate() {
            let ours = developed(file, 1600, 1).expect("as cameras write it");
            let theirs = crate::evidence::photo::codec::reduce(file, 1600).expect("a JPEG");
            assert_eq!((ours.width, ours.height), (theirs.width, theirs.height));
            let mut apart = [0.0; 3];
            for (place, rgb) in theirs.pixels.chunks_exact(3).enumerate() {
                let (x, y) = (place % ours.width, place / ours.width);
                let colour = |of: usize| ours.colours[of][y / 2 * ours.width.div_ceil(2) + x / 2];
                let made = [ours.light[place], colour(0), colour(1)].map(f32::from);
                for (apart, (made, told)) in apart.iter_mut().zip(made.into_iter().zip(planes_of(rgb))) {
                    *apart += (made - told).abs() / (ours.width * ours.height) as f32;
                }
            }
            // Ours has one colour for four pixels.
            assert!(apart[0] < 1.0 && apart[1] < 3.0 && apart[2] < 3.0, "file {at}: {apart:?}");
        }
    }

    #[test]
    fn a_mark_that_is_missing_is_damage() {
        let file = include_bytes!("../../../../tests/photos/4-2-2-restart-3.jpg");
        let mark = file.windows(2).rposition(|it| it[0] == 0xff && it[1] & 0xf8 == 0xd0).expect("a mark");
        let mut other = file.to_vec();
        other[mark + 1] ^= 1;
        assert_eq!(developed(&other, 1600, 1).err(), Some(Unfit::Damaged), "another number");
        let without = [&file[..mark], &file[mark + 2..]].concat();
        assert_eq!(developed(&without, 1600, 1).err(), Some(Unfit::Damaged));
    }
}
