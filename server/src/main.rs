//! The `doorstep` program: serve, set up the demo, add accounts, check and publish packs, verify the audit log.

mod banner;
mod packs;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use doorstep::clock::Clock;
use doorstep::config::Config;
use doorstep::domain::account::{self, NewAccount, Role};
use doorstep::domain::{audit, setup};
use tracing_subscriber::EnvFilter;

/// Compiling forms and checking visits is mostly small texts, made and dropped.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Doorstep (叩门): doorstep visits, review and registers for a community
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the web app and the API
    Serve {
        #[command(flatten)]
        config: Config,
        /// Sets up the demo community first, if nothing is there yet
        #[arg(long)]
        demo: bool,
    },
    /// Sets up the demo community (nobody in it is real) and prints its log-ins
    Demo {
        #[command(flatten)]
        config: Config,
        /// One password for every log-in instead of random ones
        #[arg(long, env = "DOORSTEP_DEMO_PASSWORD")]
        password: Option<String>,
    },
    /// Works on accounts
    Account {
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// Works on packs: task types, forms, lists, calendar and cards as one
    Pack {
        #[command(subcommand)]
        command: packs::PackCommand,
    },
    /// Checks the hash chain of the audit log
    Verify {
        #[command(flatten)]
        config: Config,
    },
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Adds an account and prints its password
    Add {
        #[command(flatten)]
        config: Config,
        /// What the person types at sign-in
        username: String,
        /// The person's name
        name: String,
        /// volunteer, grid_worker, adviser, supervisor, street or admin
        #[arg(long)]
        role: String,
        /// Grids of a volunteer, e.g. G01,G02
        #[arg(long, value_delimiter = ',')]
        grids: Vec<String>,
        /// Password; a random one by default
        #[arg(long, env = "DOORSTEP_PASSWORD")]
        password: Option<String>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,tower_http=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("doorstep: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn std::error::Error>> {
    match command {
        Command::Serve { config, demo } => {
            let data = config.data.clone();
            let app = doorstep::app(config, Clock::System).await?;
            if demo {
                banner::installed(&setup::install_demo(&app, None).await?, &data)?;
            }
            serve::run(app).await
        }
        Command::Demo { config, password } => {
            let data = config.data.clone();
            let app = doorstep::app(config, Clock::System).await?;
            banner::installed(&setup::install_demo(&app, password).await?, &data)?;
            Ok(())
        }
        Command::Account {
            command: AccountCommand::Add { config, username, name, role, grids, password },
        } => {
            let role = Role::parse(&role).ok_or("unknown role")?;
            let app = doorstep::app(config, Clock::System).await?;
            let password = password.unwrap_or_else(account::random_password);
            println!("{username} {password}");
            account::add(&app, vec![NewAccount { username, password, name, role, grids }]).await?;
            Ok(())
        }
        Command::Pack { command } => packs::run(command).await,
        Command::Verify { config } => {
            let app = doorstep::app(config, Clock::System).await?;
            match audit::verify(&app).await? {
                Ok(n_rows) => println!("audit log: {n_rows} rows, unbroken"),
                Err(place) => return Err(format!("audit log: broken at row {place}").into()),
            }
            Ok(())
        }
    }
}
