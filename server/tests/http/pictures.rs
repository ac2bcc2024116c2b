//! Pictures after their visit has its receipt: what is found on each kind, where else it was used, and what the desk
//! hands out.

use std::io::{Cursor, Write as _};

use doorstep::blob::hashes::sha256_hex;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::community::{Community, DAY_MS, Person};
use crate::visit::{CERTIFIED, Visit, fill, text};

const PROGRESSIVE: &[u8] = include_bytes!("../pictures/progressive.jpg");
const CMYK: &[u8] = include_bytes!("../pictures/cmyk.jpg");
const TURNED: &[u8] = include_bytes!("../pictures/turned.jpg");
const SIXTEEN_BITS: &[u8] = include_bytes!("../pictures/sixteen_bits.png");
const MOVING_PNG: &[u8] = include_bytes!("../pictures/moving.png");
const MOVING_WEBP: &[u8] = include_bytes!("../pictures/moving.webp");
const MOVING_GIF: &[u8] = include_bytes!("../pictures/moving.gif");

struct Desk {
    community: Community,
    volunteer: Person,
    supervisor: Person,
    tasks: Vec<Value>,
}

/// A stored visit as the desk sees it.
struct Seen {
    id: String,
    detail: Value,
}

impl Desk {
    async fn new() -> Desk {
        let community = Community::new().await;
        let (volunteer, supervisor) = (community.person("v01").await, community.person("supervisor").await);
        let is_certification = |it: &Value| it["form_id"] == "doorstep_certification";
        let tasks = volunteer.tasks().await.into_iter().filter(is_certification).collect();
        Desk { community, volunteer, supervisor, tasks }
    }

    /// Sends a visit for a task with this photo, lets the server look at it, and reads it.
    async fn visit(&self, task: usize, photo: &[u8]) -> Seen {
        self.community.pass(1000);
        let visit = fill(&self.community, &self.volunteer, &self.tasks[task], CERTIFIED).await;
        self.seen(visit, photo).await
    }

    /// Sends a report that is about no row of a list yet with this photo, and does the same.
    async fn wish(&self, photo: &[u8]) -> Seen {
        self.community.pass(1000);
        let wish = json!({"id": "", "form_id": "wish_intake", "id_masked": "", "prefill": []});
        let residents = self.volunteer.get("/api/v1/lists/residents.csv").await.text();
        let resident = residents.lines().nth(1).and_then(|it| it.split(',').next()).expect("a resident");
        let answers = [
            ("resident", resident),
            ("who", "elder"),
            ("public_name", "yes"),
            ("kind", "goods"),
            ("wish", "一根拐杖"),
            ("photo", "wish.jpg"),
        ];
        let visit = fill(&self.community, &self.volunteer, &wish, &answers).await;
        self.seen(visit, photo).await
    }

    async fn seen(&self, mut visit: Visit, photo: &[u8]) -> Seen {
        visit.files[0].1 = photo.to_vec();
        let answer = visit.send(&self.volunteer).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        self.look().await;
        let newest = self.supervisor.get("/api/v1/desk/submissions?limit=1").await.json();
        self.read(&text(&newest["items"][0], "id")).await
    }

    async fn look(&self) {
        doorstep::jobs::round(&self.community.app).await.expect("a round");
    }

    async fn read(&self, id: &str) -> Seen {
        let detail = self.supervisor.get(&format!("/api/v1/desk/submissions/{id}")).await.json();
        Seen { id: id.to_owned(), detail }
    }
}

impl Seen {
    fn photo(&self) -> &Value {
        let files = self.detail["attachments"].as_array().expect("files");
        files.iter().find(|it| it["kind"] == "photo").expect("a photo")
    }

    fn path(&self) -> String {
        format!("/api/v1/desk/submissions/{}/attachments/{}", self.id, text(self.photo(), "name"))
    }

    /// Codes of the flags that stand at the photo's answer.
    fn codes(&self) -> Vec<String> {
        let answers = self.detail["answers"].as_array().expect("answers");
        let answer = answers.iter().find(|it| it["value"] == self.photo()["name"]).expect("an answer");
        let flags = self.detail["flags"].as_array().expect("flags");
        let here = flags.iter().filter(|it| it["reference"] == answer["reference"]);
        here.map(|it| text(it, "code")).collect()
    }
}

