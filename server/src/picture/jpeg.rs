//! JPEG: marks with lengths, then compressed pixels up to the next mark.

use super::{Extra, Format, Parts, PictureError, exif, u16_be};

/// A camera's progressive picture has about ten scans; a decoder goes over the whole picture for each.
const MAX_SCANS: usize = 64;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const DNL: u8 = 0xDC;

/// Takes a file apart.
pub(super) fn parts(bytes: &[u8]) -> Result<Parts, PictureError> {
    let mut parts = Parts::new(Format::Jpeg);
    parts.keep(0..2);
    let (mut at, mut has_frame) = (2, false);
    loop {
        let mark = next_mark(bytes, at).ok_or(PictureError::Truncated)?;
        // Between two marks there is nothing.
        parts.n_stray += mark - at;
        let (from, kind) = skip_fill(bytes, mark).ok_or(PictureError::Truncated)?;
        at = from + 2;
        match kind {
            EOI => {
                parts.keep(from..at);
                break;
            }
            SOI => parts.n_stray += 2,
            0x01 | 0xD0..=0xD7 => parts.keep(from..at),
            _ => {
                let length = usize::from(u16_be(bytes, at).ok_or(PictureError::Truncated)?);
                let end = at + length.max(2);
                let body = bytes.get(at + 2..end).ok_or(PictureError::Truncated)?;
                has_frame |= is_frame(kind);
                look_at(&mut parts, kind, body);
                if stays(kind, body) {
                    parts.keep(from..end);
                }
                at = end;
                if kind == SOS {
                    at = end_of_scan(bytes, end).ok_or(PictureError::Truncated)?;
                    parts.keep(end..at);
                    parts.n_pictures += 1;
                }
            }
        }
    }
    if parts.n_pictures == 0 || !has_frame {
        return Err(PictureError::NotPicture);
    }
    parts.is_laborious = parts.n_pictures > MAX_SCANS;
    parts.n_pictures = 1;
    parts.n_stray += bytes.len() - at;
    Ok(parts)
}

/// Puts a copy together: the record of which way is up comes first, where every reader looks for it.
pub(super) fn assemble(bytes: &[u8], parts: &Parts) -> Vec<u8> {
    let mut copy = parts.copied(bytes);
    if parts.orientation != 1 {
        let tiff = exif::upright(parts.orientation);
        let mut record = vec![0xFF, 0xE1, 0, (2 + EXIF.len() + tiff.len()) as u8];
        record.extend_from_slice(EXIF);
        record.extend_from_slice(&tiff);
        copy.splice(2..2, record);
    }
    copy
}

const EXIF: &[u8] = b"Exif\0\0";

/// Returns where the next 0xFF stands.
fn next_mark(bytes: &[u8], at: usize) -> Option<usize> {
    Some(at + memchr::memchr(0xFF, bytes.get(at..)?)?)
}

/// Returns where a mark begins, without the 0xFF that may fill up the space before it, and its kind.
fn skip_fill(bytes: &[u8], at: usize) -> Option<(usize, u8)> {
    let n_fill = bytes.get(at..)?.iter().take_while(|it| **it == 0xFF).count();
    Some((at + n_fill - 1, *bytes.get(at + n_fill)?))
}

/// Returns where the compressed pixels end: at the first mark that is neither a stuffed byte nor a restart.
fn end_of_scan(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let mark = next_mark(bytes, at)?;
        match bytes.get(mark + 1)? {
            0x00 | 0xD0..=0xD7 => at = mark + 2,
            0xFF => at = mark + 1,
            _ => return Some(mark),
        }
    }
}

fn is_frame(kind: u8) -> bool {
    matches!(kind, 0xC0..=0xCF) && !matches!(kind, 0xC4 | 0xC8 | 0xCC)
}

fn look_at(parts: &mut Parts, kind: u8, body: &[u8]) {
    match kind {
        _ if is_frame(kind) => {
            let size = (u16_be(body, 3), u16_be(body, 1));
            if let ((Some(width), Some(height)), [bits, _, _, _, _, n_colours, ..]) = (size, body) {
                parts.size = (width.into(), height.into());
                // Cameras write baseline or progressive pictures of 8 bits, grey or of three colours.
                let is_usual = matches!(kind, 0xC0..=0xC2) && *bits == 8 && matches!(n_colours, 1 | 3);
                parts.is_unusual |= !is_usual;
                parts.is_progressive |= matches!(kind, 0xC2 | 0xC6 | 0xCA | 0xCE);
            }
        }
        DNL if parts.size.1 == 0 => parts.size.1 = u16_be(body, 0).unwrap_or(0).into(),
        0xE1 if body.starts_with(EXIF) => parts.note_exif(&body[EXIF.len()..]),
        0xE1 | 0xED | 0xFE => parts.note(Extra::Text),
        0xE0..=0xFD if !stays(kind, body) => parts.note(Extra::Other),
        _ => {}
    }
}

/// Returns whether a viewer needs a segment: tables, frames, scans, and colours.
fn stays(kind: u8, body: &[u8]) -> bool {
    match kind {
        // Without the small picture that it may have.
        0xE0 => body.starts_with(b"JFIF\0") && body.len() == 14,
        0xE2 => body.starts_with(b"ICC_PROFILE\0"),
        0xEE => body.starts_with(b"Adobe") && body.len() == 12,
        0xC0..=0xCF | 0xDA..=0xDF => true,
        _ => false,
    }
}
