//! Ways to make a photograph worse, each in steps.

use std::io::Cursor;

use anyhow::Result;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{ImageFormat, RgbImage};

/// What is made worse, and which finding is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing: no finding at all.
    Nothing,
    /// Focus or movement.
    Blur,
    /// Too little light.
    Dark,
    /// Too much of it.
    Bright,
}

/// What a person would say of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Good,
    /// People differ: shown, not counted.
    Between,
    Bad,
}

type Change = Box<dyn Fn(&RgbImage) -> RgbImage>;

/// One way at one strength.
pub struct Step {
    pub name: String,
    pub kind: Kind,
    pub verdict: Verdict,
    change: Change,
}

impl Step {
    pub fn new(
        name: &str,
        kind: Kind,
        verdict: Verdict,
        change: impl Fn(&RgbImage) -> RgbImage + 'static,
    ) -> Step {
        Step { name: name.to_owned(), kind, verdict, change: Box::new(change) }
    }

    pub fn apply(&self, image: &RgbImage) -> RgbImage {
        (self.change)(image)
    }
}

/// Noise of a sensor at night, of 255.
const GRAIN: f32 = 5.0;

/// Returns all steps; lengths are in pixels of the reduced photo.
pub fn steps() -> Vec<Step> {
    use Verdict::{Bad, Between, Good};
    let mut steps = vec![
        Step::new("as it is", Kind::Nothing, Good, RgbImage::clone),
        Step::new("with grain", Kind::Nothing, Good, |it| grained(it, GRAIN)),
        Step::new("compressed to quality 40", Kind::Nothing, Good, |it| {
            compressed(it, 40).unwrap_or_else(|_| it.clone())
        }),
    ];
    for (sigma, verdict) in [(0.7, Good), (1.5, Between), (2.5, Bad), (4.0, Bad), (7.0, Bad)] {
        steps.push(Step::new(&format!("out of focus, σ {sigma}"), Kind::Blur, verdict, move |it| {
            image::imageops::blur(it, sigma)
        }));
    }
    for (sigma, verdict) in [(0.7, Good), (3.0, Bad)] {
        let name = format!("out of focus, σ {sigma}, with grain");
        steps.push(Step::new(&name, Kind::Blur, verdict, move |it| {
            grained(&image::imageops::blur(it, sigma), GRAIN)
        }));
    }
    for (length, verdict) in [(2, Good), (5, Between), (10, Bad), (18, Bad), (30, Bad)] {
        for (way, dx, dy) in [("across", 1.0, 0.0), ("aslant", 0.8, 0.6), ("down", 0.0, 1.0)] {
            let name = format!("moved {length} px {way}");
            steps.push(Step::new(&name, Kind::Blur, verdict, move |it| moved(it, length, dx, dy)));
        }
    }
    for (stops, verdict) in
        [(-1.0, Good), (-2.0, Between), (-3.0, Between), (-4.0, Bad), (-5.0, Bad), (-6.0, Bad)]
    {
        let name = format!("{} stops less light", -stops);
        steps
            .push(Step::new(&name, Kind::Dark, verdict, move |it| grained(&exposed(it, stops), GRAIN / 2.0)));
    }
    for (stops, verdict) in [(0.5, Good), (1.5, Between), (2.0, Between), (4.0, Bad), (5.0, Bad), (6.0, Bad)]
    {
        steps.push(Step::new(&format!("{stops} stops more light"), Kind::Bright, verdict, move |it| {
            exposed(it, stops)
        }));
    }
    steps
}

/// Returns the picture as a JPEG of some quality gives it back.
pub fn compressed(image: &RgbImage, quality: u8) -> Result<RgbImage> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(image)?;
    Ok(image::load(Cursor::new(bytes), ImageFormat::Jpeg)?.into_rgb8())
}

