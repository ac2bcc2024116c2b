//! What was found, counted: a line for each step, precision and recall of each check.

use std::collections::BTreeMap;

use anyhow::Result;
use image::RgbImage;
use wasm_forms::evidence::photo::{Finding, Judgement, Likeness, Luma, Measures, judge, luma_of_rgba};

use super::pictures::Picture;
use super::strangers::{Pair, Sample};
use super::worse::{self, Kind, Step, Verdict};

const CHECKS: [(Kind, Finding); 3] =
    [(Kind::Blur, Finding::Blurred), (Kind::Dark, Finding::TooDark), (Kind::Bright, Finding::TooBright)];

/// How often each finding was made, by step in the order of the steps.
#[derive(Default)]
pub struct Judged {
    steps: Vec<Line>,
    places: BTreeMap<String, usize>,
    /// What was measured, photograph by photograph.
    pub samples: Vec<Sample>,
}

struct Line {
    name: String,
    kind: Kind,
    verdict: Verdict,
    n: usize,
    found: [usize; 3],
    sharpness: Vec<u16>,
}

impl Judged {
    pub fn add(&mut self, (number, picture): (usize, &Picture), step: &Step, image: &RgbImage, tell: bool) {
        let (judgement, measures) = judged(image);
        let Step { kind, verdict, .. } = *step;
        self.samples.push(Sample { picture: number, kind, verdict, measures });
        if tell {
            let findings: Vec<&str> = judgement.findings.iter().map(|it| it.code()).collect();
            println!(
                "{}\t{}\tsharpness {}\tbrightness {}\t{findings:?}",
                picture.name, step.name, judgement.sharpness, judgement.brightness
            );
        }
        let fresh = self.steps.len();
        let place = *self.places.entry(step.name.clone()).or_insert(fresh);
        if place == fresh {
            let Step { name, kind, verdict, .. } = step;
            let line = Line {
                name: name.clone(),
                kind: *kind,
                verdict: *verdict,
                n: 0,
                found: [0; 3],
                sharpness: Vec::new(),
            };
            self.steps.push(line);
        }
        let line = &mut self.steps[place];
        line.n += 1;
        line.sharpness.push(judgement.sharpness);
        for (count, (_, finding)) in line.found.iter_mut().zip(CHECKS) {
            *count += usize::from(judgement.findings.contains(&finding));
        }
    }

    pub fn print(&self) {
        println!(
            "| made worse by | is | blurred | too dark | too bright | sharpness, least – middle – most |"
        );
        println!("| --- | --- | --- | --- | --- | --- |");
        for line in &self.steps {
            let verdict = match line.verdict {
                Verdict::Good => "good",
                Verdict::Between => "between",
                Verdict::Bad => "bad",
            };
            let [blurred, dark, bright] = line.found.map(|it| share(it, line.n));
            let mut sorted = line.sharpness.clone();
            sorted.sort_unstable();
            let (least, middle, most) = (sorted[0], sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
            println!(
                "| {} | {verdict} | {blurred} | {dark} | {bright} | {least} – {middle} – {most} |",
                line.name
            );
        }
        println!(
            "\n| check | bad photos | found (recall) | photos found | rightly (precision) |\n| --- | --- | --- | --- | --- |"
        );
        for (check, (_, finding)) in CHECKS.iter().enumerate() {
            let [right, bad, found] = self.counts(check);
            println!(
                "| {} | {bad} | {} | {found} | {} |",
                finding.code(),
                share(right, bad),
                share(right, found)
            );
        }
    }

    /// Returns how many bad photos a check found, how many there are, and how many it found among good and bad ones. What
    /// a picture of another kind of harm gets is not counted: very dark ones have no edges either.
    fn counts(&self, check: usize) -> [usize; 3] {
        let mut counts = [0; 3];
        for line in &self.steps {
            let is_bad = line.verdict == Verdict::Bad && line.kind == CHECKS[check].0;
            if is_bad {
                counts[0] += line.found[check];
                counts[1] += line.n;
            }
            if is_bad || line.verdict == Verdict::Good {
                counts[2] += line.found[check];
            }
        }
        counts
    }

    /// Returns the least of all precisions and recalls.
    pub fn worst(&self) -> f64 {
        let ratios = (0..CHECKS.len()).flat_map(|check| {
            let [right, bad, found] = self.counts(check);
            [ratio(right, bad), ratio(right, found)]
        });
        ratios.fold(1.0, f64::min)
    }
}

/// Fingerprints of the photographs, and of the same ones again.
#[derive(Default)]
pub struct Pairs {
    originals: Vec<(usize, Likeness)>,
    again_of: Vec<Pair>,
    again: BTreeMap<String, (usize, Verdict, Vec<u32>)>,
}

impl Pairs {
    pub fn add(&mut self, number: usize, image: &RgbImage) -> Result<()> {
        let original = judged(&worse::compressed(image, 85)?).0.likeness;
        self.originals.push((number, original));
        for (place, step) in worse::again().into_iter().enumerate() {
            let other = judged(&worse::compressed(&step.apply(image), 85)?).0.likeness;
            if step.verdict == Verdict::Bad {
                self.again_of
                    .push(Pair { pictures: (number, number), bits_apart: original.bits_apart(other) });
            }
            let line = self.again.entry(step.name).or_insert((place, step.verdict, Vec::new()));
            line.2.push(original.bits_apart(other));
        }
        Ok(())
    }

