//! A disk made from the record of changes: what it may hold when the power goes at some moment.
//!
//! The rules are those of the standard, not of a kind file system. What a file held when it was last flushed is there;
//! every later write may be there or not, whole or in sectors. A name is there for certain only after its folder was
//! flushed; flushing a file does nothing for its name. Renaming is one step that is done or not.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use doorstep_tests::load::random::Random;

const SECTOR: usize = 512;
const HEAD: usize = 32;
/// Kinds of records, as `preload.c` numbers them.
pub const SYNC_FILE: i64 = 9;
pub const SYNC_FOLDER: i64 = 10;
pub const SYNC_ALL: i64 = 11;

/// Everything that was written down.
pub struct Record {
    bytes: Vec<u8>,
    /// Where each record begins.
    starts: Vec<usize>,
    /// Kinds of flushes that are not believed.
    unbelieved: &'static [i64],
}

/// What of the changes that were never flushed is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    None,
    All,
    /// Any of them, and parts of some.
    Some,
    /// Bytes but no names.
    Bytes,
    /// Names but no bytes.
    Names,
    /// All up to some moment.
    Older,
}

pub const RESTS: [Rest; 6] = [Rest::None, Rest::Some, Rest::Names, Rest::Older, Rest::Bytes, Rest::All];

type FileId = usize;

#[derive(Debug, Default)]
struct File {
    /// Where it is in the folder that the record begins with.
    base: Option<PathBuf>,
    changes: Vec<Change>,
}

#[derive(Debug)]
struct Change {
    moment: usize,
    what: What,
    is_flushed: bool,
}

#[derive(Debug)]
enum What {
    Write { at: usize, bytes: Range<usize> },
    Resize(usize),
}

#[derive(Debug)]
struct NameChange {
    moment: usize,
    /// The folder whose flush makes it certain.
    folder: String,
    what: NameWhat,
    is_flushed: bool,
}

#[derive(Debug)]
enum NameWhat {
    Add(String, FileId),
    Remove(String, FileId),
    Move { from: String, to: String, file: FileId },
    Exchange { one: (String, FileId), other: (String, FileId) },
    Folder(String),
}

/// All that happened up to a moment.
#[derive(Debug, Default)]
struct Past {
    files: Vec<File>,
    names: BTreeMap<String, FileId>,
    /// Files by the number that the kernel gave them last.
    numbers: BTreeMap<i64, FileId>,
    base_names: BTreeMap<String, FileId>,
    name_changes: Vec<NameChange>,
}

impl Record {
    pub fn read(path: &Path) -> Result<Record> {
        let bytes = std::fs::read(path)?;
        let (mut starts, mut at) = (Vec::new(), 0);
        while at + HEAD <= bytes.len() {
            let length = usize::try_from(number(&bytes, at + 24)?)?;
            // The process was killed in the middle of a record: the change is done and nobody was told.
            if at + HEAD + length > bytes.len() {
                break;
            }
            starts.push(at);
            at += HEAD + length;
        }
        Ok(Record { bytes, starts, unbelieved: &[] })
    }

    /// Returns the record of a server that never flushes in some ways.
    pub fn without(self, kinds: &'static [i64]) -> Record {
        Record { unbelieved: kinds, ..self }
    }

    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Makes the disk of a moment, the first `moment` records, in a new folder. `base` is what was there before all records,
    /// which name things below `root`.
    pub fn disk(
        &self,
        moment: usize,
        rest: Rest,
        (base, root): (&Path, &str),
        to: &Path,
        random: &mut Random,
    ) -> Result<()> {
        let past = self.past(moment, base, root)?;
        let since = random.below(moment.max(1) as u64) as usize;
        let mut is_kept = |moment: usize, is_flushed: bool, is_name: bool| {
            is_flushed
                || match rest {
                    Rest::None => false,
                    Rest::All => true,
                    Rest::Some => random.happens(50),
                    Rest::Bytes => !is_name,
                    Rest::Names => is_name,
                    Rest::Older => moment < since,
                }
        };
        let (mut names, mut folders) = (past.base_names.clone(), BTreeSet::new());
        for change in &past.name_changes {
            if is_kept(change.moment, change.is_flushed, true) {
                change.what.carry_out(&mut names, &mut folders);
            }
        }
        copy_folders(base, to)?;
        for folder in &folders {
            // One whose own folder is not there was lost with it.
            let _ = std::fs::create_dir(to.join(folder));
        }
        let mut written: BTreeMap<FileId, Vec<u8>> = BTreeMap::new();
        for (name, id) in &names {
            let content = match written.get(id) {
                Some(content) => content,
                None => {
                    let content = self.content(&past.files[*id], base, rest, &mut is_kept)?;
                    written.entry(*id).or_insert(content)
                }
            };
            let path = to.join(name);
            if path.parent().is_some_and(Path::is_dir) {
                std::fs::write(path, content)?;
            }
        }
        Ok(())
    }

