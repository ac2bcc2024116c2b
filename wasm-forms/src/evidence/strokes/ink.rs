//! Whether there is enough ink to be a signature: a dot or a line is none.
//!
//! Measured in CSS pixels, on lines from which the tremble of a hand is taken out (Douglas and Peucker's way: a point
//! that lies no further from the line between its neighbours than the tolerance is left out). What is asked for is
//! little: a cross or a tick is not enough, any written name is, and so is a circle.

use super::{Point, Strokes};

/// Least way of the pen.
const LEAST_LENGTH_PX: f64 = 80.0;
/// Least extent along the ink's longer axis.
const LEAST_LONG_PX: f64 = 28.0;
/// Least extent across it, and as a part of the longer one: less is a line.
const LEAST_SHORT_PX: f64 = 6.0;
const LEAST_SHORT_PART: f64 = 0.04;
/// What counts as tremble: pixels, and as a part of the longer axis.
const TREMBLE_PX: f64 = 2.0;
const TREMBLE_PART: f64 = 0.03;
/// Least number of turns; see [`Ink::n_turns`].
const LEAST_TURNS: usize = 4;
/// Cosine of the smallest change of direction that is a turn, about 20 degrees.
const TURN: f64 = 0.94;

/// What there is of ink.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink {
    /// Way of the pen while it touched, in CSS pixels.
    pub length_px: f64,
    /// Extent along the direction in which the ink is longest.
    pub long_px: f64,
    /// Extent across that.
    pub short_px: f64,
    /// Changes of direction: one for each of more than 20 degrees, two for each of more than 90, two for each time the
    /// pen was put down again.
    pub n_turns: usize,
}

/// Whether ink can be a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It can.
    Enough,
    /// Nothing is drawn.
    Empty,
    /// Too small.
    Dot,
    /// All of it lies along one straight line.
    Line,
    /// Too plain: a tick, a bow, a cross.
    Plain,
}

impl Strokes {
    /// Measures the ink.
    #[must_use]
    pub fn ink(&self) -> Ink {
        let lines: Vec<Vec<[f64; 2]>> = self.lines.iter().map(|it| it.iter().map(place).collect()).collect();
        let [long_px, short_px] = extents(&lines);
        let tolerance = TREMBLE_PX.max(TREMBLE_PART * long_px);
        let plain: Vec<Vec<[f64; 2]>> = lines.iter().map(|it| simplified(it, tolerance)).collect();
        let put_down_again = plain.len().saturating_sub(1);
        Ink {
            length_px: plain.iter().map(|it| length(it)).sum(),
            long_px,
            short_px,
            n_turns: plain.iter().map(|it| turns(it)).sum::<usize>() + 2 * put_down_again,
        }
    }

    /// Says whether there is enough ink.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.lines.is_empty() {
            return Verdict::Empty;
        }
        let ink = self.ink();
        if ink.length_px < LEAST_LENGTH_PX || ink.long_px < LEAST_LONG_PX {
            Verdict::Dot
        } else if ink.short_px < LEAST_SHORT_PX.max(LEAST_SHORT_PART * ink.long_px) {
            Verdict::Line
        } else if ink.n_turns < LEAST_TURNS {
            Verdict::Plain
        } else {
            Verdict::Enough
        }
    }
}

fn place(point: &Point) -> [f64; 2] {
    [f64::from(point.x) / 4.0, f64::from(point.y) / 4.0]
}

