//! Visits as a phone makes them: the form filled in by the engine, sealed, and sent in parts.

use std::io::Cursor;
use std::sync::Arc;

use doorstep::blob::hashes::sha256_hex;
use serde_json::Value;
use wasm_forms::evidence::binding::Binding;
use wasm_forms::evidence::strokes::{Drawn, Strokes};
use wasm_forms::{Env, Form, Lists, Session, Table};

use crate::community::{Answer, Community, Person};
use crate::phone::{Phone, Place};

/// A finished visit.
#[derive(Clone, Debug)]
pub struct Visit {
    pub xml: String,
    pub instance_id: String,
    pub task_id: String,
    pub files: Vec<(String, Vec<u8>)>,
    /// What the phone noted of its files, JSON.
    pub notes: String,
    /// The phone; a new one for each visit, so that each begins a chain of its own.
    pub phone: Phone,
}

/// Answers of a visit where nobody opened.
pub const ABSENT: &[(&str, &str)] = &[
    ("companions", "王小虎"),
    ("badge", "yes"),
    ("meet", "absent"),
    ("absent_why", "no_answer"),
    ("neighbour_asked", "yes"),
    ("slip_left", "yes"),
    ("next_visit", "2026-11-28"),
];

/// Answers of a visit that was not wanted: a supervisor looks at it.
pub const REFUSED: &[(&str, &str)] = &[
    ("companions", "王小虎"),
    ("badge", "yes"),
    ("meet", "refused"),
    ("refuse_why", "busy"),
    ("card_left", "yes"),
    ("next_visit", "2026-11-28"),
];

/// Answers of a visit that certifies, with a new telephone; `id_tail` comes from the register.
pub const CERTIFIED: &[(&str, &str)] = &[
    ("companions", "王小虎"),
    ("badge", "yes"),
    ("meet", "met"),
    ("consent", "agree"),
    ("consent_photo", "agree"),
    ("id_doc", "resident_id"),
    ("id_tail", "$id_last4"),
    ("name_ok", "same"),
    ("birth_ok", "same"),
    ("phone_ok", "changed"),
    ("phone_new", "15400000000"),
    ("addr_ok", "same"),
    ("benefit_ok", "same"),
    ("kin_ok", "same"),
    ("selfcare", "partial"),
    ("living", "alone"),
    ("needs", "none"),
    ("helper_kind", "nobody"),
    ("challenge_result", "said"),
    ("photo_face", "face.jpg"),
    ("sign_method", "self"),
    ("sign_resident", "resident.strokes"),
    ("sign_volunteer", "volunteer.strokes"),
    ("card_left", "yes"),
    ("next_way", "doorstep"),
];

/// Fills in the form of a task as its phone would, with the phone's lists, at the community's clock.
pub async fn fill(community: &Community, person: &Person, task: &Value, answers: &[(&str, &str)]) -> Visit {
    fill_at(community.now_ms(), person, task, answers).await
}

/// Fills in the form by a phone's own clock.
pub async fn fill_at(now: i64, person: &Person, task: &Value, answers: &[(&str, &str)]) -> Visit {
    let forms = person.get("/api/v1/forms").await.json();
    let forms = forms.as_array().expect("forms");
    let offered =
        forms.iter().find(|it| it["form_id"] == task["form_id"]).expect("the task's form is offered");
    let path = format!("/api/v1/forms/{}/{}/xform", text(offered, "form_id"), text(offered, "version"));
    let form = Arc::new(Form::compile(person.get(&path).await.text()).expect("a form"));
    let mut lists = Lists::new();
    for (instance_id, file_name) in form.lists() {
        let csv = person.get(&format!("/api/v1/lists/{file_name}")).await.text();
        lists.insert(instance_id.to_owned(), Arc::new(Table::from_csv(&csv).expect("a list")));
    }
    let lists = Arc::new(lists);
    let prefill: Vec<(String, String)> = serde_json::from_value(task["prefill"].clone()).expect("pairs");
    let seed = u64::from_be_bytes(uuid_bytes());
    let env = Env { now_ms: now, offset_min: 480, seed, ..Env::default() };
    let mut session = Session::open(&form, &lists, env, &prefill);
    let id_last4 =
        text(task, "id_masked").chars().rev().take(4).collect::<String>().chars().rev().collect::<String>();
    for (name, value) in answers {
        let value = if *value == "$id_last4" { id_last4.as_str() } else { value };
        let view = session.view();
        let node =
            view.nodes.iter().find(|it| it.name == *name).unwrap_or_else(|| panic!("no question {name}"));
        session.answer(node.id, value, now).expect("a question");
    }
    let signed: Vec<(String, Vec<u8>)> = answers
        .iter()
        .filter(|(_, value)| value.ends_with(".strokes"))
        .map(|(name, value)| {
            let view = session.view();
            let node = view.nodes.iter().find(|it| it.name == *name).expect("answered above");
            ((*value).to_owned(), signature(value, now, session.binding(node.id)))
        })
        .collect();
    let finished = session.finish(now + 60_000).unwrap_or_else(|it| panic!("cannot finish: {it:#?}"));
    let bytes = |name: &String| {
        let strokes = signed.iter().find(|(it, _)| it == name).map(|(_, bytes)| bytes.clone());
        strokes.unwrap_or_else(|| picture(name))
    };
    let files = finished.attachments.iter().map(|name| (name.clone(), bytes(name))).collect();
    Visit {
        xml: finished.xml,
        instance_id: finished.instance_id,
        task_id: text(task, "id"),
        files,
        notes: String::new(),
        phone: Phone::new(),
    }
}

