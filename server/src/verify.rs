//! `doorstep verify`: the report for people or programs, and an exit code.
//!
//! 0: nothing was changed. 1: something was. 2: it could not be verified. 3, for a folder: nothing was changed as far as can
//! be seen, but it proves less than a visit: nobody signed it, or parts of it are not there any more.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use doorstep::api::error::text;
use doorstep::config::Config;
use doorstep::domain::verify::folder::{self, Verified};
use doorstep::domain::verify::{self, Report, Weight};
use serde_json::json;

use crate::packs::Language;

/// What is to be verified, and how it is told.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// A folder that `export-submission` or the desk made; without it, everything the server holds
    folder: Option<PathBuf>,
    #[command(flatten)]
    config: Config,
    /// Language of what is told
    #[arg(long, value_enum, default_value_t = Language::Chinese)]
    language: Language,
    /// JSON instead of sentences
    #[arg(long)]
    json: bool,
}

const CHANGED: u8 = 1;
const NOT_VERIFIED: u8 = 2;
const NOT_PROVED: u8 = 3;

/// Verifies and tells.
pub async fn run(arguments: VerifyArguments) -> ExitCode {
    match report(&arguments).await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("doorstep: {error}");
            ExitCode::from(NOT_VERIFIED)
        }
    }
}

async fn report(arguments: &VerifyArguments) -> Result<u8, Box<dyn std::error::Error>> {
    let (language, is_json) = (arguments.language, arguments.json);
    if let Some(path) = &arguments.folder {
        let verified = folder::verify(path)?;
        if is_json {
            println!("{:#}", folder_json(&verified));
        } else {
            tell(&verified.report, language);
            println!("{}", folder_summary(&verified, language));
        }
        return Ok(match (verified.report.is_sound(), verified.is_proved) {
            (false, _) => CHANGED,
            (true, false) => NOT_PROVED,
            (true, true) => 0,
        });
    }
    let report = whole(&arguments.config).await?;
    if is_json {
        println!("{:#}", json!({"is_sound": report.is_sound(), "report": report}));
        return Ok(if report.is_sound() { 0 } else { CHANGED });
    }
    Ok(tell_whole(&report, language))
}

/// Verifies what was restored just now, and tells.
pub async fn restored(config: Config, language: Language) -> ExitCode {
    match whole(&config).await {
        Ok(report) => ExitCode::from(tell_whole(&report, language)),
        Err(error) => {
            eprintln!("doorstep: {error}");
            ExitCode::from(NOT_VERIFIED)
        }
    }
}

async fn whole(config: &Config) -> Result<Report, Box<dyn std::error::Error>> {
    doorstep::with_app(config.clone(), async |app| Ok(verify::whole(app).await?)).await
}

fn tell_whole(report: &Report, language: Language) -> u8 {
    tell(report, language);
    println!("{}", summary(report, language));
    if report.is_sound() { 0 } else { CHANGED }
}

fn tell(report: &Report, language: Language) {
    for finding in &report.findings {
        let weight = match (finding.weight, language) {
            (Weight::Error, Language::Chinese) => "错误",
            (Weight::Warning, Language::Chinese) => "提醒",
            (Weight::Note, Language::Chinese) => "说明",
            (Weight::Error, Language::English) => "error",
            (Weight::Warning, Language::English) => "warning",
            (Weight::Note, Language::English) => "note",
        };
        println!("{weight}: {}", text(language.code(), finding.code, &finding.params));
    }
}

fn summary(report: &Report, language: Language) -> String {
    let n_errors = report.findings.iter().filter(|it| it.weight == Weight::Error).count();
    let Report { n_audit_rows, audit_head, n_submissions, n_signed, n_files, n_keys, .. } = report;
    match language {
        Language::Chinese => format!(
            "{}：提交 {n_submissions} 份（有手机签名 {n_signed} 份），文件 {n_files} 个，手机 {n_keys} 部，审计记录 {n_audit_rows} 条。\n\
             审计记录末尾的指纹：{audit_head}\n请把它抄在别处，以后可以证明此前的记录没有改动。",
            if n_errors == 0 {
                "核对完毕，没有发现改动".to_owned()
            } else {
                format!("发现 {n_errors} 处改动")
            },
        ),
        Language::English => format!(
            "{}: {n_submissions} submissions ({n_signed} signed by a phone), {n_files} files, {n_keys} phones, {n_audit_rows} audit rows.\n\
             Head of the audit log: {audit_head}\nKeep it elsewhere: it proves later that nothing before it was changed.",
            if n_errors == 0 {
                "verified, nothing was changed".to_owned()
            } else {
                format!("{n_errors} changes")
            },
        ),
    }
}

fn folder_summary(verified: &Verified, language: Language) -> String {
    let Verified { receipt, key_id, .. } = verified;
    if verified.report.is_sound() && !verified.is_whole {
        return match language {
            Language::Chinese => format!(
                "入户 {receipt}：现有的内容没有发现改动，但有文件或说明已不在，文件夹里写的是到了保存期限。缺的部分不能证明，请向社区核对。"
            ),
            Language::English => format!(
                "{receipt}: no change found in what is there, but parts are missing; the folder says that their time was over. What is missing is not proved: ask the community."
            ),
        };
    }
    match (language, verified.report.is_sound(), verified.is_proved) {
        (Language::Chinese, true, true) => {
            format!(
                "入户 {receipt}：内容和文件都和封存时一样，由手机 {key_id} 签名。请向社区核对这部手机是谁的。"
            )
        }
        (Language::Chinese, true, false) => {
            format!("入户 {receipt}：没有发现改动，但没有手机签名，不能作为证明。")
        }
        (Language::Chinese, false, _) => format!("入户 {receipt}：内容被改动过。"),
        (Language::English, true, true) => {
            format!(
                "{receipt}: document and files are as they were sealed, signed by phone {key_id}. Ask the community whose it is."
            )
        }
        (Language::English, true, false) => {
            format!("{receipt}: no change found, but no phone signed it: it proves nothing.")
        }
        (Language::English, false, _) => format!("{receipt}: it was changed."),
    }
}

fn folder_json(verified: &Verified) -> serde_json::Value {
    json!({
        "is_sound": verified.report.is_sound(),
        "is_proved": verified.is_proved,
        "is_whole": verified.is_whole,
        "key_id": verified.key_id,
        "receipt": verified.receipt,
        "sealed_at": verified.sealed_at,
        "report": verified.report,
    })
}
