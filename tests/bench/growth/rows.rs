//! The rows that a generated visit leaves: those of a real one, by the same functions where they only insert. Where those
//! look first whether a row is there, SQLite would remember every page of a long transaction for each; those rows are
//! inserted here.

use doorstep::blob::hashes::sha256_hex;
use doorstep::params;
use doorstep::store::db::{DbError, Tx};
use doorstep::store::erasures;
use doorstep::store::submissions::{self, AttachmentRow, ChangeRow, EventRow, FlagRow, SubmissionRow};
use doorstep_tests::load::random::Random;

use super::facts::{Account, Facts, Form, Moment, Resident};

/// In a hundred of the visits that were decided.
const DECIDED: [(&str, u64); 3] = [("approved", 94), ("hasIssues", 4), ("rejected", 2)];
/// In a hundred.
const OUTCOMES: [(&str, u64); 5] =
    [("certified", 84), ("absent", 8), ("hospital", 4), ("refused", 2), ("moved", 2)];
/// In a hundred; the rest has none.
const FLAGS: [(&str, u64); 4] =
    [("photo.reused", 2), ("seal.missing", 3), ("entity.conflict", 2), ("photo.blurred", 3)];
/// In a hundred.
const WITHOUT_PHOTOS: u64 = 10;
const PHOTOS: [&str; 2] = ["photo_face.jpg", "photo_together.jpg"];
const SIGNATURE: &str = "sign_resident.strokes";

/// One visit, made up from its number: the same in every run.
pub struct Made<'a> {
    pub row: SubmissionRow,
    resident: &'a Resident,
    account: &'a Account,
    form: &'a Form,
    random: Random,
    /// Whether it would still wait to be made again, had it been sent back.
    is_recent: bool,
}

