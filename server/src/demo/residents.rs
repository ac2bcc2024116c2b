//! What the registers know of each person: documents, benefits, certification, health, care.

use jiff::ToSpan;
use jiff::civil::Date;

use super::households::{Household, Kind, Person, born_between};
use super::names::{IdNumbers, Names, Sex, phone};
use super::places::{Door, Team};
use super::rng::Rng;
use super::{Plan, age_on};

/// Space of the version 5 UUIDs that residents are called by.
const NAMESPACE: uuid::Uuid = uuid::Uuid::from_u128(0x6f2d_1c1e_0000_4000_8000_0000_000d_0075);
/// Documents other than the identity card, whose numbers the register leaves open on purpose.
const OTHER_DOCUMENTS: [&str; 6] = ["hmt", "hmt", "hmt", "hmt", "foreign_pr", "foreign_pr"];
const DUE_SOON_DAYS: std::ops::RangeInclusive<i64> = 306..=364;
const OVERDUE_DAYS: std::ops::RangeInclusive<i64> = 366..=420;

/// One resident. Text fields hold the register's values; empty means not known or not applicable.
#[derive(Debug, Clone)]
pub struct Resident {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) surname: Option<&'static str>,
    pub(super) sex: Sex,
    pub(super) born: Date,
    pub(super) age: i64,
    pub(super) id_type: &'static str,
    pub(super) id_number: String,
    pub(super) relation: &'static str,
    pub(super) door: Door,
    pub(super) grid_worker: String,
    pub(super) in_charge: String,
    pub(super) is_renting: bool,
    pub(super) hukou: &'static str,
    pub(super) phone: String,
    pub(super) smartphone: &'static str,
    pub(super) benefit: Option<(&'static str, Date)>,
    pub(super) certification: Option<Certification>,
    pub(super) archive_born: Option<Date>,
    pub(super) has_lunar_birthday: bool,
    pub(super) disability: Option<(&'static str, &'static str)>,
    pub(super) has_dibao: bool,
    pub(super) lives_alone: bool,
    pub(super) selfcare: &'static str,
    pub(super) hardship: Vec<&'static str>,
    pub(super) care: Option<(CareLevel, Date)>,
    pub(super) guardian: Option<(String, String)>,
    pub(super) notes: Vec<&'static str>,
}

/// How a benefit holder last proved to be alive and entitled.
#[derive(Debug, Clone, Copy)]
pub struct Certification {
    pub(super) status: &'static str,
    pub(super) last: Date,
    pub(super) due: Date,
    pub(super) cycle_months: i64,
    pub(super) channel: &'static str,
}

/// How often somebody should look in.
#[derive(Debug, Clone, Copy)]
pub enum CareLevel {
    /// Weekly.
    High,
    /// Monthly.
    Key,
    /// Quarterly.
    General,
}

impl CareLevel {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Key => "key",
            Self::General => "general",
        }
    }

    pub(super) const fn interval_days(self) -> i64 {
        match self {
            Self::High => 7,
            Self::Key => 30,
            Self::General => 90,
        }
    }
}

/// Returns all residents, household after household.
pub fn build(
    plan: &Plan,
    names: &Names,
    homes: &[Household],
    has_dibao: &[bool],
    doors: &[Door],
    team: &Team,
) -> Vec<Resident> {
    let mut numbers = IdNumbers::default();
    let mut residents = Vec::with_capacity(plan.n_residents);
    for ((home, door), &has_dibao) in homes.iter().zip(doors).zip(has_dibao) {
        let grid: usize = door.grid[1..].parse().unwrap_or(1);
        let (worker, lead) = team.of_grid.get(grid - 1).cloned().unwrap_or_default();
        for (index, person) in home.members.iter().enumerate() {
            let mut rng = Rng::stream(plan.seed, "resident", residents.len());
            let path = format!("{}/{}/{index}", plan.seed, door.household_id());
            let mut resident = Resident {
                id: uuid::Uuid::new_v5(&NAMESPACE, path.as_bytes()).to_string(),
                id_number: numbers.issue(&mut rng, person.born, person.sex),
                grid_worker: worker.clone(),
                in_charge: lead.clone(),
                is_renting: home.kind == Kind::Renters,
                has_dibao,
                ..Resident::unknown(plan, person, door)
            };
            resident.lives_alone = home.members.len() == 1 && resident.age >= 60;
            resident.learn(plan, names, &mut rng);
            residents.push(resident);
        }
    }
    certify_disabilities(plan, &mut residents);
    for (index, resident) in residents.iter_mut().enumerate() {
        let mut rng = Rng::stream(plan.seed, "care", index);
        resident.weigh_hardship(plan, &mut rng);
        resident.certify(plan, &mut rng);
        resident.note();
    }
    open_documents(plan, &mut residents);
    residents
}

