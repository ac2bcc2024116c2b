//! A private PostgreSQL for tests: its own folder, its own port on the loopback, gone when nobody holds it.
//!
//! Invariant: the server outlives neither its [`Postgres`] nor the process that holds it, however that ends.
//! A shell beside the server waits on a pipe whose other end only that process has; when it closes, the shell
//! stops the server and removes the folder.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The role of every server, and its first database.
const NAME: &str = "doorstep";
/// PostgreSQL refuses to run as root; this is Debian's `nobody`.
const NOBODY: u32 = 65534;
/// A port that was free when asked for may be taken when used.
const ATTEMPTS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(60);
/// `$0` is the folder, the rest is the server's command line.
const GUARD: &str = r#"
"$@" >"$0/log" 2>&1 </dev/null &
server=$!
read -r _
kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf "$0"
"#;
/// A test's data need not survive a power cut.
const HASTE: [&str; 3] = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    port: u16,
    guard: Child,
    /// Closing it stops the server.
    lifeline: Option<ChildStdin>,
    n_databases: AtomicU32,
}

impl Postgres {
    /// Starts a server. Fails if PostgreSQL is not installed.
    pub fn start() -> Result<Postgres> {
        let mut result = Postgres::try_start();
        for _ in 1..ATTEMPTS {
            if result.is_ok() {
                break;
            }
            result = Postgres::try_start();
        }
        result
    }

    /// Returns the one server that all tests of this process share, started by the first that asks.
    pub fn shared() -> Result<&'static Postgres> {
        static SHARED: OnceLock<Result<Postgres, String>> = OnceLock::new();
        let started = SHARED.get_or_init(|| Postgres::start().map_err(|error| format!("{error:#}")));
        started.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// Returns the address of the server's first database, which all who ask share.
    pub fn url(&self) -> String {
        self.url_of(NAME)
    }

    /// Makes an empty database and returns its address.
    pub fn fresh_database(&self) -> Result<String> {
        let n = self.n_databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("{NAME}_{n}");
        self.create(&name)?;
        Ok(self.url_of(&name))
    }

    fn try_start() -> Result<Postgres> {
        let programs = programs().context("PostgreSQL is not installed (Debian: postgresql)")?;
        let folder = tempfile::Builder::new().prefix("doorstep-postgres-").tempdir()?;
        let is_root = std::fs::metadata(folder.path())?.uid() == 0;
        if is_root {
            chown(folder.path(), Some(NOBODY), Some(NOBODY))?;
        }
        let command =
            |name: &str| if is_root { as_nobody(&programs.join(name)) } else { plain(&programs.join(name)) };
        let data = folder.path().join("data");
        let mut initdb = command("initdb");
        call(
            initdb
                .args(["-A", "trust", "-U", NAME, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
                .arg(&data),
        )?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut server = command("postgres");
        server.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-k", "", "-p", &port.to_string()]);
        for setting in HASTE {
            server.args(["-c", setting]);
        }
        // From here the guard removes the folder.
        let folder = folder.keep();
        let (guard, lifeline) = guarded(&folder, &server)?;
        let postgres =
            Postgres { programs, port, guard, lifeline: Some(lifeline), n_databases: AtomicU32::new(0) };
        postgres.wait_until_ready(&folder.join("log"))?;
        postgres.create(NAME)?;
        Ok(postgres)
    }

    fn wait_until_ready(&self, log: &Path) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.client("pg_isready").arg("-q").status()?.success() {
                return Ok(());
            }
            let told = std::fs::read_to_string(log).unwrap_or_default();
            if told.contains("database system is shut down") || told.contains("could not create any") {
                bail!("PostgreSQL does not start: {told}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("PostgreSQL is not ready after {PATIENCE:?}");
    }

    fn create(&self, database: &str) -> Result<()> {
        call(self.client("createdb").args(["-T", "template0", database]))
    }

    /// Returns a call of one of PostgreSQL's client programs to this server.
    fn client(&self, name: &str) -> Command {
        let mut command = plain(&self.programs.join(name));
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", NAME]);
        command
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://{NAME}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // It ends by itself; a failure to wait leaves nothing to do.
        let _ = self.guard.wait();
    }
}

/// Returns the folder with PostgreSQL's programs, which Debian keeps out of the search path.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").exists());
    folders.sort();
    folders.pop()
}

fn plain(program: &Path) -> Command {
    let mut command = Command::new(program);
    // The other user may not be allowed to stand where we stand.
    command.current_dir("/");
    command
}

fn as_nobody(program: &Path) -> Command {
    let mut command = plain(Path::new("setpriv"));
    command
        .arg(format!("--reuid={NOBODY}"))
        .arg(format!("--regid={NOBODY}"))
        .arg("--clear-groups")
        .arg(program);
    command
}

fn guarded(folder: &Path, server: &Command) -> Result<(Child, ChildStdin)> {
    let mut guard = plain(Path::new("sh"));
    guard.args(["-c", GUARD]).arg(folder).arg(server.get_program()).args(server.get_args());
    let mut child = guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let lifeline = child.stdin.take().context("the guard has no standard input")?;
    Ok((child, lifeline))
}

fn call(command: &mut Command) -> Result<()> {
    let output =
        command.output().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    if !output.status.success() {
        bail!("{}: {}", command.get_program().display(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    fn ask(postgres: &Postgres, url: &str, sql: &str) -> String {
        let output = plain(&postgres.programs.join("psql")).args(["-At", "-c", sql, url]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn databases_are_apart_and_sort_by_bytes() {
        let postgres = Postgres::shared().unwrap();
        let (one, other) = (postgres.fresh_database().unwrap(), postgres.fresh_database().unwrap());
        ask(postgres, &one, "CREATE TABLE visit (id TEXT)");
        assert_eq!(ask(postgres, &other, "SELECT to_regclass('visit') IS NULL"), "t");
        assert_eq!(ask(postgres, &one, "SELECT 'B' < 'a'"), "t");
        assert_eq!(ask(postgres, &postgres.url(), "SHOW server_encoding"), "UTF8");
    }

    #[test]
    fn a_dropped_server_is_gone_with_its_folder() {
        let postgres = Postgres::start().unwrap();
        let address = (Ipv4Addr::LOCALHOST, postgres.port);
        let data = ask(&postgres, &postgres.url(), "SHOW data_directory");
        assert!(TcpStream::connect(address).is_ok() && Path::new(&data).exists());
        drop(postgres);
        assert!(TcpStream::connect(address).is_err() && !Path::new(&data).exists());
    }
}
