//! One picture decoded: what it shows, measured, and its small picture.
//!
//! It is judged as the phone does: upright, at the size a photo is kept in. A picture of its phone has that size
//! already; one of another client is reduced first, so that sharpness means the same.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageReader, Limits, RgbImage, RgbaImage, imageops};
use wasm_forms::evidence::photo::{Judgement, Luma, judge, luma_of_rgba};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::picture::{self, Anatomy, Format};

/// Longest side of a photo as phones keep it.
const KEPT_SIDE: u32 = 1600;
/// Longest side of the small picture for the desk's lists.
const SMALL_SIDE: u32 = 320;
/// Most memory that decoding one picture may take: 50 million pixels of 8 bytes.
const MAX_ALLOC: u64 = 400 * 1024 * 1024;

/// What became of decoding a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded {
    /// Every pixel.
    Whole,
    /// Its pixels are damaged, or its header tells another size than they have; something may be seen.
    Damaged,
    /// Not tried: a format that is not decoded here, or one that would take too long.
    NotTried,
}

/// What there is to see in a file.
#[derive(Debug)]
pub struct Look {
    /// What the file is made of.
    pub anatomy: Option<Anatomy>,
    /// Whether it could be decoded.
    pub decoded: Decoded,
    /// Its pixels when it is upright; 0 where it could not be decoded.
    pub size: (u32, u32),
    /// What was measured.
    pub judgement: Option<Judgement>,
    /// A small picture, as JPEG.
    pub small: Option<Bytes>,
}

impl Look {
    /// Returns what there is to see where a decoder gave up.
    #[must_use]
    pub fn damaged() -> Look {
        Look { anatomy: None, decoded: Decoded::Damaged, size: (0, 0), judgement: None, small: None }
    }
}

/// Looks at a file. Takes as long as decoding it takes.
#[must_use]
pub fn look(bytes: &[u8]) -> Look {
    let Ok(anatomy) = picture::read(bytes) else { return Look::damaged() };
    if anatomy.is_laborious || matches!(anatomy.format, Format::Foreign(_)) {
        return Look { anatomy: Some(anatomy), decoded: Decoded::NotTried, ..Look::damaged() };
    }
    let whole = match anatomy.format {
        Format::Jpeg => decode_strictly(bytes, anatomy.is_progressive),
        _ => decode(bytes),
    };
    let decoded = if whole.is_some() { Decoded::Whole } else { Decoded::Damaged };
    let Some(picture) = whole.or_else(|| decode(bytes)) else {
        return Look { anatomy: Some(anatomy), ..Look::damaged() };
    };
    let upright = Orientation::from_exif(anatomy.orientation).unwrap_or(Orientation::NoTransforms);
    let (width, height) = (picture.width(), picture.height());
    let size = if anatomy.orientation > 4 { (height, width) } else { (width, height) };
    let mut kept = DynamicImage::from(reduced(picture));
    kept.apply_orientation(upright);
    let luma = luma_of_rgba(kept.to_rgba8().as_raw());
    let judgement = Luma::new(&luma, kept.width(), kept.height());
    let judgement = judgement.map(|it| judge(&it, &[]));
    Look { decoded, size, judgement, small: small(&kept), anatomy: Some(anatomy) }
}

/// Returns a picture upright and as large as a photo is kept; none where it is not decoded here.
#[must_use]
pub fn upright(bytes: &[u8]) -> Option<RgbImage> {
    let anatomy = picture::read(bytes).ok()?;
    if anatomy.is_laborious || matches!(anatomy.format, Format::Foreign(_)) {
        return None;
    }
    let mut kept = DynamicImage::from(reduced(decode(bytes)?));
    kept.apply_orientation(Orientation::from_exif(anatomy.orientation).unwrap_or(Orientation::NoTransforms));
    Some(kept.into_rgb8())
}

/// Decodes a JPEG only where all its pixels are there.
///
/// Decoders take the mark of its end for the end wherever it stands, paint the rest grey and say nothing. Without that
/// mark they notice; a few zeros behind the pixels are what they read ahead of a picture that is whole. A progressive
/// picture is left its mark: each of its scans is a whole picture, if a coarse one.
fn decode_strictly(bytes: &[u8], is_progressive: bool) -> Option<RgbImage> {
    const AHEAD: [u8; 16] = [0; 16];
    let mut clean = picture::clean(bytes).ok()?;
    if !is_progressive {
        clean.truncate(clean.len() - 2);
        clean.extend_from_slice(&AHEAD);
    }
    let side = usize::from(u16::MAX);
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(side).set_max_height(side);
    let options = options.jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&clean), options);
    let pixels = decoder.decode().ok()?;
    let (width, height) = decoder.dimensions()?;
    RgbImage::from_raw(width.try_into().ok()?, height.try_into().ok()?, pixels)
}

fn decode(bytes: &[u8]) -> Option<RgbImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    Some(if picture.color().has_alpha() { on_paper(&picture.into_rgba8()) } else { picture.into_rgb8() })
}

