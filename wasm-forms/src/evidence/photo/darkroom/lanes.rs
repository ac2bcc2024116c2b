//! Four or eight numbers at once: in a browser as its processor has them, elsewhere one by one, with the same results.

/// What two new pixels are made of: of eight old ones, each takes four with weights.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Two {
    pub(super) from: u16,
    /// Which bytes.
    pub(super) picks: [u8; 16],
    pub(super) weights: [i16; 8],
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod machine {
    use std::arch::wasm32::*;

    use super::Two;

    /// Four numbers.
    #[derive(Clone, Copy)]
    pub struct Four(v128);

    impl Four {
        #[inline(always)]
        pub fn new([a, b, c, d]: [f32; 4]) -> Four {
            Four(f32x4(a, b, c, d))
        }

        #[inline(always)]
        pub fn all(it: f32) -> Four {
            Four(f32x4_splat(it))
        }

        #[inline(always)]
        pub fn plus(self, other: Four) -> Four {
            Four(f32x4_add(self.0, other.0))
        }

        #[inline(always)]
        pub fn minus(self, other: Four) -> Four {
            Four(f32x4_sub(self.0, other.0))
        }

        #[inline(always)]
        pub fn times(self, other: Four) -> Four {
            Four(f32x4_mul(self.0, other.0))
        }
    }

    /// Returns four rows of four as columns.
    #[inline(always)]
    pub fn turned([a, b, c, d]: [Four; 4]) -> [Four; 4] {
        let low = |a: Four, b: Four| i32x4_shuffle::<0, 4, 1, 5>(a.0, b.0);
        let high = |a: Four, b: Four| i32x4_shuffle::<2, 6, 3, 7>(a.0, b.0);
        let (ac, bd) = (low(a, c), low(b, d));
        let (ac2, bd2) = (high(a, c), high(b, d));
        [
            Four(i32x4_shuffle::<0, 4, 1, 5>(ac, bd)),
            Four(i32x4_shuffle::<2, 6, 3, 7>(ac, bd)),
            Four(i32x4_shuffle::<0, 4, 1, 5>(ac2, bd2)),
            Four(i32x4_shuffle::<2, 6, 3, 7>(ac2, bd2)),
        ]
    }

    /// Picks four and four of eight sums, and returns the weighed sums of both, in halves: the first half of the first, of
    /// the second, then the others. From the middle sums are signed, as what multiplies wants them: a whole weight of 256
    /// leaves 2^23 to add.
    #[inline(always)]
    pub fn weighed(sums: [u16; 8], two: &Two) -> Weighed {
        let [a, b, c, d, e, f, g, h] = sums;
        let signed = v128_xor(u16x8(a, b, c, d, e, f, g, h), u16x8_splat(1 << 15));
        let [a, b, c, d, e, f, g, h] = two.weights;
        Weighed(i32x4_dot_i16x8(i8x16_swizzle(signed, sixteen(two.picks)), i16x8(a, b, c, d, e, f, g, h)))
    }

    #[derive(Clone, Copy)]
    pub struct Weighed(v128);

    /// Returns the nearest pixels.
    #[inline(always)]
    pub fn pixels(low: Weighed, high: Weighed) -> [u8; 4] {
        let sums =
            i32x4_add(i32x4_shuffle::<0, 2, 4, 6>(low.0, high.0), i32x4_shuffle::<1, 3, 5, 7>(low.0, high.0));
        let whole = u32x4_shr(i32x4_add(sums, i32x4_splat((1 << 23) + (1 << 15))), 16);
        let narrow = i16x8_narrow_i32x4(whole, whole);
        u32x4_extract_lane::<0>(u8x16_narrow_i16x8(narrow, narrow)).to_le_bytes()
    }

    #[inline(always)]
    fn sixteen(bytes: [u8; 16]) -> v128 {
        let [low, high] = [0, 8].map(|at| u64::from_le_bytes(std::array::from_fn(|it| bytes[at + it])));
        u64x2(low, high)
    }

    /// Turns 16 rows of 16 bytes to columns.
    #[inline(always)]
    pub fn turned_bytes(rows: [&[u8; 16]; 16]) -> [[u8; 16]; 16] {
        // As cards are shuffled: four times, and every row's number has changed places with that of its byte.
        let rows = shuffled(shuffled(shuffled(shuffled(rows.map(|it| sixteen(*it))))));
        rows.map(|it| {
            let [low, high] =
                [u64x2_extract_lane::<0>(it), u64x2_extract_lane::<1>(it)].map(u64::to_le_bytes);
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&low);
            bytes[8..].copy_from_slice(&high);
            bytes
        })
    }

    #[inline(always)]
    fn shuffled([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]: [v128; 16]) -> [v128; 16] {
        let low = |a, b| u8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(a, b);
        let high = |a, b| u8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(a, b);
        [
            low(a, i),
            high(a, i),
            low(b, j),
            high(b, j),
            low(c, k),
            high(c, k),
            low(d, l),
            high(d, l),
            low(e, m),
            high(e, m),
            low(f, n),
            high(f, n),
            low(g, o),
            high(g, o),
            low(h, p),
            high(h, p),
        ]
    }

    /// Eight whole numbers.
    #[derive(Clone, Copy)]
    pub struct Eight(v128);

    impl Eight {
        #[inline(always)]
        pub fn new([a, b, c, d, e, f, g, h]: [i16; 8]) -> Eight {
            Eight(i16x8(a, b, c, d, e, f, g, h))
        }

        #[inline(always)]
        pub fn of_bytes(bytes: [u8; 8]) -> Eight {
            Eight(u16x8_extend_low_u8x16(u64x2_splat(u64::from_le_bytes(bytes))))
        }

        #[inline(always)]
        pub fn plus(self, other: Eight) -> Eight {
            Eight(i16x8_add(self.0, other.0))
        }

        #[inline(always)]
        pub fn minus(self, other: Eight) -> Eight {
            Eight(i16x8_sub(self.0, other.0))
        }

        #[inline(always)]
        pub fn all(it: i16) -> Eight {
            Eight(i16x8_splat(it))
        }

        /// Returns them as fractions.
        #[inline(always)]
        pub fn exact(self) -> [Four; 2] {
            [
                Four(f32x4_convert_i32x4(i32x4_extend_low_i16x8(self.0))),
                Four(f32x4_convert_i32x4(i32x4_extend_high_i16x8(self.0))),
            ]
        }

        /// Returns the nearest whole numbers, of two the even one, and of what is larger than any the largest: added to this,
        /// a number keeps no fraction, and its lowest bits are those of the whole one.
        #[inline(always)]
        pub fn nearest(low: Four, high: Four) -> Eight {
            let no_fraction = f32x4_splat(12_582_912.0);
            let bound =
                |it: Four| f32x4_pmax(f32x4_pmin(it.0, f32x4_splat(32_767.0)), f32x4_splat(-32_768.0));
            let whole = |it: Four| i32x4_sub(f32x4_add(bound(it), no_fraction), no_fraction);
            Eight(i16x8_narrow_i32x4(whole(low), whole(high)))
        }

        /// Returns which are not zero, bit by bit.
        #[inline(always)]
        pub fn not_zero(self) -> u8 {
            i16x8_bitmask(i16x8_ne(self.0, i16x8_splat(0)))
        }

        /// Returns them as pixels: what is less than black is black, what is more than white is white.
        #[inline(always)]
        pub fn pixels(self) -> [u8; 8] {
            u64x2_extract_lane::<0>(u8x16_narrow_i16x8(self.0, self.0)).to_le_bytes()
        }

        #[inline(always)]
        pub fn numbers(self) -> [i16; 8] {
            [
                i16x8_extract_lane::<0>(self.0),
                i16x8_extract_lane::<1>(self.0),
                i16x8_extract_lane::<2>(self.0),
                i16x8_extract_lane::<3>(self.0),
                i16x8_extract_lane::<4>(self.0),
                i16x8_extract_lane::<5>(self.0),
                i16x8_extract_lane::<6>(self.0),
                i16x8_extract_lane::<7>(self.0),
            ]
        }
    }
}

