//! A fuzz target: where its inputs come from, and what is done with one.

use std::path::{Path, PathBuf};

use crate::chance::Chance;
use crate::harness::{Failure, bounded, folder, setting};

/// Most runs spent on making a failing input smaller.
const MAX_SHRINKING: usize = 400;
/// Inputs longer than this are cut: mutation copies, and copies of copies grow.
const MAX_BYTES: usize = 300_000;

/// Makes a new input out of one of the corpus, which it may read whole.
type Mutation = fn(&[u8], &[Vec<u8>], &mut Chance) -> Vec<u8>;

/// What a target does with inputs.
pub struct Target {
    /// The folder of its regressions.
    pub name: &'static str,
    /// How many inputs a run takes where nobody says otherwise.
    pub iterations: u64,
    /// Inputs to begin with.
    pub corpus: fn() -> Vec<Vec<u8>>,
    /// In the terms of the target's language.
    pub mutate: Mutation,
    pub run: fn(&[u8]),
}

impl Target {
    /// Runs the regressions, the corpus as it is, and mutations of both.
    pub fn fuzz(&self) {
        let regressions = self.regressions();
        let mut corpus = (self.corpus)();
        for (path, input) in regressions {
            self.check(&input, &path.display().to_string());
            corpus.push(input);
        }
        assert!(!corpus.is_empty(), "{}: nothing to begin with", self.name);
        let seed = setting("FUZZ_SEED", 1);
        let first = setting("FUZZ_FIRST", 0);
        let n = setting("FUZZ_ITERATIONS", self.iterations);
        for (number, input) in corpus.iter().enumerate().filter(|_| first == 0) {
            self.check(input, &format!("number {number} of the corpus"));
        }
        for case in first..first + n {
            let mut chance = Chance::of_case(seed, case);
            let from = &corpus[chance.below(corpus.len())];
            let mut input = (self.mutate)(from, &corpus, &mut chance);
            input.truncate(MAX_BYTES);
            self.check(&input, &format!("FUZZ_SEED={seed} FUZZ_FIRST={case} FUZZ_ITERATIONS=1"));
        }
        println!("{}: {} of the corpus and {n} mutations", self.name, corpus.len());
    }

    fn check(&self, input: &[u8], origin: &str) {
        let running = folder().join(format!("{}.running", self.name));
        // Found there when the process dies with it.
        std::fs::write(running, input).expect("a folder below target");
        let Err(failure) = self.attempt(input) else { return };
        let small = match failure {
            Failure::Panicked(_) => self.shrink(input),
            Failure::TooSlow(_) | Failure::Endless => input.to_vec(),
        };
        let path = folder().join(format!("{}.failed", self.name));
        std::fs::write(&path, &small).expect("a folder below target");
        let shown: String = String::from_utf8_lossy(&small).chars().take(2000).collect();
        panic!("{}: {failure:?}\n{origin}\nkept as {}:\n{shown}", self.name, path.display());
    }

    fn attempt(&self, input: &[u8]) -> Result<(), Failure> {
        let (run, input) = (self.run, input.to_vec());
        bounded(move || run(&input))
    }

    /// Leaves out pieces, large ones first, while the input still makes it panic.
    fn shrink(&self, input: &[u8]) -> Vec<u8> {
        let mut small = input.to_vec();
        let mut left = MAX_SHRINKING;
        let mut length = small.len() / 2;
        while length > 0 && left > 0 {
            let mut at = 0;
            while at < small.len() && left > 0 {
                let mut shorter = small.clone();
                shorter.drain(at..(at + length).min(small.len()));
                left -= 1;
                if matches!(self.attempt(&shorter), Err(Failure::Panicked(_))) {
                    small = shorter;
                } else {
                    at += length;
                }
            }
            length /= 2;
        }
        small
    }

    /// Returns the inputs that once broke something.
    fn regressions(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/regressions").join(self.name);
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.map(|it| it.expect("an entry").path()).collect();
        paths.sort();
        paths.into_iter().map(|it| (it.clone(), std::fs::read(it).expect("a file"))).collect()
    }
}