/// Puts what can be seen through on white: black strokes on nothing would become black on black.
fn on_paper(picture: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, opacity] = picture.get_pixel(x, y).0;
        let over_white = |it: u8| (255 - (255 - u32::from(it)) * u32::from(opacity) / 255) as u8;
        image::Rgb([red, green, blue].map(over_white))
    })
}

fn reduced(picture: RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= KEPT_SIDE {
        return picture;
    }
    let side = |it: u32| ((u64::from(it) * u64::from(KEPT_SIDE) / u64::from(longest)) as u32).max(1);
    imageops::thumbnail(&picture, side(width), side(height))
}

fn small(picture: &DynamicImage) -> Option<Bytes> {
    let is_small = picture.width().max(picture.height()) <= SMALL_SIDE;
    let small = if is_small { picture.clone() } else { picture.thumbnail(SMALL_SIDE, SMALL_SIDE) };
    let mut jpeg = Vec::new();
    small.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 80)).ok()?;
    Some(jpeg.into())
}

#[cfg(test)]
mod tests {
    use wasm_forms::evidence::photo::Finding;

    use super::*;

    const PLAIN: &[u8] = include_bytes!("../../../tests/pictures/plain.jpg");
    const PROGRESSIVE: &[u8] = include_bytes!("../../../tests/pictures/progressive.jpg");
    const CMYK: &[u8] = include_bytes!("../../../tests/pictures/cmyk.jpg");
    const TURNED: &[u8] = include_bytes!("../../../tests/pictures/turned.jpg");
    const SIXTEEN_BITS: &[u8] = include_bytes!("../../../tests/pictures/sixteen_bits.png");
    const MOVING_WEBP: &[u8] = include_bytes!("../../../tests/pictures/moving.webp");
    const MOVING_GIF: &[u8] = include_bytes!("../../../tests/pictures/moving.gif");

    fn likeness(bytes: &[u8]) -> wasm_forms::evidence::photo::Likeness {
        look(bytes).judgement.expect("decoded").likeness
    }

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).expect("an encoder");
        bytes.into_inner()
    }

    #[test]
    fn one_scene_is_the_same_however_it_is_written() {
        for (other, what) in [(PROGRESSIVE, "progressive"), (CMYK, "ink"), (TURNED, "stored on its side")] {
            let it = look(other);
            assert_eq!((it.decoded, it.size), (Decoded::Whole, (160, 120)), "{what}");
            let n_bits = likeness(PLAIN).bits_apart(likeness(other));
            assert!(n_bits <= 6, "{what}: {n_bits} bits");
        }
    }

    #[test]
    fn every_kind_is_decoded() {
        for bytes in [SIXTEEN_BITS, MOVING_WEBP, MOVING_GIF] {
            let it = look(bytes);
            assert_eq!(
                (it.decoded, it.judgement.is_some(), it.small.is_some()),
                (Decoded::Whole, true, true)
            );
        }
    }

    #[test]
    fn a_picture_without_its_data_is_damaged_but_shown() {
        let middle = PLAIN.len() / 2;
        let cut = [&PLAIN[..middle], &PLAIN[PLAIN.len() - 2..]].concat();
        let it = look(&cut);
        assert_eq!((it.decoded, it.small.is_some()), (Decoded::Damaged, true));
        let mut lying = PLAIN.to_vec();
        let frame = lying.windows(2).position(|it| it == [0xFF, 0xC0]).expect("a frame");
        lying[frame + 5..frame + 9].copy_from_slice(&[0x10, 0, 0x10, 0]);
        assert_eq!(look(&lying).decoded, Decoded::Damaged);
    }

    #[test]
    fn no_damage_brings_a_decoder_down() {
        let mut n_shown = 0;
        crate::picture::tests::damaged(400, |bytes| {
            let it = look(bytes);
            assert!(it.decoded != Decoded::Whole || it.small.is_some());
            assert!(it.small.as_ref().is_none_or(|small| small.len() < 64 * 1024));
            n_shown += usize::from(it.small.is_some());
        });
        assert!(n_shown > 200, "{n_shown} of them were still pictures");
    }

    #[test]
    fn what_is_not_decoded_is_not_tried() {
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x0Cmdat1234";
        assert_eq!(look(heic).decoded, Decoded::NotTried);
        assert_eq!(look(b"text").decoded, Decoded::Damaged);
    }

    #[test]
    fn a_line_is_a_picture_and_too_small() {
        for (width, height) in [(30_000, 1), (1, 1)] {
            let it = look(&png(&DynamicImage::new_rgb8(width, height)));
            assert_eq!((it.decoded, it.size), (Decoded::Whole, (width, height)));
            assert!(it.judgement.is_some_and(|it| it.findings.contains(&Finding::TooSmall)));
        }
    }

    #[test]
    fn small_pictures_keep_their_shape_and_paper_stays_white() {
        let it = look(&png(&DynamicImage::new_rgba8(1280, 640))).small.expect("a small picture");
        let it = image::load_from_memory(&it).expect("a picture").to_rgb8();
        assert_eq!((it.dimensions(), it.get_pixel(9, 9).0), ((320, 160), [255; 3]));
    }
}
