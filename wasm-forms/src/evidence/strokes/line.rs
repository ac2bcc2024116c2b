//! Points as ink: the one description of how a signature looks, on the pad, at the desk and in the picture.
//!
//! A line is drawn as pieces with round ends. Between two points the curve passes through their middle, and bends at
//! the points: a piece goes from the middle before a point to the middle after it, with the point as the control point of
//! a quadratic Bézier curve. The first piece begins at the first point, the last ends at the last; a line of one point
//! is a dot. Slow and heavy is thick, quick and light is thin:
//!
//! ```text
//! wanted(i) = 1.2 + 3 * (pressure / 255) / (1 + speed / 1.5)      pixels; speed in pixels a millisecond, 0 for i = 0
//! width(0)  = wanted(0)
//! width(i)  = 0.7 * width(i - 1) + 0.3 * wanted(i)
//! ```
//!
//! Coordinates and widths are whole eighths of a CSS pixel, so a middle is exact and the same on every machine. The pad
//! draws by the same rule (`web/src/ui/ink.ts`); both are held against `ink-vectors.json` beside it.

use super::{Point, QUARTERS, Strokes};

/// Units of a piece in one CSS pixel.
pub const EIGHTHS: i32 = 2 * QUARTERS;

const THINNEST_PX: f64 = 1.2;
const RANGE_PX: f64 = 3.0;
const HALF_SPEED: f64 = 1.5;
const KEPT: f64 = 0.7;
const TAKEN: f64 = 0.3;

/// A bit of ink, in eighths of a CSS pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins.
    pub from: (i32, i32),
    /// The control point of its curve.
    pub bend: (i32, i32),
    /// Where it ends.
    pub to: (i32, i32),
    /// How thick it is.
    pub width: i32,
    /// When its point was drawn, in milliseconds since the first.
    pub at_ms: u64,
}

impl Strokes {
    /// Returns the ink of each line.
    #[must_use]
    pub fn pieces(&self) -> Vec<Vec<Piece>> {
        self.lines.iter().map(|it| pieces_of(it)).collect()
    }
}

fn pieces_of(line: &[Point]) -> Vec<Piece> {
    let place = |it: &Point| (2 * it.x, 2 * it.y);
    let middle = |a: &Point, b: &Point| (a.x + b.x, a.y + b.y);
    let mut pieces: Vec<Piece> = Vec::with_capacity(line.len());
    let mut width = 0.0;
    for (at, point) in line.iter().enumerate() {
        let before = at.checked_sub(1).map(|it| &line[it]);
        let after = line.get(at + 1);
        width = match before {
            None => wanted(0.0, point),
            Some(before) => KEPT * width + TAKEN * wanted(speed(before, point), point),
        };
        let here = place(point);
        let from = before.map_or(here, |it| middle(it, point));
        let to = match (after, before) {
            (Some(after), _) => middle(point, after),
            // So short a piece is a dot; one of no length is drawn by some and left out by others.
            (None, None) => (here.0 + 1, here.1),
            (None, Some(_)) => here,
        };
        let width = libm::floor(width * f64::from(EIGHTHS) + 0.5) as i32;
        pieces.push(Piece { from, bend: here, to, width, at_ms: point.at_ms });
    }
    pieces
}

/// In CSS pixels a millisecond; two points of one millisecond are taken as one apart.
fn speed(before: &Point, point: &Point) -> f64 {
    let (x, y) = (f64::from(point.x - before.x) / 4.0, f64::from(point.y - before.y) / 4.0);
    let ms = (point.at_ms - before.at_ms).max(1);
    libm::sqrt(x * x + y * y) / ms as f64
}

fn wanted(speed: f64, point: &Point) -> f64 {
    THINNEST_PX + RANGE_PX * (f64::from(point.pressure) / 255.0) / (1.0 + speed / HALF_SPEED)
}