    pub fn print(&self) {
        let mut lines: Vec<_> = self.again.iter().collect();
        lines.sort_by_key(|(_, (place, ..))| *place);
        println!("\n| the same photo | found | bits apart, middle – most |\n| --- | --- | --- |");
        for (name, (_, _, bits)) in lines {
            let mut sorted = bits.clone();
            sorted.sort_unstable();
            let found = sorted.iter().filter(|it| **it <= Likeness::MOST_BITS_APART).count();
            println!(
                "| {name} | {} | {} – {} |",
                share(found, bits.len()),
                sorted[bits.len() / 2],
                sorted[bits.len() - 1]
            );
        }
        let [right, same, found] = self.counts();
        println!(
            "\n{} pairs of different photographs: the nearest {} bits apart, {} taken for the same.",
            self.different().len(),
            self.different().iter().min().unwrap_or(&0),
            found - right
        );
        println!(
            "\n| check | same photos | found (recall) | photos found | rightly (precision) |\n| --- | --- | --- | --- | --- |"
        );
        println!(
            "| photo.like_another | {same} | {} | {found} | {} |",
            share(right, same),
            share(right, found)
        );
    }

    pub fn worst(&self) -> f64 {
        let [right, same, found] = self.counts();
        ratio(right, same).min(ratio(right, found))
    }

    fn counts(&self) -> [usize; 3] {
        let same: Vec<u32> = self
            .again
            .values()
            .filter(|it| it.1 == Verdict::Bad)
            .flat_map(|it| it.2.iter().copied())
            .collect();
        let near = |bits: &[u32]| bits.iter().filter(|it| **it <= Likeness::MOST_BITS_APART).count();
        [near(&same), same.len(), near(&same) + near(&self.different())]
    }

    fn different(&self) -> Vec<u32> {
        let pairs = self.originals.iter().enumerate();
        pairs
            .flat_map(|(at, (_, it))| self.originals[..at].iter().map(|(_, other)| it.bits_apart(*other)))
            .collect()
    }

    /// Returns the same photos again, and all pairs of different ones.
    pub fn all(self) -> Vec<Pair> {
        let mut all = self.again_of;
        for (at, (number, it)) in self.originals.iter().enumerate() {
            let others = self.originals[..at].iter();
            all.extend(others.map(|(other, likeness)| Pair {
                pictures: (*other, *number),
                bits_apart: it.bits_apart(*likeness),
            }));
        }
        all
    }
}

fn judged(image: &RgbImage) -> (Judgement, Measures) {
    let rgba: Vec<u8> = image.pixels().flat_map(|it| [it[0], it[1], it[2], 255]).collect();
    let pixels = luma_of_rgba(&rgba);
    let luma = Luma::new(&pixels, image.width(), image.height()).expect("as many pixels as the picture has");
    (judge(&luma, &[]), Measures::of(&luma))
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

pub fn share(part: usize, whole: usize) -> String {
    format!("{:.1} %", ratio(part, whole) * 100.0)
}
