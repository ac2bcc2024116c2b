//! Letters of five by seven dots, for marks on pictures: digits, capitals and a few signs, which read the same in every
//! language and need no font.

/// Dots across a letter.
pub(super) const WIDTH: u32 = 5;
/// Dots down a letter.
pub(super) const HEIGHT: u32 = 7;

/// The rows of each letter from the top, the leftmost dot in the highest of five bits.
const LETTERS: &[(char, [u8; HEIGHT as usize])] = &[
    ('0', [14, 17, 19, 21, 25, 17, 14]),
    ('1', [4, 12, 4, 4, 4, 4, 14]),
    ('2', [14, 17, 1, 6, 8, 16, 31]),
    ('3', [30, 1, 1, 14, 1, 1, 30]),
    ('4', [2, 6, 10, 18, 31, 2, 2]),
    ('5', [31, 16, 30, 1, 1, 17, 14]),
    ('6', [6, 8, 16, 30, 17, 17, 14]),
    ('7', [31, 1, 2, 4, 4, 8, 8]),
    ('8', [14, 17, 17, 14, 17, 17, 14]),
    ('9', [14, 17, 17, 15, 1, 2, 12]),
    ('A', [14, 17, 17, 31, 17, 17, 17]),
    ('B', [30, 17, 17, 30, 17, 17, 30]),
    ('C', [15, 16, 16, 16, 16, 16, 15]),
    ('D', [30, 17, 17, 17, 17, 17, 30]),
    ('E', [31, 16, 16, 30, 16, 16, 31]),
    ('F', [31, 16, 16, 30, 16, 16, 16]),
    ('G', [15, 16, 16, 19, 17, 17, 15]),
    ('H', [17, 17, 17, 31, 17, 17, 17]),
    ('I', [14, 4, 4, 4, 4, 4, 14]),
    ('J', [7, 2, 2, 2, 2, 18, 12]),
    ('K', [17, 18, 20, 24, 20, 18, 17]),
    ('L', [16, 16, 16, 16, 16, 16, 31]),
    ('M', [17, 27, 21, 21, 17, 17, 17]),
    ('N', [17, 25, 21, 21, 19, 17, 17]),
    ('O', [14, 17, 17, 17, 17, 17, 14]),
    ('P', [30, 17, 17, 30, 16, 16, 16]),
    ('Q', [14, 17, 17, 17, 21, 18, 13]),
    ('R', [30, 17, 17, 30, 20, 18, 17]),
    ('S', [15, 16, 16, 14, 1, 1, 30]),
    ('T', [31, 4, 4, 4, 4, 4, 4]),
    ('U', [17, 17, 17, 17, 17, 17, 14]),
    ('V', [17, 17, 17, 17, 17, 10, 4]),
    ('W', [17, 17, 17, 21, 21, 27, 17]),
    ('X', [17, 17, 10, 4, 10, 17, 17]),
    ('Y', [17, 17, 10, 4, 4, 4, 4]),
    ('Z', [31, 1, 2, 4, 8, 16, 31]),
    ('-', [0, 0, 0, 14, 0, 0, 0]),
    (':', [0, 4, 4, 0, 4, 4, 0]),
    ('.', [0, 0, 0, 0, 0, 12, 12]),
    ('_', [0, 0, 0, 0, 0, 0, 31]),
    (' ', [0, 0, 0, 0, 0, 0, 0]),
];
/// What stands for a letter that is not among them.
const UNKNOWN: [u8; HEIGHT as usize] = [31, 17, 17, 17, 17, 17, 31];

/// Returns whether a letter, small or capital, has a dot at a place.
pub(super) fn has_dot(letter: char, (x, y): (u32, u32)) -> bool {
    let letter = letter.to_ascii_uppercase();
    let rows = LETTERS.iter().find(|(it, _)| *it == letter).map_or(&UNKNOWN, |(_, rows)| rows);
    x < WIDTH && rows.get(y as usize).is_some_and(|row| row >> (WIDTH - 1 - x) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(letter: char) -> Vec<String> {
        let row = |y| (0..WIDTH).map(|x| if has_dot(letter, (x, y)) { '#' } else { '.' }).collect();
        (0..HEIGHT).map(row).collect()
    }

    #[test]
    fn letters_look_as_they_are_read() {
        assert_eq!(drawn('7'), ["#####", "....#", "...#.", "..#..", "..#..", ".#...", ".#..."]);
        assert_eq!(drawn('k'), drawn('K'));
        assert_eq!(drawn('张'), ["#####", "#...#", "#...#", "#...#", "#...#", "#...#", "#####"]);
        assert!(drawn(' ').iter().all(|row| row == "....."));
    }

    #[test]
    fn no_two_letters_look_the_same() {
        for (at, (letter, rows)) in LETTERS.iter().enumerate() {
            assert!(LETTERS[..at].iter().all(|(_, other)| other != rows), "{letter}");
        }
    }
}
