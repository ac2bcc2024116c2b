//! Seals: enrolment of phones, what is wrong with a seal, the chain in any order of arrival, the clock. A wrong seal is a
//! flag, never a refused visit.

use serde_json::{Value, json};
use wasm_forms::evidence::seal::Digest;

use crate::community::{Answer, Community, DAY_MS, HOUR_MS, Person};
use crate::phone::{Phone, Place};
use crate::visit::{ABSENT, CERTIFIED, Visit, fill, fill_at, picture, text};

struct Door {
    community: Community,
    volunteer: Person,
    supervisor: Person,
    tasks: Vec<Value>,
    phone: Phone,
}

impl Door {
    async fn new() -> Door {
        let community = Community::new().await;
        let volunteer = community.person("v01").await;
        let supervisor = community.person("supervisor").await;
        let phone = Phone::new();
        assert_eq!(phone.enrol(&volunteer).await.status, 200);
        let tasks = volunteer.tasks().await;
        let tasks = tasks.into_iter().filter(|it| it["form_id"] == "doorstep_certification").collect();
        Door { community, volunteer, supervisor, tasks, phone }
    }

    /// Returns the visit to the n-th resident.
    async fn visit(&self, n: usize) -> Visit {
        fill(&self.community, &self.volunteer, &self.tasks[n], ABSENT).await
    }

    async fn send(&self, visit: &Visit, seal: &Value) -> Answer {
        let answer = visit.send_sealed(&self.volunteer, Some(seal.to_string())).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer
    }

    /// Returns a submission at the desk.
    async fn detail(&self, visit: &Visit) -> Value {
        let list = self.supervisor.get("/api/v1/desk/submissions?limit=200").await.json();
        let rows = list["items"].as_array().expect("items");
        let row = rows.iter().find(|it| it["instance_id"] == visit.instance_id.as_str()).expect("stored");
        let detail =
            self.supervisor.get(&format!("/api/v1/desk/submissions/{}", text(row, "id"))).await.json();
        let codes: Vec<&str> = detail["flags"].as_array().expect("flags").iter().map(code).collect();
        let mut listed: Vec<&str> =
            row["flags"].as_array().expect("flags").iter().filter_map(Value::as_str).collect();
        assert!(
            codes.iter().all(|it| listed.contains(it)) && row["n_flags"] == codes.len(),
            "list and page agree"
        );
        listed.dedup();
        detail
    }

    async fn flags(&self, visit: &Visit) -> Vec<String> {
        let detail = self.detail(visit).await;
        detail["flags"].as_array().expect("flags").iter().map(|it| code(it).to_owned()).collect()
    }
}

fn code(flag: &Value) -> &str {
    flag["code"].as_str().expect("a code")
}

#[tokio::test]
async fn a_sealed_visit_is_verified_and_its_receipt_is_the_seal() {
    let door = Door::new().await;
    let mut visit = fill(&door.community, &door.volunteer, &door.tasks[0], CERTIFIED).await;
    visit.notes = json!({"face.jpg": {"kind": "photo", "reason": "楼道没有灯"}}).to_string();
    let seal = door.phone.seal(&visit, Place::default());
    let answer = door.send(&visit, &seal).await.json();
    assert_eq!(answer["receipt"]["digest"], seal["digest"]);
    assert_eq!(door.community.newest_flags().await, json!([]));
    let told = door.detail(&visit).await["seal"].clone();
    assert_eq!(
        (&told["verified"], &told["signed"], &told["counter"]),
        (&json!(true), &json!(true), &json!(1))
    );
    assert_eq!(told["key_id"], door.phone.key_id().as_str());
}

