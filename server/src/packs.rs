//! `doorstep pack`: looks at packs and publishes them, without a browser.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use doorstep::api::error::text;
use doorstep::clock::Clock;
use doorstep::config::Config;
use doorstep::domain::pack::{self as service, PackError};
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
            let app = doorstep::app(*config, Clock::System).await?;
            match service::check(&app, files).await {
                Ok(checked) => {
                    tell(&checked.diagnostics, language);
                    println!("{}", summary(&checked.pack));
                    let id =
                        service::publish(&app, checked, (String::new(), "doorstep pack".to_owned())).await?;
                    println!("{id}");
                    Ok(())
                }
                Err(PackError::Refused(diagnostics)) => {
                    tell(&diagnostics, language);
                    Err(refused(&diagnostics, language).into())
                }
                Err(error) => Err(error.into()),
            }
        }
        PackCommand::New { folder } => write(&folder),
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
