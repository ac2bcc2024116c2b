//! A small community on a clock of its own, and somebody who asks it things.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use doorstep::clock::Clock;
use doorstep::config::Config;
use doorstep::demo::Plan;
use doorstep::domain::{calendar, setup};
use doorstep::store::audit;
use doorstep::{App, api};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::described;

/// Saturday 2026-11-21, ten in the morning in China.
pub const START_MS: i64 = 1_795_226_400_000;
pub const HOUR_MS: i64 = 3_600_000;
pub const DAY_MS: i64 = 24 * HOUR_MS;
pub const PASSWORD: &str = "demo-password";

/// A server with the demo community, gone when dropped.
pub struct Community {
    pub app: Arc<App>,
    pub router: Router,
    now_ms: Arc<AtomicI64>,
    _folder: TempDir,
}

impl Drop for Community {
    /// Waits for the database's threads: those that live on when the process ends meet libraries that are gone.
    fn drop(&mut self) {
        let db = self.app.db.clone();
        let closing = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.map(|it| it.block_on(db.close()))
        });
        let _ = closing.join();
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Returns the status and the error's code.
    pub fn problem(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// Somebody with a browser.
#[derive(Clone)]
pub struct Person {
    router: Router,
    pub cookie: String,
    pub csrf: String,
    pub account: Value,
}

impl Community {
    /// Returns the codes that the desk shows at the newest visit.
    pub async fn newest_flags(&self) -> Value {
        let desk = self.person("supervisor").await;
        desk.get("/api/v1/desk/submissions?limit=1").await.json()["items"][0]["flags"].clone()
    }

    /// Returns how often the audit log has an act about something.
    pub async fn acts(&self, target: &str, action: &'static str) -> usize {
        doorstep::domain::audit::seal(&self.app).await.expect("sealed");
        let target = target.to_owned();
        let rows = self.app.db.read(|tx| audit::sealed_after(tx, 0, 1_000_000)).await.expect("rows");
        rows.iter().filter(|(it, ..)| it.action == action && it.target == target).count()
    }

    /// Returns a fresh copy of the installed community.
    pub async fn new() -> Community {
        let folder = TempDir::new().expect("a temporary folder");
        copy(template(), folder.path());
        let now_ms = Arc::new(AtomicI64::new(START_MS));
        let clock = Clock::Set(Arc::clone(&now_ms));
        let app = doorstep::app(Config::in_folder(folder.path().to_owned()), clock).await.expect("an app");
        Community { router: api::router(&app), app, now_ms, _folder: folder }
    }

    pub fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    pub fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Signs somebody in.
    pub async fn person(&self, username: &str) -> Person {
        let stranger = self.stranger();
        let answer =
            stranger.post("/api/v1/session", &json!({"username": username, "password": PASSWORD})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("text");
        let body = answer.json();
        Person {
            cookie: cookie.split(';').next().unwrap_or_default().to_owned(),
            csrf: body["csrf_token"].as_str().expect("a token").to_owned(),
            account: body["account"].clone(),
            ..stranger
        }
    }

    /// Returns somebody who has not signed in.
    pub fn stranger(&self) -> Person {
        Person {
            router: self.router.clone(),
            cookie: String::new(),
            csrf: String::new(),
            account: Value::Null,
        }
    }
}

impl Person {
    /// Sends a request; the answer must be as described.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.map(|it| it.to_bytes().to_vec()).unwrap_or_default();
        let departures = described::departures(&method, &path, parts.status, &bytes);
        assert!(departures.is_empty(), "{method} {path}, {}:\n{}", parts.status, departures.join("\n"));
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, &self.cookie)
            .header("x-doorstep-csrf", &self.csrf)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).expect("a request")).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request("DELETE", path).body(Body::empty()).expect("a request")).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// Posts parts: name, file name, bytes.
    pub async fn upload(&self, path: &str, parts: &[(String, Option<String>, Vec<u8>)]) -> Answer {
        let (content_type, body) = multipart(parts);
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, content_type)
            .header(header::CONTENT_LENGTH, body.len());
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// Returns the account's tasks, certifications first.
    pub async fn tasks(&self) -> Vec<Value> {
        let answer = self.get("/api/v1/tasks?limit=200").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let mut tasks = answer.json()["items"].as_array().expect("items").clone();
        tasks.sort_by_key(|it| it["form_id"] != "doorstep_certification");
        tasks
    }
}

/// Installs the community once for all tests of this process.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    TEMPLATE.get_or_init(|| std::thread::spawn(install).join().expect("installed")).path()
}

fn install() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let clock = Clock::Set(Arc::new(AtomicI64::new(START_MS)));
        let app = doorstep::app(Config::in_folder(folder.path().to_owned()), clock).await.expect("an app");
        let today = calendar::day_at(START_MS, 480);
        let plan = Plan { n_households: 400, n_residents: 1100, n_grids: 4, ..Plan::small(today) };
        let installed = setup::install(&app, plan, |_| PASSWORD.to_owned()).await.expect("installed");
        assert!(installed.n_tasks > 0 && installed.n_forms == 25);
        app.db.close().await;
    });
    assert!(!folder.path().join("doorstep.sqlite-wal").exists(), "the database is whole in its file");
    folder
}

/// Copies a folder; the community of the template writes no more.
fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let copied = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            std::fs::create_dir(&copied).expect("a folder");
            copy(&path, &copied);
        } else {
            std::fs::copy(&path, copied).expect("copied");
        }
    }
}

/// Returns the content type and the body of parts: name, file name, bytes.
pub fn multipart(parts: &[(String, Option<String>, Vec<u8>)]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "doorstep-test-boundary";
    let mut body = Vec::new();
    for (name, file_name, bytes) in parts {
        let file_name = file_name.as_ref().map_or_else(String::new, |it| format!("; filename=\"{it}\""));
        let head =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

impl Person {
    /// Returns the same person in front of another server.
    pub fn at(self, router: Router) -> Person {
        Person { router, ..self }
    }
}
