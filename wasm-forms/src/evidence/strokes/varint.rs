//! Numbers of as many bytes as they need: seven bits a byte, the lowest first, the highest bit of a byte says that more
//! follow. Numbers that may be negative are zigzagged: 0, -1, 1, -2, … become 0, 1, 2, 3, ….
//!
//! A number has exactly one way to be written: a file is the same bytes whoever wrote it.

use super::StrokesError;

pub(super) fn write(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn write_signed(number: i64, out: &mut Vec<u8>) {
    write((number << 1 ^ number >> 63) as u64, out);
}

/// Reads bytes from the front.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], StrokesError> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(StrokesError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8, StrokesError> {
        Ok(self.take(1)?[0])
    }

    pub fn number(&mut self) -> Result<u64, StrokesError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits || (byte == 0 && shift > 0) {
                return Err(StrokesError::Number);
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(StrokesError::Number)
    }

    pub fn signed(&mut self) -> Result<i64, StrokesError> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_was_written() {
        for number in [0, 1, 63, 64, 127, 128, 300, 1 << 35, i64::MAX, -1, -64, -65, i64::MIN] {
            let mut bytes = Vec::new();
            write_signed(number, &mut bytes);
            assert_eq!(Reader(&bytes).signed(), Ok(number));
        }
        let mut bytes = Vec::new();
        [0, 127, 128, u64::MAX].into_iter().for_each(|it| write(it, &mut bytes));
        let mut reader = Reader(&bytes);
        assert_eq!([(); 4].map(|()| reader.number()), [0, 127, 128, u64::MAX].map(Ok));
        assert!(reader.0.is_empty());
    }

    #[test]
    fn a_number_written_otherwise_is_none() {
        let check = |bytes: &[u8], expected| assert_eq!(Reader(bytes).number(), Err(expected), "{bytes:?}");
        check(&[0x80, 0], StrokesError::Number);
        check(&[0x81, 0x80, 0], StrokesError::Number);
        check(&[0xff; 9], StrokesError::Truncated);
        check(&[0xff; 11], StrokesError::Number);
        check(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2], StrokesError::Number);
        check(&[], StrokesError::Truncated);
    }
}
