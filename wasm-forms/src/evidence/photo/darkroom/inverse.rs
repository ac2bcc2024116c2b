//! The cosine transform's inverse (after Arai, Agui and Nakajima), all columns at once.

use std::f32::consts::SQRT_2;

use super::dct::{LEFT, Rows, TURNED_ZIGZAG};
use super::lanes::{Eight, Four, turned};

/// Returns by what numbers in those steps (in the order of a file) are multiplied; columns where rows would be.
pub(super) fn scales(steps: &[u16; 64]) -> Rows {
    let mut scales = [[0.0; 8]; 8];
    for (step, place) in steps.iter().zip(TURNED_ZIGZAG) {
        let (row, column) = (usize::from(place / 8), usize::from(place % 8));
        scales[row][column] = LEFT[row] * LEFT[column] * f32::from(*step) / 8.0;
    }
    scales
}

/// Returns the rows of pixels of a block's numbers, which lie with columns where rows would be.
#[inline(never)]
pub(super) fn pixels(numbers: &[i16; 64], scales: &Rows) -> [[u8; 8]; 8] {
    let numbers = numbers.as_chunks::<8>().0;
    let mut d = [[Four::all(0.0); 8]; 2];
    for at in 0..8 {
        let by = scales[at].as_chunks::<4>().0;
        let [low, high] = Eight::new(numbers[at]).exact();
        (d[0][at], d[1][at]) = (low.times(Four::new(by[0])), high.times(Four::new(by[1])));
    }
    // The mean is in every pixel: with it comes what makes black 0.
    d[0][0] = d[0][0].plus(Four::new([128.0, 0.0, 0.0, 0.0]));
    let first = d.map(columns);
    let second = [0, 1].map(|half| {
        let [low, high] =
            first.map(|it| turned([it[4 * half], it[4 * half + 1], it[4 * half + 2], it[4 * half + 3]]));
        let [a, b, c, d] = low;
        let [e, f, g, h] = high;
        columns([a, b, c, d, e, f, g, h])
    });
    std::array::from_fn(|row| Eight::nearest(second[0][row], second[1][row]).pixels())
}

/// Returns the same with half as many pixels in both directions: of the numbers only those of the low frequencies are used,
/// as if the block had four pixels. The scales are those of [`half_scales`].
#[inline(never)]
pub(super) fn half_pixels(numbers: &[i16; 64], scales: &[[f32; 4]; 4]) -> [[u8; 4]; 4] {
    let numbers = numbers.as_chunks::<8>().0;
    let mut d = std::array::from_fn(|at| {
        let [low, _] = Eight::new(numbers[at]).exact();
        low.times(Four::new(scales[at]))
    });
    d[0] = d[0].plus(Four::new([128.0, 0.0, 0.0, 0.0]));
    let [a, b, c, d] = half_columns(turned(half_columns(d)));
    let [low, high] = [Eight::nearest(a, b), Eight::nearest(c, d)].map(Eight::pixels);
    let [a, b] = *low.as_chunks::<4>().0 else { return [[0; 4]; 4] };
    let [c, d] = *high.as_chunks::<4>().0 else { return [[0; 4]; 4] };
    [a, b, c, d]
}

/// Returns by what numbers are multiplied for [`half_pixels`]: four pixels' cosines are `√2·cos(k·π/8)` and so on, and what
/// can be is done here.
pub(super) fn half_scales(steps: &[u16; 64]) -> [[f32; 4]; 4] {
    let mut scales = [[0.0; 4]; 4];
    for (step, place) in steps.iter().zip(TURNED_ZIGZAG) {
        let (row, column) = (usize::from(place / 8), usize::from(place % 8));
        if let Some(scale) = scales.get_mut(row).and_then(|it| it.get_mut(column)) {
            *scale = HALF[row] * HALF[column] * f32::from(*step) / 8.0;
        }
    }
    scales
}

/// What is done along one direction by [`half_scales`].
const HALF: [f32; 4] = [1.0, 1.306_563, 1.0, 0.541_196_1];

/// Transforms four columns of four back.
#[inline(always)]
fn half_columns([d0, d1, d2, d3]: [Four; 4]) -> [Four; 4] {
    let (sum, rest) = (d0.plus(d2), d0.minus(d2));
    let odd = d1.plus(d3);
    let turn = d1.minus(d3).times(Four::all(SQRT_2)).minus(odd);
    [sum.plus(odd), rest.plus(turn), rest.minus(turn), sum.minus(odd)]
}

/// Transforms four columns back.
#[inline(always)]
fn columns([d0, d1, d2, d3, d4, d5, d6, d7]: [Four; 8]) -> [Four; 8] {
    let times = |it: Four, by: f32| it.times(Four::all(by));
    let (sum, rest) = (d0.plus(d4), d0.minus(d4));
    let both = d2.plus(d6);
    let turn = times(d2.minus(d6), SQRT_2).minus(both);
    let even = [sum.plus(both), rest.plus(turn), rest.minus(turn), sum.minus(both)];
    let (z13, z10) = (d5.plus(d3), d5.minus(d3));
    let (z11, z12) = (d1.plus(d7), d1.minus(d7));
    let z5 = times(z10.plus(z12), 1.847_759_1);
    let o0 = z11.plus(z13);
    let o1 = z5.minus(times(z10, 2.613_126)).minus(o0);
    let o2 = times(z11.minus(z13), SQRT_2).minus(o1);
    let o3 = z5.minus(times(z12, 1.082_392_2)).minus(o2);
    let [e0, e1, e2, e3] = even;
    [
        e0.plus(o0),
        e1.plus(o1),
        e2.plus(o2),
        e3.plus(o3),
        e3.minus(o3),
        e2.minus(o2),
        e1.minus(o1),
        e0.minus(o0),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::dct;
    use super::*;

    #[test]
    fn pixels_come_back() {
        let given: [[u8; 8]; 8] =
            std::array::from_fn(|y| std::array::from_fn(|x| ((x * 37 + y * 91 + x * y * 13) % 256) as u8));
        let block = dct::transform(&given, &dct::scales(&[1; 64]));
        let back = pixels(&block.numbers, &scales(&[1; 64]));
        for (row, expected) in back.iter().zip(given) {
            for (pixel, expected) in row.iter().zip(expected) {
                assert!(pixel.abs_diff(expected) <= 1, "{back:?} for {given:?}");
            }
        }
    }

    #[test]
    fn what_is_beyond_black_and_white_is_black_and_white() {
        let of = |mean: i16| {
            let mut numbers = [0; 64];
            numbers[0] = mean;
            pixels(&numbers, &scales(&[8; 64]))
        };
        assert_eq!([-3000, 0, 100, 3000].map(of), [0, 128, 228, 255].map(|it| [[it; 8]; 8]));
    }
}
