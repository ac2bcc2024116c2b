//! Light, sharpness and size of a photo, and what is to be said about them.
//!
//! Sharpness is how steep the edges are: the greatest step over three pixels, of the contrast within a few more, on a
//! picture's steepest edges: a face before a soft background is sharp. Four directions are looked at apart, for a camera
//! that moves blurs only one. [`Limits::CHOSEN`] are chosen on real photos made worse step by step; `tests/bench/evidence`
//! has the program and the figures, also of limits that were chosen on other photos than those they judge.

use super::{Likeness, Luma};

/// What is wrong with a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// Too little light to see what it shows.
    TooDark,
    /// So much light that what it shows is white.
    TooBright,
    /// Nothing in it is sharp: the camera moved, or was not focused. Said only where the light suffices to see it.
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

/// How sharpness is measured. Every change after which the same picture has another number raises it: what a phone
/// measured is compared only with what was measured in the same way.
pub const MEASURE: u32 = 2;

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

/// From here on a pixel is white.
const WHITE: usize = 250;

/// What light and sharpness are judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measures {
    /// How steep the steepest edges are, from 0 (nothing is sharp) to 1000.
    pub sharpness: u16,
    /// The brightness, from 0 to 255, that nine of ten pixels do not pass.
    pub upper_brightness: u8,
    /// How many of 1000 pixels are white; a part of one counts as one.
    pub white_per_mille: u16,
}

/// From where on light and sharpness do not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A photo whose upper brightness is less than this is too dark.
    pub least_upper_brightness: u8,
    /// A photo with more white than this is too bright.
    pub most_white_per_mille: u16,
    /// A photo less sharp than this is blurred.
    pub least_sharpness: u16,
}

impl Limits {
    /// The limits that photos are judged by.
    pub const CHOSEN: Limits =
        Limits { least_upper_brightness: 70, most_white_per_mille: 400, least_sharpness: 500 };
}

impl Measures {
    /// Measures a photo.
    #[must_use]
    pub fn of(luma: &Luma) -> Measures {
        Light::of(luma).measures(luma)
    }

    /// Returns whether it is too dark.
    #[must_use]
    pub const fn is_too_dark(&self, limits: &Limits) -> bool {
        self.upper_brightness < limits.least_upper_brightness
    }

    /// Returns whether it is too bright.
    #[must_use]
    pub const fn is_too_bright(&self, limits: &Limits) -> bool {
        self.white_per_mille > limits.most_white_per_mille
    }

    /// Returns whether it is blurred, and the light suffices to see that.
    #[must_use]
    pub const fn is_blurred(&self, limits: &Limits) -> bool {
        self.sharpness < limits.least_sharpness && !self.is_too_dark(limits) && !self.is_too_bright(limits)
    }
}

/// Judges a photo beside the others of the same visit.
#[must_use]
pub fn judge(luma: &Luma, others: &[Likeness]) -> Judgement {
    let light = Light::of(luma);
    let (measures, limits) = (light.measures(luma), &Limits::CHOSEN);
    let likeness = Likeness::of(luma);
    let found = [
        (Finding::TooDark, measures.is_too_dark(limits)),
        (Finding::TooBright, measures.is_too_bright(limits)),
        (Finding::Blurred, measures.is_blurred(limits)),
        (Finding::TooSmall, luma.width.min(luma.height) < SMALLEST_SIDE_PX),
        (Finding::LikeAnother, others.iter().any(|it| it.is_like(likeness))),
    ];
    let findings = found.into_iter().filter(|(_, is_so)| *is_so).map(|(finding, _)| finding).collect();
    Judgement { sharpness: measures.sharpness, brightness: light.mean(), likeness, findings }
}

/// How many pixels have each brightness.
struct Light {
    counts: [usize; 256],
    total: usize,
}

