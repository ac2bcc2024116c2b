//! The power goes. Every change of the server's data is written down with the flushes between; from that, disks are made as
//! they may be found afterwards, at many moments and with any part of what was never flushed. On each the server starts,
//! finds nothing wrong, and has every visit that was acknowledged by then. Without the flushes visits are lost, or this
//! would find nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use doorstep_tests::load::random::Random;

use crate::Setting;
use crate::compare::{compare, stored_ids};
use crate::disk::{RESTS, Record, Rest, SYNC_ALL, SYNC_FILE, SYNC_FOLDER};
use crate::phones::{Phones, Target};
use crate::preload::Control;
use crate::stand::{Stand, config_of, copy};

/// Moments at which a server that does not flush is looked at, at most.
const TRIES: usize = 12;

pub fn run(setting: &Setting) -> Result<String> {
    let mut random = Random(setting.seed);
    let mut stand = Stand::new(setting.template)?;
    let before = stored_ids(&stand.config())?;
    let base = stand.beside("base");
    copy(&stand.data(), &base)?;
    let journal = stand.beside("changes");
    let control = Control::of(&mut stand, Some(&journal))?;
    let url = stand.start()?;
    let phones = Phones::new(stand.client()?)?;
    let to = Target { control: Some(&control), ..Target::new(&url) };
    let begun = Instant::now();
    let n_submissions = if setting.is_long { 150 } else { 24 };
    phones.work(&to, n_submissions, &|| begun.elapsed() > Duration::from_secs(300));
    ensure!(phones.journal.n_acknowledged() == n_submissions, "not all came in: {:?}", phones.refusals());
    // To the end of the process too: the log goes into the database then.
    stand.stop()?;
    let record = Record::read(&journal)?;
    let entries = phones.journal.entries();
    let first = entries.values().filter_map(|it| it.acknowledged_at).min().unwrap_or(0) as usize;
    ensure!(record.len() > first, "{} records, the first receipt at {first}", record.len());
    let root = stand.data().display().to_string();
    let mut n_held = 0;
    for n in 0..setting.images {
        // The end of it all, and then moments of the work, some before the first receipt.
        let moment = match n {
            0 => record.len(),
            _ => first / 2 + random.below((record.len() - first / 2) as u64) as usize,
        };
        let rest = RESTS[n % RESTS.len()];
        let disk = stand.beside("disk");
        record.disk(moment, rest, (&base, &root), &disk.join("data"), &mut random)?;
        let config = config_of(&disk.join("data"), &stand.beside("data.key"));
        let is_due = |at: Option<i64>| at.is_some_and(|it| it <= moment as i64);
        let compared = compare(&config, &entries, &before, |it| is_due(it.acknowledged_at))
            .with_context(|| format!("power cut after {moment} of {} changes, {rest:?}", record.len()))?;
        n_held += compared.n_acknowledged;
        remove(&disk)?;
    }
    let n_changes = record.len();
    let mut careless = record;
    for kinds in [&[SYNC_FILE][..], &[SYNC_FOLDER, SYNC_ALL]] {
        careless = careless.without(kinds);
        // At the moment of a receipt little that came later has flushed its visit by chance.
        let receipts = entries.values().filter_map(|it| it.acknowledged_at).take(TRIES);
        let mut is_noticed = false;
        for moment in receipts {
            let disk = stand.beside("disk");
            careless.disk(moment as usize, Rest::None, (&base, &root), &disk.join("data"), &mut random)?;
            let config = config_of(&disk.join("data"), &stand.beside("data.key"));
            let is_due = |at: Option<i64>| at.is_some_and(|it| it <= moment);
            is_noticed |= compare(&config, &entries, &before, |it| is_due(it.acknowledged_at)).is_err();
            remove(&disk)?;
            if is_noticed {
                break;
            }
        }
        ensure!(is_noticed, "without flushes of kind {kinds:?} nothing is lost: this finds nothing");
    }
    Ok(format!(
        "{} disks of {n_changes} changes, {n_submissions} acknowledged, {n_held} looked for, 0 lost, 0 doubled, each disk sound",
        setting.images
    ))
}

fn remove(folder: &Path) -> Result<()> {
    Ok(std::fs::remove_dir_all(folder)?)
}
