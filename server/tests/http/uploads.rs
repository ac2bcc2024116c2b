//! Files in pieces: every status of the protocol, and what is kept when a connection, or the process, dies in between.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use bytes::Bytes;
use data_encoding::BASE64;
use doorstep::blob::hashes::sha256_hex;
use doorstep::domain::upload::{KEPT_MS, MAX_OPEN};
use doorstep::store::uploads::{self, PieceRow};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::community::{Answer, Community, DAY_MS, Person};

/// Somebody who sends files in pieces.
pub struct Sender {
    pub person: Person,
}

/// A file of so many bytes that differ by `seed`.
pub fn file(n_bytes: usize, seed: u8) -> Vec<u8> {
    (0..n_bytes).map(|it| (it as u8).wrapping_mul(31).wrapping_add(seed) ^ (it >> 8) as u8).collect()
}

pub fn metadata(sha256: &str) -> String {
    let pair = |key: &str, value: &str| format!("{key} {}", BASE64.encode(value.as_bytes()));
    [pair("sha256", sha256), pair("filename", "门口.jpg"), pair("filetype", "image/jpeg")].join(",")
}

fn header_of(answer: &Answer, name: &str) -> String {
    answer.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned()
}

pub fn offset(answer: &Answer) -> i64 {
    header_of(answer, "upload-offset").parse().unwrap_or(-1)
}

impl Sender {
    pub async fn new(community: &Community, username: &str) -> Sender {
        Sender { person: community.person(username).await }
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        self.person.request(method, path).header("tus-resumable", "1.0.0")
    }

    fn patch_request(&self, url: &str, offset: i64) -> axum::http::request::Builder {
        let request = self.request("PATCH", url).header("upload-offset", offset);
        request.header(header::CONTENT_TYPE, "application/offset+octet-stream")
    }

    async fn ask(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        self.person.send(request.body(body).expect("a request")).await
    }

    pub async fn announce(&self, n_bytes: usize, sha256: &str) -> Answer {
        let request = self.request("POST", "/api/v1/uploads").header("upload-length", n_bytes);
        self.ask(request.header("upload-metadata", metadata(sha256)), Body::empty()).await
    }