/// A photo of a room: shapes with edges, of middling light; each seed gives another one.
pub fn room(seed: u32) -> RgbImage {
    let mut picture = RgbImage::from_pixel(800, 600, Rgb([150, 140, 120]));
    let mut state = seed.wrapping_mul(2_654_435_761).max(1);
    let mut next = |below: u32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state % below
    };
    for _ in 0..40 {
        let (left, top) = (next(760), next(560));
        let (width, height) = (20 + next(220), 20 + next(220));
        let colour = Rgb([next(256) as u8, next(256) as u8, next(256) as u8]);
        for y in top..(top + height).min(600) {
            for x in left..(left + width).min(800) {
                picture.put_pixel(x, y, colour);
            }
        }
    }
    picture
}

pub fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
    picture.write_with_encoder(encoder).expect("an encoder");
    bytes
}

fn png(picture: RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut bytes, ImageFormat::Png).expect("an encoder");
    bytes.into_inner()
}

#[tokio::test]
async fn a_good_photo_is_looked_at_and_nothing_is_said() {
    let desk = Desk::new().await;
    let seen = desk.visit(0, &jpeg(&room(1), 85)).await;
    assert_eq!(seen.codes(), [""; 0]);
    let picture = &seen.photo()["picture"];
    assert_eq!(picture["looked_at"], desk.community.now_ms());
    assert!(picture["sharpness"].as_i64().is_some_and(|it| it > 250), "{picture}");
    assert!(picture["brightness"].as_i64().is_some_and(|it| (60..200).contains(&it)), "{picture}");
    assert_eq!(text(picture, "likeness").len(), 16);
    assert_eq!(
        (&picture["matches"], &picture["extras"], &picture["note"]),
        (&json!([]), &json!([]), &Value::Null)
    );
    desk.look().await;
    assert_eq!(desk.read(&seen.id).await.detail["flags"], seen.detail["flags"], "twice is as good as once");
}

#[tokio::test]
async fn each_kind_of_picture_has_its_code() {
    let desk = Desk::new().await;
    let whole = jpeg(&room(2), 85);
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("a.txt", zip::write::SimpleFileOptions::default()).expect("an entry");
    archive.write_all(b"hidden").expect("written");
    let archive = archive.finish().expect("an archive").into_inner();
    let middle = whole.len() / 2;
    let cut = [&whole[..middle], &whole[whole.len() - 2..]].concat();
    let mut lying = whole.clone();
    let frame = lying.windows(2).position(|it| it == [0xFF, 0xC0]).expect("a frame");
    lying[frame + 5..frame + 9].copy_from_slice(&[0x10, 0, 0x10, 0]);
    let mut dark = room(3);
    dark.pixels_mut().for_each(|it| it.0 = it.0.map(|it| it / 8));
    let mut bright = room(3);
    bright.pixels_mut().for_each(|it| it.0 = it.0.map(|it| it.saturating_add(150)));
    let blurred = image::imageops::blur(&room(3), 8.0);
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x0Cmdat1234".to_vec();
    let kinds: Vec<(&str, Vec<u8>, &str, bool)> = vec![
        ("progressive", PROGRESSIVE.to_vec(), "photo.unusual_encoding", false),
        ("ink", CMYK.to_vec(), "photo.unusual_encoding", true),
        ("16 bits", SIXTEEN_BITS.to_vec(), "photo.unusual_encoding", true),
        ("animated PNG", MOVING_PNG.to_vec(), "photo.animated", true),
        ("animated WebP", MOVING_WEBP.to_vec(), "photo.animated", true),
        ("animated GIF", MOVING_GIF.to_vec(), "photo.animated", true),
        ("one pixel", png(RgbImage::new(1, 1)), "photo.too_small", true),
        ("a line", png(RgbImage::new(30_000, 1)), "photo.too_small", true),
        ("with an archive", [whole.as_slice(), &archive].concat(), "photo.trailing_data", true),
        ("described", TURNED.to_vec(), "photo.metadata", true),
        ("without its second half", cut, "photo.damaged", true),
        ("of another size than told", lying, "photo.damaged", true),
        ("dark", jpeg(&dark, 85), "photo.too_dark", true),
        ("bright", jpeg(&bright, 85), "photo.too_bright", true),
        ("blurred", jpeg(&blurred, 85), "photo.blurred", true),
        ("of a foreign format", heic, "photo.not_viewable", true),
    ];
    for (at, (what, bytes, code, is_told)) in kinds.into_iter().enumerate() {
        let seen = desk.visit(at % desk.tasks.len(), &bytes).await;
        assert_eq!(seen.codes().iter().any(|it| it == code), is_told, "{what}: {:?}", seen.codes());
        let flags = seen.detail["flags"].as_array().map(Vec::len);
        assert_eq!(seen.detail["n_flags"].as_u64(), flags.map(|it| it as u64), "{what}");
        let found =
            desk.supervisor.get(&format!("/api/v1/desk/submissions?flag={code}&limit=200")).await.json();
        let is_listed =
            found["items"].as_array().into_iter().flatten().any(|it| it["id"] == seen.id.as_str());
        assert_eq!(is_listed, is_told, "{what}");
    }
}

