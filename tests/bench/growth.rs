//! `bench-growth`: what the server's commonest questions cost as the submissions it stores grow.
//!
//! Rows are generated: each a stored submission with two files, about a resident of the demonstration, with a document
//! of a kilobyte, spread over a year's days; one in twenty is flagged, three hundred wait for a decision. The same
//! database grows from size to size, and at each the server is started anew, asked everything some times to warm up,
//! then measured: the median time of an answer, and the server's own CPU time for it.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use doorstep::api::input::cursor;
use doorstep::config::Config;
use doorstep::domain::calendar;
use doorstep::store::db::DbError;
use doorstep::store::submissions::{self, AttachmentRow, FlagRow, SubmissionRow};
use doorstep_tests::load::client::Client;
use doorstep_tests::load::random::Random;
use doorstep_tests::load::server::Server;
use doorstep_tests::load::visit::{self, Visit};
use ureq::Agent;

const PASSWORD: &str = "measured-on-loopback";
const DAY_MS: u64 = 86_400_000;
/// Rows that one transaction writes.
const BATCH: usize = 5_000;
/// Submissions that wait for a decision, at every size.
const WAITING: usize = 300;
const OUTCOMES: [&str; 4] = ["certified", "absent", "refused", "hospital"];
const FLAGS: [&str; 3] = ["photo.reused", "seal.missing", "entity.conflict"];

/// Measures a server at several sizes and prints a table.
#[derive(Debug, Parser)]
struct Arguments {
    /// The `doorstep` program.
    #[arg(long)]
    program: PathBuf,
    /// Stored submissions, growing.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    sizes: Vec<usize>,
    /// Times that each question is asked.
    #[arg(long, default_value_t = 30)]
    times: usize,
    /// Where the temporary data folder is made.
    #[arg(long)]
    disk: Option<PathBuf>,
}

/// What one question cost at one size.
struct Cost {
    name: &'static str,
    median: Duration,
    cpu: Duration,
}

/// Facts of the demonstration that generated rows are made of.
struct Facts {
    /// Id, name and grid.
    residents: Vec<(String, String, String)>,
    /// Id and name.
    accounts: Vec<(String, String)>,
    forms: Vec<(String, String)>,
    now_ms: i64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(
        arguments.sizes.is_sorted() && arguments.times > 0,
        "sizes grow, and a question is asked once at least"
    );
    let folder = match &arguments.disk {
        Some(disk) => tempfile::TempDir::with_prefix_in("doorstep-growth-", disk)?,
        None => tempfile::TempDir::with_prefix("doorstep-growth-")?,
    };
    let data = folder.path().join("data");
    Server::fill(&arguments.program, &data, PASSWORD)?;
    let mut table: Vec<(usize, Vec<Cost>)> = Vec::new();
    let mut n = 0;
    for &size in &arguments.sizes {
        let begun = Instant::now();
        let places = fill(&data, n, size)?;
        eprintln!("{} rows more in {:.0?}", size - n, begun.elapsed());
        n = size;
        table.push((size, measure(&arguments, &data, &places)?));
    }
    print(&table);
    Ok(())
}

/// Adds submissions until there are `size`; returns the receipt's number, the name and the place of an early one.
fn fill(data: &Path, from: usize, size: usize) -> Result<[String; 3]> {
    let runtime = tokio::runtime::Runtime::new()?;
    // The key is beside the folder, where the program looks for it.
    let config = Config { key_file: None, ..Config::in_folder(data.to_owned()) };
    runtime.block_on(doorstep::with_app(config, async |app| {
        let now_ms = app.clock.now_ms();
        let facts = app.db.read(move |tx| facts(tx, now_ms)).await?;
        let facts = std::sync::Arc::new(facts);
        for first in (from..size).step_by(BATCH) {
            let (facts, end) = (std::sync::Arc::clone(&facts), (first + BATCH).min(size));
            app.db.write(move |tx| (first..end).try_for_each(|i| store(tx, &facts, i))).await?;
        }
        let early = row(&facts, 60);
        Ok([early.receipt_number, early.label, cursor(&[&early.received_at.to_string(), &early.id])])
    }))
}

fn facts(tx: &mut dyn doorstep::store::db::Tx, now_ms: i64) -> Result<Facts, DbError> {
    let three = |row: &doorstep::store::db::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let two = |row: &doorstep::store::db::Row| Ok((row.get(0)?, row.get(1)?));
    let residents =
        tx.query("SELECT id, label, grid FROM entity WHERE list = 'residents' ORDER BY id", &[])?;
    let accounts = tx.query("SELECT id, name FROM account WHERE role = 'volunteer' ORDER BY id", &[])?;
    let forms = tx.query("SELECT form_id, version FROM form WHERE is_current ORDER BY form_id", &[])?;
    Ok(Facts {
        residents: residents.iter().map(three).collect::<Result<_, DbError>>()?,
        accounts: accounts.iter().map(two).collect::<Result<_, DbError>>()?,
        forms: forms.iter().map(two).collect::<Result<_, DbError>>()?,
        now_ms,
    })
}

