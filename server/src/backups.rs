//! `doorstep backup` and `doorstep restore`: what people are told, and exit codes.
//!
//! 0: done. 1: done, but files are missing, or what was restored is not sound. 2: not done.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use doorstep::backup::BackupError;
use doorstep::backup::make::{self, Made};
use doorstep::backup::restore::{self, Restored};
use doorstep::clock::Clock;
use doorstep::config::Config;
use doorstep::vault::Vault;

use crate::packs::Language;
use crate::verify;

const INCOMPLETE: u8 = 1;
const NOT_DONE: u8 = 2;

/// What is backed up, and to where.
#[derive(Debug, Args)]
pub struct BackupArguments {
    #[command(flatten)]
    config: Config,
    /// A new or empty folder, or one with an earlier backup of the same data; on another disk
    folder: PathBuf,
    /// Language of what is told
    #[arg(long, value_enum, default_value_t = Language::Chinese)]
    language: Language,
}

/// What is restored, and to where.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    #[command(flatten)]
    config: Config,
    /// The folder with the backup
    folder: PathBuf,
    /// Language of what is told
    #[arg(long, value_enum, default_value_t = Language::Chinese)]
    language: Language,
}

/// Makes or continues a backup.
pub async fn back_up(arguments: BackupArguments) -> ExitCode {
    let language = arguments.language;
    match make_backup(&arguments).await {
        Ok(made) => {
            println!("{}", made_text(&made, language));
            if made.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) }
        }
        Err(error) => refuse(&error, language),
    }
}

async fn make_backup(arguments: &BackupArguments) -> Result<Made, BackupError> {
    let config = &arguments.config;
    // Without this the keys and the folder of a community that does not exist would be made.
    match config.bucket {
        Some(_) if Vault::open(config.keys())?.is_none() => {
            return Err(BackupError::NoKey(config.keys().to_string()));
        }
        None if !config.data.join("blobs").is_dir() => {
            return Err(BackupError::NoData(config.data.clone()));
        }
        _ => {}
    }
    let blobs = doorstep::open_blobs(config)
        .await
        .map_err(|error| BackupError::Io { path: config.data.clone(), problem: error.to_string() })?;
    make::make(config, &blobs, &arguments.folder, Clock::System.now_ms()).await
}

/// Restores a backup into a folder, from where its files may go to a bucket, and verifies what was restored.
pub async fn restore(arguments: RestoreArguments) -> ExitCode {
    let (config, language) = (Config { bucket: None, ..arguments.config }, arguments.language);
    let (settings, folder) = (config.clone(), arguments.folder);
    let restored = tokio::task::spawn_blocking(move || restore::restore(&settings, &folder)).await;
    match restored {
        Ok(Ok(restored)) => {
            println!("{}", restored_text(&restored, language));
            if restored.has_database { verify::restored(config, language).await } else { ExitCode::SUCCESS }
        }
        Ok(Err(error)) => refuse(&error, language),
        Err(error) => {
            eprintln!("doorstep: {error}");
            ExitCode::from(NOT_DONE)
        }
    }
}

fn refuse(error: &BackupError, language: Language) -> ExitCode {
    eprintln!("doorstep: {}", error_text(error, language));
    ExitCode::from(NOT_DONE)
}

fn made_text(made: &Made, language: Language) -> String {
    let Made { has_database, n_files, n_copied, n_deleted, missing } = made;
    let (database, rest) = match language {
        Language::Chinese => (
            if *has_database {
                "数据库和文件都已备份"
            } else {
                "文件已备份。数据库是 PostgreSQL，请先用 pg_dump 备份数据库，再运行本命令"
            },
            format!(
                "文件共 {n_files} 个，新增 {n_copied} 个，删除 {n_deleted} 个（服务器上已到期删除的）。\n备份里没有主密钥，请另外保存一份，没有它谁也读不出备份。"
            ),
        ),
        Language::English => (
            if *has_database {
                "Database and files are backed up"
            } else {
                "The files are backed up. The database is PostgreSQL: back it up with pg_dump, before this command"
            },
            format!(
                "{n_files} files, {n_copied} of them new; {n_deleted} deleted that the server no longer keeps.\nThe master key is not in the backup: keep a copy elsewhere, without it nobody can read the backup."
            ),
        ),
    };
    let missing = match (missing.len(), language) {
        (0, _) => String::new(),
        (n, Language::Chinese) => {
            format!(
                "\n注意：有 {n} 个文件数据库里有记录，服务器上却找不到。请运行 doorstep verify 查看是哪些。"
            )
        }
        (n, Language::English) => {
            format!(
                "\nCareful: the database names {n} files that the server does not have. doorstep verify tells which."
            )
        }
    };
    match language {
        Language::Chinese => format!("{database}：{rest}{missing}"),
        Language::English => format!("{database}: {rest}{missing}"),
    }
}

