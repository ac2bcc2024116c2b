//! Signatures as strokes: what is written is read, a file has one way to be written, and 400 points fit into 2 KB.

#![expect(clippy::disallowed_methods, reason = "what the tests draw need not be the same everywhere")]

#[path = "support/chance.rs"]
#[expect(dead_code, reason = "of chance only some is used here")]
mod chance;

use chance::Chance;
use wasm_forms::evidence::binding::Binding;
use wasm_forms::evidence::strokes::{Drawn, MAX_LINES, MAX_POINTS, Piece, Strokes, StrokesError};

/// Lines as a browser tells of them.
#[derive(Default)]
struct Drawing {
    lengths: Vec<u32>,
    points: Vec<f64>,
}

impl Drawing {
    fn taken(&self, binding: Option<Binding>) -> Result<Strokes, StrokesError> {
        let size = [330.0, 260.0];
        let started_at_ms = 1_768_440_000_000.0;
        Strokes::drawn(Drawn { size, started_at_ms, lengths: &self.lengths, points: &self.points }, binding)
    }

    fn line(&mut self, points: impl IntoIterator<Item = [f64; 4]>) {
        let before = self.points.len();
        self.points.extend(points.into_iter().flatten());
        self.lengths.push(((self.points.len() - before) / 4) as u32);
    }
}

/// A number from 0 to 1.
fn part(chance: &mut Chance) -> f64 {
    (chance.bits() >> 11) as f64 / (1u64 << 53) as f64
}

/// Writes as a person does: speeds up and slows down along curves, at the 120 points a second of a good screen, each a
/// bit beside its place, with a pen that tells its pressure.
fn written(n_points: usize, chance: &mut Chance) -> Drawing {
    let mut drawing = Drawing::default();
    let (mut at_ms, mut left) = (0.0, n_points);
    while left > 0 {
        let n = left.min(20 + chance.below(40));
        left -= n;
        let centre = [40.0 + part(chance) * 250.0, 60.0 + part(chance) * 140.0];
        let radius = [10.0 + part(chance) * 50.0, 10.0 + part(chance) * 50.0];
        let sweep = 1.0 + part(chance) * 5.0;
        let begin = part(chance) * 6.3;
        let points: Vec<[f64; 4]> = (0..n)
            .map(|it| {
                let way = it as f64 / n as f64;
                // Slow, quick, slow.
                let angle = begin + sweep * (way * way * (3.0 - 2.0 * way));
                at_ms += 8.0 + f64::from(u8::from(chance.one_in(3)));
                let beside = || 0.3;
                [
                    centre[0] + radius[0] * angle.cos() + beside() * part(chance),
                    centre[1] + radius[1] * (1.3 * angle).sin() + beside() * part(chance),
                    0.2 + 0.6 * (way * 3.1).sin() + 0.02 * part(chance),
                    at_ms,
                ]
            })
            .collect();
        drawing.line(points);
        at_ms += 150.0 + part(chance) * 300.0;
    }
    drawing
}

fn bound() -> Binding {
    let answers: Vec<(String, String)> = (0..20).map(|it| (format!("/data/{it}"), format!("{it}"))).collect();
    Binding::of(&answers.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect::<Vec<_>>())
}

#[test]
fn four_hundred_points_fit_into_two_kilobytes() {
    let sizes: Vec<usize> = (0..200)
        .map(|case| {
            let strokes = written(400, &mut Chance::of_case(5, case)).taken(Some(bound())).expect("strokes");
            assert_eq!(strokes.lines().iter().map(Vec::len).sum::<usize>(), 400);
            strokes.encode().len()
        })
        .collect();
    let (largest, sum) = (sizes.iter().max().expect("sizes"), sizes.iter().sum::<usize>());
    println!("400 points and 20 answers: {} bytes on average, {largest} at most", sum / sizes.len());
    assert!(*largest <= 2048, "{largest} bytes");
}

/// Anything a browser can tell of, good or bad.
fn any(chance: &mut Chance) -> Drawing {
    const ODD: [f64; 9] =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e9, -1e9, 1e300, 19_999.9, -0.0];
    let mut drawing = Drawing::default();
    let mut at_ms = part(chance) * 1e6;
    for _ in 0..chance.below(6) {
        let points: Vec<[f64; 4]> = (0..chance.below(40))
            .map(|_| {
                at_ms += part(chance) * 40.0;
                [part(chance) * 330.0, part(chance) * 260.0, part(chance), at_ms]
            })
            .collect();
        drawing.line(points);
    }
    if chance.one_in(2) && !drawing.points.is_empty() {
        let at = chance.below(drawing.points.len());
        drawing.points[at] = ODD[chance.below(ODD.len())];
    }
    drawing
}

#[test]
fn what_is_written_is_read_and_has_one_way_to_be_written() {
    let mut n_good = 0;
    for case in 0..4_000 {
        let mut chance = Chance::of_case(7, case);
        let binding = chance.one_in(2).then(bound);
        let Ok(strokes) = any(&mut chance).taken(binding) else { continue };
        n_good += 1;
        let bytes = strokes.encode();
        assert_eq!(Strokes::decode(&bytes).as_ref(), Ok(&strokes), "case {case}");
        assert_eq!(strokes.svg(), Strokes::decode(&bytes).expect("read before").svg());
        let mut changed = bytes.clone();
        let at = chance.below(changed.len());
        changed[at] = chance.bits() as u8;
        if let Ok(other) = Strokes::decode(&changed) {
            assert_eq!(other.encode(), changed, "case {case}: two ways to write the same");
        }
    }
    assert!(n_good > 1_000, "{n_good} of 4000 drawings were good");
}

