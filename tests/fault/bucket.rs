//! Two servers on one PostgreSQL and one bucket, and the store of the bucket is killed under load, again and again. While it
//! is away visits are told to come back; what was acknowledged before is there afterwards, whichever server took it.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use doorstep::config::Config;
use doorstep_tests::load::client::Client;
use doorstep_tests::load::random::Random;
use doorstep_tests::load::server::Server;
use doorstep_tests::postgres::Postgres;
use doorstep_tests::seaweed::Seaweed;
use tempfile::TempDir;

use crate::Setting;
use crate::compare::{compare, stored_ids};
use crate::phones::{Phones, Target};
use crate::stand::{PASSWORD, config_of};

/// What a phone is told while the store is away.
const AWAY: &str = "503 server.files_unreachable";

/// Everything that the servers share.
struct Shared {
    program: PathBuf,
    seaweed: Seaweed,
    bucket: String,
    database: String,
    folder: TempDir,
}

/// A server that ends with its owner.
struct Running {
    child: Child,
    url: String,
}

pub fn run(setting: &Setting) -> Result<String> {
    if !Seaweed::is_installed() {
        return Ok("skipped, there is no SeaweedFS (cargo xtask setup)".to_owned());
    }
    let shared = Shared::new(setting)?;
    shared.fill()?;
    let before = stored_ids(&shared.config())?;
    let servers = [shared.serve()?, shared.serve()?];
    let phones = Phones::new(Client::sign_in(&servers[0].url, "v01", PASSWORD)?)?;
    let n_kills = (setting.cycles / 3).max(1);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| -> Result<()> {
        for server in &servers {
            let (phones, is_over) = (&phones, &is_over);
            scope.spawn(move || {
                let to = Target { n_phones: 3, has_pieces: true, ..Target::new(&server.url) };
                phones.work(&to, usize::MAX, &|| is_over.load(Ordering::Relaxed));
            });
        }
        let killed = kill_again_and_again(&shared.seaweed, n_kills, setting.seed);
        is_over.store(true, Ordering::Relaxed);
        killed
    })?;
    let n_again = phones.finish(&servers[1].url)?;
    let refusals = phones.refusals();
    let n_away: usize = refusals.values().sum();
    ensure!(refusals.contains_key(AWAY), "nobody noticed that the store was away: {refusals:?}");
    // The answer to how far an upload is has no body, and so no code.
    ensure!(refusals.keys().all(|it| it.starts_with("503 ")), "told otherwise: {refusals:?}");
    drop(servers);
    let entries = phones.journal.entries();
    let compared = compare(&shared.config(), &entries, &before, |it| it.acknowledged_at.is_some())?;
    shared.verify()?;
    Ok(format!(
        "2 servers, the store killed {n_kills} times, {} acknowledged of {} requests, {n_away} told to come back, \
         0 lost, 0 doubled, {n_again} sent again",
        compared.n_acknowledged,
        phones.journal.n_sent()
    ))
}

fn kill_again_and_again(seaweed: &Seaweed, n_kills: usize, seed: u64) -> Result<()> {
    let mut random = Random(seed);
    for _ in 0..n_kills {
        std::thread::sleep(Duration::from_millis(1500 + random.below(1500)));
        seaweed.kill()?;
        // Longer than a server asks again before it sends the phone away.
        std::thread::sleep(Duration::from_millis(3000));
        seaweed.start_again()?;
    }
    std::thread::sleep(Duration::from_millis(1000));
    Ok(())
}

impl Shared {
    fn new(setting: &Setting) -> Result<Shared> {
        let seaweed = Seaweed::start()?;
        Ok(Shared {
            program: setting.template.program.clone(),
            bucket: seaweed.fresh_bucket()?,
            seaweed,
            database: Postgres::shared()?.fresh_database()?,
            folder: TempDir::with_prefix("doorstep-fault-")?,
        })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn config(&self) -> Config {
        Config {
            database: Some(self.database.clone()),
            bucket: Some(self.bucket.clone()),
            store: self.seaweed.settings().into_iter().collect(),
            ..config_of(&self.data(), &self.folder.path().join("data.key"))
        }
    }

    /// Returns a command of the program with everything in its environment.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("RUST_LOG", "off").envs(self.seaweed.settings());
        command.env("DOORSTEP_DATABASE", &self.database).env("DOORSTEP_BUCKET", &self.bucket);
        command
    }

    fn fill(&self) -> Result<()> {
        let mut fill = self.command();
        fill.arg("demo").args(["--password", PASSWORD, "--data"]).arg(self.data());
        let output = fill.output().context("cannot start doorstep")?;
        ensure!(output.status.success(), "doorstep demo: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    fn serve(&self) -> Result<Running> {
        let (child, url) = Server::serve(self.command(), &self.data())?;
        Ok(Running { child, url })
    }

    fn verify(&self) -> Result<()> {
        let output = self.command().arg("verify").arg("--data").arg(self.data()).output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "doorstep verify: {} {told}", output.status);
        ensure!(!self.data().join("blobs").exists(), "files lie in the data folder");
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only if it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