impl Light {
    fn of(luma: &Luma) -> Light {
        // Neighbours are mostly alike; counted apart, none waits for the one before it.
        let mut counts = [[0_usize; 256]; 4];
        for pixels in luma.pixels.chunks(counts.len()) {
            for (counts, pixel) in counts.iter_mut().zip(pixels) {
                counts[usize::from(*pixel)] += 1;
            }
        }
        let counts = std::array::from_fn(|brightness| counts.iter().map(|it| it[brightness]).sum());
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

    fn white_per_mille(&self) -> u16 {
        (self.counts[WHITE..].iter().sum::<usize>() * 1000).div_ceil(self.total) as u16
    }

    fn measures(&self, luma: &Luma) -> Measures {
        Measures {
            sharpness: sharpness(luma, self),
            upper_brightness: self.percentile(900),
            white_per_mille: self.white_per_mille(),
        }
    }
}

/// Of every picture one line in so many is looked at, and in it one place in so many.
const LINES_APART: usize = 16;
const PLACES_APART: usize = 4;

/// A direction to look in: one step aside, one down, or both.
struct Direction {
    /// Step along the line.
    along: (isize, isize),
    /// Step to the neighbours that are added against noise.
    aside: (isize, isize),
    /// Steps in which a sharp edge has risen: three pixels, or two slanting ones.
    rise: usize,
    /// Steps across which an edge is looked for.
    window: usize,
}

/// An edge along the way of a camera that moved stays sharp; only looking along that way shows the harm.
const DIRECTIONS: [Direction; 4] = [
    Direction { along: (1, 0), aside: (0, 1), rise: 3, window: 25 },
    Direction { along: (0, 1), aside: (1, 0), rise: 3, window: 25 },
    Direction { along: (1, 1), aside: (1, -1), rise: 2, window: 18 },
    Direction { along: (-1, 1), aside: (1, 1), rise: 2, window: 18 },
];

/// An edge has at least this share of the picture's contrast, and at least so many steps of brightness: noise has fewer.
const EDGE_SHARE: u16 = 4;
const LEAST_EDGE: u16 = 16;

/// One edge in so many may be the sharpest: a close-up is sharp at one place only.
const SHARPEST: u32 = 40;

/// Fewer edges say nothing.
const LEAST_EDGES: u32 = 25;

/// Returns how steep the steepest of a picture's edges are, of 1000, in the worst direction; 0 where there are no
/// edges.
fn sharpness(luma: &Luma, light: &Light) -> u16 {
    let contrast = u16::from(light.percentile(980)) - u16::from(light.percentile(20));
    let least = (contrast / EDGE_SHARE).max(LEAST_EDGE);
    let steepness = DIRECTIONS.iter().filter_map(|direction| edges_along(luma, direction, least).steepness());
    steepness.min().unwrap_or(0)
}

/// How many edges have which steepness, in 1000ths.
struct Edges {
    counts: Box<[u32; 1001]>,
    /// Least contrast of an edge, in quarters of a step of brightness.
    least: u16,
    /// The least and the greatest of a line's values from each place to the next: windows overlap.
    extremes: Vec<(u16, u16)>,
}

impl Edges {
    fn new(least: u16) -> Edges {
        Edges { counts: Box::new([0; 1001]), least: least * 4, extremes: Vec::new() }
    }

    /// Counts the edges along a line of sums of four pixels.
    #[inline(never)]
    fn count(&mut self, line: &[u16], rise: usize, window: usize) {
        let wider = |(low, high): (u16, u16), other: (u16, u16)| (low.min(other.0), high.max(other.1));
        let extremes =
            |values: &[u16]| values.iter().fold((u16::MAX, 0), |it, value| wider(it, (*value, *value)));
        self.extremes.clear();
        self.extremes.extend(line.chunks_exact(PLACES_APART).map(extremes));
        let n_places = window / PLACES_APART;
        let places = line.windows(window).step_by(PLACES_APART).zip(self.extremes.windows(n_places));
        for (window, of_places) in places {
            let rest = extremes(&window[n_places * PLACES_APART..]);
            let (low, high) = of_places.iter().fold(rest, |it, place| wider(it, *place));
            let contrast = high - low;
            if contrast < self.least {
                continue;
            }
            // In the middle, so that the whole of an edge is in its contrast.
            let third = window.len() / 3;
            let (from, to) = (&window[third..], &window[third + rise..window.len() - third + 1]);
            let step = from.iter().zip(to).fold(0, |step, (from, to)| from.abs_diff(*to).max(step));
            self.counts[usize::from(step) * 1000 / usize::from(contrast)] += 1;
        }
    }

    /// Returns what one edge in so many reaches, where there are enough of them.
    fn steepness(&self) -> Option<u16> {
        let total: u32 = self.counts.iter().sum();
        // One edge alone decides nothing.
        let mut left = (total / SHARPEST).max(1);
        let reached = (0u16..=1000).zip(self.counts.iter()).rev().find(|(_, n)| {
            let is_reached = **n > left;
            left = left.saturating_sub(**n);
            is_reached
        });
        reached.filter(|_| total >= LEAST_EDGES).map(|(steepness, _)| steepness)
    }
}

/// Looks along all lines of a direction.
fn edges_along(luma: &Luma, direction: &Direction, least: u16) -> Edges {
    let mut edges = Edges::new(least);
    let mut line = Vec::with_capacity(luma.width.max(luma.height));
    for (x, y) in starts(luma, direction.along) {
        line.clear();
        read_line(luma, (x, y), direction, &mut line);
        edges.count(&line, direction.rise, direction.window);
    }
    edges
}

/// Returns where lines begin: on the upper side and on the one they lead away from. Their neighbours lie within the picture.
fn starts(luma: &Luma, along: (isize, isize)) -> impl Iterator<Item = (usize, usize)> {
    let (right, bottom) = (luma.width.saturating_sub(1), luma.height.saturating_sub(1));
    let rows = if along.0 == 0 { 0..0 } else { 1..bottom };
    let columns = if along.1 == 0 { 0..0 } else { 1..right };
    let side = if along.0 < 0 { right.saturating_sub(1) } else { 1 };
    rows.step_by(LINES_APART).map(move |y| (side, y)).chain(columns.step_by(LINES_APART).map(|x| (x, 1)))
}

/// Reads a line until a neighbour would leave the picture; each value is the pixel twice and its neighbours.
#[inline(never)]
fn read_line(luma: &Luma, start: (usize, usize), direction: &Direction, line: &mut Vec<u16>) {
    let width = luma.width as isize;
    let offset = |(right, down): (isize, isize)| right + down * width;
    let (step, aside) = (offset(direction.along).max(1) as usize, offset(direction.aside));
    let steps = |at: usize, length: usize, by: isize| match by {
        1 => length.saturating_sub(1).saturating_sub(at),
        -1 => at,
        _ => usize::MAX,
    };
    let n = steps(start.0, luma.width, direction.along.0).min(steps(start.1, luma.height, direction.along.1));
    let first = start.0 + start.1 * luma.width;
    let pixels = |by: isize| {
        let from = first.checked_add_signed(by).and_then(|it| luma.pixels.get(it..)).unwrap_or_default();
        from.iter().step_by(step).map(|it| u16::from(*it))
    };
    let triples = pixels(-aside).zip(pixels(0)).zip(pixels(aside)).take(n);
    line.extend(triples.map(|((before, middle), after)| before + 2 * middle + after));
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "what the tests draw need not be the same everywhere")]
mod tests {
    use super::*;

