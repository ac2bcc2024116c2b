//! A plane made small: each new pixel is the mean of those it stands for, those at the border by their share.
//!
//! Rows come from the top; what is done with them is kept, not they. First the rows of a new row are added up, then the
//! pixels along it: both with weights of 256, so that an even area stays as it is.

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
    few: Vec<Few>,
    down: Parts,
    /// Rows that came, and new ones that are done.
    n_rows: usize,
    n_done: usize,
    sums: Vec<u16>,
    places: Places,
    pixels: Vec<u8>,
}

impl Reducer {
    /// Returns one for a plane of `size`, which becomes `made`, both before it is turned; nothing is enlarged.
    pub(super) fn new(size: (usize, usize), made: (usize, usize), orientation: u8) -> Reducer {
        let across = Parts::of(size.0, made.0);
        let few =
            across.parts.iter().map(|it| Few::new(*it, across.weights(*it), size.0)).collect::<Option<_>>();
        Reducer {
            across,
            few: few.unwrap_or_default(),
            down: Parts::of(size.1, made.1),
            n_rows: 0,
            n_done: 0,
            sums: vec![0; size.0],
            places: Places::of(orientation, made.0, made.1),
            pixels: vec![0; made.0 * made.1],
        }
    }

    /// Takes the next rows; what is too much is left.
    pub(super) fn push(&mut self, rows: &[u8]) {
        for row in rows.chunks_exact(self.sums.len()) {
            self.push_row(row);
            self.n_rows += 1;
        }
    }

    /// Returns the pixels once all rows came.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        (self.n_done == self.down.parts.len()).then_some(self.pixels)
    }

    fn push_row(&mut self, row: &[u8]) {
        // The last row of one may be the first of the next.
        while let Some(part) = self.down.parts.get(self.n_done).copied() {
            let Some(at) = self.n_rows.checked_sub(part.from).filter(|at| *at < part.n) else { return };
            add(&mut self.sums, row, self.down.weights(part)[at], at == 0);
            if at + 1 < part.n {
                return;
            }
            self.write_row();
            self.n_done += 1;
        }
    }

    fn write_row(&mut self) {
        let first = self.places.first + self.n_done as isize * self.places.down;
        if self.few.is_empty() {
            let sums = self.across.parts.iter().map(|part| {
                let old = &self.sums[part.from..part.from + part.n];
                let sum = old
                    .iter()
                    .zip(self.across.weights(*part))
                    .map(|(sum, by)| u32::from(*sum) * u32::from(*by));
                sum.sum()
            });
            write(&mut self.pixels, first, self.places.right, sums);
        } else {
            let sums =
                self.few.iter().map(|few| match self.sums.get(few.from..).and_then(|it| it.first_chunk()) {
                    Some(old) => few.of(old),
                    None => 0,
                });
            write(&mut self.pixels, first, self.places.right, sums);
        }
    }
}

/// Writes a row of sums.
#[inline(always)]
fn write(pixels: &mut [u8], first: isize, right: isize, sums: impl Iterator<Item = u32>) {
    let mut place = first;
    for sum in sums {
        if let Some(pixel) = pixels.get_mut(place as usize) {
            *pixel = ((sum + (1 << 15)) >> 16) as u8;
        }
        place += right;
    }
}

/// How many pixels are few.
const FEW: usize = 4;

/// What a new pixel is made of where that is few.
#[derive(Debug)]
struct Few {
    from: usize,
    weights: [u16; FEW],
}

impl Few {
    /// Returns it for a row of that length: there are always so many, some without weight.
    fn new(part: Part, weights: &[u16], length: usize) -> Option<Few> {
        let from = part.from.min(length.checked_sub(FEW)?);
        let mut few = Few { from, weights: [0; FEW] };
        few.weights.get_mut(part.from - from..part.from - from + part.n)?.copy_from_slice(weights);
        Some(few)
    }

    #[inline(always)]
    fn of(&self, old: &[u16; FEW]) -> u32 {
        let [a, b, c, d] = *old;
        let [by_a, by_b, by_c, by_d] = self.weights;
        let product = |it: u16, by: u16| u32::from(it) * u32::from(by);
        product(a, by_a) + product(b, by_b) + product(c, by_c) + product(d, by_d)
    }
}

#[inline(never)]
fn add(sums: &mut [u16], row: &[u8], weight: u16, is_first: bool) {
    if is_first {
        for (sum, pixel) in sums.iter_mut().zip(row) {
            *sum = u16::from(*pixel) * weight;
        }
    } else {
        for (sum, pixel) in sums.iter_mut().zip(row) {
            // 256 times the brightest pixel is the most.
            *sum = sum.wrapping_add(u16::from(*pixel).wrapping_mul(weight));
        }
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