fn row(facts: &Facts, i: usize) -> SubmissionRow {
    let mut random = Random(i as u64 + 1);
    let resident = &facts.residents[random.below(facts.residents.len() as u64) as usize];
    let account = &facts.accounts[random.below(facts.accounts.len() as u64) as usize];
    let form = &facts.forms[random.below(facts.forms.len() as u64) as usize];
    let ago_ms = random.below(365 * DAY_MS) as i64;
    let received_at = facts.now_ms - ago_ms;
    let day = calendar::text(calendar::day_at(received_at, 480));
    let state =
        if i < WAITING { "received" } else { ["approved", "approved", "hasIssues", "rejected"][i % 4] };
    let flag = if random.happens(5) { FLAGS[i % FLAGS.len()] } else { "" };
    SubmissionRow {
        id: format!("{received_at:013x}{i:019x}"),
        instance_id: format!("uuid:growth-{i}"),
        form_id: form.0.clone(),
        form_version: form.1.clone(),
        instance_name: format!("{} {day}", resident.1),
        label: resident.1.clone(),
        account_id: account.0.clone(),
        account_name: account.1.clone(),
        list: "residents".to_owned(),
        subject: resident.0.clone(),
        grid: resident.2.clone(),
        outcome: OUTCOMES[i % OUTCOMES.len()].to_owned(),
        review_state: state.to_owned(),
        receipt_number: format!("{}-G{i:07}", day.replace('-', "")),
        xml: format!("<data id=\"growth\">{}</data>", "一".repeat(330)),
        answers: "[]".to_owned(),
        flag_codes: flag.to_owned(),
        n_flags: i64::from(!flag.is_empty()),
        n_photos: (!i.is_multiple_of(10)).into(),
        n_attachments: 2,
        visited_at: received_at,
        visited_on: day,
        offset_min: 480,
        received_at,
        ..SubmissionRow::default()
    }
}

fn store(tx: &mut dyn doorstep::store::db::Tx, facts: &Facts, i: usize) -> Result<(), DbError> {
    let row = row(facts, i);
    submissions::insert(tx, &row)?;
    submissions::set_counted(tx, &row.id)?;
    let files = ["photo_face.jpg", "sign_resident.strokes"].map(|name| AttachmentRow {
        name: name.to_owned(),
        sha256: doorstep::blob::sha256_hex(format!("{name} {i}").as_bytes()),
        media_type: "image/jpeg".to_owned(),
        size_bytes: 100_000,
        width: 1600,
        height: 1200,
        kind: "photo".to_owned(),
        question: String::new(),
    });
    submissions::insert_attachments(tx, &row.id, &files)?;
    if row.flag_codes.is_empty() {
        return Ok(());
    }
    let flag = FlagRow {
        code: row.flag_codes.clone(),
        reference: String::new(),
        question: String::new(),
        text: String::new(),
        severity: "warning".to_owned(),
    };
    submissions::add_flag(tx, &row.id, 0, &flag)
}

fn measure(arguments: &Arguments, data: &Path, [receipt, name, place]: &[String; 3]) -> Result<Vec<Cost>> {
    let mut command = std::process::Command::new(&arguments.program);
    command.stderr(std::process::Stdio::null());
    let (mut child, url) = Server::serve(command, data)?;
    let server = Server::running(&url, child.id())?;
    let measured = ask_all(arguments, &server, [receipt, name, place]);
    // Both fail only if it has ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    measured
}