    fn content(
        &self,
        file: &File,
        base: &Path,
        rest: Rest,
        is_kept: &mut impl FnMut(usize, bool, bool) -> bool,
    ) -> Result<Vec<u8>> {
        let mut content = match &file.base {
            Some(path) => std::fs::read(base.join(path))?,
            None => Vec::new(),
        };
        for change in &file.changes {
            match &change.what {
                What::Resize(size) if is_kept(change.moment, change.is_flushed, false) => {
                    content.resize(*size, 0)
                }
                What::Resize(_) => {}
                What::Write { at, bytes } => {
                    // Of a write that was not flushed, sectors may be there.
                    let is_torn = rest == Rest::Some && !change.is_flushed;
                    let step = if is_torn { SECTOR } else { bytes.len().max(1) };
                    for piece in (0..bytes.len()).step_by(step) {
                        let end = bytes.len().min(piece + step);
                        if is_kept(change.moment, change.is_flushed, false) {
                            let (from, until) = (at + piece, at + end);
                            if content.len() < until {
                                content.resize(until, 0);
                            }
                            content[from..until]
                                .copy_from_slice(&self.bytes[bytes.start + piece..bytes.start + end]);
                        }
                    }
                }
            }
        }
        Ok(content)
    }

    fn past(&self, moment: usize, base: &Path, root: &str) -> Result<Past> {
        let mut past = Past::default();
        past.take_base(base, Path::new(""))?;
        past.base_names = past.names.clone();
        for (moment, start) in self.starts.iter().take(moment).enumerate() {
            let kind = number(&self.bytes, *start)?;
            if self.unbelieved.contains(&kind) {
                continue;
            }
            let (file, offset) = (number(&self.bytes, start + 8)?, number(&self.bytes, start + 16)?);
            let body = start + HEAD..start + HEAD + usize::try_from(number(&self.bytes, start + 24)?)?;
            let texts = || -> Result<Vec<String>> {
                let texts = self.bytes[body.clone()].split(|it| *it == 0).filter(|it| !it.is_empty());
                texts.map(|it| below(root, std::str::from_utf8(it)?)).collect()
            };
            past.take(moment, kind, file, usize::try_from(offset)?, body.clone(), texts)
                .with_context(|| format!("record {moment} of kind {kind}"))?;
        }
        Ok(past)
    }
}

