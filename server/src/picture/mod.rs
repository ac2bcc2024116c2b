//! What a picture's file is made of, read by its marks and lengths alone: no pixel is decoded, so looking at a file costs
//! little more than reading it once.
//!
//! [`read`] tells what it is and what does not belong into it; [`clean`] gives a copy without that: the same compressed
//! pixels bit by bit, without descriptions, places, thumbnails and whatever lies behind the picture's end. What a viewer
//! needs to show it right stays: colours, and which way is up (a record of one field, written anew).
//!
//! Invariants: no file makes either of them panic, read outside, or take more than a few times its size; a cleaned copy
//! has nothing to clean, and shows what the original does. Whether the compressed pixels are sound is the decoder's to
//! say, later.
//!
//! Sources: ITU-T T.81 and T.871 (JPEG), Exif 2.32, W3C PNG (third edition), the WebP container specification, GIF89a,
//! ISO/IEC 14496-12 (boxes of HEIF and AVIF).

mod boxes;
mod exif;
mod gif;
mod jpeg;
mod letters;
mod mark;
mod png;
#[cfg(test)]
pub(crate) mod tests;
mod webp;

use std::ops::Range;

pub use self::mark::marked;

/// Kinds of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// GIF.
    Gif,
    /// A picture that is neither decoded nor cleaned here, by its media type: HEIC, AVIF, TIFF, BMP.
    Foreign(&'static str),
}

impl Format {
    /// Returns its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::WebP => "image/webp",
            Format::Gif => "image/gif",
            Format::Foreign(media_type) => media_type,
        }
    }
}

/// Something in a file that tells more than the picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extra {
    /// Camera, time and settings (Exif).
    Exif,
    /// The place where it was taken.
    Place,
    /// Descriptions of editors (XMP, Photoshop) and comments.
    Text,
    /// A small picture, or anything nobody asked for.
    Other,
}

impl Extra {
    /// Returns its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Extra::Exif => "exif",
            Extra::Place => "place",
            Extra::Text => "text",
            Extra::Other => "other",
        }
    }
}

/// What a picture's file is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anatomy {
    /// Its format.
    pub format: Format,
    /// Pixels as stored, before it is turned; 0 where they are not known.
    pub width: u32,
    /// Pixels as stored, before it is turned; 0 where they are not known.
    pub height: u32,
    /// Which way is up, as Exif counts: 1 (as stored) to 8.
    pub orientation: u8,
    /// Whether it has more than one picture.
    pub is_animated: bool,
    /// Whether it comes in scans that make the whole picture better and better.
    pub is_progressive: bool,
    /// Whether no phone's camera writes such pixels: ink instead of light (CMYK), 12 or 16 bits, lossless, arithmetic.
    pub is_unusual: bool,
    /// Whether it would take a decoder many times as long as a camera's picture of its size.
    pub is_laborious: bool,
    /// What it tells besides, sorted.
    pub extras: Vec<Extra>,
    /// Bytes behind its end, or between its parts.
    pub n_stray: usize,
}

/// Why a file is no whole picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It does not begin like a picture, or has none in it.
    #[error("no picture")]
    NotPicture,
    /// It ends before its picture does, or a part of it was changed on the way.
    #[error("truncated")]
    Truncated,
    /// It has a format that cannot be cleaned here.
    #[error("foreign format")]
    Foreign,
}

/// Returns the format that a file begins like.
#[must_use]
pub fn format_of(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Format::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::WebP),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some(Format::Foreign("image/tiff")),
        _ => boxes::format_of(bytes).or_else(|| is_bitmap(bytes).then_some(Format::Foreign("image/bmp"))),
    }
}

/// Two letters prove nothing: the length behind them must be right as well.
fn is_bitmap(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BM") && u32_le(bytes, 2).is_some_and(|it| it as usize == bytes.len())
}

/// Reads a file from its first mark to its last.
pub fn read(bytes: &[u8]) -> Result<Anatomy, PictureError> {
    match format_of(bytes).ok_or(PictureError::NotPicture)? {
        Format::Foreign(media_type) => {
            let mut parts = Parts::new(Format::Foreign(media_type));
            match media_type {
                "image/tiff" => parts.note_exif(bytes),
                "image/bmp" => {}
                _ => boxes::look(bytes, &mut parts)?,
            }
            // It is not shown, so nobody asks which way is up.
            Ok(Anatomy { orientation: 1, ..parts.anatomy() })
        }
        format => Ok(parts(bytes, format)?.anatomy()),
    }
}

/// Returns a copy that shows the same and tells nothing else.
pub fn clean(bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
    let format = format_of(bytes).ok_or(PictureError::NotPicture)?;
    let parts = parts(bytes, format)?;
    Ok(match format {
        Format::Jpeg => jpeg::assemble(bytes, &parts),
        Format::Png => png::assemble(bytes, &parts),
        Format::WebP => webp::assemble(bytes, &parts),
        Format::Gif | Format::Foreign(_) => parts.copied(bytes),
    })
}

fn parts(bytes: &[u8], format: Format) -> Result<Parts, PictureError> {
    match format {
        Format::Jpeg => jpeg::parts(bytes),
        Format::Png => png::parts(bytes),
        Format::WebP => webp::parts(bytes),
        Format::Gif => gif::parts(bytes),
        Format::Foreign(_) => Err(PictureError::Foreign),
    }
}

/// A file taken apart: what of it stays in a clean copy, in its order, and what was seen on the way.
#[derive(Debug)]
struct Parts {
    format: Format,
    kept: Vec<Range<usize>>,
    size: (u32, u32),
    orientation: u8,
    n_pictures: usize,
    is_progressive: bool,
    is_unusual: bool,
    is_laborious: bool,
    extras: Vec<Extra>,
    n_stray: usize,
}

impl Parts {
    fn new(format: Format) -> Parts {
        Parts {
            format,
            kept: Vec::new(),
            size: (0, 0),
            orientation: 1,
            n_pictures: 0,
            is_progressive: false,
            is_unusual: false,
            is_laborious: false,
            extras: Vec::new(),
            n_stray: 0,
        }
    }

    /// Keeps bytes behind those that were kept before.
    fn keep(&mut self, range: Range<usize>) {
        match self.kept.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.kept.push(range),
        }
    }

    fn note(&mut self, extra: Extra) {
        if let Err(place) = self.extras.binary_search(&extra) {
            self.extras.insert(place, extra);
        }
    }

    /// Takes from an Exif record which way is up, and notes what else it tells. Our own tells nothing else.
    fn note_exif(&mut self, tiff: &[u8]) {
        let exif = exif::read(tiff);
        // The first one counts.
        if self.orientation == 1 {
            self.orientation = exif.orientation;
        }
        if tiff != exif::upright(exif.orientation) {
            self.note(Extra::Exif);
            if exif.has_place {
                self.note(Extra::Place);
            }
        }
    }

    fn copied(&self, bytes: &[u8]) -> Vec<u8> {
        self.kept.iter().flat_map(|it| &bytes[it.clone()]).copied().collect()
    }

    fn anatomy(self) -> Anatomy {
        Anatomy {
            format: self.format,
            width: self.size.0,
            height: self.size.1,
            orientation: self.orientation,
            is_animated: self.n_pictures > 1,
            is_progressive: self.is_progressive,
            is_unusual: self.is_unusual,
            is_laborious: self.is_laborious,
            extras: self.extras,
            n_stray: self.n_stray,
        }
    }
}

fn u16_be(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    u16_be(bytes, at).map(u16::swap_bytes)
}

fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    u32_be(bytes, at).map(u32::swap_bytes)
}
