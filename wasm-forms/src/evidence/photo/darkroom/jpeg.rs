//! A JPEG of light and colours at half their size (ITU-T T.81, baseline; JFIF 1.02), as good as its bytes may be many.
//!
//! From a part of it the quality is chosen, and the codes are made; then all of it is transformed and written block by
//! block, mostly once, and nothing of it kept.

use super::dct::{Block, Rows, TURNED_ZIGZAG, ZIGZAG, scales, transform};
use super::huffman::{Bits, Bytes, Table};

/// A plane as it is written: rows from the top.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane<'a> {
    pub(super) pixels: &'a [u8],
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Blocks of a part of 16 x 16 pixels: four of light, one of each colour.
const BLOCKS: usize = 6;

/// One part in so many is looked at to choose the quality and to make the codes.
const PARTS_APART: usize = 17;

/// What of the limit a sample may promise: the whole may have more.
const PROMISED_PER_MILLE: u64 = 975;

/// The standard's own steps for light and for colours (annex K.1), row by row.
const LIGHT_STEPS: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17,
    22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78,
    87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const COLOUR_STEPS: [u8; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// The steps of a quality, in the order of a file.
#[derive(Debug)]
struct Steps {
    steps: [u8; 64],
    /// What the transform's numbers are multiplied by.
    scales: Rows,
}

impl Steps {
    /// `quality` is from 1 to 100, scaled as everybody does.
    fn of(standard: &[u8; 64], quality: u8) -> Steps {
        let quality = u32::from(quality.clamp(1, 100));
        let per_cent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
        let step =
            |place: u8| ((u32::from(standard[usize::from(place)]) * per_cent + 50) / 100).clamp(1, 255) as u8;
        let steps = ZIGZAG.map(step);
        Steps { steps, scales: scales(&steps) }
    }
}

/// Light and colours.
type Pair<T> = [T; 2];

/// Which of a pair a block of a part is.
const fn kind(block: usize) -> usize {
    (block >= 4) as usize
}

/// Which plane a block of a part is of.
const fn plane(block: usize) -> usize {
    block.saturating_sub(3)
}

/// The codes of a picture: of means and of the other coefficients.
struct Codes {
    means: Pair<Table>,
    others: Pair<Table>,
}

/// A picture to be written.
#[derive(Debug)]
pub(super) struct Picture<'a> {
    planes: [Plane<'a>; 3],
    /// Parts across and down.
    parts: (usize, usize),
    order: Order,
}

/// What is known of a picture at a quality.
struct Sample {
    quality: u8,
    steps: Pair<Steps>,
    codes: Codes,
    /// How many bytes the picture will have.
    likely: u64,
}

impl<'a> Picture<'a> {
    /// Takes the planes of a picture: light, and twice colours with half as many pixels in both directions.
    pub(super) fn of(planes: [Plane<'a>; 3]) -> Picture<'a> {
        let Plane { width, height, .. } = planes[0];
        Picture { planes, parts: (width.div_ceil(16), height.div_ceil(16)), order: Order::new() }
    }

    /// Writes the picture with the first of the qualities (each from 1 to 100, best first) at which it has at most
    /// `most` bytes, or with the last one.
    pub(super) fn written(&self, qualities: &[u8], most: usize) -> Vec<u8> {
        let promised = (most as u64).saturating_mul(PROMISED_PER_MILLE) / 1000;
        let mut sample = self.likely(qualities, promised);
        loop {
            let bytes = self.written_as(&sample);
            let lower = qualities.iter().find(|it| **it < sample.quality);
            match lower {
                Some(lower) if bytes.len() > most => sample = self.sampled(*lower),
                _ => return bytes,
            }
        }
    }

    /// Returns what is known of the picture at the first of the qualities that does by its sample, or at the last one: most
    /// are found among the first.
    fn likely(&self, qualities: &[u8], promised: u64) -> Sample {
        let last = qualities.len().saturating_sub(1);
        let (mut from, mut to, mut step) = (0, last, 1);
        let mut found = None;
        while from < to {
            let at = if found.is_some() { from + (to - from) / 2 } else { (from + step - 1).min(to - 1) };
            let sample = self.sampled(qualities[at]);
            if sample.likely <= promised {
                (to, found) = (at, Some(sample));
            } else {
                (from, step) = (at + 1, step * 2);
            }
        }
        found.unwrap_or_else(|| self.sampled(qualities.last().copied().unwrap_or(1)))
    }

    /// Returns the bands of a row of parts: two of light, one of each colour.
    fn bands(&self, y: usize) -> [Band<'a>; 4] {
        let [light, blue, red] = &self.planes;
        [light.band(2 * y), light.band(2 * y + 1), blue.band(y), red.band(y)]
    }

    /// Looks at a part of the picture.
    fn sampled(&self, quality: u8) -> Sample {
        let steps = [&LIGHT_STEPS, &COLOUR_STEPS].map(|it| Steps::of(it, quality));
        let mut count = Count { means: [[0; 256]; 2], others: [[0; 256]; 2] };
        let (across, down) = self.parts;
        let mut n_seen = 0;
        for at in (0..across * down).step_by(PARTS_APART) {
            let (x, y) = (at % across, at / across);
            // Of the part before it only the means are needed.
            let bands = self.bands(y);
            let mut before = if x == 0 { [0; 3] } else { means(&bands, x - 1, &steps) };
            for n in 0..BLOCKS {
                let whole = transform(&block_in(&bands, x, n), &steps[kind(n)].scales);
                each_symbol(&whole, &self.order, before[plane(n)], kind(n), &mut count);
                before[plane(n)] = whole.numbers[0];
            }
            n_seen += 1;
        }
        let bits_of = |tables: &Pair<Table>, counts: &Pair<[u32; 256]>| -> u64 {
            tables.iter().zip(counts).map(|(table, counts)| table.bits(counts)).sum()
        };
        let sure = |counts: &[u32; 256], may_be: fn(u8) -> bool| {
            // What the sample lacks, the rest may have.
            let mut counts = counts.map(|it| it * 256);
            (0..=255u8).filter(|it| may_be(*it)).for_each(|it| counts[usize::from(it)] += 1);
            Table::for_counts(&counts)
        };
        let codes = Codes {
            means: count.means.each_ref().map(|it| sure(it, |symbol| symbol <= 11)),
            others: count
                .others
                .each_ref()
                .map(|it| sure(it, |it| matches!(it & 15, 1..=10) || matches!(it, 0 | 0xf0))),
        };
        let bits = bits_of(&codes.means, &count.means) + bits_of(&codes.others, &count.others);
        let n_parts = (across * down) as u64;
        let likely = HEAD_BYTES + bits * n_parts / (8 * n_seen.max(1));
        Sample { quality, steps, codes, likely }
    }

    fn written_as(&self, Sample { steps, codes, likely, .. }: &Sample) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(*likely as usize * 9 / 8);
        self.write_head(&mut bytes, steps, codes);
        let mut bytes = Bytes::after(bytes);
        let mut written = Written { bits: Bits::into(&mut bytes), codes };
        let mut before = [0; 3];
        for y in 0..self.parts.1 {
            let bands = self.bands(y);
            for x in 0..self.parts.0 {
                written.bits.make_room(BLOCKS * MOST_BLOCK_BYTES);
                for n in 0..BLOCKS {
                    let whole = transform(&block_in(&bands, x, n), &steps[kind(n)].scales);
                    each_symbol(&whole, &self.order, before[plane(n)], kind(n), &mut written);
                    before[plane(n)] = whole.numbers[0];
                }
            }
        }
        written.bits.finish();
        let mut bytes = Vec::from(bytes);
        bytes.extend([0xff, 0xd9]);
        bytes
    }

    fn write_head(&self, bytes: &mut Vec<u8>, steps: &Pair<Steps>, codes: &Codes) {
        let mut segment = |marker: u8, body: &[&[u8]]| {
            let length = 2 + body.iter().map(|it| it.len()).sum::<usize>() as u16;
            bytes.extend([0xff, marker]);
            bytes.extend(length.to_be_bytes());
            body.iter().for_each(|it| bytes.extend_from_slice(it));
        };
        let Plane { width, height, .. } = self.planes[0];
        let (height, width) = ((height as u16).to_be_bytes(), (width as u16).to_be_bytes());
        segment(0xe0, &[b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"]);
        segment(0xdb, &[&[0], &steps[0].steps, &[1], &steps[1].steps]);
        segment(0xc0, &[&[8], &height, &width, &[3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]]);
        for (class, tables) in [(0, &codes.means), (0x10, &codes.others)] {
            for (table, at) in tables.iter().zip(0..) {
                segment(0xc4, &[&[class | at], &table.lengths, &table.symbols]);
            }
        }
        segment(0xda, &[&[3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]]);
        bytes.splice(0..0, [0xff, 0xd8]);
    }
}

/// What a head has, about.
const HEAD_BYTES: u64 = 600;

/// Returns a part's block.
#[inline(always)]
fn block_in(bands: &[Band<'_>; 4], x: usize, n: usize) -> [[u8; 8]; 8] {
    match n {
        0..4 => block_of(&bands[n / 2], 2 * x + n % 2),
        _ => block_of(&bands[n - 2], x),
    }
}

/// Returns the last means of a part.
fn means(bands: &[Band<'_>; 4], x: usize, steps: &Pair<Steps>) -> [i16; 3] {
    [3, 4, 5].map(|n| transform(&block_in(bands, x, n), &steps[kind(n)].scales).numbers[0])
}

/// What a block takes at most: 64 codes of at most 27 bits.
const MOST_BLOCK_BYTES: usize = 64 * 27 / 8;

/// Eight rows of a plane.
type Band<'a> = [&'a [u8]; 8];

impl<'a> Plane<'a> {
    /// Returns the rows of blocks; beyond the lowest row lies that one again.
    fn band(&self, y: usize) -> Band<'a> {
        std::array::from_fn(|down| {
            let row = (y * 8 + down).min(self.height - 1);
            &self.pixels[row * self.width..][..self.width]
        })
    }
}

/// Returns a block; beyond the right border lies what lies at it.
#[inline(always)]
fn block_of(band: &Band<'_>, x: usize) -> [[u8; 8]; 8] {
    let from = x * 8;
    if from + 8 > band[0].len() {
        return at_border(band, from);
    }
    band.map(|row| row.get(from..).and_then(|it| it.first_chunk()).copied().unwrap_or_default())
}

#[cold]
fn at_border(band: &Band<'_>, from: usize) -> [[u8; 8]; 8] {
    band.map(|row| std::array::from_fn(|right| row[(from + right).min(row.len() - 1)]))
}

/// The order of a file, by what of a block is not zero: bit by bit, eight places at a time.
#[derive(Debug)]
struct Order(Box<[[u64; 256]; 8]>);

impl Order {
    fn new() -> Order {
        let mut places = [0; 64];
        TURNED_ZIGZAG.iter().zip(0..).for_each(|(place, at)| places[usize::from(*place)] = 1u64 << at);
        let mut order = Box::new([[0; 256]; 8]);
        for (row, places) in order.iter_mut().zip(places.as_chunks::<8>().0) {
            for (bits, it) in row.iter_mut().enumerate() {
                *it = (0..8).filter(|at| bits >> at & 1 == 1).map(|at| places[at]).sum();
            }
        }
        Order(order)
    }

    /// Returns which coefficients are not zero, the lowest frequency first.
    #[inline(always)]
    fn of(&self, block: &Block) -> u64 {
        block
            .not_zero
            .iter()
            .zip(self.0.iter())
            .fold(0, |found, (row, order)| found | order[usize::from(*row)])
    }
}

/// Takes the symbols of blocks, each of a kind.
trait Symbols {
    fn mean(&mut self, kind: usize, symbol: u8, more: u32);
    fn other(&mut self, kind: usize, symbol: u8, more: u32);
}

/// How often each symbol comes.
struct Count {
    means: Pair<[u32; 256]>,
    others: Pair<[u32; 256]>,
}

impl Symbols for Count {
    #[inline(always)]
    fn mean(&mut self, kind: usize, symbol: u8, _: u32) {
        self.means[kind][usize::from(symbol)] += 1;
    }

    #[inline(always)]
    fn other(&mut self, kind: usize, symbol: u8, _: u32) {
        self.others[kind][usize::from(symbol)] += 1;
    }
}

struct Written<'a> {
    bits: Bits<'a>,
    codes: &'a Codes,
}

impl Symbols for Written<'_> {
    #[inline(always)]
    fn mean(&mut self, kind: usize, symbol: u8, more: u32) {
        let (bits, n) = self.codes.means[kind].code(symbol, more);
        self.bits.put(bits, n);
    }

    #[inline(always)]
    fn other(&mut self, kind: usize, symbol: u8, more: u32) {
        let (bits, n) = self.codes.others[kind].code(symbol, more);
        self.bits.put(bits, n);
    }
}

/// Tells the symbols of a block, in whole steps, behind one of that mean.
#[inline(always)]
fn each_symbol(block: &Block, order: &Order, mean_before: i16, kind: usize, into: &mut impl Symbols) {
    let (size, more) = sized(i32::from(block.numbers[0]) - i32::from(mean_before));
    into.mean(kind, size, more);
    let mut left = order.of(block) & !1;
    let mut next = 1;
    while left != 0 {
        let at = left.trailing_zeros();
        left &= left - 1;
        let mut zeros = at - next;
        while zeros >= 16 {
            into.other(kind, 0xf0, 0);
            zeros -= 16;
        }
        next = at + 1;
        let (size, more) = sized(i32::from(block.numbers[usize::from(TURNED_ZIGZAG[at as usize & 63] & 63)]));
        into.other(kind, (zeros as u8) << 4 | size, more);
    }
    if next < 64 {
        into.other(kind, 0, 0);
    }
}

/// Returns how many bits a value has, and these.
#[inline]
fn sized(value: i32) -> (u8, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = value.wrapping_add(value >> 31) as u32;
    (size as u8, bits & ((1 << size) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_bits() {
        assert_eq!(
            [0, 1, -1, 2, -2, 3, -3, 1023, -1023].map(sized),
            [(0, 0), (1, 1), (1, 0), (2, 2), (2, 1), (2, 3), (2, 0), (10, 1023), (10, 0)]
        );
    }

    #[test]
    fn the_steps_are_those_of_everybody() {
        assert_eq!(Steps::of(&LIGHT_STEPS, 50).steps[..4], [16, 11, 12, 14]);
        assert_eq!(Steps::of(&LIGHT_STEPS, 75).steps[..4], [8, 6, 6, 7]);
        assert_eq!(Steps::of(&LIGHT_STEPS, 100).steps, [1; 64]);
    }

    #[test]
    fn all_that_can_come_has_a_code() {
        // White beside black at the best quality, in a part that no sample has.
        let side = 16 * (PARTS_APART + 2);
        let mut pixels = vec![128; side * 16];
        for (at, pixel) in pixels.iter_mut().enumerate() {
            if (32..48).contains(&(at % side)) {
                *pixel = if (at % 2) ^ (at / side % 2) == 0 { 0 } else { 255 };
            }
        }
        let colours = vec![128; side / 2 * 8];
        let plane = |pixels, width, height| Plane { pixels, width, height };
        let colours = plane(&colours, side / 2, 8);
        let picture = Picture::of([plane(&pixels, side, 16), colours, colours]);
        assert!(!picture.written(&[100], 1 << 20).is_empty());
    }
}
