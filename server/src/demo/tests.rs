//! The community as a whole: exact counts, plausible shares, valid and unmistakably invented documents.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use wasm_forms::validate::{IdCard, Phone};

use super::{Community, ListTable, Plan, generate};

const TODAY: Date = date(2026, 11, 21);

fn community() -> &'static Community {
    static COMMUNITY: std::sync::OnceLock<Community> = std::sync::OnceLock::new();
    COMMUNITY.get_or_init(|| generate(Plan::new(TODAY)))
}

fn count(list: &ListTable, column: &str, holds: impl Fn(&str) -> bool) -> usize {
    assert!(list.column(column).is_some(), "{} has no column {column}", list.name);
    (0..list.len()).filter(|&row| holds(list.cell(row, column))).count()
}

#[test]
fn counts_are_exact() {
    let all = community();
    let sizes: Vec<(&str, usize)> = all.lists().iter().map(|it| (it.name, it.len())).collect();
    assert_eq!(sizes[..2], [("residents", 16_800), ("households", 5743)]);
    for expected in [
        ("volunteers", 49),
        ("wishes", 108),
        ("notices", 12),
        ("requests", 31),
        ("cases", 60),
        ("hazards", 48),
        ("topics", 10),
        ("policies", 6),
        ("cert_visits", 104),
    ] {
        assert!(sizes.contains(&expected), "{expected:?} is not in {sizes:?}");
    }
    for (list, column, value, expected) in [
        (&all.places, "kind", "grid", 23),
        (&all.volunteers, "kind", "studio", 11),
        (&all.volunteers, "kind", "grid_worker", 38),
        (&all.households, "dibao", "yes", 42),
        (&all.wishes, "status", "lit", 23),
        (&all.wishes, "status", "claimed", 34),
        (&all.residents, "id_type", "hmt", 4),
        (&all.residents, "id_type", "foreign_pr", 2),
    ] {
        assert_eq!(count(list, column, |it| it == value), expected, "{} {column} {value}", list.name);
    }
    assert_eq!(count(&all.residents, "dis_kind", |it| !it.is_empty()), 87);
}

#[test]
fn shares_are_those_of_a_real_community() {
    let residents = &community().residents;
    let check = |what: &str, found: usize, expected: usize, percent: usize| {
        let allowed = expected * percent / 100;
        assert!(found.abs_diff(expected) <= allowed, "{what}: {found}, expected {expected} ± {percent} %");
    };
    let age = |least: i64| move |it: &str| it.parse::<i64>().is_ok_and(|it| it >= least);
    check("60 and older", count(residents, "age", age(60)), 3195, 4);
    check("80 and older", count(residents, "age", age(80)), 704, 8);
    check("holders", count(residents, "benefit_kind", |it| !it.is_empty()), 3319, 4);
    for (status, expected, percent) in [("certified", 2892, 5), ("due_soon", 254, 15), ("overdue", 173, 20)] {
        check(status, count(residents, "cert_status", |it| it == status), expected, percent);
    }
    check("living alone", count(residents, "living_alone", |it| it == "yes"), 470, 10);
    check("floating", count(residents, "residence", |it| it == "floating"), 888, 10);
    check("dotted names", count(residents, "full_name", |it| it.contains('·')), 40, 45);
    let above_bmp = count(residents, "full_name", |it| it.chars().any(|c| u32::from(c) > 0xffff));
    assert!(above_bmp >= 5, "only {above_bmp} names above U+FFFF");
}