#[test]
fn what_is_no_drawing_is_refused() {
    let check = |lengths: &[u32], points: &[f64], expected| {
        let drawing = Drawing { lengths: lengths.to_vec(), points: points.to_vec() };
        assert_eq!(drawing.taken(None), Err(expected), "{points:?}");
    };
    for odd in [f64::NAN, f64::INFINITY, -f64::INFINITY, 1e9] {
        check(&[1], &[odd, 0.0, 0.5, 0.0], StrokesError::OutOfBounds);
        check(&[1], &[0.0, odd, 0.5, 0.0], StrokesError::OutOfBounds);
        check(&[1], &[0.0, 0.0, odd, 0.0], StrokesError::OutOfBounds);
    }
    check(&[1], &[0.0, 0.0, 0.5, f64::NAN], StrokesError::OutOfBounds);
    check(&[2], &[0.0, 0.0, 0.5, 8.0, 1.0, 1.0, 0.5, 0.0], StrokesError::TimeRunsBack);
    check(&[2], &[0.0, 0.0, 0.5, 0.0, 1.0, 1.0, 0.5, 1e13], StrokesError::OutOfBounds);
    check(&[1], &[0.0, 0.0, 0.5], StrokesError::Count);
    check(&[2], &[0.0, 0.0, 0.5, 0.0], StrokesError::Count);
    check(&[0, 1], &[0.0, 0.0, 0.5, 0.0], StrokesError::Count);
    check(&[u32::MAX, u32::MAX], &[0.0, 0.0, 0.5, 0.0], StrokesError::Count);
    check(&vec![1; MAX_LINES + 1], &vec![0.0; 4 * (MAX_LINES + 1)], StrokesError::Count);
    check(&[1_000_000], &vec![0.0; 4_000_000], StrokesError::Count);
    check(&[MAX_POINTS as u32 + 1], &vec![0.0; 4 * (MAX_POINTS + 1)], StrokesError::Count);
    for odd in [f64::NAN, -1.0, 1e17, f64::INFINITY] {
        let drawn = Drawn { size: [300.0, 200.0], started_at_ms: odd, lengths: &[], points: &[] };
        assert_eq!(Strokes::drawn(drawn, None), Err(StrokesError::OutOfBounds), "{odd}");
        let drawn = Drawn { size: [odd, 200.0], started_at_ms: 0.0, lengths: &[], points: &[] };
        assert_eq!(Strokes::drawn(drawn, None), Err(StrokesError::OutOfBounds), "{odd}");
    }
}

#[test]
fn the_largest_there_is_stays_within_its_bounds() {
    let mut drawing = Drawing::default();
    let jump = |it: usize| if it.is_multiple_of(2) { [20_000.0, -20_000.0] } else { [-20_000.0, 20_000.0] };
    let points = (0..MAX_POINTS).map(|it| [jump(it)[0], jump(it)[1], (it % 2) as f64, it as f64 * 1e5]);
    drawing.line(points);
    let strokes = drawing.taken(Some(bound())).expect("within the bounds");
    let bytes = strokes.encode();
    match Strokes::decode(&bytes) {
        Ok(read) => assert_eq!(read, strokes),
        Err(error) => panic!("{} bytes: {error}", bytes.len()),
    }
}

/// The pad draws by the same rule in another language: both are held against this file. `UPDATE=1` writes it.
#[test]
fn the_ink_is_that_of_the_vectors() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/evidence/strokes/ink-vectors.json");
    let mut lines: Vec<Vec<[f64; 4]>> = vec![
        vec![[10.0, 20.0, 0.5, 1000.0]],
        vec![[10.0, 20.0, 0.5, 1000.0], [10.0, 20.0, 0.5, 1000.0]],
        vec![[-3.125, 7.375, 0.0, 50.4], [12.625, 300.0, 1.0, 58.6], [13.0, 301.0, 0.25, 66.5]],
    ];
    lines.extend((0..3).map(|case| {
        let drawing = written(24, &mut Chance::of_case(11, case));
        // Of a few bits, so that every reader of JSON comes to the same number.
        let points = drawing.points.as_chunks::<4>().0.iter();
        points.map(|it| it.map(|number| (number * 64.0).round() / 64.0)).collect()
    }));
    let vector = |line: &Vec<[f64; 4]>| {
        let mut drawing = Drawing::default();
        drawing.line(line.iter().copied());
        let pieces = drawing.taken(None).expect("strokes").pieces().remove(0);
        let numbers = |it: &Piece| [it.from.0, it.from.1, it.bend.0, it.bend.1, it.to.0, it.to.1, it.width];
        serde_json::json!({ "points": line, "pieces": pieces.iter().map(numbers).collect::<Vec<_>>() })
    };
    let found: Vec<_> = lines.iter().map(vector).collect();
    if std::env::var_os("UPDATE").is_some() {
        let rows: Vec<String> = found.iter().map(ToString::to_string).collect();
        std::fs::write(&path, format!("[\n{}\n]\n", rows.join(",\n"))).expect("a folder of ours");
    }
    let kept = std::fs::read_to_string(&path).expect("the vectors");
    let kept: Vec<serde_json::Value> = serde_json::from_str(&kept).expect("JSON");
    assert!(found == kept, "the ink is another; UPDATE=1 writes the vectors anew");
}
