//! Signing in and out.

use serde_json::json;

use crate::community::{Community, DAY_MS, PASSWORD};

#[tokio::test]
async fn a_session_is_a_cookie_and_a_token() {
    let community = Community::new().await;
    let person = community.person("v01").await;
    assert_eq!(person.account["role"], "volunteer");
    assert_eq!(person.get("/api/v1/session").await.json()["account"], person.account);
    let mut forged = person.clone();
    forged.csrf = "guessed".to_owned();
    assert_eq!(forged.delete("/api/v1/session").await.problem(), (403, "auth.csrf".to_owned()));
    assert_eq!(person.delete("/api/v1/session").await.status, 204);
    assert_eq!(person.get("/api/v1/session").await.problem(), (401, "auth.signed_out".to_owned()));
}

#[tokio::test]
async fn a_cookie_opens_on_a_phone_what_is_finished_and_nothing_else() {
    let community = Community::new().await;
    let person = community.person("v01").await;
    let body = json!({"username": "v01", "password": PASSWORD});
    let signed_in = community.stranger().post("/api/v1/session", &body).await.json();
    let later = person.get("/api/v1/session").await.json();
    assert_eq!(later["phone_secret"], json!(null));
    assert_eq!(later["sending_secret"], signed_in["sending_secret"]);
    assert_eq!(later["sending_secret"].as_str().map(str::len), Some(64));
    assert_ne!(signed_in["sending_secret"], signed_in["phone_secret"]);
    let other = community.person("v02").await.get("/api/v1/session").await.json();
    assert_ne!(other["sending_secret"], later["sending_secret"]);
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts() {
    let community = Community::new().await;
    let body = json!({"username": "v01", "password": PASSWORD});
    let answer = community.stranger().post("/api/v1/session", &body).await;
    let cookie = answer.headers["set-cookie"].to_str().expect("text");
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Strict"), "{cookie}");
}

#[tokio::test]
async fn wrong_credentials_are_slowed_down() {
    let community = Community::new().await;
    let stranger = community.stranger();
    let body = json!({"username": "v01", "password": "guess"});
    for _ in 0..10 {
        let problem = stranger.post("/api/v1/session", &body).await.problem();
        assert_eq!(problem, (401, "auth.bad_credentials".to_owned()));
    }
    let answer = stranger.post("/api/v1/session", &body).await;
    assert_eq!(answer.problem(), (429, "auth.too_many_attempts".to_owned()));
    assert!(answer.headers.contains_key("retry-after"));
    let other = json!({"username": "v02", "password": PASSWORD});
    assert_eq!(stranger.post("/api/v1/session", &other).await.status, 200);
}

#[tokio::test]
async fn unknown_people_and_bad_bodies_are_told_apart() {
    let community = Community::new().await;
    let stranger = community.stranger();
    let problem = async |body| stranger.post("/api/v1/session", &body).await.problem();
    assert_eq!(
        problem(json!({"username": "nobody", "password": "x"})).await,
        (401, "auth.bad_credentials".to_owned())
    );
    assert_eq!(problem(json!({"username": "", "password": "x"})).await, (422, "request.invalid".to_owned()));
    assert_eq!(problem(json!({"username": "v01"})).await, (400, "request.malformed".to_owned()));
}

#[tokio::test]
async fn a_session_ends_by_time() {
    let community = Community::new().await;
    let person = community.person("v01").await;
    community.pass(13 * DAY_MS);
    assert_eq!(person.get("/api/v1/tasks").await.status, 200);
    community.pass(DAY_MS);
    assert_eq!(person.get("/api/v1/tasks").await.problem(), (401, "auth.expired".to_owned()));
}

#[tokio::test]
async fn errors_speak_both_languages() {
    let community = Community::new().await;
    let message = community.stranger().get("/api/v1/session").await.json()["message"].clone();
    assert!(message["zh-CN"].as_str().is_some_and(|it| it.contains("还没有登录")), "{message}");
    assert!(message["en"].as_str().is_some_and(|it| it.contains("not signed in")), "{message}");
}
