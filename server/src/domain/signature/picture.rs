//! Strokes as pictures: the engine's ink, drawn.

use std::io::Cursor;

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma};
use tiny_skia::{Color, LineCap, LineJoin, Paint, PathBuilder, Pixmap, Stroke, Transform};
use wasm_forms::evidence::strokes::{EIGHTHS, Strokes};

/// Longest side in pixels.
const LONGEST_PX: f32 = 1200.0;
/// Pixels of the picture for one of the pad.
const SHARPNESS: f32 = 2.0;
/// How dark ink is.
const INK: u8 = 0x11;

/// Returns width and height of the picture.
#[must_use]
pub fn size(strokes: &Strokes) -> (u32, u32) {
    let [_, _, width, height] = strokes.ink_box();
    let scale = scale(strokes);
    let side = |it: i32| ((it as f32 * scale).ceil() as u32).max(1);
    (side(width), side(height))
}

/// Pixels of the picture for an eighth of one of the pad.
fn scale(strokes: &Strokes) -> f32 {
    let [_, _, width, height] = strokes.ink_box();
    (SHARPNESS / EIGHTHS as f32).min(LONGEST_PX / width.max(height).max(1) as f32)
}

/// Draws black ink on white, cut to the ink with a margin; the same strokes give the same pixels.
#[must_use]
pub fn draw(strokes: &Strokes) -> DynamicImage {
    let (width, height) = size(strokes);
    let Some(mut paper) = Pixmap::new(width, height) else { return DynamicImage::new_luma8(1, 1) };
    paper.fill(Color::WHITE);
    let [left, top, ..] = strokes.ink_box();
    let scale = scale(strokes);
    let place = Transform::from_scale(scale, scale).pre_translate(-left as f32, -top as f32);
    let mut paint = Paint::default();
    paint.set_color_rgba8(INK, INK, INK, 255);
    for piece in strokes.pieces().into_iter().flatten() {
        let mut path = PathBuilder::new();
        path.move_to(piece.from.0 as f32, piece.from.1 as f32);
        path.quad_to(piece.bend.0 as f32, piece.bend.1 as f32, piece.to.0 as f32, piece.to.1 as f32);
        let stroke = Stroke {
            width: piece.width as f32,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        // A piece without any length has no path: a finger that stood still has left its dot already.
        if let Some(path) = path.finish() {
            paper.stroke_path(&path, &paint, &stroke, place, None);
        }
    }
    // Ink and paper are grey: one of the three is all of them.
    let grey = paper.pixels().iter().map(|it| it.red()).collect();
    ImageBuffer::<Luma<u8>, Vec<u8>>::from_raw(width, height, grey)
        .map_or_else(|| DynamicImage::new_luma8(1, 1), DynamicImage::ImageLuma8)
}

/// Returns the picture as PNG.
pub fn png(strokes: &Strokes) -> image::ImageResult<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    draw(strokes).write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use wasm_forms::evidence::strokes::Drawn;

    use super::*;

    fn strokes(lengths: &[u32], points: &[f64]) -> Strokes {
        let drawn = Drawn { size: [300.0, 200.0], started_at_ms: 0.0, lengths, points };
        Strokes::drawn(drawn, None).expect("strokes")
    }

    #[test]
    fn ink_is_where_the_pen_was() {
        let line = strokes(&[2, 1], &[10.0, 10.0, 0.5, 0.0, 110.0, 10.0, 0.5, 100.0, 60.0, 50.0, 1.0, 200.0]);
        let picture = draw(&line).into_luma8();
        assert_eq!(picture.dimensions(), (264, 144));
        let at = |x: f64, y: f64| picture.get_pixel(((x + 6.0) * 2.0) as u32, ((y + 6.0) * 2.0) as u32).0[0];
        assert!(at(60.0, 10.0) < 0x40 && at(60.0, 50.0) < 0x40, "ink");
        assert!(at(60.0, 30.0) == 255 && at(5.0, 40.0) == 255, "paper");
        let decoded = image::load_from_memory(&png(&line).expect("a PNG")).expect("a picture");
        assert_eq!(decoded.into_luma8(), picture);
    }

    #[test]
    fn the_largest_and_the_smallest_are_pictures_of_bounded_size() {
        let far = strokes(&[2], &[-20_000.0, -20_000.0, 0.5, 0.0, 20_000.0, 20_000.0, 0.5, 1.0]);
        assert_eq!(size(&far), (1200, 1200));
        assert_eq!(draw(&strokes(&[], &[])).into_luma8().dimensions(), (64, 64));
        assert!(draw(&strokes(&[1], &[1.0, 1.0, 0.0, 0.0])).into_luma8().pixels().any(|it| it.0[0] < 0x80));
    }
}
