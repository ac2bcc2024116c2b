//! The cosine transform of 8 x 8 pixels (Arai, Agui and Nakajima, 1988), all columns at once.

use super::lanes::{Eight, Four, turned};

/// What the transform leaves undone along one direction: `cos(k·π/16)·√2`, for the mean 1.
pub(super) const LEFT: [f32; 8] =
    [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_38];

/// Where the coefficients stand in a file, from the lowest frequency on, by their place in a block.
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The same for a block whose columns lie where its rows would: so the second pass over columns leaves it.
pub(super) const TURNED_ZIGZAG: [u8; 64] = {
    let mut turned = ZIGZAG;
    let mut at = 0;
    while at < 64 {
        turned[at] = ZIGZAG[at] % 8 * 8 + ZIGZAG[at] / 8;
        at += 1;
    }
    turned
};

/// Returns by what the transform's numbers are multiplied to be in those steps (in the order of a file); turned as they are.
pub(super) fn scales(steps: &[u8; 64]) -> Rows {
    let mut scales = [[0.0; 8]; 8];
    for (step, place) in steps.iter().zip(TURNED_ZIGZAG) {
        let (row, column) = (usize::from(place / 8), usize::from(place % 8));
        scales[row][column] = 1.0 / (8.0 * LEFT[row] * LEFT[column] * f32::from(*step));
    }
    scales
}

/// Eight rows of eight numbers.
pub(super) type Rows = [[f32; 8]; 8];

/// A block's coefficients in whole steps, columns where rows would be.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) numbers: [i16; 64],
    /// Which are not zero, row by row.
    pub(super) not_zero: [u8; 8],
}

/// Transforms rows of pixels.
#[inline(never)]
pub(super) fn transform(pixels: &[[u8; 8]; 8], scales: &Rows) -> Block {
    let d = pixels.map(Eight::of_bytes);
    // All but the mean stay as they are whatever is black: what is taken from it is taken at the end.
    let sums = [0, 1, 2, 3].map(|at| d[at].plus(d[7 - at]).minus(Eight::all(256)).exact());
    let rests = [0, 1, 2, 3].map(|at| d[at].minus(d[7 - at]).exact());
    let first = [0, 1].map(|half| columns(sums.map(|it| it[half]), rests.map(|it| it[half])));
    let second = [0, 1].map(|half| {
        let [a, b, c, d, e, f, g, h] = first
            .map(|it| turned([it[4 * half], it[4 * half + 1], it[4 * half + 2], it[4 * half + 3]]))
            .as_flattened()
            .try_into()
            .unwrap_or([Four::all(0.0); 8]);
        columns(
            [a.plus(h), b.plus(g), c.plus(f), d.plus(e)],
            [a.minus(h), b.minus(g), c.minus(f), d.minus(e)],
        )
    });
    let mut block = Block { numbers: [0; 64], not_zero: [0; 8] };
    for at in 0..8 {
        let by = scales[at].as_chunks::<4>().0;
        let row =
            Eight::nearest(second[0][at].times(Four::new(by[0])), second[1][at].times(Four::new(by[1])));
        block.not_zero[at] = row.not_zero();
        block.numbers.as_chunks_mut::<8>().0[at] = row.numbers();
    }
    block
}

/// Transforms four columns; given are the sums of the first and the last row, of the second and the last but one and so on,
/// and their differences.
#[inline(always)]
fn columns([t0, t1, t2, t3]: [Four; 4], [t7, t6, t5, t4]: [Four; 4]) -> [Four; 8] {
    let (t10, t13) = (t0.plus(t3), t0.minus(t3));
    let (t11, t12) = (t1.plus(t2), t1.minus(t2));
    let z1 = t12.plus(t13).times(Four::all(0.707_106_77));
    let even = [t10.plus(t11), t13.plus(z1), t10.minus(t11), t13.minus(z1)];
    let (t10, t11, t12) = (t4.plus(t5), t5.plus(t6), t6.plus(t7));
    let z5 = t10.minus(t12).times(Four::all(0.382_683_43));
    let z2 = t10.times(Four::all(0.541_196_1)).plus(z5);
    let z4 = t12.times(Four::all(1.306_563)).plus(z5);
    let z3 = t11.times(Four::all(0.707_106_77));
    let (z11, z13) = (t7.plus(z3), t7.minus(z3));
    [even[0], z11.plus(z4), even[1], z13.minus(z2), even[2], z13.plus(z2), even[3], z11.minus(z4)]
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the yardstick need not be the same everywhere")]
mod tests {
    use super::*;

    /// Sixteenths: finer than any step, so that the transform itself is seen.
    fn sixteenths() -> Rows {
        scales(&[1; 64]).map(|row| row.map(|it| it * 16.0))
    }

    #[test]
    fn it_is_the_cosine_transform() {
        let pixels: [[u8; 8]; 8] =
            std::array::from_fn(|y| std::array::from_fn(|x| ((x * 37 + y * 91 + x * y * 13) % 256) as u8));
        let made = transform(&pixels, &sixteenths());
        for (place, turned) in ZIGZAG.iter().zip(TURNED_ZIGZAG) {
            let (v, u) = (f64::from(place / 8), f64::from(place % 8));
            let cosine =
                |at: usize, k: f64| ((2.0 * at as f64 + 1.0) * k * std::f64::consts::PI / 16.0).cos();
            let by = |k: f64| if k == 0.0 { 0.5_f64.sqrt() } else { 1.0 };
            let mut sum = 0.0;
            for (y, row) in pixels.iter().enumerate() {
                for (x, pixel) in row.iter().enumerate() {
                    sum += (f64::from(*pixel) - 128.0) * cosine(x, u) * cosine(y, v);
                }
            }
            let expected = sum * by(u) * by(v) / 4.0 * 16.0;
            let number = made.numbers[usize::from(turned)];
            assert!((f64::from(number) - expected).abs() <= 0.6, "{place}: {number} for {expected}");
        }
    }

    #[test]
    fn black_and_white_do_not_overflow() {
        assert_eq!(transform(&[[0; 8]; 8], &sixteenths()).numbers[0], -16_384);
        assert_eq!(transform(&[[255; 8]; 8], &sixteenths()).numbers[0], 16_256);
    }

    #[test]
    fn what_is_not_zero_is_told() {
        assert_eq!(transform(&[[128; 8]; 8], &sixteenths()).not_zero, [0; 8]);
        let upright = transform(&[[0, 255, 0, 255, 0, 255, 0, 255]; 8], &sixteenths());
        let found =
            upright.numbers.chunks(8).map(|row| (0..8).filter(|at| row[*at] != 0).map(|at| 1 << at).sum());
        assert_eq!(upright.not_zero.to_vec(), found.collect::<Vec<u8>>());
        assert!(
            upright.not_zero[0] != 0 && upright.not_zero[7] != 0,
            "a column's frequencies lie below one another"
        );
    }
}
