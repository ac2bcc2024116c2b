//! Seeded chance: SplitMix64. The same seed tells the same story on every machine.

/// A stream of numbers that a seed determines.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Returns the stream of one case of a run: each case can be told alone.
    pub fn of_case(seed: u64, case: u64) -> Chance {
        let mut chance = Chance(seed ^ case.wrapping_mul(0xd134_2543_de82_ef95));
        chance.bits();
        chance
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Returns a number below `limit`; 0 where there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.bits() % limit as u64) as usize }
    }

    /// Says yes once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Returns one of a list that is not empty.
    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}