/// The same, one by one.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod machine {
    use std::array::from_fn;

    use super::Two;

    #[derive(Clone, Copy)]
    pub struct Four([f32; 4]);

    impl Four {
        pub fn new(numbers: [f32; 4]) -> Four {
            Four(numbers)
        }

        pub fn all(it: f32) -> Four {
            Four([it; 4])
        }

        pub fn plus(self, other: Four) -> Four {
            Four(from_fn(|at| self.0[at] + other.0[at]))
        }

        pub fn minus(self, other: Four) -> Four {
            Four(from_fn(|at| self.0[at] - other.0[at]))
        }

        pub fn times(self, other: Four) -> Four {
            Four(from_fn(|at| self.0[at] * other.0[at]))
        }
    }

    pub fn turned(rows: [Four; 4]) -> [Four; 4] {
        from_fn(|column| Four(rows.map(|it| it.0[column])))
    }

    #[derive(Clone, Copy)]
    pub struct Eight([i16; 8]);

    impl Eight {
        pub fn new(numbers: [i16; 8]) -> Eight {
            Eight(numbers)
        }

        pub fn of_bytes(bytes: [u8; 8]) -> Eight {
            Eight(bytes.map(i16::from))
        }

        pub fn all(it: i16) -> Eight {
            Eight([it; 8])
        }

        pub fn plus(self, other: Eight) -> Eight {
            Eight(from_fn(|at| self.0[at].wrapping_add(other.0[at])))
        }

        pub fn minus(self, other: Eight) -> Eight {
            Eight(from_fn(|at| self.0[at].wrapping_sub(other.0[at])))
        }

        pub fn exact(self) -> [Four; 2] {
            [0, 4].map(|first| Four(from_fn(|at| f32::from(self.0[first + at]))))
        }

        pub fn nearest(Four(low): Four, Four(high): Four) -> Eight {
            Eight(from_fn(|at| (if at < 4 { low[at] } else { high[at - 4] }).round_ties_even() as i16))
        }

        pub fn not_zero(self) -> u8 {
            self.0.iter().rev().fold(0, |bits, it| bits << 1 | u8::from(*it != 0))
        }

        pub fn pixels(self) -> [u8; 8] {
            self.0.map(|it| it.clamp(0, 255) as u8)
        }

        pub fn numbers(self) -> [i16; 8] {
            self.0
        }
    }

    pub type Weighed = [i32; 4];

    pub fn weighed(sums: [u16; 8], two: &Two) -> Weighed {
        let product = |at: usize| {
            let signed = i32::from(sums[usize::from(two.picks[2 * at] / 2)]) - (1 << 15);
            signed * i32::from(two.weights[at])
        };
        from_fn(|at| product(2 * at) + product(2 * at + 1))
    }

    pub fn pixels(low: Weighed, high: Weighed) -> [u8; 4] {
        let pixel = |a: i32, b: i32| ((a + b + (1 << 23) + (1 << 15)) >> 16) as u8;
        [pixel(low[0], low[1]), pixel(low[2], low[3]), pixel(high[0], high[1]), pixel(high[2], high[3])]
    }

    pub fn turned_bytes(rows: [&[u8; 16]; 16]) -> [[u8; 16]; 16] {
        from_fn(|column| rows.map(|it| it[column]))
    }
}

