//! Visits that nobody has to review: decided by the program after their photos were compared with those of all others,
//! and by a person where the comparison finds something.

use image::imageops::{FilterType, resize};
use serde_json::{Value, json};

use crate::community::{HOUR_MS, Person};
use crate::example::Example;
use crate::pictures::{jpeg, room};
use crate::visit::{fill, text};
use crate::work::{Garden, garden, of_type, round, set};

const FINE: &[(&str, &str)] = &[("photo", "plot.jpg"), ("looks", "fine")];
const DRY: &[(&str, &str)] = &[("photo", "plot.jpg"), ("looks", "dry"), ("next_visit", "2026-11-28")];

/// The garden, and who reviews there.
struct Plots {
    garden: Garden,
    supervisor: Person,
}

async fn plots(change: impl FnOnce(&mut Example)) -> Plots {
    let garden = garden(change).await;
    Plots { supervisor: garden.community.person("supervisor").await, garden }
}

/// Sends a visit of a plot's round with a photo; the submission as the desk sees it before anything was compared.
async fn send(plots: &Plots, plot: &str, answers: &[(&str, &str)], photo: Vec<u8>) -> Value {
    let Garden { community, volunteer, .. } = &plots.garden;
    community.pass(1000);
    let tasks = of_type(volunteer, "plot.round").await;
    let task = tasks.iter().find(|it| it["subject"] == plot).expect("a task of this plot");
    let mut visit = fill(community, volunteer, task, answers).await;
    visit.files[0].1 = photo;
    let sent = visit.send(volunteer).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    let newest = plots.supervisor.get("/api/v1/desk/submissions?limit=1").await.json();
    again(plots, &newest["items"][0]).await
}

/// The same submission as it stands now.
async fn again(plots: &Plots, before: &Value) -> Value {
    plots.supervisor.get(&format!("/api/v1/desk/submissions/{}", text(before, "id"))).await.json()
}

