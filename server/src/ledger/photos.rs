//! Photos of visits as one .zip, a folder per visit, written while it is being sent.
//!
//! Photos are compressed already and are stored as they are. Because the archive goes out before its sizes are
//! known, each entry is followed by its size (a data descriptor) and the directory at the end is what readers
//! must use, as Windows, macOS, `unzip`, 7-Zip and Python do; a reader that takes entries off a stream without the
//! directory (Java's `ZipInputStream`) cannot read stored entries written like this.
//!
//! Names are safe on every system: nobody's name leads out of the folder, and no file overwrites another.

use std::collections::HashSet;
use std::io::{self, Read, Write};

use jiff::civil::DateTime;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::LedgerError;

/// Characters a folder or file name keeps; with the longest characters (4 bytes) it stays below the 255 bytes that
/// file systems allow.
const MAX_NAME_CHARS: usize = 56;
const RESERVED: &[&str] = &[
    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// One photo to pack.
#[derive(Debug)]
pub struct Photo<R> {
    /// Folder, e.g. the resident's name and receipt number.
    pub folder: String,
    /// File name with extension.
    pub file_name: String,
    /// When it was taken, by the clock on the wall.
    pub taken_at: Option<DateTime>,
    /// The photo's bytes.
    pub content: R,
}

/// Writes the archive; returns how many photos it holds. Reads each photo in pieces, never whole.
pub fn write_photos<W: Write, R: Read>(
    out: W,
    photos: impl IntoIterator<Item = io::Result<Photo<R>>>,
) -> Result<u64, LedgerError> {
    let mut archive = zip::ZipWriter::new_stream(out);
    let (mut names, mut n_photos) = (Names::default(), 0);
    for photo in photos {
        let mut photo = photo?;
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let options = match photo.taken_at.and_then(zip_time) {
            Some(at) => options.last_modified_time(at),
            None => options,
        };
        archive.start_file(names.unique(&photo.folder, &photo.file_name), options)?;
        io::copy(&mut photo.content, &mut archive)?;
        n_photos += 1;
    }
    archive.finish()?.into_inner().flush()?;
    Ok(n_photos)
}

fn zip_time(at: DateTime) -> Option<zip::DateTime> {
    let [month, day, hour, minute, second] =
        [at.month(), at.day(), at.hour(), at.minute(), at.second()].map(i8::unsigned_abs);
    zip::DateTime::from_date_and_time(at.year().unsigned_abs(), month, day, hour, minute, second).ok()
}

/// Names given so far, in lower case: some file systems do not tell `a.JPG` from `A.jpg`.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// Returns `folder/file_name` made safe, numbered if it was given before.
    fn unique(&mut self, folder: &str, file_name: &str) -> String {
        let (folder, file_name) = (safe(folder), safe(file_name));
        let (stem, extension) = match file_name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
            _ => (file_name.as_str(), String::new()),
        };
        let mut path = format!("{folder}/{file_name}");
        let mut number = 2;
        while !self.0.insert(path.to_lowercase()) {
            path = format!("{folder}/{stem} ({number}){extension}");
            number += 1;
        }
        path
    }
}

/// Returns a name that is one path component on every system; letters of all scripts stay.
fn safe(name: &str) -> String {
    let replaced = name.chars().map(|c| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        // Marks that turn the direction of text hide an extension.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '_',
        c if c.is_control() => '_',
        c => c,
    });
    let replaced: String = replaced.collect();
    let trimmed = replaced.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    let short = shorten(trimmed);
    let stem = short.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    match short.as_str() {
        "" => "_".to_owned(),
        _ if RESERVED.contains(&stem.as_str()) => format!("_{short}"),
        _ => short,
    }
}

/// Cuts a long name in front of its extension.
fn shorten(name: &str) -> String {
    let n_chars = name.chars().count();
    if n_chars <= MAX_NAME_CHARS {
        return name.to_owned();
    }
    let extension = name.rsplit_once('.').map_or("", |it| it.1);
    let extension = if (1..=8).contains(&extension.len()) { format!(".{extension}") } else { String::new() };
    let start: String = name.chars().take(MAX_NAME_CHARS - extension.len()).collect();
    format!("{}{extension}", start.trim_end_matches(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_readable() {
        let check = |name: &str, expected: &str| assert_eq!(safe(name), expected, "{name:?}");
        check("王𬭎 20261121-K7Q2M9", "王𬭎 20261121-K7Q2M9");
        check("阿依古丽·买买提", "阿依古丽·买买提");
        check("../../etc/passwd", "_.._etc_passwd");
        check("..", "_");
        check("", "_");
        check("C:\\x", "C__x");
        check("nul.jpg", "_nul.jpg");
        check("photo\u{202e}gpj.exe", "photo_gpj.exe");
        check("a\0b\nc", "a_b_c");
        check("name. ", "name");
        assert_eq!(safe(&format!("{}.jpg", "𬭎".repeat(300))), format!("{}.jpg", "𬭎".repeat(52)));
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::default();
        let given: Vec<String> =
            [("甲", "a.jpg"), ("甲", "A.JPG"), ("甲", "a (2).jpg"), ("乙", "a.jpg"), ("甲", "a")]
                .map(|(folder, name)| names.unique(folder, name))
                .into();
        assert_eq!(given, ["甲/a.jpg", "甲/A (2).JPG", "甲/a (2) (2).jpg", "乙/a.jpg", "甲/a"]);
    }
}
