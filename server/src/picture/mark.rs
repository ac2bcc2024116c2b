//! Copies of pictures for people, with a mark that is burnt in: what the copy is of, and who got it. A copy that turns up
//! where it should not tells where it came from, and none is taken for the evidence.

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

use super::letters::{HEIGHT, WIDTH, has_dot};

/// Dots from a letter to the next, and from a line to the next.
const ACROSS: u32 = WIDTH + 1;
const DOWN: u32 = HEIGHT + 3;
/// Dots around the lines.
const MARGIN: u32 = 3;
/// A dot has so many pixels of the picture's longer side: letters of 21 pixels at 1600.
const PIXELS_A_DOT: u32 = 500;
/// How much is left of the light behind the lines, of 100.
const SHADE: u16 = 35;
const QUALITY: u8 = 85;

/// Draws lines onto the lower end of a picture, in letters as large as its width allows, and returns it as JPEG.
#[must_use]
pub fn marked(mut picture: RgbImage, lines: &[String]) -> Option<Vec<u8>> {
    let (width, height) = picture.dimensions();
    let longest = lines.iter().map(|it| it.chars().count()).max().unwrap_or(0) as u32;
    let room = width / (longest * ACROSS + 2 * MARGIN);
    let dot = (width.max(height) / PIXELS_A_DOT).max(2).min(room).max(1);
    let band = (lines.len() as u32 * DOWN + 2 * MARGIN) * dot;
    let top = height.saturating_sub(band);
    for (_, _, pixel) in picture.enumerate_pixels_mut().filter(|(_, y, _)| *y >= top) {
        pixel.0 = pixel.0.map(|it| (u16::from(it) * SHADE / 100) as u8);
    }
    for (line, text) in (0..).zip(lines) {
        for (column, letter) in (0..).zip(text.chars()) {
            let left = (MARGIN + column * ACROSS) * dot;
            draw(&mut picture, letter, dot, (left, top + (MARGIN + line * DOWN) * dot));
        }
    }
    let mut jpeg = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY)).ok()?;
    Some(jpeg)
}

/// Draws a letter; what lies outside of the picture is left out.
fn draw(picture: &mut RgbImage, letter: char, dot: u32, (left, top): (u32, u32)) {
    for y in 0..HEIGHT * dot {
        for x in 0..WIDTH * dot {
            if has_dot(letter, (x / dot, y / dot))
                && let Some(pixel) = picture.get_pixel_mut_checked(left + x, top + y)
            {
                *pixel = Rgb([255; 3]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<String> {
        vec!["COPY 20261121-K7Q2M9".to_owned(), "2026-11-22 TO STREET".to_owned()]
    }

    fn read(jpeg: &[u8]) -> RgbImage {
        image::load_from_memory(jpeg).expect("a picture").to_rgb8()
    }

    #[test]
    fn a_mark_lies_on_the_lower_end_and_leaves_the_rest() {
        let copy = read(&marked(RgbImage::from_pixel(800, 600, Rgb([120; 3])), &lines()).expect("a copy"));
        let is = |it: u8, wanted: u8| it.abs_diff(wanted) < 25;
        assert!(is(copy.get_pixel(400, 300).0[0], 120) && is(copy.get_pixel(795, 595).0[0], 42));
        // The C begins six pixels from the left: its stem is white from its second dot down.
        assert!(copy.get_pixel(7, 600 - 52 + 6 + 7).0[0] > 180, "{:?}", copy.get_pixel(7, 561));
    }

    #[test]
    fn every_size_gets_as_much_of_it_as_it_can_hold() {
        for (width, height) in [(1, 1), (3000, 1), (1, 3000), (40, 30), (1600, 1200)] {
            let copy = read(&marked(RgbImage::new(width, height), &lines()).expect("a copy"));
            assert_eq!(copy.dimensions(), (width, height));
        }
        assert!(marked(RgbImage::new(8, 8), &[]).is_some());
    }
}
