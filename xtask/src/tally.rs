//! Counts passed and failed tests in what test runners print.

use std::ops::AddAssign;

/// Tests that passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Reads the summaries of cargo test, vitest and node's runner, in whichever of them the output is written.
pub fn read(output: &str) -> Tally {
    let mut sum = Tally::default();
    for line in output.lines() {
        let plain = without_colour(line);
        let words: Vec<&str> = plain.split_whitespace().collect();
        match words.as_slice() {
            // test result: ok. 12 passed; 0 failed; 0 ignored; …
            ["test", "result:", ..] | ["Tests", ..] => {
                sum += Tally { passed: before(&words, "passed"), failed: before(&words, "failed") };
            }
            // ℹ pass 12 (or "# pass 12")
            ["ℹ" | "#", "pass", n] => sum.passed += n.parse().unwrap_or(0),
            ["ℹ" | "#", "fail", n] => sum.failed += n.parse().unwrap_or(0),
            _ => {}
        }
    }
    sum
}

/// Returns the number that stands before a word.
fn before(words: &[&str], label: &str) -> usize {
    let place = words.iter().position(|word| word.trim_end_matches(';') == label);
    place.and_then(|place| words.get(place.checked_sub(1)?)?.parse().ok()).unwrap_or(0)
}

fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut in_escape = false;
    for c in line.chars() {
        match c {
            '\x1b' => in_escape = true,
            'm' if in_escape => in_escape = false,
            _ if in_escape => {}
            _ => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, passed: usize, failed: usize) {
        assert_eq!(read(output), Tally { passed, failed }, "{output}");
    }

    #[test]
    fn sums_what_each_runner_reports() {
        check("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out", 12, 0);
        check("test result: FAILED. 3 passed; 2 failed;\ntest result: ok. 4 passed; 0 failed;", 7, 2);
        check(
            " Test Files  1 failed | 4 passed (5)\n      Tests  1 failed | 11 passed | 2 skipped (14)",
            11,
            1,
        );
        check(
            "\x1b[2m      Tests \x1b[22m \x1b[1m\x1b[32m9 passed\x1b[39m\x1b[22m\x1b[90m (9)\x1b[39m",
            9,
            0,
        );
        check("ℹ tests 6\nℹ pass 5\nℹ fail 1", 5, 1);
        check("# pass 5\n# fail 0", 5, 0);
        check("error: could not compile `doorstep`", 0, 0);
    }
}