    /// Announces a file and returns where it goes.
    pub async fn begin(&self, bytes: &[u8]) -> String {
        let answer = self.announce(bytes.len(), &sha256_hex(bytes)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(header_of(&answer, "tus-resumable"), "1.0.0");
        header_of(&answer, "location")
    }

    pub async fn patch(&self, url: &str, offset: i64, bytes: &[u8]) -> Answer {
        self.ask(self.patch_request(url, offset), Body::from(bytes.to_vec())).await
    }

    pub async fn head(&self, url: &str) -> Answer {
        self.ask(self.request("HEAD", url), Body::empty()).await
    }

    /// Sends a whole file.
    pub async fn send(&self, bytes: &[u8]) {
        let url = self.begin(bytes).await;
        let answer = self.patch(&url, 0, bytes).await;
        assert_eq!((answer.status.as_u16(), offset(&answer)), (204, bytes.len() as i64), "{}", answer.text());
    }

    pub async fn known(&self, hashes: &[String]) -> Value {
        let answer = self.person.post("/api/v1/uploads/known", &json!({"sha256": hashes})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

fn check(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.problem(), (status, code.to_owned()), "{}", answer.text());
    assert_eq!(header_of(answer, "tus-resumable"), "1.0.0");
}

/// Every object of the store that belongs to an upload.
async fn n_pieces(community: &Community) -> usize {
    community.app.blobs.uploads_with_pieces().await.expect("listed").len()
}

async fn round(community: &Community) {
    doorstep::jobs::round(&community.app).await.expect("a round");
}

fn id_of(url: &str) -> String {
    url.rsplit('/').next().expect("an id").to_owned()
}

#[tokio::test]
async fn a_file_in_pieces_becomes_one_file_and_its_pieces_go() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let bytes = file(100_000, 1);
    let sha256 = sha256_hex(&bytes);
    let url = sender.begin(&bytes).await;
    for (from, to) in [(0, 40_000), (40_000, 40_001), (40_001, 100_000)] {
        assert_eq!(offset(&sender.head(&url).await), from as i64);
        let begun = sender.known(std::slice::from_ref(&sha256)).await;
        assert_eq!(begun["begun"], json!([{"sha256": sha256, "url": url, "offset_bytes": from}]));
        let answer = sender.patch(&url, from as i64, &bytes[from..to]).await;
        assert_eq!((answer.status.as_u16(), offset(&answer)), (204, to as i64), "{}", answer.text());
        assert_eq!(header_of(&answer, "upload-expires"), "Sat, 28 Nov 2026 02:00:00 GMT");
    }
    let told = sender.head(&url).await;
    assert_eq!((told.status.as_u16(), header_of(&told, "upload-length")), (200, "100000".to_owned()));
    assert_eq!(header_of(&told, "upload-metadata"), metadata(&sha256));
    assert_eq!(header_of(&told, "cache-control"), "no-store");
    assert_eq!(sender.known(std::slice::from_ref(&sha256)).await, json!({"known": [sha256], "begun": []}));
    assert_eq!(community.app.blobs.get(&sha256).await.expect("a file"), bytes);
    assert_eq!(n_pieces(&community).await, 1);
    round(&community).await;
    assert_eq!(n_pieces(&community).await, 0);
    assert_eq!(community.app.db.read(uploads::held_hashes).await.expect("read"), [sha256]);
}

#[tokio::test]
async fn abilities_are_told_and_old_ways_around_proxies_work() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let answer = sender.ask(sender.person.request("OPTIONS", "/api/v1/uploads"), Body::empty()).await;
    assert_eq!(answer.status, 204);
    assert_eq!(header_of(&answer, "tus-version"), "1.0.0");
    assert_eq!(header_of(&answer, "tus-max-size"), "10485760");
    assert!(header_of(&answer, "tus-extension").contains("creation-with-upload"));
    assert_eq!(header_of(&answer, "tus-checksum-algorithm"), "sha1,sha256");

    // The first bytes with the announcement, the rest by a POST that means a PATCH.
    let bytes = file(3_000, 2);
    let request = sender.request("POST", "/api/v1/uploads").header("upload-length", bytes.len());
    let request = request.header("upload-metadata", metadata(&sha256_hex(&bytes)));
    let request = request.header(header::CONTENT_TYPE, "application/offset+octet-stream");
    let created = sender.ask(request, Body::from(bytes[..1_000].to_vec())).await;
    assert_eq!((created.status.as_u16(), offset(&created)), (201, 1_000), "{}", created.text());
    let url = header_of(&created, "location");
    let request = sender.request("POST", &url).header("x-http-method-override", "PATCH");
    let request = request.header(header::CONTENT_TYPE, "application/offset+octet-stream");
    let patched =
        sender.ask(request.header("upload-offset", 1_000), Body::from(bytes[1_000..].to_vec())).await;
    assert_eq!((patched.status.as_u16(), offset(&patched)), (204, 3_000), "{}", patched.text());
    let request = sender.request("POST", &url).header("x-http-method-override", "HEAD");
    assert_eq!(offset(&sender.ask(request, Body::empty()).await), 3_000);
    check(&sender.ask(sender.request("POST", &url), Body::empty()).await, 405, "request.method");
    let request = sender.request("POST", &url).header("x-http-method-override", "DELETE");
    assert_eq!(sender.ask(request, Body::empty()).await.status, 204);
    assert_eq!(sender.head(&url).await.status, 404);
}

#[tokio::test]
async fn every_refusal_has_its_status_and_changes_nothing() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let bytes = file(5_000, 3);
    let sha256 = sha256_hex(&bytes);
    let url = sender.begin(&bytes).await;
    check(&sender.announce(0, &sha256).await, 422, "attachment.empty");
    check(&sender.announce(10 * 1024 * 1024 + 1, &sha256).await, 413, "attachment.too_large");
    check(&sender.announce(10, &sha256.to_uppercase()).await, 400, "request.malformed");
    let nameless = sender.request("POST", "/api/v1/uploads").header("upload-length", 10);
    check(&sender.ask(nameless, Body::empty()).await, 400, "request.malformed");
    let endless = sender.request("POST", "/api/v1/uploads").header("upload-defer-length", 1);
    let endless = endless.header("upload-metadata", metadata(&sha256));
    check(&sender.ask(endless, Body::empty()).await, 400, "request.malformed");