/// Ways in which the same photo comes again, and what is still the same.
pub fn again() -> Vec<Step> {
    let part = |share: f32, dx: f32, dy: f32| {
        move |it: &RgbImage| {
            let (width, height) = (it.width() as f32, it.height() as f32);
            let (wide, high) = ((width * share) as u32, (height * share) as u32);
            let (left, top) = ((width * (1.0 - share) * dx) as u32, (height * (1.0 - share) * dy) as u32);
            image::imageops::crop_imm(it, left, top, wide, high).to_image()
        }
    };
    let half =
        |it: &RgbImage| image::imageops::resize(it, it.width() / 2, it.height() / 2, FilterType::Triangle);
    let step = |name: &str, verdict, change: Change| Step {
        name: name.to_owned(),
        kind: Kind::Nothing,
        verdict,
        change,
    };
    vec![
        step(
            "compressed to quality 40",
            Verdict::Bad,
            Box::new(|it| compressed(it, 40).unwrap_or_else(|_| it.clone())),
        ),
        step("half the size", Verdict::Bad, Box::new(half)),
        step("half a stop darker", Verdict::Bad, Box::new(|it| exposed(it, -0.5))),
        step("one stop brighter", Verdict::Bad, Box::new(|it| exposed(it, 1.0))),
        step("with grain", Verdict::Bad, Box::new(|it| grained(it, GRAIN))),
        step("2 % nearer", Verdict::Bad, Box::new(part(0.98, 0.5, 0.5))),
        step("moved by 2 %", Verdict::Bad, Box::new(part(0.98, 1.0, 0.0))),
        step("5 % nearer", Verdict::Between, Box::new(part(0.95, 0.5, 0.5))),
        step("moved by 5 %", Verdict::Between, Box::new(part(0.95, 1.0, 1.0))),
        step("10 % nearer", Verdict::Between, Box::new(part(0.9, 0.5, 0.5))),
    ]
}

/// More or less light by a power of two, as a sensor sees it.
fn exposed(image: &RgbImage, stops: f32) -> RgbImage {
    let curve: Vec<u8> = (0..=255u16)
        .map(|it| {
            let light = (f32::from(it) / 255.0).powf(2.2) * stops.exp2();
            (light.min(1.0).powf(1.0 / 2.2) * 255.0).round() as u8
        })
        .collect();
    changed(image, |it| curve[usize::from(it)])
}

fn grained(image: &RgbImage, strength: f32) -> RgbImage {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The sum of four even distributions is near enough to a normal one.
        let sum: u32 = (0..4).map(|part| u32::from((state >> (16 + part * 12)) as u8)).sum();
        (sum as f32 - 510.0) / 147.8
    };
    let mut grainy = image.clone();
    for value in grainy.iter_mut() {
        *value = (f32::from(*value) + noise() * strength).round().clamp(0.0, 255.0) as u8;
    }
    grainy
}

/// The mean of the picture along a way.
fn moved(image: &RgbImage, length: u32, dx: f32, dy: f32) -> RgbImage {
    let places: Vec<(i64, i64)> = (0..length)
        .map(|at| at as f32 - (length - 1) as f32 / 2.0)
        .map(|at| ((at * dx).round() as i64, (at * dy).round() as i64))
        .collect();
    let (right, bottom) = (i64::from(image.width()) - 1, i64::from(image.height()) - 1);
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let mut sum = [0u32; 3];
        for (along, down) in &places {
            let at = ((i64::from(x) + along).clamp(0, right), (i64::from(y) + down).clamp(0, bottom));
            for (channel, value) in sum.iter_mut().zip(image.get_pixel(at.0 as u32, at.1 as u32).0) {
                *channel += u32::from(value);
            }
        }
        image::Rgb(sum.map(|it| (it / length) as u8))
    })
}

fn changed(image: &RgbImage, change: impl Fn(u8) -> u8) -> RgbImage {
    let mut other = image.clone();
    for value in other.iter_mut() {
        *value = change(*value);
    }
    other
}
