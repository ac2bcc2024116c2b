//! A server of its own for each scenario: a copy of the demonstration's data, started, killed and stopped at will.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use doorstep::config::Config;
use doorstep_tests::load::client::Client;
use doorstep_tests::load::server::Server;
use tempfile::TempDir;

/// The password of everybody in the demonstration.
pub const PASSWORD: &str = "broken-on-purpose";
/// Longest wait for a server that was asked to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// Demonstration data, made once.
#[derive(Debug)]
pub struct Template {
    pub program: PathBuf,
    folder: TempDir,
}

impl Template {
    pub fn new(program: &Path) -> Result<Template> {
        let folder = TempDir::with_prefix("doorstep-fault-")?;
        let program = program.canonicalize().context("there is no doorstep program")?;
        Server::fill(&program, &folder.path().join("data"), PASSWORD)?;
        Ok(Template { program, folder })
    }

    /// Copies the data and its key into a folder.
    fn copy_to(&self, folder: &Path) -> Result<()> {
        copy(&self.folder.path().join("data"), &folder.join("data"))?;
        std::fs::copy(self.folder.path().join("data.key"), folder.join("data.key"))?;
        Ok(())
    }
}

/// One server and its data.
pub struct Stand {
    pub program: PathBuf,
    folder: TempDir,
    /// What the server's environment has besides.
    pub environment: Vec<(String, String)>,
    running: Option<(Child, String)>,
}

impl Stand {
    pub fn new(template: &Template) -> Result<Stand> {
        let folder = TempDir::with_prefix("doorstep-fault-")?;
        template.copy_to(folder.path())?;
        Ok(Stand { program: template.program.clone(), folder, environment: Vec::new(), running: None })
    }

    /// A folder beside the data that goes with the stand.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap_or_default().join(name)
    }

    pub fn data(&self) -> PathBuf {
        self.beside("data")
    }

    pub fn config(&self) -> Config {
        config_of(&self.data(), &self.beside("data.key"))
    }

    /// Starts the server; returns its address.
    pub fn start(&mut self) -> Result<String> {
        ensure!(self.running.is_none(), "it is running already");
        let mut command = self.command();
        command.envs(self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let running = Server::serve(command, &self.data())?;
        let url = running.1.clone();
        self.running = Some(running);
        Ok(url)
    }

    /// Returns a command of the program, which tells nothing unless it goes wrong.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("RUST_LOG", "error");
        command
    }

    pub fn pid(&self) -> Result<u32> {
        self.running.as_ref().map(|(child, _)| child.id()).context("it is not running")
    }

    pub fn client(&self) -> Result<Client> {
        self.sign_in("v01")
    }

    pub fn sign_in(&self, user: &str) -> Result<Client> {
        let (_, url) = self.running.as_ref().context("it is not running")?;
        Client::sign_in(url, user, PASSWORD)
    }

    /// Kills the server as a power cut would, but for what the kernel still holds.
    pub fn kill(&mut self) -> Result<()> {
        let (mut child, _) = self.running.take().context("it is not running")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Asks the server to stop, as `systemctl stop` does.
    pub fn ask_to_stop(&self) -> Result<()> {
        let status = Command::new("kill").args(["-TERM", &self.pid()?.to_string()]).status()?;
        ensure!(status.success(), "the server could not be asked to stop");
        Ok(())
    }

    /// Waits until the server has ended.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let (mut child, _) = self.running.take().context("it is not running")?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill()?;
        child.wait()?;
        bail!("the server did not end within {PATIENCE:?}")
    }

    /// Stops the server, which must end well and leave its database closed.
    pub fn stop(&mut self) -> Result<()> {
        self.ask_to_stop()?;
        let status = self.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        let log = self.data().join("doorstep.sqlite-wal");
        ensure!(!log.exists(), "the database was not closed");
        Ok(())
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            // Both fail only if it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Returns the settings for a data folder and its key.
pub fn config_of(data: &Path, key: &Path) -> Config {
    Config { key_file: Some(key.to_owned()), ..Config::in_folder(data.to_owned()) }
}

/// Copies a folder with all in it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
