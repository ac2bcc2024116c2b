//! A zip: which kind of workbook it is, without believing what it says of its sizes.

use std::io::{Cursor, Read};

use zip::result::ZipError;

use super::{MAX_UNPACKED_BYTES, Unreadable};
use crate::xlsform::codes;

/// What an archive holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The CSV files by name without ending, where it is no Excel workbook.
    pub tables: Vec<(String, Vec<u8>)>,
    pub has_macros: bool,
    /// A sheet says that it has merged cells.
    pub has_merged_cells: bool,
}

/// Unpacks every entry in pieces, because the sizes that an archive declares may lie.
pub(super) fn inspect(bytes: &[u8]) -> Result<Contents, Unreadable> {
    let broken = || Unreadable::new(codes::NOT_A_WORKBOOK);
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let mut contents = Contents::default();
    let is_excel = archive.file_names().flatten().any(|it| it.starts_with("xl/"));
    let mut left = MAX_UNPACKED_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(_) => Unreadable::new(codes::PASSWORD),
            _ => broken(),
        })?;
        // Names in an unknown encoding are of no sheet.
        let name = entry.name().map(|it| it.into_owned()).unwrap_or_default();
        contents.has_macros |= name.ends_with("vbaProject.bin");
        let mut content =
            Content { kept: (!is_excel && is_table(&name)).then(Vec::new), ..Content::default() };
        let is_sheet = name.starts_with("xl/worksheets/");
        content.read(&mut entry.take(left + 1), is_sheet).map_err(|_| broken())?;
        left = left.checked_sub(content.n_bytes).ok_or_else(|| Unreadable::too_large(MAX_UNPACKED_BYTES))?;
        contents.has_merged_cells |= content.has_merged_cells;
        contents.tables.extend(content.kept.map(|it| (stem(&name), it)));
    }
    Ok(contents)
}

/// Archives made on a Mac have a shadow of every file.
fn is_table(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.to_ascii_lowercase().ends_with(".csv") && !file.starts_with('.') && !name.starts_with("__MACOSX")
}

fn stem(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |it| it.0).to_owned()
}

#[derive(Debug, Default)]
struct Content {
    n_bytes: u64,
    has_merged_cells: bool,
    kept: Option<Vec<u8>>,
}

impl Content {
    fn read(&mut self, entry: &mut impl Read, is_sheet: bool) -> std::io::Result<()> {
        const MERGED: &[u8] = b"mergeCell ";
        let mut piece = vec![0; 1 << 16];
        let mut kept = 0;
        loop {
            let n_bytes = entry.read(&mut piece[kept..])?;
            if n_bytes == 0 {
                return Ok(());
            }
            self.n_bytes += n_bytes as u64;
            let end = kept + n_bytes;
            if let Some(all) = &mut self.kept {
                all.extend_from_slice(&piece[kept..end]);
            }
            if is_sheet && !self.has_merged_cells {
                self.has_merged_cells = piece[..end].windows(MERGED.len()).any(|it| it == MERGED);
                // What is looked for may lie across two pieces.
                let begin = end.saturating_sub(MERGED.len() - 1);
                piece.copy_within(begin..end, 0);
                kept = end - begin;
            } else {
                kept = 0;
            }
        }
    }
}
