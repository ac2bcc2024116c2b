//! A fingerprint of what a photo shows, which survives another size, compression or exposure.
//!
//! The picture is averaged to 32 x 32, transformed by a discrete cosine transform, and each of the 64 lowest
//! frequencies but the mean becomes one bit: above the median of them or not. Half of the bits are set, whatever the
//! picture, so that fingerprints of different photos differ in about 32 bits.
//!
//! A picture without any structure (a covered lens, a white wall) has no fingerprint: its bits would be noise.

use std::fmt;
use std::str::FromStr;

use super::Luma;

/// The fingerprint; [`Likeness::NONE`] for a picture without structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Likeness(pub u64);

/// Side of the averaged picture.
const SIDE: usize = 32;

/// Frequencies looked at in each direction.
const N_FREQUENCIES: usize = 11;

/// A picture whose averaged brightness differs less than this from its mean (sum over all 1,024 places) has no
/// structure: one step of 256 a place is what compression does to a white wall.
const LEAST_CONTRAST: i64 = 1024 * 2;

/// `cos(π·i/64)` for `i` from 0 to 32, times 2^12.
const COSINES: [i64; 33] = [
    4096, 4091, 4076, 4052, 4017, 3973, 3920, 3857, 3784, 3703, 3612, 3513, 3406, 3290, 3166, 3035, 2896,
    2751, 2598, 2440, 2276, 2106, 1931, 1751, 1567, 1380, 1189, 995, 799, 601, 401, 201, 0,
];

impl Likeness {
    /// What a picture without structure has: it is like no other.
    pub const NONE: Likeness = Likeness(0);

    /// Most bits in which two photos of the same differ.
    pub const MOST_BITS_APART: u32 = 10;

    /// Returns the fingerprint of a picture.
    #[must_use]
    pub fn of(luma: &Luma) -> Likeness {
        let averages = averaged(luma);
        let mean = averages.iter().sum::<i64>() / averages.len() as i64;
        // Averages are in 256ths.
        if averages.iter().map(|it| (it - mean).abs()).sum::<i64>() < LEAST_CONTRAST * 256 {
            return Likeness::NONE;
        }
        let strengths = lowest_frequencies(&averages);
        let mut sorted = strengths;
        sorted.sort_unstable();
        let median = sorted[31];
        Likeness(strengths.iter().fold(0, |bits, it| bits << 1 | u64::from(*it > median)))
    }

    /// Returns in how many of the 64 bits two fingerprints differ.
    #[must_use]
    pub fn bits_apart(self, other: Likeness) -> u32 {
        (self.0 ^ other.0).count_ones()
    }

    /// Returns whether two photos show the same, as far as can be told.
    #[must_use]
    pub fn is_like(self, other: Likeness) -> bool {
        self != Likeness::NONE && other != Likeness::NONE && self.bits_apart(other) <= Self::MOST_BITS_APART
    }
}

/// Sixteen lower-case hex digits.
impl fmt::Display for Likeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Reads what [`Likeness`] is written as.
impl FromStr for Likeness {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A sign or fewer digits would be a second way to write the same.
        let text = if text.len() == 16 && !text.starts_with('+') { text } else { "" };
        u64::from_str_radix(text, 16).map(Likeness)
    }
}

/// Returns the mean brightness of 32 x 32 parts of a picture, in 256ths; parts of a small picture overlap.
fn averaged(luma: &Luma) -> [i64; SIDE * SIDE] {
    let mut sums = [0; SIDE * SIDE];
    for (row, place) in sums.chunks_exact_mut(SIDE).enumerate() {
        let (top, bottom) = part(row, luma.height);
        for line in luma.rows().skip(top).take(bottom - top) {
            for (column, sum) in place.iter_mut().enumerate() {
                let (left, right) = part(column, luma.width);
                *sum += i64::from(line[left..right].iter().map(|it| u32::from(*it)).sum::<u32>());
            }
        }
        for (column, sum) in place.iter_mut().enumerate() {
            let (left, right) = part(column, luma.width);
            *sum = *sum * 256 / ((right - left) * (bottom - top)) as i64;
        }
    }
    sums
}

/// Returns where the part at an index begins and ends; never empty.
fn part(index: usize, length: usize) -> (usize, usize) {
    let start = index * length / SIDE;
    (start, ((index + 1) * length / SIDE).max(start + 1))
}

