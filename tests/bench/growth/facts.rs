//! What generated visits are about: the demonstration's residents, volunteers and forms, as many communities of them as
//! the visits of a year need, and the moments of that year.

use std::collections::HashMap;

use doorstep::App;
use doorstep::domain::calendar;
use doorstep::params;
use doorstep::store::db::{DbError, Row, Tx};
use doorstep::store::devices::{self, KeyRow};
use doorstep_tests::load::random::Random;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const OFFSET_MIN: i32 = 480;
/// Days that the visits of a database spread over, up to yesterday; what is kept for a year is still there.
const DAYS: i64 = 360;
/// A visit that was sent back is made again in this time.
const MADE_AGAIN_DAYS: i64 = 14;
/// Visits that a resident gets in that time, at most on average.
const VISITS_EACH: usize = 12;
/// The form of half of the visits.
const COMMONEST: &str = "doorstep_certification";

/// Who is visited.
pub struct Resident {
    pub id: String,
    pub name: String,
    pub grid: String,
}

/// Who visits.
pub struct Account {
    pub id: String,
    pub name: String,
    /// Of the phone's key.
    pub key_id: String,
}

/// What is filled in.
pub struct Form {
    pub id: String,
    pub version: String,
    pub task_type: String,
    /// Before this, milliseconds UTC, the files of visits are deleted.
    pub keeps_from: i64,
}

/// When a visit was made and came in, milliseconds UTC, and its civil day.
pub struct Moment {
    pub visited_at: i64,
    pub received_at: i64,
    pub day: String,
    /// Whether it was in the last [`MADE_AGAIN_DAYS`].
    pub is_recent: bool,
}

/// All of it.
pub struct Facts {
    pub residents: Vec<Resident>,
    accounts: Vec<Account>,
    /// Places in `accounts`.
    of_grid: HashMap<String, Vec<usize>>,
    forms: Vec<Form>,
    /// The document of every visit.
    pub document: String,
    /// The first day, by its beginning, milliseconds UTC.
    begins_at: i64,
}

impl Facts {
    /// Reads them from a database that holds the demonstration, to which it adds communities of the same size until they
    /// are enough for `n_visits`, and a phone's key for everybody who visits.
    pub fn prepare(tx: &mut dyn Tx, app: &App, n_visits: usize, n_bytes: usize) -> Result<Facts, DbError> {
        let counted = tx.first("SELECT count(*) FROM entity WHERE list = 'residents'", &[])?;
        let n_residents: i64 = counted.map_or(Ok(0), |row| row.get(0))?;
        let n_communities = n_visits.div_ceil(VISITS_EACH * n_residents.max(1) as usize);
        (2..=n_communities).try_for_each(|number| add_community(tx, number))?;
        let now = app.clock.now_ms();
        let rows = tx.query(
            "SELECT id, name, grids FROM account WHERE role IN ('volunteer', 'grid_worker', 'adviser') ORDER BY id",
            &[],
        )?;
        let (mut accounts, mut of_grid) = (Vec::new(), HashMap::<String, Vec<usize>>::new());
        for row in &rows {
            let (id, name, grids): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            for grid in grids.split_whitespace() {
                of_grid.entry(grid.to_owned()).or_default().push(accounts.len());
            }
            let key_id = doorstep::blob::hashes::sha256_hex(id.as_bytes());
            devices::insert(tx, &key(&key_id, &id, now))?;
            accounts.push(Account { id, name, key_id });
        }
        let residents = tx.query(
            "SELECT id, json_extract(data, '$.full_name'), grid FROM entity WHERE list = 'residents' ORDER BY id",
            &[],
        )?;
        let resident = |row: &Row| Ok(Resident { id: row.get(0)?, name: row.get(1)?, grid: row.get(2)? });
        let types = app.task_types();
        let forms = tx.query("SELECT form_id, version FROM form WHERE is_current ORDER BY form_id", &[])?;
        let form = |row: &Row| -> Result<Option<Form>, DbError> {
            let (id, version): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(types.of_form(&id).next().map(|it| {
                // A day more, so that nothing falls due while it is measured.
                let keeps_from = it.keep_days.map_or(0, |days| now - (days - 2) * DAY_MS);
                Form { task_type: it.id.clone(), keeps_from, version, id: id.clone() }
            }))
        };
        Ok(Facts {
            residents: residents.iter().map(resident).collect::<Result<_, DbError>>()?,
            accounts,
            of_grid,
            forms: forms.iter().filter_map(|row| form(row).transpose()).collect::<Result<_, DbError>>()?,
            document: format!("<data id=\"growth\">{}</data>", "一".repeat(n_bytes / 2 / 3)),
            begins_at: calendar::begins_at(calendar::day_at(now, OFFSET_MIN), OFFSET_MIN) - DAYS * DAY_MS,
        })
    }

