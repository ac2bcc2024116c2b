//! Decoding and encoding for browsers that cannot decode a picture small by themselves.
//!
//! A JPEG is decoded at n/8 of its size, with as many eighths as the wanted size needs, so that the pixels of the whole
//! never exist; PNG and WebP are decoded in full, within bounds. What comes out is upright, opaque and of the wanted size.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat, ImageReader, Limits};
use jpeg_decoder::{Decoder, PixelFormat};

use super::head::{Format, Head};

/// A picture as rows of red, green and blue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgb {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Three bytes a pixel, row by row.
    pub pixels: Vec<u8>,
}

/// Why a picture cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Not a kind that is decoded here.
    #[error("not a JPEG, PNG or WebP")]
    Kind,
    /// More than the memory of a cheap phone holds.
    #[error("too many pixels")]
    TooLarge,
    /// The file breaks its format's rules.
    #[error("damaged")]
    Damaged,
}

/// Most bytes that a decoder may take for itself.
const MOST_BYTES: usize = 200_000_000;

/// Most pixels of a picture that is decoded in full.
const MOST_FULL_PIXELS: u64 = 16_000_000;

/// Most pixels that a JPEG may claim, decoded in one pass and in several.
const MOST_PIXELS: u64 = 220_000_000;
const MOST_PROGRESSIVE_PIXELS: u64 = 50_000_000;

/// Decodes a file to a picture whose longest side is at most `edge_px`, upright.
pub fn reduce(bytes: &[u8], edge_px: u32) -> Result<Rgb, CodecError> {
    let head = Head::read(bytes).map_err(|_| CodecError::Damaged)?;
    let decoded = match head.format {
        Format::Jpeg => jpeg(bytes, &head, edge_px)?,
        Format::Png => full(bytes, &head, ImageFormat::Png)?,
        Format::Webp => full(bytes, &head, ImageFormat::WebP)?,
        _ => return Err(CodecError::Kind),
    };
    let (width, height) = within(decoded.width, decoded.height, edge_px);
    Ok(turned(&shrunk(&decoded, width, height), head.orientation))
}

/// Encodes four bytes a pixel as JPEG, the last of them ignored; `quality` is from 1 to 100.
pub fn encode_jpeg(rgba: &[u8], width: u16, height: u16, quality: u8) -> Result<Vec<u8>, CodecError> {
    let pixels: Vec<u8> = rgba.chunks_exact(4).flat_map(|it| [it[0], it[1], it[2]]).collect();
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100))
        .encode(&pixels, width.into(), height.into(), ExtendedColorType::Rgb8)
        .map_err(|_| CodecError::Damaged)?;
    Ok(bytes)
}

fn jpeg(bytes: &[u8], head: &Head, edge_px: u32) -> Result<Rgb, CodecError> {
    let most = if head.is_progressive { MOST_PROGRESSIVE_PIXELS } else { MOST_PIXELS };
    if u64::from(head.width) * u64::from(head.height) > most {
        return Err(CodecError::TooLarge);
    }
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_max_decoding_buffer_size(MOST_BYTES);
    decoder.read_info().map_err(|_| CodecError::Damaged)?;
    let (width, height) = within(head.width as usize, head.height as usize, edge_px);
    // A JPEG's sides have 16 bits, and what is within them has no more.
    decoder.scale(width as u16, height as u16).map_err(|_| CodecError::Damaged)?;
    let decoded = decoder.decode().map_err(|_| CodecError::Damaged)?;
    let info = decoder.info().ok_or(CodecError::Damaged)?;
    let pixels = match info.pixel_format {
        PixelFormat::RGB24 => decoded,
        PixelFormat::L8 => decoded.iter().flat_map(|it| [*it; 3]).collect(),
        PixelFormat::L16 => decoded
            .chunks_exact(2)
            .flat_map(|it| [u16::from_ne_bytes([it[0], it[1]]).to_be_bytes()[0]; 3])
            .collect(),
        PixelFormat::CMYK32 => decoded.chunks_exact(4).flat_map(printed).collect(),
    };
    whole(Rgb { width: info.width.into(), height: info.height.into(), pixels })
}

