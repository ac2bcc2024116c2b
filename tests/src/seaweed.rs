//! A private SeaweedFS for tests, a real object store that speaks S3: its own folder, its own ports on the loopback, gone
//! when nobody holds it. It can be killed and started again with what it had.
//!
//! Invariant: the store outlives neither its [`Seaweed`] nor the process that holds it, however that ends. A shell beside
//! the store reads orders from a pipe whose other end only that process has; when it closes, the shell kills the store
//! and removes the folder.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

/// Where `cargo xtask setup` installs it, from the workspace's root.
const PROGRAM: &str = "target/seaweedfs/bin/weed";
/// Names another program.
const VARIABLE: &str = "DOORSTEP_WEED";
const ACCESS_KEY: &str = "doorstep";
const SECRET_KEY: &str = "nobody-else-comes-here";
/// A port that was free when asked for may be taken when used.
const ATTEMPTS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(60);
/// `$0` is the folder, the rest is the store's command line. An order is answered when it is carried out. A store that is
/// killed leaves sockets in /tmp, named by its ports.
const GUARD: &str = r#"
begin() { "$@" >>"$0/log" 2>&1 </dev/null & store=$!; }
end() { kill -KILL "$store"; wait "$store"; }
begin "$@"
while read -r order; do
  case $order in
    kill) end 2>/dev/null ;;
    start) begin "$@" ;;
  esac
  echo done
done
end 2>/dev/null
for word in "$@"; do
  case $word in *.port*=*) rm -f /tmp/seaweedfs-*-"${word#*=}".sock ;; esac
done
rm -rf "$0"
"#;

/// A running store.
#[derive(Debug)]
pub struct Seaweed {
    ports: Ports,
    folder: PathBuf,
    guard: Child,
    /// Closing it ends the store.
    lifeline: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
    n_buckets: AtomicU32,
}

/// Each part of the store has two.
#[derive(Debug, Clone, Copy)]
struct Ports {
    master: [u16; 2],
    volume: [u16; 2],
    filer: [u16; 2],
    s3: [u16; 2],
}

impl Seaweed {
    /// Starts a store. Fails where SeaweedFS is not installed.
    pub fn start() -> Result<Seaweed> {
        let program = program().with_context(|| format!("no SeaweedFS in {PROGRAM} (cargo xtask setup)"))?;
        let mut result = Seaweed::try_start(&program);
        for _ in 1..ATTEMPTS {
            if result.is_ok() {
                break;
            }
            result = Seaweed::try_start(&program);
        }
        result
    }

    /// Returns whether SeaweedFS is installed.
    #[must_use]
    pub fn is_installed() -> bool {
        program().is_some()
    }

    /// Returns the one store that all tests of this process share, started by the first that asks. Nobody kills it.
    pub fn shared() -> Result<&'static Seaweed> {
        static SHARED: OnceLock<Result<Seaweed, String>> = OnceLock::new();
        let started = SHARED.get_or_init(|| Seaweed::start().map_err(|error| format!("{error:#}")));
        started.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// Makes an empty bucket and returns its name.
    pub fn fresh_bucket(&self) -> Result<String> {
        let name = format!("doorstep-{}", self.n_buckets.fetch_add(1, Ordering::Relaxed));
        let made = agent().post(format!("{}/buckets/{name}/", self.filer())).send_empty()?;
        ensure!(made.status().is_success(), "no bucket: {}", made.status());
        Ok(name)
    }

    /// Returns what a program must find in its environment to reach the store.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, String)> {
        let endpoint = format!("http://127.0.0.1:{}", self.ports.s3[0]);
        let settings = [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_ENDPOINT_URL", &endpoint),
            ("AWS_ALLOW_HTTP", "true"),
        ];
        settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    /// Kills the store as a power cut would, but for what the kernel still holds.
    pub fn kill(&self) -> Result<()> {
        self.order("kill")
    }

    /// Starts the store again with what it had, and waits until it answers.
    pub fn start_again(&self) -> Result<()> {
        self.order("start")?;
        self.wait_until_ready()
    }

