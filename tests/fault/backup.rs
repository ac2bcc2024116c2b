//! Backups made without a break while visits arrive: no visit is refused, some backups are killed half way, and the last
//! one is restored as somebody would after a fire.

use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use doorstep_tests::load::random::Random;

use crate::Setting;
use crate::compare::{compare, stored_ids};
use crate::phones::{Phones, Target};
use crate::stand::{Stand, config_of};

pub fn run(setting: &Setting) -> Result<String> {
    let mut random = Random(setting.seed);
    let mut stand = Stand::new(setting.template)?;
    let before = stored_ids(&stand.config())?;
    let to = Target::new(&stand.start()?);
    let phones = Phones::new(stand.client()?)?;
    let n_submissions = if setting.is_long { 1500 } else { 60 };
    let (is_over, n_killed, mut n_made) = (AtomicBool::new(false), AtomicUsize::new(0), 0);
    std::thread::scope(|scope| -> Result<()> {
        let working = scope.spawn(|| phones.work(&to, n_submissions, &|| is_over.load(Ordering::Relaxed)));
        let made = (|| {
            while !working.is_finished() {
                let mut backup = back_up(&stand).stdout(std::process::Stdio::null()).spawn()?;
                // The very first one too: an unfinished backup is gone on with.
                if n_killed.load(Ordering::Relaxed) == 0 || random.happens(30) {
                    sleep(Duration::from_millis(random.below(900)));
                    backup.kill()?;
                    backup.wait()?;
                    n_killed.fetch_add(1, Ordering::Relaxed);
                } else {
                    let status = backup.wait()?;
                    ensure!(status.success(), "a backup ended with {status}");
                    n_made += 1;
                }
            }
            Ok(())
        })();
        is_over.store(true, Ordering::Relaxed);
        made
    })?;
    ensure!(phones.refusals().is_empty(), "refused because of a backup: {:?}", phones.refusals());
    // Whatever is acknowledged before a backup begins is in it.
    let entries = phones.journal.entries();
    succeed(&mut back_up(&stand))?;
    let n_again = phones.finish(&to.url)?;
    stand.stop()?;
    let lived =
        compare(&stand.config(), &phones.journal.entries(), &before, |it| it.acknowledged_at.is_some())?;
    refuse_what_is_wrong(&stand)?;
    let begun = Instant::now();
    let (data, key) = (stand.beside("restored"), stand.beside("data.key"));
    let mut restore = stand.command();
    restore.arg("restore").arg(stand.beside("backup")).arg("--data").arg(&data).arg("--key-file").arg(&key);
    // It verifies what it restored, and its exit code says so.
    succeed(&mut restore)?;
    let drill = begun.elapsed();
    let restored = compare(&config_of(&data, &key), &entries, &before, |it| it.acknowledged_at.is_some())?;
    Ok(format!(
        "{n_made} backups and {} killed ones while {} were acknowledged, 0 refused, 0 lost, 0 doubled, {n_again} sent again; restored {} in {:.1} s",
        n_killed.load(Ordering::Relaxed),
        lived.n_acknowledged,
        restored.n_acknowledged,
        drill.as_secs_f64()
    ))
}

fn back_up(stand: &Stand) -> Command {
    let mut command = stand.command();
    command.arg("backup").arg(stand.beside("backup")).arg("--data").arg(stand.data());
    command
}

/// Neither a backup nor a restoration touches what it must not.
fn refuse_what_is_wrong(stand: &Stand) -> Result<()> {
    let other = stand.beside("other");
    std::fs::create_dir_all(&other)?;
    std::fs::write(other.join("photo.jpg"), b"a family's")?;
    let mut onto_other = stand.command();
    onto_other.arg("backup").arg(&other).arg("--data").arg(stand.data());
    let told = fail(&mut onto_other)?;
    ensure!(told.contains("不是备份"), "told {told}");
    let mut onto_data = stand.command();
    onto_data.arg("restore").arg(stand.beside("backup")).arg("--data").arg(stand.data());
    let told = fail(&mut onto_data)?;
    ensure!(told.contains("不是空的"), "told {told}");
    let mut without_key = stand.command();
    without_key.arg("restore").arg(stand.beside("backup")).arg("--data").arg(stand.beside("keyless"));
    without_key.args(["--language", "en"]);
    let told = fail(&mut without_key)?;
    ensure!(told.contains("no master key"), "told {told}");
    ensure!(!stand.beside("keyless").exists(), "a folder was made without a key");
    Ok(())
}

fn succeed(command: &mut Command) -> Result<Output> {
    let output = command.output().context("cannot start doorstep")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {told} {}", output.status, String::from_utf8_lossy(&output.stdout));
    Ok(output)
}

fn fail(command: &mut Command) -> Result<String> {
    let output = command.output().context("cannot start doorstep")?;
    ensure!(output.status.code() == Some(2), "ended with {}", output.status);
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}
