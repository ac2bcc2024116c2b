//! Listening, with or without TLS, until somebody asks to stop; requests under way are finished first, then background
//! work, then the database is closed.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use doorstep::domain::held;
use doorstep::{App, api, jobs};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::banner;

/// Longest wait for the headers of a request.
const HEADER_SILENCE: Duration = Duration::from_secs(30);
/// Time that requests under way get to finish.
const GRACE: Duration = Duration::from_secs(20);
/// Time that the job at work then gets; what is cut off is done again after the next start.
const JOB_GRACE: Duration = Duration::from_secs(5);
/// Time that the database then gets to close.
const CLOSE_GRACE: Duration = Duration::from_secs(5);

/// Serves until the process is asked to stop.
pub async fn run(app: Arc<App>) -> Result<(), Box<dyn Error>> {
    let listener = std::net::TcpListener::bind(app.config.listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let handle = Handle::new();
    tokio::spawn(stop_when_asked(handle.clone()));
    let work = tokio::spawn(jobs::run(Arc::clone(&app)));
    let service = api::router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let tls = tls(&app).await?;
    banner::listening(address, tls.is_some());
    banner::logins_of_demo(&app.config.data);
    match tls {
        Some(tls) => {
            let mut server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle);
            hang_up_on_silence(server.http_builder());
            server.serve(service).await?;
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?.handle(handle);
            hang_up_on_silence(server.http_builder());
            server.serve(service).await?;
        }
    }
    close(&app, work).await;
    Ok(())
}

/// Ends what is behind the requests, in bounded time.
async fn close(app: &App, work: JoinHandle<()>) {
    jobs::stop(app);
    let aborting = work.abort_handle();
    if timeout(JOB_GRACE, work).await.is_err() {
        aborting.abort();
    }
    if let Err(error) = held::write_down(app).await {
        tracing::error!(%error, "what was held could not be written down");
    }
    if timeout(CLOSE_GRACE, app.db.close()).await.is_err() {
        tracing::warn!("the database did not close in time; the next start reads its log");
    }
}

/// A connection that says nothing does not keep its place.
fn hang_up_on_silence(builder: &mut Builder<TokioExecutor>) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_SILENCE);
}

async fn tls(app: &App) -> Result<Option<RustlsConfig>, Box<dyn Error>> {
    let config = &app.config;
    if !config.is_tls() {
        return Ok(None);
    }
    // Only a second call fails, and there is none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if let (Some(cert), Some(key)) = (&config.tls_cert, &config.tls_key) {
        return Ok(Some(RustlsConfig::from_pem_file(cert, key).await?));
    }
    let (cert, key) = self_signed(app)?;
    Ok(Some(RustlsConfig::from_pem(cert, key).await?))
}

/// Returns the certificate made at the first start: phones that trusted it once go on trusting it.
fn self_signed(app: &App) -> Result<(Vec<u8>, Vec<u8>), Box<dyn Error>> {
    let (cert_path, key_path) =
        (app.config.data.join("self-signed.crt"), app.config.data.join("self-signed.key"));
    if let (Ok(cert), Ok(key)) = (std::fs::read(&cert_path), std::fs::read(&key_path)) {
        return Ok((cert, key));
    }
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    names.extend(banner::lan_address().map(|it| it.to_string()));
    let made = rcgen::generate_simple_self_signed(names)?;
    let (cert, key) = (made.cert.pem().into_bytes(), made.signing_key.serialize_pem().into_bytes());
    std::fs::write(&cert_path, &cert)?;
    write_private(&key_path, &key)?;
    Ok((cert, key))
}

fn write_private(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

async fn stop_when_asked(handle: Handle<SocketAddr>) {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminated = async {
            if let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
            {
                signal.recv().await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! { _ = interrupted => {}, () = terminated => {} }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
    handle.graceful_shutdown(Some(GRACE));
}