    fn try_start(program: &Path) -> Result<Seaweed> {
        let folder = tempfile::Builder::new().prefix("doorstep-seaweed-").tempdir()?;
        let ports = Ports::free()?;
        let command = command(program, folder.path(), &ports)?;
        // From here the guard removes the folder.
        let folder = folder.keep();
        let mut guard = Command::new("sh");
        guard.arg("-c").arg(GUARD).arg(&folder).arg(command.get_program()).args(command.get_args());
        let mut guard = guard
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let pipes = guard.stdin.take().zip(guard.stdout.take().map(BufReader::new));
        let seaweed =
            Seaweed { ports, folder, guard, lifeline: Mutex::new(pipes), n_buckets: AtomicU32::new(0) };
        seaweed.wait_until_ready()?;
        Ok(seaweed)
    }

    fn order(&self, order: &str) -> Result<()> {
        let mut pipes = self.lifeline.lock().unwrap_or_else(PoisonError::into_inner);
        let (orders, answers) = pipes.as_mut().context("the store has ended")?;
        writeln!(orders, "{order}")?;
        let mut answer = String::new();
        answers.read_line(&mut answer)?;
        ensure!(answer.trim() == "done", "the store's guard is gone");
        Ok(())
    }

    /// Waits until a file can be stored, and the door for S3 is open.
    fn wait_until_ready(&self) -> Result<()> {
        let begun = Instant::now();
        let agent = agent();
        let (probe, door) =
            (format!("{}/probe", self.filer()), format!("http://127.0.0.1:{}/", self.ports.s3[0]));
        while begun.elapsed() < PATIENCE {
            let is_stored = agent.put(&probe).send(&b"probe"[..]).is_ok_and(|it| it.status().is_success());
            if is_stored && agent.get(&door).call().is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let told = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let end: Vec<&str> = told.lines().rev().take(20).collect();
        bail!("SeaweedFS is not ready after {PATIENCE:?}; it said last, newest first: {}", end.join("\n"));
    }

    fn filer(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.filer[0])
    }
}

impl Drop for Seaweed {
    fn drop(&mut self) {
        drop(self.lifeline.lock().unwrap_or_else(PoisonError::into_inner).take());
        // It ends by itself; a failure to wait leaves nothing to do.
        let _ = self.guard.wait();
    }
}

impl Ports {
    /// Returns ports that are free now.
    fn free() -> Result<Ports> {
        let held = (0..8).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let held = held.collect::<Result<Vec<_>, _>>()?;
        let ports = held.iter().map(|it| it.local_addr().map(|it| it.port()));
        let ports = ports.collect::<Result<Vec<_>, _>>()?;
        let pair = |n: usize| [ports[2 * n], ports[2 * n + 1]];
        Ok(Ports { master: pair(0), volume: pair(1), filer: pair(2), s3: pair(3) })
    }
}

fn program() -> Option<PathBuf> {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(|it| it.join(PROGRAM));
    let program = std::env::var_os(VARIABLE).map(PathBuf::from).or_else(own)?;
    program.is_file().then_some(program)
}

/// One process with all parts of the store, which asks nobody outside anything.
fn command(program: &Path, folder: &Path, ports: &Ports) -> Result<Command> {
    let config = folder.join("s3.json");
    let identity = json!({
        "name": "doorstep",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    });
    std::fs::write(&config, json!({ "identities": [identity] }).to_string())?;
    let data = folder.join("data");
    std::fs::create_dir(&data)?;
    let mut command = Command::new(program);
    command.args([
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        "-master.telemetry=false",
    ]);
    // Small volumes that are made when they are needed: a test's disk is no data centre's.
    command.args(["-master.volumeSizeLimitMB=64", "-volume.max=200", "-volume.preStopSeconds=0"]);
    // It is alone: nobody has to be waited for.
    command.arg("-master.electionTimeout=1s");
    command.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]);
    command.arg(format!("-dir={}", data.display())).arg(format!("-s3.config={}", config.display()));
    let parts =
        [("master", ports.master), ("volume", ports.volume), ("filer", ports.filer), ("s3", ports.s3)];
    for (part, [http, grpc]) in parts {
        command.arg(format!("-{part}.port={http}")).arg(format!("-{part}.port.grpc={grpc}"));
    }
    Ok(command)
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(10)));
    config.build().into()
}