#[tokio::test]
async fn each_flaw_of_a_seal_is_told_and_none_refuses_the_visit() {
    let door = Door::new().await;
    let stranger = Phone::new();
    let mut n = 0;
    let mut check = async |change: &dyn Fn(&mut Visit, &mut Value), expected: &[&str], named: &str| {
        let mut visit =
            fill(&door.community, &door.volunteer, &door.tasks[n % door.tasks.len()], CERTIFIED).await;
        let phone = Phone::new();
        phone.enrol(&door.volunteer).await;
        n += 1;
        let mut seal = phone.seal(&visit, Place::default());
        change(&mut visit, &mut seal);
        // What may be the line's doing is asked for once more; the same again is what was sent.
        let breaches = ["seal.content_differs", "seal.signature_wrong", "seal.malformed"];
        if expected.iter().any(|it| breaches.contains(it)) {
            let first = visit.send_sealed(&door.volunteer, Some(seal.to_string())).await;
            assert_eq!(first.problem(), (503, "submission.damaged".to_owned()));
        }
        door.send(&visit, &seal).await;
        let detail = door.detail(&visit).await;
        let flags = detail["flags"].as_array().expect("flags");
        let of_seal: Vec<&Value> = flags.iter().filter(|it| code(it).starts_with("seal.")).collect();
        assert_eq!(of_seal.iter().map(|it| code(it)).collect::<Vec<_>>(), expected);
        assert!(of_seal.iter().any(|it| it["question"] == named), "{of_seal:?}");
        detail["seal"]["verified"].clone()
    };
    let other = |it: &mut Value| *it = json!("0".repeat(64));
    let is_broken = [
        check(
            &|visit, _| visit.xml = visit.xml.replace("15400000000", "15400000001"),
            &["seal.content_differs"],
            "xml_submission_file",
        )
        .await,
        check(&|visit, _| visit.files[0].1 = picture("other.jpg"), &["seal.content_differs"], "face.jpg")
            .await,
        check(&|visit, _| visit.notes = "{}".to_owned(), &["seal.content_differs"], "notes").await,
        check(&|_, seal| other(&mut seal["digest"]), &["seal.content_differs"], "seal").await,
        check(
            &|_, seal| other(&mut seal["xml_sha256"]),
            &["seal.content_differs", "seal.content_differs", "seal.signature_wrong"],
            "xml_submission_file",
        )
        .await,
        check(
            &|_, seal| seal["counter"] = json!(7),
            &["seal.content_differs", "seal.signature_wrong"],
            "seal",
        )
        .await,
        check(&|_, seal| seal["signature"] = json!("00".repeat(64)), &["seal.signature_wrong"], "").await,
        check(
            &|visit, seal| seal["signature"] = stranger.seal(visit, Place::default())["signature"].clone(),
            &["seal.signature_wrong"],
            "",
        )
        .await,
    ];
    assert!(is_broken.iter().all(|it| *it == json!(false)), "{is_broken:?}");
    let unproved = [
        check(&|visit, seal| *seal = stranger.seal(visit, Place::default()), &["seal.unknown_key"], "").await,
        check(&|visit, seal| *seal = first_version(visit), &["seal.unsigned"], "").await,
    ];
    assert!(unproved.iter().all(|it| *it == json!(true)), "{unproved:?}");
    for malformed in [json!({}), json!({"version": 3}), json!([]), json!({"version": 2, "counter": -1})] {
        check(&|_, seal| *seal = malformed.clone(), &["seal.malformed"], "").await;
    }
}

/// A seal as phones made them before they had keys.
fn first_version(visit: &Visit) -> Value {
    let hashes = visit.hashes();
    json!({
        "version": 1,
        "instance_id": visit.instance_id,
        "xml_sha256": doorstep::blob::hashes::sha256_hex(visit.xml.as_bytes()),
        "attachments": hashes,
        "digest": wasm_forms::evidence::seal_digest(&Digest::of(visit.xml.as_bytes()), &hashes),
        "device_time_ms": 0,
        "device_id": "phone-1",
    })
}

#[tokio::test]
async fn a_phone_sealed_before_it_had_a_key_gets_the_receipt_it_expects() {
    let door = Door::new().await;
    let visit = door.visit(0).await;
    let seal = first_version(&visit);
    assert_eq!(door.send(&visit, &seal).await.json()["receipt"]["digest"], seal["digest"]);
}

