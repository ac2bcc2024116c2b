//! `cargo xtask wasm`: the engine as the browser loads it, with JavaScript bindings and TypeScript types.
//!
//! One crate makes a file for each of its features: `forms` for the phone, `xlsform` for the desk, which reads workbooks
//! too, `encryption`, `signatures` and `evidence`, which the phone loads only where a form asks
//! for them, `darkroom` for photos in browsers that compute with many numbers at once, and `codec` for those that cannot
//! decode a photo small.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::stamp::Stamp;
use crate::steps::{Step, Steps};
use crate::{project, setup, snip};

/// The steps of [`build`].
pub const STEPS: usize = 1;

/// What the phone downloads: only the smallest functions are written out where they are called.
const LEAST_INLINED: &str = "target.wasm32-unknown-unknown.rustflags=['-Cllvm-args=-inline-threshold=4']";

/// Computing with many numbers at once; only browsers that can do it load such a file.
const MANY_AT_ONCE: &str = "target.wasm32-unknown-unknown.rustflags=['-Ctarget-feature=+simd128']";

/// Where the web app imports the engine from.
const OUTPUT: &str = "web/src/engine/wasm";

/// A file the browser loads, named like the feature it is built with.
struct Module {
    name: &'static str,
    /// Cargo's profile: `wasm` for what every phone downloads, `desk` for what has to be fast.
    profile: &'static str,
    /// More for the compiler.
    config: Option<&'static str>,
}

const MODULES: [Module; 7] = [
    Module { name: "forms", profile: "wasm", config: Some(LEAST_INLINED) },
    Module { name: "xlsform", profile: "desk", config: None },
    Module { name: "encryption", profile: "wasm", config: Some(LEAST_INLINED) },
    Module { name: "signatures", profile: "wasm", config: Some(LEAST_INLINED) },
    Module { name: "evidence", profile: "wasm", config: Some(LEAST_INLINED) },
    Module { name: "codec", profile: "desk", config: None },
    Module { name: "darkroom", profile: "desk", config: Some(MANY_AT_ONCE) },
];

impl Module {
    /// Returns what cargo makes. The next module's build overwrites the file; what is made of it by then is complete.
    fn compiled(&self) -> PathBuf {
        let Module { profile, .. } = self;
        project::path(&format!("target/wasm32-unknown-unknown/{profile}/wasm_forms_bindings.wasm"))
    }

    fn wasm(&self) -> PathBuf {
        project::path(OUTPUT).join(format!("{}_bg.wasm", self.name))
    }

    /// Returns every file that [`bind`] writes.
    fn outputs(&self) -> Vec<PathBuf> {
        let with = |ending: &str| project::path(OUTPUT).join(format!("{}{ending}", self.name));
        vec![self.wasm(), with(".js"), with(".d.ts")]
    }
}

/// Prepares the machine and builds the engine; where `quick` names files, only those, for trying.
pub fn run(quick: &[String]) -> Result<()> {
    let mut steps = Steps::new(setup::BUILD_STEPS + STEPS);
    setup::for_building(&mut steps)?;
    if quick.is_empty() {
        return build(&mut steps);
    }
    steps.run("engine for the browser, not optimised", |step| {
        let named = MODULES.iter().filter(|it| quick.iter().any(|name| name == it.name));
        named.into_iter().try_for_each(|it| make(step, it, None))
    })
}

/// Builds the engine unless its sources are those of the last time.
pub fn build(steps: &mut Steps) -> Result<()> {
    steps.run("engine for the browser", |step| {
        let optimiser = optimiser();
        let inputs = [
            "wasm-forms",
            "Cargo.toml",
            "Cargo.lock",
            ".cargo/config.toml",
            "xtask/src/wasm.rs",
            "xtask/src/snip.rs",
        ]
        .map(project::path);
        let facts = [rustc_version()?, format!("optimiser: {}", optimiser.is_some())];
        let stamp = Stamp::of(
            project::path("target/xtask/wasm.stamp"),
            &inputs,
            &facts.each_ref().map(String::as_str),
        )?;
        let outputs: Vec<PathBuf> = MODULES.iter().flat_map(Module::outputs).collect();
        if stamp.is_fresh(&outputs) {
            step.note("up to date");
            return Ok(());
        }
        for module in &MODULES {
            make(step, module, optimiser.as_deref())?;
        }
        stamp.store()?;
        step.note(sizes(step, optimiser.is_some())?);
        Ok(())
    })
}

