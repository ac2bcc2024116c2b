//! The server under load: started here or running already, and what the kernel says about its process.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);
/// Some thousand photos take minutes to be looked at.
const IDLE_PATIENCE: Duration = Duration::from_mins(10);
/// A server that used less than this in [`IDLE_WINDOW`] is idle.
const IDLE_CPU: Duration = Duration::from_millis(20);
const IDLE_WINDOW: Duration = Duration::from_secs(1);

/// A server, and the process that it is.
#[derive(Debug)]
pub struct Server {
    pub url: String,
    pid: u32,
    /// Its process and its data, if it was started here.
    own: Option<(Child, TempDir)>,
}

/// What a process has used.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    pub cpu: Duration,
    resident_kib: u64,
    peak_kib: u64,
}

impl Usage {
    /// Reads what a process has used so far.
    pub fn of(pid: u32) -> Result<Usage> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("the server is gone")?;
        // To the nanosecond, ended threads included.
        let clock = clock_getcpuclockid(Pid::from_raw(pid.try_into()?)).context("the server is gone")?;
        let cpu = clock_gettime(clock)?.into();
        usage(cpu, &status).context("/proc tells too little about the server")
    }

    pub fn resident_mib(&self) -> u64 {
        self.resident_kib >> 10
    }

    pub fn peak_mib(&self) -> u64 {
        self.peak_kib >> 10
    }
}

impl Server {
    /// Takes a running server, on this machine only.
    pub fn running(url: &str, pid: u32) -> Result<Server> {
        let host = url.strip_prefix("http://").context("the address must begin with http://")?;
        let is_here = ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| host.starts_with(name));
        ensure!(is_here, "{url} is not on this machine");
        Ok(Server { url: url.trim_end_matches('/').to_owned(), pid, own: None })
    }

    /// Fills a data folder with demonstration data.
    pub fn fill(program: &Path, data: &Path, password: &str) -> Result<()> {
        let mut fill = Command::new(program);
        fill.arg("demo").arg("--data").arg(data).args(["--password", password]);
        let filled = fill.output().context("cannot start doorstep")?;
        let told = String::from_utf8_lossy(&filled.stderr);
        ensure!(filled.status.success(), "doorstep demo: {} {told}", filled.status);
        Ok(())
    }

    /// Starts `doorstep serve` on a data folder at a port that is free, by a command that may have an environment of
    /// its own, and waits until it answers.
    pub fn serve(mut command: Command, data: &Path) -> Result<(Child, String)> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"]).arg(data);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let url = format!("http://127.0.0.1:{port}");
        wait_until_healthy(&url, &mut child)?;
        Ok((child, url))
    }

    /// Starts a server with demonstration data in a folder of its own.
    pub fn start(program: &Path, password: &str, disk: Option<&Path>) -> Result<Server> {
        let folder = match disk {
            Some(disk) => TempDir::with_prefix_in("doorstep-bench-", disk)?,
            None => TempDir::with_prefix("doorstep-bench-")?,
        };
        let data = folder.path().join("data");
        eprintln!("filling {}", data.display());
        Server::fill(program, &data, password)?;
        let (child, url) = Server::serve(Command::new(program), &data)?;
        Ok(Server { url, pid: child.id(), own: Some((child, folder)) })
    }

    /// Reads what the server has used so far.
    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.pid)
    }

    /// Waits until the jobs that requests left behind are done.
    pub fn wait_until_idle(&self) -> Result<Usage> {
        let begun = Instant::now();
        let mut before = self.usage()?;
        while begun.elapsed() < IDLE_PATIENCE {
            std::thread::sleep(IDLE_WINDOW);
            let now = self.usage()?;
            if now.cpu - before.cpu < IDLE_CPU {
                return Ok(now);
            }
            before = now;
        }
        Ok(before)
    }
}

fn wait_until_healthy(url: &str, child: &mut Child) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if ureq::get(format!("{url}/healthz")).call().is_ok() {
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            bail!("the server ended at once: {status}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!("{url} is not healthy after {PATIENCE:?}");
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((child, _)) = &mut self.own {
            // Both fail only if it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Reads `/proc/…/status`.
fn usage(cpu: Duration, status: &str) -> Option<Usage> {
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    };
    Some(Usage { cpu, resident_kib: kib("VmRSS")?, peak_kib: kib("VmHWM")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        let told = usage(Duration::ZERO, "VmHWM:\t   90112 kB\nVmRSS:\t   61440 kB\n").unwrap();
        assert_eq!((told.resident_mib(), told.peak_mib()), (60, 88));
        let own = Server { url: String::new(), pid: std::process::id(), own: None };
        let used = own.usage().unwrap();
        assert!(used.resident_mib() > 0 && used.cpu > Duration::ZERO);
    }

    #[test]
    fn loads_nothing_but_this_machine() {
        assert!(Server::running("http://doorstep.example", 1).is_err());
        assert!(
            Server::running("http://127.0.0.1:8080/", 1).is_ok_and(|server| server.url.ends_with("8080"))
        );
    }
}