#[test]
fn documents_are_valid_and_unmistakably_invented() {
    let all = community();
    let mut numbers = BTreeSet::new();
    for row in 0..all.residents.len() {
        let cell = |column| all.residents.cell(row, column);
        if cell("id_type") != "resident_id" {
            assert_eq!((cell("id_number"), cell("id_masked")), ("", ""));
            continue;
        }
        let number = cell("id_number");
        let card = IdCard::parse(number).unwrap_or_else(|error| panic!("{number}: {error}"));
        assert!(number.starts_with("880101") && numbers.insert(number), "{number}");
        let (year, month, day) = card.birth_date().unwrap();
        assert_eq!(format!("{year:04}-{month:02}-{day:02}"), cell("birth_date"));
        assert_eq!(card.is_male(), Some(cell("sex") == "m"));
        assert_eq!((card.masked().as_str(), card.last4()), (cell("id_masked"), cell("id_last4")));
    }
    for (list, column) in all.lists().into_iter().flat_map(|list| {
        list.columns
            .iter()
            .filter(|it| it.ends_with("phone"))
            .filter(|it| **it != "smartphone")
            .map(move |it| (list, *it))
    }) {
        for row in 0..list.len() {
            let phone = list.cell(row, column);
            assert!(
                phone.is_empty() || phone.starts_with("154") && Phone::parse(phone).is_ok(),
                "{column}: {phone}"
            );
        }
    }
}

#[test]
fn keys_are_unique_and_references_hold() {
    let all = community();
    for list in all.lists() {
        let keys: BTreeSet<&str> = (0..list.len()).map(|row| list.cell(row, "name")).collect();
        assert_eq!(keys.len(), list.len(), "{} has a key twice", list.name);
        assert!(list.rows.iter().all(|row| row.len() == list.columns.len()), "{}", list.name);
    }
    let keys = |list: &ListTable| -> BTreeSet<String> {
        (0..list.len()).map(|row| list.cell(row, "name").to_owned()).collect()
    };
    for (list, column, target) in [
        (&all.residents, "household_id", &all.households),
        (&all.residents, "grid", &all.places),
        (&all.residents, "building", &all.places),
        (&all.residents, "grid_worker", &all.volunteers),
        (&all.residents, "in_charge", &all.volunteers),
        (&all.wishes, "subject", &all.residents),
        (&all.requests, "subject", &all.residents),
        (&all.hazards, "place", &all.places),
        (&all.cert_visits, "resident", &all.residents),
        (&all.follow_ups, "subject", &all.residents),
    ] {
        let known = keys(target);
        assert_eq!(count(list, column, |it| !known.contains(it)), 0, "{} {column}", list.name);
    }
}

#[test]
fn due_dates_lie_around_today() {
    let residents = &community().residents;
    let mut found = BTreeMap::new();
    for row in 0..residents.len() {
        let status = residents.cell(row, "cert_status");
        if status.is_empty() {
            continue;
        }
        let due: Date = residents.cell(row, "cert_due").parse().unwrap();
        let days = due.since(TODAY).unwrap().get_days();
        let range = found.entry(status).or_insert((days, days));
        *range = (range.0.min(days), range.1.max(days));
    }
    let check = |status: &str, low, high| {
        let (least, most) = found[status];
        assert!(least >= low && most <= high, "{status}: due in {least} to {most} days");
    };
    check("overdue", -60, -1);
    check("due_soon", 0, 60);
    check("certified", 60, 361);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(&generate(Plan::new(TODAY)), community());
    let ids = |community: &Community| -> Vec<String> {
        (0..community.residents.len()).map(|row| community.residents.cell(row, "name").to_owned()).collect()
    };
    let tomorrow = generate(Plan::new(date(2027, 3, 1)));
    assert!(ids(&tomorrow) == ids(community()), "identifiers change with the day");
    let other = generate(Plan { seed: 1, ..Plan::small(TODAY) });
    assert_ne!(other, generate(Plan::small(TODAY)));
}

#[test]
fn a_small_plan_holds_its_counts_too() {
    let small = generate(Plan::small(TODAY));
    assert_eq!((small.residents.len(), small.households.len(), small.wishes.len()), (168, 57, 108));
    assert_eq!(count(&small.residents, "in_charge", str::is_empty), 0);
}
