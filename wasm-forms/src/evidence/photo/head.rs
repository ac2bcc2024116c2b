//! What the first bytes of a picture's file say of it: its kind, its size in pixels, how it lies.
//!
//! Read before anything is decoded, so that a file of a few bytes that unpacks to gigabytes is known by what it claims.
//! Only claims: whoever decodes checks what comes out. Kinds: JPEG (ITU-T T.81, Exif 2.3), PNG, WebP (RFC 9649), GIF,
//! BMP, and the family of HEIF (ISO/IEC 23008-12) by its first box.

/// The kind of a picture's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `image/jpeg`.
    Jpeg,
    /// `image/png`.
    Png,
    /// `image/webp`.
    Webp,
    /// `image/gif`.
    Gif,
    /// `image/bmp`.
    Bmp,
    /// `image/avif`.
    Avif,
    /// `image/heic`: what Apple's phones keep.
    Heic,
}

impl Format {
    /// Returns the media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::Webp => "image/webp",
            Format::Gif => "image/gif",
            Format::Bmp => "image/bmp",
            Format::Avif => "image/avif",
            Format::Heic => "image/heic",
        }
    }
}

/// What a picture's file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The kind of file.
    pub format: Format,
    /// Pixels across, as stored.
    pub width: u32,
    /// Pixels down, as stored.
    pub height: u32,
    /// Exif's orientation, 1 to 8: 1 stands upright, from 5 on width and height change places.
    pub orientation: u8,
    /// Whether it comes in several passes, each over all of the picture: a decoder must hold all of it.
    pub is_progressive: bool,
}

/// Why a head cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// None of the kinds.
    #[error("not a picture of a known kind")]
    Unknown,
    /// The bytes end before the size; with more of them it may be found.
    #[error("the file ends before the picture's size")]
    Cut,
    /// The kind is known, but not followed.
    #[error("not the head of such a file")]
    Malformed,
}

impl Head {
    /// Reads the head of a file from its first bytes.
    pub fn read(bytes: &[u8]) -> Result<Head, HeadError> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => jpeg(bytes),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => png(bytes),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(bytes),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => gif(bytes),
            [b'B', b'M', ..] => bmp(bytes),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => family_of_heif(brand, bytes),
            _ => Err(HeadError::Unknown),
        }
    }

    /// Returns width and height as a person sees the picture.
    #[must_use]
    pub fn upright(&self) -> (u32, u32) {
        if self.orientation >= 5 { (self.height, self.width) } else { (self.width, self.height) }
    }
}

fn sized(format: Format, width: u32, height: u32) -> Result<Head, HeadError> {
    if width == 0 || height == 0 {
        return Err(HeadError::Malformed);
    }
    Ok(Head { format, width, height, orientation: 1, is_progressive: false })
}

/// Segments of a JPEG until the one with its size; Exif stands before it.
fn jpeg(bytes: &[u8]) -> Result<Head, HeadError> {
    let mut orientation = 1;
    let mut at = 2;
    loop {
        if byte(bytes, at)? != 0xff {
            return Err(HeadError::Malformed);
        }
        let marker = byte(bytes, at + 1)?;
        match marker {
            // Any number of these may stand before a marker.
            0xff => at += 1,
            // Markers without a length.
            0x01 | 0xd0..=0xd8 => at += 2,
            // The picture begins, or ends, without having told its size.
            0xd9 | 0xda | 0x00 => return Err(HeadError::Malformed),
            _ => {
                let length = usize::from(big16(bytes, at + 2)?);
                if length < 2 {
                    return Err(HeadError::Malformed);
                }
                let body = at + 4;
                if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                    let (height, width) = (big16(bytes, body + 1)?, big16(bytes, body + 3)?);
                    let is_progressive = matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce);
                    let head = sized(Format::Jpeg, width.into(), height.into())?;
                    return Ok(Head { orientation, is_progressive, ..head });
                }
                let end = at + 2 + length;
                if marker == 0xe1 {
                    let segment = bytes.get(body..end).ok_or(HeadError::Cut)?;
                    orientation = segment.strip_prefix(b"Exif\0\0").and_then(turned).unwrap_or(orientation);
                }
                at = end;
            }
        }
    }
}

/// Returns the orientation that Exif's first directory tells, if it is one.
fn turned(tiff: &[u8]) -> Option<u8> {
    const ORIENTATION: u16 = 0x0112;
    let is_little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let two: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    };
    let (low, high) = if is_little { (4, 6) } else { (6, 4) };
    let directory = usize::from(short(high)?) << 16 | usize::from(short(low)?);
    let n = usize::from(short(directory)?);
    let entry = (0..n)
        .filter_map(|index| directory.checked_add(2 + index * 12))
        .take_while(|at| *at < tiff.len())
        .find(|at| short(*at) == Some(ORIENTATION))?;
    u8::try_from(short(entry + 8)?).ok().filter(|it| (1..=8).contains(it))
}

