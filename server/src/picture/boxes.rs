//! HEIF and AVIF: boxes with a length and a name. Only recognised and walked through: nothing here decodes them.

use memchr::memmem;

use super::{Extra, Format, Parts, PictureError, u32_be};

/// How the items begin that tell more than the picture shows. Which bytes an item has stands in tables of tables; these
/// beginnings are not met by chance: of an Exif record with its first directory right behind the head, where all cameras put
/// it, and of XMP.
const EXIF: [&[u8]; 2] = [b"II\x2A\0\x08\0\0\0", b"MM\0\x2A\0\0\0\x08"];
const XMP: &[u8] = b"<x:xmpmeta";
/// Records looked at in one file.
const MAX_RECORDS: usize = 16;

/// Returns the format by the brand in the first box.
pub(super) fn format_of(bytes: &[u8]) -> Option<Format> {
    if bytes.get(4..8)? != b"ftyp" {
        return None;
    }
    match bytes.get(8..12)? {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Some(Format::Foreign("image/heic")),
        b"mif1" | b"msf1" | b"mif2" => Some(Format::Foreign("image/heif")),
        b"avif" | b"avis" => Some(Format::Foreign("image/avif")),
        _ => None,
    }
}

/// Checks that the boxes fill the file and that there are pixels in it, and notes what it tells besides.
pub(super) fn look(bytes: &[u8], parts: &mut Parts) -> Result<(), PictureError> {
    check_whole(bytes)?;
    for record in EXIF.iter().flat_map(|it| memmem::find_iter(bytes, it)).take(MAX_RECORDS) {
        parts.note_exif(&bytes[record..]);
    }
    if memmem::find(bytes, XMP).is_some() {
        parts.note(Extra::Text);
    }
    Ok(())
}

fn check_whole(bytes: &[u8]) -> Result<(), PictureError> {
    let (mut at, mut has_pixels) = (0, false);
    while at < bytes.len() {
        let short = u32_be(bytes, at).ok_or(PictureError::Truncated)? as usize;
        let name = bytes.get(at + 4..at + 8).ok_or(PictureError::Truncated)?;
        let length = match short {
            0 => bytes.len() - at,
            1 => {
                let high = u32_be(bytes, at + 8).filter(|it| *it == 0).ok_or(PictureError::Truncated)?;
                high as usize + u32_be(bytes, at + 12).ok_or(PictureError::Truncated)? as usize
            }
            length => length,
        };
        if length < 8 || length > bytes.len() - at {
            return Err(PictureError::Truncated);
        }
        has_pixels |= matches!(name, b"mdat" | b"idat" | b"meta");
        at += length;
    }
    if has_pixels { Ok(()) } else { Err(PictureError::NotPicture) }
}