#[tokio::test]
async fn a_photo_of_another_visit_is_found_however_it_was_saved() {
    let desk = Desk::new().await;
    let room_4 = room(4);
    let first = desk.visit(0, &jpeg(&room_4, 85)).await;
    let same = desk.visit(1, &jpeg(&room_4, 85)).await;
    assert_eq!(same.codes(), ["photo.reused"]);
    let found = &same.photo()["picture"]["matches"][0];
    assert_eq!((text(found, "submission_id"), &found["is_same_file"]), (first.id.clone(), &json!(true)));
    assert_eq!(text(found, "label"), text(&first.detail, "label"));
    let smaller = image::imageops::resize(&room_4, 640, 480, image::imageops::FilterType::Triangle);
    let again = desk.visit(2, &jpeg(&smaller, 60)).await;
    assert_eq!(again.codes(), ["photo.likeness_reused"]);
    let matches = again.photo()["picture"]["matches"].as_array().expect("matches").clone();
    let ids: Vec<String> = matches.iter().map(|it| text(it, "submission_id")).collect();
    assert!(ids.contains(&first.id) && ids.contains(&same.id), "{matches:?}");
    assert!(matches.iter().all(|it| it["is_same_file"] == false && it["n_bits"].as_i64() <= Some(8)));
    assert_eq!(desk.visit(3, &jpeg(&room(5), 85)).await.codes(), [""; 0], "another room");
    assert_eq!(desk.read(&first.id).await.codes(), [""; 0], "the first one stays as it was");
}

#[tokio::test]
async fn a_corrected_visit_may_bring_its_photo_again() {
    let desk = Desk::new().await;
    let photo = jpeg(&room(6), 85);
    let first = desk.visit(0, &photo).await;
    let back = json!({"decision": "return", "reason": "电话不对"});
    let path = format!("/api/v1/desk/submissions/{}/decision", first.id);
    assert_eq!(desk.supervisor.post(&path, &back).await.status, 200);
    desk.community.pass(2 * DAY_MS);
    let desk = Desk {
        volunteer: desk.community.person("v01").await,
        supervisor: desk.community.person("supervisor").await,
        ..desk
    };
    let second = desk.visit(0, &photo).await;
    assert_eq!(second.detail["corrects_id"], first.id.as_str());
    assert_eq!(second.codes(), [""; 0]);
}

