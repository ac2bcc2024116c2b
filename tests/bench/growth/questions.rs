//! The questions, and what each costs: everything that the desk's list shows can be asked for, from both ends of it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use doorstep_tests::load::client::Client;
use doorstep_tests::load::server::Server;
use doorstep_tests::load::visit::{self, Visit};
use ureq::Agent;

use super::filling::Places;
use super::{Arguments, Cost, PASSWORD};

/// Rows of a long export, and the line of titles.
const LONG: usize = 10_000 + 1;

/// How much of an answer is read.
#[derive(Clone, Copy)]
enum Much {
    All,
    FirstByte,
    /// So many lines.
    Lines(usize),
}

struct Question<'a> {
    name: &'static str,
    asker: &'a Asker,
    paths: Vec<String>,
    much: Much,
}

/// Asks a server that nobody else uses, and adds visits to it at last.
pub fn ask_all(arguments: &Arguments, server: &Server, places: &Places) -> Result<Vec<Cost>> {
    server.wait_until_idle()?;
    let supervisor = Asker::sign_in(&server.url, "supervisor")?;
    let phone = Asker::sign_in(&server.url, "v01")?;
    let mut costs = Vec::new();
    for Question { name, asker, paths, much } in questions(&supervisor, &phone, places)? {
        if name.contains(&arguments.only) {
            let times = match much {
                Much::Lines(_) => arguments.times.div_ceil(10),
                Much::All | Much::FirstByte => arguments.times,
            };
            let ask = || paths.iter().map(|path| asker.ask(path, much)).sum::<Result<usize>>();
            costs.push(cost(name, server, times, ask)?);
        }
    }
    let name = "a visit with two photos";
    if name.contains(&arguments.only) {
        let client = Client::sign_in(&server.url, "v01", PASSWORD)?;
        let (residents, version) = (client.residents()?, client.form_version(visit::FORM)?);
        let about = residents.iter().cycle().take(arguments.times + 3);
        let visits: Vec<_> = about.map(|it| Ok(Visit::about(it, &version)?.body())).collect::<Result<_>>()?;
        let mut next = visits.iter();
        let send = || {
            let (content_type, body) = next.next().context("a visit")?;
            client.submit(content_type, body).map(|_| 0)
        };
        costs.push(cost(name, server, arguments.times, send)?);
    }
    Ok(costs)
}

