//! Files of every kind, whole, cut, damaged, and with something hidden in them.

use std::io::{Cursor, Write};

use super::*;

const PLAIN: &[u8] = include_bytes!("../../tests/pictures/plain.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("../../tests/pictures/progressive.jpg");
const CMYK: &[u8] = include_bytes!("../../tests/pictures/cmyk.jpg");
const TURNED: &[u8] = include_bytes!("../../tests/pictures/turned.jpg");
const SIXTEEN_BITS: &[u8] = include_bytes!("../../tests/pictures/sixteen_bits.png");
const MOVING_PNG: &[u8] = include_bytes!("../../tests/pictures/moving.png");
const MOVING_WEBP: &[u8] = include_bytes!("../../tests/pictures/moving.webp");
const MOVING_GIF: &[u8] = include_bytes!("../../tests/pictures/moving.gif");
const DESCRIBED_WEBP: &[u8] = include_bytes!("../../tests/pictures/described.webp");
const PLAIN_GIF: &[u8] = include_bytes!("../../tests/pictures/plain.gif");

const ALL: [&[u8]; 10] = [
    PLAIN,
    PROGRESSIVE,
    CMYK,
    TURNED,
    SIXTEEN_BITS,
    MOVING_PNG,
    MOVING_WEBP,
    MOVING_GIF,
    DESCRIBED_WEBP,
    PLAIN_GIF,
];

fn usual(format: Format, width: u32, height: u32) -> Anatomy {
    let parts = Parts { size: (width, height), ..Parts::new(format) };
    parts.anatomy()
}

#[test]
fn tells_what_each_is_made_of() {
    let jpeg = usual(Format::Jpeg, 160, 120);
    let check = |bytes: &[u8], expected: Anatomy| assert_eq!(read(bytes), Ok(expected));
    check(PLAIN, jpeg.clone());
    check(PROGRESSIVE, Anatomy { is_progressive: true, ..jpeg.clone() });
    check(CMYK, Anatomy { is_unusual: true, ..jpeg.clone() });
    let told = vec![Extra::Exif, Extra::Place, Extra::Text];
    check(TURNED, Anatomy { width: 120, height: 160, orientation: 6, extras: told, ..jpeg });
    check(SIXTEEN_BITS, Anatomy { is_unusual: true, ..usual(Format::Png, 48, 32) });
    check(MOVING_PNG, Anatomy { is_animated: true, ..usual(Format::Png, 64, 48) });
    check(MOVING_WEBP, Anatomy { is_animated: true, ..usual(Format::WebP, 64, 48) });
    let gif = Anatomy { is_unusual: true, ..usual(Format::Gif, 64, 48) };
    check(PLAIN_GIF, gif.clone());
    check(MOVING_GIF, Anatomy { is_animated: true, ..gif });
    let told = vec![Extra::Exif, Extra::Place, Extra::Text];
    check(DESCRIBED_WEBP, Anatomy { orientation: 3, extras: told, ..usual(Format::WebP, 64, 48) });
}

#[test]
fn a_clean_copy_shows_the_same_and_has_nothing_to_clean() {
    for whole in ALL {
        let copy = clean(whole).expect("a copy");
        let (before, after) = (read(whole).expect("whole"), read(&copy).expect("still whole"));
        assert_eq!((after.extras.as_slice(), after.n_stray), (&[][..], 0));
        assert_eq!(
            (after.orientation, after.width, after.height),
            (before.orientation, before.width, before.height)
        );
        assert_eq!(clean(&copy).as_deref(), Ok(copy.as_slice()), "a second time changes nothing");
        assert_eq!(pixels(&copy), pixels(whole), "{before:?}");
    }
    assert_eq!(clean(PLAIN).as_deref(), Ok(PLAIN), "what is clean stays as it is");
    let words: [&[u8]; 3] = [b"Camera", b"for nobody", b"xmpmeta"];
    for copy in [TURNED, DESCRIBED_WEBP].map(|it| clean(it).expect("a copy")) {
        for word in words {
            assert!(!copy.windows(word.len()).any(|it| it == word));
        }
    }
}

/// Returns what a decoder makes of it, turned the right way up.
fn pixels(bytes: &[u8]) -> Vec<u8> {
    use image::ImageDecoder;
    let reader = image::ImageReader::new(Cursor::new(bytes)).with_guessed_format().expect("memory");
    let mut decoder = reader.into_decoder().expect("a header");
    let orientation = decoder.orientation().expect("a way up");
    let mut picture = image::DynamicImage::from_decoder(decoder).expect("pixels");
    picture.apply_orientation(orientation);
    picture.to_rgb8().into_raw()
}

#[test]
fn what_hides_behind_the_end_is_found_and_left_behind() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("hidden.txt", zip::write::SimpleFileOptions::default()).expect("an entry");
    archive.write_all(b"secret").expect("written");
    let hidden = archive.finish().expect("an archive").into_inner();
    for whole in ALL {
        let polyglot = [whole, &hidden].concat();
        let anatomy = read(&polyglot).expect("a picture still");
        assert_eq!(anatomy.n_stray, hidden.len());
        assert_eq!(clean(&polyglot), clean(whole));
    }
}

