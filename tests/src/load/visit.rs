//! One visit as a phone sends it: document, two photos, seal, multipart body.

use anyhow::Result;
use jiff::{Span, Timestamp, Zoned, tz::TimeZone};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::photo;

/// The form that is filled in.
pub const FORM: &str = "doorstep_certification";
/// The files a visit brings, in the order of their names.
pub const PHOTOS: [&str; 2] = ["photo_face.jpg", "photo_together.jpg"];
const CYCLE_MONTHS: i16 = 12;
const TEMPLATE: &str = include_str!("visit.xml");

/// A row of the phone's list; the columns that the form copies.
#[derive(Debug, Deserialize)]
pub struct Resident {
    name: String,
    full_name: String,
    sex: String,
    birth_date: String,
    id_masked: String,
    id_last4: String,
    phone: String,
    address: String,
    benefit_kind: String,
    cert_status: String,
    cert_last: String,
    cert_due: String,
    cert_cycle_months: String,
    living_alone: String,
    selfcare: String,
    guardian_name: String,
    guardian_phone: String,
    care_note: String,
}

/// A photo and its hash.
#[derive(Debug)]
pub struct Photo {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub sha256: String,
}

/// A visit ready to be sent.
#[derive(Debug)]
pub struct Visit {
    pub instance_id: String,
    xml: String,
    pub photos: Vec<Photo>,
    seal: String,
}

impl Visit {
    /// Makes a visit that has just ended, to a resident who was met and is well.
    pub fn about(resident: &Resident, version: &str) -> Result<Visit> {
        Visit::with(resident, version, &PHOTOS, |_| photo::jpeg())
    }

    /// Makes such a visit whose photos were forgotten: its document is all there is, and is flagged for it.
    pub fn alone(resident: &Resident, version: &str) -> Result<Visit> {
        Visit::with(resident, version, &[], |_| photo::jpeg())
    }

    /// Makes such a visit in no time: its photos are files of their own that show the same.
    pub fn quick(resident: &Resident, version: &str) -> Result<Visit> {
        let mark = Uuid::new_v4().to_string();
        Visit::with(resident, version, &PHOTOS, |name| photo::marked(&format!("{mark} {name}")))
    }

    fn with(
        resident: &Resident,
        version: &str,
        names: &[&'static str],
        mut take: impl FnMut(&str) -> Result<Vec<u8>>,
    ) -> Result<Visit> {
        let now = Timestamp::now();
        let instance_id = format!("uuid:{}", Uuid::new_v4());
        let here = now.to_zoned(TimeZone::fixed(jiff::tz::offset(8)));
        let xml = document(resident, version, &instance_id, names, &here);
        let mut photo = |name: &&'static str| -> Result<Photo> {
            let bytes = take(name)?;
            Ok(Photo { name, sha256: sha256_hex(&bytes), bytes })
        };
        let photos = names.iter().map(&mut photo).collect::<Result<Vec<Photo>>>()?;
        let seal = seal(&xml, &instance_id, &photos, now.as_millisecond());
        Ok(Visit { instance_id, xml, photos, seal })
    }

    /// Returns the content type and the bytes of the request's body.
    pub fn body(&self) -> (String, Vec<u8>) {
        let photos = self.photos.iter().map(|it| (it.name, "image/jpeg", it.bytes.as_slice()));
        self.multipart(photos)
    }

    /// Returns the same for a visit whose photos were sent before.
    pub fn body_without_photos(&self) -> (String, Vec<u8>) {
        let sent = self.photos.iter().map(|it| json!({"name": it.name, "sha256": it.sha256}));
        let sent = json!(sent.collect::<Vec<_>>()).to_string();
        self.multipart(std::iter::once(("uploaded", "application/json", sent.as_bytes())))
    }

