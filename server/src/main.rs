//! The `doorstep` program: serve, set up the demo, add accounts, check and publish packs, verify, back up and
//! restore, change the master key.

mod backups;
mod banner;
mod packs;
mod serve;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use doorstep::config::Config;
use doorstep::domain::account::{self, NewAccount, Role};
use doorstep::domain::{handed_in, list, proof, setup};
use doorstep::vault::rekey;
use tracing_subscriber::EnvFilter;

/// Compiling forms and checking visits is mostly small texts, made and dropped; photos are large ones. This gives back what
/// is not needed any more. SQLite's pages come from it too: it stands in for the system's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
    /// Changes the master key that the data is encrypted with; the server may go on running
    Rekey {
        #[command(flatten)]
        config: Config,
        /// Drops the old keys instead, once nothing is encrypted under them and every server knows the new one
        #[arg(long)]
        forget_old: bool,
    },
    /// Prints a list of the register as JSON, everything in it: {"columns": […], "rows": [[…], …]}
    ExportList {
        #[command(flatten)]
        config: Config,
        /// E.g. residents
        list: String,
    },
    /// Takes in a visit that a phone wrote into a file because it could not send it
    ImportVisit {
        #[command(flatten)]
        config: Config,
        /// The file, as it came from the phone
        file: std::path::PathBuf,
        /// Writes what is in it into this new folder instead, and takes nothing in
        #[arg(long)]
        unpack: Option<std::path::PathBuf>,
    },
    /// Verifies every file, the audit log, every seal and receipt; or one submission in a folder
    Verify(verify::VerifyArguments),
    /// Backs up database and files while the server goes on; only what is new is copied. The master key is not in it
    Backup(backups::BackupArguments),
    /// Restores a backup into a data folder that does not exist yet, and verifies it
    Restore(backups::RestoreArguments),
    /// Writes one submission into a new folder that proves itself
    ExportSubmission {
        #[command(flatten)]
        config: Config,
        /// The submission's id or its instance id
        id: String,
        /// A folder that does not exist yet
        folder: std::path::PathBuf,
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
    let command = match Arguments::parse().command {
        Command::Verify(arguments) => return verify::run(arguments).await,
        Command::Backup(arguments) => return backups::back_up(arguments).await,
        Command::Restore(arguments) => return backups::restore(arguments).await,
        other => other,
    };
    match run(command).await {
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
            doorstep::with_app(config, async |app| {
                if demo {
                    banner::installed(&setup::install_demo(app, None).await?, &data)?;
                }
                serve::run(std::sync::Arc::clone(app)).await
            })
            .await
        }
        Command::Demo { config, password } => {
            let data = config.data.clone();
            doorstep::with_app(config, async |app| {
                Ok(banner::installed(&setup::install_demo(app, password).await?, &data)?)
            })
            .await
        }
        Command::Account {
            command: AccountCommand::Add { config, username, name, role, grids, password },
        } => {
            let role = Role::parse(&role).ok_or("unknown role")?;
            let password = password.unwrap_or_else(account::random_password);
            doorstep::with_app(config, async |app| {
                println!("{username} {password}");
                account::add(app, vec![NewAccount { username, password, name, role, grids }]).await?;
                Ok(())
            })
            .await
        }
        Command::Pack { command } => packs::run(command).await,
        Command::Rekey { config, forget_old } => rekey(&config, forget_old).await,
        Command::ExportList { config, list } => {
            doorstep::with_app(config, async |app| {
                let (columns, rows) = list::whole(app, list).await?.ok_or("there is no such list")?;
                println!("{}", serde_json::json!({ "columns": columns, "rows": rows }));
                Ok(())
            })
            .await
        }
        Command::ImportVisit { config, file, unpack } => import_visit(config, &file, unpack).await,
        Command::Verify(_) | Command::Backup(_) | Command::Restore(_) => {
            unreachable!("run by themselves: their exit codes tell more than success or failure")
        }
        Command::ExportSubmission { config, id, folder } => {
            doorstep::with_app(config, async |app| {
                let proof = proof::read(app, None, id).await?;
                Ok(proof::write_folder(app, &proof, &folder).await?)
            })
            .await
        }
    }
}

async fn import_visit(
    config: Config,
    file: &std::path::Path,
    unpack: Option<std::path::PathBuf>,
) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = std::fs::read(file)?;
    doorstep::with_app(config, async |app| {
        if let Some(folder) = unpack {
            return Ok(handed_in::unpack(&handed_in::open(app, &bytes)?, &folder)?);
        }
        let taken = handed_in::take(app, None, &bytes).await?;
        let told =
            if taken.accepted.is_new { "已收下 Taken in" } else { "以前就收到了 Received before" };
        println!("{told}: {} {} {}", taken.accepted.receipt.number, taken.volunteer, taken.submission_id);
        Ok(())
    })
    .await
}

async fn rekey(config: &Config, forget_old: bool) -> Result<(), Box<dyn std::error::Error>> {
    let blobs = doorstep::open_blobs(config).await?;
    if forget_old {
        let n_keys = rekey::forget_old(&blobs, &config.data).await?;
        println!("旧密钥已删除 Old keys dropped: {n_keys}");
        return Ok(());
    }
    if config.key.is_none() {
        blobs.vault().source().add_key()?;
    }
    let renewed = rekey::renew(&blobs, &config.data).await?;
    let (n_files, n_renewed) = (renewed.n_files, renewed.n_renewed);
    println!("已换新密钥 Under the new key: {n_renewed} of {n_files} files. Key: {}", blobs.vault().source());
    println!(
        "请另外保存一份新密钥文件 Keep a copy of the key file elsewhere; later: doorstep rekey --forget-old"
    );
    Ok(())
}