impl Past {
    fn take_base(&mut self, base: &Path, folder: &Path) -> Result<()> {
        for entry in std::fs::read_dir(base.join(folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                self.take_base(base, &path)?;
            } else {
                self.files.push(File { base: Some(path.clone()), changes: Vec::new() });
                self.names.insert(path.to_string_lossy().into_owned(), self.files.len() - 1);
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        moment: usize,
        kind: i64,
        number: i64,
        offset: usize,
        body: Range<usize>,
        texts: impl Fn() -> Result<Vec<String>>,
    ) -> Result<()> {
        let text = |n: usize| -> Result<String> { texts()?.get(n).cloned().context("a name is missing") };
        match kind {
            1 | 2 => {
                let id = *self.numbers.get(&number).context("a file that nobody opened")?;
                let what =
                    if kind == 1 { What::Write { at: offset, bytes: body } } else { What::Resize(offset) };
                self.files[id].changes.push(Change { moment, what, is_flushed: false });
            }
            3 => {
                self.files.push(File::default());
                let (name, id) = (text(0)?, self.files.len() - 1);
                self.numbers.insert(number, id);
                self.names.insert(name.clone(), id);
                self.note(moment, &name, NameWhat::Add(name.clone(), id));
            }
            4 => {
                let (from, to) = (text(0)?, text(1)?);
                let id = *self.names.get(&from).context("a link to nothing")?;
                self.names.insert(to.clone(), id);
                self.note(moment, &to, NameWhat::Add(to.clone(), id));
            }
            5 => {
                let name = text(0)?;
                if let Some(id) = self.names.remove(&name) {
                    self.note(moment, &name, NameWhat::Remove(name.clone(), id));
                }
            }
            6 => {
                let (from, to) = (text(0)?, text(1)?);
                let file = self.names.remove(&from).context("nothing to rename")?;
                self.names.insert(to.clone(), file);
                self.note(moment, &to.clone(), NameWhat::Move { from, to, file });
            }
            7 => {
                let (one, other) = (text(0)?, text(1)?);
                let (a, b) = (self.names[&one], self.names[&other]);
                self.names.insert(one.clone(), b);
                self.names.insert(other.clone(), a);
                let what = NameWhat::Exchange { one: (one, b), other: (other.clone(), a) };
                self.note(moment, &other, what);
            }
            8 => {
                let name = text(0)?;
                self.note(moment, &name.clone(), NameWhat::Folder(name));
            }
            SYNC_FILE => {
                if let Some(id) = self.numbers.get(&number) {
                    self.files[*id].changes.iter_mut().for_each(|it| it.is_flushed = true);
                }
            }
            SYNC_FOLDER => {
                let folder = texts()?.first().cloned().unwrap_or_default();
                let own = self.name_changes.iter_mut().filter(|it| it.folder == folder);
                own.for_each(|it| it.is_flushed = true);
            }
            SYNC_ALL => {
                self.files.iter_mut().flat_map(|it| &mut it.changes).for_each(|it| it.is_flushed = true);
                self.name_changes.iter_mut().for_each(|it| it.is_flushed = true);
            }
            12 => {
                let id = *self.names.get(&text(0)?).context("a file that nobody made")?;
                self.numbers.insert(number, id);
            }
            other => bail!("there is no kind {other}"),
        }
        Ok(())
    }

    fn note(&mut self, moment: usize, name: &str, what: NameWhat) {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        self.name_changes.push(NameChange { moment, folder, what, is_flushed: false });
    }
}

impl NameWhat {
    fn carry_out(&self, names: &mut BTreeMap<String, FileId>, folders: &mut BTreeSet<String>) {
        match self {
            NameWhat::Add(name, id) => drop(names.insert(name.clone(), *id)),
            NameWhat::Remove(name, id) => {
                if names.get(name) == Some(id) {
                    names.remove(name);
                }
            }
            NameWhat::Move { from, to, file } => {
                if names.get(from) == Some(file) {
                    names.remove(from);
                }
                names.insert(to.clone(), *file);
            }
            NameWhat::Exchange { one, other } => {
                names.insert(one.0.clone(), one.1);
                names.insert(other.0.clone(), other.1);
            }
            NameWhat::Folder(name) => drop(folders.insert(name.clone())),
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Result<i64> {
    Ok(i64::from_le_bytes(bytes.get(at..at + 8).context("cut off")?.try_into()?))
}

/// Returns a name as seen from the root; empty for the root itself.
fn below(root: &str, path: &str) -> Result<String> {
    let inside = path.strip_prefix(root).with_context(|| format!("{path} is not below {root}"))?;
    ensure!(inside.is_empty() || inside.starts_with('/'), "{path} is not below {root}");
    Ok(inside.trim_matches('/').to_owned())
}

fn copy_folders(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy_folders(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
