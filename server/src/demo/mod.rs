//! An invented community to try Doorstep with: registers of the size a real one has, and nobody in them is real.
//!
//! [`generate`] gives the same community for the same plan, byte for byte, on every machine. Identifiers depend on
//! the seed alone; dates lie around `today`, so that a certification that was due soon yesterday is still due soon.
//! How a reader can tell the fiction is written in [`names`].
//!
//! The scale is that of the community Doorstep was first drawn for: 5,743 households, 16,800 residents, 23 grids,
//! 11 studio members with 38 grid workers.

pub mod extras;
pub mod households;
pub mod names;
pub mod places;
pub mod residents;
pub mod rng;
pub mod rows;

use jiff::civil::Date;

/// How large the community is and on which day it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Which of the many possible communities.
    pub seed: u64,
    /// The day on which ages and due dates are right.
    pub today: Date,
    /// Homes that are lived in.
    pub n_households: usize,
    /// People, at least as many as homes.
    pub n_residents: usize,
    /// Grids, at least one.
    pub n_grids: usize,
    /// Studio members; each leads three or four grid workers.
    pub n_members: usize,
    /// People with a disability certificate.
    pub n_disabled: usize,
    /// Households with a minimum-living allowance (低保).
    pub n_dibao: usize,
    /// Small wishes, fulfilled and claimed ones included.
    pub n_wishes: usize,
    /// Wishes fulfilled.
    pub n_lit: usize,
    /// Wishes that somebody has claimed.
    pub n_claimed: usize,
    /// Notices, at most twelve.
    pub n_notices: usize,
    /// Requests for doorstep service.
    pub n_requests: usize,
    /// Certification visits already made.
    pub n_visits: usize,
    /// Mediation cases.
    pub n_cases: usize,
    /// Hazards found on inspections.
    pub n_hazards: usize,
}

impl Plan {
    /// Returns the whole community as it stands on a day.
    #[must_use]
    pub const fn new(today: Date) -> Self {
        Self {
            seed: 20_261_121,
            today,
            n_households: 5743,
            n_residents: 16_800,
            n_grids: 23,
            n_members: 11,
            n_disabled: 87,
            n_dibao: 42,
            n_wishes: 108,
            n_lit: 23,
            n_claimed: 34,
            n_notices: 12,
            n_requests: 31,
            n_visits: 104,
            n_cases: 60,
            n_hazards: 48,
        }
    }

    /// Returns a hundredth of it, for tests and first looks.
    #[must_use]
    pub const fn small(today: Date) -> Self {
        Self {
            n_households: 57,
            n_residents: 168,
            n_grids: 3,
            n_members: 2,
            n_disabled: 3,
            n_dibao: 2,
            n_visits: 1,
            ..Self::new(today)
        }
    }
}

/// One list: named columns and rows of text, as list files and imports have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListTable {
    /// List name, e.g. `residents`.
    pub name: &'static str,
    /// Column names; `name` is the key and comes first.
    pub columns: Vec<&'static str>,
    /// Cells in the order of the columns; empty text where nothing is known.
    pub rows: Vec<Vec<String>>,
}

impl ListTable {
    /// Returns an empty list.
    #[must_use]
    pub fn new(name: &'static str, columns: &[&'static str]) -> Self {
        Self { name, columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns a column's number.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|it| *it == name)
    }

    /// Returns a cell's text; empty where the list has no such row or column.
    #[must_use]
    pub fn cell(&self, row: usize, column: &str) -> &str {
        let cell = self.column(column).and_then(|column| self.rows.get(row)?.get(column));
        cell.map_or("", String::as_str)
    }

    /// Returns a row as (column, text) in the order of the columns.
    pub fn pairs(&self, row: usize) -> impl Iterator<Item = (&'static str, &str)> {
        let cells = self.rows.get(row).map_or(&[][..], Vec::as_slice);
        self.columns.iter().copied().zip(cells.iter().map(String::as_str))
    }

    fn push<const N: usize>(&mut self, cells: [&str; N]) {
        debug_assert_eq!(N, self.columns.len(), "a row of {} has a cell per column", self.name);
        self.rows.push(cells.iter().map(|it| (*it).to_owned()).collect());
    }
}

/// Every list of an invented community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Community {
    /// Everybody who lives here.
    pub residents: ListTable,
    /// Homes.
    pub households: ListTable,
    /// Grids, buildings, courtyards and other spots.
    pub places: ListTable,
    /// Studio members and grid workers.
    pub volunteers: ListTable,
    /// Small wishes.
    pub wishes: ListTable,
    /// Notices.
    pub notices: ListTable,
    /// Requests for doorstep service.
    pub requests: ListTable,
    /// Mediation cases.
    pub cases: ListTable,
    /// Hazards.
    pub hazards: ListTable,
    /// Topics for deliberation.
    pub topics: ListTable,
    /// Policies to check against.
    pub policies: ListTable,
    /// Certification visits already made.
    pub cert_visits: ListTable,
    /// Follow-ups that wait.
    pub follow_ups: ListTable,
}

impl Community {
    /// Returns every list, the residents first.
    #[must_use]
    pub fn lists(&self) -> [&ListTable; 13] {
        [
            &self.residents,
            &self.households,
            &self.places,
            &self.volunteers,
            &self.wishes,
            &self.notices,
            &self.requests,
            &self.cases,
            &self.hazards,
            &self.topics,
            &self.policies,
            &self.cert_visits,
            &self.follow_ups,
        ]
    }
}

/// Returns the community of a plan.
#[must_use]
pub fn generate(plan: Plan) -> Community {
    let names = names::Names::all();
    let (places, doors) = places::build(&plan);
    let team = places::team(&plan, &names);
    let families = households::build(&plan, &names);
    let has_dibao = residents::choose_dibao(&plan, &families);
    let people = residents::build(&plan, &names, &families, &has_dibao, &doors, &team);
    let extras = extras::Extras { plan: &plan, residents: &people, places: &places, team: &team };
    Community {
        residents: rows::residents(&people),
        households: rows::households(&families, &has_dibao, &doors),
        wishes: extras.wishes(),
        notices: extras.notices(),
        requests: extras.requests(),
        cases: extras.cases(),
        hazards: extras.hazards(),
        topics: extras.topics(),
        policies: extras::policies(),
        cert_visits: extras.cert_visits(),
        follow_ups: extras.follow_ups(),
        volunteers: team.table.clone(),
        places: places.clone(),
    }
}

/// Returns the age in whole years.
fn age_on(today: Date, born: Date) -> i64 {
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    i64::from(today.year() - born.year()) - i64::from(!had_birthday)
}

#[cfg(test)]
mod tests;
