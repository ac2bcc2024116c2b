//! Two hundred slow uploads of 20 MB at the same time: the server takes as many as it has room for, tells the others to
//! come back, and its memory stays bounded.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use doorstep_tests::load::server::Usage;

use crate::Setting;
use crate::phones::{Phones, Target};
use crate::stand::Stand;

const N_UPLOADS: usize = 200;
const BODY_BYTES: usize = 20 << 20;
const FILE_BYTES: usize = (10 << 20) - 1024;
const PIECE_BYTES: usize = 128 << 10;
/// The most that the server may grow by: what may be arriving, once as it arrives and once while it grows, and a check.
const BOUND_MIB: u64 = 640;

/// One upload on its way.
struct Upload {
    stream: TcpStream,
    n_sent: usize,
    answer: Vec<u8>,
    is_over: bool,
}

pub fn run(setting: &Setting) -> Result<String> {
    let mut stand = Stand::new(setting.template)?;
    let url = stand.start()?;
    let client = stand.client()?;
    let (cookie, csrf) = client.credentials();
    let head = format!(
        "POST /api/v1/submissions HTTP/1.1\r\nhost: doorstep\r\ncookie: {cookie}\r\nx-doorstep-csrf: {csrf}\r\n\
         content-type: multipart/form-data; boundary=b\r\ncontent-length: {BODY_BYTES}\r\n\r\n"
    );
    let body = body();
    let address = url.strip_prefix("http://").context("http only")?;
    let cold = Usage::of(stand.pid()?)?.resident_mib();
    let mut uploads = Vec::new();
    for _ in 0..N_UPLOADS {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(head.as_bytes())?;
        stream.set_nonblocking(true)?;
        uploads.push(Upload { stream, n_sent: 0, answer: Vec::new(), is_over: false });
    }
    let begun = Instant::now();
    let mut peak = 0;
    while uploads.iter().any(|it| !it.is_over) {
        ensure!(begun.elapsed() < Duration::from_secs(120), "the uploads do not come to an end");
        for upload in uploads.iter_mut().filter(|it| !it.is_over) {
            upload.go_on(&body);
        }
        peak = peak.max(Usage::of(stand.pid()?)?.peak_mib());
        std::thread::sleep(Duration::from_millis(5));
    }
    let n_busy = uploads.iter().filter(|it| it.says("503") && it.says("retry-after:")).count();
    let n_taken = uploads.iter().filter(|it| it.n_sent == BODY_BYTES).count();
    ensure!(n_taken >= 10, "only {n_taken} were taken");
    ensure!(n_busy + n_taken == N_UPLOADS, "{n_busy} told to come back, {n_taken} taken");
    ensure!(peak - cold < BOUND_MIB, "the server grew from {cold} to {peak} MiB");
    drop(uploads);
    // The room is given back: an ordinary visit goes through.
    let phones = Phones::new(client)?;
    phones.work(&Target::new(&url), 3, &|| begun.elapsed() > Duration::from_secs(180));
    ensure!(phones.journal.n_acknowledged() == 3, "the room was not given back: {:?}", phones.refusals());
    stand.stop()?;
    Ok(format!(
        "{N_UPLOADS} slow uploads of 20 MB, {n_taken} taken, {n_busy} told to come back, memory grew from {cold} to {peak} MiB at most"
    ))
}

impl Upload {
    fn says(&self, what: &str) -> bool {
        String::from_utf8_lossy(&self.answer).contains(what)
    }

    /// Sends another piece, and hears what the server says.
    fn go_on(&mut self, body: &[u8]) {
        let end = body.len().min(self.n_sent + PIECE_BYTES);
        match self.stream.write(&body[self.n_sent..end]) {
            Ok(n_bytes) => self.n_sent += n_bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            // The server has answered and hung up.
            Err(_) => self.is_over = true,
        }
        let mut piece = [0; 4096];
        match self.stream.read(&mut piece) {
            Ok(0) => self.is_over = true,
            Ok(n_bytes) => {
                self.answer.extend_from_slice(&piece[..n_bytes]);
                self.is_over = true;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.is_over = true,
        }
    }
}

/// Two files that no form asked for: they are refused at the very end, after all of it was in memory.
fn body() -> Vec<u8> {
    let mut body = Vec::with_capacity(BODY_BYTES);
    for name in ["a.bin", "b.bin"] {
        let head = format!(
            "--b\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.resize(body.len() + FILE_BYTES, 7);
        body.extend_from_slice(b"\r\n");
    }
    let head = "--b\r\ncontent-disposition: form-data; name=\"notes\"\r\n\r\n";
    let tail = "\r\n--b--\r\n";
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(b"{}");
    body.extend_from_slice(tail.as_bytes());
    // What follows the last boundary is no part of the form.
    body.resize(BODY_BYTES, b' ');
    body
}
