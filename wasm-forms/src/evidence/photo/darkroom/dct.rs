//! The cosine transform of 8 x 8 pixels (Arai, Agui and Nakajima, 1988), all columns at once.

/// What a coefficient is multiplied by to be kept as a whole number.
pub(super) const PRECISION: f32 = 16.0;

/// What the transform leaves undone along one direction: `cos(k·π/16)·√2`, for the mean 1.
const LEFT: [f32; 8] =
    [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_38];

/// Where the coefficients stand in a file, from the lowest frequency on, by their place in a block.
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// What the transform leaves undone, at the places of a block; made once for a picture.
pub(super) fn scales() -> [f32; 64] {
    std::array::from_fn(|at| PRECISION / (8.0 * LEFT[at % 8] * LEFT[at / 8]))
}

/// The same for a block whose columns lie where its rows would: so the second pass over columns leaves it.
const TURNED_ZIGZAG: [u8; 64] = {
    let mut turned = ZIGZAG;
    let mut at = 0;
    while at < 64 {
        turned[at] = ZIGZAG[at] % 8 * 8 + ZIGZAG[at] / 8;
        at += 1;
    }
    turned
};

/// Transforms rows of pixels; returns the coefficients times [`PRECISION`] in the order of a file.
#[inline(never)]
pub(super) fn transform(pixels: &[u8; 64], scales: &[f32; 64]) -> [i16; 64] {
    let mut block = [0.0; 64];
    for (to, pixel) in block.iter_mut().zip(pixels) {
        *to = f32::from(*pixel) - 128.0;
    }
    let block = columns(&transposed(&columns(&block)));
    let mut whole = [0; 64];
    for at in 0..64 {
        whole[at] = whole_of(block[at] * scales[at]);
    }
    let mut ordered = [0; 64];
    for (to, place) in ordered.iter_mut().zip(TURNED_ZIGZAG) {
        *to = whole[usize::from(place & 63)];
    }
    ordered
}

/// Returns the nearest whole number, of two the even one, of what lies well within 2^22: added to this, a number keeps no
/// fraction, and its lowest bits are those of the whole one. Machines do that for many at once, unlike a cast.
#[inline(always)]
pub(super) fn whole_of(exact: f32) -> i16 {
    const NO_FRACTION: f32 = 12_582_912.0;
    (exact + NO_FRACTION).to_bits() as i16
}

#[inline]
fn transposed(block: &[f32; 64]) -> [f32; 64] {
    let mut turned = [0.0; 64];
    for y in 0..8 {
        for x in 0..8 {
            turned[x * 8 + y] = block[y * 8 + x];
        }
    }
    turned
}

#[inline(never)]
fn columns(d: &[f32; 64]) -> [f32; 64] {
    let mut out = [0.0; 64];
    for x in 0..8 {
        let (t0, t7) = (d[x] + d[56 + x], d[x] - d[56 + x]);
        let (t1, t6) = (d[8 + x] + d[48 + x], d[8 + x] - d[48 + x]);
        let (t2, t5) = (d[16 + x] + d[40 + x], d[16 + x] - d[40 + x]);
        let (t3, t4) = (d[24 + x] + d[32 + x], d[24 + x] - d[32 + x]);
        let (t10, t13) = (t0 + t3, t0 - t3);
        let (t11, t12) = (t1 + t2, t1 - t2);
        out[x] = t10 + t11;
        out[32 + x] = t10 - t11;
        let z1 = (t12 + t13) * 0.707_106_77;
        out[16 + x] = t13 + z1;
        out[48 + x] = t13 - z1;
        let (t10, t11, t12) = (t4 + t5, t5 + t6, t6 + t7);
        let z5 = (t10 - t12) * 0.382_683_43;
        let z2 = 0.541_196_1 * t10 + z5;
        let z4 = 1.306_563 * t12 + z5;
        let z3 = t11 * 0.707_106_77;
        let (z11, z13) = (t7 + z3, t7 - z3);
        out[40 + x] = z13 + z2;
        out[24 + x] = z13 - z2;
        out[8 + x] = z11 + z4;
        out[56 + x] = z11 - z4;
    }
    out
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the yardstick need not be the same everywhere")]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_cosine_transform() {
        let pixels: [u8; 64] = std::array::from_fn(|at| {
            let (x, y) = (at % 8, at / 8);
            ((x * 37 + y * 91 + x * y * 13) % 256) as u8
        });
        let made = transform(&pixels, &scales());
        for (at, place) in ZIGZAG.iter().enumerate() {
            let (v, u) = (f64::from(place / 8), f64::from(place % 8));
            let cosine =
                |at: usize, k: f64| ((2.0 * at as f64 + 1.0) * k * std::f64::consts::PI / 16.0).cos();
            let by = |k: f64| if k == 0.0 { 0.5_f64.sqrt() } else { 1.0 };
            let mut sum = 0.0;
            for (at, pixel) in pixels.iter().enumerate() {
                sum += (f64::from(*pixel) - 128.0) * cosine(at % 8, u) * cosine(at / 8, v);
            }
            let expected = sum * by(u) * by(v) / 4.0 * f64::from(PRECISION);
            assert!((f64::from(made[at]) - expected).abs() <= 0.6, "{place}: {} for {expected}", made[at]);
        }
    }

    #[test]
    fn whole_numbers_are_the_nearest() {
        for exact in [0.0f32, 0.49, 0.5, 1.5, 2.5, -0.5, -1.5, -2.51, 1023.5, -16_384.0, 32_767.2, -32_768.0]
        {
            assert_eq!(i32::from(whole_of(exact)), exact.round_ties_even() as i32, "{exact}");
        }
    }

    #[test]
    fn black_and_white_do_not_overflow() {
        assert_eq!(transform(&[0; 64], &scales())[0], -16_384);
        assert_eq!(transform(&[255; 64], &scales())[0], 16_256);
    }
}