#[tokio::test]
async fn a_visit_for_another_task_does_not_correct_one_by_saying_so() {
    let desk = Desk::new().await;
    let photo = jpeg(&room(11), 85);
    let first = fill(&desk.community, &desk.volunteer, &desk.tasks[0], CERTIFIED).await;
    let corrected = first.instance_id.clone();
    let first = desk.seen(first, &photo).await;
    desk.community.pass(2 * DAY_MS);
    let (volunteer, supervisor) =
        (desk.community.person("v01").await, desk.community.person("supervisor").await);
    let desk = Desk { volunteer, supervisor, ..desk };
    let mut task = desk.tasks[0].clone();
    task["id"] = desk.tasks[1]["id"].clone();
    let mut second = fill(&desk.community, &desk.volunteer, &task, CERTIFIED).await;
    let says = format!("<deprecatedID>{corrected}</deprecatedID><instanceID>");
    second.xml = second.xml.replace("<instanceID>", &says);
    let seen = desk.seen(second, &photo).await;
    assert_eq!(seen.detail["subject"], first.detail["subject"]);
    assert_eq!(seen.codes(), ["photo.reused"]);
}

#[tokio::test]
async fn a_photo_of_another_day_or_of_somebody_else_is_found() {
    let desk = Desk::new().await;
    let photo = jpeg(&room(10), 85);
    desk.visit(0, &photo).await;
    let other = desk.community.person("v02").await;
    let desk = Desk { volunteer: other, ..desk };
    assert_eq!(
        desk.visit(0, &photo).await.codes(),
        ["photo.reused"],
        "the other of the pair, at the same door"
    );
    desk.community.pass(2 * DAY_MS);
    let (volunteer, supervisor) =
        (desk.community.person("v01").await, desk.community.person("supervisor").await);
    let desk = Desk { volunteer, supervisor, ..desk };
    assert_eq!(desk.visit(0, &photo).await.codes(), ["photo.reused"], "another day");
}

#[tokio::test]
async fn a_photo_of_another_report_is_found() {
    let desk = Desk::new().await;
    assert_eq!(desk.wish(&jpeg(&room(8), 85)).await.codes(), [""; 0]);
    assert_eq!(desk.wish(&jpeg(&room(8), 85)).await.codes(), ["photo.reused"], "on one day, by one person");
    assert_eq!(desk.wish(&jpeg(&room(8), 60)).await.codes(), ["photo.likeness_reused"]);
    assert_eq!(desk.wish(&jpeg(&room(9), 85)).await.codes(), [""; 0], "another wish");
}

#[tokio::test]
async fn two_photos_of_one_visit_that_are_alike_are_told() {
    let desk = Desk::new().await;
    let mut visit = fill(&desk.community, &desk.volunteer, &desk.tasks[0], CERTIFIED).await;
    visit.files[0].1 = jpeg(&room(7), 85);
    // Under a question that is hidden here, but kept.
    visit.xml =
        visit.xml.replace("<wrap>", "<deceased_g><death_photo>x.jpg</death_photo></deceased_g><wrap>");
    visit.files.push(("x.jpg".to_owned(), jpeg(&room(7), 70)));
    assert_eq!(visit.send(&desk.volunteer).await.status, 201);
    desk.look().await;
    let newest = desk.supervisor.get("/api/v1/desk/submissions?limit=1").await.json();
    let flags: Vec<String> = serde_json::from_value(newest["items"][0]["flags"].clone()).expect("codes");
    assert!(flags.contains(&"photo.like_another".to_owned()), "{flags:?}");
}

#[tokio::test]
async fn a_note_of_another_photo_is_told_and_one_of_this_photo_is_shown() {
    let desk = Desk::new().await;
    let photo = jpeg(&room(8), 85);
    let first = desk.visit(0, &photo).await;
    let found = first.photo()["picture"].clone();
    for (task, sharpness, expected) in [(1, found["sharpness"].as_i64(), false), (2, Some(3), true)] {
        desk.community.pass(1000);
        let mut visit = fill(&desk.community, &desk.volunteer, &desk.tasks[task], CERTIFIED).await;
        visit.files[0].1.clone_from(&photo);
        let note = json!({"kind": "photo", "taken_at_ms": 1_795_226_300_000_i64, "width": 800, "height": 600, "measure": 2,
            "sharpness": sharpness, "brightness": found["brightness"], "likeness": found["likeness"],
            "findings": ["photo.too_dark"], "reason": "屋里没有灯"});
        let name = visit.files[0].0.clone();
        visit.notes = json!({ name: note }).to_string();
        assert_eq!(visit.send(&desk.volunteer).await.status, 201);
        desk.look().await;
        let newest = desk.supervisor.get("/api/v1/desk/submissions?limit=1").await.json();
        let seen = desk.read(&text(&newest["items"][0], "id")).await;
        assert_eq!(seen.codes().contains(&"photo.note_differs".to_owned()), expected, "{:?}", seen.codes());
        let told = &seen.photo()["picture"]["note"];
        assert_eq!(told["taken_at"], 1_795_226_300_000_i64);
        assert_eq!((&told["reason"], &told["findings"]), (&json!("屋里没有灯"), &json!(["photo.too_dark"])));
    }
}