#[tokio::test]
async fn a_key_is_enrolled_by_whoever_holds_it_and_by_nobody_else() {
    let door = Door::new().await;
    let id = text(&door.volunteer.account, "id");
    let other = door.community.person("v02").await;
    let again = door.phone.enrol(&door.volunteer).await.json();
    assert_eq!(again["key_id"], door.phone.key_id().as_str());
    assert_eq!(door.phone.enrol(&other).await.problem(), (409, "device.key_taken".to_owned()));
    let malformed = (422, "device.key_malformed".to_owned());
    let own = Phone::new().enrolment(&id);
    assert_eq!(other.post("/api/v1/devices", &own).await.problem(), malformed, "made for another account");
    let proof_of_another = json!({"proof": door.phone.enrolment(&id)["proof"]});
    for (field, value) in [
        ("device_id", json!("phone-2")),
        ("proof", proof_of_another["proof"].clone()),
        ("public_key", json!("05".repeat(65))),
        ("public_key", json!("zz".repeat(65))),
    ] {
        let mut changed = own.clone();
        changed[field] = value;
        assert_eq!(door.volunteer.post("/api/v1/devices", &changed).await.problem(), malformed, "{field}");
    }
    let mut short = own.clone();
    short["public_key"] = json!("04");
    assert_eq!(door.volunteer.post("/api/v1/devices", &short).await.status, 422);
    assert_eq!(door.volunteer.post("/api/v1/devices", &own).await.status, 200);
}

#[tokio::test]
async fn a_revoked_key_is_listed_and_flags_what_comes_after() {
    let door = Door::new().await;
    let (before, after) = (door.visit(0).await, door.visit(1).await);
    let first = door.phone.seal(&before, Place::default());
    door.send(&before, &first).await;
    door.community.pass(HOUR_MS);
    let path = format!("/api/v1/desk/devices/{}/revoke", door.phone.key_id());
    for _ in 0..2 {
        assert_eq!(door.supervisor.post(&path, &json!({})).await.status, 204);
    }
    assert_eq!(door.supervisor.post("/api/v1/desk/devices/none/revoke", &json!({})).await.status, 404);
    let listed = door.supervisor.get("/api/v1/desk/devices").await.json();
    let row = listed.as_array().into_iter().flatten().find(|it| it["key_id"] == door.phone.key_id().as_str());
    let row = row.expect("listed");
    assert_eq!((&row["account_id"], &row["n_sealed"]), (&door.volunteer.account["id"], &json!(1)));
    assert_eq!(row["revoked_at"], door.community.now_ms());
    assert_eq!(door.phone.enrol(&door.volunteer).await.problem(), (409, "device.key_revoked".to_owned()));
    door.send(&after, &door.phone.seal(&after, Place::after(&first))).await;
    assert_eq!(door.flags(&after).await, ["seal.key_revoked"]);
    let told = door.detail(&before).await;
    assert_eq!((&told["seal"]["signed"], told["flags"].as_array().map(Vec::len)), (&json!(true), Some(0)));
}

#[tokio::test]
async fn what_was_sent_before_its_key_was_enrolled_is_looked_at_again() {
    let door = Door::new().await;
    let (phone, forger) = (Phone::new(), Phone::new());
    let (first, second, forged) = (door.visit(0).await, door.visit(1).await, door.visit(2).await);
    let seals = [phone.seal(&first, Place::default()), phone.seal(&forged, Place::default())];
    let after = phone.seal(&second, Place::after(&seals[0]));
    let mut wrong = seals[1].clone();
    wrong["signature"] = json!(forger.sign("something else"));
    for (visit, seal) in [(&second, &after), (&first, &seals[0]), (&forged, &wrong)] {
        door.send(visit, seal).await;
        assert_eq!(door.flags(visit).await, ["seal.unknown_key"]);
    }
    assert_eq!(phone.enrol(&door.volunteer).await.status, 200);
    for visit in [&first, &second] {
        assert!(door.flags(visit).await.is_empty(), "{:?}", door.flags(visit).await);
    }
    assert_eq!(door.flags(&forged).await, ["seal.signature_wrong"]);
}