async fn decide(plots: &Plots, detail: &Value, decision: &Value) {
    let path = format!("/api/v1/desk/submissions/{}/decision", text(detail, "id"));
    let answer = plots.supervisor.post(&path, decision).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn n_watering(plots: &Plots) -> usize {
    of_type(&plots.garden.volunteer, "plot.water").await.len()
}

/// Review state, and the state of the task.
fn standing(detail: &Value) -> (String, String) {
    (text(detail, "review_state"), text(&detail["task"], "state"))
}

fn is(review: &str, task: &str) -> (String, String) {
    (review.to_owned(), task.to_owned())
}

fn kinds(detail: &Value) -> Vec<String> {
    detail["history"].as_array().into_iter().flatten().map(|it| text(it, "kind")).collect()
}

fn has_flag(detail: &Value, code: &str) -> bool {
    detail["flags"].as_array().into_iter().flatten().any(|it| it["code"] == code)
}

/// The same picture, saved anew: smaller and compressed more.
fn saved_anew(seed: u32) -> Vec<u8> {
    jpeg(&resize(&room(seed), 640, 480, FilterType::Triangle), 60)
}

#[tokio::test]
async fn nothing_follows_before_the_photo_was_compared_and_everything_after() {
    let plots = plots(|_| {}).await;
    let before = send(&plots, "P01", DRY, jpeg(&room(1), 85)).await;
    assert_eq!(standing(&before), is("received", "submitted"));
    assert_eq!((kinds(&before), n_watering(&plots).await), (vec!["received".to_owned()], 0));
    round(&plots.garden.community).await;
    let after = again(&plots, &before).await;
    assert_eq!(standing(&after), is("approved", "closed"));
    assert_eq!(kinds(&after), ["received", "settled"]);
    assert_eq!(n_watering(&plots).await, 1);
    round(&plots.garden.community).await;
    assert_eq!((again(&plots, &before).await, n_watering(&plots).await), (after, 1), "once");
}

#[tokio::test]
async fn nearly_the_same_photo_as_anothers_waits_for_a_person() {
    let plots = plots(|_| {}).await;
    let first = send(&plots, "P01", FINE, jpeg(&room(2), 85)).await;
    round(&plots.garden.community).await;
    assert_eq!(standing(&again(&plots, &first).await), is("approved", "closed"));
    let second = send(&plots, "P02", DRY, saved_anew(2)).await;
    for _ in 0..3 {
        round(&plots.garden.community).await;
        let waiting = again(&plots, &second).await;
        assert_eq!(standing(&waiting), is("received", "submitted"));
        assert!(
            has_flag(&waiting, "photo.likeness_reused") && !kinds(&waiting).contains(&"settled".to_owned())
        );
        assert_eq!(waiting["attachments"][0]["picture"]["matches"][0]["submission_id"], first["id"]);
    }
    assert_eq!(n_watering(&plots).await, 0, "nothing follows from it");
    let queue = plots.supervisor.get("/api/v1/desk/submissions?state=received").await.json();
    assert_eq!(queue["items"][0]["id"], second["id"], "it is in the queue");
    let told = again(&plots, &first).await["attachments"][0]["picture"]["matches"].clone();
    assert_eq!((&told[0]["submission_id"], told.as_array().map(Vec::len)), (&second["id"], Some(1)));
    decide(&plots, &second, &json!({"decision": "approve"})).await;
    assert_eq!(n_watering(&plots).await, 1);
}

#[tokio::test]
async fn of_two_alike_that_arrive_together_one_waits() {
    let plots = plots(|_| {}).await;
    let first = send(&plots, "P01", FINE, jpeg(&room(3), 85)).await;
    let second = send(&plots, "P02", FINE, saved_anew(3)).await;
    round(&plots.garden.community).await;
    let states = [
        text(&again(&plots, &first).await, "review_state"),
        text(&again(&plots, &second).await, "review_state"),
    ];
    assert_eq!(states.iter().filter(|it| *it == "received").count(), 1, "{states:?}");
}

#[tokio::test]
async fn whoever_decides_before_the_comparison_has_decided() {
    let plots = plots(|_| {}).await;
    let approved = send(&plots, "P01", DRY, jpeg(&room(4), 85)).await;
    decide(&plots, &approved, &json!({"decision": "approve"})).await;
    let returned = send(&plots, "P02", DRY, jpeg(&room(5), 85)).await;
    decide(&plots, &returned, &json!({"decision": "return", "reason": "看不清"})).await;
    round(&plots.garden.community).await;
    let approved = again(&plots, &approved).await;
    assert_eq!(
        (standing(&approved), kinds(&approved)),
        (is("approved", "closed"), vec!["received".into(), "approved".into()])
    );
    let returned = again(&plots, &returned).await;
    assert_eq!(
        (standing(&returned), kinds(&returned)),
        (is("hasIssues", "returned"), vec!["received".into(), "returned".into()])
    );
    assert_eq!(n_watering(&plots).await, 1, "of the approved one");
}

#[tokio::test]
async fn what_goes_on_goes_on_after_the_comparison() {
    let goes_on = [("outcomes", 2, "state", "started"), ("outcomes", 2, "due", "P5D")];
    let plots = plots(|it| set(it, &goes_on)).await;
    let before = send(&plots, "P01", FINE, jpeg(&room(6), 85)).await;
    assert_eq!(standing(&before), is("received", "submitted"));
    round(&plots.garden.community).await;
    assert_eq!(standing(&again(&plots, &before).await), is("approved", "started"));
    let tasks = of_type(&plots.garden.volunteer, "plot.round").await;
    let task = tasks.iter().find(|it| it["subject"] == "P01").expect("it is on the phone again");
    assert_eq!(task["due"], "2026-11-26", "five days more");
}

#[tokio::test]
async fn what_cannot_be_compared_is_left_to_a_person_and_says_so() {
    let plots = plots(|_| {}).await;
    let before = send(&plots, "P01", DRY, jpeg(&room(7), 85)).await;
    let sha256 = text(&before["attachments"][0], "sha256");
    plots.garden.community.app.blobs.move_aside(&sha256).await.expect("moved");
    for _ in 0..8 {
        assert_eq!(standing(&again(&plots, &before).await), is("received", "submitted"));
        round(&plots.garden.community).await;
        plots.garden.community.pass(HOUR_MS);
    }
    let after = again(&plots, &before).await;
    assert!(has_flag(&after, "photo.not_compared"), "{after:#}");
    assert_eq!((standing(&after), n_watering(&plots).await), (is("received", "submitted"), 0));
    decide(&plots, &after, &json!({"decision": "approve"})).await;
    assert_eq!(n_watering(&plots).await, 1);
}