#[tokio::test]
async fn the_desk_hands_out_clean_copies_and_the_original_only_as_such() {
    let desk = Desk::new().await;
    let seen = desk.visit(0, TURNED).await;
    assert_eq!(seen.photo()["picture"]["extras"], json!(["exif", "place", "text"]));
    let holds = |bytes: &[u8], word: &str| bytes.windows(word.len()).any(|it| it == word.as_bytes());
    let copy = desk.supervisor.get(&seen.path()).await;
    assert!(!holds(&copy.bytes, "Camera") && !holds(&copy.bytes, "for nobody"));
    let upright = |bytes: &[u8]| {
        use image::ImageDecoder as _;
        let reader = image::ImageReader::new(Cursor::new(bytes)).with_guessed_format().expect("memory");
        reader.into_decoder().expect("a picture").orientation().expect("a way up")
    };
    assert_eq!(upright(&copy.bytes), upright(TURNED), "it is still shown upright");
    let small = desk.supervisor.get(&format!("{}?size=thumb", seen.path())).await;
    assert_eq!(
        image::load_from_memory(&small.bytes).map(|it| (it.width(), it.height())).ok(),
        Some((160, 120))
    );
    assert!(!holds(&small.bytes, "Exif"));
    let photos = desk.supervisor.get("/api/v1/desk/exports/photos.zip").await;
    let mut archive = zip::ZipArchive::new(Cursor::new(photos.bytes)).expect("an archive");
    assert_eq!(archive.len(), 3);
    for at in 0..archive.len() {
        let mut bytes = Vec::new();
        std::io::copy(&mut archive.by_index(at).expect("an entry"), &mut bytes).expect("read");
        assert!(!holds(&bytes, "Camera"));
    }
    let original = desk.supervisor.get(&format!("{}/original", seen.path())).await;
    assert_eq!(sha256_hex(&original.bytes), text(seen.photo(), "sha256"));
    assert_eq!(original.bytes, TURNED);
    assert_eq!(original.headers["content-disposition"], "attachment");
    let street = desk.community.person("street").await;
    assert_eq!(street.get(&seen.path()).await.status, 200);
    assert_eq!(street.get(&format!("{}/original", seen.path())).await.problem().0, 403);
    assert_eq!(desk.community.acts(&seen.id, "download original").await, 1);
    assert_eq!(desk.community.acts(&seen.id, "read attachment").await, 3);
}

/// Unpacks a zip: names and bytes.
fn unpacked(bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let n_entries = archive.len();
    let entry = |at| {
        let mut entry = archive.by_index(at).expect("an entry");
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes).expect("read");
        (entry.name().expect("a name").into_owned(), bytes)
    };
    (0..n_entries).map(entry).collect()
}

