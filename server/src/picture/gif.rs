//! GIF: blocks of pictures and extensions, each a chain of pieces with a length of one byte.

use super::{Extra, Format, Parts, PictureError, u16_le};

const PICTURE: u8 = 0x2C;
const EXTENSION: u8 = 0x21;
const END: u8 = 0x3B;
const CONTROL: u8 = 0xF9;
const APPLICATION: u8 = 0xFF;

/// Takes a file apart.
pub(super) fn parts(bytes: &[u8]) -> Result<Parts, PictureError> {
    let mut parts = Parts::new(Format::Gif);
    // Cameras do not write it.
    parts.is_unusual = true;
    let side = |at| u16_le(bytes, at).map(u32::from).ok_or(PictureError::Truncated);
    parts.size = (side(6)?, side(8)?);
    let flags = *bytes.get(10).ok_or(PictureError::Truncated)?;
    let mut at = 13 + colours(flags);
    parts.keep(0..at);
    loop {
        let from = at;
        match *bytes.get(at).ok_or(PictureError::Truncated)? {
            PICTURE => {
                let flags = *bytes.get(at + 9).ok_or(PictureError::Truncated)?;
                at = end_of_chain(bytes, at + 11 + colours(flags))?;
                parts.n_pictures += 1;
                parts.keep(from..at);
            }
            EXTENSION => {
                let kind = *bytes.get(at + 1).ok_or(PictureError::Truncated)?;
                at = end_of_chain(bytes, at + 2)?;
                let is_loop = kind == APPLICATION && bytes[from + 2..].starts_with(b"\x0BNETSCAPE2.0");
                if kind == CONTROL || is_loop {
                    parts.keep(from..at);
                } else {
                    parts.note(Extra::Text);
                }
            }
            END => {
                at += 1;
                parts.keep(from..at);
                break;
            }
            _ => return Err(PictureError::Truncated),
        }
    }
    if parts.n_pictures == 0 {
        return Err(PictureError::NotPicture);
    }
    parts.n_stray = bytes.len() - at;
    Ok(parts)
}

/// Returns the length of a table of colours.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn end_of_chain(bytes: &[u8], mut at: usize) -> Result<usize, PictureError> {
    loop {
        let length = usize::from(*bytes.get(at).ok_or(PictureError::Truncated)?);
        at += 1 + length;
        if length == 0 {
            return Ok(at);
        }
    }
}
