//! A zip: its parts one by one, without believing what it says of their sizes.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{MAX_UNPACKED_BYTES, Unreadable};
use crate::xlsform::codes;

/// Most bytes that are set aside for a part before it is unpacked, whatever size it claims.
const MAX_CLAIM_BYTES: u64 = 4 << 20;

/// An opened archive. Only the parts that are asked for are unpacked, and all of them together to
/// [`MAX_UNPACKED_BYTES`] at most.
#[derive(Debug)]
pub(super) struct Archive<'b> {
    zip: ZipArchive<Cursor<&'b [u8]>>,
    /// By number; empty for a name in an unknown encoding, which is that of no part.
    names: Vec<String>,
    left_bytes: u64,
}

impl<'b> Archive<'b> {
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, Unreadable> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
        let name = |it: Result<std::borrow::Cow<'_, str>, _>| it.map(|it| it.replace('\\', "/"));
        let names = zip.file_names().map(|it| name(it).unwrap_or_default()).collect();
        Ok(Self { zip, names, left_bytes: MAX_UNPACKED_BYTES })
    }

    /// Returns whether it is a workbook rather than files that somebody packed.
    pub(super) fn is_excel(&self) -> bool {
        self.names.iter().any(|it| it.starts_with("xl/"))
    }

    pub(super) fn has_macros(&self) -> bool {
        self.names.iter().any(|it| it.ends_with("vbaProject.bin"))
    }

    /// Returns the CSV files by name without ending.
    pub(super) fn tables(&mut self) -> Result<Vec<(String, Vec<u8>)>, Unreadable> {
        let tables: Vec<usize> = (0..self.names.len()).filter(|it| is_table(&self.names[*it])).collect();
        tables.into_iter().map(|it| Ok((stem(&self.names[it]).to_owned(), self.unpack(it)?))).collect()
    }

    /// Returns the text of a part; nothing where there is no such part. Letters match in any case.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<String>, Unreadable> {
        let named = |it: &String| it.eq_ignore_ascii_case(name);
        let Some(number) = self.names.iter().position(named) else { return Ok(None) };
        String::from_utf8(self.unpack(number)?).map(Some).map_err(|_| broken())
    }

    fn unpack(&mut self, number: usize) -> Result<Vec<u8>, Unreadable> {
        let entry = self.zip.by_index(number).map_err(|error| match error {
            ZipError::UnsupportedArchive(_) => Unreadable::new(codes::PASSWORD),
            _ => broken(),
        })?;
        let mut content = Vec::with_capacity(entry.size().min(MAX_CLAIM_BYTES) as usize);
        entry.take(self.left_bytes + 1).read_to_end(&mut content).map_err(|_| broken())?;
        let left = self.left_bytes.checked_sub(content.len() as u64);
        self.left_bytes = left.ok_or_else(|| Unreadable::too_large(MAX_UNPACKED_BYTES))?;
        Ok(content)
    }
}

fn broken() -> Unreadable {
    Unreadable::new(codes::NOT_A_WORKBOOK)
}

/// Archives made on a Mac have a shadow of every file.
fn is_table(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.to_ascii_lowercase().ends_with(".csv") && !file.starts_with('.') && !name.starts_with("__MACOSX")
}

fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |it| it.0)
}