/// Returns, per household, whether it gets the minimum-living allowance: `plan.n_dibao` of them do.
pub fn choose_dibao(plan: &Plan, homes: &[Household]) -> Vec<bool> {
    use Kind::{ElderCouple, ElderSingle, Nuclear1, Single, ThreeGenerations};
    let may = [ElderSingle, ElderCouple, Single, Nuclear1, ThreeGenerations];
    let mut candidates: Vec<usize> = (0..homes.len()).filter(|&it| may.contains(&homes[it].kind)).collect();
    Rng::stream(plan.seed, "dibao", 0).shuffle(&mut candidates);
    let mut chosen = vec![false; homes.len()];
    for &index in candidates.iter().take(plan.n_dibao) {
        chosen[index] = true;
    }
    chosen
}

/// Gives a disability certificate to `plan.n_disabled` people, older ones first.
fn certify_disabilities(plan: &Plan, residents: &mut [Resident]) {
    let mut rng = Rng::stream(plan.seed, "disabled", 0);
    let mut candidates: Vec<usize> = (0..residents.len()).filter(|&it| residents[it].age >= 6).collect();
    rng.shuffle(&mut candidates);
    candidates.sort_by_key(|&it| residents[it].age < 55);
    for &index in candidates.iter().take(plan.n_disabled) {
        let kind = rng.weighted(&[
            ("limb", 45.0),
            ("hearing", 14.0),
            ("visual", 12.0),
            ("mental", 10.0),
            ("intellect", 8.0),
            ("speech", 4.0),
            ("multi", 7.0),
        ]);
        let level = rng.weighted(&[("l1", 14.0), ("l2", 26.0), ("l3", 32.0), ("l4", 28.0)]);
        residents[index].disability = Some((kind, level));
    }
}

/// Gives a few benefit holders another kind of document, its number still to be read at the door.
fn open_documents(plan: &Plan, residents: &mut [Resident]) {
    let mut holders: Vec<usize> = (0..residents.len())
        .filter(|&it| (60..90).contains(&residents[it].age) && residents[it].benefit.is_some())
        .collect();
    Rng::stream(plan.seed, "documents", 0).shuffle(&mut holders);
    for (&index, id_type) in holders.iter().zip(OTHER_DOCUMENTS) {
        let resident = &mut residents[index];
        (resident.id_type, resident.id_number) = (id_type, String::new());
        resident.notes.push("证件号要到户核对");
    }
}

impl Resident {
    /// A person behind a door, of whom nothing else is known.
    fn unknown(plan: &Plan, person: &Person, door: &Door) -> Self {
        Self {
            id: String::new(),
            name: person.name.clone(),
            surname: person.surname,
            sex: person.sex,
            born: person.born,
            age: age_on(plan.today, person.born),
            id_type: "resident_id",
            id_number: String::new(),
            relation: person.relation,
            door: door.clone(),
            grid_worker: String::new(),
            in_charge: String::new(),
            is_renting: false,
            hukou: "here",
            phone: String::new(),
            smartphone: "",
            benefit: None,
            certification: None,
            archive_born: None,
            has_lunar_birthday: false,
            disability: None,
            has_dibao: false,
            lives_alone: false,
            selfcare: "full",
            hardship: Vec::new(),
            care: None,
            guardian: None,
            notes: Vec::new(),
        }
    }

