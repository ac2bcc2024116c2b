//! Light, sharpness and size of a photo, and what is to be said about them.
//!
//! Sharpness is how much a picture loses when it is blurred (after F. Crété and others, "The blur effect", 2007), on
//! the sharpest part of the picture: a face before a soft background is sharp. The limits are chosen on real photos made
//! worse step by step; `tests/bench/evidence` has the script and the figures.

use super::{Likeness, Luma};

/// What is wrong with a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// Too little light to see what it shows.
    TooDark,
    /// So much light that what it shows is white.
    TooBright,
    /// Nothing in it is sharp: the camera moved, or was not focused.
    Blurred,
    /// Too few pixels to read a document.
    TooSmall,
    /// Nearly the same as another photo of the visit.
    LikeAnother,
}

impl Finding {
    /// Returns the code that tells a person.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Finding::TooDark => "photo.too_dark",
            Finding::TooBright => "photo.too_bright",
            Finding::Blurred => "photo.blurred",
            Finding::TooSmall => "photo.too_small",
            Finding::LikeAnother => "photo.like_another",
        }
    }
}

/// What was measured on a photo, and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// From 0 (nothing is sharp) to 1000.
    pub sharpness: u16,
    /// Mean brightness, from 0 to 255.
    pub brightness: u8,
    /// What it shows.
    pub likeness: Likeness,
    /// What is wrong, in the order of [`Finding`].
    pub findings: Vec<Finding>,
}

/// Shortest side of a photo on which a document's small print can still be read.
const SMALLEST_SIDE_PX: usize = 480;

/// A photo is too dark where nine of ten pixels are darker than this.
const DARK: u8 = 70;

/// A photo is too bright where this many of 1000 pixels are white.
const MOST_WHITE_PER_MILLE: usize = 600;

/// From here on a pixel is white.
const WHITE: usize = 250;

/// A photo sharper than this is sharp.
const LEAST_SHARPNESS: u16 = 250;

/// Judges a photo beside the others of the same visit.
#[must_use]
pub fn judge(luma: &Luma, others: &[Likeness]) -> Judgement {
    let light = Light::of(luma);
    let sharpness = sharpness(luma);
    let likeness = Likeness::of(luma);
    let found = [
        (Finding::TooDark, light.is_too_dark()),
        (Finding::TooBright, light.is_too_bright()),
        (Finding::Blurred, sharpness < LEAST_SHARPNESS),
        (Finding::TooSmall, luma.width.min(luma.height) < SMALLEST_SIDE_PX),
        (Finding::LikeAnother, others.iter().any(|it| it.is_like(likeness))),
    ];
    let findings = found.into_iter().filter(|(_, is_so)| *is_so).map(|(finding, _)| finding).collect();
    Judgement { sharpness, brightness: light.mean(), likeness, findings }
}

/// How many pixels have each brightness.
struct Light {
    counts: [usize; 256],
    total: usize,
}

impl Light {
    fn of(luma: &Luma) -> Light {
        let mut counts = [0; 256];
        for pixel in luma.pixels {
            counts[usize::from(*pixel)] += 1;
        }
        Light { counts, total: luma.pixels.len() }
    }

    fn mean(&self) -> u8 {
        let sum: u64 = self.counts.iter().zip(0u64..).map(|(n, brightness)| *n as u64 * brightness).sum();
        (sum / self.total as u64) as u8
    }

    /// Returns the brightness that this many of 1000 pixels do not pass.
    fn percentile(&self, per_mille: usize) -> u8 {
        let wanted = (self.total * per_mille).div_ceil(1000);
        let mut seen = 0;
        for (brightness, n) in (0u8..=255).zip(self.counts) {
            seen += n;
            if seen >= wanted {
                return brightness;
            }
        }
        u8::MAX
    }

    fn is_too_dark(&self) -> bool {
        self.percentile(900) < DARK
    }

    fn is_too_bright(&self) -> bool {
        self.counts[WHITE..].iter().sum::<usize>() * 1000 > self.total * MOST_WHITE_PER_MILLE
    }
}

/// Side of a part of the picture that is looked at by itself.
const PART_PX: usize = 64;

/// Mean difference of neighbours that a part must have to tell anything, in 1000ths of a step.
const LEAST_EDGES: u64 = 2500;

/// Pixels over which a part is blurred to see what it loses.
const REACH_PX: usize = 9;

/// Returns how much the sharpest part of a picture loses by being blurred, of 1000; the worse of both directions, since
/// a camera that moves blurs only one.
fn sharpness(luma: &Luma) -> u16 {
    let across = sharpest(luma, PART_PX, |row, column| luma.pixels[row * luma.width + column]);
    let turned = Luma { width: luma.height, height: luma.width, ..*luma };
    let down = sharpest(&turned, PART_PX, |row, column| luma.pixels[column * luma.width + row]);
    match (across, down) {
        (Some(across), Some(down)) => across.min(down),
        (across, down) => across.or(down).unwrap_or(0),
    }
}

/// Returns the sharpness of the sharpest part along rows, or nothing where no part has edges.
fn sharpest(size: &Luma, side: usize, pixel: impl Fn(usize, usize) -> u8) -> Option<u16> {
    let mut best = None;
    for top in (0..size.height).step_by(side) {
        for left in (0..size.width).step_by(side) {
            let rows = top..(top + side).min(size.height);
            let columns = left..(left + side).min(size.width);
            best = best.max(loss(rows, columns, &pixel));
        }
    }
    best
}

/// Returns how much of its edges a part loses by being blurred along its rows, of 1000.
fn loss(
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    pixel: impl Fn(usize, usize) -> u8,
) -> Option<u16> {
    let n = (rows.len() * columns.len().saturating_sub(REACH_PX + 1)) as u64;
    let (mut edges, mut lost) = (0u64, 0u64);
    for row in rows {
        let line: Vec<i32> = columns.clone().map(|column| i32::from(pixel(row, column))).collect();
        // The difference of two neighbouring means is that of the pixels at their ends.
        for window in line.windows(REACH_PX + 1) {
            let middle = REACH_PX / 2;
            let sharp = window[middle + 1].abs_diff(window[middle]);
            let blurred = window[REACH_PX].abs_diff(window[0]) / REACH_PX as u32;
            edges += u64::from(sharp);
            lost += u64::from(sharp.saturating_sub(blurred));
        }
    }
    (n > 0 && edges * 1000 >= n * LEAST_EDGES).then(|| (lost * 1000 / edges) as u16)
}
