//! A volunteer's phone as the server sees it: signed in, one connection, kept open.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::json;
use ureq::Agent;

use super::visit::{Photo, Resident};

/// Longest wait for an answer, where nobody wants another.
const PATIENCE: Duration = Duration::from_secs(60);
/// The protocol of uploads, which every request says.
const TUS: &str = "tus-resumable";
const TUS_VERSION: &str = "1.0.0";

/// A volunteer who has signed in.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    url: String,
    cookie: String,
    csrf_token: String,
}

#[derive(Debug, Deserialize)]
struct Session {
    csrf_token: String,
}

#[derive(Debug, Deserialize)]
struct Form {
    form_id: String,
    version: String,
}

#[derive(Debug, Deserialize)]
struct Accepted {
    receipt: Receipt,
}

/// What a phone keeps of a visit that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Receipt {
    pub number: String,
    pub instance_id: String,
    pub digest: String,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    code: String,
}

/// What the server said.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Seconds after which to come back, where it said so.
    pub retry_after: Option<u64>,
    /// Where an upload that was announced is sent.
    pub location: Option<String>,
    /// How much of an upload is there.
    pub offset: Option<usize>,
    pub text: String,
}

impl Answer {
    /// Returns the receipt of a visit that was taken in, now or before.
    pub fn receipt(&self) -> Option<Receipt> {
        let is_taken = matches!(self.status, 200 | 201);
        let accepted = is_taken.then(|| serde_json::from_str::<Accepted>(&self.text).ok()).flatten();
        accepted.map(|it| it.receipt)
    }

    /// Returns the code of a refusal; empty where there is none.
    pub fn code(&self) -> String {
        serde_json::from_str::<Refusal>(&self.text).map_or_else(|_| String::new(), |it| it.code)
    }
}

impl Client {
    /// Signs in.
    pub fn sign_in(url: &str, user: &str, password: &str) -> Result<Client> {
        let agent = agent(PATIENCE);
        let credentials = serde_json::to_vec(&json!({ "username": user, "password": password }))?;
        let request = agent.post(format!("{url}/api/v1/session")).header("content-type", "application/json");
        let mut response = request.send(&credentials[..])?;
        let text = response.body_mut().read_to_string()?;
        ensure!(response.status().is_success(), "{user} cannot sign in: {} {text}", response.status());
        let cookies = response.headers().get_all("set-cookie").iter().filter_map(|it| it.to_str().ok());
        let pairs: Vec<&str> = cookies.filter_map(|it| it.split(';').next()).collect();
        let Session { csrf_token } = serde_json::from_str(&text)?;
        Ok(Client { agent, url: url.to_owned(), cookie: pairs.join("; "), csrf_token })
    }

    /// Returns the same volunteer on another connection.
    pub fn with_own_connection(&self) -> Client {
        self.at(&self.url, PATIENCE)
    }

    /// Returns the same volunteer on another connection, to another address of the server, less patient.
    pub fn at(&self, url: &str, patience: Duration) -> Client {
        Client {
            agent: agent(patience),
            url: url.to_owned(),
            cookie: self.cookie.clone(),
            csrf_token: self.csrf_token.clone(),
        }
    }

    /// Returns the cookie and the token that a request of the volunteer carries.
    pub fn credentials(&self) -> (&str, &str) {
        (&self.cookie, &self.csrf_token)
    }

    /// Returns the residents of the volunteer's grids.
    pub fn residents(&self) -> Result<Vec<Resident>> {
        let text = self.get("/api/v1/lists/residents.csv")?;
        let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
        rows.collect::<Result<_, _>>().context("residents.csv")
    }

    /// Returns the version of a form that the volunteer would fill in now.
    pub fn form_version(&self, form_id: &str) -> Result<String> {
        let forms: Vec<Form> = serde_json::from_str(&self.get("/api/v1/forms")?)?;
        let form = forms.into_iter().find(|form| form.form_id == form_id);
        Ok(form.with_context(|| format!("the volunteer has no form {form_id}"))?.version)
    }

    /// Delivers a visit; anything but a new receipt is an error.
    pub fn submit(&self, content_type: &str, body: &[u8]) -> Result<Receipt> {
        let Answer { status, text, .. } = self.send(content_type, body)?;
        if status != 201 {
            bail!("a submission was answered {status}: {text}");
        }
        Ok(serde_json::from_str::<Accepted>(&text)?.receipt)
    }

    /// Delivers a visit once; an error is a connection that broke.
    pub fn send(&self, content_type: &str, body: &[u8]) -> Result<Answer> {
        let request = self.agent.post(format!("{}/api/v1/submissions", self.url));
        let request = request.header("cookie", &self.cookie).header("x-doorstep-csrf", &self.csrf_token);
        answer(request.header("content-type", content_type).send(body)?)
    }

    /// Announces a file that is sent piece by piece; an error is a connection that broke.
    pub fn announce(&self, file: &Photo) -> Result<Answer> {
        let pair = |key: &str, value: &str| format!("{key} {}", BASE64.encode(value.as_bytes()));
        let metadata = [pair("sha256", &file.sha256), pair("filename", file.name)].join(",");
        let request = self.agent.post(format!("{}/api/v1/uploads", self.url)).header(TUS, TUS_VERSION);
        let request = request.header("cookie", &self.cookie).header("x-doorstep-csrf", &self.csrf_token);
        let request = request.header("upload-length", file.bytes.len().to_string());
        answer(request.header("upload-metadata", metadata).send_empty()?)
    }

    /// Asks how much of an upload is there; an error is a connection that broke.
    pub fn upload_state(&self, location: &str) -> Result<Answer> {
        let request = self.agent.head(format!("{}{location}", self.url)).header(TUS, TUS_VERSION);
        answer(request.header("cookie", &self.cookie).call()?)
    }

    /// Sends a piece of an upload; an error is a connection that broke.
    pub fn append(&self, location: &str, offset: usize, piece: &[u8]) -> Result<Answer> {
        let request = self.agent.patch(format!("{}{location}", self.url)).header(TUS, TUS_VERSION);
        let request = request.header("cookie", &self.cookie).header("x-doorstep-csrf", &self.csrf_token);
        let request = request.header("content-type", "application/offset+octet-stream");
        answer(request.header("upload-offset", offset.to_string()).send(piece)?)
    }

    /// Asks for something; an error is a connection that broke.
    pub fn ask(&self, path: &str) -> Result<Answer> {
        answer(self.agent.get(format!("{}{path}", self.url)).header("cookie", &self.cookie).call()?)
    }

    /// Returns a file's bytes.
    pub fn download(&self, path: &str) -> Result<Vec<u8>> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("cookie", &self.cookie);
        let mut response = request.call()?;
        ensure!(response.status().is_success(), "{path}: {}", response.status());
        Ok(response.body_mut().with_config().limit(64 << 20).read_to_vec()?)
    }

    fn get(&self, path: &str) -> Result<String> {
        let Answer { status, text, .. } = self.ask(path)?;
        ensure!(status == 200, "{path}: {status} {text}");
        Ok(text)
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer> {
    let text = response.body_mut().with_config().limit(64 << 20).read_to_string()?;
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    Ok(Answer {
        status: response.status().as_u16(),
        retry_after: header("retry-after").and_then(|it| it.parse().ok()),
        location: header("location").map(str::to_owned),
        offset: header("upload-offset").and_then(|it| it.parse().ok()),
        text,
    })
}

fn agent(patience: Duration) -> Agent {
    let config =
        Agent::config_builder().http_status_as_error(false).proxy(None).timeout_global(Some(patience));
    config.build().into()
}
