//! A signature as strokes: where the pen was, when, and how hard it pressed.
//!
//! Invariants of [`Strokes`]: within the bounds below, at least one point in each line, time never runs backwards. Only
//! [`Strokes::drawn`] and [`Strokes::decode`] make one, so nothing that holds one checks again.
//!
//! `format` is the file, byte by byte; `line` turns points into the ink that people see, `svg` writes it; `ink` says
//! whether there is enough of it to be a signature.

mod format;
mod ink;
mod line;
mod svg;
mod varint;

pub use format::MAGIC;
pub use ink::{Ink, Verdict};
pub use line::{EIGHTHS, Piece};

use super::binding::Binding;

/// The media type of the file.
pub const MEDIA_TYPE: &str = "application/vnd.doorstep.strokes";
/// Most bytes of a file.
pub const MAX_BYTES: usize = 256 * 1024;
/// Most lines.
pub const MAX_LINES: usize = 500;
/// Most points of all lines together.
pub const MAX_POINTS: usize = 20_000;
/// Longest side of a pad, in CSS pixels.
pub const MAX_SIDE_PX: u32 = 10_000;
/// How long a signature may take, its pauses included: a draft may be continued days later.
pub const MAX_DURATION_MS: u64 = 40 * 86_400_000;
/// Units of a coordinate in one CSS pixel.
pub const QUARTERS: i32 = 4;

/// How far outside of the pad a point may lie: a finger slides over its edge.
const MAX_COORDINATE: i32 = 2 * MAX_SIDE_PX as i32 * QUARTERS;
/// The last moment that JavaScript's numbers hold exactly.
const MAX_MOMENT_MS: u64 = 1 << 53;

/// Where the pen was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// From the pad's left edge, in quarters of a CSS pixel.
    pub x: i32,
    /// From the pad's upper edge, in quarters of a CSS pixel.
    pub y: i32,
    /// Milliseconds since the first point.
    pub at_ms: u64,
    /// 0 to 255; 128 where the device cannot tell.
    pub pressure: u8,
}

/// A signature; see the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strokes {
    width: u32,
    height: u32,
    started_at_ms: u64,
    binding: Option<Binding>,
    lines: Vec<Vec<Point>>,
}

/// Why something is no signature's strokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StrokesError {
    /// The file does not begin as one.
    #[error("not a file of strokes")]
    NotStrokes,
    /// Written by a later version.
    #[error("of an unknown version")]
    Version,
    /// The file ends too early.
    #[error("ends too early")]
    Truncated,
    /// The file goes on after its end.
    #[error("goes on after its end")]
    Overlong,
    /// A number is written with more bytes than it needs, or is larger than any.
    #[error("a number is not written as it should be")]
    Number,
    /// A coordinate, size, pressure or moment is not a number, or out of bounds.
    #[error("a value is out of bounds")]
    OutOfBounds,
    /// Time runs backwards.
    #[error("time runs backwards")]
    TimeRunsBack,
    /// More lines or points than any signature has, or a line without points.
    #[error("too many lines or points, or a line without any")]
    Count,
}

impl StrokesError {
    /// The code that people read the text of: `signature.malformed`, or `signature.too_large`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            StrokesError::Count => "signature.too_large",
            _ => "signature.malformed",
        }
    }
}

/// A drawing as a browser tells of it.
#[derive(Debug, Clone, Copy)]
pub struct Drawn<'a> {
    /// The pad's size in CSS pixels.
    pub size: [f64; 2],
    /// When its first point was drawn, in milliseconds UTC.
    pub started_at_ms: f64,
    /// How many points each line has.
    pub lengths: &'a [u32],
    /// Four numbers a point: x and y in CSS pixels, pressure from 0 to 1, milliseconds since any one moment.
    pub points: &'a [f64],
}

