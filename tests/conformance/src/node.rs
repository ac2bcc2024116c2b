//! The same cases in WebAssembly: Node runs the module, cases go in and outcomes come out, a line each.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{Case, Outcome};

/// A Node process that runs cases.
#[derive(Debug)]
pub struct Node {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Node {
    /// Starts Node with the script `run.mjs` on the module that `cargo xtask conformance` has built.
    pub fn start(script: &Path, module: &Path) -> Result<Node> {
        let mut process = Command::new("node")
            .arg(script)
            .arg(module)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start node")?;
        let input = process.stdin.take().context("node has no input")?;
        let output = process.stdout.take().context("node has no output")?;
        Ok(Node { process, input, output: BufReader::new(output).lines() })
    }

    /// Runs one case; an error where the module trapped.
    pub fn run(&mut self, case: &Case) -> Result<Outcome> {
        serde_json::to_writer(&mut self.input, case)?;
        self.input.write_all(b"\n")?;
        self.input.flush()?;
        let Some(line) = self.output.next() else { bail!("node has ended") };
        let line = line?;
        serde_json::from_str(&line).with_context(|| line.chars().take(300).collect::<String>())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It waits for a next line that never comes.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
