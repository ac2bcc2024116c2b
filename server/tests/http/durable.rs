//! What stays and what goes when something was cut off, and what people are told when there is no room.

use std::time::Duration;

use bytes::Bytes;
use doorstep::MAX_ARRIVING_BYTES;
use doorstep::blob::Moved;
use doorstep::blob::hashes::sha256_hex;
use doorstep::domain::orphans::{Sweeper, Swept};

use crate::community::Community;
use crate::visit::{CERTIFIED, fill, text};

/// Sweeps as if a day had gone by, and finds again at once what it found before.
fn impatient() -> Sweeper {
    Sweeper::with(Duration::ZERO, Duration::ZERO)
}

#[tokio::test]
async fn only_what_nothing_names_is_swept_and_only_when_found_twice() {
    let community = Community::new().await;
    let volunteer = community.person("v01").await;
    let visit = fill(&community, &volunteer, &volunteer.tasks().await[0], CERTIFIED).await;
    assert_eq!(visit.send(&volunteer).await.status, 201);
    let blobs = &community.app.blobs;
    let orphan = blobs.put(Bytes::from_static(b"cut off")).await.unwrap();
    // Times of files are whole milliseconds here: what is stored now is older than what comes next.
    tokio::time::sleep(Duration::from_millis(20)).await;
    let mut patient = Sweeper::new();
    assert_eq!(patient.sweep(&community.app).await.unwrap(), Swept::default(), "younger than a day");
    let mut sweeper = impatient();
    let first = sweeper.sweep(&community.app).await.unwrap();
    assert_eq!((first.n_found, first.n_deleted), (1, 0));
    assert!(blobs.has(&orphan).await.unwrap());
    let second = sweeper.sweep(&community.app).await.unwrap();
    assert_eq!((second.n_found, second.n_deleted), (0, 1));
    assert!(!blobs.has(&orphan).await.unwrap() && blobs.aside().await.unwrap().is_empty());
    for (_, sha256) in visit.hashes() {
        assert!(blobs.has(&sha256).await.unwrap(), "a visit names it");
    }
}

#[tokio::test]
async fn what_a_crash_left_aside_comes_back_or_goes() {
    let community = Community::new().await;
    let volunteer = community.person("v01").await;
    let visit = fill(&community, &volunteer, &volunteer.tasks().await[0], CERTIFIED).await;
    assert_eq!(visit.send(&volunteer).await.status, 201);
    let blobs = &community.app.blobs;
    let (kept, orphan) = (visit.hashes()[0].1.clone(), blobs.put(Bytes::from_static(b"x")).await.unwrap());
    blobs.move_aside(&kept).await.unwrap();
    blobs.move_aside(&orphan).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    impatient().sweep(&community.app).await.unwrap();
    assert!(blobs.has(&kept).await.unwrap() && !blobs.has(&orphan).await.unwrap());
    assert!(blobs.aside().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_visit_sent_again_brings_a_file_that_a_crash_took() {
    let community = Community::new().await;
    let volunteer = community.person("v01").await;
    let visit = fill(&community, &volunteer, &volunteer.tasks().await[0], CERTIFIED).await;
    let first = visit.send(&volunteer).await;
    let sha256 = visit.hashes()[0].1.clone();
    let Moved::Aside(aside) = community.app.blobs.move_aside(&sha256).await.unwrap() else { panic!("moved") };
    community.app.blobs.delete_aside(&aside).await.unwrap();
    let again = visit.send(&volunteer).await;
    assert!(first.status == 201 && again.status == 200);
    assert_eq!(first.json()["receipt"], again.json()["receipt"]);
    assert_eq!(sha256_hex(&community.app.blobs.get(&sha256).await.unwrap()), sha256);
}

#[tokio::test]
async fn more_than_fits_in_memory_is_told_to_come_back() {
    let community = Community::new().await;
    let volunteer = community.person("v01").await;
    let visit = fill(&community, &volunteer, &volunteer.tasks().await[0], CERTIFIED).await;
    let others = community.app.uploads.acquire_many((MAX_ARRIVING_BYTES >> 10) as u32).await.unwrap();
    assert_eq!(visit.send(&volunteer).await.problem(), (503, "server.busy".to_owned()));
    drop(others);
    assert_eq!(visit.send(&volunteer).await.status, 201);
    assert_eq!(community.app.uploads.available_permits(), MAX_ARRIVING_BYTES >> 10, "all given back");
}

#[tokio::test]
async fn a_calculation_that_came_out_otherwise_is_a_flag_and_no_change() {
    let community = Community::new().await;
    let volunteer = community.person("v01").await;
    let mut visit = fill(&community, &volunteer, &volunteer.tasks().await[0], CERTIFIED).await;
    let sent = visit.xml.replace("<cycle_months>12</cycle_months>", "<cycle_months>6</cycle_months>");
    assert_ne!(sent, visit.xml);
    visit.xml = sent;
    let answer = visit.send(&volunteer).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let report = doorstep::domain::verify::whole(&community.app).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    let desk = community.person("supervisor").await;
    let id = text(&desk.get("/api/v1/desk/submissions?limit=1").await.json()["items"][0], "id");
    let detail = desk.get(&format!("/api/v1/desk/submissions/{id}")).await.json();
    let shown = detail["answers"].as_array().into_iter().flatten().find(|it| it["name"] == "cycle_months");
    assert_eq!(
        shown.map(|it| it["value"].clone()),
        Some("6".into()),
        "as it was sent: {}",
        detail["answers"]
    );
}
