//! The layer between the server and its C library (`preload.c`), built here and steered from here.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::stand::Stand;

const SOURCE: &str = include_str!("preload.c");
const SECONDS_AT: u64 = 0;
const FULLNESS_AT: u64 = 8;
const WATCHING_AT: u64 = 16;
const RECORDS_AT: u64 = 24;

/// What the layer is told.
pub struct Control(File);

/// How full the disk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fullness {
    Room,
    /// No file grows.
    Full,
    /// Nothing can be written, not even in place, as where every write needs new room.
    Stuck,
}

impl Control {
    /// Builds the layer and has the stand's server start with it.
    pub fn of(stand: &mut Stand, journal: Option<&PathBuf>) -> Result<Control> {
        let (source, library) = (stand.beside("preload.c"), stand.beside("preload.so"));
        std::fs::write(&source, SOURCE)?;
        let mut compiler = Command::new("cc");
        compiler
            .args(["-O1", "-shared", "-fPIC", "-o"])
            .arg(&library)
            .arg(&source)
            .args(["-ldl", "-lpthread"]);
        let built =
            compiler.output().context("there is no C compiler, which the server's database needs too")?;
        ensure!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let path = stand.beside("control");
        std::fs::write(&path, [0; 64])?;
        let mut set = |name: &str, value: PathBuf| {
            stand.environment.push((name.to_owned(), value.display().to_string()));
        };
        set("LD_PRELOAD", library);
        set("DOORSTEP_FAULT_CONTROL", path.clone());
        if let Some(journal) = journal {
            set("DOORSTEP_FAULT_JOURNAL", journal.clone());
        }
        let root = stand.data();
        stand.environment.push(("DOORSTEP_FAULT_ROOT".to_owned(), root.display().to_string()));
        let control = Control(OpenOptions::new().read(true).write(true).open(path)?);
        control.set(WATCHING_AT, i64::from(journal.is_some()))?;
        Ok(control)
    }

    /// Puts the server's clock ahead, or back.
    pub fn set_clock(&self, seconds: i64) -> Result<()> {
        self.set(SECONDS_AT, seconds)
    }

    pub fn set_fullness(&self, fullness: Fullness) -> Result<()> {
        let value = match fullness {
            Fullness::Room => 0,
            Fullness::Full => 1,
            Fullness::Stuck => 2,
        };
        self.set(FULLNESS_AT, value)
    }

    /// Returns how many changes were written down so far.
    pub fn n_records(&self) -> i64 {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, RECORDS_AT).map_or(0, |()| i64::from_le_bytes(bytes))
    }

    fn set(&self, at: u64, value: i64) -> Result<()> {
        Ok(self.0.write_all_at(&value.to_le_bytes(), at)?)
    }
}
