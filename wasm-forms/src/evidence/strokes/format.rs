//! The file of a signature, version 1. Numbers are written as `varint` has them; "signed" ones are zigzagged.
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | `89 53 54 4B`: 0x89, then `STK` |
//! | 1 | version: 1 |
//! | number | the pad's width in quarters of a CSS pixel |
//! | number | its height |
//! | number | when the first point was drawn: milliseconds since 1970, UTC, by the phone's clock |
//! | number | length of the binding in bytes; 0 where the form does not say what a signature covers |
//! | so many | the binding, see [`super::super::binding`] |
//! | number | how many lines |
//! | each line | number: how many points; then the points |
//! | each point | signed: x, y; number: time; signed: pressure |
//!
//! A coordinate, in quarters of a pixel, is written as its difference from where the pen would be had it gone on as it
//! did between the two points before in the same line; for a line's second point as the difference from the first, for
//! its first from the last point of the line before (or from 0). Time is milliseconds since the point before, so it
//! cannot run backwards; of the first point of all it is 0. Pressure is the difference from that of the point before,
//! at first from 128.
//!
//! Every signature has exactly one file, and nothing follows its last point.

use super::varint::{Reader, write, write_signed};
use super::{Binding, MAX_BYTES, MAX_LINES, MAX_POINTS, Point, Strokes, StrokesError};

/// The first bytes of a file.
pub const MAGIC: [u8; 4] = [0x89, b'S', b'T', b'K'];
const VERSION: u8 = 1;
/// The pressure before the first point.
const MIDDLE: u8 = 128;

impl Strokes {
    /// Writes the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let binding = self.binding.as_ref().map_or_else(Vec::new, Binding::to_bytes);
        let mut out =
            Vec::with_capacity(64 + binding.len() + self.lines.iter().map(Vec::len).sum::<usize>() * 5);
        out.extend(MAGIC);
        out.push(VERSION);
        write(self.width.into(), &mut out);
        write(self.height.into(), &mut out);
        write(self.started_at_ms, &mut out);
        write(binding.len() as u64, &mut out);
        out.extend(binding);
        write(self.lines.len() as u64, &mut out);
        let mut guess = Guess::default();
        for line in &self.lines {
            write(line.len() as u64, &mut out);
            guess.begin_line();
            for point in line {
                let (x, y) = guess.next();
                write_signed(i64::from(point.x) - x, &mut out);
                write_signed(i64::from(point.y) - y, &mut out);
                write(point.at_ms - guess.at_ms, &mut out);
                write_signed(i64::from(point.pressure) - i64::from(guess.pressure), &mut out);
                guess.meet(*point);
            }
        }
        out
    }

    /// Reads a file.
    pub fn decode(bytes: &[u8]) -> Result<Strokes, StrokesError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(StrokesError::NotStrokes);
        }
        if bytes.len() > MAX_BYTES {
            return Err(StrokesError::Count);
        }
        let mut reader = Reader(&bytes[MAGIC.len()..]);
        if reader.byte()? != VERSION {
            return Err(StrokesError::Version);
        }
        let mut side = || u32::try_from(reader.number()?).map_err(|_| StrokesError::OutOfBounds);
        let (width, height) = (side()?, side()?);
        let started_at_ms = reader.number()?;
        let binding = match reader.number()? {
            0 => None,
            length => {
                let length = usize::try_from(length).map_err(|_| StrokesError::Truncated)?;
                let binding = Binding::from_bytes(reader.take(length)?);
                Some(binding.ok_or(StrokesError::OutOfBounds)?)
            }
        };
        let n_lines = count(reader.number()?, MAX_LINES)?;
        let mut lines = Vec::with_capacity(n_lines);
        let mut guess = Guess::default();
        let mut left = MAX_POINTS;
        for _ in 0..n_lines {
            let n_points = count(reader.number()?, left)?;
            left -= n_points;
            // What is not there takes no memory: each point has at least four bytes.
            let mut line = Vec::with_capacity(n_points.min(reader.0.len() / 4));
            guess.begin_line();
            for _ in 0..n_points {
                let point = guess.read(&mut reader)?;
                guess.meet(point);
                line.push(point);
            }
            lines.push(line);
        }
        if !reader.0.is_empty() {
            return Err(StrokesError::Overlong);
        }
        Strokes { width, height, started_at_ms, binding, lines }.checked()
    }
}

fn count(number: u64, most: usize) -> Result<usize, StrokesError> {
    usize::try_from(number).ok().filter(|it| *it <= most).ok_or(StrokesError::Count)
}

