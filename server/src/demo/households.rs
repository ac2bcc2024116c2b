//! Households: who lives together, how old they are, what they are called.

use jiff::ToSpan;
use jiff::civil::Date;

use super::names::{Names, Sex};
use super::rng::Rng;
use super::{Plan, age_on};

/// Kinds of household by rough relative frequency.
const KINDS: &[(Kind, f64)] = &[
    (Kind::ElderSingle, 8.0),
    (Kind::ElderCouple, 15.0),
    (Kind::Couple, 13.0),
    (Kind::Nuclear1, 24.0),
    (Kind::Nuclear2, 13.0),
    (Kind::Single, 7.0),
    (Kind::ThreeGenerations, 11.0),
    (Kind::Renters, 6.0),
    (Kind::ElderChild, 3.0),
];

/// Who lives together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One old person.
    ElderSingle,
    /// Two old people.
    ElderCouple,
    /// A couple of working age.
    Couple,
    /// Parents and one child, rarely two.
    Nuclear1,
    /// Parents and two children.
    Nuclear2,
    /// One person of working age.
    Single,
    /// Parents, children, one or two grandparents.
    ThreeGenerations,
    /// People who share a rented flat.
    Renters,
    /// An old couple and a grown child.
    ElderChild,
}

impl Kind {
    /// Returns the register's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ElderSingle => "elder_single",
            Self::ElderCouple => "elder_couple",
            Self::Couple => "couple",
            Self::Nuclear1 => "nuclear1",
            Self::Nuclear2 => "nuclear2",
            Self::Single => "single",
            Self::ThreeGenerations => "three_gen",
            Self::Renters => "renters",
            Self::ElderChild => "elder_child",
        }
    }

    /// Whether one more child would not look odd.
    const fn can_grow(self) -> bool {
        matches!(self, Self::Nuclear1 | Self::Nuclear2 | Self::ThreeGenerations | Self::Couple)
    }
}

/// One person before the registers know anything about them.
#[derive(Debug, Clone)]
pub struct Person {
    /// `head`, `spouse`, `child`, `parent` or `flatmate`.
    pub relation: &'static str,
    /// Sex.
    pub sex: Sex,
    /// Date of birth.
    pub born: Date,
    /// Whole name.
    pub name: String,
    /// Surname, where the name has one.
    pub surname: Option<&'static str>,
}

/// People behind one door.
#[derive(Debug)]
pub struct Household {
    /// Who lives together.
    pub kind: Kind,
    /// The head first.
    pub members: Vec<Person>,
}

/// Returns exactly `plan.n_households` households of together exactly `plan.n_residents` people.
pub fn build(plan: &Plan, names: &Names) -> Vec<Household> {
    let mut households: Vec<Household> = kinds(plan)
        .into_iter()
        .enumerate()
        .map(|(index, kind)| {
            let mut family = Family::new(plan, names, index);
            family.fill(kind);
            Household { kind, members: family.members }
        })
        .collect();
    fit(plan, names, &mut households);
    households
}

/// Returns the kinds of all households: their shares as [`KINDS`] says, their order random.
fn kinds(plan: &Plan) -> Vec<Kind> {
    let all: f64 = KINDS.iter().map(|(_, weight)| weight).sum();
    let (mut kinds, mut weight_so_far) = (Vec::with_capacity(plan.n_households), 0.0);
    for (kind, weight) in KINDS {
        weight_so_far += weight;
        let end = (plan.n_households as f64 * weight_so_far / all).round() as usize;
        kinds.resize(end, *kind);
    }
    Rng::stream(plan.seed, "kinds", 0).shuffle(&mut kinds);
    kinds
}

