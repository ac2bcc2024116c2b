//! Where people live and who looks after them: grids, buildings, flats, other places, and the team.

use super::households::born_between;
use super::names::{Names, Sex, phone};
use super::rng::Rng;
use super::{ListTable, Plan};

const POINTS: &[&str] = &[
    "铁路编组站旁",
    "T511 路口",
    "农贸市场周边",
    "党员花圃",
    "排洪沟",
    "文化广场",
    "地下车库",
    "电动车棚",
    "中心花园",
    "垃圾分类亭",
];
const N_COURTYARDS: usize = 12;
const ROLES: &[&str] = &["helper", "civil", "info", "patrol", "publicity", "mediator"];
const FLATS_PER_FLOOR: usize = 2;

/// A flat's front door.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Door {
    /// Grid id, e.g. `G01`.
    pub grid: String,
    /// Building id, e.g. `E01`.
    pub building: String,
    /// Building number within its estate.
    pub number: usize,
    /// Stair, counted from 1.
    pub stair: usize,
    /// Floor, counted from 1.
    pub floor: usize,
    /// Flat on the floor, counted from 1.
    pub flat: usize,
    /// `东区` or `西区`.
    pub estate: &'static str,
}

impl Door {
    /// Returns the number on the door, e.g. `302`.
    pub fn room(&self) -> String {
        format!("{}{:02}", self.floor, self.flat)
    }

    /// Returns the address as it is written on letters.
    pub fn address(&self) -> String {
        format!("晨光佳园{} {} 号楼 {} 单元 {} 室", self.estate, self.number, self.stair, self.room())
    }

    /// Returns the household id, e.g. `E01-2-302`.
    pub fn household_id(&self) -> String {
        format!("{}-{}-{}", self.building, self.stair, self.room())
    }

    /// Returns the place in few characters, e.g. `东区 1-2-302`.
    pub fn short(&self) -> String {
        format!("{} {}-{}-{}", self.estate, self.number, self.stair, self.room())
    }
}

/// Returns the id of the grid with this 0-based number.
pub fn grid_id(index: usize) -> String {
    format!("G{:02}", index + 1)
}

/// Returns the list of places, and one door for each household in the order of the streets.
pub fn build(plan: &Plan) -> (ListTable, Vec<Door>) {
    let mut rng = Rng::stream(plan.seed, "places", 0);
    let mut places = ListTable::new("places", &["name", "label", "kind", "estate", "grid"]);
    let mut doors = Vec::new();
    // Some flats stand empty: four in a hundred more doors than households.
    let per_grid = (plan.n_households * 104).div_ceil(100).div_ceil(plan.n_grids.max(1));
    let mut n_buildings = [0, 0];
    for index in 0..plan.n_grids {
        let (side, estate) = if index < plan.n_grids.div_ceil(2) { (0, "东区") } else { (1, "西区") };
        let grid = grid_id(index);
        places.push([&grid, &format!("第 {} 网格", index + 1), "grid", estate, &grid]);
        let end = doors.len() + per_grid;
        while doors.len() < end {
            n_buildings[side] += 1;
            let number = n_buildings[side];
            let building = format!("{}{number:02}", ["E", "W"][side]);
            places.push([&building, &format!("晨光佳园{estate} {number} 号楼"), "building", estate, &grid]);
            let (n_stairs, n_floors) = (*rng.pick(&[3, 4]), *rng.pick(&[6, 6, 11, 18]));
            let flats = (1..=n_stairs)
                .flat_map(|stair| (1..=n_floors).map(move |floor| (stair, floor)))
                .flat_map(|(stair, floor)| (1..=FLATS_PER_FLOOR).map(move |flat| (stair, floor, flat)));
            doors.extend(flats.take(end - doors.len()).map(|(stair, floor, flat)| Door {
                grid: grid.clone(),
                building: building.clone(),
                number,
                stair,
                floor,
                flat,
                estate,
            }));
        }
    }
    add_spots(plan, &mut rng, &mut places);
    rng.shuffle(&mut doors);
    doors.truncate(plan.n_households);
    doors.sort();
    (places, doors)
}

fn add_spots(plan: &Plan, rng: &mut Rng, places: &mut ListTable) {
    let mut anywhere = || grid_id(rng.between(0, plan.n_grids as i64 - 1) as usize);
    for (index, label) in POINTS.iter().enumerate() {
        places.push([&format!("P{:02}", index + 1), *label, "point", "", &anywhere()]);
    }
    for number in 1..=N_COURTYARDS {
        places.push([&format!("Y{number:02}"), &format!("{number} 号楼院"), "courtyard", "", &anywhere()]);
    }
}

/// The people who knock: studio members and their grid workers.
#[derive(Debug)]
pub struct Team {
    /// The list `volunteers`.
    pub table: ListTable,
    /// Per grid: id of the grid worker and of the studio member in charge.
    pub of_grid: Vec<(String, String)>,
    /// Full names of the studio members.
    pub members: Vec<String>,
}

/// Returns the team: `n_members` members with four or three grid workers each, every grid covered.
pub fn team(plan: &Plan, names: &Names) -> Team {
    let mut rng = Rng::stream(plan.seed, "team", 0);
    let mut invent = |sex: Option<Sex>, low, high| {
        let sex = sex.unwrap_or(*rng.pick(&[Sex::Female, Sex::Female, Sex::Male]));
        let born = born_between(&mut rng, plan.today, low, high);
        (names.invent(&mut rng, sex, born, None).full, phone(&mut rng))
    };
    let n_grids = plan.n_grids.max(1);
    let mut table = ListTable::new(
        "volunteers",
        &["name", "label", "full_name", "kind", "roles", "grids", "lead", "phone", "status"],
    );
    let (mut workers, mut members, mut of_grid) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..plan.n_members {
        let id = format!("V{:02}", index + 1);
        let (name, phone) = invent(Some(Sex::Female), 48, 68);
        let mut grids = Vec::new();
        for _ in 0..if index < plan.n_members / 2 { 4 } else { 3 } {
            let number = workers.len();
            let (worker, grid) = (format!("W{:02}", number + 1), grid_id(number % n_grids));
            let (name, phone) = invent(None, 28, 62);
            if number < n_grids {
                of_grid.push((worker.clone(), id.clone()));
            }
            let label = format!("{name} · {grid}");
            workers.push([
                worker,
                label,
                name,
                "grid_worker".into(),
                "info".into(),
                grid.clone(),
                id.clone(),
                phone,
                "active".into(),
            ]);
            grids.push(grid);
        }
        grids.sort();
        grids.dedup();
        let grids = grids.join(" ");
        let mut roles = [index % 6, (index + 3) % 6];
        roles.sort_unstable();
        let label = format!("{name} · {grids}");
        let roles = roles.map(|it| ROLES[it]).join(" ");
        table.push([&id, &label, &name, "studio", &roles, &grids, "", &phone, "active"]);
        members.push(name);
    }
    for worker in &workers {
        table.push(worker.each_ref().map(String::as_str));
    }
    let of_grid = of_grid.iter().cycle().take(n_grids).cloned().collect();
    Team { table, of_grid, members }
}
