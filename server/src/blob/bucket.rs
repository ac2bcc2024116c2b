//! A bucket of an S3-compatible store. How to reach it is said by the variables that every program for such stores knows:
//!
//! ```text
//! AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY   who we are
//! AWS_ENDPOINT_URL=https://s3.example        where the store is, where it is not Amazon's
//! AWS_REGION                                 us-east-1 by default
//! AWS_ALLOW_HTTP=true                        an endpoint with http:// is meant so
//! ```
//! The store must know conditional writes (`If-None-Match: *`, `If-Match`), as Amazon's, MinIO and SeaweedFS do. Nothing
//! else out of the ordinary is asked of it: no versions, no locks, no deletion of many at once.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{BackoffConfig, ClientConfigKey, ObjectStoreExt as _, RetryConfig};

use super::{BlobError, CHECK};

/// What variables of the environment say about stores, by their names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, String>);

/// What every variable about a store begins with.
const PREFIX: &str = "AWS_";
/// Longest time in which a store that does not answer is asked again: the sender of a visit waits, and comes back by itself.
const PATIENCE: Duration = Duration::from_secs(8);

/// A bucket, before it is known what its files are encrypted with.
#[derive(Debug)]
pub struct Bucket(pub(super) AmazonS3);

impl Bucket {
    /// Prepares for a bucket; nothing is asked of the store yet.
    pub fn open(name: &str, settings: &Settings) -> Result<Bucket, BlobError> {
        // Fails where there is one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            ..BackoffConfig::default()
        };
        let retry = RetryConfig { backoff, max_retries: 5, retry_timeout: PATIENCE };
        let builder = AmazonS3Builder::new().with_retry(retry).with_disable_bulk_delete(true);
        let variables = settings.0.iter();
        let known =
            variables.filter_map(|(name, value)| Some((name.to_ascii_lowercase().parse().ok()?, value)));
        let builder = known.fold(builder, |builder, (key, value)| builder.with_config(key, value));
        refuse_plain_unless_meant(&builder)?;
        Ok(Bucket(builder.with_bucket_name(name).build()?))
    }

    /// Returns whether it holds files that some key has encrypted.
    pub async fn is_in_use(&self) -> Result<bool, BlobError> {
        match self.0.head(&Key::from(CHECK)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Without this the first request fails, and nobody can tell why.
fn refuse_plain_unless_meant(builder: &AmazonS3Builder) -> Result<(), BlobError> {
    let value = |key| builder.get_config_value(&key).unwrap_or_default();
    let is_plain = [AmazonS3ConfigKey::Endpoint, AmazonS3ConfigKey::S3Endpoint]
        .into_iter()
        .any(|it| value(it).starts_with("http://"));
    let leave = value(AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp)).to_ascii_lowercase();
    if is_plain && !["1", "true", "on", "yes", "y"].contains(&leave.as_str()) {
        let told = "AWS_ENDPOINT_URL begins with http://; where that is meant, set AWS_ALLOW_HTTP=true";
        return Err(BlobError::Store(told.to_owned()));
    }
    Ok(())
}

impl Settings {
    /// Reads what the environment says about stores.
    #[must_use]
    pub fn of_environment() -> Settings {
        std::env::vars().filter(|(name, _)| name.starts_with(PREFIX)).collect()
    }
}

impl FromIterator<(String, String)> for Settings {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(variables: T) -> Settings {
        Settings(variables.into_iter().collect())
    }
}

/// Never tells the secret.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn nothing_secret_is_ever_written_down() {
        let told = format!("{:?}", settings(&[("AWS_SECRET_ACCESS_KEY", "s3cr3t")]));
        assert_eq!(told, r#"{"AWS_SECRET_ACCESS_KEY"}"#);
    }

    #[tokio::test]
    async fn a_store_that_is_not_there_is_unreachable() {
        let nobody = [
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "b"),
        ];
        let found = Bucket::open("b", &settings(&nobody)).unwrap().is_in_use().await;
        assert!(matches!(found, Err(BlobError::Unreachable(_))), "{found:?}");
    }

    #[test]
    fn an_endpoint_without_tls_has_to_be_meant() {
        let (plain, tls) =
            (("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_ENDPOINT_URL", "https://s3.example"));
        assert!(
            matches!(Bucket::open("b", &settings(&[plain])), Err(BlobError::Store(it)) if it.contains("AWS_ALLOW_HTTP"))
        );
        assert!(Bucket::open("b", &settings(&[plain, ("AWS_ALLOW_HTTP", "true")])).is_ok());
        assert!(Bucket::open("b", &settings(&[plain, ("AWS_ALLOW_HTTP", "1")])).is_ok());
        assert!(Bucket::open("b", &settings(&[plain, ("AWS_ALLOW_HTTP", "false")])).is_err());
        assert!(Bucket::open("b", &settings(&[tls])).is_ok());
    }
}