    /// Returns one of those who visit in a resident's grid.
    pub fn visitor(&self, resident: &Resident, random: &mut Random) -> &Account {
        let chance = random.any() as usize;
        match self.of_grid.get(&resident.grid) {
            Some(places) => &self.accounts[places[chance % places.len()]],
            None => &self.accounts[chance % self.accounts.len()],
        }
    }

    /// Returns a form: the commonest for every other visit.
    pub fn form(&self, random: &mut Random) -> &Form {
        let any = &self.forms[random.below(self.forms.len() as u64) as usize];
        if random.happens(50) { any } else { self.forms.iter().find(|it| it.id == COMMONEST).unwrap_or(any) }
    }

    /// Returns the answers of a visit as JSON, half as long again as its document.
    pub fn answers(&self, name: &str, outcome: &str) -> String {
        let answer = |name: &str, label: &str, value: &str| {
            format!(r#"{{"reference":"/data/{name}","name":"{name}","label":"{label}","value":"{value}"}}"#)
        };
        let mut answers = vec![
            answer("full_name", "姓名", name),
            answer("outcome", "这次的结果", outcome),
            answer("companions", "同行人", "王小明"),
            answer("next_due", "下次认证", "2027-06-30"),
        ];
        let n_bytes: usize = answers.iter().map(String::len).sum();
        let filler = "说".repeat((self.document.len() / 2).saturating_sub(n_bytes) / 3);
        answers.push(answer("remark_of_the_day", "还有什么要说的", &filler));
        format!("[{}]", answers.join(","))
    }

    /// Returns when visit `i` of `n` was: in the order of their numbers, evenly over the days, between 8 and 18 o'clock.
    pub fn moment(&self, i: usize, n: usize) -> Moment {
        let place = (i as f64 + 0.5) / n as f64 * DAYS as f64;
        let begins_at = self.begins_at + place.floor() as i64 * DAY_MS;
        let received_at = begins_at + (8.0 * 3_600_000.0 + place.fract() * 36_000_000.0) as i64;
        let minutes = Random(i as u64).below(180) as i64;
        let day = calendar::text(calendar::day_at(begins_at, OFFSET_MIN));
        let is_recent = place >= (DAYS - MADE_AGAIN_DAYS) as f64;
        Moment { visited_at: received_at - minutes * MINUTE_MS, received_at, day, is_recent }
    }
}

/// Adds the demonstration once more under other ids: people, places, accounts, tasks.
fn add_community(tx: &mut dyn Tx, number: usize) -> Result<(), DbError> {
    let prefix = format!("c{number}-");
    let copies = [
        "INSERT INTO entity (list, id, label, version, grid, building, status, due, kind, search, data, updated_at)
         SELECT list, ?1 || id, label, version, CASE grid WHEN '' THEN '' ELSE ?1 || grid END,
                CASE building WHEN '' THEN '' ELSE ?1 || building END, status, due, kind, search, data, updated_at
           FROM entity WHERE list IN ('residents', 'places') AND id NOT LIKE 'c_-%'",
        "INSERT INTO entity_history (list, id, version, label, data, changed_at, changed_by, submission_id)
         SELECT list, ?1 || id, version, label, data, changed_at, changed_by, submission_id
           FROM entity_history WHERE list IN ('residents', 'places') AND id NOT LIKE 'c_-%'",
        "INSERT INTO account (id, username, name, role, grids, locale, password_hash, active, created_at)
         SELECT ?1 || id, ?1 || username, name, role,
                CASE grids WHEN '' THEN '' ELSE ?1 || replace(grids, ' ', ' ' || ?1) END,
                locale, password_hash, active, created_at
           FROM account WHERE role IN ('volunteer', 'grid_worker', 'adviser') AND id NOT LIKE 'c_-%'",
        "INSERT INTO task (id, type, state, list, subject, label, grid, due, opens_on, visit_no, previous_id,
                           submission_id, updated_at, made_by, round, since, done_on, who, not_who, answer_by, is_latest)
         SELECT ?1 || id, type, state, list, CASE subject WHEN '' THEN '' ELSE ?1 || subject END, label, ?1 || grid, due,
                opens_on, visit_no, '', submission_id, updated_at, made_by, round, since, done_on, who, not_who,
                answer_by, is_latest
           FROM task WHERE list IN ('residents', 'places') AND id NOT LIKE 'c_-%'",
    ];
    copies.iter().try_for_each(|sql| tx.execute(sql, params![&prefix]).map(drop))
}

fn key(id: &str, account_id: &str, now: i64) -> KeyRow {
    KeyRow {
        id: id.to_owned(),
        account_id: account_id.to_owned(),
        device_id: id[..16].to_owned(),
        label: "Android".to_owned(),
        public_key: String::new(),
        enrolled_at: now - (DAYS + 1) * DAY_MS,
        revoked_at: 0,
        revoked_by: String::new(),
        head_counter: 0,
        head_digest: String::new(),
    }
}