fn png(bytes: &[u8]) -> Result<Head, HeadError> {
    if bytes.get(12..16).ok_or(HeadError::Cut)? != b"IHDR" {
        return Err(HeadError::Malformed);
    }
    let interlaced = byte(bytes, 28)? == 1;
    let head = sized(Format::Png, big32(bytes, 16)?, big32(bytes, 20)?)?;
    Ok(Head { is_progressive: interlaced, ..head })
}

fn webp(bytes: &[u8]) -> Result<Head, HeadError> {
    let at = |place: usize| byte(bytes, place).map(u32::from);
    match bytes.get(12..16).ok_or(HeadError::Cut)? {
        b"VP8X" => {
            let size = |place: usize| Ok(1 + (at(place)? | at(place + 1)? << 8 | at(place + 2)? << 16));
            sized(Format::Webp, size(24)?, size(27)?)
        }
        b"VP8L" if at(20)? == 0x2f => {
            let bits = at(21)? | at(22)? << 8 | at(23)? << 16 | at(24)? << 24;
            sized(Format::Webp, 1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff))
        }
        b"VP8 " if bytes.get(23..26).ok_or(HeadError::Cut)? == [0x9d, 0x01, 0x2a] => {
            let size = |place: usize| Ok((at(place)? | at(place + 1)? << 8) & 0x3fff);
            sized(Format::Webp, size(26)?, size(28)?)
        }
        _ => Err(HeadError::Malformed),
    }
}

fn gif(bytes: &[u8]) -> Result<Head, HeadError> {
    let size = |at: usize| Ok(u32::from(byte(bytes, at)?) | u32::from(byte(bytes, at + 1)?) << 8);
    sized(Format::Gif, size(6)?, size(8)?)
}

fn bmp(bytes: &[u8]) -> Result<Head, HeadError> {
    let size = |at: usize| -> Result<u32, HeadError> {
        let four = bytes.get(at..at + 4).ok_or(HeadError::Cut)?;
        // Negative heights are stored from the top.
        Ok(i32::from_le_bytes(four.try_into().expect("four bytes")).unsigned_abs())
    };
    sized(Format::Bmp, size(18)?, size(22)?)
}

/// The brand behind `ftyp` tells a still picture of HEVC from one of AV1, and both from a film. Sizes stand in boxes
/// called `ispe`, one for the whole and one for each tile or small picture in the file: the largest is the whole's.
fn family_of_heif(brand: &[u8], bytes: &[u8]) -> Result<Head, HeadError> {
    let format = match brand.get(..4).ok_or(HeadError::Cut)? {
        b"avif" | b"avis" => Format::Avif,
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" => Format::Heic,
        _ => return Err(HeadError::Unknown),
    };
    let boxes = bytes.windows(4).enumerate().filter(|(_, it)| it == b"ispe");
    let sizes = boxes.filter_map(|(at, _)| Some((big32(bytes, at + 8).ok()?, big32(bytes, at + 12).ok()?)));
    let largest = sizes.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height));
    let (width, height) = largest.ok_or(HeadError::Cut)?;
    sized(format, width, height)
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, HeadError> {
    bytes.get(at).copied().ok_or(HeadError::Cut)
}

fn big16(bytes: &[u8], at: usize) -> Result<u16, HeadError> {
    Ok(u16::from(byte(bytes, at)?) << 8 | u16::from(byte(bytes, at + 1)?))
}