/// What is known before a point is read, and where it is expected.
struct Guess {
    before: Option<(i64, i64)>,
    last: (i64, i64),
    at_ms: u64,
    pressure: u8,
    n_in_line: usize,
}

impl Default for Guess {
    fn default() -> Self {
        Guess { before: None, last: (0, 0), at_ms: 0, pressure: MIDDLE, n_in_line: 0 }
    }
}

impl Guess {
    fn begin_line(&mut self) {
        (self.before, self.n_in_line) = (None, 0);
    }

    fn next(&self) -> (i64, i64) {
        let (x, y) = self.last;
        self.before.map_or((x, y), |(x0, y0)| (2 * x - x0, 2 * y - y0))
    }

    fn meet(&mut self, point: Point) {
        self.before = (self.n_in_line > 0).then_some(self.last);
        self.last = (point.x.into(), point.y.into());
        (self.at_ms, self.pressure) = (point.at_ms, point.pressure);
        self.n_in_line += 1;
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Point, StrokesError> {
        let (x, y) = self.next();
        let coordinate = |expected: i64, difference: i64| {
            let found = expected.checked_add(difference).and_then(|it| i32::try_from(it).ok());
            found.ok_or(StrokesError::OutOfBounds)
        };
        let (x, y) = (coordinate(x, reader.signed()?)?, coordinate(y, reader.signed()?)?);
        let at_ms = self.at_ms.checked_add(reader.number()?).ok_or(StrokesError::OutOfBounds)?;
        let pressure = i64::from(self.pressure).checked_add(reader.signed()?);
        let pressure = pressure.and_then(|it| u8::try_from(it).ok()).ok_or(StrokesError::OutOfBounds)?;
        Ok(Point { x, y, at_ms, pressure })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Strokes {
        let point = |x, y, at_ms, pressure| Point { x, y, at_ms, pressure };
        let lines = vec![
            vec![point(40, 80, 0, 128), point(44, 80, 8, 130), point(48, 79, 16, 140)],
            vec![point(400, 8, 300, 140)],
        ];
        Strokes { width: 1200, height: 700, started_at_ms: 1_768_440_000_000, binding: None, lines }
    }

    #[test]
    fn the_bytes_are_as_documented() {
        let bytes = sample().encode();
        let head = [0x89, 0x53, 0x54, 0x4b, 1, 0xb0, 9, 0xbc, 5, 0x80, 0xdc, 0xf3, 0xf9, 0xbb, 0x33, 0, 2];
        let first = [3, 80, 0xa0, 1, 0, 0, 8, 0, 8, 4, 0, 1, 8, 20];
        let second = [1, 0xc0, 5, 0x8d, 1, 0x9c, 2, 0];
        assert_eq!(bytes, [&head[..], &first, &second].concat());
        assert_eq!(Strokes::decode(&bytes), Ok(sample()));
    }

    #[test]
    fn each_thing_wrong_with_a_file_has_its_name() {
        let whole = sample().encode();
        let check = |bytes: &[u8], expected| assert_eq!(Strokes::decode(bytes), Err(expected), "{bytes:x?}");
        for length in MAGIC.len()..whole.len() {
            check(&whole[..length], StrokesError::Truncated);
        }
        check(b"", StrokesError::NotStrokes);
        check(b"\x89PNG", StrokesError::NotStrokes);
        check(&[&whole[..], &[0]].concat(), StrokesError::Overlong);
        check(&[&MAGIC[..], &[2]].concat(), StrokesError::Version);
        let with = |at: usize, bytes: &[u8]| {
            let mut changed = whole.clone();
            changed.splice(at..at + 1, bytes.iter().copied());
            changed
        };
        // A width in more bytes than it needs; no width; a pressure above 255; a million points; half a binding.
        check(&with(6, &[0]), StrokesError::Number);
        check(&[&MAGIC[..], &[1, 0, 1, 0, 0, 0]].concat(), StrokesError::OutOfBounds);
        check(&with(30, &[0xff, 3]), StrokesError::OutOfBounds);
        check(&with(17, &[0xc0, 0x84, 0x3d]), StrokesError::Count);
        check(&[&MAGIC[..], &[1, 4, 4, 0, 3, 1, 2, 3, 0]].concat(), StrokesError::OutOfBounds);
        check(&[&MAGIC[..], &[1, 4, 4, 0, 0, 1, 0]].concat(), StrokesError::Count);
        check(
            &[&MAGIC[..], &[1, 4, 4, 0, 0, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0]].concat(),
            StrokesError::OutOfBounds,
        );
        check(&[&whole[..], &vec![0; MAX_BYTES]].concat(), StrokesError::Count);
    }
}
