//! `bench-xlsform`: what converting and compiling workbooks costs natively.
//!
//! Prints one line of JSON a workbook: for each run, milliseconds of this thread's CPU time and of the clock. What is timed
//! is bytes to XForm, with every error that keeps a workbook from becoming a form, and XForm to compiled form: the same
//! text that is published. Under `parts` stands what the steps take by themselves, and under `checked` the conversion
//! with all that the desk says besides (`advice`), which is no part of the first figures.
//!
//! Files are in memory, and each was converted before its runs count. `--questions` and `--choices` add tables made here,
//! to see how the cost grows: those are converted and compiled, but not read from a file.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Parser;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use wasm_forms::Form;
use wasm_forms::xlsform::{self, Conversion, Options, Sheet, Workbook, convert_tables};

/// The server's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Runs before the ones that count.
const N_WARM_UP: usize = 3;

/// Measures the conversion of workbooks.
#[derive(Debug, Parser)]
struct Arguments {
    /// Runs of each workbook that count.
    #[arg(long, default_value_t = 15)]
    runs: usize,
    /// Sizes of surveys made here, in questions.
    #[arg(long, value_delimiter = ',')]
    questions: Vec<usize>,
    /// Sizes of choice lists made here.
    #[arg(long, value_delimiter = ',')]
    choices: Vec<usize>,
    /// Workbooks.
    files: Vec<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runs = arguments.runs;
    for file in &arguments.files {
        let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
        let stem = file.file_stem().context("a file without a name")?.to_string_lossy();
        let name = file.display().to_string();
        let mut told = measure(&name, runs, || xlsform::compile(&bytes, &stem))?;
        told["parts"] = parts(&bytes, runs, &stem)?;
        told["checked"] = json!(times(runs, || xlsform::check(&bytes, &stem)));
        println!("{told}");
    }
    let options = Options { form_id: "made".to_owned(), ..Options::default() };
    for &n in &arguments.questions {
        let workbook = survey_of(n);
        println!("{}", measure(&format!("{n} questions"), runs, || of_tables(&workbook, &options))?);
    }
    for &n in &arguments.choices {
        let workbook = choices_of(n);
        println!("{}", measure(&format!("{n} choices"), runs, || of_tables(&workbook, &options))?);
    }
    Ok(())
}

/// Converts tables and compiles the form from its text.
fn of_tables(workbook: &Workbook, options: &Options) -> (Conversion, Option<Form>) {
    let conversion = convert_tables(workbook, options);
    let form = conversion.xform.as_deref().and_then(|it| Form::compile(it).ok());
    (conversion, form)
}

/// Returns what each run of conversion and compilation took.
fn measure(name: &str, runs: usize, make: impl Fn() -> (Conversion, Option<Form>)) -> Result<Value> {
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for run in 0..N_WARM_UP + runs {
        let (begun, begun_ms) = (Instant::now(), cpu_ms());
        let (conversion, form) = black_box(make());
        let (wall_ms, cpu_ms) = (begun.elapsed().as_secs_f64() * 1e3, cpu_ms() - begun_ms);
        ensure!(form.is_some(), "{name}: {:?}", conversion.diagnostics);
        if run >= N_WARM_UP {
            wall.push(wall_ms);
            cpu.push(cpu_ms);
        }
    }
    Ok(json!({ "workbook": name, "cpu_ms": cpu, "wall_ms": wall }))
}

/// Returns the CPU time of each step by itself: the file to tables, tables to XForm, XForm to form.
fn parts(bytes: &[u8], runs: usize, stem: &str) -> Result<Value> {
    let options = Options { form_id: stem.to_owned(), ..Options::default() };
    let workbook = Workbook::read(bytes).map_err(|it| anyhow!("{it:?}"))?;
    let xform = convert_tables(&workbook, &options).xform.context("a workbook with errors")?;
    Ok(json!({
        "read": times(runs, || Workbook::read(bytes)),
        "convert": times(runs, || convert_tables(&workbook, &options)),
        "compile": times(runs, || Form::compile(&xform)),
    }))
}

/// Returns the CPU time of each run, what it gives dropped.
fn times<T>(runs: usize, run: impl Fn() -> T) -> Vec<f64> {
    let timed = || {
        let begun_ms = cpu_ms();
        drop(black_box(run()));
        cpu_ms() - begun_ms
    };
    (0..N_WARM_UP + runs).map(|_| timed()).skip(N_WARM_UP).collect()
}

/// Returns the CPU time that this thread has used.
fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn sheet(name: &str, header: &[&str], rows: Vec<Vec<String>>) -> Sheet {
    let header = header.iter().map(|&it| it.to_owned()).collect();
    Sheet { name: name.to_owned(), header, rows }
}

/// Returns a survey in groups of ten, in two languages, where each question depends on the one before it.
fn survey_of(n: usize) -> Workbook {
    let header =
        ["type", "name", "label::English (en)", "label::中文 (zh)", "relevant", "constraint", "calculation"];
    let row = |cells: [String; 7]| cells.to_vec();
    let mut rows = Vec::new();
    for i in 0..n {
        if i % 10 == 0 {
            let group = |kind: &str, name: String| vec![kind.to_owned(), name];
            if i > 0 {
                rows.push(group("end_group", String::new()));
            }
            rows.push(
                [group("begin_group", format!("g{i}")), vec![format!("Part {i}"), format!("第 {i} 部分")]]
                    .concat(),
            );
        }
        let before = if i == 0 { String::new() } else { format!("${{q{}}} > {i}", i - 1) };
        let label = [format!("Question {i}"), format!("第 {i} 题")];
        let [english, chinese] = label;
        let rule = format!(". < {} and . >= 0", 1_000 + i);
        let (kind, calculation) = match i % 5 {
            4 => ("calculate", format!("${{q{}}} + {i}", i - 1)),
            _ => ("integer", String::new()),
        };
        let shown = if kind == "calculate" { String::new() } else { before };
        let rule = if kind == "calculate" { String::new() } else { rule };
        rows.push(row([kind.to_owned(), format!("q{i}"), english, chinese, shown, rule, calculation]));
    }
    rows.push(vec!["end_group".to_owned()]);
    Workbook { sheets: vec![sheet("survey", &header, rows)] }
}

/// Returns a survey of two questions about one list in two languages.
fn choices_of(n: usize) -> Workbook {
    let question = |name: &str, filter: &str| {
        ["select_one places", name, name, name, filter].map(str::to_owned).to_vec()
    };
    let survey = vec![question("any", ""), question("near", "district = ${any}")];
    let header = ["type", "name", "label::English (en)", "label::中文 (zh)", "choice_filter"];
    let choice = |i: usize| {
        vec![
            "places".to_owned(),
            format!("p{i}"),
            format!("Place {i}"),
            format!("第 {i} 处"),
            format!("d{}", i % 50),
        ]
    };
    let list = ["list_name", "name", "label::English (en)", "label::中文 (zh)", "district"];
    Workbook {
        sheets: vec![sheet("survey", &header, survey), sheet("choices", &list, (0..n).map(choice).collect())],
    }
}