fn big32(bytes: &[u8], at: usize) -> Result<u32, HeadError> {
    Ok(u32::from(big16(bytes, at)?) << 16 | u32::from(big16(bytes, at + 2)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the head as text: kind, size, orientation, and `passes` where it comes in several.
    fn read(bytes: &[u8]) -> String {
        match Head::read(bytes) {
            Ok(Head { format, width, height, orientation, is_progressive }) => {
                let passes = if is_progressive { " passes" } else { "" };
                format!("{} {width}x{height} {orientation}{passes}", format.media_type())
            }
            Err(error) => error.to_string(),
        }
    }

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        let length = (body.len() + 2) as u16;
        [&[0xff, marker], length.to_be_bytes().as_slice(), body].concat()
    }

    fn frame(marker: u8, width: u16, height: u16) -> Vec<u8> {
        segment(
            marker,
            &[&[8], height.to_be_bytes().as_slice(), &width.to_be_bytes(), &[1, 1, 0x11, 0]].concat(),
        )
    }

    fn exif(little: bool, orientation: u16) -> Vec<u8> {
        let short = |it: u16| if little { it.to_le_bytes() } else { it.to_be_bytes() };
        let long = |it: u32| if little { it.to_le_bytes() } else { it.to_be_bytes() };
        let order: &[u8] = if little { b"II" } else { b"MM" };
        let entry =
            |tag: u16, value: u16| [&short(tag)[..], &short(3), &long(1), &short(value), &[0, 0]].concat();
        let body = [
            b"Exif\0\0".as_slice(),
            order,
            &short(42),
            &long(8),
            &short(2),
            &entry(0x0100, 77),
            &entry(0x0112, orientation),
        ];
        segment(0xe1, &body.concat())
    }

    fn jpeg_of(segments: &[Vec<u8>]) -> Vec<u8> {
        [vec![0xff, 0xd8], segments.concat()].concat()
    }

    #[test]
    fn jpegs_tell_their_size_and_how_they_lie() {
        let baseline = frame(0xc0, 4000, 3000);
        for (file, expected) in [
            (jpeg_of(std::slice::from_ref(&baseline)), "image/jpeg 4000x3000 1"),
            (jpeg_of(&[exif(false, 6), baseline.clone()]), "image/jpeg 4000x3000 6"),
            (jpeg_of(&[segment(0xe0, b"JFIF"), exif(true, 8), baseline.clone()]), "image/jpeg 4000x3000 8"),
            (jpeg_of(&[exif(true, 9), baseline.clone()]), "image/jpeg 4000x3000 1"),
            (
                jpeg_of(&[segment(0xe1, b"Exif\0\0II*\0\xff\xff\xff\xff"), baseline.clone()]),
                "image/jpeg 4000x3000 1",
            ),
            (
                jpeg_of(&[segment(0xc4, &[0; 30]), vec![0xff, 0xff], frame(0xc2, 30_000, 1)]),
                "image/jpeg 30000x1 1 passes",
            ),
            (jpeg_of(&[frame(0xc0, 0, 1)]), "not the head of such a file"),
            (jpeg_of(&[segment(0xda, &[0; 6])]), "not the head of such a file"),
            (jpeg_of(&[vec![0xff, 0xe0, 0, 1]]), "not the head of such a file"),
            (jpeg_of(&[vec![0xff, 0xe0, 0xff, 0xff]]), "the file ends before the picture's size"),
        ] {
            assert_eq!(read(&file), expected);
        }
    }

    #[test]
    fn other_kinds_tell_their_size() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xc3\x50\0\0\xc3\x50\x10\x06\0\0\x01";
        let heif = |brand: &[u8], sizes: &[(u32, u32)]| {
            let box_of = |(width, height): &(u32, u32)| {
                [b"\0\0\0\x14ispe\0\0\0\0".as_slice(), &width.to_be_bytes(), &height.to_be_bytes()].concat()
            };
            [b"\0\0\0\x18ftyp".as_slice(), brand, &sizes.iter().flat_map(box_of).collect::<Vec<u8>>()]
                .concat()
        };
        let webp = |chunk: &[u8]| [b"RIFF\0\0\0\0WEBP".as_slice(), chunk].concat();
        for (file, expected) in [
            (png.to_vec(), "image/png 50000x50000 1 passes"),
            (webp(b"VP8X\x0a\0\0\0\x02\0\0\0\x3f\x06\0\xaf\x04\0"), "image/webp 1600x1200 1"),
            (webp(b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x40\x06\xb0\x04"), "image/webp 1600x1200 1"),
            (webp(b"VP8L\0\0\0\0\x2f\x3f\xc6\x2b\x01"), "image/webp 1600x1200 1"),
            (webp(b"VP9 \0\0\0\0"), "not the head of such a file"),
            (b"GIF89a\x40\x01\xf0\0".to_vec(), "image/gif 320x240 1"),
            (
                [b"BM".as_slice(), &[0; 16], &640i32.to_le_bytes(), &(-480i32).to_le_bytes()].concat(),
                "image/bmp 640x480 1",
            ),
            (heif(b"heic", &[(512, 512), (4032, 3024), (320, 240)]), "image/heic 4032x3024 1"),
            (heif(b"avif", &[(640, 480)]), "image/avif 640x480 1"),
            (heif(b"heic", &[]), "the file ends before the picture's size"),
            (b"\0\0\0\x18ftypisom".to_vec(), "not a picture of a known kind"),
            (b"%PDF-1.7".to_vec(), "not a picture of a known kind"),
            (Vec::new(), "not a picture of a known kind"),
        ] {
            assert_eq!(read(&file), expected);
        }
    }

    #[test]
    fn a_head_that_is_cut_says_so() {
        let file = jpeg_of(&[exif(true, 6), frame(0xc0, 4000, 3000)]);
        for length in 3..file.len() - 4 {
            assert_eq!(Head::read(&file[..length]), Err(HeadError::Cut), "{length} bytes of {}", file.len());
        }
    }

    #[test]
    fn a_picture_on_its_side_is_as_wide_as_it_is_high() {
        let head = Head::read(&jpeg_of(&[exif(true, 6), frame(0xc0, 4000, 3000)])).expect("a head");
        assert_eq!(head.upright(), (3000, 4000));
    }
}