    let unversioned = sender.person.request("PATCH", &url).header("upload-offset", 0);
    let unversioned = unversioned.header(header::CONTENT_TYPE, "application/offset+octet-stream");
    let answer = sender.ask(unversioned, Body::from("x")).await;
    check(&answer, 412, "upload.version");
    assert_eq!(header_of(&answer, "tus-version"), "1.0.0");
    let untyped = sender.request("PATCH", &url).header("upload-offset", 0);
    check(&sender.ask(untyped, Body::from("x")).await, 415, "request.malformed");
    let nowhere = sender.request("PATCH", &url);
    let nowhere = nowhere.header(header::CONTENT_TYPE, "application/offset+octet-stream");
    check(&sender.ask(nowhere, Body::from("x")).await, 400, "request.malformed");
    check(&sender.patch(&url, 1, &bytes[1..]).await, 409, "upload.offset");
    check(&sender.patch(&url, 0, &file(5_001, 3)).await, 413, "attachment.too_large");
    assert_eq!(offset(&sender.head(&url).await), 0);

    for (told, code) in [
        (format!("sha256 {}", BASE64.encode(&[7; 32])), 460),
        (format!("md5 {}", BASE64.encode(&[7; 16])), 400),
        ("sha256".to_owned(), 400),
    ] {
        let request = sender.patch_request(&url, 0).header("upload-checksum", told);
        let answer = sender.ask(request, Body::from(bytes[..100].to_vec())).await;
        assert_eq!(answer.status, code, "{}", answer.text());
        assert_eq!(offset(&sender.head(&url).await), 0);
    }
    for (algorithm, from) in [(&ring::digest::SHA256, 0), (&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, 100)] {
        let piece = &bytes[from..from + 100];
        let name = if from == 0 { "sha256" } else { "sha1" };
        let told = format!("{name} {}", BASE64.encode(ring::digest::digest(algorithm, piece).as_ref()));
        let request = sender.patch_request(&url, from as i64).header("upload-checksum", told);
        let answer = sender.ask(request, Body::from(piece.to_vec())).await;
        assert_eq!((answer.status.as_u16(), offset(&answer)), (204, from as i64 + 100), "{}", answer.text());
    }

    // Somebody else's does not exist, and without the token nothing is changed.
    let other = Sender::new(&community, "v02").await;
    check(&other.patch(&url, 200, &bytes[200..]).await, 404, "not_found");
    assert_eq!(other.head(&url).await.status, 404);
    assert_eq!(other.ask(other.request("DELETE", &url), Body::empty()).await.status, 404);
    assert_eq!(other.known(std::slice::from_ref(&sha256)).await, json!({"known": [], "begun": []}));
    let mut forged = Sender { person: sender.person.clone() };
    forged.person.csrf = "0".repeat(32);
    assert_eq!(forged.patch(&url, 200, &bytes[200..]).await.problem().1, "auth.csrf");
    assert_eq!(offset(&sender.head(&url).await), 200);

    assert_eq!(sender.ask(sender.request("DELETE", &url), Body::empty()).await.status, 204);
    check(&sender.patch(&url, 200, &bytes[200..]).await, 404, "not_found");
}

#[tokio::test]
async fn a_file_that_is_another_than_announced_is_gone() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let (announced, sent) = (file(2_000, 4), file(2_000, 5));
    let url = sender.begin(&announced).await;
    assert_eq!(sender.patch(&url, 0, &sent[..1_500]).await.status, 204);
    check(&sender.patch(&url, 1_500, &sent[1_500..]).await, 460, "upload.checksum");
    assert_eq!(sender.head(&url).await.status, 404);
    for bytes in [&announced, &sent] {
        assert!(!community.app.blobs.has(&sha256_hex(bytes)).await.expect("looked"));
    }
    round(&community).await;
    assert_eq!(n_pieces(&community).await, 0);
    sender.send(&announced).await;
}

