//! Numbered steps on the terminal: each says its name, how long it has been at work, and how it ended.
//!
//! A step that takes over two seconds shows its elapsed time and the latest line of the program it runs: on a
//! terminal in one line that is rewritten, elsewhere in one line every ten seconds.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{IsTerminal, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a step works before it says so.
const QUIET: Duration = Duration::from_secs(2);
/// Between two lines of a step where no terminal can rewrite one.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// How much of a failed program's output an error repeats.
const TAIL_LINES: usize = 60;

/// The steps of one command, `n` of `total`.
#[derive(Debug)]
pub struct Steps {
    total: usize,
    begun: usize,
}

/// One step at work.
#[derive(Debug)]
pub struct Step {
    latest: Arc<Mutex<String>>,
    note: RefCell<String>,
}

/// How a program ended.
#[derive(Debug)]
pub struct Outcome {
    pub status: ExitStatus,
    /// Both streams, in the order they came.
    pub output: String,
}

impl Steps {
    /// Announces that `total` steps follow.
    pub fn new(total: usize) -> Steps {
        Steps { total, begun: 0 }
    }

    /// Does one step and prints its name, its note and its time; the error of a failed step goes to the caller.
    pub fn run<T>(&mut self, name: &str, work: impl FnOnce(&Step) -> Result<T>) -> Result<T> {
        self.begun += 1;
        let title = format!("[{}/{}] {name}", self.begun, self.total);
        let step = Step { latest: Arc::default(), note: RefCell::default() };
        let begun = Instant::now();
        let ticker = Ticker::start(title.clone(), Arc::clone(&step.latest));
        let result = work(&step);
        ticker.stop();
        let note = match &result {
            Ok(_) => step.note.take(),
            Err(_) => "FAILED".to_owned(),
        };
        eprintln!("{title}: {}", [note, in_seconds(begun.elapsed())].join(" ").trim());
        result.with_context(|| format!("step \"{name}\""))
    }
}

impl Step {
    /// Says how the step ends, in a few words.
    pub fn note(&self, text: impl Display) {
        *self.note.borrow_mut() = text.to_string();
    }

    /// Says what the step is doing now.
    pub fn doing(&self, text: &str) {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = text.to_owned();
    }

    /// Runs a program to its end; an unsuccessful one is an error that repeats the end of its output.
    pub fn call(&self, command: &mut Command) -> Result<String> {
        let Outcome { status, output } = self.attempt(command)?;
        if !status.success() {
            bail!("{}: {status}\n{}", describe(command), tail(&output));
        }
        Ok(output)
    }

    /// Runs a program to its end, whatever that is; fails only if it cannot be started.
    pub fn attempt(&self, command: &mut Command) -> Result<Outcome> {
        let (mut reader, writer) = std::io::pipe()?;
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let child = command.spawn();
        // The command keeps the pipe's writing ends; unless they go, the reader below never sees the end.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = child.with_context(|| format!("cannot start {}", describe(command)))?;
        let output = self.follow(&mut reader)?;
        Ok(Outcome { status: child.wait()?, output })
    }

    /// Reads to the end and shows the latest line; a carriage return ends a line too, as progress bars use it.
    fn follow(&self, reader: &mut impl Read) -> Result<String> {
        let mut output = Vec::new();
        let mut line = Vec::new();
        let mut chunk = [0_u8; 8192];
        loop {
            let n = reader.read(&mut chunk)?;
            if n == 0 {
                output.append(&mut line);
                return Ok(String::from_utf8_lossy(&output).into_owned());
            }
            for &byte in &chunk[..n] {
                if matches!(byte, b'\n' | b'\r') {
                    let text = String::from_utf8_lossy(&line);
                    if !text.trim().is_empty() {
                        self.doing(text.trim());
                    }
                    // What a carriage return wipes off the screen is no part of the record.
                    if byte == b'\n' {
                        output.append(&mut line);
                        output.push(b'\n');
                    }
                    line.clear();
                } else {
                    line.push(byte);
                }
            }
        }
    }
}

/// Prints how long a step has been at work until it is stopped.
struct Ticker {
    stopped: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

impl Ticker {
    fn start(title: String, latest: Arc<Mutex<String>>) -> Ticker {
        let stopped = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let stopped = Arc::clone(&stopped);
            move || tick(&title, &latest, &stopped)
        });
        Ticker { stopped, thread }
    }

    fn stop(self) {
        self.stopped.store(true, Ordering::Release);
        self.thread.thread().unpark();
        // A ticker that panicked has nothing left to clean.
        let _ = self.thread.join();
    }
}

fn tick(title: &str, latest: &Mutex<String>, stopped: &AtomicBool) {
    let begun = Instant::now();
    let terminal = std::io::stderr().is_terminal();
    let every = if terminal { Duration::from_secs(1) } else { LINE_EVERY };
    let mut next = QUIET;
    let mut shown = false;
    while !stopped.load(Ordering::Acquire) {
        std::thread::park_timeout(next.saturating_sub(begun.elapsed()));
        if stopped.load(Ordering::Acquire) || begun.elapsed() < next {
            continue;
        }
        next = begun.elapsed() + every;
        let doing = latest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let line = format!("{title} … {} s  {doing}", begun.elapsed().as_secs());
        if terminal {
            eprint!("\r\x1b[2K{}", line.chars().take(100).collect::<String>());
        } else {
            eprintln!("{line}");
        }
        let _ = std::io::stderr().flush();
        shown = true;
    }
    if shown && terminal {
        eprint!("\r\x1b[2K");
    }
}

/// Returns a command as a person would type it.
pub fn describe(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the last lines of a program's output.
pub fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

fn in_seconds(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(1) { String::new() } else { format!("({:.1} s)", elapsed.as_secs_f64()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failed_program_is_an_error_with_its_last_words() {
        let error =
            Steps::new(1).run("talk", |step| step.call(&mut shell("echo first; echo last >&2; exit 3")));
        let text = format!("{:#}", error.unwrap_err());
        assert!(text.contains("exit status: 3") && text.contains("first\nlast"), "{text}");
    }

    #[test]
    fn rewritten_lines_are_shown_but_not_kept() {
        let output =
            Steps::new(1).run("bar", |step| step.call(&mut shell("printf '1/2\\r2/2\\rmade\\n7'"))).unwrap();
        assert_eq!(output, "made\n7");
    }
}
