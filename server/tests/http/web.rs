//! The web app's files.

use std::fs;

use doorstep::config::Config;
use doorstep::{api, clock::Clock};
use tempfile::TempDir;

use crate::community::{Community, Person};

async fn with_files(files: &[(&str, &str)]) -> (TempDir, Person) {
    let folder = TempDir::new().expect("a folder");
    for (name, content) in files {
        let path = folder.path().join("web").join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("written");
    }
    let web_dir = Some(folder.path().join("web"));
    let config = Config { web_dir, ..Config::in_folder(folder.path().to_owned()) };
    let app = doorstep::app(config, Clock::System).await.expect("an app");
    let community = Community::new().await;
    let person = community.stranger().at(api::router(&app));
    (folder, person)
}

#[tokio::test]
async fn pages_assets_and_what_is_missing() {
    let files =
        [("index.html", "phone"), ("desk.html", "desk"), ("assets/a-1.js", "code"), ("sw.js", "worker")];
    let (_folder, person) = with_files(&files).await;
    let check = async |path: &str, text: &str, cache: &str| {
        let answer = person.get(path).await;
        assert_eq!(
            (answer.text().as_str(), answer.headers["cache-control"].to_str().ok()),
            (text, Some(cache)),
            "{path}"
        );
        assert!(
            answer.headers["content-security-policy"]
                .to_str()
                .is_ok_and(|it| it.contains("default-src 'none'"))
        );
    };
    check("/", "phone", "no-cache").await;
    check("/visit/some-task", "phone", "no-cache").await;
    check("/desk", "desk", "no-cache").await;
    check("/desk/review/1", "desk", "no-cache").await;
    check("/sw.js", "worker", "no-cache").await;
    check("/assets/a-1.js", "code", "public, max-age=31536000, immutable").await;
    assert_eq!(person.get("/assets/gone.js").await.status, 404);
    assert_eq!(person.get("/../doorstep.sqlite").await.status, 404);
    assert_eq!(person.get("/%2e%2e/doorstep.sqlite").await.status, 404);
}

#[tokio::test]
async fn files_are_asked_for_again_by_their_etag() {
    let (_folder, person) = with_files(&[("index.html", "phone")]).await;
    let etag = person.get("/").await.headers["etag"].clone();
    let request = person.request("GET", "/").header("if-none-match", etag);
    let answer = person.send(request.body(axum::body::Body::empty()).expect("a request")).await;
    assert_eq!(answer.status, 304);
}