fn minus(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

fn dot(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

fn size(a: [f64; 2]) -> f64 {
    libm::sqrt(dot(a, a))
}

fn length(line: &[[f64; 2]]) -> f64 {
    line.windows(2).map(|it| size(minus(it[1], it[0]))).sum()
}

/// Returns the extents along the principal axis of the points and across it.
fn extents(lines: &[Vec<[f64; 2]>]) -> [f64; 2] {
    let points = || lines.iter().flatten();
    let n = points().count().max(1) as f64;
    let sum = points().fold([0.0, 0.0], |sum, it| [sum[0] + it[0], sum[1] + it[1]]);
    let centre = [sum[0] / n, sum[1] / n];
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for it in points() {
        let [x, y] = minus(*it, centre);
        (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
    }
    let half = (xx - yy) / 2.0;
    let root = libm::sqrt(half * half + xy * xy);
    // The eigenvector of the larger eigenvalue, from whichever row is not near zero.
    let axis = if half > 0.0 { [half + root, xy] } else { [xy, root - half] };
    let axis = match size(axis) {
        0.0 => [1.0, 0.0],
        length => [axis[0] / length, axis[1] / length],
    };
    let extent = |axis: [f64; 2]| {
        let along = points().map(|it| dot(minus(*it, centre), axis));
        let (least, most) = along.fold((0.0_f64, 0.0_f64), |(a, b), it| (a.min(it), b.max(it)));
        most - least
    };
    [extent(axis), extent([-axis[1], axis[0]])]
}

/// Leaves out what lies within the tolerance of the line between what stays.
fn simplified(line: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    let Some(last) = line.len().checked_sub(1) else { return Vec::new() };
    let mut stays = vec![false; line.len()];
    (stays[0], stays[last]) = (true, true);
    let mut spans = vec![(0, last)];
    while let Some((from, to)) = spans.pop() {
        let inside = from + 1..to;
        let distances = inside.map(|at| (distance(line[at], line[from], line[to]), at));
        let Some((far, at)) = distances.max_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
        if far > tolerance {
            stays[at] = true;
            spans.extend([(from, at), (at, to)]);
        }
    }
    line.iter().zip(stays).filter(|(_, stays)| *stays).map(|(it, _)| *it).collect()
}

/// Returns how far a point lies from a piece of a line.
fn distance(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let (way, own) = (minus(to, from), minus(point, from));
    let square = dot(way, way);
    let part = if square > 0.0 { (dot(own, way) / square).clamp(0.0, 1.0) } else { 0.0 };
    size(minus(own, [way[0] * part, way[1] * part]))
}

fn turns(line: &[[f64; 2]]) -> usize {
    let turn = |it: &[[f64; 2]]| {
        let (before, after) = (minus(it[1], it[0]), minus(it[2], it[1]));
        let (cosine, whole) = (dot(before, after), size(before) * size(after));
        usize::from(cosine < TURN * whole) + usize::from(cosine < 0.0)
    };
    line.windows(3).map(turn).sum()
}

#[expect(clippy::disallowed_methods, reason = "what the tests draw need not be the same everywhere")]
#[cfg(test)]
mod tests {
    use super::super::Drawn;
    use super::*;

    fn strokes(lines: &[Vec<[f64; 2]>]) -> Strokes {
        let lengths: Vec<u32> = lines.iter().map(|it| it.len() as u32).collect();
        let places = lines.iter().flatten().enumerate();
        let points: Vec<f64> = places.flat_map(|(at, [x, y])| [*x, *y, 0.5, at as f64 * 8.0]).collect();
        let drawn = Drawn { size: [340.0, 200.0], started_at_ms: 0.0, lengths: &lengths, points: &points };
        Strokes::drawn(drawn, None).expect("strokes within their bounds")
    }

    /// A line through corners, with a hand that trembles by `tremble` pixels.
    fn through(corners: &[[f64; 2]], tremble: f64) -> Vec<[f64; 2]> {
        let mut line = vec![corners[0]];
        for pair in corners.windows(2) {
            let steps = (size(minus(pair[1], pair[0])) / 3.0) as usize + 1;
            line.extend((1..=steps).map(|step| {
                let (part, sign) = (step as f64 / steps as f64, if step % 2 == 0 { 1.0 } else { -1.0 });
                let at = |axis: usize| pair[0][axis] + part * (pair[1][axis] - pair[0][axis]);
                [at(0) + sign * tremble / 2.0, at(1) - sign * tremble / 2.0]
            }));
        }
        line
    }

    fn round(radius: f64, turns: f64) -> Vec<[f64; 2]> {
        let angle = |at: i32| f64::from(at) / 40.0 * turns * 2.0 * std::f64::consts::PI;
        (0..=40).map(|it| [100.0 + radius * angle(it).cos(), 100.0 + radius * angle(it).sin()]).collect()
    }

    #[test]
    fn a_dot_a_line_and_a_tick_are_no_signature() {
        let check = |what: &str, lines: &[Vec<[f64; 2]>], expected| {
            let strokes = strokes(lines);
            assert_eq!(strokes.verdict(), expected, "{what}: {:?}", strokes.ink());
        };
        check("nothing", &[], Verdict::Empty);
        check("a dot", &[vec![[50.0, 50.0]]], Verdict::Dot);
        check("many dots", &vec![vec![[50.0, 50.0]]; 40], Verdict::Dot);
        check("a blot", &[round(4.0, 8.0)], Verdict::Dot);
        check("a line", &[through(&[[20.0, 100.0], [220.0, 90.0]], 0.0)], Verdict::Line);
        check("an upright line", &[through(&[[90.0, 20.0], [91.0, 160.0]], 0.0)], Verdict::Line);
        check("a line by a trembling hand", &[through(&[[20.0, 100.0], [220.0, 60.0]], 5.0)], Verdict::Line);
        let back_and_forth = through(&[[20.0, 100.0], [220.0, 60.0], [20.0, 100.0], [220.0, 60.0]], 2.0);
        check("a line drawn three times", &[back_and_forth], Verdict::Line);
        check(
            "a line in pieces",
            &[through(&[[20.0, 90.0], [80.0, 90.0]], 1.0), through(&[[90.0, 90.0], [180.0, 90.0]], 1.0)],
            Verdict::Line,
        );
        check("a tick", &[through(&[[50.0, 90.0], [70.0, 120.0], [140.0, 30.0]], 1.0)], Verdict::Plain);
        check("a bow", &[round(60.0, 0.25)], Verdict::Plain);
        let cross =
            [through(&[[50.0, 50.0], [120.0, 120.0]], 2.0), through(&[[120.0, 50.0], [50.0, 120.0]], 2.0)];
        check("a cross", &cross, Verdict::Plain);
    }

    #[test]
    fn names_in_any_hand_are_signatures() {
        let check = |what: &str, lines: &[Vec<[f64; 2]>]| {
            let strokes = strokes(lines);
            assert_eq!(strokes.verdict(), Verdict::Enough, "{what}: {:?}", strokes.ink());
        };
        check("a circle", &[round(30.0, 1.0)]);
        let at = |x: f64, y: f64, to_x: f64, to_y: f64| through(&[[x, y], [to_x, to_y]], 1.0);
        check(
            "丁",
            &[at(40.0, 40.0, 120.0, 40.0), through(&[[80.0, 40.0], [80.0, 120.0], [60.0, 108.0]], 1.0)],
        );
        check(
            "王",
            &[
                at(40.0, 40.0, 120.0, 40.0),
                at(45.0, 80.0, 115.0, 80.0),
                at(80.0, 40.0, 80.0, 120.0),
                at(36.0, 120.0, 124.0, 120.0),
            ],
        );
        let wave: Vec<[f64; 2]> =
            (0..60).map(f64::from).map(|it| [20.0 + it * 3.0, 80.0 + 25.0 * (it / 5.0).sin()]).collect();
        check("cursive", &[wave]);
        check("a Z", &[through(&[[40.0, 40.0], [110.0, 40.0], [40.0, 110.0], [110.0, 110.0]], 1.0)]);
    }
}