/// Returns the strengths of the 64 lowest frequencies but the mean, diagonal by diagonal.
fn lowest_frequencies(averages: &[i64; SIDE * SIDE]) -> [i64; 64] {
    let mut rows = [[0; N_FREQUENCIES]; SIDE];
    for (row, line) in rows.iter_mut().zip(averages.chunks_exact(SIDE)) {
        for (frequency, strength) in row.iter_mut().enumerate() {
            *strength = line.iter().enumerate().map(|(at, it)| it * cosine(frequency, at)).sum::<i64>() >> 12;
        }
    }
    let strength = |across: usize, down: usize| -> i64 {
        rows.iter().enumerate().map(|(at, row)| row[across] * cosine(down, at)).sum()
    };
    let mut strengths = [0; 64];
    let diagonals = (1..N_FREQUENCIES).flat_map(|sum| (0..=sum).map(move |down| (sum - down, down)));
    for (place, (across, down)) in strengths.iter_mut().zip(diagonals) {
        *place = strength(across, down);
    }
    strengths
}

/// Returns `cos(π·frequency·(2·at + 1)/64)` times 2^12.
fn cosine(frequency: usize, at: usize) -> i64 {
    match frequency * (2 * at + 1) % 128 {
        angle @ 0..=32 => COSINES[angle],
        angle @ 33..=64 => -COSINES[64 - angle],
        angle @ 65..=96 => -COSINES[angle - 64],
        angle => COSINES[128 - angle],
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "what the tests draw need not be the same everywhere")]
mod tests {
    use super::*;

    /// Returns a picture whose pixels follow a rule, from 0 to 1 in both directions.
    fn picture(width: u32, height: u32, rule: impl Fn(f64, f64) -> f64) -> Likeness {
        let pixels: Vec<u8> = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| {
                rule(f64::from(x) / f64::from(width), f64::from(y) / f64::from(height)).clamp(0.0, 255.0)
                    as u8
            })
            .collect();
        Likeness::of(&Luma::new(&pixels, width, height).expect("a whole picture"))
    }

    fn scene(x: f64, y: f64) -> f64 {
        120.0 + 60.0 * (7.0 * x + 3.0 * y).sin() + 40.0 * (11.0 * y - 5.0 * x * y).cos()
    }

    #[test]
    fn the_same_scene_stays_the_same_in_another_size_and_light() {
        let it = picture(1600, 1200, scene);
        for (other, what) in [
            (picture(400, 300, scene), "smaller"),
            (picture(1600, 1200, |x, y| scene(x, y) * 0.6), "darker"),
            (picture(1600, 1200, |x, y| scene(x * 0.99 + 0.005, y * 0.99 + 0.005)), "a little nearer"),
        ] {
            assert!(it.is_like(other), "{what}: {} bits apart", it.bits_apart(other));
        }
    }

    #[test]
    fn another_scene_is_another() {
        let it = picture(320, 240, scene);
        for (other, what) in [
            (picture(320, 240, |x, y| scene(1.0 - x, y)), "mirrored"),
            (picture(320, 240, |x, y| scene(y, x)), "turned"),
            (picture(320, 240, |x, y| 100.0 + 90.0 * (9.0 * x * y).sin()), "another"),
        ] {
            assert!(!it.is_like(other), "{what}: {} bits apart", it.bits_apart(other));
        }
    }

    #[test]
    fn half_of_the_bits_are_set() {
        assert_eq!(picture(320, 240, scene).0.count_ones(), 32);
    }

    #[test]
    fn a_picture_of_nothing_is_like_no_other() {
        let blank = picture(64, 64, |_, _| 200.0);
        assert_eq!(blank, Likeness::NONE);
        assert!(!blank.is_like(blank));
    }

    #[test]
    fn any_size_has_a_fingerprint() {
        for (width, height) in [(1, 1), (1, 40), (40, 1), (31, 33), (3000, 1)] {
            let _ = picture(width, height, scene);
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let it = Likeness(0x00ab_cdef_0123_4567);
        assert_eq!(it.to_string(), "00abcdef01234567");
        assert_eq!(it.to_string().parse(), Ok(it));
        for wrong in ["", "ab", "00abcdef012345678", "+0abcdef01234567", "00abcdef0123456g"] {
            assert!(wrong.parse::<Likeness>().is_err(), "{wrong}");
        }
    }
}
