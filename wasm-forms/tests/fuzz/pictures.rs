//! What a camera, a gallery or a stranger hands over as a picture.

use wasm_forms::evidence::photo::head::Head;
use wasm_forms::evidence::photo::{Likeness, Luma, judge, luma_of_rgba};

use crate::chance::Chance;
use crate::mutate;
use crate::target::Target;

/// An input is the file of a picture, or its beginning.
pub const PICTURE: Target = Target {
    name: "picture",
    iterations: 600,
    corpus: files,
    mutate: |input, corpus, chance| match chance.below(3) {
        0 => stretched(input, chance),
        _ => mutate::bytes(input, corpus, chance),
    },
    run: picture,
};

/// An input is a width in two bytes, and pixels of four.
pub const PIXELS: Target = Target {
    name: "pixels",
    iterations: 300,
    corpus: || {
        let widths = [1u16, 2, 9, 10, 63, 64, 65, 640];
        widths
            .iter()
            .map(|width| [&width.to_le_bytes()[..], &[0x5a, 0, 0xff, 7].repeat(2000)].concat())
            .collect()
    },
    mutate: mutate::bytes,
    run: pixels,
};

/// Longest side of what is decoded.
#[cfg(any(feature = "codec", feature = "darkroom"))]
const EDGE_PX: u32 = 64;

fn picture(input: &[u8]) {
    if let Ok(head) = Head::read(input) {
        let (width, height) = head.upright();
        assert!((1..=8).contains(&head.orientation), "{head:?}");
        assert!(width > 0 && height > 0, "{head:?}");
    }
    #[cfg(feature = "codec")]
    decoded(input);
    #[cfg(feature = "darkroom")]
    developed(input);
}

/// The same for the decoder that knows cameras only.
#[cfg(feature = "darkroom")]
fn developed(input: &[u8]) {
    // Half of them so small that half the pixels will do.
    let edge = EDGE_PX as usize >> (2 * (input.len() % 2));
    let Ok(small) = wasm_forms::evidence::photo::darkroom::developed(input, edge, 6) else { return };
    assert!(small.width.max(small.height) <= edge, "{} x {}", small.width, small.height);
    assert_eq!(small.light.len(), small.width * small.height);
    assert!(small.encode(&[50], 1 << 20).ends_with(&[0xff, 0xd9]));
}

/// Whatever the file claims, what comes out is whole and within the size that was asked for.
#[cfg(feature = "codec")]
fn decoded(input: &[u8]) {
    let Ok(small) = wasm_forms::evidence::photo::codec::reduce(input, EDGE_PX) else { return };
    assert!(small.width.max(small.height) <= EDGE_PX as usize, "{} x {}", small.width, small.height);
    assert_eq!(small.pixels.len(), small.width * small.height * 3);
}

fn pixels(input: &[u8]) {
    let Some((width, rgba)) = input.split_first_chunk::<2>() else { return };
    let width = usize::from(u16::from_le_bytes(*width)).max(1);
    let luma = luma_of_rgba(rgba);
    let height = luma.len() / width;
    let Some(whole) = Luma::new(&luma[..width * height], width as u32, height as u32) else {
        assert_eq!(height, 0, "a whole picture is refused");
        return;
    };
    let judgement = judge(&whole, &[Likeness::of(&whole)]);
    assert!(judgement.sharpness <= 1000, "{judgement:?}");
    assert!(judgement.likeness.to_string().parse() == Ok(judgement.likeness), "{judgement:?}");
}

/// Heads of every kind, and whole files where there is something to make them with.
fn files() -> Vec<Vec<u8>> {
    let exif = b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let heads: [&[u8]; 8] = [
        &[
            b"\xff\xd8".as_slice(),
            exif,
            b"\xff\xc2\0\x0b\x08\x0b\xb8\x0f\xa0\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0",
        ]
        .concat(),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x20\x10\x02\0\0\x01",
        b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x3f\x06\0\xaf\x04\0",
        b"RIFF\x1a\0\0\0WEBPVP8L\0\0\0\0\x2f\x3f\xc6\x2b\x01",
        b"RIFF\x1a\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x40\x06\xb0\x04",
        b"GIF89a\x40\x01\xf0\0",
        b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x80\x02\0\0\x20\xfe\xff\xff",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x14ispe\0\0\0\0\0\0\x0f\xc0\0\0\x0b\xd0",
    ];
    let files: Vec<Vec<u8>> = heads.map(<[u8]>::to_vec).to_vec();
    #[cfg(feature = "codec")]
    let files = [files, whole_files()].concat();
    let written = [
        include_bytes!("../photos/4-4-4.jpg").to_vec(),
        include_bytes!("../photos/4-2-2-restart-3.jpg").to_vec(),
        include_bytes!("../photos/4-2-0-restart-1.jpg").to_vec(),
    ];
    files.into_iter().chain(written).collect()
}

#[cfg(feature = "codec")]
fn whole_files() -> Vec<Vec<u8>> {
    let rgba: Vec<u8> =
        (0..48u8).flat_map(|y| (0..64u8).flat_map(move |x| [x * 4, y * 5, x ^ y, 255])).collect();
    let jpeg = |quality| {
        wasm_forms::evidence::photo::codec::encode_jpeg(&rgba, 64, 48, quality)
            .expect("a picture can be encoded")
    };
    let zipped = [jpeg(50), b"PK\x03\x04\x0a\0\0\0\0\0".to_vec()].concat();
    vec![jpeg(90), jpeg(10), zipped]
}

/// Puts extreme numbers where sizes and lengths stand.
fn stretched(input: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut output = input.to_vec();
    for _ in 0..=chance.below(3) {
        let at = chance.below(output.len().max(1));
        let odd: &[u8] =
            chance.pick(&[&[0, 0], &[0xff, 0xff], &[0, 1], &[0x7f, 0xff], &[0xff, 0xd9], &[0xff, 0xc0]]);
        let end = (at + odd.len()).min(output.len());
        output.splice(at..end, odd.iter().copied());
    }
    output
}
