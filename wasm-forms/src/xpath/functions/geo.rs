//! Places: points are `latitude longitude [altitude [accuracy]]` in degrees, lines and shapes are points with `;`
//! between them. The Earth is a ball of the radius of the equator, as the ODK XForms specification asks.

use super::{Arguments, Gives};
use crate::decimal;
use crate::xpath::Value;

/// Metres.
const RADIUS: f64 = 6_378_100.0;

/// Latitude and longitude in degrees.
type Point = (f64, f64);

/// `area(shape)`: square metres, rounded to the hundredth; 0 for what encloses nothing.
pub(super) fn area(args: &Arguments<'_>) -> f64 {
    let Some(points) = points(args) else { return 0.0 };
    if points.len() < 3 {
        return 0.0;
    }
    let next = points.iter().cycle().skip(1);
    let twice: f64 = points
        .iter()
        .zip(next)
        .map(|(a, b)| {
            (b.1 - a.1).to_radians() * (2.0 + libm::sin(a.0.to_radians()) + libm::sin(b.0.to_radians()))
        })
        .sum();
    to_hundredths((twice * RADIUS * RADIUS / 2.0).abs())
}

/// `distance(line)`: metres along the points, rounded to the hundredth; 0 where nothing is answered, not a number for
/// what is no line.
pub(super) fn distance(args: &Arguments<'_>) -> f64 {
    let Some(points) = points(args) else { return f64::NAN };
    to_hundredths(points.windows(2).map(|it| between(it[0], it[1])).sum())
}

/// `geofence(point, shape)`: whether the point lies inside the closed shape.
pub(super) fn is_inside(args: &Arguments<'_>) -> bool {
    let (Some(point), Some(shape)) = (parse_point(&args.text(0)), parse_line(&args.text(1))) else {
        return false;
    };
    if shape.len() < 4 || shape.first() != shape.last() {
        return false;
    }
    // A ray northward crosses the border of what it starts in an odd number of times.
    let crosses = |a: Point, b: Point| {
        (a.1 > point.1) != (b.1 > point.1) && point.0 < (b.0 - a.0) * (point.1 - a.1) / (b.1 - a.1) + a.0
    };
    shape.windows(2).filter(|it| crosses(it[0], it[1])).count() % 2 == 1
}

/// `intersects(line)`: whether a line or the border of a shape crosses itself.
pub(super) fn intersects(args: &Arguments<'_>) -> bool {
    let Some(points) = points(args) else { return false };
    let edges: Vec<(Point, Point)> =
        points.windows(2).map(|it| (it[0], it[1])).filter(|(a, b)| a != b).collect();
    let is_closed = points.len() > 2 && points.first() == points.last();
    edges.iter().enumerate().any(|(i, a)| {
        let later = edges.iter().enumerate().skip(i + 1);
        later.into_iter().any(|(j, b)| {
            let adjoins = j == i + 1 || is_closed && i == 0 && j + 1 == edges.len();
            if adjoins { doubles_back(*a, *b) } else { cross(*a, *b) }
        })
    })
}

/// Returns twice the area to the left of `a` to `b` seen from `c`; its sign is the side.
fn side(a: Point, b: Point, c: Point) -> f64 {
    (b.1 - a.1) * (c.0 - a.0) - (b.0 - a.0) * (c.1 - a.1)
}

fn is_on(edge: (Point, Point), point: Point) -> bool {
    let within = |a: f64, b: f64, it: f64| it >= a.min(b) && it <= a.max(b);
    side(edge.0, edge.1, point) == 0.0
        && within(edge.0.0, edge.1.0, point.0)
        && within(edge.0.1, edge.1.1, point.1)
}

fn cross(a: (Point, Point), b: (Point, Point)) -> bool {
    let differ = |x: f64, y: f64| x > 0.0 && y < 0.0 || x < 0.0 && y > 0.0;
    differ(side(a.0, a.1, b.0), side(a.0, a.1, b.1)) && differ(side(b.0, b.1, a.0), side(b.0, b.1, a.1))
        || [b.0, b.1].into_iter().any(|it| is_on(a, it))
        || [a.0, a.1].into_iter().any(|it| is_on(b, it))
}

/// Whether two edges that share a point lie upon each other.
fn doubles_back(a: (Point, Point), b: (Point, Point)) -> bool {
    let far = if b.0 == a.1 || b.0 == a.0 { b.1 } else { b.0 };
    let near = if b.0 == a.1 || b.1 == a.1 { a.0 } else { a.1 };
    is_on(a, far) || is_on(b, near)
}

/// The way along a great circle.
fn between(a: Point, b: Point) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let half = |it: f64| libm::sin(it / 2.0).powi(2);
    let h = half(lat_b - lat_a) + libm::cos(lat_a) * libm::cos(lat_b) * half((b.1 - a.1).to_radians());
    2.0 * RADIUS * libm::asin(h.sqrt().min(1.0))
}

fn to_hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// Returns the points of all arguments in order: each node or text is a point or a line of them.
fn points(args: &Arguments<'_>) -> Option<Vec<Point>> {
    let mut found = Some(Vec::new());
    let mut add = |text: &str| {
        let read = parse_line(text);
        found = found.take().zip(read).map(|(mut all, read)| {
            all.extend(read);
            all
        });
    };
    for index in 0..args.len() {
        match args.gives(index) {
            Gives::Nodes => {
                for node in args.nodes(index) {
                    add(&args.cx.world.text(node));
                }
            }
            Gives::Any => match args.value(index) {
                Value::Nodes(nodes) => nodes.into_iter().for_each(|it| add(&args.cx.world.text(it))),
                other => add(&other.into_text(args.cx.world)),
            },
            _ => add(&args.text(index)),
        }
    }
    found
}

fn parse_line(text: &str) -> Option<Vec<Point>> {
    text.split(';').map(str::trim).filter(|it| !it.is_empty()).map(parse_point).collect()
}

fn parse_point(text: &str) -> Option<Point> {
    let numbers: Option<Vec<f64>> = text.split_whitespace().map(decimal::parse).collect();
    let numbers = numbers.filter(|it| (2..=4).contains(&it.len()) && it.iter().all(|it| it.is_finite()))?;
    Some((numbers[0], numbers[1]))
}
