//! Photographs judged by limits that were chosen without them: for each photograph the limits are chosen anew on all the
//! others, and it alone is judged by them. What is counted over all of them says how photos fare that nobody has seen
//! when the limits were chosen.
//!
//! Limits are chosen for the best balance of precision and recall (their harmonic mean); where many are as good, for
//! the middle of the longest run of them, farthest from both sides.

use std::ops::RangeInclusive;

use wasm_forms::evidence::photo::{Likeness, Limits, Measures};

use super::figures::share;
use super::worse::{Kind, Verdict};

/// One photograph at one step.
pub struct Sample {
    /// Which photograph, by number.
    pub picture: usize,
    pub kind: Kind,
    pub verdict: Verdict,
    pub measures: Measures,
}

/// Two fingerprints.
pub struct Pair {
    /// Which photographs: the same one twice where it is one photo that comes again.
    pub pictures: (usize, usize),
    pub bits_apart: u32,
}

impl Pair {
    fn is_of(&self, picture: usize) -> bool {
        self.pictures.0 == picture || self.pictures.1 == picture
    }

    fn is_same(&self) -> bool {
        self.pictures.0 == self.pictures.1
    }
}

/// What was found and what should have been.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    right: usize,
    found: usize,
    bad: usize,
}

impl Tally {
    fn count(&mut self, is_bad: bool, is_found: bool) {
        self.right += usize::from(is_bad && is_found);
        self.found += usize::from(is_found);
        self.bad += usize::from(is_bad);
    }

    fn add(&mut self, other: Tally) {
        self.right += other.right;
        self.found += other.found;
        self.bad += other.bad;
    }

    /// The harmonic mean of precision and recall, in millionths, so that equal ones are equal.
    fn balance(self) -> u64 {
        let both = (self.found + self.bad) as u64;
        (2_000_000 * self.right as u64).checked_div(both).unwrap_or(1_000_000)
    }

    fn worst(self) -> f64 {
        let ratio = |whole: usize| if whole == 0 { 1.0 } else { self.right as f64 / whole as f64 };
        ratio(self.bad).min(ratio(self.found))
    }
}

/// A check's result over all photographs, and the limits that were chosen on the way.
struct Line {
    name: &'static str,
    tally: Tally,
    limits: Vec<i64>,
}

/// What came out, check by check.
pub struct Strangers(Vec<Line>);

impl Strangers {
    /// Chooses and judges, photograph by photograph.
    pub fn judge(samples: &[Sample], pairs: &[Pair]) -> Strangers {
        let n_pictures = samples.iter().map(|it| it.picture + 1).max().unwrap_or(0);
        let line = |name| Line { name, tally: Tally::default(), limits: Vec::new() };
        let mut lines =
            ["photo.blurred", "photo.too_dark", "photo.too_bright", "photo.like_another"].map(line);
        for picture in 0..n_pictures {
            let (judged, others): (Vec<&Sample>, Vec<&Sample>) =
                samples.iter().partition(|it| it.picture == picture);
            let limits = chosen(&others);
            let told = [
                (Kind::Blur, i64::from(limits.least_sharpness)),
                (Kind::Dark, i64::from(limits.least_upper_brightness)),
                (Kind::Bright, i64::from(limits.most_white_per_mille)),
            ];
            for (line, (kind, limit)) in lines.iter_mut().zip(told) {
                line.tally.add(tally(&judged, kind, &limits));
                line.limits.push(limit);
            }
            let (judged, others): (Vec<&Pair>, Vec<&Pair>) = pairs.iter().partition(|it| it.is_of(picture));
            // Where a photograph has no pairs (its camera blurred it), there is none to judge.
            if !judged.is_empty() {
                let bits = chosen_bits(&others);
                lines[3].tally.add(tally_bits(&judged, bits));
                lines[3].limits.push(bits.into());
            }
        }
        Strangers(lines.into())
    }

    pub fn print(&self) {
        println!("\nJudged by limits chosen on all other photographs:\n");
        println!(
            "| check | limit, least – middle – most | in use | bad photos | found (recall) | photos found | rightly (precision) |\n| --- | --- | --- | --- | --- | --- | --- |"
        );
        let Limits { least_upper_brightness, most_white_per_mille, least_sharpness } = Limits::CHOSEN;
        let in_use = [
            i64::from(least_sharpness),
            i64::from(least_upper_brightness),
            i64::from(most_white_per_mille),
            i64::from(Likeness::MOST_BITS_APART),
        ];
        for (Line { name, tally, limits }, in_use) in self.0.iter().zip(in_use) {
            let mut sorted = limits.clone();
            sorted.sort_unstable();
            let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
            let limits =
                format!("{} – {} – {}", at(0), at(sorted.len() / 2), at(sorted.len().saturating_sub(1)));
            println!(
                "| {name} | {limits} | {in_use} | {} | {} | {} | {} |",
                tally.bad,
                share(tally.right, tally.bad),
                tally.found,
                share(tally.right, tally.found)
            );
        }
    }

