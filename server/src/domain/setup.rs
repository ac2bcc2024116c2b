//! Sets up the demo community: registers, forms, tasks and log-ins. Doing it again changes nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::account::{self, NewAccount, Role};
use super::form::{self, FormError};
use super::list::{self, Properties};
use super::schedule;
use crate::App;
use crate::demo::{Community, ListTable, Plan, generate};
use crate::store::accounts;
use crate::store::db::{DbError, Tx};
use crate::store::entities;

/// Rows that one transaction of the set-up writes.
const BATCH: usize = 2000;

/// One log-in of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// User name.
    pub username: String,
    /// Password, told once.
    pub password: String,
    /// The person.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Grids.
    pub grids: Vec<String>,
}

/// What was set up.
#[derive(Debug)]
pub struct Installed {
    /// Log-ins to try, the supervisor first; empty where the demo was there already.
    pub logins: Vec<Login>,
    /// How many residents.
    pub n_residents: usize,
    /// How many tasks.
    pub n_tasks: usize,
    /// How many forms.
    pub n_forms: usize,
}

/// Installs the whole demo community as of today. Without a password for all, the desk's log-ins get a random one
/// each, and the team shares one.
pub async fn install_demo(app: &Arc<App>, password: Option<String>) -> Result<Installed, FormError> {
    let some_password = || password.clone().unwrap_or_else(account::random_password);
    let (supervisor, street, team) = (some_password(), some_password(), some_password());
    let password_of = |username: &str| match username {
        "supervisor" => supervisor.clone(),
        "street" => street.clone(),
        _ => team.clone(),
    };
    install(app, Plan::new(app.today()), password_of).await
}

/// Installs a community. `password_of` gives each log-in its password.
pub async fn install(
    app: &Arc<App>,
    plan: Plan,
    password_of: impl Fn(&str) -> String,
) -> Result<Installed, FormError> {
    let is_there = app.db.read(|tx| Ok::<_, DbError>(!accounts::all(tx)?.is_empty())).await?;
    if is_there {
        return Ok(Installed { logins: Vec::new(), n_residents: 0, n_tasks: 0, n_forms: 0 });
    }
    let generated = tokio::task::spawn_blocking(move || generate(plan));
    let community = generated.await.map_err(|error| DbError::Other(error.to_string()))?;
    let n_forms = form::all(app).await?.into_iter().filter(|(row, _)| row.is_current).count();
    for table in community.lists() {
        store_list(app, table, &community).await?;
    }
    let n_tasks = usize::try_from(schedule::plan(app).await?).unwrap_or(0);
    let logins = logins(&community, password_of);
    let accounts = logins.iter().map(|it| NewAccount {
        username: it.username.clone(),
        password: it.password.clone(),
        name: it.name.clone(),
        role: it.role,
        grids: it.grids.clone(),
    });
    account::add(app, accounts.collect()).await?;
    Ok(Installed { logins, n_residents: community.residents.len(), n_tasks, n_forms })
}

async fn store_list(app: &App, table: &ListTable, community: &Community) -> Result<(), DbError> {
    let now = app.clock.now_ms();
    let rows: Vec<(String, Properties)> = (0..table.len())
        .map(|row| {
            let pairs = table.pairs(row).filter(|(column, _)| *column != "name" && *column != "__version");
            let properties = pairs.map(|(column, cell)| (column.to_owned(), cell.to_owned())).collect();
            (table.cell(row, "name").to_owned(), properties)
        })
        .collect();
    let name = table.name;
    let columns = table.columns.join(" ");
    app.db.write(move |tx| entities::set_columns(tx, name, &columns)).await?;
    for batch in rows.chunks(BATCH) {
        let batch = batch.to_vec();
        app.db
            .write(move |tx| batch.iter().try_for_each(|(id, it)| store_row(tx, name, id, it, now)))
            .await?;
    }
    tracing::debug!(list = name, rows = table.len(), residents = community.residents.len(), "list stored");
    Ok(())
}

fn store_row(
    tx: &mut dyn Tx,
    list: &str,
    id: &str,
    properties: &Properties,
    now: i64,
) -> Result<(), DbError> {
    let mut properties = properties.clone();
    let label = properties.remove("label").filter(|it| !it.is_empty());
    let label = label.or_else(|| properties.get("full_name").cloned()).unwrap_or_else(|| id.to_owned());
    let grid = match (list, properties.get("kind").map(String::as_str)) {
        ("residents" | "places", _) => String::new(),
        _ => list::grid_of_subject(tx, &properties)?,
    };
    entities::put(tx, &list::row(list, id, &label, 1, &properties, &grid, now), "Doorstep", "")
}

/// Returns a supervisor, somebody at the street office, an adviser for every grid, and everybody of the team.
fn logins(community: &Community, password_of: impl Fn(&str) -> String) -> Vec<Login> {
    let login = |username: &str, name: &str, role: Role, grids: Vec<String>| Login {
        username: username.to_owned(),
        password: password_of(username),
        name: name.to_owned(),
        role,
        grids,
    };
    let mut logins = vec![
        login("supervisor", "社区督导员", Role::Supervisor, Vec::new()),
        login("street", "街道干部", Role::Street, Vec::new()),
    ];
    let team = &community.volunteers;
    let grids_of = |row| team.cell(row, "grids").split_whitespace().map(str::to_owned);
    for row in 0..team.len() {
        let role = if team.cell(row, "kind") == "grid_worker" { Role::GridWorker } else { Role::Volunteer };
        let grids = grids_of(row).collect();
        logins.push(login(&team.cell(row, "name").to_lowercase(), team.cell(row, "full_name"), role, grids));
    }
    let grids: BTreeSet<String> = (0..team.len()).flat_map(grids_of).collect();
    logins.push(login("adviser", "智囊团成员", Role::Adviser, grids.into_iter().collect()));
    logins
}