#[tokio::test]
async fn what_arrived_before_a_break_is_kept_and_a_hanging_request_gives_way() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let bytes = file(9_000, 6);
    let url = sender.begin(&bytes).await;
    let breaks = |bytes: &[u8]| {
        let pieces = [Ok(Bytes::copy_from_slice(bytes)), Err(std::io::Error::other("gone"))];
        Body::from_stream(stream::iter(pieces))
    };
    let answer = sender.ask(sender.patch_request(&url, 0), breaks(&bytes[..4_000])).await;
    check(&answer, 408, "request.timeout");
    assert_eq!(offset(&sender.head(&url).await), 4_000);
    // With a checksum it is all or nothing.
    let told = format!("sha256 {}", BASE64.encode(ring::digest::digest(&ring::digest::SHA256, b"").as_ref()));
    let request = sender.patch_request(&url, 4_000).header("upload-checksum", told);
    check(&sender.ask(request, breaks(&bytes[4_000..5_000])).await, 408, "request.timeout");
    assert_eq!(offset(&sender.head(&url).await), 4_000);

    // One that brings bytes and then hangs, as a phone that left the network does.
    let (hanging, has_started) = hang(&sender, &url, 4_000, &bytes[4_000..6_000]);
    has_started.await.expect("reached");
    check(&sender.patch(&url, 4_000, &bytes[4_000..]).await, 423, "upload.locked");
    let told = tokio::time::timeout(Duration::from_secs(20), sender.head(&url)).await.expect("no waiting");
    assert_eq!(offset(&told), 6_000, "what the hanging one had brought is kept");
    check(&hanging.await.expect("an answer"), 423, "upload.locked");

    // A browser sends the same request again by itself, before anybody heard of the break.
    let (hanging, has_started) = hang(&sender, &url, 6_000, &bytes[6_000..7_500]);
    has_started.await.expect("reached");
    check(&sender.patch(&url, 7_000, &bytes[7_000..]).await, 423, "upload.locked");
    tokio::time::sleep(Duration::from_millis(250)).await;
    let again = sender.patch(&url, 6_000, &bytes[6_000..8_000]).await;
    assert_eq!((again.status.as_u16(), offset(&again)), (204, 8_000), "{}", again.text());
    check(&hanging.await.expect("an answer"), 423, "upload.locked");
    check(&sender.patch(&url, 6_000, &bytes[6_000..]).await, 409, "upload.offset");
    assert_eq!(sender.patch(&url, 8_000, &bytes[8_000..]).await.status, 204);
    assert_eq!(community.app.blobs.get(&sha256_hex(&bytes)).await.expect("whole"), bytes);
}

/// Sends a request that brings bytes and then hangs; tells when the bytes are there.
fn hang(
    sender: &Sender,
    url: &str,
    offset: i64,
    bytes: &[u8],
) -> (JoinHandle<Answer>, oneshot::Receiver<()>) {
    let (started, has_started) = oneshot::channel();
    let first = stream::once(std::future::ready(Ok::<_, Infallible>(Bytes::copy_from_slice(bytes))));
    let hangs = first.chain(stream::once(async move {
        let _ = started.send(());
        std::future::pending::<Result<Bytes, Infallible>>().await
    }));
    let request = sender.patch_request(url, offset).body(Body::from_stream(hangs)).expect("a request");
    let person = sender.person.clone();
    (tokio::spawn(async move { person.send(request).await }), has_started)
}

#[tokio::test]
async fn of_eight_at_once_one_wins_and_nothing_is_there_twice() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let bytes = file(50_000, 7);
    let url = sender.begin(&bytes).await;
    let all = (0..8).map(|_| sender.patch(&url, 0, &bytes[..30_000]));
    let answers = futures_util::future::join_all(all).await;
    let mut statuses: Vec<u16> = answers.iter().map(|it| it.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 204);
    assert!(statuses[1..].iter().all(|it| [409, 423].contains(it)), "{statuses:?}");
    assert_eq!(sender.patch(&url, 30_000, &bytes[30_000..]).await.status, 204);
    assert_eq!(community.app.blobs.get(&sha256_hex(&bytes)).await.expect("whole"), bytes);
}

#[tokio::test]
async fn a_process_that_dies_in_between_never_told_too_much() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let bytes = file(6_000, 8);
    let sha256 = sha256_hex(&bytes);
    let url = sender.begin(&bytes).await;
    let id = id_of(&url);
    // It died after a piece was on disk and before the row was moved on.
    community.app.blobs.put_piece(&id, "0-from-before", &bytes[..5_000]).await.expect("stored");
    assert_eq!(offset(&sender.head(&url).await), 0);
    assert_eq!(sender.patch(&url, 0, &bytes[..2_000]).await.status, 204);
    // It died after the last row and before the file lay under its hash.
    community.app.blobs.put_piece(&id, "2000-last", &bytes[2_000..]).await.expect("stored");
    let piece = PieceRow { offset_bytes: 2_000, size_bytes: 4_000, name: "2000-last".to_owned() };
    let expires_at = community.now_ms() + DAY_MS;
    let moved = community.app.db.write(move |tx| uploads::append(tx, &id, &piece, expires_at)).await;
    assert!(moved.expect("written"));
    assert!(!community.app.blobs.has(&sha256).await.expect("looked"));
    assert_eq!(sender.known(std::slice::from_ref(&sha256)).await["known"], json!([sha256]));
    assert_eq!(community.app.blobs.get(&sha256).await.expect("whole"), bytes);
    round(&community).await;
    assert_eq!(n_pieces(&community).await, 0, "what the dead process left is gone too");
}