    /// Returns the least of all precisions and recalls.
    pub fn worst(&self) -> f64 {
        self.0.iter().map(|it| it.tally.worst()).fold(1.0, f64::min)
    }
}

/// Counts a check: the bad ones of its own kind, and the good ones of every kind.
fn tally(samples: &[&Sample], kind: Kind, limits: &Limits) -> Tally {
    let mut tally = Tally::default();
    for it in samples {
        let is_bad = it.verdict == Verdict::Bad && it.kind == kind;
        if !is_bad && it.verdict != Verdict::Good {
            continue;
        }
        let is_found = match kind {
            Kind::Nothing => false,
            Kind::Blur => it.measures.is_blurred(limits),
            Kind::Dark => it.measures.is_too_dark(limits),
            Kind::Bright => it.measures.is_too_bright(limits),
        };
        tally.count(is_bad, is_found);
    }
    tally
}

/// Light first: what is blurred is said only where the light suffices.
fn chosen(samples: &[&Sample]) -> Limits {
    let mut limits = Limits::CHOSEN;
    let with_dark = |limit: u16| Limits { least_upper_brightness: limit as u8, ..limits };
    let dark = best(0..=255, |it| tally(samples, Kind::Dark, &with_dark(it)));
    limits.least_upper_brightness = dark as u8;
    let with_white = |limit: u16| Limits { most_white_per_mille: limit, ..limits };
    limits.most_white_per_mille = best(0..=1000, |it| tally(samples, Kind::Bright, &with_white(it)));
    let with_sharpness = |limit: u16| Limits { least_sharpness: limit, ..limits };
    limits.least_sharpness = best(0..=1000, |it| tally(samples, Kind::Blur, &with_sharpness(it)));
    limits
}

fn tally_bits(pairs: &[&Pair], bits: u16) -> Tally {
    let mut tally = Tally::default();
    pairs.iter().for_each(|it| tally.count(it.is_same(), it.bits_apart <= u32::from(bits)));
    tally
}

fn chosen_bits(pairs: &[&Pair]) -> u16 {
    best(0..=32, |bits| tally_bits(pairs, bits))
}

/// Returns the middle of the longest run of limits that none is better than.
fn best(limits: RangeInclusive<u16>, tally: impl Fn(u16) -> Tally) -> u16 {
    let balances: Vec<(u16, u64)> = limits.map(|it| (it, tally(it).balance())).collect();
    let most = balances.iter().map(|(_, balance)| *balance).max().unwrap_or(0);
    let runs = balances.chunk_by(|(_, one), (_, next)| one == next).filter(|run| run[0].1 == most);
    // Of two that are as long, the first.
    let longest = runs.reduce(|longest, run| if run.len() > longest.len() { run } else { longest });
    longest.map_or(0, |run| run[run.len() / 2].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(picture: usize, verdict: Verdict, sharpness: u16) -> Sample {
        let measures = Measures { sharpness, upper_brightness: 200, white_per_mille: 0 };
        Sample { picture, kind: Kind::Blur, verdict, measures }
    }

    #[test]
    fn a_photograph_is_not_judged_by_what_was_learnt_of_it() {
        // Four photographs agree; the fifth is blurred at what is sharp for them.
        let agree = (0..4).flat_map(|it| [sample(it, Verdict::Good, 600), sample(it, Verdict::Bad, 300)]);
        let fifth = [sample(4, Verdict::Good, 900), sample(4, Verdict::Bad, 700)];
        let samples: Vec<Sample> = agree.chain(fifth).collect();
        let strangers = Strangers::judge(&samples, &[]);
        let blurred = &strangers.0[0];
        assert_eq!(blurred.tally, Tally { right: 4, found: 4, bad: 5 }, "the fifth was not found");
        assert_eq!(blurred.limits, [451; 5], "in the middle between 300 and 600");
        assert!((strangers.worst() - 0.8).abs() < 1e-9);
    }

    #[test]
    fn the_limit_lies_in_the_middle_between_both() {
        let pairs = [(0, 0, 4), (1, 1, 6), (0, 1, 20)];
        let pairs = pairs.map(|(one, other, bits_apart)| Pair { pictures: (one, other), bits_apart });
        assert_eq!(chosen_bits(&pairs.iter().collect::<Vec<_>>()), 13);
    }
}
