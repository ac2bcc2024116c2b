//! What a JPEG says before its compressed part (ITU-T T.81, annex B), of the kind that cameras write: light and two colours
//! in one scan, eight bits, coded by Huffman. Of any other nothing is said: a decoder that knows more is asked then.

use super::scan::Codes;
use super::{Layout, profile};

/// What a component is decoded with.
#[derive(Debug)]
pub(super) struct Component {
    /// Its steps, in the order of the file.
    pub(super) steps: [u16; 64],
    pub(super) means: Codes,
    pub(super) others: Codes,
}

/// A file whose compressed part can be read.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub(super) layout: Layout,
    pub(super) components: [Component; 3],
    /// Parts between two marks at which reading starts anew; 0 where there are none.
    pub(super) restart: usize,
    /// The compressed part, and what follows.
    pub(super) scan: &'a [u8],
}

/// A component as the frame tells it: its name, and which steps it has.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    name: u8,
    steps: u8,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    layout: Layout,
    components: [Told; 3],
}

/// A table of codes as it is told: how many there are of each length, and their symbols.
type ToldCodes<'a> = (&'a [u8; 16], &'a [u8]);

/// What was read so far.
#[derive(Debug, Default)]
struct Tables<'a> {
    steps: [Option<[u16; 64]>; 4],
    /// Of means, then of the others.
    codes: [[Option<ToldCodes<'a>>; 4]; 2],
    restart: usize,
    frame: Option<Frame>,
    is_jfif: bool,
    /// What Adobe's mark says of the colours.
    transform: Option<u8>,
}

impl<'a> File<'a> {
    /// Reads up to the compressed part.
    pub(super) fn read(bytes: &'a [u8]) -> Option<File<'a>> {
        let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
        let mut tables = Tables::default();
        loop {
            // A mark may have as many of these before it as it likes.
            while let [0xff, 0xff, ..] = rest {
                rest = &rest[1..];
            }
            let [0xff, mark, after @ ..] = rest else { return None };
            let (length, _) = after.split_first_chunk::<2>()?;
            let (segment, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            let body = segment.get(2..)?;
            rest = after;
            match mark {
                0xda => return tables.file(body, rest),
                0xdb => tables.take_steps(body)?,
                0xc4 => tables.take_codes(body)?,
                0xc0 | 0xc1 => tables.take_frame(body)?,
                0xdd => tables.restart = usize::from(u16::from_be_bytes(body.try_into().ok()?)),
                0xe0 => tables.is_jfif |= body.starts_with(b"JFIF\0"),
                0xe2 if body.starts_with(b"ICC_PROFILE\0") && !has_srgb(body) => return None,
                0xee if body.starts_with(b"Adobe") => tables.transform = body.get(11).copied(),
                0xe1..=0xef | 0xfe => {}
                _ => return None,
            }
        }
    }
}

/// Whether a profile is here whole, and says what is so without one.
fn has_srgb(body: &[u8]) -> bool {
    body.strip_prefix(b"ICC_PROFILE\0\x01\x01").is_some_and(profile::is_srgb)
}

impl<'a> Tables<'a> {
    fn take_steps(&mut self, mut body: &[u8]) -> Option<()> {
        while let [told, rest @ ..] = body {
            let mut steps = [0; 64];
            let size = if told >> 4 == 0 { 1 } else { 2 };
            let (table, rest) = rest.split_at_checked(64 * size)?;
            for (step, bytes) in steps.iter_mut().zip(table.chunks(size)) {
                *step = bytes.iter().fold(0, |all, byte| all << 8 | u16::from(*byte));
            }
            *self.steps.get_mut(usize::from(told & 15))? = Some(steps);
            body = rest;
        }
        Some(())
    }

    fn take_codes(&mut self, mut body: &'a [u8]) -> Option<()> {
        while let [told, rest @ ..] = body {
            let (lengths, rest) = rest.split_first_chunk::<16>()?;
            let n = lengths.iter().map(|it| usize::from(*it)).sum();
            let (symbols, rest) = rest.split_at_checked(n)?;
            let place = self.codes.get_mut(usize::from(told >> 4))?.get_mut(usize::from(told & 15))?;
            *place = Some((lengths, symbols));
            body = rest;
        }
        Some(())
    }

    fn take_frame(&mut self, body: &[u8]) -> Option<()> {
        let [8, h0, h1, w0, w1, 3, rest @ ..] = body else { return None };
        let mut components = [Told::default(); 3];
        let mut per = [(0, 0); 3];
        for ((it, per), told) in components.iter_mut().zip(&mut per).zip(rest.as_chunks::<3>().0) {
            *it = Told { name: told[0], steps: told[2] };
            *per = (usize::from(told[1] >> 4), usize::from(told[1] & 15));
        }
        let [light, (1, 1), (1, 1)] = per else { return None };
        let layout = Layout {
            width: usize::from(u16::from_be_bytes([*w0, *w1])),
            height: usize::from(u16::from_be_bytes([*h0, *h1])),
            per_colour_across: light.0,
            per_colour_down: light.1,
        };
        let is_new = layout.is_sound() && self.frame.is_none();
        self.frame = is_new.then_some(Frame { layout, components });
        is_new.then_some(())
    }

    /// Whether the components are light, blue and red.
    fn has_light_and_colours(&self, frame: &Frame) -> bool {
        match self.transform {
            Some(transform) => transform == 1,
            None => self.is_jfif || frame.components.map(|it| it.name) != *b"RGB",
        }
    }

    /// Returns the file whose scan says this.
    fn file(self, body: &[u8], scan: &'a [u8]) -> Option<File<'a>> {
        let frame = self.frame.filter(|it| self.has_light_and_colours(it))?;
        let [3, told @ .., 0, 63, 0] = body else { return None };
        let ([a, b, c], []) = told.as_chunks::<2>() else { return None };
        let component = |told: Told, [name, codes]: [u8; 2]| {
            let codes_of = |class: usize, at: u8| {
                let (lengths, symbols) = (*self.codes[class].get(usize::from(at))?)?;
                Codes::of(lengths, symbols)
            };
            Some(Component {
                steps: (*self.steps.get(usize::from(told.steps))?).filter(|_| name == told.name)?,
                means: codes_of(0, codes >> 4).filter(Codes::are_of_means)?,
                others: codes_of(1, codes & 15)?,
            })
        };
        let [first, second, third] = frame.components;
        let components = [component(first, *a)?, component(second, *b)?, component(third, *c)?];
        Some(File { layout: frame.layout, components, restart: self.restart, scan })
    }
}