#[tokio::test]
async fn whoever_only_looks_gets_marked_copies_and_no_originals() {
    let desk = Desk::new().await;
    let described = desk.visit(0, TURNED).await;
    let seen = desk.visit(1, &jpeg(&room(9), 85)).await;
    let street = desk.community.person("street").await;
    let path = |seen: &Seen, name: &str| format!("/api/v1/desk/submissions/{}/{name}.zip", seen.id);
    let forbidden = (403, "auth.forbidden".to_owned());
    assert_eq!(street.get(&path(&seen, "evidence")).await.problem(), forbidden);
    let answer = street.get(&path(&seen, "copies")).await;
    let receipt = text(&seen.detail, "receipt_number");
    assert!(
        answer.headers["content-disposition"]
            .to_str()
            .is_ok_and(|it| it.contains(&format!("{receipt}-copies")))
    );
    let copies = unpacked(answer.bytes);
    assert_eq!(copies.len(), 3, "a photo and two signatures");
    assert!(copies.iter().all(|(name, _)| name.starts_with(&receipt) && name.ends_with(".jpg")));
    let copy = image::load_from_memory(&copies[0].1).expect("a JPEG").to_rgb8();
    assert_eq!(copy.dimensions(), (800, 600));
    let light = |picture: &RgbImage, rows: std::ops::Range<u32>| -> f64 {
        let sum: f64 = rows
            .clone()
            .flat_map(|y| (0..800).map(move |x| (x, y)))
            .map(|(x, y)| f64::from(picture.get_pixel(x, y).0[1]))
            .sum();
        sum / f64::from(rows.len() as u32 * 800)
    };
    let whole = room(9);
    assert!((light(&copy, 0..500) - light(&whole, 0..500)).abs() < 3.0, "the picture is as it was");
    assert!(light(&copy, 530..600) < light(&whole, 530..600) * 0.7, "but for the mark");
    let holds = |bytes: &[u8], word: &str| bytes.windows(word.len()).any(|it| it == word.as_bytes());
    for (_, bytes) in unpacked(street.get(&path(&described, "copies")).await.bytes) {
        assert!(!holds(&bytes, "Camera") && !holds(&bytes, "for nobody") && !holds(&bytes, "Exif"));
    }
    // What is looked at large has the mark as well, one by one and in an export.
    let large = image::load_from_memory(&street.get(&seen.path()).await.bytes).expect("a JPEG").to_rgb8();
    assert_eq!(large.dimensions(), (800, 600));
    assert!(light(&large, 530..600) < light(&whole, 530..600) * 0.7, "with the mark");
    let clean = image::load_from_memory(&desk.supervisor.get(&seen.path()).await.bytes).expect("a JPEG");
    assert!(
        (light(&clean.to_rgb8(), 530..600) - light(&whole, 530..600)).abs() < 3.0,
        "who decides sees all"
    );
    let exported = unpacked(street.get("/api/v1/desk/exports/photos.zip").await.bytes);
    assert_eq!(exported.len(), 6);
    let drawn = |(name, bytes): &(String, Vec<u8>)| {
        assert!(name.ends_with(".jpg"), "{name}");
        image::load_from_memory(bytes).expect("a JPEG").to_rgb8()
    };
    let of_visit = exported.iter().filter(|(name, _)| name.contains(&receipt)).map(drawn);
    let photos: Vec<RgbImage> = of_visit.filter(|it| it.dimensions() == (800, 600)).collect();
    assert_eq!(photos.len(), 1, "the others are signatures");
    assert!(light(&photos[0], 530..600) < light(&whole, 530..600) * 0.7, "with the mark");
    // Two people's copies differ by their mark.
    let theirs = unpacked(desk.supervisor.get(&path(&seen, "copies")).await.bytes);
    assert_ne!(theirs[0].1, copies[0].1);
    assert_eq!(desk.supervisor.get(&path(&seen, "evidence")).await.status, 200);
    assert_eq!(
        street.get("/api/v1/desk/submissions/none/copies.zip").await.problem(),
        (404, "not_found".to_owned())
    );
    assert_eq!(desk.community.acts(&seen.id, "export copies").await, 2);
    assert_eq!(desk.community.acts(&seen.id, "export submission").await, 1);
    assert_eq!(desk.community.acts(&described.id, "export copies").await, 1);
}

#[tokio::test]
async fn what_cannot_be_cleaned_is_only_to_be_had_as_it_is() {
    let desk = Desk::new().await;
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x0Cmdat1234";
    let seen = desk.visit(0, heic).await;
    assert_eq!(desk.supervisor.get(&seen.path()).await.problem(), (409, "attachment.no_copy".to_owned()));
    let original = desk.supervisor.get(&format!("{}/original", seen.path())).await;
    assert_eq!(original.bytes, heic);
}
