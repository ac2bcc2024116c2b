//! How long the doorstep form takes to open with a register of growing size, and what an answer costs then.
//!
//! Prints one row a size: median of the runs, milliseconds. Native code; the browser's figures come from its own
//! run of the same form.

use std::sync::Arc;
use std::time::Instant;

use doorstep_tests::autofill::story_env;
use doorstep_tests::pack::workbooks;
use wasm_forms::view::NodeId;
use wasm_forms::{Form, Lists, Session, Table, xlsform};

const SIZES: [usize; 4] = [275, 3_319, 16_800, 168_000];
const RUNS: usize = 21;

fn main() {
    let path = workbooks()
        .into_iter()
        .find(|it| it.ends_with("doorstep_certification.xlsx"))
        .expect("the pack's main form");
    let workbook = std::fs::read(path).expect("the pack's own file");
    let (convert_ms, conversion) = median(|| xlsform::convert(&workbook, "doorstep_certification"));
    let xform = conversion.xform.expect("the pack's forms convert");
    let (compile_ms, form) = median(|| Form::compile(&xform).expect("the pack's forms compile"));
    let form = Arc::new(form);
    println!(
        "doorstep_certification: workbook to XForm {convert_ms:.2} ms, XForm to form {compile_ms:.2} ms"
    );
    println!(
        "{:>9}  {:>10}  {:>10}  {:>10}  {:>12}",
        "residents", "read CSV", "open+view", "choose one", "expressions"
    );
    for size in SIZES {
        let csv = register(size);
        let (read_ms, table) = median(|| Table::from_csv(&csv).expect("our own list"));
        let lists: Arc<Lists> = Arc::new([("residents".to_owned(), Arc::new(table))].into());
        let (open_ms, mut session) = median(|| {
            let mut session = Session::open(&form, &lists, story_env(), &[]);
            let nodes = session.view().nodes;
            assert!(!nodes.is_empty());
            session
        });
        let question = resident_question(&mut session);
        let before = session.n_evaluated();
        let mut turn = 0;
        let (choose_ms, ()) = median(|| {
            turn += 1;
            let chosen = format!("R{}", size - 1 - turn % 2);
            session.answer(question, &chosen, story_env().now_ms).expect("the question is shown");
        });
        let n_expressions = (session.n_evaluated() - before) / RUNS as u64;
        println!("{size:>9}  {read_ms:>10.2}  {open_ms:>10.2}  {choose_ms:>10.3}  {n_expressions:>12}");
    }
}

fn median<T>(mut work: impl FnMut() -> T) -> (f64, T) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..RUNS {
        let start = Instant::now();
        last = Some(work());
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    (times[RUNS / 2], last.expect("at least one run"))
}

fn resident_question(session: &mut Session) -> NodeId {
    let view = session.view();
    view.nodes
        .iter()
        .find(|it| it.reference == "/data/pick/resident")
        .expect("the form asks for the resident")
        .id
}

/// A register of visibly fictional residents with the columns a phone gets.
fn register(size: usize) -> String {
    let header = "name,label,__version,full_name,sex,birth_date,id_masked,id_last4,phone,address,grid,building,benefit_kind,\
                  cert_status,cert_last,cert_due,cert_cycle_months,living_alone,selfcare,guardian_name,guardian_phone,care_note";
    let mut csv = format!("{header}\n");
    for i in 0..size {
        csv += &format!(
            "R{i},居民{i} · 东区 {i},1,居民{i},f,1950-01-02,880101********{:04},{:04},154{i:08},晨光佳园东区 {i} 号,G01,E01,employee,\
             overdue,2025-11-03,2026-11-03,12,no,full,,,\n",
            i % 10_000,
            i % 10_000
        );
    }
    csv
}
