//! `doorstep pack`: looks at packs and publishes them, without a browser.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use doorstep::App;
use doorstep::api::error::text;
use doorstep::config::Config;
use doorstep::domain::pack::{self as service, PackError};
use doorstep::domain::{calendar, pack_version};
use doorstep::pack::{Files, Known, Pack, community, is_sound};
use wasm_forms::{Diagnostic, Place, Severity};

/// What can be done with a pack.
#[derive(Debug, Subcommand)]
pub enum PackCommand {
    /// Tells everything that is wrong with a pack; nothing is changed
    Check {
        /// The pack's folder, or a zip of it
        pack: PathBuf,
        /// Language of what is told
        #[arg(long, value_enum, default_value_t = Language::Chinese)]
        language: Language,
    },
    /// Publishes a pack; a server that runs on the same data works by it within a minute
    Publish {
        #[command(flatten)]
        config: Box<Config>,
        /// The pack's folder, or a zip of it
        pack: PathBuf,
        /// Language of what is told
        #[arg(long, value_enum, default_value_t = Language::Chinese)]
        language: Language,
    },
    /// Lists the packs that were published, newest first; * marks the one in force
    List {
        #[command(flatten)]
        config: Box<Config>,
    },
    /// Works by an earlier pack again, with the forms of its time
    Rollback {
        #[command(flatten)]
        config: Box<Config>,
        /// Id of the pack, as `list` tells it; by default the one that was in force before
        id: Option<String>,
        /// Only tells what would change
        #[arg(long)]
        dry_run: bool,
        /// Why
        #[arg(long, default_value = "")]
        note: String,
        /// Language of what is told
        #[arg(long, value_enum, default_value_t = Language::Chinese)]
        language: Language,
    },
    /// Writes the community pack that the program carries into a new folder, to begin one's own with
    New {
        /// A folder that does not exist yet
        folder: PathBuf,
    },
}

/// A language that problems are told in.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Language {
    /// 中文
    #[value(name = "zh-CN")]
    Chinese,
    /// English
    #[value(name = "en")]
    English,
}

impl Language {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }
}

/// Does it.
pub async fn run(command: PackCommand) -> Result<(), Box<dyn Error>> {
    match command {
        PackCommand::Check { pack, language } => {
            let files = read(&pack, language)?;
            let (pack, diagnostics) = Pack::read(&files, &Known::default());
            tell(&diagnostics, language);
            if !is_sound(&diagnostics) {
                return Err(refused(&diagnostics, language).into());
            }
            println!("{}", summary(&pack));
            Ok(())
        }
        PackCommand::Publish { config, pack, language } => {
            let files = read(&pack, language)?;
            doorstep::with_app(*config, async |app| {
                let checked = service::check(app, files).await.map_err(|it| why(it, language))?;
                tell(&checked.diagnostics, language);
                println!("{}", summary(&checked.pack));
                let id = service::publish(app, checked, by()).await.map_err(|it| why(it, language))?;
                println!("{id}");
                Ok(())
            })
            .await
        }
        PackCommand::List { config } => {
            doorstep::with_app(*config, async |app| {
                for row in service::all(app).await? {
                    let mark = if row.is_current { "*" } else { " " };
                    let day = calendar::day_at(row.published_at, app.config.utc_offset_min);
                    println!("{mark} {}  {day}  {}", row.id, row.by_name);
                }
                Ok(())
            })
            .await
        }
        PackCommand::Rollback { config, id, dry_run, note, language } => {
            doorstep::with_app(*config, async |app| {
                let before = match id {
                    Some(id) => Some(id),
                    None => pack_version::before(app).await?,
                };
                let id = before.ok_or_else(|| text(language.code(), "pack.unknown", &Default::default()))?;
                roll_back(app, id, (dry_run, note), language).await
            })
            .await
        }
        PackCommand::New { folder } => write(&folder),
    }
}

async fn roll_back(
    app: &App,
    id: String,
    (is_dry_run, note): (bool, String),
    language: Language,
) -> Result<(), Box<dyn Error>> {
    let (changes, diagnostics) = pack_version::look(app, id.clone()).await.map_err(|it| why(it, language))?;
    for row in &changes.rows {
        println!("{:?} {} {}", row.kind, row.sheet, row.key);
    }
    for form in &changes.forms {
        println!("{} {} > {}", form.form_id, form.before, form.after);
    }
    tell(&diagnostics, language);
    if !is_dry_run {
        pack_version::roll_back(app, by(), id.clone(), note).await.map_err(|it| why(it, language))?;
        println!("{id}");
    }
    Ok(())
}

/// Who publishes and goes back here.
fn by() -> service::By {
    (String::new(), "doorstep pack".to_owned())
}

/// Tells all that is wrong, and returns the last line of it.
fn why(error: PackError, language: Language) -> Box<dyn Error> {
    match error {
        PackError::Refused(diagnostics) => {
            tell(&diagnostics, language);
            refused(&diagnostics, language).into()
        }
        PackError::Unknown => text(language.code(), "pack.unknown", &Default::default()).into(),
        error => error.into(),
    }
}

fn read(path: &Path, language: Language) -> Result<Files, Box<dyn Error>> {
    if path.is_dir() {
        return Ok(Files::folder(path)?);
    }
    Ok(Files::zip(&std::fs::read(path)?).map_err(|it| line(&it, language))?)
}

fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir(folder)?;
    for (name, bytes) in community().iter() {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, bytes)?;
    }
    println!("{}", folder.display());
    Ok(())
}

fn tell(diagnostics: &[Diagnostic], language: Language) {
    for diagnostic in diagnostics {
        println!("{}", line(diagnostic, language));
    }
}

/// Returns `tasks F3 error: …`.
fn line(diagnostic: &Diagnostic, language: Language) -> String {
    let place = match &diagnostic.place {
        Place::Cell { sheet, row: 0, .. } => sheet.clone(),
        Place::Cell { sheet, row, column } => format!("{sheet} {column}{row}"),
        Place::Form | Place::Node { .. } => "–".to_owned(),
    };
    let severity = match (diagnostic.severity, language) {
        (Severity::Error, Language::Chinese) => "错误",
        (Severity::Warning, Language::Chinese) => "提醒",
        (Severity::Error, Language::English) => "error",
        (Severity::Warning, Language::English) => "warning",
    };
    format!("{place}  {severity}: {}", text(language.code(), &diagnostic.code, &diagnostic.params))
}

fn refused(diagnostics: &[Diagnostic], language: Language) -> String {
    let n_errors = diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
    format!("{} ({n_errors})", text(language.code(), "pack.refused", &Default::default()))
}

fn summary(pack: &Pack) -> String {
    format!(
        "{} task types, {} outcomes, {} forms, {} lists, {} roles, {} cards",
        pack.tasks.len(),
        pack.outcomes.len(),
        pack.forms.len(),
        pack.lists.len(),
        pack.roles.len(),
        pack.cards.len()
    )
}