#[tokio::test]
async fn a_chain_holds_in_whatever_order_its_visits_arrive() {
    let orders: [[usize; 4]; 5] = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 0, 3, 1], [0, 3, 1, 2]];
    for order in orders {
        let door = Door::new().await;
        let (mut visits, mut seals): (Vec<Visit>, Vec<Value>) = (Vec::new(), Vec::new());
        for n in 0..4 {
            let visit = door.visit(n).await;
            let place = seals.last().map_or_else(Place::default, Place::after);
            seals.push(door.phone.seal(&visit, place));
            visits.push(visit);
        }
        let mut has_come = [false; 4];
        for n in order {
            door.send(&visits[n], &seals[n]).await;
            has_come[n] = true;
            for n in (0..4).filter(|n| has_come[*n]) {
                let expected: &[&str] = if n > 0 && !has_come[n - 1] { &["seal.chain_gap"] } else { &[] };
                assert_eq!(door.flags(&visits[n]).await, expected, "{order:?}: {n} of {has_come:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_copied_chain_shows_as_a_fork_on_both_sides() {
    let door = Door::new().await;
    let [root, left, right, after] =
        [door.visit(0).await, door.visit(1).await, door.visit(2).await, door.visit(3).await];
    let first = door.phone.seal(&root, Place::default());
    let to_the_left = door.phone.seal(&left, Place::after(&first));
    let to_the_right = door.phone.seal(&right, Place::after(&first));
    door.send(&root, &first).await;
    door.send(&left, &to_the_left).await;
    assert!(door.flags(&left).await.is_empty());
    door.send(&right, &to_the_right).await;
    door.send(&after, &door.phone.seal(&after, Place::after(&to_the_right))).await;
    for (visit, expected) in
        [(&root, &[][..]), (&left, &["seal.chain_fork"]), (&right, &["seal.chain_fork"]), (&after, &[])]
    {
        assert_eq!(door.flags(visit).await, expected);
    }
}

#[tokio::test]
async fn a_number_that_goes_back_or_skips_is_told() {
    let door = Door::new().await;
    let [first, back, skipping, start] =
        [door.visit(0).await, door.visit(1).await, door.visit(2).await, door.visit(3).await];
    let at = |counter| Place { counter, ..Place::default() };
    let sealed = door.phone.seal(&first, at(1));
    let far = door.phone.seal(&skipping, Place { counter: 9, ..Place::after(&sealed) });
    let behind = door.phone.seal(&back, Place { counter: 5, ..Place::after(&far) });
    door.send(&first, &sealed).await;
    door.send(&skipping, &far).await;
    door.send(&back, &behind).await;
    assert_eq!(door.flags(&skipping).await, ["seal.chain_gap"]);
    assert_eq!(door.flags(&back).await, ["seal.counter_back"]);
    let zero = door.phone.seal(&start, Place { counter: 0, ..Place::after(&behind) });
    door.send(&start, &zero).await;
    assert_eq!(door.flags(&start).await, ["seal.counter_back"]);
}

#[tokio::test]
async fn a_refused_visit_that_was_corrected_leaves_no_gap() {
    let door = Door::new().await;
    let [first, refused, next] = [door.visit(0).await, door.visit(1).await, door.visit(2).await];
    let mut corrected = refused.clone();
    corrected.xml = corrected.xml.replace("<neighbour_asked>yes", "<neighbour_asked>no");
    let one = door.phone.seal(&first, Place::default());
    let two = door.phone.seal(&refused, Place::after(&one));
    let three = door.phone.seal(&next, Place::after(&two));
    let four = door.phone.seal(&corrected, Place { replaced: vec![two.clone()], ..Place::after(&three) });
    door.send(&first, &one).await;
    door.send(&next, &three).await;
    assert_eq!(door.flags(&next).await, ["seal.chain_gap"], "the one before was refused");
    door.send(&corrected, &four).await;
    for visit in [&first, &next, &corrected] {
        assert!(door.flags(visit).await.is_empty(), "{:?}", door.flags(visit).await);
    }
}

#[tokio::test]
async fn a_gap_stays_until_every_number_before_has_come() {
    let door = Door::new().await;
    let [first, corrected, third] = [door.visit(0).await, door.visit(1).await, door.visit(2).await];
    let one = door.phone.seal(&first, Place::default());
    let two = door.phone.seal(&corrected, Place::after(&one));
    let three = door.phone.seal(&third, Place::after(&two));
    let four = door.phone.seal(&corrected, Place { replaced: vec![two.clone()], ..Place::after(&three) });
    door.send(&corrected, &four).await;
    assert_eq!(door.flags(&corrected).await, ["seal.chain_gap"]);
    door.send(&first, &one).await;
    assert_eq!(door.flags(&corrected).await, ["seal.chain_gap"], "the third is missing still");
    door.send(&third, &three).await;
    assert!(door.flags(&corrected).await.is_empty() && door.flags(&third).await.is_empty());
}

#[tokio::test]
async fn what_a_seal_says_it_replaces_is_not_believed_unsigned_or_of_another_visit() {
    let door = Door::new().await;
    let [first, other, last] = [door.visit(0).await, door.visit(1).await, door.visit(2).await];
    let one = door.phone.seal(&first, Place::default());
    let two = door.phone.seal(&other, Place::after(&one));
    let three = door.phone.seal(&last, Place { replaced: vec![two.clone()], ..Place::after(&two) });
    door.send(&first, &one).await;
    door.send(&last, &three).await;
    assert_eq!(door.flags(&last).await, ["seal.chain_gap"], "the second was another visit, and is missing");
    door.send(&other, &two).await;
    assert!(door.flags(&last).await.is_empty());
}

#[tokio::test]
async fn every_answer_tells_the_time() {
    let door = Door::new().await;
    let time = |answer: &Answer| answer.headers["x-doorstep-time"].to_str().ok().map(str::to_owned);
    let expected = Some(door.community.now_ms().to_string());
    assert_eq!(time(&door.volunteer.get("/api/v1/tasks").await), expected);
    assert_eq!(time(&door.volunteer.get("/api/v1/nothing").await), expected);
    assert_eq!(time(&door.community.stranger().get("/api/v1/session").await), expected);
}

#[tokio::test]
async fn a_visit_of_a_phone_two_years_off_gets_the_right_day() {
    const TWO_YEARS: i64 = 730 * DAY_MS;
    for (off, flag, next_visit) in
        [(-TWO_YEARS, "visit.clock_behind", "2024-11-28"), (TWO_YEARS, "visit.clock_ahead", "2028-11-28")]
    {
        let door = Door::new().await;
        let right = door.community.now_ms();
        let answers: Vec<_> = ABSENT
            .iter()
            .map(|it| if it.0 == "next_visit" { ("next_visit", next_visit) } else { *it })
            .collect();
        let visit = fill_at(right + off, &door.volunteer, &door.tasks[0], &answers).await;
        door.community.pass(3 * HOUR_MS);
        let clock = Some(("steady", -off - 300, -off, -off + 300));
        let place = Place { device_time_ms: right + off + 60_000, clock, ..Place::default() };
        door.send(&visit, &door.phone.seal(&visit, place)).await;
        let detail = door.detail(&visit).await;
        assert_eq!(door.flags(&visit).await, [flag]);
        assert_eq!(detail["visited_at"], right + 60_000, "the end of the visit by the server's clock");
        assert_eq!(
            detail["clock"],
            json!({"claimed_at": right + off + 60_000, "corrected_at": right + 60_000,
                   "earliest_at": right + 59_700, "latest_at": right + 60_300, "basis": "steady"})
        );
    }
}

#[tokio::test]
async fn a_phone_that_slept_is_not_accused() {
    let door = Door::new().await;
    let visit = door.visit(0).await;
    let now = door.community.now_ms();
    door.community.pass(HOUR_MS);
    let clock = Some(("jumped", -8 * HOUR_MS, 0, 100));
    let place = Place { device_time_ms: now + 60_000, clock, ..Place::default() };
    door.send(&visit, &door.phone.seal(&visit, place)).await;
    assert!(door.flags(&visit).await.is_empty());
    assert_eq!(door.detail(&visit).await["visited_at"], now + 60_000);
}
