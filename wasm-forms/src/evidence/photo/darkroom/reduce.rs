//! A plane made small: each new pixel is the mean of those it stands for, those at the border by their share.
//!
//! Rows come from the top; what is done with them is kept, not they. First the rows of a new row are added up, then the
//! pixels along it: both with weights of 256, so that an even area stays as it is.

use std::ops::Range;

use super::lanes::{Two, pixels, turned_bytes, weighed};

/// Weights of a new row or pixel.
const WHOLE: u32 = 256;

/// Where a pixel comes to lie: the plane is turned while it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Places {
    first: isize,
    right: isize,
    down: isize,
}

impl Places {
    /// Returns the places of an Exif orientation for a plane of that size, as it lies before it is turned.
    fn of(orientation: u8, width: usize, height: usize) -> Places {
        let (w, h) = (width as isize, height as isize);
        let (first, right, down) = match orientation {
            2 => (w - 1, -1, w),
            3 => (w * h - 1, -1, -w),
            4 => (w * (h - 1), 1, -w),
            5 => (0, h, 1),
            6 => (h - 1, h, -1),
            7 => (w * h - 1, -h, -1),
            8 => (h * (w - 1), -h, 1),
            _ => (0, 1, w),
        };
        Places { first, right, down }
    }
}

/// What a new pixel is made of along one direction: so many, from that one on.
#[derive(Debug, Clone, Copy)]
struct Part {
    from: usize,
    n: usize,
    weights: usize,
}

/// The parts of all new pixels along one direction.
#[derive(Debug)]
struct Parts {
    parts: Vec<Part>,
    weights: Vec<u16>,
}

impl Parts {
    fn of(length: usize, made: usize) -> Parts {
        let mut all = Parts { parts: Vec::with_capacity(made), weights: Vec::new() };
        for at in 0..made {
            // In units of a new pixel's share of an old one: the old one at `i` lies from `i * made` on.
            let (start, end) = (at * length, (at + 1) * length);
            let (from, to) = (start / made, end.div_ceil(made));
            let weights = all.weights.len();
            let mut given = 0;
            for i in from..to {
                let covered = ((i + 1) * made).min(end) - start;
                // What is given up to here, so that all of them give the whole.
                let until = ((2 * covered as u32 * WHOLE + length as u32) / (2 * length as u32)).min(WHOLE);
                all.weights.push((until - given) as u16);
                given = until;
            }
            all.parts.push(Part { from, n: to - from, weights });
        }
        all
    }

