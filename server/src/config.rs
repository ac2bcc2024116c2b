//! Every setting with its default. Each is an argument and, in upper case with `DOORSTEP_`, an environment variable.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::blob::bucket::Settings;
use crate::vault::keys::KeySource;

/// How the server runs.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Folder for the database and the photos
    #[arg(long, env = "DOORSTEP_DATA", default_value = "data")]
    pub data: PathBuf,
    /// PostgreSQL instead of the SQLite file in the data folder, e.g. postgres://doorstep@localhost/doorstep
    #[arg(long, env = "DOORSTEP_DATABASE")]
    pub database: Option<String>,
    /// Photos in this bucket of an S3-compatible store instead of the data folder; AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID … say where
    #[arg(long, env = "DOORSTEP_BUCKET")]
    pub bucket: Option<String>,
    /// What the environment says about stores.
    #[arg(skip = Settings::of_environment())]
    pub store: Settings,
    /// File with the master key that the data is encrypted with; by default beside the data folder, made at the first start
    #[arg(long, env = "DOORSTEP_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// The master key itself, 64 hexadecimal digits; after a comma older ones that are still in use
    #[arg(long, env = "DOORSTEP_KEY", hide_env_values = true, conflicts_with = "key_file")]
    pub key: Option<String>,
    /// Address to listen on
    #[arg(long, env = "DOORSTEP_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Serve the web app from this folder instead of the program itself
    #[arg(long, env = "DOORSTEP_WEB_DIR")]
    pub web_dir: Option<PathBuf>,
    /// Certificate chain, PEM
    #[arg(long, env = "DOORSTEP_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key, PEM
    #[arg(long, env = "DOORSTEP_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// HTTPS with a certificate made on the spot: phones need HTTPS for camera and offline work
    #[arg(long, env = "DOORSTEP_TLS_SELF_SIGNED", conflicts_with = "tls_cert")]
    pub tls_self_signed: bool,
    /// Minutes that civil time is ahead of UTC
    #[arg(long, env = "DOORSTEP_UTC_OFFSET_MIN", default_value_t = 480)]
    pub utc_offset_min: i32,
    /// Hours after which a person has to sign in again
    #[arg(long, env = "DOORSTEP_SESSION_HOURS", default_value_t = 24 * 14)]
    pub session_hours: i64,
    /// Most bytes of one request
    #[arg(long, env = "DOORSTEP_MAX_BODY_BYTES", default_value_t = 64 * 1024 * 1024)]
    pub max_body_bytes: usize,
}

impl Config {
    /// Returns the settings of a server in one folder, its key included; everything else as by default.
    #[must_use]
    pub fn in_folder(data: PathBuf) -> Config {
        Config {
            key_file: Some(data.join("doorstep.key")),
            key: None,
            data,
            database: None,
            bucket: None,
            store: Settings::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            web_dir: None,
            tls_cert: None,
            tls_key: None,
            tls_self_signed: false,
            utc_offset_min: 480,
            session_hours: 24 * 14,
            max_body_bytes: 64 * 1024 * 1024,
        }
    }

    /// Returns where the master keys are: those of a folder `data` in a file `data.key` beside it.
    #[must_use]
    pub fn keys(&self) -> KeySource {
        let beside = || {
            let mut name = self.data.file_name().unwrap_or("doorstep".as_ref()).to_owned();
            name.push(".key");
            self.data.with_file_name(name)
        };
        match &self.key {
            Some(text) => KeySource::Variable(text.clone()),
            None => KeySource::File(self.key_file.clone().unwrap_or_else(beside)),
        }
    }

    /// Returns whether browsers reach the server by HTTPS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls_self_signed || self.tls_cert.is_some()
    }
}