fn questions<'a>(supervisor: &'a Asker, phone: &'a Asker, places: &Places) -> Result<Vec<Question<'a>>> {
    let accounts = supervisor.json("/api/v1/desk/accounts")?;
    let volunteer = accounts[0]["id"].as_str().context("an account")?.to_owned();
    let encoded = |text: &str| text.bytes().map(|it| format!("%{it:02X}")).collect::<String>();
    let Places { day, month, receipt, name, number, .. } = places;
    let lists = [
        ("review queue, first 50", "limit=50&state=received".to_owned()),
        ("review queue, last 50", format!("limit=50&state=received&cursor={}", places.queue_50)),
        ("review queue, first 250", "limit=250&state=received".to_owned()),
        ("review queue, last 250", format!("limit=250&state=received&cursor={}", places.queue_250)),
        ("all, first 50", "limit=50".to_owned()),
        ("all, last 50", format!("limit=50&cursor={}", places.all_50)),
        ("all, first 250", "limit=250".to_owned()),
        ("all, last 250", format!("limit=250&cursor={}", places.all_250)),
        ("filter: state", "limit=50&state=approved".to_owned()),
        ("filter: grid", "limit=50&grid=G01".to_owned()),
        ("filter: volunteer", format!("limit=50&volunteer={volunteer}")),
        ("filter: form", "limit=50&form=doorstep_certification".to_owned()),
        ("filter: a seldom form", "limit=50&form=mediation_record".to_owned()),
        ("filter: outcome", "limit=50&outcome=certified".to_owned()),
        ("filter: a seldom outcome", "limit=50&outcome=moved".to_owned()),
        ("filter: flag", "limit=50&flag=photo.reused".to_owned()),
        ("filter: one day", format!("limit=50&from={day}&to={day}")),
        ("filter: thirty days", format!("limit=50&from={}&to={}", month[0], month[1])),
        ("filter: since a day", format!("limit=50&from={}", month[0])),
        ("filter: without photos", "limit=50&without_photos=true".to_owned()),
        ("filter: late", "limit=50&late=true".to_owned()),
        (
            "filter: grid, form and outcome",
            "limit=50&grid=G01&form=doorstep_certification&outcome=absent".to_owned(),
        ),
        ("search: a name", format!("limit=50&q={}", encoded(name))),
        ("search: a surname", format!("limit=50&q={}", encoded(&name.chars().take(1).collect::<String>()))),
        ("search: a receipt", format!("limit=50&q={receipt}")),
        ("search: the end of a receipt", format!("limit=50&q={}", &receipt[9..])),
        ("search: a task's number", format!("limit=50&q={number}")),
    ];
    let desk = |name, path: String| Question { name, asker: supervisor, paths: vec![path], much: Much::All };
    let mut questions: Vec<Question> = lists
        .into_iter()
        .map(|(name, query)| desk(name, format!("/api/v1/desk/submissions?{query}")))
        .collect();
    questions.push(desk("one visit", format!("/api/v1/desk/submissions/{}", places.id)));
    questions.push(desk("the desk's first page", "/api/v1/desk/dashboard".to_owned()));
    let sync = ["/api/v1/tasks?limit=200".to_owned(), "/api/v1/submissions/mine".to_owned()];
    questions.push(Question { name: "a phone's sync", asker: phone, paths: sync.to_vec(), much: Much::All });
    for (name, much) in
        [("CSV, first byte", Much::FirstByte), ("CSV, the first 10,000 rows", Much::Lines(LONG))]
    {
        let paths = vec!["/api/v1/desk/exports/ledger.csv".to_owned()];
        questions.push(Question { name, asker: supervisor, paths, much });
    }
    Ok(questions)
}

fn cost(
    name: &'static str,
    server: &Server,
    times: usize,
    mut ask: impl FnMut() -> Result<usize>,
) -> Result<Cost> {
    (0..3.min(times)).try_for_each(|_| ask().map(drop)).context(name)?;
    server.wait_until_idle()?;
    let before = server.usage()?.cpu;
    let (mut took, mut n_bytes) = (Vec::with_capacity(times), 0);
    for _ in 0..times {
        let begun = Instant::now();
        n_bytes = ask().context(name)?;
        took.push(begun.elapsed());
    }
    let cpu = server.usage()?.cpu - before;
    took.sort();
    eprintln!("{name}: {:.1?}, between {:.1?} and {:.1?}", took[times / 2], took[0], took[times - 1]);
    Ok(Cost { name, median: took[times / 2], cpu: cpu / times as u32, n_bytes })
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
        let patience = Some(Duration::from_secs(120));
        let agent: Agent = Agent::config_builder().proxy(None).timeout_global(patience).build().into();
        Ok(Asker { agent, url: url.to_owned(), cookie: client.credentials().0.to_owned() })
    }

    /// Returns how many bytes were read.
    fn ask(&self, path: &str, much: Much) -> Result<usize> {
        let mut response =
            self.agent.get(format!("{}{path}", self.url)).header("cookie", &self.cookie).call()?;
        match much {
            Much::FirstByte => {
                response.body_mut().as_reader().read_exact(&mut [0])?;
                Ok(1)
            }
            Much::All => Ok(response.body_mut().with_config().limit(64 << 20).read_to_vec()?.len()),
            Much::Lines(n) => {
                let lines = BufReader::new(response.body_mut().as_reader()).lines().take(n);
                let read = lines.collect::<std::io::Result<Vec<String>>>()?;
                ensure!(read.len() == n, "{} lines", read.len());
                Ok(read.iter().map(|it| it.len() + 1).sum())
            }
        }
    }

    fn json(&self, path: &str) -> Result<serde_json::Value> {
        let mut response =
            self.agent.get(format!("{}{path}", self.url)).header("cookie", &self.cookie).call()?;
        Ok(serde_json::from_str(&response.body_mut().read_to_string()?)?)
    }
}
