//! `bench-photo-checks`: how well blur, darkness, glare and repetition of photos are found, on real photographs made
//! worse step by step; by the limits in use, and by limits that were chosen without the photograph they judge.
//!
//! Each photograph is reduced as the phone reduces it, made worse, compressed as it is kept, and judged. Steps that
//! nobody would call usable are `bad`, those that nobody would mind `good`; what lies between is shown, not counted.
//! The photographs are not part of this repository: `README.md` beside this file says which packages have them.

mod figures;
mod pictures;
mod strangers;
mod worse;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use image::RgbImage;
use image::imageops::FilterType;

use figures::{Judged, Pairs};
use pictures::{Picture, found_below};
use strangers::Strangers;
use worse::{Step, Verdict};

/// Options.
#[derive(Debug, Parser)]
struct Options {
    /// Folders to look for the photographs in.
    #[arg(long, required = true, num_args = 1..)]
    pictures: Vec<PathBuf>,
    /// Fail unless precision and recall of every check are at least this much, in per cent, by the limits in use and by those
    /// chosen on other photographs.
    #[arg(long, default_value_t = 0.0)]
    at_least: f64,
    /// Look at one photograph in so many.
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// Print each photograph's measures.
    #[arg(long)]
    each: bool,
}

/// Longest side of a photo on the phone.
const EDGE_PX: u32 = 1600;

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let found = found_below(&options.pictures)?;
    let pictures: Vec<&Picture> = found.iter().step_by(options.every.max(1)).collect();
    if pictures.is_empty() {
        eprintln!(
            "skipped: none of the photographs is there; tests/bench/evidence/README.md says where they come from"
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{} photographs of {} wanted\n",
        pictures.len(),
        pictures::WANTED.len() + pictures::SPOILT.len()
    );
    let (mut judged, mut pairs) = (Judged::default(), Pairs::default());
    for picture in pictures.into_iter().enumerate() {
        look_at(picture, &options, &mut judged, &mut pairs)?;
    }
    judged.print();
    pairs.print();
    let worst = judged.worst().min(pairs.worst());
    let strangers = Strangers::judge(&judged.samples, &pairs.all());
    strangers.print();
    let worst = worst.min(strangers.worst());
    if worst * 100.0 < options.at_least {
        bail!("{:.1} % is less than {} %", worst * 100.0, options.at_least);
    }
    Ok(ExitCode::SUCCESS)
}

fn look_at(
    (number, picture): (usize, &Picture),
    options: &Options,
    judged: &mut Judged,
    pairs: &mut Pairs,
) -> Result<()> {
    let whole = image::open(&picture.path)?.into_rgb8();
    let kept = reduced(&whole, EDGE_PX);
    if picture.is_spoilt {
        let step = Step::new("blurred by the camera", worse::Kind::Blur, Verdict::Bad, |it| it.clone());
        judged.add((number, picture), &step, &worse::compressed(&kept, 85)?, options.each);
        return Ok(());
    }
    for step in worse::steps() {
        judged.add((number, picture), &step, &worse::compressed(&step.apply(&kept), 85)?, options.each);
    }
    pairs.add(number, &kept)
}

/// Returns a picture with at most so many pixels on its longest side.
fn reduced(image: &RgbImage, edge_px: u32) -> RgbImage {
    let longest = image.width().max(image.height());
    if longest <= edge_px {
        return image.clone();
    }
    let side = |it: u32| (it * edge_px + longest / 2) / longest;
    image::imageops::resize(image, side(image.width()), side(image.height()), FilterType::Lanczos3)
}