impl<'a> Made<'a> {
    /// Makes the visit with a number, at a moment; those that `wait` are not decided yet.
    pub fn new(facts: &'a Facts, i: usize, moment: &Moment, waits: bool) -> Made<'a> {
        let mut random = Random(i as u64 + 1);
        let resident = &facts.residents[random.below(facts.residents.len() as u64) as usize];
        let account = facts.visitor(resident, &mut random);
        let form = facts.form(&mut random);
        let outcome = one_of(&OUTCOMES, &mut random).unwrap_or("certified");
        let state = if !waits {
            one_of(&DECIDED, &mut random).unwrap_or("approved")
        } else if random.happens(10) {
            "edited"
        } else {
            "received"
        };
        let codes: Vec<&str> = [one_of(&FLAGS, &mut random)].into_iter().flatten().collect();
        let is_decided = !waits;
        let digest = sha256_hex(format!("seal {i}").as_bytes());
        let row = SubmissionRow {
            id: format!("{:013x}{i:019x}", moment.received_at),
            instance_id: format!("uuid:{}", uuid(&mut random)),
            content_sha256: sha256_hex(format!("content {i}").as_bytes()),
            form_id: form.id.clone(),
            form_version: form.version.clone(),
            instance_name: format!("{} {}", resident.name, moment.day),
            label: resident.name.clone(),
            account_id: account.id.clone(),
            account_name: account.name.clone(),
            task_id: format!("growth-{i:09}"),
            list: "residents".to_owned(),
            subject: resident.id.clone(),
            grid: resident.grid.clone(),
            outcome: outcome.to_owned(),
            review_state: state.to_owned(),
            reason: if state == "hasIssues" { "照片看不清".to_owned() } else { String::new() },
            decided_by: if is_decided { "督导员".to_owned() } else { String::new() },
            decided_at: if is_decided { moment.received_at + 3_600_000 } else { 0 },
            receipt_number: format!("{}-{}", moment.day.replace('-', ""), receipt(i)),
            seal: format!(r#"{{"digest":"{digest}"}}"#),
            digest,
            xml: facts.document.clone(),
            answers: facts.answers(&resident.name, outcome),
            flag_codes: codes.join(" "),
            n_flags: codes.len() as i64,
            n_photos: if random.happens(WITHOUT_PHOTOS) { 0 } else { PHOTOS.len() as i64 },
            visited_at: moment.visited_at,
            visited_on: moment.day.clone(),
            started_at: Some(moment.visited_at - 600_000),
            ended_at: Some(moment.visited_at),
            offset_min: 480,
            received_at: moment.received_at,
            ..SubmissionRow::default()
        };
        let row = SubmissionRow { n_attachments: row.n_photos + 1, ..row };
        Made { row, resident, account, form, random, is_recent: moment.is_recent }
    }

    /// Returns the key of the phone that sent it.
    pub fn key_id(&self) -> &str {
        &self.account.key_id
    }

    /// Writes all of it: at place `seq` of the audit log, and in the phone's chain with a number, from 1, behind a digest.
    pub fn store(
        mut self,
        tx: &mut dyn Tx,
        seq: i64,
        (counter, previous): (i64, &str),
    ) -> Result<(), DbError> {
        self.insert_task(tx)?;
        let flag_codes = std::mem::take(&mut self.row.flag_codes);
        submissions::insert(tx, &self.row)?;
        tx.execute(
            "UPDATE submission SET is_counted = TRUE, flag_codes = ?2 WHERE id = ?1",
            params![&self.row.id, &flag_codes],
        )?;
        let names = PHOTOS.iter().take(self.row.n_photos as usize).map(|it| (*it, "image/jpeg", "photo"));
        let names = names.chain([(SIGNATURE, "application/json", "signature")]);
        let files: Vec<AttachmentRow> =
            names.map(|(name, media_type, kind)| self.file(name, media_type, kind)).collect();
        submissions::insert_attachments(tx, &self.row.id, &files)?;
        for file in files.iter().filter(|it| it.kind == "photo") {
            self.insert_photo(tx, &file.name)?;
        }
        for (position, code) in flag_codes.split_whitespace().enumerate() {
            submissions::add_flag(tx, &self.row.id, position, &flag(code))?;
            tx.execute(
                "INSERT INTO flagged (code, review_state, received_at, submission_id) VALUES (?1, ?2, ?3, ?4)",
                params![code, &self.row.review_state, self.row.received_at, &self.row.id],
            )?;
        }
        submissions::insert_changes(tx, &self.row.id, &[self.change()])?;
        let received = ("1", self.row.received_at, self.account.name.as_str(), "received");
        let decided = ("2", self.row.decided_at, self.row.decided_by.as_str(), "approved");
        for (id, at, by_name, kind) in [received, decided].into_iter().filter(|it| it.1 > 0) {
            let (id, by_name) = (id.to_owned(), by_name.to_owned());
            let event = EventRow { id, at, by_name, kind: kind.to_owned(), text: String::new() };
            submissions::add_event(tx, &self.row.id, &event)?;
        }
        if self.is_erased() {
            for file in &files {
                tx.execute(
                    "INSERT INTO erasure (submission_id, sha256, erased_at, rule) VALUES (?1, ?2, ?3, ?4)",
                    params![&self.row.id, &file.sha256, self.form.keeps_from, &self.form.task_type],
                )?;
            }
        } else {
            erasures::keep(tx, &self.row.id, (&self.form.task_type, None), self.row.received_at)?;
        }
        let (row, key_id) = (&self.row, self.key_id());
        tx.execute(
            "INSERT INTO seal (digest, key_id, counter, previous, submission_id, is_replaced)
             VALUES (?1, ?2, ?3, ?4, ?5, FALSE)",
            params![&row.digest, key_id, counter, previous, &row.id],
        )?;
        tx.execute(
            "INSERT INTO audit (id, at, account_id, action, target, detail, seq, hash)
             VALUES (?1, ?2, ?3, 'receive submission', ?1, ?4, ?5, ?4)",
            params![&row.id, row.received_at, &row.account_id, &row.digest, seq],
        )?;
        Ok(())
    }

    /// Whether its files are deleted already, with the fingerprints of its photos.
    fn is_erased(&self) -> bool {
        self.row.received_at < self.form.keeps_from
    }

    fn insert_task(&self, tx: &mut dyn Tx) -> Result<(), DbError> {
        let row = &self.row;
        let state = match row.review_state.as_str() {
            "received" | "edited" => "submitted",
            "hasIssues" if self.is_recent => "returned",
            _ => "closed",
        };
        tx.execute(
            "INSERT INTO task (id, type, state, list, subject, label, grid, due, opens_on, visit_no, previous_id,
                               submission_id, updated_at, made_by, round, done_on, is_latest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1, '', ?9, ?10, 'schedule', ?1, ?8, ?11)",
            params![
                &row.task_id,
                &self.form.task_type,
                state,
                &row.list,
                &row.subject,
                &row.label,
                &row.grid,
                &row.visited_on,
                &row.id,
                row.received_at,
                true
            ],
        )?;
        Ok(())
    }

    fn file(&mut self, name: &str, media_type: &str, kind: &str) -> AttachmentRow {
        AttachmentRow {
            name: name.to_owned(),
            sha256: format!("{:016x}{:016x}{:032x}", self.random.any(), self.random.any(), 1),
            media_type: media_type.to_owned(),
            size_bytes: 100_000,
            width: 1600,
            height: 1200,
            kind: kind.to_owned(),
            question: "请给老人拍一张照片".to_owned(),
        }
    }

    /// Writes what was found on a photo, and its fingerprint, which no other has.
    fn insert_photo(&mut self, tx: &mut dyn Tx, name: &str) -> Result<(), DbError> {
        let likeness = self.random.any();
        let turned = [0, 16, 32, 48].map(|bits| likeness.rotate_left(bits).cast_signed());
        tx.execute(
            "INSERT INTO photo (submission_id, name, likeness, sharpness, brightness, extras, n_stray, looked_at)
             VALUES (?1, ?2, ?3, 400, 128, '', 0, ?4)",
            params![
                &self.row.id,
                name,
                (!self.is_erased()).then_some(turned[0]),
                self.row.received_at + 1_000
            ],
        )?;
        if self.is_erased() {
            return Ok(());
        }
        tx.execute(
            "INSERT INTO likeness (turn_0, turn_1, turn_2, turn_3) VALUES (?1, ?2, ?3, ?4)",
            params![turned[0], turned[1], turned[2], turned[3]],
        )?;
        Ok(())
    }

    fn change(&self) -> ChangeRow {
        ChangeRow {
            list: self.row.list.clone(),
            id: self.resident.id.clone(),
            operation: "update".to_owned(),
            base_version: Some(1),
            label: String::new(),
            properties: format!(r#"{{"cert_status":"certified","cert_last":"{}"}}"#, self.row.visited_on),
        }
    }
}

fn flag(code: &str) -> FlagRow {
    FlagRow {
        code: code.to_owned(),
        reference: String::new(),
        question: String::new(),
        text: String::new(),
        severity: "warning".to_owned(),
    }
}

/// Returns one of what shares a hundred, or nothing where the shares leave room.
fn one_of(shares: &[(&'static str, u64)], random: &mut Random) -> Option<&'static str> {
    let mut place = random.below(100);
    for (value, share) in shares {
        if place < *share {
            return Some(value);
        }
        place -= share;
    }
    None
}

fn uuid(random: &mut Random) -> String {
    let text = format!("{:016x}{:016x}", random.any(), random.any());
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

/// Returns seven letters and digits that look like chance and are no other number's.
fn receipt(i: usize) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    // Odd, so that it turns the numbers below 2^35 into each other.
    let mut mixed = (i as u64).wrapping_mul(0x5_9F2D_4E6B) & ((1 << 35) - 1);
    let mut text = String::with_capacity(7);
    for _ in 0..7 {
        text.push(char::from(LETTERS[(mixed & 31) as usize]));
        mixed >>= 5;
    }
    text
}
