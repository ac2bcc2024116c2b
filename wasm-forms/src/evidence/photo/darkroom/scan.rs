//! The compressed part of a JPEG, block by block (ITU-T T.81, annex F.2).

use super::dct::TURNED_ZIGZAG;

/// Codes of up to so many bits are looked up at once.
const LOOKED_UP: u32 = 11;

/// What is looked up, from the lowest bit on: how many bits are taken (5 bits), how many of the number follow (4; 0 where it
/// is here), how many zeros come before it (4), the number (16, from the middle on). 0 stands for no code, or a longer one.
type Symbol = u32;

/// Returns what a symbol says whose code has that length, where so many bits behind it are these.
fn symbol(symbol: u8, length: u32, rest: u32, n_rest: u32) -> Symbol {
    let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    if size > n_rest {
        return zeros << 9 | size << 5 | length;
    }
    let number = if size == 0 { 0 } else { number(rest >> (n_rest - size), size) };
    (number as u32) << 16 | zeros << 9 | (length + size)
}

/// Returns the number that these bits are, of which there is at least one: the first half of a size's are negative.
#[inline(always)]
fn number(bits: u32, size: u32) -> i32 {
    let is_negative = (bits >> (size - 1)) ^ 1;
    bits as i32 - (((1 << size) - 1) * is_negative) as i32
}

/// Codes of one table, to be read.
#[derive(Debug)]
pub(super) struct Codes {
    /// By the next bits.
    looked_up: Box<[Symbol; 1 << LOOKED_UP]>,
    /// By length: behind the last code, from the highest of 16 bits on; and what is added to a code to find its symbol.
    ends: [(u32, i32); 17],
    symbols: Vec<u8>,
}

impl Codes {
    /// Returns the codes of so many symbols of each length, shortest first; nothing where there cannot be so many.
    pub(super) fn of(lengths: &[u8; 16], symbols: &[u8]) -> Option<Codes> {
        let mut looked_up = Box::new([0; 1 << LOOKED_UP]);
        let mut ends = [(0, 0); 17];
        let (mut code, mut at) = (0u32, 0);
        for (length, n) in (1u32..).zip(lengths.map(u32::from)) {
            if code + n > 1 << length {
                return None;
            }
            ends[length as usize] = ((code + n) << (16 - length), at as i32 - code as i32);
            for it in symbols.get(at..at + n as usize)? {
                if let Some(free) = LOOKED_UP.checked_sub(length) {
                    let first = (code << free) as usize;
                    for (rest, place) in (0..).zip(&mut looked_up[first..first + (1 << free)]) {
                        *place = symbol(*it, length, rest, free);
                    }
                }
                code += 1;
            }
            at += n as usize;
            code <<= 1;
        }
        Some(Codes { looked_up, ends, symbols: symbols.to_vec() })
    }

    /// Whether they tell means: none comes behind zeros, or is larger than eight bits of a pixel can make it.
    pub(super) fn are_of_means(&self) -> bool {
        self.symbols.iter().all(|it| *it <= 11)
    }

    /// Returns what a code says that is too long to be looked up; bits are from the highest of 16 on.
    #[cold]
    fn long(&self, bits: u32) -> Option<Symbol> {
        let length = (LOOKED_UP + 1..=16).find(|it| bits < self.ends[*it as usize].0)?;
        let at = (bits >> (16 - length)) as i32 + self.ends[length as usize].1;
        self.symbols.get(at as usize).map(|it| symbol(*it, length, 0, 0))
    }
}

/// What a part takes at most: 6 blocks of 64 numbers, each 16 bits of code and 15 of number.
const MOST_PART_BYTES: usize = 6 * 64 * 31 / 8 + 8;

/// Bytes of a scan that lie ready.
const READY: usize = 32_768;

/// A scan being read.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    /// What was not made ready yet.
    rest: &'a [u8],
    /// The next bytes, without those that only tell that another one is no mark; behind the last one zeros.
    ready: Box<[u8; READY]>,
    n_ready: usize,
    /// Whether `rest` begins with a mark, or is at its end.
    is_at_mark: bool,
    place: Place,
}

/// Where a scan is read. It is small, and copied: what no other function may change stays in registers.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// Bytes of which all bits are held or taken.
    at: usize,
    /// The next bits, from the highest on.
    held: u64,
    n_held: u32,
}