fn make(step: &Step, module: &Module, optimiser: Option<&Path>) -> Result<()> {
    let mut cargo =
        project::cargo(&["build", "--package", "wasm-forms-bindings", "--profile", module.profile]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--no-default-features", "--features", module.name]);
    if let Some(config) = module.config {
        cargo.args(["--config", config]);
    }
    step.call(&mut cargo)?;
    step.doing(&format!("bindings of {}", module.name));
    // The optimiser makes files smaller, not faster.
    let Some(optimiser) = optimiser.filter(|_| module.profile == "wasm") else {
        return bind(&module.compiled(), module.name, OUTPUT);
    };
    generate(&mut bindings(&module.compiled(), module.name)?, OUTPUT)?;
    snip::panics(&module.wasm())?;
    step.doing(&format!("wasm-opt {}", module.name));
    optimise(step, optimiser, &module.wasm())
}

/// Writes what a browser needs beside a compiled file: the file stripped, JavaScript and types.
pub fn bind(wasm: &Path, name: &str, folder: &str) -> Result<()> {
    generate(bindings(wasm, name)?.remove_name_section(true), folder)
}

/// What a browser needs beside a compiled file, the functions' names still in it.
fn bindings(wasm: &Path, name: &str) -> Result<Bindgen> {
    let mut bindings = Bindgen::new();
    bindings.input_path(wasm).out_name(name).web(true)?.typescript(true).remove_producers_section(true);
    Ok(bindings)
}

fn generate(bindings: &mut Bindgen, folder: &str) -> Result<()> {
    bindings.generate(project::path(folder)).with_context(|| format!("no bindings for {folder}"))
}

/// Returns npm's wasm-opt, if the web app's packages bring it.
fn optimiser() -> Option<PathBuf> {
    let program = project::path("web/node_modules/.bin/wasm-opt");
    program.exists().then_some(program)
}

/// What makes a file smallest as it travels, found by trying: control flow found anew, twice what there is for size, and
/// functions in the order of their names, so that related ones stand together.
const PASSES: [&str; 10] = [
    // What stands apart on purpose stays apart.
    "--one-caller-inline-max-function-size=400",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    // The first KiB is the end of the stack: no address that is read or written.
    "--low-memory-unused",
    "--reorder-functions-by-name",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

fn optimise(step: &Step, optimiser: &Path, wasm: &Path) -> Result<()> {
    let optimised = wasm.with_extension("opt");
    let mut command = project::program(&optimiser.display().to_string(), project::root());
    command.arg(wasm).arg("-o").arg(&optimised).args(PASSES);
    // What rustc's target has by default; without the flags wasm-opt refuses the file.
    for feature in [
        "bulk-memory",
        "multivalue",
        "mutable-globals",
        "nontrapping-float-to-int",
        "reference-types",
        "sign-ext",
    ] {
        command.arg(format!("--enable-{feature}"));
    }
    step.call(&mut command)?;
    std::fs::rename(&optimised, wasm).with_context(|| wasm.display().to_string())
}

fn rustc_version() -> Result<String> {
    let output =
        project::program("rustc", project::root()).arg("-Vv").output().context("cannot start rustc")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns each file's size, raw and as it travels.
fn sizes(step: &Step, optimised: bool) -> Result<String> {
    let mut told = Vec::new();
    for module in &MODULES {
        let file = module.wasm();
        let brotli =
            "process.stdout.write(''+zlib.brotliCompressSync(fs.readFileSync(process.argv[1])).length)";
        let mut node = project::program("node", project::root());
        let compressed = step.call(node.args(["-e", brotli]).arg(&file))?;
        let raw = std::fs::metadata(&file)?.len();
        told.push(format!("{}_bg.wasm {raw} bytes, {compressed} in brotli", module.name));
    }
    let unoptimised = if optimised { "" } else { "; not optimised: web/ has no binaryen" };
    Ok(told.join("; ") + unoptimised)
}
