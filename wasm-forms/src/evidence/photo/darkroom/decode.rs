//! A camera's JPEG as planes, strip by strip: of the picture only a few rows are there at a time.

use super::dct::Rows;
use super::file::{Component, File};
use super::scan::Scan;
use super::{Layout, inverse};

/// A file being decoded from the top.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    layout: Layout,
    components: [Component; 3],
    scales: Scales,
    scan: Scan<'a>,
    means: [i16; 3],
    restart: usize,
    /// Parts that were read.
    n_parts: usize,
}

/// What numbers are multiplied by, for a block of eight pixels or of half as many across and down.
#[derive(Debug)]
enum Scales {
    Whole(Box<[Rows; 3]>),
    Half([[[f32; 4]; 4]; 3]),
}

/// Rows of a strip: a plane, and how many pixels it has across.
struct PlaneMut<'a> {
    pixels: &'a mut [u8],
    width: usize,
}

impl<'a> Decoder<'a> {
    /// Begins, for all pixels or for half as many in both directions.
    pub(super) fn of(file: File<'a>, is_halved: bool) -> Decoder<'a> {
        let File { layout, components, restart, scan } = file;
        let steps = components.each_ref().map(|it| &it.steps);
        let (layout, scales) = if is_halved {
            (layout.halved(), Scales::Half(steps.map(inverse::half_scales)))
        } else {
            (layout, Scales::Whole(Box::new(steps.map(inverse::scales))))
        };
        Decoder { layout, components, scales, scan: Scan::of(scan), means: [0; 3], restart, n_parts: 0 }
    }

    /// What comes out.
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// Returns whether the file's picture ended with the last row; nothing where a part of it is missing.
    pub(super) fn is_at_end(&mut self) -> Option<bool> {
        self.scan.is_at_end()
    }

    /// Fills the next rows of light and of the colours, whole parts but for the last ones; nothing where the file is broken.
    pub(super) fn fill(&mut self, strip: &mut [u8], rows: usize) -> Option<()> {
        let Layout { width, per_colour_across, per_colour_down, .. } = self.layout;
        let (colour_width, _) = self.layout.colours();
        let (light, colours) = strip.split_at_mut_checked(rows * width)?;
        let (blue, red) = colours.split_at_mut_checked(rows.div_ceil(per_colour_down) * colour_width)?;
        let mut planes = [
            PlaneMut { pixels: light, width },
            PlaneMut { pixels: blue, width: colour_width },
            PlaneMut { pixels: red, width: colour_width },
        ];
        let side = match self.scales {
            Scales::Whole(_) => 8,
            Scales::Half(_) => 4,
        };
        for down in 0..rows.div_ceil(side * per_colour_down) {
            for across in 0..width.div_ceil(side * per_colour_across) {
                self.part(&mut planes, across, down)?;
            }
        }
        Some(())
    }

    /// Reads a part: one block of each colour, and those of light that lie where these do.
    #[inline(always)]
    fn part(&mut self, [light, blue, red]: &mut [PlaneMut<'_>; 3], across: usize, down: usize) -> Option<()> {
        if self.restart > 0 && self.n_parts > 0 && self.n_parts.is_multiple_of(self.restart) {
            self.scan.restart(self.n_parts / self.restart - 1)?;
            self.means = [0; 3];
        }
        self.n_parts += 1;
        self.scan.make_ready()?;
        let Layout { per_colour_across, per_colour_down, .. } = self.layout;
        for y in 0..per_colour_down {
            for x in 0..per_colour_across {
                self.block(0, light, across * per_colour_across + x, down * per_colour_down + y)?;
            }
        }
        self.block(1, blue, across, down)?;
        self.block(2, red, across, down)
    }

    #[inline(always)]
    fn block(
        &mut self,
        component: usize,
        plane: &mut PlaneMut<'_>,
        across: usize,
        down: usize,
    ) -> Option<()> {
        let Component { means, others, .. } = &self.components[component];
        let mut numbers = [0; 64];
        self.scan.block(means, others, &mut self.means[component], &mut numbers)?;
        match &self.scales {
            Scales::Whole(scales) => plane.put(&inverse::pixels(&numbers, &scales[component]), across, down),
            Scales::Half(scales) => {
                plane.put(&inverse::half_pixels(&numbers, &scales[component]), across, down)
            }
        }
        Some(())
    }
}

impl PlaneMut<'_> {
    /// Puts a block; what lies beyond the border is left out.
    #[inline(always)]
    fn put<const SIDE: usize>(&mut self, block: &[[u8; SIDE]; SIDE], across: usize, down: usize) {
        let (x, y) = (across * SIDE, down * SIDE);
        if x + SIDE > self.width {
            return self.put_at_border(block, x, y);
        }
        for (row, place) in block.iter().zip(self.pixels.chunks_exact_mut(self.width).skip(y)) {
            if let Some(place) = place.get_mut(x..).and_then(|it| it.first_chunk_mut()) {
                *place = *row;
            }
        }
    }

    #[cold]
    fn put_at_border<const SIDE: usize>(&mut self, block: &[[u8; SIDE]; SIDE], x: usize, y: usize) {
        for (row, place) in block.iter().zip(self.pixels.chunks_exact_mut(self.width).skip(y)) {
            place.iter_mut().skip(x).zip(row).for_each(|(place, pixel)| *place = *pixel);
        }
    }
}
