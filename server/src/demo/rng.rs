//! A small seeded random source (SplitMix64), so that a community is the same on every machine and in every release.
//!
//! Each subject draws from a stream of its own: adding a draw to one never shifts another, which keeps the
//! identifiers of a seed stable while the community around them changes.

/// A stream of pseudo-random numbers. Not for secrets.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// Returns the stream of `seed` for one subject, e.g. `("names", 17)`.
    pub fn stream(seed: u64, subject: &str, index: usize) -> Self {
        let hash = subject.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut rng = Self(seed ^ hash.rotate_left(17) ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // Two steps part the streams of neighbouring indexes.
        rng.next();
        Self(rng.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a whole number from `low` to `high`, both included; `low` where the range is empty.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let size = (high - low + 1).max(1) as u128;
        low + ((u128::from(self.next()) * size) >> 64) as i64
    }

    /// Returns a number from 0 up to, not including, 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns true with the given probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Returns one of the items; there must be one.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.between(0, items.len() as i64 - 1) as usize]
    }

    /// Returns one of the items, each as likely as its weight says; the last where all weights are zero.
    pub fn weighted<T: Copy>(&mut self, items: &[(T, f64)]) -> T {
        let mut left = self.unit() * items.iter().map(|(_, weight)| weight).sum::<f64>();
        for (item, weight) in items {
            left -= weight;
            if left < 0.0 {
                return *item;
            }
        }
        items[items.len() - 1].0
    }

    /// Puts the items in random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.between(0, last as i64) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn draws_are_pinned_and_within_their_range() {
        let mut rng = Rng::stream(7, "test", 0);
        let draws: Vec<i64> = (0..8).map(|_| rng.between(-3, 3)).collect();
        assert!(draws.iter().all(|it| (-3..=3).contains(it)), "{draws:?}");
        let mut again = Rng::stream(7, "test", 0);
        assert_eq!(draws, (0..8).map(|_| again.between(-3, 3)).collect::<Vec<_>>());
        assert_ne!(Rng::stream(7, "test", 1).unit(), Rng::stream(7, "test", 0).unit());
        assert_eq!(rng.between(5, 4), 5, "an empty range gives its start");
    }

    #[test]
    fn weights_are_followed() {
        let mut rng = Rng::stream(1, "weights", 0);
        let n_rare = (0..10_000)
            .filter(|_| rng.weighted(&[("often", 9.0), ("rare", 1.0), ("never", 0.0)]) == "rare")
            .count();
        assert!((850..1150).contains(&n_rare), "{n_rare}");
    }
}