pub(super) use machine::{Eight, Four, pixels, turned, turned_bytes, weighed};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_the_nearest() {
        let check = |exact: [f32; 4], expected: [i16; 4]| {
            let [a, b, c, d, ..] = Eight::nearest(Four::new(exact), Four::all(0.0)).numbers();
            assert_eq!([a, b, c, d], expected);
        };
        check([0.0, 0.49, 0.5, 1.5], [0, 0, 0, 2]);
        check([2.5, -0.5, -1.5, -2.51], [2, 0, -2, -3]);
        check([1023.5, -16_384.0, 32_767.2, -32_768.0], [1024, -16_384, 32_767, -32_768]);
    }

    #[test]
    fn rows_become_columns() {
        let rows: [[u8; 16]; 16] =
            std::array::from_fn(|row| std::array::from_fn(|column| (16 * row + column) as u8));
        let turned = turned_bytes(rows.each_ref());
        assert_eq!((turned[0][15], turned[3][4], turned[15][0]), (240, 67, 15));
    }

    #[test]
    fn what_is_weighed_is_what_was_picked() {
        // The second and third of eight by halves, and the last alone.
        let two = Two {
            from: 0,
            picks: [2, 3, 4, 5, 0, 1, 0, 1, 14, 15, 0, 1, 0, 1, 0, 1],
            weights: [128, 128, 0, 0, 256, 0, 0, 0],
        };
        let whole = 256;
        let low = weighed([9 * whole, 10 * whole, 30 * whole, 9, 9, 9, 9, 255 * whole], &two);
        assert_eq!(pixels(low, low), [20, 255, 20, 255]);
    }
}
