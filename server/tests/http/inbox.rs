//! Visits between their receipt and their check.

use doorstep::blob::hashes::sha256_hex;
use doorstep::domain::{intake, retention};
use doorstep::params;
use doorstep::store::inbox::{self, InboxRow};
use serde_json::{Value, json};

use crate::community::{Community, Person};
use crate::visit::{ABSENT, CERTIFIED, Visit, fill, text};

struct Door {
    community: Community,
    volunteer: Person,
    tasks: Vec<Value>,
}

impl Door {
    async fn new() -> Door {
        let community = Community::new().await;
        let volunteer = community.person("v01").await;
        let tasks = volunteer.tasks().await;
        Door { community, volunteer, tasks }
    }

    async fn visit(&self, n: usize, answers: &[(&str, &str)]) -> Visit {
        fill(&self.community, &self.volunteer, &self.tasks[n], answers).await
    }

    async fn waiting(&self) -> Vec<InboxRow> {
        self.community.app.db.read(|tx| inbox::after(tx, "", 100)).await.expect("read")
    }

    async fn stored(&self) -> Vec<Value> {
        let list = self.volunteer.get("/api/v1/submissions/mine").await.json();
        list["items"].as_array().cloned().unwrap_or_default()
    }
}

#[tokio::test]
async fn a_receipt_holds_before_anybody_has_looked() {
    let door = Door::new().await;
    let visit = door.visit(0, CERTIFIED).await;
    let paused = door.community.app.inbox.pause().await;
    let first = visit.send(&door.volunteer).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let rows = door.waiting().await;
    assert_eq!((rows.len(), rows[0].files.len()), (1, 3));
    let again = visit.send(&door.volunteer).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, first.json()));
    let mut other = visit.clone();
    other.xml = other.xml.replace("<badge>yes", "<badge>no");
    assert_eq!(other.send(&door.volunteer).await.problem(), (409, "submission.conflict".to_owned()));
    let colleague = door.community.person("v02").await;
    let answer = visit.send(&colleague).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
    for (_, bytes) in &visit.files {
        retention::erase(&door.community.app, &sha256_hex(bytes)).await.expect("looked at");
        assert!(
            door.community.app.blobs.get(&sha256_hex(bytes)).await.is_ok(),
            "a visit in the inbox needs it"
        );
    }
    drop(paused);
    let stored = door.stored().await;
    assert_eq!(stored[0]["receipt_number"], first.json()["receipt"]["number"]);
    assert_eq!(door.waiting().await, []);
    assert_eq!(door.community.newest_flags().await, json!([]));
}

#[tokio::test]
async fn what_another_process_put_in_is_taken_out_by_who_asks_again() {
    let door = Door::new().await;
    let visit = door.visit(0, CERTIFIED).await;
    let app = &door.community.app;
    let paused = app.inbox.pause().await;
    let first = visit.send(&door.volunteer).await;
    let row = door.waiting().await.remove(0);
    let id = row.id.clone();
    app.db.write(move |tx| inbox::remove(tx, &id)).await.expect("taken away");
    drop(paused);
    intake::settled(app).await;
    app.db.write(move |tx| inbox::insert(tx, &row)).await.expect("put in");
    assert_eq!(door.stored().await, [Value::Null; 0], "nobody here knows of it");
    let again = visit.send(&door.volunteer).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, first.json()));
    assert_eq!(door.stored().await[0]["receipt_number"], first.json()["receipt"]["number"]);
    assert_eq!(door.waiting().await, []);
}

#[tokio::test]
async fn who_hangs_up_leaves_no_visit_that_nobody_knows_of() {
    let door = Door::new().await;
    for n in 0..12 {
        let visit = door.visit(n, ABSENT).await;
        let sending = visit.send(&door.volunteer);
        // A little later each time: in the middle of each thing that is done at the door.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(4 * n as u64), sending).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    intake::settled(&door.community.app).await;
    assert_eq!(door.waiting().await, []);
}

#[tokio::test]
async fn visits_of_one_account_are_taken_out_in_their_order_and_once() {
    let door = Door::new().await;
    let mut visits = Vec::new();
    for n in 0..4 {
        visits.push(door.visit(n, ABSENT).await);
    }
    let paused = door.community.app.inbox.pause().await;
    let mut numbers = Vec::new();
    for visit in &visits {
        let answer = visit.send(&door.volunteer).await;
        numbers.push(text(&answer.json()["receipt"], "number"));
    }
    assert_eq!(door.waiting().await.len(), 4);
    drop(paused);
    let app = &door.community.app;
    let (a, b, c) = tokio::join!(intake::enter_all(app), intake::enter_all(app), intake::enter_all(app));
    assert_eq!((a, b, c), (Ok(()), Ok(()), Ok(())));
    let entered: Vec<String> =
        door.stored().await.iter().rev().map(|it| text(it, "receipt_number")).collect();
    assert_eq!(entered, numbers);
}

#[tokio::test]
async fn what_cannot_be_checked_is_kept_for_a_person_and_holds_nobody_up() {
    let door = Door::new().await;
    let (odd, usual) = (door.visit(0, ABSENT).await, door.visit(1, ABSENT).await);
    let paused = door.community.app.inbox.pause().await;
    for visit in [&odd, &usual] {
        assert_eq!(visit.send(&door.volunteer).await.status, 201);
    }
    // As after three attempts, whatever the reason.
    let id = odd.instance_id.clone();
    let tried =
        door.community.app.db.write(move |tx| {
            tx.execute("UPDATE inbox SET attempts = 3 WHERE instance_id = ?1", params![&id])
        });
    assert_eq!(tried.await, Ok(1));
    drop(paused);
    assert_eq!(door.stored().await.len(), 2);
    let desk = door.community.person("supervisor").await;
    let list = desk.get("/api/v1/desk/submissions?flag=submission.unchecked").await.json();
    let found = list["items"].as_array().expect("items");
    assert_eq!((found.len(), &found[0]["instance_id"]), (1, &json!(odd.instance_id)));
    let detail = desk.get(&format!("/api/v1/desk/submissions/{}", text(&found[0], "id"))).await.json();
    assert_eq!(detail["answers"], json!([]));
}

#[tokio::test]
async fn a_visit_that_does_not_work_out_is_tried_once_for_all_who_wait() {
    let door = Door::new().await;
    let visit = door.visit(0, ABSENT).await;
    let app = &door.community.app;
    let paused = app.inbox.pause().await;
    assert_eq!(visit.send(&door.volunteer).await.status, 201);
    let broken = app.db.write(|tx| tx.execute("UPDATE inbox SET xml = '<'", &[])).await;
    assert_eq!(broken, Ok(1));
    let asking = futures_util::future::join_all((0..8).map(|_| intake::enter_all(app)));
    let letting = async {
        // All of them wait by then.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        drop(paused);
    };
    let (heard, ()) = tokio::join!(asking, letting);
    assert!(heard.iter().all(Result::is_err), "{heard:?}");
    let rows = door.waiting().await;
    // Once by whoever was told that a visit came, once by those who wait.
    assert!((1..=2).contains(&rows[0].attempts), "{}", rows[0].attempts);
}