/// Ink as light; Adobe's files, which are all there are, keep it inverted, and the decoder undoes that.
fn printed(ink: &[u8]) -> [u8; 3] {
    let black = 255 - u16::from(ink[3]);
    [ink[0], ink[1], ink[2]].map(|it| ((255 - u16::from(it)) * black / 255) as u8)
}

fn full(bytes: &[u8], head: &Head, format: ImageFormat) -> Result<Rgb, CodecError> {
    if u64::from(head.width) * u64::from(head.height) > MOST_FULL_PIXELS {
        return Err(CodecError::TooLarge);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(head.width);
    limits.max_image_height = Some(head.height);
    limits.max_alloc = Some(MOST_BYTES as u64);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let image = reader.decode().map_err(|_| CodecError::Damaged)?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let rgba = image.into_rgba8().into_raw();
    whole(Rgb { width, height, pixels: rgba.chunks_exact(4).flat_map(on_white).collect() })
}

/// A transparent picture would turn black as JPEG.
fn on_white(rgba: &[u8]) -> [u8; 3] {
    let opacity = u16::from(rgba[3]);
    [rgba[0], rgba[1], rgba[2]]
        .map(|it| ((u16::from(it) * opacity + 255 * (255 - opacity) + 127) / 255) as u8)
}

fn whole(rgb: Rgb) -> Result<Rgb, CodecError> {
    let is_whole = rgb.width > 0 && rgb.height > 0 && rgb.pixels.len() == rgb.width * rgb.height * 3;
    if is_whole { Ok(rgb) } else { Err(CodecError::Damaged) }
}

/// Returns a size whose longest side is at most `edge_px`; nothing is enlarged.
fn within(width: usize, height: usize, edge_px: u32) -> (usize, usize) {
    let (longest, edge) = (width.max(height), edge_px.max(1) as usize);
    if longest <= edge {
        return (width, height);
    }
    let side = |it: usize| ((it * edge + longest / 2) / longest).max(1);
    (side(width), side(height))
}

/// Returns the picture smaller; each pixel is the mean of those it stands for, partly covered ones by their share.
fn shrunk(rgb: &Rgb, width: usize, height: usize) -> Rgb {
    if (width, height) == (rgb.width, rgb.height) {
        return rgb.clone();
    }
    let across = shares(rgb.width, width);
    let mut pixels = Vec::with_capacity(width * height * 3);
    let mut row = vec![0u32; width * 3];
    for (first, weights) in shares(rgb.height, height) {
        row.fill(0);
        for (line, weight) in rgb.pixels.chunks_exact(rgb.width * 3).skip(first).zip(weights) {
            add_row(&mut row, line, &across, weight);
        }
        // Both weights are in 4096ths; a row is added in 256ths of them.
        pixels.extend(row.iter().map(|it| ((it + 32_768) >> 16).min(255) as u8));
    }
    Rgb { width, height, pixels }
}

type Shares = Vec<(usize, Vec<u32>)>;

fn add_row(row: &mut [u32], line: &[u8], across: &Shares, weight: u32) {
    for (sum, (first, weights)) in row.chunks_exact_mut(3).zip(across) {
        let mut mean = [0u32; 3];
        for (pixel, share) in line[first * 3..].chunks_exact(3).zip(weights) {
            for (channel, value) in mean.iter_mut().zip(pixel) {
                *channel += u32::from(*value) * share;
            }
        }
        for (channel, value) in sum.iter_mut().zip(mean) {
            *channel += (value >> 8) * weight;
        }
    }
}

/// Returns for each place of a shorter line where its part of the longer one begins, and the share of each pixel in it, in
/// 4096ths that add up.
fn shares(long: usize, short: usize) -> Shares {
    (0..short)
        .map(|index| {
            let (start, end) = (index * long, (index + 1) * long);
            let (first, last) = (start / short, (end - 1) / short);
            let covered = |at: usize| end.min((at + 1) * short) - start.max(at * short);
            let mut weights: Vec<u32> = (first..=last).map(|at| (covered(at) * 4096 / long) as u32).collect();
            let missing = 4096 - weights.iter().sum::<u32>();
            let middle = weights.len() / 2;
            weights[middle] += missing;
            (first, weights)
        })
        .collect()
}

/// Returns the picture as Exif's orientation wants it seen.
fn turned(rgb: &Rgb, orientation: u8) -> Rgb {
    let (width, height) = if orientation >= 5 { (rgb.height, rgb.width) } else { (rgb.width, rgb.height) };
    let (right, bottom) = (rgb.width - 1, rgb.height - 1);
    let mut pixels = Vec::with_capacity(rgb.pixels.len());
    for y in 0..height {
        for x in 0..width {
            let (column, row) = match orientation {
                2 => (right - x, y),
                3 => (right - x, bottom - y),
                4 => (x, bottom - y),
                5 => (y, x),
                6 => (y, bottom - x),
                7 => (right - y, bottom - x),
                8 => (right - y, x),
                _ => (x, y),
            };
            let at = (row * rgb.width + column) * 3;
            pixels.extend_from_slice(&rgb.pixels[at..at + 3]);
        }
    }
    Rgb { width, height, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a picture of one byte a pixel as grey ones.
    fn grey(width: usize, pixels: &[u8]) -> Rgb {
        Rgb { width, height: pixels.len() / width, pixels: pixels.iter().flat_map(|it| [*it; 3]).collect() }
    }

    fn greys(rgb: &Rgb) -> Vec<u8> {
        rgb.pixels.chunks_exact(3).map(|it| it[0]).collect()
    }

    #[test]
    fn every_orientation_stands_upright() {
        // The letters of "ab / cd / ef", as Exif's eight ways of lying have them.
        let upright = (2, *b"abcdef");
        for (orientation, width, lying) in [
            (1, 2, b"abcdef"),
            (2, 2, b"badcfe"),
            (3, 2, b"fedcba"),
            (4, 2, b"efcdab"),
            (5, 3, b"acebdf"),
            (6, 3, b"bdface"),
            (7, 3, b"fdbeca"),
            (8, 3, b"ecafdb"),
        ] {
            let it = turned(&grey(width, lying), orientation);
            assert_eq!((it.width, greys(&it)), (upright.0, upright.1.to_vec()), "orientation {orientation}");
        }
    }

    #[test]
    fn a_smaller_pixel_is_the_mean_of_what_it_stands_for() {
        for (width, pixels, (to_width, to_height), expected) in [
            (4, vec![0, 100, 200, 250], (2, 1), vec![50, 225]),
            (3, vec![0, 90, 240], (2, 1), vec![30, 190]),
            (2, vec![10, 10, 10, 10], (1, 1), vec![10]),
            (1, vec![0, 0, 0, 255], (1, 2), vec![0, 128]),
            (3, vec![255; 9], (2, 2), vec![255; 4]),
        ] {
            let small = shrunk(&grey(width, &pixels), to_width, to_height);
            let close = greys(&small).iter().zip(&expected).all(|(it, wanted)| it.abs_diff(*wanted) <= 1);
            assert!(close && small.width == to_width, "{:?}, should be {expected:?}", greys(&small));
        }
    }

    #[test]
    fn what_is_encoded_is_decoded_small() {
        let rgba: Vec<u8> =
            (0..64u8 * 2).flat_map(|_| (0..=255u8).flat_map(|x| [x, 128, 255 - x, 255])).collect();
        let jpeg = encode_jpeg(&rgba, 256, 128, 90).expect("encodes");
        let small = reduce(&jpeg, 64).expect("decodes");
        assert_eq!((small.width, small.height), (64, 32));
        let middle = &small.pixels[(16 * 64 + 32) * 3..][..3];
        assert!(middle.iter().all(|it| it.abs_diff(128) < 8), "{middle:?}");
    }

    #[test]
    fn claims_are_believed_before_anything_is_unpacked() {
        let bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xc3\x50\0\0\xc3\x50\x08\x06\0\0\0";
        assert_eq!(reduce(bomb, 1600), Err(CodecError::TooLarge));
        assert_eq!(reduce(b"GIF89a\x40\x01\xf0\0", 1600), Err(CodecError::Kind));
        assert_eq!(
            reduce(b"\xff\xd8\xff\xc0\0\x0b\x08\0\x10\0\x10\x01\x01\x11\0", 1600),
            Err(CodecError::Damaged)
        );
        assert_eq!(reduce(b"", 1600), Err(CodecError::Damaged));
    }
}