fn restored_text(restored: &Restored, language: Language) -> String {
    let at = jiff::Timestamp::from_millisecond(restored.made_at).unwrap_or_default();
    let at = at.strftime("%Y-%m-%d %H:%M UTC");
    let n = restored.n_files;
    match (language, restored.has_database) {
        (Language::Chinese, true) => format!("已恢复 {at} 的备份，文件 {n} 个。正在核对……"),
        (Language::Chinese, false) => {
            format!(
                "已恢复 {at} 的备份，文件 {n} 个。数据库请用 pg_restore 恢复，然后运行 doorstep verify 核对。"
            )
        }
        (Language::English, true) => format!("The backup of {at} is restored, {n} files. Verifying …"),
        (Language::English, false) => format!(
            "The backup of {at} is restored, {n} files. Restore the database with pg_restore, then run doorstep verify."
        ),
    }
}

fn error_text(error: &BackupError, language: Language) -> String {
    let (chinese, english) = match error {
        BackupError::NoBackup(path) => (
            format!("{} 里有别的东西，不是备份，没有动它。请换一个空文件夹。", path.display()),
            format!(
                "{} holds something that is no backup; nothing was touched. Choose an empty folder.",
                path.display()
            ),
        ),
        BackupError::OtherData(path) => (
            format!("{} 里是另一套数据的备份，没有动它。请换一个文件夹。", path.display()),
            format!(
                "{} holds a backup of other data; nothing was touched. Choose another folder.",
                path.display()
            ),
        ),
        BackupError::Inside(path) => (
            format!("{} 和数据文件夹套在一起了。请把备份放到别的地方，最好是另一块硬盘。", path.display()),
            format!(
                "{} and the data folder lie in each other. Put the backup elsewhere, best on another disk.",
                path.display()
            ),
        ),
        BackupError::InUse(path) => (
            format!("另一个备份正在写 {}。请等它做完。", path.display()),
            format!("Another backup is writing to {}. Wait until it is done.", path.display()),
        ),
        BackupError::NoData(path) => (
            format!("{} 里没有数据。请用 --data 指明数据文件夹。", path.display()),
            format!("There is no data in {}. Name the data folder with --data.", path.display()),
        ),
        BackupError::Unfinished(path) => (
            format!("{} 里的备份没有做完，不能恢复。请换一份备份。", path.display()),
            format!(
                "The backup in {} was never finished and can't be restored. Take another one.",
                path.display()
            ),
        ),
        BackupError::Damaged(path) => (
            format!("备份里的 {} 已损坏，没有恢复。请换一份备份。", path.display()),
            format!(
                "{} in the backup is damaged; nothing was restored. Take another backup.",
                path.display()
            ),
        ),
        BackupError::NotEmpty(path) => (
            format!("{} 不是空的，没有动它。请恢复到一个新文件夹。", path.display()),
            format!("{} is not empty; nothing was touched. Restore into a new folder.", path.display()),
        ),
        BackupError::NoKey(place) => (
            format!("{place} 没有主密钥。请先把另外保存的主密钥文件放到那里。"),
            format!(
                "There is no master key at {place}. Put the key file that you kept elsewhere there first."
            ),
        ),
        BackupError::Full => (
            "硬盘满了，没有做完。腾出地方后再运行一次，会接着做。".to_owned(),
            "The disk is full; it is not done. Make room and run it again: it goes on where it was."
                .to_owned(),
        ),
        BackupError::Io { .. }
        | BackupError::Vault(_)
        | BackupError::Rekey(_)
        | BackupError::Db(_)
        | BackupError::Blob(_) => (format!("没有做完：{error}"), format!("It is not done: {error}")),
    };
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}