    /// Returns the codes of what is found on a picture whose pixels follow a rule.
    fn found(width: u32, height: u32, rule: impl Fn(f64, f64) -> f64) -> Vec<&'static str> {
        judged(width, height, rule).findings.iter().map(|it| it.code()).collect()
    }

    fn judged(width: u32, height: u32, rule: impl Fn(f64, f64) -> f64) -> Judgement {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (f64::from(x), f64::from(y))));
        let pixels: Vec<u8> = places.map(|(x, y)| rule(x, y).clamp(0.0, 255.0) as u8).collect();
        judge(&Luma::new(&pixels, width, height).expect("a whole picture"), &[])
    }

    /// Round tiles on a floor, their borders as wide as told.
    fn tiles(softness: f64) -> impl Fn(f64, f64) -> f64 {
        move |x, y| {
            let from_middle = ((x % 80.0 - 40.0).powi(2) + (y % 80.0 - 40.0).powi(2)).sqrt();
            120.0 + 80.0 * ((from_middle - 25.0) / softness).tanh()
        }
    }

    #[test]
    fn a_sharp_photo_in_good_light_is_left_alone() {
        assert_eq!(found(800, 600, tiles(0.5)), [""; 0]);
    }

    #[test]
    fn each_harm_is_named() {
        let dim = |it: fn(f64) -> f64| move |x: f64, y: f64| it(tiles(0.5)(x, y));
        assert_eq!(found(800, 600, tiles(8.0)), ["photo.blurred"]);
        assert_eq!(found(800, 600, dim(|it| it / 8.0)), ["photo.too_dark"]);
        assert_eq!(found(800, 600, dim(|it| it * 4.0)), ["photo.too_bright"]);
        assert_eq!(found(640, 479, tiles(0.5)), ["photo.too_small"]);
    }

    #[test]
    fn a_camera_that_moves_blurs_whichever_way() {
        for (dx, dy) in [(1.0, 0.0), (0.0, 1.0), (0.7, 0.7), (0.7, -0.7)] {
            let moved = move |x: f64, y: f64| {
                (0..14).map(|at| tiles(0.5)(x + dx * f64::from(at), y + dy * f64::from(at))).sum::<f64>()
                    / 14.0
            };
            assert_eq!(found(800, 600, moved), ["photo.blurred"], "moved along {dx}, {dy}");
        }
    }

    #[test]
    fn a_covered_lens_is_dark_and_nothing_else() {
        assert_eq!(found(640, 480, |_, _| 3.0), ["photo.too_dark"]);
    }

    #[test]
    fn another_photo_of_the_same_is_told() {
        let likeness = judged(800, 600, tiles(0.5)).likeness;
        let pixels = [200; 640 * 480];
        let other = Luma::new(&pixels, 640, 480).expect("a whole picture");
        assert!(
            !judge(&other, &[likeness]).findings.contains(&Finding::LikeAnother),
            "a white wall is like nothing"
        );
        let scene = |x: f64, y: f64| {
            tiles(0.5)(x, y) / 2.0 + (x / 90.0).sin() * 40.0 + (y / 70.0).cos() * 30.0 + 40.0
        };
        let pixels: Vec<u8> =
            (0..600).flat_map(|y| (0..800).map(move |x| scene(f64::from(x), f64::from(y)) as u8)).collect();
        let luma = Luma::new(&pixels, 800, 600).expect("a whole picture");
        assert_eq!(judge(&luma, &[Likeness::of(&luma)]).findings, [Finding::LikeAnother]);
    }

    #[test]
    fn any_size_is_judged() {
        for (width, height) in [(1, 1), (1, 900), (900, 1), (2, 2), (17, 25), (30_000, 1), (3, 3000)] {
            assert!(found(width, height, tiles(0.5)).contains(&"photo.too_small"), "{width} x {height}");
        }
    }
}