#[test]
fn a_second_picture_inside_and_bytes_between_marks_are_left_behind() {
    let stray = [&PLAIN[..20], b"\0\0between", &PLAIN[20..]].concat();
    assert_eq!(read(&stray).map(|it| it.n_stray), Ok(9));
    assert_eq!(clean(&stray).as_deref(), Ok(PLAIN));
    let twice = [PLAIN, PROGRESSIVE].concat();
    assert_eq!(read(&twice).map(|it| it.n_stray), Ok(PROGRESSIVE.len()));
}

#[test]
fn no_part_of_a_picture_is_a_whole_one() {
    for whole in ALL {
        let end = whole.len() - read(whole).expect("whole").n_stray;
        for length in 0..end {
            assert!(read(&whole[..length]).is_err(), "{length} of {end} bytes");
            assert!(clean(&whole[..length]).is_err(), "{length} of {end} bytes");
        }
    }
}

#[test]
fn marks_without_a_picture_are_none() {
    let end = PLAIN.len() - 2;
    let scan = PLAIN.windows(2).position(|it| it == [0xFF, 0xDA]).expect("a scan");
    for nothing in [[&PLAIN[..2], &PLAIN[end..]].concat(), [&PLAIN[..scan], &PLAIN[end..]].concat()] {
        assert_eq!(read(&nothing), Err(PictureError::NotPicture));
    }
    assert_eq!(read(b"RIFF\x04\0\0\0WEBP"), Err(PictureError::NotPicture));
    for text in [&b""[..], b"BM and other words", b"#!/bin/sh", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
    {
        assert_eq!(read(text), Err(PictureError::NotPicture));
    }
}

#[test]
fn a_picture_that_would_keep_a_decoder_busy_is_told() {
    let scan = PROGRESSIVE.windows(2).rposition(|it| it == [0xFF, 0xDA]).expect("a scan");
    let end = PROGRESSIVE.len() - 2;
    let mut long = PROGRESSIVE[..end].to_vec();
    for _ in 0..200 {
        long.extend_from_slice(&PROGRESSIVE[scan..end]);
    }
    long.extend_from_slice(&PROGRESSIVE[end..]);
    assert_eq!(read(&long).map(|it| it.is_laborious), Ok(true));
}

#[test]
fn pictures_of_other_kinds_are_known_but_not_taken_apart() {
    let heic = [&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], b"\0\0\0\x0Cmdat1234"].concat();
    assert_eq!(read(&heic), Ok(usual(Format::Foreign("image/heic"), 0, 0)));
    assert_eq!(clean(&heic), Err(PictureError::Foreign));
    assert_eq!(read(&heic[..heic.len() - 1]), Err(PictureError::Truncated));
    assert_eq!(read(&heic[..24]), Err(PictureError::NotPicture));
    assert_eq!(read(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"), Err(PictureError::NotPicture), "a film");
}

#[test]
fn what_pictures_of_other_kinds_tell_besides_is_noted() {
    let place = b"II\x2A\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\0\0\0\0\0\0\0\0";
    let told = |bytes: &[u8]| read(bytes).expect("a picture").extras;
    let item = |item: &[u8]| {
        let length = (8 + item.len() as u32).to_be_bytes();
        [&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], &length, b"mdat", item].concat()
    };
    let exif = [&b"\0\0\0\x06Exif\0\0"[..], place].concat();
    assert_eq!(told(&item(&exif)), [Extra::Exif, Extra::Place]);
    // As phones write it: the table that names the item stands before it, and its name ends with the same two zeros.
    let named = [&b"\0\0\0\x15infe\x02\0\0\0\0\x02\0\0Exif\0\0\0\0\x1Ciloc"[..], &exif].concat();
    assert_eq!(told(&item(&named)), [Extra::Exif, Extra::Place]);
    assert_eq!(told(&item(place)), [Extra::Exif, Extra::Place], "without the prefix, as in some AVIF");
    assert_eq!(told(&item(b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>")), [Extra::Text]);
    assert_eq!(told(&item(b"nothing but pixels")), []);
    assert_eq!(told(place), [Extra::Exif, Extra::Place], "a TIFF file is such a record itself");
}

/// Damages files of every kind in `n_each` ways, the same at every call.
pub(crate) fn damaged(n_each: usize, mut check: impl FnMut(&[u8])) {
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    for whole in ALL {
        for _ in 0..n_each {
            let mut bytes = whole.to_vec();
            for _ in 0..=next(6) {
                let at = next(bytes.len());
                match next(4) {
                    0 => bytes[at] = next(256) as u8,
                    1 => bytes[at] = 0xFF,
                    2 => bytes.truncate(at.max(1)),
                    _ => {
                        let piece = bytes[at..(at + next(200)).min(bytes.len())].to_vec();
                        bytes.splice(at..at, piece);
                    }
                }
            }
            check(&bytes);
        }
    }
}

/// Every byte may be anything: nothing panics, and whatever can be cleaned is clean then.
#[test]
fn no_damage_is_too_much() {
    let mut n_read = 0;
    damaged(1500, |bytes| {
        let copy = clean(bytes);
        assert!(copy.is_err() || copy.as_ref().is_ok_and(|it| it.len() <= bytes.len() + 64));
        if let (Ok(_), Ok(copy)) = (read(bytes), copy) {
            let after = read(&copy).expect("a copy is whole");
            assert_eq!((after.extras.as_slice(), after.n_stray), (&[][..], 0));
            n_read += 1;
        }
    });
    assert!(n_read > 1000, "{n_read} of them were still pictures");
}
