//! Huffman's codes as JPEG has them (ITU-T T.81, annexes C and K.2), made for what is to be written.

/// The longest code.
const LONGEST: usize = 16;

/// Bits for a length: up to 16 of a code and 11 behind it.
const LENGTH_BITS: u32 = 5;

/// A table: how many codes of each length, and their symbols, shortest first.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) lengths: [u8; LONGEST],
    pub(super) symbols: Vec<u8>,
    /// By symbol: its code, with room for the bits behind it, and how many bits both have ([`LENGTH_BITS`]).
    codes: [u32; 256],
}

impl Table {
    /// Makes the table for symbols that come so often; those that never come have no code.
    pub(super) fn for_counts(counts: &[u32; 256]) -> Table {
        let n_of_length = shortened(&code_lengths(counts));
        let mut by_count: Vec<u8> = (0..=255).filter(|it| counts[usize::from(*it)] > 0).collect();
        by_count.sort_by_key(|it| std::cmp::Reverse(counts[usize::from(*it)]));
        let mut codes = [0; 256];
        let (mut code, mut at) = (0u32, 0);
        for (length, n) in (1u32..).zip(n_of_length) {
            for symbol in &by_count[at..at + usize::from(n)] {
                let more = u32::from(symbol & 15);
                codes[usize::from(*symbol)] = code << (more + LENGTH_BITS) | (length + more);
                code += 1;
            }
            at += usize::from(n);
            code <<= 1;
        }
        Table { lengths: n_of_length, symbols: by_count, codes }
    }

    /// Returns a symbol's code followed by the bits that it announces, and the length of both.
    #[inline(always)]
    pub(super) fn code(&self, symbol: u8, more: u32) -> (u32, u32) {
        let code = self.codes[usize::from(symbol)];
        (code >> LENGTH_BITS | more, code & ((1 << LENGTH_BITS) - 1))
    }

    /// Returns how many bits so many symbols take, with those that they announce.
    pub(super) fn bits(&self, counts: &[u32; 256]) -> u64 {
        counts
            .iter()
            .zip(self.codes)
            .map(|(n, code)| u64::from(*n) * u64::from(code & ((1 << LENGTH_BITS) - 1)))
            .sum()
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

/// The compressed part of a file, byte by byte.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    /// What is written, and room for more.
    bytes: Vec<u8>,
    n: usize,
}

impl Bytes {
    /// Goes on behind these bytes.
    pub(super) fn after(bytes: Vec<u8>) -> Bytes {
        Bytes { n: bytes.len(), bytes }
    }

    /// Makes room for so many bytes, every one of which may need a second one.
    #[inline(always)]
    pub(super) fn make_room(&mut self, bytes: usize) {
        let needed = self.n + 2 * bytes + 16;
        if self.bytes.len() < needed {
            self.bytes.resize(needed.max(self.bytes.capacity()), 0);
        }
    }

    #[inline(always)]
    fn write(&mut self, eight: u64) {
        const ONES: u64 = 0x0101_0101_0101_0101;
        let has_mark = (!eight).wrapping_sub(ONES) & eight & (ONES << 7) != 0;
        if has_mark {
            self.write_marked(eight);
        } else {
            if let Some(place) = self.bytes.get_mut(self.n..).and_then(|it| it.first_chunk_mut()) {
                *place = eight.to_be_bytes();
            }
            self.n += 8;
        }
    }

    #[cold]
    fn write_marked(&mut self, eight: u64) {
        eight.to_be_bytes().into_iter().for_each(|it| self.push(it));
    }

    /// What looks like a marker is none.
    fn push(&mut self, byte: u8) {
        for it in [byte, 0].into_iter().take(1 + usize::from(byte == 0xff)) {
            if let Some(place) = self.bytes.get_mut(self.n) {
                *place = it;
            }
            self.n += 1;
        }
    }
}

/// What becomes of [`Bytes`], bit by bit.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a mut Bytes,
    pending: u64,
    /// Bits that still have room in `pending`.
    free: u32,
}

impl Bits<'_> {
    /// Begins at a byte.
    pub(super) fn into(bytes: &mut Bytes) -> Bits<'_> {
        Bits { bytes, pending: 0, free: 64 }
    }

    /// Makes room; see [`Bytes::make_room`].
    #[inline(always)]
    pub(super) fn make_room(&mut self, bytes: usize) {
        self.bytes.make_room(bytes);
    }

    /// Writes up to 32 bits where there is room.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u32, n: u32) {
        let bits = u64::from(bits);
        if n < self.free {
            self.pending = self.pending << n | bits;
            self.free -= n;
        } else {
            let over = n - self.free;
            // In two steps: there may be room for all 64.
            self.bytes
                .write(self.pending << (self.free >> 1) << (self.free - (self.free >> 1)) | bits >> over);
            self.pending = bits;
            self.free = 64 - over;
        }
    }

    /// Fills the last byte up with ones.
    pub(super) fn finish(mut self) {
        self.make_room(8);
        let fill = self.free % 8;
        self.put((1 << fill) - 1, fill);
        for at in (0..(64 - self.free) / 8).rev() {
            self.bytes.push((self.pending >> (8 * at)) as u8);
        }
    }
}

impl From<Bytes> for Vec<u8> {
    fn from(Bytes { mut bytes, n }: Bytes) -> Vec<u8> {
        bytes.truncate(n);
        bytes
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
        // A symbol's lower half announces so many bits, which follow its code.
        assert_eq!([0, 1].map(|it| table.code(it, 0)), [(0, 1), (0b100, 3)]);
        assert_eq!(
            [(1, 1), (7, 3)].map(|(it, more)| table.code(it, more)),
            [(0b101, 3), (0b11_0000_0011, 10)]
        );
        assert_eq!(table.code(255, 1), (0b1110 << 15 | 1, 19));
        let mut counts = [0; 256];
        (counts[0], counts[7]) = (5, 2);
        assert_eq!(table.bits(&counts), 5 + 2 * 10);
    }

    #[test]
    fn one_symbol_has_a_code_and_none_has_none() {
        assert_eq!(check(&[(3, 5)]).code(3, 0b101), (0b101, 4));
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
        let written = |first: &[u8], all: &[(u32, u32)]| {
            let mut bytes = Bytes::after(first.to_vec());
            let mut bits = Bits::into(&mut bytes);
            for (value, n) in all {
                bits.make_room(4);
                bits.put(*value, *n);
            }
            bits.finish();
            Vec::from(bytes)
        };
        let all = [(0xfff, 12), (0, 1), (0b101, 3), (0xffff_ffff, 32), (1, 2), (0, 0)];
        assert_eq!(written(&[7], &all), [7, 0xff, 0, 0xf5, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0x7f]);
        assert_eq!(written(&[], &[]), [0u8; 0]);
        // Eight bytes at a time, whether the last bits fill them or not.
        for over in [0, 1, 7] {
            let all = [(0x1234_5678, 32), (0x9abc_def0 >> over, 32 - over), (0x55, 8), (1, over)];
            let bits: String =
                all.iter().map(|(value, n)| format!("{value:032b}")[32 - *n as usize..].to_owned()).collect();
            let bits = format!("{bits}{}", "1".repeat((8 - bits.len() % 8) % 8));
            let bytes =
                bits.as_bytes().chunks(8).map(|it| it.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0')));
            assert_eq!(written(&[], &all), bytes.collect::<Vec<u8>>());
        }
    }
}
