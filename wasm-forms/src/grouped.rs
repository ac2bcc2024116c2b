//! Things by the number of what they belong to: one vector of all, and where each group ends in it.

/// Items of type `T` by group.
#[derive(Debug, Default)]
pub(crate) struct Grouped<T> {
    ends: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy + Default> Grouped<T> {
    /// Puts pairs of group and item in the order of their groups; within a group they keep their order. Counted, not
    /// compared: the time it takes grows with the pairs and the groups alone.
    pub fn new(n_groups: usize, pairs: &[(u32, T)]) -> Grouped<T> {
        let mut ends = vec![0; n_groups];
        for (group, _) in pairs {
            ends[*group as usize] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            // For now where the group begins.
            sum += std::mem::replace(end, sum);
        }
        let mut items = vec![T::default(); pairs.len()];
        for (group, item) in pairs {
            let at = &mut ends[*group as usize];
            items[*at as usize] = *item;
            *at += 1;
        }
        Grouped { ends, items }
    }
}

impl<T> Grouped<T> {
    /// Returns the items of a group.
    pub fn of(&self, group: u32) -> &[T] {
        let from = group.checked_sub(1).map_or(0, |before| self.ends[before as usize]);
        &self.items[from as usize..self.ends[group as usize] as usize]
    }
}

/// Sorts numbers in place (Shell's sort with Ciura's gaps): short, and quick on the short lists it is for.
pub(crate) fn sort(numbers: &mut [u32]) {
    let larger =
        std::iter::successors(Some(1750), |it| Some(it * 9 / 4)).take_while(|it| *it < numbers.len());
    let larger: Vec<usize> = larger.collect();
    for gap in larger.into_iter().rev().chain([701, 301, 132, 57, 23, 10, 4, 1]) {
        for at in gap..numbers.len() {
            let mut place = at;
            while place >= gap && numbers[place - gap] > numbers[place] {
                numbers.swap(place - gap, place);
                place -= gap;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Grouped, sort};

    #[test]
    fn numbers_are_sorted() {
        for n in [0u32, 1, 2, 100, 5_000] {
            let mut numbers: Vec<u32> = (0..n).map(|it| it.wrapping_mul(2_654_435_761) % 997).collect();
            let mut expected = numbers.clone();
            expected.sort_unstable();
            sort(&mut numbers);
            assert_eq!(numbers, expected);
        }
    }

    #[test]
    fn groups_keep_the_order_of_their_items() {
        let grouped = Grouped::new(4, &[(2, 'a'), (0, 'b'), (2, 'c')]);
        let groups: Vec<String> = (0..4).map(|it| grouped.of(it).iter().collect()).collect();
        assert_eq!(groups, ["b", "", "ac", ""]);
    }
}