impl Strokes {
    /// Takes over a drawing and what it signs.
    pub fn drawn(drawn: Drawn<'_>, binding: Option<Binding>) -> Result<Strokes, StrokesError> {
        let (numbers, rest) = drawn.points.as_chunks::<4>();
        let n_points = drawn.lengths.iter().try_fold(0usize, |sum, it| sum.checked_add(*it as usize));
        if !rest.is_empty() || n_points != Some(numbers.len()) || numbers.len() > MAX_POINTS {
            return Err(StrokesError::Count);
        }
        let side = |it: f64| whole(it * f64::from(QUARTERS), 1.0, f64::from(MAX_SIDE_PX) * 4.0);
        let coordinate =
            |it: f64| whole(it * f64::from(QUARTERS), -f64::from(MAX_COORDINATE), f64::from(MAX_COORDINATE));
        let begin = numbers.first().map_or(0.0, |it| it[3]);
        let mut lines = Vec::with_capacity(drawn.lengths.len().min(MAX_LINES));
        let mut numbers = numbers.iter();
        for length in drawn.lengths {
            let mut line = Vec::with_capacity(*length as usize);
            for [x, y, pressure, at] in numbers.by_ref().take(*length as usize) {
                let since = at - begin;
                if since < 0.0 {
                    return Err(StrokesError::TimeRunsBack);
                }
                line.push(Point {
                    x: coordinate(*x)? as i32,
                    y: coordinate(*y)? as i32,
                    pressure: whole(pressure * 255.0, 0.0, 255.0)? as u8,
                    at_ms: whole(since, 0.0, MAX_DURATION_MS as f64)? as u64,
                });
            }
            lines.push(line);
        }
        let started_at_ms = whole(drawn.started_at_ms, 0.0, MAX_MOMENT_MS as f64)? as u64;
        let strokes = Strokes {
            width: side(drawn.size[0])? as u32,
            height: side(drawn.size[1])? as u32,
            started_at_ms,
            binding,
            lines,
        };
        strokes.checked()
    }

    /// Holds everything against its bounds.
    fn checked(self) -> Result<Strokes, StrokesError> {
        let sides = 1..=MAX_SIDE_PX * QUARTERS as u32;
        if !sides.contains(&self.width) || !sides.contains(&self.height) || self.started_at_ms > MAX_MOMENT_MS
        {
            return Err(StrokesError::OutOfBounds);
        }
        let n_points: usize = self.lines.iter().map(Vec::len).sum();
        if self.lines.len() > MAX_LINES || n_points > MAX_POINTS || self.lines.iter().any(Vec::is_empty) {
            return Err(StrokesError::Count);
        }
        let mut before_ms = 0;
        for point in self.lines.iter().flatten() {
            let inside = -MAX_COORDINATE..=MAX_COORDINATE;
            if !inside.contains(&point.x) || !inside.contains(&point.y) || point.at_ms > MAX_DURATION_MS {
                return Err(StrokesError::OutOfBounds);
            }
            if point.at_ms < before_ms {
                return Err(StrokesError::TimeRunsBack);
            }
            before_ms = point.at_ms;
        }
        Ok(self)
    }

    /// Returns width and height of the pad, in quarters of a CSS pixel.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Returns when the first point was drawn by the phone's clock, in milliseconds UTC.
    #[must_use]
    pub fn started_at_ms(&self) -> u64 {
        self.started_at_ms
    }

    /// Returns what was signed; nothing where the form does not say what a signature covers.
    #[must_use]
    pub fn binding(&self) -> Option<&Binding> {
        self.binding.as_ref()
    }

    /// Returns the lines, in the order in which they were drawn.
    #[must_use]
    pub fn lines(&self) -> &[Vec<Point>] {
        &self.lines
    }
}

/// Returns a number rounded, where it is one and within bounds.
fn whole(number: f64, least: f64, most: f64) -> Result<f64, StrokesError> {
    // Neither a number that is none nor an infinite one is in a range.
    if !(least - 0.5..=most + 0.5).contains(&number) {
        return Err(StrokesError::OutOfBounds);
    }
    Ok(libm::round(number).clamp(least, most))
}

/// Returns whether bytes begin as a file of strokes does, of whatever version.
#[must_use]
pub fn is_strokes(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}