    /// Where the person is registered, how to reach them, what they draw, how well they get about.
    fn learn(&mut self, plan: &Plan, names: &Names, rng: &mut Rng) {
        self.hukou = rng.weighted(&[("here", 62.0), ("city", 18.0), ("away", 20.0)]);
        if self.is_renting {
            self.hukou = rng.weighted(&[("away", 2.0), ("city", 1.0)]);
        }
        if self.age >= 14 && !(self.age >= 75 && rng.chance(0.22)) {
            self.phone = phone(rng);
        }
        self.smartphone = smartphone(self.age, rng);
        self.benefit = self.draw_benefit(plan, rng);
        if self.age >= 65 {
            self.selfcare = selfcare(self.age as f64, rng);
        }
        let needs_guardian = self.lives_alone || self.selfcare != "full" || self.age >= 85;
        if self.age >= 60 && needs_guardian {
            let sex = Sex::any(rng);
            let born = born_between(rng, plan.today, (self.age - 34).max(25), (self.age - 22).max(27));
            let surname = self.surname.filter(|_| rng.chance(0.6));
            self.guardian = Some((names.invent(rng, sex, born, surname).full, phone(rng)));
        }
        self.has_lunar_birthday = self.age >= 60 && rng.chance(0.035);
        if matches!(self.benefit, Some(("employee" | "civil", _))) && rng.chance(0.02) {
            let days: i64 = *rng.pick(&[-365, -61, -30, 31, 59, 366]);
            self.archive_born = Some(self.born.saturating_add(days.days()));
        }
    }

    fn draw_benefit(&self, plan: &Plan, rng: &mut Rng) -> Option<(&'static str, Date)> {
        let kind = rng.weighted(&[("employee", 66.0), ("civil", 12.0), ("resident", 22.0)]);
        let category = match self.sex {
            Sex::Male => Category::Men60,
            Sex::Female => *rng.pick(&[Category::Women50, Category::Women50, Category::Women55]),
        };
        let start = match kind {
            "resident" => {
                first_of_month(i64::from(self.born.year() + 60) * 12 + i64::from(self.born.month()) - 1)
            }
            _ => retirement(self.born, category),
        };
        if start <= plan.today && self.age < 106 && rng.chance(0.93) && !self.is_renting {
            return Some((kind, start));
        }
        if (45..60).contains(&self.age) && rng.chance(0.004) {
            return Some(("injury", days_ago(plan.today, rng.between(400, 4000))));
        }
        let is_survivor = self.age < 18 && rng.chance(0.002);
        is_survivor.then(|| ("survivor", days_ago(plan.today, rng.between(200, 3000))))
    }

    /// What makes life hard, and how often somebody should look in because of it.
    fn weigh_hardship(&mut self, plan: &Plan, rng: &mut Rng) {
        let is_dependent = matches!(self.selfcare, "none" | "bedridden" | "unclear");
        let is_severe = self.is_severely_disabled();
        let is_ill = self.age >= 60 && rng.chance(0.05);
        let marks = [
            (self.lives_alone, "alone"),
            (is_dependent, "disabled_self"),
            (is_severe, "severe_dis"),
            (self.has_dibao, "dibao"),
            (is_ill, "ill"),
        ];
        self.hardship = marks.iter().filter(|(holds, _)| *holds).map(|(_, mark)| *mark).collect();
        let mut score = 0;
        if self.lives_alone {
            score += if self.age >= 80 { 4 } else { 1 };
        }
        score += if is_dependent { 3 } else { i32::from(self.selfcare == "partial") };
        score += if is_ill || is_severe { 2 } else { 0 };
        if score > 0 && self.age >= 60 || !self.hardship.is_empty() {
            let level = match score {
                4.. => CareLevel::High,
                2..=3 => CareLevel::Key,
                _ => CareLevel::General,
            };
            // One visit in five comes a little late.
            let days = rng.between(0, level.interval_days() * 5 / 4);
            self.care = Some((level, days_ago(plan.today, days)));
        }
    }

    /// When and how the benefit was last certified, and when it must be again.
    fn certify(&mut self, plan: &Plan, rng: &mut Rng) {
        let Some((kind, _)) = self.benefit else { return };
        let is_hard = self.is_hard_to_reach();
        let channels = if is_hard { [28.0, 20.0, 8.0, 44.0] } else { [30.0, 50.0, 18.0, 2.0] };
        let channel = rng.weighted(&[
            ("data", channels[0]),
            ("phone", channels[1]),
            ("desk", channels[2]),
            ("doorstep", channels[3]),
        ]);
        let (n_overdue, n_due_soon) = if is_hard { (0.12, 0.14) } else { (0.03, 0.06) };
        let (status, days) = rng.weighted(
            &[
                (("overdue", OVERDUE_DAYS), n_overdue),
                (("due_soon", DUE_SOON_DAYS), n_due_soon),
                (("certified", 5..=305), 1.0 - n_overdue - n_due_soon),
            ]
            .map(|((status, days), weight)| ((status, (*days.start(), *days.end())), weight)),
        );
        let last = days_ago(plan.today, rng.between(days.0, days.1));
        let due = last.saturating_add(1.year());
        let cycle_months = if kind == "survivor" && self.age < 18 { 0 } else { 12 };
        self.certification = Some(Certification { status, last, due, cycle_months, channel });
    }