#[tokio::test]
async fn an_upload_whose_pieces_are_lost_begins_anew() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let bytes = file(3_000, 13);
    let url = sender.begin(&bytes).await;
    assert_eq!(sender.patch(&url, 0, &bytes[..2_000]).await.status, 204);
    community.app.blobs.delete_pieces(&id_of(&url)).await.expect("deleted");
    check(&sender.patch(&url, 2_000, &bytes[2_000..]).await, 404, "not_found");
    assert_eq!(sender.known(&[sha256_hex(&bytes)]).await, json!({"known": [], "begun": []}));
    sender.send(&bytes).await;
}

#[tokio::test]
async fn an_announcement_whose_answer_was_lost_is_the_same_upload() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let bytes = file(100, 9);
    let first = sender.begin(&bytes).await;
    assert_eq!(sender.begin(&bytes).await, first);
    assert_eq!(sender.patch(&first, 0, &bytes[..1]).await.status, 204);
    assert_ne!(sender.begin(&bytes).await, first, "a client that knows of no upload begins at the start");
}

#[tokio::test]
async fn an_account_has_so_many_uploads_and_bytes_and_no_more() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    for n in 0..MAX_OPEN as usize {
        let answer = sender.announce(10, &sha256_hex(&[n as u8])).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let answer = sender.announce(10, &sha256_hex(b"one more")).await;
    check(&answer, 429, "upload.quota");
    assert_eq!(header_of(&answer, "retry-after"), "300");
    let other = Sender::new(&community, "v02").await;
    for n in 0..51_u8 {
        assert_eq!(other.announce(10 * 1024 * 1024, &sha256_hex(&[n])).await.status, 201, "{n}");
    }
    check(&other.announce(10 * 1024 * 1024, &sha256_hex(b"one more")).await, 429, "upload.quota");
    // Time makes room.
    community.pass(KEPT_MS);
    round(&community).await;
    assert_eq!(sender.announce(10, &sha256_hex(b"one more")).await.status, 201);
}

#[tokio::test]
async fn uploads_that_nobody_goes_on_with_are_swept_with_all_their_bytes() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let (half, whole, young) = (file(4_000, 10), file(4_000, 11), file(4_000, 12));
    let url = sender.begin(&half).await;
    assert_eq!(sender.patch(&url, 0, &half[..3_000]).await.status, 204);
    sender.send(&whole).await;
    community.pass(KEPT_MS - DAY_MS);
    let young_url = sender.begin(&young).await;
    assert_eq!(sender.patch(&young_url, 0, &young[..3_000]).await.status, 204);
    round(&community).await;
    assert_eq!(offset(&sender.head(&url).await), 3_000);
    community.pass(DAY_MS);
    assert_eq!(sender.head(&url).await.status, 410);
    check(&sender.patch(&url, 3_000, &half[3_000..]).await, 410, "upload.expired");
    assert_eq!(
        sender.known(&[sha256_hex(&half), sha256_hex(&whole)]).await,
        json!({"known": [], "begun": []})
    );
    // Stray pieces of an upload that nobody knows go once a day.
    community.app.blobs.put_piece("0123456789abcdef", "0-stray", b"stray").await.expect("stored");
    round(&community).await;
    assert_eq!(sender.head(&url).await.status, 404);
    assert_eq!(n_pieces(&community).await, 1, "of the young one");
    assert!(!community.app.blobs.has(&sha256_hex(&whole)).await.expect("looked"));
    assert_eq!(offset(&sender.head(&young_url).await), 3_000);
}

#[tokio::test]
async fn questions_are_bounded() {
    let community = Community::new().await;
    let sender = Sender::new(&community, "v01").await;
    let ask = async |hashes: Vec<String>| {
        sender.person.post("/api/v1/uploads/known", &json!({"sha256": hashes})).await.problem()
    };
    assert_eq!(ask(vec!["no hash".to_owned()]).await, (400, "request.malformed".to_owned()));
    assert_eq!(ask(vec!["0".repeat(64); 201]).await, (422, "request.invalid".to_owned()));
}
