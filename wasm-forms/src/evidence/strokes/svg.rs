//! A signature as an SVG picture: black ink on white, cut to the ink with a margin.

use super::{EIGHTHS, Piece, Strokes};

/// White space around the ink, in eighths of a pixel.
const MARGIN: i32 = 16 * EIGHTHS;

impl Strokes {
    /// Returns left, top, width and height of the ink with its margin, in eighths of a CSS pixel.
    #[must_use]
    pub fn ink_box(&self) -> [i32; 4] {
        let (mut least, mut most) = ((i32::MAX, i32::MAX), (i32::MIN, i32::MIN));
        for point in self.lines.iter().flatten() {
            let (x, y) = (2 * point.x, 2 * point.y);
            (least, most) = ((least.0.min(x), least.1.min(y)), (most.0.max(x), most.1.max(y)));
        }
        if least.0 > most.0 {
            return [0, 0, 2 * MARGIN, 2 * MARGIN];
        }
        [least.0 - MARGIN, least.1 - MARGIN, most.0 - least.0 + 2 * MARGIN, most.1 - least.1 + 2 * MARGIN]
    }

    /// Returns the picture; the same strokes give the same text.
    #[must_use]
    pub fn svg(&self) -> String {
        let [left, top, width, height] = self.ink_box();
        let mut out = Text(String::with_capacity(400 + self.lines.iter().map(Vec::len).sum::<usize>() * 24));
        out.text("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"").pixels(width);
        out.text("\" height=\"").pixels(height).text("\" viewBox=\"");
        out.number(left).text(" ").number(top).text(" ").number(width).text(" ").number(height);
        out.text("\"><rect x=\"").number(left).text("\" y=\"").number(top);
        out.text("\" width=\"").number(width).text("\" height=\"").number(height).text("\" fill=\"#fff\"/>");
        out.text("<g fill=\"none\" stroke=\"#111\" stroke-linecap=\"round\" stroke-linejoin=\"round\">");
        for pieces in self.pieces() {
            for same in pieces.chunk_by(|a, b| a.width == b.width) {
                out.path(same);
            }
        }
        out.text("</g></svg>");
        out.0
    }
}

/// Writes whole numbers only: a formatter of fractions weighs more than all the rest.
struct Text(String);

impl Text {
    fn text(&mut self, text: &str) -> &mut Text {
        self.0 += text;
        self
    }

    fn number(&mut self, number: i32) -> &mut Text {
        let mut digits = [0; 10];
        let mut at = digits.len();
        let mut left = number.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (left % 10) as u8;
            left /= 10;
            if left == 0 {
                break;
            }
        }
        if number < 0 {
            self.0.push('-');
        }
        self.0.extend(digits[at..].iter().map(|it| char::from(*it)));
        self
    }

    /// Writes eighths as the next whole pixels.
    fn pixels(&mut self, eighths: i32) -> &mut Text {
        self.number((eighths + EIGHTHS - 1) / EIGHTHS)
    }

    /// Writes pieces that follow one another, all of one width.
    fn path(&mut self, pieces: &[Piece]) {
        self.text("<path stroke-width=\"").number(pieces[0].width).text("\" d=\"M");
        self.number(pieces[0].from.0).text(" ").number(pieces[0].from.1);
        for piece in pieces {
            let (bend, to) = (piece.bend, piece.to);
            // A piece that bends at one of its ends is straight.
            if bend == piece.from || bend == to {
                self.text("L").number(to.0).text(" ").number(to.1);
            } else {
                self.text("Q").number(bend.0).text(" ").number(bend.1);
                self.text(" ").number(to.0).text(" ").number(to.1);
            }
        }
        self.text("\"/>");
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::strokes::{Drawn, Strokes};

    #[test]
    fn is_written_whole_and_in_whole_numbers() {
        let drawn = Drawn {
            size: [100.0, 50.0],
            started_at_ms: 0.0,
            lengths: &[3, 1],
            points: &[
                10.0, 10.0, 0.5, 0.0, 20.0, 10.0, 0.5, 100.0, 20.0, 20.0, 0.5, 200.0, 5.0, 5.0, 1.0, 900.0,
            ],
        };
        let strokes = Strokes::drawn(drawn, None).expect("strokes");
        assert_eq!(strokes.ink_box(), [-88, -88, 376, 376]);
        assert_eq!(
            strokes.svg(),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"47\" height=\"47\" viewBox=\"-88 -88 376 376\">\
             <rect x=\"-88\" y=\"-88\" width=\"376\" height=\"376\" fill=\"#fff\"/>\
             <g fill=\"none\" stroke=\"#111\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\
             <path stroke-width=\"22\" d=\"M80 80L120 80\"/>\
             <path stroke-width=\"21\" d=\"M120 80Q160 80 160 120L160 160\"/>\
             <path stroke-width=\"34\" d=\"M40 40L41 40\"/></g></svg>"
        );
    }
}
