//! A JPEG of light and colours at half their size (ITU-T T.81, baseline; JFIF 1.02), as good as its bytes may be many.
//!
//! The picture is transformed once. From a part of it the quality is chosen, and the codes are made; then all of it is
//! written, mostly once.

use super::dct::{PRECISION, ZIGZAG, scales, transform, whole_of};
use super::huffman::{Bits, Table};

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
    /// What a coefficient is multiplied by.
    by: [f32; 64],
}

impl Steps {
    /// `quality` is from 1 to 100, scaled as everybody does.
    fn of(standard: &[u8; 64], quality: u8) -> Steps {
        let quality = u32::from(quality.clamp(1, 100));
        let per_cent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
        let step =
            |place: u8| ((u32::from(standard[usize::from(place)]) * per_cent + 50) / 100).clamp(1, 255) as u8;
        let steps = ZIGZAG.map(step);
        Steps { steps, by: steps.map(|it| 1.0 / (PRECISION * f32::from(it))) }
    }

    #[inline(never)]
    fn of_block(&self, block: &[i16; 64], whole: &mut [i16; 64]) {
        let mut exact = [0.0; 64];
        for at in 0..64 {
            exact[at] = f32::from(block[at]) * self.by[at];
        }
        for at in 0..64 {
            whole[at] = whole_of(exact[at]);
        }
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

/// A transformed picture.
#[derive(Debug)]
pub(super) struct Picture {
    width: usize,
    height: usize,
    /// Coefficients times [`PRECISION`], part by part.
    blocks: Vec<[i16; 64]>,
}

impl Picture {
    /// Transforms the planes of a picture: light, and twice colours with half as many pixels in both directions.
    pub(super) fn of(planes: &[Plane<'_>; 3]) -> Picture {
        let Plane { width, height, .. } = planes[0];
        let scales = scales();
        let (across, down) = (width.div_ceil(16), height.div_ceil(16));
        let mut blocks = Vec::with_capacity(across * down * BLOCKS);
        for y in 0..down {
            for x in 0..across {
                for (right, below) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let pixels = block_at(&planes[0], 2 * x + right, 2 * y + below);
                    blocks.push(transform(&pixels, &scales));
                }
                blocks.extend(planes[1..].iter().map(|plane| transform(&block_at(plane, x, y), &scales)));
            }
        }
        Picture { width, height, blocks }
    }

    /// Writes the picture with the first of the qualities (each from 1 to 100, best first) at which it has at most
    /// `most` bytes, or with the last one.
    pub(super) fn written(&self, qualities: &[u8], most: usize) -> Vec<u8> {
        let promised = most as u64 * PROMISED_PER_MILLE / 1000;
        let likely = qualities.partition_point(|it| self.sampled(*it).1 > promised);
        let mut left = qualities.get(likely..).unwrap_or_default().iter();
        loop {
            let quality = left.next().or(qualities.last()).copied().unwrap_or(1);
            let bytes = self.written_at(quality);
            if bytes.len() <= most || left.len() == 0 {
                return bytes;
            }
        }
    }

    fn steps(quality: u8) -> Pair<Steps> {
        [&LIGHT_STEPS, &COLOUR_STEPS].map(|it| Steps::of(it, quality))
    }

    /// Returns the codes for a quality, and how many bytes the picture will have, as its sample tells.
    fn sampled(&self, quality: u8) -> (Codes, u64) {
        let steps = Picture::steps(quality);
        let mut count = Count { means: [[0; 256]; 2], others: [[0; 256]; 2], more_bits: 0 };
        let (mut n_seen, mut whole) = (0, [0; 64]);
        for (at, part) in self.blocks.chunks_exact(BLOCKS).enumerate().step_by(PARTS_APART) {
            let mean_before = |block: usize| match (block, at) {
                (1..=3, _) => part[block - 1][0],
                (_, 0) => 0,
                _ => self.blocks[at * BLOCKS - BLOCKS + if block == 0 { 3 } else { block }][0],
            };
            for (n, block) in part.iter().enumerate() {
                let steps = &steps[kind(n)];
                let before = whole_of(f32::from(mean_before(n)) * steps.by[0]);
                steps.of_block(block, &mut whole);
                each_symbol(&whole, before, &mut Counted { count: &mut count, kind: kind(n) });
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
        let bits =
            bits_of(&codes.means, &count.means) + bits_of(&codes.others, &count.others) + count.more_bits;
        let n_parts = (self.blocks.len() / BLOCKS) as u64;
        (codes, HEAD_BYTES + bits * n_parts / (8 * n_seen.max(1)))
    }

    fn written_at(&self, quality: u8) -> Vec<u8> {
        let steps = Picture::steps(quality);
        let (codes, likely) = self.sampled(quality);
        let mut bytes = Vec::with_capacity(likely as usize * 9 / 8);
        self.write_head(&mut bytes, &steps, &codes);
        let mut bits = Bits::after(bytes);
        let (mut before, mut whole) = ([0; 3], [0; 64]);
        for part in self.blocks.chunks_exact(BLOCKS) {
            for (n, block) in part.iter().enumerate() {
                steps[kind(n)].of_block(block, &mut whole);
                let into = &mut Written {
                    bits: &mut bits,
                    means: &codes.means[kind(n)],
                    others: &codes.others[kind(n)],
                };
                each_symbol(&whole, before[plane(n)], into);
                before[plane(n)] = whole[0];
            }
        }
        let mut bytes = bits.finish();
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
        let (height, width) = ((self.height as u16).to_be_bytes(), (self.width as u16).to_be_bytes());
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

/// Returns the rows of a block; beyond the border lies what lies at it.
#[inline]
fn block_at(plane: &Plane<'_>, x: usize, y: usize) -> [u8; 64] {
    let Plane { pixels, width, height } = *plane;
    if x * 8 + 8 > width || y * 8 + 8 > height {
        return at_border(plane, x, y);
    }
    let mut block = [0; 64];
    let rows = pixels[y * 8 * width + x * 8..].chunks(width);
    for (to, row) in block.as_chunks_mut::<8>().0.iter_mut().zip(rows) {
        if let Some(row) = row.first_chunk() {
            *to = *row;
        }
    }
    block
}

#[cold]
fn at_border(plane: &Plane<'_>, x: usize, y: usize) -> [u8; 64] {
    let Plane { pixels, width, height } = *plane;
    std::array::from_fn(|at| {
        let (column, row) = ((x * 8 + at % 8).min(width - 1), (y * 8 + at / 8).min(height - 1));
        pixels[row * width + column]
    })
}

/// Takes the symbols of a block.
trait Symbols {
    fn mean(&mut self, symbol: u8, more: u32);
    fn other(&mut self, symbol: u8, more: u32);
}

/// How often each symbol comes, and the bits behind them.
struct Count {
    means: Pair<[u32; 256]>,
    others: Pair<[u32; 256]>,
    more_bits: u64,
}

struct Counted<'a> {
    count: &'a mut Count,
    kind: usize,
}

impl Symbols for Counted<'_> {
    #[inline]
    fn mean(&mut self, symbol: u8, _: u32) {
        self.count.means[self.kind][usize::from(symbol)] += 1;
        self.count.more_bits += u64::from(symbol);
    }

    #[inline]
    fn other(&mut self, symbol: u8, _: u32) {
        self.count.others[self.kind][usize::from(symbol)] += 1;
        self.count.more_bits += u64::from(symbol & 15);
    }
}

struct Written<'a> {
    bits: &'a mut Bits,
    means: &'a Table,
    others: &'a Table,
}

impl Symbols for Written<'_> {
    #[inline]
    fn mean(&mut self, symbol: u8, more: u32) {
        let (code, length) = self.means.code(symbol);
        self.bits.put(code << symbol | more, length + u32::from(symbol));
    }

    #[inline]
    fn other(&mut self, symbol: u8, more: u32) {
        let (code, length) = self.others.code(symbol);
        let n = u32::from(symbol & 15);
        self.bits.put(code << n | more, length + n);
    }
}

/// Tells the symbols of a block, in whole steps, behind one of that mean.
#[inline]
fn each_symbol(block: &[i16; 64], mean_before: i16, into: &mut impl Symbols) {
    let (size, more) = sized(i32::from(block[0]) - i32::from(mean_before));
    into.mean(size, more);
    let last = block.iter().rposition(|it| *it != 0).unwrap_or(0);
    let mut zeros = 0u8;
    for it in &block[1..=last.max(1)] {
        if *it == 0 {
            zeros += 1;
            continue;
        }
        while zeros >= 16 {
            into.other(0xf0, 0);
            zeros -= 16;
        }
        let (size, more) = sized(i32::from(*it));
        into.other(zeros << 4 | size, more);
        zeros = 0;
    }
    if last < 63 {
        into.other(0, 0);
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
        let picture = Picture::of(&[plane(&pixels, side, 16), colours, colours]);
        assert!(!picture.written(&[100], 1 << 20).is_empty());
    }
}
