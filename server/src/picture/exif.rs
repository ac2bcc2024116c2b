//! Exif records: a TIFF file in small. Read for which way is up and whether a place is told; written with nothing but
//! the former.

use super::{u16_be, u16_le, u32_be, u32_le};

/// Fields of the first directory that are looked at.
const ORIENTATION: u16 = 0x0112;
const PLACE: u16 = 0x8825;
/// More than any camera writes.
const MAX_FIELDS: usize = 512;

/// What an Exif record tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Exif {
    /// 1 to 8; 1 where it is not told.
    pub orientation: u8,
    /// Whether it tells a place.
    pub has_place: bool,
}

/// Reads a record; what cannot be read tells nothing.
pub(super) fn read(tiff: &[u8]) -> Exif {
    fields(tiff).unwrap_or(Exif { orientation: 1, has_place: false })
}

fn fields(tiff: &[u8]) -> Option<Exif> {
    let is_little = match tiff.get(..4)? {
        [b'I', b'I', 42, 0] => true,
        [b'M', b'M', 0, 42] => false,
        _ => return None,
    };
    let number = |at| if is_little { u16_le(tiff, at) } else { u16_be(tiff, at) };
    let offset = if is_little { u32_le(tiff, 4) } else { u32_be(tiff, 4) }? as usize;
    let n_fields = usize::from(number(offset)?).min(MAX_FIELDS);
    let mut exif = Exif { orientation: 1, has_place: false };
    for field in (0..n_fields).map_while(|it| offset.checked_add(2 + it * 12)) {
        match number(field) {
            Some(ORIENTATION) => {
                let told = number(field + 8).filter(|it| (1..=8).contains(it));
                exif.orientation = told.map_or(1, |it| it as u8);
            }
            Some(PLACE) => exif.has_place = true,
            Some(_) => {}
            None => break,
        }
    }
    Some(exif)
}

/// Returns a record that tells which way is up and nothing else.
pub(super) fn upright(orientation: u8) -> [u8; 26] {
    let mut tiff = *b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    tiff[19] = orientation;
    tiff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for orientation in 1..=8 {
            assert_eq!(read(&upright(orientation)), Exif { orientation, has_place: false });
        }
    }

    #[test]
    fn reads_both_orders_of_bytes_and_finds_the_place() {
        let little = b"II\x2A\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\x25\x88\x04\0\x01\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(read(little), Exif { orientation: 6, has_place: true });
    }

    #[test]
    fn what_cannot_be_read_tells_nothing() {
        let nothing = Exif { orientation: 1, has_place: false };
        let outside = b"MM\0\x2A\xFF\xFF\xFF\xFF";
        let endless = b"MM\0\x2A\0\0\0\x08\xFF\xFF";
        let of_nine = upright(9);
        for tiff in [&b""[..], b"MM", b"II\x2A\0", outside, endless, &of_nine] {
            assert_eq!(read(tiff), nothing, "{tiff:?}");
        }
    }
}