impl Visit {
    pub fn hashes(&self) -> Vec<(String, String)> {
        self.files.iter().map(|(name, bytes)| (name.clone(), sha256_hex(bytes))).collect()
    }

    /// Seals the visit as the first of its phone.
    pub fn seal(&self) -> Value {
        self.phone.seal(self, Place::default())
    }

    /// Sends the visit with its seal from its phone, enrolled before.
    pub async fn send(&self, person: &Person) -> Answer {
        self.phone.enrol(person).await;
        self.send_sealed(person, Some(self.seal().to_string())).await
    }

    pub async fn send_sealed(&self, person: &Person, seal: Option<String>) -> Answer {
        let mut parts = vec![(
            "xml_submission_file".to_owned(),
            Some("submission.xml".to_owned()),
            self.xml.clone().into(),
        )];
        parts.extend(seal.map(|it| ("seal".to_owned(), None, it.into_bytes())));
        parts.push(("task_id".to_owned(), None, self.task_id.clone().into()));
        if !self.notes.is_empty() {
            parts.push(("notes".to_owned(), None, self.notes.clone().into()));
        }
        parts
            .extend(self.files.iter().map(|(name, bytes)| (name.clone(), Some(name.clone()), bytes.clone())));
        person.upload("/api/v1/submissions", &parts).await
    }
}

/// The strokes of a name written in waves; each name of a file gives another one.
pub fn signature(name: &str, now: i64, binding: Option<Binding>) -> Vec<u8> {
    let slant = f64::from(name.bytes().fold(7u8, u8::wrapping_add) % 16);
    let point = |it: u32| {
        let at = f64::from(it);
        [20.0 + 4.0 * at, 90.0 + 40.0 * (at / 4.0).sin() + slant, 0.5, 10.0 * at]
    };
    let points: Vec<f64> = (0..60).flat_map(point).collect();
    strokes(&[40, 20], &points, now, binding)
}

/// A file of strokes.
pub fn strokes(lengths: &[u32], points: &[f64], now: i64, binding: Option<Binding>) -> Vec<u8> {
    let drawn = Drawn { size: [330.0, 200.0], started_at_ms: now as f64, lengths, points };
    Strokes::drawn(drawn, binding).expect("a drawing").encode()
}

/// A small picture of the kind that a name says; each name gives another one.
pub fn picture(name: &str) -> Vec<u8> {
    let shade = name.bytes().fold(7u8, u8::wrapping_add);
    let pixels = image::RgbImage::from_fn(96, 64, |x, y| image::Rgb([x as u8, y as u8, shade]));
    let format = if name.ends_with(".png") { image::ImageFormat::Png } else { image::ImageFormat::Jpeg };
    let mut bytes = Cursor::new(Vec::new());
    image::DynamicImage::from(pixels).write_to(&mut bytes, format).expect("an encoder");
    bytes.into_inner()
}

/// A picture of a few bytes that says it has 60,000 pixels in both directions.
pub fn pixel_bomb() -> Vec<u8> {
    let mut bomb = picture("bomb.png");
    bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    let crc = !bomb[12..29].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    });
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    bomb
}

pub fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

/// Eight bytes that no other visit of this process has: instance ids must differ.
fn uuid_bytes() -> [u8; 8] {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_be_bytes()
}
