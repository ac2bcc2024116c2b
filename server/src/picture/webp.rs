//! WebP: a RIFF file of chunks, padded to an even length.

use super::{Extra, Format, Parts, PictureError, exif, u16_le, u32_le};

const HEAD: usize = 12;
/// What the flags of a `VP8X` chunk announce.
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

/// Takes a file apart.
pub(super) fn parts(bytes: &[u8]) -> Result<Parts, PictureError> {
    let mut parts = Parts::new(Format::WebP);
    let told = u32_le(bytes, 4).ok_or(PictureError::Truncated)? as usize;
    let end = told.checked_add(8).filter(|it| *it <= bytes.len()).ok_or(PictureError::Truncated)?;
    parts.keep(0..HEAD);
    let mut at = HEAD;
    // A last byte may be there to make the length even.
    while at + 1 < end {
        let length = u32_le(bytes, at + 4).ok_or(PictureError::Truncated)? as usize;
        let body_end = (at + 8).checked_add(length).filter(|it| *it <= end).ok_or(PictureError::Truncated)?;
        let (name, body) = (&bytes[at..at + 4], &bytes[at + 8..body_end]);
        look_at(&mut parts, name, body);
        let next = (body_end + length % 2).min(end);
        if stays(name) {
            parts.keep(at..next);
        }
        at = next;
    }
    if parts.n_pictures == 0 {
        return Err(PictureError::NotPicture);
    }
    parts.n_stray = bytes.len() - end;
    Ok(parts)
}

/// Puts a copy together: the length is counted anew, and what went is no longer announced.
pub(super) fn assemble(bytes: &[u8], parts: &Parts) -> Vec<u8> {
    let mut copy = parts.copied(bytes);
    if copy.len() % 2 == 1 {
        copy.push(0);
    }
    let is_extended = copy.get(HEAD..HEAD + 4) == Some(b"VP8X");
    let is_turned = parts.orientation != 1 && is_extended;
    if let Some(flags) = copy.get_mut(HEAD + 8).filter(|_| is_extended) {
        *flags &= !(HAS_EXIF | HAS_XMP);
        *flags |= if is_turned { HAS_EXIF } else { 0 };
    }
    if is_turned {
        let tiff = exif::upright(parts.orientation);
        copy.extend_from_slice(b"EXIF");
        copy.extend_from_slice(&(tiff.len() as u32).to_le_bytes());
        copy.extend_from_slice(&tiff);
    }
    let length = (copy.len() - 8) as u32;
    copy[4..8].copy_from_slice(&length.to_le_bytes());
    copy
}

fn look_at(parts: &mut Parts, name: &[u8], body: &[u8]) {
    match name {
        b"VP8X" => {
            let side = |at: usize| Some((u32_le(body, at)? & 0xFF_FFFF) + 1);
            // The upper byte of the second side would be behind the chunk.
            let height =
                u16_le(body, 7).zip(body.get(9)).map(|(low, high)| u32::from(low) | u32::from(*high) << 16);
            parts.size = (side(4).unwrap_or(0), height.map_or(0, |it| it + 1));
        }
        b"VP8 " => {
            let side = |at| u32::from(u16_le(body, at).unwrap_or(0) & 0x3FFF);
            found(parts, (side(6), side(8)));
        }
        b"VP8L" => {
            let bits = u32_le(body, 1).unwrap_or(0);
            found(parts, ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1));
        }
        b"ANMF" => parts.n_pictures += 1,
        b"EXIF" => parts.note_exif(body.strip_prefix(b"Exif\0\0").unwrap_or(body)),
        b"XMP " => parts.note(Extra::Text),
        _ if !stays(name) => parts.note(Extra::Other),
        _ => {}
    }
}

/// Takes the size of the pixels themselves where no canvas is told before.
fn found(parts: &mut Parts, size: (u32, u32)) {
    parts.n_pictures += 1;
    if parts.size == (0, 0) {
        parts.size = size;
    }
}

fn stays(name: &[u8]) -> bool {
    const SHOWN: [&[u8]; 7] = [b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"];
    SHOWN.contains(&name)
}
