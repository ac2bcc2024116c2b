//! PNG: chunks, each with a length, a name and a checksum.

use super::{Extra, Format, Parts, PictureError, exif, u32_be};

const SIGNATURE: usize = 8;
/// Where the first chunk, of a fixed length, ends.
const AFTER_HEADER: usize = SIGNATURE + 12 + 13;

/// Takes a file apart; a chunk whose checksum is wrong was damaged on the way.
pub(super) fn parts(bytes: &[u8]) -> Result<Parts, PictureError> {
    let mut parts = Parts::new(Format::Png);
    parts.keep(0..SIGNATURE);
    let mut at = SIGNATURE;
    loop {
        let length = u32_be(bytes, at).ok_or(PictureError::Truncated)? as usize;
        let end = at.checked_add(12).and_then(|it| it.checked_add(length)).ok_or(PictureError::Truncated)?;
        let chunk = bytes.get(at + 4..end).ok_or(PictureError::Truncated)?;
        let (named, checksum) = chunk.split_at(chunk.len() - 4);
        let (name, body) = named.split_at(4);
        if u32_be(checksum, 0) != Some(checksum_of(named)) {
            return Err(PictureError::Truncated);
        }
        if (at == SIGNATURE) != (name == b"IHDR" && length == 13) {
            return Err(PictureError::NotPicture);
        }
        look_at(&mut parts, name, body);
        if stays(name) {
            parts.keep(at..end);
        }
        at = end;
        if name == b"IEND" {
            break;
        }
    }
    if parts.n_pictures == 0 {
        return Err(PictureError::NotPicture);
    }
    parts.n_stray = bytes.len() - at;
    Ok(parts)
}

/// Puts a copy together.
pub(super) fn assemble(bytes: &[u8], parts: &Parts) -> Vec<u8> {
    let mut copy = parts.copied(bytes);
    if parts.orientation != 1 {
        let mut named = b"eXIf".to_vec();
        named.extend_from_slice(&exif::upright(parts.orientation));
        let mut chunk = ((named.len() - 4) as u32).to_be_bytes().to_vec();
        chunk.extend_from_slice(&named);
        chunk.extend_from_slice(&checksum_of(&named).to_be_bytes());
        copy.splice(AFTER_HEADER..AFTER_HEADER, chunk);
    }
    copy
}

fn look_at(parts: &mut Parts, name: &[u8], body: &[u8]) {
    match name {
        b"IHDR" => {
            parts.size = (u32_be(body, 0).unwrap_or(0), u32_be(body, 4).unwrap_or(0));
            parts.is_unusual = body[8] == 16;
        }
        b"IDAT" => parts.n_pictures = parts.n_pictures.max(1),
        // Its first picture may be the still one as well.
        b"acTL" if u32_be(body, 0).is_some_and(|it| it > 1) => parts.n_pictures = 2,
        b"eXIf" => parts.note_exif(body),
        b"tEXt" | b"zTXt" | b"iTXt" => parts.note(Extra::Text),
        b"acTL" | b"fcTL" | b"fdAT" => {}
        _ if !stays(name) => parts.note(Extra::Other),
        _ => {}
    }
}

/// Returns whether a viewer needs a chunk: pixels and colours. Of an animation the still picture stays.
fn stays(name: &[u8]) -> bool {
    const SHOWN: [&[u8]; 14] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV",
        b"cLLI", b"sBIT", b"pHYs",
    ];
    SHOWN.contains(&name)
}

/// Returns the CRC-32 of bytes (polynomial 0xEDB88320).
pub(super) fn checksum_of(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| TABLE[usize::from(crc as u8 ^ byte)] ^ crc >> 8)
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};