    fn multipart<'a>(
        &'a self,
        more: impl Iterator<Item = (&'a str, &'a str, &'a [u8])>,
    ) -> (String, Vec<u8>) {
        let boundary = format!("doorstep-{}", Uuid::new_v4().simple());
        let own: [(&str, &str, &[u8]); 2] = [
            ("xml_submission_file", "text/xml", self.xml.as_bytes()),
            ("seal", "application/json", self.seal.as_bytes()),
        ];
        let mut body = Vec::new();
        for (name, media_type, bytes) in own.into_iter().chain(more) {
            let head = format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\
                 content-type: {media_type}\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={boundary}"), body)
    }
}

/// Seals as the contract describes it, with nothing of the server's: phones of another make must be able to.
fn seal(xml: &str, instance_id: &str, photos: &[Photo], device_time_ms: i64) -> String {
    let xml_sha256 = sha256_hex(xml.as_bytes());
    let mut canonical = format!("doorstep-seal 1\nsubmission {xml_sha256}\n");
    for Photo { name, sha256, .. } in photos {
        canonical += &format!("attachment {sha256} {} {name}\n", name.len());
    }
    json!({
        "version": 1,
        "instance_id": instance_id,
        "xml_sha256": xml_sha256,
        "attachments": photos.iter().map(|photo| (photo.name, &photo.sha256)).collect::<Vec<_>>(),
        "digest": sha256_hex(canonical.as_bytes()),
        "device_time_ms": device_time_ms,
        "device_id": "bench",
    })
    .to_string()
}

fn document(resident: &Resident, version: &str, instance_id: &str, photos: &[&str], now: &Zoned) -> String {
    let today = now.date();
    let day =
        |months: i16, days: i32| today.saturating_add(Span::new().months(months).days(days)).to_string();
    let time = |minutes_ago: i64| {
        let then = now.saturating_sub(Span::new().minutes(minutes_ago));
        then.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    };
    let due_m = i32::from(today.year()) * 12 + i32::from(today.month()) - 1 + i32::from(CYCLE_MONTHS);
    let photo = |name: &str| photos.iter().find(|it| **it == name).copied().unwrap_or_default().to_owned();
    let fields: [(&str, String); 33] = [
        ("version", version.to_owned()),
        ("instance_id", instance_id.to_owned()),
        ("start", time(10)),
        ("end", time(0)),
        ("visit_time", time(9)),
        ("today", today.to_string()),
        ("resident", resident.name.clone()),
        ("full_name", resident.full_name.clone()),
        ("sex", resident.sex.clone()),
        ("birth_date", resident.birth_date.clone()),
        ("id_masked", resident.id_masked.clone()),
        ("id_last4", resident.id_last4.clone()),
        ("phone", resident.phone.clone()),
        ("address", resident.address.clone()),
        ("benefit_kind", resident.benefit_kind.clone()),
        ("benefit_label", benefit_label(&resident.benefit_kind).to_owned()),
        ("cert_status", resident.cert_status.clone()),
        ("cert_last", resident.cert_last.clone()),
        ("cert_due", resident.cert_due.clone()),
        ("cert_cycle_months", resident.cert_cycle_months.clone()),
        ("living_alone", resident.living_alone.clone()),
        ("selfcare", resident.selfcare.clone()),
        ("guardian_name", resident.guardian_name.clone()),
        ("guardian_phone", resident.guardian_phone.clone()),
        ("care_note", resident.care_note.clone()),
        ("age", age(&resident.birth_date, &today.to_string())),
        ("cycle_months", CYCLE_MONTHS.to_string()),
        ("due_m", due_m.to_string()),
        ("next_due", day(CYCLE_MONTHS, 0)),
        ("follow_up_due", day(0, 3)),
        ("photo_face", photo(PHOTOS[0])),
        ("photo_together", photo(PHOTOS[1])),
        ("instance_name", format!("上门认证 {} {today}", resident.full_name)),
    ];
    let filled = fields.iter().fold(TEMPLATE.trim_end().to_owned(), |xml, (name, value)| {
        xml.replace(&format!("{{{name}}}"), &escaped(value))
    });
    // The template is laid out for readers; a phone sends no white space between elements.
    filled.lines().map(str::trim_start).collect()
}

/// Returns the choice's label, which the form copies into the document.
fn benefit_label(kind: &str) -> &'static str {
    match kind {
        "employee" => "企业职工养老保险",
        "civil" => "机关事业单位养老保险",
        "resident" => "城乡居民养老保险",
        "injury" => "工伤保险长期待遇",
        "survivor" => "供养亲属抚恤金",
        "other" => "其他待遇",
        _ => "",
    }
}

/// Returns whole years between two `YYYY-MM-DD`; empty if the first is none.
fn age(birth_date: &str, today: &str) -> String {
    let parts = |date: &str| Some((date.get(..4)?.parse::<i32>().ok()?, date.get(4..)?.to_owned()));
    let Some(((born, born_on), (year, on))) = parts(birth_date).zip(parts(today)) else {
        return String::new();
    };
    (year - born - i32::from(on < born_on)).to_string()
}

fn escaped(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_is_whole() {
        let header = "name,full_name,sex,birth_date,id_masked,id_last4,phone,address,benefit_kind,cert_status,cert_last,\
                      cert_due,cert_cycle_months,living_alone,selfcare,guardian_name,guardian_phone,care_note";
        let row = "r-1,孔月芳,f,1952-03-15,880101********130X,130X,15432365309,1 号楼 <东>,employee,overdue,,2026-11-03,12,no,full,,,";
        let table = format!("{header}\n{row}");
        let resident: Resident =
            csv::Reader::from_reader(table.as_bytes()).deserialize().next().unwrap().unwrap();
        let visit = Visit::about(&resident, "7").unwrap();
        let (_, body) = visit.body();
        let document = roxmltree::Document::parse(&visit.xml).unwrap();
        let text = |name: &str| {
            document.descendants().find(|node| node.has_tag_name(name)).and_then(|node| node.text())
        };
        assert_eq!((text("r_address"), text("photo_face")), (Some("1 号楼 <东>"), Some(PHOTOS[0])));
        let alone = Visit::alone(&resident, "7").unwrap();
        assert!(alone.photos.is_empty() && !alone.xml.contains(".jpg"));
        assert!(!visit.xml.contains('{') && body.ends_with(b"--\r\n"));
        assert_ne!(visit.xml, Visit::about(&resident, "7").unwrap().xml);
    }

    #[test]
    fn counts_birthdays() {
        assert_eq!(age("1952-03-15", "2026-03-14"), "73");
        assert_eq!(age("1952-03-15", "2026-03-15"), "74");
        assert_eq!(age("", "2026-03-15"), "");
    }
}
