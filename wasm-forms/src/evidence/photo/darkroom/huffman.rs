//! Huffman's codes as JPEG has them (ITU-T T.81, annexes C and K.2), made for what is to be written.

/// The longest code.
const LONGEST: usize = 16;

/// A table: how many codes of each length, and their symbols, shortest first.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) lengths: [u8; LONGEST],
    pub(super) symbols: Vec<u8>,
    /// By symbol: its code and how many bits it has.
    codes: [(u16, u8); 256],
}

impl Table {
    /// Makes the table for symbols that come so often; those that never come have no code.
    pub(super) fn for_counts(counts: &[u32; 256]) -> Table {
        let n_of_length = shortened(&code_lengths(counts));
        let mut by_count: Vec<u8> = (0..=255).filter(|it| counts[usize::from(*it)] > 0).collect();
        by_count.sort_by_key(|it| std::cmp::Reverse(counts[usize::from(*it)]));
        let mut codes = [(0, 0); 256];
        let (mut code, mut at) = (0u16, 0);
        for (length, n) in (1u8..).zip(n_of_length) {
            for symbol in &by_count[at..at + usize::from(n)] {
                codes[usize::from(*symbol)] = (code, length);
                code += 1;
            }
            at += usize::from(n);
            code <<= 1;
        }
        Table { lengths: n_of_length, symbols: by_count, codes }
    }

    /// Returns a symbol's code and its length in bits.
    #[inline]
    pub(super) fn code(&self, symbol: u8) -> (u32, u32) {
        let (code, length) = self.codes[usize::from(symbol)];
        (u32::from(code), u32::from(length))
    }

    /// Returns how many bits so many symbols take.
    pub(super) fn bits(&self, counts: &[u32; 256]) -> u64 {
        counts.iter().zip(&self.codes).map(|(n, (_, length))| u64::from(*n) * u64::from(*length)).sum()
    }
}

/// Returns how many codes of each length there are; one more is among the longest, for no code may be all ones.
fn code_lengths(counts: &[u32; 256]) -> [u32; 260] {
    // A tree from its leaves: how often what is under a node comes, and which node that is under.
    let mut open: Vec<(u64, usize)> = vec![(0, 0)];
    let there = counts.iter().filter(|it| **it > 0);
    open.extend((1..).zip(there).map(|(node, n)| (u64::from(*n), node)));
    let n_leaves = open.len();
    let mut above = vec![0; 2 * n_leaves];
    for node in n_leaves..2 * n_leaves - 1 {
        let (Some(one), Some(other)) = (least(&mut open), least(&mut open)) else { break };
        above[one.1] = node;
        above[other.1] = node;
        open.push((one.0 + other.0, node));
    }
    let mut of_length = [0; 260];
    for leaf in 0..n_leaves {
        let depth = std::iter::successors(Some(leaf), |it| Some(above[*it]).filter(|it| *it > 0)).count() - 1;
        of_length[depth] += u32::from(depth > 0);
    }
    of_length
}

/// Takes what comes least.
fn least(open: &mut Vec<(u64, usize)>) -> Option<(u64, usize)> {
    let at = (0..open.len()).min_by_key(|it| open[*it])?;
    Some(open.swap_remove(at))
}

/// Brings the longest codes to [`LONGEST`] bits, and takes away the one of all ones.
fn shortened(of_length: &[u32; 260]) -> [u8; LONGEST] {
    let mut of_length = *of_length;
    for length in (LONGEST + 1..of_length.len()).rev() {
        while of_length[length] > 0 {
            let shorter = (1..length - 1).rev().find(|it| of_length[*it] > 0).unwrap_or(1);
            of_length[length] -= 2;
            of_length[length - 1] += 1;
            of_length[shorter + 1] += 2;
            of_length[shorter] -= 1;
        }
    }
    if let Some(longest) = (1..=LONGEST).rev().find(|it| of_length[*it] > 0) {
        of_length[longest] -= 1;
    }
    std::array::from_fn(|at| of_length[at + 1] as u8)
}

/// The compressed part of a file.
#[derive(Debug, Default)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    pending: u64,
    n: u32,
}

impl Bits {
    /// Goes on behind these bytes.
    pub(super) fn after(bytes: Vec<u8>) -> Bits {
        Bits { bytes, pending: 0, n: 0 }
    }

    /// Writes up to 32 bits.
    #[inline]
    pub(super) fn put(&mut self, bits: u32, n: u32) {
        self.pending = self.pending << n | u64::from(bits);
        self.n += n;
        if self.n >= 32 {
            self.n -= 32;
            self.write((self.pending >> self.n) as u32);
        }
    }

    #[inline]
    fn write(&mut self, four: u32) {
        let inverse = !four;
        let has_mark = inverse.wrapping_sub(0x0101_0101) & four & 0x8080_8080 != 0;
        if !has_mark {
            self.bytes.extend_from_slice(&four.to_be_bytes());
            return;
        }
        four.to_be_bytes().into_iter().for_each(|it| self.push(it));
    }

    /// What looks like a marker is none.
    fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
        if byte == 0xff {
            self.bytes.push(0);
        }
    }

    /// Returns the bytes, the last one filled up with ones.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let fill = (8 - self.n % 8) % 8;
        self.put((1 << fill) - 1, fill);
        for at in (0..self.n / 8).rev() {
            self.push((self.pending >> (8 * at)) as u8);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(counts: &[(u8, u32)]) -> Table {
        let mut all = [0; 256];
        for (symbol, n) in counts {
            all[usize::from(*symbol)] = *n;
        }
        let table = Table::for_counts(&all);
        assert_eq!(table.symbols.len(), counts.len());
        assert_eq!(table.lengths.iter().map(|it| usize::from(*it)).sum::<usize>(), counts.len());
        // Room for one more code: the one of all ones is none.
        let taken: u64 = (1..).zip(table.lengths).map(|(length, n)| u64::from(n) << (16 - length)).sum();
        assert!(taken < 1 << 16, "{:?}", table.lengths);
        table
    }

    #[test]
    fn what_comes_often_is_short() {
        let table = check(&[(0, 1000), (1, 100), (7, 10), (255, 1)]);
        assert_eq!([0, 1, 7, 255].map(|it| table.code(it)), [(0, 1), (0b10, 2), (0b110, 3), (0b1110, 4)]);
    }

    #[test]
    fn one_symbol_has_a_code_and_none_has_none() {
        assert_eq!(check(&[(3, 5)]).code(3), (0, 1));
        check(&[]);
    }

    #[test]
    fn no_code_is_longer_than_sixteen_bits() {
        let mut n = (1, 1);
        let counts: Vec<(u8, u32)> = (0..40u8)
            .map(|symbol| {
                n = (n.1, n.0 + n.1);
                (symbol, n.0)
            })
            .collect();
        check(&counts);
        check(&(0..=255).map(|it| (it, 1)).collect::<Vec<_>>());
    }

    #[test]
    fn bits_come_in_order_and_marks_are_kept_apart() {
        let mut bits = Bits::after(vec![7]);
        for (value, n) in [(0xfff, 12), (0, 1), (0b101, 3), (0xffff_ffff, 32), (1, 2), (0, 0)] {
            bits.put(value, n);
        }
        assert_eq!(bits.finish(), [7, 0xff, 0, 0xf5, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0x7f]);
        assert_eq!(Bits::default().finish(), [0u8; 0]);
    }
}