impl<'a> Scan<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Scan<'a> {
        Scan {
            rest: bytes,
            ready: Box::new([0; READY]),
            n_ready: 0,
            is_at_mark: false,
            place: Place::default(),
        }
    }

    /// Makes ready what a part may take; nothing where what came before took more than there is.
    #[inline(always)]
    pub(super) fn make_ready(&mut self) -> Option<()> {
        if self.place.at + MOST_PART_BYTES > self.n_ready { self.make_more_ready() } else { Some(()) }
    }

    #[cold]
    fn make_more_ready(&mut self) -> Option<()> {
        if self.is_at_mark {
            return self.bits_left().map(|_| ());
        }
        let Place { at, .. } = self.place;
        self.ready.copy_within(at..self.n_ready, 0);
        self.n_ready -= at;
        self.place.at = 0;
        // Behind what is ready a part must find zeros, should it be the last.
        while self.n_ready + 8 + MOST_PART_BYTES <= READY && !self.is_at_mark {
            self.take_some();
        }
        let zeros = self.n_ready..READY.min(self.n_ready + MOST_PART_BYTES + 16);
        self.ready[zeros].fill(0);
        Some(())
    }

    /// Makes some of the rest ready.
    #[inline(always)]
    fn take_some(&mut self) {
        const ONES: u64 = 0x0101_0101_0101_0101;
        let place = self.ready[self.n_ready..].first_chunk_mut::<8>();
        match (self.rest, place) {
            ([0xff, 0, rest @ ..], Some(place)) => {
                place[0] = 0xff;
                self.rest = rest;
                self.n_ready += 1;
            }
            ([0xff, ..] | [], _) | (_, None) => self.is_at_mark = true,
            (rest, Some(place)) => {
                let eight = rest.first_chunk().map(|it| u64::from_be_bytes(*it)).unwrap_or(u64::MAX);
                let n = if (!eight).wrapping_sub(ONES) & eight & (ONES << 7) == 0 { 8 } else { 1 };
                place[..n].copy_from_slice(&rest[..n]);
                self.rest = &rest[n..];
                self.n_ready += n;
            }
        }
    }

    /// Returns how many bits are left before a mark, or the end; nothing where more were taken.
    fn bits_left(&self) -> Option<usize> {
        (8 * self.n_ready + self.place.n_held as usize).checked_sub(8 * self.place.at)
    }

    /// Returns whether the picture ends here, with all of its bits taken and the mark that says so; nothing where more were
    /// taken than there are.
    pub(super) fn is_at_end(&mut self) -> Option<bool> {
        self.make_more_ready()?;
        let n_bits = self.bits_left()?;
        let marks = self.rest.iter().position(|it| *it != 0xff).filter(|n| *n > 0);
        Some(self.is_at_mark && n_bits < 8 && marks.is_some_and(|n| self.rest[n] == 0xd9))
    }

    /// Goes on behind the next mark to start anew, which has this number.
    pub(super) fn restart(&mut self, number: usize) -> Option<()> {
        self.make_more_ready()?;
        let is_done = self.is_at_mark && self.bits_left()? < 8;
        let [0xff, mark, rest @ ..] = self.rest else { return None };
        let is_mark = is_done && *mark == 0xd0 | (number & 7) as u8;
        (self.rest, self.n_ready, self.is_at_mark, self.place) = (rest, 0, false, Place::default());
        is_mark.then_some(())
    }

    /// Reads a block, columns where rows would be; `mean` is that of the one before it, and then its own. Returns the last
    /// place, in the order of the file, that is not zero.
    #[inline(always)]
    pub(super) fn block(
        &mut self,
        means: &Codes,
        others: &Codes,
        mean: &mut i16,
        numbers: &mut [i16; 64],
    ) -> Option<usize> {
        let mut place = self.place;
        place.fill(&self.ready);
        *mean = mean.wrapping_add(place.next(means)?.1 as i16);
        numbers[0] = *mean;
        let mut last = 0;
        let mut at = 1;
        while at < 64 {
            place.fill(&self.ready);
            let (zeros, number) = place.next(others)?;
            at += zeros as usize;
            if number == 0 {
                if zeros < 15 {
                    break;
                }
            } else {
                numbers[usize::from(PLACES[at & 127] & 63)] = number as i16;
                last = at;
            }
            at += 1;
        }
        self.place = place;
        (last < 64).then_some(last)
    }
}

impl Place {
    /// Holds at least 32 bits.
    #[inline(always)]
    fn fill(&mut self, ready: &[u8; READY]) {
        if self.n_held < 32 {
            let next =
                ready.get(self.at..).and_then(|it| it.first_chunk()).map_or(0, |it| u32::from_be_bytes(*it));
            self.held |= u64::from(next) << (32 - self.n_held);
            self.at += 4;
            self.n_held += 32;
        }
    }

    /// Takes a symbol: how many zeros come before a number, and that.
    #[inline(always)]
    fn next(&mut self, codes: &Codes) -> Option<(u32, i32)> {
        let mut symbol = codes.looked_up[(self.held >> (64 - LOOKED_UP)) as usize];
        if symbol == 0 {
            symbol = codes.long((self.held >> 48) as u32)?;
        }
        self.take(symbol & 31);
        let (size, zeros) = (symbol >> 5 & 15, symbol >> 9 & 15);
        if size == 0 {
            return Some((zeros, symbol as i32 >> 16));
        }
        let bits = (self.held >> (64 - size)) as u32;
        self.take(size);
        Some((zeros, number(bits, size)))
    }

    #[inline(always)]
    fn take(&mut self, n: u32) {
        self.held <<= n;
        self.n_held = self.n_held.wrapping_sub(n);
    }
}

/// Where numbers belong; what comes behind the last is looked at when the block is done.
const PLACES: [u8; 128] = {
    let mut places = [63; 128];
    let mut at = 0;
    while at < 64 {
        places[at] = TURNED_ZIGZAG[at];
        at += 1;
    }
    places
};
