//! The files of a pack: out of a folder, a zip, or the program itself. Names are from the pack's root with `/`;
//! what systems leave lying about is left out.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::path::Path;

use wasm_forms::{Diagnostic, Place};

/// The workbook that makes a folder a pack.
pub const TASKS: &str = "tasks.xlsx";
/// Most bytes of all files together, unpacked.
pub const MAX_BYTES: u64 = 128 << 20;
/// Most files.
pub const MAX_FILES: usize = 1000;
/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 4;

/// Files by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    /// Takes files by name; a folder that holds the whole pack is no part of the names.
    pub fn new(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Files {
        let files: BTreeMap<String, Vec<u8>> =
            files.into_iter().filter(|(name, _)| !is_litter(name)).collect();
        let tasks = files.keys().filter(|it| it.as_str() == TASKS || it.ends_with(&format!("/{TASKS}")));
        let root = tasks.min_by_key(|it| it.matches('/').count());
        let root = root.map_or(String::new(), |it| it[..it.len() - TASKS.len()].to_owned());
        let within = |(name, bytes): (String, Vec<u8>)| Some((name.strip_prefix(&root)?.to_owned(), bytes));
        Files(files.into_iter().filter_map(within).collect())
    }

    /// Reads a folder.
    pub fn folder(path: &Path) -> io::Result<Files> {
        let mut files = Vec::new();
        read_folder(path, "", 0, &mut files)?;
        Ok(Files::new(files))
    }

    /// Reads a zip, or `tasks.xlsx` alone; what cannot be read says why.
    pub fn zip(bytes: &[u8]) -> Result<Files, Diagnostic> {
        let broken = |_| Diagnostic::error("pack.not_an_archive", Place::Form);
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
        // A workbook is a zip as well.
        if archive.index_for_name("xl/workbook.xml").is_some() {
            return Ok(Files::new([(TASKS.to_owned(), bytes.to_vec())]));
        }
        if archive.len() > MAX_FILES {
            return Err(
                Diagnostic::error("pack.too_many_files", Place::Form).with("limit", MAX_FILES.to_string())
            );
        }
        let (mut files, mut left) = (Vec::new(), MAX_BYTES);
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(broken)?;
            if entry.is_dir() {
                continue;
            }
            let name = name_of(entry.name_raw());
            // The sizes that an archive declares may lie.
            let mut content = Vec::new();
            let unreadable = |_| Diagnostic::error("pack.not_an_archive", Place::Form);
            entry.take(left + 1).read_to_end(&mut content).map_err(unreadable)?;
            left = left.checked_sub(content.len() as u64).ok_or_else(too_large)?;
            files.push((name, content));
        }
        Ok(Files::new(files))
    }

    /// Returns a file.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// Returns every file by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }
}

fn too_large() -> Diagnostic {
    Diagnostic::error("pack.too_large", Place::Form).with("limit", format!("{} MB", MAX_BYTES >> 20))
}

/// Names are UTF-8 today; old Chinese Windows packs them as GBK.
fn name_of(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => encoding_rs::GBK.decode(raw).0.into_owned(),
    };
    name.replace('\\', "/")
}

/// What Excel, Windows and macOS leave beside files.
fn is_litter(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    name.starts_with("__MACOSX/") || last.starts_with('.') || last.starts_with("~$") || last == "Thumbs.db"
}

fn read_folder(
    path: &Path,
    prefix: &str,
    depth: usize,
    files: &mut Vec<(String, Vec<u8>)>,
) -> io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if files.len() > MAX_FILES {
            return Err(io::Error::other(format!("more than {MAX_FILES} files")));
        }
        if entry.file_type()?.is_dir() {
            if depth < MAX_DEPTH && !is_litter(&name) {
                read_folder(&entry.path(), &format!("{name}/"), depth + 1, files)?;
            }
        } else if !is_litter(&name) {
            files.push((name, std::fs::read(entry.path())?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_zip_of_the_folder_is_the_folder() {
        let mut packed = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["我的社区/tasks.xlsx", "我的社区/forms/a.xlsx", "我的社区/~$tasks.xlsx", "__MACOSX/._a"]
        {
            packed.start_file(name, zip::write::SimpleFileOptions::default()).expect("a file");
            packed.write_all(b"x").expect("written");
        }
        let packed = packed.finish().expect("a zip").into_inner();
        let files = Files::zip(&packed).expect("readable");
        assert_eq!(files.iter().map(|it| it.0).collect::<Vec<_>>(), ["forms/a.xlsx", "tasks.xlsx"]);
        assert_eq!(Files::zip(b"no zip").map_err(|it| it.code), Err("pack.not_an_archive".to_owned()));
    }

    #[test]
    fn reads_names_of_old_systems() {
        let (gbk, ..) = encoding_rs::GBK.encode("巡查.xlsx");
        assert_eq!(name_of(&gbk), "巡查.xlsx");
        assert_eq!(name_of("forms\\巡查.xlsx".as_bytes()), "forms/巡查.xlsx");
    }
}
