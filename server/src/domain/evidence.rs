//! Files that come with a visit: what they really are, judged by their bytes.
//!
//! A picture is read from its first mark to its last and must be of a size that a decoder can be trusted with: that
//! costs next to nothing, and tells a file that was cut off on its way. Its pixels are decoded after the sender has his
//! receipt ([`photo`](super::photo)); what is wrong with them is a flag. Sound and film are taken as they are.

use wasm_forms::encryption;
use wasm_forms::evidence::strokes::{self, Strokes};

use super::signature::picture as drawn;
use crate::picture::{self, PictureError};

/// Most bytes of one file.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Most pixels of one picture; a phone's camera has up to 50 million.
pub const MAX_PIXELS: u64 = 50_000_000;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Media type found in the bytes; `application/octet-stream` where unknown.
    pub media_type: &'static str,
    /// Pixels; 0 for what is no picture.
    pub width: u32,
    /// Pixels; 0 for what is no picture.
    pub height: u32,
}

/// Why a file is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// No byte in it.
    #[error("empty")]
    Empty,
    /// More than [`MAX_BYTES`].
    #[error("too large")]
    TooLarge,
    /// The file ends before its picture does.
    #[error("truncated")]
    Truncated,
    /// Named as a picture, but it is none.
    #[error("not an image")]
    NotImage,
    /// More than [`MAX_PIXELS`].
    #[error("too many pixels")]
    TooManyPixels,
}

/// Takes an encrypted file for what it is: bytes that only happen to look like something.
pub fn opaque(bytes: &[u8]) -> Result<Media, MediaError> {
    match bytes.len() {
        0 => Err(MediaError::Empty),
        1..=MAX_BYTES => Ok(Media { media_type: encryption::OPAQUE, width: 0, height: 0 }),
        _ => Err(MediaError::TooLarge),
    }
}

/// Looks at a file. `is_picture` where its question asks for one, or its name says so.
pub fn inspect(bytes: &[u8], is_picture: bool) -> Result<Media, MediaError> {
    if bytes.is_empty() {
        return Err(MediaError::Empty);
    }
    if bytes.len() > MAX_BYTES {
        return Err(MediaError::TooLarge);
    }
    if strokes::is_strokes(bytes) {
        return Ok(signature(bytes));
    }
    match picture::read(bytes) {
        Ok(it) if u64::from(it.width) * u64::from(it.height) > MAX_PIXELS => Err(MediaError::TooManyPixels),
        Ok(it) => Ok(Media { media_type: it.format.media_type(), width: it.width, height: it.height }),
        Err(PictureError::Truncated) => Err(MediaError::Truncated),
        Err(PictureError::NotPicture | PictureError::Foreign) if is_picture => Err(MediaError::NotImage),
        Err(PictureError::NotPicture | PictureError::Foreign) => Ok(other(bytes)),
    }
}

/// The strokes of a signature; those that cannot be read are kept for a person to judge.
fn signature(bytes: &[u8]) -> Media {
    let size = Strokes::decode(bytes).ok().map(|it| drawn::size(&it));
    let (width, height) = size.unwrap_or_default();
    Media { media_type: strokes::MEDIA_TYPE, width, height }
}

/// Returns whether a file name is a picture's.
#[must_use]
pub fn is_picture_name(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    matches!(ending.as_str(), "jpg" | "jpeg" | "png" | "webp" | "gif" | "heic" | "heif" | "avif")
}

fn other(bytes: &[u8]) -> Media {
    let media_type = match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "video/mp4",
        [0x1A, 0x45, 0xDF, 0xA3, ..] => "video/webm",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [b'I', b'D', b'3', ..] => "audio/mpeg",
        [b'%', b'P', b'D', b'F', ..] => "application/pdf",
        _ => "application/octet-stream",
    };
    Media { media_type, width: 0, height: 0 }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::ImageFormat;

    use super::*;

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let pixels = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 4, y as u8 * 5, 90]));
        image::DynamicImage::from(pixels).write_to(&mut bytes, format).expect("an encoder");
        bytes.into_inner()
    }

    #[test]
    fn takes_whole_pictures_of_three_kinds() {
        for (format, media_type) in [
            (ImageFormat::Jpeg, "image/jpeg"),
            (ImageFormat::Png, "image/png"),
            (ImageFormat::WebP, "image/webp"),
        ] {
            assert_eq!(inspect(&picture(format), true), Ok(Media { media_type, width: 64, height: 48 }));
        }
    }

    #[test]
    fn refuses_what_is_no_whole_picture() {
        let check = |bytes: &[u8], expected| assert_eq!(inspect(bytes, true), Err(expected));
        check(b"", MediaError::Empty);
        check(b"not a picture", MediaError::NotImage);
        check(&vec![0; MAX_BYTES + 1], MediaError::TooLarge);
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let whole = picture(format);
            check(&whole[..whole.len() * 2 / 3], MediaError::Truncated);
        }
    }

    #[test]
    fn refuses_a_picture_whose_header_is_all_that_is_right() {
        let whole = picture(ImageFormat::Jpeg);
        let scan = whole.windows(2).position(|it| it == [0xFF, 0xDA]).expect("a scan");
        assert_eq!(inspect(&whole[..scan], true), Err(MediaError::Truncated));
        let mut png = picture(ImageFormat::Png);
        let middle = png.len() / 2;
        png[middle..middle + 40].fill(0x5A);
        assert_eq!(inspect(&png, true), Err(MediaError::Truncated));
    }

    #[test]
    fn takes_a_jpeg_with_fill_bytes_before_a_marker() {
        let whole = picture(ImageFormat::Jpeg);
        let filled = [&whole[..2], &[0xFF], &whole[2..]].concat();
        assert!(inspect(&filled, true).is_ok());
    }

    #[test]
    fn refuses_a_picture_that_would_fill_the_memory() {
        let mut bomb = picture(ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
        let crc = crc32(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&crc);
        assert_eq!(inspect(&bomb, true), Err(MediaError::TooManyPixels));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(
                crc ^ u32::from(*byte),
                |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
            )
        })
    }

    #[test]
    fn takes_sound_and_film_as_they_are() {
        assert_eq!(inspect(b"\0\0\0\x18ftypmp42", false).map(|it| it.media_type), Ok("video/mp4"));
        assert_eq!(inspect(b"OggS....", false).map(|it| it.media_type), Ok("audio/ogg"));
    }
}