    fn note(&mut self) {
        let notes = [
            (matches!(self.disability, Some(("hearing", _))), "听力不好,敲门要重、说话要慢"),
            (self.selfcare == "bedridden", "长期卧床,要提前和家属约"),
            (self.has_lunar_birthday, "常按农历说生日"),
            (self.archive_born.is_some(), "档案出生日期和身份证不一致"),
        ];
        self.notes = notes.iter().filter(|(holds, _)| *holds).map(|(_, note)| *note).collect();
    }

    fn is_severely_disabled(&self) -> bool {
        matches!(self.disability, Some((_, "l1" | "l2")))
    }

    /// Returns whether the telephone will hardly do and somebody should go there.
    pub(super) fn is_hard_to_reach(&self) -> bool {
        self.selfcare != "full" || self.age >= 85 || self.is_severely_disabled()
    }

    /// Returns the address as written on letters.
    pub(super) fn address(&self) -> String {
        self.door.address()
    }
}

/// Returns the day so many days before `today`.
pub fn days_ago(today: Date, days: i64) -> Date {
    today.saturating_sub(days.days())
}

/// Statutory age before the gradual reform in force from 2025-01-01.
#[derive(Debug, Clone, Copy)]
enum Category {
    Men60,
    Women55,
    Women50,
}

/// Returns the month of retirement: from the first affected year on, one month later for every `step` months of
/// later birth, at most `cap` months.
fn retirement(born: Date, category: Category) -> Date {
    let (age, first_year, step, cap) = match category {
        Category::Men60 => (60, 1965, 4, 36),
        Category::Women55 => (55, 1970, 4, 36),
        Category::Women50 => (50, 1975, 2, 60),
    };
    let month = i64::from(born.month()) - 1;
    let months_after = i64::from(born.year() - first_year) * 12 + month;
    let delay = if months_after < 0 { 0 } else { (months_after / step + 1).min(cap) };
    first_of_month((i64::from(born.year()) + age) * 12 + month + delay)
}

/// Returns the first day of a month counted from January of year 0.
fn first_of_month(months: i64) -> Date {
    Date::new((months / 12) as i16, (months % 12 + 1) as i8, 1).unwrap_or(Date::MAX)
}

fn smartphone(age: i64, rng: &mut Rng) -> &'static str {
    let over = (age - 62).max(0) as f64;
    match age {
        ..8 => "no",
        8..62 => "yes",
        62..92 => rng.weighted(&[("yes", 70.0 - over * 2.2), ("family", 18.0), ("no", 12.0 + over * 2.0)]),
        _ => rng.weighted(&[("yes", 4.0), ("family", 18.0), ("no", 12.0 + over * 2.0)]),
    }
}

fn selfcare(age: f64, rng: &mut Rng) -> &'static str {
    rng.weighted(&[
        ("full", (100.0 - (age - 62.0) * 2.6).max(4.0)),
        ("partial", ((age - 62.0) * 1.2).max(1.0)),
        ("none", ((age - 68.0) * 0.35).max(0.4)),
        ("bedridden", ((age - 72.0) * 0.2).max(0.2)),
        ("unclear", ((age - 76.0) * 0.12).max(0.1)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retirement_follows_the_gradual_reform() {
        let check = |born: &str, category, expected: &str| {
            let born: Date = born.parse().unwrap();
            assert_eq!(retirement(born, category).to_string(), expected, "{born}");
        };
        check("1964-12-31", Category::Men60, "2024-12-01");
        check("1965-01-01", Category::Men60, "2025-02-01");
        check("1965-05-01", Category::Men60, "2025-07-01");
        check("1976-09-01", Category::Men60, "2039-09-01");
        check("1975-03-01", Category::Women50, "2025-05-01");
        check("1970-01-01", Category::Women55, "2025-02-01");
    }
}
