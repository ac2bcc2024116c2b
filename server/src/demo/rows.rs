//! Residents and households as rows of their lists.

use jiff::civil::Date;

use super::ListTable;
use super::households::Household;
use super::places::Door;
use super::residents::Resident;

/// Columns of the list `residents`.
pub const COLUMNS: &[&str] = &[
    "name",
    "label",
    "full_name",
    "sex",
    "birth_date",
    "age",
    "id_type",
    "id_number",
    "household_id",
    "relation",
    "estate",
    "building",
    "stair",
    "door",
    "address",
    "grid",
    "grid_worker",
    "in_charge",
    "hukou",
    "residence",
    "phone",
    "smartphone",
    "benefit_kind",
    "benefit_start",
    "cert_status",
    "cert_last",
    "cert_due",
    "cert_cycle_months",
    "cert_channel",
    "last_visit",
    "last_visit_outcome",
    "archive_birth_date",
    "lunar_birthday",
    "dis_kind",
    "dis_level",
    "dibao",
    "living_alone",
    "selfcare",
    "hardship",
    "care_level",
    "care_interval_days",
    "last_care",
    "alert",
    "guardian_name",
    "guardian_phone",
    "death_date",
    "paired_with",
    "care_note",
    "id_last4",
    "id_masked",
];
/// Returns the list `residents`.
pub fn residents(residents: &[Resident]) -> ListTable {
    let rows = residents.iter().map(Resident::row).collect();
    ListTable { name: "residents", columns: COLUMNS.to_vec(), rows }
}

/// Returns the list `households`.
pub fn households(homes: &[Household], has_dibao: &[bool], doors: &[Door]) -> ListTable {
    let mut table = ListTable::new(
        "households",
        &["name", "label", "head", "kind", "size", "grid", "building", "address", "dibao", "queue_state"],
    );
    for ((home, door), has_dibao) in homes.iter().zip(doors).zip(has_dibao) {
        let head = home.members.first().map_or("", |it| it.name.as_str());
        table.push([
            &door.household_id(),
            &format!("{head}家 · {}", door.short()),
            head,
            home.kind.as_str(),
            &home.members.len().to_string(),
            &door.grid,
            &door.building,
            &door.address(),
            if *has_dibao { "yes" } else { "no" },
            "",
        ]);
    }
    table
}

impl Resident {
    fn row(&self) -> Vec<String> {
        let yes_no = |holds: bool| if holds { "yes" } else { "no" }.to_owned();
        let date = |date: Option<Date>| date.map_or(String::new(), |it| it.to_string());
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let certification = self.certification.as_ref();
        let (guardian_name, guardian_phone) = self.guardian.clone().unwrap_or_default();
        let last4 = self.id_number.get(14..).unwrap_or_default();
        let masked = self.id_number.get(..6).map_or(String::new(), |start| format!("{start}********{last4}"));
        vec![
            self.id.clone(),
            format!("{} · {}", self.name, self.door.short()),
            self.name.clone(),
            self.sex.as_str().to_owned(),
            self.born.to_string(),
            self.age.to_string(),
            self.id_type.to_owned(),
            self.id_number.clone(),
            self.door.household_id(),
            self.relation.to_owned(),
            self.door.estate.to_owned(),
            self.door.building.clone(),
            self.door.stair.to_string(),
            self.door.room(),
            self.door.address(),
            self.door.grid.clone(),
            self.grid_worker.clone(),
            self.in_charge.clone(),
            self.hukou.to_owned(),
            if self.is_renting { "floating" } else { "settled" }.to_owned(),
            self.phone.clone(),
            self.smartphone.to_owned(),
            text(self.benefit.map(|it| it.0)),
            date(self.benefit.map(|it| it.1)),
            text(certification.map(|it| it.status)),
            date(certification.map(|it| it.last)),
            date(certification.map(|it| it.due)),
            certification.map_or(String::new(), |it| it.cycle_months.to_string()),
            text(certification.map(|it| it.channel)),
            String::new(),
            String::new(),
            date(self.archive_born),
            yes_no(self.has_lunar_birthday),
            text(self.disability.map(|it| it.0)),
            text(self.disability.map(|it| it.1)),
            yes_no(self.has_dibao),
            yes_no(self.lives_alone),
            self.selfcare.to_owned(),
            self.hardship.join(" "),
            text(self.care.map(|it| it.0.as_str())),
            self.care.map_or(String::new(), |it| it.0.interval_days().to_string()),
            date(self.care.map(|it| it.1)),
            String::new(),
            guardian_name,
            guardian_phone,
            String::new(),
            if self.care.is_some() { self.in_charge.clone() } else { String::new() },
            self.notes.join(";"),
            last4.to_owned(),
            masked,
        ]
    }
}
