//! Photos that no camera took: light, walls and furniture at random places, and a sensor's noise.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

use super::random::Random;

const WIDTH: u32 = 1024;
const HEIGHT: u32 = 768;
const QUALITY: u8 = 80;
const N_THINGS: u64 = 14;
/// How far the noise takes a value from the truth; with it a photo has about 100 KB.
const NOISE: u64 = 8;

/// Returns a JPEG that differs from every other of this process, in what it shows too.
pub fn jpeg() -> Result<Vec<u8>> {
    static SEED: AtomicU64 = AtomicU64::new(1);
    let mut random = Random(SEED.fetch_add(1, Ordering::Relaxed) << 20);
    let mut image = room(&mut random);
    for pixel in image.pixels_mut() {
        let noise = random.below(2 * NOISE + 1) as i16 - NOISE as i16;
        pixel.0 = pixel.0.map(|value| (i16::from(value) + noise).clamp(0, 255) as u8);
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&image)?;
    Ok(bytes)
}

/// Returns a JPEG that shows the same as every other and is yet another file: `mark` stands in a comment of it.
pub fn marked(mark: &str) -> Result<Vec<u8>> {
    static BASE: OnceLock<Vec<u8>> = OnceLock::new();
    let base = match BASE.get() {
        Some(base) => base,
        None => {
            let made = jpeg()?;
            BASE.get_or_init(|| made)
        }
    };
    let length = u16::try_from(mark.len() + 2)?.to_be_bytes();
    Ok([&base[..2], &[0xFF, 0xFE], &length, mark.as_bytes(), &base[2..]].concat())
}

/// A wall lit from one side, and things before it.
fn room(random: &mut Random) -> RgbImage {
    let (dark, light) = (colour(random), colour(random));
    let mut image = RgbImage::from_fn(WIDTH, HEIGHT, |x, _| {
        let share = |from: u8, to: u8| ((u32::from(from) * (WIDTH - x) + u32::from(to) * x) / WIDTH) as u8;
        Rgb([share(dark[0], light[0]), share(dark[1], light[1]), share(dark[2], light[2])])
    });
    for _ in 0..N_THINGS {
        let colour = Rgb(colour(random));
        let (left, top) = (random.below(WIDTH.into()) as u32, random.below(HEIGHT.into()) as u32);
        let (right, bottom) = (left + random.below(300) as u32, top + random.below(300) as u32);
        for y in top..bottom.min(HEIGHT) {
            for x in left..right.min(WIDTH) {
                image.put_pixel(x, y, colour);
            }
        }
    }
    image
}

fn colour(random: &mut Random) -> [u8; 3] {
    let [red, green, blue, ..] = random.any().to_le_bytes();
    [red, green, blue]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_are_whole_distinct_and_of_the_usual_size() {
        let (one, other) = (jpeg().unwrap(), jpeg().unwrap());
        assert_ne!(one, other);
        assert!((70_000..140_000).contains(&one.len()), "{} bytes", one.len());
        assert_eq!(image::load_from_memory(&one).unwrap().width(), WIDTH);
        let (one, other) = (marked("1").unwrap(), marked("2").unwrap());
        assert_ne!(one, other);
        assert_eq!(image::load_from_memory(&one).unwrap(), image::load_from_memory(&other).unwrap());
    }
}
