//! Reads Debian's package indexes beyond the machine's own release, without touching the machine's apt.
//!
//! The archive's address comes from the machine's apt configuration, the key that signs it from Debian's keyring;
//! indexes and downloads stay in a folder of our own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::project;
use crate::steps::Step;

/// Where Debian's releases keep the archive's keys; where neither is, apt's own trusted keys decide.
const KEYRINGS: [&str; 2] =
    ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"];
const SUITES: [&str; 5] = ["bookworm", "bookworm-backports", "trixie", "trixie-backports", "sid"];

/// The package indexes of [`SUITES`].
#[derive(Debug)]
pub struct Archive {
    folder: PathBuf,
}

impl Archive {
    /// Fetches the indexes into `folder`.
    pub fn open(step: &Step, folder: &Path) -> Result<Archive> {
        if !Path::new("/usr/bin/apt-get").exists() {
            bail!("this machine has no apt-get");
        }
        for part in ["lists/partial", "cache/archives/partial", "state"] {
            std::fs::create_dir_all(folder.join(part))?;
        }
        std::fs::write(folder.join("sources.list"), sources()?)?;
        let archive = Archive { folder: folder.to_owned() };
        step.doing("reading Debian's package indexes");
        // A mirror may lack a suite: what matters is whether the package is found.
        step.attempt(archive.apt("apt-get").args(["update", "-q"]))?;
        Ok(archive)
    }

    /// Returns the versions there are of a package.
    pub fn versions(&self, step: &Step, package: &str) -> Result<Vec<String>> {
        let table = step.call(self.apt("apt-cache").args(["madison", package]))?;
        Ok(table.lines().filter_map(|line| Some(line.split('|').nth(1)?.trim().to_owned())).collect())
    }

    /// Downloads a package and unpacks it into a folder, without installing it.
    pub fn unpack(&self, step: &Step, package: &str, version: &str, into: &Path) -> Result<()> {
        let download = self.folder.join("cache").join(package);
        if download.exists() {
            std::fs::remove_dir_all(&download)?;
        }
        std::fs::create_dir_all(&download)?;
        step.call(
            self.apt("apt-get").args(["download", &format!("{package}={version}")]).current_dir(&download),
        )?;
        let file = std::fs::read_dir(&download)?
            .next()
            .with_context(|| format!("no {package} was downloaded"))??;
        std::fs::create_dir_all(into)?;
        step.doing("unpacking");
        step.call(project::program("dpkg-deb", project::root()).arg("-x").arg(file.path()).arg(into))?;
        Ok(())
    }

    fn apt(&self, program: &str) -> Command {
        let mut command = project::program(program, project::root());
        let at = |part: &str| self.folder.join(part).display().to_string();
        for setting in [
            format!("Dir::Etc::SourceList={}", at("sources.list")),
            "Dir::Etc::SourceParts=-".to_owned(),
            format!("Dir::State={}", at("state")),
            format!("Dir::State::Lists={}", at("lists")),
            format!("Dir::Cache={}", at("cache")),
            "Acquire::Languages=none".to_owned(),
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".to_owned(),
            "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false".to_owned(),
            // Our folder may lie where apt's own user cannot go.
            "APT::Sandbox::User=root".to_owned(),
        ] {
            command.arg("-o").arg(setting);
        }
        command
    }
}

/// Returns a sources.list: each of [`SUITES`] from each archive the machine itself uses for its release.
fn sources() -> Result<String> {
    let codename = release_codename().context("the release's code name is not in /etc/os-release")?;
    let mut command = project::program("apt-get", project::root());
    command.args(["indextargets", "--format", "$(IDENTIFIER)|$(RELEASE)|$(REPO_URI)"]);
    let output = command.output().context("cannot start apt-get")?;
    let keyring = KEYRINGS.into_iter().find(|keyring| Path::new(keyring).exists());
    let lines = sources_from(&String::from_utf8_lossy(&output.stdout), &codename, keyring);
    if lines.is_empty() {
        bail!("the machine's apt configuration names no archive for {codename}");
    }
    Ok(lines)
}

fn release_codename() -> Option<String> {
    let release = std::fs::read_to_string("/etc/os-release").ok()?;
    let codename = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="))?;
    Some(codename.trim_matches('"').to_owned())
}

fn sources_from(targets: &str, codename: &str, keyring: Option<&str>) -> String {
    let option = keyring.map(|keyring| format!("[signed-by={keyring}] ")).unwrap_or_default();
    let mut lines = Vec::new();
    for target in targets.lines() {
        let fields: Vec<&str> = target.split('|').collect();
        let &["Packages", release, archive] = fields.as_slice() else { continue };
        if release != codename {
            continue;
        }
        for suite in SUITES {
            let line = format!("deb {option}{archive} {suite} main\n");
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_the_archive_of_the_release_and_no_other() {
        let targets = "Packages|bookworm-security|http://mirror.example/debian-security/\n\
                       Packages|bookworm|http://mirror.example/debian/\n\
                       Translations|bookworm|http://mirror.example/debian/\n\
                       Packages|nodistro|http://third.example/node/\n";
        let sources = sources_from(targets, "bookworm", Some("/k.gpg"));
        assert_eq!(sources.lines().count(), SUITES.len());
        assert!(
            sources.contains("deb [signed-by=/k.gpg] http://mirror.example/debian/ trixie-backports main\n")
        );
    }
}