/// Takes people out or adds children until the head count is the plan's. Stops, short of it, when no household
/// can give or take any more, which takes a plan of fewer people than homes.
fn fit(plan: &Plan, names: &Names, households: &mut [Household]) {
    let mut order: Vec<usize> = (0..households.len()).collect();
    Rng::stream(plan.seed, "fit", 0).shuffle(&mut order);
    let mut count: usize = households.iter().map(|it| it.members.len()).sum();
    let mut changed = true;
    while count != plan.n_residents && changed {
        changed = false;
        for &index in &order {
            let household = &mut households[index];
            let size = household.members.len();
            if count > plan.n_residents && size > 2 && household.kind != Kind::ElderChild {
                household.members.pop();
                (count, changed) = (count - 1, true);
            } else if count < plan.n_residents && size < 6 && household.kind.can_grow() {
                let mut family = Family::new(plan, names, plan.n_households * size + index);
                family.members = std::mem::take(&mut household.members);
                family.add_child(20);
                household.members = family.members;
                (count, changed) = (count + 1, true);
            }
        }
    }
}

struct Family<'a> {
    rng: Rng,
    today: Date,
    names: &'a Names,
    members: Vec<Person>,
}

impl<'a> Family<'a> {
    fn new(plan: &Plan, names: &'a Names, index: usize) -> Self {
        let rng = Rng::stream(plan.seed, "household", index);
        Self { rng, today: plan.today, names, members: Vec::new() }
    }

    fn fill(&mut self, kind: Kind) {
        use Sex::{Female, Male};
        match kind {
            Kind::ElderSingle => {
                let sex = *self.rng.pick(&[Male, Female, Female]);
                self.add("head", sex, 62, 93, None);
            }
            Kind::ElderCouple => self.couple(61, 88, 58, 1),
            Kind::ElderChild => {
                self.couple(61, 88, 58, 1);
                let sex = Sex::any(&mut self.rng);
                self.add("child", sex, 32, 55, self.surname());
            }
            Kind::Couple => self.couple(25, 60, 22, 2),
            Kind::Nuclear1 | Kind::Nuclear2 | Kind::ThreeGenerations => self.generations(kind),
            Kind::Single => {
                let sex = Sex::any(&mut self.rng);
                self.add("head", sex, 22, 58, None);
            }
            Kind::Renters => {
                for index in 0..*self.rng.pick(&[2, 2, 3, 4]) {
                    let sex = Sex::any(&mut self.rng);
                    self.add(if index == 0 { "head" } else { "flatmate" }, sex, 19, 45, None);
                }
            }
        }
    }

    /// A man of `low..high` years and a wife at most six years younger and `older` years older.
    fn couple(&mut self, low: i64, high: i64, wife_least: i64, older: i64) {
        self.add("head", Sex::Male, low, high, None);
        let age = self.head_age();
        self.add("spouse", Sex::Female, wife_least.max(age - 6), age + older, None);
    }

    fn generations(&mut self, kind: Kind) {
        let two = self.rng.chance(0.15) || kind == Kind::Nuclear2;
        let grandfather = self.rng.chance(0.55);
        self.couple(28, 54, 25, 2);
        for _ in 0..if two { 2 } else { 1 } {
            self.add_child(22);
        }
        if kind == Kind::ThreeGenerations {
            let age = self.head_age();
            self.add("parent", Sex::Female, age + 22, age + 30, None);
            if grandfather {
                self.add("parent", Sex::Male, age + 23, age + 32, self.surname());
            }
        }
    }

    fn add_child(&mut self, oldest: i64) {
        let sex = Sex::any(&mut self.rng);
        let top = (self.head_age() - 24).clamp(1, oldest);
        self.add("child", sex, 0, top, self.surname());
    }

    fn add(&mut self, relation: &'static str, sex: Sex, low: i64, high: i64, surname: Option<&'static str>) {
        let born = born_between(&mut self.rng, self.today, low, high);
        let name = self.names.invent(&mut self.rng, sex, born, surname);
        self.members.push(Person { relation, sex, born, name: name.full, surname: name.surname });
    }

    fn head_age(&self) -> i64 {
        self.members.first().map_or(40, |head| age_on(self.today, head.born))
    }

    fn surname(&self) -> Option<&'static str> {
        self.members.first().and_then(|head| head.surname)
    }
}

/// Returns a day on which somebody of `low` to `high` years may have been born.
pub fn born_between(rng: &mut Rng, today: Date, low: i64, high: i64) -> Date {
    let days = |years: i64| years * 36_525 / 100;
    today.saturating_sub((days(high) - rng.between(0, days(high - low).max(1) - 1)).days())
}
