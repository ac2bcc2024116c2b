//! A volunteer's phone as the server sees it: signed in, one connection, kept open.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::json;
use ureq::Agent;

use crate::visit::Resident;

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
    findings: u64,
}

impl Client {
    /// Signs in.
    pub fn sign_in(url: &str, user: &str, password: &str) -> Result<Client> {
        let agent = agent();
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
        Client {
            agent: agent(),
            url: self.url.clone(),
            cookie: self.cookie.clone(),
            csrf_token: self.csrf_token.clone(),
        }
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

    /// Delivers a visit; returns how many findings the server had. Anything but a new receipt is an error.
    pub fn submit(&self, content_type: &str, body: &[u8]) -> Result<u64> {
        let request = self.agent.post(format!("{}/api/v1/submissions", self.url));
        let request = request.header("cookie", &self.cookie).header("x-doorstep-csrf", &self.csrf_token);
        let mut response = request.header("content-type", content_type).send(body)?;
        let text = response.body_mut().read_to_string()?;
        if response.status() != 201 {
            bail!("a submission was answered {}: {text}", response.status());
        }
        Ok(serde_json::from_str::<Accepted>(&text)?.findings)
    }

    fn get(&self, path: &str) -> Result<String> {
        let mut response =
            self.agent.get(format!("{}{path}", self.url)).header("cookie", &self.cookie).call()?;
        let text = response.body_mut().with_config().limit(64 << 20).read_to_string()?;
        ensure!(response.status().is_success(), "{path}: {} {text}", response.status());
        Ok(text)
    }
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(60)));
    config.build().into()
}