fn ask_all(
    arguments: &Arguments,
    server: &Server,
    [receipt, name, place]: [&String; 3],
) -> Result<Vec<Cost>> {
    server.wait_until_idle()?;
    let supervisor = Asker::sign_in(&server.url, "supervisor")?;
    let phone = Asker::sign_in(&server.url, "v01")?;
    let client = Client::sign_in(&server.url, "v01", PASSWORD)?;
    let grid = "G01";
    let accounts = supervisor.json("/api/v1/desk/accounts")?;
    let volunteer = accounts[0]["id"].as_str().context("an account")?.to_owned();
    let page = |query: String| format!("/api/v1/desk/submissions?limit=50&{query}");
    let day = &receipt[..8];
    let day = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
    let encoded: String = name.bytes().map(|it| format!("%{it:02X}")).collect();
    let questions: Vec<(&'static str, &Asker, Vec<String>)> = vec![
        ("review queue, first page", &supervisor, vec![page("state=received".to_owned())]),
        ("all submissions, first page", &supervisor, vec![page(String::new())]),
        ("all submissions, last pages", &supervisor, vec![page(format!("cursor={place}"))]),
        ("filter: state", &supervisor, vec![page("state=approved".to_owned())]),
        ("filter: grid", &supervisor, vec![page(format!("grid={grid}"))]),
        ("filter: volunteer", &supervisor, vec![page(format!("volunteer={volunteer}"))]),
        ("filter: form", &supervisor, vec![page("form=doorstep_certification".to_owned())]),
        ("filter: outcome", &supervisor, vec![page("outcome=absent".to_owned())]),
        ("filter: flag", &supervisor, vec![page("flag=photo.reused".to_owned())]),
        ("filter: one day", &supervisor, vec![page(format!("from={day}&to={day}"))]),
        ("filter: without photos", &supervisor, vec![page("without_photos=true".to_owned())]),
        ("filter: late", &supervisor, vec![page("late=true".to_owned())]),
        ("search: a name", &supervisor, vec![page(format!("q={encoded}"))]),
        ("search: a receipt", &supervisor, vec![page(format!("q={receipt}"))]),
        (
            "a phone's sync",
            &phone,
            vec!["/api/v1/tasks?limit=200".to_owned(), "/api/v1/submissions/mine".to_owned()],
        ),
        ("CSV export, first byte", &supervisor, vec!["/api/v1/desk/exports/ledger.csv".to_owned()]),
    ];
    let mut costs = Vec::new();
    for (name, asker, paths) in questions {
        let ask = || paths.iter().try_for_each(|path| asker.ask(path, name.ends_with("first byte")));
        costs.push(cost(name, server, arguments.times, ask)?);
    }
    let residents = client.residents()?;
    let version = client.form_version(visit::FORM)?;
    let mut visits = Vec::new();
    for resident in residents.iter().cycle().take(arguments.times + 3) {
        visits.push(Visit::about(resident, &version)?.body());
    }
    let mut next = visits.iter();
    let ingest = || {
        let (content_type, body) = next.next().context("a visit")?;
        client.submit(content_type, body).map(drop)
    };
    costs.push(cost("a visit with two photos", server, arguments.times, ingest)?);
    Ok(costs)
}

fn cost(
    name: &'static str,
    server: &Server,
    times: usize,
    mut ask: impl FnMut() -> Result<()>,
) -> Result<Cost> {
    (0..3).try_for_each(|_| ask()).context(name)?;
    server.wait_until_idle()?;
    let before = server.usage()?.cpu;
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = Instant::now();
        ask().context(name)?;
        took.push(begun.elapsed());
    }
    let cpu = server.usage()?.cpu - before;
    took.sort();
    Ok(Cost { name, median: took[times / 2], cpu: cpu / times as u32 })
}

/// Somebody who reads.
struct Asker {
    agent: Agent,
    url: String,
    cookie: String,
}

impl Asker {
    fn sign_in(url: &str, user: &str) -> Result<Asker> {
        let client = Client::sign_in(url, user, PASSWORD)?;
        let agent: Agent = Agent::config_builder().proxy(None).build().into();
        Ok(Asker { agent, url: url.to_owned(), cookie: client.credentials().0.to_owned() })
    }

    /// Reads an answer to its end, or its first byte only.
    fn ask(&self, path: &str, first_byte_only: bool) -> Result<()> {
        let mut response =
            self.agent.get(format!("{}{path}", self.url)).header("cookie", &self.cookie).call()?;
        if first_byte_only {
            return Ok(response.body_mut().as_reader().read_exact(&mut [0])?);
        }
        response.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        Ok(())
    }

    fn json(&self, path: &str) -> Result<serde_json::Value> {
        let mut response =
            self.agent.get(format!("{}{path}", self.url)).header("cookie", &self.cookie).call()?;
        Ok(serde_json::from_str(&response.body_mut().read_to_string()?)?)
    }
}

fn print(table: &[(usize, Vec<Cost>)]) {
    let sizes: Vec<String> = table.iter().map(|(size, _)| format!("{size} ms (CPU ms)")).collect();
    println!("| asked | {} | last / first |", sizes.join(" | "));
    println!("|---|{}---|", "---|".repeat(table.len()));
    let Some((_, first)) = table.first() else { return };
    for (i, at_first) in first.iter().enumerate() {
        let ms = |it: Duration| it.as_secs_f64() * 1e3;
        let cells: Vec<String> = table
            .iter()
            .map(|(_, costs)| format!("{:.1} ({:.1})", ms(costs[i].median), ms(costs[i].cpu)))
            .collect();
        let last = table.last().map_or(0.0, |(_, costs)| ms(costs[i].median));
        println!("| {} | {} | {:.1} |", at_first.name, cells.join(" | "), last / ms(at_first.median));
    }
}