    fn weights(&self, part: Part) -> &[u16] {
        &self.weights[part.weights..part.weights + part.n]
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Reducer {
    across: Parts,
    /// The same as `across`, where all of them are few; else nothing.
    twos: Vec<Two>,
    down: Parts,
    /// Rows that came, and new ones that are done.
    n_rows: usize,
    n_done: usize,
    sums: Vec<u16>,
    /// New rows before they are turned, each with room for a few pixels more.
    band: Vec<u8>,
    stride: usize,
    places: Places,
    pixels: Vec<u8>,
}

impl Reducer {
    /// Returns one for a plane of `size`, which becomes `made`, both before it is turned; nothing is enlarged.
    pub(super) fn new(size: (usize, usize), made: (usize, usize), orientation: u8) -> Reducer {
        let across = Parts::of(size.0, made.0);
        let stride = made.0.next_multiple_of(SIDE);
        let twos = twos(&across, size.0);
        Reducer {
            across,
            twos: twos.unwrap_or_default(),
            down: Parts::of(size.1, made.1),
            n_rows: 0,
            n_done: 0,
            sums: vec![0; size.0],
            band: vec![0; BAND * stride],
            stride,
            places: Places::of(orientation, made.0, made.1),
            pixels: vec![0; made.0 * made.1],
        }
    }

    /// Takes the next rows; what is too much is left.
    pub(super) fn push(&mut self, rows: &[u8]) {
        let width = self.sums.len();
        let n_rows = rows.len() / width;
        // The last row of one may be the first of the next.
        while let Some(part) = self.down.parts.get(self.n_done).copied() {
            let from = part.from.max(self.n_rows);
            let to = (part.from + part.n).min(self.n_rows + n_rows);
            if from < to {
                let rows = &rows[(from - self.n_rows) * width..(to - self.n_rows) * width];
                let weights = &self.down.weights(part)[from - part.from..to - part.from];
                add_all(&mut self.sums, rows, weights, from == part.from);
            }
            if to < part.from + part.n {
                break;
            }
            self.write_row();
            self.n_done += 1;
        }
        self.n_rows += n_rows;
    }

    /// Returns the pixels once all rows came.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        (self.n_done == self.down.parts.len()).then_some(self.pixels)
    }

    fn write_row(&mut self) {
        let slot = self.slot(self.n_done);
        let row = &mut self.band[slot * self.stride..][..self.stride];
        if self.twos.is_empty() {
            for (to, part) in row.iter_mut().zip(&self.across.parts) {
                let old = &self.sums[part.from..part.from + part.n];
                let weighed = old
                    .iter()
                    .zip(self.across.weights(*part))
                    .map(|(sum, by)| u32::from(*sum) * u32::from(*by));
                *to = ((weighed.sum::<u32>() + (1 << 15)) >> 16) as u8;
            }
        } else {
            for (to, twos) in row.as_chunks_mut().0.iter_mut().zip(self.twos.as_chunks().0) {
                *to = four(&self.sums, twos);
            }
        }
        let is_last = self.n_done + 1 == self.down.parts.len();
        if is_last || self.n_done % BAND == BAND - 1 {
            self.write_band();
        }
    }

    /// Returns where a new row is kept: so that what lies below comes later where it is turned, too.
    fn slot(&self, row: usize) -> usize {
        if self.places.down == -1 { BAND - 1 - row % BAND } else { row % BAND }
    }

    /// Writes the new rows where they belong.
    fn write_band(&mut self) {
        let begin = self.n_done - self.n_done % BAND;
        let n = self.n_done + 1 - begin;
        let Places { first, right, down } = self.places;
        let place = first + begin as isize * down;
        if right.abs() > 1 {
            let lowest = self.slot(begin).min(self.slot(self.n_done));
            self.write_turned(lowest..lowest + n, place.min(place + (n as isize - 1) * down));
            return;
        }
        let width = self.across.parts.len();
        for (row, at) in self.band.chunks_exact(self.stride).take(n).zip(0..) {
            let place = place + at * down + if right == 1 { 0 } else { 1 - width as isize };
            let Some(to) = self.pixels.get_mut(place as usize..).and_then(|it| it.get_mut(..width)) else {
                return;
            };
            if right == 1 {
                to.copy_from_slice(&row[..width]);
            } else {
                to.iter_mut().zip(row[..width].iter().rev()).for_each(|(to, it)| *to = *it);
            }
        }
    }

    /// Writes what lies in these slots as columns, the first of them at that place.
    fn write_turned(&mut self, slots: Range<usize>, place: isize) {
        let (width, right) = (self.across.parts.len(), self.places.right);
        for x in (0..width).step_by(SIDE) {
            for first in (0..BAND).step_by(SIDE) {
                let filled = first.max(slots.start)..(first + SIDE).min(slots.end);
                if filled.is_empty() {
                    continue;
                }
                let block = std::array::from_fn(|at| {
                    self.band
                        .get((first + at) * self.stride + x..)
                        .and_then(|it| it.first_chunk())
                        .unwrap_or(&[0; SIDE])
                });
                let columns = turned_bytes(block);
                let mut place = place + x as isize * right + (filled.start - slots.start) as isize;
                for column in columns.iter().take(width - x) {
                    let to = self.pixels.get_mut(place as usize..).and_then(|it| it.get_mut(..filled.len()));
                    let Some(to) = to else { continue };
                    match to.first_chunk_mut() {
                        Some(to) => *to = *column,
                        None => to.copy_from_slice(&column[filled.start - first..filled.end - first]),
                    }
                    place += right;
                }
            }
        }
    }
}

/// New rows that are written at once: where the plane is turned they lie beside one another.
const BAND: usize = 64;

/// Rows and columns that are turned at once.
const SIDE: usize = 16;

/// Returns what new pixels are made of, two by two, for a row of that length: an even number of pairs, the last ones maybe
/// without weight. Nothing where a pixel is made of more than four, or two of more than eight.
fn twos(parts: &Parts, length: usize) -> Option<Vec<Two>> {
    let last = length.checked_sub(8)?;
    let mut all = vec![Two::default(); parts.parts.len().div_ceil(4) * 2];
    for (two, pair) in all.iter_mut().zip(parts.parts.chunks(2)) {
        let from = pair[0].from.min(last);
        two.from = u16::try_from(from).ok()?;
        for (part, first) in pair.iter().zip([0, 4]) {
            let weights = parts.weights(*part);
            if weights.len() > 4 || part.from + weights.len() > from + 8 {
                return None;
            }
            for (at, weight) in weights.iter().enumerate() {
                let pick = (part.from - from + at) as u8 * 2;
                two.picks[2 * (first + at)..][..2].copy_from_slice(&[pick, pick + 1]);
                two.weights[first + at] = *weight as i16;
            }
        }
    }
    Some(all)
}

#[inline(always)]
fn four(sums: &[u16], [low, high]: &[Two; 2]) -> [u8; 4] {
    let of = |two: &Two| {
        let from = usize::from(two.from);
        // One comparison, where looking for a first chunk takes two.
        let old = sums.get(from..from + 8).and_then(|it| it.try_into().ok()).unwrap_or_default();
        weighed(old, two)
    };
    pixels(of(low), of(high))
}

/// Adds weighted rows up, as many as there are weights.
fn add_all(sums: &mut [u16], rows: &[u8], weights: &[u16], is_first: bool) {
    let width = sums.len();
    let (mut is_first, mut rows, mut weights) = (is_first, rows, weights);
    while !weights.is_empty() {
        let n = weights.len().min(4);
        let row = |at: usize| &rows[at * width..][..width];
        match *weights {
            [a] => add(sums, [row(0)], [a], is_first),
            [a, b] => add(sums, [row(0), row(1)], [a, b], is_first),
            [a, b, c] => add(sums, [row(0), row(1), row(2)], [a, b, c], is_first),
            [a, b, c, d, ..] => add(sums, [row(0), row(1), row(2), row(3)], [a, b, c, d], is_first),
            [] => {}
        }
        (is_first, rows, weights) = (false, &rows[n * width..], &weights[n..]);
    }
}

#[inline(always)]
fn add<const N: usize>(sums: &mut [u16], rows: [&[u8]; N], weights: [u16; N], is_first: bool) {
    if is_first {
        add_to::<N, true>(sums, rows, weights);
    } else {
        add_to::<N, false>(sums, rows, weights);
    }
}

#[inline(never)]
fn add_to<const N: usize, const IS_FIRST: bool>(sums: &mut [u16], rows: [&[u8]; N], weights: [u16; N]) {
    let width = sums.len();
    let rows = rows.map(|it| &it[..width]);
    for x in 0..width {
        let mut sum = if IS_FIRST { 0 } else { sums[x] };
        for at in 0..N {
            // 256 times the brightest pixel is the most.
            sum = u16::from(rows[at][x]).wrapping_mul(weights[at]).wrapping_add(sum);
        }
        sums[x] = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(size: (usize, usize), made: (usize, usize), orientation: u8, pixels: &[u8]) -> Vec<u8> {
        let mut reducer = Reducer::new(size, made, orientation);
        reducer.push(pixels);
        reducer.finish().expect("all rows")
    }

    #[test]
    fn a_pixel_is_the_mean_of_those_it_stands_for() {
        assert_eq!(reduced((4, 2), (2, 1), 1, &[10, 20, 30, 40, 30, 40, 50, 60]), [25, 45]);
        // Three become two: each has one and a half.
        assert_eq!(reduced((3, 1), (2, 1), 1, &[30, 90, 150]), [50, 130]);
    }

    #[test]
    fn an_even_plane_stays_even_and_an_unchanged_size_unchanged() {
        for (size, made) in
            [((4032, 5), (1600, 2)), ((7, 3000), (3, 1191)), ((1, 1), (1, 1)), ((23, 17), (22, 16))]
        {
            let pixels = vec![255; size.0 * size.1];
            assert_eq!(reduced(size, made, 1, &pixels), vec![255; made.0 * made.1]);
        }
        let pixels: Vec<u8> = (0..=250).collect();
        assert_eq!(reduced((251, 1), (251, 1), 1, &pixels), pixels);
    }

    #[test]
    fn each_orientation_comes_upright() {
        // As a person sees it: "ab" over "cd" over "ef".
        for (orientation, stored, size) in [
            (1, b"abcdef", (2, 3)),
            (2, b"badcfe", (2, 3)),
            (3, b"fedcba", (2, 3)),
            (4, b"efcdab", (2, 3)),
            (5, b"acebdf", (3, 2)),
            (6, b"bdface", (3, 2)),
            (7, b"fdbeca", (3, 2)),
            (8, b"ecafdb", (3, 2)),
        ] {
            assert_eq!(reduced(size, size, orientation, stored), b"abcdef", "orientation {orientation}");
        }
    }

    #[test]
    fn rows_may_be_missing_and_too_many() {
        let mut reducer = Reducer::new((2, 4), (1, 2), 1);
        reducer.push(&[1; 6]);
        assert!(reducer.finish().is_none());
        assert_eq!(reduced((2, 2), (1, 1), 1, &[9; 40]), [9]);
    }
}
