//! The story of visits whose photos are in a bucket, told to the server as phones and desks tell it; in the middle of it
//! the store is killed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use doorstep::clock::Clock;
use doorstep::config::Config;
use doorstep::domain::orphans::Sweeper;
use doorstep::domain::{setup, verify};
use doorstep::store::submissions;
use doorstep::{App, api, jobs};
use doorstep_tests::load::client::{Answer, Client};
use doorstep_tests::load::visit::{FORM, PHOTOS, Visit};
use doorstep_tests::seaweed::Seaweed;
use serde_json::Value;
use tempfile::TempDir;

use crate::files::later;

const PASSWORD: &str = "in-a-bucket";

/// A server with the demonstration, its files in a bucket of a store that is killed.
struct Server {
    app: Arc<App>,
    url: String,
    seaweed: Seaweed,
    folder: TempDir,
}

impl Server {
    async fn start() -> Server {
        let seaweed = Seaweed::start().expect("a store");
        let folder = tempfile::tempdir().expect("a folder");
        let config = Config {
            bucket: Some(seaweed.fresh_bucket().expect("a bucket")),
            store: seaweed.settings().into_iter().collect(),
            ..Config::in_folder(folder.path().join("data"))
        };
        let app = doorstep::app(config, Clock::System).await.expect("an app");
        setup::install_demo(&app, Some(PASSWORD.to_owned())).await.expect("a demonstration");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let service = api::router(&app).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        tokio::spawn(jobs::run(Arc::clone(&app)));
        Server { app, url, seaweed, folder }
    }

    /// Does what blocks, as somebody who has signed in.
    async fn by<T: Send + 'static>(&self, user: &str, work: impl FnOnce(&Client) -> T + Send + 'static) -> T {
        let (url, user) = (self.url.clone(), user.to_owned());
        let done = tokio::task::spawn_blocking(move || {
            work(&Client::sign_in(&url, &user, PASSWORD).expect("signed in"))
        });
        done.await.expect("done")
    }

    async fn fill(&self) -> Visit {
        self.by("v01", |client| {
            let residents = client.residents().expect("residents");
            Visit::quick(&residents[0], &client.form_version(FORM).expect("a form")).expect("a visit")
        })
        .await
    }

    /// Sends a visit; gives it back with the answer.
    async fn send(&self, visit: Visit) -> (Visit, Answer) {
        self.by("v01", |client| {
            let (content_type, body) = visit.body();
            let answer = client.send(&content_type, &body).expect("an answer");
            (visit, answer)
        })
        .await
    }

    /// Returns a photo of the newest submission as the desk downloads it.
    async fn photo_at_the_desk(&self) -> Vec<u8> {
        self.by("supervisor", |client| {
            let page = client.ask("/api/v1/desk/submissions?limit=1").expect("a page");
            let page: Value = serde_json::from_str(&page.text).expect("JSON");
            let id = page["items"][0]["id"].as_str().expect("an id");
            let path = format!("/api/v1/desk/submissions/{id}/attachments/{}/original", PHOTOS[0]);
            client.download(&path).expect("a photo")
        })
        .await
    }

    async fn is_stored(&self, visit: &Visit) -> bool {
        let id = visit.instance_id.clone();
        let found = self.app.db.read(move |tx| submissions::by_instance(tx, &id)).await;
        found.expect("read").is_some()
    }

    /// Verifies as `doorstep verify` does; returns how many files it read.
    async fn verify(&self) -> usize {
        let report = verify::whole(&self.app).await.expect("verified");
        assert!(report.is_sound(), "{:?}", report.findings);
        report.n_files as usize
    }

    async fn wait_for_thumbnail(&self, sha256: &str) {
        let begun = Instant::now();
        while self.app.blobs.thumbnail(sha256).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "no small picture was made");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_live_in_a_bucket() {
    if !Seaweed::is_installed() {
        println!("skipped: there is no SeaweedFS (cargo xtask setup)");
        return;
    }
    let server = Server::start().await;
    let (first, answer) = server.send(server.fill().await).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(server.photo_at_the_desk().await, first.photos[0].bytes);
    server.wait_for_thumbnail(&first.photos[0].sha256).await;
    let n_files = server.verify().await;
    assert!(n_files >= PHOTOS.len());
    assert!(!server.folder.path().join("data/blobs").exists(), "nothing lies in the folder");

    // Only what nothing names is swept, and only when it was found twice.
    let orphan = server.app.blobs.put(Bytes::from_static(b"cut off")).await.expect("stored");
    later(&server.app.blobs).await;
    let mut sweeper = Sweeper::with(Duration::ZERO, Duration::ZERO);
    let swept = sweeper.sweep(&server.app).await.expect("swept");
    assert_eq!((swept.n_found, swept.n_deleted), (1, 0));
    let swept = sweeper.sweep(&server.app).await.expect("swept");
    assert_eq!((swept.n_found, swept.n_deleted), (0, 1));
    assert!(!server.app.blobs.has(&orphan).await.expect("asked"));
    assert_eq!(server.verify().await, n_files);

    // While the store is away a visit is told to come back, and nothing of it is there.
    server.seaweed.kill().expect("killed");
    let (second, answer) = server.send(server.fill().await).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "server.files_unreachable"), "{}", answer.text);
    assert!(answer.retry_after.is_some());
    assert!(!server.is_stored(&second).await, "half stored");
    let (again, answer) = server.send(first).await;
    assert_eq!(answer.status, 503, "nobody is told that all is there who can't be sure of it");
    server.seaweed.start_again().expect("started");

    let (_, answer) = server.send(again).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let (second, answer) = server.send(second).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(server.photo_at_the_desk().await, second.photos[0].bytes);
    assert_eq!(server.verify().await, n_files + PHOTOS.len());
    server.app.db.close().await;
}
