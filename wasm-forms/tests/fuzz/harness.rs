//! Runs inputs: each on a stack as small as WebAssembly's, bounded in time, in a process that may not grow.
//!
//! A test runs its body in a process of its own (this binary again), because a stack that overflows and memory
//! that runs out end a process, not a test. The input that is running stands in a file, so that it is found
//! whatever happens.

use std::any::Any;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// The stack of one input: what WebAssembly has. Frames that nobody optimised are several times as large.
const STACK_BYTES: usize = if cfg!(debug_assertions) { 4 << 20 } else { 1 << 20 };
/// How long one input may compute in a debug build.
const MOST_CPU_MS: u64 = 10_000;
/// When an input that does not come back is given up, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How large the process may grow.
const MOST_MEMORY_KB: u64 = 1 << 20;
/// Tells this binary that it is the process within the process.
const CHILD: &str = "FUZZ_CHILD";

/// Why an input is a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Panicked(String),
    TooSlow(u64),
    Endless,
}

/// Runs `run` on a small stack and waits for it.
pub fn bounded(run: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let (sender, receiver) = mpsc::channel();
    let body = move || {
        run();
        // Nobody listens any more where it took too long.
        let _ = sender.send(cpu_ms());
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(body).expect("a thread");
    match receiver.recv_timeout(PATIENCE) {
        Ok(ms) if ms > MOST_CPU_MS => Err(Failure::TooSlow(ms)),
        Ok(_) => Ok(()),
        Err(RecvTimeoutError::Timeout) => Err(Failure::Endless),
        Err(RecvTimeoutError::Disconnected) => {
            let panic = thread.join().err().unwrap_or_else(|| Box::new("ended without an answer"));
            Err(Failure::Panicked(message(&*panic)))
        }
    }
}

/// Returns what this thread has computed so far, where the system tells it.
fn cpu_ms() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|it| it.parse::<u64>().ok()).unwrap_or(0) / 1_000_000
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text").to_owned()
}

/// Runs the body of a test in a process of its own, as one input; it must end well.
pub fn alone(run: fn()) {
    let body = move || bounded(run).unwrap_or_else(|it| panic!("{it:?}"));
    in_a_process(body).unwrap_or_else(|report| panic!("{report}"));
}

/// Runs a body that bounds its inputs itself in a process of its own; it must end well.
pub fn alone_for_long(run: fn()) {
    in_a_process(run).unwrap_or_else(|report| panic!("{report}"));
}

fn in_a_process(run: impl FnOnce()) -> Result<(), String> {
    if std::env::var_os(CHILD).is_some() {
        run();
        return Ok(());
    }
    let name = std::thread::current().name().expect("a test has a name").to_owned();
    let program = std::env::current_exe().map_err(|it| it.to_string())?;
    let mut command = if cfg!(unix) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -v {MOST_MEMORY_KB}; exec \"$0\" \"$@\"")]).arg(program);
        shell
    } else {
        Command::new(program)
    };
    let output =
        command.args(["--exact", &name, "--nocapture"]).env(CHILD, "1").env("RUST_BACKTRACE", "0").output();
    let output = output.map_err(|it| it.to_string())?;
    let told = String::from_utf8_lossy(&output.stdout);
    // The name of no test would end well too.
    if output.status.success() && told.contains("1 passed") {
        return Ok(());
    }
    let cause = String::from_utf8_lossy(&output.stderr);
    let cause: String = cause.chars().take(4000).collect();
    Err(format!("{name} ended with {}:\n{cause}", output.status))
}

/// Where inputs are kept: the one that runs, and those that failed.
pub fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    std::fs::create_dir_all(&folder).expect("a folder below target");
    folder
}

/// A number from the environment, else `default`.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(default)
}
